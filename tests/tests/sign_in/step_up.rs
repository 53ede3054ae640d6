//! Raising the assurance level: reached, refused, and by somebody else.

use crate::{AGENCY, OTHER, PERSON, level, low, sign_in_required, state};
use rabt::{
    RabtError, SignInReason,
    domain::{IncidentKind, InstrumentKind, PaymentState},
};
use rabt_protocol::oidc::acr;
use rabt_sandbox::{CityConfig, browser::Intent};
use rabt_tests::{Town, chosen};

/// Longer than a second factor counts as shown of late.
const LONG_AGO_SECONDS: i64 = 16 * 60;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_that_asks_for_more_is_made_after_a_step_up() {
    let town = Town::with(CityConfig {
        step_up_above_fils: 0,
        ..CityConfig::default()
    })
    .await;
    let phone = town.phone_of(PERSON).await;
    phone.ask(AGENCY).await.unwrap();
    let account = phone.link(&town, PERSON, InstrumentKind::BankAccount).await;
    let bills = phone.open_bills().await;
    let payments = phone.rabt().payments();
    let quote = payments.quote(&chosen(&[&bills[0]])).await.unwrap();
    let asked = payments.pay(&quote.id, &account.id).await.unwrap_err();
    let RabtError::StepUpRequired { acr: asked } = asked else {
        panic!("{asked:?}");
    };
    phone.step_up(&town, PERSON, &asked).await.unwrap();
    assert_eq!(level(&phone).await, Some(asked));
    let paid = payments.pay(&quote.id, &account.id).await.unwrap();
    assert_eq!(paid.state, PaymentState::Settled);

    // It is high for a while only, and a refresh says so.
    town.pass(&phone, LONG_AGO_SECONDS);
    phone.ask(AGENCY).await.unwrap();
    assert_eq!(level(&phone).await, low());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_up_that_is_refused_leaves_the_session_as_it_was() {
    let town = Town::start().await;
    let phone = town.phone_of(PERSON).await;
    let before = state(&phone).await;
    let page = phone.rabt().session().begin_step_up(acr::HIGH).await.unwrap();
    let mut browser = town.city().browser().unwrap();
    let url = browser.visit(page.url.as_str(), PERSON, Intent::Refuse).await.unwrap();
    let outcome = phone.rabt().session().complete(&url).await;
    assert_eq!(outcome, Err(sign_in_required(SignInReason::Cancelled)));
    assert_eq!(state(&phone).await, before);
    phone.ask(AGENCY).await.unwrap();
    assert!(phone.incidents().await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_up_by_somebody_else_is_refused_and_recorded() {
    let town = Town::start().await;
    let phone = town.phone_of(PERSON).await;
    let before = state(&phone).await;
    let outcome = phone.step_up(&town, OTHER, acr::HIGH).await;
    assert_eq!(outcome, Err(sign_in_required(SignInReason::AnswerRefused)));
    assert_eq!(phone.incidents().await, [(None, IncidentKind::AnotherPerson)]);
    assert_eq!(state(&phone).await, before);
    phone.ask(AGENCY).await.unwrap();
    assert!(!phone.open_bills().await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_somebody_who_is_signed_in_steps_up_and_only_to_a_level_that_can_be_asked_for() {
    let town = Town::start().await;
    let phone = town.phone().await;
    let nobody = phone.rabt().session().begin_step_up(acr::HIGH).await;
    assert_eq!(nobody.unwrap_err(), sign_in_required(SignInReason::NobodySignedIn));
    phone.sign_in(&town, PERSON).await.unwrap();
    let asked = town.meter("identity");
    for wrong in ["", "two levels", "مرتفع"] {
        let outcome = phone.rabt().session().begin_step_up(wrong).await;
        assert!(
            matches!(&outcome, Err(RabtError::InvalidInput { field, .. }) if field == "acr"),
            "{wrong}: {outcome:?}"
        );
    }
    assert_eq!(town.counted(&asked), 0, "nothing was sent");
}
