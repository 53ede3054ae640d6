use super::*;
use crate::agencies::{
    admin::{self, BillChange},
    store::{
        bills as rows,
        postings::{Payer, insert},
    },
};
use rabt_protocol::agency::{Accounts, BillStatus};
use std::sync::Arc;

const FAMILY: &str = "tenant-family";

/// A city in which the family has agreed to an agency's answering.
async fn city_with(agency_id: &str) -> Ctx {
    let ctx = city();
    consent(&ctx, agency_id, FAMILY).await;
    ctx
}

#[tokio::test]
async fn a_posted_bill_is_paid_and_found_again_by_its_key() {
    let ctx = city_with(TRAFFIC).await;
    let before = bill(&ctx, TRAFFIC, FAMILY, "po-0001").await;
    let look_up = async || hub(&ctx, TRAFFIC, Method::GET, "/v1/postings/key-1", None, None).await;
    assert_eq!(look_up().await.refusal().1, "not_found");
    let posted = posting(&post(&ctx, TRAFFIC, "key-1", &posting_of(&before, FAMILY)).await.ok());
    assert_eq!(
        (posted.bill_id.as_str(), posted.amount_fils),
        ("po-0001", before.amount_fils)
    );
    assert_eq!(posting(&look_up().await.ok()), posted);
    let after = bill(&ctx, TRAFFIC, FAMILY, "po-0001").await;
    let paid = after.paid.unwrap();
    assert_eq!((after.status, after.revision), (BillStatus::Paid, before.revision + 1));
    assert_eq!(
        (paid.channel.as_str(), paid.payment_id.as_deref()),
        ("rabt", Some("pay_1"))
    );
    assert_eq!((paid.amount_fils, paid.paid_at), (before.amount_fils, posted.posted_at));
}

#[tokio::test]
async fn the_same_key_is_answered_the_same_and_never_posts_twice() {
    let ctx = city_with(TRAFFIC).await;
    let request = posting_of(&bill(&ctx, TRAFFIC, FAMILY, "po-0001").await, FAMILY);
    let first = posting(&post(&ctx, TRAFFIC, "key-1", &request).await.ok());
    assert_eq!(posting(&post(&ctx, TRAFFIC, "key-1", &request).await.ok()), first);
    let other = PostingRequest {
        payment_id: "pay_2".to_owned(),
        ..request.clone()
    };
    assert_eq!(
        post(&ctx, TRAFFIC, "key-1", &other).await.refusal().1,
        "idempotency_key_reused"
    );
    assert_eq!(
        post(&ctx, TRAFFIC, "key-2", &request).await.refusal().1,
        "bill_already_paid"
    );
    assert_eq!(count(&ctx, "agency_posting"), 1);
    // A key is the agency's: another agency has not seen it.
    assert_eq!(post(&ctx, TOLL, "key-1", &request).await.refusal().1, "not_found");
}

#[tokio::test]
async fn a_refusal_is_kept_too_since_its_money_went_back() {
    let ctx = city_with(TRAFFIC).await;
    let seen = bill(&ctx, TRAFFIC, FAMILY, "po-0001").await;
    let early = PostingRequest {
        revision: seen.revision + 1,
        ..posting_of(&seen, FAMILY)
    };
    assert_eq!(post(&ctx, TRAFFIC, "key-1", &early).await.refusal().1, "bill_changed");
    // Now the bill has that revision, and yet the same request is refused.
    let due_on = Some(seen.due_on.clone());
    admin::change_bill(
        &ctx,
        TRAFFIC,
        "po-0001",
        BillChange {
            due_on,
            ..BillChange::default()
        },
    )
    .unwrap();
    assert_eq!(post(&ctx, TRAFFIC, "key-1", &early).await.refusal().1, "bill_changed");
    assert_eq!(
        hub(&ctx, TRAFFIC, Method::GET, "/v1/postings/key-1", None, None)
            .await
            .status,
        404
    );
    post(&ctx, TRAFFIC, "key-2", &early).await.ok();
}

