//! What an agency says, in the domain's words. Each function refuses with the member at fault.

use super::{ConsentTerms, malformed, refused_member};
use crate::{LinkError, wire};
use rabt_domain::{
    Account, AccountId, AccountKey, AgencyId, Bill, BillId, BillKey, BillKind, BillStatus, Currency, Fils, Holder,
    IncidentKind, Invalid, InvalidReason, Personal,
    bill::{AmountRule, BillLine, BillPaid, CHANNEL_RABT},
    text,
};
use rabt_protocol::agency as wired;
use std::collections::BTreeSet;
use wire::At as _;

/// The agency keeps what was agreed and nothing else.
pub(super) fn check_consent(body: &[u8], terms: &ConsentTerms) -> Result<(), LinkError> {
    let consent: wired::Consent = wire::document(body).map_err(malformed)?;
    let differs = |field: &str| Err(refused_member(Invalid::new(field, InvalidReason::Inconsistent)));
    if consent.consent_id != terms.id.as_str() {
        return differs("consent_id");
    }
    let purposes = |list: &[String]| list.iter().cloned().collect::<BTreeSet<_>>();
    if purposes(&consent.purposes) != purposes(&terms.purposes) {
        return differs("purposes");
    }
    let expires_at = wire::instant(&consent.expires_at, "expires_at").map_err(refused_member)?;
    if expires_at > terms.expires_at {
        return differs("expires_at");
    }
    Ok(())
}

/// An account.
pub(super) fn account(entry: &str, agency: &AgencyId) -> Result<Account, Invalid> {
    let account: wired::Account =
        serde_json::from_str(entry).map_err(|_| Invalid::new("account", InvalidReason::Malformed))?;
    Ok(Account {
        key: AccountKey {
            agency: agency.clone(),
            account: AccountId::parse(account.account_id)?,
        },
        kind: wire::word(account.kind, "kind")?,
        number: wire::personal_text(account.number, "number")?,
        label: wire::bilingual(account.label, "label")?,
        holder: match account.holder {
            wired::Holder::Own => Holder::Own,
            wired::Holder::AddedByHand => Holder::AddedByHand,
            wired::Holder::Unknown => Holder::Unknown,
        },
        balance: account
            .balance_fils
            .map(|fils| wire::amount(fils, "balance_fils"))
            .transpose()?,
    })
}

/// A bill of this agency and one of these accounts, or what is to be recorded of it.
pub(super) fn bill(entry: &str, agency: &AgencyId, linked: &BTreeSet<AccountId>) -> Result<Bill, IncidentKind> {
    let bill: wired::Bill = serde_json::from_str(entry).map_err(|_| IncidentKind::Malformed)?;
    if bill.agency_id != agency.as_str() {
        return Err(IncidentKind::AnotherAgency);
    }
    let account = AccountId::parse(bill.account_id.clone()).map_err(|_| IncidentKind::Malformed)?;
    if !linked.contains(&account) {
        return Err(IncidentKind::UnknownAccount);
    }
    checked(bill, agency, account).map_err(|invalid| wire::incident_of(&invalid))
}

/// The name of a bill that can't be read otherwise.
pub(super) fn bill_named(entry: &str) -> Option<BillId> {
    #[derive(serde::Deserialize)]
    struct Named {
        bill_id: String,
    }
    let named: Named = serde_json::from_str(entry).ok()?;
    BillId::parse(named.bill_id).ok()
}

fn checked(bill: wired::Bill, agency: &AgencyId, account: AccountId) -> Result<Bill, Invalid> {
    let (status, paid) = status(bill.status, bill.paid)?;
    Bill {
        key: BillKey {
            agency: agency.clone(),
            bill: BillId::parse(bill.bill_id)?,
        },
        account,
        kind: bill_kind(bill.kind),
        kind_code: wire::word(bill.kind_code, "kind_code")?,
        title: wire::bilingual(bill.title, "title")?,
        reference: wire::personal_text(bill.reference, "reference")?,
        status,
        issued_on: wire::day(&bill.issued_on, "issued_on")?,
        due_on: wire::day(&bill.due_on, "due_on")?,
        period: bill
            .period
            .map(|period| Ok((wire::day(&period.from, "period")?, wire::day(&period.to, "period")?)))
            .transpose()?,
        lines: bill
            .lines
            .into_iter()
            .enumerate()
            .map(|(index, line)| self::line(line).map_err(|invalid| invalid.within(format_args!("lines[{index}]"))))
            .collect::<Result<_, Invalid>>()?,
        amount: Fils::owed(bill.amount_fils).map(Personal::new)?,
        currency: Currency::parse(&bill.currency)?,
        amount_rule: match bill.amount_rule {
            wired::AmountRule::Exact => AmountRule::Exact,
            wired::AmountRule::Range { min_fils, max_fils } => AmountRule::Range {
                min: Fils::owed(min_fils).at("min_fils")?,
                max: Fils::owed(max_fils).at("max_fils")?,
            },
        },
        revision: bill.revision,
        paid,
    }
    .checked()
}

/// "Paid" comes apart in two: through the hub, or by another way.
fn status(status: wired::BillStatus, paid: Option<wired::BillPaid>) -> Result<(BillStatus, Option<BillPaid>), Invalid> {
    let paid = paid
        .map(|paid| {
            Ok::<_, Invalid>(BillPaid {
                at: wire::instant(&paid.paid_at, "paid_at")?,
                amount: Fils::owed(paid.amount_fils).map(Personal::new)?,
                channel: wire::word(paid.channel, "channel")?,
            })
        })
        .transpose()
        .map_err(|invalid| invalid.within("paid"))?;
    Ok(match status {
        wired::BillStatus::Paid if paid.as_ref().is_some_and(|paid| paid.channel != CHANNEL_RABT) => {
            (BillStatus::PaidElsewhere, paid)
        }
        wired::BillStatus::Paid => (BillStatus::Paid, paid),
        wired::BillStatus::Open => (BillStatus::Open, paid),
        wired::BillStatus::Withdrawn => (BillStatus::Withdrawn, paid),
        // Whatever the newer word means, it isn't "paid" to this version.
        wired::BillStatus::Unknown => (BillStatus::Unknown, None),
    })
}

fn line(line: wired::BillLine) -> Result<BillLine, Invalid> {
    Ok(BillLine {
        code: wire::word(line.code, "code")?,
        title: wire::bilingual(line.title, "title")?,
        amount: wire::amount(line.amount_fils, "amount_fils")?,
        source: line
            .source
            .map(|source| Ok((text::shown(source.name, "source")?, wire::day(&source.as_of, "as_of")?)))
            .transpose()?,
    })
}

/// The shape of a bill.
pub(crate) fn bill_kind(kind: wired::BillKind) -> BillKind {
    match kind {
        wired::BillKind::Utility => BillKind::Utility,
        wired::BillKind::Fine => BillKind::Fine,
        wired::BillKind::Fee => BillKind::Fee,
        wired::BillKind::TopUp => BillKind::TopUp,
        wired::BillKind::Unknown => BillKind::Unknown,
    }
}
