//! A device as the protocol sees it, made by hand: what the tests of the hub speak with.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, dead_code)]

use base64::{Engine, prelude::BASE64_STANDARD};
use keyturn_core::{
    log::{
        Chain, Clock, Event, EventRef, Hlc, NewEvent,
        batch::{Batch, KeyGrant, Segment},
        cert::Scope,
        fold::Aggregate,
        keys::{DeviceKey, SoftwareKey},
        receipt::Receipt,
        seal::{SealClaim, SealPurpose, seal},
    },
    model::{
        Digest, Id, UtcMs, Value,
        act::{Act, PhotoAdd},
        body::{AggKind, Body, Change, Create},
    },
    sync::protocol::{EnrolAnswer, EnrolRequest, ErrorBody, PushAnswer, SESSION_CONTEXT, SessionAnswer, SessionRequest},
};
use keyturn_hub::{Hub, HubConfig, RegisterRow, RegisterValue, Running, TlsChoice};
use reqwest::{Client, Response, StatusCode};
use std::{
    net::TcpListener,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

pub const NOW: i64 = 1_790_000_000_000;
pub const DAY_MS: i64 = 86_400_000;

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// A clock that stands until a test moves it.
pub struct TestClock(pub AtomicI64);

impl Clock for TestClock {
    fn wall(&self) -> UtcMs {
        UtcMs(self.0.load(Ordering::SeqCst))
    }
    fn mono_ms(&self) -> u64 {
        self.0.load(Ordering::SeqCst).max(0) as u64
    }
    fn boot_id(&self) -> u64 {
        1
    }
}

pub struct World {
    pub running: Running,
    pub hub: Hub,
    pub clock: Arc<TestClock>,
    pub office: Id,
}

pub fn config(data: &Path, clock: &Arc<TestClock>) -> HubConfig {
    HubConfig { clock: clock.clone(), ..HubConfig::new(data) }
}

/// A hub over loopback HTTP in `data`.
pub async fn world_with(config: HubConfig, clock: Arc<TestClock>) -> World {
    let hub = Hub::open(config).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let running = hub.serve(listener, TlsChoice::Off, keyturn_hub::console::pages(&hub)).await.unwrap();
    World { running, hub, clock, office: Id([9; 16]) }
}

pub async fn world(data: &Path) -> World {
    let clock = Arc::new(TestClock(AtomicI64::new(NOW)));
    world_with(config(data, &clock), clock).await
}

impl World {
    pub async fn device(&self, role: &str, scope: Scope) -> Device {
        let person = Id::random(NOW);
        let invite = self.hub.invite(person, role, scope).await.unwrap();
        Device::enrol(self.running.url(), &invite.code, person, role, self.clock.clone()).await.unwrap()
    }

    /// Two units with an owner each, two contractors; ids by their short names.
    pub async fn register(&self) {
        let row = |kind, key: &str, unit, parent, fields: Vec<(&str, RegisterValue)>| RegisterRow {
            kind,
            key: key.to_owned(),
            unit,
            parent,
            fields: fields.into_iter().map(|(f, v)| (f.to_owned(), v)).collect(),
        };
        let open = |text: &str| RegisterValue::Open(text.into());
        let id = |key: &str| self.hub.register_id(key);
        let mut rows = vec![
            row(AggKind::Community, "community", None, None, vec![("name", open("云栖里"))]),
            row(AggKind::Building, "building", None, Some(id("community")), vec![("name", open("1 栋"))]),
            row(AggKind::Contractor, "north", None, None, vec![("name", open("北方建设"))]),
            row(AggKind::Contractor, "south", None, None, vec![("name", open("南方防水"))]),
            row(AggKind::Plan, "plan", None, None, vec![("layout_type", open("A1"))]),
        ];
        for n in ["1", "2"] {
            let owner = format!("owner{n}");
            let owners = RegisterValue::Open(Value::List(vec![Value::Id(id(&owner))]));
            let fields = vec![("number", open(n)), ("owners", owners), ("plan", RegisterValue::Open(Value::Id(id("plan"))))];
            rows.push(row(AggKind::Unit, &format!("unit{n}"), None, Some(id("building")), fields));
            rows.push(row(AggKind::Person, &owner, None, None, vec![("name", RegisterValue::Personal(format!("业主{n}"))), ("kind", open("owner"))]));
        }
        self.hub.import(self.office, "clerk", rows).await.unwrap();
    }

    /// Every state kept is what its events fold to.
    pub async fn check_states(&self) {
        assert_eq!(self.hub.stale_states().await.unwrap(), []);
        let rows = self.hub.store().list(Default::default()).await.unwrap();
        let mut seen = 0;
        for row in &rows {
            let events = self.hub.events_of(row.id).await.unwrap();
            seen += events.len();
            let folded = Aggregate::fold(row.id, &events);
            let kept: Aggregate = keyturn_core::log::state::decode(&row.state).unwrap();
            assert_eq!(kept, folded);
            assert_eq!((row.kind, row.unit, row.phase.as_str()), (folded.kind, folded.unit, folded.phase.name()));
        }
        let all = self.hub.store().events_after(0, usize::MAX).await.unwrap();
        assert_eq!(all.len(), seen, "each event belongs to a state");
        let mut names: Vec<_> = all.iter().map(|e| (e.device, e.seq)).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all.len(), "no event twice");
        assert!(all.windows(2).all(|w| w[0].hub_seq < w[1].hub_seq));
    }
}

