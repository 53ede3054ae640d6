//! All that an agency is, as data. The server beside this module is the same for every agency; what makes one of them the
//! police and another the toll is a fixture, so that an agency joins the city by its fixture alone.

use rabt_protocol::{
    Localized,
    agency::{AmountRule, BillKind, FeeSource},
    directory::{self, AccountKind, BillKindEntry, Capability},
};
use serde::{Deserialize, Serialize};

use crate::personas::{BillSeries, PersonaAccount, PersonaBill};

/// An agency, as its JSON file says it. Valid only once [`AgencyFixture::parse`] or [`AgencyFixture::validate`] said so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgencyFixture {
    /// Stable identifier: lower-case letters, digits and hyphens.
    pub agency_id: String,
    /// Where it stands in a list; the directory is sorted by it, then by identifier.
    pub position: u16,
    /// The full name; says in both languages that the agency is simulated.
    pub name: Localized,
    /// The short name that a list shows.
    pub short_name: Localized,
    /// Always true: the city pretends to be nobody.
    pub simulated: bool,
    /// How long it thinks before each answer, in milliseconds of real time.
    pub latency_ms: u32,
    /// What it offers.
    pub capabilities: Vec<Capability>,
    /// What it bills.
    pub bill_kinds: Vec<BillKindFixture>,
    /// What a person can hold with it, and how one is added by hand.
    pub account_kinds: Vec<AccountKind>,
    /// The purposes that a consent to this agency names: `accounts`, `bills`.
    pub consent_purposes: Vec<String>,
    /// What a line of its bills can be, with the rate and where that is published.
    pub fees: Vec<Fee>,
    /// What it holds from the beginning, beyond what the personas' own files say: accounts that anybody may add by hand, and,
    /// for an agency that joins later, bills of personas.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holdings: Vec<Holding>,
}

/// A kind of bill that the agency issues.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BillKindFixture {
    /// The agency's own code, such as `traffic-fine`.
    pub code: String,
    /// Which of the four shapes it has.
    pub kind: BillKind,
    /// What a person reads.
    pub name: Localized,
    /// The code of the account kind that such a bill belongs to.
    pub account_kind: String,
    /// What its number begins with, where the sandbox makes one up.
    pub reference_prefix: String,
    /// Which amounts it takes, where the bill itself doesn't say.
    pub amount_rule: AmountRule,
    /// The lines it has when it is added with an amount alone; all but one of them must have a rate or a fixed amount.
    pub usual_lines: Vec<String>,
}

/// What a line of a bill can be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fee {
    /// Stable code, such as `housing-fee`.
    pub code: String,
    /// What a person reads.
    pub title: Localized,
    /// How much it is.
    pub amount: FeeAmount,
    /// Where that is published, or that it is made up for the sandbox.
    pub source: FeeSource,
}

/// How much a fee is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case", deny_unknown_fields)]
pub enum FeeAmount {
    /// Always this much.
    Fixed {
        /// In fils; below zero for a discount.
        amount_fils: i64,
    },
    /// A share of other lines of the same bill, such as VAT.
    ShareOfLines {
        /// Hundredths of a per cent.
        basis_points: u32,
        /// The codes of the lines.
        lines: Vec<String>,
    },
    /// A share of something that the account knows, such as a year's rent.
    ShareOfFact {
        /// Hundredths of a per cent.
        basis_points: u32,
        /// The name of the fact, an amount in fils.
        fact: String,
        /// What the share is divided by: 12 for a month of a year's.
        divisor: u32,
    },
    /// The bill says it: a consumption, a tariff by weight.
    Stated,
}

/// What an agency holds for somebody from the beginning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holding {
    /// Whose it is; absent where it is nobody's who can sign in (a grandparent's electricity).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub persona_id: Option<String>,
    /// The accounts.
    #[serde(default)]
    pub accounts: Vec<PersonaAccount>,
    /// Their bills.
    #[serde(default)]
    pub bills: Vec<PersonaBill>,
    /// Bills that are made by a rule.
    #[serde(default)]
    pub series: Vec<BillSeries>,
}

/// A fixture that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the fixture is wrong at {field}: {reason}")]
pub struct FixtureError {
    /// The member at fault, as a path: `bill_kinds[2].code`.
    pub field: String,
    /// What is wrong, and what would be right.
    pub reason: String,
}

impl FixtureError {
    pub(crate) fn new(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            reason: reason.into(),
        }
    }
}

impl AgencyFixture {
    /// Reads a fixture from JSON and validates it.
    ///
    /// # Errors
    /// Names the first member that is wrong.
    pub fn parse(json: &str) -> Result<Self, FixtureError> {
        let fixture: Self =
            serde_json::from_str(json).map_err(|error| FixtureError::new("(JSON)", error.to_string()))?;
        fixture.validate()?;
        Ok(fixture)
    }

    /// What the directory says of this agency, which is reached at `base_url` (without a trailing slash).
    pub fn directory_entry(&self, base_url: &str) -> directory::Agency {
        directory::Agency {
            agency_id: self.agency_id.clone(),
            name: self.name.clone(),
            short_name: self.short_name.clone(),
            simulated: self.simulated,
            base_url: base_url.to_owned(),
            capabilities: self.capabilities.clone(),
            bill_kinds: self
                .bill_kinds
                .iter()
                .map(|entry| BillKindEntry {
                    code: entry.code.clone(),
                    kind: entry.kind,
                    name: entry.name.clone(),
                })
                .collect(),
            account_kinds: self.account_kinds.clone(),
            consent_purposes: self.consent_purposes.clone(),
        }
    }

    pub(crate) fn fee(&self, code: &str) -> Option<&Fee> {
        self.fees.iter().find(|fee| fee.code == code)
    }

    pub(crate) fn bill_kind(&self, code: &str) -> Option<&BillKindFixture> {
        self.bill_kinds.iter().find(|kind| kind.code == code)
    }

    pub(crate) fn account_kind(&self, code: &str) -> Option<&AccountKind> {
        self.account_kinds.iter().find(|kind| kind.code == code)
    }
}
