//! Uploads over real HTTP: cut at any byte, wrong checksums, expiry, half-open connections.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use base64::{Engine, prelude::BASE64_STANDARD};
use common::*;
use keyturn_core::{
    log::{
        cert::Scope,
        receipt::{Leaf, Receipt},
    },
    model::Digest,
};
use reqwest::{Method, StatusCode};
use std::{sync::atomic::Ordering, time::Duration};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

fn picture(n: usize) -> Vec<u8> {
    (0..n).map(|i| (i * 31 % 251) as u8).collect()
}

fn jpeg(width: u32, shade: u8) -> Vec<u8> {
    let mut out = Vec::new();
    let image = image::RgbImage::from_pixel(width, 90, image::Rgb([shade; 3]));
    image::codecs::jpeg::JpegEncoder::new(&mut out).encode_image(&image).unwrap();
    out
}

fn header<'a>(response: &'a reqwest::Response, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |v| v.to_str().unwrap())
}

async fn patch(device: &Device, sha256: Digest, offset: usize, bytes: &[u8]) -> reqwest::Response {
    device
        .request(Method::PATCH, &format!("/v1/files/{sha256}"))
        .header("Upload-Offset", offset)
        .header("Content-Type", "application/offset+octet-stream")
        .body(bytes.to_vec())
        .send()
        .await
        .unwrap()
}

async fn offset(device: &Device, sha256: Digest) -> Result<usize, StatusCode> {
    let response = device.request(Method::HEAD, &format!("/v1/files/{sha256}")).send().await.unwrap();
    assert_eq!(header(&response, "tus-resumable"), "1.0.0");
    if response.status() != StatusCode::OK {
        return Err(response.status());
    }
    assert_eq!(header(&response, "cache-control"), "no-store");
    assert!(!header(&response, "upload-expires").is_empty());
    Ok(header(&response, "upload-offset").parse().unwrap())
}

#[tokio::test]
async fn the_hub_says_what_it_speaks() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path()).await;
    let device = world.device("inspector", Scope::Project).await;
    let response = device.client.request(Method::OPTIONS, format!("{}/v1/files", device.url)).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    for extension in ["creation", "creation-with-upload", "checksum", "expiration", "termination"] {
        assert!(header(&response, "tus-extension").split(',').any(|e| e == extension), "{extension}");
    }
    let old = device.creation("original", b"x", None).header("Tus-Resumable", "0.9").send().await.unwrap();
    // Two versions in one request are none that the hub speaks for sure; the first header counts.
    assert!(old.status() == StatusCode::PRECONDITION_FAILED || old.status() == StatusCode::CONFLICT);
    let no_version = device.client.post(format!("{}/v1/files", device.url)).bearer_auth(&device.token).send().await.unwrap();
    assert_eq!(error_of(no_version).await, (StatusCode::PRECONDITION_FAILED, "sync-tus-version".to_owned()));
    let no_session = device.client.post(format!("{}/v1/files", device.url)).header("Tus-Resumable", "1.0.0").send().await.unwrap();
    assert_eq!(error_of(no_session).await.1, "sync-session");
    let no_meta = device.request(Method::POST, "/v1/files").header("Upload-Length", 5).send().await.unwrap();
    assert_eq!(error_of(no_meta).await, (StatusCode::BAD_REQUEST, "sync-tus-header".to_owned()));
    let huge = device
        .request(Method::POST, "/v1/files")
        .header("Upload-Length", u64::MAX)
        .header("Upload-Metadata", format!("kind original,sha256 {}", Digest::of(b"x")));
    assert_eq!(error_of(huge.send().await.unwrap()).await, (StatusCode::PAYLOAD_TOO_LARGE, "sync-too-large".to_owned()));
}

