//! The payment hub: quote, pay, look up, receipts.

use crate::Localized;
use serde::{Deserialize, Serialize};

/// `POST /v1/quotes`: the amounts are fetched again from the agencies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct QuoteRequest {
    /// The bills, at most 100, none twice.
    pub items: Vec<QuoteItem>,
}

/// A bill that the person wants to pay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct QuoteItem {
    /// The agency.
    pub agency_id: String,
    /// Its bill.
    pub bill_id: String,
    /// What the person saw, or chose for a top-up, in fils.
    pub amount_fils: i64,
}

/// What the basket costs now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Quote {
    /// Names the quote; it serves one payment.
    pub quote_id: String,
    /// The person (`sub`).
    pub subject: String,
    /// A line for each item of the request, in its order.
    pub lines: Vec<QuoteLine>,
    /// The sum of the payable lines, in fils.
    pub total_fils: i64,
    /// ISO 4217, `AED`.
    pub currency: String,
    /// The assurance level that paying it asks for; absent where the present one will do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required_acr: Option<String>,
    /// Until when it can be paid.
    pub expires_at: String,
}

/// A line of a quote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct QuoteLine {
    /// The agency.
    pub agency_id: String,
    /// Its bill.
    pub bill_id: String,
    /// What the agency says.
    pub outcome: QuoteOutcome,
    /// What it costs now, in fils; zero where it isn't payable.
    pub amount_fils: i64,
    /// The bill's revision that the amount is of; zero where it isn't payable.
    pub revision: u32,
}

/// What the agency said of a bill when it was quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum QuoteOutcome {
    /// Payable at the amount that was asked for.
    Payable,
    /// Payable, at another amount than was asked for.
    Changed,
    /// Paid already.
    AlreadyPaid,
    /// Being paid at this moment, by this device or another.
    BeingPaid,
    /// Withdrawn by the agency.
    Withdrawn,
    /// No such bill of this person's.
    NotFound,
    /// The amount is outside what the bill takes.
    AmountRefused,
    /// The agency doesn't answer; its bill isn't in the total.
    AgencyUnavailable,
    /// Something newer than this reader; not payable.
    #[serde(other)]
    Unknown,
}

/// `POST /v1/payments`, with an idempotency key derived from the quote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct PaymentRequest {
    /// The quote; its payable lines are paid.
    pub quote_id: String,
    /// With what.
    pub instrument_id: String,
    /// What the person confirmed, in fils: the quote's total, or the request is refused.
    pub total_fils: i64,
}

/// A payment, as the hub keeps it. `POST /v1/payments`, `GET /v1/payments/{payment_id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Payment {
    /// The hub's identifier.
    pub payment_id: String,
    /// The key that it was made with.
    pub idempotency_key: String,
    /// The person (`sub`).
    pub subject: String,
    /// With what.
    pub instrument_id: String,
    /// Where it stands.
    pub status: PaymentStatus,
    /// Each bill.
    pub items: Vec<PaymentItem>,
    /// What was taken, in fils.
    pub total_fils: i64,
    /// ISO 4217, `AED`.
    pub currency: String,
    /// When the hub took it.
    pub created_at: String,
    /// When it changed last.
    pub updated_at: String,
    /// Rises with each change: an older answer that arrives late is told by it.
    pub revision: u32,
    /// Why it was rejected, where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejection: Option<Rejection>,
}

/// `GET /v1/payments?idempotency_key=…` and `GET /v1/payments?cursor=…`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Payments {
    /// The person (`sub`).
    pub subject: String,
    /// Newest first, at most 100. By key: one or none.
    pub payments: Vec<Payment>,
    /// Where the next page begins; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// Where a payment stands with the hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    /// Taken by the hub; money or agencies are still on their way.
    Pending,
    /// Every item is settled.
    Settled,
    /// Some items are settled, the money of the others went back.
    PartlySettled,
    /// Nothing was taken.
    Rejected,
    /// All the money went back.
    Refunded,
    /// Something newer than this reader; not final.
    #[serde(other)]
    Unknown,
}

/// A bill within a payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct PaymentItem {
    /// The agency.
    pub agency_id: String,
    /// Its bill.
    pub bill_id: String,
    /// The amount, in fils.
    pub amount_fils: i64,
    /// Where it stands.
    pub status: ItemStatus,
    /// The signed receipt, once settled: a compact JWS of [`Receipt`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<String>,
    /// Why its money went back, where it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejection: Option<Rejection>,
}

/// Where a bill within a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ItemStatus {
    /// The agency has not confirmed yet.
    Pending,
    /// The agency has it; `receipt` is there.
    Settled,
    /// The agency refused, or the payment was rejected, before money was taken for it.
    Rejected,
    /// The agency refused and its money went back.
    Refunded,
    /// Something newer than this reader; not final.
    #[serde(other)]
    Unknown,
}

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Rejection {
    /// One of [`problem::code`](crate::problem::code).
    pub code: String,
    /// What to tell the person.
    pub reason: Localized,
}

/// The `typ` of a receipt's JWS.
pub const RECEIPT_TYPE: &str = "rabt-receipt+jwt";

/// A receipt, as signed by the hub with one of the directory's `receipt_keys`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Receipt {
    /// The number that a person can quote.
    pub receipt_id: String,
    /// The hub's payment.
    pub payment_id: String,
    /// The person who paid (`sub`).
    pub subject: String,
    /// The agency.
    pub agency_id: String,
    /// Its bill.
    pub bill_id: String,
    /// The number on the bill.
    pub reference: String,
    /// The agency's posting.
    pub posting_id: String,
    /// The amount, in fils.
    pub amount_fils: i64,
    /// ISO 4217, `AED`.
    pub currency: String,
    /// When it was paid.
    pub paid_at: String,
    /// "Visa 4242".
    pub paid_with: String,
}
