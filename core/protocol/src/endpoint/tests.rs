use super::*;
use std::collections::BTreeSet;

#[test]
fn every_operation_has_a_name_and_a_place_of_its_own() {
    let names: BTreeSet<_> = all().map(|endpoint| endpoint.operation_id).collect();
    let places: BTreeSet<_> = all().map(|endpoint| (endpoint.method.name(), endpoint.path)).collect();
    assert_eq!(names.len(), all().count());
    assert_eq!(
        places.len(),
        all().count(),
        "one document holds the paths of both parties, which must differ"
    );
}

#[test]
fn a_path_belongs_to_one_party() {
    for endpoint in all() {
        let strangers = all().filter(|other| other.path == endpoint.path && other.party != endpoint.party);
        assert_eq!(strangers.count(), 0, "{}", endpoint.path);
    }
}

#[test]
fn every_parameter_of_a_path_is_declared_and_no_other() {
    for endpoint in all() {
        let in_braces: Vec<_> = endpoint
            .path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
            .collect();
        let declared: Vec<_> = endpoint
            .parameters
            .iter()
            .filter(|parameter| parameter.place == Place::Path)
            .map(|parameter| {
                assert!(parameter.required, "{} {}", endpoint.operation_id, parameter.name);
                parameter.name
            })
            .collect();
        assert_eq!(in_braces, declared, "{}", endpoint.operation_id);
    }
}

#[test]
fn what_acts_is_idempotent_or_says_why_a_repetition_is_harmless() {
    for endpoint in all().filter(|endpoint| endpoint.method == Method::Post && !endpoint.needs_key) {
        let said = ["idempotent", "harmless", "reserves nothing"];
        assert!(
            said.iter().any(|word| endpoint.description.contains(word)),
            "{}",
            endpoint.operation_id
        );
    }
}

/// The codes are declared with their status in a comment; the table must say the same of all of them.
#[test]
fn the_table_of_refusals_is_that_of_the_codes() {
    let source = include_str!("../problem.rs");
    let (_, codes) = source.split_once("pub mod code {").unwrap();
    let lines: Vec<_> = codes.lines().map(str::trim).collect();
    let declared: Vec<(&str, &str)> = lines
        .windows(2)
        .filter_map(|pair| {
            let status = pair[0].strip_prefix("/// ")?.split_once(':')?.0;
            let code = pair[1].strip_prefix("pub const ")?.split('"').nth(1)?;
            Some((code, status))
        })
        .collect();
    let listed: Vec<_> = REFUSALS
        .iter()
        .map(|refusal| (refusal.code, refusal.status.to_string()))
        .collect();
    assert_eq!(
        declared.len(),
        crate::problem::code::ALL.len(),
        "a code lacks its status"
    );
    assert_eq!(
        declared,
        listed
            .iter()
            .map(|(code, status)| (*code, status.as_str()))
            .collect::<Vec<_>>()
    );
}

#[test]
fn every_refusal_of_an_endpoint_is_known() {
    for endpoint in all() {
        for code in endpoint.refusals() {
            assert!(
                REFUSALS.iter().any(|refusal| refusal.code == code),
                "{}: {code}",
                endpoint.operation_id
            );
        }
    }
}
