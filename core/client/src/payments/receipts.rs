//! Receipts, verified each time that they are shown, with nothing but what is stored.

use crate::{RabtError, core::Core};
use rabt_domain::{BillKey, IdempotencyKey, IncidentKind, Personal};
use rabt_link::gateway::{ExpectedReceipt, Receipt, verify_receipt};

/// A receipt that was verified.
pub type VerifiedReceipt = Receipt;

/// A receipt as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptView {
    /// For which payment.
    pub payment: IdempotencyKey,
    /// For which bill.
    pub bill: BillKey,
    /// What it says, or why it isn't believed any more (a file that was tampered with, a key that was withdrawn).
    pub receipt: Result<VerifiedReceipt, IncidentKind>,
    /// As the hub signed it, to be handed to somebody who wants to verify it too.
    pub token: Personal<String>,
}

/// A page of receipts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptPage {
    /// Newest first.
    pub receipts: Vec<ReceiptView>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<String>,
}

pub(super) async fn page(core: &Core, cursor: Option<String>, limit: u16) -> Result<ReceiptPage, RabtError> {
    // There is no receipt before there was a directory, nor one without an owner.
    let Some(signed) = core.directory.get() else {
        return Ok(ReceiptPage {
            receipts: Vec::new(),
            next: None,
        });
    };
    core.stored(move |store| {
        let Some(subject) = store.session().owner()? else {
            return Ok(ReceiptPage {
                receipts: Vec::new(),
                next: None,
            });
        };
        let page = store.payments().receipts(cursor.as_deref(), limit)?;
        let mut receipts = Vec::with_capacity(page.receipts.len());
        for stored in page.receipts {
            let Some(payment) = store.payments().get(&stored.payment)? else {
                continue;
            };
            let item = payment.items.iter().find(|item| item.bill == stored.bill);
            let (Some(item), Some(hub_id)) = (item, &payment.hub_id) else {
                continue;
            };
            let expected = ExpectedReceipt {
                payment: hub_id,
                subject: &subject,
                bill: &stored.bill,
                amount: *item.amount.reveal(),
            };
            let receipt = verify_receipt(stored.token.reveal(), &signed.receipt_keys, &expected);
            receipts.push(ReceiptView {
                payment: stored.payment,
                bill: stored.bill,
                receipt,
                token: stored.token,
            });
        }
        Ok(ReceiptPage {
            receipts,
            next: page.next,
        })
    })
    .await
}
