//! Paying: a basket over many agencies, what a quote says, step-up, and what an instrument refuses.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a story that meets something else has failed"
)]

use rabt::{
    Chosen, ConflictCode, RabtError,
    domain::{
        Bill, BillStatus, Fils, Instrument, InstrumentKind, PaymentState, QuoteLine, QuoteOutcome, payment::ItemState,
    },
};
use rabt_sandbox::{BillChange, CityConfig, FaultKind};
use rabt_tests::{Phone, Town};

const FAMILY: &str = "tenant-family";
/// Six small bills of six agencies: together below AED 1,000.
const SIX: [(&str, &str); 6] = [
    ("electricity-water", "ew-0002"),
    ("municipality", "mu-0001"),
    ("road-toll", "to-0002"),
    ("customs", "cu-0001"),
    ("health", "he-0001"),
    ("knowledge", "kn-0002"),
];

/// A phone that knows all bills and has a bank account linked.
async fn ready(town: &Town) -> (Phone, Instrument) {
    let phone = town.phone_of(FAMILY).await;
    phone.refresh().await;
    let account = phone.link(town, FAMILY, InstrumentKind::BankAccount).await;
    (phone, account)
}

fn sum(bills: &[Bill]) -> i64 {
    bills.iter().map(|bill| bill.amount.reveal().get()).sum()
}

fn conflict(code: ConflictCode) -> RabtError {
    RabtError::Conflict { code }
}

