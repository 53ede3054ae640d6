//! Mandates and decisions as they are shown.

use super::MandateDraft;
use crate::{
    bills::{BillKey, BillKind},
    error::RabtError,
    values::{Bilingual, DubaiDate, Money, Timestamp, count, id, list, size},
};
use rabt::{
    domain::{
        AgencyId, Invalid, MandateId,
        mandate::{self, Outcome, Progress, Standing, Verdict},
    },
    store::mandates as store,
};

/// A mandate as it is now.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Mandate {
    /// Its name; all its versions share it.
    pub id: String,
    /// Its newest version, from 1.
    pub version: i32,
    /// What was agreed in it, as a draft of the next version: to be shown in a form and changed.
    pub draft: MandateDraft,
    /// The same in words, a sentence each.
    pub summary: Vec<Bilingual>,
    /// The last day on which it pays.
    pub until_on: DubaiDate,
    /// Whether it is at work.
    pub standing: MandateStanding,
    /// Whether the gateway has the newest version, as far as is known.
    pub registered: bool,
    /// How many things that the person said about it are still to be sent.
    pub unsent: i32,
    /// Where the bank's consent stands.
    pub consent: BankConsent,
    /// What was found of the gateway about it, oldest first: show it.
    pub findings: Vec<Finding>,
}

/// Whether a mandate is at work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum MandateStanding {
    /// It pays.
    Active,
    /// It pays nothing until it is resumed.
    Paused {
        /// Since when.
        since: Timestamp,
    },
    /// It never pays again.
    Revoked {
        /// Since when.
        at: Timestamp,
    },
}

/// Where the bank's consent to a mandate stands.
#[derive(Clone, PartialEq, Eq, uniffi::Enum)]
pub enum BankConsent {
    /// The mandate is on a card, which needs none.
    NotNeeded,
    /// There is none, and the mandate pays nothing: ask the bank with `beginConsent`.
    Missing,
    /// There is one.
    There {
        /// The bank's name for it.
        consent_id: String,
        /// Where it stands: `authorized` lets the mandate pay, nothing else does.
        status: String,
        /// The version that it was written from; it covers later ones that are no wider.
        covers_version: i32,
    },
}

/// Something that lies outside what the person signed.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Finding {
    /// Its name, by which it is disputed.
    pub id: i64,
    /// What, as a stable code: `over_limit`, `twice`, ….
    pub code: String,
    /// What to tell the person.
    pub sentence: Bilingual,
    /// The mandate that was claimed, or that is for the bill.
    pub mandate_id: Option<String>,
    /// Which bill.
    pub bill: BillKey,
    /// When it was decided; none for what wasn't reported.
    pub decided_at: Option<Timestamp>,
    /// When it was found.
    pub found_at: Timestamp,
    /// When the person disputed it.
    pub disputed_at: Option<Timestamp>,
}

/// What became of a bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum DecisionOutcome {
    /// It is paid.
    Pay,
    /// There is nothing to do.
    Skip,
    /// Something is in the way.
    Hold,
    /// The person is asked.
    Ask,
}

/// A decision of a mandate, in words, with what was found about it.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Decision {
    /// The mandate by which it was made; none where none was for the bill.
    pub mandate_id: Option<String>,
    /// The version of it.
    pub version: Option<i32>,
    /// Which bill.
    pub bill: BillKey,
    /// Its shape.
    pub kind: BillKind,
    /// Paid, skipped, held or asked.
    pub outcome: DecisionOutcome,
    /// The rule that decided, as a stable code: `due`, `over_payment`, ….
    pub rule: String,
    /// Why, in words.
    pub sentence: Bilingual,
    /// When.
    pub decided_at: Timestamp,
    /// What was paid, where it was.
    pub payment: Option<DecisionPayment>,
    /// The person's last word on the bill.
    pub answer: Option<MandateAnswer>,
    /// What was found about it; empty where it keeps to what was signed, as far as this device can tell.
    pub findings: Vec<Finding>,
}

/// A payment by a mandate.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct DecisionPayment {
    /// How much.
    pub amount: Money,
    /// With what.
    pub instrument_id: String,
    /// What became of it.
    pub progress: DecisionProgress,
}

/// What became of a mandate's payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum DecisionProgress {
    /// It may still take money.
    InFlight,
    /// It is settled.
    Settled,
    /// Nothing was taken, or all of it went back.
    Failed,
}

/// The person's word on a bill.
#[derive(Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum MandateAnswer {
    /// Pay it, as long as it is at most so much. It needs no further question and passes the limits.
    Approve {
        /// The most.
        up_to: Money,
    },
    /// Don't.
    Decline,
}

