//! A gateway that cheats, in each of ten ways and some more, is caught; the same gateway without the cheat is not accused.

use crate::make::{bill, day, fils, key, limit, mandate, mandate_id, noon};
use rabt_domain::{
    AgencyId, BillKey, BillKind, BillStatus, InstrumentId, Language, Timestamp,
    mandate::{
        Answer, BillView, Cycle, Finding, FindingKind, Period, Progress, Report, ReportedDecision, ReportedPayment,
        Rule, ScopeEntryDraft, Seen, SignedVersion, Stop, Verdict, WhenDraft, audit,
    },
};

/// What the phone knows and what it was told, honest at first.
struct Story {
    versions: Vec<SignedVersion>,
    bills: Vec<BillView>,
    complete: Vec<(AgencyId, Timestamp)>,
    by_hand: Vec<(BillKey, bool)>,
    answers: Vec<Answer>,
    stops: Vec<Stop>,
    report: Report,
}

/// One mandate for utility bills, five days before they are due, at most AED 6.00 a bill and AED 10.00 a month; three bills due on 20
/// November, of which two are paid on the fifteenth and the third is held, being over the month's limit.
fn story() -> Story {
    let mandate = mandate(|d| {
        d.scope = Some(vec![ScopeEntryDraft {
            kind: Some(BillKind::Utility),
            ..ScopeEntryDraft::default()
        }]);
        d.when = WhenDraft::BeforeDue { days: 5 };
        d.limits.per_payment_fils = Some(600);
        limit(d, Period::Month, Some(1_000), None);
        d.fallback_instrument_id = Some("card".to_owned());
    });
    let before = noon("2026-11-10");
    let after = noon("2026-11-16");
    let seen = [("a", 400), ("b", 500), ("c", 300)].map(|(id, amount)| bill(id, amount));
    let mut bills: Vec<BillView> = seen
        .iter()
        .map(|bill| BillView {
            fetched_at: before,
            ..bill.clone()
        })
        .collect();
    bills.extend(seen.iter().map(|bill| {
        let paid = bill.key != key("c");
        BillView {
            fetched_at: after,
            status: if paid { BillStatus::Paid } else { BillStatus::Open },
            revision: if paid { 2 } else { 1 },
            ..bill.clone()
        }
    }));
    let held = Rule::OverValue {
        period: Period::Month,
        amount: fils(300),
        used: fils(900),
        limit: fils(1_000),
        resets_on: Some(day("2026-12-01")),
    };
    Story {
        versions: vec![SignedVersion {
            mandate,
            acknowledged_at: Some(noon("2026-11-01")),
        }],
        bills,
        complete: vec![(key("a").agency, after)],
        by_hand: vec![],
        answers: vec![],
        stops: vec![],
        report: Report {
            decisions: vec![paid("a", 400), paid("b", 500), passed_over("c", held)],
            as_of: after,
        },
    }
}

fn passed_over(id: &str, rule: Rule) -> ReportedDecision {
    ReportedDecision {
        by: Some((mandate_id("m1"), 1)),
        bill: key(id),
        account: bill(id, 1).account,
        kind: BillKind::Utility,
        revision: 1,
        decided_at: noon("2026-11-15"),
        rule,
        payment: None,
    }
}

fn paid(id: &str, amount: i64) -> ReportedDecision {
    ReportedDecision {
        payment: Some(ReportedPayment {
            amount: fils(amount),
            instrument: InstrumentId::parse("bank").unwrap(),
            cycle: Cycle { day: None, attempt: 1 },
            progress: Progress::Settled,
        }),
        ..passed_over(
            id,
            Rule::Due {
                pay_on: day("2026-11-15"),
            },
        )
    }
}

fn found(change: impl FnOnce(&mut Story)) -> Vec<&'static str> {
    findings(change).iter().map(|finding| finding.kind.code()).collect()
}

fn findings(change: impl FnOnce(&mut Story)) -> Vec<Finding> {
    let mut story = story();
    change(&mut story);
    let seen = Seen {
        versions: &story.versions,
        bills: &story.bills,
        complete: &story.complete,
        by_hand: &story.by_hand,
        answers: &story.answers,
        stops: &story.stops,
    };
    let findings = audit(&seen, &story.report);
    for finding in &findings {
        assert_ne!(finding.kind.sentence(Language::En), finding.kind.sentence(Language::Ar));
    }
    findings
}

fn decision(story: &mut Story, index: usize) -> &mut ReportedDecision {
    &mut story.report.decisions[index]
}

fn payment(story: &mut Story, index: usize) -> &mut ReportedPayment {
    decision(story, index).payment.as_mut().unwrap()
}

