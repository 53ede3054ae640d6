//! The rules once more, written from their words in `docs/autopay.md` and not from the code: slow, and as plain as can be. It has
//! its own calendar, counts each limit by looking at every payment anew, and keeps nothing between two bills but a list of what
//! it has decided to pay.

use rabt_domain::{
    BillKind, BillStatus, DubaiDate, InstrumentStatus, Timestamp,
    bill::AmountRule,
    mandate::{
        Answer, BillView, Failure, InstrumentView, Mandate, PaymentMade, Period, Progress, Scope, Situation, Standing,
        Verdict, Weekend, When,
    },
};

/// What the model makes of a bill: its name, the rule's code, and what is paid with what, in which cycle.
pub(crate) type Said = (String, &'static str, Option<(i64, String, String)>);

/// A day as year, month, day.
type Civil = (i64, i64, i64);

pub(crate) fn model(situation: &Situation<'_>) -> Vec<Said> {
    let today = civil_of(situation.now);
    let mut bills: Vec<&BillView> = Vec::new();
    for bill in situation.bills {
        let newest = situation
            .bills
            .iter()
            .filter(|other| other.key == bill.key)
            .max_by(|a, b| (a.revision, a.fetched_at).cmp(&(b.revision, b.fetched_at)))
            .unwrap();
        if !bills.iter().any(|taken| taken.key == newest.key) {
            bills.push(newest);
        }
    }
    let mut judged: Vec<(&BillView, Option<&Mandate>)> = bills
        .into_iter()
        .map(|bill| (bill, who_decides(situation.mandates, bill, today)))
        .collect();
    judged.sort_by_key(|(bill, by)| {
        let priority = by.map_or(999, |mandate| i32::from(mandate.terms().priority));
        (priority, bill.due_on.to_string(), bill.key.clone())
    });
    let mut run = Run {
        situation,
        today,
        paid: Vec::new(),
    };
    judged.into_iter().map(|(bill, by)| run.judge(bill, by)).collect()
}

struct Paid<'a> {
    mandate: &'a Mandate,
    bill: &'a BillView,
    amount: i64,
    instrument: String,
}

struct Run<'a> {
    situation: &'a Situation<'a>,
    today: Civil,
    paid: Vec<Paid<'a>>,
}

impl<'a> Run<'a> {
    fn judge(&mut self, bill: &'a BillView, by: Option<&'a Mandate>) -> Said {
        let name = bill.key.bill.as_str().to_owned();
        let Some(mandate) = by else {
            return (name, "no_mandate", None);
        };
        match self.verdict(bill, mandate) {
            Ok((code, amount, instrument, cycle)) => {
                self.paid.push(Paid {
                    mandate,
                    bill,
                    amount,
                    instrument: instrument.clone(),
                });
                (name, code, Some((amount, instrument, cycle)))
            }
            Err(code) => (name, code, None),
        }
    }

