//! What a payment needs: the person's confirmation above a threshold, money, and an instrument that the bank didn't stop.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a story that meets something else has failed"
)]

use rabt::{
    ConflictCode, RabtError,
    domain::{
        Bill, Instrument, InstrumentKind, PaymentState,
        payment::{ItemState, NOT_SENT, Origin},
    },
};
use rabt_protocol::{instrument::InstrumentStatus, oidc::acr};
use rabt_sandbox::{Fault, FaultKind};
use rabt_tests::{Phone, Town};
use serde_json::json;
use std::time::Duration;

const FAMILY: &str = "tenant-family";
/// AED 300 and AED 800.
const ABOVE_THE_THRESHOLD: [(&str, &str); 2] = [("police", "po-0001"), ("police", "po-0002")];
const A_WHILE: Duration = Duration::from_secs(20);

/// A phone that knows all bills and has a bank account linked.
async fn ready(town: &Town) -> (Phone, Instrument) {
    let phone = town.phone_of(FAMILY).await;
    phone.refresh().await;
    let account = phone.link(town, FAMILY, InstrumentKind::BankAccount).await;
    (phone, account)
}

fn sum(bills: &[Bill]) -> i64 {
    bills.iter().map(|bill| bill.amount.reveal().get()).sum()
}

fn conflict(code: ConflictCode) -> RabtError {
    RabtError::Conflict { code }
}

