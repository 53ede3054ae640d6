//! The rules at their edges.

use crate::make::{
    bill, codes, day, fils, instrument, key, limit, mandate, mandate_id, noon, payment, rule_for, top_up,
};
use rabt_domain::{
    AccountKey, BillKind, BillStatus, InstrumentStatus, Language,
    mandate::{
        ATTEMPTS_MAX, Answer, Cycle, Draft, Failure, History, InstrumentView, PaidBill, PaymentMade, Period, Progress,
        Rule, ScopeEntryDraft, Situation, Standing, TopUpDraft, Verdict, WhenDraft, decide,
    },
};

fn none() -> History {
    History::default()
}

fn with(payments: Vec<PaymentMade>) -> History {
    History { payments, ..none() }
}

fn answered(verdict: Verdict) -> History {
    History {
        answers: vec![Answer {
            mandate: mandate_id("m1"),
            bill: key("b"),
            verdict,
            at: noon("2026-11-09"),
        }],
        ..none()
    }
}

#[test]
fn every_limit_is_exact_at_its_edge() {
    let amounts = |change: fn(&mut Draft), history: &History, amount: i64| {
        let mandate = mandate(change);
        rule_for(&mandate, &bill("b", amount), history).code()
    };
    let per_payment: fn(&mut Draft) = |d| d.limits.per_payment_fils = Some(500);
    assert_eq!(amounts(per_payment, &none(), 500), "due");
    assert_eq!(amounts(per_payment, &none(), 501), "over_payment");

    // Ten November 2026 is a Tuesday: the week began on the ninth.
    for (period, inside, outside) in [
        (Period::Day, "2026-11-10", "2026-11-09"),
        (Period::Week, "2026-11-09", "2026-11-08"),
        (Period::Month, "2026-11-01", "2026-10-31"),
        (Period::Year, "2026-01-01", "2025-12-31"),
    ] {
        let mandate = mandate(|d| limit(d, period, Some(1_000), None));
        let counted = mandate_with_count(period, 1);
        // The first instant of the window, and the last before it.
        let first = day(inside).begins_at();
        let before = day(outside).plus_days(1).begins_at().plus_seconds(-1);
        for (at, used) in [(first, 400), (before, 0)] {
            let history = with(vec![payment("x", 400, at)]);
            assert_eq!(
                rule_for(&mandate, &bill("b", 1_000 - used), &history).code(),
                "due",
                "{period:?}"
            );
            let Rule::OverValue { used: told, limit, .. } = rule_for(&mandate, &bill("b", 1_001 - used), &history)
            else {
                panic!("{period:?}");
            };
            assert_eq!((told, limit), (fils(used), fils(1_000)));
            let by_count = rule_for(&counted, &bill("b", 1), &history).code();
            assert_eq!(by_count, if used > 0 { "over_count" } else { "due" }, "{period:?}");
        }
    }
    let lifetime = mandate(|d| limit(d, Period::Lifetime, Some(1_000), Some(2)));
    let long_ago = with(vec![payment("x", 400, noon("2020-02-29"))]);
    assert_eq!(rule_for(&lifetime, &bill("b", 600), &long_ago).code(), "due");
    assert_eq!(rule_for(&lifetime, &bill("b", 601), &long_ago).code(), "over_value");
}

fn mandate_with_count(period: Period, count: i64) -> rabt_domain::Mandate {
    mandate(|d| limit(d, period, None, Some(count)))
}

#[test]
fn money_in_flight_counts_and_money_that_came_back_does_not() {
    let mandate = mandate(|d| limit(d, Period::Month, Some(1_000), None));
    let after = |progress| {
        let history = with(vec![PaymentMade {
            progress,
            ..payment("x", 600, noon("2026-11-02"))
        }]);
        rule_for(&mandate, &bill("b", 500), &history).code()
    };
    assert_eq!(after(Progress::InFlight), "over_value");
    assert_eq!(after(Progress::Settled), "over_value");
    let failed = Progress::Failed {
        why: Failure::Other,
        at: noon("2026-11-03"),
    };
    assert_eq!(after(failed), "due");
    // Another version's payments are the same mandate's; another mandate's aren't; nor is what was paid by hand.
    let by = |change: fn(&mut PaymentMade)| {
        let mut made = payment("x", 600, noon("2026-11-02"));
        change(&mut made);
        rule_for(&mandate, &bill("b", 500), &with(vec![made])).code()
    };
    assert_eq!(by(|p| p.by.as_mut().unwrap().version = 7), "over_value");
    assert_eq!(by(|p| p.by.as_mut().unwrap().mandate = mandate_id("other")), "due");
    assert_eq!(by(|p| p.by = None), "due");
}

