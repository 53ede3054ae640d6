//! What this phone knows of the person's mandates, read from the ledger into the rules' own terms. Whatever is in the ledger was signed here,
//! or was verified when it came ([`learn`](super::learn)).

use rabt_domain::{
    AccountKey, AgencyId, BillKey, BillStatus, DubaiDate, Payment,
    id::Act,
    mandate::{ATTEMPTS_MAX, Cycle, PREVIEW_BILLS_MAX},
};
use rabt_domain::{
    Instrument, Invalid, InvalidReason, Mandate, MandateId, Timestamp,
    mandate::{
        Answer, BillView, ByMandate, Draft, History, InstrumentView, PaidBill, PaymentMade, Progress, ReportedDecision,
        SignedVersion, Standing, StandingChange, Stop,
    },
    payment::ItemState,
};
use rabt_protocol::{jose::from_base64url, mandate as wired};
use rabt_store::{
    Store, StoreError,
    bills::{BillQuery, Order, Standing as BillStanding},
    limits::PAGE_MAX,
    mandates::{BankConsent, KeptDecision, Sent, Statement, StatementKind},
};
use serde::de::DeserializeOwned;

/// How many months back bills are looked at.
const MONTHS_BACK: i32 = 14;

/// All mandates, oldest first, and what was answered.
pub(super) struct Book {
    pub(super) mandates: Vec<Known>,
    pub(super) answers: Vec<Answer>,
}

/// A mandate as it is known.
pub(super) struct Known {
    /// Its versions, oldest first; never empty.
    pub(super) versions: Vec<Version>,
    /// Its stops, in their order.
    pub(super) changes: Vec<Change>,
    pub(super) consent: Option<BankConsent>,
    /// How many statements about it the gateway isn't known to have.
    pub(super) unsent: usize,
}

pub(super) struct Version {
    pub(super) mandate: Mandate,
    pub(super) text: String,
    pub(super) acknowledged_at: Option<Timestamp>,
}

pub(super) struct Change {
    pub(super) change: StandingChange,
    pub(super) at: Timestamp,
    pub(super) seq: u32,
}

impl Book {
    pub(super) fn read(store: &Store) -> Result<Self, StoreError> {
        let statements = store.mandates().statements()?;
        let mut consents = store.mandates().bank_consents()?;
        let mut book = Self {
            mandates: Vec::new(),
            answers: Vec::new(),
        };
        for statement in &statements {
            book.take(statement);
        }
        for known in &mut book.mandates {
            known.versions.sort_by_key(|version| version.mandate.terms().version);
            known.changes.sort_by_key(|change| (change.seq, change.at));
            let id = known.id().clone();
            if let Some(place) = consents.iter().position(|consent| consent.mandate == id) {
                known.consent = Some(consents.swap_remove(place));
            }
            known.unsent = statements
                .iter()
                .filter(|statement| statement.mandate == id && statement.sent == Sent::NotYet)
                .count();
        }
        Ok(book)
    }

    /// Takes a statement in. One that was refused doesn't count; one that can't be read was written by a newer version.
    fn take(&mut self, statement: &Statement) {
        if matches!(statement.sent, Sent::Refused { .. }) {
            return;
        }
        let text = statement.text.reveal();
        match statement.kind {
            StatementKind::Terms => {
                let Some(mandate) = terms(text) else { return };
                let version = Version {
                    mandate,
                    text: text.clone(),
                    acknowledged_at: match statement.sent {
                        Sent::Acknowledged { at } => Some(at),
                        _ => None,
                    },
                };
                match self.mandates.iter_mut().find(|known| *known.id() == statement.mandate) {
                    Some(known) => known.versions.push(version),
                    None => self.mandates.push(Known {
                        versions: vec![version],
                        changes: Vec::new(),
                        consent: None,
                        unsent: 0,
                    }),
                }
            }
            StatementKind::Pause | StatementKind::Resume | StatementKind::Revoke => {
                let known = self.mandates.iter_mut().find(|known| *known.id() == statement.mandate);
                if let (Some(known), Some(change)) = (known, change_of(statement.kind)) {
                    known.changes.push(Change {
                        change,
                        at: statement.at,
                        seq: statement.number,
                    });
                }
            }
            StatementKind::Answer => self.answers.extend(answer(text)),
            StatementKind::Dispute => {}
        }
    }