#[test]
fn the_honest_story_is_believed() {
    assert_eq!(findings(|_| {}), []);
}

#[test]
fn cheat_1_over_a_limit() {
    let over_the_month = findings(|story| *decision(story, 2) = paid("c", 300));
    assert!(matches!(
        over_the_month.as_slice(),
        [Finding {
            kind: FindingKind::OverLimit {
                rule: Rule::OverValue {
                    period: Period::Month,
                    ..
                }
            },
            ..
        }]
    ));
    // One fils above the limit for one payment; the bill is as much.
    let over_the_payment = |amount| {
        found(|story| {
            story.bills.retain(|view| view.key != key("b"));
            story.bills.push(BillView {
                amount: fils(amount),
                fetched_at: noon("2026-11-10"),
                ..bill("b", amount)
            });
            payment(story, 1).amount = fils(amount);
            payment(story, 0).progress = Progress::Failed {
                why: rabt_domain::mandate::Failure::Other,
                at: noon("2026-11-15"),
            };
            story
                .bills
                .retain(|view| view.key != key("a") || view.status == BillStatus::Open);
            // The third was held because of the first.
            story.report.decisions.truncate(2);
        })
    };
    assert_eq!(over_the_payment(600), [""; 0]);
    assert_eq!(over_the_payment(601), ["over_limit"]);
}

#[test]
fn cheat_2_another_bill() {
    // Of a kind that the mandate isn't for, whatever the gateway calls it.
    assert_eq!(
        found(|story| decision(story, 0).kind = BillKind::Fine),
        ["another_bill"]
    );
    let really_a_fine = found(|story| {
        for view in story.bills.iter_mut().filter(|view| view.key == key("a")) {
            view.kind = BillKind::Fine;
        }
    });
    assert_eq!(really_a_fine, ["another_bill"]);
    // Of which the agency, asked later, knows nothing.
    let made_up = |complete_at: &str| {
        found(|story| {
            story.report.decisions.truncate(1);
            story.bills.retain(|view| view.key != key("b"));
            story.report.decisions.push(paid("nobodys", 100));
            story.complete[0].1 = noon(complete_at);
        })
    };
    assert_eq!(made_up("2026-11-14"), [""; 0], "the phone may not have seen it yet");
    assert_eq!(made_up("2026-11-16"), ["another_bill"]);
    // A revision that never was.
    assert_eq!(found(|story| decision(story, 0).revision = 9), ["another_bill"]);
    assert_eq!(found(|story| payment(story, 0).amount = fils(401)), ["another_amount"]);
}

#[test]
fn cheat_3_twice() {
    let again = |story: &mut Story| {
        story.report.decisions.truncate(1);
        story.bills.retain(|view| view.key != key("b"));
        story.report.decisions.push(ReportedDecision {
            decided_at: noon("2026-11-16"),
            ..paid("a", 400)
        });
    };
    assert_eq!(found(again), ["twice"]);
    let after_a_failure = found(|story| {
        again(story);
        payment(story, 0).progress = Progress::Failed {
            why: rabt_domain::mandate::Failure::NotEnoughMoney,
            at: noon("2026-11-15"),
        };
    });
    assert_eq!(after_a_failure, [""; 0]);
    assert_eq!(found(|story| story.by_hand.push((key("a"), true))), ["twice"]);
    assert_eq!(found(|story| story.by_hand.push((key("a"), false))), [""; 0]);
}

#[test]
fn cheat_4_after_revocation() {
    let revoked = |from: Timestamp, until: Option<Timestamp>, revoked| {
        found(|story| {
            story.report.decisions.truncate(1);
            story.bills.retain(|view| view.key != key("b"));
            story.stops.push(Stop {
                mandate: mandate_id("m1"),
                from,
                until,
                revoked,
            });
        })
    };
    let at = noon("2026-11-15");
    assert_eq!(revoked(at.plus_seconds(-1), None, true), ["after_revocation"]);
    assert_eq!(revoked(at, None, true), [""; 0]);
    assert_eq!(revoked(at.plus_seconds(-9), None, false), ["while_paused"]);
    assert_eq!(revoked(at.plus_seconds(-9), Some(at.plus_seconds(-1)), false), [""; 0]);
}

#[test]
fn cheat_5_too_early() {
    let on = |day: &str| {
        let at = noon(day);
        found(|story| {
            story.report.decisions.truncate(1);
            story.bills.retain(|view| view.key != key("b"));
            story.bills.retain(|view| view.status == BillStatus::Open);
            decision(story, 0).decided_at = at;
        })
    };
    assert_eq!(on("2026-11-14"), ["too_early"]);
    assert_eq!(on("2026-11-15"), [""; 0]);
    assert_eq!(on("2026-11-20"), [""; 0]);
    assert_eq!(on("2026-11-21"), ["not_asked"], "overdue");
    assert!(on("2027-11-01").contains(&"too_late"));
}

