//! Bills as a screen reads them: pages, filters, search in both languages, sums; a thousand of them, and without a network.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a story that meets something else has failed"
)]

use rabt::{
    domain::{AccountId, AccountKey, Bill, BillKind, BillStatus, DubaiDate, Personal},
    store::bills::{BillQuery, Order, Standing, Tally},
};
use rabt_tests::{Phone, Town, agency_id};
use std::collections::{BTreeMap, BTreeSet};

const FAMILY: &str = "tenant-family";

/// Whether a bill is one that a query asks for.
type IsIt = Box<dyn Fn(&Bill) -> bool>;

/// A phone whose person's bills are all on it.
async fn phone_with_bills(town: &Town, persona: &str) -> Phone {
    let phone = town.phone_of(persona).await;
    assert_eq!(phone.refresh().await.answered(), 12);
    phone
}

async fn found(phone: &Phone, text: &str) -> BTreeSet<String> {
    let query = BillQuery {
        search: Some(Personal::new(text.to_owned())),
        ..BillQuery::default()
    };
    ids(&phone.bills(query).await)
}

fn ids(bills: &[Bill]) -> BTreeSet<String> {
    bills.iter().map(|bill| bill.key.bill.as_str().to_owned()).collect()
}

fn set(ids: &[&str]) -> BTreeSet<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

/// What the sums are to be: worked out from the bills that the pages show.
fn tally<'a>(bills: impl Iterator<Item = &'a Bill>, today: DubaiDate) -> (u32, i64, u32) {
    bills.fold((0, 0, 0), |(count, fils, overdue), bill| {
        let owed = bill.kind != BillKind::TopUp;
        (
            count + 1,
            fils + if owed { bill.amount.reveal().get() } else { 0 },
            overdue + u32::from(owed && bill.due_on < today),
        )
    })
}