/// Which decisions, from where on. With nothing given it is the newest page of all.
#[derive(Clone, uniffi::Record)]
pub struct DecisionQuery {
    /// By this mandate.
    #[uniffi(default = None)]
    pub mandate_id: Option<String>,
    /// About bills of these agencies; of all where it is empty.
    #[uniffi(default = [])]
    pub agency_ids: Vec<String>,
    /// About this bill.
    #[uniffi(default = None)]
    pub bill: Option<BillKey>,
    /// Of these outcomes; of all where it is empty.
    #[uniffi(default = [])]
    pub outcomes: Vec<DecisionOutcome>,
    /// Made on this day or later, in Dubai.
    #[uniffi(default = None)]
    pub from_on: Option<DubaiDate>,
    /// Made on this day or before.
    #[uniffi(default = None)]
    pub to_on: Option<DubaiDate>,
    /// Only those that something was found about.
    #[uniffi(default = false)]
    pub flagged: bool,
    /// From where on: `next` of the page before, of the same query.
    #[uniffi(default = None)]
    pub cursor: Option<String>,
    /// How many: 1 to 200.
    #[uniffi(default = 50)]
    pub limit: i32,
}

/// A page of decisions.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct DecisionPage {
    /// Newest first.
    pub decisions: Vec<Decision>,
    /// Where the next page begins; none on the last.
    pub next: Option<String>,
    /// How many can't be read: damaged, or said by a newer gateway in words that this version doesn't know.
    pub unreadable: i32,
}

/// What would become, or will become, of a bill.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct ForeseenBill {
    /// Which bill.
    pub bill: BillKey,
    /// Whether it isn't there yet, and is expected since its account has one each month.
    pub is_expected: bool,
    /// Its mandate; none where none is for it.
    pub mandate_id: Option<String>,
    /// The day on which it is paid, or first held or asked about, or else the last that was looked at.
    pub on: DubaiDate,
    /// Paid, skipped, held or asked.
    pub outcome: DecisionOutcome,
    /// The rule, as a stable code.
    pub rule: String,
    /// Why, in words.
    pub sentence: Bilingual,
    /// What the bill is.
    pub amount: Money,
    /// What is paid; none where nothing is.
    pub paid: Option<Money>,
}

/// What is ahead.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Upcoming {
    /// What is asked of the person and wasn't answered yet, the newest first.
    pub asked: Vec<Decision>,
    /// Each open bill that a mandate is for, by day.
    pub bills: Vec<ForeseenBill>,
    /// What the mandates' limits have left now.
    pub limits: Vec<LimitLeft>,
}

/// What is left of a limit of a mandate.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct LimitLeft {
    /// Which mandate.
    pub mandate_id: String,
    /// What it holds over.
    pub period: LimitPeriod,
    /// How much money; none where that isn't limited.
    pub value: Option<Money>,
    /// How many payments; none where that isn't limited.
    pub count: Option<i32>,
    /// When the next period begins; none for the lifetime.
    pub resets_on: Option<DubaiDate>,
}

/// What a limit holds over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum LimitPeriod {
    /// From midnight to midnight in Dubai.
    Day,
    /// From Monday to Sunday.
    Week,
    /// A calendar month.
    Month,
    /// A calendar year.
    Year,
    /// All versions of the mandate.
    Lifetime,
}

impl DecisionQuery {
    pub(super) fn check(self) -> Result<store::DecisionQuery, RabtError> {
        Ok(store::DecisionQuery {
            mandate: self
                .mandate_id
                .map(|text| id(text, "mandate_id", MandateId::parse))
                .transpose()?,
            agencies: list(self.agency_ids, "agencies", |text, field| {
                id(text, field, AgencyId::parse)
            })?,
            bill: self.bill.map(|bill| bill.check("bill")).transpose()?,
            outcomes: self.outcomes.into_iter().map(Outcome::from).collect(),
            from_on: self.from_on.map(|day| day.check("from_on")).transpose()?,
            to_on: self.to_on.map(|day| day.check("to_on")).transpose()?,
            flagged: self.flagged,
            cursor: self.cursor,
            limit: size(self.limit, "limit")?,
        })
    }
}

impl MandateAnswer {
    pub(super) fn check(self) -> Result<Verdict, Invalid> {
        Ok(match self {
            Self::Approve { up_to } => Verdict::Approved {
                up_to: up_to.check("up_to_fils")?,
            },
            Self::Decline => Verdict::Declined,
        })
    }
}

impl From<rabt::Sentence> for Bilingual {
    fn from(sentence: rabt::Sentence) -> Self {
        Self {
            en: sentence.en,
            ar: sentence.ar,
        }
    }
}

impl From<rabt::MandateView> for Mandate {
    fn from(view: rabt::MandateView) -> Self {
        Self {
            id: view.id.as_str().to_owned(),
            version: count(view.terms.version),
            draft: rabt::MandateDraft::change_of(&view.terms).into(),
            summary: view.summary.into_iter().map(Bilingual::from).collect(),
            until_on: view.terms.until.into(),
            standing: match view.standing {
                Standing::Active => MandateStanding::Active,
                Standing::Paused { since } => MandateStanding::Paused { since: since.into() },
                Standing::Revoked { at } => MandateStanding::Revoked { at: at.into() },
            },
            registered: view.registered,
            unsent: count(view.unsent),
            consent: match view.consent {
                rabt::BankConsentState::NotNeeded => BankConsent::NotNeeded,
                rabt::BankConsentState::Missing => BankConsent::Missing,
                rabt::BankConsentState::There {
                    consent_id,
                    status,
                    covers_version,
                } => BankConsent::There {
                    consent_id,
                    status,
                    covers_version: count(covers_version),
                },
            },
            findings: view.findings.into_iter().map(Finding::from).collect(),
        }
    }
}

