//! What control does with money: looks at the books, fills and empties accounts, and has the bank change what a person pays with.

use super::{Control, ControlError, people};
use crate::bank::{self, Books};
use rabt_protocol::{
    Localized,
    instrument::{Instrument, InstrumentKind, InstrumentStatus},
};
use rusqlite::Row;
use serde::de::DeserializeOwned;

impl Control {
    /// Where all the money is, over every party's tables at one instant.
    ///
    /// # Errors
    /// [`ControlError::Failed`] where the state can't be read.
    pub fn books(&self) -> Result<Books, ControlError> {
        Ok(bank::books(self.ctx())?)
    }

    /// What a person can spend from their bank account, or with their card, in fils.
    ///
    /// # Errors
    /// [`ControlError::NotFound`] where they have none.
    pub fn available_fils(&self, persona_id: &str, kind: InstrumentKind) -> Result<i64, ControlError> {
        Ok(bank::admin::available(
            self.ctx(),
            &people::find(persona_id)?.subject,
            kind,
        )?)
    }

    /// Sets what a person can spend from their bank account, or with their card, in fils. The difference comes from or goes to
    /// the world outside, so that the books balance.
    ///
    /// # Errors
    /// [`ControlError::NotFound`] where they have none; [`ControlError::Invalid`] for a sum that is out of bounds.
    pub fn set_available_fils(
        &self,
        persona_id: &str,
        kind: InstrumentKind,
        available_fils: i64,
    ) -> Result<(), ControlError> {
        let subject = &people::find(persona_id)?.subject;
        Ok(bank::admin::set_available(self.ctx(), subject, kind, available_fils)?)
    }

    /// What a person has linked, as the gateway last heard of it.
    ///
    /// # Errors
    /// [`ControlError::NotFound`] where there is no such persona.
    pub fn instruments(&self, persona_id: &str) -> Result<Vec<Instrument>, ControlError> {
        let subject = &people::find(persona_id)?.subject;
        self.ctx().state.transact(|tx| {
            let mut statement = tx.prepare(
                "SELECT instrument_id, kind, name_en, name_ar, last_four, status, expires_on
                 FROM gateway_instrument WHERE subject = ?1 AND removed_ms IS NULL ORDER BY linked_ms, instrument_id",
            )?;
            let rows = statement.query_map([subject], instrument)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The bank suspends, revokes, lets expire or (`Active`) resumes an instrument, and tells the gateway.
    ///
    /// # Errors
    /// [`ControlError::NotFound`] for an unknown one; [`ControlError::Invalid`] for a status that can't be set.
    pub async fn set_instrument_status(
        &self,
        instrument_id: &str,
        status: InstrumentStatus,
    ) -> Result<(), ControlError> {
        let (ctx, instrument_id) = (self.ctx().clone(), instrument_id.to_owned());
        // On the city's own runtime: the connection to the gateway that is made here outlives the caller's.
        self.running
            .on_the_citys_runtime(async move { bank::admin::set_instrument_status(&ctx, &instrument_id, status).await })
            .await
            .ok_or_else(|| ControlError::Failed("the city has ended".to_owned()))??;
        Ok(())
    }
}

fn instrument(row: &Row<'_>) -> rusqlite::Result<Instrument> {
    Ok(Instrument {
        instrument_id: row.get(0)?,
        kind: of_word(row.get(1)?).unwrap_or(InstrumentKind::Unknown),
        name: Localized::new(row.get::<_, String>(2)?, row.get::<_, String>(3)?),
        last_four: row.get(4)?,
        status: of_word(row.get(5)?).unwrap_or(InstrumentStatus::Unknown),
        expires_on: row.get(6)?,
    })
}

/// Reads an enumeration of the wire's as the wire writes it.
fn of_word<T: DeserializeOwned>(word: String) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(word)).ok()
}
