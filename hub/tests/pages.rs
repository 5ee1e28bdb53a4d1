//! The console and the owner's pages over a real hub, request by request, as a browser without scripts would make them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use axum::{
    Router,
    body::Body as HttpBody,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use bytes::Bytes;
use keyturn_core::{
    evidence::{BlobStore, IntakePolicy, take_photo},
    field::handover_id,
    log::cert::Scope,
    model::{
        Digest, Id, UtcMs, Value,
        act::{Act, PhotoAdd},
        body::{AggKind, Body, Change, Create},
    },
};
use keyturn_hub::{Hub, HubConfig, RegisterRow, RegisterValue, console};
use tower::ServiceExt;

const OWNER_NAME: &str = "陈晓雯";
const OWNER_PHONE: &str = "13812342046";

struct Site {
    hub: Hub,
    app: Router,
    units: [Id; 2],
    owners: [Id; 2],
    snags: Vec<Id>,
    manager: Id,
    inspector: Id,
    _dir: tempfile::TempDir,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    fn location(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |v| v.to_str().unwrap())
    }
}

fn jpeg(shade: u8) -> Vec<u8> {
    let mut out = Vec::new();
    let pixels: Vec<u8> = (0..64 * 48 * 3).map(|i| (i as u8).wrapping_mul(shade)).collect();
    jpeg_encoder::Encoder::new(&mut out, 80).encode(&pixels, 64, 48, jpeg_encoder::ColorType::Rgb).unwrap();
    out
}

