use super::*;
use crate::{
    agencies::admin::{self, BillChange},
    server::faults::{Fault, FaultKind},
};
use http::HeaderValue;
use rabt_protocol::agency::BillStatus;
use std::collections::BTreeSet;

async fn get_with_tag(ctx: &Ctx, path: &str, etag: &str) -> Answer {
    let mut request = request(Method::GET, path, None);
    request.extensions_mut().insert(Person {
        subject: subject("tenant-family"),
    });
    request
        .headers_mut()
        .insert(header::IF_NONE_MATCH, HeaderValue::from_str(etag).unwrap());
    send(ctx, POWER, request).await
}

#[tokio::test]
async fn a_person_sees_own_bills_open_ones_first_by_their_due_day() {
    let ctx = city();
    consent(&ctx, TRAFFIC, "tenant-family").await;
    let bills = bills(&ctx, TRAFFIC, "tenant-family", 500).await;
    let ids: Vec<_> = bills.iter().map(|bill| bill.bill_id.as_str()).collect();
    assert_eq!(ids, ["po-0001", "po-0002", "po-1002", "po-1001"]);
    assert!(
        bills[..2]
            .iter()
            .all(|bill| bill.status == BillStatus::Open && bill.paid.is_none())
    );
    assert!(
        bills[2..]
            .iter()
            .all(|bill| bill.status == BillStatus::Paid && bill.paid.is_some())
    );
    let today = ctx.clock.today();
    assert_eq!(
        bills[0].due_on,
        today.checked_add(jiff::Span::new().days(25)).unwrap().to_string()
    );
}

#[tokio::test]
async fn somebody_without_bills_gets_an_empty_page() {
    let ctx = city();
    consent(&ctx, POWER, "nobody").await;
    let page: BillPage = get(&ctx, POWER, "nobody", "/v1/bills").await.ok().json();
    assert_eq!((page.bills, page.next_cursor), (vec![], None));
}

#[tokio::test]
async fn a_thousand_bills_come_in_pages_none_twice_and_none_missing() {
    let ctx = city();
    let mut seen = BTreeSet::new();
    for agency_id in ctx.agencies().keys() {
        consent(&ctx, agency_id, "thousand").await;
        let whole = bills(&ctx, agency_id, "thousand", 500).await;
        for limit in [11, 249, 250] {
            assert_eq!(
                bills(&ctx, agency_id, "thousand", limit).await,
                whole,
                "{agency_id} by {limit}"
            );
        }
        for bill in whole {
            assert!(seen.insert((agency_id.clone(), bill.bill_id)));
        }
    }
    assert_eq!(seen.len(), 1_000);
}

#[tokio::test]
async fn a_page_is_bounded_and_its_cursor_not_to_be_made_up() {
    let ctx = city();
    consent(&ctx, POWER, "thousand").await;
    let refused = async |query: &str| {
        get(&ctx, POWER, "thousand", &format!("/v1/bills?{query}"))
            .await
            .refusal()
    };
    for query in ["limit=0", "limit=501", "limit=-1", "limit=many"] {
        assert_eq!(
            refused(query).await,
            (400, "invalid_input".to_owned(), "limit".to_owned()),
            "{query}"
        );
    }
    // "2/2026-01-01/x", "0/someday/x" and "0/2026-01-01" in base64url.
    for cursor in ["", "%20", "Mi8yMDI2LTAxLTAxL3g", "MC9zb21lZGF5L3g", "MC8yMDI2LTAxLTAx"] {
        let query = format!("cursor={cursor}");
        assert_eq!(
            refused(&query).await,
            (400, "invalid_input".to_owned(), "cursor".to_owned()),
            "{query}"
        );
    }
    let page: BillPage = get(&ctx, POWER, "thousand", "/v1/bills").await.ok().json();
    assert_eq!(page.bills.len(), 100);
}

