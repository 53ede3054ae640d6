//! The engine and the independent model say the same.

use crate::{
    generate::{Given, given},
    model::{Said, model},
};
use proptest::{
    prelude::*,
    test_runner::{RngAlgorithm, TestRng, TestRunner},
};
use rabt_domain::mandate::{Outcome, Rule, Situation, decide};
use std::{cell::RefCell, collections::BTreeMap};

fn engine(given: &Given) -> Vec<Said> {
    decide(&situation(given))
        .iter()
        .map(|decision| {
            let payment = decision.payment.map(|pay| {
                (
                    pay.amount.get(),
                    pay.instrument.as_str().to_owned(),
                    pay.cycle.to_string(),
                )
            });
            assert_eq!(payment.is_some(), decision.outcome() == Outcome::Pay);
            (
                decision.bill.key.bill.as_str().to_owned(),
                decision.rule.code(),
                payment,
            )
        })
        .collect()
}

fn situation(given: &Given) -> Situation<'_> {
    Situation {
        mandates: &given.mandates,
        bills: &given.bills,
        history: &given.history,
        instruments: &given.instruments,
        now: given.now,
    }
}

/// Runs both over generated situations, and counts by which rules bills were decided.
fn both_agree(mut runner: TestRunner) -> BTreeMap<&'static str, u32> {
    let met = RefCell::new(BTreeMap::new());
    runner
        .run(&given(), |given| {
            let said = engine(&given);
            prop_assert_eq!(&said, &model(&situation(&given)));
            for (_, code, _) in &said {
                *met.borrow_mut().entry(*code).or_default() += 1;
            }
            let mut turned = given.clone();
            turned.mandates.reverse();
            turned.bills.reverse();
            turned.history.payments.reverse();
            turned.history.paid.reverse();
            prop_assert_eq!(engine(&turned), said, "the order of what is given decides nothing");
            Ok(())
        })
        .unwrap();
    met.into_inner()
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

#[test]
fn the_engine_decides_as_the_model_does() {
    both_agree(TestRunner::new(config(1_000)));
}

/// The same situations at every run, so that it is known that no rule goes untried.
#[test]
fn the_engine_decides_as_the_model_does_by_every_rule() {
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let met = both_agree(TestRunner::new_with_rng(config(2_500), rng));
    let missing: Vec<_> = Rule::ALL
        .iter()
        .filter(|(code, _)| met.get(code).is_none_or(|times| *times < 3))
        .collect();
    assert!(missing.is_empty(), "hardly ever decided by {missing:?}; {met:?}");
}
