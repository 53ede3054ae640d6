//! What the standard can express of a mandate, and what not.

use super::consent::{
    Amount, AuthorizationDetails, CONSENT_TYPE, Consent, ConsentSchedule, ControlParameters, Controls, MultiPayment,
    PeriodType, PeriodicSchedule,
};
use crate::mandate::{Allowance, Limits, Mandate};
use jiff::{
    ToSpan as _,
    civil::{Date, Weekday},
};
use std::fmt;

/// The one kind of multi-payment that fits a mandate.
const VARIABLE_ON_DEMAND: &str = "VariableOnDemand";
/// The end of a day in Dubai.
const END_OF_DAY: &str = "T23:59:59+04:00";

/// What a consent has beside the mandate's bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// A UUID.
    pub consent_id: String,
    /// [`Initiation`](super::Initiation), sealed for the bank (a compact JWE).
    pub sealed_initiation: String,
    /// Three characters.
    pub payment_purpose_code: String,
    /// Whether the instrument is a bank account; a card has no such consent.
    pub is_bank_account: bool,
    /// The day in Dubai on which the consent is asked for: it can't begin earlier.
    pub today: String,
}

/// What a consent says of a mandate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The limits: for one payment, one period, the lifetime.
    pub limits: Limits,
    /// The first day.
    pub from_on: String,
    /// The last day.
    pub until_on: String,
}

/// A mandate, or a consent, isn't within the standard.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{field}` {rule}")]
pub struct NotExpressible {
    /// The member of the mandate, or of the consent when one is read.
    pub field: String,
    /// The rule that it breaks.
    pub rule: Rule,
}

impl NotExpressible {
    pub(super) fn new(field: impl Into<String>, rule: Rule) -> Self {
        Self {
            field: field.into(),
            rule,
        }
    }
}

macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// A rule of the standard that a mandate can break.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Rule {
            $($(#[$doc])* $name,)*
        }

        impl fmt::Display for Rule {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$name => $text,)*
                })
            }
        }
    };
}

rules! {
    /// A consent is to a bank account.
    BankAccountOnly = "is no bank account, and a consent is to one",
    /// A consent has one `PeriodType`.
    OnePeriodType = "limits another period, and a consent has one period type",
    /// At least one periodic control must be there.
    AtLeastOneControl = "has neither a limit for one payment nor for a period, and a consent has at least one",
    /// With both, the value per period must be greater than the individual amount.
    PeriodValueAboveIndividual = "is not above the limit for one payment, and a consent's is",
    /// A week is seven days from the start date, and a mandate's begins on Monday.
    WeekBeginsOnMonday = "doesn't begin on a Monday, from which a consent would count its weeks",
    /// A year is counted from the start date, and a mandate's is the calendar's.
    WithinOneYear = "reaches into another calendar year, in which a consent would not count anew",
    /// `PeriodStartDate` isn't in the past.
    StartsTodayOrLater = "begins in the past",
    /// `ExpirationDateTime` isn't before `PeriodStartDate`.
    EndsAfterItBegins = "ends before it begins",
    /// `ExpirationDateTime` is less than one year ahead.
    LessThanAYear = "ends a year or more ahead",
    /// `^\d{1,16}\.\d{2}$`, AED, above zero.
    AmountPattern = "is no amount of AED above zero with at most sixteen digits and two decimals",
    /// A whole number above zero.
    CountAboveZero = "is no number of payments above zero",
    /// A UUID.
    ConsentIdIsUuid = "is no UUID",
    /// Three letters or digits.
    PurposeCode = "is no purpose code of three upper-case characters",
    /// A compact JWE.
    SealedInitiation = "is no compact JWE",
    /// `YYYY-MM-DD`.
    DateShape = "is no day",
    /// The type is [`CONSENT_TYPE`](super::CONSENT_TYPE).
    ConsentType = "is another type of consent",
    /// The kind is `VariableOnDemand`.
    VariableOnDemand = "is another kind of payment than `VariableOnDemand`",
    /// One authorization.
    SingleAuthorization = "asks for several authorizations",
    /// A consent names at most ten beneficiaries.
    AtMostTenCreditors = "names more than ten beneficiaries; with more it must be open",
    /// Each of them once.
    CreditorOnce = "names a beneficiary twice",
    /// `AE` and 21 digits, modulo 97.
    UaeIban = "is no IBAN of the UAE",
    /// A beneficiary has a name.
    CreditorHasAName = "has no name in either language",
}