#[test]
fn one_run_does_not_pass_a_limit_that_each_bill_alone_keeps() {
    let mandate = mandate(|d| limit(d, Period::Day, Some(1_000), None));
    let sooner = rabt_domain::mandate::BillView {
        due_on: day("2026-11-15"),
        ..bill("z", 700)
    };
    let found = codes(
        &[mandate],
        &[bill("a", 400), sooner, bill("c", 300)],
        &none(),
        &[instrument("bank")],
        noon("2026-11-10"),
    );
    let expected = [("z", "due"), ("a", "over_value"), ("c", "due")].map(|(id, code)| (id.to_owned(), code));
    assert_eq!(found, expected);
}

#[test]
fn a_bill_is_paid_from_its_day_until_it_is_due() {
    let mandate = mandate(|d| d.when = WhenDraft::BeforeDue { days: 5 });
    for (today, code) in [
        ("2026-11-14", "not_yet"),
        ("2026-11-15", "due"),
        ("2026-11-20", "due"),
        ("2026-11-21", "overdue"),
    ] {
        let fresh = rabt_domain::mandate::BillView {
            fetched_at: noon(today),
            ..bill("b", 100)
        };
        let found = codes(
            std::slice::from_ref(&mandate),
            &[fresh],
            &none(),
            &[instrument("bank")],
            noon(today),
        );
        assert_eq!(found[0].1, code, "{today}");
    }
    let outside = |from: &str, until: &str| {
        let mandate = crate::make::mandate(|d| (d.from_on, d.until_on) = (from.to_owned(), until.to_owned()));
        rule_for(&mandate, &bill("b", 100), &none()).code()
    };
    assert_eq!(outside("2026-11-10", "2026-11-10"), "due");
    assert_eq!(outside("2026-11-11", "2026-11-30"), "no_mandate");
    assert_eq!(outside("2026-11-01", "2026-11-09"), "no_mandate");
}

#[test]
fn nothing_is_paid_on_what_is_not_fresh() {
    let mandate = mandate(|_| {});
    let now = noon("2026-11-10");
    for (age_seconds, code) in [(0, "due"), (60, "due"), (61, "stale"), (-1, "stale")] {
        let view = rabt_domain::mandate::BillView {
            fetched_at: now.plus_seconds(-age_seconds),
            ..bill("b", 100)
        };
        assert_eq!(rule_for(&mandate, &view, &none()).code(), code, "{age_seconds}");
    }
}

#[test]
fn an_agency_that_is_down_is_told_of_before_the_bill_is_due() {
    let mandates = [mandate(|d| d.when = WhenDraft::OnDue)];
    let told = |today: &str, fetched: &str| {
        let view = [rabt_domain::mandate::BillView {
            fetched_at: noon(fetched),
            ..bill("b", 100)
        }];
        let history = none();
        let decisions = decide(&Situation {
            mandates: &mandates,
            bills: &view,
            history: &history,
            instruments: &[],
            now: noon(today),
        });
        (decisions[0].rule.code(), decisions[0].tell)
    };
    assert_eq!(told("2026-11-16", "2026-11-10"), ("not_yet", false));
    assert_eq!(told("2026-11-17", "2026-11-10"), ("stale", true));
    assert_eq!(told("2026-11-17", "2026-11-17"), ("not_yet", false));
}

#[test]
fn a_clock_that_is_behind_what_happened_pays_nothing() {
    let mandate = mandate(|d| limit(d, Period::Day, None, Some(5)));
    let later = with(vec![payment("x", 100, noon("2026-11-10").plus_seconds(1))]);
    assert_eq!(rule_for(&mandate, &bill("b", 100), &later).code(), "clock_behind");
    let at_once = with(vec![payment("x", 100, noon("2026-11-10"))]);
    assert_eq!(rule_for(&mandate, &bill("b", 100), &at_once).code(), "due");
}

