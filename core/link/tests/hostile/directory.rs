//! The directory: old, expired, signed by a stranger, replayed.

use crate::support::{Answer, Server, now};
use rabt_domain::IncidentKind;
use rabt_link::{
    DirectoryClient, SignedDirectory,
    directory::{Fetched, verify, verify_kept},
};
use rabt_protocol::{
    directory::DIRECTORY_TYPE,
    jose::{Es256Key, JwkSet, Signer as _, sign},
};
use serde_json::{Value, json};

fn key() -> Es256Key {
    Es256Key::from_pkcs8(&Es256Key::generate_pkcs8().unwrap()).unwrap()
}

fn anchor(key: &Es256Key) -> JwkSet {
    JwkSet {
        keys: vec![key.public_key()],
    }
}

fn agency(id: &str) -> Value {
    json!({
        "agency_id": id, "name": {"en": "Police", "ar": "الشرطة"}, "short_name": {"en": "Police", "ar": "الشرطة"},
        "simulated": true, "base_url": "https://police.example/api/", "capabilities": ["bills", "telepathy"],
        "bill_kinds": [{"code": "traffic-fine", "kind": "fine", "name": {"en": "Fine", "ar": "غرامة"}}],
        "account_kinds": [{"code": "file", "name": {"en": "File", "ar": "ملف"}, "form": [
            {"name": "number", "label": {"en": "Number", "ar": "رقم"}, "charset": "digits", "chars_min": 5, "chars_max": 10, "example": "12345"}
        ]}],
        "consent_purposes": ["bills"],
    })
}

fn directory(version: u64) -> Value {
    json!({
        "version": version, "issued_at": "2026-11-20T00:00:00Z", "expires_at": "2026-12-20T00:00:00Z",
        "gateway": {"base_url": "https://gateway.example", "receipt_keys": {"keys": []}},
        "agencies": [agency("police"), agency("health")],
    })
}

fn signed(claims: &Value, key: &Es256Key) -> String {
    sign(DIRECTORY_TYPE, claims, key, false).unwrap()
}

fn verdict(token: &str, anchor: &JwkSet, floor: u64) -> Result<SignedDirectory, IncidentKind> {
    verify(token, anchor, now(), floor).map_err(|error| error.incident())
}

#[test]
fn it_is_believed_for_its_signature_its_age_and_its_version() {
    let (key, stranger) = (key(), key());
    let anchor = anchor(&key);
    let token = signed(&directory(7), &key);
    let good = verdict(&token, &anchor, 7).unwrap();
    assert_eq!(good.directory.agencies.len(), 2);
    let police = &good.directory.agencies[0];
    assert_eq!(police.base_url, "https://police.example/api");
    assert!(police.has_bills && !police.has_accounts);

    assert_eq!(verdict(&token, &anchor, 8).unwrap_err(), IncidentKind::StaleDirectory);
    assert_eq!(
        verdict(&signed(&directory(9), &stranger), &anchor, 0).unwrap_err(),
        IncidentKind::BadSignature
    );
    let mut expired = directory(9);
    expired["expires_at"] = json!("2026-11-23T08:00:00Z");
    let expired = signed(&expired, &key);
    assert_eq!(verdict(&expired, &anchor, 0).unwrap_err(), IncidentKind::StaleDirectory);
    assert!(
        verify_kept(&expired, &anchor).is_ok(),
        "what is known may still be shown"
    );
    assert!(verify_kept(&signed(&directory(9), &stranger), &anchor).is_err());

    let another_kind = sign("rabt-receipt+jwt", &directory(9), &key, false).unwrap();
    assert_eq!(
        verdict(&another_kind, &anchor, 0).unwrap_err(),
        IncidentKind::BadSignature
    );
    assert_eq!(verdict("not.a.token", &anchor, 0).unwrap_err(), IncidentKind::Malformed);
    let (head, rest) = token.split_once('.').unwrap();
    let tampered = format!("{head}.A{}", &rest[1..]);
    assert!(verdict(&tampered, &anchor, 0).is_err());
}