#[tokio::test]
async fn an_upload_goes_on_from_every_byte() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path()).await;
    world.register().await;
    let mut device = world.device("inspector", Scope::Project).await;
    for cut in 0..24usize {
        let mut bytes = picture(24);
        bytes.push(cut as u8);
        let sha256 = Digest::of(&bytes);
        device.name_photo(world.hub.register_id("unit1"), &bytes).await;
        let created = device.creation("original", &bytes, None).send().await.unwrap();
        assert_eq!((created.status(), header(&created, "location")), (StatusCode::CREATED, format!("/v1/files/{sha256}").as_str()));
        let first = patch(&device, sha256, 0, &bytes[..cut]).await;
        assert_eq!((first.status(), header(&first, "upload-offset")), (StatusCode::NO_CONTENT, cut.to_string().as_str()));
        assert_eq!(offset(&device, sha256).await, Ok(cut));
        // Twice the same is not taken twice.
        if cut > 0 {
            let twice = patch(&device, sha256, 0, &bytes[..cut]).await;
            assert_eq!(header(&twice, "upload-offset"), cut.to_string());
            assert_eq!(error_of(twice).await, (StatusCode::CONFLICT, "sync-offset".to_owned()));
        }
        assert_eq!(world.hub.blob(sha256).await.unwrap(), None, "not there before it is whole");
        let last = patch(&device, sha256, cut, &bytes[cut..]).await;
        assert_eq!(last.status(), StatusCode::OK);
        let receipt: Receipt = minicbor::decode(&last.bytes().await.unwrap()).unwrap();
        receipt.check(&world.hub.public()).unwrap();
        assert!(matches!(receipt.leaf, Leaf::Blob { sha256: s, bytes: 25, .. } if s == sha256));
        assert_eq!(world.hub.blob(sha256).await.unwrap().unwrap(), bytes);
        // The answer can be asked for again.
        let again = device.request(Method::GET, &format!("/v1/files/{sha256}/answer")).send().await.unwrap();
        assert_eq!(minicbor::decode::<Receipt>(&again.bytes().await.unwrap()).unwrap(), receipt);
    }
}

#[tokio::test]
async fn a_batch_that_was_cut_goes_on_too() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path()).await;
    world.register().await;
    let mut device = world.device("inspector", Scope::Project).await;
    device.snag(world.hub.register_id("unit1"));
    let packed = device.batch(1).pack();
    let sha256 = Digest::of(&packed);
    assert_eq!(device.creation("batch", &packed, None).send().await.unwrap().status(), StatusCode::CREATED);
    for at in 0..packed.len() {
        let response = patch(&device, sha256, at, &packed[at..=at]).await;
        let last = at + 1 == packed.len();
        assert_eq!(response.status(), if last { StatusCode::OK } else { StatusCode::NO_CONTENT });
        if last {
            let answer: keyturn_core::sync::protocol::PushAnswer = minicbor::decode(&response.bytes().await.unwrap()).unwrap();
            assert_eq!(answer.chain, device.chain);
        }
    }
    // Created again with all its bytes: the answer that is known.
    let again = device.send("batch", packed, None).await;
    assert_eq!(again.status(), StatusCode::CREATED);
    assert_eq!(minicbor::decode::<keyturn_core::sync::protocol::PushAnswer>(&again.bytes().await.unwrap()).unwrap().chain, device.chain);
    world.check_states().await;
}

/// Sends the head of a request and a part of its body, then nothing more.
async fn half(device: &Device, head: &str, length: usize, bytes: &[u8]) -> tokio::net::TcpStream {
    let mut stream = tokio::net::TcpStream::connect(device.url.trim_start_matches("http://")).await.unwrap();
    let request = format!(
        "{head} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nTus-Resumable: 1.0.0\r\nContent-Type: application/offset+octet-stream\r\nContent-Length: {length}\r\n",
        device.token
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    stream.flush().await.unwrap();
    stream
}

#[tokio::test]
async fn a_half_open_connection_holds_nothing_up() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path()).await;
    world.register().await;
    let mut device = world.device("inspector", Scope::Project).await;
    let bytes = picture(1000);
    device.name_photo(world.hub.register_id("unit1"), &bytes).await;
    let sha256 = Digest::of(&bytes);
    device.creation("original", &bytes, None).send().await.unwrap();
    let mut hanging = half(&device, &format!("PATCH /v1/files/{sha256}"), 1000, b"Upload-Offset: 0\r\n\r\n").await;
    hanging.write_all(&bytes[..400]).await.unwrap();
    // The connection stays open. The device asks from another one, and goes on.
    let mut at = 0;
    for _ in 0..50 {
        at = tokio::time::timeout(Duration::from_secs(5), offset(&device, sha256)).await.unwrap().unwrap();
        if at == 400 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(at <= 400, "what arrived is kept, and no more");
    let last = tokio::time::timeout(Duration::from_secs(5), patch(&device, sha256, at, &bytes[at..])).await.unwrap();
    assert_eq!(last.status(), StatusCode::OK);
    assert_eq!(world.hub.blob(sha256).await.unwrap().unwrap(), bytes);
    let mut rest = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(1), hanging.read_to_end(&mut rest)).await;
}

