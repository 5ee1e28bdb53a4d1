//! From the register's rows to the things of the log: stable keys, links between things, personal fields kept apart.

use crate::{Hub, HubError, RegisterRow, RegisterValue};
use keyturn_core::{
    model::{Digest, Value, body::AggKind},
    register::{FieldValue, PlanRoom, Register, RowKey, RowKind, RowValue},
};
use std::collections::BTreeMap;

/// Files that a plan's row may name: by file name, their bytes.
pub type PlanFiles<'a> = &'a (dyn Fn(&str) -> Option<Vec<u8>> + Sync);

/// Turns a register into rows for [`Hub::import`]; plans' files are stored first.
///
/// # Errors
/// When a file cannot be stored.
pub async fn rows(hub: &Hub, register: &Register, files: PlanFiles<'_>) -> Result<Vec<RegisterRow>, HubError> {
    let mut out = Vec::with_capacity(register.len());
    let mut owners: BTreeMap<RowKey, Vec<Value>> = BTreeMap::new();
    for (key, row) in register.of(RowKind::Owner) {
        if let Some(unit) = &row.parent {
            owners.entry(unit.clone()).or_default().push(Value::Id(hub.register_id(key.as_str())));
        }
    }
    for (key, row) in register.keyed_rows() {
        let parent = row.parent.as_ref().map(|k| hub.register_id(k.as_str()));
        let mut fields: Vec<(String, RegisterValue)> = Vec::new();
        let mut put = |name: &str, value: Value| fields.push((name.to_owned(), RegisterValue::Open(value)));
        match row.kind {
            RowKind::Plan => {
                if let Some(bytes) = row.text("file").and_then(files) {
                    put("image", Value::Digest(store(hub, bytes).await?));
                }
                let rooms = row.text("rooms").map(PlanRoom::of_field).unwrap_or_default();
                let boxes = rooms.iter().filter_map(|r| r.box_ppm.map(|[x, y, w, h]| Value::Text(format!("{};{x};{y};{w};{h}", r.key))));
                put("rooms", Value::List(boxes.collect()));
            }
            RowKind::Unit => {
                if let Some((plan_key, plan)) = plan_of(register, &row) {
                    put("plan", Value::Id(hub.register_id(plan_key.as_str())));
                    let rooms = plan.text("rooms").map(PlanRoom::of_field).unwrap_or_default();
                    put("rooms", Value::List(rooms.iter().map(|r| Value::Text(format!("{}|{}|{}|{}", r.key, r.space, r.zh, r.en))).collect()));
                    for (field, value) in plan.fields.iter().filter(|(f, _)| f.starts_with("contract:")) {
                        put(field, open(value));
                    }
                }
                // Owners may come in a file of their own: without any here the unit keeps those it has.
                if let Some(list) = owners.get(&key) {
                    put("owners", Value::List(list.clone()));
                }
            }
            RowKind::Owner => put("kind", Value::from("owner")),
            RowKind::Building => {
                if let Some(number) = row.text("number") {
                    put("name", Value::from(number));
                }
            }
            RowKind::Community | RowKind::Contractor => {}
        }
        for (field, value) in &row.fields {
            let name = match field.as_str() {
                "rooms" | "file" | "community" => continue,
                _ if row.kind == RowKind::Plan && field.starts_with("contract:") => continue,
                "predicted_area" | "surveyed_area" => format!("{field}_milli"),
                other => other.to_owned(),
            };
            let value = match value {
                FieldValue::Personal(text) => RegisterValue::Personal(text.clone()),
                other => RegisterValue::Open(open(other)),
            };
            fields.push((name, value));
        }
        out.push(RegisterRow { kind: kind_of(row.kind), key: key.as_str().to_owned(), unit: if row.kind == RowKind::Owner { parent } else { None }, parent, fields });
    }
    Ok(out)
}

async fn store(hub: &Hub, bytes: Vec<u8>) -> Result<Digest, HubError> {
    hub.put_blob(bytes.into()).await
}

/// The plan of a unit's layout, in the same community.
fn plan_of<'a>(register: &'a Register, unit: &RowValue) -> Option<(&'a RowKey, &'a RowValue)> {
    let (community, layout) = (unit.text("community")?, unit.text("layout_type")?);
    register.of(RowKind::Plan).find(|(_, plan)| plan.text("layout_type") == Some(layout) && plan.text("community") == Some(community))
}

fn open(value: &FieldValue) -> Value {
    match value {
        FieldValue::Text(text) | FieldValue::Personal(text) => Value::Text(text.clone()),
        FieldValue::Int(n) => Value::Int(*n),
        FieldValue::Milli(n) => Value::Int(n.0),
        FieldValue::Date(date) => Value::Text(date.to_string()),
    }
}

fn kind_of(kind: RowKind) -> AggKind {
    match kind {
        RowKind::Community => AggKind::Community,
        RowKind::Building => AggKind::Building,
        RowKind::Plan => AggKind::Plan,
        RowKind::Unit => AggKind::Unit,
        RowKind::Owner => AggKind::Person,
        RowKind::Contractor => AggKind::Contractor,
    }
}
