//! The city is killed in the middle of a payment, at every point at which something is done and not yet known, and started again
//! from its file: the payment ends as it would have, once.

use crate::person::{Person, config_in, one_of_each, sound_books};
use rabt_protocol::{
    agency::{AmountRule, Bill},
    hub::PaymentStatus,
};
use rabt_sandbox::{City, Fault, FaultKind};

/// Where the kill comes: what is held back at that point, and whether the agency is one that refuses.
struct Point {
    name: &'static str,
    /// At the bank rather than at the bill's agency.
    at_bank: bool,
    route: &'static str,
    kind: FaultKind,
    refused: bool,
}

fn points() -> Vec<Point> {
    let mut points = Vec::new();
    for (name, at_bank, route, refused) in [
        ("debit", true, "/v1/debits", false),
        ("posting", false, "/v1/postings", false),
        ("settlement", true, "/v1/settlements", false),
        ("refund", true, "/v1/refunds", true),
    ] {
        for kind in [FaultKind::CutBeforeCommit, FaultKind::CutAfterCommit] {
            points.push(Point {
                name,
                at_bank,
                route,
                kind,
                refused,
            });
        }
    }
    points
}

#[tokio::test]
async fn a_payment_survives_a_kill_at_every_point() {
    for point in points() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("city.db");
        let city = City::start(config_in(&file)).await.unwrap();
        let mut person = Person::of(&city).await;
        let account = person.link(&city, "bank_account").await;
        let bills: Vec<Bill> = one_of_each(&city)
            .into_iter()
            .filter(|bill| bill.amount_rule == AmountRule::Exact)
            .take(2)
            .collect();
        let quote = person.quote(&[&bills[0], &bills[1]]).await;
        if point.refused {
            city.control()
                .withdraw_bill(&bills[0].agency_id, &bills[0].bill_id)
                .unwrap();
        }
        let party = if point.at_bank {
            "bank"
        } else {
            bills[0].agency_id.as_str()
        };
        // The act is stuck, and its look-up too, so that the kill finds it in the middle.
        city.control()
            .set_fault(Fault::new(party, point.kind.clone()).on(point.route).method("POST"))
            .unwrap();
        for look_up in ["/v1/movements", "/v1/postings"] {
            city.control()
                .set_fault(Fault::new(party, FaultKind::CutBeforeCommit).on(look_up).method("GET"))
                .unwrap();
        }
        let of = format!("{} {:?}", point.name, point.kind);
        let payment = person.pay(&quote, &account, "key-1").await.unwrap();
        assert_eq!(payment.status, PaymentStatus::Pending, "{of}");
        city.kill();

        let city = City::start(config_in(&file)).await.unwrap();
        person.reconnect(&city);
        let ended = person.ended("key-1").await;
        let expected = if point.refused {
            PaymentStatus::PartlySettled
        } else {
            PaymentStatus::Settled
        };
        assert_eq!(ended.status, expected, "{of}");
        let books = sound_books(&city, true);
        assert_eq!(books.debited_fils, quote.total_fils, "{of}");
        assert_eq!(
            books.refunded_fils,
            if point.refused { bills[0].amount_fils } else { 0 },
            "{of}"
        );
    }
}

/// However the kill falls. The moments are spread over what a payment takes.
#[tokio::test]
async fn a_payment_survives_a_kill_at_any_moment() {
    const KILLS: u64 = 12;
    const APART_MS: u64 = 6;
    for n in 0..KILLS {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("city.db");
        let city = City::start(config_in(&file)).await.unwrap();
        let mut person = Person::of(&city).await;
        let account = person.link(&city, "bank_account").await;
        let bills = one_of_each(&city);
        let quote = person.quote(&bills.iter().take(4).collect::<Vec<_>>()).await;
        {
            let paying = std::pin::pin!(person.try_to_pay(&quote, &account, "key-1"));
            let moment = std::pin::pin!(tokio::time::sleep(std::time::Duration::from_millis(n * APART_MS)));
            futures_util::future::select(paying, moment).await;
            city.kill();
        }
        let city = City::start(config_in(&file)).await.unwrap();
        person.reconnect(&city);
        // Either it was never recorded, and then it is made now under the same key; or it ends by itself.
        if person.payment_by_key("key-1").await.is_none() {
            person.pay(&quote, &account, "key-1").await.unwrap();
        }
        assert_eq!(person.ended("key-1").await.status, PaymentStatus::Settled, "kill {n}");
        assert_eq!(sound_books(&city, true).settled_fils, quote.total_fils, "kill {n}");
    }
}
