//! The console and the owner's pages over a real hub, request by request, as a browser without scripts would make them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod site;

use axum::{
    body::Body as HttpBody,
    http::{Method, Request, StatusCode, header},
};
use bytes::Bytes;
use keyturn_core::{
    log::cert::Scope,
    model::{
        Digest, Id, UtcMs, Value,
        act::Act,
        body::{AggKind, Body, Create},
    },
};
use site::{OWNER_NAME, OWNER_PHONE, Site, jpeg, multipart};
use tower::ServiceExt;

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

#[tokio::test]
async fn what_was_not_taken_up_stands_on_the_page_of_reviews_and_is_counted() {
    let site = Site::new().await;
    let (cookie, _) = site.login(site.manager, "service_manager").await;
    let count = |page: &str| -> u32 {
        let item = page.split("href=\"/console/reviews\" data-go").nth(1).unwrap();
        let n = item.split("<span class=\"n").nth(1).unwrap().split('>').nth(1).unwrap().split('<').next().unwrap();
        n.parse().unwrap()
    };
    let before = site.get("/console/reviews", Some(&cookie)).await.text();
    assert!(!before.contains("data-refused"));
    // The hub leaves out a record: kept, marked, explained.
    let state = site.hub.state(site.snags[0]).await.unwrap().unwrap();
    let refuse = Act::Refuse(state.created.as_ref().unwrap().at(), "sync-scope".into(), vec![]);
    let made = site.hub.act(site.hub.own_person(), "hub", site.snags[0], Body::Act(refuse)).await;
    assert!(made.is_ok(), "{made:?}");
    let after = site.get("/console/reviews", Some(&cookie)).await.text();
    assert!(after.contains("data-refused") && after.contains(&keyturn_core::words::word(keyturn_core::words::Lang::Zh, "sync-scope")));
    assert_eq!(count(&after), count(&before) + 1, "the navigation counts it");
}

#[tokio::test]
async fn a_file_is_sent_as_what_its_first_bytes_say_and_never_as_a_page() {
    let site = Site::new().await;
    let (cookie, _) = site.login(site.manager, "service_manager").await;
    let page = Bytes::from_static(b"<!doctype html><script>alert(1)</script>");
    for (bytes, kind) in [(Bytes::from(jpeg(7)), "image/jpeg"), (page, "application/octet-stream")] {
        let digest = site.hub.put_blob(bytes.clone()).await.unwrap();
        let photo = keyturn_core::model::act::PhotoAdd { sha256: digest, bytes: bytes.len() as u64, purpose: "snag".into(), round: 0, facts: vec![] };
        site.hub.act(site.inspector, "inspector", site.snags[0], Body::Act(Act::PhotoAdd(photo))).await.unwrap();
        let answer = site.get(&format!("/console/files/{digest}?size=original"), Some(&cookie)).await;
        assert_eq!((answer.status, answer.headers[header::CONTENT_TYPE].to_str().unwrap()), (StatusCode::OK, kind));
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    }
}

#[tokio::test]
async fn nobody_takes_part_in_the_hubs_own_role() {
    let site = Site::new().await;
    let handover = keyturn_core::field::handover_id(site.units[0]);
    let create = Create { kind: AggKind::Handover, unit: Some(site.units[0]), parent: Some(site.units[0]), fields: vec![] };
    site.hub.act(site.manager, "service_manager", handover, Body::Create(create)).await.unwrap();
    let participant = |role: &str| keyturn_core::model::value::Participant {
        person: site.inspector,
        role: role.into(),
        organisation: None,
        name: None,
        identity_check: None,
        mandate: None,
    };
    let set = |role: &str| {
        let change = keyturn_core::model::body::Change {
            field: format!("participant:{}", Id::random(7)),
            value: Value::Participant(participant(role)),
            replaces: vec![],
        };
        Body::Set(vec![change])
    };
    assert!(site.hub.act(site.inspector, "inspector", handover, set("hub")).await.is_err());
    assert!(site.hub.act(site.inspector, "inspector", handover, set("witness")).await.is_ok());
}
