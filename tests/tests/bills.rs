//! Bills of agencies that are quick, slow, broken and hostile, all at once: each costs itself only.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a story that meets something else has failed"
)]

use rabt::{
    RabtError, RefreshOutcome, RefreshReport,
    domain::{BillStatus, IncidentKind},
};
use rabt_sandbox::{BillChange, BillFilter, Fault, FaultKind};
use rabt_tests::{Phone, Town};
use serde_json::json;

const FAMILY: &str = "tenant-family";

fn outcome<'a>(report: &'a RefreshReport, agency: &str) -> &'a Result<RefreshOutcome, RabtError> {
    let found = report.agencies.iter().find(|entry| entry.agency.as_str() == agency);
    &found.expect("the agency was asked").outcome
}

/// Has every agency change one of the family's bills, so that none can answer that nothing has changed.
fn every_agency_changes_a_bill(town: &Town) {
    for agency in town.control().agencies() {
        let filter = BillFilter {
            agency_id: Some(agency.agency_id.clone()),
            persona_id: Some(FAMILY.to_owned()),
            status: Some(rabt_protocol::agency::BillStatus::Open),
        };
        let bills = town.control().bills(&filter).unwrap();
        let change = BillChange {
            title: Some(rabt_protocol::Localized::new("Said anew", "قيل من جديد")),
            ..BillChange::default()
        };
        let bill = bills.last().unwrap();
        town.control()
            .change_bill(&agency.agency_id, &bill.bill_id, change)
            .unwrap();
    }
}