#[tokio::test]
async fn a_tag_names_the_accounts_until_one_comes_or_changes() {
    let ctx = city();
    consent(&ctx, POWER, "tenant-family").await;
    let etag = get(&ctx, POWER, "tenant-family", "/v1/accounts").await.ok().etag();
    let unchanged = get_with_tag(&ctx, "/v1/accounts", &etag).await;
    assert_eq!(
        (unchanged.status, unchanged.body.len(), unchanged.etag()),
        (StatusCode::NOT_MODIFIED, 0, etag.clone())
    );
    assert_eq!(get_with_tag(&ctx, "/v1/accounts", "\"other\"").await.status, 200);

    let form = json!({"kind": "contract-account", "fields": {"contract_account": "2000145591"}});
    let added = ask(&ctx, POWER, "tenant-family", Method::POST, "/v1/accounts", Some(form)).await;
    assert_eq!(added.status, 201);
    let changed = get_with_tag(&ctx, "/v1/accounts", &etag).await;
    assert_eq!(changed.status, 200);
    assert_ne!(changed.etag(), etag);
}

#[tokio::test]
async fn one_tag_names_the_whole_set_on_every_page_until_a_bill_changes() {
    let ctx = city();
    consent(&ctx, POWER, "tenant-family").await;
    let first = get(&ctx, POWER, "tenant-family", "/v1/bills?limit=2").await.ok();
    let (etag, page) = (first.etag(), first.json::<BillPage>());
    assert!(etag.starts_with('"') && etag.ends_with('"'), "strong: {etag}");
    let second = format!("/v1/bills?limit=2&cursor={}", page.next_cursor.unwrap());
    assert_eq!(get(&ctx, POWER, "tenant-family", &second).await.ok().etag(), etag);
    assert_eq!(
        get(&ctx, POWER, "tenant-family", "/v1/bills?limit=500")
            .await
            .ok()
            .etag(),
        etag
    );

    let unchanged = get_with_tag(&ctx, "/v1/bills?limit=2", &format!("\"old\", {etag}")).await;
    assert_eq!(
        (unchanged.status, unchanged.body.len(), unchanged.etag()),
        (StatusCode::NOT_MODIFIED, 0, etag.clone())
    );
    // Only the first page is spared: a later one is asked for because it isn't there.
    assert_eq!(get_with_tag(&ctx, &second, &etag).await.status, 200);

    let last = bills(&ctx, POWER, "tenant-family", 500)
        .await
        .into_iter()
        .rfind(|bill| bill.status == BillStatus::Open);
    let change = BillChange {
        amount_fils: Some(99_999),
        ..BillChange::default()
    };
    admin::change_bill(&ctx, POWER, &last.unwrap().bill_id, change).unwrap();
    let changed = get_with_tag(&ctx, "/v1/bills?limit=2", &etag).await;
    assert_eq!(changed.status, 200);
    assert_ne!(changed.etag(), etag);
}

#[tokio::test]
async fn a_closed_bill_is_shown_for_two_years() {
    let ctx = city();
    let shown = async || {
        consent(&ctx, TRAFFIC, "tenant-family").await;
        bills(&ctx, TRAFFIC, "tenant-family", 500)
            .await
            .iter()
            .any(|bill| bill.bill_id == "po-1002")
    };
    assert!(shown().await);
    let day_ms = 24 * 60 * 60 * 1000;
    // It was paid 299 days before the city's beginning.
    ctx.clock.set_offset_ms(430 * day_ms);
    assert!(shown().await);
    ctx.clock.set_offset_ms(433 * day_ms);
    assert!(!shown().await);
}

#[tokio::test]
async fn the_hub_sees_a_bill_as_the_person_does_and_no_other() {
    let ctx = city();
    let look_up = async |bill_id: &str, persona_id: &str| {
        let path = format!("/v1/hub/bills/{bill_id}?subject={}", subject(persona_id));
        hub(&ctx, POWER, Method::GET, &path, None, None).await
    };
    assert_eq!(
        look_up("ew-0001", "tenant-family").await.refusal().1,
        "consent_required"
    );
    consent(&ctx, POWER, "tenant-family").await;
    consent(&ctx, POWER, "trader").await;
    let seen: Bill = look_up("ew-0001", "tenant-family").await.ok().json();
    assert_eq!(seen, bill(&ctx, POWER, "tenant-family", "ew-0001").await);
    assert_eq!(look_up("ew-0001", "trader").await.refusal().1, "not_found");
    assert_eq!(look_up("ew-9999", "trader").await.refusal().1, "not_found");
    let without = hub(&ctx, POWER, Method::GET, "/v1/hub/bills/ew-0001", None, None).await;
    assert_eq!(
        without.refusal(),
        (400, "invalid_input".to_owned(), "subject".to_owned())
    );
}

