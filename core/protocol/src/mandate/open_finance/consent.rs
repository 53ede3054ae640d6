//! The standard's objects, as far as a mandate needs them, in its words and spelling.

use serde::{Deserialize, Serialize};

/// The type of a service initiation consent within `authorization_details` (RFC 9396).
pub const CONSENT_TYPE: &str = "urn:openfinanceuae:service-initiation-consent:v2.1";

/// An entry of `authorization_details`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthorizationDetails {
    /// [`CONSENT_TYPE`].
    #[serde(rename = "type")]
    pub kind: String,
    /// The consent.
    pub consent: Consent,
}

/// The consent that a person gives to their bank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Consent {
    /// A UUID, chosen by the payment provider.
    pub consent_id: String,
    /// One person authorizes it.
    pub is_single_authorization: bool,
    /// When it ends, less than a year ahead.
    pub expiration_date_time: String,
    /// What may be paid.
    pub control_parameters: ControlParameters,
    /// [`Initiation`](super::Initiation), sealed for the bank.
    pub personal_identifiable_information: String,
    /// Three characters, after the instant payment platform's list.
    pub payment_purpose_code: String,
}

/// What may be paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ControlParameters {
    /// When.
    pub consent_schedule: ConsentSchedule,
}

/// When.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ConsentSchedule {
    /// More than once.
    pub multi_payment: MultiPayment,
}

/// Several payments under one consent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct MultiPayment {
    /// The most money over its lifetime.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum_cumulative_value_of_payments: Option<Amount>,
    /// The most payments over its lifetime.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum_cumulative_number_of_payments: Option<u32>,
    /// What may be paid in each period.
    pub periodic_schedule: PeriodicSchedule,
}

/// The kind of payments and their periods.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PeriodicSchedule {
    /// `VariableOnDemand`.
    #[serde(rename = "Type")]
    pub kind: String,
    /// The period that the controls count by.
    pub period_type: PeriodType,
    /// The day on which the first period begins.
    pub period_start_date: String,
    /// At least one of them.
    pub controls: Controls,
}

/// The period that controls count by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PeriodType {
    /// From midnight.
    Day,
    /// Seven days.
    Week,
    /// A calendar month.
    Month,
    /// A year.
    Year,
}

/// What may be paid in each period.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Controls {
    /// The most for one payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum_individual_amount: Option<Amount>,
    /// The most money in a period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum_cumulative_value_of_payments_per_period: Option<Amount>,
    /// The most payments in a period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum_cumulative_number_of_payments_per_period: Option<u32>,
}

/// An amount: `^\d{1,16}\.\d{2}$` of AED.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Amount {
    /// Dirhams and two decimals.
    pub amount: String,
    /// `AED`.
    pub currency: String,
}

impl Amount {
    /// Fils, written in dirhams; `None` below zero.
    pub fn of_fils(fils: i64) -> Option<Self> {
        let fils = u64::try_from(fils).ok()?;
        let amount = format!("{}.{:02}", fils / 100, fils % 100);
        // Sixteen digits and two: no `i64` of fils has more than seventeen before the point.
        (amount.len() <= 19).then(|| Self {
            amount,
            currency: crate::CURRENCY_AED.to_owned(),
        })
    }

    /// In fils; `None` for what isn't within the pattern, not AED, or doesn't fit.
    pub fn fils(&self) -> Option<i64> {
        let (dirhams, fils) = self.amount.split_once('.')?;
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let fits = (1..=16).contains(&dirhams.len()) && fils.len() == 2 && digits(dirhams) && digits(fils);
        if !fits || self.currency != crate::CURRENCY_AED {
            return None;
        }
        let dirhams: i64 = dirhams.parse().ok()?;
        dirhams.checked_mul(100)?.checked_add(fils.parse().ok()?)
    }
}
