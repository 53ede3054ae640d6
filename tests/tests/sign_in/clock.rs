//! A phone whose clock is wrong, as many are: it goes on as any other.

use crate::{AGENCY, NEARLY_EXPIRED_SECONDS, PERSON, level, town_where};
use rabt::domain::{InstrumentKind, PaymentState};
use rabt_protocol::oidc::acr;
use rabt_tests::Town;

/// How wrong, in seconds: a little more than tolerance, more than any token or quote lives, another time zone's hour.
const WRONG_SECONDS: [i64; 6] = [-180, 180, -600, 600, -4 * 3_600, 4 * 3_600];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_was_always_wrong_is_no_hindrance() {
    for nonces in [true, false] {
        let town = town_where(|settings| settings.dpop_nonces = nonces).await;
        for wrong in WRONG_SECONDS {
            let phone = town.phone().await;
            phone.clock.advance_seconds(wrong);
            phone.sign_in(&town, PERSON).await.unwrap();
            phone.consent_to_all().await;
            phone.ask(AGENCY).await.unwrap();
            phone.step_up(&town, PERSON, acr::HIGH).await.unwrap();
            assert_eq!(level(&phone).await.as_deref(), Some(acr::HIGH), "{wrong} s");
            assert_eq!(phone.incidents().await, [], "{wrong} s");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_goes_wrong_costs_no_session() {
    for nonces in [true, false] {
        let town = town_where(|settings| settings.dpop_nonces = nonces).await;
        for wrong in WRONG_SECONDS {
            let mut phone = town.phone_of(PERSON).await;
            phone.ask(AGENCY).await.unwrap();
            phone.clock.advance_seconds(wrong);
            // While its token is good, once it isn't, and when a new process knows nothing of the clock yet.
            phone.ask(AGENCY).await.unwrap();
            town.pass(&phone, NEARLY_EXPIRED_SECONDS);
            phone.ask(AGENCY).await.unwrap();
            phone.close();
            phone.open().await.unwrap();
            phone.ask(AGENCY).await.unwrap();
            town.control().expire_access_tokens(PERSON).unwrap();
            phone.ask(AGENCY).await.unwrap();
            // Set right again.
            phone.clock.advance_seconds(-wrong);
            town.control().expire_access_tokens(PERSON).unwrap();
            phone.ask(AGENCY).await.unwrap();
            assert_eq!(phone.incidents().await, [], "{wrong} s");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_clock_is_no_hindrance_to_linking_and_paying() {
    for wrong in [-4 * 3_600, 4 * 3_600] {
        let town = Town::start().await;
        let phone = town.phone().await;
        phone.clock.advance_seconds(wrong);
        phone.sign_in(&town, PERSON).await.unwrap();
        phone.consent_to_all().await;
        assert_eq!(phone.refresh().await.answered(), 12, "{wrong} s");
        let account = phone.link(&town, PERSON, InstrumentKind::BankAccount).await;
        let bill = phone.bill("customs", "cu-0001").await;
        let paid = phone.pay(&[&bill], &account.id).await.unwrap();
        assert_eq!(paid.state, PaymentState::Settled, "{wrong} s");
        town.books_at_rest().await;
    }
}