#[tokio::test]
async fn a_fault_puts_another_persons_bill_into_the_page() {
    let ctx = city();
    consent(&ctx, POWER, "tenant-family").await;
    let own: BTreeSet<_> = ["ew-home", "ew-store"].into();
    let foreign = async |limit: usize| {
        let page: BillPage = get(&ctx, POWER, "tenant-family", &format!("/v1/bills?limit={limit}"))
            .await
            .ok()
            .json();
        assert!(page.bills.len() <= limit);
        page.bills
            .into_iter()
            .filter(|bill| !own.contains(bill.account_id.as_str()))
            .collect::<Vec<_>>()
    };
    let etag = get(&ctx, POWER, "tenant-family", "/v1/bills").await.ok().etag();
    ctx.faults
        .set(Fault::new(POWER, FaultKind::AnotherPersonsBill).times(3));
    for limit in [2, 500] {
        let bills = foreign(limit).await;
        assert_eq!((bills.len(), bills[0].agency_id.as_str()), (1, POWER));
    }
    // A reader that has everything gets it too.
    assert_eq!(get_with_tag(&ctx, "/v1/bills", &etag).await.status, 200);
    assert_eq!(foreign(500).await, []);
}

#[tokio::test]
async fn a_fault_puts_another_agencys_bill_into_the_page_and_before_the_hub() {
    let ctx = city();
    consent(&ctx, POWER, "tenant-family").await;
    ctx.faults
        .set(Fault::new(POWER, FaultKind::AnotherAgencysBill).times(2));
    let page: BillPage = get(&ctx, POWER, "tenant-family", "/v1/bills").await.ok().json();
    assert_eq!(page.bills.iter().filter(|bill| bill.agency_id != POWER).count(), 1);
    let path = format!("/v1/hub/bills/ew-0001?subject={}", subject("tenant-family"));
    let bill: Bill = hub(&ctx, POWER, Method::GET, &path, None, None).await.ok().json();
    assert_ne!(bill.agency_id, POWER);
    let bill: Bill = hub(&ctx, POWER, Method::GET, &path, None, None).await.ok().json();
    assert_eq!(bill.bill_id, "ew-0001");
}

#[tokio::test]
async fn alone_in_the_city_an_agency_makes_the_wrong_bill_up() {
    let ctx: Ctx = Arc::new(for_tests(CityConfig::default(), &[SCHEMA]));
    join(
        &ctx,
        AgencyFixture {
            holdings: vec![],
            ..built_in().unwrap().remove(0)
        },
    );
    consent(&ctx, POWER, "nobody").await;
    for (kind, own) in [
        (FaultKind::AnotherPersonsBill, true),
        (FaultKind::AnotherAgencysBill, false),
    ] {
        ctx.faults.set(Fault::new(POWER, kind).times(1));
        let page: BillPage = get(&ctx, POWER, "nobody", "/v1/bills").await.ok().json();
        assert_eq!(page.bills.len(), 1);
        assert_eq!(page.bills[0].agency_id == POWER, own);
    }
}

#[tokio::test]
async fn an_agency_answers_only_what_it_offers() {
    use rabt_protocol::directory::Capability;
    let ctx = city();
    let mut fixture = built_in().unwrap().remove(0);
    fixture.agency_id = "registry".to_owned();
    fixture.capabilities = vec![Capability::Accounts];
    fixture.holdings = vec![];
    join(&ctx, fixture);
    consent(&ctx, "registry", "nobody").await;
    get(&ctx, "registry", "nobody", "/v1/accounts").await.ok();
    assert_eq!(get(&ctx, "registry", "nobody", "/v1/bills").await.status, 404);
    assert_eq!(
        hub(&ctx, "registry", Method::GET, "/v1/postings/k", None, None)
            .await
            .status,
        404
    );
}
