//! Mandates, in the ledger: what the person signed, each statement with whether the gateway has it; what the gateway reported; what
//! bills were when this phone saw them; and what it found by holding the one against the others.
//!
//! Statements and reports are kept as the text that was signed or sent: what they mean is for those who know the wire.

mod decisions;
mod findings;
mod seen;
mod statements;
#[cfg(test)]
mod tests;

pub use decisions::{DecisionPage, DecisionQuery, KeptDecision, Reported};
pub use findings::{FindingId, KeptFinding, NewFinding};
pub use seen::Asked;
pub use statements::{Sent, Statement, StatementKind};

use crate::{
    Store, StoreError,
    limits::DEVICES_MAX,
    rows::mandate::{ConsentRow, DeviceRow},
    seal::Broken,
};
use rabt_domain::{MandateId, Timestamp};

/// The room.
#[derive(Clone, Copy, Debug)]
pub struct Mandates<'a> {
    pub(crate) store: &'a Store,
}

/// The slots.
const CONSENTS: &str = "mandate consents";
const DEVICES: &str = "devices";

/// A bank's consent to a mandate, as the gateway told it last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankConsent {
    /// To which mandate.
    pub mandate: MandateId,
    /// The bank's name for it.
    pub id: String,
    /// Where it stands, as a stable code of the protocol.
    pub status: String,
    /// The version that it was written from.
    pub covers_version: u32,
}

/// A key that the person's sessions were bound to, as the identity provider told it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceKey {
    /// Its thumbprint.
    pub thumbprint: String,
    /// Since when.
    pub since: Timestamp,
    /// Until when; `None` while a session is.
    pub until: Option<Timestamp>,
}

impl Mandates<'_> {
    /// Keeps where the banks' consents stand, in place of what was known.
    ///
    /// # Errors
    /// [`StoreError::TooMany`] beyond [`DEVICES_MAX`]; those of the disk.
    pub fn set_bank_consents(&self, consents: &[BankConsent]) -> Result<(), StoreError> {
        bounded(consents.len(), "consents to mandates")?;
        let rows: Vec<ConsentRow> = consents.iter().map(ConsentRow::from).collect();
        self.store.ledger_write(|tx| tx.set_slot(CONSENTS, &rows))
    }

    /// Where the banks' consents stand.
    ///
    /// # Errors
    /// [`StoreError::Damaged`]; those of the disk.
    pub fn bank_consents(&self) -> Result<Vec<BankConsent>, StoreError> {
        self.store.ledger_read(|tx| {
            let rows: Vec<ConsentRow> = tx.slot(CONSENTS)?.unwrap_or_default();
            let consents: Result<_, Broken> = rows.into_iter().map(BankConsent::try_from).collect();
            Ok(consents?)
        })
    }

    /// Keeps the person's device keys, in place of what was known.
    ///
    /// # Errors
    /// [`StoreError::TooMany`] beyond [`DEVICES_MAX`]; those of the disk.
    pub fn set_devices(&self, devices: &[DeviceKey]) -> Result<(), StoreError> {
        bounded(devices.len(), "devices")?;
        let rows: Vec<DeviceRow> = devices.iter().map(DeviceRow::from).collect();
        self.store.ledger_write(|tx| tx.set_slot(DEVICES, &rows))
    }

    /// The person's device keys.
    ///
    /// # Errors
    /// [`StoreError::Damaged`]; those of the disk.
    pub fn devices(&self) -> Result<Vec<DeviceKey>, StoreError> {
        self.store.ledger_read(|tx| {
            let rows: Vec<DeviceRow> = tx.slot(DEVICES)?.unwrap_or_default();
            let devices: Result<_, Broken> = rows.into_iter().map(DeviceKey::try_from).collect();
            Ok(devices?)
        })
    }
}

fn bounded(count: usize, what: &'static str) -> Result<(), StoreError> {
    if count > DEVICES_MAX {
        return Err(StoreError::TooMany { what, max: DEVICES_MAX });
    }
    Ok(())
}
