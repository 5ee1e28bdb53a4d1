use crate::world::{HUB, INSPECTOR, World, unzip, zip_of};
use keyturn_core::{
    evidence::{
        bundle::{self, BundleError, BundleInput, FileInput, Source},
        bundle_verdict::{Finding, Verdict},
        verify::{CannotVerify, verify, verify_reader},
    },
    log::{Event, EventRef, seal, seal::SealPurpose},
    model::{
        Digest, PersonKey, Value,
        act::Act,
        body::{Body, Change},
    },
    words::Lang,
};
use std::io::Cursor;

fn check(bytes: &[u8], world: &World) -> Verdict {
    verify_reader(Cursor::new(bytes), Some(world.pin())).unwrap()
}

/// Issue: "1,000 untouched bundles pass".
#[test]
fn a_thousand_untouched_bundles_pass() {
    for seed in 0..1_000 {
        let mut world = World::new(seed);
        if seed % 4 == 0 {
            world.exporter = INSPECTOR;
        }
        let bytes = world.bundle();
        let verdict = check(&bytes, &world);
        assert!(verdict.ok, "seed {seed}: {:?}", verdict.broken);
        assert_eq!(verdict.result, Finding::Sound);
        assert!(verdict.counts.records >= 30, "{:?}", verdict.counts);
        assert_eq!(verdict.counts.records, verdict.counts.records_received, "seed {seed}");
        assert!(verdict.doubts.is_empty(), "seed {seed}: {:?}", verdict.doubts);
    }
}