#[test]
fn a_bill_that_is_closed_or_under_way_is_passed_over() {
    let mandate = mandate(|_| {});
    for (status, code) in [
        (BillStatus::Paid, "paid"),
        (BillStatus::PaidElsewhere, "paid_elsewhere"),
        (BillStatus::Withdrawn, "withdrawn"),
        (BillStatus::Vanished, "vanished"),
        (BillStatus::Unknown, "not_understood"),
    ] {
        let view = rabt_domain::mandate::BillView {
            status,
            ..bill("b", 100)
        };
        assert_eq!(rule_for(&mandate, &view, &none()).code(), code);
    }
    let unknown = rabt_domain::mandate::BillView {
        kind: BillKind::Unknown,
        ..bill("b", 100)
    };
    assert_eq!(rule_for(&mandate, &unknown, &none()).code(), "not_understood");
    let by_hand = PaymentMade {
        by: None,
        progress: Progress::InFlight,
        ..payment("b", 100, noon("2026-11-10"))
    };
    assert_eq!(
        rule_for(&mandate, &bill("b", 100), &with(vec![by_hand])).code(),
        "being_paid"
    );
    let settled = payment("b", 100, noon("2026-11-10"));
    assert_eq!(
        rule_for(&mandate, &bill("b", 100), &with(vec![settled])).code(),
        "settled_already"
    );
}

#[test]
fn questions_are_asked_just_above_their_edge_and_answers_hold_up_to_theirs() {
    let ask = mandate(|d| d.ask_above_fils = Some(500));
    assert_eq!(rule_for(&ask, &bill("b", 500), &none()).code(), "due");
    assert_eq!(rule_for(&ask, &bill("b", 501), &none()).code(), "above_amount");
    let approved = answered(Verdict::Approved { up_to: fils(600) });
    assert_eq!(rule_for(&ask, &bill("b", 600), &approved).code(), "approved");
    assert_eq!(rule_for(&ask, &bill("b", 601), &approved).code(), "grew_past_approval");
    assert_eq!(
        rule_for(&ask, &bill("b", 1), &answered(Verdict::Declined)).code(),
        "declined"
    );
    // What the person approved passes their own limit, for this bill.
    let limited = mandate(|d| d.limits.per_payment_fils = Some(100));
    assert_eq!(rule_for(&limited, &bill("b", 600), &approved).code(), "approved");
    // The last answer counts.
    let mut changed = approved.clone();
    changed.answers.push(Answer {
        verdict: Verdict::Declined,
        at: noon("2026-11-10"),
        ..changed.answers[0].clone()
    });
    assert_eq!(rule_for(&ask, &bill("b", 600), &changed).code(), "declined");
}

#[test]
fn usual_is_the_median_of_the_last_six() {
    let mandate = mandate(|d| d.ask_above_usual_percent = Some(20));
    let paid = |amounts: &[i64]| History {
        paid: amounts
            .iter()
            .zip(0..)
            .map(|(amount, month)| PaidBill {
                account: AccountKey {
                    agency: key("x").agency,
                    account: bill("x", 1).account,
                },
                kind: BillKind::Utility,
                amount: fils(*amount),
                paid_on: day("2026-10-05").plus_months(-month),
            })
            .collect(),
        ..none()
    };
    let rule = |amount, amounts: &[i64]| rule_for(&mandate, &bill("b", amount), &paid(amounts));
    // Newest first; the seventh is forgotten.
    let last = [100, 110, 90, 1_000, 80, 120, 9_999];
    assert_eq!(rule(126, &last).code(), "due", "120 % of 105 is 126");
    let above = rule(127, &last);
    assert_eq!(
        above,
        Rule::AboveUsual {
            amount: fils(127),
            usual: fils(105),
            of: 6,
            percent: 20
        }
    );
    assert_eq!(
        above.sentence(Language::En),
        "You are asked, because AED 1.27 is more than 20 % above the usual AED 1.05 of the last 6 bills."
    );
    assert_eq!(rule(100, &[100, 100]), Rule::NoUsualYet { have: 2 });
    assert_eq!(rule(120, &[100, 100, 100]).code(), "due");
    assert_eq!(rule(121, &[100, 100, 100]).code(), "above_usual");
    let fine = rabt_domain::mandate::BillView {
        kind: BillKind::Fine,
        ..bill("b", 9_999)
    };
    assert_eq!(rule_for(&mandate, &fine, &none()).code(), "due", "fines have no usual");
}

