//! A persona, as its JSON file says it. All dates are relative to the day in Dubai on which the persona is loaded, so that a
//! fixture doesn't age.

use rabt_protocol::{
    Localized,
    agency::{Account, AmountRule},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};

/// A fictional person. `Debug` shows the identifier alone.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Persona {
    /// Stable identifier, such as `tenant-family`.
    pub persona_id: String,
    /// Who they are to the identity provider (`sub`).
    pub subject: String,
    /// Their name.
    pub name: Localized,
    /// Who they are, in a sentence.
    pub about: Localized,
    /// `784-YYYY-NNNNNNN-N`, of a year in which nobody alive was born.
    pub emirates_id: String,
    /// In E.164, from a range that is not assigned.
    pub phone: String,
    /// What they sign in with, beside the Emirates ID.
    pub pin: String,
    /// What they confirm a step-up with.
    pub otp: String,
    /// Their bank account.
    #[serde(default)]
    pub bank: Option<PersonaBank>,
    /// Their card.
    #[serde(default)]
    pub card: Option<PersonaCard>,
    /// What they hold with agencies.
    #[serde(default)]
    pub accounts: Vec<PersonaAccount>,
    /// Their bills, those made by a rule included once the persona is loaded.
    #[serde(default)]
    pub bills: Vec<PersonaBill>,
    /// The rules by which more bills are made; empty once the persona is loaded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub series: Vec<BillSeries>,
}

impl fmt::Debug for Persona {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Persona")
            .field("persona_id", &self.persona_id)
            .finish_non_exhaustive()
    }
}

/// A bank account. `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonaBank {
    /// `AE` and 21 digits, valid mod 97, of a bank code that no bank has.
    pub iban: String,
    /// What is in it at first, in fils.
    pub balance_fils: i64,
}

impl fmt::Debug for PersonaBank {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PersonaBank(…)")
    }
}

/// A card. `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonaCard {
    /// `Visa`, `Mastercard`.
    pub brand: String,
    /// One of the numbers that processors publish for tests.
    pub number: String,
    /// Its last four digits.
    pub last_four: String,
    /// How many months after the persona is loaded its last month ends.
    pub expires_in_months: u16,
    /// What can be spent in all, in fils.
    pub limit_fils: i64,
}

impl fmt::Debug for PersonaCard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PersonaCard(…)")
    }
}

/// An account with an agency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonaAccount {
    /// The agency.
    pub agency_id: String,
    /// The account.
    pub account: Account,
    /// What its form must hold for it to be added by hand; absent where the form has one field: that is the number.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, String>,
    /// What the agency knows of it and reckons fees from, in fils: `yearly_rent_fils`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, i64>,
}

/// A bill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonaBill {
    /// Unique within the agency.
    pub bill_id: String,
    /// The agency.
    pub agency_id: String,
    /// One of the person's accounts with it.
    pub account_id: String,
    /// The code of one of the agency's kinds of bill.
    pub kind_code: String,
    /// What a person reads; absent: the kind's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Localized>,
    /// The number on the paper.
    pub reference: String,
    /// When it was issued, before the persona is loaded.
    pub issued_days_ago: i32,
    /// When it is due, after the persona is loaded; below zero: overdue.
    pub due_in_days: i32,
    /// The days that it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<RelativePeriod>,
    /// What it is made of.
    pub lines: Vec<PersonaLine>,
    /// Which amounts it takes; absent: as is usual for its kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount_rule: Option<AmountRule>,
    /// How it was paid, where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid: Option<PersonaPaid>,
}

/// Days before the persona is loaded, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelativePeriod {
    /// The first day.
    pub from_days_ago: i32,
    /// The last day.
    pub to_days_ago: i32,
}

/// A line of a bill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonaLine {
    /// The code of one of the agency's fees.
    pub fee: String,
    /// How much, in fils: to be said of a fee whose amount is stated, and of no other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount_fils: Option<i64>,
}

/// How a bill of the past was paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonaPaid {
    /// How many days before the persona is loaded.
    pub days_ago: i32,
    /// `counter`, `bank`, `agency-app`.
    pub channel: String,
}

/// Bills made by a rule: one after the other at equal distances in time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BillSeries {
    /// The agency.
    pub agency_id: String,
    /// One of the person's accounts with it.
    pub account_id: String,
    /// The code of one of the agency's kinds of bill.
    pub kind_code: String,
    /// Identifiers are this and a number of four digits, from 0001.
    pub bill_id_prefix: String,
    /// References are this and a number of four digits, from 0001.
    pub reference_prefix: String,
    /// How many.
    pub count: u16,
    /// When the first is due.
    pub first_due_in_days: i32,
    /// How many days later each next one is due; below zero: earlier.
    pub step_days: i32,
    /// How many are due on the same day.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub bills_per_step: u16,
    /// How many days before it is due each was issued.
    pub issued_days_before_due: i32,
    /// How many days it is for, up to its issue; absent: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period_days: Option<i32>,
    /// What each is made of.
    pub lines: Vec<SeriesLine>,
    /// Those were paid, this many days before they were due; absent: all are open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_days_before_due: Option<i32>,
    /// How they were paid, where they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_channel: Option<String>,
}

/// A line of each bill of a series.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeriesLine {
    /// The code of one of the agency's fees.
    pub fee: String,
    /// How much, in fils, one bill after the other and from the beginning again; empty for a fee whose amount is not stated.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amounts_fils: Vec<i64>,
}

fn one() -> u16 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_one(value: &u16) -> bool {
    *value == 1
}