    /// A mandate by its name.
    pub(super) fn get(&self, id: &MandateId) -> Option<&Known> {
        self.mandates.iter().find(|known| known.id() == id)
    }

    /// The same, or that there is none; also where it was revoked, unless that doesn't matter.
    pub(super) fn wanted(&self, id: &MandateId, also_revoked: bool) -> Result<&Known, Invalid> {
        let wrong = |reason| Invalid::new("mandate_id", reason);
        let known = self.get(id).ok_or_else(|| wrong(InvalidReason::NotKnown))?;
        if !also_revoked && matches!(known.standing(), Standing::Revoked { .. }) {
            return Err(wrong(InvalidReason::Expired));
        }
        Ok(known)
    }

    /// The newest version of each, where it stands.
    pub(super) fn newest(&self) -> Vec<Mandate> {
        self.mandates.iter().filter_map(Known::newest).collect()
    }

    /// Every version, as the audit takes them.
    pub(super) fn signed(&self) -> Vec<SignedVersion> {
        let versions = self.mandates.iter().flat_map(|known| &known.versions);
        versions
            .map(|version| SignedVersion {
                mandate: version.mandate.clone(),
                acknowledged_at: version.acknowledged_at,
            })
            .collect()
    }

    /// When they must not pay.
    pub(super) fn stops(&self) -> Vec<Stop> {
        self.mandates.iter().flat_map(Known::stops).collect()
    }
}

impl Known {
    pub(super) fn id(&self) -> &MandateId {
        self.versions[0].mandate.id()
    }

    pub(super) fn last(&self) -> &Version {
        &self.versions[self.versions.len() - 1]
    }

    /// The newest version, where it stands.
    pub(super) fn newest(&self) -> Option<Mandate> {
        let mut mandate = self.versions.last()?.mandate.clone();
        mandate.standing = self.standing();
        Some(mandate)
    }

    pub(super) fn standing(&self) -> Standing {
        self.changes.iter().fold(Standing::Active, |standing, change| {
            standing.after(change.change, change.at)
        })
    }

    /// The place of the next stop in their order.
    pub(super) fn next_seq(&self) -> u32 {
        self.changes
            .iter()
            .map(|change| change.seq)
            .max()
            .unwrap_or(0)
            .saturating_add(1)
    }

    fn stops(&self) -> Vec<Stop> {
        let mut stops = Vec::new();
        let mut paused: Option<Timestamp> = None;
        let stop = |from, until, revoked| Stop {
            mandate: self.id().clone(),
            from,
            until,
            revoked,
        };
        for change in &self.changes {
            match change.change {
                StandingChange::Pause => {
                    paused.get_or_insert(change.at);
                }
                StandingChange::Resume => {
                    if let Some(from) = paused.take() {
                        stops.push(stop(from, Some(change.at), false));
                    }
                }
                StandingChange::Revoke => stops.push(stop(change.at, None, true)),
            }
        }
        stops.extend(paused.map(|from| stop(from, None, false)));
        stops
    }
}

/// What a statement says, where the signature is known to be right.
fn payload<T: DeserializeOwned>(jws: &str) -> Option<T> {
    let payload = from_base64url(jws.split('.').nth(1)?)?;
    serde_json::from_slice(&payload).ok()
}

/// The terms of a signed version.
pub(super) fn terms(jws: &str) -> Option<Mandate> {
    let signed: wired::SignedTerms = payload(jws)?;
    rabt_mandate::draft(signed.mandate).and_then(Draft::parse).ok()
}

/// An answer.
pub(super) fn answer(jws: &str) -> Option<Answer> {
    let signed: wired::AnswerStatement = payload(jws)?;
    rabt_mandate::read_answer(signed.answer).ok()
}