fn told(tally: &Tally) -> (u32, i64, u32) {
    (tally.count, tally.total.reveal().get(), tally.overdue)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_bills_are_paged_through_each_once_and_summed_up() {
    // Given somebody with a thousand bills.
    let town = Town::start().await;
    let phone = phone_with_bills(&town, "thousand").await;

    // When they are paged through, in either order and at any size of page,
    for (order, limit) in [(Order::DueFirst, 7), (Order::DueFirst, 200), (Order::DueLast, 33)] {
        let mut query = BillQuery {
            order,
            limit,
            ..BillQuery::default()
        };
        let mut bills: Vec<Bill> = Vec::new();
        loop {
            let page = phone.rabt().bills().page(query.clone()).await.unwrap();
            assert!(page.bills.len() <= usize::from(limit));
            bills.extend(page.bills.into_iter().map(|stored| stored.bill));
            match page.next {
                Some(next) => query.cursor = Some(next),
                None => break,
            }
        }
        // then each is seen exactly once, in order.
        assert_eq!(bills.len(), 1_000);
        assert_eq!(ids(&bills).len(), 1_000);
        let in_order = |pair: &[Bill]| match order {
            Order::DueFirst => pair[0].due_on <= pair[1].due_on,
            Order::DueLast => pair[0].due_on >= pair[1].due_on,
        };
        assert!(bills.windows(2).all(in_order));
    }

    // And the summary is what the pages sum to.
    let (bills, today) = (phone.open_bills().await, DubaiDate::at(rabt_now(&phone)));
    let summary = phone.rabt().bills().summary().await.unwrap();
    assert_eq!(told(&summary.total), tally(bills.iter(), today));
    assert!(summary.total.overdue > 0);
    let (mut agencies, mut weeks) = (BTreeMap::new(), BTreeMap::new());
    for bill in &bills {
        agencies.entry(&bill.key.agency).or_insert_with(Vec::new).push(bill);
        weeks
            .entry(bill.due_on.week_begins())
            .or_insert_with(Vec::new)
            .push(bill);
    }
    let by_agency: Vec<_> = agencies
        .into_iter()
        .map(|(id, its)| (id, tally(its.into_iter(), today)))
        .collect();
    let by_week: Vec<_> = weeks
        .into_iter()
        .map(|(day, its)| (day, tally(its.into_iter(), today)))
        .collect();
    assert_eq!(
        summary
            .agencies
            .iter()
            .map(|it| (&it.agency, told(&it.tally)))
            .collect::<Vec<_>>(),
        by_agency
    );
    assert_eq!(
        summary
            .weeks
            .iter()
            .map(|it| (it.begins_on, told(&it.tally)))
            .collect::<Vec<_>>(),
        by_week
    );
}

fn rabt_now(phone: &Phone) -> rabt::domain::Timestamp {
    rabt::Clock::now(&*phone.clock)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bills_that_arrive_between_two_pages_push_none_out_and_show_none_twice() {
    let town = Town::start().await;
    let phone = phone_with_bills(&town, "thousand").await;
    let first = BillQuery {
        limit: 100,
        ..BillQuery::default()
    };
    let page = phone.rabt().bills().page(first.clone()).await.unwrap();
    let mut seen: Vec<Bill> = page.bills.into_iter().map(|stored| stored.bill).collect();

    // When a bill that is overdue for long, and so belongs before the cursor, is issued while the person pages,
    let bill = rabt_sandbox::NewBill {
        agency_id: "police".to_owned(),
        persona_id: "thousand".to_owned(),
        kind_code: "traffic-fine".to_owned(),
        bill_id: Some("between".to_owned()),
        lines: vec![rabt_sandbox::PersonaLine {
            fee: "other-offence".to_owned(),
            amount_fils: Some(100),
        }],
        issued_on: Some("2020-01-01".to_owned()),
        due_on: Some("2020-01-15".to_owned()),
        ..rabt_sandbox::NewBill::default()
    };
    town.control().add_bill(bill).unwrap();
    phone.refresh().await;
    seen.extend(
        phone
            .bills(BillQuery {
                cursor: page.next,
                ..BillQuery {
                    limit: 200,
                    ..first.clone()
                }
            })
            .await,
    );

    // then the thousand that were there are seen once each, and it on the next look.
    assert_eq!((seen.len(), ids(&seen).len()), (1_000, 1_000));
    assert_eq!(phone.open_bills().await[0].key.bill.as_str(), "between");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bills_are_found_by_words_of_either_language_and_by_number() {
    let town = Town::start().await;
    let phone = phone_with_bills(&town, FAMILY).await;
    for (text, expected) in [
        // A title, its beginning, in any case.
        ("observatory", &["kn-0001"][..]),
        ("OBSERV", &["kn-0001"]),
        ("trip laila", &["kn-0001"]),
        // In Arabic, with and without the article and the forms of alif.
        ("المرصد", &["kn-0001"]),
        ("قطة", &["mu-0001"]),
        ("الاسنان", &[]),
        // Where it was.
        ("creek", &["po-0002", "rt-0002"]),
        ("الخور", &["po-0002", "rt-0002"]),
        // The kind of bill, though no title says it; the agency; the account.
        ("traffic fine", &["po-0001", "po-0002"]),
        ("customs", &["cu-0001"]),
        ("الجمارك", &["cu-0001"]),
        ("kitchen", &["ec-0001"]),
        // Its number, however it is written, or the end of it; the account's number.
        ("PF-880241", &["po-0001"]),
        ("pf 880241", &["po-0001"]),
        ("0241", &["po-0001"]),
        ("٠٢٤١", &["po-0001"]),
        ("2001873314", &["ew-0002", "ew-0003"]),
        ("nothing-like-it", &[]),
    ] {
        assert_eq!(found(&phone, text).await, set(expected), "{text}");
    }
    // Nothing is found by nothing: it isn't a filter then.
    assert_eq!(found(&phone, "  ").await.len(), phone.open_bills().await.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn filters_narrow_and_go_together() {
    let town = Town::start().await;
    let phone = phone_with_bills(&town, FAMILY).await;
    let all = phone.all_bills().await;
    let matching =
        |is_it: &dyn Fn(&Bill) -> bool| ids(&all.iter().filter(|bill| is_it(bill)).cloned().collect::<Vec<_>>());
    let today = DubaiDate::at(rabt_now(&phone));
    let query = BillQuery::default;
    let (roads, police) = (agency_id("roads"), agency_id("police"));
    let car = AccountKey {
        agency: roads.clone(),
        account: AccountId::parse("rt-car").unwrap(),
    };

    let cases: [(&str, BillQuery, IsIt); 6] = [
        (
            "agencies",
            BillQuery {
                agencies: vec![roads.clone(), police.clone()],
                ..query()
            },
            Box::new(|b| b.status.is_open() && ["roads", "police"].contains(&b.key.agency.as_str())),
        ),
        (
            "kinds",
            BillQuery {
                kinds: vec![BillKind::Fine, BillKind::TopUp],
                ..query()
            },
            Box::new(|b| b.status.is_open() && matches!(b.kind, BillKind::Fine | BillKind::TopUp)),
        ),
        (
            "account",
            BillQuery {
                account: Some(car),
                standing: Standing::All,
                ..query()
            },
            Box::new(|b| b.account.as_str() == "rt-car"),
        ),
        (
            "days",
            BillQuery {
                due_from: Some(today),
                due_to: Some(today.plus_days(7)),
                ..query()
            },
            Box::new(move |b| b.status.is_open() && b.due_on >= today && b.due_on <= today.plus_days(7)),
        ),
        (
            "history",
            BillQuery {
                standing: Standing::Closed,
                order: Order::DueLast,
                ..query()
            },
            Box::new(|b| b.status == BillStatus::PaidElsewhere),
        ),
        (
            "all together",
            BillQuery {
                agencies: vec![police],
                kinds: vec![BillKind::Fine],
                due_from: Some(today),
                search: Some(Personal::new("phone".to_owned())),
                ..query()
            },
            Box::new(|b| b.key.bill.as_str() == "po-0002"),
        ),
    ];
    for (what, query, is_it) in cases {
        let found = phone.bills(query.clone()).await;
        let expected = matching(&*is_it);
        assert!(!expected.is_empty(), "{what}");
        assert_eq!(ids(&found), expected, "{what}");
        if query.order == Order::DueLast {
            assert!(found.windows(2).all(|pair| pair[0].due_on >= pair[1].due_on));
        }
    }
    // A year's history: what was paid is there, with how.
    let history = BillQuery {
        standing: Standing::Closed,
        ..query()
    };
    assert!(
        phone
            .bills(history)
            .await
            .iter()
            .all(|bill| bill.paid.as_ref().is_some_and(|paid| !paid.channel.is_empty()))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_city_everything_is_read_as_before() {
    // Given a phone that knows all, and a city that is gone.
    let town = Town::start().await;
    let mut phone = phone_with_bills(&town, FAMILY).await;
    let (bills, summary) = (phone.all_bills().await, phone.rabt().bills().summary().await.unwrap());
    let accounts = phone.rabt().accounts().list().await.unwrap();
    town.stop().await;

    // When the app is opened there, and asks.
    phone.close();
    phone.open().await.unwrap();
    let report = phone.refresh().await;

    // Then nobody answers, each agency says so, and all that was known is there.
    assert_eq!((report.answered(), report.agencies.len()), (0, 12));
    for entry in &report.agencies {
        assert!(
            entry.outcome.as_ref().is_err_and(|error| error.code() == "unavailable"),
            "{entry:?}"
        );
        let freshness = phone.freshness(entry.agency.as_str()).await.unwrap();
        assert!(
            freshness.succeeded_at.is_some() && freshness.error.as_deref() == Some("unavailable"),
            "{freshness:?}"
        );
    }
    assert_eq!(phone.all_bills().await, bills);
    assert_eq!(phone.rabt().bills().summary().await.unwrap(), summary);
    assert_eq!(phone.rabt().accounts().list().await.unwrap(), accounts);
    assert_eq!(found(&phone, "observatory").await, set(&["kn-0001"]));
    assert_eq!(phone.incidents().await, []);
}
