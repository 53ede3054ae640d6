//! Receipts, verified each time that they are shown.

use crate::{
    bills::BillKey,
    values::{Currency, Money, Timestamp},
};

/// A receipt as it is shown.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct ReceiptView {
    /// The idempotency key of the payment that it is for.
    pub payment_key: String,
    /// The bill that it is for.
    pub bill: BillKey,
    /// What it says; none where it isn't believed any more.
    pub receipt: Option<Receipt>,
    /// Why it isn't believed, as a stable code (a file that was tampered with, a key that was withdrawn); none where it is.
    pub refused_code: Option<String>,
    /// As the hub signed it (a compact JWS), to be handed to somebody who wants to verify it too.
    pub token: String,
}

/// A receipt that was verified.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Receipt {
    /// The number that the person can quote.
    pub id: String,
    /// The hub's name for the payment.
    pub hub_payment_id: String,
    /// The number on the bill.
    pub reference: String,
    /// The agency's posting.
    pub posting: String,
    /// The amount.
    pub amount: Money,
    /// Its currency.
    pub currency: Currency,
    /// When it was paid.
    pub paid_at: Timestamp,
    /// "Visa 4242".
    pub paid_with: String,
}

/// A page of receipts.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct ReceiptPage {
    /// Newest first.
    pub receipts: Vec<ReceiptView>,
    /// Where the next page begins; none on the last.
    pub next: Option<String>,
}

impl From<rabt::ReceiptPage> for ReceiptPage {
    fn from(page: rabt::ReceiptPage) -> Self {
        Self {
            receipts: page.receipts.into_iter().map(ReceiptView::from).collect(),
            next: page.next,
        }
    }
}

impl From<rabt::ReceiptView> for ReceiptView {
    fn from(view: rabt::ReceiptView) -> Self {
        let refused_code = view.receipt.as_ref().err().map(|kind| kind.code().to_owned());
        Self {
            payment_key: view.payment.as_str().to_owned(),
            bill: BillKey::from(&view.bill),
            receipt: view.receipt.ok().map(Receipt::from),
            refused_code,
            token: view.token.into_revealed(),
        }
    }
}

impl From<rabt::VerifiedReceipt> for Receipt {
    fn from(receipt: rabt::VerifiedReceipt) -> Self {
        Self {
            id: receipt.id.as_str().to_owned(),
            hub_payment_id: receipt.payment.as_str().to_owned(),
            reference: receipt.reference.into_revealed(),
            posting: receipt.posting,
            amount: receipt.amount.into_revealed().into(),
            currency: receipt.currency.into(),
            paid_at: receipt.paid_at.into(),
            paid_with: receipt.paid_with.into_revealed(),
        }
    }
}