fn change_of(kind: StatementKind) -> Option<StandingChange> {
    match kind {
        StatementKind::Pause => Some(StandingChange::Pause),
        StatementKind::Resume => Some(StandingChange::Resume),
        StatementKind::Revoke => Some(StandingChange::Revoke),
        _ => None,
    }
}

/// What was decided, as it was reported; without what a newer gateway says that isn't understood.
pub(super) fn decisions(store: &Store) -> Result<Vec<ReportedDecision>, StoreError> {
    let kept = store.mandates().decisions()?;
    Ok(kept.iter().filter_map(reported).collect())
}

/// A decision as it was reported.
pub(super) fn reported(kept: &KeptDecision) -> Option<ReportedDecision> {
    let decision: wired::ReportedDecision = serde_json::from_str(kept.text.reveal()).ok()?;
    rabt_mandate::read_decision(decision).ok()
}

/// The bills of the last months, open and closed, as they are in the cache, the newest first; and those that were paid.
pub(super) fn bills(store: &Store, today: DubaiDate) -> Result<(Vec<BillView>, Vec<PaidBill>), StoreError> {
    let mut query = BillQuery {
        standing: BillStanding::All,
        order: Order::DueLast,
        due_from: Some(today.plus_months(-MONTHS_BACK)),
        limit: PAGE_MAX,
        ..BillQuery::default()
    };
    let freshness = store.freshness().all()?;
    let fetched_at = |agency: &AgencyId| {
        let of = freshness.iter().find(|entry| entry.agency == *agency);
        of.and_then(|entry| entry.succeeded_at).unwrap_or(Timestamp::EPOCH)
    };
    let accounts = store.accounts().list()?;
    let balance = |agency: &AgencyId, account: &rabt_domain::AccountId| {
        let of = accounts
            .iter()
            .find(|entry| entry.key.agency == *agency && entry.key.account == *account);
        of.and_then(|entry| entry.balance.as_ref())
            .map(|balance| *balance.reveal())
    };
    let (mut views, mut paid) = (Vec::new(), Vec::new());
    loop {
        let page = store.bills().page(&query)?;
        for stored in page.bills {
            let bill = stored.bill;
            if let (Some(how), BillStatus::Paid | BillStatus::PaidElsewhere) = (&bill.paid, bill.status) {
                paid.push(PaidBill {
                    account: AccountKey {
                        agency: bill.key.agency.clone(),
                        account: bill.account.clone(),
                    },
                    kind: bill.kind,
                    amount: *how.amount.reveal(),
                    paid_on: DubaiDate::at(how.at),
                });
            }
            let balance = balance(&bill.key.agency, &bill.account);
            views.push(BillView::of(&bill, balance, fetched_at(&bill.key.agency)));
        }
        match page.next {
            Some(next) if views.len() < PREVIEW_BILLS_MAX => query.cursor = Some(next),
            _ => return Ok((views, paid)),
        }
    }
}

/// The person's own payments of bills by hand, here or on another device, and whether each took money. One that a mandate made is none,
/// by its key: that follows from the act, and is no quote's.
pub(super) fn by_hand(
    store: &Store,
    book: &Book,
    decided: &[ReportedDecision],
) -> Result<Vec<(BillKey, bool)>, StoreError> {
    let mut by_hand = Vec::new();
    let mut told = Vec::new();
    let mut cursor = None;
    loop {
        let page = store.payments().page(cursor.as_deref(), PAGE_MAX)?;
        for payment in &page.payments {
            if is_by_mandate(payment, book, decided) || is_told(payment, decided, &mut told) {
                continue;
            }
            for item in &payment.items {
                let took_money = match item.state {
                    ItemState::Settled => true,
                    // Of two that are under way at once the hub takes one.
                    ItemState::Pending => !decided.iter().any(|decision| {
                        let counts = |payment: &rabt_domain::mandate::ReportedPayment| {
                            !matches!(payment.progress, Progress::Failed { .. })
                        };
                        decision.bill == item.bill && decision.payment.as_ref().is_some_and(counts)
                    }),
                    ItemState::Rejected | ItemState::Refunded => false,
                };
                by_hand.push((item.bill.clone(), took_money));
            }
        }
        cursor = page.next;
        if cursor.is_none() {
            return Ok(by_hand);
        }
    }
}

