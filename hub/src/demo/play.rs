//! One handover through real stores over real HTTP: the inspector's device, the crew's device, the office.

use super::{
    DemoError, Teller,
    album::Album,
    cut::CutLink,
    script::{MEASURED, REDONE, REFUSED, SNAGS},
};
use crate::{Hub, RegisterRow, RegisterValue, Running, sample};
use keyturn_core::{
    field::{DocumentKind, FieldStore, LineRequest, LineView, NewParticipant, NewSnag, SignRequest, SnagView, Surroundings},
    log::cert::Scope,
    model::{
        Id, Value,
        act::{Act, Outcome, SnagAnswer, Stroke, StrokePoint},
        body::{AggKind, Body},
        value::{Answer, Pin, Shape},
    },
    policy::Profile,
    sync::{SyncDone, SyncOptions, Syncer, enrol, protocol::Invite},
    words::Lang,
};
use std::{path::Path, sync::Arc};

/// The office's person in the demo, and her role.
#[derive(Clone)]
pub struct Office {
    /// Who.
    pub person: Id,
    /// In which role.
    pub role: &'static str,
}

/// Where the tablet's link breaks while it sends the walk: in the events, in the small pictures, and in the middle of originals.
const CUTS_AFTER_BYTES: [u64; 6] = [3_000, 150_000, 2_000_000, 9_000_000, 700_000, 30_000_000];

/// The people of the demo.
#[derive(Clone)]
pub struct Cast {
    /// The service manager.
    pub office: Office,
    pub(super) inspector: Id,
    pub(super) crew: Id,
    pub(super) witness: Id,
    pub(super) owner: Id,
    pub(super) contractor: Id,
    /// The unit that is handed over.
    pub unit: Id,
}

/// Imports the sample project and its people.
pub async fn prepare(hub: &Hub) -> Result<Cast, DemoError> {
    let office = Office { person: hub.register_id("staff/周敏"), role: "service_manager" };
    let register = sample::register(Profile::builtin()).map_err(|_| DemoError::Script("register"))?;
    let rows = crate::register_rows::rows(hub, &register, &sample::file).await?;
    hub.import(office.person, office.role, rows).await?;
    let mut staff = Vec::new();
    for (name, kind, organisation) in [
        ("周敏", "staff", "云溪置业客户服务部"),
        ("王磊", "staff", "云溪置业客户服务部"),
        ("马建国", "crew", "维修一队"),
        ("方敏", "staff", "云溪物业服务有限公司"),
    ] {
        staff.push(RegisterRow {
            kind: AggKind::Person,
            key: format!("staff/{name}"),
            unit: None,
            parent: None,
            fields: vec![
                ("name".to_owned(), RegisterValue::Personal(name.to_owned())),
                ("kind".to_owned(), RegisterValue::Open(Value::from(kind))),
                ("organisation".to_owned(), RegisterValue::Open(Value::from(organisation))),
            ],
        });
    }
    hub.import(office.person, office.role, staff).await?;
    let unit = hub.register_id(sample::demo_unit().as_str());
    let state = hub.state(unit).await?.ok_or(DemoError::Script("unit"))?;
    let owner = match state.get("owners") {
        Some(Value::List(owners)) => owners.first().and_then(Value::id),
        _ => None,
    };
    let contractor = hub.all(AggKind::Contractor).await?.into_iter().map(|c| c.id).min().ok_or(DemoError::Script("contractor"))?;
    Ok(Cast {
        inspector: hub.register_id("staff/王磊"),
        crew: hub.register_id("staff/马建国"),
        witness: hub.register_id("staff/方敏"),
        owner: owner.ok_or(DemoError::Script("owner"))?,
        contractor,
        unit,
        office,
    })
}

/// What was played.
pub struct Played {
    /// Photographs taken, on all devices.
    pub photos: usize,
    /// How often a link was cut.
    pub cuts: u32,
}

