//! What is paid with.

use crate::{
    DubaiDate, Fils, InstrumentId, InstrumentStatus,
    mandate::{InstrumentView, Rule, Terms},
};

/// The instruments, and what was spent of each by the decisions so far.
pub(super) struct Funds<'a> {
    instruments: &'a [InstrumentView],
    spent: Vec<i64>,
}

/// What can be done with an instrument on a day.
enum Use {
    Can,
    Expired,
    Stopped,
}

impl<'a> Funds<'a> {
    pub(super) fn of(instruments: &'a [InstrumentView]) -> Self {
        Self {
            instruments,
            spent: vec![0; instruments.len()],
        }
    }

    /// The first instrument; or the fallback where the first has expired. What was suspended or revoked was stopped by somebody,
    /// and is no reason to take money from elsewhere; neither is want of money.
    pub(super) fn choose<'t>(
        &self,
        terms: &'t Terms,
        amount: Fils,
        today: DubaiDate,
    ) -> Result<&'t InstrumentId, Rule> {
        let chosen = match self.state(&terms.instrument, today) {
            Use::Can => &terms.instrument,
            Use::Stopped => return Err(Rule::InstrumentStopped),
            Use::Expired => {
                let fallback = terms.fallback.as_ref().ok_or(Rule::NoInstrument)?;
                match self.state(fallback, today) {
                    Use::Can => fallback,
                    Use::Stopped => return Err(Rule::InstrumentStopped),
                    Use::Expired => return Err(Rule::NoInstrument),
                }
            }
        };
        match self.available(chosen) {
            Some(available) if available < amount => Err(Rule::ShortOfMoney { amount, available }),
            _ => Ok(chosen),
        }
    }

    /// A payment was decided.
    pub(super) fn take(&mut self, instrument: &InstrumentId, amount: Fils) {
        if let Some(place) = self.place(instrument) {
            self.spent[place] = self.spent[place].saturating_add(amount.get());
        }
    }

    fn place(&self, id: &InstrumentId) -> Option<usize> {
        self.instruments.iter().position(|instrument| instrument.id == *id)
    }

    fn available(&self, id: &InstrumentId) -> Option<Fils> {
        let place = self.place(id)?;
        let available = self.instruments[place].available?;
        Some(Fils::new(available.get().saturating_sub(self.spent[place])).unwrap_or(Fils::ZERO))
    }

    fn state(&self, id: &InstrumentId, today: DubaiDate) -> Use {
        let Some(instrument) = self.place(id).map(|place| &self.instruments[place]) else {
            return Use::Stopped;
        };
        match instrument.status {
            InstrumentStatus::Active if today <= instrument.expires_on => Use::Can,
            InstrumentStatus::Active | InstrumentStatus::Expired => Use::Expired,
            InstrumentStatus::Suspended | InstrumentStatus::Revoked | InstrumentStatus::Unknown => Use::Stopped,
        }
    }
}
