//! What is told of a month.

use crate::demo::show;
use rabt::domain::{BillKey, Fils};
use std::collections::BTreeSet;

const NAMES: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// What was decided in a month.
#[derive(Debug, Default)]
pub(super) struct Month {
    /// Bills that were paid.
    pub(super) paid: usize,
    /// What they cost, in fils.
    pub(super) fils: i64,
    /// Bills that were held over a limit.
    pub(super) held: usize,
    /// Bills that waited for something else.
    pub(super) waited: usize,
    notes: Vec<String>,
    asked: BTreeSet<BillKey>,
}

impl Month {
    /// Something out of the ordinary.
    pub(super) fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// Whether the person wasn't told of the bill before.
    pub(super) fn asks_about(&mut self, bill: &BillKey) -> bool {
        self.asked.insert(bill.clone())
    }

    pub(super) fn show(&self, month: usize) {
        let fils = Fils::new(self.fils).map(show::dirhams).unwrap_or_default();
        show::line(&format!(
            "  {:<10} {:>2} paid, {fils:>13}; {} held over a limit and answered; {} waited",
            NAMES.get(month).copied().unwrap_or_default(),
            self.paid,
            self.held,
            self.waited
        ));
        for note in &self.notes {
            show::line(&format!("    {note}"));
        }
    }
}