#[test]
fn cheat_6_split_to_pass_under_a_limit() {
    let split = found(|story| {
        for view in story.bills.iter_mut().filter(|view| view.key == key("a")) {
            view.amount = fils(800);
        }
        story.report.decisions.truncate(1);
        story.bills.retain(|view| view.key != key("b"));
        story.report.decisions.push(paid("a", 400));
    });
    assert_eq!(split, ["split", "split", "twice"]);
}

#[test]
fn cheat_7_another_instrument() {
    let with = |id: &str| {
        let id = InstrumentId::parse(id).unwrap();
        found(|story| payment(story, 0).instrument = id)
    };
    assert_eq!(with("somebody-elses"), ["another_instrument"]);
    assert_eq!(with("card"), [""; 0]);
}

#[test]
fn cheat_8_an_unsigned_version() {
    let claims = |mandate: &str, version| {
        let by = Some((mandate_id(mandate), version));
        // The hold that follows is then not explained either.
        found(|story| decision(story, 0).by = by)[0]
    };
    assert_eq!(claims("m1", 2), "unsigned_version");
    assert_eq!(claims("m9", 1), "unsigned_version");
    assert_eq!(found(|story| decision(story, 0).by = None)[0], "unsigned_version");
    // Version 2 is signed: an honest gateway uses it once it has acknowledged it.
    let with_a_second = |acknowledged_at: Option<Timestamp>| {
        found(|story| {
            let mut draft = rabt_domain::mandate::Draft::from(story.versions[0].mandate.terms());
            (draft.version, draft.agreed_at) = (2, noon("2026-11-12"));
            story.versions.push(SignedVersion {
                mandate: draft.parse().unwrap(),
                acknowledged_at,
            });
        })
    };
    assert_eq!(with_a_second(None), [""; 0]);
    assert_eq!(with_a_second(Some(noon("2026-11-16"))), [""; 0]);
    assert_eq!(with_a_second(Some(noon("2026-11-13"))), ["unsigned_version"; 3]);
}

#[test]
fn cheat_9_hiding_a_payment() {
    let hidden = |story: &mut Story| {
        story.report.decisions.remove(1);
        // What was held because of it is a lie now.
        story.report.decisions.truncate(1);
    };
    assert_eq!(found(hidden), ["hidden_payment"]);
    let by_hand = found(|story| {
        hidden(story);
        story.by_hand.push((key("b"), true));
    });
    assert_eq!(by_hand, [""; 0]);
    let said_to_have_failed = found(|story| {
        payment(story, 1).progress = Progress::Failed {
            why: rabt_domain::mandate::Failure::Other,
            at: noon("2026-11-15"),
        };
    });
    assert_eq!(said_to_have_failed, ["hidden_payment"]);
    assert_eq!(
        found(|story| decision(story, 1).payment = None).len(),
        3,
        "nor is the hold explained any more"
    );
}

