//! What is refused, with the field and the reason.

use crate::make::{day, draft, limit, mandate, noon};
use rabt_domain::{
    Agency, AgencyId, Bilingual, BillKind, Directory, Instrument, InstrumentId, InstrumentKind, InstrumentStatus,
    InvalidReason, Personal, Timestamp,
    mandate::{Draft, Known, Period, ScopeEntryDraft, Standing, StandingChange, TopUpDraft, Warning, WhenDraft},
};

fn refused(change: impl FnOnce(&mut Draft)) -> (String, InvalidReason) {
    let mut draft = draft();
    change(&mut draft);
    let invalid = draft.parse().unwrap_err();
    (invalid.field, invalid.reason)
}

#[test]
fn each_field_is_refused_by_its_name() {
    use InvalidReason::*;
    type Change = fn(&mut Draft);
    let entry = |agency: Option<&str>, account: Option<&str>| ScopeEntryDraft {
        agency_id: agency.map(str::to_owned),
        account_id: account.map(str::to_owned),
        kind: None,
    };
    let cases: &[(Change, &str, InvalidReason)] = &[
        (|d| d.mandate_id.clear(), "mandate_id", Empty),
        (|d| d.version = 0, "version", TooSmall),
        (|d| d.version = i64::MAX, "version", TooLarge),
        (|d| d.instrument_id.clear(), "instrument_id", Empty),
        (
            |d| d.fallback_instrument_id = Some("bank".to_owned()),
            "fallback_instrument_id",
            Twice,
        ),
        (|d| d.when = WhenDraft::BeforeDue { days: 0 }, "schedule.days", TooSmall),
        (
            |d| d.when = WhenDraft::BeforeDue { days: 61 },
            "schedule.days",
            TooLarge,
        ),
        (|d| d.when = WhenDraft::DayOfMonth { day: 32 }, "schedule.day", TooLarge),
        (
            |d| d.limits.per_payment_fils = Some(0),
            "limits.per_payment_fils",
            TooSmall,
        ),
        (
            |d| d.limits.per_payment_fils = Some(-1),
            "limits.per_payment_fils",
            TooSmall,
        ),
        (
            |d| d.limits.per_payment_fils = Some(i64::MAX),
            "limits.per_payment_fils",
            TooLarge,
        ),
        (
            |d| limit(d, Period::Month, Some(0), None),
            "limits.month.value_fils",
            TooSmall,
        ),
        (|d| limit(d, Period::Week, None, Some(0)), "limits.week.count", TooSmall),
        (
            |d| limit(d, Period::Year, None, Some(1 << 40)),
            "limits.year.count",
            TooLarge,
        ),
        (|d| d.ask_above_fils = Some(-5), "ask_first.above_fils", TooSmall),
        (
            |d| d.ask_above_usual_percent = Some(0),
            "ask_first.above_usual_percent",
            TooSmall,
        ),
        (
            |d| d.ask_above_usual_percent = Some(1_001),
            "ask_first.above_usual_percent",
            TooLarge,
        ),
        (|d| d.priority = 0, "priority", TooSmall),
        (|d| d.priority = 101, "priority", TooLarge),
        (|d| d.from_on = "2026-02-30".to_owned(), "from_on", Malformed),
        (|d| d.until_on = "tomorrow".to_owned(), "until_on", Malformed),
        (|d| d.scope = Some(vec![]), "scope", Empty),
        (|d| d.scope = Some(vec![ScopeEntryDraft::default()]), "scope[0]", Empty),
    ];
    for (change, field, reason) in cases {
        assert_eq!(refused(change), ((*field).to_owned(), *reason));
    }
    assert_eq!(
        refused(|d| d.scope = Some(vec![entry(Some("power"), None), entry(None, Some("flat"))])),
        ("scope[1].agency_id".to_owned(), Empty)
    );
    assert_eq!(
        refused(|d| d.scope = Some(vec![entry(Some("power"), None), entry(Some("Power"), None)])),
        ("scope[1].agency_id".to_owned(), Malformed)
    );
    assert_eq!(
        refused(|d| d.scope = Some(vec![entry(Some("power"), None); 2])),
        ("scope[1]".to_owned(), Twice)
    );
}

#[test]
fn limits_that_contradict_each_other_are_refused_and_equal_ones_are_not() {
    let day_and_month = |day, month| {
        move |d: &mut Draft| {
            limit(d, Period::Day, Some(day), Some(day));
            limit(d, Period::Month, Some(month), Some(month));
        }
    };
    mandate(day_and_month(500, 500));
    assert_eq!(
        refused(day_and_month(501, 500)),
        ("limits.month.value_fils".to_owned(), InvalidReason::Inconsistent)
    );
    assert_eq!(
        refused(|d| {
            limit(d, Period::Day, None, Some(3));
            limit(d, Period::Lifetime, None, Some(2));
        }),
        ("limits.lifetime.count".to_owned(), InvalidReason::Inconsistent)
    );
    assert_eq!(
        refused(|d| {
            d.limits.per_payment_fils = Some(101);
            limit(d, Period::Week, Some(100), None);
        }),
        ("limits.week.value_fils".to_owned(), InvalidReason::Inconsistent)
    );
    // A question that could never come.
    assert_eq!(
        refused(|d| {
            d.limits.per_payment_fils = Some(100);
            d.ask_above_fils = Some(100);
        }),
        ("ask_first.above_fils".to_owned(), InvalidReason::Inconsistent)
    );
    mandate(|d| {
        d.limits.per_payment_fils = Some(100);
        d.ask_above_fils = Some(99);
    });
}