/// Whether a payment that wasn't made here is what a decision reports, under a key that doesn't follow from its act: one payment for each
/// decision.
fn is_told(payment: &Payment, decided: &[ReportedDecision], told: &mut Vec<usize>) -> bool {
    let [item] = payment.items.as_slice() else {
        return false;
    };
    if matches!(payment.origin, rabt_domain::payment::Origin::ThisDevice { .. }) {
        return false;
    }
    let is = |decision: &ReportedDecision| {
        decision.bill == item.bill
            && decision.payment.as_ref().is_some_and(|reported| {
                reported.amount == *item.amount.reveal() && reported.instrument == payment.instrument
            })
    };
    let place = (0..decided.len()).find(|place| !told.contains(place) && is(&decided[*place]));
    told.extend(place);
    place.is_some()
}

fn is_by_mandate(payment: &Payment, book: &Book, decided: &[ReportedDecision]) -> bool {
    let made_here = matches!(payment.origin, rabt_domain::payment::Origin::ThisDevice { .. });
    let [item] = payment.items.as_slice() else {
        return false;
    };
    if made_here {
        return false;
    }
    let is = |mandate: &MandateId, cycle: Cycle| {
        let act = Act::PayByMandate {
            mandate,
            bill: &item.bill,
            cycle,
        };
        crate::payments::key_of(&act) == payment.key
    };
    let day = Some(DubaiDate::at(payment.created_at));
    let usual = book.mandates.iter().any(|known| {
        let mut cycles =
            (1..=ATTEMPTS_MAX.saturating_add(1)).flat_map(|attempt| [None, day].map(|day| Cycle { day, attempt }));
        cycles.any(|cycle| is(known.id(), cycle))
    });
    usual
        || decided.iter().any(|decision| {
            let of = decision.by.as_ref().zip(decision.payment.as_ref());
            decision.bill == item.bill && of.is_some_and(|((mandate, _), paid)| is(mandate, paid.cycle))
        })
}

/// What has happened, as far as this phone knows.
pub(super) fn history(
    book: &Book,
    decided: &[ReportedDecision],
    by_hand: &[(BillKey, bool)],
    views: &[BillView],
    paid: Vec<PaidBill>,
    now: Timestamp,
) -> History {
    let by_mandate = decided.iter().filter_map(|decision| {
        let ((mandate, version), payment) = (decision.by.clone()?, decision.payment.as_ref()?);
        Some(PaymentMade {
            by: Some(ByMandate {
                mandate,
                version,
                cycle: payment.cycle,
            }),
            bill: decision.bill.clone(),
            account: decision.account.clone(),
            amount: payment.amount,
            decided_at: decision.decided_at,
            progress: payment.progress,
        })
    });
    let hand = by_hand
        .iter()
        .filter(|(_, took_money)| *took_money)
        .filter_map(|(bill, _)| {
            let view = views.iter().find(|view| view.key == *bill)?;
            Some(PaymentMade {
                by: None,
                bill: bill.clone(),
                account: view.account.clone(),
                amount: view.amount,
                decided_at: now,
                progress: Progress::InFlight,
            })
        });
    History {
        payments: by_mandate.chain(hand).collect(),
        paid,
        answers: book.answers.clone(),
    }
}

/// What can be paid with, as the rules see it. How much is there is the bank's to know.
pub(super) fn instrument_views(instruments: &[Instrument]) -> Vec<InstrumentView> {
    let view = |instrument: &Instrument| InstrumentView {
        id: instrument.id.clone(),
        status: instrument.status,
        expires_on: instrument.expires_on,
        available: None,
    };
    instruments.iter().map(view).collect()
}
