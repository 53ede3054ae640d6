//! What is paid, once, and what is told of it.

use crate::{
    device::Device,
    town::{bill, city, day, days_pass, is_paid, mandate, now, run, sound_books},
};
use rabt_protocol::{
    agency::BillKind,
    event::{EventPage, kind},
    mandate::{
        Allowance, Progress, ReportedDecision, Rule, Scope, ScopeEntry, StandingChange, TopUpFloor, Verdict, When,
    },
};
use rabt_sandbox::City;
use reqwest::Method;
use serde_json::json;

async fn ready(city: &City) -> (Device, rabt_protocol::instrument::Instrument) {
    let device = Device::of(city).await;
    let card = device.link(city, "card").await;
    (device, card)
}

#[tokio::test]
async fn a_bill_is_paid_on_its_day_and_each_change_is_told_once() {
    let city = city().await;
    let (device, card) = ready(&city).await;
    device.agree(&city, &mandate(&city, "m-1", "customs", &card)).await;
    let due = bill(&city, 12_000, 3);
    for _ in 0..3 {
        assert_eq!(run(&city).await, 0);
    }
    assert_eq!(
        device.told(&city, &due).await.because,
        Rule::NotYet { pay_on: day(&city, 3) }
    );
    days_pass(&city, 3).await;
    assert!(is_paid(&city, &due));
    run(&city).await;

    let report = device.report(&city).await;
    let told: Vec<&ReportedDecision> = report.decisions.iter().filter(|d| d.bill_id == due.bill_id).collect();
    let rules: Vec<&Rule> = told.iter().map(|decision| &decision.because).collect();
    let pay_on = day(&city, 0);
    assert_eq!(
        rules,
        [
            &Rule::NotYet { pay_on: pay_on.clone() },
            &Rule::Due { pay_on: pay_on.clone() },
            &Rule::Due { pay_on },
            &Rule::Paid
        ]
    );
    let progress: Vec<_> = told
        .iter()
        .filter_map(|d| Some(&d.payment.as_ref()?.progress))
        .collect();
    assert_eq!(progress, [&Progress::InFlight, &Progress::Settled]);
    assert!(told.iter().all(|d| {
        d.by.as_ref()
            .is_some_and(|by| by.mandate_id == "m-1" && by.version == 1)
    }));
    let events: EventPage = device.gateway(&city, Method::GET, "/v1/events", None).await.unwrap();
    assert!(events.events.iter().any(|event| event.kind == kind::AUTOPAY_DECIDED));
    sound_books(&city);
}

#[tokio::test]
async fn two_runners_pay_once_and_within_the_limit() {
    let city = city().await;
    let (device, card) = ready(&city).await;
    let mut terms = mandate(&city, "m-1", "customs", &card);
    terms.limits.month = Allowance {
        value_fils: Some(50_000),
        count: Some(3),
    };
    device.agree(&city, &terms).await;
    city.control().set_second_autopay_runner(true);
    let bills: Vec<_> = (0..6).map(|n| bill(&city, 15_000 + n, 0)).collect();
    run(&city).await;
    run(&city).await;
    let paid = bills.iter().filter(|bill| is_paid(&city, bill)).count();
    assert_eq!(paid, 3);
    sound_books(&city);
}

#[tokio::test]
async fn a_bill_that_is_paid_by_hand_at_the_same_time_is_paid_once() {
    let city = city().await;
    let (device, card) = ready(&city).await;
    device.agree(&city, &mandate(&city, "m-1", "customs", &card)).await;
    for n in 0..5 {
        let due = bill(&city, 10_000 + n, 0);
        let (by_hand, _) = tokio::join!(device.pay_by_hand(&city, &due, &card.instrument_id), run(&city));
        run(&city).await;
        assert!(is_paid(&city, &due), "{by_hand:?}");
        sound_books(&city);
    }
    assert_eq!(
        sound_books(&city).debited_fils - sound_books(&city).refunded_fils,
        50_010
    );
}

#[tokio::test]
async fn what_the_person_is_asked_is_paid_on_their_word_and_only_so_far() {
    let city = city().await;
    let (device, card) = ready(&city).await;
    let mut terms = mandate(&city, "m-1", "customs", &card);
    terms.ask_first.above_fils = Some(20_000);
    device.agree(&city, &terms).await;
    let (asked, declined) = (bill(&city, 30_000, 0), bill(&city, 31_000, 0));
    assert_eq!(run(&city).await, 0);
    assert_eq!(
        device.told(&city, &asked).await.because,
        Rule::AboveAmount {
            amount_fils: 30_000,
            above_fils: 20_000
        }
    );
    let events: EventPage = device.gateway(&city, Method::GET, "/v1/events", None).await.unwrap();
    let about: Vec<_> = events
        .events
        .iter()
        .filter(|event| event.kind == kind::AUTOPAY_ASKED)
        .filter_map(|event| event.data.bill_id.clone())
        .collect();
    assert_eq!(about.len(), 2, "{about:?}");
    assert!(about.contains(&asked.bill_id) && about.contains(&declined.bill_id));

    device
        .answer(&city, "m-1", &asked, Verdict::Approved { up_to_fils: 29_999 })
        .await
        .unwrap();
    device.answer(&city, "m-1", &declined, Verdict::Declined).await.unwrap();
    assert_eq!(run(&city).await, 0);
    assert!(matches!(
        device.told(&city, &asked).await.because,
        Rule::GrewPastApproval { .. }
    ));
    device
        .answer(&city, "m-1", &asked, Verdict::Approved { up_to_fils: 30_000 })
        .await
        .unwrap();
    assert_eq!(run(&city).await, 1);
    assert!(is_paid(&city, &asked) && !is_paid(&city, &declined));
    assert!(matches!(
        device.told(&city, &declined).await.because,
        Rule::Declined { .. }
    ));
    sound_books(&city);
}

