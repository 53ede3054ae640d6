//! The card processor's vault: which numbers it takes, and the accounts behind them.
//!
//! It takes the numbers that processors publish for tests, and nothing else, so that nobody types a real card into a simulated
//! city. A number is never stored: the account is found by a keyed fingerprint of it.

use crate::server::reply::{Refusal, Reply};
use jiff::{ToSpan as _, civil::Date};
use ring::{
    hmac,
    rand::{SecureRandom as _, SystemRandom},
};
use rusqlite::{OptionalExtension as _, Transaction, params};

/// Published by card processors for tests; they belong to nobody.
const TEST_NUMBERS: [&str; 10] = [
    "4242424242424242",
    "4111111111111111",
    "4012888888881881",
    "4000056655665556",
    "5555555555554444",
    "5105105105105100",
    "5200828282828210",
    "2223003122003222",
    "378282246310005",
    "371449635398431",
];
/// What can be spent with a test card that isn't a persona's: AED 20,000.
const TEST_CARD_LIMIT_FILS: i64 = 2_000_000;
/// ISO/IEC 7812: numbers have 12 to 19 digits.
const NUMBER_DIGITS: std::ops::RangeInclusive<usize> = 12..=19;
const FINGERPRINT_KEY: &str = "card_fingerprint_key";

/// What a person typed on the card page. It has no `Debug`.
pub(super) struct TypedCard<'a> {
    pub(super) number: &'a str,
    /// `MM/YY`.
    pub(super) expiry: &'a str,
    pub(super) cvc: &'a str,
}

/// Why a card isn't taken: which field, shown to the person in their language by the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CardFault {
    /// Not a card's number.
    Number,
    /// A card's number, but not one of a test card.
    NotATestCard,
    /// Not a month, or past.
    Expiry,
    /// Not three or four digits.
    Cvc,
}

/// Opens a persona's card account, once.
pub(super) fn open(
    tx: &Transaction<'_>,
    subject: &str,
    number: &str,
    expires_on: Date,
    limit_fils: i64,
) -> Reply<String> {
    let digits = digits_of(number);
    let brand = brand_of(&digits).ok_or_else(|| Refusal::invalid("card.number", "is no card's number"))?;
    let account_id = account_id(tx, subject, &digits)?;
    let last_four = digits.get(digits.len().saturating_sub(4)..).unwrap_or_default();
    tx.execute(
        "INSERT INTO bank_account (account_id, kind, subject, brand, last_four, expires_on, floor_fils)
         VALUES (?1, 'card', ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
        params![
            account_id,
            subject,
            brand,
            last_four,
            expires_on.to_string(),
            -limit_fils.max(0)
        ],
    )?;
    Ok(account_id)
}

/// Takes a card that a person typed: the account behind it.
pub(super) fn accept(
    tx: &Transaction<'_>,
    subject: &str,
    today: Date,
    card: &TypedCard<'_>,
) -> Reply<Result<String, CardFault>> {
    let digits = digits_of(card.number);
    if !passes_luhn(&digits) || brand_of(&digits).is_none() {
        return Ok(Err(CardFault::Number));
    }
    let Some(typed_last_day) = last_day_of(card.expiry).filter(|last_day| *last_day >= today) else {
        return Ok(Err(CardFault::Expiry));
    };
    if !(3..=4).contains(&card.cvc.len()) || !card.cvc.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(Err(CardFault::Cvc));
    }
    let account = account_id(tx, subject, &digits)?;
    let is_known: bool = tx.query_row(
        "SELECT EXISTS (SELECT 1 FROM bank_account WHERE account_id = ?1)",
        [&account],
        |row| row.get(0),
    )?;
    if is_known {
        // Issuers let a wrong month pass that isn't over; what counts is the last day that they have themselves.
        Ok(Ok(account))
    } else if TEST_NUMBERS.contains(&digits.as_str()) {
        Ok(Ok(open(tx, subject, &digits, typed_last_day, TEST_CARD_LIMIT_FILS)?))
    } else {
        Ok(Err(CardFault::NotATestCard))
    }
}

/// The last day of the month that is `months` after a day's.
pub(super) fn last_day_in_months(today: Date, months: u16) -> Date {
    today.saturating_add(i64::from(months).months()).last_of_month()
}

