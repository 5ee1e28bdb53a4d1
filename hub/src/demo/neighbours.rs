//! The rest of the house, so that the console has something to decide when it stays open: repairs in every state, two that wait
//! for their owner, one field with two values, a handover under way. Through real stores over real HTTP, like the main handover.

use super::{
    DemoError, Teller,
    album::Album,
    play::{Cast, due, hand, sync},
    script::SNAGS,
};
use crate::{Hub, RegisterRow, RegisterValue, Running};
use keyturn_core::{
    field::{FieldStore, NewParticipant, NewSnag, SignRequest, SnagEdit, SnagView, Surroundings, handover_id},
    log::cert::Scope,
    model::{
        Id, Value,
        act::{Act, Outcome},
        body::{AggKind, Body},
    },
    sync::{SyncOptions, enrol},
    words::Lang,
};
use std::{path::Path, sync::Arc};

/// The snags of the script that the neighbour has as well, in the order of what becomes of them.
const SCRIPTED: [usize; 6] = [5, 6, 2, 3, 9, 10];
/// Of these: done and waiting for the owner, rejected, in work, ordered; the last is only recorded.
const WAITING: std::ops::Range<usize> = 0..2;
const REJECTED: usize = 2;
const IN_WORK: usize = 3;
const ORDERED: usize = 4;

/// The unit whose repairs wait for an answer, and the one whose walk-through is on.
async fn units(hub: &Hub, cast: &Cast) -> Result<(Id, Id), DemoError> {
    let mut fitted: Vec<_> = hub.all(AggKind::Unit).await?.into_iter().filter(|u| u.id != cast.unit && u.text("finish_level") == Some("fitted")).collect();
    fitted.sort_by(|a, b| b.text("number").cmp(&a.text("number")).then(a.text("building").cmp(&b.text("building"))));
    match fitted.as_slice() {
        [first, second, ..] => Ok((first.id, second.id)),
        _ => Err(DemoError::Script("unit")),
    }
}

/// The unit whose repairs wait for its owner.
pub async fn waiting_unit(hub: &Hub, cast: &Cast) -> Result<Id, DemoError> {
    Ok(units(hub, cast).await?.0)
}

async fn staff(hub: &Hub, cast: &Cast, name: &str) -> Result<Id, DemoError> {
    let key = format!("staff/{name}");
    let fields = vec![("name".to_owned(), RegisterValue::Personal(name.to_owned())), ("kind".to_owned(), RegisterValue::Open(Value::from("staff")))];
    hub.import(cast.office.person, cast.office.role, vec![RegisterRow { kind: AggKind::Person, key: key.clone(), unit: None, parent: None, fields }]).await?;
    Ok(hub.register_id(&key))
}

async fn device(running: &Running, data: &Path, folder: &str, name: &str, (person, role, scope): (Id, &str, Scope)) -> Result<Arc<FieldStore>, DemoError> {
    let invite = running.hub().invite(person, role, scope).await?;
    let store = Arc::new(FieldStore::open(&data.join("devices").join(folder), Surroundings::desktop())?);
    enrol(&store, &invite, name, "demo").await?;
    Ok(store)
}

/// Plays it.
pub async fn play(running: &Running, cast: &Cast, data: &Path, tell: &Teller) -> Result<(), DemoError> {
    let hub = running.hub();
    let calm = SyncOptions { send: true, originals: true, tries: 12, pause_ms: 100 };
    let photos = tempfile::tempdir()?;
    let mut album = Album::new(photos.path(), keyturn_core::policy::Profile::builtin().time_zone);
    let (unit, next) = units(hub, cast).await?;
    let inspector = staff(hub, cast, "李倩").await?;
    let tablet = device(running, data, "tablet-2", "平板 08", (inspector, "inspector", Scope::Project)).await?;
    sync(&tablet, calm).await?;
    let here = Cast { unit, inspector, ..cast.clone() };
    make_ready(hub, &here, &tablet, calm).await?;
    let snags = walk(&here, &tablet, &mut album)?;
    sign(&here, &tablet)?;
    sync(&tablet, calm).await?;
    repairs(running, cast, data, &tablet, &snags, &mut album).await?;
    two_values(running, cast, data, &tablet, &snags).await?;
    // Next door the walk-through is on.
    let there = Cast { unit: next, inspector, ..cast.clone() };
    make_ready(hub, &there, &tablet, calm).await?;
    tablet.start(next)?;
    sync(&tablet, calm).await?;
    tell.step("demo-neighbours", &[("snags", snags.len().to_string())]);
    Ok(())
}

/// Pre-check on the device, appointment in the office.
async fn make_ready(hub: &Hub, cast: &Cast, tablet: &Arc<FieldStore>, options: SyncOptions) -> Result<(), DemoError> {
    for item in &tablet.profile().handover.gate.precheck_items.value {
        tablet.precheck(cast.unit, item, true, None)?;
    }
    sync(tablet, options).await?;
    let appointment = Act::Appoint(hub.now(), cast.inspector, Some("云溪雅苑一期 客服中心".to_owned()));
    hub.act(cast.office.person, cast.office.role, handover_id(cast.unit), Body::Act(appointment)).await?;
    sync(tablet, options).await?;
    Ok(())
}