#[test]
fn it_ends_within_a_year_and_not_before_it_begins() {
    assert_eq!(mandate(|_| {}).terms().until, day("2027-10-31"));
    let until = |until: &str| {
        let until = until.to_owned();
        refused(move |d| d.until_on = until)
    };
    assert_eq!(until("2027-11-01"), ("until_on".to_owned(), InvalidReason::TooLarge));
    assert_eq!(
        until("2026-10-31"),
        ("until_on".to_owned(), InvalidReason::Inconsistent)
    );
    // A leap day has no anniversary: the year ends before the last of February.
    let leap = |until: &str| {
        let mut draft = draft();
        (draft.agreed_at, draft.from_on, draft.until_on) =
            (noon("2028-02-29"), "2028-02-29".to_owned(), until.to_owned());
        draft.parse().map(|_| ()).map_err(|e| e.reason)
    };
    assert_eq!(leap("2029-02-27"), Ok(()));
    assert_eq!(leap("2029-02-28"), Err(InvalidReason::TooLarge));
    // It had ended before it was agreed to.
    assert_eq!(
        refused(|d| {
            d.from_on = "2026-01-01".to_owned();
            d.until_on = "2026-10-31".to_owned();
        }),
        ("until_on".to_owned(), InvalidReason::TooSmall)
    );
}

#[test]
fn what_can_never_come_is_refused() {
    let short = |day, until: &str| {
        let until = until.to_owned();
        move |d: &mut Draft| {
            d.when = WhenDraft::DayOfMonth { day };
            d.from_on = "2026-11-10".to_owned();
            d.until_on = until;
        }
    };
    assert_eq!(
        refused(short(9, "2026-12-08")),
        ("schedule.day".to_owned(), InvalidReason::NeverComes)
    );
    mandate(short(9, "2026-12-09"));
    mandate(short(31, "2026-11-30"));

    let floor = Some(TopUpDraft {
        below_fils: 2_000,
        add_fils: 10_000,
    });
    let only = |kind| {
        Some(vec![ScopeEntryDraft {
            agency_id: None,
            account_id: None,
            kind: Some(kind),
        }])
    };
    assert_eq!(
        refused(|d| (d.scope, d.top_up) = (only(BillKind::Fine), floor)),
        ("top_up".to_owned(), InvalidReason::NeverComes)
    );
    assert_eq!(
        refused(|d| d.scope = only(BillKind::TopUp)),
        ("top_up".to_owned(), InvalidReason::Empty)
    );
    mandate(|d| (d.scope, d.top_up) = (only(BillKind::TopUp), floor));
    assert_eq!(
        refused(|d| {
            d.top_up = floor;
            limit(d, Period::Day, Some(9_999), None);
        }),
        ("top_up.add_fils".to_owned(), InvalidReason::Inconsistent)
    );
    assert_eq!(
        refused(|d| d.top_up = Some(TopUpDraft {
            below_fils: 0,
            add_fils: 1
        })),
        ("top_up.below_fils".to_owned(), InvalidReason::TooSmall)
    );
}

fn directory() -> Directory {
    let agency = |id: &str, takes_payments| Agency {
        id: AgencyId::parse(id).unwrap(),
        name: Bilingual::parse("Power (simulated)", "الكهرباء (محاكاة)").unwrap(),
        short_name: Bilingual::parse("Power", "الكهرباء").unwrap(),
        simulated: true,
        base_url: "https://power.invalid".to_owned(),
        has_accounts: true,
        has_bills: true,
        takes_payments,
        bill_kinds: vec![],
        account_kinds: vec![],
        consent_purposes: vec![],
    };
    Directory {
        version: 1,
        issued_at: noon("2026-01-01"),
        expires_at: noon("2027-12-31"),
        gateway_url: "https://gateway.invalid".to_owned(),
        agencies: vec![agency("power", true), agency("museum", false)],
    }
}

fn linked(id: &str, expires_on: &str) -> Instrument {
    Instrument {
        id: InstrumentId::parse(id).unwrap(),
        kind: InstrumentKind::Card,
        name: Bilingual::parse("Visa", "فيزا").unwrap(),
        last_four: Personal::new("4242".to_owned()),
        status: InstrumentStatus::Active,
        expires_on: day(expires_on),
    }
}

