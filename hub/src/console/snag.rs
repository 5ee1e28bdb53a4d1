//! One snag: both sides' words, rounds of repair with before and after, its pin, its history.

use super::{
    parts::{Fact, Line, OwnerBrief, Photo},
    shell::{NavItem, Place, Shell},
    sign::Sign,
    text::{Due, Words},
};
use askama::Template;
use keyturn_core::{model::time::UtcMs, policy::deadline::Standing};

/// What somebody said, when and by whom.
#[derive(Debug, Clone)]
pub struct Said {
    /// The words, as given.
    pub text: String,
    /// When.
    pub at: Option<UtcMs>,
    /// By whom, masked where it is an owner.
    pub by: String,
}

/// How a round ended.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// `Confirmed` or `Rejected`.
    pub sign: Sign,
    /// By whom.
    pub by: String,
    /// When.
    pub at: UtcMs,
    /// Why not.
    pub reason: Option<String>,
    /// Pictures given with the reason.
    pub photos: Vec<Photo>,
}

/// One round of repair.
#[derive(Debug, Clone)]
pub struct Round {
    /// From 1.
    pub number: u32,
    /// Crew.
    pub crew: String,
    /// When the crew was there.
    pub arrived: Option<UtcMs>,
    /// When it said done.
    pub done: Option<UtcMs>,
    /// Before.
    pub before: Vec<Photo>,
    /// After.
    pub after: Vec<Photo>,
    /// How it ended.
    pub outcome: Option<Outcome>,
}

/// A pin on a plan.
#[derive(Debug, Clone)]
pub struct Pin {
    /// Address of the plan's picture.
    pub plan: String,
    /// Its width in pixels.
    pub width_px: u32,
    /// Its height in pixels.
    pub height_px: u32,
    /// Fraction of the width.
    pub x: f64,
    /// Fraction of the height.
    pub y: f64,
}

impl Pin {
    fn x_px(&self) -> f64 {
        (self.x * f64::from(self.width_px)).round()
    }

    fn y_px(&self) -> f64 {
        (self.y * f64::from(self.height_px)).round()
    }

    fn radius_px(&self) -> u32 {
        self.width_px.max(self.height_px) / 50
    }
}

/// A clock of the company.
#[derive(Debug, Clone)]
pub struct ClockRow {
    /// The milestone's name.
    pub name: String,
    /// When it is due; closed once it is met, or where it is only advised.
    pub due: Due,
    /// Where it stands.
    pub standing: Standing,
    /// When it was met.
    pub met: Option<UtcMs>,
    /// A holiday notice may still move it.
    pub provisional: bool,
    /// It stands still while the repair is on hold.
    pub paused: bool,
    /// The profile it follows.
    pub profile: String,
    /// How it came about.
    pub steps: Vec<String>,
}

impl ClockRow {
    fn standing_key(&self) -> String {
        format!("deadline-standing-{}", self.standing.name().replace('_', "-"))
    }

    fn class(&self) -> &'static str {
        match self.standing {
            Standing::Overdue | Standing::MetLate => "fl over",
            Standing::Soon => "fl soon",
            Standing::Met | Standing::Running | Standing::Advised => "soft",
        }
    }
}

/// A place that was repaired before.
#[derive(Debug, Clone)]
pub struct Again {
    /// It is one to escalate.
    pub grave: bool,
    /// In words.
    pub text: String,
    /// The older snags: number and address.
    pub others: Vec<(String, String)>,
}

/// The page of one snag.
#[derive(Debug, Clone)]
pub struct SnagPage {
    /// Identifier in addresses.
    pub id: String,
    /// Running number, or the temporary one.
    pub number: String,
    /// What is wrong, in short.
    pub title: String,
    /// State.
    pub state: Sign,
    /// How many times it was redone.
    pub rework: u32,
    /// Unit, such as `2-1-1102`.
    pub unit: String,
    /// Identifier of the unit.
    pub unit_id: String,
    /// The owner, masked.
    pub owner: OwnerBrief,
    /// Date agreed.
    pub due: Option<Due>,
    /// The company's own clocks.
    pub clocks: Vec<ClockRow>,
    /// Clocks run under other rules than those in force.
    pub old_rules: bool,
    /// The place was repaired before.
    pub repeat: Option<Again>,
    /// What keeps the repair, in words.
    pub hold: Option<String>,
    /// What may keep it; none where nothing is to be done.
    pub hold_states: Vec<super::snags::Choice>,
    /// Why the reader may not put it on hold.
    pub hold_barred: Option<String>,
    /// The reader may order the repair, and it can be ordered.
    pub can_order: bool,
    /// Why the reader may not touch the clocks.
    pub due_barred: Option<String>,
    /// The owner's words.
    pub said: Option<Said>,
    /// The inspector's finding.
    pub finding: Option<Said>,
    /// Room, element, type, severity, crew.
    pub facts: Vec<Fact>,
    /// Pictures of the finding.
    pub photos: Vec<Photo>,
    /// Rounds, newest first.
    pub rounds: Vec<Round>,
    /// Where it is.
    pub pin: Option<Pin>,
    /// History, newest first.
    pub lines: Vec<Line>,
    /// Fields with two values: words of the field and the address of the review.
    pub conflicts: Vec<(String, String)>,
    /// The one before in the list.
    pub previous: Option<String>,
    /// The one after.
    pub next: Option<String>,
}

#[derive(Template)]
#[template(path = "snag.html")]
struct View<'a> {
    w: &'a Words,
    s: &'a Shell,
    nav: Vec<NavItem>,
    p: &'a SnagPage,
    conflict: Sign,
}

impl SnagPage {
    /// The page.
    pub fn render(&self, shell: &Shell) -> Result<String, askama::Error> {
        View { w: &shell.words, s: shell, nav: shell.nav(Place::Snags), p: self, conflict: Sign::Conflict }.render()
    }
}
