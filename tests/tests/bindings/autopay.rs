//! Autopay across the boundary: the engine decides the golden vectors as in Rust, and what is wrong with a draft is named as in the core.

use crate::support::{App, refused};
use rabt_ffi::{
    BillKind, ErrorDetails, InputProblem, InstrumentKind, MandateDraft, MandateLimits, MandateScope, Money, Rabt,
    RabtError, TopUpFloor, decide_mandates,
};
use rabt_tests::Town;
use serde_json::Value;
use std::{fs, path::Path};

#[tokio::test]
async fn each_vector_is_decided_as_it_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors/mandates");
    let mut decided = 0;
    for entry in fs::read_dir(folder).expect("the vectors") {
        let path = entry.expect("a vector").path();
        let text = fs::read_to_string(&path).expect("a vector");
        let vector: Value = serde_json::from_str(&text).expect("a vector is JSON");
        let decisions = decide_mandates(vector["given"].to_string())
            .await
            .expect("it is decided");
        let decisions: Value = serde_json::from_str(&decisions).expect("decisions are JSON");
        assert_eq!(decisions, vector["expected"], "{}", path.display());
        decided += 1;
    }
    assert_eq!(decided, 22);
}

#[tokio::test]
async fn what_is_no_situation_is_named() {
    let error = refused(decide_mandates("{}".to_owned()).await);
    assert!(
        matches!(&error, RabtError::InvalidInput { field, problem: InputProblem::Malformed, .. } if field == "situation"),
        "{error:?}"
    );
}

/// One that is right; only the fields that are given.
fn draft(instrument_id: &str) -> MandateDraft {
    MandateDraft {
        instrument_id: instrument_id.to_owned(),
        mandate_id: None,
        scope: None,
        fallback_instrument_id: None,
        pay: None,
        weekend: None,
        limits: Some(MandateLimits {
            per_payment: Some(Money(500_000)),
            day: None,
            week: None,
            month: None,
            year: None,
            lifetime: None,
        }),
        ask_above: None,
        ask_above_usual_percent: None,
        top_up: None,
        priority: 1,
        from_on: None,
        until_on: None,
    }
}

fn problem(error: RabtError) -> (String, InputProblem, ErrorDetails) {
    match error {
        RabtError::InvalidInput {
            field,
            problem,
            details,
        } => (field, problem, details),
        other => panic!("{other:?} is no bad input"),
    }
}

async fn refused_draft(rabt: &Rabt, draft: MandateDraft) -> (String, InputProblem, ErrorDetails) {
    problem(refused(rabt.autopay().draft(draft).await))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_there_what_is_over_and_what_never_comes_are_told_apart() {
    // Given a phone with an account and a mandate that was revoked.
    let town = Town::start().await;
    let app = App::with_bills(&town).await;
    let account = app.link(&town, InstrumentKind::BankAccount).await;
    let autopay = app.rabt.autopay();
    let mandate = autopay.sign(draft(&account)).await.expect("it is signed").id;
    autopay.revoke(mandate.clone()).await.expect("it is revoked");

    // Then each mistake has its own name, on its own field, and its own words.
    let scope = |agency_id, kind| MandateScope {
        agency_id,
        account_id: None,
        kind,
    };
    let nowhere = MandateDraft {
        scope: Some(vec![scope(Some("moon-office".to_owned()), None)]),
        ..draft(&account)
    };
    let never = MandateDraft {
        scope: Some(vec![scope(None, Some(BillKind::Fine))]),
        top_up: Some(TopUpFloor {
            below: Money(1_000),
            add: Money(5_000),
        }),
        ..draft(&account)
    };
    let told = [
        refused_draft(&app.rabt, draft("ins_nobody")).await,
        refused_draft(&app.rabt, nowhere).await,
        refused_draft(&app.rabt, never).await,
        problem(refused(autopay.pause(mandate).await)),
        problem(refused(autopay.pause("mnd_nobody".to_owned()).await)),
    ];
    let names: Vec<_> = told
        .iter()
        .map(|(field, problem, _)| (field.as_str(), *problem))
        .collect();
    assert_eq!(
        names,
        [
            ("instrument_id", InputProblem::NotKnown),
            ("scope[0].agency_id", InputProblem::NotKnown),
            ("top_up", InputProblem::NeverComes),
            ("mandate_id", InputProblem::Expired),
            ("mandate_id", InputProblem::NotKnown),
        ]
    );
    let words = |index: usize| (told[index].2.reason_en.as_str(), told[index].2.reason_ar.as_str());
    assert_eq!(words(0), words(4));
    assert!(
        words(0) != words(2) && words(2) != words(3) && words(3) != words(0),
        "{told:?}"
    );
}
