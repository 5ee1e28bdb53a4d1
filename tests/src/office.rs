//! An office without a hub: it certifies devices and hands them a register, so that a device can be tried with no network at all.

use keyturn_core::{
    field::{FieldStore, Surroundings},
    log::{
        Event, Hlc, NewEvent,
        batch::Segment,
        cert::{self, Certificate, Scope},
        keys::HubKey,
    },
    model::{
        Digest, Id, PersonKey, UtcMs, Value,
        act::Act,
        body::{AggKind, Body, Change, Create},
        value::Done,
    },
    policy::Profile,
    sync::protocol::EnrolAnswer,
};
use std::path::Path;

/// The office: its key, and a register of one home with its owner, plan and crew, ready to be walked.
pub struct Office {
    key: HubKey,
    project: Id,
    device: Id,
    clerk: Id,
    events: Vec<Event>,
    grants: Vec<keyturn_core::log::batch::KeyGrant>,
    /// The home, `云溪雅苑一期 2-1-1102`.
    pub unit: Id,
    /// Its owner.
    pub owner: Id,
    /// Its plan.
    pub plan: Id,
    /// A crew.
    pub crew: Id,
}

/// How the owner is called.
pub const OWNER_NAME: &str = "陈晓岚";

impl Default for Office {
    fn default() -> Self {
        Self::new()
    }
}

impl Office {
    /// An office with its register.
    pub fn new() -> Self {
        let id = |name: &str| Id::derived(&[b"test", name.as_bytes()]);
        let mut office = Self {
            key: HubKey::from_secret([7; 32]),
            project: id("project"),
            device: id("office"),
            clerk: id("clerk"),
            events: Vec::new(),
            grants: Vec::new(),
            unit: id("unit"),
            owner: id("owner"),
            plan: id("plan"),
            crew: id("crew"),
        };
        office.register();
        office
    }

    fn add(&mut self, agg: Id, body: &Body) {
        let seq = self.events.len() as u64 + 1;
        // Before any device's first act, one after the other.
        let hlc = Hlc { ms: UtcMs(UtcMs::now().0 - 60_000 + seq as i64), counter: 0 };
        let policy = Profile::builtin().at.to_string();
        let new = NewEvent { device: self.device, actor: self.clerk, role: "clerk", policy: &policy, skew_ms: 0, agg, seq, hlc, body };
        self.events.push(Event::encode(&new));
    }

    fn create(&mut self, id: Id, kind: AggKind, unit: Option<Id>, parent: Option<Id>, fields: &[(&str, Value)]) {
        let fields = fields.iter().map(|(field, value)| ((*field).to_owned(), value.clone())).collect();
        self.add(id, &Body::Create(Create { kind, unit, parent, fields }));
    }

