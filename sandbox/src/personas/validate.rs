//! Whether a persona is complete, and certainly nobody.

use super::{
    expand,
    persona::{Persona, PersonaBank, PersonaCard},
};
use crate::agencies::{
    FixtureError,
    check::{self, Checked, ensure},
};
use std::collections::BTreeSet;

/// Nobody alive was born in these years.
const BIRTH_YEARS: std::ops::RangeInclusive<u16> = 1800..=1899;
/// Mobile numbers begin with 50, 52, 54, 55, 56 or 58 (libphonenumber, `5[024-68]\d{7}`); 51 is nobody's.
const PHONE_PREFIX: &str = "+97151";
/// No bank has this code.
const BANK_CODE: &str = "999";
/// What card processors publish for tests.
const TEST_CARDS: [&str; 4] = [
    "4242424242424242",
    "4000056655665556",
    "5555555555554444",
    "5200828282828210",
];
/// A card isn't issued for longer than ten years.
const CARD_MONTHS_MAX: u16 = 120;

impl Persona {
    /// Reads a persona from JSON, validates it and writes its series out.
    ///
    /// # Errors
    /// Names the first member that is wrong.
    pub fn parse(json: &str) -> Result<Self, FixtureError> {
        let mut persona: Self =
            serde_json::from_str(json).map_err(|error| FixtureError::new("(JSON)", error.to_string()))?;
        persona.bills = expand::all_bills(&persona.bills, &persona.series)?;
        persona.series.clear();
        persona.validate()?;
        Ok(persona)
    }

    fn validate(&self) -> Checked {
        check::code("persona_id", &self.persona_id)?;
        check::identifier("subject", &self.subject)?;
        check::localized("name", &self.name)?;
        check::localized("about", &self.about)?;
        self.validate_numbers()?;
        if let Some(bank) = &self.bank {
            validate_bank(bank)?;
        }
        if let Some(card) = &self.card {
            validate_card(card)?;
        }
        let mut accounts = BTreeSet::new();
        for (index, held) in self.accounts.iter().enumerate() {
            ensure(
                accounts.insert((&held.agency_id, &held.account.account_id)),
                format!("accounts[{index}].account.account_id"),
                "is there twice",
            )?;
        }
        let mut bills = BTreeSet::new();
        for bill in &self.bills {
            let field = format!("bills[{}]", bill.bill_id);
            ensure(
                bills.insert((&bill.agency_id, &bill.bill_id)),
                format!("{field}.bill_id"),
                "is there twice",
            )?;
            ensure(
                accounts.contains(&(&bill.agency_id, &bill.account_id)),
                format!("{field}.account_id"),
                format!(
                    "{:?} is not an account of this person's with the agency",
                    bill.account_id
                ),
            )?;
        }
        Ok(())
    }

    fn validate_numbers(&self) -> Checked {
        ensure(
            check::is_emirates_id(&self.emirates_id),
            "emirates_id",
            "must be 784-YYYY-NNNNNNN-N",
        )?;
        let year = self.emirates_id.get(4..8).and_then(|year| year.parse().ok());
        ensure(
            year.is_some_and(|year| BIRTH_YEARS.contains(&year)) && !luhn(&self.emirates_id),
            "emirates_id",
            "must be of the nineteenth century and fail the check digit, so that it can be nobody's",
        )?;
        ensure(
            self.phone.starts_with(PHONE_PREFIX) && self.phone.len() == 13 && digits(&self.phone[1..]),
            "phone",
            format!("must be {PHONE_PREFIX} and seven digits"),
        )?;
        ensure(self.pin.len() == 4 && digits(&self.pin), "pin", "must be four digits")?;
        ensure(self.otp.len() == 6 && digits(&self.otp), "otp", "must be six digits")
    }
}

fn validate_bank(bank: &PersonaBank) -> Checked {
    ensure(
        is_iban(&bank.iban),
        "bank.iban",
        "must be AE and 21 digits, valid mod 97",
    )?;
    ensure(
        bank.iban.get(4..7) == Some(BANK_CODE),
        "bank.iban",
        format!("must be of the bank code {BANK_CODE}, which no bank has"),
    )?;
    ensure(bank.balance_fils >= 0, "bank.balance_fils", "is below zero")
}

fn validate_card(card: &PersonaCard) -> Checked {
    ensure(
        TEST_CARDS.contains(&card.number.as_str()) && luhn(&card.number),
        "card.number",
        format!("must be one of {TEST_CARDS:?}"),
    )?;
    ensure(
        card.number.ends_with(&card.last_four) && card.last_four.len() == 4,
        "card.last_four",
        "is not",
    )?;
    ensure(!card.brand.is_empty(), "card.brand", "is empty")?;
    ensure(
        (1..=CARD_MONTHS_MAX).contains(&card.expires_in_months),
        "card.expires_in_months",
        format!("must be 1 to {CARD_MONTHS_MAX}"),
    )?;
    ensure(card.limit_fils > 0, "card.limit_fils", "must be above zero")
}

fn digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether the last digit checks the others (ISO/IEC 7812-1), as it does on cards and, by convention, on Emirates IDs. What
/// isn't a digit is passed over.
pub(super) fn luhn(number: &str) -> bool {
    let sum: u32 = number
        .chars()
        .rev()
        .filter_map(|digit| digit.to_digit(10))
        .enumerate()
        .map(|(index, digit)| match (index % 2, digit * 2) {
            (0, _) => digit,
            (_, double @ 10..) => double - 9,
            (_, double) => double,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Whether this is a UAE IBAN: `AE` and 21 digits, whose remainder by 97 is 1 (ISO 13616).
pub(super) fn is_iban(iban: &str) -> bool {
    let Some(rest) = iban.strip_prefix("AE") else {
        return false;
    };
    if rest.len() != 21 || !digits(rest) {
        return false;
    }
    // The country and the check digits go to the end, A is 10 and E is 14.
    let turned = format!("{}1014{}", &rest[2..], &rest[..2]);
    turned
        .bytes()
        .fold(0u32, |remainder, digit| (remainder * 10 + u32::from(digit - b'0')) % 97)
        == 1
}
