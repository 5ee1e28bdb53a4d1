//! Where the handover of one unit stands, and the office's own acts on it: making ready, appointment, notice with its proof, guide.

use super::{
    parts::{Document, Fact},
    shell::{NavItem, Place, Shell},
    sign::Sign,
    snags::Choice,
    text::Words,
};
use askama::Template;
use keyturn_core::model::time::UtcMs;

/// How far one step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepState {
    /// Done.
    Done,
    /// Under way.
    Open,
    /// It can be done now and is not.
    Missing,
    /// Something else comes first.
    Later,
}

impl StepState {
    /// Stable name, as in the page.
    pub fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Open => "open",
            Self::Missing => "missing",
            Self::Later => "later",
        }
    }

    /// Its mark.
    pub fn sign(self) -> Sign {
        match self {
            Self::Done => Sign::Confirmed,
            Self::Open => Sign::InHandover,
            Self::Missing => Sign::Waiting,
            Self::Later => Sign::Pending,
        }
    }
}

/// One step of a handover.
#[derive(Debug, Clone)]
pub struct Step {
    /// Stable name.
    pub key: &'static str,
    /// How far it is.
    pub state: StepState,
    /// What was done, line by line.
    pub facts: Vec<Fact>,
    /// What is missing, line by line.
    pub missing: Vec<String>,
}

impl Step {
    /// Its title.
    pub fn title(&self, w: &Words) -> String {
        w.t(&format!("console-step-{}", self.key))
    }

    /// How far it is, in a word.
    pub fn word(&self, w: &Words) -> String {
        w.t(&format!("console-step-is-{}", self.state.name()))
    }
}

/// An item of making ready, as a box to tick.
#[derive(Debug, Clone)]
pub struct ReadyItem {
    /// Its id.
    pub key: String,
    /// Its name.
    pub label: String,
    /// It is done.
    pub done: bool,
}

/// A way of dispatch.
#[derive(Debug, Clone)]
pub struct Channel {
    /// Its id.
    pub key: String,
    /// Its name.
    pub label: String,
    /// It counts only with a number or a receipt (S4-12).
    pub needs_proof: bool,
}

/// A notice that went out and whose arrival nobody has recorded.
#[derive(Debug, Clone)]
pub struct OpenNotice {
    /// Its record.
    pub key: String,
    /// Way and number.
    pub label: String,
}

/// What somebody typed before a form came back.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    /// Time of the appointment, as the browser writes it.
    pub at: String,
    /// The escort's id.
    pub escort: String,
    /// Where to meet.
    pub place: String,
    /// Way of dispatch.
    pub method: String,
    /// Number or receipt.
    pub proof: String,
}

/// The page.
#[derive(Debug, Clone)]
pub struct HandoverPage {
    /// The unit's identifier.
    pub unit: String,
    /// Its name.
    pub name: String,
    /// Building and entrance in words.
    pub place: String,
    /// The steps in order.
    pub steps: Vec<Step>,
    /// The profile the handover keeps.
    pub profile: String,
    /// The walk-through has begun: what comes before it stands.
    pub begun: bool,
    /// What making ready holds.
    pub ready: Vec<ReadyItem>,
    /// Why it cannot be recorded now.
    pub ready_barred: Option<String>,
    /// Who can accompany the owner.
    pub escorts: Vec<Choice>,
    /// Why no appointment can be made now, all of it.
    pub appoint_barred: Vec<String>,
    /// Whether there is an appointment, that another one replaces.
    pub appointed: Option<UtcMs>,
    /// Ways of dispatch.
    pub channels: Vec<Channel>,
    /// Why no notice can be sent now.
    pub notice_barred: Option<String>,
    /// Notices that wait for their proof.
    pub open_notices: Vec<OpenNotice>,
    /// Why no proof can be recorded now.
    pub proof_barred: Option<String>,
    /// Documents that were made.
    pub documents: Vec<Document>,
    /// Documents that can be made now: kind and title.
    pub printable: Vec<Choice>,
    /// Why none can be made.
    pub print_barred: Option<String>,
    /// What was typed.
    pub typed: Typed,
}

impl HandoverPage {
    /// Steps that are done.
    pub fn done(&self) -> usize {
        self.steps.iter().filter(|s| s.state == StepState::Done).count()
    }
}

#[derive(Template)]
#[template(path = "handover.html")]
struct View<'a> {
    w: &'a Words,
    s: &'a Shell,
    nav: Vec<NavItem>,
    p: &'a HandoverPage,
}

impl HandoverPage {
    /// The page.
    pub fn render(&self, shell: &Shell) -> Result<String, askama::Error> {
        View { w: &shell.words, s: shell, nav: shell.nav(Place::Units), p: self }.render()
    }
}
