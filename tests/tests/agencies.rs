//! The agencies themselves: joining, being consented to and not any more, accounts, and the directory that vouches for them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a story that meets something else has failed"
)]

use rabt::{
    ConflictCode, RabtError, RefreshOutcome,
    domain::{Holder, IncidentKind, InstrumentKind, PaymentState, bill::CHANNEL_RABT},
};
use rabt_sandbox::{Fault, FaultKind};
use rabt_tests::{Phone, Town, agency_id};
use std::{collections::BTreeMap, time::Duration};

const FAMILY: &str = "tenant-family";
const LIBRARIES: &str = include_str!("../../sandbox/fixtures/extra/libraries.json");
const A_WHILE: Duration = Duration::from_secs(20);

fn fields(contract: &str) -> BTreeMap<String, String> {
    BTreeMap::from([("contract_account".to_owned(), contract.to_owned())])
}

async fn names(phone: &Phone) -> Vec<String> {
    let views = phone.rabt().agencies().list().await.unwrap();
    views
        .into_iter()
        .map(|view| view.agency.id.as_str().to_owned())
        .collect()
}

/// How many consents that aren't withdrawn an agency keeps.
fn consents_at(town: &Town, agency: &str) -> usize {
    let dump = town.control().dump().unwrap();
    let rows = dump["agency_consent"]["shown"].as_array().unwrap().clone();
    let held = rows
        .iter()
        .filter(|row| row["agency_id"] == agency && row["withdrawn_at"].is_null());
    held.count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thirteenth_agency_joins_while_an_app_runs_and_a_bill_of_it_is_paid() {
    // Given a phone with an account linked, somebody signed in and twelve agencies.
    let town = Town::start().await;
    let phone = town.phone_of(FAMILY).await;
    phone.refresh().await;
    let account = phone.link(&town, FAMILY, InstrumentKind::BankAccount).await;
    assert_eq!(names(&phone).await.len(), 12);

    // When another joins the city, it is in the app by a sync alone: an event says so.
    town.control().add_agency(LIBRARIES).await.unwrap();
    let mut watcher = phone.rabt().watch();
    phone.rabt().sync().run(A_WHILE).await.unwrap();
    assert!(watcher.changed().await.contains(&rabt::Topic::Agencies));
    assert_eq!(names(&phone).await.last().unwrap(), "libraries");

    // It isn't asked before the person agrees to it,
    let asked = town.meter("libraries");
    assert_eq!(phone.refresh().await.agencies.len(), 12);
    assert_eq!(town.counted(&asked), 0);
    // and then its bills are seen and one is paid.
    let libraries = agency_id("libraries");
    phone
        .rabt()
        .agencies()
        .consent(std::slice::from_ref(&libraries))
        .await
        .unwrap();
    let report = phone.rabt().bills().refresh_agencies(&[libraries]).await.unwrap();
    assert!(
        matches!(report.agencies[0].outcome, Ok(RefreshOutcome::Answered(counts)) if counts.new == 3),
        "{report:?}"
    );
    let membership = phone.bill("libraries", "lib-0001").await;
    let payment = phone.pay(&[&membership], &account.id).await.unwrap();
    assert_eq!(payment.state, PaymentState::Settled);
    assert_eq!(
        phone.bill("libraries", "lib-0001").await.paid.unwrap().channel,
        CHANNEL_RABT
    );
    town.books_at_rest().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consent_that_is_taken_back_offline_is_kept_at_once_and_told_later() {
    // Given a phone that knows the police's bills, while the police can't be reached.
    let town = Town::start().await;
    let phone = town.phone_of(FAMILY).await;
    phone.refresh().await;
    assert_eq!(consents_at(&town, "police"), 1);
    town.breaks("police", FaultKind::CutBeforeCommit);
    let police = agency_id("police");

    // When the person takes their consent back.
    phone.rabt().agencies().withdraw_consent(&police).await.unwrap();

    // Then what it said is forgotten at once, its accounts too, and it isn't asked any more.
    assert!(phone.all_bills().await.iter().all(|bill| bill.key.agency != police));
    let accounts = phone.rabt().accounts().list().await.unwrap();
    assert!(accounts.iter().all(|account| account.key.agency != police));
    let view = phone
        .rabt()
        .agencies()
        .list()
        .await
        .unwrap()
        .into_iter()
        .find(|view| view.agency.id == police)
        .unwrap();
    assert_eq!((view.consent, view.freshness), (None, None));
    town.mend("police");
    let asked = town.meter_on("police", "GET", "/v1");
    assert_eq!(phone.refresh().await.agencies.len(), 11);
    let alone = phone
        .rabt()
        .bills()
        .refresh_agencies(std::slice::from_ref(&police))
        .await
        .unwrap();
    let missing = RabtError::Conflict {
        code: ConflictCode::ConsentMissing,
    };
    assert_eq!(alone.agencies[0].outcome, Err(missing.clone()));
    let file = BTreeMap::from([("traffic_file".to_owned(), "10712041".to_owned())]);
    let accounts = phone.rabt().accounts();
    assert_eq!(accounts.add(&police, "traffic-file", file).await, Err(missing));
    assert_eq!(town.counted(&asked), 0);

    // And the agency is told at the next sync.
    assert_eq!(consents_at(&town, "police"), 1);
    phone.rabt().sync().run(A_WHILE).await.unwrap();
    assert_eq!(consents_at(&town, "police"), 0);

    // Agreeing again brings everything back.
    phone
        .rabt()
        .agencies()
        .consent(std::slice::from_ref(&police))
        .await
        .unwrap();
    assert_eq!(phone.refresh().await.answered(), 12);
    phone.bill("police", "po-0001").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accounts_are_found_and_others_are_added_by_hand() {
    let town = Town::start().await;
    let phone = town.phone_of(FAMILY).await;
    phone.refresh().await;
    // Those that the agencies hold are found.
    let accounts = phone.rabt().accounts().list().await.unwrap();
    assert!(accounts.len() >= 14 && accounts.iter().all(|account| account.holder == Holder::Own));
    let electricity = agency_id("electricity-water");
    let add = async |contract: &str| {
        let accounts = phone.rabt().accounts();
        accounts.add(&electricity, "contract-account", fields(contract)).await
    };

    // One of the wrong shape is refused with nothing sent,
    let asked = town.meter_all();
    let refused = add("200014559").await.unwrap_err();
    assert!(matches!(refused, RabtError::InvalidInput { field, .. } if field == "fields.contract_account"));
    assert_eq!(town.counted(&asked), 0);
    // one that the agency doesn't know by the agency,
    let unknown = add("2000000000").await.unwrap_err();
    assert!(
        matches!(&unknown, RabtError::Refused { code, .. } if code == "account_unknown"),
        "{unknown:?}"
    );
    assert_eq!(phone.rabt().accounts().list().await.unwrap().len(), accounts.len());
    // and the parents' is added, once however often.
    let parents = add("2000145591").await.unwrap();
    assert_eq!(
        (parents.holder, parents.number.reveal().as_str()),
        (Holder::AddedByHand, "2000145591")
    );
    assert_eq!(add("2000145591").await.unwrap(), parents);
    assert_eq!(phone.rabt().accounts().list().await.unwrap().len(), accounts.len() + 1);

    // Its bill is among the others, and is paid like them.
    phone.refresh().await;
    let bill = phone.bill("electricity-water", "ew-parents-0001").await;
    assert_eq!(bill.account, parents.key.account);
    let account = phone.link(&town, FAMILY, InstrumentKind::BankAccount).await;
    phone
        .step_up(&town, FAMILY, rabt_protocol::oidc::acr::HIGH)
        .await
        .unwrap();
    assert_eq!(
        phone.pay(&[&bill], &account.id).await.unwrap().state,
        PaymentState::Settled
    );
    town.books_at_rest().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_was_added_on_another_phone_is_found_and_unchanged_ones_are_not_told_again() {
    let town = Town::start().await;
    let (phone, other) = (town.phone_of(FAMILY).await, town.phone_of(FAMILY).await);
    phone.refresh().await;
    phone.refresh().await;
    let electricity = agency_id("electricity-water");
    let of_electricity = async || {
        let all = phone.rabt().accounts().list().await.unwrap();
        all.into_iter()
            .filter(|account| account.key.agency == electricity)
            .count()
    };
    let before = of_electricity().await;

    // Nothing has changed: the agency answers both questions without a body.
    let sent = || town.control().traffic("electricity-water").sent_bytes;
    let begun = sent();
    phone
        .rabt()
        .bills()
        .refresh_agencies(std::slice::from_ref(&electricity))
        .await
        .unwrap();
    let unchanged = sent() - begun;
    assert!(unchanged < 600, "{unchanged} bytes for nothing new");

    other
        .rabt()
        .accounts()
        .add(&electricity, "contract-account", fields("2000145591"))
        .await
        .unwrap();
    phone.refresh().await;
    assert_eq!(of_electricity().await, before + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agency_that_does_not_know_of_the_consent_yet_is_told_when_an_account_is_added() {
    let town = Town::start().await;
    let phone = town.phone_of(FAMILY).await;
    assert_eq!(consents_at(&town, "electricity-water"), 0);
    let accounts = phone.rabt().accounts();
    let parents = accounts
        .add(
            &agency_id("electricity-water"),
            "contract-account",
            fields("2000145591"),
        )
        .await;
    assert_eq!(parents.unwrap().holder, Holder::AddedByHand);
    assert_eq!(consents_at(&town, "electricity-water"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_directory_is_refused_and_recorded_also_after_a_restart() {
    // Given a phone whose directory knows thirteen agencies.
    let town = Town::start().await;
    let mut phone = town.phone_of(FAMILY).await;
    town.control().add_agency(LIBRARIES).await.unwrap();
    phone.rabt().agencies().refresh().await.unwrap();
    assert_eq!(names(&phone).await.len(), 13);

    for (kind, restart) in [
        (FaultKind::ReplayedDirectory, false),
        (FaultKind::ReplayedDirectory, true),
        (FaultKind::StaleDirectory, false),
        (FaultKind::StaleDirectory, true),
    ] {
        // When the gateway serves an old or expired one, to an app that runs or that was opened anew,
        let before = phone.incidents().await.len();
        if restart {
            phone.close();
            phone.open().await.unwrap();
        }
        town.fault(Fault::new("gateway", kind.clone()).on("/v1/directory"));
        let refused = phone.rabt().agencies().refresh().await.unwrap_err();

        // then it is refused and recorded, and the thirteen are still there.
        assert!(
            matches!(refused, RabtError::AgencyUnavailable { agency: None, .. }),
            "{kind:?}: {refused:?}"
        );
        let incidents = phone.incidents().await;
        assert_eq!(incidents.len(), before + 1, "{kind:?}");
        assert_eq!(incidents[0], (None, IncidentKind::StaleDirectory), "{kind:?}");
        assert_eq!(names(&phone).await.len(), 13, "{kind:?}");
        town.mend("gateway");
        phone.rabt().agencies().refresh().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_directory_that_somebody_else_signed_is_refused_and_the_phone_has_none() {
    // Given an app that was built for another city's key.
    let (town, other) = (Town::start().await, Town::start().await);
    let mut phone = town.phone().await;
    phone.close();
    phone.config.directory_keys = rabt::jose::JwkSet {
        keys: vec![other.city().directory_key()],
    };
    phone.open().await.unwrap();

    let refused = phone.rabt().agencies().refresh().await.unwrap_err();

    assert!(
        matches!(refused, RabtError::AgencyUnavailable { agency: None, .. }),
        "{refused:?}"
    );
    assert_eq!(phone.incidents().await, [(None, IncidentKind::BadSignature)]);
    assert_eq!(names(&phone).await, Vec::<String>::new());
}
