//! The lists of the walk-through: finish levels, stages, parts, spaces, elements, defects, documents, meters, keys.

use super::{Catalog, Entry, Named, Origin, PolicyError, catalog::entry, parse};
use serde::{Deserialize, Serialize};

const FILE: &str = "taxonomy.toml";

/// A kind of room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Space {
    /// The identifier.
    pub id: String,
    /// What checklist lines choose rooms by: `bedroom`, `bath`, `balcony`.
    pub kind: String,
    /// The Chinese name.
    pub zh: String,
    /// The English name.
    pub en: String,
    /// Where it comes from.
    pub origin: Origin,
}

/// How bad a snag is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Severity {
    /// The identifier.
    pub id: String,
    /// The worse, the higher.
    pub rank: u8,
    /// The Chinese name.
    pub zh: String,
    /// The English name.
    pub en: String,
    /// Where it comes from.
    pub origin: Origin,
}

/// A defect type as the trades name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Defect {
    /// The identifier.
    pub id: String,
    /// Its class (S2-11).
    pub class: String,
    /// The elements it is offered for; none: all of them.
    pub elements: Vec<String>,
    /// The severity offered first.
    pub severity: String,
    /// The Chinese name.
    pub zh: String,
    /// The English name.
    pub en: String,
    /// Where it comes from.
    pub origin: Origin,
}

/// Whether a document stays with the owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Given {
    /// The owner keeps it.
    HandedOver,
    /// The owner gets sight of it.
    Shown,
}

/// A document of the handover.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// The identifier.
    pub id: String,
    /// Whether it stays with the owner.
    pub given: Given,
    /// The Chinese name.
    pub zh: String,
    /// The English name.
    pub en: String,
    /// Where it comes from.
    pub origin: Origin,
}

/// A meter that is read at handover.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Meter {
    /// The identifier.
    pub id: String,
    /// Unit id (limits.toml).
    pub unit: String,
    /// Digits after the point that are printed.
    pub decimals: u8,
    /// The Chinese name.
    pub zh: String,
    /// The English name.
    pub en: String,
    /// Where it comes from.
    pub origin: Origin,
}

/// A kind of key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// The identifier.
    pub id: String,
    /// Stays with the company for repairs, with the owner's consent, and is returned against a signature.
    pub held: bool,
    /// The Chinese name.
    pub zh: String,
    /// The English name.
    pub en: String,
    /// Where it comes from.
    pub origin: Origin,
}

/// How a contract term is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TermKind {
    /// Words: brand, model, size.
    Text,
    /// A number in the field's unit.
    Number,
}

/// A term of the contract that a line compares with what was found (S0-13).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContractField {
    /// The identifier.
    pub id: String,
    /// How it is written.
    pub kind: TermKind,
    /// Unit id of a number.
    pub unit: Option<String>,
    /// The Chinese name.
    pub zh: String,
    /// The English name.
    pub en: String,
    /// Where it comes from.
    pub origin: Origin,
}

/// An entry of a tree: complaint categories, channels, parties.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// The identifier; in complaint categories the path, `quality.leak`.
    pub id: String,
    /// The entry above it.
    pub parent: Option<String>,
    /// The Chinese name.
    pub zh: String,
    /// The English name.
    pub en: String,
    /// Where it comes from.
    pub origin: Origin,
}

entry!(Node, Space, Severity, Defect, Document, Meter, Key, ContractField);

