//! Signature level 2: a one-time code from the owner's own page, given on the inspector's device through the command, checked by the hub.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use common::{Device, NOW, World, client, world};
use keyturn_core::{
    field::handover_id,
    log::{cert::Scope, fold::Aggregate},
    model::{
        Digest, Id, Value as Field,
        act::{Act, CodeVerdict, Outcome, Signature},
        body::{AggKind, Body, Change, Create},
        value::Participant,
    },
    rules::level::{CODE_DIGITS, code_proof},
};
use keyturn_hub::{Hub, HubConfig, RegisterRow, RegisterValue, TlsChoice, console};
use reqwest::{Client, StatusCode, header};
use serde_json::{Value, json};
use std::{net::TcpListener, path::Path, process::Command, sync::atomic::Ordering};

const UNIT: &str = "2-1-1102";

struct Tablet<'a>(&'a Path);

impl Tablet<'_> {
    fn run(&self, args: &[&str]) -> (Option<i32>, Value) {
        let all = [&["field", "--store", self.0.to_str().unwrap()], args, &["--json", "--lang", "zh-CN"]].concat();
        let output = Command::new(env!("CARGO_BIN_EXE_keyturn")).args(&all).env_clear().output().unwrap();
        let line = String::from_utf8(output.stdout).unwrap();
        (output.status.code(), serde_json::from_str(line.lines().last().unwrap_or("null")).unwrap())
    }

    fn done(&self, args: &[&str]) -> Value {
        let (code, told) = self.run(args);
        assert_eq!(code, Some(0), "{args:?}: {told}");
        told
    }

    /// The level and what it rests on, of the last signature.
    fn last_level(&self) -> (u64, String) {
        let shown = self.done(&["handover", "show", UNIT]);
        let last = shown["signatures"].as_array().unwrap().last().unwrap().clone();
        let word = match &last["verdict"] {
            Value::String(verdict) => format!("{} {verdict}", last["word"].as_str().unwrap()),
            _ => last["word"].as_str().unwrap().to_owned(),
        };
        (last["level"].as_u64().unwrap(), word)
    }
}

async fn register(hub: &Hub) -> (Id, Id, Id) {
    let id = |key: &str| hub.register_id(key);
    let open = |text: &str| RegisterValue::Open(text.into());
    let row = |kind, key: &str, parent, fields: Vec<(&str, RegisterValue)>| RegisterRow {
        kind,
        key: key.into(),
        unit: None,
        parent,
        fields: fields.into_iter().map(|(f, v)| (f.to_owned(), v)).collect(),
    };
    let fields = vec![
        ("building", open("2")),
        ("entrance", open("1")),
        ("number", open("1102")),
        ("finish_level", open("fitted")),
        ("filing_number", open("备2026-1")),
        ("filing_date", open("2026-01-01")),
        ("rooms", RegisterValue::Open(Field::List(vec!["bed|bedroom|南次卧|south bedroom".into()]))),
        ("owners", RegisterValue::Open(Field::List(vec![Field::Id(id("owner"))]))),
    ];
    let rows = vec![
        row(AggKind::Community, "community", None, vec![("name", open("云溪雅苑"))]),
        row(AggKind::Building, "building", Some(id("community")), vec![("name", open("2"))]),
        row(AggKind::Person, "owner", None, vec![("name", RegisterValue::Personal("陈晓雯".into())), ("kind", open("owner"))]),
        row(AggKind::Person, "inspector", None, vec![("name", RegisterValue::Personal("王磊".into())), ("kind", open("staff"))]),
        row(AggKind::Unit, "unit", Some(id("building")), fields),
    ];
    hub.import(id("inspector"), "service_manager", rows).await.unwrap();
    (id("unit"), id("owner"), id("inspector"))
}

struct Phone {
    http: Client,
    base: String,
}

impl Phone {
    fn new(base: &str) -> Self {
        let _ = client();
        Self { http: Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap(), base: base.to_owned() }
    }

