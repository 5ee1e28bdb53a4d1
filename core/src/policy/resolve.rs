//! Laying profiles over each other: law, province, group, project, contract. A lower layer may only be stricter for the company;
//! each value keeps where it came from, and what it took the place of.

use super::{
    Origin, ProfileRef,
    approval::Approvals,
    fault::{Fault, Faults},
    keys::{Keys, Strictness},
    layer::{Head, Layer, Scope, Stated, StatedRow},
    rows::{self, Confirm},
    severity::Severities,
};
use crate::{model::Digest, words::Lang};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value as Json;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, OnceLock},
};

/// A value somebody stated, with where.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Said {
    /// The value; a row as an object of its columns.
    pub value: Json,
    /// Where it comes from.
    pub origin: Origin,
    /// The layer that states it, `id@version`.
    pub layer: String,
    /// The line in its file.
    #[serde(skip)]
    pub line: usize,
}

/// A value in force, with the history of how it came about.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Held {
    /// What holds.
    #[serde(flatten)]
    pub said: Said,
    /// Upper layers' values that a stricter one replaced, and others that say the same.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<Said>,
    /// Values of the contract that are looser and hold for nobody.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub set_aside: Vec<Said>,
    #[serde(skip)]
    scope: Option<Scope>,
    #[serde(skip)]
    group: Option<String>,
}

impl Held {
    /// What holds from now on; what held before is kept beside it.
    fn replace(&mut self, said: Said, scope: Scope) {
        self.before.push(std::mem::replace(&mut self.said, said));
        self.scope = Some(scope);
    }
}

/// A profile with everything it has from its bases.
#[derive(Clone, Debug, Serialize)]
pub struct Resolved {
    /// Its name and version.
    pub at: ProfileRef,
    /// Its head.
    pub head: Head,
    /// The layers, from the law down.
    pub chain: Vec<ProfileRef>,
    /// Single values.
    pub values: BTreeMap<String, Held>,
    /// Rows by table, each under its identity.
    pub rows: BTreeMap<String, BTreeMap<String, Held>>,
    /// Values of law that no administrator has confirmed: shown, binding nobody.
    pub drafts: BTreeMap<String, Vec<Said>>,
    /// Digest over the layers.
    pub digest: Digest,
    /// The order in which rows stand in their files.
    #[serde(skip)]
    order: BTreeMap<String, Vec<String>>,
    /// The zone in which days are counted.
    #[serde(serialize_with = "super::layer::zone_name")]
    pub time_zone: chrono_tz::Tz,
    #[serde(skip)]
    pub(super) layers: Vec<Arc<Layer>>,
}

impl Resolved {
    /// The value of a key as `T`; `None` where no layer states it.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        serde_json::from_value(self.values.get(key)?.said.value.clone()).ok()
    }

    /// The value of a key with its origin, as files write it.
    pub fn sourced(&self, key: &str) -> Option<Json> {
        let held = &self.values.get(key)?.said;
        Some(serde_json::json!({ "value": held.value, "origin": held.origin }))
    }

    /// The rows of a table in the order of the files.
    pub fn rows_of<'a>(&'a self, table: &str) -> impl Iterator<Item = &'a Held> + use<'a> {
        let held = self.rows.get(table);
        let order = self.order.get(table).map(Vec::as_slice).unwrap_or_default();
        order.iter().filter_map(move |identity| held?.get(identity))
    }

    /// The rows of a table as `T`. Their shape was checked when the file was read.
    pub fn typed_rows<T: DeserializeOwned>(&self, table: &str) -> Vec<T> {
        self.rows_of(table).filter_map(|held| serde_json::from_value(held.said.value.clone()).ok()).collect()
    }

    /// The name in `lang`.
    pub fn name(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.head.zh,
            Lang::En => &self.head.en,
        }
    }

    /// What is required and empty (C-08): `deadline.arrive`.
    pub fn missing(&self) -> Vec<&'static str> {
        let has = |what: &str| match what.split_once('.').filter(|(table, _)| *table == "deadline") {
            Some((table, milestone)) => {
                let of_it = |held: &&Held| held.said.value.get("milestone").and_then(Json::as_str) == Some(milestone);
                let mut rows = self.rows_of(table).filter(of_it).peekable();
                rows.peek().is_some() && rows.all(|held| held.said.value.get("value").is_some_and(Json::is_number))
            }
            None => self.values.contains_key(what),
        };
        Keys::get().required.iter().map(String::as_str).filter(|what| !has(what)).collect()
    }

    /// The profile of one unit: with what its contract promises beyond it. Looser terms of a contract hold for nobody.
    #[must_use]
    pub fn with_contract(&self, terms: &[(&str, u64)]) -> Self {
        let mut merging = Merging { out: self.clone(), faults: Vec::new(), confirms: Vec::new() };
        merging.lay(&Layer::of_contract(terms));
        merging.out
    }
}

