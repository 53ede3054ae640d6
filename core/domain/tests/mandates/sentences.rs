//! What decisions say, as `docs/autopay.md` shows it.

use crate::make::{day, fils, noon};
use rabt_domain::{
    Language,
    mandate::{Outcome, Period, Rule},
};

/// One of each, with figures.
fn examples() -> Vec<Rule> {
    let (amount, limit, used) = (fils(61_250), fils(50_000), fils(30_000));
    let since = noon("2026-11-09");
    vec![
        Rule::Due {
            pay_on: day("2026-11-10"),
        },
        Rule::Approved { up_to: amount },
        Rule::BelowFloor {
            balance: fils(1_400),
            below: fils(2_000),
        },
        Rule::NoMandate,
        Rule::Paid,
        Rule::PaidElsewhere,
        Rule::Withdrawn,
        Rule::Vanished,
        Rule::BeingPaid,
        Rule::SettledAlready,
        Rule::ToppedUpToday,
        Rule::Paused { since },
        Rule::Declined { at: since },
        Rule::NoTopUps,
        Rule::EnoughBalance {
            balance: fils(2_600),
            below: fils(2_000),
        },
        Rule::NotYet {
            pay_on: day("2026-11-17"),
        },
        Rule::NotUnderstood,
        Rule::ClockBehind { latest: since },
        Rule::Stale { fetched_at: since },
        Rule::BalanceUnknown,
        Rule::AmountNotTaken { amount },
        Rule::OverPayment { amount, limit },
        Rule::OverValue {
            period: Period::Month,
            amount,
            used,
            limit,
            resets_on: Some(day("2026-12-01")),
        },
        Rule::OverCount {
            period: Period::Week,
            used: 5,
            limit: 5,
            resets_on: Some(day("2026-11-16")),
        },
        Rule::AttemptsUsedUp { attempts: 4 },
        Rule::RetryOn {
            attempts: 1,
            on: day("2026-11-11"),
        },
        Rule::NoInstrument,
        Rule::InstrumentStopped,
        Rule::ShortOfMoney {
            amount,
            available: used,
        },
        Rule::Overdue {
            due_on: day("2026-11-09"),
        },
        Rule::GrewPastApproval { amount, up_to: limit },
        Rule::AboveAmount { amount, above: limit },
        Rule::AboveUsual {
            amount,
            usual: fils(45_000),
            of: 6,
            percent: 30,
        },
        Rule::NoUsualYet { have: 1 },
    ]
}

#[test]
fn the_table_in_the_docs_is_what_decisions_say() {
    let examples = examples();
    let codes: Vec<_> = examples.iter().map(|rule| (rule.code(), rule.outcome())).collect();
    assert_eq!(codes, Rule::ALL, "an example of each rule, in their order");
    let table: String = examples
        .iter()
        .map(|rule| {
            let outcome = match rule.outcome() {
                Outcome::Pay => "pay",
                Outcome::Skip => "skip",
                Outcome::Hold => "hold",
                Outcome::Ask => "ask",
            };
            format!(
                "| `{}` | {outcome} | {} | {} |\n",
                rule.code(),
                rule.sentence(Language::En),
                rule.sentence(Language::Ar)
            )
        })
        .collect();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/autopay.md");
    let documented = std::fs::read_to_string(path).unwrap();
    assert!(
        documented.contains(&table),
        "docs/autopay.md hasn't this table:\n{table}"
    );
}