    async fn post(&self, path: &str, cookie: &str, form: String) -> (StatusCode, String) {
        let request = self.http.post(format!("{}{path}", self.base)).header(header::COOKIE, cookie).header(header::ACCEPT_LANGUAGE, "zh-CN");
        let answer = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(form).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    async fn get(&self, path: &str, cookie: &str) -> String {
        let request = self.http.get(format!("{}{path}", self.base)).header(header::COOKIE, cookie).header(header::ACCEPT_LANGUAGE, "zh-CN");
        request.send().await.unwrap().text().await.unwrap()
    }

    /// The digits on the owner's page, if it shows some.
    async fn code(&self, link: &str) -> Option<String> {
        let page = self.get(&format!("/o/{link}"), "").await;
        let shown = page.split("data-code ").nth(1)?.split('>').nth(1)?.split('<').next()?.to_owned();
        Some(shown)
    }
}

// S1-20
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_signs_with_a_code_from_the_own_phone_and_the_hub_confirms_it() {
    let dir = tempfile::tempdir().unwrap();
    let hub = Hub::open(HubConfig::new(dir.path().join("hub"))).await.unwrap();
    let running = hub.serve(TcpListener::bind("127.0.0.1:0").unwrap(), TlsChoice::Off, console::pages(&hub)).await.unwrap();
    let (unit, owner, inspector) = register(&hub).await;
    let phone = Phone::new(running.url());
    let store = dir.path().join("tablet");
    let tablet = Tablet(&store);
    let invite = hub.invite(inspector, "inspector", Scope::Project).await.unwrap();
    tablet.done(&["enrol", &invite.to_line()]);
    tablet.done(&["sync"]);
    let link = hub.owner_link(unit, owner).await.unwrap();
    assert!(!phone.get(&format!("/o/{link}"), "").await.contains("data-code-ask"), "nothing to sign yet");
    for item in ["quality", "cleaning", "documents"] {
        tablet.done(&["handover", "precheck", UNIT, item]);
    }
    tablet.done(&["sync"]);
    hub.act(inspector, "clerk", handover_id(unit), Body::Act(Act::Appoint(hub.now(), inspector, None))).await.unwrap();
    tablet.done(&["sync"]);
    tablet.done(&["handover", "start", UNIT]);
    let who = owner.to_string();
    tablet.done(&["handover", "participant", UNIT, "--role", "owner", "--person", &who, "--identity-check", "id_card"]);
    tablet.done(&["handover", "participant", UNIT, "--role", "inspector", "--person", "me", "--identity-check", "id_card"]);
    let record = tablet.done(&["handover", "freeze", UNIT])["digest"].as_str().unwrap().to_owned();
    let strokes = dir.path().join("strokes.json");
    std::fs::write(&strokes, b"[[[100000,200000,0,500],[120000,220000,16,600]]]").unwrap();
    let sign = |signer: &str, outcome: &str, more: &[&str]| {
        let fixed = ["handover", "sign", UNIT, "--record", &record, "--signer", signer, "--outcome", outcome, "--strokes", strokes.to_str().unwrap()];
        tablet.run(&[&fixed[..], more].concat())
    };

    // The code: asked on the owner's page, shown there and kept nowhere; asked again it is the same.
    assert_eq!(phone.post(&format!("/o/{link}/code"), "", String::new()).await.0, StatusCode::SEE_OTHER);
    let code = phone.code(&link).await.expect("the page shows the code");
    assert_eq!(code.chars().filter(char::is_ascii_digit).count(), CODE_DIGITS);
    phone.post(&format!("/o/{link}/code"), "", String::new()).await;
    assert_eq!(phone.code(&link).await.as_ref(), Some(&code));
    let plain = code.replace(' ', "");
    for (_, value) in hub.store().records("code").await.unwrap() {
        assert!(!value.windows(CODE_DIGITS).any(|w| w == plain.as_bytes()));
    }

    let error = |(code, told): (Option<i32>, Value)| (code, told["error"]["key"].as_str().unwrap_or_default().to_owned());
    assert_eq!(error(sign("owner", "accepted", &["--code", "12345"])), (Some(1), "rule-sign-code-form".to_owned()));
    assert_eq!(error(sign("owner", "accepted", &["--level", "2"])), (Some(1), "rule-sign-code".to_owned()));
    assert_eq!(error(sign("owner", "accepted", &["--level", "3"])), (Some(1), "rule-sign-own-key".to_owned()), "the device's key is the inspector's");
    assert_eq!(sign("owner", "accepted", &["--code", &code]).0, Some(0));
    assert_eq!(tablet.last_level(), (1, "code_unchecked".to_owned()), "until the hub has checked it");
    assert_eq!(sign("inspector", "attested", &["--level", "3"]).0, Some(0));
    assert_eq!(tablet.last_level(), (3, "own_key".to_owned()));
    tablet.done(&["sync"]);
    tablet.done(&["sync"]);
    let shown = tablet.done(&["handover", "show", UNIT]);
    assert_eq!((&shown["signatures"][0]["level"], &shown["signatures"][0]["word"]), (&json!(2), &json!("code")));
    assert_eq!(phone.code(&link).await, None, "a code signs once");

    // Used again, guessed, guessed too often: each counts as a drawing and says why.
    assert_eq!(sign("owner", "attested", &["--code", &code]).0, Some(0));
    tablet.done(&["sync"]);
    tablet.done(&["sync"]);
    assert_eq!(tablet.last_level(), (1, "code_failed used".to_owned()));
    phone.post(&format!("/o/{link}/code"), "", String::new()).await;
    let second = phone.code(&link).await.unwrap();
    assert_ne!(second, code);
    let attempts = usize::from(keyturn_core::policy::Profile::builtin().handover.signature.code_attempts.value);
    let other = |n: usize| format!("{:06}", (second.replace(' ', "").parse::<usize>().unwrap() + 1 + n) % 1_000_000);
    for n in 0..attempts {
        assert_eq!(sign("owner", "attested", &["--code", &other(n)]).0, Some(0));
    }
    assert_eq!(sign("owner", "attested", &["--code", &second]).0, Some(0));
    tablet.done(&["sync"]);
    tablet.done(&["sync"]);
    let shown = tablet.done(&["handover", "show", UNIT]);
    let verdicts: Vec<&str> = shown["signatures"].as_array().unwrap().iter().filter_map(|s| s["verdict"].as_str()).collect();
    assert_eq!(verdicts.iter().filter(|v| **v == "wrong").count(), attempts, "{verdicts:?}");
    assert_eq!(tablet.last_level(), (1, "code_failed spent".to_owned()), "the right one after too many wrong ones");

    // A stranger with the bundle and no network is told the levels and by whose word.
    let bundle = dir.path().join("unit.keyturn");
    hub.bundle(unit, &bundle).await.unwrap();
    let verify = |more: &[&str]| {
        let args = [&["verify", bundle.to_str().unwrap(), "--lang", "zh-CN"], more].concat();
        String::from_utf8(Command::new(env!("CARGO_BIN_EXE_keyturn")).args(args).env_clear().output().unwrap().stdout).unwrap()
    };
    let verdict: Value = serde_json::from_str(&verify(&["--json"])).unwrap();
    assert_eq!((&verdict["ok"], &verdict["signatures"][0]["level"], &verdict["signatures"][0]["word"]), (&json!(true), &json!(2), &json!("code")), "{verdict}");
    assert_eq!((&verdict["signatures"][1]["level"], &verdict["signatures"][1]["word"]), (&json!(3), &json!("own_key")));
    assert_eq!(verdict["signatures"][2]["level"], 1);
    let words = verify(&[]);
    assert!(words.contains("服务端确认：验证码发给本人") && words.contains("验证码已签过一次") && words.contains("签字人本人的设备密钥"), "{words}");

    // A bundle made on the device holds the hub's word without the hub's seal: it proves no second level, and says so.
    let own = dir.path().join("own.keyturn");
    tablet.done(&["export", "bundle", UNIT, "--out", own.to_str().unwrap()]);
    let output = Command::new(env!("CARGO_BIN_EXE_keyturn")).args(["verify", own.to_str().unwrap(), "--json"]).env_clear().output().unwrap();
    let verdict: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&verdict["signatures"][0]["level"], &verdict["signatures"][0]["word"]), (&json!(1), &json!("code_on_word")), "{verdict}");

    // The office sends one too, and does not see it; without a link that opens it cannot arrive.
    let login = hub.login_link(inspector, "service_manager").await.unwrap();
    let session = phone.http.get(format!("{}/console/login/{login}", phone.base)).send().await.unwrap();
    let cookie = session.headers()[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    let page = phone.get(&format!("/console/units/{unit}"), &cookie).await;
    assert!(page.contains("data-give-code") && page.contains("服务端确认：验证码发给本人"), "the console shows the level and by whose word");
    let csrf = page.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let give = format!("csrf={csrf}&person={owner}");
    let (status, told) = phone.post(&format!("/console/units/{unit}/code"), &cookie, give.clone()).await;
    let third = phone.code(&link).await.unwrap();
    assert_eq!(status, StatusCode::OK);
    assert!(!told.contains(&third) && !told.contains(&third.replace(' ', "")));
    assert_eq!(
        phone.post(&format!("/console/units/{unit}/code"), &cookie, format!("csrf={csrf}&person={inspector}")).await.0,
        StatusCode::NOT_FOUND,
        "no owner"
    );
    assert_eq!(phone.post(&format!("/console/units/{unit}/code"), &cookie, format!("csrf=x&person={owner}")).await.0, StatusCode::FORBIDDEN);
    for (name, _) in hub.owner_links(unit).await.unwrap() {
        hub.revoke_owner_link(name).await.unwrap();
    }
    phone.post(&format!("/o/{link}/code"), "", "fresh=true".to_owned()).await;
    assert_eq!(phone.code(&link).await, None, "a link that ended shows no code");
    assert_eq!(hub.give_code(inspector, "service_manager", unit, owner, true).await.unwrap_err().to_string(), "refused: code-no-link");
    assert_eq!(hub.stale_states().await.unwrap(), []);
    running.stop().await.unwrap();
}

