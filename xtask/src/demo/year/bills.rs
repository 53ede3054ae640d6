//! What the agencies bill in a month of the year: the same in every run and in both years.

use crate::demo::Outcome;
use rabt_protocol::agency::{Bill, BillStatus};
use rabt_sandbox::{BillFilter, Control, LateFees, NewBill};

/// The days of a month on which bills are due.
pub(super) const DUE_DAYS: [u8; 2] = [14, 24];

/// Who bills what, every how many months, how many fils, and on which of the due days.
const BILLS: [(&str, &str, usize, i64, usize); 12] = [
    ("electricity-water", "utility-bill", 1, 38_000, 1),
    ("municipality", "pet-registration", 1, 4_000, 0),
    ("roads", "parking-fine", 2, 15_000, 0),
    ("police", "traffic-fine", 3, 40_000, 1),
    ("road-toll", "toll-violation", 4, 5_000, 0),
    ("land", "tenancy-registration", 6, 12_000, 1),
    ("economy", "licence-renewal", 6, 60_000, 0),
    ("health", "vaccination", 2, 11_000, 1),
    ("knowledge", "activity-fee", 1, 18_000, 1),
    ("residency", "identity-card", 6, 17_000, 0),
    ("human-resources", "job-loss-insurance", 3, 6_300, 0),
    ("customs", "parcel-duty", 2, 9_000, 1),
];
/// What cooling adds in each month, in fils.
const SUMMER: [i64; 12] = [
    0, 0, 2_000, 6_000, 12_000, 18_000, 27_000, 20_000, 14_000, 7_000, 1_000, 0,
];
const FAMILY: &str = "tenant-family";
/// The line by which the sandbox's agencies charge what being late costs.
const LATE_PAYMENT: &str = "late-payment";

/// The agencies issue the month's bills.
pub(super) fn issue_month(control: &Control, month: usize) -> Outcome<()> {
    for (agency_id, kind_code, every, fils, due) in BILLS {
        if !month.is_multiple_of(every) {
            continue;
        }
        let extra = if agency_id == "electricity-water" {
            SUMMER[month]
        } else {
            0
        };
        control.add_bill(NewBill {
            agency_id: agency_id.to_owned(),
            persona_id: FAMILY.to_owned(),
            kind_code: kind_code.to_owned(),
            amount_fils: Some(fils + extra),
            due_on: Some(format!("2027-{:02}-{:02}", month + 1, DUE_DAYS[due])),
            ..NewBill::default()
        })?;
    }
    Ok(())
}

/// The family pays whatever is open at the agencies' counters.
pub(super) fn pay_the_rest_by_hand(control: &Control) -> Outcome<()> {
    for bill in bills(control, Some(BillStatus::Open))? {
        control.pay_at_counter(&bill.agency_id, &bill.bill_id, None)?;
    }
    Ok(())
}

/// What the family was charged for being late.
pub(super) fn late_fees(control: &Control) -> Outcome<LateFees> {
    let mut fees = LateFees::default();
    for bill in bills(control, None)? {
        for line in bill.lines.iter().filter(|line| line.code == LATE_PAYMENT) {
            fees.bills += 1;
            fees.fils += line.amount_fils;
        }
    }
    Ok(fees)
}

fn bills(control: &Control, status: Option<BillStatus>) -> Outcome<Vec<Bill>> {
    Ok(control.bills(&BillFilter {
        persona_id: Some(FAMILY.to_owned()),
        status,
        ..BillFilter::default()
    })?)
}
