//! Writing fixtures into the city's memory, once.

use super::{
    AgencyError, AgencyFixture, issue,
    store::{
        accounts::{self, Held},
        bills,
    },
};
use crate::{
    context::Ctx,
    personas::{self, Persona, PersonaAccount, PersonaBill},
};
use jiff::civil::Date;
use rusqlite::Transaction;

/// In [`accounts::mark_loaded`]: what is nobody's who can sign in.
const NOBODYS: &str = "";
/// In [`accounts::mark_loaded`]: the persona as a whole.
const EVERYWHERE: &str = "";

/// Writes a persona's accounts and bills into every agency that runs. A second time does nothing.
pub(crate) fn seed(ctx: &Ctx, persona: &Persona) -> Result<(), AgencyError> {
    let (agencies, today) = (ctx.agencies(), ctx.clock.today());
    ctx.state.transact(|tx| {
        accounts::mark_loaded(tx, EVERYWHERE, &persona.persona_id)?;
        for agency in agencies.values() {
            load_persona(tx, &agency.fixture, persona, today)?;
        }
        Ok(())
    })
}

/// Writes what an agency's fixture holds from the beginning, and what the personas that are loaded have with it. To be called
/// when an agency starts, also one that joins a running city. A second time does nothing.
pub(crate) fn seed_agency(ctx: &Ctx, agency_id: &str) -> Result<(), AgencyError> {
    let agency = ctx
        .agency(agency_id)
        .ok_or_else(|| AgencyError::not_found(format!("agency {agency_id:?}")))?;
    let today = ctx.clock.today();
    ctx.state.transact(|tx| {
        if !accounts::mark_loaded(tx, agency_id, NOBODYS)? {
            for holding in agency
                .fixture
                .holdings
                .iter()
                .filter(|holding| holding.persona_id.is_none())
            {
                let bills = personas::all_bills(&holding.bills, &holding.series)?;
                load(tx, &agency.fixture, None, &holding.accounts, &bills, today)?;
            }
        }
        for persona in personas::all() {
            if accounts::is_loaded(tx, EVERYWHERE, &persona.persona_id)? {
                load_persona(tx, &agency.fixture, persona, today)?;
            }
        }
        Ok(())
    })
}

fn load_persona(
    tx: &Transaction<'_>,
    fixture: &AgencyFixture,
    persona: &Persona,
    today: Date,
) -> Result<(), AgencyError> {
    if accounts::mark_loaded(tx, &fixture.agency_id, &persona.persona_id)? {
        return Ok(());
    }
    let subject = Some(persona.subject.as_str());
    load(tx, fixture, subject, &persona.accounts, &persona.bills, today)?;
    let held = fixture.holdings.iter();
    for holding in held.filter(|holding| holding.persona_id.as_ref() == Some(&persona.persona_id)) {
        let bills = personas::all_bills(&holding.bills, &holding.series)?;
        load(tx, fixture, subject, &holding.accounts, &bills, today)?;
    }
    Ok(())
}

/// Writes those of the accounts and bills that are this agency's.
fn load(
    tx: &Transaction<'_>,
    fixture: &AgencyFixture,
    subject: Option<&str>,
    held: &[PersonaAccount],
    owed: &[PersonaBill],
    today: Date,
) -> Result<(), AgencyError> {
    fixture.validate_held(held, owed)?;
    let agency_id = &fixture.agency_id;
    let held: Vec<_> = held.iter().filter(|held| held.agency_id == *agency_id).collect();
    for held in &held {
        let account_id = &held.account.account_id;
        if accounts::get(tx, agency_id, account_id)?.is_some() {
            return Err(taken("account_id", account_id));
        }
        let held = Held {
            account: held.account.clone(),
            fields: issue::form_fields(fixture, held)?,
            facts: held.facts.clone(),
        };
        accounts::insert(tx, agency_id, subject, &held)?;
    }
    for owed in owed.iter().filter(|owed| owed.agency_id == *agency_id) {
        if bills::get(tx, agency_id, &owed.bill_id)?.is_some() {
            return Err(taken("bill_id", &owed.bill_id));
        }
        let account = held.iter().find(|held| held.account.account_id == owed.account_id);
        let facts = account.map(|held| held.facts.clone()).unwrap_or_default();
        let bill = issue::bill(fixture, &facts, owed, today)?;
        // A fixture's instants are of the forenoon in UTC, so that the day is Dubai's too.
        let closed_on = bill.paid.as_ref().and_then(|paid| paid.paid_at.get(..10));
        bills::insert(tx, &bill, closed_on)?;
    }
    Ok(())
}

fn taken(field: &str, value: &str) -> AgencyError {
    AgencyError::invalid(field, format!("{value:?} is there already; choose another"))
}