/// A phone whose app waits for an agency no longer than this.
async fn patient_for(town: &Town, deadline_ms: u64) -> Phone {
    let mut phone = town.phone_of(FAMILY).await;
    phone.close();
    phone.config.agency_deadline_ms = deadline_ms;
    phone.open().await.unwrap();
    phone
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_quick_agencies_say_is_read_while_a_slow_one_is_still_asked() {
    // Given a land department that takes more than a second.
    let town = Town::start().await;
    let phone = town.phone_of(FAMILY).await;
    let latency = FaultKind::LatencyMs { latency_ms: 1_200 };
    town.fault(Fault::new("land", latency).on("/v1/bills"));

    // When everything is refreshed, the bills of the eleven others are on the screen while it is still being asked.
    let bills = phone.rabt().bills();
    let refresh = tokio::spawn(async move { bills.refresh().await });
    phone
        .until("eleven agencies' bills are there", async |phone: &Phone| {
            let open = phone.open_bills().await;
            let agencies: std::collections::BTreeSet<_> = open.iter().map(|bill| &bill.key.agency).collect();
            agencies.len() == 11
        })
        .await;
    assert!(!refresh.is_finished());
    assert_eq!(phone.freshness("land").await, None);
    assert!(
        phone
            .open_bills()
            .await
            .iter()
            .all(|bill| bill.key.agency.as_str() != "land")
    );

    // Then its own come when it answers, and nobody else had to wait for them.
    let report = refresh.await.unwrap().unwrap();
    assert_eq!(report.answered(), 12, "{report:?}");
    for entry in &report.agencies {
        assert_eq!(entry.took_ms >= 1_200, entry.agency.as_str() == "land", "{entry:?}");
    }
    assert_eq!(report.agencies.last().unwrap().agency.as_str(), "land");
    phone.bill("land", "la-0001").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eleven_agencies_misbehave_each_in_its_own_way_and_each_costs_itself_only() {
    // Given a phone that knows all bills, and agencies that have something new to say.
    let town = Town::start().await;
    let phone = patient_for(&town, 1_500).await;
    assert_eq!(phone.refresh().await.answered(), 12);
    let before = phone.all_bills().await;
    every_agency_changes_a_bill(&town);

    // When all but one say it wrongly.
    let elsewhere = format!("{}/v1/bills", town.city().bank_url());
    let whole: [(&str, FaultKind, Option<IncidentKind>); 8] = [
        ("police", FaultKind::CutBeforeCommit, None),
        (
            "economy",
            FaultKind::Status {
                status: 503,
                body: None,
            },
            None,
        ),
        ("knowledge", FaultKind::SlowBody { bytes_per_second: 40 }, None),
        ("roads", FaultKind::Garbage, Some(IncidentKind::Malformed)),
        ("health", FaultKind::EndlessBody, Some(IncidentKind::TooMuch)),
        (
            "residency",
            FaultKind::Redirect { location: elsewhere },
            Some(IncidentKind::Redirected),
        ),
        (
            "customs",
            FaultKind::WrongContentType,
            Some(IncidentKind::WrongContentType),
        ),
        (
            "human-resources",
            FaultKind::RewriteJson {
                pointer: "/subject".to_owned(),
                value: json!("somebody-else"),
            },
            Some(IncidentKind::AnotherPerson),
        ),
    ];
    let in_part: [(&str, FaultKind, IncidentKind); 3] = [
        ("land", FaultKind::AnotherPersonsBill, IncidentKind::UnknownAccount),
        (
            "municipality",
            FaultKind::AnotherAgencysBill,
            IncidentKind::AnotherAgency,
        ),
        (
            "electricity-water",
            FaultKind::RewriteJson {
                pointer: "/bills/0/amount_fils".to_owned(),
                value: json!(-5),
            },
            IncidentKind::BadAmount,
        ),
    ];
    let bank = town.meter("bank");
    for (agency, kind, _) in &whole {
        town.fault(Fault::new(*agency, kind.clone()).on("/v1/bills"));
    }
    for (agency, kind, _) in &in_part {
        town.fault(Fault::new(*agency, kind.clone()).on("/v1/bills"));
    }
    let report = phone.refresh().await;

    // Then the well one is as quick as ever, the bad ones are over by the deadline, and nobody was sent elsewhere.
    assert!(matches!(outcome(&report, "road-toll"), Ok(RefreshOutcome::Answered(counts)) if counts.changed == 1));
    assert!(report.agencies.iter().all(|entry| entry.took_ms < 2_500), "{report:?}");
    assert_eq!(town.counted(&bank), 0);

    // Each that said nothing to be believed has its own error, and what was known of its bills stands.
    let (now, incidents) = (phone.all_bills().await, phone.incidents().await);
    for (agency, kind, incident) in &whole {
        let error = outcome(&report, agency).as_ref().unwrap_err();
        let about = matches!(error, RabtError::AgencyUnavailable { agency: Some(it), .. } if it.as_str() == *agency);
        assert!(about, "{kind:?}: {error:?}");
        let freshness = phone.freshness(agency).await.unwrap();
        assert_eq!(freshness.error.as_deref(), Some("unavailable"), "{kind:?}");
        assert!(freshness.succeeded_at.unwrap() < freshness.attempted_at, "{kind:?}");
        let of = |bills: &[rabt::domain::Bill]| -> Vec<_> {
            bills
                .iter()
                .filter(|bill| bill.key.agency.as_str() == *agency)
                .cloned()
                .collect()
        };
        assert_eq!(of(&before), of(&now), "{kind:?}");
        let found: Vec<_> = incidents
            .iter()
            .filter(|(whose, _)| whose.as_deref() == Some(*agency))
            .collect();
        assert_eq!(
            found.iter().map(|(_, kind)| Some(*kind)).next().flatten(),
            *incident,
            "{kind:?}"
        );
    }
    // Of each that said one thing too many, that one thing was refused and the rest believed; nothing vanished by it.
    for (agency, kind, incident) in &in_part {
        let Ok(RefreshOutcome::Answered(counts)) = outcome(&report, agency) else {
            panic!("{kind:?}: {report:?}");
        };
        assert_eq!((counts.new, counts.gone), (0, 0), "{kind:?}");
        assert!(
            incidents.contains(&(Some((*agency).to_owned()), *incident)),
            "{kind:?}: {incidents:?}"
        );
    }
    assert_eq!(before.len(), now.len());
    assert!(now.iter().all(|bill| bill.status != BillStatus::Vanished));

    // And once they are well again, nothing of it is left but the record.
    town.control().clear_faults(None);
    assert_eq!(phone.refresh().await.answered(), 12);
    let said_anew = phone
        .open_bills()
        .await
        .iter()
        .filter(|bill| bill.title.en() == "Said anew")
        .count();
    assert_eq!(said_anew, 12);
    for (agency, ..) in &whole {
        assert_eq!(phone.freshness(agency).await.unwrap().error, None);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drip_within_the_deadline_is_told_from_a_slow_network_and_recorded() {
    let town = Town::start().await;
    let phone = patient_for(&town, 8_000).await;
    town.fault(Fault::new("police", FaultKind::SlowBody { bytes_per_second: 40 }).on("/v1/bills"));

    let report = phone.refresh().await;

    assert_eq!(report.answered(), 11);
    assert!(outcome(&report, "police").is_err());
    assert_eq!(
        phone.incidents().await,
        [(Some("police".to_owned()), IncidentKind::TooSlow)]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bill_that_is_gone_is_shown_as_what_became_of_it() {
    // Given a phone that knows all bills.
    let town = Town::start().await;
    let phone = town.phone_of(FAMILY).await;
    phone.refresh().await;
    let before = phone.all_bills().await.len();

    // When one is withdrawn, one is paid at the counter, and one is not mentioned any more.
    let control = town.control();
    control.withdraw_bill("police", "po-0001").unwrap();
    control.pay_at_counter("roads", "rt-0002", None).unwrap();
    let filter = BillFilter {
        agency_id: Some("health".to_owned()),
        persona_id: Some(FAMILY.to_owned()),
        status: None,
    };
    let change = BillChange {
        due_on: Some(control.clock().today),
        ..BillChange::default()
    };
    control.change_bill("health", "he-0002", change).unwrap();
    let mut mentioned = control.bills(&filter).unwrap();
    mentioned.retain(|bill| bill.bill_id != "he-0001");
    let silence = FaultKind::RewriteJson {
        pointer: "/bills".to_owned(),
        value: serde_json::to_value(&mentioned).unwrap(),
    };
    town.fault(Fault::new("health", silence).on("/v1/bills"));
    let report = phone.refresh().await;

    // Then each says so, and none is dropped.
    let gone = |agency| match outcome(&report, agency) {
        Ok(RefreshOutcome::Answered(counts)) => (counts.changed, counts.gone),
        other => panic!("{agency}: {other:?}"),
    };
    assert_eq!(
        (gone("police"), gone("roads"), gone("health")),
        ((1, 0), (1, 0), (1, 1))
    );
    assert_eq!(phone.bill("police", "po-0001").await.status, BillStatus::Withdrawn);
    let elsewhere = phone.bill("roads", "rt-0002").await;
    assert_eq!(elsewhere.status, BillStatus::PaidElsewhere);
    assert_eq!(elsewhere.paid.unwrap().channel, "counter");
    assert_eq!(phone.bill("health", "he-0001").await.status, BillStatus::Vanished);
    assert_eq!(phone.all_bills().await.len(), before);

    // And one that is mentioned again is open again.
    control.clear_faults(None);
    let change = BillChange {
        due_on: Some("2099-01-01".to_owned()),
        ..BillChange::default()
    };
    control.change_bill("health", "he-0002", change).unwrap();
    phone.refresh().await;
    assert_eq!(phone.bill("health", "he-0001").await.status, BillStatus::Open);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agency_that_has_nothing_new_says_so_and_sends_nothing() {
    let town = Town::start().await;
    let phone = town.phone_of(FAMILY).await;
    phone.refresh().await;
    let before = phone.all_bills().await;

    let again = phone.refresh().await;

    assert_eq!(again.answered(), 12);
    for entry in &again.agencies {
        assert_eq!(entry.outcome, Ok(RefreshOutcome::Unchanged), "{entry:?}");
    }
    assert_eq!(phone.all_bills().await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_refreshes_at_once_ask_each_agency_once() {
    let town = Town::start().await;
    let phone = town.phone_of(FAMILY).await;
    phone.refresh().await;
    let asked = town.meter_on("police", "GET", "/v1/bills");
    town.fault(Fault::new("police", FaultKind::LatencyMs { latency_ms: 150 }).on("/v1/bills"));

    let (one, two) = (phone.rabt().bills(), phone.rabt().bills());
    let (one, two) = tokio::join!(one.refresh(), two.refresh());

    assert_eq!((one.unwrap().answered(), two.unwrap().answered()), (12, 12));
    assert_eq!(town.counted(&asked), 1);
}
