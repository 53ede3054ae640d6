//! The directory of linked agencies: one signed document through which an agency joins without an app release.
//!
//! It travels as a compact JWS of type [`DIRECTORY_TYPE`], signed by a key that the app was shipped with.

use crate::{Localized, jose::JwkSet};
use serde::{Deserialize, Serialize};

/// The `typ` of the directory's JWS.
pub const DIRECTORY_TYPE: &str = "rabt-directory+jwt";
/// The media type in which a directory is served.
pub const DIRECTORY_MEDIA_TYPE: &str = "application/jose";

/// The directory, as signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Directory {
    /// Rises with each change and never falls; a reader refuses a lower one than it has seen.
    pub version: u64,
    /// When it was signed.
    pub issued_at: String,
    /// From when on a reader must not rely on it.
    pub expires_at: String,
    /// The gateway.
    pub gateway: Gateway,
    /// The agencies, in the order in which they are shown.
    pub agencies: Vec<Agency>,
}

/// The gateway: payment hub, instruments, events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Gateway {
    /// The base URL of its API, without a trailing slash.
    pub base_url: String,
    /// The keys with which the hub signs receipts; also those of the past, as long as their receipts are to be verified.
    pub receipt_keys: JwkSet,
}

/// One agency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Agency {
    /// Stable identifier: lower-case letters, digits and hyphens.
    pub agency_id: String,
    /// The full name.
    pub name: Localized,
    /// The short name that a list shows.
    pub short_name: Localized,
    /// True of every agency of the sandbox: shown to people beside its name.
    #[serde(default)]
    pub simulated: bool,
    /// The base URL of its API, without a trailing slash.
    pub base_url: String,
    /// What it offers.
    pub capabilities: Vec<Capability>,
    /// What it bills.
    pub bill_kinds: Vec<BillKindEntry>,
    /// What a person can hold with it, and how one is added by hand.
    pub account_kinds: Vec<AccountKind>,
    /// The purposes that a consent to this agency names.
    pub consent_purposes: Vec<String>,
}

/// What an agency offers through the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    /// Tells which accounts it holds for a person.
    Accounts,
    /// Presents bills.
    Bills,
    /// Takes payments through the hub.
    Payments,
    /// Something newer than this reader.
    #[serde(other)]
    Unknown,
}

/// A kind of bill that an agency issues.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct BillKindEntry {
    /// The agency's own code, such as `traffic-fine`.
    pub code: String,
    /// Which of the four shapes it has.
    pub kind: crate::agency::BillKind,
    /// What a person reads.
    pub name: Localized,
}

/// A kind of account that a person can hold with an agency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct AccountKind {
    /// The agency's own code, such as `contract-account`.
    pub code: String,
    /// What a person reads.
    pub name: Localized,
    /// The form by which one is added by hand; empty where that isn't possible.
    pub form: Vec<FormField>,
}

/// A field of an account's form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct FormField {
    /// The member of the request.
    pub name: String,
    /// What a person reads beside it.
    pub label: Localized,
    /// Which characters it takes.
    pub charset: Charset,
    /// The fewest characters.
    pub chars_min: u16,
    /// The most characters, at most 64.
    pub chars_max: u16,
    /// An example of the right shape that belongs to nobody.
    pub example: String,
}

/// Which characters a field of a form takes. Deliberately no regular expression: what an agency sends is never run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Charset {
    /// `0` to `9`.
    Digits,
    /// `0` to `9`, `A` to `Z`.
    UpperAlphanumeric,
    /// `0` to `9`, `A` to `Z` and hyphens.
    UpperAlphanumericHyphen,
    /// `784-YYYY-NNNNNNN-N`, digits with these hyphens.
    EmiratesId,
    /// Any printable text.
    Text,
    /// Something newer than this reader, which can't add such an account.
    #[serde(other)]
    Unknown,
}