/// A device that signs for an owner, by hand.
struct Signing {
    device: Device,
    handover: Id,
    record: Digest,
    participant: Id,
    person: Id,
}

impl Signing {
    async fn begin(world: &World) -> Self {
        let mut device = world.device("inspector", Scope::Project).await;
        let (unit, person) = (world.hub.register_id("unit1"), world.hub.register_id("owner1"));
        let (handover, participant) = (handover_id(unit), Id::random(NOW));
        device.make(handover, &Body::Create(Create { kind: AggKind::Handover, unit: Some(unit), parent: Some(unit), fields: Vec::new() }));
        let who = Participant { person, role: "owner".into(), organisation: None, name: None, identity_check: None, mandate: None };
        let change = Change { field: format!("participant:{participant}"), value: Field::Participant(who), replaces: Vec::new() };
        device.make(handover, &Body::Set(vec![change]));
        let bytes = b"a frozen record".to_vec();
        let record = Digest::of(&bytes);
        device.make(handover, &Body::Act(Act::Freeze(1, bytes)));
        Self { device, handover, record, participant, person }
    }

    fn signature(&self, code: &str) -> Body {
        Body::Act(Act::Sign(Box::new(Signature {
            record: self.record,
            version: 1,
            signer: self.participant,
            role: "owner".into(),
            outcome: Outcome::Attested,
            answers: Vec::new(),
            reason: None,
            strokes: Some(keyturn_core::model::PersonKey::generate().seal(self.person, b"strokes")),
            level: 2,
            notice: "e_signature_notice@1".into(),
            words: Digest::of(b"words"),
            witness: None,
            code: Some(code_proof(&code.replace(' ', ""), self.record, self.participant)),
        })))
    }

