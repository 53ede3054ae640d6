//! What a history came to, counted slowly and obviously from what was told.

use rabt_protocol::mandate::{Mandate, Progress, ReportedDecision, Rule};
use serde_json::{Map, Value};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    sync::{Mutex, PoisonError},
};

/// Adds members to `target/reports/autopay.json`; others write there too.
pub(crate) fn report(members: &Value) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _held = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/reports");
    let file = folder.join("autopay.json");
    let before = fs::read(&file)
        .ok()
        .and_then(|bytes| serde_json::from_slice::<Map<String, Value>>(&bytes).ok());
    let mut all = before.unwrap_or_default();
    all.extend(members.as_object().unwrap().clone());
    fs::create_dir_all(&folder).unwrap();
    fs::write(&file, serde_json::to_string_pretty(&all).unwrap() + "\n").unwrap();
}

/// Each payment as it was told last, in the order in which they were decided.
pub(crate) fn last_told<'a>(decisions: &[&'a ReportedDecision]) -> Vec<&'a ReportedDecision> {
    let mut last: BTreeMap<(&str, &str), (usize, &ReportedDecision)> = BTreeMap::new();
    for (told, decision) in decisions.iter().enumerate() {
        if let Some(payment) = &decision.payment {
            // Two may be decided in one millisecond, so only their place in the report says which was first.
            let key = (decision.bill_id.as_str(), payment.cycle.as_str());
            last.entry(key).or_insert((told, decision)).1 = decision;
        }
    }
    let mut last: Vec<_> = last.into_values().collect();
    last.sort_by_key(|(told, _)| *told);
    last.into_iter().map(|(_, decision)| decision).collect()
}

/// Counted slowly and obviously: for each payment, what the calendar month and the day had before it, by the version that it claims.
/// `payments` are in the order in which they were decided.
pub(crate) fn over_limits(
    versions: &BTreeMap<u32, Mandate>,
    approved: &BTreeSet<String>,
    payments: &[&ReportedDecision],
) -> u64 {
    let taken: Vec<&&ReportedDecision> = payments
        .iter()
        .filter(|decision| {
            decision
                .payment
                .as_ref()
                .is_some_and(|payment| !matches!(payment.progress, Progress::Failed { .. }))
        })
        .collect();
    let day_of = |decision: &ReportedDecision| {
        let at: jiff::Timestamp = decision.decided_at.parse().unwrap();
        jiff::tz::offset(4).to_datetime(at).date()
    };
    let fils = |decision: &ReportedDecision| decision.payment.as_ref().unwrap().amount_fils;
    let mut over = 0;
    for (index, decision) in taken.iter().enumerate() {
        if matches!(decision.because, Rule::Approved { .. }) {
            over += u64::from(!approved.contains(&decision.bill_id));
            continue;
        }
        let version = decision.by.as_ref().unwrap().version;
        let limits = &versions[&version].limits;
        let day = day_of(decision);
        let same_month = |other: &&&&ReportedDecision| {
            let other = day_of(other);
            (other.year(), other.month()) == (day.year(), day.month())
        };
        let before = &taken[..index];
        let month: Vec<_> = before.iter().filter(same_month).collect();
        let of_day = before.iter().filter(|other| day_of(other) == day).count();
        let value: i64 = month.iter().map(|other| fils(other)).sum::<i64>() + fils(decision);
        let passes = [
            limits.per_payment_fils.is_some_and(|limit| fils(decision) > limit),
            limits.month.value_fils.is_some_and(|limit| value > limit),
            limits.month.count.is_some_and(|limit| month.len() as i64 + 1 > limit),
            limits.day.count.is_some_and(|limit| of_day as i64 + 1 > limit),
        ];
        over += u64::from(passes.contains(&true));
    }
    over
}
