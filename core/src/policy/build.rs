//! A profile of its resolved layers: what the product reads, typed.

use super::{
    Fault, Faults, LISTS, Lists, PolicyError, Profile, Sources,
    approval::Approvals,
    deadline,
    document::At,
    handover,
    layer::Layer,
    resolve::Resolved,
    rows::{self, Confirm},
    severity::Severities,
};
use crate::model::Digest;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json, json};
use std::sync::Arc;

pub(super) fn build(resolved: Resolved) -> Result<Profile, Faults> {
    let file = resolved.layers.last().map_or_else(|| resolved.at.to_string(), |layer| layer.file.clone());
    let lists = lists_of(&resolved)?;
    let mut faults = Vec::new();
    let handover = handover_of(&resolved, &file, &mut faults);
    let deadlines = deadlines_of(&resolved, &file, &mut faults);
    let (Some(handover), Some(deadlines)) = (handover, deadlines) else { return Err(Faults(faults)) };
    if let Err(error) = handover.check("profile", &lists.taxonomy, &lists.limits, &lists.roles, &lists.texts) {
        faults.push(place(&resolved, &file, &error));
    }
    let wrong = deadlines.faults(deadline::Terms::builtin());
    faults.extend(wrong.into_iter().map(|fault| stated_at(&resolved, &file, fault.key, fault.problem)));
    Faults::none_or(faults)?;
    Ok(Profile {
        at: resolved.at.clone(),
        zh: resolved.head.zh.clone(),
        en: resolved.head.en.clone(),
        time_zone: resolved.time_zone,
        digest: Digest::of_parts(&[&resolved.digest.0, &lists.digest.0]),
        handover,
        deadlines,
        approvals: Approvals::of(&resolved),
        severities: Severities::of(&resolved),
        lists,
        resolved,
    })
}

/// A section as its file would write it.
fn section(resolved: &Resolved, name: &str) -> Map<String, Json> {
    let prefix = format!("{name}.");
    let from = resolved.values.range(prefix.clone()..).take_while(|(key, _)| key.starts_with(&prefix));
    let mut out = Map::new();
    for (key, _) in from {
        let Some(value) = resolved.sourced(key) else { continue };
        match key[prefix.len()..].split_once('.') {
            // Values by name: `warranty.promised_months.W-02`.
            Some((table, name)) => {
                if let Some(table) = out.entry(table).or_insert_with(|| json!({})).as_object_mut() {
                    table.insert(name.to_owned(), value);
                }
            }
            None => {
                out.insert(key[prefix.len()..].to_owned(), value);
            }
        }
    }
    out
}

fn typed<T: DeserializeOwned>(resolved: &Resolved, file: &str, name: &str, mut value: Map<String, Json>, faults: &mut Vec<Fault>) -> Option<T> {
    match serde_json::from_value(value.clone().into()) {
        Ok(typed) => Some(typed),
        Err(error) => {
            let detail = error.to_string();
            // A value that replaced one that could be read is told where it stands, and the section goes on with the one before.
            let stated = |key: &str| resolved.values.get(&format!("{name}.{key}"));
            let wrong = value.keys().find(|key| {
                let before = stated(key).and_then(|held| held.before.last());
                before.is_some_and(|before| {
                    let mut other = value.clone();
                    other.insert((*key).clone(), json!({ "value": before.value, "origin": before.origin }));
                    let told = serde_json::from_value::<T>(other.into()).err().map(|error| error.to_string());
                    told.as_ref() != Some(&detail)
                })
            });
            if let Some(key) = wrong.cloned()
                && let Some(before) = stated(&key).and_then(|held| held.before.last())
            {
                let said = Fault::new(file, 0, "", "profile-bad-row").with("detail", &detail);
                faults.push(Fault { args: said.args, ..stated_at(resolved, file, format!("{name}.{key}"), "profile-bad-row") });
                value.insert(key, json!({ "value": before.value, "origin": before.origin }));
                return typed(resolved, file, name, value, faults);
            }
            let missing = detail.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
            faults.push(match missing {
                Some(key) => Fault::new(file, 0, format!("{name}.{key}"), "profile-required-empty"),
                None => Fault::new(file, 0, name, "profile-bad-row").with("detail", detail),
            });
            None
        }
    }
}

