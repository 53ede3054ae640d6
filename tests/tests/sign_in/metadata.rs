//! What a provider publishes of itself, when it lies about it: no page is opened, and nobody is signed in.

use crate::{PERSON, sign_in_required, signed_out, state};
use rabt::{SignInReason, domain::IncidentKind};
use rabt_sandbox::{Fault, FaultKind};
use rabt_tests::Town;
use serde_json::{Value, json};

const METADATA: &str = "/.well-known/openid-configuration";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metadata_that_is_another_providers_or_leads_elsewhere_is_refused_and_recorded() {
    let town = Town::start().await;
    let lies: [(&str, Value); 7] = [
        ("/issuer", json!("https://identity.elsewhere.example")),
        ("/issuer", json!(format!("{}/", town.city().issuer()))),
        ("/authorization_endpoint", json!("http://identity.example/authorize")),
        ("/token_endpoint", json!("http://identity.example/token")),
        ("/jwks_uri", json!("http://identity.example/jwks")),
        ("/code_challenge_methods_supported", json!(["plain"])),
        ("/id_token_signing_alg_values_supported", json!(["none", "HS256"])),
    ];
    for (pointer, value) in lies {
        let phone = town.phone().await;
        let kind = FaultKind::RewriteJson {
            pointer: pointer.to_owned(),
            value,
        };
        town.fault(Fault::new("identity", kind).on(METADATA));
        let begun = phone.rabt().session().begin_sign_in().await.map(|_| ());
        assert_eq!(begun, Err(sign_in_required(SignInReason::AnswerRefused)), "{pointer}");
        assert_eq!(phone.incidents().await, [(None, IncidentKind::Malformed)], "{pointer}");
        assert_eq!(state(&phone).await, signed_out(SignInReason::NobodySignedIn));
        // It was not kept: once the provider says what is so, it is believed.
        town.mend("identity");
        phone.sign_in(&town, PERSON).await.unwrap();
    }
}
