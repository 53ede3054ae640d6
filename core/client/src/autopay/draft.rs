//! From what a person entered to terms that may be signed, in plain words and with what they should think of.

use super::{
    Preview,
    book::{self, Book},
    foresee,
    said::Sentence,
};
use crate::{RabtError, core::Shared};
use rabt_domain::{
    Directory, Instrument, InstrumentId, InstrumentKind, Invalid, InvalidReason, Mandate, MandateId, Timestamp,
    mandate::{
        BillView, Draft, History, Known, LimitsDraft, Period, ScopeEntryDraft, TopUpDraft, Warning, Weekend, WhenDraft,
        suggest, summary, warnings,
    },
};
use rabt_protocol::jose::base64url;

/// A mandate as a form enters it; every field may be wrong. Money is in fils, days are `YYYY-MM-DD` in Dubai.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MandateDraft {
    /// The mandate whose next version it is; `None` for a new one.
    pub mandate_id: Option<String>,
    /// Which bills; `None` for all of the person's, also of agencies that join later.
    pub scope: Option<Vec<ScopeEntryDraft>>,
    /// With what they are paid.
    pub instrument_id: String,
    /// With what instead, once that has expired, and in no other case.
    pub fallback_instrument_id: Option<String>,
    /// When.
    pub when: WhenDraft,
    /// What becomes of a day on a weekend.
    pub weekend: Weekend,
    /// How much and how often at most.
    pub limits: LimitsDraft,
    /// Ask first above this, in fils.
    pub ask_above_fils: Option<i64>,
    /// Ask first when a utility bill is so many per cent above its usual, 1 to 1,000.
    pub ask_above_usual_percent: Option<i64>,
    /// When prepaid accounts are topped up, and by how much.
    pub top_up: Option<TopUpDraft>,
    /// What comes first when money or a limit is short: 1 before 2, up to 100.
    pub priority: i64,
    /// The first day; today where it is `None`.
    pub from_on: Option<String>,
    /// The last day, less than a year from now; the latest that is allowed where it is `None`.
    pub until_on: Option<String>,
}

impl MandateDraft {
    /// All bills, three days before they are due and before a weekend rather than on it, with no limit; to be changed.
    pub fn new(instrument_id: impl Into<String>) -> Self {
        Self {
            mandate_id: None,
            scope: None,
            instrument_id: instrument_id.into(),
            fallback_instrument_id: None,
            when: WhenDraft::BeforeDue { days: 3 },
            weekend: Weekend::Before,
            limits: LimitsDraft::default(),
            ask_above_fils: None,
            ask_above_usual_percent: None,
            top_up: None,
            priority: 1,
            from_on: None,
            until_on: None,
        }
    }

    /// The terms of a mandate, to be changed.
    pub fn change_of(mandate: &rabt_domain::mandate::Terms) -> Self {
        let draft = Draft::from(mandate);
        Self {
            mandate_id: Some(draft.mandate_id.clone()),
            // What has begun goes on; the next version has a year of its own.
            from_on: None,
            until_on: None,
            ..Self::of(draft)
        }
    }

    fn of(draft: Draft) -> Self {
        Self {
            mandate_id: None,
            scope: draft.scope,
            instrument_id: draft.instrument_id,
            fallback_instrument_id: draft.fallback_instrument_id,
            when: draft.when,
            weekend: draft.weekend,
            limits: draft.limits,
            ask_above_fils: draft.ask_above_fils,
            ask_above_usual_percent: draft.ask_above_usual_percent,
            top_up: draft.top_up,
            priority: draft.priority,
            from_on: Some(draft.from_on),
            until_on: Some(draft.until_on),
        }
    }

    fn into_draft(self, mandate_id: String, version: i64, agreed_at: Timestamp) -> Draft {
        let today = rabt_domain::DubaiDate::at(agreed_at);
        Draft {
            mandate_id,
            version,
            agreed_at,
            scope: self.scope,
            instrument_id: self.instrument_id,
            fallback_instrument_id: self.fallback_instrument_id,
            when: self.when,
            weekend: self.weekend,
            limits: self.limits,
            ask_above_fils: self.ask_above_fils,
            ask_above_usual_percent: self.ask_above_usual_percent,
            top_up: self.top_up,
            priority: self.priority,
            from_on: self.from_on.unwrap_or_else(|| today.to_string()),
            until_on: self
                .until_on
                .unwrap_or_else(|| today.plus_months(12).plus_days(-1).to_string()),
        }
    }
}

/// A draft that may be signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drafted {
    /// What it means, a sentence each: which bills, when, with which limits, when it asks, until when.
    pub summary: Vec<Sentence>,
    /// What the person should think of; it is allowed all the same.
    pub warnings: Vec<(Warning, Sentence)>,
    /// Whether the bank's consent is needed as well, since the instrument is an account.
    pub needs_consent: bool,
}

/// A mandate that would have paid everything on time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// To be shown, changed and signed.
    pub draft: MandateDraft,
    /// What it means and what to think of.
    pub drafted: Drafted,
    /// What it would have done.
    pub preview: Preview,
}

