//! Situations as they might be and as they hardly ever are: few names and small amounts, so that edges are met often, around
//! month ends, leap days and the turn of the year.

use crate::make::{day, fils, mandate_id};
use proptest::{collection::vec, option, prelude::*, sample::select};
use rabt_domain::{
    AccountId, AccountKey, AgencyId, BillId, BillKey, BillKind, BillStatus, InstrumentId, InstrumentStatus, Mandate,
    Timestamp,
    bill::AmountRule,
    mandate::{
        AllowanceDraft, Answer, BillView, ByMandate, Cycle, Draft, Failure, History, InstrumentView, LimitsDraft,
        PaidBill, PaymentMade, Progress, ScopeEntryDraft, Standing, TopUpDraft, Verdict, Weekend, WhenDraft,
    },
};
use std::collections::BTreeSet;

/// All that `decide` is given, owned.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    pub(crate) mandates: Vec<Mandate>,
    pub(crate) bills: Vec<BillView>,
    pub(crate) history: History,
    pub(crate) instruments: Vec<InstrumentView>,
    pub(crate) now: Timestamp,
}

pub(crate) fn given() -> impl Strategy<Value = Given> {
    now().prop_flat_map(|now| {
        let history =
            (payments(now), vec(paid(now), 0..14), vec(answer(now), 0..5)).prop_map(|(payments, paid, answers)| {
                History {
                    payments,
                    paid,
                    answers,
                }
            });
        (
            vec(mandate(now), 1..5),
            vec(bill(now), 0..9),
            history,
            vec(instrument(now), 1..4),
        )
            .prop_map(move |(mandates, bills, history, instruments)| Given {
                // Of a name and version there is one, and of a bill one view at an instant.
                mandates: distinct(mandates.into_iter().flatten(), |mandate: &Mandate| {
                    (mandate.id().clone(), mandate.terms().version)
                }),
                bills: distinct(bills, |bill: &BillView| {
                    (bill.key.clone(), bill.revision, bill.fetched_at)
                }),
                history,
                instruments,
                now,
            })
    })
}

fn distinct<T, N: Ord>(items: impl IntoIterator<Item = T>, name: impl Fn(&T) -> N) -> Vec<T> {
    let mut seen = BTreeSet::new();
    items.into_iter().filter(|item| seen.insert(name(item))).collect()
}

/// Around the days on which calendars go wrong, and around midnight in Dubai.
pub(crate) fn now() -> impl Strategy<Value = Timestamp> {
    let days = select(vec![
        "2026-11-25",
        "2026-11-30",
        "2026-12-31",
        "2027-01-01",
        "2027-02-28",
        "2027-03-01",
        "2028-02-28",
        "2028-02-29",
        "2028-03-01",
        "2028-12-31",
    ]);
    (days, -3i64..3, select(vec![0, 1, 43_200, 86_399])).prop_map(|(text, shift, second)| {
        day(text)
            .plus_days(i32::try_from(shift).unwrap())
            .begins_at()
            .plus_seconds(second)
    })
}

fn agency() -> impl Strategy<Value = AgencyId> {
    select(vec!["power", "roads"]).prop_map(|id| AgencyId::parse(id).unwrap())
}

fn account() -> impl Strategy<Value = AccountId> {
    select(vec!["flat", "car"]).prop_map(|id| AccountId::parse(id).unwrap())
}

fn bill_key() -> impl Strategy<Value = BillKey> {
    (agency(), select(vec!["1", "2", "3"])).prop_map(|(agency, bill)| BillKey {
        agency,
        bill: BillId::parse(bill).unwrap(),
    })
}

fn kind() -> impl Strategy<Value = BillKind> {
    prop_oneof![
        16 => Just(BillKind::Utility),
        3 => Just(BillKind::Fine),
        5 => Just(BillKind::TopUp),
        1 => Just(BillKind::Unknown),
    ]
}

fn small() -> impl Strategy<Value = i64> {
    1i64..13
}

fn ago(now: Timestamp) -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        16 => select(vec![0i64, 1, 59, 60, 61, 3_600, 43_200, 86_399, 86_400, 86_401, 172_800]),
        16 => (0i64..40).prop_map(|days| days * 86_400),
        8 => (0i64..400).prop_map(|days| days * 86_400 + 7),
        1 => Just(-1i64),
    ]
    .prop_map(move |seconds| now.plus_seconds(-seconds))
}