fn all(bills: &[Bill]) -> Vec<&Bill> {
    bills.iter().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_basket_over_six_agencies_is_settled_and_its_receipts_are_good_without_a_network() {
    // Given six bills of six agencies.
    let town = Town::start().await;
    let (mut phone, account) = ready(&town).await;
    let bills = phone.some_bills(&SIX).await;

    // When they are paid in one go.
    let payment = phone.pay(&all(&bills), &account.id).await.unwrap();

    // Then each is settled, shown as paid at once, and the money is where it belongs.
    assert_eq!(
        (payment.state, payment.items.len(), payment.sends),
        (PaymentState::Settled, 6, 1)
    );
    assert!(
        payment
            .items
            .iter()
            .all(|item| item.state == ItemState::Settled && item.receipt.is_some())
    );
    for (agency, bill) in SIX {
        assert_eq!(phone.bill(agency, bill).await.status, BillStatus::Paid);
    }
    let books = town.books_at_rest().await;
    assert_eq!((books.debited_fils, books.settled_fils), (sum(&bills), sum(&bills)));
    // The agencies' own word is the same.
    phone.refresh().await;
    for (agency, bill) in SIX {
        assert_eq!(phone.bill(agency, bill).await.status, BillStatus::Paid);
    }

    // And with the city gone and the app opened anew, every receipt is there and verifies.
    town.stop().await;
    phone.close();
    phone.open().await.unwrap();
    let page = phone.rabt().payments().receipts(None, 200).await.unwrap();
    let mut receipts: Vec<_> = page.receipts.into_iter().map(|view| view.receipt.unwrap()).collect();
    receipts.sort_by_key(|receipt| receipt.bill.clone());
    let mut paid = bills.clone();
    paid.sort_by_key(|bill| bill.key.clone());
    for (receipt, bill) in receipts.iter().zip(&paid) {
        assert_eq!((&receipt.bill, receipt.amount), (&bill.key, bill.amount));
        assert_eq!(receipt.reference, bill.reference);
    }
    assert_eq!(receipts.len(), 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_pays_too_and_only_its_last_four_are_known() {
    let town = Town::start().await;
    let (phone, _) = ready(&town).await;
    let card = phone.link(&town, FAMILY, InstrumentKind::Card).await;
    assert_eq!((card.kind, card.last_four.reveal().len()), (InstrumentKind::Card, 4));
    let bill = phone.bill("health", "he-0002").await;

    assert_eq!(
        phone.pay(&[&bill], &card.id).await.unwrap().state,
        PaymentState::Settled
    );

    let receipts = phone.rabt().payments().receipts(None, 10).await.unwrap().receipts;
    let paid_with = receipts[0].receipt.as_ref().unwrap().paid_with.clone();
    assert!(
        paid_with.reveal().ends_with(card.last_four.reveal()),
        "{}",
        paid_with.reveal()
    );
    town.books_at_rest().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quote_says_what_is_otherwise_than_the_person_saw_and_pays_the_rest() {
    // Given six bills that the person looks at.
    let town = Town::start().await;
    let (phone, account) = ready(&town).await;
    let bills = phone.some_bills(&SIX).await;
    let amount = |bill: usize| bills[bill].amount.reveal().get();

    // When meanwhile one rises, one is paid at the counter, one withdrawn, and an agency goes down.
    let control = town.control();
    let risen = BillChange {
        amount_fils: Some(amount(0) + 700),
        ..BillChange::default()
    };
    control.change_bill("electricity-water", "ew-0002", risen).unwrap();
    control.pay_at_counter("municipality", "mu-0001", None).unwrap();
    control.withdraw_bill("road-toll", "to-0002").unwrap();
    town.breaks("customs", FaultKind::CutBeforeCommit);
    let quote = phone.quote(&all(&bills)).await.unwrap();

    // Then the quote says each, in the basket's order,
    let outcomes: Vec<_> = quote.lines.iter().map(|line| line.outcome).collect();
    use QuoteOutcome::{AgencyUnavailable, AlreadyPaid, Changed, Payable, Withdrawn};
    assert_eq!(
        outcomes,
        [Changed, AlreadyPaid, Withdrawn, AgencyUnavailable, Payable, Payable]
    );
    assert_eq!(
        quote.surprises().map(|line: &QuoteLine| &line.bill).collect::<Vec<_>>(),
        bills[..4].iter().map(|b| &b.key).collect::<Vec<_>>()
    );
    assert_eq!(quote.lines[0].amount.reveal().get(), amount(0) + 700);
    assert_eq!(quote.total.reveal().get(), amount(0) + 700 + amount(4) + amount(5));

    // and paying it pays the three that can be paid, at what they cost now.
    let payment = phone.rabt().payments().pay(&quote.id, &account.id).await.unwrap();
    assert_eq!((payment.state, payment.items.len()), (PaymentState::Settled, 3));
    assert_eq!(town.books_at_rest().await.settled_fils, quote.total.reveal().get());
    assert_eq!(
        phone.bill("electricity-water", "ew-0002").await.status,
        BillStatus::Paid
    );
    assert_eq!(phone.bill("customs", "cu-0001").await.status, BillStatus::Open);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quote_of_which_nothing_can_be_paid_is_not_paid() {
    let town = Town::start().await;
    let (phone, account) = ready(&town).await;
    let bill = phone.bill("customs", "cu-0001").await;
    town.control().withdraw_bill("customs", "cu-0001").unwrap();
    let quote = phone.quote(&[&bill]).await.unwrap();
    assert_eq!(quote.lines[0].outcome, QuoteOutcome::Withdrawn);

    let asked = town.meter("gateway");
    let refused = phone.rabt().payments().pay(&quote.id, &account.id).await;

    assert_eq!(refused, Err(conflict(ConflictCode::NothingPayable)));
    assert_eq!(town.counted(&asked), 0);
    assert_eq!(phone.rabt().payments().page(None, 10).await.unwrap().payments, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quote_is_of_its_moment() {
    // A city whose tokens outlive its quotes, or moving the clock would end both.
    let config = CityConfig {
        access_token_seconds: 3_600,
        ..CityConfig::default()
    };
    let town = Town::with(config).await;
    let (phone, account) = ready(&town).await;
    let bill = phone.bill("customs", "cu-0001").await;
    let quote = phone.quote(&[&bill]).await.unwrap();
    let asked = town.meter("gateway");

    // Past its end it isn't sent,
    phone.clock.advance_seconds(600);
    let refused = phone.rabt().payments().pay(&quote.id, &account.id).await;
    assert_eq!(refused, Err(conflict(ConflictCode::QuoteExpired)));
    assert_eq!(town.counted(&asked), 0);
    // nor is one that nobody gave.
    phone.clock.advance_seconds(-600);
    let nobodys = rabt::domain::QuoteId::parse("quo_nobodys").unwrap();
    let refused = phone.rabt().payments().pay(&nobodys, &account.id).await;
    assert_eq!(refused, Err(conflict(ConflictCode::QuoteExpired)));
    assert_eq!(town.counted(&asked), 0);

    // And where the phone's clock is behind, the gateway says so; nothing is left over.
    town.control().advance_ms(310_000).unwrap();
    phone.clock.advance_seconds(100);
    let refused = phone.rabt().payments().pay(&quote.id, &account.id).await;
    assert_eq!(refused, Err(conflict(ConflictCode::QuoteExpired)));
    assert_eq!(town.books_at_rest().await.debited_fils, 0);
    let stored = phone.rabt().bills().get(&bill.key).await.unwrap().unwrap();
    assert_eq!(stored.paying, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_toll_account_is_topped_up_by_what_the_person_chooses() {
    let town = Town::start().await;
    let (phone, account) = ready(&town).await;
    let top_up = phone.bill("road-toll", "to-0001").await;
    let balance = async || {
        let accounts = phone.rabt().accounts().list().await.unwrap();
        let toll = accounts
            .into_iter()
            .find(|account| account.key.agency.as_str() == "road-toll")
            .unwrap();
        toll.balance.unwrap().reveal().get()
    };
    assert_eq!(balance().await, 1_400);
    let chosen = |fils: i64| Chosen {
        bill: top_up.key.clone(),
        amount: Some(Fils::new(fils).unwrap()),
    };

    let quote = phone.rabt().payments().quote(&[chosen(25_000)]).await.unwrap();
    assert_eq!((quote.total.reveal().get(), quote.surprises().count()), (25_000, 0));
    let payment = phone.rabt().payments().pay(&quote.id, &account.id).await.unwrap();

    assert_eq!(payment.state, PaymentState::Settled);
    phone.refresh().await;
    assert_eq!(balance().await, 26_400);
    assert_eq!(
        phone
            .bill("road-toll", "to-0001")
            .await
            .paid
            .unwrap()
            .amount
            .reveal()
            .get(),
        25_000
    );
    assert_eq!(town.books_at_rest().await.settled_fils, 25_000);
}