fn handover_of(resolved: &Resolved, file: &str, faults: &mut Vec<Fault>) -> Option<handover::Handover> {
    let gate = typed(resolved, file, "gate", section(resolved, "gate"), faults);
    let walkthrough = typed(resolved, file, "walkthrough", section(resolved, "walkthrough"), faults);
    let device = typed(resolved, file, "device", section(resolved, "device"), faults);
    let photo = typed(resolved, file, "photo", section(resolved, "photo"), faults);
    let notice = typed(resolved, file, "notice", section(resolved, "notice"), faults);
    let signature = typed(resolved, file, "signature", section(resolved, "signature"), faults);
    let owner_link = typed(resolved, file, "owner_link", section(resolved, "owner_link"), faults);
    let personal = typed(resolved, file, "personal", section(resolved, "personal"), faults);
    Some(handover::Handover {
        gate: gate?,
        walkthrough: walkthrough?,
        device: device?,
        photo: photo?,
        notice: notice?,
        signature: signature?,
        owner_link: owner_link?,
        personal: personal?,
    })
}

fn deadlines_of(resolved: &Resolved, file: &str, faults: &mut Vec<Fault>) -> Option<deadline::DeadlineRules> {
    let mut calendar = section(resolved, "calendar");
    let closures: Vec<Json> = resolved.rows_of("calendar.closure").map(|held| held.said.value.clone()).collect();
    if !closures.is_empty() {
        calendar.insert("closure".to_owned(), closures.into());
    }
    let calendar = typed(resolved, file, "calendar", calendar, faults);
    let warranty = typed(resolved, file, "warranty", section(resolved, "warranty"), faults);
    Some(deadline::DeadlineRules { rows: resolved.typed_rows("deadline"), calendar: calendar?, warranty: warranty? })
}

/// The shared lists, with what the layers add to them and the measured limits that an administrator has confirmed.
fn lists_of(resolved: &Resolved) -> Result<Arc<Lists>, Faults> {
    let lists = added_lists(resolved)?;
    let confirms: Vec<Confirm> = resolved.typed_rows("confirm");
    let mut of_limits = confirms.iter().filter_map(|confirm| Some((rows::limit_of(confirm)?, confirm))).peekable();
    if of_limits.peek().is_none() {
        return Ok(lists);
    }
    let mut lists = Lists::clone(&lists);
    for (id, confirm) in of_limits {
        lists.limits.confirm(id, confirm.value.as_ref());
    }
    Ok(Arc::new(lists))
}

