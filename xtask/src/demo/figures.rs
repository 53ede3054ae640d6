//! What the demo measured, as `target/reports/demo.json` holds it.

use super::Outcome;
use crate::workspace::Workspace;
use serde::Serialize;
use std::{fs, path::PathBuf};

/// The report. Money in fils, times in seconds.
#[derive(Debug, Default, Serialize)]
pub(super) struct Figures {
    /// Whose story it is.
    pub(super) persona: String,
    /// How many agencies were asked at once.
    pub(super) agencies_asked: usize,
    /// How many answered.
    pub(super) agencies_answered: usize,
    /// How many bills were open then.
    pub(super) bills_open: usize,
    /// The basket.
    pub(super) basket: Basket,
    /// What could be seen while the city was gone.
    pub(super) offline: Offline,
    /// What the bank's ledger says at the end.
    pub(super) books: BookFigures,
    /// The year in which bills paid themselves; absent until it was played.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) autopay: Option<AutopayFigures>,
    /// How long the whole took.
    pub(super) seconds: f64,
}

/// A year with mandates, beside the same year without.
#[derive(Debug, Default, Serialize)]
pub(super) struct AutopayFigures {
    /// How many months were played.
    pub(super) months: usize,
    /// Bills that paid themselves.
    pub(super) paid: usize,
    /// Bills that were held over a limit, and answered.
    pub(super) held: usize,
    /// What being late cost.
    pub(super) late_fees: i64,
    /// What it cost without mandates.
    pub(super) late_fees_without: i64,
    /// Whether the books were in order, and the phone found nothing outside what was signed.
    pub(super) is_sound: bool,
}

impl AutopayFigures {
    fn is_well(&self) -> bool {
        self.is_sound && self.paid > 0 && self.held > 0 && self.late_fees == 0 && self.late_fees_without > 0
    }
}

/// The basket.
#[derive(Debug, Default, Serialize)]
pub(super) struct Basket {
    /// How many bills were paid.
    pub(super) bills: usize,
    /// Of how many agencies.
    pub(super) agencies: usize,
    /// How many of them are settled.
    pub(super) settled: usize,
    /// How many payments lost their answer and were found again by their key.
    pub(super) unknown_then_found: usize,
}

/// What could be seen while the city was gone.
#[derive(Debug, Default, Serialize)]
pub(super) struct Offline {
    /// Bills, open and closed.
    pub(super) bills: usize,
    /// Receipts whose signature was verified.
    pub(super) receipts_verified: usize,
}

/// What the ledger says.
#[derive(Debug, Default, Serialize)]
pub(super) struct BookFigures {
    /// Debits equal credits.
    pub(super) balanced: bool,
    /// How often a bill was paid again.
    pub(super) paid_twice: u64,
    /// Money that left somebody and arrived nowhere.
    pub(super) lost_fils: i64,
}

impl Figures {
    pub(super) fn of(persona: &str) -> Self {
        Self {
            persona: persona.to_owned(),
            ..Self::default()
        }
    }

    /// Whether the job was done: what was paid is settled, nothing was paid twice and nothing is lost.
    pub(super) fn is_well(&self) -> bool {
        let books = &self.books;
        books.balanced
            && books.paid_twice == 0
            && books.lost_fils == 0
            && self.basket.settled == self.basket.bills
            && self.basket.bills > 0
            && self.offline.receipts_verified >= self.basket.settled
            && self.autopay.as_ref().is_none_or(AutopayFigures::is_well)
    }

    /// Writes them, and says where.
    pub(super) fn write(&self, workspace: &Workspace) -> Outcome<PathBuf> {
        let folder = workspace.target.join("reports");
        fs::create_dir_all(&folder)?;
        let file = folder.join("demo.json");
        fs::write(&file, serde_json::to_string_pretty(self)?)?;
        Ok(file)
    }
}