struct Merging {
    out: Resolved,
    faults: Vec<Fault>,
    confirms: Vec<Confirm>,
}

impl Merging {
    fn confirmed(&self, what: &str, value: Option<&Json>) -> bool {
        self.confirms.iter().any(|c| c.what == what && (c.value.is_none() || c.value.as_ref() == value))
    }

    fn lay(&mut self, layer: &Layer) {
        let at = layer.at.to_string();
        let unchecked = layer.head.check_before_enabling && !self.confirmed(&at, None);
        for (key, stated) in &layer.values {
            let said = Said { value: stated.value.clone(), origin: stated.origin.clone(), layer: at.clone(), line: stated.line };
            if unchecked || (rows::is_draft(&stated.origin) && !self.confirmed(key, Some(&stated.value))) {
                self.out.drafts.entry(key.clone()).or_default().push(said);
            } else {
                self.value(layer, key, stated, said);
            }
        }
        for (table, list) in &layer.rows {
            self.table(layer, &at, unchecked, table, list);
        }
    }

    fn value(&mut self, layer: &Layer, id: &str, stated: &Stated, said: Said) {
        let Some(old) = self.out.values.get_mut(id) else {
            let held = Held { said, before: Vec::new(), set_aside: Vec::new(), scope: Some(layer.head.scope), group: None };
            self.out.values.insert(id.to_owned(), held);
            return;
        };
        let keys = Keys::get();
        let key = keys.key(id).or_else(|| keys.key(&format!("{}.*", id.rsplit_once('.')?.0)));
        let mut strictness = key.map_or(Strictness::Allowed, |key| key.stricter.compare(&stated.value, &old.said.value));
        if old.scope == Some(Scope::Product) && layer.head.scope != Scope::Contract {
            // Ours is no rule of anybody's: an office says what it wants, and where it says the same, the word is the office's.
            strictness = Strictness::Allowed;
        }
        match strictness {
            Strictness::Allowed => old.replace(said, layer.head.scope),
            // The upper layer's stays in force; that the lower one says it too is kept.
            Strictness::Equal => old.before.push(said),
            Strictness::Looser | Strictness::NotComparable if layer.head.scope == Scope::Contract => old.set_aside.push(said),
            found => self.faults.push(looser(layer, stated.line, id, &said.value, old, found)),
        }
    }