fn all(bills: &[Bill]) -> Vec<&Bill> {
    bills.iter().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn above_the_threshold_the_person_confirms_and_the_same_quote_pays() {
    let town = Town::start().await;
    let (phone, account) = ready(&town).await;
    let bills = phone.some_bills(&ABOVE_THE_THRESHOLD).await;
    let quote = phone.quote(&all(&bills)).await.unwrap();
    assert_eq!(quote.required_acr.as_deref(), Some(acr::HIGH));

    // Without the level nothing is sent and nothing written down.
    let sent = town.meter_on("gateway", "POST", "/v1/payments");
    let asked = phone.rabt().payments().pay(&quote.id, &account.id).await;
    assert_eq!(
        asked,
        Err(RabtError::StepUpRequired {
            acr: acr::HIGH.to_owned()
        })
    );
    assert_eq!(town.counted(&sent), 0);
    assert_eq!(phone.rabt().payments().page(None, 10).await.unwrap().payments, []);

    // With it, the same quote pays.
    phone.step_up(&town, FAMILY, acr::HIGH).await.unwrap();
    let payment = phone.rabt().payments().pay(&quote.id, &account.id).await.unwrap();
    assert_eq!(payment.state, PaymentState::Settled);
    assert!(matches!(&payment.origin, Origin::ThisDevice { quote: of, .. } if *of == quote.id));
    assert_eq!(town.books_at_rest().await.settled_fils, sum(&bills));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_that_asks_for_the_level_only_when_it_is_paid_is_answered_the_same_way() {
    // Given a quote that doesn't say that it will.
    let town = Town::start().await;
    let (mut phone, account) = ready(&town).await;
    let bills = phone.some_bills(&ABOVE_THE_THRESHOLD).await;
    let silence = FaultKind::RewriteJson {
        pointer: "/required_acr".to_owned(),
        value: json!(null),
    };
    town.fault(Fault::new("gateway", silence).on("/v1/quotes"));
    let quote = phone.quote(&all(&bills)).await.unwrap();
    assert_eq!(quote.required_acr, None);
    let pay = async |phone: &Phone| phone.rabt().payments().pay(&quote.id, &account.id).await;
    let step_up = RabtError::StepUpRequired {
        acr: acr::HIGH.to_owned(),
    };
    assert_eq!(pay(&phone).await, Err(step_up.clone()));
    assert_eq!(pay(&phone).await, Err(step_up.clone()));

    // Then after the step-up it is the same payment, and paid once.
    phone.step_up(&town, FAMILY, acr::HIGH).await.unwrap();
    assert_eq!(pay(&phone).await.unwrap().state, PaymentState::Settled);
    assert_eq!(phone.rabt().payments().page(None, 10).await.unwrap().payments.len(), 1);

    // But one that the person never confirmed isn't paid behind their back once the app was closed.
    let dear = phone.bill("knowledge", "kn-0001").await;
    let more = phone.bill("economy", "ec-0001").await;
    let low = town.phone_of(FAMILY).await;
    low.refresh().await;
    low.rabt().instruments().refresh().await.unwrap();
    let more = [
        low.bill("residency", "re-0001").await,
        dear,
        more,
        low.bill("land", "la-0001").await,
    ];
    let asked = low.pay(&all(&more), &account.id).await;
    assert_eq!(asked, Err(step_up));
    phone.close();
    phone = low;
    phone.close();
    phone.open().await.unwrap();
    let payment = phone.rabt().payments().page(None, 1).await.unwrap().payments.remove(0);
    assert_eq!(
        (payment.state, payment.rejection.unwrap().code.as_str()),
        (PaymentState::Rejected, NOT_SENT)
    );
    assert_eq!(
        phone.outcomes().await.last().unwrap().outcome.state,
        PaymentState::Rejected
    );
    assert_eq!(town.books_at_rest().await.settled_fils, sum(&bills));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_enough_money_the_payment_is_refused_and_nothing_is_taken() {
    let town = Town::start().await;
    let (phone, account) = ready(&town).await;
    town.control()
        .set_available_fils(FAMILY, rabt_protocol::instrument::InstrumentKind::BankAccount, 100)
        .unwrap();
    let bill = phone.bill("customs", "cu-0001").await;

    let refused = phone.pay(&[&bill], &account.id).await.unwrap_err();

    assert!(
        matches!(&refused, RabtError::Refused { code, .. } if code == "insufficient_funds"),
        "{refused:?}"
    );
    let books = town.books_at_rest().await;
    assert_eq!((books.debited_fils, books.settled_fils), (0, 0));
    // It is in the journal and among the outcomes, and the bill is free: with money it is paid.
    let payment = phone.rabt().payments().page(None, 1).await.unwrap().payments.remove(0);
    assert_eq!(
        (payment.state, payment.items[0].state),
        (PaymentState::Rejected, ItemState::Rejected)
    );
    assert_eq!(phone.outcomes().await[0].outcome.state, PaymentState::Rejected);
    town.control()
        .set_available_fils(
            FAMILY,
            rabt_protocol::instrument::InstrumentKind::BankAccount,
            1_000_000,
        )
        .unwrap();
    assert_eq!(
        phone.pay(&[&bill], &account.id).await.unwrap().state,
        PaymentState::Settled
    );
    town.books_at_rest().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instrument_that_the_bank_stopped_is_not_paid_with() {
    let town = Town::start().await;
    let (phone, account) = ready(&town).await;
    let bill = phone.bill("customs", "cu-0001").await;
    let unusable = conflict(ConflictCode::InstrumentUnusable);
    let sent = town.meter_on("gateway", "POST", "/v1/payments");
    for (round, status) in [
        InstrumentStatus::Suspended,
        InstrumentStatus::Expired,
        InstrumentStatus::Revoked,
    ]
    .into_iter()
    .enumerate()
    {
        // A phone that hasn't heard of it sends, and is told;
        town.control()
            .set_instrument_status(account.id.as_str(), status)
            .await
            .unwrap();
        assert_eq!(
            phone.pay(&[&bill], &account.id).await,
            Err(unusable.clone()),
            "{status:?}"
        );
        assert_eq!(town.counted(&sent), 2 * round as u32 + 1);
        // one that has, by a sync, doesn't.
        phone.rabt().sync().run(A_WHILE).await.unwrap();
        assert_eq!(
            phone.pay(&[&bill], &account.id).await,
            Err(unusable.clone()),
            "{status:?}"
        );
        assert_eq!(town.counted(&sent), 2 * round as u32 + 1);
        if status == InstrumentStatus::Revoked {
            break;
        }
        // Resumed, it pays something else.
        town.control()
            .set_instrument_status(account.id.as_str(), InstrumentStatus::Active)
            .await
            .unwrap();
        phone.rabt().sync().run(A_WHILE).await.unwrap();
        let other = phone
            .bill("police", if round == 0 { "po-0001" } else { "po-0002" })
            .await;
        assert_eq!(
            phone.pay(&[&other], &account.id).await.unwrap().state,
            PaymentState::Settled,
            "{status:?}"
        );
    }
    // One that was unlinked is nobody's.
    let card = phone.link(&town, FAMILY, InstrumentKind::Card).await;
    phone.rabt().instruments().remove(&card.id).await.unwrap();
    assert_eq!(phone.pay(&[&bill], &card.id).await, Err(unusable));
    town.books_at_rest().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_says_no_at_the_banks_page_has_nothing_linked() {
    let town = Town::start().await;
    let phone = town.phone_of(FAMILY).await;
    for kind in [InstrumentKind::BankAccount, InstrumentKind::Card] {
        let refused = phone.decline_to_link(&town, FAMILY, kind).await.unwrap_err();
        assert!(
            matches!(&refused, RabtError::Refused { code, .. } if code == "access_denied"),
            "{refused:?}"
        );
    }
    assert_eq!(phone.rabt().instruments().refresh().await.unwrap(), []);
}