/// Plays the handover.
pub async fn play(running: &Running, cast: &Cast, data: &Path, tell: &Teller) -> Result<Played, DemoError> {
    let hub = running.hub();
    let photos = tempfile::tempdir()?;
    let mut album = Album::new(photos.path(), Profile::builtin().time_zone);

    let invite = hub.invite(cast.inspector, "inspector", Scope::Project).await?;
    let link = CutLink::start(running.address()).await?;
    // The tablet's way to the hub leads over a link that will be cut.
    let through = Invite { url: format!("http://{}", link.address()), ..invite };
    let tablet = Arc::new(FieldStore::open(&data.join("devices/tablet"), Surroundings::desktop())?);
    tell.step("demo-enrol", &[]);
    enrol(&tablet, &through, "平板 07", "demo").await?;
    let calm = SyncOptions { send: true, originals: true, tries: 12, pause_ms: 100 };
    sync(&tablet, calm).await?;

    make_ready(hub, cast, &tablet, calm, tell).await?;
    tell.step("demo-walk", &[]);
    let snags = walk(cast, &tablet, &mut album, tell)?;
    let background = Arc::clone(&tablet);
    let pictures = tokio::task::spawn_blocking(move || background.make_pictures());
    sign(cast, &tablet, &snags)?;
    tell.step("demo-signed", &[("snags", snags.len().to_string()), ("photos", album.taken().to_string())]);

    tell.step("demo-sync", &[]);
    link.cut_after(&CUTS_AFTER_BYTES);
    let done = sync(&tablet, calm).await?;
    let cuts = link.cuts();
    tell.step("demo-synced", &[("records", done.records.to_string()), ("photos", done.photos.to_string()), ("cuts", cuts.to_string())]);

    repair(running, cast, data, &tablet, &snags, calm, &mut album, tell).await?;
    pictures.await.map_err(std::io::Error::other)?;
    Ok(Played { photos: album.taken(), cuts })
}

pub(super) async fn sync(store: &Arc<FieldStore>, options: SyncOptions) -> Result<SyncDone, DemoError> {
    Ok(Syncer::new(Arc::clone(store), options).run().await?)
}

/// Pre-check on the device, appointment and notice in the office (S1-15, S2-54, S4-12).
async fn make_ready(hub: &Hub, cast: &Cast, tablet: &Arc<FieldStore>, options: SyncOptions, tell: &Teller) -> Result<(), DemoError> {
    for item in &Profile::builtin().handover.gate.precheck_items.value {
        tablet.precheck(cast.unit, item, true, None)?;
    }
    sync(tablet, options).await?;
    let handover = keyturn_core::field::handover_id(cast.unit);
    let (actor, role) = (cast.office.person, cast.office.role);
    let appointment = Act::Appoint(hub.now(), cast.inspector, Some("云溪雅苑一期 客服中心".to_owned()));
    hub.act(actor, role, handover, Body::Act(appointment)).await?;
    let notice = hub.print(actor, role, cast.unit, DocumentKind::Notice, Lang::Zh).await?;
    hub.print(actor, role, cast.unit, DocumentKind::Guide, Lang::Zh).await?;
    let sent = hub
        .act(actor, role, handover, Body::Act(Act::Notice("registered_mail".to_owned(), Some("XA 2026 1109 331 CN".to_owned()), Some(notice.digest))))
        .await?;
    hub.act(actor, role, handover, Body::Act(Act::NoticeProof(sent.at(), hub.now(), "签收回执".to_owned()))).await?;
    sync(tablet, options).await?;
    tell.step("demo-ready", &[]);
    Ok(())
}