/// All lists.
#[derive(Clone, Debug)]
pub struct Taxonomy {
    /// `shell`, `fitted`.
    pub finish_levels: Catalog<Named>,
    /// The three stages that share one engine.
    pub stages: Catalog<Named>,
    /// The three parts of a handover (S0-09).
    pub parts: Catalog<Named>,
    /// Kinds of rooms.
    pub spaces: Catalog<Space>,
    /// What a room is made of.
    pub elements: Catalog<Named>,
    /// Severities of snags.
    pub severities: Catalog<Severity>,
    /// The seven classes of S2-11.
    pub defect_classes: Catalog<Named>,
    /// Defect types.
    pub defects: Catalog<Defect>,
    /// Documents handed over or shown.
    pub documents: Catalog<Document>,
    /// Meters.
    pub meters: Catalog<Meter>,
    /// Keys.
    pub keys: Catalog<Key>,
    /// Contract terms.
    pub contract_fields: Catalog<ContractField>,
    /// Readiness items of a unit (S1-15).
    pub prechecks: Catalog<Named>,
    /// Ways to send a notice (S4-12).
    pub channels: Catalog<Named>,
    /// In which capacity a person acts for a unit.
    pub capacities: Catalog<Named>,
    /// Identity documents that can be checked.
    pub identity_documents: Catalog<Named>,
    /// Trades of contractors and crews.
    pub trades: Catalog<Named>,
    /// What is taken in (S1-06).
    pub intake_types: Catalog<Node>,
    /// Ways to reach the office (S1-24, S2-02, S3-06).
    pub intake_channels: Catalog<Node>,
    /// What a complaint is about (S2-08 to S2-13).
    pub complaint_categories: Catalog<Node>,
    /// What an enquiry is about (S1-42).
    pub enquiry_topics: Catalog<Node>,
    /// Who answers for a defect (S1-33).
    pub liabilities: Catalog<Node>,
    /// Classes of work orders (S4-72).
    pub order_classes: Catalog<Node>,
    /// Series of services (S3-14).
    pub service_kinds: Catalog<Node>,
    /// Departments and companies (S1-08, S4).
    pub parties: Catalog<Node>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    finish_level: Vec<Named>,
    stage: Vec<Named>,
    part: Vec<Named>,
    space: Vec<Space>,
    element: Vec<Named>,
    severity: Vec<Severity>,
    defect_class: Vec<Named>,
    defect: Vec<Defect>,
    document: Vec<Document>,
    meter: Vec<Meter>,
    key: Vec<Key>,
    contract_field: Vec<ContractField>,
    precheck: Vec<Named>,
    channel: Vec<Named>,
    capacity: Vec<Named>,
    identity_document: Vec<Named>,
    trade: Vec<Named>,
    intake_type: Vec<Node>,
    intake_channel: Vec<Node>,
    complaint_category: Vec<Node>,
    enquiry_topic: Vec<Node>,
    liability: Vec<Node>,
    order_class: Vec<Node>,
    service_kind: Vec<Node>,
    party: Vec<Node>,
}

/// A tree: what an entry hangs from stands before it, so that there is no circle.
fn tree(table: &'static str, list: Vec<Node>) -> Result<Catalog<Node>, PolicyError> {
    for (at, node) in list.iter().enumerate() {
        if let Some(parent) = &node.parent
            && !list[..at].iter().any(|above| above.id == *parent)
        {
            return Err(PolicyError::value(FILE, format!("{table}[{at}].{}: {parent}", node.id), "policy-unknown-id"));
        }
    }
    Catalog::new(FILE, table, list)
}

