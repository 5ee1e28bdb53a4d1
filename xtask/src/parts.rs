//! A run in named parts: each timed, none lost, a summary at the end whose last line CI reads.

use std::time::{Duration, Instant};

/// How a part ended.
pub enum Outcome {
    /// All it checks holds; what it saw, in a few words.
    Passed(String),
    /// Something does not hold, or could not be run though it should.
    Failed(String),
    /// It could not run here; why.
    Skipped(String),
}

struct Part {
    name: String,
    outcome: Outcome,
    wall: Duration,
}

/// The parts so far.
pub struct Run {
    title: &'static str,
    only: Vec<String>,
    parts: Vec<Part>,
    begun: Instant,
}

impl Run {
    /// A run of all parts, or of those whose names begin with one of `only`.
    pub fn new(title: &'static str, only: &[String]) -> Self {
        Self { title, only: only.to_vec(), parts: Vec::new(), begun: Instant::now() }
    }

    /// Whether a part is wanted.
    pub fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|o| name.starts_with(o.as_str()))
    }

    /// Runs a part, if it is wanted.
    pub fn part(&mut self, name: &str, work: impl FnOnce() -> Result<Outcome, String>) {
        if !self.wants(name) {
            return;
        }
        println!("\n=== {name}");
        let begun = Instant::now();
        let outcome = work().unwrap_or_else(Outcome::Failed);
        let wall = begun.elapsed();
        match &outcome {
            Outcome::Passed(what) => println!("--- {name}: passed in {} {what}", seconds(wall)),
            Outcome::Failed(why) => println!("--- {name}: FAILED after {}: {why}", seconds(wall)),
            Outcome::Skipped(why) => println!("--- {name}: SKIPPED: {why}"),
        }
        self.parts.push(Part { name: name.to_owned(), outcome, wall });
    }

    /// Adds a part that something inside another one skipped.
    pub fn skipped(&mut self, name: String, why: String) {
        self.parts.push(Part { name, outcome: Outcome::Skipped(why), wall: Duration::ZERO });
    }

    /// The summary; whether nothing failed and something ran.
    pub fn finish(self) -> bool {
        println!("\n=== {} in {}", self.title, seconds(self.begun.elapsed()));
        let width = self.parts.iter().map(|p| p.name.chars().count()).max().unwrap_or(0);
        let (mut passed, mut failed, mut skipped) = (0, 0, 0);
        for Part { name, outcome, wall } in &self.parts {
            let (word, detail) = match outcome {
                Outcome::Passed(what) => {
                    passed += 1;
                    ("passed ", what)
                }
                Outcome::Failed(why) => {
                    failed += 1;
                    ("FAILED ", why)
                }
                Outcome::Skipped(why) => {
                    skipped += 1;
                    ("SKIPPED", why)
                }
            };
            let detail = detail.lines().next().unwrap_or_default();
            println!("{word}  {name:width$}  {:>9}  {detail}", seconds(*wall));
        }
        if skipped > 0 {
            println!("{skipped} SKIPPED: what they check is not known from this run.");
        }
        println!("{passed} passed, {failed} failed, {skipped} skipped");
        failed == 0 && passed > 0
    }
}

/// `8.3 s`, `4 min 10 s`.
pub fn seconds(wall: Duration) -> String {
    let s = wall.as_secs_f64();
    if s < 100.0 { format!("{s:.1} s") } else { format!("{} min {:02} s", s as u64 / 60, s as u64 % 60) }
}
