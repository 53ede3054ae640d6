//! Bad input to what is read and asked: pages, searches, agencies, accounts. Each is refused by its field, with nothing written or sent.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a story that meets something else has failed"
)]

use rabt::{
    RabtError,
    domain::{
        DubaiDate,
        InvalidReason::{self, Empty, Inconsistent, Malformed, TooLarge, TooMany, TooSmall, Unsupported},
        Personal,
    },
    store::bills::{BillQuery, Order},
};
use rabt_tests::{Story, agency_id};
use std::{collections::BTreeMap, time::Duration};

const FAMILY: &str = "tenant-family";

fn at(field: &str, reason: InvalidReason) -> RabtError {
    RabtError::InvalidInput {
        field: field.to_owned(),
        reason,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_is_refused_by_its_limit_cursor_days_or_text() {
    let story = Story::begin(FAMILY).await;
    let phone = &story.phone;
    let (bills, payments) = (phone.rabt().bills(), phone.rabt().payments());
    let query = BillQuery::default;
    let first = bills.page(BillQuery { limit: 5, ..query() }).await.unwrap();
    let cursor = first.next.unwrap();
    let mut forged = cursor.clone();
    forged.replace_range(0..1, if cursor.starts_with('A') { "B" } else { "A" });
    let other_phone = Story::begin(FAMILY).await;
    let elsewhere = other_phone
        .phone
        .rabt()
        .bills()
        .page(BillQuery { limit: 5, ..query() })
        .await
        .unwrap()
        .next;

    let day = |text| Some(DubaiDate::parse(text).unwrap());
    for (what, field, reason, query) in [
        ("no bills", "limit", TooSmall, BillQuery { limit: 0, ..query() }),
        ("too many bills", "limit", TooLarge, BillQuery { limit: 201, ..query() }),
        (
            "no cursor",
            "cursor",
            Malformed,
            BillQuery {
                cursor: Some(String::new()),
                ..query()
            },
        ),
        (
            "a made-up cursor",
            "cursor",
            Malformed,
            BillQuery {
                cursor: Some("page-2".to_owned()),
                ..query()
            },
        ),
        (
            "a forged cursor",
            "cursor",
            Malformed,
            BillQuery {
                cursor: Some(forged),
                ..query()
            },
        ),
        (
            "another phone's cursor",
            "cursor",
            Malformed,
            BillQuery {
                cursor: elsewhere,
                ..query()
            },
        ),
        (
            "another query's cursor",
            "cursor",
            Malformed,
            BillQuery {
                cursor: Some(cursor),
                order: Order::DueLast,
                ..query()
            },
        ),
        (
            "days in the wrong order",
            "due",
            Inconsistent,
            BillQuery {
                due_from: day("2026-02-02"),
                due_to: day("2026-02-01"),
                ..query()
            },
        ),
        (
            "a search that is no word",
            "search",
            TooMany,
            BillQuery {
                search: Some(Personal::new("ا".repeat(201))),
                ..query()
            },
        ),
    ] {
        story.refused(what, bills.page(query), at(field, reason)).await;
    }
    for (limit, reason) in [(0, TooSmall), (201, TooLarge)] {
        story
            .refused("payments", payments.page(None, limit), at("limit", reason))
            .await;
        story
            .refused("receipts", payments.receipts(None, limit), at("limit", reason))
            .await;
    }
    let made_up = || Some("page-2".to_owned());
    story
        .refused("payments", payments.page(made_up(), 10), at("cursor", Malformed))
        .await;
    story
        .refused("receipts", payments.receipts(made_up(), 10), at("cursor", Malformed))
        .await;
    story
        .refused(
            "a short sync",
            phone.rabt().sync().run(Duration::from_millis(999)),
            at("budget", TooSmall),
        )
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agency_or_account_that_is_wrong_is_refused_by_its_field() {
    let story = Story::begin(FAMILY).await;
    let phone = &story.phone;
    let (agencies, accounts, bills) = (phone.rabt().agencies(), phone.rabt().accounts(), phone.rabt().bills());
    let nowhere = agency_id("nowhere");
    let unknown = || at("agency_id", Unsupported);
    let asked = [agency_id("police"), nowhere.clone()];
    let consent = agencies.consent(&asked);
    story
        .refused("a consent", consent, at("agencies[1]", Unsupported))
        .await;
    story
        .refused(
            "a refresh",
            bills.refresh_agencies(std::slice::from_ref(&nowhere)),
            unknown(),
        )
        .await;
    story
        .refused(
            "an account of nobody's",
            accounts.add(&nowhere, "contract-account", BTreeMap::new()),
            unknown(),
        )
        .await;

    let fields = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    };
    let contract = |number: &str| fields(&[("contract_account", number)]);
    for (agency, kind, fields, field, reason) in [
        (
            "electricity-water",
            "contract",
            contract("2000145591"),
            "kind",
            Unsupported,
        ),
        (
            "electricity-water",
            "contract-account",
            fields(&[]),
            "fields.contract_account",
            Empty,
        ),
        (
            "electricity-water",
            "contract-account",
            contract("200014559"),
            "fields.contract_account",
            TooSmall,
        ),
        (
            "electricity-water",
            "contract-account",
            contract("20001455911"),
            "fields.contract_account",
            TooMany,
        ),
        (
            "electricity-water",
            "contract-account",
            contract("200014559A"),
            "fields.contract_account",
            Malformed,
        ),
        (
            "electricity-water",
            "contract-account",
            contract("2000 14559"),
            "fields.contract_account",
            Malformed,
        ),
        (
            "electricity-water",
            "contract-account",
            fields(&[("contract_account", "2000145591"), ("holder", "x")]),
            "fields.holder",
            Unsupported,
        ),
        (
            "residency",
            "residence-file",
            fields(&[("emirates_id", "784-1990-12345678-")]),
            "fields.emirates_id",
            Malformed,
        ),
        (
            "roads",
            "vehicle-plate",
            fields(&[("plate_code", "a"), ("plate_number", "1")]),
            "fields.plate_code",
            Malformed,
        ),
    ] {
        let agency = agency_id(agency);
        let add = accounts.add(&agency, kind, fields);
        story
            .refused(&format!("{agency:?} {field}"), add, at(field, reason))
            .await;
    }
}