impl From<store::KeptFinding> for Finding {
    fn from(kept: store::KeptFinding) -> Self {
        Self {
            id: i64::try_from(kept.id.0).unwrap_or(i64::MAX),
            sentence: Bilingual::from(&kept.finding.sentence),
            code: kept.finding.code,
            mandate_id: kept.finding.mandate.map(|id| id.as_str().to_owned()),
            bill: BillKey::from(&kept.finding.bill),
            decided_at: kept.finding.decided_at.map(Timestamp::from),
            found_at: kept.finding.found_at.into(),
            disputed_at: kept.disputed_at.map(Timestamp::from),
        }
    }
}

impl From<Outcome> for DecisionOutcome {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Pay => Self::Pay,
            Outcome::Skip => Self::Skip,
            Outcome::Hold => Self::Hold,
            Outcome::Ask => Self::Ask,
        }
    }
}

impl From<DecisionOutcome> for Outcome {
    fn from(outcome: DecisionOutcome) -> Self {
        match outcome {
            DecisionOutcome::Pay => Self::Pay,
            DecisionOutcome::Skip => Self::Skip,
            DecisionOutcome::Hold => Self::Hold,
            DecisionOutcome::Ask => Self::Ask,
        }
    }
}

impl From<rabt::DecisionView> for Decision {
    fn from(view: rabt::DecisionView) -> Self {
        let (mandate_id, version) = view
            .by
            .map(|(mandate, version)| (mandate.as_str().to_owned(), count(version)))
            .unzip();
        Self {
            mandate_id,
            version,
            bill: BillKey::from(&view.bill),
            kind: view.kind.into(),
            outcome: view.outcome.into(),
            rule: view.rule.code().to_owned(),
            sentence: view.sentence.into(),
            decided_at: view.decided_at.into(),
            payment: view.payment.map(DecisionPayment::from),
            answer: view.answer.map(|verdict| match verdict {
                Verdict::Approved { up_to } => MandateAnswer::Approve { up_to: up_to.into() },
                Verdict::Declined => MandateAnswer::Decline,
            }),
            findings: view.findings.into_iter().map(Finding::from).collect(),
        }
    }
}

impl From<mandate::ReportedPayment> for DecisionPayment {
    fn from(payment: mandate::ReportedPayment) -> Self {
        Self {
            amount: payment.amount.into(),
            instrument_id: payment.instrument.as_str().to_owned(),
            progress: match payment.progress {
                Progress::InFlight => DecisionProgress::InFlight,
                Progress::Settled => DecisionProgress::Settled,
                Progress::Failed { .. } => DecisionProgress::Failed,
            },
        }
    }
}

impl From<rabt::DecisionPage> for DecisionPage {
    fn from(page: rabt::DecisionPage) -> Self {
        Self {
            decisions: page.decisions.into_iter().map(Decision::from).collect(),
            next: page.next,
            unreadable: count(page.unreadable),
        }
    }
}

impl From<rabt::ForeseenBill> for ForeseenBill {
    fn from(foreseen: rabt::ForeseenBill) -> Self {
        Self {
            bill: BillKey::from(&foreseen.bill),
            is_expected: foreseen.is_expected,
            mandate_id: foreseen.mandate.map(|id| id.as_str().to_owned()),
            on: foreseen.on.into(),
            outcome: foreseen.outcome.into(),
            rule: foreseen.rule.code().to_owned(),
            sentence: foreseen.sentence.into(),
            amount: foreseen.amount.into(),
            paid: foreseen.paid.map(Money::from),
        }
    }
}

impl From<rabt::Upcoming> for Upcoming {
    fn from(upcoming: rabt::Upcoming) -> Self {
        Self {
            asked: upcoming.asked.into_iter().map(Decision::from).collect(),
            bills: upcoming.bills.into_iter().map(ForeseenBill::from).collect(),
            limits: upcoming
                .limits
                .into_iter()
                .flat_map(|of| {
                    let mandate_id = of.mandate.as_str().to_owned();
                    of.left.into_iter().map(move |left| LimitLeft {
                        mandate_id: mandate_id.clone(),
                        period: left.period.into(),
                        value: left.value.map(Money::from),
                        count: left.count.map(count),
                        resets_on: left.resets_on.map(DubaiDate::from),
                    })
                })
                .collect(),
        }
    }
}

impl From<mandate::Period> for LimitPeriod {
    fn from(period: mandate::Period) -> Self {
        match period {
            mandate::Period::Day => Self::Day,
            mandate::Period::Week => Self::Week,
            mandate::Period::Month => Self::Month,
            mandate::Period::Year => Self::Year,
            mandate::Period::Lifetime => Self::Lifetime,
        }
    }
}
