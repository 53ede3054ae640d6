//! What becomes of each bill.

mod claim;
mod funds;
mod usage;

pub use claim::deciding_mandate;
pub(super) use usage::{Used, Windows};

use super::{
    Answer, BillView, Cycle, Failure, History, InstrumentView, Mandate, Outcome, Progress, Rule, Standing, TopUpFloor,
    Usual, Verdict, history::last_answer, is_above_usual, usual,
};
use crate::{BillKind, BillStatus, DubaiDate, Fils, InstrumentId, Language, Timestamp, id::Act};
use claim::claims;
use funds::Funds;

/// A bill is paid only on what its agency said within so many seconds: the minute in which it was fetched.
pub const STALE_AFTER_SECONDS: i64 = 60;
/// An agency that hasn't answered for a day is taken to be down, and the person is told of what is due soon.
const DOWN_AFTER_SECONDS: i64 = 24 * 60 * 60;
/// How often a mandate tries to pay a bill that fails, once a day.
pub const ATTEMPTS_MAX: u8 = 4;
/// A hold that may pass by itself is told to the person so many days before the bill is due: a weekend and a working day.
pub const TELL_DAYS_BEFORE_DUE: i32 = 3;

/// All that a decision depends on.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// The person's mandates. Of several versions of one, only the highest counts.
    pub mandates: &'a [Mandate],
    /// The person's bills. Of several views of one, only the newest revision counts, and of that the freshest.
    pub bills: &'a [BillView],
    /// What has happened.
    pub history: &'a History,
    /// The person's instruments.
    pub instruments: &'a [InstrumentView],
    /// The present instant.
    pub now: Timestamp,
}

/// What becomes of a bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision<'a> {
    /// Which bill, as it was seen.
    pub bill: &'a BillView,
    /// The mandate that decided; `None` where none is for it.
    pub mandate: Option<&'a Mandate>,
    /// Why.
    pub rule: Rule,
    /// What is paid; for [`Outcome::Pay`] and for nothing else.
    pub payment: Option<ToPay<'a>>,
    /// Whether the person is told now.
    pub tell: bool,
}

/// A payment that is to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ToPay<'a> {
    /// How much.
    pub amount: Fils,
    /// With what.
    pub instrument: &'a InstrumentId,
    /// Which time.
    pub cycle: Cycle,
}

impl<'a> Decision<'a> {
    /// Paid, skipped, held or asked.
    pub fn outcome(&self) -> Outcome {
        self.rule.outcome()
    }

    /// What to tell the person.
    pub fn sentence(&self, language: Language) -> String {
        self.rule.sentence(language)
    }

    /// The act, from which follows the idempotency key of the payment.
    pub fn act(&self) -> Option<Act<'a>> {
        Some(Act::PayByMandate {
            mandate: self.mandate?.id(),
            bill: &self.bill.key,
            cycle: self.payment?.cycle,
        })
    }
}

/// Decides about each bill once, by exactly one mandate. The decisions come in the order in which money and limits are given
/// out: by the mandate's priority, then by the due day, then by the bill's name; bills without a mandate come last.
///
/// The same situation gives the same decisions, whatever the order of its lists. Nothing is kept: what was decided takes effect
/// when it comes back as [`History`].
pub fn decide<'a>(situation: &Situation<'a>) -> Vec<Decision<'a>> {
    let now = situation.now;
    let today = DubaiDate::at(now);
    let windows = Windows::at(today);
    let mut used: Vec<Option<Used>> = vec![None; situation.mandates.len()];
    let mut funds = Funds::of(situation.instruments);
    let latest = situation
        .history
        .payments
        .iter()
        .map(|payment| payment.decided_at)
        .max();
    let mut topped_up: Vec<&BillView> = Vec::new();

    claims(situation, today)
        .into_iter()
        .map(|(bill, by)| {
            let Some(index) = by else {
                return Decision {
                    bill,
                    mandate: None,
                    rule: Rule::NoMandate,
                    payment: None,
                    tell: false,
                };
            };
            let mandate = &situation.mandates[index];
            let used = used[index].get_or_insert_with(|| Used::of(mandate, &situation.history.payments, &windows));
            let weighing = Weighing {
                mandate,
                bill,
                history: situation.history,
                now,
                today,
                latest,
            };
            let same_account = |other: &&BillView| {
                bill.kind == BillKind::TopUp && other.account == bill.account && other.key.agency == bill.key.agency
            };
            let weighed = if topped_up.iter().any(same_account) {
                Err(Rule::ToppedUpToday)
            } else {
                weighing.weigh(used, &funds)
            };
            match weighed {
                Ok((rule, payment)) => {
                    used.add(payment.amount);
                    funds.take(payment.instrument, payment.amount);
                    if bill.kind == BillKind::TopUp {
                        topped_up.push(bill);
                    }
                    Decision {
                        bill,
                        mandate: Some(mandate),
                        rule,
                        payment: Some(payment),
                        tell: false,
                    }
                }
                Err(rule) => Decision {
                    bill,
                    mandate: Some(mandate),
                    rule,
                    payment: None,
                    tell: rule.needs_the_person()
                        || (rule.outcome() == Outcome::Hold && bill.due_on.days_since(today) <= TELL_DAYS_BEFORE_DUE),
                },
            }
        })
        .collect()
}

