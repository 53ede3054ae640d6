//! How the story looks in a terminal: plain lines, amounts under one another.

use crate::say;
use rabt::domain::{Bilingual, Bill, Fils, PaymentState};

/// A line.
pub(super) fn line(text: &str) {
    say(text);
}

/// The title of a scene.
pub(super) fn scene(title: &str) {
    say(&format!("\n{title}"));
}

/// A bill in a list.
pub(super) fn bill(bill: &Bill, agency: &Bilingual) {
    say(&format!(
        "  {:>12}  due {}  {:<28} {}",
        bill.amount.reveal().to_string(),
        bill.due_on,
        agency.en(),
        bill.title.en()
    ));
}

/// An amount with its currency.
pub(super) fn dirhams(fils: Fils) -> String {
    format!("AED {fils}")
}

/// A payment's state in words.
pub(super) fn state(state: PaymentState) -> &'static str {
    match state {
        PaymentState::Created => "written down, not sent",
        PaymentState::Submitting => "being sent",
        PaymentState::Unknown => "sent, its answer lost",
        PaymentState::Pending => "taken, on its way",
        PaymentState::Settled => "settled",
        PaymentState::PartlySettled => "partly settled, the rest went back",
        PaymentState::Rejected => "rejected, nothing was taken",
        PaymentState::Refunded => "refunded",
    }
}
