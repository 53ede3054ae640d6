//! A payment, its outcomes and its receipts.

use super::{BilingualRow, BillKeyRow, code::Code, parsed};
use crate::{payments::StoredReceipt, seal::Broken};
use rabt_domain::{
    Fils, HubPaymentId, IdempotencyKey, InstrumentId, Invalid, InvalidReason, Payment, PaymentState, Personal, QuoteId,
    Timestamp,
    payment::{ItemState, Origin, Outcome, PaymentItem, Rejection},
};
use serde::{Deserialize, Serialize};

/// The tables whose payloads these are.
pub(crate) const PAYMENT: &str = "payment";
pub(crate) const OUTCOME: &str = "outcome";
pub(crate) const RECEIPT: &str = "receipt";

#[derive(Serialize, Deserialize)]
pub(crate) struct PaymentRow {
    key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    quote: Option<(String, i64)>,
    instrument: String,
    items: Vec<ItemRow>,
    total_fils: i64,
    state: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hub_id: Option<String>,
    hub_revision: u32,
    sends: u32,
    look_ups: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    look_up_ms: Option<i64>,
    created_ms: i64,
    updated_ms: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rejection: Option<RejectionRow>,
}

#[derive(Serialize, Deserialize)]
struct ItemRow {
    bill: BillKeyRow,
    amount_fils: i64,
    state: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    receipt: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rejection: Option<RejectionRow>,
}

#[derive(Serialize, Deserialize)]
struct RejectionRow {
    code: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<BilingualRow>,
}

impl From<&Payment> for PaymentRow {
    fn from(payment: &Payment) -> Self {
        Self {
            key: payment.key.as_str().to_owned(),
            quote: match &payment.origin {
                Origin::ThisDevice {
                    quote,
                    quote_expires_at,
                } => Some((quote.as_str().to_owned(), quote_expires_at.millis())),
                Origin::Elsewhere => None,
            },
            instrument: payment.instrument.as_str().to_owned(),
            items: payment.items.iter().map(ItemRow::from).collect(),
            total_fils: payment.total.reveal().get(),
            state: payment.state.code(),
            hub_id: payment.hub_id.as_ref().map(|id| id.as_str().to_owned()),
            hub_revision: payment.hub_revision,
            sends: payment.sends,
            look_ups: payment.look_ups,
            look_up_ms: payment.look_up_at.map(Timestamp::millis),
            created_ms: payment.created_at.millis(),
            updated_ms: payment.updated_at.millis(),
            rejection: payment.rejection.as_ref().map(RejectionRow::from),
        }
    }
}

impl From<&PaymentItem> for ItemRow {
    fn from(item: &PaymentItem) -> Self {
        Self {
            bill: (&item.bill).into(),
            amount_fils: item.amount.reveal().get(),
            state: item.state.code(),
            receipt: item.receipt.as_ref().map(|token| token.reveal().clone()),
            rejection: item.rejection.as_ref().map(RejectionRow::from),
        }
    }
}

impl From<&Rejection> for RejectionRow {
    fn from(rejection: &Rejection) -> Self {
        Self {
            code: rejection.code.clone(),
            reason: rejection.reason.as_ref().map(BilingualRow::from),
        }
    }
}

impl TryFrom<PaymentRow> for Payment {
    type Error = Broken;

    fn try_from(row: PaymentRow) -> Result<Self, Broken> {
        parsed(PAYMENT, row.into_payment())
    }
}