    fn table(&mut self, layer: &Layer, at: &str, unchecked: bool, table: &str, list: &[StatedRow]) {
        let Some(rules) = Keys::get().table(table) else { return };
        let groups: BTreeSet<&String> = list.iter().filter_map(|row| row.group.as_ref()).collect();
        let before = (!groups.is_empty()).then(|| Approvals::of(&self.out));
        // Bands of one table only make sense together: a layer that states one states them all.
        if let Some(held) = self.out.rows.get_mut(table)
            && !unchecked
        {
            held.retain(|_, row| row.group.as_ref().is_none_or(|group| !groups.contains(group)));
        }
        for row in list {
            let said = Said { value: row.columns.clone(), origin: row.origin.clone(), layer: at.to_owned(), line: row.line };
            let id = format!("{table}:{}", row.identity);
            if unchecked || (rows::is_draft(&row.origin) && !self.confirmed(&id, None)) {
                self.out.drafts.entry(id).or_default().push(said);
                continue;
            }
            let held = self.out.rows.entry(table.to_owned()).or_default();
            let order = self.out.order.entry(table.to_owned()).or_default();
            let Some(old) = held.get_mut(&row.identity) else {
                if !order.contains(&row.identity) {
                    order.push(row.identity.clone());
                }
                let new = Held { said, before: Vec::new(), set_aside: Vec::new(), scope: Some(layer.head.scope), group: row.group.clone() };
                held.insert(row.identity.clone(), new);
                continue;
            };
            let column = |value: &Json, name: &str| value.get(name).cloned().unwrap_or_default();
            let strictness = match &rules.column {
                None if said.value == old.said.value => Strictness::Equal,
                None => Strictness::Allowed,
                Some(name) => {
                    let (new, was) = (column(&said.value, name), column(&old.said.value, name));
                    match (new.is_null(), was.is_null()) {
                        // A number for what was left open; a number taken away.
                        (_, true) => Strictness::Allowed,
                        (true, false) => Strictness::Looser,
                        (false, false) if comparable(table, rules.same.as_slice(), &said.value, &old.said.value) => rules.stricter.compare(&new, &was),
                        (false, false) => Strictness::NotComparable,
                    }
                }
            };
            match strictness {
                Strictness::Allowed => old.replace(said, layer.head.scope),
                Strictness::Equal => old.before.push(said),
                found => self.faults.push(looser(layer, row.line, &id, &said.value, old, found)),
            }
        }
        if let Some(before) = before.filter(|_| !unchecked) {
            self.compare_bands(layer, list, &before);
        }
    }

    /// A lower layer's bands may not let an amount pass lower down than before.
    fn compare_bands(&mut self, layer: &Layer, list: &[StatedRow], before: &Approvals) {
        let now = Approvals::of(&self.out);
        let bounds = before.bands.iter().chain(&now.bands).flat_map(|b| [b.gt, b.gte, b.lt, b.lte]).flatten();
        let amounts: BTreeSet<u64> = bounds.flat_map(|n| [n.saturating_sub(1), n, n.saturating_add(1)]).filter(|n| *n > 0).collect();
        let mut told = BTreeSet::new();
        for row in list {
            let Some(group) = &row.group else { continue };
            let flags: Vec<Vec<String>> = std::iter::once(Vec::new()).chain(before.flags.iter().map(|f| vec![f.clone()])).collect();
            for (amount, flags) in amounts.iter().flat_map(|amount| flags.iter().map(move |flags| (*amount, flags))) {
                let (Some(old), Some(new)) = (before.height(group, amount, flags), now.height(group, amount, flags)) else { continue };
                if new.0 < old.0 && told.insert(group.clone()) {
                    let fault =
                        Fault::new(&layer.file, row.line, format!("band:{group}"), "profile-bands-looser").with("amount", super::approval::yuan(amount));
                    self.faults.push(fault);
                }
            }
        }
    }
}

/// Whether two rows count in the same way, so that their numbers can be compared. Hours from the instant end before any number of whole days that
/// is as long, whatever the calendar: only that is provable across units.
fn comparable(table: &str, same: &[String], new: &Json, old: &Json) -> bool {
    let equal = |name: &String| new.get(name) == old.get(name);
    if same.iter().all(equal) {
        return true;
    }
    let number = |row: &Json| row.get("value").and_then(Json::as_u64);
    let unit = |row: &Json| row.get("unit").and_then(Json::as_str).map(str::to_owned);
    table == "deadline"
        && same.iter().filter(|name| *name != "unit").all(equal)
        && unit(new).as_deref() == Some("elapsed_hour")
        && matches!(unit(old).as_deref(), Some("service_hour" | "working_day" | "calendar_day"))
        && number(new).zip(number(old)).is_some_and(|(new, old)| new <= old)
}

