//! From the register's rows to the things of the log: stable keys, links between things, personal fields kept apart.

use crate::{Hub, HubError, RegisterRow, RegisterValue};
use keyturn_core::{
    field::door_of,
    model::{Digest, Id, Value, body::AggKind},
    policy::Profile,
    register::{FieldValue, PlanRoom, Register, RowKey, RowKind, RowValue, WHOLE_SHARE},
    rules::Refusal,
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
                // What a unit of this layout takes over, kept for units that come in a later file.
                put("layout_rooms", Value::List(rooms.iter().map(room_text).collect()));
            }
            RowKind::Unit => {
                for (name, value) in of_layout(hub, register, &row).await? {
                    put(&name, value);
                }
                for (name, value) in of_building(hub, &row).await? {
                    put(name, value);
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
                "predicted_area" | "surveyed_area" => format!("{field}_milli"),
                other => other.to_owned(),
            };
            let value = match value {
                FieldValue::Personal(text) => RegisterValue::Personal(text.clone()),
                other => RegisterValue::Open(open(other)),
            };
            fields.push((name, value));
        }
        out.push(RegisterRow {
            kind: kind_of(row.kind),
            key: key.as_str().to_owned(),
            unit: if row.kind == RowKind::Owner { parent } else { None },
            parent,
            fields,
        });
    }
    let share = |row: &RowValue| if let Some(FieldValue::Milli(share)) = row.fields.get("share") { Some(share.0) } else { None };
    let shares: BTreeMap<Id, i64> = register.of(RowKind::Owner).filter_map(|(key, row)| Some((hub.register_id(key.as_str()), share(row)?))).collect();
    for (unit, list) in owners.into_iter().filter(|(unit, _)| register.get(unit).is_none()) {
        out.extend(joining(hub, &unit, list, &shares).await?);
    }
    Ok(out)
}

/// Owners who come without their unit join those whom the unit has; together they own at most the whole.
async fn joining(hub: &Hub, unit: &RowKey, list: Vec<Value>, shares: &BTreeMap<Id, i64>) -> Result<Option<RegisterRow>, HubError> {
    let Some(state) = hub.state(hub.register_id(unit.as_str())).await? else { return Ok(None) };
    let mut owners = match state.get("owners") {
        Some(Value::List(owners)) => owners.clone(),
        _ => Vec::new(),
    };
    for owner in list {
        if !owners.contains(&owner) {
            owners.push(owner);
        }
    }
    let mut taken = 0;
    for owner in owners.iter().filter_map(Value::id) {
        taken += match shares.get(&owner) {
            Some(share) => *share,
            None => hub.state(owner).await?.and_then(|person| person.get("share")?.int()).unwrap_or(0),
        };
    }
    if taken > WHOLE_SHARE {
        return Err(Refusal::with("import-share-sum", "unit", door_of(&state)).into());
    }
    let fields = vec![("owners".to_owned(), RegisterValue::Open(Value::List(owners)))];
    Ok(Some(RegisterRow { kind: AggKind::Unit, key: unit.as_str().to_owned(), unit: None, parent: None, fields }))
}

fn room_text(room: &PlanRoom) -> Value {
    Value::Text(format!("{}|{}|{}|{}", room.key, room.space, room.zh, room.en))
}

/// What a unit takes over from its layout (plan, rooms, contract terms): from this register, or from what the hub has.
async fn of_layout(hub: &Hub, register: &Register, unit: &RowValue) -> Result<Vec<(String, Value)>, HubError> {
    let mut out = Vec::new();
    if let Some((key, plan)) = plan_of(register, unit) {
        let rooms = plan.text("rooms").map(PlanRoom::of_field).unwrap_or_default();
        out.push(("plan".to_owned(), Value::Id(hub.register_id(key.as_str()))));
        out.push(("rooms".to_owned(), Value::List(rooms.iter().map(room_text).collect())));
        out.extend(plan.fields.iter().filter(|(f, _)| f.starts_with("contract:")).map(|(f, v)| (f.clone(), open(v))));
        return Ok(out);
    }
    let part = |field: &str| unit.text(field).unwrap_or_default();
    let plan = hub.register_id(RowKey::new(RowKind::Plan, &[part("community"), part("layout_type")]).as_str());
    if let Some(state) = hub.state(plan).await? {
        out.push(("plan".to_owned(), Value::Id(plan)));
        out.extend(state.get("layout_rooms").map(|rooms| ("rooms".to_owned(), rooms.clone())));
        let names: Vec<String> = Profile::builtin().taxonomy.contract_fields.iter().map(|f| format!("contract:{}", f.id)).collect();
        out.extend(names.into_iter().filter_map(|name| state.get(&name).cloned().map(|value| (name, value))));
    }
    Ok(out)
}

