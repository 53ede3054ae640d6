//! A city that is killed while its gateway pays, and started again from its file.

use crate::{
    device::Device,
    town::{bill, city_in, is_paid, mandate, run, sound_books},
};
use rabt_protocol::mandate::{Progress, StandingChange};
use std::time::Duration;

#[tokio::test]
async fn a_killed_runner_pays_each_bill_once_and_loses_no_decision() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("city.db");
    let mut town = city_in(&file).await;
    let device = Device::of(&town).await;
    let card = device.link(&town, "card").await;
    let mut terms = mandate(&town, "m-1", "customs", &card);
    terms.limits.month.value_fils = Some(2_000_000);
    device.agree(&town, &terms).await;
    let mut bills = Vec::new();
    for round in 0..8u64 {
        bills.push(bill(&town, 10_000 + i64::try_from(round).unwrap(), 0));
        let before = device.report(&town).await.decisions;
        town.control().set_autopay_runs_by_itself(true);
        tokio::time::sleep(Duration::from_millis(round * 12)).await;
        tokio::task::spawn_blocking(move || town.kill()).await.unwrap();
        town = city_in(&file).await;
        device.reconnect(&town);
        let after = device.report(&town).await.decisions;
        assert_eq!(after.get(..before.len()), Some(before.as_slice()), "a decision is lost");
    }
    run(&town).await;
    run(&town).await;
    assert!(bills.iter().all(|bill| is_paid(&town, bill)));
    let report = device.report(&town).await;
    for bill in &bills {
        let settled = report
            .decisions
            .iter()
            .filter(|d| d.bill_id == bill.bill_id)
            .filter(|d| {
                d.payment
                    .as_ref()
                    .is_some_and(|payment| payment.progress == Progress::Settled)
            })
            .count();
        assert_eq!(settled, 1, "{report:?}");
    }
    sound_books(&town);
}

#[tokio::test]
async fn what_was_signed_outlives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("city.db");
    let town = city_in(&file).await;
    let device = Device::of(&town).await;
    let card = device.link(&town, "card").await;
    device.agree(&town, &mandate(&town, "m-1", "customs", &card)).await;
    let record = device.change(&town, "m-1", StandingChange::Revoke, 1).await.unwrap();
    tokio::task::spawn_blocking(move || town.kill()).await.unwrap();
    let town = city_in(&file).await;
    device.reconnect(&town);
    assert_eq!(device.mandates(&town).await, [record]);
    let due = bill(&town, 10_000, 0);
    assert_eq!(run(&town).await, 0);
    assert!(!is_paid(&town, &due));
}