    fn verdicts(state: &Aggregate) -> Vec<CodeVerdict> {
        state.entries.iter().filter_map(|e| if let Act::CodeChecked(check) = &e.act { Some(check.verdict) } else { None }).collect()
    }
}

#[tokio::test]
async fn a_code_is_good_for_its_person_within_its_minutes_and_no_device_speaks_for_the_hub() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path()).await;
    world.register().await;
    let mut s = Signing::begin(&world).await;
    let (unit, handover) = (world.hub.register_id("unit1"), s.handover);
    s.device.push(1).await.unwrap();
    let step = |ms: i64| world.clock.0.fetch_add(ms, Ordering::SeqCst);
    let minutes_ms = i64::from(keyturn_core::policy::Profile::builtin().handover.signature.code_minutes.value) * 60_000;
    let owner = s.person;
    world.hub.owner_link(unit, owner).await.unwrap();
    assert!(world.hub.give_code(owner, "repair_team", unit, owner, false).await.is_err(), "a role that may not");
    assert!(world.hub.give_code(owner, "owner", world.hub.register_id("unit2"), owner, false).await.is_err(), "no handover there");

    // Fetched beforehand, signed offline in time, brought a day later.
    world.hub.give_code(owner, "owner", unit, owner, false).await.unwrap();
    let (code, until) = world.hub.shown_code(unit, owner).await.unwrap().unwrap();
    assert_eq!(until.0 - world.clock.0.load(Ordering::SeqCst), minutes_ms);
    step(minutes_ms - 1000);
    let body = s.signature(&code);
    s.device.make(handover, &body);
    step(common::DAY_MS);
    s.device.session(None).await;
    s.device.push(4).await.unwrap();
    let state = async || world.hub.state(handover).await.unwrap().unwrap();
    assert_eq!(Signing::verdicts(&state().await), [CodeVerdict::Confirmed]);

    // Too late, and for somebody else.
    world.hub.give_code(owner, "owner", unit, owner, false).await.unwrap();
    let (code, _) = world.hub.shown_code(unit, owner).await.unwrap().unwrap();
    step(minutes_ms + 600_000);
    assert_eq!(world.hub.shown_code(unit, owner).await.unwrap(), None, "it is shown no longer");
    let body = s.signature(&code);
    s.device.make(handover, &body);
    let neighbour = world.hub.register_id("owner2");
    world.hub.owner_link(unit, neighbour).await.unwrap();
    world.hub.give_code(neighbour, "owner", unit, neighbour, false).await.unwrap();
    let (code, _) = world.hub.shown_code(unit, neighbour).await.unwrap().unwrap();
    let body = s.signature(&code);
    s.device.make(handover, &body);
    s.device.push(5).await.unwrap();
    assert_eq!(Signing::verdicts(&state().await)[1..], [CodeVerdict::NoCode, CodeVerdict::NoCode]);

    // A time that cannot be true says nothing about a code.
    world.hub.give_code(owner, "owner", unit, owner, false).await.unwrap();
    let (code, _) = world.hub.shown_code(unit, owner).await.unwrap().unwrap();
    let body = s.signature(&code);
    let ahead = keyturn_core::log::Hlc { ms: keyturn_core::model::UtcMs(world.clock.0.load(Ordering::SeqCst) + common::DAY_MS), counter: 0 };
    let (person, role) = (s.device.person, s.device.role.clone());
    s.device.make_at(person, &role, handover, &body, ahead);
    s.device.push(7).await.unwrap();
    assert_eq!(Signing::verdicts(&state().await)[3..], [CodeVerdict::ClockWrong]);

    // The hub's word from a device is no word: the batch is put aside whole.
    let mut forger = world.device("inspector", Scope::Project).await;
    let check = keyturn_core::model::act::CodeCheck { signature: s.device.events[4].at(), verdict: CodeVerdict::Confirmed, issued: None, way: "sms".into() };
    let me = forger.person;
    forger.make_as(me, "hub", handover, &Body::Act(Act::CodeChecked(check)));
    assert_eq!(forger.push(1).await.unwrap_err().1, "sync-forged");
    assert_eq!(Signing::verdicts(&state().await).len(), 4);
    world.check_states().await;
    world.running.stop().await.unwrap();
}