impl PaymentRow {
    fn into_payment(self) -> Result<Payment, Invalid> {
        Ok(Payment {
            key: IdempotencyKey::parse(self.key)?,
            origin: match self.quote {
                None => Origin::Elsewhere,
                Some((quote, expires_ms)) => Origin::ThisDevice {
                    quote: QuoteId::parse(quote)?,
                    quote_expires_at: Timestamp::from_millis(expires_ms)?,
                },
            },
            instrument: InstrumentId::parse(self.instrument)?,
            items: self
                .items
                .into_iter()
                .map(ItemRow::into_item)
                .collect::<Result<_, _>>()?,
            total: Personal::new(Fils::new(self.total_fils)?),
            state: of_code(self.state)?,
            hub_id: self.hub_id.map(HubPaymentId::parse).transpose()?,
            hub_revision: self.hub_revision,
            sends: self.sends,
            look_ups: self.look_ups,
            look_up_at: self.look_up_ms.map(Timestamp::from_millis).transpose()?,
            created_at: Timestamp::from_millis(self.created_ms)?,
            updated_at: Timestamp::from_millis(self.updated_ms)?,
            rejection: self.rejection.map(RejectionRow::into_rejection).transpose()?,
        })
    }
}

impl ItemRow {
    fn into_item(self) -> Result<PaymentItem, Invalid> {
        Ok(PaymentItem {
            bill: self.bill.try_into()?,
            amount: Personal::new(Fils::new(self.amount_fils)?),
            state: of_code::<ItemState>(self.state)?,
            receipt: self.receipt.map(Personal::new),
            rejection: self.rejection.map(RejectionRow::into_rejection).transpose()?,
        })
    }
}

impl RejectionRow {
    fn into_rejection(self) -> Result<Rejection, Invalid> {
        Ok(Rejection {
            code: self.code,
            reason: self.reason.map(TryInto::try_into).transpose()?,
        })
    }
}

/// An outcome in the queue.
#[derive(Serialize, Deserialize)]
pub(crate) struct OutcomeRow {
    key: String,
    state: u8,
    at_ms: i64,
}

impl From<&Outcome> for OutcomeRow {
    fn from(outcome: &Outcome) -> Self {
        Self {
            key: outcome.key.as_str().to_owned(),
            state: outcome.state.code(),
            at_ms: outcome.at.millis(),
        }
    }
}

impl TryFrom<OutcomeRow> for Outcome {
    type Error = Broken;

    fn try_from(row: OutcomeRow) -> Result<Self, Broken> {
        let parse = |row: OutcomeRow| {
            Ok(Self {
                key: IdempotencyKey::parse(row.key)?,
                state: of_code::<PaymentState>(row.state)?,
                at: Timestamp::from_millis(row.at_ms)?,
            })
        };
        parsed(OUTCOME, parse(row))
    }
}

/// A receipt.
#[derive(Serialize, Deserialize)]
pub(crate) struct ReceiptRow {
    payment: String,
    bill: BillKeyRow,
    token: String,
}

impl ReceiptRow {
    pub(crate) fn new(payment: &Payment, item: &PaymentItem, token: &str) -> Self {
        Self {
            payment: payment.key.as_str().to_owned(),
            bill: (&item.bill).into(),
            token: token.to_owned(),
        }
    }
}

impl TryFrom<ReceiptRow> for StoredReceipt {
    type Error = Broken;

    fn try_from(row: ReceiptRow) -> Result<Self, Broken> {
        let parse = |row: ReceiptRow| {
            Ok(Self {
                payment: IdempotencyKey::parse(row.payment)?,
                bill: row.bill.try_into()?,
                token: Personal::new(row.token),
            })
        };
        parsed(RECEIPT, parse(row))
    }
}

fn of_code<T: Code>(code: u8) -> Result<T, Invalid> {
    T::of_code(code).ok_or(Invalid::new("state", InvalidReason::Unsupported))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{full_payment, payment};

    #[test]
    fn a_payment_comes_back_as_it_was() {
        for payment in [payment("k-1", &["b-1", "b-2"]), full_payment()] {
            let json = serde_json::to_vec(&PaymentRow::from(&payment)).unwrap();
            let back = Payment::try_from(serde_json::from_slice::<PaymentRow>(&json).unwrap());
            assert_eq!(back.unwrap(), payment);
        }
    }

    #[test]
    fn an_unknown_state_is_broken() {
        let mut row = PaymentRow::from(&payment("k-1", &["b-1"]));
        row.state = 99;
        assert_eq!(Payment::try_from(row).unwrap_err().table, PAYMENT);
    }
}
