//! The JSON Schema that editors use: in step with what the program reads, and every shipped file keeps to it.

use crate::policy::{
    keys::{Keys, Kind},
    resolve::Library,
};
use serde_json::Value as Json;

fn schema() -> Json {
    serde_json::from_str(include_str!("../data/profile.schema.json")).unwrap()
}

/// As much of JSON Schema as the file uses; a word it does not know is a failure, so that nothing is passed over.
fn wrong(schema: &Json, root: &Json, value: &Json, at: &str) -> Option<String> {
    let words = schema.as_object().unwrap();
    for (word, rule) in words {
        let fails = match word.as_str() {
            "description" | "title" | "$schema" | "$defs" | "format" => None,
            "$ref" => wrong(&root["$defs"][rule.as_str().unwrap().rsplit('/').next().unwrap()], root, value, at),
            "type" => {
                let is = |name: &str| match name {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "boolean" => value.is_boolean(),
                    "integer" => value.is_i64() || value.is_u64(),
                    other => panic!("type {other}"),
                };
                let any = rule.as_str().map_or_else(|| rule.as_array().unwrap().iter().any(|t| is(t.as_str().unwrap())), is);
                (!any).then(|| format!("{at} is no {rule}"))
            }
            "enum" => (!rule.as_array().unwrap().contains(value)).then(|| format!("{at}: {value} is none of {rule}")),
            "minimum" => (value.as_i64().unwrap_or(0) < rule.as_i64().unwrap()).then(|| format!("{at} is too small")),
            "pattern" => {
                let text = value.as_str().unwrap_or_default();
                let ok = match rule.as_str().unwrap() {
                    "^[a-z0-9-]+$" => text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'),
                    "^[a-z0-9-]+@[1-9][0-9]*$" => text.parse::<crate::policy::ProfileRef>().is_ok(),
                    "^(seed:|law:|contract$|product_default$)" => text.parse::<crate::policy::Origin>().is_ok(),
                    other => panic!("pattern {other}"),
                };
                (!ok).then(|| format!("{at}: {text} does not match"))
            }
            "required" => rule.as_array().unwrap().iter().find(|name| value.get(name.as_str().unwrap()).is_none()).map(|name| format!("{at} lacks {name}")),
            "items" => value.as_array().into_iter().flatten().enumerate().find_map(|(n, item)| wrong(rule, root, item, &format!("{at}[{n}]"))),
            "properties" => rule.as_object().unwrap().iter().find_map(|(name, rule)| wrong(rule, root, value.get(name)?, &format!("{at}.{name}"))),
            "additionalProperties" => {
                let known = |name: &String| words.get("properties").is_some_and(|p| p.get(name).is_some());
                let mut others = value.as_object().into_iter().flatten().filter(|(name, _)| !known(name));
                match rule {
                    Json::Bool(false) => others.next().map(|(name, _)| format!("{at}.{name} is unknown")),
                    rule => others.find_map(|(name, value)| wrong(rule, root, value, &format!("{at}.{name}"))),
                }
            }
            other => panic!("the test does not know {other}"),
        };
        if fails.is_some() {
            return fails;
        }
    }
    None
}

#[test]
fn every_shipped_profile_keeps_to_the_schema() {
    let schema = schema();
    for layer in Library::shipped().all() {
        let file: Json = serde_json::to_value(toml::from_str::<toml::Table>(&layer.text).unwrap()).unwrap();
        assert_eq!(wrong(&schema, &schema, &file, &layer.file), None);
        // And it does refuse: a key misspelt, a value of another kind.
        for (place, value) in [("/gate", serde_json::json!({ "nonsense": 1 })), ("/version", serde_json::json!("one")), ("/scope", serde_json::json!("planet"))]
        {
            let mut bad = file.clone();
            bad[&place[1..]] = value;
            assert!(wrong(&schema, &schema, &bad, "").is_some(), "{place}");
        }
    }
}

#[test]
fn the_schema_names_what_the_program_reads_and_no_more() {
    let schema = schema();
    let keys = Keys::get();
    for key in keys.all() {
        let (section, name) = key.id.split_once('.').unwrap();
        let property = &schema["properties"][section]["properties"][name.trim_end_matches(".*")];
        assert!(property.is_object(), "{} is not in the schema", key.id);
        let value = if name.ends_with(".*") { &property["additionalProperties"]["properties"]["value"] } else { &property["properties"]["value"] };
        let kind = match key.kind {
            Kind::Bool => "boolean",
            Kind::Count | Kind::AmountFen => "integer",
            Kind::Decimal | Kind::Text => "string",
            Kind::List => "array",
            Kind::Map => "object",
            Kind::Any => continue,
        };
        assert_eq!(value["type"], kind, "{}", key.id);
    }
    for (section, property) in schema["properties"].as_object().unwrap() {
        for name in property["properties"].as_object().into_iter().flat_map(|p| p.keys()) {
            let id = format!("{section}.{name}");
            assert!(keys.key(&id).or(keys.key(&format!("{id}.*"))).is_some() || keys.table(&id).is_some(), "{id} is in the schema only");
        }
    }
    for table in keys.tables() {
        let property = match table.id.split_once('.') {
            Some((section, name)) => &schema["properties"][section]["properties"][name],
            None => &schema["properties"][&table.id],
        };
        assert_eq!(property["type"], "array", "{}", table.id);
        for column in table.identity.iter().chain(&table.column) {
            assert!(property["items"]["properties"].get(column).is_some(), "{}.{column}", table.id);
        }
    }
}
