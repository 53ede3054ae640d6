//! What becomes of a bill when something fails.

use crate::{
    device::Device,
    town::{FAMILY, bill, bill_now, city, day, days_pass, is_paid, mandate, run, sound_books},
};
use rabt_protocol::{
    agency::BillStatus,
    instrument::{InstrumentKind, InstrumentStatus},
    mandate::{Failure, Progress, Rule, When},
};
use rabt_sandbox::{BillChange, Fault, FaultKind};

#[tokio::test]
async fn an_agency_that_is_down_at_due_time_is_paid_when_it_is_back() {
    let city = city().await;
    let device = Device::of(&city).await;
    let card = device.link(&city, "card").await;
    device.agree(&city, &mandate(&city, "m-1", "customs", &card)).await;
    let due = bill(&city, 12_000, 2);
    run(&city).await;
    let fault = city
        .control()
        .set_fault(Fault::new(
            "customs",
            FaultKind::Status {
                status: 503,
                body: None,
            },
        ))
        .unwrap();
    days_pass(&city, 1).await;
    // Down for a day, and due soon: the person is told before it is due.
    assert!(matches!(device.told(&city, &due).await.because, Rule::Stale { .. }));
    days_pass(&city, 1).await;
    assert!(matches!(device.told(&city, &due).await.because, Rule::Stale { .. }));
    city.control().clear_fault(fault).unwrap();
    assert_eq!(run(&city).await, 1);
    assert!(is_paid(&city, &due));

    // Down over the whole of its time: it is asked about, since it may cost more than it seems.
    let late = bill(&city, 9_000, 1);
    run(&city).await;
    city.control()
        .set_fault(Fault::new(
            "customs",
            FaultKind::Status {
                status: 503,
                body: None,
            },
        ))
        .unwrap();
    days_pass(&city, 2).await;
    city.control().clear_faults(None);
    assert_eq!(run(&city).await, 0);
    assert!(matches!(device.told(&city, &late).await.because, Rule::Overdue { .. }));
    sound_books(&city);
}

#[tokio::test]
async fn an_agency_that_is_cut_in_the_middle_of_a_posting_is_paid_once() {
    let city = city().await;
    let device = Device::of(&city).await;
    let card = device.link(&city, "card").await;
    device.agree(&city, &mandate(&city, "m-1", "customs", &card)).await;
    for kind in [FaultKind::CutAfterCommit, FaultKind::CutBeforeCommit] {
        let due = bill(&city, 12_000, 0);
        city.control()
            .set_fault(Fault::new("customs", kind).on("/v1/postings").times(1))
            .unwrap();
        run(&city).await;
        run(&city).await;
        assert!(is_paid(&city, &due));
        sound_books(&city);
    }
}

#[tokio::test]
async fn money_that_is_short_is_tried_once_a_day_and_then_held() {
    let city = city().await;
    let device = Device::of(&city).await;
    let card = device.link(&city, "card").await;
    let mut terms = mandate(&city, "m-1", "customs", &card);
    terms.schedule.pay = When::Issue;
    device.agree(&city, &terms).await;
    let control = city.control();
    control.set_available_fils(FAMILY, InstrumentKind::Card, 5_000).unwrap();
    let due = bill(&city, 12_000, 20);
    assert_eq!(run(&city).await, 1);
    let told = device.told(&city, &due).await;
    assert_eq!(
        told.because,
        Rule::RetryOn {
            attempts: 1,
            retry_on: day(&city, 1)
        }
    );
    let failed = device
        .report(&city)
        .await
        .decisions
        .into_iter()
        .find_map(|d| match d.payment?.progress {
            Progress::Failed { why, .. } => Some(why),
            _ => None,
        });
    assert_eq!(failed, Some(Failure::NotEnoughMoney));
    assert_eq!(run(&city).await, 0);
    for _ in 0..3 {
        days_pass(&city, 1).await;
    }
    days_pass(&city, 1).await;
    assert_eq!(
        device.told(&city, &due).await.because,
        Rule::AttemptsUsedUp { attempts: 4 }
    );
    assert_eq!(bill_now(&city, &due).status, BillStatus::Open);

    // Another bill meanwhile: money is back on its second day.
    let next = bill(&city, 4_000, 20);
    control.set_available_fils(FAMILY, InstrumentKind::Card, 1_000).unwrap();
    run(&city).await;
    control
        .set_available_fils(FAMILY, InstrumentKind::Card, 100_000)
        .unwrap();
    assert_eq!(run(&city).await, 0);
    days_pass(&city, 1).await;
    assert!(is_paid(&city, &next));
    sound_books(&city);
}

#[tokio::test]
async fn a_card_that_expired_gives_way_to_the_fallback_and_a_stopped_one_does_not() {
    let city = city().await;
    let device = Device::of(&city).await;
    let card = device.link(&city, "card").await;
    let account = device.link(&city, "bank_account").await;
    let mut terms = mandate(&city, "m-1", "customs", &card);
    terms.fallback_instrument_id = Some(account.instrument_id.clone());
    device.agree(&city, &terms).await;
    device.consent(&city, "m-1").await;
    let control = city.control();
    control
        .set_instrument_status(&card.instrument_id, InstrumentStatus::Expired)
        .await
        .unwrap();
    let due = bill(&city, 12_000, 0);
    assert_eq!(run(&city).await, 1);
    assert!(is_paid(&city, &due));
    let report = device.report(&city).await;
    let paid = report.decisions.iter().find_map(|d| d.payment.as_ref()).unwrap();
    assert_eq!(paid.instrument_id, account.instrument_id);

    control
        .set_instrument_status(&card.instrument_id, InstrumentStatus::Active)
        .await
        .unwrap();
    control
        .set_instrument_status(&card.instrument_id, InstrumentStatus::Suspended)
        .await
        .unwrap();
    let next = bill(&city, 13_000, 0);
    assert_eq!(run(&city).await, 0);
    assert_eq!(device.told(&city, &next).await.because, Rule::InstrumentStopped);
    sound_books(&city);
}