/// The walk, with no network: every line answered, every snag with its photos.
fn walk(cast: &Cast, tablet: &FieldStore, album: &mut Album<'_>, tell: &Teller) -> Result<Vec<SnagView>, DemoError> {
    let unit = cast.unit;
    tablet.start(unit)?;
    let view = tablet.unit(unit)?;
    let room_key = |zh: &str| view.rooms.iter().find(|r| r.zh == zh).map(|r| r.key.clone()).ok_or(DemoError::Script("room"));
    let total: usize = SNAGS.iter().map(|s| s.photos.1).sum();
    let progress = tell.progress("demo-photos", "demo-photos-so-far", total as u64);
    let mut snags = Vec::new();
    for (place, script) in SNAGS.iter().enumerate() {
        let mut photos = Vec::new();
        for _ in 0..script.photos.1 {
            photos.push(album.walk(script.photos.0, place as u64)?);
            progress.inc();
        }
        let pin = view.plan.map(|plan| Pin { plan, x_ppm: script.pin_ppm.0, y_ppm: script.pin_ppm.1 });
        snags.push(tablet.snag_new(&NewSnag {
            unit,
            room: room_key(script.room)?,
            element: script.element.to_owned(),
            defect: script.defect.to_owned(),
            severity: script.severity.to_owned(),
            owner_text: script.owner.to_owned(),
            finding: script.finding.to_owned(),
            due_on: due(tablet, script.severity),
            pin,
            line: None,
            photos,
        })?);
    }
    progress.finish();
    if let Some((first, photo)) = snags.first().and_then(|s| Some((s.id, s.photos.first()?.sha256))) {
        let circle = Shape { tool: "circle".to_owned(), points_ppm: vec![520_000, 480_000, 700_000, 640_000], text: None };
        let words = Shape { tool: "text".to_owned(), points_ppm: vec![560_000, 440_000], text: Some("空鼓".to_owned()) };
        tablet.snag_draw(first, photo, vec![circle, words])?;
    }
    let busy = tell.busy("demo-lines");
    for line in tablet.lines(unit, None, Lang::Zh)? {
        if let Some(request) = answer(&line, &snags) {
            tablet.answer(unit, request)?;
        }
    }
    tablet.rest_fine(unit, None)?;
    drop(busy);
    for (kind, number, reading_milli) in [("water", "SB-40117", 3_200), ("electricity", "DB-88213", 18_400), ("gas", "RQ-10466", 0)] {
        tablet.meter(unit, kind, number, reading_milli, None)?;
    }
    for (kind, count) in [("entrance_door", 5), ("access_card", 3), ("held_keys", 1)] {
        tablet.keys_given(unit, kind, count, None)?;
    }
    for document in Profile::builtin().taxonomy.documents.iter() {
        tablet.document_given(unit, &document.id, true, None)?;
    }
    tablet.ask(unit, "燃气什么时候通？", Some("由燃气公司办理，资料随钥匙袋。".to_owned()), false)?;
    tablet.ask(unit, "地砖空鼓为什么只换三块？", Some("按规范只换空鼓的砖；业主不同意，记入第 1 项。".to_owned()), true)?;
    tablet.dispute(unit, "三块都在一间，换了颜色会不一样，应整间换。")?;
    for part in Profile::builtin().taxonomy.parts.iter() {
        tablet.part(unit, &part.id, true, None)?;
    }
    Ok(snags)
}

/// The date offered for a severity, from the profile.
pub(super) fn due(tablet: &FieldStore, severity: &str) -> Option<String> {
    let days = *tablet.profile().handover.walkthrough.due_days.value.get(severity)?;
    Some((tablet.now().to_utc().with_timezone(&tablet.profile().time_zone).date_naive() + chrono::Days::new(days.into())).to_string())
}

