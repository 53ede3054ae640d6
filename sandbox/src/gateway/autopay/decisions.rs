//! The log of decisions: each that changed, in order, and again when its payment changed; and the pages in which a phone reads it.

use super::{
    runner::{Pay, Planned},
    situation,
    store::{json, parsed},
};
use crate::{
    clock::rfc3339,
    context::Ctx,
    gateway::cursor::Cursors,
    gateway::events::{self, Told},
    identity::guard::Caller,
    server::reply::{Refusal, Reply, WireJson},
};
use axum::extract::{Query, State, rejection::QueryRejection};
use rabt_protocol::{
    event::{EventData, kind},
    mandate::{MandateDecisionPage, Progress, Report, ReportedDecision, Rule},
};
use rusqlite::{OptionalExtension as _, Transaction, params};
use serde::Deserialize;

/// As the wire promises.
const DECISIONS_PER_PAGE: usize = 100;
/// Those of the decisions.
const CURSORS: Cursors = Cursors('d');

/// The log of a person, within a transaction.
pub(super) struct Log<'a, 'c> {
    tx: &'a Transaction<'c>,
    subject: &'a str,
    now_ms: i64,
    has_news: bool,
}

impl<'a, 'c> Log<'a, 'c> {
    pub(super) fn open(tx: &'a Transaction<'c>, subject: &'a str, now_ms: i64) -> Reply<Self> {
        Ok(Self {
            tx,
            subject,
            now_ms,
            has_news: false,
        })
    }

    /// Tells the payments again whose progress is another than was last told.
    pub(super) fn retell_progress(&mut self) -> Reply<()> {
        let open: Vec<(String, String, String)> = self
            .tx
            .prepare(
                "SELECT payment_id, body, progress FROM gateway_mandate_payment
                 WHERE subject = ?1 AND progress = '{\"state\":\"in_flight\"}' ORDER BY rowid",
            )?
            .query_map([self.subject], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<rusqlite::Result<_>>()?;
        for (payment_id, body, told) in open {
            let progress = situation::progress(self.tx, &payment_id)?;
            let now = json(&progress)?;
            if now == told {
                continue;
            }
            let mut decision: ReportedDecision = parsed(&body)?;
            if let Some(payment) = &mut decision.payment {
                payment.progress = progress;
            }
            self.tx.execute(
                "UPDATE gateway_mandate_payment SET progress = ?2 WHERE payment_id = ?1",
                params![payment_id, now],
            )?;
            self.append(&decision, true)?;
        }
        Ok(())
    }

    /// Notes a decision that pays nothing, if it says something else than the one before about the bill.
    pub(super) fn note(&mut self, plan: &Planned) -> Reply<()> {
        let decision = &plan.decision;
        if !plan.is_told || self.is_hidden(decision)? {
            return Ok(());
        }
        let last: Option<(i64, String, bool)> = self
            .tx
            .query_row(
                "SELECT seq, body, told FROM gateway_decision WHERE subject = ?1 AND agency_id = ?2 AND bill_id = ?3
                 ORDER BY seq DESC LIMIT 1",
                params![self.subject, decision.agency_id, decision.bill_id],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
            .optional()?;
        if let Some((seq, body, told)) = last {
            let before: ReportedDecision = parsed(&body)?;
            // That what was decided is being done is no news.
            let goes_on = before.payment.is_some() && matches!(decision.because, Rule::BeingPaid);
            let same = before.payment.is_none() && before.because == decision.because && before.by == decision.by;
            if goes_on || same {
                if plan.tell && !told {
                    self.tx
                        .execute("UPDATE gateway_decision SET told = 1 WHERE seq = ?1", [seq])?;
                    self.ask(decision)?;
                }
                return Ok(());
            }
        }
        self.append(decision, plan.tell)?;
        if plan.tell { self.ask(decision) } else { Ok(()) }
    }

    /// Notes a decision that pays, and its payment.
    pub(super) fn pay(&mut self, plan: &Planned, payment_id: &str, pay: &Pay) -> Reply<()> {
        let told = if plan.is_told {
            json(&Progress::InFlight)?
        } else {
            String::new()
        };
        self.tx.execute(
            "INSERT INTO gateway_mandate_payment (subject, payment_id, body, progress, consent_id, is_posted)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                self.subject,
                payment_id,
                json(&plan.decision)?,
                told,
                pay.consent_id,
                pay.is_posted
            ],
        )?;
        if plan.is_told {
            self.append(&plan.decision, false)?;
        }
        Ok(())
    }

    /// Tells the person's apps that there is something to read.
    pub(super) fn close(self) -> Reply<()> {
        if self.has_news {
            self.tell(kind::AUTOPAY_DECIDED, &EventData::default())?;
        }
        Ok(())
    }

    /// Whether the bill has a payment of which nothing is told.
    fn is_hidden(&self, decision: &ReportedDecision) -> Reply<bool> {
        Ok(self.tx.query_row(
            "SELECT EXISTS (SELECT 1 FROM gateway_mandate_payment m JOIN gateway_payment_item i USING (payment_id)
                 WHERE m.subject = ?1 AND m.progress = '' AND i.agency_id = ?2 AND i.bill_id = ?3)",
            params![self.subject, decision.agency_id, decision.bill_id],
            |row| row.get(0),
        )?)
    }

