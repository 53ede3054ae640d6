use super::*;
use crate::{
    agencies::{
        AgencyError,
        admin::{self, BillChange, BillFilter, NewBill},
    },
    personas::PersonaLine,
};
use rabt_protocol::{
    Localized,
    agency::{AmountRule, BillStatus, Period},
};

fn fine() -> NewBill {
    NewBill {
        agency_id: TRAFFIC.to_owned(),
        persona_id: "tenant-family".to_owned(),
        kind_code: "traffic-fine".to_owned(),
        amount_fils: Some(12_345),
        ..NewBill::default()
    }
}

/// What an error says, shortly.
fn said<T: std::fmt::Debug>(result: Result<T, AgencyError>) -> String {
    match result.unwrap_err() {
        AgencyError::Invalid { field, .. } => field,
        AgencyError::NotFound { what } => format!("no {what}"),
        other => other.to_string(),
    }
}

#[tokio::test]
async fn an_added_bill_is_the_persons_at_once() {
    let ctx = city();
    consent(&ctx, TRAFFIC, "tenant-family").await;
    let added = admin::add_bill(&ctx, fine()).unwrap();
    assert_eq!(added.amount_fils, 12_345);
    assert_eq!(
        (added.account_id.as_str(), added.title.en.as_str()),
        ("po-file", "Traffic fine")
    );
    assert_eq!(added.issued_on, ctx.clock.today().to_string());
    assert_eq!(bill(&ctx, TRAFFIC, "tenant-family", &added.bill_id).await, added);
    let request = posting_of(&added, "tenant-family");
    post(&ctx, TRAFFIC, "key-1", &request).await.ok();
}

#[test]
fn an_added_bill_can_be_said_in_full() {
    let ctx = city();
    let line = |fee: &str, amount_fils| PersonaLine {
        fee: fee.to_owned(),
        amount_fils,
    };
    let today = ctx.clock.today();
    let day = |days: i64| today.checked_add(jiff::Span::new().days(days)).unwrap().to_string();
    let bill = admin::add_bill(
        &ctx,
        NewBill {
            agency_id: POWER.to_owned(),
            persona_id: "tenant-family".to_owned(),
            kind_code: "utility-bill".to_owned(),
            account_id: Some("ew-home".to_owned()),
            bill_id: Some("mine".to_owned()),
            reference: Some("EW-7".to_owned()),
            title: Some(Localized::new("Summer", "صيف")),
            lines: vec![
                line("electricity", Some(10_000)),
                line("vat", None),
                line("housing-fee", None),
            ],
            issued_on: Some(day(-40)),
            due_on: Some(day(-10)),
            period: Some(Period {
                from: day(-71),
                to: day(-41),
            }),
            ..NewBill::default()
        },
    )
    .unwrap();
    let amounts: Vec<_> = bill.lines.iter().map(|line| line.amount_fils).collect();
    assert_eq!(amounts, [10_000, 500, 40_000]);
    assert_eq!(
        (bill.bill_id.as_str(), bill.reference.as_str(), bill.title.en.as_str()),
        ("mine", "EW-7", "Summer")
    );
    assert_eq!((bill.issued_on, bill.due_on), (day(-40), day(-10)));
    assert_eq!(
        bill.period,
        Some(Period {
            from: day(-71),
            to: day(-41)
        })
    );
}

#[test]
fn usual_lines_come_to_the_amount_that_is_asked_for() {
    let ctx = city();
    let of = |agency_id: &str, kind_code: &str, amount_fils| {
        let names = (agency_id.to_owned(), kind_code.to_owned());
        admin::add_bill(
            &ctx,
            NewBill {
                agency_id: names.0,
                kind_code: names.1,
                amount_fils,
                ..fine()
            },
        )
    };
    let mixed = of("health", "vaccination", Some(10_000)).unwrap();
    assert_eq!(
        mixed.lines.iter().map(|line| line.amount_fils).collect::<Vec<_>>(),
        [8_000, 1_000, 1_000]
    );
    assert_eq!(of("land", "tenancy-registration", None).unwrap().amount_fils, 12_000);
    assert_eq!(
        of("land", "tenancy-registration", Some(12_000)).unwrap().amount_fils,
        12_000
    );
    assert_eq!(said(of("land", "tenancy-registration", Some(12_001))), "amount_fils");
    assert_eq!(
        of("human-resources", "job-loss-insurance", None).unwrap().amount_fils,
        6_300
    );
    let top_up = of(TOLL, "toll-topup", Some(5_000)).unwrap();
    assert_eq!(
        top_up.amount_rule,
        AmountRule::Range {
            min_fils: 5_000,
            max_fils: 100_000
        }
    );
    assert_eq!(said(of(TOLL, "toll-topup", Some(4_999))), "amount_fils");
}