impl Taxonomy {
    pub(super) fn read(text: &str) -> Result<Self, PolicyError> {
        let file: File = parse(FILE, text)?;
        let taxonomy = Self {
            finish_levels: Catalog::new(FILE, "finish_level", file.finish_level)?,
            stages: Catalog::new(FILE, "stage", file.stage)?,
            parts: Catalog::new(FILE, "part", file.part)?,
            spaces: Catalog::new(FILE, "space", file.space)?,
            elements: Catalog::new(FILE, "element", file.element)?,
            severities: Catalog::new(FILE, "severity", file.severity)?,
            defect_classes: Catalog::new(FILE, "defect_class", file.defect_class)?,
            defects: Catalog::new(FILE, "defect", file.defect)?,
            documents: Catalog::new(FILE, "document", file.document)?,
            meters: Catalog::new(FILE, "meter", file.meter)?,
            keys: Catalog::new(FILE, "key", file.key)?,
            contract_fields: Catalog::new(FILE, "contract_field", file.contract_field)?,
            prechecks: Catalog::new(FILE, "precheck", file.precheck)?,
            channels: Catalog::new(FILE, "channel", file.channel)?,
            capacities: Catalog::new(FILE, "capacity", file.capacity)?,
            identity_documents: Catalog::new(FILE, "identity_document", file.identity_document)?,
            trades: Catalog::new(FILE, "trade", file.trade)?,
            intake_types: tree("intake_type", file.intake_type)?,
            intake_channels: tree("intake_channel", file.intake_channel)?,
            complaint_categories: tree("complaint_category", file.complaint_category)?,
            enquiry_topics: tree("enquiry_topic", file.enquiry_topic)?,
            liabilities: tree("liability", file.liability)?,
            order_classes: tree("order_class", file.order_class)?,
            service_kinds: tree("service_kind", file.service_kind)?,
            parties: tree("party", file.party)?,
        };
        for defect in &taxonomy.defects {
            let key = format!("defect.{}", defect.id);
            taxonomy.defect_classes.must_have(FILE, &key, &defect.class)?;
            taxonomy.severities.must_have(FILE, &key, &defect.severity)?;
            for element in &defect.elements {
                taxonomy.elements.must_have(FILE, &key, element)?;
            }
        }
        for field in &taxonomy.contract_fields {
            if (field.kind == TermKind::Number) != field.unit.is_some() {
                return Err(PolicyError::value(FILE, format!("contract_field.{}", field.id), "policy-bad-unit"));
            }
        }
        Ok(taxonomy)
    }

    /// The office's word for an id, in whichever of its lists it stands.
    pub fn word<'a>(&'a self, id: &str, lang: crate::words::Lang) -> Option<&'a str> {
        let lists = [&self.intake_types, &self.intake_channels, &self.enquiry_topics, &self.liabilities, &self.service_kinds, &self.parties];
        lists.into_iter().find_map(|list| list.get(id)).map(|node| node.name(lang))
    }

    /// Every list by its name in the file, with its entries.
    pub fn lists(&self) -> Vec<(&'static str, Vec<&dyn Entry>)> {
        fn all<T: Entry>(catalog: &Catalog<T>) -> Vec<&dyn Entry> {
            catalog.iter().map(|entry| entry as &dyn Entry).collect()
        }
        vec![
            ("finish_level", all(&self.finish_levels)),
            ("stage", all(&self.stages)),
            ("part", all(&self.parts)),
            ("space", all(&self.spaces)),
            ("element", all(&self.elements)),
            ("severity", all(&self.severities)),
            ("defect_class", all(&self.defect_classes)),
            ("defect", all(&self.defects)),
            ("document", all(&self.documents)),
            ("meter", all(&self.meters)),
            ("key", all(&self.keys)),
            ("contract_field", all(&self.contract_fields)),
            ("precheck", all(&self.prechecks)),
            ("channel", all(&self.channels)),
            ("capacity", all(&self.capacities)),
            ("identity_document", all(&self.identity_documents)),
            ("trade", all(&self.trades)),
            ("intake_type", all(&self.intake_types)),
            ("intake_channel", all(&self.intake_channels)),
            ("complaint_category", all(&self.complaint_categories)),
            ("enquiry_topic", all(&self.enquiry_topics)),
            ("liability", all(&self.liabilities)),
            ("order_class", all(&self.order_classes)),
            ("service_kind", all(&self.service_kinds)),
            ("party", all(&self.parties)),
        ]
    }

    /// The defect types offered for an element, in the order of the file.
    pub fn defects_of<'a>(&'a self, element: &str) -> impl Iterator<Item = &'a Defect> {
        self.defects.iter().filter(move |d| d.elements.is_empty() || d.elements.iter().any(|e| e == element))
    }

    /// The kind of a space, what checklist lines choose rooms by.
    pub fn kind_of(&self, space: &str) -> Option<&str> {
        self.spaces.get(space).map(|s| s.kind.as_str())
    }
}