/// Writes a mandate out as a consent. The mandate is a checked one; what the standard adds is checked here.
///
/// # Errors
/// [`NotExpressible`] with the rule, for a mandate whose limits the standard can't carry exactly, or a frame outside its schema.
pub fn write(mandate: &Mandate, frame: &Frame) -> Result<AuthorizationDetails, NotExpressible> {
    let wrong = |field: &str, rule| Err(NotExpressible::new(field, rule));
    if !frame.is_bank_account {
        return wrong("instrument_id", Rule::BankAccountOnly);
    }
    if !is_uuid(&frame.consent_id) {
        return wrong("ConsentId", Rule::ConsentIdIsUuid);
    }
    if !is_purpose_code(&frame.payment_purpose_code) {
        return wrong("PaymentPurposeCode", Rule::PurposeCode);
    }
    if !is_compact_jwe(&frame.sealed_initiation) {
        return wrong("PersonalIdentifiableInformation", Rule::SealedInitiation);
    }
    let (from, until) = (date(&mandate.from_on, "from_on")?, date(&mandate.until_on, "until_on")?);
    let today = date(&frame.today, "today")?;
    if until < from {
        return wrong("until_on", Rule::EndsAfterItBegins);
    }
    if from < today {
        return wrong("from_on", Rule::StartsTodayOrLater);
    }
    // A year after 29 February is 28 February.
    if today
        .checked_add(1.year())
        .is_ok_and(|a_year_ahead| until >= a_year_ahead)
    {
        return wrong("until_on", Rule::LessThanAYear);
    }

    let (period_type, allowance, period) = only_period(&mandate.limits)?;
    match period_type {
        PeriodType::Week if from.weekday() != Weekday::Monday => return wrong("from_on", Rule::WeekBeginsOnMonday),
        PeriodType::Year if from.year() != until.year() => return wrong("until_on", Rule::WithinOneYear),
        _ => {}
    }
    let individual = mandate.limits.per_payment_fils;
    if individual.is_none() && allowance.is_none() {
        return wrong("limits", Rule::AtLeastOneControl);
    }
    if let (Some(individual), Some(value)) = (individual, allowance.value_fils)
        && value <= individual
    {
        return wrong(&format!("limits.{period}.value_fils"), Rule::PeriodValueAboveIndividual);
    }
    let lifetime = mandate.limits.lifetime;
    Ok(AuthorizationDetails {
        kind: CONSENT_TYPE.to_owned(),
        consent: Consent {
            consent_id: frame.consent_id.clone(),
            is_single_authorization: true,
            expiration_date_time: format!("{}{END_OF_DAY}", mandate.until_on),
            control_parameters: ControlParameters {
                consent_schedule: ConsentSchedule {
                    multi_payment: MultiPayment {
                        maximum_cumulative_value_of_payments: amount(
                            lifetime.value_fils,
                            "limits.lifetime.value_fils",
                        )?,
                        maximum_cumulative_number_of_payments: count(lifetime.count, "limits.lifetime.count")?,
                        periodic_schedule: PeriodicSchedule {
                            kind: VARIABLE_ON_DEMAND.to_owned(),
                            period_type,
                            period_start_date: mandate.from_on.clone(),
                            controls: Controls {
                                maximum_individual_amount: amount(individual, "limits.per_payment_fils")?,
                                maximum_cumulative_value_of_payments_per_period: amount(
                                    allowance.value_fils,
                                    &format!("limits.{period}.value_fils"),
                                )?,
                                maximum_cumulative_number_of_payments_per_period: count(
                                    allowance.count,
                                    &format!("limits.{period}.count"),
                                )?,
                            },
                        },
                    },
                },
            },
            personal_identifiable_information: frame.sealed_initiation.clone(),
            payment_purpose_code: frame.payment_purpose_code.clone(),
        },
    })
}