/// A device with its chain.
pub struct Device {
    pub url: String,
    pub id: Id,
    pub key: SoftwareKey,
    pub person: Id,
    pub role: String,
    /// The profile that its events name.
    pub policy: String,
    pub chain: Chain,
    pub events: Vec<Event>,
    pub clock: Arc<TestClock>,
    pub token: String,
    pub client: Client,
    pub enrolled: EnrolAnswer,
}

pub fn client() -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().build().unwrap()
}

pub async fn error_of(response: Response) -> (StatusCode, String) {
    let status = response.status();
    let body: ErrorBody = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
    assert_ne!(body.key, body.zh, "the key {} has words", body.key);
    assert_ne!(body.key, body.en);
    (status, body.key)
}

impl Device {
    pub async fn enrol(url: &str, code: &str, person: Id, role: &str, clock: Arc<TestClock>) -> Result<Self, (StatusCode, String)> {
        Self::enrol_with(url, code, person, role, clock, SoftwareKey::generate()).await
    }

    pub async fn enrol_with(url: &str, code: &str, person: Id, role: &str, clock: Arc<TestClock>, key: SoftwareKey) -> Result<Self, (StatusCode, String)> {
        let client = client();
        let request = EnrolRequest { code: code.to_owned(), public: hex(&key.public()), name: "一号手机".to_owned(), platform: "test".to_owned() };
        let response = client.post(format!("{url}/v1/enrol")).body(serde_json::to_vec(&request).unwrap()).send().await.unwrap();
        if !response.status().is_success() {
            return Err(error_of(response).await);
        }
        let enrolled: EnrolAnswer = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
        let id = Id::derived(&[b"keyturn-device-v1", &key.public()]);
        let mut device = Self {
            url: url.to_owned(),
            id,
            key,
            person,
            role: role.to_owned(),
            policy: "cn-default@1".to_owned(),
            chain: Chain::start(id),
            events: Vec::new(),
            clock,
            token: String::new(),
            client,
            enrolled,
        };
        device.session(None).await;
        Ok(device)
    }

    pub fn session_request(&self, challenge: &[u8], checkpoint: Option<(u64, Digest)>) -> SessionRequest {
        SessionRequest {
            device: self.id,
            challenge: hex(challenge),
            signature: hex(&self.key.sign(&[SESSION_CONTEXT, challenge].concat()).unwrap()),
            wall: self.clock.wall(),
            corrected: self.clock.wall(),
            unsent_records: self.events.len() as u64,
            unsent_photos: 0,
            checkpoint,
            version: "0.1.0".to_owned(),
        }
    }

