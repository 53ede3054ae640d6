//! The golden vectors of `tests/vectors/mandates`: a situation in JSON, and what is decided about it in JSON. Whoever speaks to the
//! engine from another language runs the same files.
//!
//! Where the rules were changed on purpose, `WRITE_VECTORS=1 cargo test -p rabt-mandate --test vectors` writes what is expected
//! anew; the difference is to be read as what becomes of people's bills.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a vector that can't be read has failed"
)]

use rabt_domain::mandate::Rule;
use rabt_mandate::{Given, decide_json};
use rabt_protocol::mandate::{Decisions, Situation};
use serde_json::Value;
use std::{collections::BTreeSet, fs, path::PathBuf};

fn vectors() -> Vec<(PathBuf, Value)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/mandates");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            let vector = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            (path, vector)
        })
        .collect()
}

#[test]
fn each_vector_is_decided_as_it_says() {
    let write = std::env::var_os("WRITE_VECTORS").is_some();
    for (path, mut vector) in vectors() {
        let decided = decide_json(&vector["given"].to_string()).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let decided: Value = serde_json::from_str(&decided).unwrap();
        if write {
            vector["expected"] = decided;
            fs::write(&path, serde_json::to_string_pretty(&vector).unwrap() + "\n").unwrap();
        } else {
            assert_eq!(decided, vector["expected"], "{}: {}", path.display(), vector["about"]);
        }
    }
}

/// What is written of a vector reads back as the same, so that nothing of a situation is lost on the wire.
#[test]
fn each_vector_survives_being_read_and_written() {
    for (path, vector) in vectors() {
        let wired: Situation = serde_json::from_value(vector["given"].clone()).unwrap();
        let given = Given::read(wired).unwrap();
        let written = rabt_mandate::situation(&given);
        let again = Given::read(serde_json::from_str(&serde_json::to_string(&written).unwrap()).unwrap()).unwrap();
        assert_eq!(again, given, "{}", path.display());
        let expected: Decisions = serde_json::from_value(vector["expected"].clone()).unwrap();
        for decision in &expected.decisions {
            let rule = rabt_mandate::read_rule(&decision.because).unwrap();
            assert_eq!(rabt_mandate::rule(&rule), decision.because, "{}", path.display());
            assert_eq!(serde_json::to_value(&decision.because).unwrap()["rule"], rule.code());
        }
    }
}

#[test]
fn the_vectors_show_every_rule() {
    let mut met = BTreeSet::new();
    for (_, vector) in vectors() {
        for decision in vector["expected"]["decisions"].as_array().unwrap() {
            met.insert(decision["because"]["rule"].as_str().unwrap().to_owned());
        }
    }
    let missing: Vec<_> = Rule::ALL.iter().filter(|(code, _)| !met.contains(*code)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn what_cannot_be_read_is_refused_by_its_field() {
    let (_, vector) = vectors().into_iter().next().unwrap();
    let refused = |pointer: &str, value: Value| {
        let mut given = vector["given"].clone();
        *given.pointer_mut(pointer).unwrap() = value;
        decide_json(&given.to_string()).unwrap_err().field
    };
    for (pointer, value, field) in [
        ("/now_at", "tomorrow".into(), "now_at"),
        ("/bills/0/amount_fils", 0.into(), "bills[0].amount_fils"),
        ("/bills/0/due_on", "2020-01-01".into(), "bills[0].due_on"),
        ("/bills/0/agency_id", "Power".into(), "bills[0].agency_id"),
        ("/mandates/0/mandate/version", 0.into(), "mandates[0].mandate.version"),
        (
            "/mandates/0/mandate/until_on",
            "2099-01-01".into(),
            "mandates[0].mandate.until_on",
        ),
        ("/mandates/0/mandate/schedule/weekend", "sometimes".into(), "situation"),
        ("/bills", Value::Null, "situation"),
    ] {
        assert_eq!(refused(pointer, value), field);
    }
    // A bound that this reader doesn't know is no reason to pay without it.
    for (place, member) in [
        ("/mandates/0/mandate", "merchants"),
        ("/mandates/0/mandate/limits", "quarter"),
    ] {
        let mut given = vector["given"].clone();
        given.pointer_mut(place).unwrap()[member] = serde_json::json!({ "value_fils": 1 });
        assert_eq!(
            decide_json(&given.to_string()).unwrap_err().field,
            "situation",
            "{member}"
        );
    }
    let mut given = vector["given"].clone();
    let bill = given["bills"][0].clone();
    given["bills"] = vec![bill; rabt_mandate::BILLS_MAX + 1].into();
    assert_eq!(decide_json(&given.to_string()).unwrap_err().field, "bills");
    assert_eq!(decide_json("").unwrap_err().field, "situation");
}