/// Promise 5: an outsider with one exported file and no network can check it, and hears who signed what, when, by whose clock.
#[test]
fn the_verdict_says_who_signed_what_by_whose_clock() {
    let signed_twice = |w: &World| !w.bundle().is_empty() && check(&w.bundle(), w).counts.signatures == 2;
    let world = (0..).map(World::new).find(|w| !w.input().keys.is_empty() && signed_twice(w)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("unit.zip");
    std::fs::write(&path, world.bundle()).unwrap();
    let verdict = verify(&path, None).unwrap();
    assert_eq!((verdict.result, verdict.ok, verdict.exit_code()), (Finding::SoundUnpinned, true, 0));
    assert_eq!(verdict.hub_key, Some(world.pin()));
    let [first, second] = verdict.signatures.as_slice() else { panic!("{:?}", verdict.signatures) };
    assert_eq!((first.name.as_deref(), first.version, first.superseded_by, first.reached.level), (Some("陈静怡"), 1, Some(2), 1));
    assert_eq!((second.version, second.superseded_by), (2, None));
    assert!(first.when.offset_ms != 0 && first.when.hub_received.unwrap() > first.when.corrected && !first.when.hub_clock);
    assert!(first.sealed.is_some() && first.later_changes > 0 && first.strokes == Some(1));
    assert_eq!((verdict.counts.photos, verdict.counts.photos_received), (world.photos.len() as u64, world.photos.len() as u64));
    assert_eq!((verdict.counts.documents, verdict.counts.absent), (1, 0));
    assert_eq!(verdict.state.iter().map(|row| row.refused).sum::<u64>(), 1);
    for (lang, sound, limit) in [(Lang::Zh, "您没有指定", "只是设备自己的说法"), (Lang::En, "which you have not pinned", "only its word")] {
        let words = verdict.told(lang);
        assert!(words.contains(sound) && words.contains(limit) && words.contains("陈静怡"), "{words}");
        assert!(!words.contains("verify-") && !words.contains("{ $"), "a word is missing: {words}");
    }
    let json = serde_json::to_value(&verdict).unwrap();
    assert_eq!((json["ok"].as_bool(), json["result"].as_str()), (Some(true), Some("sound_unpinned")));
    assert_eq!(json["signatures"][0]["outcome"], "in_part");
}

#[test]
fn the_same_input_gives_the_same_bytes_that_any_zip_tool_reads() {
    let world = World::new(7);
    let input = world.input();
    let write = || {
        let mut out = Vec::new();
        bundle::write(&input, &world.devices[HUB].key, &mut out).unwrap();
        out
    };
    let bytes = write();
    assert_eq!(bytes, write());
    let entries = unzip(&bytes);
    assert_eq!(zip_of(&entries), bytes);
    let page = String::from_utf8(entries["index.html"].clone()).unwrap();
    for photo in world.photos.keys() {
        assert!(page.contains(&format!("src=\"originals/{photo}.jpg\"")));
    }
    assert!(page.contains("记录问题") && page.contains("Snag recorded") && page.contains("YS-2026-0001"));
    assert!(!page.contains(">record-") && !page.contains(">bundle-") && !page.contains(">verify-"), "a word is missing");
}

/// Names from a register are shown as text.
#[test]
fn the_page_escapes_what_people_typed() {
    let world = World::new(8);
    let input = BundleInput { unit_label: "<script>alert(1)</script>\"&".into(), ..world.input() };
    let mut out = Vec::new();
    bundle::write(&input, &world.devices[HUB].key, &mut out).unwrap();
    let page = String::from_utf8(unzip(&out)["index.html"].clone()).unwrap();
    assert!(!page.contains("<script") && page.contains("&lt;script&gt;"));
    assert!(check(&out, &world).ok);
}

/// The commands printed on the page are run as they stand.
#[test]
fn the_page_tells_how_to_check_by_hand() {
    let world = World::new(9);
    let entries = unzip(&world.bundle());
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in &entries {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    let page = String::from_utf8(entries["index.html"].clone()).unwrap();
    let plain = |text: &str| text.replace("&quot;", "\"").replace("&#39;", "'").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    let commands: Vec<String> = page.split("<pre>").skip(2).map(|part| plain(part.split("</pre>").next().unwrap())).collect();
    assert_eq!(commands.len(), 5);
    let run = |command: &str| {
        let out = std::process::Command::new("sh").arg("-c").arg(command).current_dir(folder.path()).output().unwrap();
        (out.status.success(), String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr))
    };
    let (sums, text) = run(&commands[0]);
    assert!(sums && !text.contains("FAILED"), "{text}");
    assert!(run(&commands[3]).1.starts_with(&world.pin().to_string()));
    assert_eq!(run(&commands[4]), (true, String::new()), "every record stands in its chain");
    // OpenSSL is the reader's tool, not ours.
    if keyturn_tests::tools::on_path("openssl") {
        let (_, text) = run(&commands[1]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!((lines[0], &lines[1][..64]), ("Verified OK", &lines[2][..64]), "{text}");
        assert!(run(&commands[2]).1.contains("Signature Verified Successfully"));
    } else {
        keyturn_tests::tools::skipped("the_page_tells_how_to_check_by_hand", "openssl is not installed");
    }
    let changed = entries.keys().find(|n| n.starts_with("events/")).unwrap();
    std::fs::write(folder.path().join(changed), b"x").unwrap();
    assert!(run(&commands[4]).1.contains(changed.as_str()));
    assert!(!run(&commands[0]).0);
}

/// A device makes a bundle before it ever synced: no receipts, the chains of others unknown; the verdict says so.
#[test]
fn a_bundle_made_on_a_device_says_what_stands_on_its_word() {
    let mut world = World::new(11);
    world.exporter = INSPECTOR;
    let mut input = world.input();
    input.receipts.clear();
    input.checkpoint = None;
    for (n, chain) in input.chains.iter_mut().enumerate() {
        if n == INSPECTOR {
            chain.seals.truncate(1);
        } else {
            chain.hashes.clear();
            chain.seals.clear();
            chain.certificates.clear();
        }
    }
    let (absent, kept) = input.originals.split_at(2);
    let absent: Vec<Digest> = absent.iter().map(|f| f.sha256).collect();
    input.originals = kept.to_vec();
    let mut out = Vec::new();
    let made = bundle::write(&input, &world.devices[INSPECTOR].key, &mut out).unwrap();
    assert_eq!(made.absent, absent);
    assert_eq!((made.bytes, made.sha256), (out.len() as u64, Digest::of(&out)));
    let verdict = check(&out, &world);
    assert!(verdict.ok, "{:?}", verdict.broken);
    let own = world.devices[INSPECTOR].events.iter().filter(|(_, shown)| *shown).count() as u64;
    assert_eq!((verdict.counts.records_on_word, verdict.counts.records_received), (verdict.counts.records - own, 0));
    assert_eq!(verdict.counts.absent, 2);
    for key in ["verify-limit-on-word", "verify-limit-unreceived", "verify-limit-absent"] {
        assert!(verdict.limits.iter().any(|l| l.key == key), "{key}");
    }
    assert_eq!(verdict.about.unwrap().exporter.unwrap().role, "inspector");
}

/// A record that another names, but the exporter never had: listed and told, not hidden.
#[test]
fn what_the_exporter_does_not_have_is_told() {
    let mut world = World::new(12);
    let foreign = EventRef { device: world.rng.id(), seq: 3 };
    let handover = world.handover;
    world.record(HUB, handover, &Body::Act(Act::Reply(foreign, "the answer".into())));
    world.sync(HUB);
    let verdict = check(&world.bundle(), &world);
    assert!(verdict.ok, "{:?}", verdict.broken);
    assert!(verdict.limits.iter().any(|l| l.key == "verify-limit-gaps"));
}

/// Promise 8: a wrong clock is told as a doubt, at the right record; it breaks nothing.
#[test]
fn times_that_cannot_be_are_doubted() {
    let mut world = World::new(13);
    let handover = world.handover;
    let set = Body::Set(vec![Change { field: "owner_text".into(), value: Value::Text("late".into()), replaces: vec![] }]);
    world.clock_shift(INSPECTOR, -86_400_000);
    let back = world.record(INSPECTOR, handover, &set);
    world.clock_shift(INSPECTOR, 3 * 86_400_000);
    let ahead = world.record(INSPECTOR, handover, &set);
    world.sync(INSPECTOR);
    let verdict = check(&world.bundle(), &world);
    assert!(verdict.ok, "{:?}", verdict.broken);
    let told = |at, key| verdict.doubts.iter().any(|d| d.record == at && d.key == key && d.by_ms > 0);
    assert!(told(back, "verify-doubt-back") && told(back, "verify-doubt-seal"), "{:?}", verdict.doubts);
    assert!(told(ahead, "verify-doubt-ahead"), "{:?}", verdict.doubts);
    assert_eq!(verdict.doubts.len(), 3, "{:?}", verdict.doubts);
}

#[test]
fn what_is_no_bundle_is_not_called_broken() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.zip");
    assert!(matches!(verify(&missing, None), Err(CannotVerify::Io(_))));
    let other = zip_of([(&"word/document.xml".to_owned(), &b"<w/>".to_vec())]);
    for bytes in [&b""[..], b"%PDF-1.7 and more than twenty-two bytes", &other] {
        assert!(matches!(verify_reader(Cursor::new(bytes), None), Err(CannotVerify::NotABundle)));
    }
}

/// Bad input is refused before a byte is written.
#[test]
fn input_that_does_not_hold_together_is_refused() {
    let world = World::new(14);
    let refused = |change: &dyn Fn(&mut BundleInput)| {
        let mut input = world.input();
        change(&mut input);
        let mut out = Vec::new();
        let error = bundle::write(&input, &world.devices[HUB].key, &mut out).unwrap_err();
        assert!(out.is_empty());
        error
    };
    assert!(matches!(refused(&|i| i.events.push(vec![1, 2])), BundleError::Event(_)));
    assert!(matches!(refused(&|i| i.chains[INSPECTOR].hashes.rotate_left(1)), BundleError::NotInChain(..)));
    assert!(matches!(refused(&|i| i.chains[INSPECTOR].seals.truncate(1)), BundleError::Unsealed(..)));
    assert!(matches!(refused(&|i| i.chains[INSPECTOR].seals = i.chains[HUB].seals.clone()), BundleError::Seal(_)));
    assert!(matches!(refused(&|i| i.chains[HUB].certificates.clear()), BundleError::Exporter));
    assert!(matches!(refused(&|i| i.originals[0].source = Source::Bytes(vec![0])), BundleError::FileChanged(_)));
    let stray = FileInput { sha256: Digest::of(b"x"), source: Source::Bytes(b"x".to_vec()) };
    assert!(matches!(refused(&|i| i.documents.push(stray.clone())), BundleError::NotNamed(_)));
    assert!(matches!(refused(&|i| i.originals[0].source = Source::Path("/nonexistent/photo.jpg".into())), BundleError::Io(_)));
    assert!(matches!(refused(&|i| i.keys = vec![(world.owner, PersonKey([9; 32]))]), BundleError::PersonKey(_)));
    let frozen = |bytes: &[u8]| matches!(Event::decode(bytes.to_vec()).unwrap().body(), Body::Act(Act::Freeze(..)));
    assert!(matches!(refused(&|i| i.events.retain(|e| !frozen(e))), BundleError::Record(..)));
}

/// A seal made for the bundle itself covers what the exporter has not sent yet.
#[test]
fn the_exporters_unsent_records_are_sealed_by_the_bundle() {
    let mut world = World::new(15);
    world.exporter = INSPECTOR;
    let handover = world.handover;
    let at = world.record(INSPECTOR, handover, &Body::Act(Act::Dispute("the balcony".into())));
    let bytes = world.bundle();
    let verdict = check(&bytes, &world);
    assert!(verdict.ok, "{:?}", verdict.broken);
    assert_eq!(verdict.counts.records_received + 1, verdict.counts.records);
    let own = format!("seals/{}/", at.device);
    let claims: Vec<_> = unzip(&bytes).iter().filter(|(name, _)| name.starts_with(&own)).map(|(_, bytes)| seal::claim(bytes).unwrap()).collect();
    let last = claims.last().unwrap();
    assert!(last.purpose == SealPurpose::Bundle && last.chain.seq >= at.seq);
}
