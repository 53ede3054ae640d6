//! From what a person, a file or the wire says to a mandate that can't be wrong.

use super::{
    ABOVE_USUAL_PERCENT_MAX, Allowance, AskFirst, DAYS_BEFORE_DUE_MAX, Limits, Mandate, Period, Schedule, Scope,
    ScopeEntry, Standing, Terms, TopUpFloor, Weekend, When, schedule::next_day_of_month,
};
use crate::{
    AccountId, AgencyId, BillKind, Directory, DubaiDate, Fils, Instrument, InstrumentId, Invalid, InvalidReason,
    MandateId, Timestamp,
};

/// The last place in the order of priority.
pub const PRIORITY_MAX: u8 = 100;

/// A mandate as it was entered: every field may be wrong. Money is in fils, days are `YYYY-MM-DD` in Dubai.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Its name, chosen by the device.
    pub mandate_id: String,
    /// From 1.
    pub version: i64,
    /// When the person agrees.
    pub agreed_at: Timestamp,
    /// Which bills; `None` for all.
    pub scope: Option<Vec<ScopeEntryDraft>>,
    /// With what.
    pub instrument_id: String,
    /// With what instead, once that has expired.
    pub fallback_instrument_id: Option<String>,
    /// When.
    pub when: WhenDraft,
    /// What becomes of a day on a weekend.
    pub weekend: Weekend,
    /// How much and how often.
    pub limits: LimitsDraft,
    /// Ask above this.
    pub ask_above_fils: Option<i64>,
    /// Ask when so many per cent above the usual.
    pub ask_above_usual_percent: Option<i64>,
    /// When prepaid accounts are topped up.
    pub top_up: Option<TopUpDraft>,
    /// 1 comes first.
    pub priority: i64,
    /// The first day.
    pub from_on: String,
    /// The last day.
    pub until_on: String,
}

/// An entry of the scope as it was entered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScopeEntryDraft {
    /// The agency.
    pub agency_id: Option<String>,
    /// Its account.
    pub account_id: Option<String>,
    /// The shape.
    pub kind: Option<BillKind>,
}

/// When, as it was entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenDraft {
    /// When it is issued.
    OnIssue,
    /// Days before it is due.
    BeforeDue {
        /// How many.
        days: i64,
    },
    /// When it is due.
    OnDue,
    /// On a day of the month.
    DayOfMonth {
        /// Which.
        day: i64,
    },
}

/// Limits as they were entered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LimitsDraft {
    /// For one bill.
    pub per_payment_fils: Option<i64>,
    /// By period, in the order of [`Period::ALL`].
    pub periods: [AllowanceDraft; 5],
}

/// A limit of a period as it was entered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AllowanceDraft {
    /// The most money.
    pub value_fils: Option<i64>,
    /// The most payments.
    pub count: Option<i64>,
}

/// The floor of prepaid accounts as it was entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopUpDraft {
    /// Below this it is low.
    pub below_fils: i64,
    /// What is added.
    pub add_fils: i64,
}

/// What is known when a mandate is agreed to.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The linked agencies.
    pub directory: &'a Directory,
    /// The person's instruments.
    pub instruments: &'a [Instrument],
}

impl Draft {
    /// Checks everything that can be checked of a new mandate, before it is signed, stored or sent: what [`Draft::parse`] does,
    /// that the agencies are linked, and that the instruments are the person's and can be used on its first day.
    ///
    /// # Errors
    /// [`Invalid`] naming the field.
    pub fn check(self, known: &Known<'_>) -> Result<Mandate, Invalid> {
        let mandate = self.parse()?;
        mandate.check_against(known)?;
        Ok(mandate)
    }

    /// Checks what follows from the draft itself; it holds also for one that was signed long ago, whose card has since expired.
    ///
    /// # Errors
    /// [`Invalid`] naming the field: for what is malformed, zero, negative or beyond the bounds; limits that contradict each
    /// other; an end before the beginning or a year or more after the agreement; days that never come.
    pub fn parse(self) -> Result<Mandate, Invalid> {
        let scope = match self.scope {
            None => Scope::All,
            Some(entries) => Scope::Chosen(
                entries
                    .into_iter()
                    .enumerate()
                    .map(|(index, entry)| entry.parse().map_err(|e| e.within(format_args!("scope[{index}]"))))
                    .collect::<Result<_, _>>()?,
            ),
        };
        let instrument = InstrumentId::parse(self.instrument_id)?;
        let fallback = self
            .fallback_instrument_id
            .map(|id| InstrumentId::parse(id).map_err(|e| Invalid::new("fallback_instrument_id", e.reason)))
            .transpose()?;
        if fallback.as_ref() == Some(&instrument) {
            return Err(Invalid::new("fallback_instrument_id", InvalidReason::Twice));
        }
        let terms = Terms {
            id: MandateId::parse(self.mandate_id)?,
            version: number(self.version, u32::MAX, "version")?,
            agreed_at: self.agreed_at,
            scope: scope.checked()?,
            instrument,
            fallback,
            schedule: Schedule {
                when: self.when.parse()?,
                weekend: self.weekend,
            },
            limits: self.limits.parse()?,
            ask_first: AskFirst {
                above: money(self.ask_above_fils, "ask_first.above_fils")?,
                above_usual_percent: self
                    .ask_above_usual_percent
                    .map(|percent| number(percent, ABOVE_USUAL_PERCENT_MAX, "ask_first.above_usual_percent"))
                    .transpose()?,
            },
            top_up: self.top_up.map(TopUpDraft::parse).transpose()?,
            priority: number(self.priority, PRIORITY_MAX, "priority")?,
            from: day(&self.from_on, "from_on")?,
            until: day(&self.until_on, "until_on")?,
        };
        check_together(&terms)?;
        Ok(Mandate {
            terms,
            standing: Standing::Active,
        })
    }
}

