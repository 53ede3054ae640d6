//! What an agency answers about a person: consents, accounts, bills.

use crate::Localized;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// `PUT /v1/consents/{consent_id}`: the person lets this agency answer. The identifier is the client's, so that a repetition
/// is the same consent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ConsentRequest {
    /// The purposes, from the directory's `consent_purposes`.
    pub purposes: Vec<String>,
    /// When the person agreed.
    pub granted_at: String,
    /// Until when at most.
    pub expires_at: String,
}

/// A consent, as the agency keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Consent {
    /// The identifier that the client gave.
    pub consent_id: String,
    /// The purposes.
    pub purposes: Vec<String>,
    /// When the person agreed.
    pub granted_at: String,
    /// Until when at most.
    pub expires_at: String,
}

/// `GET /v1/accounts`: what the agency holds for the person, and what the person added by hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Accounts {
    /// The agency that answers; a reader refuses another than it asked.
    pub agency_id: String,
    /// The person (`sub`) that is answered about; a reader refuses another than is signed in.
    pub subject: String,
    /// The accounts, at most 500.
    pub accounts: Vec<Account>,
}

/// An account with an agency: a contract, a traffic file, a toll account, a tenancy, a licence, ….
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Account {
    /// The agency's identifier, unique within the agency.
    pub account_id: String,
    /// The code of an [`AccountKind`](crate::directory::AccountKind).
    pub kind: String,
    /// The number that the person knows it by.
    pub number: String,
    /// What a person reads: "Villa 12, Al Safa".
    pub label: Localized,
    /// Who holds it.
    pub holder: Holder,
    /// The balance of a prepaid account (road toll), in fils.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balance_fils: Option<i64>,
}

/// Whose account it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// The person who is signed in.
    Own,
    /// Somebody else's, added by hand (a parent's electricity).
    AddedByHand,
    /// Something newer than this reader.
    #[serde(other)]
    Unknown,
}

/// `POST /v1/accounts`: adds an account by hand. Adding one twice answers the same account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct AddAccount {
    /// The code of an [`AccountKind`](crate::directory::AccountKind) with a form.
    pub kind: String,
    /// The fields of that form.
    pub fields: BTreeMap<String, String>,
}

/// `GET /v1/bills?limit=…&cursor=…`: a page of the person's bills: all that are open and those that were closed within 24
/// months. Its `ETag` names the state of the whole set: every page of one pass carries the same, and `If-None-Match` on the
/// first page is answered 304 where nothing changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct BillPage {
    /// The agency that answers; a reader refuses another than it asked.
    pub agency_id: String,
    /// The person (`sub`) that is answered about; a reader refuses another than is signed in.
    pub subject: String,
    /// At which instant the agency's answer is true.
    pub as_of: String,
    /// At most `limit` bills, at most 500.
    pub bills: Vec<Bill>,
    /// Where the next page begins; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// A bill of any agency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Bill {
    /// The agency's identifier, unique within the agency.
    pub bill_id: String,
    /// The agency whose bill it is.
    pub agency_id: String,
    /// The account that it belongs to.
    pub account_id: String,
    /// Which of the four shapes it has.
    pub kind: BillKind,
    /// The agency's own code for it, from the directory's `bill_kinds`.
    pub kind_code: String,
    /// What a person reads.
    pub title: Localized,
    /// The number on the paper bill or the fine.
    pub reference: String,
    /// Where it stands.
    pub status: BillStatus,
    /// When it was issued.
    pub issued_on: String,
    /// The last day without consequence.
    pub due_on: String,
    /// The days that it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<Period>,
    /// What it is made of; the amounts sum to `amount_fils`.
    pub lines: Vec<BillLine>,
    /// What is owed, in fils, above zero. For a top-up: what is suggested.
    pub amount_fils: i64,
    /// ISO 4217, `AED`.
    pub currency: String,
    /// Which amounts are taken.
    pub amount_rule: AmountRule,
    /// Rises with each change of the bill.
    pub revision: u32,
    /// How it was paid, where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid: Option<BillPaid>,
}

/// The four shapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum BillKind {
    /// A supply over a period, with lines.
    Utility,
    /// A penalty for an offence.
    Fine,
    /// A charge for a service, licence or permit.
    Fee,
    /// Money put onto a prepaid account; the amount is the payer's choice.
    TopUp,
    /// Something newer than this reader.
    #[serde(other)]
    Unknown,
}

/// Where a bill stands with its agency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum BillStatus {
    /// It can be paid.
    Open,
    /// It is paid; `paid` says how.
    Paid,
    /// The agency withdrew it.
    Withdrawn,
    /// Something newer than this reader; neither payable nor final.
    #[serde(other)]
    Unknown,
}

/// The days that a bill is for, both included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Period {
    /// The first day.
    pub from: String,
    /// The last day.
    pub to: String,
}

/// A line of a bill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct BillLine {
    /// Stable code, such as `housing-fee`.
    pub code: String,
    /// What a person reads.
    pub title: Localized,
    /// Its share, in fils; below zero for a discount.
    pub amount_fils: i64,
    /// Where the rate or fee is published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<FeeSource>,
}

/// Where a rate or fee is published, and as of when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct FeeSource {
    /// The publication, in words.
    pub name: String,
    /// The day as of which the figure was read.
    pub as_of: String,
}

/// Which amounts a bill takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(tag = "rule", rename_all = "snake_case")]
pub enum AmountRule {
    /// `amount_fils` and no other.
    Exact,
    /// Any amount between the two, both included (a top-up).
    Range {
        /// The least, in fils.
        min_fils: i64,
        /// The most, in fils.
        max_fils: i64,
    },
}

/// How a bill was paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct BillPaid {
    /// When.
    pub paid_at: String,
    /// What was paid, in fils.
    pub amount_fils: i64,
    /// `rabt` for a payment by the hub, else the agency's name for the channel (`counter`, `bank`, `agency-app`).
    pub channel: String,
    /// The hub's payment, where it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_id: Option<String>,
}

/// `POST /v1/postings` (hub to agency, idempotent by key): the hub holds the money and tells the agency that the bill is paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct PostingRequest {
    /// The bill.
    pub bill_id: String,
    /// The revision that was quoted; another is refused with `bill_changed`.
    pub revision: u32,
    /// The amount, in fils.
    pub amount_fils: i64,
    /// The hub's payment.
    pub payment_id: String,
    /// The person who pays (`sub`).
    pub subject: String,
}

/// The agency's answer to a posting, and to `GET /v1/postings/{idempotency_key}`, by which a lost one is found again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Posting {
    /// The agency's number for it.
    pub posting_id: String,
    /// The bill.
    pub bill_id: String,
    /// The amount, in fils.
    pub amount_fils: i64,
    /// When it was posted.
    pub posted_at: String,
}
