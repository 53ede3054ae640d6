//! A bank account or card.

use super::{BilingualRow, code::Code, parsed};
use crate::seal::Broken;
use rabt_domain::{DubaiDate, Instrument, InstrumentId, InstrumentKind, InstrumentStatus, Invalid, Personal};
use serde::{Deserialize, Serialize};

/// The table whose payload this is.
pub(crate) const TABLE: &str = "instrument";

#[derive(Serialize, Deserialize)]
pub(crate) struct InstrumentRow {
    id: String,
    kind: u8,
    name: BilingualRow,
    last_four: String,
    status: u8,
    expires_on: i32,
}

impl From<&Instrument> for InstrumentRow {
    fn from(instrument: &Instrument) -> Self {
        Self {
            id: instrument.id.as_str().to_owned(),
            kind: instrument.kind.code(),
            name: (&instrument.name).into(),
            last_four: instrument.last_four.reveal().clone(),
            status: instrument.status.code(),
            expires_on: instrument.expires_on.epoch_days(),
        }
    }
}

impl TryFrom<InstrumentRow> for Instrument {
    type Error = Broken;

    fn try_from(row: InstrumentRow) -> Result<Self, Broken> {
        let (kind, status) = InstrumentKind::of_code(row.kind)
            .zip(InstrumentStatus::of_code(row.status))
            .ok_or(Broken { table: TABLE })?;
        parsed(TABLE, row.into_instrument(kind, status))
    }
}

impl InstrumentRow {
    fn into_instrument(self, kind: InstrumentKind, status: InstrumentStatus) -> Result<Instrument, Invalid> {
        Ok(Instrument {
            id: InstrumentId::parse(self.id)?,
            kind,
            name: self.name.try_into()?,
            last_four: Personal::new(self.last_four),
            status,
            expires_on: DubaiDate::from_epoch_days(self.expires_on)?,
        })
    }
}
