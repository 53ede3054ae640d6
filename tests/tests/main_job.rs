//! The main job: sign in, every bill of every agency, a basket over many of them, offline.

use rabt::{
    SessionState,
    domain::{InstrumentKind, PaymentState},
};
use rabt_tests::Town;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_resident_sees_and_pays_the_bills_of_twelve_agencies() {
    let town = Town::start().await;
    let phone = town.phone().await;
    let state = phone.sign_in(&town, "tenant-family").await.unwrap();
    assert!(matches!(state, SessionState::SignedIn { .. }));
    phone.consent_to_all().await;

    let report = phone.rabt().bills().refresh().await.unwrap();
    assert_eq!(report.answered(), 12, "{report:?}");
    let bills = phone.open_bills().await;
    assert!(bills.len() >= 12);

    let account = phone.link(&town, "tenant-family", InstrumentKind::BankAccount).await;
    let few: Vec<_> = bills.iter().take(2).collect();
    let payment = phone.pay(&few, &account.id).await.unwrap();
    assert_eq!(payment.state, PaymentState::Settled);
}