fn looser(layer: &Layer, line: usize, key: &str, value: &Json, old: &Held, found: Strictness) -> Fault {
    let shown = |value: &Json| match value.get("value") {
        Some(inner) if value.get("milestone").is_some() => format!("{inner} {}", value.get("unit").and_then(Json::as_str).unwrap_or_default()),
        _ => value.to_string(),
    };
    let is_law = old.scope.is_some_and(Scope::is_law) || old.said.origin.certainty().is_some();
    let problem = match (found, is_law) {
        (Strictness::NotComparable, _) => "profile-not-comparable",
        (_, true) => "profile-looser-than-law",
        _ => "profile-looser",
    };
    Fault::new(&layer.file, line, key, problem)
        .with("value", shown(value))
        .with("upper", shown(&old.said.value))
        .with("origin", &old.said.origin)
        .with("layer", &old.said.layer)
}

/// All profiles that can be laid over each other: those shipped with the program, and those an office has published.
#[derive(Clone, Debug, Default)]
pub struct Library {
    layers: BTreeMap<ProfileRef, Arc<Layer>>,
}

impl Library {
    /// The shipped profiles, read once.
    pub fn shipped() -> &'static Self {
        static SHIPPED: OnceLock<Library> = OnceLock::new();
        SHIPPED.get_or_init(|| super::built_in(Self::read(&super::shipped::FILES)))
    }

    /// Reads files: name and text of each.
    ///
    /// # Errors
    /// With everything that is wrong in any of them.
    pub fn read(files: &[(&str, &str)]) -> Result<Self, Faults> {
        let mut out = Self::default();
        let mut faults = Vec::new();
        for (file, text) in files {
            match Layer::read(file, text).map(|layer| out.add(layer)) {
                Ok(Ok(())) => {}
                Ok(Err(fault)) => faults.push(fault),
                Err(Faults(list)) => faults.extend(list),
            }
        }
        Faults::none_or(faults)?;
        Ok(out)
    }

    /// Adds a profile. A version that is there never changes.
    ///
    /// # Errors
    /// When another profile has its name and version.
    pub fn add(&mut self, layer: Layer) -> Result<(), Fault> {
        match self.layers.get(&layer.at) {
            Some(held) if held.digest == layer.digest => Ok(()),
            Some(held) => Err(Fault::new(&layer.file, 1, layer.at.to_string(), "profile-version-taken").with("other", &held.file)),
            None => {
                self.layers.insert(layer.at.clone(), Arc::new(layer));
                Ok(())
            }
        }
    }

    /// The profile with this name and version, as its file says it.
    pub fn layer(&self, at: &ProfileRef) -> Option<&Arc<Layer>> {
        self.layers.get(at)
    }

    /// Every profile, by name and version.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Layer>> {
        self.layers.values()
    }

    /// The newest version of a profile.
    pub fn newest(&self, id: &str) -> Option<&Arc<Layer>> {
        self.layers.values().filter(|layer| layer.at.id == id).max_by_key(|layer| layer.at.version)
    }

    fn find(&self, from: &Layer, key: &str, at: &ProfileRef) -> Result<&Arc<Layer>, Fault> {
        self.layers.get(at).ok_or_else(|| {
            let line = from.text.lines().position(|line| line.trim_start().starts_with(key)).map_or(1, |n| n + 1);
            Fault::new(&from.file, line, key, "profile-unknown-base").with("base", at)
        })
    }

    /// A profile's layers in the order in which they are laid: by scope, a base before what is laid over it.
    fn chain(&self, top: &Arc<Layer>, extra: &[ProfileRef]) -> Result<Vec<Arc<Layer>>, Fault> {
        let mut chain: Vec<Arc<Layer>> = vec![top.clone()];
        let mut next = top.clone();
        while let Some(base) = &next.head.base {
            let found = self.find(&next, "base", base)?;
            if chain.iter().any(|layer| layer.at == *base) {
                return Err(Fault::new(&next.file, 1, "base", "profile-base-cycle").with("base", base));
            }
            if found.head.scope > next.head.scope {
                return Err(Fault::new(&next.file, 1, "base", "profile-base-below").with("base", base));
            }
            chain.push(found.clone());
            next = found.clone();
        }
        chain.reverse();
        let named: Vec<(Arc<Layer>, ProfileRef)> = chain.iter().flat_map(|layer| layer.head.overlays.iter().map(|o| (layer.clone(), o.clone()))).collect();
        for (from, overlay) in named.iter().map(|(l, o)| (l, o)).chain(extra.iter().map(|o| (top, o))) {
            let found = self.find(from, "overlays", overlay)?;
            if !found.head.scope.is_law() {
                return Err(Fault::new(&from.file, 1, "overlays", "profile-overlay-no-law").with("base", overlay));
            }
            if !chain.iter().any(|layer| layer.at == found.at) {
                chain.push(found.clone());
            }
        }
        chain.sort_by_key(|layer| layer.head.scope);
        Ok(chain)
    }

    /// Resolves a profile of this library, with further overlays.
    ///
    /// # Errors
    /// With everything that is wrong between the layers.
    pub fn resolve(&self, at: &ProfileRef, overlays: &[ProfileRef]) -> Result<Resolved, Faults> {
        let top = self.layers.get(at).ok_or_else(|| Fault::new(&at.to_string(), 0, "", "profile-unknown").with("profile", at))?;
        self.resolve_layer(top, overlays)
    }

    /// Resolves a profile that need not be in the library: a draft.
    ///
    /// # Errors
    /// With everything that is wrong between the layers.
    pub fn resolve_layer(&self, top: &Arc<Layer>, overlays: &[ProfileRef]) -> Result<Resolved, Faults> {
        let (resolved, faults) = self.merge(top, overlays)?;
        Faults::none_or(faults)?;
        Ok(resolved)
    }

    fn merge(&self, top: &Arc<Layer>, overlays: &[ProfileRef]) -> Result<(Resolved, Vec<Fault>), Fault> {
        let layers = self.chain(top, overlays)?;
        let parts: Vec<&[u8]> = layers.iter().map(|layer| layer.digest.0.as_slice()).collect();
        let time_zone = layers.iter().rev().find_map(|layer| layer.head.time_zone).unwrap_or(chrono_tz::Asia::Shanghai);
        let confirms = layers.iter().flat_map(|layer| layer.rows.get("confirm").map(Vec::as_slice).unwrap_or_default());
        let out = Resolved {
            at: top.at.clone(),
            head: top.head.clone(),
            chain: layers.iter().map(|layer| layer.at.clone()).collect(),
            values: BTreeMap::new(),
            rows: BTreeMap::new(),
            drafts: BTreeMap::new(),
            digest: Digest::of_parts(&parts),
            order: BTreeMap::new(),
            time_zone,
            layers: layers.clone(),
        };
        let confirms = confirms.filter_map(|row| serde_json::from_value(row.columns.clone()).ok()).collect();
        let mut merging = Merging { out, faults: Vec::new(), confirms };
        for layer in &layers {
            merging.lay(layer);
        }
        let Merging { out, mut faults, .. } = merging;
        let bands = Approvals::of(&out);
        for bad in bands.faults() {
            let of_table = || top.rows.get("band").into_iter().flatten().filter(|row| row.group.as_deref() == Some(&bad.table));
            let about = |row: &&StatedRow| match &bad.step {
                Some(step) => row.columns.get("steps").and_then(Json::as_array).is_some_and(|steps| steps.iter().any(|s| s == step)),
                // Of two bands that hold one amount the later one is the slip.
                None => serde_json::from_value::<super::approval::Band>(row.columns.clone()).is_ok_and(|band| band.holds(bad.amount_fen)),
            };
            let line = of_table().rfind(about).or_else(|| of_table().next()).map_or(0, |row| row.line);
            let key = bad.step.as_ref().map_or_else(|| format!("band:{}", bad.table), |step| format!("band:{}: {step}", bad.table));
            faults.push(Fault::new(&top.file, line, key, bad.problem).with("amount", super::approval::yuan(bad.amount_fen)));
        }
        for stray in Severities::of(&out).strays() {
            faults.push(Fault::new(&top.file, 0, format!("severity: {stray}"), "profile-unknown-id"));
        }
        for confirm in &merging_confirms(&out) {
            // A confirmation of something that is no draft here is a slip: nobody would notice that it does nothing.
            let something = match rows::limit_of(confirm) {
                Some(id) => limit_waits(&layers, id, confirm),
                None => layers.iter().any(|layer| confirms_something(layer, confirm)),
            };
            if !something {
                faults.push(Fault::new(&top.file, 0, format!("confirm: {}", confirm.what), "profile-confirms-nothing"));
            }
            if [&confirm.by, &confirm.against].iter().any(|text| text.trim().is_empty()) {
                faults.push(Fault::new(&top.file, 0, format!("confirm: {}", confirm.what), "profile-confirmed-by-nobody"));
            }
        }
        Ok((out, faults))
    }

    /// Everything that is wrong with a draft: in its file, against its bases, and what it leaves empty.
    pub fn check(&self, file: &str, text: &str) -> Result<Resolved, Faults> {
        let (layer, mut faults) = Layer::read_all(file, text);
        let Some(layer) = layer.map(Arc::new) else {
            Faults::none_or(faults)?;
            return Err(Fault::new(file, 1, "id", "profile-head-missing").into());
        };
        if let Some(held) = self.layers.get(&layer.at).filter(|held| held.digest != layer.digest) {
            faults.push(Fault::new(file, 1, layer.at.to_string(), "profile-version-taken").with("other", &held.file));
        }
        let (resolved, wrong) = match self.merge(&layer, &[]) {
            Ok(merged) => merged,
            Err(fault) => {
                faults.push(fault);
                return Err(Faults::none_or(faults).err().unwrap_or_else(|| Faults(Vec::new())));
            }
        };
        faults.extend(wrong);
        let missing = resolved.missing();
        faults.extend(missing.iter().map(|what| Fault::new(file, 0, *what, "profile-required-empty")));
        if missing.is_empty()
            && let Err(Faults(list)) = super::Profile::build(resolved.clone())
        {
            faults.extend(list);
        }
        Faults::none_or(faults)?;
        Ok(resolved)
    }
}

