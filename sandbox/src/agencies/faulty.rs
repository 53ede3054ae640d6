//! The faults that only an agency can have: a bill in its answer that is somebody else's, and pages without end.

use super::{AgencyError, store::bills};
use crate::{context::Ctx, server::faults::FaultKind};
use rabt_protocol::{
    CURRENCY_AED, Localized,
    agency::{AmountRule, Bill, BillKind, BillLine, BillStatus},
};

/// The bill that must not be there, where such a fault is switched on for this agency and path.
pub(super) fn bill(ctx: &Ctx, agency_id: &str, subject: &str, path: &str) -> Result<Option<Bill>, AgencyError> {
    let on = |kind| ctx.faults.take(agency_id, path, &kind).is_some();
    let found = if on(FaultKind::AnotherPersonsBill) {
        ctx.state.transact(|tx| bills::of_somebody_else(tx, agency_id, subject))
    } else if on(FaultKind::AnotherAgencysBill) {
        ctx.state
            .transact(|tx| bills::of_another_agency(tx, agency_id, subject))
            .map(|found| {
                // Alone in the city, the agency claims one of an agency that isn't there.
                found.or_else(|| {
                    Some(Bill {
                        agency_id: format!("{agency_id}-2"),
                        ..made_up(ctx, agency_id)
                    })
                })
            })
    } else {
        return Ok(None);
    };
    Ok(Some(found?.unwrap_or_else(|| made_up(ctx, agency_id))))
}

/// Whether such a fault is switched on: pages without end.
pub(super) fn never_ends(ctx: &Ctx, agency_id: &str, path: &str) -> bool {
    ctx.faults.take(agency_id, path, &FaultKind::EndlessPages).is_some()
}

/// A bill of somebody's whom the city doesn't know, for an agency that has nobody else's to show.
fn made_up(ctx: &Ctx, agency_id: &str) -> Bill {
    let today = ctx.clock.today().to_string();
    let title = Localized::new("Somebody else's bill", "فاتورة شخص آخر");
    Bill {
        bill_id: "somebody-elses".to_owned(),
        agency_id: agency_id.to_owned(),
        account_id: "somebody-elses".to_owned(),
        kind: BillKind::Fee,
        kind_code: "somebody-elses".to_owned(),
        title: title.clone(),
        reference: "SE-1".to_owned(),
        status: BillStatus::Open,
        issued_on: today.clone(),
        due_on: today,
        period: None,
        lines: vec![BillLine {
            code: "somebody-elses".to_owned(),
            title,
            amount_fils: 10_000,
            source: None,
        }],
        amount_fils: 10_000,
        currency: CURRENCY_AED.to_owned(),
        amount_rule: AmountRule::Exact,
        revision: 1,
        paid: None,
    }
}
