//! Quotes: a basket is put together from what the person sees, and the hub asked what it costs now.

use super::Chosen;
use crate::{
    RabtError,
    core::{Core, Shared},
    error::ConflictCode,
};
use rabt_domain::{Basket, Invalid, InvalidReason, Quote};

pub(super) async fn quote(core: &Shared, chosen: &[Chosen]) -> Result<Quote, RabtError> {
    let basket = basket(core, chosen).await?;
    let gateway = core.gateway_client().await?;
    match gateway.quote(&basket, core.now()).await {
        Ok(quote) => {
            core.quotes.keep(quote.clone());
            Ok(quote)
        }
        Err(error) => {
            core.record_incident(None, &error).await;
            Err(error.into())
        }
    }
}

/// The basket of what was chosen, from the bills as the person sees them.
async fn basket(core: &Core, chosen: &[Chosen]) -> Result<Basket, RabtError> {
    if chosen.len() > rabt_domain::basket::ITEMS_MAX {
        return Err(Invalid::new("items", InvalidReason::TooMany).into());
    }
    let keys: Vec<_> = chosen.iter().map(|item| item.bill.clone()).collect();
    let bills = core
        .stored(move |store| {
            keys.iter()
                .map(|key| store.bills().get(key))
                .collect::<Result<Vec<_>, _>>()
        })
        .await?;
    let mut items = Vec::with_capacity(chosen.len());
    for (index, (item, stored)) in chosen.iter().zip(&bills).enumerate() {
        let unknown = || Invalid::new(format!("items[{index}].bill"), InvalidReason::Unsupported);
        let stored = stored.as_ref().ok_or_else(unknown)?;
        if stored.paying.is_some() {
            return Err(RabtError::Conflict {
                code: ConflictCode::BillBeingPaid,
            });
        }
        items.push((&stored.bill, item.amount));
    }
    Ok(Basket::new(items)?)
}