impl Site {
    /// Two units with owners; in the first four snags: recorded, done, done, and one with two values.
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut config = HubConfig::new(dir.path());
        config.url = Some("http://127.0.0.1:1".into());
        let hub = Hub::open(config).await.unwrap();
        let id = |key: &str| hub.register_id(key);
        let open = |v: Value| RegisterValue::Open(v);
        let row = |kind, key: &str, parent, fields: Vec<(&str, RegisterValue)>| RegisterRow {
            kind,
            key: key.into(),
            unit: None,
            parent,
            fields: fields.into_iter().map(|(f, v)| (f.to_owned(), v)).collect(),
        };
        let person = |key: &str, name: &str, kind: &str| {
            row(
                AggKind::Person,
                key,
                None,
                vec![("name", RegisterValue::Personal(name.into())), ("phone", RegisterValue::Personal(OWNER_PHONE.into())), ("kind", open(kind.into()))],
            )
        };
        let unit = |key: &str, number: &str, owner: &str| {
            let rooms = Value::List(vec!["bed|bedroom|南次卧|south bedroom".into()]);
            let fields = vec![
                ("building", open("2".into())),
                ("entrance", open("1".into())),
                ("number", open(number.into())),
                ("floor", open(Value::Int(11))),
                ("finish_level", open("fitted".into())),
                ("layout_type", open("三室两厅".into())),
                ("rooms", open(rooms)),
                ("owners", open(Value::List(vec![Value::Id(id(owner))]))),
            ];
            row(AggKind::Unit, key, Some(id("building/2")), fields)
        };
        let rows = vec![
            row(AggKind::Community, "community", None, vec![("name", open("云溪雅苑一期".into()))]),
            row(AggKind::Building, "building/2", Some(id("community")), vec![("name", open("2".into()))]),
            row(AggKind::Contractor, "contractor/1", None, vec![("name", open("维修一队".into()))]),
            person("owner/1", OWNER_NAME, "owner"),
            person("owner/2", "李四", "owner"),
            person("staff/m", "周敏", "staff"),
            person("staff/i", "王磊", "staff"),
            person("crew/1", "马建国", "crew"),
            unit("unit/2/1/1102", "1102", "owner/1"),
            unit("unit/2/1/1101", "1101", "owner/2"),
        ];
        let (units, owners) = ([id("unit/2/1/1102"), id("unit/2/1/1101")], [id("owner/1"), id("owner/2")]);
        let (manager, inspector, crew, contractor) = (id("staff/m"), id("staff/i"), id("crew/1"), id("contractor/1"));
        hub.import(manager, "service_manager", rows).await.unwrap();
        let app = console::pages(&hub);
        let mut site = Self { hub, app, units, owners, snags: Vec::new(), manager, inspector, _dir: dir };
        for (n, defect) in ["leak", "crack", "hollow", "leak"].into_iter().enumerate() {
            let snag = Id::random(1_790_000_000_000 + n as i64);
            let fields: Vec<(String, Value)> = [
                ("room", "bed"),
                ("element", "window"),
                ("defect", defect),
                ("severity", "poor"),
                ("owner_text", "<b>下雨就渗</b>"),
                ("finding", "密封胶断开"),
                ("due_on", "2026-01-02"),
            ]
            .map(|(f, v)| (f.to_owned(), v.into()))
            .into_iter()
            .chain([("number".to_owned(), Value::Int(n as i64 + 1))])
            .collect();
            let create = Body::Create(Create { kind: AggKind::Snag, unit: Some(units[0]), parent: Some(handover_id(units[0])), fields });
            site.hub.act(inspector, "inspector", snag, create).await.unwrap();
            site.snags.push(snag);
        }
        for snag in [site.snags[1], site.snags[2]] {
            site.hub.act(inspector, "inspector", snag, Body::Act(Act::Order(contractor, None))).await.unwrap();
            site.hub.act(crew, "repair_team", snag, Body::Act(Act::Arrive(None))).await.unwrap();
            site.photo(snag, "after", 7).await;
            site.hub.act(crew, "repair_team", snag, Body::Act(Act::RepairDone("重打密封胶".into(), None, None))).await.unwrap();
        }
        // Two changes of one field that replace the same value: neither knew of the other.
        let state = site.hub.state(site.snags[3]).await.unwrap().unwrap();
        for severity in ["serious", "minor"] {
            let change = Change { field: "severity".into(), value: severity.into(), replaces: state.heads("severity") };
            site.hub.act(inspector, "inspector", site.snags[3], Body::Set(vec![change])).await.unwrap();
        }
        site
    }

    async fn photo(&self, snag: Id, purpose: &str, shade: u8) -> Digest {
        let bytes = jpeg(shade);
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("p.jpg");
        std::fs::write(&path, &bytes).unwrap();
        let facts = take_photo(&BlobStore::open(&dir.path().join("f")).unwrap(), &path, &IntakePolicy::product_default().unwrap()).unwrap();
        let digest = self.hub.put_blob(Bytes::from(bytes)).await.unwrap();
        let photo = PhotoAdd { sha256: digest, bytes: facts.bytes, purpose: purpose.into(), round: 1, facts: minicbor::to_vec(&facts).unwrap() };
        self.hub.act(self.inspector, "inspector", snag, Body::Act(Act::PhotoAdd(photo))).await.unwrap();
        digest
    }

    async fn send(&self, method: Method, path: &str, cookie: Option<&str>, kind: &str, body: impl Into<HttpBody>) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header(header::ACCEPT_LANGUAGE, "zh-CN");
        if let Some(cookie) = cookie {
            request = request.header(header::COOKIE, cookie);
        }
        if !kind.is_empty() {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        let response = self.app.clone().oneshot(request.body(body.into()).unwrap()).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let body = axum::body::to_bytes(response.into_body(), 1 << 26).await.unwrap();
        Answer { status, headers, body }
    }

    async fn get(&self, path: &str, cookie: Option<&str>) -> Answer {
        self.send(Method::GET, path, cookie, "", HttpBody::empty()).await
    }

    async fn post(&self, path: &str, cookie: Option<&str>, form: &str) -> Answer {
        self.send(Method::POST, path, cookie, "application/x-www-form-urlencoded", form.to_owned()).await
    }

    /// Logs somebody in: the cookie and the proof that forms need.
    async fn login(&self, person: Id, role: &str) -> (String, String) {
        let token = self.hub.login_link(person, role).await.unwrap();
        let answer = self.get(&format!("/console/login/{token}"), None).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap().to_owned();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"));
        let cookie = cookie.split(';').next().unwrap().to_owned();
        let page = self.get("/console/today", Some(&cookie)).await.text();
        let csrf = page.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        (cookie, csrf)
    }
}