fn bill(now: Timestamp) -> impl Strategy<Value = BillView> {
    let today = rabt_domain::DubaiDate::at(now);
    let status = prop_oneof![
        30 => Just(BillStatus::Open),
        1 => select(vec![BillStatus::Paid, BillStatus::PaidElsewhere, BillStatus::Withdrawn, BillStatus::Vanished, BillStatus::Unknown]),
    ];
    let range = (1i64..6, 0i64..12).prop_map(|(min, more)| AmountRule::Range {
        min: fils(min),
        max: fils(min + more),
    });
    let amount_rule = prop_oneof![4 => Just(AmountRule::Exact), 2 => range];
    let age = prop_oneof![
        8 => 0i64..61,
        1 => select(vec![-1i64, 61, 86_399, 86_400, 900_000]),
    ];
    (
        (bill_key(), account(), kind(), status),
        (-20i32..2, 5i32..45, small(), amount_rule),
        (1u32..4, option::of(0i64..6), age),
    )
        .prop_map(
            move |((key, account, kind, status), (issued, term, amount, amount_rule), (revision, balance, age))| {
                let issued_on = today.plus_days(issued);
                BillView {
                    key,
                    account,
                    kind,
                    status,
                    issued_on,
                    due_on: issued_on.plus_days(term),
                    amount: fils(amount),
                    amount_rule,
                    revision,
                    balance: balance.map(fils),
                    fetched_at: now.plus_seconds(-age),
                }
            },
        )
}

/// Some payments; and now and then one bill that failed again and again.
fn payments(now: Timestamp) -> impl Strategy<Value = Vec<PaymentMade>> {
    let again = (payment(now), 3u8..7).prop_map(move |(payment, times)| {
        (0..times)
            .map(|day| PaymentMade {
                decided_at: payment.decided_at.plus_seconds(-86_400 * i64::from(day)),
                progress: Progress::Failed {
                    why: Failure::NotEnoughMoney,
                    at: now,
                },
                ..payment.clone()
            })
            .collect::<Vec<_>>()
    });
    (vec(payment(now), 0..5), option::weighted(0.4, again))
        .prop_map(|(payments, again)| payments.into_iter().chain(again.into_iter().flatten()).collect())
}

fn payment(now: Timestamp) -> impl Strategy<Value = PaymentMade> {
    let failure = select(vec![Failure::NotEnoughMoney, Failure::BillChanged, Failure::Other]);
    let progress = prop_oneof![
        4 => Just(Progress::Settled),
        1 => Just(Progress::InFlight),
        4 => failure.prop_map(move |why| Progress::Failed { why, at: now }),
    ];
    let by = option::weighted(0.85, (select(vec!["a", "b", "c"]), 1u32..3));
    (by, bill_key(), account(), small(), ago(now), progress).prop_map(
        |(by, bill, account, amount, decided_at, progress)| PaymentMade {
            by: by.map(|(mandate, version)| ByMandate {
                mandate: mandate_id(mandate),
                version,
                cycle: Cycle { day: None, attempt: 1 },
            }),
            bill,
            account,
            amount: fils(amount),
            decided_at,
            progress,
        },
    )
}

fn paid(now: Timestamp) -> impl Strategy<Value = PaidBill> {
    let today = rabt_domain::DubaiDate::at(now);
    (agency(), account(), kind(), small(), 0i32..300).prop_map(move |(agency, account, kind, amount, days)| PaidBill {
        account: AccountKey { agency, account },
        kind,
        amount: fils(amount),
        paid_on: today.plus_days(-days),
    })
}

fn answer(now: Timestamp) -> impl Strategy<Value = Answer> {
    let verdict = prop_oneof![
        3 => small().prop_map(|up_to| Verdict::Approved { up_to: fils(up_to) }),
        1 => Just(Verdict::Declined),
    ];
    (select(vec!["a", "b", "c"]), bill_key(), verdict, ago(now)).prop_map(|(mandate, bill, verdict, at)| Answer {
        mandate: mandate_id(mandate),
        bill,
        verdict,
        at,
    })
}

fn instrument(now: Timestamp) -> impl Strategy<Value = InstrumentView> {
    let today = rabt_domain::DubaiDate::at(now);
    let status = prop_oneof![
        6 => Just(InstrumentStatus::Active),
        1 => select(vec![InstrumentStatus::Expired, InstrumentStatus::Suspended, InstrumentStatus::Revoked, InstrumentStatus::Unknown]),
    ];
    let expires = prop_oneof![3 => Just(400), 1 => -2..2];
    (
        select(vec!["bank", "card"]),
        status,
        expires,
        option::weighted(0.3, 0i64..30),
    )
        .prop_map(move |(id, status, expires, available)| InstrumentView {
            id: InstrumentId::parse(id).unwrap(),
            status,
            expires_on: today.plus_days(expires),
            available: available.map(fils),
        })
}

