//! The owner's link over real HTTP: what it says when it ended, what can be asked through it, and how a page hears of changes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use common::{DAY_MS, World, client, world};
use futures_util::StreamExt;
use keyturn_core::model::{
    Id, Value,
    act::{Act, OwnerWant},
    body::{Body, Change},
};
use reqwest::{Client, StatusCode, header};
use std::{sync::atomic::Ordering, time::Duration};

struct Owner<'w> {
    world: &'w World,
    http: Client,
}

impl Owner<'_> {
    async fn get(&self, path: &str) -> (StatusCode, String) {
        let answer = self.http.get(format!("{}{path}", self.world.running.url())).header(header::ACCEPT_LANGUAGE, "zh-CN").send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    async fn ask(&self, token: &str, want: &str) -> (StatusCode, String) {
        let request = self.http.post(format!("{}/o/{token}/ask", self.world.running.url())).header(header::ACCEPT_LANGUAGE, "zh-CN");
        let answer = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(format!("want={want}")).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    fn asks(&self, unit: &keyturn_core::log::fold::Aggregate) -> Vec<OwnerWant> {
        unit.done().filter_map(|e| if let Act::OwnerAsk(want) = e.act { Some(want) } else { None }).collect()
    }
}

async fn unit_of(world: &World) -> (Id, Id) {
    world.register().await;
    (world.hub.register_id("unit1"), world.hub.register_id("owner1"))
}

// S0-04
#[tokio::test]
async fn a_link_that_ended_says_why_shows_nothing_and_still_reaches_the_office() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path()).await;
    let (unit, person) = unit_of(&world).await;
    let owner = Owner { world: &world, http: client() };
    let revoked = world.hub.owner_link(unit, person).await.unwrap();
    let (name, _) = world.hub.owner_links(unit).await.unwrap().remove(0);
    let expiring = world.hub.owner_link(unit, person).await.unwrap();
    let (_, good) = owner.get(&format!("/o/{revoked}")).await;
    assert!(good.contains("data-live=") && good.contains("云栖里"));
    world.hub.revoke_owner_link(name).await.unwrap();
    assert_eq!(world.hub.owner_links(unit).await.unwrap().len(), 1);
    world.clock.0.fetch_add(91 * DAY_MS, Ordering::SeqCst);
    let unknown = owner.get("/o/0123456789abcdef0123456789abcdef").await;
    let (ended, taken) = (owner.get(&format!("/o/{expiring}")).await, owner.get(&format!("/o/{revoked}")).await);
    for (status, page) in [&unknown, &ended, &taken] {
        // One status for all, and nothing of the unit.
        assert_eq!(*status, StatusCode::NOT_FOUND);
        for secret in ["云栖里", "业主1", "data-live", "/snags/", "1 栋"] {
            assert!(!page.contains(secret), "{secret}");
        }
    }
    assert!(unknown.1.contains("没有这个链接") && !unknown.1.contains("data-ask-again"), "the hub does not know who asks");
    assert!(taken.1.contains("已停用") && taken.1.contains("data-ask-again"));
    assert!(ended.1.contains("到期了") && ended.1.contains("data-ask-again"));
    assert_eq!(owner.get(&format!("/o/{expiring}/snags/{unit}/confirm")).await.0, StatusCode::NOT_FOUND);

    // Asking: once, however often it is pressed; a stranger asks for nobody.
    let state = async || world.hub.state(unit).await.unwrap().unwrap();
    for _ in 0..3 {
        let (status, page) = owner.ask(&expiring, "link").await;
        assert!(status == StatusCode::OK && page.contains("新链接") && !page.contains("云栖里"), "{status}");
    }
    assert_eq!(owner.ask(&revoked, "call").await.0, StatusCode::OK);
    assert_eq!(owner.asks(&state().await), [OwnerWant::Link, OwnerWant::Call]);
    assert_eq!(owner.ask("0123456789abcdef0123456789abcdef", "call").await.0, StatusCode::NOT_FOUND);
    assert_eq!(owner.ask(&expiring, "money").await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(owner.asks(&state().await).len(), 2, "nothing more was noted");

    // The office sees both, answers one by a new link and one by telephone.
    let login = world.hub.login_link(world.office, "service_manager").await.unwrap();
    let no_redirect = Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let base = world.running.url().to_owned();
    let session = no_redirect.get(format!("{base}/console/login/{login}")).send().await.unwrap();
    let cookie = session.headers()[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    let page = async |path: &str| no_redirect.get(format!("{base}{path}")).header(header::COOKIE, &cookie).send().await.unwrap().text().await.unwrap();
    let post = async |path: &str, form: String| {
        let request = no_redirect.post(format!("{base}{path}")).header(header::COOKIE, &cookie);
        request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(form).send().await.unwrap().status()
    };
    let today = page("/console/today").await;
    assert!(today.contains("data-owner-asks") && today.contains("#owner-asks"));
    let csrf = today.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let path = format!("/console/units/{unit}/told");
    assert_eq!(post(&path, format!("csrf={csrf}&note=+")).await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(post(&path, format!("csrf={csrf}&note=rang")).await, StatusCode::SEE_OTHER);
    assert!(!page("/console/today").await.contains("data-owner-asks"), "answered");
    assert_eq!(post(&path, format!("csrf={csrf}&note=rang")).await, StatusCode::CONFLICT, "nothing waits");
    owner.ask(&expiring, "link").await;
    assert!(page(&format!("/console/units/{unit}")).await.contains("data-owner-asks"));
    assert_eq!(post(&format!("/console/units/{unit}/links"), format!("csrf={csrf}")).await, StatusCode::OK);
    assert!(!page(&format!("/console/units/{unit}")).await.contains("data-owner-asks"), "a new link is the answer");
    world.check_states().await;

    // Long after, nothing of them is kept.
    world.clock.0.fetch_add(91 * DAY_MS, Ordering::SeqCst);
    assert!(world.hub.sweep_passes().await.unwrap() >= 2);
    assert!(owner.get(&format!("/o/{expiring}")).await.1.contains("没有这个链接"));
    world.running.stop().await.unwrap();
}

/// The next event of a stream, as its two lines; none when it ended.
async fn event(stream: &mut (impl futures_util::Stream<Item = reqwest::Result<bytes::Bytes>> + Unpin)) -> Option<String> {
    let mut text = String::new();
    loop {
        let chunk = tokio::time::timeout(Duration::from_secs(20), stream.next()).await.expect("an event in time")?.ok()?;
        text.push_str(std::str::from_utf8(&chunk).unwrap());
        if let Some((first, _)) = text.split_once("\n\n") {
            if first.starts_with("event:") {
                return Some(first.to_owned());
            }
            text.clear();
        }
    }
}

// S1-22
#[tokio::test]
async fn a_page_hears_of_changes_of_its_own_unit_only_and_when_its_link_ends() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path()).await;
    let (unit, person) = unit_of(&world).await;
    let owner = Owner { world: &world, http: client() };
    let link = world.hub.owner_link(unit, person).await.unwrap();
    let url = format!("{}/o/{link}/live", world.running.url());
    let tag_of = async || {
        let (_, page) = owner.get(&format!("/o/{link}")).await;
        page.split("data-tag=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    };
    let answer = owner.http.get(&url).send().await.unwrap();
    assert_eq!((answer.status(), answer.headers()[header::CONTENT_TYPE].to_str().unwrap()), (StatusCode::OK, "text/event-stream"));
    let mut stream = answer.bytes_stream();
    let first = tag_of().await;
    assert_eq!(event(&mut stream).await.unwrap(), format!("event: tag\ndata: {first}"), "what the page shows is what the stream says");

    let set = async |thing: Id, field: &str, value: &str| {
        let replaces = world.hub.state(thing).await.unwrap().unwrap().heads(field);
        let change = Change { field: field.to_owned(), value: Value::Text(value.to_owned()), replaces };
        world.hub.act(world.office, "clerk", thing, Body::Set(vec![change])).await.unwrap();
    };
    // The neighbour's changes are not told; then own ones, however many come at once, as one.
    set(world.hub.register_id("unit2"), "number", "22").await;
    for n in ["11", "12", "13"] {
        set(unit, "number", n).await;
    }
    let told = event(&mut stream).await.unwrap();
    let now = tag_of().await;
    assert_ne!(first, now);
    assert_eq!(told, format!("event: tag\ndata: {now}"));

    // A link holds a few streams; the next is told to come back and the page asks instead.
    let mut more = Vec::new();
    for _ in 0..3 {
        more.push(owner.http.get(&url).send().await.unwrap());
    }
    let refused = owner.http.get(&url).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.headers().contains_key(header::RETRY_AFTER));
    drop(more);

    let (name, _) = world.hub.owner_links(unit).await.unwrap().remove(0);
    world.hub.revoke_owner_link(name).await.unwrap();
    assert_eq!(event(&mut stream).await.unwrap(), "event: ended\ndata: ended");
    assert_eq!(event(&mut stream).await, None, "the stream ends");
    assert_eq!(owner.http.get(&url).send().await.unwrap().status(), StatusCode::NOT_FOUND);

    // An open stream does not hold up the hub's end.
    let other = world.hub.owner_link(unit, person).await.unwrap();
    let mut open = owner.http.get(format!("{}/o/{other}/live", world.running.url())).send().await.unwrap().bytes_stream();
    event(&mut open).await.unwrap();
    let begun = std::time::Instant::now();
    world.running.stop().await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
}