    fn append(&mut self, decision: &ReportedDecision, told: bool) -> Reply<()> {
        self.tx.execute(
            "INSERT INTO gateway_decision (subject, agency_id, bill_id, body, told) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                self.subject,
                decision.agency_id,
                decision.bill_id,
                json(decision)?,
                told
            ],
        )?;
        self.has_news = true;
        Ok(())
    }

    fn ask(&self, decision: &ReportedDecision) -> Reply<()> {
        let data = EventData {
            agency_id: Some(decision.agency_id.clone()),
            bill_id: Some(decision.bill_id.clone()),
            mandate_id: decision.by.as_ref().map(|by| by.mandate_id.clone()),
            ..EventData::default()
        };
        self.tell(kind::AUTOPAY_ASKED, &data)
    }

    fn tell(&self, kind: &str, data: &EventData) -> Reply<()> {
        events::append(
            self.tx,
            Told::One(self.subject),
            events::GATEWAY,
            kind,
            self.now_ms,
            data,
        )
    }
}

#[derive(Deserialize)]
pub(in crate::gateway) struct Since {
    #[serde(default)]
    cursor: Option<String>,
}

/// `GET /v1/mandate-decisions`.
pub(in crate::gateway) async fn page(
    State(ctx): State<Ctx>,
    caller: Caller,
    since: Result<Query<Since>, QueryRejection>,
) -> Reply<WireJson<MandateDecisionPage>> {
    let Query(since) = since.map_err(|error| Refusal::invalid("query", error.body_text()))?;
    let after = CURSORS.position_of(since.cursor.as_deref())?;
    ctx.state
        .transact(|tx| -> Reply<_> {
            let now_ms = ctx.clock.now_ms();
            let mut log = Log::open(tx, &caller.subject, now_ms)?;
            log.retell_progress()?;
            log.close()?;
            let at_most = i64::try_from(DECISIONS_PER_PAGE + 1).unwrap_or(i64::MAX);
            let rows: Vec<(i64, String)> = tx
                .prepare(
                    "SELECT seq, body FROM gateway_decision WHERE subject = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
                )?
                .query_map(params![caller.subject, after, at_most], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?
                .collect::<rusqlite::Result<_>>()?;
            let more = rows.len() > DECISIONS_PER_PAGE;
            let shown = rows.get(..DECISIONS_PER_PAGE.min(rows.len())).unwrap_or_default();
            let decisions: Vec<ReportedDecision> = shown.iter().map(|(_, body)| parsed(body)).collect::<Reply<_>>()?;
            let as_of_at = match decisions.last() {
                Some(last) if more => last.decided_at.clone(),
                _ => rfc3339(now_ms),
            };
            Ok(MandateDecisionPage {
                next_cursor: CURSORS.at(shown.last().map_or(after, |(seq, _)| *seq)),
                more,
                report: Report { decisions, as_of_at },
                subject: caller.subject.clone(),
            })
        })
        .map(WireJson)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written_and_nothing_else_is() {
        assert_eq!(CURSORS.position_of(Some(&CURSORS.at(41))), Ok(41));
        assert_eq!(CURSORS.position_of(None), Ok(0));
        for odd in ["41", "d", "d-1", "e41"] {
            assert!(CURSORS.position_of(Some(odd)).is_err(), "{odd}");
        }
    }
}