/// A bill before its mandate.
struct Weighing<'a> {
    mandate: &'a Mandate,
    bill: &'a BillView,
    history: &'a History,
    now: Timestamp,
    today: DubaiDate,
    /// When the latest payment was decided.
    latest: Option<Timestamp>,
}

/// The rule that lets a bill be paid, and the payment; or the rule that doesn't.
type Weighed<T> = Result<T, Rule>;

impl<'a> Weighing<'a> {
    /// The rules, in the order in which they are asked: the first that objects decides.
    fn weigh(&self, used: &Used, funds: &Funds<'_>) -> Weighed<(Rule, ToPay<'a>)> {
        self.can_be_paid()?;
        self.is_not_paid_yet()?;
        self.is_not_paused()?;
        let answer = last_answer(&self.history.answers, self.mandate.id(), &self.bill.key);
        self.clock_is_right(answer)?;
        let approved = approval(answer)?;
        let (rule, amount) = match self.bill.kind {
            BillKind::TopUp => self.top_up()?,
            _ => self.day_has_come(approved)?,
        };
        if !self.bill.takes(amount) {
            return Err(Rule::AmountNotTaken { amount });
        }
        let rule = match approved {
            Some(up_to) if amount > up_to => return Err(Rule::GrewPastApproval { amount, up_to }),
            Some(up_to) => Rule::Approved { up_to },
            None => {
                used.within(&self.mandate.terms().limits, amount, self.today)?;
                self.needs_no_question(amount)?;
                rule
            }
        };
        let cycle = self.next_attempt()?;
        let instrument = funds.choose(self.mandate.terms(), amount, self.today)?;
        Ok((
            rule,
            ToPay {
                amount,
                instrument,
                cycle,
            },
        ))
    }

    fn can_be_paid(&self) -> Weighed<()> {
        match self.bill.status {
            _ if self.bill.kind == BillKind::Unknown => Err(Rule::NotUnderstood),
            BillStatus::Open => Ok(()),
            BillStatus::Paid => Err(Rule::Paid),
            BillStatus::PaidElsewhere => Err(Rule::PaidElsewhere),
            BillStatus::Withdrawn => Err(Rule::Withdrawn),
            BillStatus::Vanished => Err(Rule::Vanished),
            BillStatus::Unknown => Err(Rule::NotUnderstood),
        }
    }

    /// Also a payment by hand, or by another mandate, pays the bill. Of several, one that is under way decides.
    fn is_not_paid_yet(&self) -> Weighed<()> {
        let is_top_up = self.bill.kind == BillKind::TopUp;
        let mut settled = None;
        for payment in self.history.payments.iter().filter(|payment| payment.counts()) {
            // Money that isn't on the balance yet is no reason to add more.
            let is_of_account = || {
                payment.by.is_some()
                    && payment.account == self.bill.account
                    && payment.bill.agency == self.bill.key.agency
            };
            if payment.bill != self.bill.key && !(is_top_up && is_of_account()) {
                continue;
            }
            if payment.progress == Progress::InFlight {
                return Err(Rule::BeingPaid);
            }
            if !is_top_up {
                settled = Some(Rule::SettledAlready);
            } else if DubaiDate::at(payment.decided_at) == self.today {
                settled = Some(Rule::ToppedUpToday);
            }
        }
        settled.map_or(Ok(()), Err)
    }

    fn is_not_paused(&self) -> Weighed<()> {
        match self.mandate.standing {
            Standing::Paused { since } => Err(Rule::Paused { since }),
            _ => Ok(()),
        }
    }

    /// On a clock that was set back, limits would be counted anew; so nothing is paid before what has already happened.
    fn clock_is_right(&self, answer: Option<&Answer>) -> Weighed<()> {
        let agreed_at = self.mandate.terms().agreed_at;
        let latest = self
            .latest
            .into_iter()
            .chain(answer.map(|answer| answer.at))
            .fold(agreed_at, Timestamp::max);
        if latest > self.now {
            Err(Rule::ClockBehind { latest })
        } else {
            Ok(())
        }
    }

