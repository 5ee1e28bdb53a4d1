//! A hub with a small community behind its pages, asked request by request as a browser without scripts would.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, dead_code)]

use axum::{
    Router,
    body::Body as HttpBody,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use bytes::Bytes;
use keyturn_core::{
    evidence::{BlobStore, IntakePolicy, take_photo},
    field::handover_id,
    model::{
        Digest, Id, Value,
        act::{Act, PhotoAdd},
        body::{AggKind, Body, Change, Create},
    },
};
use keyturn_hub::{Hub, HubConfig, RegisterRow, RegisterValue, console};
use tower::ServiceExt;

pub const OWNER_NAME: &str = "陈晓雯";
pub const OWNER_PHONE: &str = "13812342046";

pub struct Site {
    pub hub: Hub,
    pub app: Router,
    pub units: [Id; 2],
    pub owners: [Id; 2],
    pub snags: Vec<Id>,
    pub manager: Id,
    pub inspector: Id,
    pub _dir: tempfile::TempDir,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn location(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |v| v.to_str().unwrap())
    }
}

pub fn jpeg(shade: u8) -> Vec<u8> {
    let mut out = Vec::new();
    let pixels: Vec<u8> = (0..64 * 48 * 3).map(|i| (i as u8).wrapping_mul(shade)).collect();
    jpeg_encoder::Encoder::new(&mut out, 80).encode(&pixels, 64, 48, jpeg_encoder::ColorType::Rgb).unwrap();
    out
}

impl Site {
    /// Two units with owners; in the first four snags: recorded, done, done, and one with two values.
    pub async fn new() -> Self {
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

    pub async fn photo(&self, snag: Id, purpose: &str, shade: u8) -> Digest {
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

    pub async fn send(&self, method: Method, path: &str, cookie: Option<&str>, kind: &str, body: impl Into<HttpBody>) -> Answer {
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

    pub async fn get(&self, path: &str, cookie: Option<&str>) -> Answer {
        self.send(Method::GET, path, cookie, "", HttpBody::empty()).await
    }

    pub async fn post(&self, path: &str, cookie: Option<&str>, form: &str) -> Answer {
        self.send(Method::POST, path, cookie, "application/x-www-form-urlencoded", form.to_owned()).await
    }

    /// Logs somebody in: the cookie and the proof that forms need.
    pub async fn login(&self, person: Id, role: &str) -> (String, String) {
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

pub fn multipart(fields: &[(&str, Option<&str>, &[u8])]) -> (String, Vec<u8>) {
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