#[test]
fn what_it_names_must_be_there() {
    let directory = directory();
    let instruments = [linked("bank", "2026-11-01"), linked("card", "2026-10-31")];
    let known = Known {
        directory: &directory,
        instruments: &instruments,
    };
    let check = |change: fn(&mut Draft)| {
        let mut draft = draft();
        change(&mut draft);
        draft.check(&known).map(|_| ()).map_err(|e| (e.field, e.reason))
    };
    let refused = |field: &str, reason| Err((field.to_owned(), reason));
    fn agency(d: &mut Draft, id: &str) {
        d.scope = Some(vec![ScopeEntryDraft {
            agency_id: Some(id.to_owned()),
            ..ScopeEntryDraft::default()
        }]);
    }
    assert_eq!(check(|_| {}), Ok(()));
    assert_eq!(check(|d| agency(d, "power")), Ok(()));
    assert_eq!(
        check(|d| agency(d, "moon")),
        refused("scope[0].agency_id", InvalidReason::NotKnown)
    );
    assert_eq!(
        check(|d| agency(d, "museum")),
        refused("scope[0].agency_id", InvalidReason::Unsupported)
    );
    assert_eq!(
        check(|d| d.instrument_id = "none".to_owned()),
        refused("instrument_id", InvalidReason::NotKnown)
    );
    assert_eq!(
        check(|d| d.instrument_id = "card".to_owned()),
        refused("instrument_id", InvalidReason::Expired)
    );
    assert_eq!(
        check(|d| d.fallback_instrument_id = Some("card".to_owned())),
        refused("fallback_instrument_id", InvalidReason::Expired)
    );
}

#[test]
fn terms_become_the_same_draft_again() {
    let terms = mandate(|d| {
        d.scope = Some(vec![
            ScopeEntryDraft {
                agency_id: Some("roads".to_owned()),
                ..ScopeEntryDraft::default()
            },
            ScopeEntryDraft {
                agency_id: Some("power".to_owned()),
                account_id: Some("flat".to_owned()),
                kind: None,
            },
        ]);
        d.when = WhenDraft::BeforeDue { days: 3 };
        limit(d, Period::Month, Some(90_000), Some(9));
        d.ask_above_fils = Some(5_000);
        d.ask_above_usual_percent = Some(30);
    });
    let again = Draft::from(terms.terms()).parse().unwrap();
    assert_eq!(again, terms);
}

#[test]
fn a_mandate_is_paused_resumed_and_revoked_for_good() {
    use StandingChange::*;
    let at = |second| Timestamp::EPOCH.plus_seconds(second);
    let after = |changes: &[StandingChange]| {
        changes
            .iter()
            .zip(1..)
            .fold(Standing::Active, |standing, (change, second)| {
                standing.after(*change, at(second))
            })
    };
    assert_eq!(after(&[Pause, Pause]), Standing::Paused { since: at(1) });
    assert_eq!(after(&[Pause, Resume]), Standing::Active);
    assert_eq!(
        after(&[Pause, Revoke, Resume, Revoke, Pause]),
        Standing::Revoked { at: at(2) }
    );

    let first = mandate(|_| {});
    let second = mandate(|d| d.version = 2);
    assert!(second.follows(&first) && !first.follows(&second) && !first.follows(&first));
    let mut revoked = first.clone();
    revoked.standing = Standing::Revoked { at: at(1) };
    assert!(!second.follows(&revoked));
    assert!(!mandate(|d| (d.version, d.mandate_id) = (2, "m2".to_owned())).follows(&first));
}

#[test]
fn a_warning_and_a_summary_speak_both_languages() {
    use rabt_domain::{
        AccountId, AccountKey, Language,
        mandate::{History, PaidBill, summary, warnings},
    };
    let history = History {
        paid: (1..=3)
            .map(|month| PaidBill {
                account: AccountKey {
                    agency: AgencyId::parse("power").unwrap(),
                    account: AccountId::parse("flat").unwrap(),
                },
                kind: BillKind::Utility,
                amount: crate::make::fils(45_000),
                paid_on: day("2026-10-01").plus_months(-month),
            })
            .collect(),
        ..History::default()
    };
    let bills = [crate::make::bill("b", 46_000)];
    let low = mandate(|d| {
        d.limits.per_payment_fils = Some(30_000);
        d.when = WhenDraft::OnDue;
    });
    let found = warnings(&low, &bills, &history, &[linked("bank", "2027-01-01")]);
    assert!(
        matches!(
            found.as_slice(),
            [
                Warning::BelowUsual { .. },
                Warning::PaysOnLastDay,
                Warning::InstrumentEndsFirst { .. }
            ]
        ),
        "{found:?}"
    );
    assert_eq!(
        found[0].sentence(&directory(), Language::En),
        "The limit of AED 300.00 for one payment is below your usual bill of Power, which is AED 450.00."
    );
    assert!(found[0].sentence(&directory(), Language::Ar).contains("الكهرباء"));
    let unbounded = warnings(&mandate(|_| {}), &[], &History::default(), &[]);
    assert_eq!(unbounded, [Warning::NoLimit, Warning::NothingCovered]);

    let in_words = summary(&low, &directory(), Language::En);
    assert_eq!(
        in_words,
        [
            "It pays all your bills.",
            "It pays on the day on which a bill is due.",
            "At most AED 300.00 for one payment.",
            "From 2026-11-01 until 2027-10-31; you can stop it at any time.",
        ]
    );
    assert_eq!(summary(&low, &directory(), Language::Ar).len(), in_words.len());
}