    fn is_fresh(&self) -> Weighed<()> {
        let age = self.now.millis() - self.bill.fetched_at.millis();
        // What was fetched later than now was fetched by another clock.
        if (0..=STALE_AFTER_SECONDS * 1000).contains(&age) {
            Ok(())
        } else {
            Err(Rule::Stale {
                fetched_at: self.bill.fetched_at,
            })
        }
    }

    /// A bill is paid from the day that is set for it until it is due; after that only with the person's word.
    fn day_has_come(&self, approved: Option<Fils>) -> Weighed<(Rule, Fils)> {
        let pay_on = self
            .mandate
            .terms()
            .schedule
            .pay_on(self.bill.issued_on, self.bill.due_on);
        if self.today < pay_on {
            let is_down = self.now.seconds_since(self.bill.fetched_at) >= DOWN_AFTER_SECONDS;
            return Err(
                if is_down && self.bill.due_on.days_since(self.today) <= TELL_DAYS_BEFORE_DUE {
                    Rule::Stale {
                        fetched_at: self.bill.fetched_at,
                    }
                } else {
                    Rule::NotYet { pay_on }
                },
            );
        }
        self.is_fresh()?;
        if self.today > self.bill.due_on && approved.is_none() {
            return Err(Rule::Overdue {
                due_on: self.bill.due_on,
            });
        }
        Ok((Rule::Due { pay_on }, self.bill.amount))
    }

    fn top_up(&self) -> Weighed<(Rule, Fils)> {
        let TopUpFloor { below, add } = self.mandate.terms().top_up.ok_or(Rule::NoTopUps)?;
        self.is_fresh()?;
        let balance = self.bill.balance.ok_or(Rule::BalanceUnknown)?;
        if balance < below {
            Ok((Rule::BelowFloor { balance, below }, add))
        } else {
            Err(Rule::EnoughBalance { balance, below })
        }
    }

    fn needs_no_question(&self, amount: Fils) -> Weighed<()> {
        let ask = &self.mandate.terms().ask_first;
        if let Some(above) = ask.above
            && amount > above
        {
            return Err(Rule::AboveAmount { amount, above });
        }
        let Some(percent) = ask.above_usual_percent.filter(|_| self.bill.kind == BillKind::Utility) else {
            return Ok(());
        };
        match usual(
            &self.history.paid,
            &self.bill.key.agency,
            &self.bill.account,
            self.bill.kind,
        ) {
            Usual::NotYet { have } => Err(Rule::NoUsualYet { have }),
            Usual::Is { amount: usual, of } if is_above_usual(amount, usual, percent) => Err(Rule::AboveUsual {
                amount,
                usual,
                of,
                percent,
            }),
            Usual::Is { .. } => Ok(()),
        }
    }

    /// The next attempt exists once the one before is known to have failed, and not on the same day, unless the bill had only
    /// become another.
    fn next_attempt(&self) -> Weighed<Cycle> {
        let day = (self.bill.kind == BillKind::TopUp).then_some(self.today);
        let mine = || {
            let payments = self.history.payments.iter();
            payments.filter(|payment| payment.bill == self.bill.key && payment.is_by(self.mandate.id()))
        };
        // A top-up recurs: its failures are counted from the last one that worked.
        let since = mine()
            .filter(|payment| payment.counts())
            .map(|payment| payment.decided_at)
            .max();
        let (mut attempts, mut of_this_day) = (0u8, 0u8);
        let mut retry_on = None;
        for payment in mine() {
            let Progress::Failed { why, .. } = payment.progress else {
                continue;
            };
            let failed_on = DubaiDate::at(payment.decided_at);
            if day.is_none_or(|day| failed_on == day) {
                of_this_day = of_this_day.saturating_add(1);
            }
            if since.is_some_and(|since| payment.decided_at <= since) {
                continue;
            }
            attempts = attempts.saturating_add(1);
            if why != Failure::BillChanged && failed_on >= self.today {
                retry_on = retry_on.max(Some(failed_on.plus_days(1)));
            }
        }
        if attempts >= ATTEMPTS_MAX {
            return Err(Rule::AttemptsUsedUp { attempts });
        }
        if let Some(on) = retry_on {
            return Err(Rule::RetryOn { attempts, on });
        }
        Ok(Cycle {
            day,
            attempt: of_this_day.saturating_add(1),
        })
    }
}

fn approval(answer: Option<&Answer>) -> Weighed<Option<Fils>> {
    match answer.map(|answer| (answer.verdict, answer.at)) {
        None => Ok(None),
        Some((Verdict::Approved { up_to }, _)) => Ok(Some(up_to)),
        Some((Verdict::Declined, at)) => Err(Rule::Declined { at }),
    }
}