/// Events in the role of the hub that a device made up cannot bring back what the hub refused (promise 10).
#[tokio::test]
async fn a_refusal_cannot_be_undone_by_a_device() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path()).await;
    world.register().await;
    let unit = world.hub.register_id("unit1");
    // A crew may not record snags: the event is kept, refused and left out.
    let mut crew = world.device("repair_team", Scope::Project).await;
    let snag = crew.snag(unit);
    let answer = crew.push(1).await.unwrap();
    assert_eq!(answer.refused.len(), 1);
    let before = world.hub.state(snag).await.unwrap().unwrap();
    assert!(before.created.is_none() && before.refused.len() == 1);
    let refusal = world.hub.events_of(snag).await.unwrap().into_iter().find(|e| e.kind == "hub.refuse").unwrap();

    // A refusal of the refusal, in the hub's role and even in the hub's name.
    for actor in [crew.person, world.hub.own_person()] {
        let mut forger = world.device("inspector", Scope::Project).await;
        forger.make_as(actor, "hub", snag, &Body::Act(Act::Refuse(refusal.at(), "rule-role".into(), Vec::new())));
        assert_eq!(forger.push(1).await.unwrap_err(), (StatusCode::UNPROCESSABLE_ENTITY, "sync-forged".to_owned()));
    }
    // The hub's role for something that is no mark is refused one by one, and changes nothing either.
    let mut forger = world.device("inspector", Scope::Project).await;
    let owner = world.hub.own_person();
    forger.make_as(owner, "hub", snag, &Body::Act(Act::Told("link".into(), "undone".into())));
    let answer = forger.push(1).await.unwrap();
    assert_eq!(answer.refused[0].key, "sync-actor");
    let after = world.hub.state(snag).await.unwrap().unwrap();
    assert_eq!((after.created.is_none(), after.refused.len()), (true, 2));
    assert_eq!(world.hub.put_aside_list().await.unwrap().iter().filter(|p| p.key == "sync-forged").count(), 2);
    world.check_states().await;
    world.running.stop().await.unwrap();
}
