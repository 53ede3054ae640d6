//! Receipts: signed once an agency has posted a bill, verified offline with the directory's keys for as long as anybody likes.

use super::record::{Stored, StoredItem};
use crate::{
    clock::rfc3339,
    context::Context,
    server::reply::{Refusal, Reply},
};
use rabt_protocol::{
    CURRENCY_AED,
    agency::Posting,
    hub::{RECEIPT_TYPE, Receipt},
    jose,
};
use ring::digest::{SHA256, digest};

/// Makes the receipt of an item that its agency has posted.
pub(super) fn make(ctx: &Context, payment: &Stored, item: &StoredItem, posting: &Posting) -> Reply<String> {
    // What counts for the person, for a discount by a day, is when the money left them, not when the agency answered.
    let paid_ms = payment.debited_ms.unwrap_or_else(|| ctx.clock.now_ms());
    let receipt = Receipt {
        receipt_id: number(&payment.payment_id, &item.agency_id, &item.bill_id),
        payment_id: payment.payment_id.clone(),
        subject: payment.subject.clone(),
        agency_id: item.agency_id.clone(),
        bill_id: item.bill_id.clone(),
        reference: item.reference.clone(),
        posting_id: posting.posting_id.clone(),
        amount_fils: item.amount_fils,
        currency: CURRENCY_AED.to_owned(),
        paid_at: rfc3339(paid_ms),
        paid_with: payment.paid_with.clone(),
    };
    jose::sign(RECEIPT_TYPE, &receipt, &ctx.keys.receipts, false).map_err(|error| Refusal::internal(&error))
}

/// The number that a person can quote: short enough to read out, and the same however often the receipt is made.
fn number(payment_id: &str, agency_id: &str, bill_id: &str) -> String {
    let hash = digest(&SHA256, format!("{payment_id}\0{agency_id}\0{bill_id}").as_bytes());
    let mut number = "R".to_owned();
    for pair in hash.as_ref().chunks(2).take(4) {
        number.push('-');
        for byte in pair {
            number.push_str(&format!("{byte:02X}"));
        }
    }
    number
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn a_receipt_has_one_number_that_can_be_read_out() {
        let first = number("pay_1", "police", "b1");
        assert_eq!(first, number("pay_1", "police", "b1"));
        assert_ne!(first, number("pay_1", "police", "b2"));
        assert_eq!(first.len(), "R-0000-0000-0000-0000".len());
        assert!(first.chars().all(|c| c == 'R' || c == '-' || c.is_ascii_hexdigit()));
    }
}
