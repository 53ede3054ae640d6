//! Values that the tests of several rooms use. All people and numbers in them are made up.

use crate::{MemorySecretStore, OpenReport, Store};
use rabt_domain::{
    AccountId, AgencyId, Bilingual, Bill, BillId, BillKey, BillKind, BillStatus, Currency, DubaiDate, Fils,
    HubPaymentId, IdempotencyKey, InstrumentId, Payment, PaymentState, Personal, QuoteId, Timestamp,
    bill::{AmountRule, BillLine, BillPaid},
    payment::{ItemState, Origin, PaymentItem, Rejection},
};
use std::sync::Arc;
use tempfile::TempDir;

/// A folder, a secret store that outlives each opening, and the store.
pub(crate) struct Fixture {
    pub(crate) folder: TempDir,
    pub(crate) secrets: Arc<MemorySecretStore>,
    pub(crate) store: Store,
    pub(crate) report: OpenReport,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let secrets = Arc::new(MemorySecretStore::new());
        let (store, report) = Store::open(folder.path(), secrets.clone(), now()).unwrap();
        Self {
            folder,
            secrets,
            store,
            report,
        }
    }

    /// Closes the store, does something to the folder, and opens it again.
    pub(crate) fn reopened(self, between: impl FnOnce(&std::path::Path)) -> Self {
        let Self {
            folder, secrets, store, ..
        } = self;
        drop(store);
        between(folder.path());
        let (store, report) = Store::open(folder.path(), secrets.clone(), now()).unwrap();
        Self {
            folder,
            secrets,
            store,
            report,
        }
    }
}

pub(crate) fn now() -> Timestamp {
    Timestamp::parse("2026-11-23T08:00:00Z").unwrap()
}

pub(crate) fn agency(id: &str) -> AgencyId {
    AgencyId::parse(id).unwrap()
}

pub(crate) fn day(text: &str) -> DubaiDate {
    DubaiDate::parse(text).unwrap()
}

pub(crate) fn fils(fils: i64) -> Personal<Fils> {
    Personal::new(Fils::new(fils).unwrap())
}

pub(crate) fn bill_key(of: &str, id: &str) -> BillKey {
    BillKey {
        agency: agency(of),
        bill: BillId::parse(id).unwrap(),
    }
}

pub(crate) fn bill(of: &str, id: &str) -> Bill {
    Bill {
        key: bill_key(of, id),
        account: AccountId::parse("acc-1").unwrap(),
        kind: BillKind::Fine,
        kind_code: "traffic-fine".to_owned(),
        title: Bilingual::parse("Speeding fine", "مخالفة سرعة").unwrap(),
        reference: Personal::new(format!("REF-{id}")),
        status: BillStatus::Open,
        issued_on: day("2026-11-01"),
        due_on: day("2026-11-30"),
        period: None,
        lines: vec![],
        amount: fils(60_000),
        currency: Currency::Aed,
        amount_rule: AmountRule::Exact,
        revision: 1,
        paid: None,
    }
}

/// A bill with everything that one can have.
pub(crate) fn full_bill() -> Bill {
    let line = |code: &str, amount| BillLine {
        code: code.to_owned(),
        title: Bilingual::parse("Water", "الماء").unwrap(),
        amount: fils(amount),
        source: Some(("https://fees.example/water".to_owned(), day("2026-01-01"))),
    };
    Bill {
        kind: BillKind::TopUp,
        status: BillStatus::PaidElsewhere,
        period: Some((day("2026-10-01"), day("2026-10-31"))),
        lines: vec![line("water", 70_000), line("discount", -10_000)],
        amount_rule: AmountRule::Range {
            min: Fils::new(5_000).unwrap(),
            max: Fils::new(500_000).unwrap(),
        },
        revision: 7,
        paid: Some(BillPaid {
            at: now(),
            amount: fils(60_000),
            channel: "counter".to_owned(),
        }),
        ..bill("water", "b-full")
    }
}

pub(crate) fn payment(key: &str, bills: &[&str]) -> Payment {
    let items: Vec<PaymentItem> = bills
        .iter()
        .map(|id| PaymentItem {
            bill: bill_key("police", id),
            amount: fils(100),
            state: ItemState::Pending,
            receipt: None,
            rejection: None,
        })
        .collect();
    Payment {
        key: IdempotencyKey::parse(key).unwrap(),
        origin: Origin::ThisDevice {
            quote: QuoteId::parse("quote-1").unwrap(),
            quote_expires_at: now().plus_seconds(600),
        },
        instrument: InstrumentId::parse("card-1").unwrap(),
        total: fils(100 * i64::try_from(items.len()).unwrap()),
        items,
        state: PaymentState::Created,
        hub_id: None,
        hub_revision: 0,
        sends: 0,
        look_ups: 0,
        look_up_at: None,
        created_at: now(),
        updated_at: now(),
        rejection: None,
    }
}

/// A payment with everything that one can have.
pub(crate) fn full_payment() -> Payment {
    let rejection = Rejection {
        code: "amount_changed".to_owned(),
        reason: Some(Bilingual::parse("The amount has changed", "تغير المبلغ").unwrap()),
    };
    let mut payment = payment("k-full", &["b-1", "b-2"]);
    payment.origin = Origin::Elsewhere;
    payment.state = PaymentState::PartlySettled;
    payment.items[0].state = ItemState::Settled;
    payment.items[0].receipt = Some(Personal::new("header.payload.signature".to_owned()));
    payment.items[1].state = ItemState::Refunded;
    payment.items[1].rejection = Some(rejection.clone());
    payment.hub_id = Some(HubPaymentId::parse("hub-1").unwrap());
    payment.hub_revision = 3;
    payment.sends = 1;
    payment.look_ups = 2;
    payment.look_up_at = Some(now().plus_seconds(5));
    payment.rejection = Some(rejection);
    payment
}