    pub async fn challenge(&self) -> Vec<u8> {
        self.client.get(format!("{}/v1/challenge", self.url)).send().await.unwrap().bytes().await.unwrap().to_vec()
    }

    pub async fn open(&self, request: &SessionRequest) -> Response {
        self.client.post(format!("{}/v1/session", self.url)).body(serde_json::to_vec(request).unwrap()).send().await.unwrap()
    }

    pub async fn session(&mut self, checkpoint: Option<(u64, Digest)>) -> SessionAnswer {
        let request = self.session_request(&self.challenge().await, checkpoint);
        let response = self.open(&request).await;
        assert_eq!(response.status(), StatusCode::OK);
        let answer: SessionAnswer = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
        self.token.clone_from(&answer.token);
        answer
    }

    /// Adds an event to the own chain.
    pub fn make(&mut self, agg: Id, body: &Body) -> EventRef {
        let (person, role) = (self.person, self.role.clone());
        self.make_as(person, &role, agg, body)
    }

    pub fn make_as(&mut self, actor: Id, role: &str, agg: Id, body: &Body) -> EventRef {
        let hlc = Hlc { ms: self.clock.wall(), counter: self.chain.seq as u32 };
        self.make_at(actor, role, agg, body, hlc)
    }

    pub fn make_at(&mut self, actor: Id, role: &str, agg: Id, body: &Body, hlc: Hlc) -> EventRef {
        let event = Event::encode(&NewEvent { device: self.id, actor, role, policy: &self.policy, skew_ms: 0, agg, seq: self.chain.seq + 1, hlc, body });
        self.chain.push(event.digest());
        let at = event.at();
        self.events.push(event);
        at
    }

    pub fn snag(&mut self, unit: Id) -> Id {
        let id = Id::random(NOW);
        let fields = [("room", "厨房"), ("element", "墙面"), ("defect", "空鼓")].map(|(f, v)| (f.to_owned(), Value::from(v))).to_vec();
        self.make(id, &Body::Create(Create { kind: AggKind::Snag, unit: Some(unit), parent: None, fields }));
        id
    }

    /// A record that names these bytes as a photo, sent: files come after the records that name them.
    pub async fn name_photo(&mut self, unit: Id, bytes: &[u8]) -> Id {
        let first = self.chain.seq + 1;
        let snag = self.snag(unit);
        let photo = PhotoAdd { sha256: Digest::of(bytes), bytes: bytes.len() as u64, purpose: "snag".into(), round: 0, facts: vec![] };
        self.make(snag, &Body::Act(Act::PhotoAdd(photo)));
        self.push(first).await.unwrap();
        snag
    }

    pub fn set(&mut self, agg: Id, field: &str, value: &str, replaces: Vec<EventRef>) -> EventRef {
        self.make(agg, &Body::Set(vec![Change { field: field.to_owned(), value: value.into(), replaces }]))
    }

    pub fn order(&mut self, snag: Id, contractor: Id) -> EventRef {
        self.make(snag, &Body::Act(Act::Order(contractor, None)))
    }

    /// The batch of events from number `first` on.
    pub fn batch(&self, first: u64) -> Batch {
        let mut before = Chain::start(self.id);
        for event in &self.events[..first as usize - 1] {
            before.push(event.digest());
        }
        let claim = SealClaim { device: self.id, chain: self.chain, at: self.clock.wall(), purpose: SealPurpose::Batch };
        Batch {
            device: self.id,
            before,
            events: self.events[first as usize - 1..].iter().map(|e| e.bytes().to_vec()).collect(),
            seal: seal(&claim, &self.key).unwrap(),
            sent: self.clock.wall(),
        }
    }

