//! Mandates before they are signed.

use super::ForeseenBill;
use crate::{
    bills::BillKind,
    values::{Bilingual, DubaiDate, Money, count},
};
use rabt::domain::{
    Invalid,
    mandate::{self, AllowanceDraft, LimitsDraft, Period, ScopeEntryDraft, TopUpDraft, WhenDraft},
};

/// A mandate as a form enters it; whatever is wrong with it is refused with the field, before anything is stored or sent. With nothing but an
/// instrument given it pays all bills, three days before they are due and before a weekend rather than on it, with no limit.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct MandateDraft {
    /// With what bills are paid.
    pub instrument_id: String,
    /// The mandate whose next version it is; a new one where none is given.
    #[uniffi(default = None)]
    pub mandate_id: Option<String>,
    /// Which bills; all of the person's where none is given, also of agencies that join later.
    #[uniffi(default = None)]
    pub scope: Option<Vec<MandateScope>>,
    /// With what they are paid once the first has expired, and in no other case.
    #[uniffi(default = None)]
    pub fallback_instrument_id: Option<String>,
    /// When they are paid; three days before they are due where nothing is given.
    #[uniffi(default = None)]
    pub pay: Option<PayDay>,
    /// What becomes of a Saturday or Sunday; the Friday before where nothing is given.
    #[uniffi(default = None)]
    pub weekend: Option<WeekendRule>,
    /// How much and how often at most; without limit where none is given.
    #[uniffi(default = None)]
    pub limits: Option<MandateLimits>,
    /// The person is asked before more than this is paid.
    #[uniffi(default = None)]
    pub ask_above: Option<Money>,
    /// The person is asked before a utility bill is paid that is more than so many per cent above its usual, 1 to 1,000.
    #[uniffi(default = None)]
    pub ask_above_usual_percent: Option<i32>,
    /// When prepaid accounts are topped up; never where nothing is given.
    #[uniffi(default = None)]
    pub top_up: Option<TopUpFloor>,
    /// What comes first when money or a limit is short: 1 before 2, up to 100.
    #[uniffi(default = 1)]
    pub priority: i32,
    /// The first day on which it pays; today where none is given.
    #[uniffi(default = None)]
    pub from_on: Option<DubaiDate>,
    /// The last day, less than a year from today; the latest that is allowed where none is given.
    #[uniffi(default = None)]
    pub until_on: Option<DubaiDate>,
}

/// Covers a bill that has everything which it names; it names something, and an account with its agency.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct MandateScope {
    /// The agency; any where none is given.
    #[uniffi(default = None)]
    pub agency_id: Option<String>,
    /// Its account; any where none is given.
    #[uniffi(default = None)]
    pub account_id: Option<String>,
    /// The shape of the bill; any where none is given.
    #[uniffi(default = None)]
    pub kind: Option<BillKind>,
}

/// The day on which a bill is paid. Whatever it is, a bill is never paid after it is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum PayDay {
    /// When it is issued.
    OnIssue,
    /// Before it is due.
    BeforeDue {
        /// So many days, 1 to 60.
        days: i32,
    },
    /// On the last day.
    OnDue,
    /// On a day of the month.
    DayOfMonth {
        /// Which, 1 to 31; the last of a shorter month.
        day: i32,
    },
}

/// What becomes of a day that is a Saturday or Sunday.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum WeekendRule {
    /// It stays.
    Keep,
    /// The Friday before.
    Before,
    /// The Monday after, if the bill isn't late then.
    After,
}

/// How much and how often a mandate pays at most; what isn't given isn't limited.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct MandateLimits {
    /// For one bill; exactly so much is within it.
    #[uniffi(default = None)]
    pub per_payment: Option<Money>,
    /// From midnight to midnight in Dubai.
    #[uniffi(default = None)]
    pub day: Option<Allowance>,
    /// From Monday to Sunday.
    #[uniffi(default = None)]
    pub week: Option<Allowance>,
    /// A calendar month.
    #[uniffi(default = None)]
    pub month: Option<Allowance>,
    /// A calendar year.
    #[uniffi(default = None)]
    pub year: Option<Allowance>,
    /// Over all versions of the mandate.
    #[uniffi(default = None)]
    pub lifetime: Option<Allowance>,
}

