//! What is said of an act that failed. A failure that no such step follows fails the scenario.

use super::{Steps, act};
use rabt::{RabtError, domain::Language};

pub(crate) const FAILURES: Steps = &[
    (
        "it fails with {string}",
        act!(|stage, said| { assert_eq!(stage.expect_failure().code(), said.text(0)) }),
    ),
    (
        "it fails because nobody can be reached",
        act!(|stage, _said| {
            // A device without a network hears that from its system; on loopback, parties that take no connection look like ones
            // that are down.
            let code = stage.expect_failure().code();
            assert!(matches!(code, "offline" | "unavailable"), "{code}");
        }),
    ),
    (
        "it fails on the field {string}",
        act!(|stage, said| {
            match stage.expect_failure() {
                RabtError::InvalidInput { field, .. } => assert_eq!(field, said.text(0)),
                other => panic!("{other:?}"),
            }
        }),
    ),
    (
        "its reason is {string} and {string}",
        act!(|stage, said| {
            let error = stage.expected.as_ref().expect("a step that failed");
            let reasons = (error.reason(Language::En), error.reason(Language::Ar));
            assert_eq!(reasons, (said.text(0), said.text(1)));
        }),
    ),
    (
        "an answer of {string} was refused as {string}",
        act!(|stage, said| {
            let incidents = stage
                .rabt()
                .diagnostics()
                .incidents(100)
                .await
                .expect("the store answers");
            let found = incidents.iter().map(|incident| {
                let party = incident.agency.as_ref().map_or("gateway", |agency| agency.as_str());
                (party.to_owned(), incident.kind.code())
            });
            let found: Vec<_> = found.collect();
            assert!(found.contains(&(said.text(0).to_owned(), said.text(1))), "{found:?}");
        }),
    ),
];