#[tokio::test]
async fn what_must_not_be_posted_is_refused_for_its_reason() {
    let ctx = city_with(TRAFFIC).await;
    let seen = bill(&ctx, TRAFFIC, FAMILY, "po-0001").await;
    let good = posting_of(&seen, FAMILY);
    let refused = async |key: &str, request: PostingRequest| {
        let (status, code, field) = post(&ctx, TRAFFIC, key, &request).await.refusal();
        format!("{status} {code} {field}")
    };
    let other_revision = PostingRequest {
        revision: 7,
        ..good.clone()
    };
    assert_eq!(refused("a", other_revision).await, "409 bill_changed ");
    let other_amount = PostingRequest {
        amount_fils: seen.amount_fils - 1,
        ..good.clone()
    };
    assert_eq!(refused("b", other_amount).await, "400 invalid_input amount_fils");
    let no_bill = PostingRequest {
        bill_id: "po-9".to_owned(),
        ..good.clone()
    };
    assert_eq!(refused("c", no_bill).await, "404 not_found ");
    let somebody_elses = PostingRequest {
        subject: subject("trader"),
        ..good.clone()
    };
    assert_eq!(refused("d", somebody_elses).await, "404 not_found ");
    admin::pay_at_counter(&ctx, TRAFFIC, "po-0001", None).unwrap();
    assert_eq!(refused("e", good.clone()).await, "409 bill_already_paid ");
    admin::withdraw_bill(&ctx, TRAFFIC, "po-0002").unwrap();
    let withdrawn = PostingRequest {
        bill_id: "po-0002".to_owned(),
        ..good.clone()
    };
    assert_eq!(refused("f", withdrawn).await, "409 bill_withdrawn ");
    assert_eq!(count(&ctx, "agency_posting"), 1);

    let body = serde_json::to_value(&good).unwrap();
    let keyless = hub(&ctx, TRAFFIC, Method::POST, "/v1/postings", None, Some(body)).await;
    assert_eq!(keyless.refusal().1, "idempotency_key_missing");
}

#[tokio::test]
async fn a_posting_needs_no_consent_since_the_money_is_taken() {
    let ctx = city_with(TRAFFIC).await;
    let request = posting_of(&bill(&ctx, TRAFFIC, FAMILY, "po-0001").await, FAMILY);
    ask(&ctx, TRAFFIC, FAMILY, Method::DELETE, "/v1/consents/c1", None)
        .await
        .ok();
    post(&ctx, TRAFFIC, "key-1", &request).await.ok();
}

#[tokio::test]
async fn a_top_up_of_the_payers_choice_raises_the_balance_and_closes() {
    let ctx = city_with(TOLL).await;
    let seen = bill(&ctx, TOLL, FAMILY, "to-0001").await;
    let request = |amount_fils| PostingRequest {
        amount_fils,
        ..posting_of(&seen, FAMILY)
    };
    for (key, amount_fils) in [("low", 4_999), ("high", 100_001)] {
        assert_eq!(
            post(&ctx, TOLL, key, &request(amount_fils)).await.refusal().2,
            "amount_fils"
        );
    }
    post(&ctx, TOLL, "key-1", &request(7_550)).await.ok();
    let accounts: Accounts = get(&ctx, TOLL, FAMILY, "/v1/accounts").await.ok().json();
    assert_eq!(accounts.accounts[0].balance_fils, Some(1_400 + 7_550));
    let after = bill(&ctx, TOLL, FAMILY, "to-0001").await;
    assert_eq!(after.status, BillStatus::Paid);
    assert_eq!(after.paid.unwrap().amount_fils, 7_550);
    assert_eq!(
        after.lines.iter().map(|line| line.amount_fils).sum::<i64>(),
        after.amount_fils
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_pay_a_bill_at_once_one_does() {
    let ctx = city_with(TRAFFIC).await;
    let request = Arc::new(posting_of(&bill(&ctx, TRAFFIC, FAMILY, "po-0001").await, FAMILY));
    let racers: Vec<_> = (0..24)
        .map(|racer| {
            let (ctx, request) = (Ctx::clone(&ctx), Arc::clone(&request));
            tokio::spawn(async move {
                match racer % 3 {
                    // Three keys, each by several at once, and the counter.
                    0 => admin::pay_at_counter(&ctx, TRAFFIC, "po-0001", None).is_ok(),
                    _ => post(&ctx, TRAFFIC, &format!("key-{}", racer % 4), &request)
                        .await
                        .status
                        .is_success(),
                }
            })
        })
        .collect();
    let mut paid = 0;
    for racer in racers {
        paid += usize::from(racer.await.unwrap());
    }
    assert!(paid >= 1, "one key may have been answered to several that shared it");
    assert_eq!(count(&ctx, "agency_posting"), 1);
    let after = bill(&ctx, TRAFFIC, FAMILY, "po-0001").await;
    assert_eq!((after.status, after.revision), (BillStatus::Paid, 2));
}

#[tokio::test]
async fn the_table_itself_refuses_a_second_posting_of_a_bill() {
    let ctx = city_with(TRAFFIC).await;
    let again = |posting_id: &str| {
        ctx.state.transact(|tx| {
            let bill = rows::get(tx, TRAFFIC, "po-0001")?.unwrap();
            let posting = Posting {
                posting_id: posting_id.to_owned(),
                bill_id: bill.bill_id,
                amount_fils: bill.amount_fils,
                posted_at: ctx.clock.now(),
            };
            insert(tx, TRAFFIC, &posting, &Payer::Counter)
        })
    };
    again("pst_1").unwrap();
    assert!(
        again("pst_2").unwrap_err().problem().is_none(),
        "a defect, not a refusal"
    );
    assert_eq!(count(&ctx, "agency_posting"), 1);
}
