//! What is sealed: the store's own shapes of the domain's values, with the way there and back.
//!
//! They are apart from the domain, which has no serialisation, and from the wire, which may change at another time. A field is
//! only ever added, with a default. What is read is parsed again by the domain's own constructors: a payload that opens but no
//! longer says something possible is [`Broken`] like one that doesn't open.

pub(crate) mod account;
pub(crate) mod bill;
pub(crate) mod code;
pub(crate) mod consent;
pub(crate) mod instrument;
pub(crate) mod mandate;
pub(crate) mod payment;
pub(crate) mod session;

use crate::seal::Broken;
use rabt_domain::{AgencyId, Bilingual, BillId, BillKey, Invalid};
use serde::{Deserialize, Serialize};

/// A text in both languages.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct BilingualRow {
    pub(crate) en: String,
    pub(crate) ar: String,
}

impl From<&Bilingual> for BilingualRow {
    fn from(text: &Bilingual) -> Self {
        Self {
            en: text.en().to_owned(),
            ar: text.ar().to_owned(),
        }
    }
}

impl TryFrom<BilingualRow> for Bilingual {
    type Error = Invalid;

    fn try_from(row: BilingualRow) -> Result<Self, Invalid> {
        Self::parse(row.en, row.ar)
    }
}

/// A bill's name.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct BillKeyRow {
    agency: String,
    bill: String,
}

impl From<&BillKey> for BillKeyRow {
    fn from(key: &BillKey) -> Self {
        Self {
            agency: key.agency.as_str().to_owned(),
            bill: key.bill.as_str().to_owned(),
        }
    }
}

impl TryFrom<BillKeyRow> for BillKey {
    type Error = Invalid;

    fn try_from(row: BillKeyRow) -> Result<Self, Invalid> {
        Ok(Self {
            agency: AgencyId::parse(row.agency)?,
            bill: BillId::parse(row.bill)?,
        })
    }
}

/// What was parsed from a row of `table`, or that the row is broken.
pub(crate) fn parsed<T>(table: &'static str, value: Result<T, Invalid>) -> Result<T, Broken> {
    value.map_err(|_| Broken { table })
}
