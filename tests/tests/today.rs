//! What a device says of the day's work, and what it offers while a snag or a measured line is typed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use keyturn_core::{
    field::{FieldStore, JobKind, LineRequest, NewSnag, Surroundings, Urgency},
    log::fold::Phase,
    model::{
        Id,
        value::{Answer, Pin},
    },
    policy::measure::Outcome,
    words::Lang,
};
use keyturn_tests::office::Office;

fn device(office: &Office, role: &str) -> (tempfile::TempDir, FieldStore) {
    let dir = tempfile::tempdir().unwrap();
    office.join(dir.path(), role);
    let field = FieldStore::open(dir.path(), Surroundings::desktop()).unwrap();
    (dir, field)
}

fn lacks(field: &FieldStore) -> Vec<(&'static str, u64)> {
    field.jobs().unwrap()[0].missing.iter().map(|m| (m.key, m.count)).collect()
}

// S1-17, S0-09
#[test]
fn a_handover_says_what_it_lacks_at_each_step() {
    let office = Office::new();
    let (_dir, field) = device(&office, "inspector");
    let job = &field.jobs().unwrap()[0];
    assert_eq!((job.kind, job.unit, job.phase), (JobKind::Handover, office.unit, Phase::Appointed));
    // It was agreed for a moment ago, and nobody has begun.
    assert_eq!((job.urgency, lacks(&field)), (Urgency::Overdue, vec![]));
    field.start(office.unit).unwrap();
    let job = &field.jobs().unwrap()[0];
    let lines = field.lines(office.unit, None, Lang::Zh).unwrap().len() as u64;
    assert_eq!((job.urgency, job.lines_left), (Urgency::Now, lines));
    assert!(lacks(&field).contains(&("job-missing-lines", lines)) && lacks(&field).contains(&("job-missing-signature", 1)), "{:?}", job.missing);
    let answered = field.rest_fine(office.unit, None).unwrap().len() as u64;
    assert!(answered > 0);
    assert_eq!(field.jobs().unwrap()[0].lines_left, lines - answered);
    assert!(field.jobs().unwrap()[0].missing.iter().all(|m| m.told(Lang::Zh) != m.told(Lang::En)));
}

// S1-21, S1-22
#[test]
fn a_repair_is_the_crews_job_and_its_re_check_the_inspectors() {
    let mut office = Office::new();
    let snag = office.order_snag();
    let (_dir, crew) = device(&office, "repair_team");
    let jobs = crew.jobs().unwrap();
    assert_eq!(jobs.len(), 1, "{jobs:?}");
    assert_eq!((jobs[0].kind, &jobs[0].snags[..], jobs[0].phase), (JobKind::Repair, &[snag][..], Phase::Ordered));
    assert_eq!(lacks(&crew), [("job-missing-arrival", 1)]);
    assert!(jobs[0].at.is_some(), "the day agreed with the owner");
    crew.repair_arrive(snag, None).unwrap();
    assert_eq!(lacks(&crew), [("job-missing-after", 1)]);
    // The inspector has no re-check before it is done.
    let (_dir, inspector) = device(&office, "inspector");
    assert!(inspector.jobs().unwrap().iter().all(|job| job.kind == JobKind::Handover));
}

fn snag(office: &Office, defect: &str, pin: Option<(u32, u32)>) -> NewSnag {
    let pin = pin.map(|(x_ppm, y_ppm)| Pin { plan: office.plan, x_ppm, y_ppm });
    NewSnag { unit: office.unit, room: "living".into(), element: "floor".into(), defect: defect.into(), pin, ..NewSnag::default() }
}

// S1-19
#[test]
fn the_same_snag_again_is_shown_and_types_in_use_come_first() {
    let office = Office::new();
    let (_dir, field) = device(&office, "inspector");
    field.start(office.unit).unwrap();
    let near = |defect: &str, pin| field.snags_near(office.unit, "living", "floor", defect, pin).unwrap().iter().map(|s| s.id).collect::<Vec<Id>>();
    let offered: Vec<String> = field.defects_by_use("floor").unwrap().iter().map(|(d, _)| d.id.clone()).collect();
    let last = offered.last().unwrap().clone();
    assert_eq!(near(&last, None), []);
    let one = field.snag_new(&snag(&office, &last, Some((100_000, 100_000)))).unwrap().id;
    let pin = |x_ppm, y_ppm| Some(Pin { plan: office.plan, x_ppm, y_ppm });
    assert_eq!(near(&last, None), [one]);
    assert_eq!(near(&offered[0], pin(120_000, 90_000)), [one], "another word for the same place");
    assert_eq!(near(&last, pin(900_000, 900_000)), [], "the same word far away");
    assert_eq!(field.snags_near(office.unit, "bath", "floor", &last, None).unwrap().len(), 0);
    let again = field.defects_by_use("floor").unwrap();
    assert_eq!((again[0].0.id.as_str(), again[0].1), (last.as_str(), 1));
    assert_eq!(again.len(), offered.len());
    assert!(field.defects_by_use("wall").unwrap().iter().all(|(_, times)| *times == 0), "used for another element");
}

// S1-18
#[test]
fn points_are_judged_before_they_are_recorded() {
    let office = Office::new();
    let (_dir, field) = device(&office, "inspector");
    field.start(office.unit).unwrap();
    let lines = field.lines(office.unit, None, Lang::Zh).unwrap();
    let line = lines.iter().find(|l| l.limit_id.as_deref().is_some_and(|id| field.profile().limits.get(id).unwrap().value.is_some_and(|v| v.0 > 0))).unwrap();
    let said = field.measure(office.unit, &line.key, &[]).unwrap();
    assert!(matches!(said.verdict.outcome, Outcome::Incomplete { .. } | Outcome::NotJudged(_)), "{:?}", said.verdict);
    let bound = said.limit.value.unwrap().0;
    let far = field.measure(office.unit, &line.key, &[0, bound * 100]).unwrap();
    assert_eq!(far.odd, if said.limit.op.is_upper() { vec![1] } else { vec![] });
    assert!(field.lines(office.unit, None, Lang::Zh).unwrap().iter().all(|l| l.answer.is_none()), "nothing was recorded");
    // What is said beforehand is what is recorded.
    let enough = vec![0; usize::from(said.limit.points.min)];
    let before = field.measure(office.unit, &line.key, &enough).unwrap();
    let request =
        LineRequest { line: line.key.clone(), answer: Answer::Fine, points_milli: enough, snag: None, reason: Some("as measured".into()), found: None };
    field.answer(office.unit, request).unwrap();
    let recorded = field.lines(office.unit, None, Lang::Zh).unwrap().into_iter().find(|l| l.key == line.key).unwrap();
    assert_eq!(recorded.verdict.as_ref(), Some(&before.verdict));
    let by_eye = lines.iter().find(|l| l.limit_id.is_none()).unwrap();
    assert!(field.measure(office.unit, &by_eye.key, &[1]).is_err());
}