/// Reads what a consent says of a mandate: of one that [`write()`] wrote, the mandate's own limits and days.
///
/// # Errors
/// [`NotExpressible`] for a consent that isn't within the standard, or isn't one for a mandate.
pub fn read(details: &AuthorizationDetails) -> Result<Bounds, NotExpressible> {
    let wrong = |field: &str, rule| Err(NotExpressible::new(field, rule));
    let consent = &details.consent;
    let multi = &consent.control_parameters.consent_schedule.multi_payment;
    let schedule = &multi.periodic_schedule;
    if details.kind != CONSENT_TYPE {
        return wrong("type", Rule::ConsentType);
    }
    if !consent.is_single_authorization {
        return wrong("IsSingleAuthorization", Rule::SingleAuthorization);
    }
    if !is_uuid(&consent.consent_id) {
        return wrong("ConsentId", Rule::ConsentIdIsUuid);
    }
    if !is_purpose_code(&consent.payment_purpose_code) {
        return wrong("PaymentPurposeCode", Rule::PurposeCode);
    }
    if schedule.kind != VARIABLE_ON_DEMAND {
        return wrong("PeriodicSchedule.Type", Rule::VariableOnDemand);
    }
    let Some(until_on) = consent.expiration_date_time.strip_suffix(END_OF_DAY) else {
        return wrong("ExpirationDateTime", Rule::DateShape);
    };
    let until = date(until_on, "ExpirationDateTime")?;
    let from = date(&schedule.period_start_date, "PeriodStartDate")?;
    if until < from {
        return wrong("ExpirationDateTime", Rule::EndsAfterItBegins);
    }
    let controls = &schedule.controls;
    let per_payment_fils = fils(controls.maximum_individual_amount.as_ref(), "MaximumIndividualAmount")?;
    let allowance = Allowance {
        value_fils: fils(
            controls.maximum_cumulative_value_of_payments_per_period.as_ref(),
            "MaximumCumulativeValueOfPaymentsPerPeriod",
        )?,
        count: above_zero(
            controls.maximum_cumulative_number_of_payments_per_period,
            "MaximumCumulativeNumberOfPaymentsPerPeriod",
        )?,
    };
    if per_payment_fils.is_none() && allowance.is_none() {
        return wrong("Controls", Rule::AtLeastOneControl);
    }
    if let (Some(individual), Some(value)) = (per_payment_fils, allowance.value_fils)
        && value <= individual
    {
        return wrong(
            "MaximumCumulativeValueOfPaymentsPerPeriod",
            Rule::PeriodValueAboveIndividual,
        );
    }
    let mut limits = Limits {
        per_payment_fils,
        lifetime: Allowance {
            value_fils: fils(
                multi.maximum_cumulative_value_of_payments.as_ref(),
                "MaximumCumulativeValueOfPayments",
            )?,
            count: above_zero(
                multi.maximum_cumulative_number_of_payments,
                "MaximumCumulativeNumberOfPayments",
            )?,
        },
        ..Limits::default()
    };
    match schedule.period_type {
        PeriodType::Day => limits.day = allowance,
        PeriodType::Week => limits.week = allowance,
        PeriodType::Month => limits.month = allowance,
        PeriodType::Year => limits.year = allowance,
    }
    Ok(Bounds {
        limits,
        from_on: schedule.period_start_date.clone(),
        until_on: until_on.to_owned(),
    })
}

/// The one period that is limited; a mandate without any counts by calendar months, of which it has no limit.
fn only_period(limits: &Limits) -> Result<(PeriodType, Allowance, &'static str), NotExpressible> {
    let mut found = None;
    for (kind, allowance, name) in [
        (PeriodType::Day, limits.day, "day"),
        (PeriodType::Week, limits.week, "week"),
        (PeriodType::Month, limits.month, "month"),
        (PeriodType::Year, limits.year, "year"),
    ] {
        if allowance.is_none() {
            continue;
        }
        if found.is_some() {
            return Err(NotExpressible::new(format!("limits.{name}"), Rule::OnePeriodType));
        }
        found = Some((kind, allowance, name));
    }
    Ok(found.unwrap_or((PeriodType::Month, Allowance::default(), "month")))
}

fn amount(fils: Option<i64>, field: &str) -> Result<Option<Amount>, NotExpressible> {
    fils.map(|fils| {
        Amount::of_fils(fils)
            .filter(|_| fils > 0)
            .ok_or_else(|| NotExpressible::new(field, Rule::AmountPattern))
    })
    .transpose()
}

fn fils(amount: Option<&Amount>, field: &str) -> Result<Option<i64>, NotExpressible> {
    amount
        .map(|amount| {
            amount
                .fils()
                .filter(|fils| *fils > 0)
                .ok_or_else(|| NotExpressible::new(field, Rule::AmountPattern))
        })
        .transpose()
}

fn count(count: Option<i64>, field: &str) -> Result<Option<u32>, NotExpressible> {
    let number = count
        .map(|count| u32::try_from(count).map_err(|_| NotExpressible::new(field, Rule::CountAboveZero)))
        .transpose()?;
    above_zero(number, field).map(|_| number)
}

fn above_zero(count: Option<u32>, field: &str) -> Result<Option<i64>, NotExpressible> {
    if count == Some(0) {
        return Err(NotExpressible::new(field, Rule::CountAboveZero));
    }
    Ok(count.map(i64::from))
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let hex = |group: &&str| group.bytes().all(|byte| byte.is_ascii_hexdigit());
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12]) && groups.iter().all(hex)
}

fn is_purpose_code(text: &str) -> bool {
    text.len() == 3
        && text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

fn is_compact_jwe(text: &str) -> bool {
    let part = |part: &str| {
        part.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    let mut parts = text.split('.');
    parts.clone().count() == 5 && parts.clone().all(part) && parts.next().is_some_and(|header| !header.is_empty())
}

fn date(text: &str, field: &str) -> Result<Date, NotExpressible> {
    let shape = || NotExpressible::new(field, Rule::DateShape);
    let bytes = text.as_bytes();
    let is_date = bytes.len() == 10
        && bytes.iter().enumerate().all(|(index, byte)| match index {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if !is_date {
        return Err(shape());
    }
    text.parse().map_err(|_| shape())
}

#[cfg(test)]
mod tests;
