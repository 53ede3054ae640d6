//! What goes wrong: no money, a card past its day, a consent that the bank takes back, an agency that is down on the day.

use crate::household::{DAY, Household, PERSONA, POLICE, consent_status};
use rabt::{
    BankConsentState, MandateDraft,
    domain::{InstrumentKind, mandate::Outcome},
};
use rabt_protocol::{
    instrument::{InstrumentKind as Kind, InstrumentStatus},
    mandate::MandateConsentStatus,
};
use rabt_sandbox::{Fault, FaultKind};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_money_it_is_held_and_told_and_paid_when_there_is_some() {
    let home = Household::begin().await;
    let draft = home.fines_on_an_account().await;
    let mandate = home.sign(&draft).await;
    home.consent(&mandate.id).await;
    home.town
        .control()
        .set_available_fils(PERSONA, Kind::BankAccount, 1_000)
        .unwrap();
    let fine = home.fine(20_000);
    home.pass(2_000);
    home.run().await;
    assert_eq!(home.sync().await.findings, 0);
    let (outcome, rule) = home.last(POLICE, &fine).await;
    assert_eq!(outcome, Outcome::Hold, "{rule}");
    assert!(["short_of_money", "retry_on"].contains(&rule), "{rule}");

    home.town
        .control()
        .set_available_fils(PERSONA, Kind::BankAccount, 2_000_000)
        .unwrap();
    home.pass(DAY);
    home.run().await;
    assert_eq!(home.sync().await.findings, 0);
    assert!(home.was_paid(POLICE, &fine).await.is_some());
    home.books_balance();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_that_has_expired_gives_way_to_the_fallback_and_else_holds() {
    let home = Household::begin().await;
    let account = home.link(InstrumentKind::BankAccount).await;
    let draft = home.fines_on_a_card().await;
    let card = draft.instrument_id.clone();
    let mandate = home.sign(&draft).await;
    home.town
        .control()
        .set_instrument_status(&card, InstrumentStatus::Expired)
        .await
        .unwrap();
    let fine = home.fine(20_000);
    home.pass(2_000);
    assert_eq!(home.run().await, 0);
    assert_eq!(home.sync().await.findings, 0);
    assert_eq!(home.last(POLICE, &fine).await, (Outcome::Hold, "no_instrument"));

    // The next version pays from the account; what has expired can't be signed again.
    let mut change = MandateDraft::change_of(&mandate.terms);
    change.fallback_instrument_id = Some(card);
    change.instrument_id = account.id.as_str().to_owned();
    change.limits.per_payment_fils = Some(500_000);
    home.phone.rabt().instruments().refresh().await.unwrap();
    let refused = home.phone.rabt().autopay().sign(&change).await.unwrap_err();
    assert_eq!(refused.code(), "invalid_input", "{refused}");
    change.fallback_instrument_id = None;
    home.sign(&change).await;
    home.consent(&mandate.id).await;
    home.pass(60);
    home.run().await;
    assert_eq!(home.sync().await.findings, 0);
    assert!(home.was_paid(POLICE, &fine).await.is_some());
    home.books_balance();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consent_that_the_bank_takes_back_stops_the_mandate_until_there_is_another() {
    let home = Household::begin().await;
    let draft = home.fines_on_an_account().await;
    let mandate = home.sign(&draft).await;
    let agreed = home.consent(&mandate.id).await;
    let BankConsentState::There { consent_id, .. } = agreed.consent else {
        panic!("{:?}", agreed.consent);
    };
    let revoked = MandateConsentStatus::Revoked;
    home.town
        .control()
        .set_mandate_consent_status(&consent_id, revoked)
        .await
        .unwrap();
    let fine = home.fine(20_000);
    home.pass(2_000);
    assert_eq!(home.run().await, 0);
    assert_eq!(home.sync().await.findings, 0);
    assert_eq!(home.last(POLICE, &fine).await, (Outcome::Hold, "instrument_stopped"));
    let view = home.phone.rabt().autopay().list().await.unwrap().remove(0);
    assert_eq!(consent_status(&view), "revoked");

    let again = home.consent(&mandate.id).await;
    assert_eq!(consent_status(&again), "authorized");
    home.pass(60);
    home.run().await;
    home.sync().await;
    assert!(home.was_paid(POLICE, &fine).await.is_some());
    home.books_balance();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agency_that_is_down_on_the_day_is_paid_when_it_is_back() {
    let home = Household::begin().await;
    let draft = home.fines_on_a_card().await;
    home.sign(&draft).await;
    let fine = home.fine(20_000);
    // The gateway has seen it once, and then the agency falls.
    home.town
        .control()
        .set_available_fils(PERSONA, Kind::Card, 100)
        .unwrap();
    home.pass(60);
    home.run().await;
    home.town
        .control()
        .set_available_fils(PERSONA, Kind::Card, 1_000_000)
        .unwrap();
    let down = Fault::new(
        POLICE,
        FaultKind::Status {
            status: 503,
            body: None,
        },
    );
    home.town.control().set_fault(down).unwrap();
    home.pass(2 * DAY);
    assert_eq!(home.run().await, 0);
    let report = home.phone.rabt().sync().run(crate::household::PLENTY).await.unwrap();
    assert_eq!(report.findings, 0, "an agency that is down is no cheat");
    assert_eq!(home.last(POLICE, &fine).await, (Outcome::Hold, "stale"));

    home.town.control().clear_faults(None);
    home.pass(60);
    home.run().await;
    assert_eq!(home.sync().await.findings, 0);
    assert!(home.was_paid(POLICE, &fine).await.is_some());
    home.books_balance();
}
