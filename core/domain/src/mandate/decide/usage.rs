//! What of the limits is used.

use crate::{
    DubaiDate, Fils, Timestamp,
    mandate::{Limits, Mandate, PaymentMade, Period, Rule},
};

/// The instants at which the present day, week, month and year began; once for all mandates.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Windows([Timestamp; 5]);

impl Windows {
    pub(crate) fn at(today: DubaiDate) -> Self {
        Self(Period::ALL.map(|period| period.begins(today).map_or(Timestamp::EPOCH, DubaiDate::begins_at)))
    }

    /// Whether what was decided at an instant is in the present period.
    pub(crate) fn holds(&self, period: Period, at: Timestamp) -> bool {
        at >= self.0[period as usize]
    }
}

/// What a mandate has used of each period.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Used {
    fils: [i64; 5],
    count: [u32; 5],
}

impl Used {
    /// From the payments of all its versions that took money or may yet.
    pub(crate) fn of(mandate: &Mandate, payments: &[PaymentMade], windows: &Windows) -> Self {
        let mut used = Self::default();
        for payment in payments {
            if payment.counts() && payment.is_by(mandate.id()) {
                used.add_where(windows, payment.decided_at, payment.amount);
            }
        }
        used
    }

    /// A payment of now is in every period.
    pub(crate) fn add(&mut self, amount: Fils) {
        Period::ALL.into_iter().for_each(|period| self.add_to(period, amount));
    }

    /// A payment is in those periods in which it was decided.
    pub(crate) fn add_where(&mut self, windows: &Windows, decided_at: Timestamp, amount: Fils) {
        for period in Period::ALL {
            if windows.holds(period, decided_at) {
                self.add_to(period, amount);
            }
        }
    }

    fn add_to(&mut self, period: Period, amount: Fils) {
        let period = period as usize;
        self.fils[period] = self.fils[period].saturating_add(amount.get());
        self.count[period] = self.count[period].saturating_add(1);
    }

    pub(crate) fn value(&self, period: Period) -> Fils {
        Fils::new(self.fils[period as usize]).unwrap_or(Fils::MAX)
    }

    pub(crate) fn count(&self, period: Period) -> u32 {
        self.count[period as usize]
    }

    /// Whether one more payment of this amount keeps to all limits.
    pub(crate) fn within(&self, limits: &Limits, amount: Fils, today: DubaiDate) -> Result<(), Rule> {
        if let Some(limit) = limits.per_payment
            && amount > limit
        {
            return Err(Rule::OverPayment { amount, limit });
        }
        for period in Period::ALL {
            let allowance = limits.of(period);
            let resets_on = || period.next_begins(today);
            if let Some(limit) = allowance.value
                && self.fils[period as usize].saturating_add(amount.get()) > limit.get()
            {
                let used = self.value(period);
                return Err(Rule::OverValue {
                    period,
                    amount,
                    used,
                    limit,
                    resets_on: resets_on(),
                });
            }
            if let Some(limit) = allowance.count
                && self.count(period) >= limit
            {
                let used = self.count(period);
                return Err(Rule::OverCount {
                    period,
                    used,
                    limit,
                    resets_on: resets_on(),
                });
            }
        }
        Ok(())
    }
}
