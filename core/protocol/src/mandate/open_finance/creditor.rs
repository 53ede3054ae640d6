//! Who may be paid: none named (open), one, or two to ten, each of whom a payment must match exactly.

use super::rules::{NotExpressible, Rule};
use serde::{Deserialize, Serialize};

/// The most beneficiaries that a consent names; with more it must be open.
pub const CREDITORS_MAX: usize = 10;

/// What is sealed for the bank.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Initiation {
    /// The beneficiaries; absent for an open consent.
    #[serde(rename = "Creditor", default, skip_serializing_if = "Vec::is_empty")]
    pub creditors: Vec<Creditor>,
}

/// A beneficiary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Creditor {
    /// The account.
    pub creditor_account: CreditorAccount,
}

/// A beneficiary's account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CreditorAccount {
    /// `IBAN`.
    pub scheme_name: String,
    /// The IBAN.
    pub identification: String,
    /// The account's name.
    pub name: Name,
}

/// A name in the standard's two languages; at least one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Name {
    /// English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub en: Option<String>,
    /// Arabic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ar: Option<String>,
}

impl Initiation {
    /// Checks the beneficiaries.
    ///
    /// # Errors
    /// [`NotExpressible`] for more than ten, one twice, an IBAN that isn't one of the UAE's, or a name that is missing.
    pub fn checked(self) -> Result<Self, NotExpressible> {
        if self.creditors.len() > CREDITORS_MAX {
            return Err(NotExpressible::new("Creditor", Rule::AtMostTenCreditors));
        }
        for (index, creditor) in self.creditors.iter().enumerate() {
            let account = &creditor.creditor_account;
            let wrong = |member: &str, rule| {
                Err(NotExpressible::new(
                    format!("Creditor[{index}].CreditorAccount.{member}"),
                    rule,
                ))
            };
            if account.scheme_name != "IBAN" || !is_uae_iban(&account.identification) {
                return wrong("Identification", Rule::UaeIban);
            }
            let empty = |name: &Option<String>| name.as_ref().is_none_or(|name| name.trim().is_empty());
            if empty(&account.name.en) && empty(&account.name.ar) {
                return wrong("Name", Rule::CreditorHasAName);
            }
            if self.creditors[..index]
                .iter()
                .any(|other| other.creditor_account.identification == account.identification)
            {
                return wrong("Identification", Rule::CreditorOnce);
            }
        }
        Ok(self)
    }
}

/// `AE` and 21 digits of which the checksum is right (ISO 13616: modulo 97).
fn is_uae_iban(text: &str) -> bool {
    let Some(digits) = text.strip_prefix("AE") else {
        return false;
    };
    if digits.len() != 21 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    // The country and the check digits go to the end; A is 10, E is 14.
    let (check, account) = digits.split_at(2);
    let remainder = account
        .bytes()
        .chain(*b"1014")
        .chain(check.bytes())
        .fold(0u32, |remainder, byte| (remainder * 10 + u32::from(byte - b'0')) % 97);
    remainder == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn creditor(iban: &str) -> Creditor {
        Creditor {
            creditor_account: CreditorAccount {
                scheme_name: "IBAN".to_owned(),
                identification: iban.to_owned(),
                name: Name {
                    en: Some("City Power (simulated)".to_owned()),
                    ar: None,
                },
            },
        }
    }

    /// An IBAN of a bank number that no bank has, with a right checksum.
    fn iban(number: u64) -> String {
        let account = format!("999{number:016}");
        (0..=99)
            .map(|check| format!("AE{check:02}{account}"))
            .find(|iban| is_uae_iban(iban))
            .unwrap()
    }

    #[test]
    fn an_iban_has_a_country_a_length_and_a_checksum() {
        // The example of the UAE's central bank in the registry of ISO 13616.
        assert!(is_uae_iban("AE070331234567890123456"));
        for bad in [
            "AE080331234567890123456",
            "AE07033123456789012345",
            "AE0703312345678901234567",
            "GB82WEST12345698765432",
            "ae070331234567890123456",
            "AE07033123456789012345٦",
            "",
        ] {
            assert!(!is_uae_iban(bad), "{bad}");
        }
    }

    #[test]
    fn beneficiaries_are_none_or_up_to_ten_each_once() {
        let check = |creditors: Vec<Creditor>| Initiation { creditors }.checked().map(|_| ()).map_err(|e| e.rule);
        let many = |count: u64| (0..count).map(|number| creditor(&iban(number))).collect::<Vec<_>>();
        for count in [0, 1, 2, 10] {
            assert_eq!(check(many(count)), Ok(()), "{count}");
        }
        assert_eq!(check(many(11)), Err(Rule::AtMostTenCreditors));
        assert_eq!(
            check(vec![creditor(&iban(1)), creditor(&iban(1))]),
            Err(Rule::CreditorOnce)
        );
        assert_eq!(check(vec![creditor("AE00")]), Err(Rule::UaeIban));
        let mut nameless = creditor(&iban(1));
        nameless.creditor_account.name = Name {
            en: Some(" ".to_owned()),
            ar: None,
        };
        assert_eq!(check(vec![nameless]), Err(Rule::CreditorHasAName));
    }
}