fn merging_confirms(out: &Resolved) -> Vec<Confirm> {
    out.typed_rows("confirm")
}

/// Whether a measured limit is a draft with the number that is confirmed: a shipped one, or one that a layer adds.
fn limit_waits(layers: &[Arc<Layer>], id: &str, confirm: &Confirm) -> bool {
    let shipped = super::Lists::shipped().limits.get(id).is_some_and(|limit| limit.is_confirmed_by(confirm.value.as_ref()));
    let added = || layers.iter().flat_map(|layer| layer.added.get(&("limits".to_owned(), "limit".to_owned()))).flatten();
    let text = |entry: &Json, name: &str| entry.get(name).and_then(Json::as_str).map(str::to_owned);
    shipped
        || added().any(|entry| {
            let draft = text(&entry.it, "origin").and_then(|origin| origin.parse().ok()).is_some_and(|origin| rows::is_draft(&origin));
            text(&entry.it, "id").as_deref() == Some(id) && draft && entry.it.get("value") == confirm.value.as_ref()
        })
}

fn confirms_something(layer: &Layer, confirm: &Confirm) -> bool {
    if layer.at.to_string() == confirm.what {
        return layer.head.check_before_enabling;
    }
    let value = layer.values.get(&confirm.what).is_some_and(|stated| rows::is_draft(&stated.origin) && confirm.value.as_ref() == Some(&stated.value));
    let row =
        |(table, list): (&String, &Vec<StatedRow>)| list.iter().any(|row| format!("{table}:{}", row.identity) == confirm.what && rows::is_draft(&row.origin));
    value || layer.rows.iter().any(row)
}