/// `MM/YY` of a card's last day, as it is printed on a card.
pub(super) fn month_and_year(last_day: Date) -> String {
    format!("{:02}/{:02}", last_day.month(), last_day.year() % 100)
}

fn last_day_of(expiry: &str) -> Option<Date> {
    let (month, year) = expiry.trim().split_once('/')?;
    let two_digits = |text: &str| {
        let text = text.trim();
        (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| text.parse::<i8>().ok())
            .flatten()
    };
    let (month, year) = (two_digits(month)?, two_digits(year)?);
    Date::new(2000 + i16::from(year), month, 1)
        .ok()
        .map(Date::last_of_month)
}

/// The digits of a number as people type it; anything but digits, spaces and hyphens leaves nothing.
fn digits_of(number: &str) -> String {
    let kept: String = number.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    let usable = NUMBER_DIGITS.contains(&kept.len()) && kept.bytes().all(|byte| byte.is_ascii_digit());
    if usable { kept } else { String::new() }
}

/// ISO/IEC 7812-1, annex B.
fn passes_luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(index, byte)| {
            let digit = u32::from(byte.saturating_sub(b'0'));
            let doubled = if index % 2 == 1 { digit * 2 } else { digit };
            if doubled > 9 { doubled - 9 } else { doubled }
        })
        .sum();
    !digits.is_empty() && sum.is_multiple_of(10)
}

fn brand_of(digits: &str) -> Option<&'static str> {
    let lead = |count: usize| digits.get(..count).and_then(|lead| lead.parse::<u32>().ok());
    match (lead(1)?, lead(2)?, lead(4)?) {
        (4, _, _) => Some("Visa"),
        (_, 51..=55, _) | (_, _, 2221..=2720) => Some("Mastercard"),
        (_, 34 | 37, _) => Some("American Express"),
        _ => None,
    }
}

fn account_id(tx: &Transaction<'_>, subject: &str, digits: &str) -> Reply<String> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &fingerprint_key(tx)?);
    // The subject is part of it, so that two people who type the same test card don't share a limit.
    let tag = hmac::sign(&key, format!("{subject}\0{digits}").as_bytes());
    Ok(format!("card:{}", rabt_protocol::jose::base64url(tag)))
}

fn fingerprint_key(tx: &Transaction<'_>) -> Reply<Vec<u8>> {
    let known: Option<Vec<u8>> = tx
        .query_row(
            "SELECT value FROM bank_setting WHERE name = ?1",
            [FINGERPRINT_KEY],
            |row| row.get(0),
        )
        .optional()?;
    if let Some(key) = known {
        return Ok(key);
    }
    let mut key = vec![0u8; 32];
    SystemRandom::new()
        .fill(&mut key)
        .map_err(|_| Refusal::new(500, rabt_protocol::problem::code::INTERNAL, "no randomness"))?;
    tx.execute(
        "INSERT INTO bank_setting (name, value) VALUES (?1, ?2)",
        params![FINGERPRINT_KEY, key],
    )?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn every_test_number_passes_and_a_slip_of_a_digit_does_not() {
        for number in TEST_NUMBERS {
            assert!(passes_luhn(number) && brand_of(number).is_some(), "{number}");
            let slipped: String = number[..number.len() - 1].to_owned() + if number.ends_with('0') { "1" } else { "0" };
            assert!(!passes_luhn(&slipped), "{slipped}");
        }
        assert!(!passes_luhn(""));
    }

    #[test]
    fn numbers_are_read_as_people_type_them_and_only_so() {
        assert_eq!(digits_of("4242 4242-4242 4242"), "4242424242424242");
        for odd in [
            "4242x4242 4242 4242",
            "4242",
            "42424242424242424242",
            "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢",
        ] {
            assert_eq!(digits_of(odd), "", "{odd}");
        }
    }

    #[test]
    fn a_card_lasts_to_the_end_of_its_month() {
        assert_eq!(last_day_of("02/28"), Some(date(2028, 2, 29)));
        assert_eq!(last_day_of(" 12 / 30 "), Some(date(2030, 12, 31)));
        for odd in ["13/30", "00/30", "1/30", "+1/30", "12/2030", "12-30", ""] {
            assert_eq!(last_day_of(odd), None, "{odd}");
        }
        assert_eq!(last_day_in_months(date(2026, 1, 31), 1), date(2026, 2, 28));
        assert_eq!(month_and_year(date(2029, 3, 31)), "03/29");
    }
}