/// What concerns several fields at once.
fn check_together(terms: &Terms) -> Result<(), Invalid> {
    let agreed_on = DubaiDate::at(terms.agreed_at);
    if terms.until < terms.from {
        return Err(Invalid::new("until_on", InvalidReason::Inconsistent));
    }
    if terms.until < agreed_on {
        return Err(Invalid::new("until_on", InvalidReason::TooSmall));
    }
    // UAE Open Finance v2.1: a consent expires less than one year after it was given.
    if terms.until >= agreed_on.plus_months(12) {
        return Err(Invalid::new("until_on", InvalidReason::TooLarge));
    }
    if let When::DayOfMonth { day } = terms.schedule.when
        && next_day_of_month(terms.from.max(agreed_on), day) > terms.until
    {
        return Err(Invalid::new("schedule.day", InvalidReason::NeverComes));
    }
    let limits = &terms.limits;
    let first_value = limits
        .per_payment
        .into_iter()
        .chain(limits.periods.iter().filter_map(|allowance| allowance.value))
        .min();
    if let (Some(above), Some(limit)) = (terms.ask_first.above, first_value)
        && above >= limit
    {
        // No bill could ever be asked about: what is above it is above the limit.
        return Err(Invalid::new("ask_first.above_fils", InvalidReason::Inconsistent));
    }
    let Some(floor) = terms.top_up else {
        let only_top_ups = match &terms.scope {
            Scope::All => false,
            Scope::Chosen(entries) => entries.iter().all(|entry| entry.kind == Some(BillKind::TopUp)),
        };
        // Without a floor it would never pay anything.
        return if only_top_ups {
            Err(Invalid::new("top_up", InvalidReason::Empty))
        } else {
            Ok(())
        };
    };
    if first_value.is_some_and(|limit| floor.add > limit) {
        return Err(Invalid::new("top_up.add_fils", InvalidReason::Inconsistent));
    }
    let covers_top_ups = match &terms.scope {
        Scope::All => true,
        Scope::Chosen(entries) => entries
            .iter()
            .any(|entry| entry.kind.is_none_or(|kind| kind == BillKind::TopUp)),
    };
    if covers_top_ups {
        Ok(())
    } else {
        Err(Invalid::new("top_up", InvalidReason::NeverComes))
    }
}

impl Mandate {
    /// Checks that what it names is there: agencies in the directory that take payments, and instruments that can be used on its
    /// first day.
    ///
    /// # Errors
    /// [`Invalid`] naming the field.
    pub fn check_against(&self, known: &Known<'_>) -> Result<(), Invalid> {
        let terms = self.terms();
        if let Scope::Chosen(entries) = &terms.scope {
            for (index, entry) in entries.iter().enumerate() {
                let wrong = |reason| Err(Invalid::new(format!("scope[{index}].agency_id"), reason));
                match entry.agency.as_ref().map(|id| known.directory.agency(id)) {
                    Some(None) => return wrong(InvalidReason::NotKnown),
                    Some(Some(agency)) if !agency.takes_payments => return wrong(InvalidReason::Unsupported),
                    _ => {}
                }
            }
        }
        let first_day = terms.from.max(DubaiDate::at(terms.agreed_at));
        let fallback = terms.fallback.as_ref().map(|id| (id, "fallback_instrument_id"));
        for (id, field) in [(&terms.instrument, "instrument_id")].into_iter().chain(fallback) {
            match known.instruments.iter().find(|instrument| instrument.id == *id) {
                None => return Err(Invalid::new(field, InvalidReason::NotKnown)),
                Some(instrument) if !instrument.is_usable(first_day) => {
                    return Err(Invalid::new(field, InvalidReason::Expired));
                }
                Some(_) => {}
            }
        }
        Ok(())
    }
}