#[test]
fn a_bill_that_makes_no_sense_is_refused_by_its_field() {
    let ctx = city();
    let wrong = [
        (
            NewBill {
                agency_id: "zoo".to_owned(),
                ..fine()
            },
            "no agency \"zoo\"",
        ),
        (
            NewBill {
                persona_id: "somebody".to_owned(),
                ..fine()
            },
            "no persona \"somebody\"",
        ),
        (
            NewBill {
                kind_code: "zoo-ticket".to_owned(),
                ..fine()
            },
            "kind_code",
        ),
        (
            NewBill {
                persona_id: "nobody".to_owned(),
                ..fine()
            },
            "account_id",
        ),
        (
            NewBill {
                account_id: Some("po-fleet".to_owned()),
                ..fine()
            },
            "account_id",
        ),
        (
            NewBill {
                bill_id: Some("a b".to_owned()),
                ..fine()
            },
            "bill_id",
        ),
        (
            NewBill {
                bill_id: Some("po-0001".to_owned()),
                ..fine()
            },
            "bill_id",
        ),
        (
            NewBill {
                reference: Some(String::new()),
                ..fine()
            },
            "reference",
        ),
        (
            NewBill {
                amount_fils: None,
                ..fine()
            },
            "amount_fils",
        ),
        (
            NewBill {
                amount_fils: Some(0),
                ..fine()
            },
            "lines",
        ),
        (
            NewBill {
                amount_fils: Some(i64::MAX),
                ..fine()
            },
            "lines[0].amount_fils",
        ),
        (
            NewBill {
                title: Some(Localized::new("Fine", "Fine")),
                ..fine()
            },
            "title.ar",
        ),
        (
            NewBill {
                issued_on: Some("2999-01-01".to_owned()),
                ..fine()
            },
            "issued_on",
        ),
        (
            NewBill {
                issued_on: Some("today".to_owned()),
                ..fine()
            },
            "issued_on",
        ),
        (
            NewBill {
                due_on: Some("2001-01-01".to_owned()),
                ..fine()
            },
            "due_on",
        ),
        (
            NewBill {
                amount_rule: Some(AmountRule::Range {
                    min_fils: 1,
                    max_fils: 9,
                }),
                ..fine()
            },
            "amount_rule",
        ),
    ];
    for (bill, at) in wrong {
        assert_eq!(said(admin::add_bill(&ctx, bill)), at);
    }
    let line = PersonaLine {
        fee: "phone".to_owned(),
        amount_fils: Some(1),
    };
    let both = NewBill {
        lines: vec![line.clone()],
        ..fine()
    };
    assert_eq!(said(admin::add_bill(&ctx, both)), "amount_fils");
    let rated = NewBill {
        lines: vec![line],
        amount_fils: None,
        ..fine()
    };
    assert_eq!(said(admin::add_bill(&ctx, rated)), "lines[0].amount_fils");
    assert_eq!(count(&ctx, "agency_outbox"), 0);
}

#[test]
fn a_changed_bill_has_the_next_revision_and_still_adds_up() {
    let ctx = city();
    let change = |bill_id: &str, amount_fils| {
        admin::change_bill(
            &ctx,
            POWER,
            bill_id,
            BillChange {
                amount_fils: Some(amount_fils),
                ..BillChange::default()
            },
        )
    };
    let raised = change("ew-0001", 95_000).unwrap();
    assert_eq!((raised.revision, raised.amount_fils), (2, 95_000));
    assert_eq!(raised.lines.last().unwrap().code, "adjustment");
    let lowered = change("ew-0001", 90_000).unwrap();
    assert_eq!(lowered.lines.len(), raised.lines.len());
    for bill in [&raised, &lowered] {
        assert_eq!(
            bill.lines.iter().map(|line| line.amount_fils).sum::<i64>(),
            bill.amount_fils
        );
    }
    let back = change("ew-0001", 91_160).unwrap();
    assert!(back.lines.iter().all(|line| line.code != "adjustment"));
    assert_eq!(back.revision, 4);
    assert_eq!(said(change("ew-0001", 0)), "amount_fils");
    assert_eq!(said(change("ew-9", 5)), "no bill \"ew-9\" with \"electricity-water\"");
}