#[tokio::test]
async fn an_expired_card_alone_is_told() {
    let city = city().await;
    let device = Device::of(&city).await;
    let card = device.link(&city, "card").await;
    device.agree(&city, &mandate(&city, "m-1", "customs", &card)).await;
    city.control()
        .set_instrument_status(&card.instrument_id, InstrumentStatus::Expired)
        .await
        .unwrap();
    let due = bill(&city, 12_000, 0);
    assert_eq!(run(&city).await, 0);
    assert_eq!(device.told(&city, &due).await.because, Rule::NoInstrument);
}

#[tokio::test]
async fn a_bill_that_grew_is_decided_anew() {
    let city = city().await;
    let device = Device::of(&city).await;
    let card = device.link(&city, "card").await;
    device.agree(&city, &mandate(&city, "m-1", "customs", &card)).await;
    let due = bill(&city, 12_000, 1);
    run(&city).await;
    let change = BillChange {
        amount_fils: Some(60_000),
        ..BillChange::default()
    };
    city.control().change_bill("customs", &due.bill_id, change).unwrap();
    days_pass(&city, 1).await;
    assert_eq!(
        device.told(&city, &due).await.because,
        Rule::OverPayment {
            amount_fils: 60_000,
            limit_fils: 50_000
        }
    );
    let change = BillChange {
        amount_fils: Some(40_000),
        ..BillChange::default()
    };
    city.control().change_bill("customs", &due.bill_id, change).unwrap();
    assert_eq!(run(&city).await, 1);
    assert!(is_paid(&city, &due));
    sound_books(&city);
}

#[tokio::test]
async fn being_late_costs_once_and_the_person_is_asked_about_what_it_became() {
    let city = city().await;
    let device = Device::of(&city).await;
    let card = device.link(&city, "card").await;
    device.agree(&city, &mandate(&city, "m-1", "customs", &card)).await;
    let control = city.control();
    control.charge_late_fees().unwrap();
    let before = control.late_fees().unwrap();
    let (paid, late, small) = (bill(&city, 12_000, 1), bill(&city, 40_000, 1), bill(&city, 1_500, 1));
    for known in [&late, &small] {
        let change = BillChange {
            due_on: Some(day(&city, 0)),
            ..BillChange::default()
        };
        control.change_bill("customs", &known.bill_id, change).unwrap();
    }
    days_pass(&city, 1).await;
    assert!(is_paid(&city, &paid));
    let charged = control.charge_late_fees().unwrap();
    assert_eq!((charged.bills, charged.fils), (2, 2_000 + 1_000));
    assert_eq!(control.charge_late_fees().unwrap().bills, 0);
    assert_eq!(control.late_fees().unwrap().fils - before.fils, 3_000);
    assert_eq!(bill_now(&city, &late).amount_fils, 42_000);
    run(&city).await;
    assert!(matches!(device.told(&city, &late).await.because, Rule::Overdue { .. }));
}

#[tokio::test]
async fn what_is_withdrawn_or_paid_at_a_counter_is_left_alone() {
    let city = city().await;
    let device = Device::of(&city).await;
    let card = device.link(&city, "card").await;
    device.agree(&city, &mandate(&city, "m-1", "customs", &card)).await;
    let (withdrawn, elsewhere) = (bill(&city, 12_000, 1), bill(&city, 13_000, 1));
    run(&city).await;
    city.control().withdraw_bill("customs", &withdrawn.bill_id).unwrap();
    city.control()
        .pay_at_counter("customs", &elsewhere.bill_id, None)
        .unwrap();
    days_pass(&city, 1).await;
    assert_eq!(device.told(&city, &withdrawn).await.because, Rule::Withdrawn);
    assert_eq!(device.told(&city, &elsewhere).await.because, Rule::PaidElsewhere);
    sound_books(&city);
}

#[tokio::test]
async fn a_foreign_bill_is_not_looked_at() {
    let city = city().await;
    let device = Device::of(&city).await;
    let card = device.link(&city, "card").await;
    let mut terms = mandate(&city, "m-1", "customs", &card);
    terms.scope = rabt_protocol::mandate::Scope::All;
    terms.schedule.pay = When::Issue;
    terms.limits.per_payment_fils = Some(150_000);
    device.agree(&city, &terms).await;
    city.control()
        .set_fault(Fault::new("police", FaultKind::AnotherPersonsBill))
        .unwrap();
    run(&city).await;
    let report = device.report(&city).await;
    let own = |bill_id: &str| {
        let all = rabt_sandbox::BillFilter {
            persona_id: Some(FAMILY.to_owned()),
            ..rabt_sandbox::BillFilter::default()
        };
        city.control()
            .bills(&all)
            .unwrap()
            .iter()
            .any(|bill| bill.bill_id == bill_id)
    };
    assert!(
        report.decisions.iter().all(|decision| own(&decision.bill_id)),
        "{report:?}"
    );
    sound_books(&city);
}