    fn verdict(&self, bill: &BillView, mandate: &Mandate) -> Result<(&'static str, i64, String, String), &'static str> {
        let terms = mandate.terms();
        let history = self.situation.history;
        let top_up = bill.kind == BillKind::TopUp;
        let same_account = |payment: &PaymentMade| {
            payment.bill.agency == bill.key.agency && payment.account == bill.account && payment.by.is_some()
        };

        // A second top-up of the same account in this run.
        if top_up
            && self.paid.iter().any(|paid| {
                paid.bill.kind == BillKind::TopUp
                    && paid.bill.key.agency == bill.key.agency
                    && paid.bill.account == bill.account
            })
        {
            return Err("topped_up_today");
        }
        // 1. Can it be paid at all?
        if bill.kind == BillKind::Unknown {
            return Err("not_understood");
        }
        match bill.status {
            BillStatus::Open => {}
            BillStatus::Paid => return Err("paid"),
            BillStatus::PaidElsewhere => return Err("paid_elsewhere"),
            BillStatus::Withdrawn => return Err("withdrawn"),
            BillStatus::Vanished => return Err("vanished"),
            BillStatus::Unknown => return Err("not_understood"),
        }
        // 2. Is it being paid, or has it been?
        let concerns = |payment: &&PaymentMade| payment.bill == bill.key || (top_up && same_account(payment));
        let under_way = |payment: &PaymentMade| payment.progress == Progress::InFlight;
        if history.payments.iter().filter(concerns).any(under_way) {
            return Err("being_paid");
        }
        for payment in history.payments.iter().filter(concerns) {
            if payment.progress == Progress::Settled {
                if !top_up {
                    return Err("settled_already");
                }
                if civil_of(payment.decided_at) == self.today {
                    return Err("topped_up_today");
                }
            }
        }
        // 3. Paused?
        if let Standing::Paused { .. } = mandate.standing {
            return Err("paused");
        }
        // 4. Is the clock behind the agreement, a payment, or the answer about this bill?
        let now = self.situation.now;
        let mut answer: Option<&Answer> = None;
        for candidate in &history.answers {
            if candidate.bill == bill.key
                && candidate.mandate == terms.id
                && answer.is_none_or(|best| candidate.at >= best.at)
            {
                answer = Some(candidate);
            }
        }
        if terms.agreed_at > now
            || history.payments.iter().any(|payment| payment.decided_at > now)
            || answer.is_some_and(|answer| answer.at > now)
        {
            return Err("clock_behind");
        }
        // 5. Declined?
        let approved = match answer.map(|answer| answer.verdict) {
            Some(Verdict::Declined) => return Err("declined"),
            Some(Verdict::Approved { up_to }) => Some(up_to.get()),
            None => None,
        };
        // 6. Is it time, or is the account low?
        let age_ms = now.millis() - bill.fetched_at.millis();
        let fresh = (0..=60_000).contains(&age_ms);
        let (code, amount) = if top_up {
            let Some(floor) = terms.top_up else {
                return Err("no_top_ups");
            };
            if !fresh {
                return Err("stale");
            }
            let Some(balance) = bill.balance else {
                return Err("balance_unknown");
            };
            if balance.get() >= floor.below.get() {
                return Err("enough_balance");
            }
            ("below_floor", floor.add.get())
        } else {
            let due = civil(bill.due_on);
            let day_to_pay = self.day_to_pay(bill, mandate);
            if number(self.today) < number(day_to_pay) {
                let silent_for_a_day = age_ms / 1000 >= 24 * 60 * 60;
                let soon = number(due) - number(self.today) <= 3;
                return Err(if silent_for_a_day && soon { "stale" } else { "not_yet" });
            }
            if !fresh {
                return Err("stale");
            }
            if number(self.today) > number(due) && approved.is_none() {
                return Err("overdue");
            }
            ("due", bill.amount.get())
        };
        // 7. Does the bill take that amount?
        let takes = match bill.amount_rule {
            AmountRule::Exact => amount == bill.amount.get(),
            AmountRule::Range { min, max } => min.get() <= amount && amount <= max.get(),
        };
        if !takes {
            return Err("amount_not_taken");
        }
        // 8. The person's word, or else limits and questions.
        let code = match approved {
            Some(up_to) if amount > up_to => return Err("grew_past_approval"),
            Some(_) => "approved",
            None => {
                self.limits(mandate, amount)?;
                self.questions(bill, mandate, amount)?;
                code
            }
        };
        // 9. Attempts.
        let mine: Vec<&PaymentMade> = history
            .payments
            .iter()
            .filter(|payment| payment.bill == bill.key)
            .filter(|payment| payment.by.as_ref().is_some_and(|by| by.mandate == terms.id))
            .collect();
        let worked: Vec<Timestamp> = mine
            .iter()
            .filter(|payment| !matches!(payment.progress, Progress::Failed { .. }))
            .map(|payment| payment.decided_at)
            .collect();
        let failed: Vec<&&PaymentMade> = mine
            .iter()
            .filter(|payment| matches!(payment.progress, Progress::Failed { .. }))
            .collect();
        let since_it_worked: Vec<_> = failed
            .iter()
            .filter(|payment| worked.iter().all(|worked| payment.decided_at > *worked))
            .collect();
        if since_it_worked.len() >= 4 {
            return Err("attempts_used_up");
        }
        if since_it_worked.iter().any(|payment| {
            let bill_changed = matches!(
                payment.progress,
                Progress::Failed {
                    why: Failure::BillChanged,
                    ..
                }
            );
            !bill_changed && number(civil_of(payment.decided_at)) >= number(self.today)
        }) {
            return Err("retry_on");
        }
        let cycle = if top_up {
            let today = failed
                .iter()
                .filter(|payment| civil_of(payment.decided_at) == self.today)
                .count();
            let (year, month, day) = self.today;
            format!("{year:04}-{month:02}-{day:02}/{}", today + 1)
        } else {
            format!("once/{}", failed.len() + 1)
        };
        // 10. With what?
        let instrument = match self.usable(terms.instrument.as_str()) {
            "usable" => terms.instrument.as_str(),
            "expired" => match &terms.fallback {
                None => return Err("no_instrument"),
                Some(fallback) => match self.usable(fallback.as_str()) {
                    "usable" => fallback.as_str(),
                    "expired" => return Err("no_instrument"),
                    _ => return Err("instrument_stopped"),
                },
            },
            _ => return Err("instrument_stopped"),
        };
        let there = self.instrument(instrument).and_then(|view| view.available);
        let spent: i64 = self
            .paid
            .iter()
            .filter(|paid| paid.instrument == instrument)
            .map(|paid| paid.amount)
            .sum();
        if there.is_some_and(|there| there.get() - spent < amount) {
            return Err("short_of_money");
        }
        Ok((code, amount, instrument.to_owned(), cycle))
    }

    fn limits(&self, mandate: &Mandate, amount: i64) -> Result<(), &'static str> {
        let limits = &mandate.terms().limits;
        if limits.per_payment.is_some_and(|limit| amount > limit.get()) {
            return Err("over_payment");
        }
        for period in [Period::Day, Period::Week, Period::Month, Period::Year, Period::Lifetime] {
            let mut sum = 0;
            let mut count = 0;
            for payment in &self.situation.history.payments {
                let mine = payment.by.as_ref().is_some_and(|by| by.mandate == mandate.terms().id);
                let took = !matches!(payment.progress, Progress::Failed { .. });
                if mine && took && self.is_in(period, civil_of(payment.decided_at)) {
                    sum += payment.amount.get();
                    count += 1;
                }
            }
            for paid in self.paid.iter().filter(|paid| std::ptr::eq(paid.mandate, mandate)) {
                sum += paid.amount;
                count += 1;
            }
            let limit = limits.of(period);
            if limit.value.is_some_and(|limit| sum + amount > limit.get()) {
                return Err("over_value");
            }
            if limit.count.is_some_and(|limit| count + 1 > limit) {
                return Err("over_count");
            }
        }
        Ok(())
    }

