//! The bank's consent: without it an account pays nothing, and never more than it allows.

use crate::{
    device::{Device, parameter},
    town::{FAMILY, bill, city, days_pass, is_paid, mandate, run, sound_books},
};
use rabt_protocol::{
    mandate::{Limits, MandateConsentStatus as Status, Rule, StandingChange},
    problem::code,
};
use rabt_sandbox::browser::Intent;

#[tokio::test]
async fn an_account_pays_only_under_the_banks_consent() {
    let city = city().await;
    let device = Device::of(&city).await;
    let account = device.link(&city, "bank_account").await;
    device.agree(&city, &mandate(&city, "m-1", "customs", &account)).await;
    let due = bill(&city, 12_000, 0);
    assert_eq!(run(&city).await, 0);
    assert_eq!(device.told(&city, &due).await.because, Rule::InstrumentStopped);

    let record = device.consent(&city, "m-1").await;
    let consent = record.consent.unwrap();
    assert_eq!((consent.status, consent.covers_version), (Status::Authorized, 1));
    assert_eq!(run(&city).await, 1);
    assert!(is_paid(&city, &due));
    sound_books(&city);
}

#[tokio::test]
async fn a_person_who_says_no_or_takes_too_long_consents_to_nothing() {
    let city = city().await;
    let device = Device::of(&city).await;
    let account = device.link(&city, "bank_account").await;
    device.agree(&city, &mandate(&city, "m-1", "customs", &account)).await;
    let begun = device.begin_consent(&city, "m-1").await.unwrap();
    assert_eq!(device.begin_consent(&city, "m-1").await.unwrap(), begun);
    let mut browser = city.browser().unwrap();
    let back = browser
        .visit(&begun.authorize_url, FAMILY, Intent::Refuse)
        .await
        .unwrap();
    assert_eq!(parameter(&back, "error"), "access_denied");
    assert_eq!(parameter(&back, "state"), "state-of-mine");
    assert_eq!(
        device.mandates(&city).await[0].consent.as_ref().unwrap().status,
        Status::Rejected
    );

    let begun = device.begin_consent(&city, "m-1").await.unwrap();
    let back = city.approve_at_bank(&begun.authorize_url, FAMILY).await.unwrap();
    let wrong = device.complete_consent(&city, "m-1", "made-up").await.unwrap_err();
    assert_eq!(
        (wrong.code.as_str(), wrong.field.as_deref()),
        (code::INVALID_INPUT, Some("code"))
    );
    city.control().advance_ms(15 * 60 * 1_000).unwrap();
    let late = device
        .complete_consent(&city, "m-1", &parameter(&back, "code"))
        .await
        .unwrap();
    assert_eq!(late.consent.unwrap().status, Status::Expired);
    let due = bill(&city, 12_000, 0);
    assert_eq!(run(&city).await, 0);
    assert!(!is_paid(&city, &due));
}

#[tokio::test]
async fn what_the_bank_stops_stays_unpaid_until_it_lets_go() {
    let city = city().await;
    let device = Device::of(&city).await;
    let account = device.link(&city, "bank_account").await;
    device.agree(&city, &mandate(&city, "m-1", "customs", &account)).await;
    let consent_id = device.consent(&city, "m-1").await.consent.unwrap().consent_id;
    let due = bill(&city, 12_000, 0);
    let control = city.control();
    control
        .set_mandate_consent_status(&consent_id, Status::Suspended)
        .await
        .unwrap();
    assert_eq!(run(&city).await, 0);
    assert_eq!(device.told(&city, &due).await.because, Rule::InstrumentStopped);
    control
        .set_mandate_consent_status(&consent_id, Status::Authorized)
        .await
        .unwrap();
    assert_eq!(run(&city).await, 1);
    control
        .set_mandate_consent_status(&consent_id, Status::Revoked)
        .await
        .unwrap();
    let next = bill(&city, 5_000, 0);
    assert_eq!(run(&city).await, 0);
    assert!(is_paid(&city, &due) && !is_paid(&city, &next));
    assert_eq!(
        device.mandates(&city).await[0].consent.as_ref().unwrap().status,
        Status::Revoked
    );
    assert!(
        control
            .set_mandate_consent_status(&consent_id, Status::Authorized)
            .await
            .is_err()
    );
    // With a new consent it goes on.
    device.consent(&city, "m-1").await;
    assert_eq!(run(&city).await, 1);
    sound_books(&city);
}

#[tokio::test]
async fn a_narrower_version_goes_on_and_a_wider_one_waits_for_the_bank() {
    let city = city().await;
    let device = Device::of(&city).await;
    let account = device.link(&city, "bank_account").await;
    let mut terms = mandate(&city, "m-1", "customs", &account);
    let one = device.sign(&terms, None);
    device.register(&city, &one).await.unwrap();
    device.consent(&city, "m-1").await;

    terms.version = 2;
    terms.limits.per_payment_fils = Some(40_000);
    let two = device.sign(&terms, Some(&one));
    device.register(&city, &two).await.unwrap();
    let small = bill(&city, 30_000, 0);
    assert_eq!(run(&city).await, 1);
    assert!(is_paid(&city, &small));

    terms.version = 3;
    terms.limits.per_payment_fils = Some(90_000);
    let three = device.sign(&terms, Some(&two));
    device.register(&city, &three).await.unwrap();
    let large = bill(&city, 80_000, 0);
    assert_eq!(run(&city).await, 0);
    assert_eq!(device.told(&city, &large).await.because, Rule::InstrumentStopped);
    let record = device.consent(&city, "m-1").await;
    assert_eq!(record.consent.unwrap().covers_version, 3);
    assert_eq!(run(&city).await, 1);
    assert!(is_paid(&city, &large));
    sound_books(&city);
}

#[tokio::test]
async fn a_revoked_mandate_takes_its_consent_back() {
    let city = city().await;
    let device = Device::of(&city).await;
    let account = device.link(&city, "bank_account").await;
    device.agree(&city, &mandate(&city, "m-1", "customs", &account)).await;
    device.consent(&city, "m-1").await;
    let record = device.change(&city, "m-1", StandingChange::Revoke, 1).await.unwrap();
    assert_eq!(record.consent.unwrap().status, Status::Revoked);
    let due = bill(&city, 12_000, 0);
    days_pass(&city, 0).await;
    assert!(!is_paid(&city, &due));
    assert_eq!(
        device.begin_consent(&city, "m-1").await.unwrap_err().code,
        code::MANDATE_REVOKED
    );
}

#[tokio::test]
async fn a_mandate_without_any_limit_and_one_on_a_card_have_no_consent() {
    let city = city().await;
    let device = Device::of(&city).await;
    let account = device.link(&city, "bank_account").await;
    let card = device.link(&city, "card").await;
    let mut boundless = mandate(&city, "m-1", "customs", &account);
    boundless.limits = Limits::default();
    device.agree(&city, &boundless).await;
    let refused = device.begin_consent(&city, "m-1").await.unwrap_err();
    assert_eq!(
        (refused.code.as_str(), refused.field.as_deref()),
        (code::MANDATE_INVALID, Some("limits"))
    );
    device.agree(&city, &mandate(&city, "m-2", "customs", &card)).await;
    assert_eq!(
        device.begin_consent(&city, "m-2").await.unwrap_err().code,
        code::INVALID_INPUT
    );
}
