//! What a provider may choose: each choice is signed in with, and stays signed in.

use crate::{AGENCY, NEARLY_EXPIRED_SECONDS, PERSON, change_provider, state};
use rabt::{SessionState, domain::Language};
use rabt_sandbox::{Offer, browser};
use rabt_tests::{Town, agency_id};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_without_pushed_requests_is_signed_in_with() {
    signs_in_and_stays_so(Offer::Absent, 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_offers_pushed_requests_is_sent_one() {
    signs_in_and_stays_so(Offer::Optional, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_demands_pushed_requests_is_sent_one() {
    signs_in_and_stays_so(Offer::Required, 2).await;
}

/// With each kind of proof; with rotation and without, by turns, so that the three tests hold every pair of choices.
async fn signs_in_and_stays_so(pushed_requests: Offer, first_turn: usize) {
    let town = Town::start().await;
    let (pushed, refreshed) = (
        town.meter_on("identity", "POST", "/par"),
        town.meter_on("identity", "POST", "/token"),
    );
    let agency = agency_id(AGENCY);
    let proofs = [
        (Offer::Absent, false),
        (Offer::Optional, false),
        (Offer::Optional, true),
        (Offer::Required, false),
        (Offer::Required, true),
    ];
    for (turn, (dpop, nonces)) in proofs.into_iter().enumerate() {
        let rotation = (turn + first_turn).is_multiple_of(2);
        let chosen = format!("proofs {dpop:?}, nonces {nonces}, rotation {rotation}");
        change_provider(&town, |settings| {
            settings.pushed_requests = pushed_requests;
            settings.dpop = dpop;
            settings.dpop_nonces = nonces;
            settings.resource_dpop_nonces = nonces;
            settings.refresh_rotation = rotation;
        });
        let pushes_before = town.counted(&pushed);
        let mut phone = town.phone().await;
        let signed_in = phone.sign_in(&town, PERSON).await.expect(&chosen);
        assert!(matches!(signed_in, SessionState::SignedIn { .. }), "{chosen}");
        let pushes = town.counted(&pushed) - pushes_before;
        assert_eq!(pushes > 0, pushed_requests != Offer::Absent, "{chosen}");

        let agreed = phone.rabt().agencies().consent(std::slice::from_ref(&agency)).await;
        agreed.unwrap();
        phone.ask(AGENCY).await.expect(&chosen);
        // Twice, since a second refresh is where a replaced token that was kept would be found out.
        for _ in 0..2 {
            let refreshes_before = town.counted(&refreshed);
            town.pass(&phone, NEARLY_EXPIRED_SECONDS);
            phone.rabt().instruments().refresh().await.expect(&chosen);
            assert!(town.counted(&refreshed) > refreshes_before, "{chosen}");
        }
        phone.close();
        let scheme = phone.kept_session().unwrap().token_type;
        assert_eq!(scheme == "DPoP", dpop != Offer::Absent, "{chosen}: {scheme}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_does_not_say_who_it_is_may_do_so_unless_it_announced_to() {
    let town = crate::town_where(|settings| settings.response_issuer = false).await;
    let phone = town.phone().await;
    phone.sign_in(&town, PERSON).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_arabic_phone_is_asked_and_greeted_in_arabic() {
    let town = Town::start().await;
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(browser::tls(town.city().ca_pem()).unwrap())
        .no_proxy()
        .build()
        .unwrap();
    for (language, marks) in [
        (Language::Ar, [r#"lang="ar""#, r#"dir="rtl""#, "تسجيل الدخول"]),
        (Language::En, [r#"lang="en""#, r#"dir="ltr""#, "Sign in"]),
    ] {
        for pushed_requests in [Offer::Absent, Offer::Required] {
            change_provider(&town, |settings| settings.pushed_requests = pushed_requests);
            let mut phone = town.phone().await;
            phone.close();
            phone.config.language = language;
            phone.open().await.unwrap();
            let page = phone.rabt().session().begin_sign_in().await.unwrap();
            let shown = client.get(page.url.clone()).send().await.unwrap();
            let form = shown.url().clone();
            let html = shown.text().await.unwrap();
            for mark in marks {
                assert!(html.contains(mark), "{language:?}, {pushed_requests:?}: no {mark}");
            }
            let signed_in = town.city().sign_in_as(form.as_str(), PERSON, false).await.unwrap();
            phone.rabt().session().complete(&signed_in).await.unwrap();
            let SessionState::SignedIn { name: Some(name), .. } = state(&phone).await else {
                panic!("nobody is greeted");
            };
            assert_eq!((name.ar(), name.en()), ("سلمى برجنور", "Salma Burjanoor"));
        }
    }
}
