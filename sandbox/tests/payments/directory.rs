//! The signed directory.

use crate::person::{Person, city, client, config_in};
use rabt_protocol::{
    directory::{DIRECTORY_MEDIA_TYPE, DIRECTORY_TYPE, Directory},
    event::kind,
    jose::{self, JwkSet},
};
use rabt_sandbox::{AgencyFixture, City, Fault, FaultKind};
use reqwest::{StatusCode, header};

struct Reader {
    client: reqwest::Client,
}

impl Reader {
    fn of(city: &City) -> Self {
        Self { client: client(city) }
    }

    async fn get(&self, city: &City, etag: Option<&str>) -> reqwest::Response {
        let mut request = self.client.get(format!("{}/v1/directory", city.gateway_url()));
        if let Some(etag) = etag {
            request = request.header(header::IF_NONE_MATCH, etag);
        }
        request.send().await.unwrap()
    }

    async fn read(&self, city: &City) -> Directory {
        let answer = self.get(city, None).await;
        assert_eq!(answer.headers()[header::CONTENT_TYPE], DIRECTORY_MEDIA_TYPE);
        let keys = JwkSet {
            keys: vec![city.directory_key()],
        };
        jose::verify(&answer.text().await.unwrap(), Some(DIRECTORY_TYPE), &keys)
            .unwrap()
            .claims
    }
}

fn fixture(agency_id: &str) -> AgencyFixture {
    let json = include_str!("../../fixtures/agencies/police.json");
    let mut fixture = AgencyFixture::parse(json).unwrap();
    fixture.agency_id = agency_id.to_owned();
    fixture
}

#[tokio::test]
async fn it_names_every_agency_and_is_not_sent_twice() {
    let city = city().await;
    let reader = Reader::of(&city);
    let directory = reader.read(&city).await;
    assert_eq!(directory.agencies.len(), city.control().agencies().len());
    assert_eq!(directory.gateway.base_url, city.gateway_url());
    assert!(directory.issued_at < directory.expires_at);
    let etag = reader.get(&city, None).await.headers()[header::ETAG]
        .to_str()
        .unwrap()
        .to_owned();
    let again = reader.get(&city, Some(&etag)).await;
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(again.headers()[header::ETAG], etag.as_str());
    assert_eq!(reader.get(&city, Some("\"1.other\"")).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn its_version_rises_when_an_agency_joins_and_never_falls() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("city.db");
    let city = City::start(config_in(&file)).await.unwrap();
    let reader = Reader::of(&city);
    let person = Person::of(&city).await;
    let before = reader.read(&city).await;
    assert_eq!(reader.read(&city).await.version, before.version);
    let cursor = person.events("").await.next_cursor;
    city.control()
        .add_agency(&serde_json::to_string(&fixture("harbour")).unwrap())
        .await
        .unwrap();
    // Told without anybody having asked for the directory.
    let news = person.events(&cursor).await;
    let told = news
        .events
        .iter()
        .find(|event| event.kind == kind::DIRECTORY_CHANGED)
        .unwrap();
    assert_eq!(told.data.directory_version, Some(before.version + 1));
    let after = reader.read(&city).await;
    assert_eq!(
        (after.version, after.agencies.len()),
        (before.version + 1, before.agencies.len() + 1)
    );
    city.kill();
    let city = City::start(config_in(&file)).await.unwrap();
    let reader = Reader::of(&city);
    assert_eq!(reader.read(&city).await, after);
    // A day later it is signed again, under the same version: what it says is the same.
    city.control().advance_ms(25 * 60 * 60 * 1_000).unwrap();
    let signed_again = reader.read(&city).await;
    assert_eq!(signed_again.version, after.version);
    assert!(signed_again.expires_at > after.expires_at);
}

#[tokio::test]
async fn a_stale_and_a_replayed_one_are_rightly_signed_and_wrong() {
    let city = city().await;
    let reader = Reader::of(&city);
    let good = reader.read(&city).await;
    city.control()
        .set_fault(Fault::new("gateway", FaultKind::StaleDirectory).times(1))
        .unwrap();
    let stale = reader.read(&city).await;
    assert_eq!(stale.version, good.version);
    assert!(stale.expires_at < city.control().clock().now);
    city.control()
        .set_fault(Fault::new("gateway", FaultKind::ReplayedDirectory).times(1))
        .unwrap();
    assert!(reader.read(&city).await.version < good.version);
    assert_eq!(reader.read(&city).await, good);
}