fn added_lists(resolved: &Resolved) -> Result<Arc<Lists>, Faults> {
    let adding: Vec<&Arc<Layer>> = resolved.layers.iter().filter(|layer| !layer.added.is_empty()).collect();
    if adding.is_empty() {
        return Ok(Lists::shipped().clone());
    }
    let mut texts = [LISTS.taxonomy, LISTS.limits, LISTS.checklist, LISTS.roles, LISTS.texts].map(str::to_owned);
    for layer in &adding {
        for ((catalog, list), entries) in &layer.added {
            let Some(at) = CATALOGS.iter().position(|name| name == catalog) else { continue };
            for entry in entries {
                let row = json!({ list: [entry.it] });
                let row = toml::to_string(&row)
                    .map_err(|error| Fault::new(&layer.file, entry.line, format!("{catalog}.{list}"), "profile-bad-row").with("detail", error))?;
                texts[at].push('\n');
                texts[at].push_str(&row);
            }
        }
    }
    let read = |texts: &[String; 5]| {
        let [taxonomy, limits, checklist, roles, texts] = texts;
        Lists::read(Sources { taxonomy, limits, checklist, roles, texts })
    };
    let whole = match read(&texts) {
        Ok(lists) => return Ok(Arc::new(lists)),
        Err(error) => error,
    };
    // The reader stops at the first fault: the entries are laid one after the other, and each that does not fit is told and left out.
    let mut good = [LISTS.taxonomy, LISTS.limits, LISTS.checklist, LISTS.roles, LISTS.texts].map(str::to_owned);
    let mut waiting: Vec<(&Arc<Layer>, usize, &str, &At<Json>)> = Vec::new();
    for layer in &adding {
        for ((catalog, list), entries) in &layer.added {
            let Some(at) = CATALOGS.iter().position(|name| name == catalog) else { continue };
            waiting.extend(entries.iter().map(|entry| (*layer, at, list.as_str(), entry)));
        }
    }
    let mut faults = Vec::new();
    loop {
        let before = waiting.len();
        faults.clear();
        waiting.retain(|(layer, at, list, entry)| {
            let kept = good[*at].len();
            // An entry that cannot be written was told above.
            let Ok(row) = toml::to_string(&json!({ *list: [entry.it] })) else { return false };
            good[*at].push('\n');
            good[*at].push_str(&row);
            let Err(error) = read(&good) else { return false };
            good[*at].truncate(kept);
            let (key, problem, detail) = match &error {
                PolicyError::Value { key, problem, .. } => (key.clone(), *problem, String::new()),
                PolicyError::Syntax { detail, .. } => (format!("{}.{list}", CATALOGS[*at]), "profile-bad-row", detail.clone()),
            };
            faults.push(Fault::new(&layer.file, entry.line, key, problem).with("detail", detail));
            true
        });
        // One may name another that stands after it: what did not fit is tried again as long as that helps.
        if waiting.is_empty() || waiting.len() == before {
            break;
        }
    }
    if faults.is_empty() { Err(place(resolved, &adding[0].file, &whole).into()) } else { Err(Faults(faults)) }
}

/// Where a fault of the deadlines, the calendar or the warranty stands: in the row it counts or at the value it names.
fn stated_at(resolved: &Resolved, file: &str, key: String, problem: &'static str) -> Fault {
    let path = key.split(':').next().unwrap_or(&key);
    let row = path.split_once('[').and_then(|(table, rest)| {
        let at: usize = rest.split(']').next()?.parse().ok()?;
        resolved.rows_of(table).nth(at)
    });
    // Service hours are one value of several kinds of days.
    let value = || resolved.values.get(path).or_else(|| resolved.values.get(path.rsplit_once('.')?.0));
    let Some(held) = row.or_else(value) else { return Fault::new(file, 0, key, problem) };
    let from = resolved.layers.iter().find(|layer| layer.at.to_string() == held.said.layer);
    Fault::new(from.map_or(file, |layer| &layer.file), held.said.line, key, problem)
}

/// The lists' files, without their ending.
const CATALOGS: [&str; 5] = ["taxonomy", "limits", "checklist", "roles", "texts"];

/// Where a fault of a list stands: in the layer whose entry it names, or whose value it is.
fn place(resolved: &Resolved, file: &str, error: &PolicyError) -> Fault {
    match error {
        PolicyError::Value { key, problem, .. } => {
            let ends_with = |entry: &Json| entry.get("id").and_then(Json::as_str).is_some_and(|id| key.ends_with(&format!(".{id}")));
            let mut added = resolved.layers.iter().flat_map(|layer| layer.added.values().flatten().map(move |entry| (layer, entry)));
            if let Some((layer, entry)) = added.rfind(|(_, entry)| ends_with(&entry.it)) {
                return Fault::new(&layer.file, entry.line, key, problem);
            }
            let id = key.split(':').next().unwrap_or(key);
            match resolved.values.get(id) {
                Some(held) => {
                    let from = resolved.layers.iter().find(|layer| layer.at.to_string() == held.said.layer);
                    Fault::new(from.map_or(file, |layer| &layer.file), held.said.line, key, problem)
                }
                None => Fault::new(file, 0, key, problem),
            }
        }
        PolicyError::Syntax { file: list, detail, .. } => Fault::new(file, 0, (*list).to_owned(), "profile-bad-row").with("detail", detail),
    }
}