#[test]
fn due_day_and_title_change_within_reason() {
    let ctx = city();
    let change = |change: BillChange| admin::change_bill(&ctx, TRAFFIC, "po-0001", change);
    let due_on = ctx.clock.today().to_string();
    let title = Localized::new("Speeding, after an objection", "تجاوز السرعة، بعد اعتراض");
    let changed = change(BillChange {
        due_on: Some(due_on.clone()),
        title: Some(title.clone()),
        amount_fils: None,
    });
    let changed = changed.unwrap();
    assert_eq!((changed.due_on, changed.title, changed.revision), (due_on, title, 2));
    assert_eq!(said(change(BillChange::default())), "amount_fils");
    for day in ["soon", "2001-01-01"] {
        assert_eq!(
            said(change(BillChange {
                due_on: Some(day.to_owned()),
                ..BillChange::default()
            })),
            "due_on"
        );
    }
}

#[test]
fn what_is_closed_stays_as_it_is() {
    let ctx = city();
    let withdrawn = admin::withdraw_bill(&ctx, TRAFFIC, "po-0001").unwrap();
    assert_eq!((withdrawn.status, withdrawn.revision), (BillStatus::Withdrawn, 2));
    let paid = admin::pay_at_counter(&ctx, TRAFFIC, "po-0002", None).unwrap();
    assert_eq!(paid.paid.as_ref().map(|paid| paid.channel.as_str()), Some("counter"));
    for (bill_id, why) in [
        ("po-0001", "the bill was withdrawn"),
        ("po-0002", "the bill is paid already"),
        ("po-1001", "the bill is paid already"),
    ] {
        let change = BillChange {
            amount_fils: Some(1),
            ..BillChange::default()
        };
        assert_eq!(said(admin::change_bill(&ctx, TRAFFIC, bill_id, change)), why);
        assert_eq!(said(admin::withdraw_bill(&ctx, TRAFFIC, bill_id)), why);
        assert_eq!(said(admin::pay_at_counter(&ctx, TRAFFIC, bill_id, None)), why);
    }
    assert_eq!(count(&ctx, "agency_posting"), 1);
}

#[test]
fn the_counter_takes_what_the_bill_takes() {
    let ctx = city();
    assert_eq!(
        said(admin::pay_at_counter(&ctx, TRAFFIC, "po-0001", Some(1))),
        "amount_fils"
    );
    let paid = admin::pay_at_counter(&ctx, TOLL, "to-0001", Some(20_000)).unwrap();
    assert_eq!(paid.paid.unwrap().amount_fils, 20_000);
}

#[test]
fn bills_are_listed_by_agency_person_and_state() {
    let ctx = city();
    let list = |filter: BillFilter| admin::bills(&ctx, &filter);
    let all = list(BillFilter::default()).unwrap();
    let of_everybody: usize = personas::all().iter().map(|persona| persona.bills.len()).sum();
    assert_eq!(all.len(), of_everybody + 1, "and the grandparents'");
    let open = list(BillFilter {
        agency_id: Some(TRAFFIC.to_owned()),
        persona_id: Some("tenant-family".to_owned()),
        status: Some(BillStatus::Open),
    });
    assert_eq!(open.unwrap().len(), 2);
    let with = |agency_id: &str, persona_id: &str, status| BillFilter {
        agency_id: Some(agency_id.to_owned()),
        persona_id: Some(persona_id.to_owned()),
        status,
    };
    assert_eq!(said(list(with("zoo", "nobody", None))), "no agency \"zoo\"");
    assert_eq!(said(list(with(TRAFFIC, "zoo", None))), "no persona \"zoo\"");
    assert_eq!(said(list(with(TRAFFIC, "nobody", Some(BillStatus::Unknown)))), "status");
}
