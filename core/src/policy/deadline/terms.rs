//! The words that rows of deadlines may use: milestones, events, states, severities, urgencies, kinds of work, extensions.

use crate::policy::{Catalog, Named, Origin, PolicyError, Sourced, catalog::entry, parse};
use serde::{Deserialize, Serialize};
use std::sync::OnceLock;

const FILE: &str = "deadline/terms.toml";

/// Something that has to be done by a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Milestone {
    /// The identifier.
    pub id: String,
    /// The Chinese name.
    pub zh: String,
    /// The English name.
    pub en: String,
    /// Kinds of things that have it in the product.
    pub on: Vec<String>,
    /// Acts of the log that end its clock.
    pub met_by: Vec<String>,
    /// Where it comes from.
    pub origin: Origin,
}

/// What starts a clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StartEvent {
    /// The identifier.
    pub id: String,
    /// The Chinese name.
    pub zh: String,
    /// The English name.
    pub en: String,
    /// The act of the log that it is, where the product has one.
    #[serde(default)]
    pub act: Option<String>,
    /// Where it comes from.
    pub origin: Origin,
}

/// A way to make a limit longer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtensionKind {
    /// The identifier.
    pub id: String,
    /// The Chinese name.
    pub zh: String,
    /// The English name.
    pub en: String,
    /// Whose consent it needs, given before the old due instant.
    #[serde(default)]
    pub consent: Option<String>,
    /// It needs a reason.
    #[serde(default)]
    pub reason: bool,
    /// Where it comes from.
    pub origin: Origin,
}
entry!(Milestone, StartEvent, ExtensionKind);

/// All of them.
#[derive(Clone, Debug)]
pub struct Terms {
    /// What has to be done.
    pub milestones: Catalog<Milestone>,
    /// What starts a clock.
    pub events: Catalog<StartEvent>,
    /// In which states it stands still.
    pub states: Catalog<Named>,
    /// Severities of a case.
    pub severities: Catalog<Named>,
    /// Urgencies of a case.
    pub urgencies: Catalog<Named>,
    /// Kinds of work.
    pub works: Catalog<Named>,
    /// Ways to make a limit longer.
    pub extensions: Catalog<ExtensionKind>,
    /// The kind of work of a snag whose order names none.
    pub snag_work: Sourced<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    snag_work: Sourced<String>,
    milestone: Vec<Milestone>,
    event: Vec<StartEvent>,
    state: Vec<Named>,
    severity: Vec<Named>,
    urgency: Vec<Named>,
    work: Vec<Named>,
    extension: Vec<ExtensionKind>,
}

impl Terms {
    /// Reads and checks the file.
    ///
    /// # Errors
    /// With the file and the place.
    pub fn read(text: &str) -> Result<Self, PolicyError> {
        let file: File = parse(FILE, text)?;
        let works = Catalog::new(FILE, "work", file.work)?;
        works.must_have(FILE, "snag_work", &file.snag_work.value)?;
        Ok(Self {
            snag_work: file.snag_work,
            milestones: Catalog::new(FILE, "milestone", file.milestone)?,
            events: Catalog::new(FILE, "event", file.event)?,
            states: Catalog::new(FILE, "state", file.state)?,
            severities: Catalog::new(FILE, "severity", file.severity)?,
            urgencies: Catalog::new(FILE, "urgency", file.urgency)?,
            works,
            extensions: Catalog::new(FILE, "extension", file.extension)?,
        })
    }

    /// The shipped ones, read once.
    pub fn builtin() -> &'static Self {
        static TERMS: OnceLock<Terms> = OnceLock::new();
        TERMS.get_or_init(|| crate::policy::calendar::shipped(Self::read(include_str!("../data/deadline/terms.toml"))))
    }
}
