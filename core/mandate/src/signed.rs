//! What a person signed about mandates, checked: the versions as a chain, where a mandate stands, the answers.
//!
//! A gateway checks one statement more with [`next_version`], [`next_standing`] and [`answer`]; a phone that reads a gateway's list checks
//! all of it with [`versions`], [`standings`] and [`answers`], which say no to a list of which the gateway left out or exchanged something.
//! Both go through the same code, so that a phone never doubts what an honest gateway took.

use crate::{
    instant,
    limits::{ANSWERS_MAX, MANDATES_MAX, STANDINGS_MAX},
    read,
};
use rabt_domain::{
    Invalid, InvalidReason, Mandate, MandateId, Timestamp,
    mandate::{Answer, Draft, Standing, StandingChange, Stop},
};
use rabt_protocol::mandate::{
    self as wired, AnswerStatement, SignedTerms, StandingStatement,
    statement::{self, StatementError},
};

/// A version that was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// What was agreed; its standing is not part of it.
    pub mandate: Mandate,
    /// What the next version names as `previous`.
    pub digest: String,
    /// The thumbprint of the key that signed it.
    pub jkt: String,
}

/// A change of a mandate's standing that was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedStanding {
    /// Which mandate.
    pub mandate: MandateId,
    /// What the person did.
    pub change: StandingChange,
    /// When.
    pub at: Timestamp,
    /// Which of the mandate's changes it is.
    pub seq: u32,
    /// The thumbprint of the key that signed it.
    pub jkt: String,
}

/// An answer that was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedAnswer {
    /// The answer.
    pub answer: Answer,
    /// The thumbprint of the key that signed it.
    pub jkt: String,
}

