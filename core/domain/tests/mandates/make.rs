//! Mandates, bills and payments with everything usual, to be changed where a test is about something.

use rabt_domain::{
    AccountId, AgencyId, BillId, BillKey, BillKind, BillStatus, DubaiDate, Fils, InstrumentId, InstrumentStatus,
    MandateId, Timestamp,
    bill::AmountRule,
    mandate::{
        AllowanceDraft, BillView, ByMandate, Cycle, Draft, History, InstrumentView, LimitsDraft, Mandate, PaymentMade,
        Period, Progress, Situation, Weekend, WhenDraft, decide,
    },
};

pub(crate) fn day(text: &str) -> DubaiDate {
    DubaiDate::parse(text).unwrap()
}

/// Noon of a day in Dubai.
pub(crate) fn noon(text: &str) -> Timestamp {
    day(text).begins_at().plus_seconds(12 * 3600)
}

pub(crate) fn fils(fils: i64) -> Fils {
    Fils::new(fils).unwrap()
}

pub(crate) fn mandate_id(id: &str) -> MandateId {
    MandateId::parse(id).unwrap()
}

/// All bills, on issue, by `bank`, without limits, for the longest time from 2026-11-01.
pub(crate) fn draft() -> Draft {
    Draft {
        mandate_id: "m1".to_owned(),
        version: 1,
        agreed_at: noon("2026-11-01"),
        scope: None,
        instrument_id: "bank".to_owned(),
        fallback_instrument_id: None,
        when: WhenDraft::OnIssue,
        weekend: Weekend::Keep,
        limits: LimitsDraft::default(),
        ask_above_fils: None,
        ask_above_usual_percent: None,
        top_up: None,
        priority: 1,
        from_on: "2026-11-01".to_owned(),
        until_on: "2027-10-31".to_owned(),
    }
}

pub(crate) fn mandate(change: impl FnOnce(&mut Draft)) -> Mandate {
    let mut draft = draft();
    change(&mut draft);
    draft.parse().unwrap()
}

pub(crate) fn limit(draft: &mut Draft, period: Period, value_fils: Option<i64>, count: Option<i64>) {
    draft.limits.periods[period as usize] = AllowanceDraft { value_fils, count };
}

pub(crate) fn key(id: &str) -> BillKey {
    BillKey {
        agency: AgencyId::parse("power").unwrap(),
        bill: BillId::parse(id).unwrap(),
    }
}

/// A utility bill of 1 to 20 November, fetched at noon of the tenth.
pub(crate) fn bill(id: &str, amount: i64) -> BillView {
    BillView {
        key: key(id),
        account: AccountId::parse("flat").unwrap(),
        kind: BillKind::Utility,
        status: BillStatus::Open,
        issued_on: day("2026-11-01"),
        due_on: day("2026-11-20"),
        amount: fils(amount),
        amount_rule: AmountRule::Exact,
        revision: 1,
        balance: None,
        fetched_at: noon("2026-11-10"),
    }
}

/// A road toll account's top-up, AED 50 to 1,000.
pub(crate) fn top_up(balance: Option<i64>) -> BillView {
    BillView {
        kind: BillKind::TopUp,
        amount_rule: AmountRule::Range {
            min: fils(5_000),
            max: fils(100_000),
        },
        balance: balance.map(fils),
        ..bill("toll", 5_000)
    }
}

pub(crate) fn instrument(id: &str) -> InstrumentView {
    InstrumentView {
        id: InstrumentId::parse(id).unwrap(),
        status: InstrumentStatus::Active,
        expires_on: day("2030-12-31"),
        available: None,
    }
}

/// A settled payment of the usual mandate.
pub(crate) fn payment(id: &str, amount: i64, decided_at: Timestamp) -> PaymentMade {
    PaymentMade {
        by: Some(ByMandate {
            mandate: mandate_id("m1"),
            version: 1,
            cycle: Cycle { day: None, attempt: 1 },
        }),
        bill: key(id),
        account: AccountId::parse("flat").unwrap(),
        amount: fils(amount),
        decided_at,
        progress: Progress::Settled,
    }
}

/// The code of the rule for each bill in the order of decisions, with what is paid.
pub(crate) fn codes(
    mandates: &[Mandate],
    bills: &[BillView],
    history: &History,
    instruments: &[InstrumentView],
    now: Timestamp,
) -> Vec<(String, &'static str)> {
    decide(&Situation {
        mandates,
        bills,
        history,
        instruments,
        now,
    })
    .iter()
    .map(|decision| (decision.bill.key.bill.as_str().to_owned(), decision.rule.code()))
    .collect()
}

/// The rule for one bill at noon of 10 November, with `bank` and `card` to pay with.
pub(crate) fn rule_for(mandate: &Mandate, bill: &BillView, history: &History) -> rabt_domain::mandate::Rule {
    let mandates = [mandate.clone()];
    let bills = [bill.clone()];
    let instruments = [instrument("bank"), instrument("card")];
    let decisions = decide(&Situation {
        mandates: &mandates,
        bills: &bills,
        history,
        instruments: &instruments,
        now: noon("2026-11-10"),
    });
    decisions[0].rule
}
