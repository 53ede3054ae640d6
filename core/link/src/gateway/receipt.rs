//! Receipts: signed by the hub, believed by the directory's keys, good without a network.

use super::wired;
use crate::{limits::RECEIPT_BYTES_MAX, wire};
use rabt_domain::{
    BillKey, Currency, Fils, HubPaymentId, IncidentKind, Invalid, InvalidReason, Personal, ReceiptId, SubjectId,
    Timestamp,
};
use rabt_protocol::{
    hub::{self, RECEIPT_TYPE},
    jose::{self, JwkSet},
};

/// What a receipt must be for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedReceipt<'a> {
    /// The payment.
    pub payment: &'a HubPaymentId,
    /// The person.
    pub subject: &'a SubjectId,
    /// The bill.
    pub bill: &'a BillKey,
    /// The amount, in dirhams' fils.
    pub amount: Fils,
}

/// A receipt whose signature was right and which is for what was paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The number that the person can quote.
    pub id: ReceiptId,
    /// The payment.
    pub payment: HubPaymentId,
    /// The bill.
    pub bill: BillKey,
    /// The number on the bill.
    pub reference: Personal<String>,
    /// The agency's posting.
    pub posting: String,
    /// The amount.
    pub amount: Personal<Fils>,
    /// Its currency.
    pub currency: Currency,
    /// When it was paid.
    pub paid_at: Timestamp,
    /// "Visa 4242".
    pub paid_with: Personal<String>,
}

/// Verifies a receipt. Works without a network.
///
/// # Errors
/// [`IncidentKind::BadSignature`] where none of the keys signed it as a receipt, [`IncidentKind::ReceiptMismatch`] where it is for
/// something else, and otherwise what can't be believed of it. A receipt that is refused says nothing about whether the bill was
/// paid; a key that is newer than the directory at hand is refused too, and taken once the directory was read again.
pub fn verify_receipt(token: &str, keys: &JwkSet, expected: &ExpectedReceipt<'_>) -> Result<Receipt, IncidentKind> {
    if token.len() > RECEIPT_BYTES_MAX {
        return Err(IncidentKind::TooMuch);
    }
    let claims = jose::verify::<hub::Receipt>(token, Some(RECEIPT_TYPE), keys)
        .map_err(|error| match error {
            jose::JwsError::Malformed(_) => IncidentKind::Malformed,
            _ => IncidentKind::BadSignature,
        })?
        .claims;
    if claims.subject != expected.subject.as_str() {
        return Err(IncidentKind::ReceiptMismatch);
    }
    let receipt = read(claims).map_err(|invalid| wire::incident_of(&invalid))?;
    let fits = receipt.payment == *expected.payment
        && receipt.bill == *expected.bill
        && *receipt.amount.reveal() == expected.amount
        && receipt.currency == Currency::Aed;
    if fits {
        Ok(receipt)
    } else {
        Err(IncidentKind::ReceiptMismatch)
    }
}

fn read(claims: hub::Receipt) -> Result<Receipt, Invalid> {
    if claims.posting_id.is_empty() {
        return Err(Invalid::new("posting_id", InvalidReason::Empty));
    }
    Ok(Receipt {
        id: ReceiptId::parse(claims.receipt_id)?,
        payment: HubPaymentId::parse(claims.payment_id)?,
        bill: wired::bill_key(claims.agency_id, claims.bill_id)?,
        reference: wire::personal_text(claims.reference, "reference")?,
        posting: wire::code(claims.posting_id, "posting_id")?,
        amount: Fils::owed(claims.amount_fils).map(Personal::new)?,
        currency: Currency::parse(&claims.currency)?,
        paid_at: wire::instant(&claims.paid_at, "paid_at")?,
        paid_with: wire::personal_text(claims.paid_with, "paid_with")?,
    })
}
