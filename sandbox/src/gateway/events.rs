//! Events: kept in order, pulled by a cursor, never pushed. The agencies' and the bank's news come in here too.

use super::{cursor::Cursors, directory, instruments};
use crate::{
    bank::api::InstrumentEvent,
    clock::rfc3339,
    context::{Ctx, random_text},
    identity::guard::Caller,
    server::reply::{Refusal, Reply, ServiceCaller, WireJson},
};
use axum::extract::{Query, State, rejection::QueryRejection};
use http::StatusCode;
use rabt_protocol::event::{Event, EventData, EventPage, kind};
use rusqlite::{Transaction, params};
use serde::Deserialize;

/// The source of the gateway's own events.
pub(super) const GATEWAY: &str = "urn:rabt:gateway";
/// As the wire promises.
const EVENTS_PER_PAGE: usize = 100;
/// Those of the events.
const CURSORS: Cursors = Cursors('e');
/// The city keeps this many: enough for a client that was away for long, and a bound. Who comes later than that refreshes
/// everything anyway.
const EVENTS_KEPT_MAX: i64 = 100_000;

/// Who is told.
#[derive(Clone, Copy, Debug)]
pub(super) enum Told<'a> {
    /// One person (`sub`).
    One(&'a str),
    /// Everybody.
    All,
}

/// Adds an event to the end.
pub(super) fn append(
    tx: &Transaction<'_>,
    told: Told<'_>,
    source: &str,
    kind: &str,
    now_ms: i64,
    data: &EventData,
) -> Reply<()> {
    let subject = match told {
        Told::One(subject) => Some(subject),
        Told::All => None,
    };
    let data = serde_json::to_string(data).map_err(|error| Refusal::internal(&error))?;
    tx.execute(
        "INSERT INTO gateway_event (event_id, subject, source, kind, at_ms, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![format!("evt_{}", random_text()), subject, source, kind, now_ms, data],
    )?;
    tx.execute(
        "DELETE FROM gateway_event WHERE seq <= ?1",
        [tx.last_insert_rowid().saturating_sub(EVENTS_KEPT_MAX)],
    )?;
    Ok(())
}

#[derive(Deserialize)]
pub(super) struct Since {
    #[serde(default)]
    cursor: Option<String>,
}

/// `GET /v1/events`.
pub(super) async fn pull(
    State(ctx): State<Ctx>,
    caller: Caller,
    since: Result<Query<Since>, QueryRejection>,
) -> Reply<WireJson<EventPage>> {
    let Query(since) = since.map_err(|error| Refusal::invalid("query", error.body_text()))?;
    // An agency that joined is news for whoever asks for news, also before anybody asked for the directory.
    directory::current(&ctx)?;
    let after = CURSORS.position_of(since.cursor.as_deref())?;
    let rows = ctx.state.transact(|tx| -> Reply<Vec<(i64, Event)>> {
        let mut statement = tx.prepare(
            "SELECT seq, event_id, source, kind, at_ms, data FROM gateway_event
             WHERE seq > ?1 AND (subject = ?2 OR subject IS NULL) ORDER BY seq LIMIT ?3",
        )?;
        let at_most = i64::try_from(EVENTS_PER_PAGE + 1).unwrap_or(i64::MAX);
        let rows = statement.query_map(params![after, caller.subject, at_most], |row| {
            let data: String = row.get(5)?;
            let event = Event {
                specversion: "1.0".to_owned(),
                id: row.get(1)?,
                source: row.get(2)?,
                kind: row.get(3)?,
                time: rfc3339(row.get(4)?),
                data: serde_json::from_str(&data).unwrap_or_default(),
            };
            Ok((row.get(0)?, event))
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    })?;
    let more = rows.len() > EVENTS_PER_PAGE;
    let rows: Vec<_> = rows.into_iter().take(EVENTS_PER_PAGE).collect();
    let last = rows.last().map_or(after, |(seq, _)| *seq);
    Ok(WireJson(EventPage {
        subject: caller.subject,
        events: rows.into_iter().map(|(_, event)| event).collect(),
        next_cursor: CURSORS.at(last),
        more,
    }))
}

/// What an agency says: `POST /v1/agency-events`.
#[derive(Deserialize)]
pub(super) struct AgencyEvent {
    agency_id: String,
    subject: String,
    bill_id: String,
    kind: String,
}

/// Takes in an agency's news.
pub(super) async fn from_agency(
    State(ctx): State<Ctx>,
    _: ServiceCaller,
    WireJson(event): WireJson<AgencyEvent>,
) -> Reply<StatusCode> {
    if ctx.agency(&event.agency_id).is_none() {
        return Err(Refusal::invalid("agency_id", "is no agency of this city"));
    }
    if event.kind != kind::BILLS_CHANGED {
        return Err(Refusal::invalid(
            "kind",
            format!("an agency says {} and nothing else", kind::BILLS_CHANGED),
        ));
    }
    let data = EventData {
        agency_id: Some(event.agency_id.clone()),
        bill_id: Some(event.bill_id),
        ..EventData::default()
    };
    let source = format!("urn:rabt:agency:{}", event.agency_id);
    let now_ms = ctx.clock.now_ms();
    ctx.state
        .transact(|tx| append(tx, Told::One(&event.subject), &source, &event.kind, now_ms, &data))?;
    ctx.autopay.wake(&event.subject);
    Ok(StatusCode::ACCEPTED)
}

/// What the bank says: `POST /v1/instrument-events`.
pub(super) async fn from_bank(
    State(ctx): State<Ctx>,
    _: ServiceCaller,
    WireJson(event): WireJson<InstrumentEvent>,
) -> Reply<StatusCode> {
    instruments::refresh(&ctx, &event.token).await?;
    ctx.autopay.wake_all();
    Ok(StatusCode::ACCEPTED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written_and_nothing_else_is() {
        assert_eq!(CURSORS.position_of(Some(&CURSORS.at(41))), Ok(41));
        assert_eq!(CURSORS.position_of(None), Ok(0));
        for odd in ["41", "e", "e-1", "e41x", "E41", "e99999999999999999999"] {
            assert!(CURSORS.position_of(Some(odd)).is_err(), "{odd}");
        }
    }
}
