//! Sending what was signed: what ends a mandate first, then the rest in its order, each with the bytes that were written down, until the gateway
//! has said that it has it.

use super::{announce, book::Book, learn, sign};
use crate::{RabtError, core::Shared};
use rabt_domain::mandate::{Standing, StandingChange};
use rabt_link::{GatewayClient, LinkError, gateway::MandateRecord};
use rabt_protocol::{mandate::Dispute, problem::code};
use rabt_store::mandates::{Sent, Statement, StatementKind};

/// The refusals after which a statement isn't sent again: the gateway has judged it. After any other it may still take it.
const FINAL: [&str; 7] = [
    code::STATEMENT_INVALID,
    code::STATEMENT_KEY_UNKNOWN,
    code::MANDATE_OLDER,
    code::MANDATE_REVOKED,
    code::MANDATE_INVALID,
    code::INSTRUMENT_UNKNOWN,
    code::NOT_FOUND,
];
/// What is written down of terms that were never sent, since their mandate was ended before.
const NEVER_SENT: &str = "never_sent";

/// Sends what a call has just written down, and everything before it. That it can't be sent now is no error; that the gateway refuses this very
/// statement is one.
pub(super) async fn now(core: &Shared, text: Option<&str>) -> Result<(), RabtError> {
    match all(core).await {
        Ok(refused) => match refused.into_iter().find(|(of, _)| Some(of.as_str()) == text) {
            Some((_, error)) => Err(error),
            None => Ok(()),
        },
        Err(
            RabtError::Offline
            | RabtError::AgencyUnavailable { .. }
            | RabtError::SignInRequired { .. }
            | RabtError::StepUpRequired { .. },
        ) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Sends everything that the gateway isn't known to have; says how many it has now.
pub(crate) async fn send_unsent(core: &Shared) -> Result<usize, RabtError> {
    let before = core.stored(|store| store.mandates().unsent_statements()).await?.len();
    if before == 0 {
        return Ok(0);
    }
    all(core).await?;
    let after = core.stored(|store| store.mandates().unsent_statements()).await?.len();
    Ok(before.saturating_sub(after))
}

/// The statements that were refused, each with why.
async fn all(core: &Shared) -> Result<Vec<(String, RabtError)>, RabtError> {
    let _alone = core.sending.lock().await;
    let mut unsent = core.stored(|store| store.mandates().unsent_statements()).await?;
    // Stable: the rest keeps its order.
    unsent.sort_by_key(|statement| statement.kind != StatementKind::Revoke);
    let mut refused = Vec::new();
    if unsent.is_empty() {
        return Ok(refused);
    }
    let gateway = core.gateway_client().await?;
    for statement in unsent {
        // One that ended a mandate may have made this one needless meanwhile.
        let text = statement.text.reveal().clone();
        if !core.stored(move |store| is_unsent(store, &text)).await? {
            continue;
        }
        if let Some(error) = one(core, &gateway, &statement).await? {
            refused.push((statement.text.reveal().clone(), error));
        }
        announce(core);
    }
    Ok(refused)
}

fn is_unsent(store: &rabt_store::Store, text: &str) -> Result<bool, rabt_store::StoreError> {
    let unsent = store.mandates().unsent_statements()?;
    Ok(unsent.iter().any(|statement| statement.text.reveal() == text))
}

/// Sends one; an error of the call ends the sending, a refusal of the statement doesn't.
async fn one(core: &Shared, gateway: &GatewayClient, statement: &Statement) -> Result<Option<RabtError>, RabtError> {
    match sent(gateway, statement).await {
        Ok(record) => {
            note(core, statement, Sent::Acknowledged { at: core.now() }).await?;
            if let Some(record) = record {
                learn::records(core, vec![record], false).await?;
            }
            Ok(None)
        }
        Err(LinkError::Refused(refusal)) if FINAL.contains(&refusal.code.as_str()) => {
            let code = refusal.code.clone();
            if !settled_otherwise(core, gateway, statement, &code).await? {
                note(core, statement, Sent::Refused { code }).await?;
                return Ok(Some(LinkError::Refused(refusal).into()));
            }
            Ok(None)
        }
        Err(error) => {
            core.record_incident(None, &error).await;
            Err(error.into())
        }
    }
}

async fn sent(gateway: &GatewayClient, statement: &Statement) -> Result<Option<MandateRecord>, LinkError> {
    let (mandate, text) = (&statement.mandate, statement.text.reveal());
    match statement.kind {
        StatementKind::Terms => gateway.register_mandate(text).await.map(Some),
        StatementKind::Pause | StatementKind::Resume | StatementKind::Revoke => {
            gateway.change_standing(mandate, text).await.map(Some)
        }
        StatementKind::Answer => gateway.answer_mandate(mandate, text).await.map(|()| None),
        StatementKind::Dispute => match serde_json::from_str::<Dispute>(text) {
            Ok(dispute) => gateway.dispute_decision(mandate, &dispute).await.map(|()| None),
            Err(error) => Err(LinkError::Bug(error.into())),
        },
    }
}

/// A refused stop isn't lost: what it wanted is so already, or is said again in its new place.
async fn settled_otherwise(
    core: &Shared,
    gateway: &GatewayClient,
    statement: &Statement,
    code: &str,
) -> Result<bool, RabtError> {
    let change = match statement.kind {
        StatementKind::Pause => StandingChange::Pause,
        StatementKind::Resume => StandingChange::Resume,
        StatementKind::Revoke => StandingChange::Revoke,
        StatementKind::Terms | StatementKind::Answer | StatementKind::Dispute => return Ok(false),
    };
    match code {
        // The gateway never had the mandate: it shall not get it either.
        code::NOT_FOUND if change == StandingChange::Revoke => {
            let of = statement.mandate.clone();
            let terms = core.stored(|store| store.mandates().unsent_statements()).await?;
            for other in terms
                .iter()
                .filter(|other| other.mandate == of && other.text != statement.text)
            {
                let code = NEVER_SENT.to_owned();
                note(core, other, Sent::Refused { code }).await?;
            }
            note(core, statement, Sent::Acknowledged { at: core.now() }).await?;
            Ok(true)
        }
        code::MANDATE_OLDER | code::STATEMENT_KEY_UNKNOWN => {
            let code = code.to_owned();
            note(core, statement, Sent::Refused { code }).await?;
            let sifted = gateway.mandates().await?;
            learn::records(core, sifted.items, true).await?;
            again(core, gateway, statement, change).await?;
            Ok(true)
        }
        _ => Ok(false),
    }
}

/// Says a stop again after what another device has said meanwhile, unless it is so already.
async fn again(
    core: &Shared,
    gateway: &GatewayClient,
    statement: &Statement,
    change: StandingChange,
) -> Result<(), RabtError> {
    let book = core.stored(Book::read).await?;
    let Some(known) = book.get(&statement.mandate) else {
        return Ok(());
    };
    let is_so = matches!(
        (known.standing(), change),
        (Standing::Revoked { .. }, _)
            | (Standing::Paused { .. }, StandingChange::Pause)
            | (Standing::Active, StandingChange::Resume)
    );
    if is_so {
        return Ok(());
    }
    let subject = learn::owner(core).await?;
    let seq = known.next_seq();
    let anew = sign::stop(core, &subject, known.id(), seq, change, statement.at).await?;
    let written = vec![anew.clone()];
    core.stored(move |store| store.mandates().write_statements(&written))
        .await?;
    if let Ok(record) = gateway.change_standing(&anew.mandate, anew.text.reveal()).await {
        note(core, &anew, Sent::Acknowledged { at: core.now() }).await?;
        learn::records(core, vec![record], false).await?;
    }
    Ok(())
}

async fn note(core: &Shared, statement: &Statement, sent: Sent) -> Result<(), RabtError> {
    let text = statement.text.reveal().clone();
    core.stored(move |store| store.mandates().note_sent(&text, &sent))
        .await?;
    Ok(())
}
