//! How a bill is made of a fixture's words: fees looked up, shares reckoned, days counted from today.

use super::{
    check::{self, Checked, ensure},
    fixture::{AgencyFixture, Fee, FeeAmount, FixtureError},
    limits::{AMOUNT_FILS_MAX, DAYS_MAX, LINES_MAX},
};
use crate::personas::{PersonaAccount, PersonaBill, PersonaLine};
use jiff::{ToSpan, civil::Date};
use rabt_protocol::{
    CURRENCY_AED,
    agency::{AmountRule, Bill, BillKind, BillLine, BillPaid, BillStatus, Period},
};
use std::collections::BTreeMap;

/// What an account knows that fees are reckoned from.
pub(super) type Facts = BTreeMap<String, i64>;

/// A basis point is a hundredth of a per cent.
const BASIS_POINTS: i128 = 10_000;

/// A bill of this agency's, as of `today`.
pub(super) fn bill(
    fixture: &AgencyFixture,
    facts: &Facts,
    from: &PersonaBill,
    today: Date,
) -> Result<Bill, FixtureError> {
    check::identifier("bill_id", &from.bill_id)?;
    check::identifier("reference", &from.reference)?;
    let kind = fixture.bill_kind(&from.kind_code).ok_or_else(|| {
        FixtureError::new(
            "kind_code",
            format!("the agency has no kind of bill {:?}", from.kind_code),
        )
    })?;
    ensure(from.issued_days_ago >= 0, "issued_days_ago", "is in the future")?;
    ensure(
        from.due_in_days.saturating_add(from.issued_days_ago) >= 0,
        "due_in_days",
        "is before the bill was issued",
    )?;
    let title = from.title.clone().unwrap_or_else(|| kind.name.clone());
    check::localized("title", &title)?;
    let lines = lines(fixture, facts, &from.lines)?;
    let amount_fils = total(&lines)?;
    let amount_rule = from.amount_rule.unwrap_or(kind.amount_rule);
    amount_fits(kind.kind, amount_rule, amount_fils)?;
    let paid = match &from.paid {
        None => None,
        Some(paid) => {
            ensure(
                (0..=from.issued_days_ago).contains(&paid.days_ago),
                "paid.days_ago",
                "is before the bill was issued or in the future",
            )?;
            check::code("paid.channel", &paid.channel)?;
            Some(BillPaid {
                // Nine in the morning in Dubai: fixtures know days only.
                paid_at: format!("{}T05:00:00.000Z", day("paid.days_ago", today, -paid.days_ago)?),
                amount_fils,
                channel: paid.channel.clone(),
                payment_id: None,
            })
        }
    };
    Ok(Bill {
        bill_id: from.bill_id.clone(),
        agency_id: fixture.agency_id.clone(),
        account_id: from.account_id.clone(),
        kind: kind.kind,
        kind_code: kind.code.clone(),
        title,
        reference: from.reference.clone(),
        status: if paid.is_some() {
            BillStatus::Paid
        } else {
            BillStatus::Open
        },
        issued_on: day("issued_days_ago", today, -from.issued_days_ago)?,
        due_on: day("due_in_days", today, from.due_in_days)?,
        period: match from.period {
            None => None,
            Some(period) => {
                ensure(
                    period.from_days_ago >= period.to_days_ago,
                    "period",
                    "ends before it begins",
                )?;
                Some(Period {
                    from: day("period.from_days_ago", today, -period.from_days_ago)?,
                    to: day("period.to_days_ago", today, -period.to_days_ago)?,
                })
            }
        },
        lines,
        amount_fils,
        currency: CURRENCY_AED.to_owned(),
        amount_rule,
        revision: 1,
        paid,
    })
}

/// The lines, with titles, sources and amounts of the agency's fees.
pub(super) fn lines(
    fixture: &AgencyFixture,
    facts: &Facts,
    from: &[PersonaLine],
) -> Result<Vec<BillLine>, FixtureError> {
    ensure(
        (1..=LINES_MAX).contains(&from.len()),
        "lines",
        format!("must be 1 to {LINES_MAX}"),
    )?;
    check::unique("lines", from.iter().map(|line| line.fee.as_str()))?;
    let mut fees = Vec::with_capacity(from.len());
    let mut amounts: BTreeMap<&str, i64> = BTreeMap::new();
    for (index, line) in from.iter().enumerate() {
        let field = format!("lines[{index}]");
        let fee = fixture.fee(&line.fee).ok_or_else(|| {
            FixtureError::new(format!("{field}.fee"), format!("the agency has no fee {:?}", line.fee))
        })?;
        if let Some(amount_fils) = own_amount(fee, line, facts, &field)? {
            amounts.insert(&fee.code, amount_fils);
        }
        fees.push(fee);
    }
    // Shares of other lines come last, since they need the others.
    fees.into_iter()
        .map(|fee| {
            let amount_fils = match (&fee.amount, amounts.get(fee.code.as_str())) {
                (FeeAmount::ShareOfLines { basis_points, lines }, _) => {
                    let base: i64 = lines.iter().filter_map(|code| amounts.get(code.as_str())).sum();
                    share(base, *basis_points, 1)
                }
                (_, Some(amount_fils)) => *amount_fils,
                (_, None) => 0,
            };
            ensure(
                amount_fils != 0 && amount_fils.abs() <= AMOUNT_FILS_MAX,
                "lines",
                format!("{} comes to {amount_fils} fils", fee.code),
            )?;
            Ok(BillLine {
                code: fee.code.clone(),
                title: fee.title.clone(),
                amount_fils,
                source: Some(fee.source.clone()),
            })
        })
        .collect()
}