/// A draft that was checked, and what it was checked against.
pub(super) struct Checked {
    pub(super) mandate: Mandate,
    /// The statement of the version before.
    pub(super) previous: Option<String>,
    pub(super) directory: Directory,
    pub(super) instruments: Vec<Instrument>,
}

pub(super) async fn check(core: &Shared, wish: &MandateDraft) -> Result<Checked, RabtError> {
    let (book, instruments) = core
        .stored(|store| Ok((Book::read(store)?, store.instruments().list()?)))
        .await?;
    let now = core.now();
    let (id, version, previous) = match &wish.mandate_id {
        None => (format!("mnd_{}", base64url(core.random::<16>()?)), 1, None),
        Some(id) => {
            let known = book.wanted(&MandateId::parse(id.clone())?, false)?;
            let last = known.last();
            let next = i64::from(last.mandate.terms().version).saturating_add(1);
            (id.clone(), next, Some((last.text.clone(), last.mandate.clone())))
        }
    };
    // Offline the directory at hand will do: what it names was linked.
    let directory = match core.directory.get() {
        Some(signed) => signed,
        None => core.directory().await?,
    };
    let known = Known {
        directory: &directory.directory,
        instruments: &instruments,
    };
    // A clock that was set back meanwhile must not make the next version the older one.
    let agreed_at = previous
        .as_ref()
        .map_or(now, |(_, last)| now.max(last.terms().agreed_at));
    let mandate = wish.clone().into_draft(id, version, agreed_at).check(&known)?;
    check_for_a_bank(&mandate, &instruments)?;
    Ok(Checked {
        mandate,
        previous: previous.map(|(text, _)| text),
        directory: directory.directory.clone(),
        instruments,
    })
}

/// A bank consents to nothing that isn't bounded for one payment or for a time (UAE Open Finance v2.1): such a mandate would never pay.
fn check_for_a_bank(mandate: &Mandate, instruments: &[Instrument]) -> Result<(), Invalid> {
    let limits = &mandate.terms().limits;
    let bounded = limits.per_payment.is_some()
        || Period::ALL
            .into_iter()
            .any(|period| period != Period::Lifetime && limits.of(period).is_limit());
    let is_account = |id: &InstrumentId| {
        let known = instruments.iter().find(|instrument| instrument.id == *id);
        known.is_some_and(|instrument| instrument.kind == InstrumentKind::BankAccount)
    };
    if bounded || !is_account(&mandate.terms().instrument) {
        Ok(())
    } else {
        Err(Invalid::new("limits", InvalidReason::Empty))
    }
}

pub(super) async fn draft(core: &Shared, wish: &MandateDraft) -> Result<Drafted, RabtError> {
    let checked = check(core, wish).await?;
    let today = core.today();
    let (views, paid) = core.stored(move |store| book::bills(store, today)).await?;
    let history = History {
        paid,
        ..History::default()
    };
    Ok(drafted(&checked, &views, &history))
}

fn drafted(checked: &Checked, bills: &[BillView], history: &History) -> Drafted {
    let (mandate, directory) = (&checked.mandate, &checked.directory);
    let found = warnings(mandate, bills, history, &checked.instruments);
    let kind = checked
        .instruments
        .iter()
        .find(|instrument| instrument.id == mandate.terms().instrument)
        .map(|instrument| instrument.kind);
    Drafted {
        summary: in_words(mandate, directory),
        warnings: found
            .into_iter()
            .map(|warning| {
                let said = Sentence::of(|language| warning.sentence(directory, language));
                (warning, said)
            })
            .collect(),
        needs_consent: kind == Some(InstrumentKind::BankAccount),
    }
}

/// A mandate in words.
pub(super) fn in_words(mandate: &Mandate, directory: &Directory) -> Vec<Sentence> {
    use rabt_domain::Language::{Ar, En};
    let (en, ar) = (summary(mandate, directory, En), summary(mandate, directory, Ar));
    en.into_iter().zip(ar).map(|(en, ar)| Sentence { en, ar }).collect()
}

pub(super) async fn suggestions(core: &Shared) -> Result<Vec<Suggestion>, RabtError> {
    let (today, now) = (core.today(), core.now());
    let ((views, _), mut instruments) = core
        .stored(move |store| Ok((book::bills(store, today)?, store.instruments().list()?)))
        .await?;
    instruments.retain(|instrument| instrument.is_usable(today));
    // An account has no end of its own, and a consent's bounds beside the mandate's.
    instruments.sort_by_key(|instrument| {
        (
            instrument.kind != InstrumentKind::BankAccount,
            std::cmp::Reverse(instrument.expires_on),
        )
    });
    let id = MandateId::parse("suggested")?;
    let mut suggestions = Vec::new();
    for instrument in &instruments {
        let Some(mut draft) = suggest(&id, &instrument.id, &views, now).map(MandateDraft::of) else {
            break;
        };
        draft.from_on = None;
        draft.until_on = None;
        let other = instruments.iter().find(|other| other.id != instrument.id);
        draft.fallback_instrument_id = other.map(|other| other.id.as_str().to_owned());
        suggestions.push(Suggestion {
            drafted: self::draft(core, &draft).await?,
            preview: foresee::preview(core, &draft).await?,
            draft,
        });
    }
    Ok(suggestions)
}