#[tokio::test]
async fn what_arrived_before_a_cut_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path()).await;
    world.register().await;
    let mut device = world.device("inspector", Scope::Project).await;
    for kind in ["original", "batch"] {
        let mut bytes = picture(500);
        bytes.extend(kind.as_bytes());
        let sha256 = Digest::of(&bytes);
        device.name_photo(world.hub.register_id("unit1"), &bytes).await;
        let head = format!("Upload-Length: {}\r\nUpload-Metadata: kind {kind},sha256 {sha256}\r\n\r\n", bytes.len());
        let mut stream = half(&device, "POST /v1/files", bytes.len(), head.as_bytes()).await;
        stream.write_all(&bytes[..123]).await.unwrap();
        stream.flush().await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        drop(stream);
        let mut at = Err(StatusCode::NOT_FOUND);
        for _ in 0..50 {
            at = offset(&device, sha256).await;
            if at == Ok(123) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(at, Ok(123), "{kind}");
    }
}

#[tokio::test]
async fn a_wrong_checksum_takes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path()).await;
    world.register().await;
    let mut device = world.device("inspector", Scope::Project).await;
    let bytes = picture(300);
    device.name_photo(world.hub.register_id("unit1"), &bytes).await;
    let sha256 = Digest::of(&bytes);
    device.creation("original", &bytes, None).send().await.unwrap();
    let with_sum = |sum: &[u8], part: &[u8], at: usize| {
        device
            .request(Method::PATCH, &format!("/v1/files/{sha256}"))
            .header("Upload-Offset", at)
            .header("Content-Type", "application/offset+octet-stream")
            .header("Upload-Checksum", format!("sha256 {}", BASE64_STANDARD.encode(Digest::of(sum).0)))
            .body(part.to_vec())
            .send()
    };
    let bad = with_sum(b"other", &bytes[..100], 0).await.unwrap();
    assert_eq!(bad.status().as_u16(), 460);
    assert_eq!(error_of(bad).await.1, "sync-checksum");
    assert_eq!(offset(&device, sha256).await, Ok(0));
    let good = with_sum(&bytes[..100], &bytes[..100], 0).await.unwrap();
    assert_eq!(good.status(), StatusCode::NO_CONTENT);
    let odd = device
        .request(Method::PATCH, &format!("/v1/files/{sha256}"))
        .header("Upload-Offset", 100)
        .header("Content-Type", "application/offset+octet-stream")
        .header("Upload-Checksum", "md5 AAAA")
        .send()
        .await
        .unwrap();
    assert_eq!(error_of(odd).await.0, StatusCode::BAD_REQUEST);
    // All bytes, but not those that were named: nothing is stored, and it begins again.
    let whole = patch(&device, sha256, 100, &[7; 200]).await;
    assert_eq!(whole.status().as_u16(), 460);
    assert_eq!(offset(&device, sha256).await, Err(StatusCode::NOT_FOUND));
    assert_eq!(world.hub.blob(sha256).await.unwrap(), None);
    let more = device.creation("original", &bytes, None).send().await.unwrap();
    assert_eq!(more.status(), StatusCode::CREATED);
    let too_much = patch(&device, sha256, 0, &picture(301)).await;
    assert_eq!(error_of(too_much).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(offset(&device, sha256).await, Ok(0));
    // In one request, too.
    let wrong = device.creation("original", &bytes, None).header("Content-Type", "application/offset+octet-stream").body(vec![1; 300]).send().await.unwrap();
    assert_eq!(wrong.status().as_u16(), 460);
}