#[test]
fn a_prepaid_account_is_topped_up_below_its_floor_and_once_a_day() {
    let mandate = mandate(|d| {
        d.top_up = Some(TopUpDraft {
            below_fils: 2_000,
            add_fils: 10_000,
        })
    });
    let rule = |balance, history: &History| rule_for(&mandate, &top_up(balance), history).code();
    assert_eq!(rule(Some(1_999), &none()), "below_floor");
    assert_eq!(rule(Some(2_000), &none()), "enough_balance");
    assert_eq!(rule(None, &none()), "balance_unknown");
    let today = with(vec![payment("toll", 10_000, noon("2026-11-10"))]);
    assert_eq!(rule(Some(0), &today), "topped_up_today");
    let yesterday = with(vec![payment("toll", 10_000, noon("2026-11-09"))]);
    assert_eq!(rule(Some(0), &yesterday), "below_floor");
    let under_way = with(vec![PaymentMade {
        progress: Progress::InFlight,
        ..payment("toll", 10_000, noon("2026-11-09"))
    }]);
    assert_eq!(rule(Some(0), &under_way), "being_paid");
    let too_little = crate::make::mandate(|d| {
        d.top_up = Some(TopUpDraft {
            below_fils: 2_000,
            add_fils: 4_999,
        })
    });
    assert_eq!(
        rule_for(&too_little, &top_up(Some(0)), &none()).code(),
        "amount_not_taken"
    );
    assert_eq!(
        rule_for(&crate::make::mandate(|_| {}), &top_up(Some(0)), &none()).code(),
        "no_top_ups"
    );

    let mandates = [mandate];
    let (bills, history, instruments) = ([top_up(Some(0))], none(), [instrument("bank")]);
    let decisions = decide(&Situation {
        mandates: &mandates,
        bills: &bills,
        history: &history,
        instruments: &instruments,
        now: noon("2026-11-10"),
    });
    assert_eq!(decisions[0].payment.unwrap().amount, fils(10_000));
    assert_eq!(
        decisions[0].act().unwrap().canonical(),
        "rabt-act-1\npay-by-mandate\nm1\npower\ntoll\n2026-11-10/1\n"
    );
}

#[test]
fn a_failed_payment_is_tried_again_on_the_next_day_and_not_for_ever() {
    let mandate = mandate(|_| {});
    let failed = |on: &str, why| PaymentMade {
        progress: Progress::Failed { why, at: noon(on) },
        ..payment("b", 100, noon(on))
    };
    let rule = |payments| rule_for(&mandate, &bill("b", 100), &with(payments));
    let short = Failure::NotEnoughMoney;
    assert_eq!(
        rule(vec![failed("2026-11-10", short)]),
        Rule::RetryOn {
            attempts: 1,
            on: day("2026-11-11")
        }
    );
    assert_eq!(rule(vec![failed("2026-11-10", Failure::BillChanged)]).code(), "due");
    let days = ["2026-11-06", "2026-11-07", "2026-11-08", "2026-11-09"];
    let times = |count: usize| days[..count].iter().map(|on| failed(on, short)).collect::<Vec<_>>();
    assert_eq!(rule(times(3)).code(), "due");
    assert_eq!(rule(times(4)), Rule::AttemptsUsedUp { attempts: ATTEMPTS_MAX });

    let mandates = [mandate.clone()];
    let (bills, history, instruments) = ([bill("b", 100)], with(times(2)), [instrument("bank")]);
    let decisions = decide(&Situation {
        mandates: &mandates,
        bills: &bills,
        history: &history,
        instruments: &instruments,
        now: noon("2026-11-10"),
    });
    assert_eq!(decisions[0].payment.unwrap().cycle, Cycle { day: None, attempt: 3 });
    for text in ["once/3", "2026-11-10/1"] {
        assert_eq!(Cycle::parse(text).unwrap().to_string(), text);
    }
    for text in ["once/0", "once/03", "once", "2026-11-31/1", "once/300"] {
        assert!(Cycle::parse(text).is_err(), "{text}");
    }
}