/// What was signed is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It isn't a statement of the person.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// It is signed by a key that isn't one of the person's.
    #[error("the statement is signed by an unknown key")]
    KeyUnknown,
    /// It doesn't follow what is known; the member that says so.
    #[error("the statement doesn't follow the one before: `{0}`")]
    NotNext(&'static str),
    /// The mandate was revoked.
    #[error("the mandate is revoked")]
    Revoked,
    /// The terms break a bound, or a member is malformed.
    #[error(transparent)]
    Invalid(#[from] Invalid),
}

/// Checks the statement of the first version of a mandate, or of the one after `newest`. That it is signed by one of the person's keys is
/// the caller's to check, and so is what the terms name.
///
/// # Errors
/// [`Refused`]; [`Refused::NotNext`] naming `mandate_id`, `version`, `previous` or `agreed_at`.
pub fn next_version(newest: Option<&Version>, jws: &str, subject: &str) -> Result<Version, Refused> {
    let opened = statement::open::<SignedTerms>(jws, subject)?;
    let mandate = read::draft(opened.statement.mandate).and_then(Draft::parse)?;
    let terms = mandate.terms();
    if newest.is_some_and(|newest| newest.mandate.id() != mandate.id()) {
        return Err(Refused::NotNext("mandate_id"));
    }
    if terms.version
        != newest
            .map_or(0, |newest| newest.mandate.terms().version)
            .saturating_add(1)
    {
        return Err(Refused::NotNext("version"));
    }
    if opened.statement.previous.as_ref() != newest.map(|newest| &newest.digest) {
        return Err(Refused::NotNext("previous"));
    }
    if newest.is_some_and(|newest| newest.mandate.terms().agreed_at > terms.agreed_at) {
        return Err(Refused::NotNext("agreed_at"));
    }
    Ok(Version {
        mandate,
        digest: statement::digest(jws),
        jkt: opened.jkt,
    })
}

/// Checks all versions of a mandate, oldest first, as a list gives them.
///
/// # Errors
/// [`Refused`]; [`Refused::KeyUnknown`] where a version is signed by a key of which `is_known` says no.
pub fn versions(list: &[String], subject: &str, is_known: impl Fn(&str) -> bool) -> Result<Vec<Version>, Refused> {
    if list.len() > MANDATES_MAX {
        return Err(Invalid::new("versions", InvalidReason::TooMany).into());
    }
    let mut versions: Vec<Version> = Vec::with_capacity(list.len());
    for jws in list {
        let version = next_version(versions.last(), jws, subject)?;
        known(&version.jkt, &is_known)?;
        versions.push(version);
    }
    Ok(versions)
}

/// Checks the statement that comes after `before`, of the same mandate. A revocation is taken whatever its number, since nothing may be in
/// the way of stopping; everything else is exactly the next, and nothing comes after a revocation.
///
/// # Errors
/// [`Refused`]; [`Refused::NotNext`] naming `mandate_id` or `seq`.
pub fn next_standing(
    mandate: &MandateId,
    before: &[SignedStanding],
    jws: &str,
    subject: &str,
) -> Result<SignedStanding, Refused> {
    let opened = statement::open::<StandingStatement>(jws, subject)?;
    let said = opened.statement;
    let standing = SignedStanding {
        mandate: MandateId::parse(said.mandate_id)?,
        change: match said.change {
            wired::StandingChange::Pause => StandingChange::Pause,
            wired::StandingChange::Resume => StandingChange::Resume,
            wired::StandingChange::Revoke => StandingChange::Revoke,
        },
        at: instant(&said.at, "at")?,
        seq: said.seq,
        jkt: opened.jkt,
    };
    if standing.mandate != *mandate {
        return Err(Refused::NotNext("mandate_id"));
    }
    if standing.change == StandingChange::Revoke {
        return Ok(standing);
    }
    if before.iter().any(|earlier| earlier.change == StandingChange::Revoke) {
        return Err(Refused::Revoked);
    }
    if standing.seq != last_seq(before).saturating_add(1) {
        return Err(Refused::NotNext("seq"));
    }
    Ok(standing)
}

/// The highest number of a mandate's changes; 0 where there is none. The next one is one above.
pub fn last_seq(standings: &[SignedStanding]) -> u32 {
    standings.iter().map(|standing| standing.seq).max().unwrap_or(0)
}

/// Checks all changes of a mandate's standing, oldest first, as a list gives them.
///
/// # Errors
/// [`Refused`].
pub fn standings(
    mandate: &MandateId,
    list: &[String],
    subject: &str,
    is_known: impl Fn(&str) -> bool,
) -> Result<Vec<SignedStanding>, Refused> {
    if list.len() > STANDINGS_MAX {
        return Err(Invalid::new("standing", InvalidReason::TooMany).into());
    }
    let mut standings = Vec::with_capacity(list.len());
    for jws in list {
        let standing = next_standing(mandate, &standings, jws, subject)?;
        known(&standing.jkt, &is_known)?;
        standings.push(standing);
    }
    Ok(standings)
}

/// Where a mandate stands after its changes, oldest first.
pub fn standing(changes: &[SignedStanding]) -> Standing {
    changes.iter().fold(Standing::Active, |standing, change| {
        standing.after(change.change, change.at)
    })
}

/// The times during which a mandate must not pay, for the audit.
pub fn stops(changes: &[SignedStanding]) -> Vec<Stop> {
    let mut stops: Vec<Stop> = Vec::new();
    let mut standing = Standing::Active;
    for change in changes {
        let after = standing.after(change.change, change.at);
        if after == standing {
            continue;
        }
        if matches!(standing, Standing::Paused { .. })
            && let Some(stop) = stops.last_mut()
        {
            stop.until = Some(change.at);
        }
        if after != Standing::Active {
            stops.push(Stop {
                mandate: change.mandate.clone(),
                from: change.at,
                until: None,
                revoked: matches!(after, Standing::Revoked { .. }),
            });
        }
        standing = after;
    }
    stops
}

/// Checks an answer about a bill of a mandate.
///
/// # Errors
/// [`Refused`]; [`Refused::NotNext`] naming `mandate_id` for one about another mandate.
pub fn answer(mandate: &MandateId, jws: &str, subject: &str) -> Result<SignedAnswer, Refused> {
    let opened = statement::open::<AnswerStatement>(jws, subject)?;
    let answer = read::answer(opened.statement.answer)?;
    if answer.mandate != *mandate {
        return Err(Refused::NotNext("mandate_id"));
    }
    Ok(SignedAnswer {
        answer,
        jkt: opened.jkt,
    })
}

/// Checks all answers about a mandate's bills, as a list gives them.
///
/// # Errors
/// [`Refused`].
pub fn answers(
    mandate: &MandateId,
    list: &[String],
    subject: &str,
    is_known: impl Fn(&str) -> bool,
) -> Result<Vec<SignedAnswer>, Refused> {
    if list.len() > ANSWERS_MAX {
        return Err(Invalid::new("answers", InvalidReason::TooMany).into());
    }
    list.iter()
        .map(|jws| {
            let signed = answer(mandate, jws, subject)?;
            known(&signed.jkt, &is_known).map(|()| signed)
        })
        .collect()
}

fn known(jkt: &str, is_known: &impl Fn(&str) -> bool) -> Result<(), Refused> {
    if is_known(jkt) {
        Ok(())
    } else {
        Err(Refused::KeyUnknown)
    }
}
