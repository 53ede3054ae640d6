//! What comes in and isn't what it says: a URL that answers nothing, a directory that is none, a receipt that nobody signed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a story that meets something else has failed"
)]

use rabt::{
    RabtError,
    domain::{InstrumentKind, InvalidReason::Malformed, PaymentState},
};
use rabt_sandbox::{Fault, FaultKind};
use rabt_tests::Story;

const FAMILY: &str = "tenant-family";

fn malformed_url() -> RabtError {
    RabtError::InvalidInput {
        field: "url".to_owned(),
        reason: Malformed,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_url_that_answers_nothing_is_refused_and_what_waits_goes_on_waiting() {
    // Given an account that is being linked and a step-up that has begun.
    let story = Story::begin(FAMILY).await;
    let (town, phone) = (&story.town, &story.phone);
    let (session, instruments) = (phone.rabt().session(), phone.rabt().instruments());
    let linking = instruments.begin_link(InstrumentKind::BankAccount).await.unwrap();
    let stepping = session.begin_step_up(rabt_protocol::oidc::acr::HIGH).await.unwrap();

    for url in [
        "",
        "not a url",
        "rabt-demo:/linked",
        "rabt-demo:/signed-in?code=c",
        "rabt-demo:/signed-in?code=c&state=nobodys",
        "rabt-demo:/linked?link_id=l&code=c&state=nobodys",
        "rabt-demo:/linked?link_id=l&code=c&state=a&state=b",
        "https://elsewhere.example/linked?link_id=l&code=c&state=nobodys",
    ] {
        story.refused(url, session.complete(url), malformed_url()).await;
        story
            .refused(url, instruments.complete_link(url), malformed_url())
            .await;
    }

    // Then both are completed as if nothing had been.
    let linked = town.city().approve_at_bank(linking.url.as_str(), FAMILY).await.unwrap();
    instruments.complete_link(&linked).await.unwrap();
    let stepped = town
        .city()
        .sign_in_as(stepping.url.as_str(), FAMILY, true)
        .await
        .unwrap();
    session.complete(&stepped).await.unwrap();
    // Each is taken once.
    story
        .refused(
            "a link's second time",
            instruments.complete_link(&linked),
            malformed_url(),
        )
        .await;
    story
        .refused("a step-up's second time", session.complete(&stepped), malformed_url())
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_directory_that_is_none_is_refused_recorded_and_replaces_nothing() {
    let story = Story::begin(FAMILY).await;
    let (town, phone) = (&story.town, &story.phone);
    let before = phone.rabt().agencies().list().await.unwrap();
    for kind in [
        FaultKind::Garbage,
        FaultKind::EndlessBody,
        FaultKind::WrongContentType,
        FaultKind::Redirect {
            location: town.city().bank_url().to_owned(),
        },
        FaultKind::Status {
            status: 500,
            body: None,
        },
    ] {
        // A newer one, or it would be said to be unchanged.
        let told = phone.incidents().await.len();
        town.fault(Fault::new("gateway", kind.clone()).on("/v1/directory"));
        let mut fresh = town.phone().await;
        let refused = fresh.rabt().agencies().refresh().await.unwrap_err();
        assert!(
            matches!(refused, RabtError::AgencyUnavailable { agency: None, .. }),
            "{kind:?}: {refused:?}"
        );
        let recorded = fresh.incidents().await;
        let is_a_lie = !matches!(kind, FaultKind::Status { .. });
        assert_eq!(recorded.len(), usize::from(is_a_lie), "{kind:?}: {recorded:?}");
        fresh.close();
        // The phone that has one keeps it.
        let _ = phone.rabt().agencies().refresh().await;
        assert_eq!(phone.rabt().agencies().list().await.unwrap(), before, "{kind:?}");
        assert!(phone.incidents().await.len() >= told);
        town.mend("gateway");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receipt_that_the_hub_did_not_sign_is_not_kept_and_the_bill_is_paid_all_the_same() {
    let story = Story::begin(FAMILY).await;
    let (town, phone) = (&story.town, &story.phone);
    let account = phone.link(town, FAMILY, InstrumentKind::BankAccount).await;
    let forged = FaultKind::RewriteJson {
        pointer: "/items/0/receipt".to_owned(),
        value: serde_json::json!("eyJhbGciOiJFUzI1NiJ9.e30.AAAA"),
    };
    town.fault(Fault::new("gateway", forged).method("POST").on("/v1/payments"));
    let bill = phone.bill("customs", "cu-0001").await;

    let payment = phone.pay(&[&bill], &account.id).await.unwrap();

    assert_eq!(payment.state, PaymentState::Settled);
    assert_eq!(payment.items[0].receipt, None);
    assert!(phone.incidents().await.iter().any(|(party, _)| party.is_none()));
    assert_eq!(phone.rabt().payments().receipts(None, 10).await.unwrap().receipts, []);
    town.books_at_rest().await;
}