#[tokio::test]
async fn a_prepaid_account_is_filled_when_it_is_low_once_a_day() {
    let city = city().await;
    let (device, card) = ready(&city).await;
    let mut terms = mandate(&city, "m-1", "road-toll", &card);
    terms.scope = Scope::Chosen {
        entries: vec![ScopeEntry {
            agency_id: Some("road-toll".to_owned()),
            account_id: None,
            kind: Some(BillKind::TopUp),
        }],
    };
    terms.top_up = Some(TopUpFloor {
        below_fils: 2_000,
        add_fils: 10_000,
    });
    device.agree(&city, &terms).await;
    run(&city).await;
    let report = device.report(&city).await;
    let told = report
        .decisions
        .iter()
        .rev()
        .find(|d| d.kind == BillKind::TopUp)
        .unwrap();
    // The family's toll account begins with less than AED 20, or with more.
    match &told.because {
        Rule::EnoughBalance { balance_fils, .. } => assert!(*balance_fils >= 2_000),
        _ => {
            let paid: Vec<_> = report
                .decisions
                .iter()
                .filter_map(|d| Some((d.because.clone(), d.payment.as_ref()?.amount_fils)))
                .collect();
            assert!(
                paid.iter().any(
                    |(rule, fils)| matches!(rule, Rule::BelowFloor { balance_fils, .. } if *balance_fils < 2_000)
                        && *fils == 10_000
                ),
                "{report:?}"
            );
        }
    }
    assert!(run(&city).await == 0);
    sound_books(&city);
}

#[tokio::test]
async fn a_paused_mandate_a_dispute_and_a_revocation_stop_it() {
    let city = city().await;
    let (device, card) = ready(&city).await;
    device.agree(&city, &mandate(&city, "m-1", "customs", &card)).await;
    device.change(&city, "m-1", StandingChange::Pause, 1).await.unwrap();
    let due = bill(&city, 12_000, 0);
    assert_eq!(run(&city).await, 0);
    assert!(matches!(device.told(&city, &due).await.because, Rule::Paused { .. }));
    device.change(&city, "m-1", StandingChange::Resume, 2).await.unwrap();

    let dispute = json!({"dispute_id": "d-1", "finding": "twice", "agency_id": "customs", "bill_id": due.bill_id});
    for _ in 0..2 {
        device
            .gateway::<()>(&city, Method::POST, "/v1/mandates/m-1/disputes", Some(&dispute))
            .await
            .unwrap();
    }
    assert_eq!(run(&city).await, 0);
    assert!(device.mandates(&city).await[0].disputed_at.is_some());
    device.change(&city, "m-1", StandingChange::Resume, 3).await.unwrap();
    assert_eq!(device.mandates(&city).await[0].disputed_at, None);
    assert_eq!(run(&city).await, 1);

    let next = bill(&city, 13_000, 0);
    device.change(&city, "m-1", StandingChange::Revoke, 4).await.unwrap();
    assert_eq!(run(&city).await, 0);
    assert!(is_paid(&city, &due) && !is_paid(&city, &next));
    sound_books(&city);
}

#[tokio::test]
async fn the_closest_mandate_pays_and_the_next_version_counts_what_the_first_paid() {
    let city = city().await;
    let (device, card) = ready(&city).await;
    let mut all = mandate(&city, "m-all", "customs", &card);
    all.scope = Scope::All;
    all.schedule.pay = When::Issue;
    device.agree(&city, &all).await;
    let mut customs = mandate(&city, "m-customs", "customs", &card);
    customs.schedule.pay = When::Issue;
    customs.limits.month.value_fils = Some(60_000);
    let one = device.sign(&customs, None);
    device.register(&city, &one).await.unwrap();
    let first = bill(&city, 40_000, 9);
    run(&city).await;
    assert_eq!(device.told(&city, &first).await.by.unwrap().mandate_id, "m-customs");
    assert!(is_paid(&city, &first));

    customs.version = 2;
    customs.agreed_at = now(&city);
    customs.limits.month.value_fils = Some(70_000);
    device
        .register(&city, &device.sign(&customs, Some(&one)))
        .await
        .unwrap();
    let second = bill(&city, 30_001, 9);
    run(&city).await;
    assert!(matches!(
        device.told(&city, &second).await.because,
        Rule::OverValue {
            used_fils: 40_000,
            limit_fils: 70_000,
            ..
        }
    ));
    assert!(!is_paid(&city, &second));
    sound_books(&city);
}

#[tokio::test]
async fn the_gateway_looks_by_itself_too() {
    let city = city().await;
    let (device, card) = ready(&city).await;
    city.control().set_autopay_runs_by_itself(true);
    let due = bill(&city, 12_000, 0);
    device.agree(&city, &mandate(&city, "m-1", "customs", &card)).await;
    let began = std::time::Instant::now();
    while !is_paid(&city, &due) {
        assert!(began.elapsed().as_secs() < 30, "never paid");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}