fn multipart(fields: &[(&str, Option<&str>, &[u8])]) -> (String, Vec<u8>) {
    let mut body = Vec::new();
    for (name, file, value) in fields {
        let file = file.map(|f| format!("; filename=\"{f}\"\r\ncontent-type: image/jpeg")).unwrap_or_default();
        body.extend_from_slice(format!("--xyz\r\ncontent-disposition: form-data; name=\"{name}\"{file}\r\n\r\n").as_bytes());
        body.extend_from_slice(value);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--xyz--\r\n");
    ("multipart/form-data; boundary=xyz".to_owned(), body)
}

#[tokio::test]
async fn nothing_of_the_console_is_shown_without_a_session_and_a_login_works_once() {
    let site = Site::new().await;
    for path in ["/console/today", "/console/units", "/console/snags", "/console/devices", "/console/reviews", "/console/fresh"] {
        let answer = site.get(path, None).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
        assert!(!answer.text().contains("1102"), "{path}");
        assert_eq!(site.get(path, Some("keyturn_session=0000")).await.status, StatusCode::UNAUTHORIZED);
    }
    let token = site.hub.login_link(site.manager, "service_manager").await.unwrap();
    let path = format!("/console/login/{token}");
    assert_eq!(site.get(&path, None).await.status, StatusCode::SEE_OTHER);
    assert_eq!(site.get(&path, None).await.status, StatusCode::UNAUTHORIZED, "a used link");
    let (cookie, csrf) = site.login(site.manager, "service_manager").await;
    assert_eq!(site.post("/console/logout", Some(&cookie), "csrf=wrong").await.status, StatusCode::FORBIDDEN);
    assert_eq!(site.get("/console/today", Some(&cookie)).await.status, StatusCode::OK);
    assert_eq!(site.post("/console/logout", Some(&cookie), &format!("csrf={csrf}")).await.status, StatusCode::SEE_OTHER);
    assert_eq!(site.get("/console/today", Some(&cookie)).await.status, StatusCode::UNAUTHORIZED);
}

// S0-04, S0-12
#[tokio::test]
async fn pages_show_what_the_hub_holds_masked_and_escaped() {
    let site = Site::new().await;
    let (cookie, _) = site.login(site.manager, "service_manager").await;
    let (unit, snag) = (site.units[0], site.snags[1]);
    for path in [
        "/console/today",
        "/console/units",
        &format!("/console/units?unit={unit}"),
        &format!("/console/units/{unit}"),
        "/console/snags",
        &format!("/console/snags/{snag}"),
        "/console/reviews",
        "/console/devices",
    ] {
        let answer = site.get(path, Some(&cookie)).await;
        let html = answer.text();
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert!(answer.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap().contains("default-src 'none'"), "{path}");
        assert!(!html.contains(OWNER_NAME) && !html.contains(OWNER_PHONE), "{path} shows the owner");
        assert!(!html.contains("<b>下雨"), "{path} lets markup through");
        assert!(!html.contains("console-"), "{path} shows a bare key: {:?}", html.split("console-").nth(1).map(|t| t.chars().take(40).collect::<String>()));
    }
    let page = site.get(&format!("/console/units/{unit}"), Some(&cookie)).await.text();
    assert!(page.contains("2-1-1102") && page.contains("陈**") && page.contains("138****2046") && page.contains("马建国"));
    assert!(page.contains("data-state=\"safe\""), "photos are marked as checked");
    let page = site.get(&format!("/console/snags/{snag}"), Some(&cookie)).await.text();
    assert!(page.contains("南次卧") && page.contains("密封胶断开") && page.contains("data-round=\"1\""));
    // A filter, its count and the late ones.
    let page = site.get("/console/snags?state=done&late=1", Some(&cookie)).await.text();
    assert_eq!(page.matches("<tr data-row").count(), 2);
    let page = site.get("/console/snags?q=%E6%B2%A1%E6%9C%89", Some(&cookie)).await.text();
    assert_eq!(page.matches("<tr data-row").count(), 0);
    for missing in ["/console/units/nothing", &format!("/console/units/{}", Id::random(1)), &format!("/console/snags/{unit}"), "/console/elsewhere"] {
        assert_eq!(site.get(missing, Some(&cookie)).await.status, StatusCode::NOT_FOUND, "{missing}");
    }
}

#[tokio::test]
async fn photographs_come_in_three_sizes_and_only_those_of_the_project() {
    let site = Site::new().await;
    let (cookie, _) = site.login(site.manager, "service_manager").await;
    let original = jpeg(7);
    let at = format!("/console/files/{}", Digest::of(&original));
    let answer = site.get(&format!("{at}?size=original"), Some(&cookie)).await;
    assert_eq!(answer.body, original, "byte for byte");
    for size in ["512", "2048"] {
        for _ in 0..2 {
            let answer = site.get(&format!("{at}?size={size}"), Some(&cookie)).await;
            assert_eq!((answer.status, &answer.body[..2]), (StatusCode::OK, &[0xff, 0xd8][..]));
        }
    }
    assert_eq!(site.get(&format!("{at}?size=512"), None).await.status, StatusCode::UNAUTHORIZED);
    let stray = site.hub.put_blob(Bytes::from_static(b"belongs to nothing")).await.unwrap();
    assert_eq!(site.get(&format!("/console/files/{stray}"), Some(&cookie)).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_conflict_is_settled_with_a_reason_by_those_who_may() {
    let site = Site::new().await;
    let (cookie, csrf) = site.login(site.manager, "service_manager").await;
    let list = site.get("/console/reviews", Some(&cookie)).await.text();
    let path = list.split("href=\"/console/reviews/").nth(1).map(|t| format!("/console/reviews/{}", t.split('"').next().unwrap())).expect("one review");
    let page = site.get(&path, Some(&cookie)).await.text();
    assert_eq!(page.matches("<section class=\"val").count(), 2, "both values stand side by side");
    assert_eq!(site.post(&path, Some(&cookie), &format!("csrf={csrf}&value=1&reason=+")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(site.post(&path, Some(&cookie), "value=1&reason=x").await.status, StatusCode::FORBIDDEN);
    let state = site.hub.state(site.snags[3]).await.unwrap().unwrap();
    assert_eq!(state.conflicts().count(), 1, "nothing was settled");
    let other = state.fields["severity"][1].value.clone();
    // A role without the right is told so, and nothing changes.
    let (clerk, clerk_csrf) = site.login(site.manager, "clerk").await;
    assert_eq!(site.post(&path, Some(&clerk), &format!("csrf={clerk_csrf}&value=1&reason=x")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let answer = site.post(&path, Some(&cookie), &format!("csrf={csrf}&value=1&reason=%E5%A4%8D%E7%9C%8B")).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let state = site.hub.state(site.snags[3]).await.unwrap().unwrap();
    assert_eq!((state.conflicts().count(), state.get("severity")), (0, Some(&other)));
    let page = site.get(answer.location(), Some(&cookie)).await.text();
    assert!(page.contains("复看"), "the reason is shown");
    assert_eq!(site.post(&path, Some(&cookie), &format!("csrf={csrf}&value=0&reason=x")).await.status, StatusCode::CONFLICT, "settled once");
}

#[tokio::test]
async fn an_invitation_is_made_for_a_person_role_and_scope() {
    let site = Site::new().await;
    let (cookie, csrf) = site.login(site.manager, "service_manager").await;
    let answer = site.post("/console/devices/invite", Some(&cookie), &format!("csrf={csrf}&person=%E5%BC%A0%E7%BF%80&role=inspector&scope=building:2")).await;
    let page = answer.text();
    assert_eq!(answer.status, StatusCode::OK, "{page}");
    assert!(page.contains("data-code") && page.contains("class=\"qr\""));
    for bad in [
        "person=&role=inspector&scope=project",
        "person=x&role=nobody&scope=project",
        "person=x&role=inspector&scope=elsewhere",
        "person=x&role=inspector&scope=building:77",
    ] {
        let answer = site.post("/console/devices/invite", Some(&cookie), &format!("csrf={csrf}&{bad}")).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
        assert!(!answer.text().contains("data-code"));
    }
    let (clerk, csrf) = site.login(site.manager, "clerk").await;
    assert_eq!(
        site.post("/console/devices/invite", Some(&clerk), &format!("csrf={csrf}&person=x&role=inspector&scope=project")).await.status,
        StatusCode::FORBIDDEN
    );
}

// S1-22, S1-23
#[tokio::test]
async fn the_owner_confirms_one_repair_and_rejects_another_with_a_photo() {
    let site = Site::new().await;
    let token = site.hub.owner_link(site.units[0], site.owners[0]).await.unwrap();
    let root = format!("/o/{token}");
    let home = site.get(&root, None).await;
    assert_eq!(home.status, StatusCode::OK);
    assert_eq!(home.text().matches("data-ask=").count(), 2);
    assert!(home.text().contains("2 号楼") && !home.text().contains("<b>下雨"));
    let (first, second) = (site.snags[1], site.snags[2]);
    let answer = site.post(&format!("{root}/snags/{first}/confirm"), None, "round=1").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(site.get(answer.location(), None).await.text().contains("data-state=\"confirmed\""));
    assert_eq!(site.post(&format!("{root}/snags/{first}/confirm"), None, "round=1").await.status, StatusCode::CONFLICT, "once");

    let path = format!("{root}/snags/{second}/reject");
    let photo = jpeg(31);
    let before = site.hub.state(second).await.unwrap().unwrap();
    for bad in [
        vec![("round", None, &b"1"[..]), ("text", None, b"  ")],
        vec![("round", None, &b"1"[..]), ("text", None, b"x"), ("photo", Some("a.jpg"), b"no picture")],
        vec![("round", None, &b"1"[..]), ("text", None, b"x"), ("photo", Some("a.jpg"), b"")],
    ] {
        let (kind, body) = multipart(&bad);
        let answer = site.send(Method::POST, &path, None, &kind, body).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.text().contains("role=\"alert\""));
        assert_eq!(site.hub.state(second).await.unwrap().unwrap(), before, "nothing was recorded");
    }
    let (kind, body) = multipart(&[("round", None, b"1"), ("text", None, "还在渗 <i>".as_bytes()), ("photo", Some("IMG.jpg"), &photo)]);
    let answer = site.send(Method::POST, &path, None, &kind, body).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    let state = site.hub.state(second).await.unwrap().unwrap();
    assert_eq!((state.phase.name(), state.round), ("rejected", 2));
    assert_eq!(site.hub.blob(Digest::of(&photo)).await.unwrap().as_deref(), Some(photo.as_slice()), "the owner's photo, byte for byte");
    let (cookie, _) = site.login(site.manager, "service_manager").await;
    let page = site.get(&format!("/console/snags/{second}"), Some(&cookie)).await.text();
    assert!(page.contains("还在渗 &#60;i&#62;") && page.contains(&Digest::of(&photo).to_string()), "the office sees reason and photo");
}

#[tokio::test]
async fn an_owners_link_opens_one_unit_only_and_ends_when_revoked() {
    let site = Site::new().await;
    let neighbour = site.hub.owner_link(site.units[1], site.owners[1]).await.unwrap();
    let root = format!("/o/{neighbour}");
    assert_eq!(site.get(&root, None).await.text().matches("data-ask=").count(), 0);
    let (snag, photo) = (site.snags[1], Digest::of(&jpeg(7)));
    for path in [
        format!("{root}/snags/{snag}/confirm"),
        format!("{root}/snags/{snag}/reject"),
        format!("{root}/files/{photo}?size=512"),
        format!("{root}/elsewhere"),
        "/o/0123".to_owned(),
    ] {
        assert_eq!(site.get(&path, None).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(site.post(&format!("{root}/snags/{snag}/confirm"), None, "round=1").await.status, StatusCode::NOT_FOUND);
    assert_eq!(site.hub.state(snag).await.unwrap().unwrap().phase.name(), "done");
    let own = site.hub.owner_link(site.units[0], site.owners[0]).await.unwrap();
    assert_eq!(site.get(&format!("/o/{own}/files/{photo}?size=512"), None).await.status, StatusCode::OK);
    // The console lists and revokes it.
    let (cookie, csrf) = site.login(site.manager, "service_manager").await;
    let unit = site.units[0];
    let made = site.post(&format!("/console/units/{unit}/links"), Some(&cookie), &format!("csrf={csrf}")).await.text();
    let shown = made.split("data-owner-link").next().unwrap().rsplit("value=\"").next().unwrap().to_owned();
    assert!(made.contains("http://127.0.0.1:1/o/"), "{shown}");
    let page = site.get(&format!("/console/units/{unit}"), Some(&cookie)).await.text();
    assert!(!page.contains("/o/"), "the address is shown once");
    for name in page.split(&format!("/console/units/{unit}/links/")).skip(1).map(|t| t.split('/').next().unwrap().to_owned()).collect::<Vec<_>>() {
        let answer = site.post(&format!("/console/units/{unit}/links/{name}/revoke"), Some(&cookie), &format!("csrf={csrf}")).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
    }
    assert_eq!(site.get(&format!("/o/{own}"), None).await.status, StatusCode::NOT_FOUND, "revoked");
    assert_eq!(site.get(&root, None).await.status, StatusCode::OK, "the neighbour's stays");
}

#[tokio::test]
async fn the_language_follows_the_browser_and_then_the_choice() {
    let site = Site::new().await;
    let token = site.hub.owner_link(site.units[0], site.owners[0]).await.unwrap();
    let answer = site.get(&format!("/o/{token}?lang=en"), None).await;
    let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    assert_eq!(answer.location(), format!("/o/{token}"));
    assert!(site.get(&format!("/o/{token}"), Some(&cookie)).await.text().contains("<html lang=\"en\""));
    let (session, csrf) = site.login(site.manager, "service_manager").await;
    let answer = site.post("/console/language", Some(&session), &format!("csrf={csrf}&lang=en&back=//evil.example/")).await;
    assert_eq!(answer.location(), "/console/today", "never to another site");
    let page = site.get("/console/units", Some(&format!("{session}; {cookie}"))).await.text();
    assert!(page.contains("<html lang=\"en\"") && page.contains("Units"));
}

#[tokio::test]
async fn a_device_is_revoked_by_its_own_name_only() {
    let site = Site::new().await;
    // The code is used by a device's key over the sync protocol; here the row as enrolling leaves it is enough.
    let invite = site.hub.invite(site.inspector, "inspector", Scope::Project).await.unwrap();
    let key = keyturn_core::log::keys::SoftwareKey::generate();
    let public: String = keyturn_core::log::keys::DeviceKey::public(&key).iter().map(|b| format!("{b:02x}")).collect();
    let body = serde_json::json!({"code": invite.code, "public": public, "name": "平板 09", "platform": "cli"}).to_string();
    let request = Request::post("/v1/enrol")
        .header(header::CONTENT_TYPE, "application/json")
        .extension(axum::extract::ConnectInfo(std::net::SocketAddr::from(([127, 0, 0, 1], 9))))
        .body(HttpBody::from(body))
        .unwrap();
    let response = site.hub.sync_routes().oneshot(request).await.unwrap();
    assert!(response.status().is_success(), "{}", response.status());
    let device = site.hub.devices().await.unwrap()[0].id;
    let (cookie, csrf) = site.login(site.manager, "service_manager").await;
    let path = format!("/console/devices/{device}/revoke");
    assert_eq!(site.post(&path, Some(&cookie), &format!("csrf={csrf}&name=%E5%B9%B3%E6%9D%BF")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(site.hub.device(device).await.unwrap().unwrap().revoked.is_none());
    let answer = site.post(&path, Some(&cookie), &format!("csrf={csrf}&name=%E5%B9%B3%E6%9D%BF+09")).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(site.hub.device(device).await.unwrap().unwrap().revoked.is_some_and(|at| at > UtcMs(0)));
    let page = site.get(answer.location(), Some(&cookie)).await.text();
    assert!(page.contains("data-open") && !page.contains("data-revoke="));
}

// S0-31, S0-32
#[tokio::test]
async fn meetings_and_joint_inspections_stand_on_the_timeline_of_their_units() {
    let site = Site::new().await;
    let (cookie, _) = site.login(site.manager, "service_manager").await;
    let units = Value::List(site.units.iter().map(|unit| Value::Id(*unit)).collect());
    let create = |kind, title: &str, unit, units: Value| {
        let fields = vec![("title".to_owned(), title.into()), ("at".to_owned(), Value::Time(UtcMs(1_790_000_000_000))), ("units".to_owned(), units)];
        Body::Create(Create { kind, unit, parent: None, fields })
    };
    // One for both units, one for the second only.
    let (meeting, inspection) = (Id::random(1), Id::random(2));
    site.hub.act(site.manager, "service_manager", meeting, create(AggKind::Meeting, "首批交付验收会", None, units)).await.unwrap();
    site.hub.act(site.manager, "service_manager", meeting, Body::Act(Act::Minutes("同意<b>整改</b>".into()))).await.unwrap();
    let only = Value::List(vec![Value::Id(site.units[1])]);
    site.hub.act(site.manager, "service_manager", inspection, create(AggKind::Inspection, "外窗联合检查", Some(site.units[1]), only)).await.unwrap();
    let refused = site.hub.act(site.manager, "service_manager", inspection, Body::Act(Act::Minutes("x".into()))).await;
    assert!(refused.is_err(), "an inspection has no minutes");
    for (unit, inspected) in [(site.units[0], false), (site.units[1], true)] {
        let page = site.get(&format!("/console/units/{unit}"), Some(&cookie)).await.text();
        assert!(page.contains("首批交付验收会") && page.contains("同意&#60;b&#62;整改"), "the meeting with its minutes");
        assert_eq!(page.contains("外窗联合检查"), inspected);
        assert!(!page.contains("console-"), "no bare key");
    }
}

#[tokio::test]
async fn a_post_that_is_no_form_gets_a_page() {
    let site = Site::new().await;
    let (cookie, _) = site.login(site.manager, "service_manager").await;
    for (path, kind) in [("/console/devices/invite", "application/json"), ("/console/logout", ""), ("/console/language", "application/x-www-form-urlencoded")] {
        let answer = site.send(Method::POST, path, Some(&cookie), kind, HttpBody::from("{}")).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
        assert!(answer.text().contains("<!doctype html>") || answer.text().contains("<!DOCTYPE html>"), "{path}");
    }
}
