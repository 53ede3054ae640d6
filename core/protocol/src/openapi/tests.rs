use super::*;
use std::collections::BTreeSet;

/// Every `$ref` below a value.
fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(target) if name == "$ref" => {
                        found.insert(target.clone());
                    }
                    _ => references(member, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

fn operations(document: &Value) -> Vec<(String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, item)| {
            let item = item.as_object().unwrap();
            item.iter()
                .filter(|(name, _)| *name != "servers")
                .map(move |(method, operation)| (format!("{method} {path}"), operation))
        })
        .collect()
}

#[test]
fn what_is_checked_in_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
    let checked_in = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        checked_in == text().unwrap(),
        "docs/openapi.json is not what the types say any more; write it anew with `cargo xtask openapi`, and read the difference: \
         it is what agencies and gateways will see"
    );
}

#[test]
fn nothing_is_lost_by_the_order_of_reading() {
    let read_back: Value = serde_json::from_str(&text().unwrap()).unwrap();
    assert_eq!(read_back, document());
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    assert!(found.len() > 20, "{found:?}");
    for target in found {
        let pointer = target
            .strip_prefix('#')
            .expect("nothing outside the document is needed");
        assert!(document.pointer(pointer).is_some(), "{target}");
    }
}

#[test]
fn every_component_is_used() {
    let document = document();
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    for room in ["schemas", "parameters", "headers", "responses"] {
        for name in document["components"][room].as_object().unwrap().keys() {
            let pointer = format!("#/components/{room}/{name}");
            assert!(found.contains(&pointer), "{pointer}");
        }
    }
}

#[test]
fn every_operation_has_an_id_an_answer_and_its_path_parameters() {
    let document = document();
    let operations = operations(&document);
    assert_eq!(operations.len(), crate::endpoint::all().count());
    let mut ids = BTreeSet::new();
    for (place, operation) in operations {
        assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{place}");
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.keys().any(|status| status.starts_with('2')), "{place}");
        let no_parameters = Vec::new();
        let declared: BTreeSet<_> = operation["parameters"]
            .as_array()
            .unwrap_or(&no_parameters)
            .iter()
            .filter(|parameter| parameter["in"] == "path")
            .map(|parameter| parameter["name"].as_str().unwrap().to_owned())
            .collect();
        let in_path: BTreeSet<_> = place
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
            .map(str::to_owned)
            .collect();
        assert_eq!(declared, in_path, "{place}");
    }
}

/// A type or member without a doc comment would be a riddle to whoever joins.
#[test]
fn every_schema_and_every_member_is_described() {
    let document = document();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        assert!(schema["description"].is_string(), "{name}");
        for (member, schema) in schema["properties"].as_object().into_iter().flatten() {
            assert!(schema["description"].is_string(), "{name}.{member}");
        }
    }
}

#[test]
fn no_description_speaks_rust() {
    let text = text().unwrap();
    for rust in ["[`", "crate::", "::", "serde"] {
        assert!(!text.contains(rust), "{rust}");
    }
}