impl ScopeEntryDraft {
    fn parse(self) -> Result<ScopeEntry, Invalid> {
        Ok(ScopeEntry {
            agency: self.agency_id.map(AgencyId::parse).transpose()?,
            account: self.account_id.map(AccountId::parse).transpose()?,
            kind: self.kind,
        })
    }
}

impl WhenDraft {
    fn parse(self) -> Result<When, Invalid> {
        Ok(match self {
            Self::OnIssue => When::OnIssue,
            Self::OnDue => When::OnDue,
            Self::BeforeDue { days } => When::BeforeDue {
                days: number(days, DAYS_BEFORE_DUE_MAX, "schedule.days")?,
            },
            Self::DayOfMonth { day } => When::DayOfMonth {
                day: number(day, 31, "schedule.day")?,
            },
        })
    }
}

impl LimitsDraft {
    fn parse(self) -> Result<Limits, Invalid> {
        let mut limits = Limits {
            per_payment: money(self.per_payment_fils, "limits.per_payment_fils")?,
            periods: [Allowance::default(); 5],
        };
        for period in Period::ALL {
            let AllowanceDraft { value_fils, count } = self.periods[period as usize];
            let field = |what: &str| format!("limits.{}.{what}", period.code());
            limits.periods[period as usize] = Allowance {
                value: money(value_fils, &field("value_fils"))?,
                count: count
                    .map(|count| number(count, u32::MAX, &field("count")))
                    .transpose()?,
            };
        }
        limits.checked()
    }
}

impl TopUpDraft {
    fn parse(self) -> Result<TopUpFloor, Invalid> {
        let owed = |fils, field: &str| Fils::owed(fils).map_err(|e| Invalid::new(field, e.reason));
        Ok(TopUpFloor {
            below: owed(self.below_fils, "top_up.below_fils")?,
            add: owed(self.add_fils, "top_up.add_fils")?,
        })
    }
}

fn money(fils: Option<i64>, field: &str) -> Result<Option<Fils>, Invalid> {
    fils.map(|fils| Fils::owed(fils).map_err(|e| Invalid::new(field, e.reason)))
        .transpose()
}

/// A number from 1 up to `max`.
fn number<T: TryFrom<i64> + Copy>(value: i64, max: T, field: &str) -> Result<T, Invalid>
where
    i64: From<T>,
{
    if value < 1 {
        return Err(Invalid::new(field, InvalidReason::TooSmall));
    }
    let too_large = || Invalid::new(field, InvalidReason::TooLarge);
    if value > i64::from(max) {
        return Err(too_large());
    }
    T::try_from(value).map_err(|_| too_large())
}

fn day(text: &str, field: &str) -> Result<DubaiDate, Invalid> {
    DubaiDate::parse(text).map_err(|e| Invalid::new(field, e.reason))
}

/// The terms as a draft again, for a form that changes them or for the wire.
impl From<&Terms> for Draft {
    fn from(terms: &Terms) -> Self {
        let fils = |amount: Option<Fils>| amount.map(Fils::get);
        Self {
            mandate_id: terms.id.as_str().to_owned(),
            version: i64::from(terms.version),
            agreed_at: terms.agreed_at,
            scope: match &terms.scope {
                Scope::All => None,
                Scope::Chosen(entries) => Some(
                    entries
                        .iter()
                        .map(|entry| ScopeEntryDraft {
                            agency_id: entry.agency.as_ref().map(|id| id.as_str().to_owned()),
                            account_id: entry.account.as_ref().map(|id| id.as_str().to_owned()),
                            kind: entry.kind,
                        })
                        .collect(),
                ),
            },
            instrument_id: terms.instrument.as_str().to_owned(),
            fallback_instrument_id: terms.fallback.as_ref().map(|id| id.as_str().to_owned()),
            when: match terms.schedule.when {
                When::OnIssue => WhenDraft::OnIssue,
                When::OnDue => WhenDraft::OnDue,
                When::BeforeDue { days } => WhenDraft::BeforeDue { days: i64::from(days) },
                When::DayOfMonth { day } => WhenDraft::DayOfMonth { day: i64::from(day) },
            },
            weekend: terms.schedule.weekend,
            limits: LimitsDraft {
                per_payment_fils: fils(terms.limits.per_payment),
                periods: terms.limits.periods.map(|allowance| AllowanceDraft {
                    value_fils: fils(allowance.value),
                    count: allowance.count.map(i64::from),
                }),
            },
            ask_above_fils: fils(terms.ask_first.above),
            ask_above_usual_percent: terms.ask_first.above_usual_percent.map(i64::from),
            top_up: terms.top_up.map(|floor| TopUpDraft {
                below_fils: floor.below.get(),
                add_fils: floor.add.get(),
            }),
            priority: i64::from(terms.priority),
            from_on: terms.from.to_string(),
            until_on: terms.until.to_string(),
        }
    }
}