#[test]
fn one_agencys_novelty_does_not_take_the_others_away() {
    let key = key();
    let odd = |change: &dyn Fn(&mut Value)| {
        let mut claims = directory(1);
        change(&mut claims["agencies"][0]);
        let read = verdict(&signed(&claims, &key), &anchor(&key), 0).unwrap();
        assert_eq!(read.directory.agencies.len(), 1);
        assert_eq!(read.directory.agencies[0].id.as_str(), "health");
        assert_eq!(read.left_out[0].agency.as_ref().unwrap().as_str(), "police");
        read.left_out[0].kind
    };
    for url in [
        "http://police.example",
        "https://u@police.example",
        "https://police.example/?a",
        "police",
    ] {
        assert_eq!(
            odd(&|agency| agency["base_url"] = json!(url)),
            IncidentKind::Malformed,
            "{url}"
        );
    }
    assert_eq!(
        odd(&|agency| agency["name"]["en"] = json!("Po\u{202E}lice")),
        IncidentKind::BadText
    );
    assert_eq!(
        odd(&|agency| agency["bill_kinds"] = json!("many")),
        IncidentKind::Malformed
    );
    assert_eq!(
        odd(&|agency| agency["consent_purposes"] = json!(vec!["bills"; 101])),
        IncidentKind::TooMuch
    );

    let mut twice = directory(1);
    twice["agencies"][1]["agency_id"] = json!("police");
    let read = verdict(&signed(&twice, &key), &anchor(&key), 0).unwrap();
    assert_eq!((read.directory.agencies.len(), read.left_out.len()), (1, 1));
}

#[test]
fn a_gateway_that_is_not_https_is_refused() {
    let key = key();
    let mut claims = directory(1);
    claims["gateway"]["base_url"] = json!("http://gateway.example");
    assert_eq!(
        verdict(&signed(&claims, &key), &anchor(&key), 0).unwrap_err(),
        IncidentKind::Malformed
    );
}

#[tokio::test]
async fn it_is_fetched_once_and_again_only_when_it_changed_or_expired() {
    let key = key();
    let token = signed(&directory(7), &key);
    let older = signed(&directory(6), &key);
    let served = |token: &str| Answer::with(200, "application/jose", &[("etag", "\"7\"")], token);
    let server = Server::scripted(vec![
        served(&token),
        Answer::with(304, "application/jose", &[], ""),
        served(&token),
        served(&older),
        Answer::with(200, "application/json", &[], &token),
    ])
    .await;
    let client = DirectoryClient::new(server.http(), &server.base, anchor(&key)).unwrap();
    let Fetched::Directory(first) = client.fetch(None, now()).await.unwrap() else {
        panic!("nothing was fetched");
    };
    assert!(!server.seen()[0].headers.contains_key("authorization"));
    assert_eq!(client.fetch(Some(&first), now()).await.unwrap(), Fetched::NotModified);
    assert_eq!(server.seen()[1].headers["if-none-match"], "\"7\"");

    let mut expired = (*first).clone();
    expired.directory.expires_at = now();
    assert!(matches!(
        client.fetch(Some(&expired), now()).await,
        Ok(Fetched::Directory(_))
    ));
    assert!(!server.seen()[2].headers.contains_key("if-none-match"));

    let replayed = client.fetch(Some(&first), now()).await.unwrap_err();
    assert_eq!(replayed.incident(), Some(IncidentKind::StaleDirectory));
    let mislabelled = client.fetch(Some(&first), now()).await.unwrap_err();
    assert_eq!(mislabelled.incident(), Some(IncidentKind::WrongContentType));
}

#[test]
fn a_client_needs_a_key_and_a_place() {
    let http = crate::support::http(&[&crate::support::certificate().0]);
    let field = |url: &str, anchor| DirectoryClient::new(http.clone(), url, anchor).unwrap_err().field;
    assert_eq!(field("https://gateway.example", JwkSet::default()), "anchor");
    assert_eq!(field("http://gateway.example", anchor(&key())), "gateway_url");
}