    /// Whether a day is in the same period as today. The days are not later than today.
    fn is_in(&self, period: Period, day: Civil) -> bool {
        match period {
            Period::Day => day == self.today,
            // Weeks by counting: 1970-01-05 was a Monday.
            Period::Week => (number(day) - 4).div_euclid(7) == (number(self.today) - 4).div_euclid(7),
            Period::Month => (day.0, day.1) == (self.today.0, self.today.1),
            Period::Year => day.0 == self.today.0,
            Period::Lifetime => true,
        }
    }

    fn questions(&self, bill: &BillView, mandate: &Mandate, amount: i64) -> Result<(), &'static str> {
        let ask = mandate.terms().ask_first;
        if ask.above.is_some_and(|above| amount > above.get()) {
            return Err("above_amount");
        }
        let (Some(percent), BillKind::Utility) = (ask.above_usual_percent, bill.kind) else {
            return Ok(());
        };
        let mut paid: Vec<(String, i64)> = self
            .situation
            .history
            .paid
            .iter()
            .filter(|paid| paid.kind == bill.kind)
            .filter(|paid| paid.account.agency == bill.key.agency && paid.account.account == bill.account)
            .map(|paid| (paid.paid_on.to_string(), paid.amount.get()))
            .collect();
        paid.sort();
        paid.reverse();
        paid.truncate(6);
        if paid.len() < 3 {
            return Err("no_usual_yet");
        }
        let mut amounts: Vec<i64> = paid.into_iter().map(|(_, amount)| amount).collect();
        amounts.sort();
        let half = amounts.len() / 2;
        let median = if amounts.len() % 2 == 1 {
            amounts[half]
        } else {
            (amounts[half - 1] + amounts[half]) / 2
        };
        if amount * 100 > median * (100 + i64::from(percent)) {
            Err("above_usual")
        } else {
            Ok(())
        }
    }

    /// By looking at one day after the other.
    fn day_to_pay(&self, bill: &BillView, mandate: &Mandate) -> Civil {
        let (issued, due) = (civil(bill.issued_on), civil(bill.due_on));
        let schedule = mandate.terms().schedule;
        let wanted = match schedule.when {
            When::OnIssue => issued,
            When::OnDue => due,
            When::BeforeDue { days } => from_number(number(due) - i64::from(days)),
            When::DayOfMonth { day } => {
                let mut candidate = issued;
                loop {
                    let tomorrow = from_number(number(candidate) + 1);
                    let last_of_month = tomorrow.2 == 1;
                    let shorter = last_of_month && candidate.2 < i64::from(day);
                    if candidate.2 == i64::from(day) || shorter {
                        break candidate;
                    }
                    candidate = tomorrow;
                }
            }
        };
        // 1970-01-01 was a Thursday: day 2 a Saturday, day 3 a Sunday.
        let is_weekend = |day: Civil| matches!(number(day).rem_euclid(7), 2 | 3);
        let mut moved = wanted;
        while is_weekend(moved) && schedule.weekend != Weekend::Keep {
            let step = if schedule.weekend == Weekend::Before { -1 } else { 1 };
            moved = from_number(number(moved) + step);
        }
        if number(moved) < number(issued) {
            issued
        } else if number(moved) > number(due) {
            due
        } else {
            moved
        }
    }

    fn instrument(&self, id: &str) -> Option<&InstrumentView> {
        self.situation
            .instruments
            .iter()
            .find(|instrument| instrument.id.as_str() == id)
    }

    fn usable(&self, id: &str) -> &'static str {
        match self.instrument(id) {
            None => "stopped",
            Some(instrument) => match instrument.status {
                InstrumentStatus::Expired => "expired",
                InstrumentStatus::Active if number(civil(instrument.expires_on)) < number(self.today) => "expired",
                InstrumentStatus::Active => "usable",
                _ => "stopped",
            },
        }
    }
}