/// What a unit takes over from its building, where that is not in this register but the hub has it.
async fn of_building(hub: &Hub, unit: &RowValue) -> Result<Vec<(&'static str, Value)>, HubError> {
    if unit.fields.contains_key("building_floors") {
        return Ok(Vec::new());
    }
    let Some(parent) = &unit.parent else { return Ok(Vec::new()) };
    let state = hub.state(hub.register_id(parent.as_str())).await?;
    let taken = |from: &str| state.as_ref().and_then(|building| building.get(from)).cloned();
    Ok([("floors", "building_floors"), ("design_date", "design_date")].into_iter().filter_map(|(from, to)| Some((to, taken(from)?))).collect())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{HubConfig, Imported, import, sample};
    use std::path::Path;
    use tempfile::tempdir;

    /// Imports the good rows of a folder or file, as the clerk does; the rest is written beside.
    async fn take(hub: &Hub, from: &Path, refused: Option<&Path>) -> Imported {
        let mut known = std::collections::HashSet::new();
        for kind in [AggKind::Community, AggKind::Building, AggKind::Plan, AggKind::Unit] {
            known.extend(hub.all(kind).await.unwrap().into_iter().map(|thing| thing.id));
        }
        let read = import::import(Profile::builtin(), from, &|key| known.contains(&hub.register_id(key.as_str()))).unwrap();
        assert_eq!(read.is_good(), refused.is_none(), "{:?}", read.bad());
        if let Some(path) = refused {
            read.write_refused(path, keyturn_core::words::Lang::Zh).unwrap();
        }
        let rows = rows(hub, &read.reading.register, &sample::file).await.unwrap();
        hub.import(hub.own_person(), "clerk", rows).await.unwrap()
    }

    fn edit(folder: &Path, file: &str, from: &str, to: &str) {
        let path = folder.join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from));
        std::fs::write(path, text.replacen(from, to, 1)).unwrap();
    }

    #[tokio::test]
    async fn a_register_comes_in_once_and_changes_become_events() {
        // S4-28, S4-98, S4-04
        let folder = tempdir().unwrap();
        let csv = folder.path().join("register");
        sample::write(&csv).unwrap();
        let hub = Hub::open(HubConfig::new(folder.path().join("hub"))).await.unwrap();
        // 1 community, 2 buildings, 2 layouts, 24 units, 26 owners, 2 contractors.
        assert_eq!(take(&hub, &csv, None).await, Imported { created: 57, changed: 0, same: 0 });
        assert_eq!(take(&hub, &csv, None).await, Imported { created: 0, changed: 0, same: 57 });
        edit(&csv, "owner.csv", "13800002046", "13800009999");
        edit(&csv, "unit.csv", "YX-2024-0317", "YX-2024-0917");
        assert_eq!(take(&hub, &csv, None).await, Imported { created: 0, changed: 2, same: 55 });
        let unit = hub.state(hub.register_id(sample::demo_unit().as_str())).await.unwrap().unwrap();
        assert_eq!(unit.text("contract_ref"), Some("YX-2024-0917"));
        // Owners alone: 26 of them, and their 24 units keep them.
        assert_eq!(take(&hub, &csv.join("owner.csv"), None).await, Imported { created: 0, changed: 0, same: 50 });
        hub.close().await;
    }

    #[tokio::test]
    async fn owners_of_two_imports_own_at_most_the_whole_together() {
        let folder = tempdir().unwrap();
        let csv = folder.path().join("register");
        sample::write(&csv).unwrap();
        let hub = Hub::open(HubConfig::new(folder.path().join("hub"))).await.unwrap();
        take(&hub, &csv, None).await;
        // A second owner of a home that has one with the whole.
        let file = folder.path().join("owner.csv");
        let owner = |share: &str| format!("小区,楼栋,单元,房号,序号,姓名,电话,身份,份额\n云溪雅苑一期,1,1,1001,2,许安然,13800003990,业主,{share}\n");
        std::fs::write(&file, owner("1%")).unwrap();
        let read = import::import(Profile::builtin(), &file, &|_| true).unwrap();
        assert!(read.is_good(), "{:?}", read.bad());
        let refused = rows(&hub, &read.reading.register, &sample::file).await.map(drop).unwrap_err();
        assert!(matches!(&refused, HubError::Refused(refusal) if refusal.key == "import-share-sum" && refusal.args[0].1.contains("1001")), "{refused}");
        // Once the first one's share is put right in the same file, both come in.
        let both = format!("{}云溪雅苑一期,1,1,1001,1,林晓航,13800003100,业主,99%\n", owner("1%"));
        std::fs::write(&file, both).unwrap();
        assert_eq!(take(&hub, &file, None).await, Imported { created: 1, changed: 2, same: 0 });
        hub.close().await;
    }

    #[tokio::test]
    async fn rows_put_right_later_find_the_layout_and_the_unit_they_belong_to() {
        let folder = tempdir().unwrap();
        let (csv, bad) = (folder.path().join("register"), folder.path().join("bad"));
        sample::write(&csv).unwrap();
        edit(&csv, "unit.csv", "118.64", "很大");
        edit(&csv, "owner.csv", "13800003100", "电话忘了");
        let hub = Hub::open(HubConfig::new(folder.path().join("hub"))).await.unwrap();
        // The unit's owner falls with the unit.
        assert_eq!(take(&hub, &csv, Some(&bad)).await.created, 54);
        edit(&bad, "unit.csv", "很大", "118.64");
        edit(&bad, "owner.csv", "电话忘了", "13800003100");
        assert_eq!(take(&hub, &bad, None).await, Imported { created: 3, changed: 1, same: 0 });
        for [building, entrance, number] in [sample::DEMO_UNIT, ["1", "1", "1001"]] {
            let unit =
                hub.state(hub.register_id(RowKey::new(RowKind::Unit, &[sample::COMMUNITY, building, entrance, number]).as_str())).await.unwrap().unwrap();
            assert!(unit.get("plan").is_some() && unit.text("contract:worktop").is_some());
            assert_eq!((unit.get("building_floors"), unit.text("design_date")), (Some(&Value::Int(18)), Some("2023-05-18")));
            assert!(matches!(unit.get("rooms"), Some(Value::List(rooms)) if rooms.len() == 10));
            assert!(matches!(unit.get("owners"), Some(Value::List(owners)) if owners.len() == 1));
        }
        hub.close().await;
    }
}