/// What is answered to a line: measured points within the limit, but out of it where a snag stands for it; contract values as found.
fn answer(line: &LineView, snags: &[SnagView]) -> Option<LineRequest> {
    let limits = &Profile::builtin().limits;
    let mut request =
        LineRequest { line: line.key.clone(), answer: Answer::Fine, points_milli: Vec::new(), snag: None, reason: None, found: line.contract.clone() };
    let mut parts = line.key.split('/');
    let (room, element, item) = (parts.next()?, parts.next()?, parts.next().unwrap_or_default());
    if let Some(limit) = line.limit_id.as_deref().and_then(|id| limits.get(id)) {
        let bound = limit.value.map_or(0, |v| v.0);
        // What has no number is looked at, not measured.
        let count = limit.value.map_or(0, |_| usize::from(limit.points.min.max(1)));
        let spread = [50, 35, 65, 45, 55];
        request.points_milli = (0..count)
            .map(|i| {
                let percent = spread[i % spread.len()];
                match line.contract.as_deref().and_then(|c| c.parse::<keyturn_core::policy::Milli>().ok()) {
                    Some(agreed) => agreed.0,
                    // Widths and heights of a range are those of a room, in millimetres.
                    None if limit.aggregate == keyturn_core::policy::limit::Aggregate::Range => 4_300_000 + bound * percent / 100,
                    None if limit.op.is_upper() => bound * percent / 100,
                    None => bound + bound * percent / 1000,
                }
            })
            .collect();
    }
    // A snag of this room and element stands for the item it broke.
    let matching = |s: &SnagView| s.room == room && s.element == element && breaks(&s.defect, item);
    if let Some((at, snag)) = snags.iter().enumerate().find(|(_, snag)| matching(snag)) {
        request.answer = Answer::NotFine;
        request.snag = Some(snag.id);
        if let Some((_, points)) = MEASURED.iter().find(|(snag, _)| *snag == at).filter(|_| !request.points_milli.is_empty()) {
            request.points_milli = points.to_vec();
        }
        return Some(request);
    }
    (line.limit_id.is_some() || line.contract.is_some()).then_some(request)
}

/// Which item of the checklist a defect breaks.
fn breaks(defect: &str, item: &str) -> bool {
    match defect {
        "uneven" => item == "flatness",
        "reverse_fall" => item.contains("fall") || item.contains("slope"),
        "hollow" => item.contains("hollow"),
        "joint" => item.contains("joint"),
        other => item.contains(other),
    }
}

/// Somebody's hand, drawn as a few waves.
pub(super) fn hand(seed: u32) -> Vec<Stroke> {
    (0..3 + seed % 2)
        .map(|stroke| {
            (0..24u32)
                .map(|i| {
                    let t = f64::from(i) / 23.0;
                    let x = 0.12 + 0.25 * f64::from(stroke) + 0.2 * t;
                    let y = 0.5 + 0.22 * (t * (5.0 + f64::from(seed)) + f64::from(stroke)).sin() - 0.1 * t;
                    StrokePoint {
                        x_ppm: (x * 1e6) as u32,
                        y_ppm: (y * 1e6) as u32,
                        t_ms: stroke * 420 + i * 16,
                        pressure_milli: (350.0 + 450.0 * (t * 3.1).sin()) as u16,
                    }
                })
                .collect()
        })
        .collect()
}

/// The owner accepts in part and refuses one snag; inspector and witness sign beside (S1-20).
fn sign(cast: &Cast, tablet: &FieldStore, snags: &[SnagView]) -> Result<(), DemoError> {
    let unit = cast.unit;
    let join = |person: Id, role: &str, organisation: Option<&str>| {
        tablet.participant(
            unit,
            NewParticipant {
                person: Some(person),
                role: role.to_owned(),
                organisation: organisation.map(str::to_owned),
                name: None,
                identity_check: Some("身份证原件，当面核对".to_owned()),
                mandate: None,
            },
        )
    };
    let owner = join(cast.owner, "owner", None)?;
    let inspector = join(cast.inspector, "inspector", Some("云溪置业客户服务部"))?;
    let witness = join(cast.witness, "property_staff", Some("云溪物业服务有限公司"))?;
    let frozen = tablet.freeze(unit, Lang::Zh)?;
    let notice = tablet.profile().texts.get("e_signature_notice").map_or_else(String::new, |t| format!("{}@{}", t.id, t.version));
    let answers = snags
        .iter()
        .enumerate()
        .map(|(i, s)| SnagAnswer { snag: s.id, accepted: i != REFUSED.0, reason: (i == REFUSED.0).then(|| REFUSED.1.to_owned()) })
        .collect();
    let request = |signer: Id, outcome: Outcome, answers: Vec<SnagAnswer>, level: u8, seed: u32| SignRequest {
        record: frozen.digest,
        signer,
        outcome,
        answers,
        reason: None,
        strokes: hand(seed),
        level,
        code: None,
        notice: notice.clone(),
        lang: Lang::Zh,
        witness: None,
    };
    tablet.sign(unit, &request(owner, Outcome::InPart, answers, 1, 1))?;
    tablet.sign(unit, &request(inspector, Outcome::Attested, Vec::new(), 3, 2))?;
    tablet.sign(unit, &request(witness, Outcome::Attested, Vec::new(), 1, 3))?;
    tablet.close(unit, None)?;
    Ok(())
}

