//! A bill.

use super::{BilingualRow, code::Code, parsed};
use crate::seal::Broken;
use rabt_domain::{
    AccountId, AgencyId, Bill, BillId, BillKey, BillKind, BillStatus, Currency, DubaiDate, Fils, Invalid, Personal,
    Timestamp,
    bill::{AmountRule, BillLine, BillPaid},
};
use serde::{Deserialize, Serialize};

/// The table whose payload this is.
pub(crate) const TABLE: &str = "bill_payload";

#[derive(Serialize, Deserialize)]
pub(crate) struct BillRow {
    agency: String,
    bill: String,
    account: String,
    kind: u8,
    kind_code: String,
    title: BilingualRow,
    reference: String,
    status: u8,
    issued_on: i32,
    due_on: i32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    period: Option<(i32, i32)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    lines: Vec<LineRow>,
    amount_fils: i64,
    currency: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    amount_range_fils: Option<(i64, i64)>,
    revision: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    paid: Option<PaidRow>,
}

#[derive(Serialize, Deserialize)]
struct LineRow {
    code: String,
    title: BilingualRow,
    amount_fils: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<(String, i32)>,
}

#[derive(Serialize, Deserialize)]
struct PaidRow {
    at_ms: i64,
    amount_fils: i64,
    channel: String,
}

impl From<&Bill> for BillRow {
    fn from(bill: &Bill) -> Self {
        Self {
            agency: bill.key.agency.as_str().to_owned(),
            bill: bill.key.bill.as_str().to_owned(),
            account: bill.account.as_str().to_owned(),
            kind: bill.kind.code(),
            kind_code: bill.kind_code.clone(),
            title: (&bill.title).into(),
            reference: bill.reference.reveal().clone(),
            status: bill.status.code(),
            issued_on: bill.issued_on.epoch_days(),
            due_on: bill.due_on.epoch_days(),
            period: bill.period.map(|(from, to)| (from.epoch_days(), to.epoch_days())),
            lines: bill.lines.iter().map(LineRow::from).collect(),
            amount_fils: bill.amount.reveal().get(),
            currency: bill.currency.code().to_owned(),
            amount_range_fils: match bill.amount_rule {
                AmountRule::Exact => None,
                AmountRule::Range { min, max } => Some((min.get(), max.get())),
            },
            revision: bill.revision,
            paid: bill.paid.as_ref().map(|paid| PaidRow {
                at_ms: paid.at.millis(),
                amount_fils: paid.amount.reveal().get(),
                channel: paid.channel.clone(),
            }),
        }
    }
}

impl From<&BillLine> for LineRow {
    fn from(line: &BillLine) -> Self {
        Self {
            code: line.code.clone(),
            title: (&line.title).into(),
            amount_fils: line.amount.reveal().get(),
            source: line
                .source
                .as_ref()
                .map(|(address, as_of)| (address.clone(), as_of.epoch_days())),
        }
    }
}

impl TryFrom<BillRow> for Bill {
    type Error = Broken;

    fn try_from(row: BillRow) -> Result<Self, Broken> {
        let (kind, status) = BillKind::of_code(row.kind)
            .zip(BillStatus::of_code(row.status))
            .ok_or(Broken { table: TABLE })?;
        parsed(TABLE, row.into_bill(kind, status))
    }
}

impl BillRow {
    fn into_bill(self, kind: BillKind, status: BillStatus) -> Result<Bill, Invalid> {
        Bill {
            key: BillKey {
                agency: AgencyId::parse(self.agency)?,
                bill: BillId::parse(self.bill)?,
            },
            account: AccountId::parse(self.account)?,
            kind,
            kind_code: self.kind_code,
            title: self.title.try_into()?,
            reference: Personal::new(self.reference),
            status,
            issued_on: DubaiDate::from_epoch_days(self.issued_on)?,
            due_on: DubaiDate::from_epoch_days(self.due_on)?,
            period: match self.period {
                None => None,
                Some((from, to)) => Some((DubaiDate::from_epoch_days(from)?, DubaiDate::from_epoch_days(to)?)),
            },
            lines: self
                .lines
                .into_iter()
                .map(LineRow::into_line)
                .collect::<Result<_, _>>()?,
            amount: Personal::new(Fils::new(self.amount_fils)?),
            currency: Currency::parse(&self.currency)?,
            amount_rule: match self.amount_range_fils {
                None => AmountRule::Exact,
                Some((min, max)) => AmountRule::Range {
                    min: Fils::new(min)?,
                    max: Fils::new(max)?,
                },
            },
            revision: self.revision,
            paid: match self.paid {
                None => None,
                Some(paid) => Some(BillPaid {
                    at: Timestamp::from_millis(paid.at_ms)?,
                    amount: Personal::new(Fils::new(paid.amount_fils)?),
                    channel: paid.channel,
                }),
            },
        }
        .checked()
    }
}

impl LineRow {
    fn into_line(self) -> Result<BillLine, Invalid> {
        Ok(BillLine {
            code: self.code,
            title: self.title.try_into()?,
            amount: Personal::new(Fils::new(self.amount_fils)?),
            source: match self.source {
                None => None,
                Some((address, as_of)) => Some((address, DubaiDate::from_epoch_days(as_of)?)),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bill, full_bill};

    fn round(bill: &Bill) -> Result<Bill, Broken> {
        let json = serde_json::to_vec(&BillRow::from(bill)).unwrap();
        serde_json::from_slice::<BillRow>(&json).unwrap().try_into()
    }

    #[test]
    fn a_bill_comes_back_as_it_was() {
        for bill in [bill("a", "b-1"), full_bill()] {
            assert_eq!(round(&bill).unwrap(), bill);
        }
    }

    #[test]
    fn a_payload_that_says_something_impossible_is_broken() {
        let mut row = BillRow::from(&bill("a", "b-1"));
        row.kind = 99;
        assert!(Bill::try_from(row).is_err());
        let mut row = BillRow::from(&bill("a", "b-1"));
        row.due_on = row.issued_on - 1;
        assert!(Bill::try_from(row).is_err());
        let mut row = BillRow::from(&bill("a", "b-1"));
        row.amount_fils = 0;
        assert!(Bill::try_from(row).is_err());
    }
}