/// What may be paid within a time.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Allowance {
    /// The most money.
    #[uniffi(default = None)]
    pub value: Option<Money>,
    /// The most payments.
    #[uniffi(default = None)]
    pub count: Option<i32>,
}

/// When a prepaid account is topped up, and by how much.
#[derive(Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct TopUpFloor {
    /// A balance below this is low.
    pub below: Money,
    /// What is added then.
    pub add: Money,
}

/// A draft that may be signed.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct DraftedMandate {
    /// What it means, a sentence each: which bills, when, with which limits, when it asks, until when.
    pub summary: Vec<Bilingual>,
    /// What the person should think of, a sentence each; it is allowed all the same.
    pub warnings: Vec<Bilingual>,
    /// Whether the bank's consent is needed as well, since the instrument is an account.
    pub needs_consent: bool,
}

/// What a draft would have done over the last twelve months, and will over the coming two.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct MandatePreview {
    /// Each bill that it is for, by day.
    pub bills: Vec<ForeseenBill>,
    /// How many it would have paid.
    pub paid: i32,
    /// How much that is.
    pub paid_total: Money,
    /// How many it would have held.
    pub held: i32,
    /// About how many it would have asked.
    pub asked: i32,
    /// How many it would have passed over.
    pub skipped: i32,
}

/// A mandate that would have paid every bill of the last twelve months on time.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct MandateSuggestion {
    /// To be shown, changed and signed.
    pub draft: MandateDraft,
    /// What it means, and what to think of.
    pub drafted: DraftedMandate,
    /// What it would have done.
    pub preview: MandatePreview,
}

impl MandateDraft {
    pub(super) fn check(self) -> Result<rabt::MandateDraft, Invalid> {
        let fils = |amount: Option<Money>| amount.map(|amount| amount.0);
        let day = |day: Option<DubaiDate>, field: &str| {
            day.map(|day| day.check(field).map(|day| day.to_string())).transpose()
        };
        let usual = rabt::MandateDraft::new(self.instrument_id);
        Ok(rabt::MandateDraft {
            mandate_id: self.mandate_id,
            scope: self
                .scope
                .map(|entries| entries.into_iter().map(ScopeEntryDraft::from).collect()),
            fallback_instrument_id: self.fallback_instrument_id,
            when: self.pay.map_or(usual.when, WhenDraft::from),
            weekend: self.weekend.map_or(usual.weekend, mandate::Weekend::from),
            limits: self.limits.map(LimitsDraft::from).unwrap_or_default(),
            ask_above_fils: fils(self.ask_above),
            ask_above_usual_percent: self.ask_above_usual_percent.map(i64::from),
            top_up: self.top_up.map(|floor| TopUpDraft {
                below_fils: floor.below.0,
                add_fils: floor.add.0,
            }),
            priority: i64::from(self.priority),
            from_on: day(self.from_on, "from_on")?,
            until_on: day(self.until_on, "until_on")?,
            ..usual
        })
    }
}

impl From<rabt::MandateDraft> for MandateDraft {
    fn from(draft: rabt::MandateDraft) -> Self {
        let day = |text: Option<String>| {
            let day = text.and_then(|text| rabt::domain::DubaiDate::parse(&text).ok());
            day.map(DubaiDate::from)
        };
        Self {
            instrument_id: draft.instrument_id,
            mandate_id: draft.mandate_id,
            scope: draft
                .scope
                .map(|entries| entries.into_iter().map(MandateScope::from).collect()),
            fallback_instrument_id: draft.fallback_instrument_id,
            pay: Some(draft.when.into()),
            weekend: Some(draft.weekend.into()),
            limits: Some(draft.limits.into()),
            ask_above: draft.ask_above_fils.map(Money),
            ask_above_usual_percent: draft.ask_above_usual_percent.map(count),
            top_up: draft.top_up.map(|floor| TopUpFloor {
                below: Money(floor.below_fils),
                add: Money(floor.add_fils),
            }),
            priority: count(draft.priority),
            from_on: day(draft.from_on),
            until_on: day(draft.until_on),
        }
    }
}

impl From<MandateScope> for ScopeEntryDraft {
    fn from(scope: MandateScope) -> Self {
        Self {
            agency_id: scope.agency_id,
            account_id: scope.account_id,
            kind: scope.kind.map(Into::into),
        }
    }
}