fn who_decides<'a>(mandates: &'a [Mandate], bill: &BillView, today: Civil) -> Option<&'a Mandate> {
    let mut best: Option<(&Mandate, i32)> = None;
    for mandate in mandates {
        let terms = mandate.terms();
        let newest = mandates
            .iter()
            .filter(|other| other.terms().id == terms.id)
            .all(|other| other.terms().version <= terms.version);
        let revoked = matches!(mandate.standing, Standing::Revoked { .. });
        let in_its_days = number(civil(terms.from)) <= number(today) && number(today) <= number(civil(terms.until));
        if !newest || revoked || !in_its_days {
            continue;
        }
        let closeness = match &terms.scope {
            Scope::All => Some(0),
            Scope::Chosen(entries) => entries
                .iter()
                .filter(|entry| entry.agency.as_ref().is_none_or(|agency| *agency == bill.key.agency))
                .filter(|entry| entry.account.as_ref().is_none_or(|account| *account == bill.account))
                .filter(|entry| entry.kind.is_none_or(|kind| kind == bill.kind))
                .map(|entry| {
                    (if entry.account.is_some() { 4 } else { 0 })
                        + (if entry.agency.is_some() { 2 } else { 0 })
                        + (if entry.kind.is_some() { 1 } else { 0 })
                })
                .max(),
        };
        let Some(closeness) = closeness else { continue };
        let better = match best {
            None => true,
            Some((other, others)) if closeness != others => {
                let _ = other;
                closeness > others
            }
            Some((other, _)) if terms.priority != other.terms().priority => terms.priority < other.terms().priority,
            Some((other, _)) => terms.id.as_str() < other.terms().id.as_str(),
        };
        if better {
            best = Some((mandate, closeness));
        }
    }
    best.map(|(mandate, _)| mandate)
}

fn civil(day: DubaiDate) -> Civil {
    let text = day.to_string();
    let part = |range: std::ops::Range<usize>| text[range].parse().unwrap();
    (part(0..4), part(5..7), part(8..10))
}

/// Dubai is four hours ahead.
fn civil_of(at: Timestamp) -> Civil {
    from_number((at.millis() + 4 * 3_600_000).div_euclid(86_400_000))
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01, by adding up years and months.
fn number((year, month, day): Civil) -> i64 {
    let years: i64 = (1970..year).map(|year| if is_leap(year) { 366 } else { 365 }).sum();
    let months: i64 = (1..month).map(|month| days_in(year, month)).sum();
    years + months + day - 1
}

fn from_number(mut number: i64) -> Civil {
    let mut year = 1970;
    loop {
        let days = if is_leap(year) { 366 } else { 365 };
        if number < days {
            break;
        }
        number -= days;
        year += 1;
    }
    let mut month = 1;
    while number >= days_in(year, month) {
        number -= days_in(year, month);
        month += 1;
    }
    (year, month, number + 1)
}

#[test]
fn the_models_calendar_is_the_calendar() {
    for days in 0..30_000 {
        let day = from_number(days);
        assert_eq!(number(day), days);
        let expected = DubaiDate::from_epoch_days(i32::try_from(days).unwrap()).unwrap();
        assert_eq!(civil(expected), day);
    }
}