/// What a line comes to by itself; `None` for a share of others.
fn own_amount(fee: &Fee, line: &PersonaLine, facts: &Facts, field: &str) -> Result<Option<i64>, FixtureError> {
    let said = line.amount_fils;
    let field = format!("{field}.amount_fils");
    if let FeeAmount::Stated = fee.amount {
        return match said {
            Some(amount_fils) if amount_fils.abs() <= AMOUNT_FILS_MAX => Ok(said),
            Some(_) => Err(FixtureError::new(
                field,
                format!("must be within {AMOUNT_FILS_MAX} fils"),
            )),
            None => Err(FixtureError::new(
                field,
                format!("is missing: {:?} has no amount of its own", fee.code),
            )),
        };
    }
    ensure(
        said.is_none(),
        &field,
        format!("must be left out: {:?} has a rate", fee.code),
    )?;
    match &fee.amount {
        FeeAmount::Fixed { amount_fils } => Ok(Some(*amount_fils)),
        FeeAmount::ShareOfFact {
            basis_points,
            fact,
            divisor,
        } => {
            let base = facts
                .get(fact)
                .ok_or_else(|| FixtureError::new(field, format!("the account doesn't say its {fact:?}")))?;
            Ok(Some(share(*base, *basis_points, *divisor)))
        }
        FeeAmount::ShareOfLines { .. } | FeeAmount::Stated => Ok(None),
    }
}

/// `base × basis_points / 10,000 / divisor`, halves away from zero as a cashier rounds them.
fn share(base: i64, basis_points: u32, divisor: u32) -> i64 {
    let over = BASIS_POINTS * i128::from(divisor.max(1));
    let product = i128::from(base) * i128::from(basis_points);
    let rounded = (product.abs() + over / 2) / over * product.signum();
    i64::try_from(rounded).unwrap_or(i64::MAX)
}

/// The sum of lines, above zero.
pub(super) fn total(lines: &[BillLine]) -> Result<i64, FixtureError> {
    let sum: i64 = lines.iter().map(|line| line.amount_fils).sum();
    ensure(
        (1..=AMOUNT_FILS_MAX).contains(&sum),
        "lines",
        format!("sum to {sum} fils; a bill is above zero and at most {AMOUNT_FILS_MAX}"),
    )?;
    Ok(sum)
}

/// Whether an amount is one that a bill of a kind with a rule can ask for.
pub(super) fn amount_fits(kind: BillKind, rule: AmountRule, amount_fils: i64) -> Checked {
    match rule {
        AmountRule::Exact => ensure(kind != BillKind::TopUp, "amount_rule", "a top-up takes a range"),
        AmountRule::Range { min_fils, max_fils } => {
            ensure(kind == BillKind::TopUp, "amount_rule", "only a top-up takes a range")?;
            ensure(
                1 <= min_fils && min_fils <= max_fils && max_fils <= AMOUNT_FILS_MAX,
                "amount_rule",
                format!("must be 1 <= min_fils <= max_fils <= {AMOUNT_FILS_MAX}"),
            )?;
            ensure(
                (min_fils..=max_fils).contains(&amount_fils),
                "amount_fils",
                format!("must be {min_fils} to {max_fils} fils"),
            )
        }
    }
}

/// The day that is so many days after today.
fn day(field: &str, today: Date, days: i32) -> Result<String, FixtureError> {
    ensure(
        days.abs() <= DAYS_MAX,
        field,
        format!("is further away than {DAYS_MAX} days"),
    )?;
    today
        .checked_add(days.days())
        .map(|date| date.to_string())
        .map_err(|error| FixtureError::new(field, error.to_string()))
}

/// What an account's form must hold for it to be added by hand; `None` where it can't be.
pub(super) fn form_fields(
    fixture: &AgencyFixture,
    held: &PersonaAccount,
) -> Result<Option<BTreeMap<String, String>>, FixtureError> {
    let account = &held.account;
    let kind = fixture.account_kind(&account.kind).ok_or_else(|| {
        FixtureError::new(
            "account.kind",
            format!("the agency has no kind of account {:?}", account.kind),
        )
    })?;
    let fields = match (kind.form.as_slice(), held.fields.is_empty()) {
        ([], true) => return Ok(None),
        ([only], true) => BTreeMap::from([(only.name.clone(), account.number.clone())]),
        _ => held.fields.clone(),
    };
    check_form(&kind.form, &fields).map_err(|(name, reason)| FixtureError::new(format!("fields.{name}"), reason))?;
    Ok(Some(fields))
}

/// Whether a form is filled in as it must be; else the name of the field at fault and why.
pub(super) fn check_form(
    form: &[rabt_protocol::directory::FormField],
    fields: &BTreeMap<String, String>,
) -> Result<(), (String, String)> {
    for field in form {
        let Some(value) = fields.get(&field.name) else {
            return Err((field.name.clone(), "is missing".to_owned()));
        };
        if let Some(reason) = check::misfit(field, value) {
            return Err((field.name.clone(), reason));
        }
    }
    match fields
        .keys()
        .find(|name| !form.iter().any(|field| &field.name == *name))
    {
        Some(unknown) => Err((unknown.clone(), "is not a field of this form".to_owned())),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn a_share_is_rounded_to_the_nearest_fils_halves_away_from_zero() {
        assert_eq!(share(46_390, 500, 1), 2_320); // 2,319.5
        assert_eq!(share(-46_390, 500, 1), -2_320);
        assert_eq!(share(100, 500, 1), 5);
        assert_eq!(share(9, 500, 1), 0); // 0.45
        assert_eq!(share(9_600_000, 500, 12), 40_000);
        assert_eq!(share(1_000, 500, 12), 4); // 4.17
        assert_eq!(share(i64::MAX, 10_000, 1), i64::MAX);
    }
}