#[test]
fn the_fallback_pays_once_the_first_has_expired_and_in_no_other_case() {
    let mandates = [mandate(|d| d.fallback_instrument_id = Some("card".to_owned()))];
    let pays = |bank: InstrumentView, card: InstrumentView| {
        let (bills, history, instruments) = ([bill("b", 100)], none(), [bank, card]);
        let decisions = decide(&Situation {
            mandates: &mandates,
            bills: &bills,
            history: &history,
            instruments: &instruments,
            now: noon("2026-11-10"),
        });
        match decisions[0].payment {
            Some(payment) => payment.instrument.as_str().to_owned(),
            None => decisions[0].rule.code().to_owned(),
        }
    };
    let bank = |expires_on: &str, status| InstrumentView {
        expires_on: day(expires_on),
        status,
        ..instrument("bank")
    };
    let card = || instrument("card");
    assert_eq!(pays(bank("2026-11-10", InstrumentStatus::Active), card()), "bank");
    assert_eq!(pays(bank("2026-11-09", InstrumentStatus::Active), card()), "card");
    assert_eq!(pays(bank("2027-11-09", InstrumentStatus::Expired), card()), "card");
    assert_eq!(
        pays(bank("2027-11-09", InstrumentStatus::Revoked), card()),
        "instrument_stopped"
    );
    assert_eq!(
        pays(bank("2027-11-09", InstrumentStatus::Suspended), card()),
        "instrument_stopped"
    );
    let expired = InstrumentView {
        expires_on: day("2026-11-09"),
        ..card()
    };
    assert_eq!(
        pays(bank("2026-11-09", InstrumentStatus::Active), expired),
        "no_instrument"
    );
    let poor = InstrumentView {
        available: Some(fils(99)),
        ..instrument("bank")
    };
    assert_eq!(pays(poor, card()), "short_of_money");
    let enough = InstrumentView {
        available: Some(fils(100)),
        ..instrument("bank")
    };
    assert_eq!(pays(enough, card()), "bank");
}

#[test]
fn when_money_is_short_the_first_priority_is_served() {
    let scope = |kind| {
        Some(vec![ScopeEntryDraft {
            kind: Some(kind),
            ..ScopeEntryDraft::default()
        }])
    };
    let first = mandate(|d| (d.scope, d.priority) = (scope(BillKind::Utility), 1));
    let second = mandate(|d| (d.mandate_id, d.scope, d.priority) = ("m2".to_owned(), scope(BillKind::Fine), 2));
    let fine = rabt_domain::mandate::BillView {
        kind: BillKind::Fine,
        due_on: day("2026-11-11"),
        ..bill("a", 600)
    };
    let bank = InstrumentView {
        available: Some(fils(1_000)),
        ..instrument("bank")
    };
    let found = codes(
        &[second, first],
        &[fine, bill("b", 600)],
        &none(),
        &[bank],
        noon("2026-11-10"),
    );
    assert_eq!(found, [("b".to_owned(), "due"), ("a".to_owned(), "short_of_money")]);
}

#[test]
fn of_mandates_that_overlap_the_closest_decides() {
    let named = |id: &str, entry: Option<ScopeEntryDraft>, priority| {
        mandate(|d| (d.mandate_id, d.scope, d.priority) = (id.to_owned(), entry.map(|entry| vec![entry]), priority))
    };
    let entry = |agency: bool, account: bool, kind: bool| ScopeEntryDraft {
        agency_id: agency.then(|| "power".to_owned()),
        account_id: account.then(|| "flat".to_owned()),
        kind: kind.then_some(BillKind::Utility),
    };
    let all = named("all", None, 1);
    let kind = named("kind", Some(entry(false, false, true)), 2);
    let agency = named("agency", Some(entry(true, false, false)), 3);
    let account = named("account", Some(entry(true, true, false)), 4);
    let decides = |mandates: &[rabt_domain::Mandate]| {
        rabt_domain::mandate::deciding_mandate(mandates, &bill("b", 1), day("2026-11-10"))
            .map(|mandate| mandate.id().as_str().to_owned())
    };
    let everyone = [all.clone(), kind.clone(), agency.clone(), account.clone()];
    assert_eq!(decides(&everyone).unwrap(), "account");
    assert_eq!(decides(&everyone[..3]).unwrap(), "agency");
    assert_eq!(decides(&everyone[..2]).unwrap(), "kind");
    // Equally close: the priority, and then the name.
    assert_eq!(decides(&[named("a", None, 2), named("b", None, 1)]).unwrap(), "b");
    assert_eq!(decides(&[named("b", None, 1), named("a", None, 1)]).unwrap(), "a");
    // A paused one still decides, a revoked one doesn't.
    let mut paused = account.clone();
    paused.standing = Standing::Paused {
        since: noon("2026-11-02"),
    };
    assert_eq!(decides(&[all.clone(), paused.clone()]).unwrap(), "account");
    assert_eq!(rule_for(&paused, &bill("b", 1), &none()).code(), "paused");
    let mut revoked = account;
    revoked.standing = Standing::Revoked { at: noon("2026-11-02") };
    assert_eq!(decides(&[all.clone(), revoked.clone()]).unwrap(), "all");
    // And an older version of a revoked one is no way back.
    let mut newer = mandate(|d| d.version = 2);
    newer.standing = revoked.standing;
    assert_eq!(decides(&[mandate(|_| {}), newer]), None);
}