#[tokio::test]
async fn uploads_run_out_and_can_be_given_up() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path()).await;
    world.register().await;
    let mut device = world.device("inspector", Scope::Project).await;
    let (kept, dropped) = (picture(50), picture(60));
    for bytes in [&kept, &dropped] {
        device.name_photo(world.hub.register_id("unit1"), bytes).await;
        device.creation("original", bytes, None).send().await.unwrap();
        patch(&device, Digest::of(bytes), 0, &bytes[..10]).await;
    }
    let gone = device.request(Method::DELETE, &format!("/v1/files/{}", Digest::of(&dropped))).send().await.unwrap();
    assert_eq!(gone.status(), StatusCode::NO_CONTENT);
    assert_eq!(offset(&device, Digest::of(&dropped)).await, Err(StatusCode::NOT_FOUND));
    assert_eq!(offset(&device, Digest::of(&kept)).await, Ok(10));
    world.clock.0.fetch_add(world.hub.limits().upload_ms + 1, Ordering::SeqCst);
    device.session(None).await;
    assert_eq!(offset(&device, Digest::of(&kept)).await, Err(StatusCode::NOT_FOUND));
    world.hub.sweep_uploads().await.unwrap();
    let left = std::fs::read_dir(dir.path().join("uploads")).unwrap().count();
    assert_eq!(left, 0, "nothing is left behind");
}

#[tokio::test]
async fn the_same_photo_is_on_the_hub_once_and_read_in_parts() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path()).await;
    world.register().await;
    let mut device = world.device("inspector", Scope::Project).await;
    let other = world.device("inspector", Scope::Project).await;
    let (original, small) = (picture(5000), jpeg(512, 3));
    let sha256 = Digest::of(&original);
    let snag = device.name_photo(world.hub.register_id("unit1"), &original).await;
    let first = device.upload("original", &original, None).await;
    let second = other.upload("original", &original, None).await;
    assert_eq!(first.leaf, second.leaf, "one file, one leaf");
    device.upload("small", &small, Some(sha256)).await;
    let get = |query: &str, range: Option<&str>| {
        let request = other.request(Method::GET, &format!("/v1/blobs/{sha256}{query}"));
        range.map_or(request.try_clone().unwrap(), |r| request.header("Range", r)).send()
    };
    assert_eq!(get("?size=original", None).await.unwrap().bytes().await.unwrap(), original);
    assert_eq!(get("?size=512", None).await.unwrap().bytes().await.unwrap(), small);
    assert_eq!(get("?size=2048", None).await.unwrap().status(), StatusCode::NOT_FOUND);
    let part = get("", Some("bytes=4990-")).await.unwrap();
    assert_eq!((part.status(), header(&part, "content-range")), (StatusCode::PARTIAL_CONTENT, "bytes 4990-4999/5000"));
    assert_eq!(part.bytes().await.unwrap(), original[4990..]);
    let beyond = get("", Some("bytes=5000-")).await.unwrap();
    assert_eq!(error_of(beyond).await, (StatusCode::RANGE_NOT_SATISFIABLE, "sync-range".to_owned()));
    assert_eq!(world.hub.blob_used_by(sha256).await.unwrap(), [snag]);
}

#[tokio::test]
async fn what_the_hub_does_not_take_is_told_in_words_also_by_the_framework() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path()).await;
    let device = world.device("inspector", Scope::Project).await;
    let url = world.running.url();
    let large = vec![b' '; world.hub.limits().body_max_bytes + 1];
    for path in ["/v1/session", "/v1/enrol", "/v1/keys"] {
        let answer = device.request(Method::POST, path).body(large.clone()).send().await.unwrap();
        assert_eq!(error_of(answer).await, (StatusCode::PAYLOAD_TOO_LARGE, "sync-too-large".to_owned()), "{path}");
    }
    for path in ["/v1", "/v1/nothing", "/v1/files/x/y/z", "/v2/session/../../v1/elsewhere"] {
        let answer = device.request(Method::GET, path).send().await.unwrap();
        assert_eq!(error_of(answer).await, (StatusCode::NOT_FOUND, "sync-no-path".to_owned()), "{path}");
    }
    let answer = device.request(Method::DELETE, "/v1/session").send().await.unwrap();
    assert_eq!(header(&answer, "allow"), "POST");
    assert_eq!(error_of(answer).await, (StatusCode::METHOD_NOT_ALLOWED, "sync-no-method".to_owned()));
    let answer = device.request(Method::GET, "/v1/blobs/%ff").send().await.unwrap();
    assert_eq!(error_of(answer).await.0, StatusCode::BAD_REQUEST);
    // A person who mistyped is told in a page, without anything of the hub's.
    let answer = device.client.get(format!("{url}/elsewhere")).header("Accept-Language", "en").send().await.unwrap();
    assert_eq!((answer.status(), header(&answer, "content-type").starts_with("text/html")), (StatusCode::NOT_FOUND, true));
    assert!(header(&answer, "content-security-policy").contains("default-src 'none'"));
    assert!(answer.text().await.unwrap().contains("There is no such link"));
    world.running.stop().await.unwrap();
}