fn allowance() -> impl Strategy<Value = AllowanceDraft> {
    (option::weighted(0.25, 5i64..40), option::weighted(0.15, 1i64..6))
        .prop_map(|(value_fils, count)| AllowanceDraft { value_fils, count })
}

fn limits() -> impl Strategy<Value = LimitsDraft> {
    (
        option::weighted(0.3, 3i64..13),
        [allowance(), allowance(), allowance(), allowance(), allowance()],
    )
        .prop_map(|(per_payment_fils, periods)| LimitsDraft {
            per_payment_fils,
            periods,
        })
}

fn scope() -> impl Strategy<Value = Option<Vec<ScopeEntryDraft>>> {
    let kinds = select(vec![BillKind::Utility, BillKind::Fine, BillKind::TopUp]);
    let entry = (
        option::of(select(vec!["power", "roads"])),
        option::of(select(vec!["flat", "car"])),
        option::of(kinds),
    )
        .prop_map(|(agency, account, kind)| ScopeEntryDraft {
            account_id: account.filter(|_| agency.is_some()).map(str::to_owned),
            agency_id: agency.map(str::to_owned),
            kind,
        });
    option::weighted(0.3, vec(entry, 1..3))
}

fn when() -> impl Strategy<Value = WhenDraft> {
    prop_oneof![
        5 => Just(WhenDraft::OnIssue),
        1 => Just(WhenDraft::OnDue),
        2 => (1i64..20).prop_map(|days| WhenDraft::BeforeDue { days }),
        2 => select(vec![1i64, 2, 15, 28, 29, 30, 31]).prop_map(|day| WhenDraft::DayOfMonth { day }),
    ]
}

/// A mandate around now, where the draft makes sense.
fn mandate(now: Timestamp) -> impl Strategy<Value = Option<Mandate>> {
    let today = rabt_domain::DubaiDate::at(now);
    let weekend = select(vec![Weekend::Keep, Weekend::Before, Weekend::After]);
    let standing = prop_oneof![
        10 => Just(Standing::Active),
        1 => Just(Standing::Paused { since: now }),
        1 => Just(Standing::Revoked { at: now }),
    ];
    (
        (select(vec!["a", "b", "c"]), 1i64..3, scope(), when(), weekend),
        (
            limits(),
            option::weighted(0.2, 2i64..9),
            option::weighted(0.3, select(vec![1i64, 20, 50, 100])),
        ),
        (
            option::weighted(0.8, (1i64..6, 1i64..5)),
            1i64..4,
            option::of(Just("card")),
            standing,
        ),
        // Mostly in force for long; now and then just begun, just ended, or agreed to later than now.
        prop_oneof![6 => Just((30i32, 200i32)), 1 => (-1i32..2, Just(200)), 1 => (Just(30), -1i32..2)],
    )
        .prop_map(
            move |(
                (id, version, scope, when, weekend),
                (limits, ask_above_fils, ask_above_usual_percent),
                (floor, priority, fallback, standing),
                (begun, left),
            )| {
                let draft = Draft {
                    mandate_id: id.to_owned(),
                    version,
                    agreed_at: now.plus_seconds(-i64::from(begun.max(0)) * 86_400),
                    scope,
                    instrument_id: "bank".to_owned(),
                    fallback_instrument_id: fallback.map(str::to_owned),
                    when,
                    weekend,
                    limits,
                    ask_above_fils,
                    ask_above_usual_percent,
                    top_up: floor.map(|(below_fils, add_fils)| TopUpDraft { below_fils, add_fils }),
                    priority,
                    from_on: today.plus_days(-begun).to_string(),
                    until_on: today.plus_days(left).to_string(),
                };
                let repaired = || {
                    let mut plain = draft.clone();
                    plain.limits = LimitsDraft {
                        per_payment_fils: plain.limits.per_payment_fils,
                        ..LimitsDraft::default()
                    };
                    plain.ask_above_fils = None;
                    plain.top_up = None;
                    plain.parse().ok()
                };
                let mut mandate = draft.clone().parse().ok().or_else(repaired)?;
                mandate.standing = standing;
                Some(mandate)
            },
        )
}