fn walk(cast: &Cast, tablet: &FieldStore, album: &mut Album<'_>) -> Result<Vec<SnagView>, DemoError> {
    tablet.start(cast.unit)?;
    let rooms = tablet.unit(cast.unit)?.rooms;
    let today = tablet.now().to_utc().with_timezone(&tablet.profile().time_zone).date_naive();
    let mut snags = Vec::new();
    for (place, script) in SCRIPTED.into_iter().filter_map(|i| SNAGS.get(i)).enumerate() {
        let room = rooms.iter().find(|r| r.zh == script.room).or_else(|| rooms.first()).ok_or(DemoError::Script("room"))?;
        // One is due today; one has no day agreed with the owner: its order says when, and that is over.
        let due_on = match place {
            IN_WORK => None,
            ORDERED => Some(today.to_string()),
            _ => due(tablet, script.severity),
        };
        snags.push(tablet.snag_new(&NewSnag {
            unit: cast.unit,
            room: room.key.clone(),
            element: script.element.to_owned(),
            defect: script.defect.to_owned(),
            severity: script.severity.to_owned(),
            owner_text: script.owner.to_owned(),
            finding: script.finding.to_owned(),
            due_on,
            photos: vec![album.repair(script.photos.0, place as u64, false)?],
            ..NewSnag::default()
        })?);
    }
    Ok(snags)
}

fn sign(cast: &Cast, tablet: &FieldStore) -> Result<(), DemoError> {
    let owner = tablet.unit(cast.unit)?.owners.first().map(|o| o.id).ok_or(DemoError::Script("owner"))?;
    let person = NewParticipant {
        person: Some(owner),
        role: "owner".to_owned(),
        organisation: None,
        name: None,
        identity_check: Some("身份证原件，当面核对".to_owned()),
        mandate: None,
    };
    let signer = tablet.participant(cast.unit, person)?;
    let frozen = tablet.freeze(cast.unit, Lang::Zh)?;
    let notice = tablet.profile().texts.get("e_signature_notice").map_or_else(String::new, |t| format!("{}@{}", t.id, t.version));
    let request = SignRequest {
        record: frozen.digest,
        signer,
        outcome: Outcome::Accepted,
        answers: Vec::new(),
        reason: None,
        strokes: hand(4),
        level: 1,
        code: None,
        notice,
        lang: Lang::Zh,
        witness: None,
    };
    Ok(tablet.sign(cast.unit, &request)?)
}

async fn repairs(running: &Running, cast: &Cast, data: &Path, tablet: &Arc<FieldStore>, snags: &[SnagView], album: &mut Album<'_>) -> Result<(), DemoError> {
    let calm = SyncOptions { send: true, originals: true, tries: 12, pause_ms: 100 };
    let late = (tablet.now().to_utc().with_timezone(&tablet.profile().time_zone).date_naive() - chrono::Days::new(2)).to_string();
    let day = |place: usize, snag: &SnagView| if place == IN_WORK { Some(late.clone()) } else { snag.due_on.clone() };
    let ordered = snags.iter().enumerate().take(ORDERED + 1).map(|(i, s)| (s.id, Body::Act(Act::Order(cast.contractor, day(i, s))))).collect();
    running.hub().act_all(cast.office.person, cast.office.role, ordered).await?;
    let phone = device(running, data, "crew-phone-2", "维修一队 手机 2", (cast.crew, "repair_team", Scope::Orders(cast.contractor))).await?;
    sync(&phone, calm).await?;
    for (place, snag) in snags.iter().enumerate().take(IN_WORK + 1) {
        let Some(script) = SCRIPTED.get(place).and_then(|i| SNAGS.get(*i)) else { continue };
        phone.repair_arrive(snag.id, None)?;
        phone.repair_photo(snag.id, &album.repair(script.photos.0, place as u64, false)?, false)?;
        if place < IN_WORK {
            phone.repair_photo(snag.id, &album.repair(script.photos.0, place as u64, true)?, true)?;
            phone.repair_done(snag.id, script.repair, None, Some(90))?;
        }
    }
    sync(&phone, calm).await?;
    sync(tablet, calm).await?;
    for snag in snags.get(WAITING).unwrap_or_default() {
        tablet.recheck_pass(snag.id, None)?;
    }
    if let Some(snag) = snags.get(REJECTED) {
        tablet.recheck_reject(snag.id, "敲击仍有空声，请铲除重做。", None)?;
    }
    sync(tablet, calm).await?;
    Ok(())
}

/// Two inspectors change one field, neither knowing of the other.
async fn two_values(running: &Running, cast: &Cast, data: &Path, tablet: &Arc<FieldStore>, snags: &[SnagView]) -> Result<(), DemoError> {
    let calm = SyncOptions { send: true, originals: true, tries: 12, pause_ms: 100 };
    let other = device(running, data, "phone", "王磊 手机", (cast.inspector, "inspector", Scope::Project)).await?;
    sync(&other, calm).await?;
    let snag = snags.last().ok_or(DemoError::Script("snag"))?.id;
    tablet.snag_edit(snag, &SnagEdit { finding: Some("缝宽 1.0 – 2.2 mm；局部勾缝 0.4 m²。".to_owned()), ..SnagEdit::default() })?;
    other.snag_edit(snag, &SnagEdit { finding: Some("缝宽超差多处；整面重新勾缝 3.6 m²。".to_owned()), ..SnagEdit::default() })?;
    other.snag_edit(snag, &SnagEdit { severity: Some("poor".to_owned()), ..SnagEdit::default() })?;
    sync(tablet, calm).await?;
    sync(&other, calm).await?;
    sync(tablet, calm).await?;
    Ok(())
}

/// Whether it was played here before.
pub async fn was_played(hub: &Hub, cast: &Cast) -> Result<bool, DemoError> {
    let unit = waiting_unit(hub, cast).await?;
    Ok(hub.of_unit(unit).await?.iter().any(|t| t.kind == Some(AggKind::Snag)))
}
