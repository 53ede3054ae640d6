//! Whatever is sent, it is read or refused by its field, and nothing panics.

#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use proptest::{prelude::*, sample::select};
use rabt_domain::mandate::{Failure, Progress, Report, ReportedDecision, ReportedPayment, decide};
use rabt_mandate::{Given, decide_json, read_report, report};
use rabt_protocol::mandate::Situation;
use serde_json::{Value, json};
use std::fs;

fn situations() -> Vec<Value> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/mandates");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
        .into_iter()
        .map(|path| serde_json::from_str::<Value>(&fs::read_to_string(path).unwrap()).unwrap()["given"].clone())
        .collect()
}

/// The pointers to everything in it.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                places(member, &format!("{at}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                places(item, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_wrong_value_anywhere_is_read_or_refused_by_its_field(
        situation in select(situations()),
        place in any::<prop::sample::Index>(),
        value in select(vec![
            json!(null), json!(0), json!(-1), json!(i64::MAX), json!(i64::MIN), json!(u64::MAX), json!(1e300), json!(""),
            json!("9999-12-31"), json!("2199-12-31"), json!("1970-01-01"), json!("2199-12-31T23:59:59.999Z"), json!(true),
            json!([]), json!({}), json!("\u{202E}"), json!("once/255"), json!(100_000_000_000_000i64),
        ]),
    ) {
        let mut found = Vec::new();
        places(&situation, "", &mut found);
        let mut changed = situation;
        *changed.pointer_mut(found[place.index(found.len())].as_str()).unwrap() = value;
        if let Err(invalid) = decide_json(&changed.to_string()) {
            prop_assert!(!invalid.field.is_empty());
        }
    }

    #[test]
    fn no_text_panics(text in ".{0,80}") {
        prop_assert!(decide_json(&text).is_err());
    }
}

/// What is decided in every vector, reported: it reads back as it was written.
#[test]
fn a_report_reads_back_as_it_was_written() {
    for situation in situations() {
        let wired: Situation = serde_json::from_value(situation).unwrap();
        let given = Given::read(wired).unwrap();
        let situation = given.situation();
        let decisions = decide(&situation)
            .iter()
            .zip(
                [
                    Progress::InFlight,
                    Progress::Settled,
                    Progress::Failed {
                        why: Failure::BillChanged,
                        at: given.now,
                    },
                ]
                .into_iter()
                .cycle(),
            )
            .map(|(decision, progress)| ReportedDecision {
                by: decision
                    .mandate
                    .map(|mandate| (mandate.id().clone(), mandate.terms().version)),
                bill: decision.bill.key.clone(),
                account: decision.bill.account.clone(),
                kind: decision.bill.kind,
                revision: decision.bill.revision,
                decided_at: given.now,
                rule: decision.rule,
                payment: decision.payment.map(|payment| ReportedPayment {
                    amount: payment.amount,
                    instrument: payment.instrument.clone(),
                    cycle: payment.cycle,
                    progress,
                }),
            })
            .collect();
        let told = Report {
            decisions,
            as_of: given.now,
        };
        let text = serde_json::to_string(&report(&told)).unwrap();
        assert_eq!(read_report(serde_json::from_str(&text).unwrap()), Ok(told));
    }
    let unknown = json!({ "as_of_at": "2026-11-10T08:00:00Z", "decisions": [{
        "agency_id": "police", "bill_id": "b", "account_id": "a", "kind": "fine", "revision": 1,
        "decided_at": "2026-11-10T08:00:00Z", "because": { "rule": "of_the_future", "figure": 1 }
    }] });
    assert_eq!(
        read_report(serde_json::from_value(unknown).unwrap()).unwrap_err().field,
        "decisions[0].because.rule"
    );
}
