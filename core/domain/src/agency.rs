//! The directory of linked agencies, as the core trusts it once its signature was checked.

use crate::{AgencyId, Bilingual, BillKind, Invalid, InvalidReason, Timestamp, text};
use std::collections::BTreeMap;

/// The linked agencies. A newer version replaces an older one and never the other way round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directory {
    /// Rises with each change.
    pub version: u64,
    /// When it was signed.
    pub issued_at: Timestamp,
    /// From when on it must not be relied on.
    pub expires_at: Timestamp,
    /// Where the gateway is, without a trailing slash.
    pub gateway_url: String,
    /// The agencies, in the order in which they are shown.
    pub agencies: Vec<Agency>,
}

impl Directory {
    /// The agency of that name.
    pub fn agency(&self, id: &AgencyId) -> Option<&Agency> {
        self.agencies.iter().find(|agency| &agency.id == id)
    }
}

/// A linked agency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agency {
    /// Its name for machines.
    pub id: AgencyId,
    /// Its full name.
    pub name: Bilingual,
    /// Its name in a list.
    pub short_name: Bilingual,
    /// Whether it is simulated, which is shown beside its name.
    pub simulated: bool,
    /// Where it answers, without a trailing slash.
    pub base_url: String,
    /// Tells which accounts it holds for a person.
    pub has_accounts: bool,
    /// Presents bills.
    pub has_bills: bool,
    /// Takes payments through the hub.
    pub takes_payments: bool,
    /// What it bills.
    pub bill_kinds: Vec<BillKindEntry>,
    /// What a person can hold with it.
    pub account_kinds: Vec<AccountKind>,
    /// What a consent to it is for.
    pub consent_purposes: Vec<String>,
}

/// A kind of bill that an agency issues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillKindEntry {
    /// The agency's own code.
    pub code: String,
    /// Its shape.
    pub kind: BillKind,
    /// What a person reads.
    pub name: Bilingual,
}

/// A kind of account that a person can hold with an agency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountKind {
    /// The agency's own code.
    pub code: String,
    /// What a person reads.
    pub name: Bilingual,
    /// The form by which one is added by hand; empty where that isn't possible.
    pub form: Vec<FormField>,
}

/// A field of that form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormField {
    /// Its name in the request.
    pub name: String,
    /// What a person reads beside it.
    pub label: Bilingual,
    /// Which characters it takes.
    pub charset: Charset,
    /// The fewest characters.
    pub chars_min: u16,
    /// The most characters.
    pub chars_max: u16,
    /// An example that belongs to nobody.
    pub example: String,
}

/// Which characters a field of a form takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// `0` to `9`.
    Digits,
    /// `0` to `9`, `A` to `Z`.
    UpperAlphanumeric,
    /// The same and hyphens.
    UpperAlphanumericHyphen,
    /// `784-YYYY-NNNNNNN-N`.
    EmiratesId,
    /// Any text that may be shown.
    Text,
    /// Something newer than this version: such an account can't be added here.
    Unknown,
}

impl AccountKind {
    /// Checks what a person entered, before anything is sent: every field is there, none is unknown, each has its shape.
    ///
    /// # Errors
    /// [`Invalid`] on `fields.NAME`, or on `kind` where the agency takes none by hand.
    pub fn check(&self, fields: &BTreeMap<String, String>) -> Result<(), Invalid> {
        if self.form.is_empty() {
            return Err(Invalid::new("kind", InvalidReason::Unsupported));
        }
        if let Some(stranger) = fields
            .keys()
            .find(|name| self.form.iter().all(|field| &field.name != *name))
        {
            let name: String = stranger.chars().filter(char::is_ascii_alphanumeric).take(40).collect();
            return Err(Invalid::new(format!("fields.{name}"), InvalidReason::Unsupported));
        }
        self.form.iter().try_for_each(|field| {
            let value = fields.get(&field.name).map(String::as_str).unwrap_or_default();
            field
                .check(value)
                .map_err(|reason| Invalid::new(format!("fields.{}", field.name), reason))
        })
    }
}

impl FormField {
    fn check(&self, value: &str) -> Result<(), InvalidReason> {
        let chars = value.chars().count();
        match chars {
            0 => return Err(InvalidReason::Empty),
            _ if chars < usize::from(self.chars_min) => return Err(InvalidReason::TooSmall),
            _ if chars > usize::from(self.chars_max) => return Err(InvalidReason::TooMany),
            _ => {}
        }
        let upper = |c: char| c.is_ascii_digit() || c.is_ascii_uppercase();
        let fits = match self.charset {
            Charset::Digits => value.chars().all(|c| c.is_ascii_digit()),
            Charset::UpperAlphanumeric => value.chars().all(upper),
            Charset::UpperAlphanumericHyphen => value.chars().all(|c| upper(c) || c == '-'),
            Charset::EmiratesId => is_emirates_id_shaped(value),
            Charset::Text => {
                return text::shown(value.to_owned(), &self.name)
                    .map(|_| ())
                    .map_err(|e| e.reason);
            }
            Charset::Unknown => return Err(InvalidReason::Unsupported),
        };
        if fits { Ok(()) } else { Err(InvalidReason::Malformed) }
    }
}

/// `784-YYYY-NNNNNNN-N`: the shape only. Whether it is anybody's is for the agency to say.
pub fn is_emirates_id_shaped(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let digits = |group: &str, count: usize| group.len() == count && group.bytes().all(|b| b.is_ascii_digit());
    matches!(groups.as_slice(), ["784", year, serial, check] if digits(year, 4) && digits(serial, 7) && digits(check, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind() -> AccountKind {
        let field = |name: &str, charset, chars_min, chars_max| FormField {
            name: name.to_owned(),
            label: Bilingual::parse(name, "حقل").unwrap(),
            charset,
            chars_min,
            chars_max,
            example: String::new(),
        };
        AccountKind {
            code: "contract-account".to_owned(),
            name: Bilingual::parse("Contract", "عقد").unwrap(),
            form: vec![
                field("contract", Charset::Digits, 10, 10),
                field("holder", Charset::EmiratesId, 18, 18),
            ],
        }
    }

    #[test]
    fn a_form_names_the_field_that_is_wrong() {
        let check = |contract: &str, holder: &str| {
            let fields = BTreeMap::from([
                ("contract".to_owned(), contract.to_owned()),
                ("holder".to_owned(), holder.to_owned()),
            ]);
            kind().check(&fields).map_err(|e| (e.field, e.reason))
        };
        let holder = "784-1990-1234567-1";
        assert_eq!(check("2001234567", holder), Ok(()));
        for (contract, reason) in [
            ("", InvalidReason::Empty),
            ("200123456", InvalidReason::TooSmall),
            ("20012345678", InvalidReason::TooMany),
            ("20012E4567", InvalidReason::Malformed),
            ("٢٠٠١٢٣٤٥٦٧", InvalidReason::Malformed),
        ] {
            assert_eq!(
                check(contract, holder),
                Err(("fields.contract".to_owned(), reason)),
                "{contract}"
            );
        }
        assert_eq!(
            check("2001234567", "784-1990-12345-671").unwrap_err().0,
            "fields.holder"
        );
        let stranger = BTreeMap::from([("pan".to_owned(), "4".to_owned())]);
        assert_eq!(
            kind().check(&stranger).unwrap_err(),
            Invalid::new("fields.pan", InvalidReason::Unsupported)
        );
        let by_hand_impossible = AccountKind { form: vec![], ..kind() };
        assert_eq!(by_hand_impossible.check(&BTreeMap::new()).unwrap_err().field, "kind");
    }
}