impl From<ScopeEntryDraft> for MandateScope {
    fn from(entry: ScopeEntryDraft) -> Self {
        Self {
            agency_id: entry.agency_id,
            account_id: entry.account_id,
            kind: entry.kind.map(Into::into),
        }
    }
}

impl From<PayDay> for WhenDraft {
    fn from(day: PayDay) -> Self {
        match day {
            PayDay::OnIssue => Self::OnIssue,
            PayDay::BeforeDue { days } => Self::BeforeDue { days: i64::from(days) },
            PayDay::OnDue => Self::OnDue,
            PayDay::DayOfMonth { day } => Self::DayOfMonth { day: i64::from(day) },
        }
    }
}

impl From<WhenDraft> for PayDay {
    fn from(when: WhenDraft) -> Self {
        match when {
            WhenDraft::OnIssue => Self::OnIssue,
            WhenDraft::BeforeDue { days } => Self::BeforeDue { days: count(days) },
            WhenDraft::OnDue => Self::OnDue,
            WhenDraft::DayOfMonth { day } => Self::DayOfMonth { day: count(day) },
        }
    }
}

impl From<WeekendRule> for mandate::Weekend {
    fn from(rule: WeekendRule) -> Self {
        match rule {
            WeekendRule::Keep => Self::Keep,
            WeekendRule::Before => Self::Before,
            WeekendRule::After => Self::After,
        }
    }
}

impl From<mandate::Weekend> for WeekendRule {
    fn from(weekend: mandate::Weekend) -> Self {
        match weekend {
            mandate::Weekend::Keep => Self::Keep,
            mandate::Weekend::Before => Self::Before,
            mandate::Weekend::After => Self::After,
        }
    }
}

impl From<MandateLimits> for LimitsDraft {
    fn from(limits: MandateLimits) -> Self {
        let allowance = |allowance: Option<Allowance>| {
            allowance.map_or_else(AllowanceDraft::default, |allowance| AllowanceDraft {
                value_fils: allowance.value.map(|value| value.0),
                count: allowance.count.map(i64::from),
            })
        };
        let mut periods = [AllowanceDraft::default(); 5];
        periods[Period::Day as usize] = allowance(limits.day);
        periods[Period::Week as usize] = allowance(limits.week);
        periods[Period::Month as usize] = allowance(limits.month);
        periods[Period::Year as usize] = allowance(limits.year);
        periods[Period::Lifetime as usize] = allowance(limits.lifetime);
        Self {
            per_payment_fils: limits.per_payment.map(|amount| amount.0),
            periods,
        }
    }
}

impl From<LimitsDraft> for MandateLimits {
    fn from(limits: LimitsDraft) -> Self {
        let allowance = |period: Period| {
            let AllowanceDraft { value_fils, count } = limits.periods[period as usize];
            (value_fils.is_some() || count.is_some()).then(|| Allowance {
                value: value_fils.map(Money),
                count: count.map(crate::values::count),
            })
        };
        Self {
            per_payment: limits.per_payment_fils.map(Money),
            day: allowance(Period::Day),
            week: allowance(Period::Week),
            month: allowance(Period::Month),
            year: allowance(Period::Year),
            lifetime: allowance(Period::Lifetime),
        }
    }
}

impl From<rabt::Drafted> for DraftedMandate {
    fn from(drafted: rabt::Drafted) -> Self {
        Self {
            summary: drafted.summary.into_iter().map(Bilingual::from).collect(),
            warnings: drafted
                .warnings
                .into_iter()
                .map(|(_, sentence)| sentence.into())
                .collect(),
            needs_consent: drafted.needs_consent,
        }
    }
}

impl From<rabt::Preview> for MandatePreview {
    fn from(preview: rabt::Preview) -> Self {
        Self {
            bills: preview.bills.into_iter().map(ForeseenBill::from).collect(),
            paid: count(preview.paid),
            paid_total: preview.paid_total.into(),
            held: count(preview.held),
            asked: count(preview.asked),
            skipped: count(preview.skipped),
        }
    }
}

impl From<rabt::Suggestion> for MandateSuggestion {
    fn from(suggestion: rabt::Suggestion) -> Self {
        Self {
            draft: suggestion.draft.into(),
            drafted: suggestion.drafted.into(),
            preview: suggestion.preview.into(),
        }
    }
}