#[test]
fn cheat_10_inventing_a_skip() {
    let says = |rule: Rule| found(|story| *decision(story, 2) = passed_over("c", rule));
    let invented = [
        Rule::NotYet {
            pay_on: day("2026-11-16"),
        },
        Rule::Withdrawn,
        Rule::PaidElsewhere,
        Rule::Paid,
        Rule::BeingPaid,
        Rule::SettledAlready,
        Rule::ToppedUpToday,
        Rule::NoTopUps,
        Rule::Paused {
            since: noon("2026-11-02"),
        },
        Rule::Declined { at: noon("2026-11-02") },
        Rule::ClockBehind {
            latest: noon("2026-11-02"),
        },
        Rule::Stale {
            fetched_at: noon("2026-11-15").plus_seconds(-60),
        },
        Rule::AmountNotTaken { amount: fils(300) },
        Rule::OverPayment {
            amount: fils(300),
            limit: fils(600),
        },
        Rule::OverPayment {
            amount: fils(300),
            limit: fils(200),
        },
        Rule::OverPayment {
            amount: fils(700),
            limit: fils(600),
        },
        Rule::OverCount {
            period: Period::Day,
            used: 2,
            limit: 2,
            resets_on: None,
        },
        Rule::OverValue {
            period: Period::Month,
            amount: fils(300),
            used: fils(901),
            limit: fils(1_000),
            resets_on: None,
        },
        Rule::OverValue {
            period: Period::Month,
            amount: fils(300),
            used: fils(700),
            limit: fils(1_000),
            resets_on: None,
        },
        Rule::AttemptsUsedUp { attempts: 4 },
        Rule::RetryOn {
            attempts: 1,
            on: day("2026-11-16"),
        },
        Rule::ShortOfMoney {
            amount: fils(300),
            available: fils(300),
        },
        Rule::Overdue {
            due_on: day("2026-11-14"),
        },
        Rule::AboveAmount {
            amount: fils(300),
            above: fils(200),
        },
        Rule::AboveUsual {
            amount: fils(300),
            usual: fils(100),
            of: 6,
            percent: 20,
        },
        Rule::NoUsualYet { have: 0 },
        Rule::GrewPastApproval {
            amount: fils(300),
            up_to: fils(200),
        },
        Rule::EnoughBalance {
            balance: fils(300),
            below: fils(200),
        },
    ];
    for rule in invented {
        assert_eq!(says(rule), ["invented_skip"], "{rule:?}");
    }
    // What only the bank or the agency could tell is believed.
    for rule in [
        Rule::Stale {
            fetched_at: noon("2026-11-15").plus_seconds(-61),
        },
        Rule::ShortOfMoney {
            amount: fils(300),
            available: fils(299),
        },
        Rule::InstrumentStopped,
        Rule::NoInstrument,
        Rule::NotUnderstood,
        Rule::Vanished,
    ] {
        assert_eq!(says(rule), [""; 0], "{rule:?}");
    }
    let none_for_it = found(|story| {
        *decision(story, 2) = ReportedDecision {
            by: None,
            ..passed_over("c", Rule::NoMandate)
        };
    });
    assert_eq!(none_for_it, ["invented_skip"]);
    // It says that it skips, and pays.
    assert_eq!(
        found(|story| decision(story, 0).rule = Rule::Withdrawn),
        ["invented_skip"]
    );
}

#[test]
fn what_the_person_said_is_held_to_in_both_directions() {
    let answered = |verdict, at: Timestamp, pays: bool| {
        found(|story| {
            story.answers.push(Answer {
                mandate: mandate_id("m1"),
                bill: key("c"),
                verdict,
                at,
            });
            if pays {
                *decision(story, 2) = paid("c", 300);
            }
        })
    };
    let before = noon("2026-11-14");
    let approved = |up_to| Verdict::Approved { up_to: fils(up_to) };
    assert_eq!(
        answered(approved(300), before, true),
        [""; 0],
        "an approval passes the limit"
    );
    assert_eq!(answered(approved(299), before, true), ["not_asked"]);
    assert_eq!(
        answered(approved(300), noon("2026-11-16"), true),
        ["over_limit"],
        "it came later"
    );
    assert_eq!(answered(Verdict::Declined, before, true), ["not_asked", "over_limit"]);
}

#[test]
fn a_prepaid_account_is_topped_up_only_when_it_is_low_and_once_a_day() {
    let topped_up = |balance: i64, below: i64, amount: i64, again: bool| {
        found(|story| {
            story.bills.clear();
            story.complete.clear();
            let mandate = mandate(|d| {
                d.top_up = Some(rabt_domain::mandate::TopUpDraft {
                    below_fils: 2_000,
                    add_fils: 10_000,
                });
            });
            story.versions = vec![SignedVersion {
                mandate,
                acknowledged_at: None,
            }];
            let rule = Rule::BelowFloor {
                balance: fils(balance),
                below: fils(below),
            };
            let once = ReportedDecision {
                kind: BillKind::TopUp,
                rule,
                ..paid("toll", amount)
            };
            story.report.decisions = vec![once; if again { 2 } else { 1 }];
        })
    };
    assert_eq!(topped_up(1_999, 2_000, 10_000, false), [""; 0]);
    assert_eq!(topped_up(2_000, 2_000, 10_000, false), ["not_low"]);
    assert_eq!(topped_up(2_500, 3_000, 10_000, false), ["not_low"]);
    assert_eq!(topped_up(1_999, 2_000, 10_001, false), ["another_amount"]);
    assert_eq!(topped_up(1_999, 2_000, 10_000, true), ["twice"]);
}

#[test]
fn a_bill_is_not_paid_as_it_was_before_a_change_that_the_phone_had_seen() {
    let seen_at = |at: Timestamp| {
        found(|story| {
            story.report.decisions.truncate(1);
            story.bills.retain(|view| view.key != key("b"));
            story.bills.push(BillView {
                revision: 2,
                fetched_at: at,
                ..bill("a", 450)
            });
        })
    };
    let decided_at = noon("2026-11-15");
    assert_eq!(seen_at(decided_at.plus_seconds(-61)), ["outdated_bill"]);
    assert_eq!(seen_at(decided_at.plus_seconds(-60)), [""; 0]);
}