/// The office orders, a crew closes with before and after photos, one is rejected and redone, the owner accepts.
#[allow(clippy::too_many_arguments)]
async fn repair(
    running: &Running,
    cast: &Cast,
    data: &Path,
    tablet: &Arc<FieldStore>,
    snags: &[SnagView],
    options: SyncOptions,
    album: &mut Album<'_>,
    tell: &Teller,
) -> Result<(), DemoError> {
    let hub = running.hub();
    let (actor, role) = (cast.office.person, cast.office.role);
    let orders = snags.iter().map(|s| (s.id, Body::Act(Act::Order(cast.contractor, s.due_on.clone())))).collect();
    hub.act_all(actor, role, orders).await?;
    let invite = hub.invite(cast.crew, "repair_team", Scope::Orders(cast.contractor)).await?;
    let phone = Arc::new(FieldStore::open(&data.join("devices/crew-phone"), Surroundings::desktop())?);
    enrol(&phone, &invite, "维修一队 手机", "demo").await?;
    sync(&phone, options).await?;
    tell.step("demo-ordered", &[("snags", snags.len().to_string())]);
    let progress = tell.progress("demo-repairs", "demo-repairs-so-far", snags.len() as u64 + 1);
    for (place, snag) in snags.iter().enumerate() {
        mend(&phone, snag.id, place, album)?;
        progress.inc();
    }
    sync(&phone, options).await?;
    sync(tablet, options).await?;
    for (place, snag) in snags.iter().enumerate() {
        if place == REDONE.0 {
            let photo = album.repair(SNAGS[place].photos.0, place as u64, false)?;
            tablet.recheck_reject(snag.id, REDONE.1, Some(&photo))?;
        } else {
            tablet.recheck_pass(snag.id, None)?;
        }
    }
    sync(tablet, options).await?;
    sync(&phone, options).await?;
    let redone = snags.get(REDONE.0).ok_or(DemoError::Script("snag"))?;
    mend(&phone, redone.id, REDONE.0, album)?;
    progress.inc();
    progress.finish();
    sync(&phone, options).await?;
    sync(tablet, options).await?;
    tablet.recheck_pass(redone.id, Some("泼水试验，无积水".to_owned()))?;
    for snag in snags {
        tablet.owner_confirm(snag.id, None)?;
    }
    sync(tablet, options).await?;
    let told = snags.iter().map(|s| (s.id, Body::Act(Act::Told("wechat".to_owned(), "repaired".to_owned())))).collect();
    hub.act_all(actor, role, told).await?;
    tell.step("demo-accepted", &[]);
    Ok(())
}

fn mend(phone: &FieldStore, snag: Id, place: usize, album: &mut Album<'_>) -> Result<(), DemoError> {
    let script = &SNAGS[place];
    phone.repair_arrive(snag, None)?;
    phone.repair_photo(snag, &album.repair(script.photos.0, place as u64, false)?, false)?;
    phone.repair_photo(snag, &album.repair(script.photos.0, place as u64, true)?, true)?;
    phone.repair_done(snag, script.repair, None, Some(90))?;
    Ok(())
}

/// When a handover is closed, the demo has been played here.
pub async fn was_played(hub: &Hub, unit: Id) -> Result<bool, DemoError> {
    let done = hub.documents_of(unit).await?;
    Ok(done.iter().any(|(kind, ..)| kind == DocumentKind::Rectification.name()))
}