    fn register(&mut self) {
        let (unit, owner, plan, crew) = (self.unit, self.owner, self.plan, self.crew);
        let community = Id::derived(&[b"test", b"community"]);
        let building = Id::derived(&[b"test", b"building"]);
        let key = PersonKey::generate();
        let name = Value::Personal(key.seal(owner, OWNER_NAME.as_bytes()));
        self.grants.push(keyturn_core::log::batch::KeyGrant { person: owner, key: Some(key.0.to_vec().into()) });
        let about = [
            ("name", "云溪雅苑一期".into()),
            ("developer", "云溪置业有限公司".into()),
            ("address", "云溪市雅苑路 8 号".into()),
            ("service_phone", "400-000-0000".into()),
        ];
        self.create(community, AggKind::Community, None, None, &about);
        self.create(building, AggKind::Building, None, Some(community), &[("name", "2".into())]);
        self.create(plan, AggKind::Plan, None, None, &[("layout_type", "B2".into()), ("version", Value::Int(1))]);
        self.create(owner, AggKind::Person, None, None, &[("name", name), ("kind", "owner".into())]);
        self.create(crew, AggKind::Contractor, None, None, &[("name", "防水班组".into()), ("trade", "waterproofing".into())]);
        let rooms = ["living|living|客厅|Living room", "bath|master_bath|主卫|Main bathroom"].map(Value::from).to_vec();
        let fields = [
            ("building", "2".into()),
            ("entrance", "1".into()),
            ("floor", Value::Int(11)),
            ("number", "1102".into()),
            ("finish_level", "fitted".into()),
            ("layout_type", "B2".into()),
            ("rooms", Value::List(rooms)),
            ("filing_number", "沪备2026-0117".into()),
            ("filing_date", "2026-09-30".into()),
            ("owners", Value::List(vec![Value::Id(owner)])),
            ("plan", Value::Id(plan)),
        ];
        self.create(unit, AggKind::Unit, Some(unit), Some(building), &fields);
        let handover = keyturn_core::field::handover_id(unit);
        self.create(handover, AggKind::Handover, Some(unit), Some(unit), &[]);
        let done = |item: &String| Change {
            field: format!("precheck:{item}"),
            value: Value::Done(Done { done: true, count: None, reason: None }),
            replaces: Vec::new(),
        };
        let items = Profile::builtin().handover.gate.precheck_items.value.iter().map(done).collect();
        self.add(handover, &Body::Set(items));
        self.add(handover, &Body::Act(Act::Appoint(UtcMs::now(), self.clerk, None)));
    }

    /// Records snag number 1 in the home and orders it from the crew; the snag.
    pub fn order_snag(&mut self) -> Id {
        let (unit, crew) = (self.unit, self.crew);
        let snag = Id::derived(&[b"test", b"snag"]);
        let fields = [("number", Value::Int(1)), ("room", "bath".into()), ("element", "waterproofing".into()), ("defect", "leak".into())];
        self.create(snag, AggKind::Snag, Some(unit), Some(keyturn_core::field::handover_id(unit)), &fields);
        self.add(snag, &Body::Act(Act::Order(crew, Some("2026-12-04".to_owned()))));
        snag
    }

    /// What [`FieldStore::take_certificate`] takes for a device with this public key.
    pub fn certify(&self, public: [u8; 33], role: &str) -> (EnrolAnswer, Digest) {
        let certificate = Certificate {
            project: self.project,
            device: keyturn_core::field::device_id(&public),
            public,
            person: Id::derived(&[b"test", role.as_bytes()]),
            role: role.to_owned(),
            scope: Scope::Project,
            issued: UtcMs::now(),
        };
        let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
        let answer = EnrolAnswer {
            certificate: hex(&cert::issue(&certificate, &self.key)),
            hub_public: hex(&self.key.public().0),
            hub_time: UtcMs::now(),
            project_name: "云溪雅苑一期".to_owned(),
            zone: "Asia/Shanghai".to_owned(),
        };
        (answer, self.key.public().fingerprint())
    }

    /// Makes the folder a device's store that has joined in `role` and holds the register.
    ///
    /// # Panics
    /// When it cannot.
    #[allow(clippy::expect_used)]
    pub fn join(&self, dir: &Path, role: &str) {
        let field = FieldStore::open(dir, Surroundings::desktop()).expect("a store");
        let (answer, fingerprint) = self.certify(field.key().public(), role);
        field.take_certificate(&answer, fingerprint).expect("a certificate");
        let mut segment = Segment::at("1".to_owned(), UtcMs::now());
        self.events.iter().for_each(|event| segment.add(event));
        segment.keys.clone_from(&self.grants);
        field.store().take_in(&segment, field.clock()).expect("the register");
    }
}

/// A photograph of its own: the bytes of `jpeg` with a comment that says `mark` behind its head.
pub fn marked_photo(jpeg: &[u8], mark: &str) -> Vec<u8> {
    let mut out = jpeg[..2].to_vec();
    out.extend([0xff, 0xfe]);
    out.extend((mark.len() as u16 + 2).to_be_bytes());
    out.extend(mark.as_bytes());
    out.extend(&jpeg[2..]);
    out
}