    pub fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url)).bearer_auth(&self.token).header("Tus-Resumable", "1.0.0")
    }

    pub fn creation(&self, kind: &str, bytes: &[u8], photo: Option<Digest>) -> reqwest::RequestBuilder {
        let b64 = |text: &str| BASE64_STANDARD.encode(text);
        let photo = photo.map(|p| format!(",photo {}", b64(&p.to_string()))).unwrap_or_default();
        let metadata = format!("kind {},sha256 {}{photo}", b64(kind), b64(&Digest::of(bytes).to_string()));
        self.request(reqwest::Method::POST, "/v1/files").header("Upload-Length", bytes.len()).header("Upload-Metadata", metadata)
    }

    pub async fn send(&self, kind: &str, bytes: Vec<u8>, photo: Option<Digest>) -> Response {
        self.creation(kind, &bytes, photo).header("Content-Type", "application/offset+octet-stream").body(bytes).send().await.unwrap()
    }

    pub async fn push_batch(&self, batch: &Batch) -> Result<PushAnswer, (StatusCode, String)> {
        let response = self.send("batch", batch.pack(), None).await;
        if response.status() != StatusCode::CREATED {
            return Err(error_of(response).await);
        }
        let answer: PushAnswer = minicbor::decode(&response.bytes().await.unwrap()).unwrap();
        Ok(answer)
    }

    pub async fn push(&self, first: u64) -> Result<PushAnswer, (StatusCode, String)> {
        self.push_batch(&self.batch(first)).await
    }

    pub async fn upload(&self, kind: &str, bytes: &[u8], photo: Option<Digest>) -> Receipt {
        let response = self.send(kind, bytes.to_vec(), photo).await;
        assert_eq!(response.status(), StatusCode::CREATED);
        minicbor::decode(&response.bytes().await.unwrap()).unwrap()
    }

    pub async fn pull(&self, cursor: &str) -> Result<Segment, (StatusCode, String)> {
        let response = self.request(reqwest::Method::GET, &format!("/v1/pull?cursor={cursor}")).send().await.unwrap();
        if response.status() != StatusCode::OK {
            return Err(error_of(response).await);
        }
        Ok(Segment::unpack(&response.bytes().await.unwrap()).unwrap())
    }

    /// All that is there from `cursor` on.
    pub async fn pull_all(&self, cursor: &str) -> (String, Held) {
        let mut held = Held::default();
        let cursor = self.pull_into(cursor, &mut held).await;
        (cursor, held)
    }

    pub async fn pull_into(&self, cursor: &str, held: &mut Held) -> String {
        let mut cursor = cursor.to_owned();
        loop {
            let segment = self.pull(&cursor).await.unwrap();
            cursor = segment.cursor;
            for id in &segment.gone {
                held.events.retain(|e| e.agg != *id);
                held.keys.retain(|k| k.person != *id);
            }
            for bytes in segment.events {
                let event = Event::decode(bytes.to_vec()).unwrap();
                if held.events.iter().all(|e| e.at() != event.at()) {
                    held.events.push(event);
                }
            }
            for key in segment.keys {
                held.keys.retain(|k| k.person != key.person);
                held.keys.push(key);
            }
            if !segment.more {
                return cursor;
            }
        }
    }
}

/// What a device holds after pulling.
#[derive(Default)]
pub struct Held {
    pub events: Vec<Event>,
    pub keys: Vec<KeyGrant>,
}

impl Held {
    pub fn has(&self, thing: Id) -> bool {
        self.events.iter().any(|e| e.agg == thing)
    }

    pub fn key(&self, person: Id) -> Option<&KeyGrant> {
        self.keys.iter().find(|k| k.person == person)
    }

    pub fn state(&self, thing: Id) -> Aggregate {
        Aggregate::fold(thing, self.events.iter().filter(|e| e.agg == thing))
    }
}

/// Copies a folder with all that is in it.
pub fn copy_dir(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_dir(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