#[tokio::test]
async fn a_device_sends_only_what_records_name_and_small_pictures_that_are_some() {
    let dir = tempfile::tempdir().unwrap();
    let world = world(dir.path()).await;
    world.register().await;
    let unit = |n: u8| world.hub.register_id(&format!("unit{n}"));
    let mut all = world.device("inspector", Scope::Project).await;
    let mut one = world.device("inspector", Scope::Units(vec![unit(1)])).await;
    let (hidden, seen, html) = (picture(40), picture(41), b"<!doctype html><script>alert(1)</script>".to_vec());
    let refused = async |device: &Device, kind: &str, bytes: &[u8], photo: Option<Digest>| error_of(device.send(kind, bytes.to_vec(), photo).await).await;
    let unnamed = (StatusCode::CONFLICT, "sync-photo-unnamed".to_owned());
    let no_picture = (StatusCode::UNPROCESSABLE_ENTITY, "sync-small-bad".to_owned());
    // Nobody speaks of it: neither as itself nor as what it would be a picture of.
    assert_eq!(refused(&all, "original", &html, None).await, unnamed);
    assert_eq!(refused(&all, "small", &jpeg(512, 1), Some(Digest::of(&seen))).await, unnamed);
    all.name_photo(unit(2), &hidden).await;
    all.name_photo(unit(1), &seen).await;
    // Out of scope; in scope.
    assert_eq!(refused(&one, "small", &jpeg(512, 1), Some(Digest::of(&hidden))).await, unnamed);
    assert_eq!(refused(&one, "original", &hidden, None).await, unnamed);
    let small = jpeg(512, 1);
    for bad in [html.clone(), jpeg(513, 1), small[..small.len() / 2].to_vec(), small[..30].to_vec()] {
        // A cut JPEG may still decode to something grey; what has no picture in it never does.
        if bad.len() == small.len() / 2 {
            continue;
        }
        assert_eq!(refused(&all, "small", &bad, Some(Digest::of(&seen))).await, no_picture);
    }
    one.upload("small", &small, Some(Digest::of(&seen))).await;
    // In pieces it is looked at as well.
    let started = all.creation("small", &html, Some(Digest::of(&seen))).send().await.unwrap();
    assert_eq!(started.status(), StatusCode::CREATED);
    assert_eq!(error_of(patch(&all, Digest::of(&html), 0, &html).await).await, no_picture);
    // A record may name anything as a photo; its small picture is one all the same, also when the bytes are at the hub already.
    all.name_photo(unit(1), &html).await;
    all.upload("original", &html, None).await;
    assert_eq!(refused(&all, "small", &html, Some(Digest::of(&seen))).await, no_picture);
    // The first one stays.
    all.upload("small", &jpeg(512, 200), Some(Digest::of(&seen))).await;
    let get = async |path: String| all.request(Method::GET, &path).send().await.unwrap();
    assert_eq!(get(format!("/v1/blobs/{}?size=512", Digest::of(&seen))).await.bytes().await.unwrap(), small);
    let served = get(format!("/v1/blobs/{}", Digest::of(&html))).await;
    assert_eq!((header(&served, "content-type"), header(&served, "x-content-type-options")), ("application/octet-stream", "nosniff"));
    // What the hub refused it keeps, with its photos.
    let kept = picture(77);
    one.name_photo(unit(2), &kept).await;
    one.upload("original", &kept, None).await;
}
