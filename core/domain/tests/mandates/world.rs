//! A small city over months: agencies that issue, change, split and withdraw bills and are down, a person who pays by hand,
//! answers, pauses and changes their mind, a clock that may jump, and a gateway that does what the engine decides.

use crate::{
    events::{Event, event},
    make::{day, fils, instrument, limit, mandate, noon},
    model::model,
};
use proptest::{collection::vec, prelude::*, sample::select};
use rabt_domain::{
    AccountId, AccountKey, AgencyId, BillId, BillKey, BillKind, BillStatus, DubaiDate, Mandate, Timestamp,
    bill::AmountRule,
    mandate::{
        Answer, BillView, ByMandate, Draft, Failure, Finding, History, InstrumentView, PaidBill, PaymentMade, Period,
        Progress, Report, ReportedDecision, ReportedPayment, Rule, ScopeEntryDraft, Seen, SignedVersion, Situation,
        Standing, StandingChange, Stop, TopUpDraft, Weekend, WhenDraft, audit, decide,
    },
};
use std::collections::{BTreeMap, BTreeSet};

struct World {
    now: Timestamp,
    mandates: Vec<Mandate>,
    signed: Vec<SignedVersion>,
    bills: Vec<BillView>,
    /// What the gateway last heard of each bill.
    heard: BTreeMap<BillKey, BillView>,
    down: BTreeSet<AgencyId>,
    balance: i64,
    history: History,
    log: Vec<(ReportedDecision, Option<usize>)>,
    looked: Vec<BillView>,
    complete: BTreeMap<AgencyId, Timestamp>,
    stops: Vec<Stop>,
    instruments: Vec<InstrumentView>,
}

fn agency(index: usize) -> AgencyId {
    AgencyId::parse(["power", "roads"][index]).unwrap()
}

fn two_mandates() -> Vec<Mandate> {
    let rules = |draft: &mut Draft| {
        draft.limits.per_payment_fils = Some(600);
        limit(draft, Period::Day, Some(700), Some(3));
        limit(draft, Period::Week, Some(1_000), None);
        limit(draft, Period::Month, Some(1_800), Some(8));
        limit(draft, Period::Lifetime, Some(9_000), None);
        draft.ask_above_fils = Some(450);
        draft.top_up = Some(TopUpDraft {
            below_fils: 2_000,
            add_fils: 300,
        });
    };
    vec![
        mandate(|draft| {
            rules(draft);
            draft.when = WhenDraft::BeforeDue { days: 4 };
            draft.weekend = Weekend::Before;
            draft.ask_above_usual_percent = Some(100);
            draft.priority = 2;
        }),
        mandate(|draft| {
            rules(draft);
            draft.mandate_id = "m2".to_owned();
            draft.scope = Some(vec![ScopeEntryDraft {
                agency_id: Some("roads".to_owned()),
                ..ScopeEntryDraft::default()
            }]);
        }),
    ]
}

impl World {
    fn new(start: &str) -> Self {
        let mut mandates = two_mandates();
        let begins = noon(start);
        for mandate in &mut mandates {
            let mut draft = Draft::from(mandate.terms());
            draft.agreed_at = begins;
            draft.from_on = start.to_owned();
            draft.until_on = day(start).plus_months(11).to_string();
            *mandate = draft.parse().unwrap();
        }
        let signed = mandates
            .iter()
            .map(|mandate| SignedVersion {
                mandate: mandate.clone(),
                acknowledged_at: Some(begins),
            })
            .collect();
        Self {
            now: begins,
            mandates,
            signed,
            bills: Vec::new(),
            heard: BTreeMap::new(),
            down: BTreeSet::new(),
            balance: 2_500,
            history: History::default(),
            log: Vec::new(),
            looked: Vec::new(),
            complete: BTreeMap::new(),
            stops: Vec::new(),
            instruments: vec![instrument("bank")],
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Pass { seconds } => self.now = self.now.plus_seconds(seconds),
            Event::Issue {
                agency: index,
                kind,
                amount,
                term,
            } => {
                let today = DubaiDate::at(self.now);
                let number = self.bills.len();
                self.bills.push(BillView {
                    key: BillKey {
                        agency: agency(index),
                        bill: BillId::parse(format!("b{number}")).unwrap(),
                    },
                    account: AccountId::parse(if kind == BillKind::TopUp { "toll" } else { "flat" }).unwrap(),
                    kind,
                    status: BillStatus::Open,
                    issued_on: today,
                    due_on: today.plus_days(term),
                    amount: fils(amount),
                    amount_rule: match kind {
                        BillKind::TopUp => AmountRule::Range {
                            min: fils(1),
                            max: fils(10_000),
                        },
                        _ => AmountRule::Exact,
                    },
                    revision: 1,
                    balance: None,
                    fetched_at: self.now,
                });
            }
            Event::Change { bill, amount } => self.change(bill, |bill| bill.amount = fils(amount)),
            Event::Withdraw { bill } => self.change(bill, |bill| bill.status = BillStatus::Withdrawn),
            Event::PayElsewhere { bill } => self.change(bill, |bill| bill.status = BillStatus::PaidElsewhere),
            Event::Split { bill } => self.split(bill),
            Event::PayByHand { bill } => {
                let Some(bill) = self.open(bill).map(|index| self.bills[index].clone()) else {
                    return;
                };
                if !self.is_being_paid(&bill.key) {
                    self.history.payments.push(PaymentMade {
                        by: None,
                        bill: bill.key,
                        account: bill.account,
                        amount: bill.amount,
                        decided_at: self.now,
                        progress: Progress::InFlight,
                    });
                }
            }
            Event::Down { agency: index } => {
                self.down.insert(agency(index));
            }
            Event::Up { agency: index } => {
                self.down.remove(&agency(index));
            }
            Event::Balance { fils } => self.balance = fils,
            Event::Finish { well, why } => self.finish(well, why),
            Event::Answer { bill, verdict } => {
                let Some(index) = self.open(bill) else { return };
                for mandate in ["m1", "m2"] {
                    self.history.answers.push(Answer {
                        mandate: crate::make::mandate_id(mandate),
                        bill: self.bills[index].key.clone(),
                        verdict,
                        at: self.now,
                    });
                }
            }
            Event::Stand { mandate, change } => self.stand(mandate, change),
            Event::Amend { mandate, per_payment } => self.amend(mandate, per_payment),
            Event::Bank { status, available } => {
                self.instruments[0].status = status;
                self.instruments[0].available = available.map(fils);
            }
            Event::Run => self.run(),
            Event::Look => self.look(),
        }
    }

    fn open(&self, wanted: usize) -> Option<usize> {
        let open: Vec<usize> = (0..self.bills.len())
            .filter(|index| self.bills[*index].status == BillStatus::Open)
            .collect();
        (!open.is_empty()).then(|| open[wanted % open.len()])
    }

    fn change(&mut self, wanted: usize, change: impl FnOnce(&mut BillView)) {
        if let Some(index) = self.open(wanted) {
            change(&mut self.bills[index]);
            self.bills[index].revision += 1;
        }
    }

    /// Withdrawn, and issued again as two.
    fn split(&mut self, wanted: usize) {
        let Some(index) = self.open(wanted) else { return };
        let whole = self.bills[index].clone();
        self.change(wanted, |bill| bill.status = BillStatus::Withdrawn);
        let half = whole.amount.get() / 2;
        for (part, amount) in [("x", half), ("y", whole.amount.get() - half)] {
            if amount > 0 {
                let bill = BillId::parse(format!("{}{part}", whole.key.bill.as_str())).unwrap();
                let key = BillKey {
                    agency: whole.key.agency.clone(),
                    bill,
                };
                self.bills.push(BillView {
                    key,
                    amount: fils(amount),
                    revision: 1,
                    ..whole.clone()
                });
            }
        }
    }

    fn is_being_paid(&self, bill: &BillKey) -> bool {
        self.history
            .payments
            .iter()
            .any(|payment| payment.bill == *bill && payment.counts())
    }

    /// The oldest payment that is under way ends.
    fn finish(&mut self, well: bool, why: Failure) {
        let now = self.now;
        let Some(payment) = self
            .history
            .payments
            .iter_mut()
            .find(|payment| payment.progress == Progress::InFlight)
        else {
            return;
        };
        let bill = self.bills.iter_mut().find(|bill| bill.key == payment.bill).unwrap();
        if !well || bill.status != BillStatus::Open {
            payment.progress = Progress::Failed { why, at: now };
            return;
        }
        payment.progress = Progress::Settled;
        if bill.kind == BillKind::TopUp {
            self.balance += payment.amount.get();
        } else {
            bill.status = BillStatus::Paid;
            bill.revision += 1;
        }
        self.history.paid.push(PaidBill {
            account: AccountKey {
                agency: bill.key.agency.clone(),
                account: bill.account.clone(),
            },
            kind: bill.kind,
            amount: payment.amount,
            paid_on: DubaiDate::at(now),
        });
    }

    fn current(&mut self, index: usize) -> Option<&mut Mandate> {
        let id = crate::make::mandate_id(["m1", "m2"][index]);
        self.mandates
            .iter_mut()
            .filter(|mandate| *mandate.id() == id)
            .max_by_key(|mandate| mandate.terms().version)
    }

    fn stand(&mut self, index: usize, change: StandingChange) {
        let now = self.now;
        let Some(mandate) = self.current(index) else { return };
        let id = mandate.id().clone();
        let before = mandate.standing;
        mandate.standing = before.after(change, now);
        let after = mandate.standing;
        if before == after {
            return;
        }
        for stop in self
            .stops
            .iter_mut()
            .filter(|stop| stop.mandate == id && stop.until.is_none())
        {
            stop.until = Some(now);
        }
        if after != Standing::Active {
            let revoked = matches!(after, Standing::Revoked { .. });
            self.stops.push(Stop {
                mandate: id,
                from: now,
                until: None,
                revoked,
            });
        }
    }

    fn amend(&mut self, index: usize, per_payment: i64) {
        let now = self.now;
        let Some(mandate) = self.current(index).map(|mandate| mandate.clone()) else {
            return;
        };
        let mut draft = Draft::from(mandate.terms());
        draft.version += 1;
        draft.agreed_at = now;
        draft.limits.per_payment_fils = Some(per_payment.min(700));
        draft.ask_above_fils = Some(per_payment / 2);
        draft.top_up = None;
        let Ok(mut next) = draft.parse() else { return };
        if !next.follows(&mandate) {
            return;
        }
        next.standing = mandate.standing;
        self.signed.push(SignedVersion {
            mandate: next.clone(),
            acknowledged_at: Some(now),
        });
        self.mandates.push(next);
    }

    /// The gateway fetches what it can and does what the engine decides. The model must decide the same.
    fn run(&mut self) {
        for bill in self.bills.iter().filter(|bill| !self.down.contains(&bill.key.agency)) {
            let balance = (bill.kind == BillKind::TopUp).then(|| fils(self.balance));
            let view = BillView {
                fetched_at: self.now,
                balance,
                ..bill.clone()
            };
            self.heard.insert(bill.key.clone(), view);
        }
        let heard: Vec<BillView> = self.heard.values().cloned().collect();
        let situation = Situation {
            mandates: &self.mandates,
            bills: &heard,
            history: &self.history,
            instruments: &self.instruments,
            now: self.now,
        };
        let decisions = decide(&situation);
        let said: Vec<_> = decisions
            .iter()
            .map(|decision| {
                let payment = decision.payment.map(|payment| {
                    (
                        payment.amount.get(),
                        payment.instrument.as_str().to_owned(),
                        payment.cycle.to_string(),
                    )
                });
                (
                    decision.bill.key.bill.as_str().to_owned(),
                    decision.rule.code(),
                    payment,
                )
            })
            .collect();
        assert_eq!(said, model(&situation));

        let mut made = Vec::new();
        for decision in &decisions {
            let place = decision.payment.map(|payment| {
                let terms = decision.mandate.unwrap().terms();
                made.push(PaymentMade {
                    by: Some(ByMandate {
                        mandate: terms.id.clone(),
                        version: terms.version,
                        cycle: payment.cycle,
                    }),
                    bill: decision.bill.key.clone(),
                    account: decision.bill.account.clone(),
                    amount: payment.amount,
                    decided_at: self.now,
                    progress: Progress::InFlight,
                });
                self.history.payments.len() + made.len() - 1
            });
            let reported = ReportedDecision {
                by: decision
                    .mandate
                    .map(|mandate| (mandate.id().clone(), mandate.terms().version)),
                bill: decision.bill.key.clone(),
                account: decision.bill.account.clone(),
                kind: decision.bill.kind,
                revision: decision.bill.revision,
                decided_at: self.now,
                rule: decision.rule,
                payment: decision.payment.map(|payment| ReportedPayment {
                    amount: payment.amount,
                    instrument: payment.instrument.clone(),
                    cycle: payment.cycle,
                    progress: Progress::InFlight,
                }),
            };
            self.log.push((reported, place));
        }
        self.history.payments.extend(made);
        self.keeps_to_the_limits();
    }

    /// Counted here once more, from all payments and by the calendar: none passes a limit but what was approved, and no bill
    /// takes money twice.
    fn keeps_to_the_limits(&self) {
        let payments = &self.history.payments;
        for (reported, place) in &self.log {
            let Some(place) = place else { continue };
            let this = &payments[*place];
            let by = this.by.as_ref().unwrap();
            let twice = payments
                .iter()
                .filter(|other| other.bill == this.bill && other.counts())
                .count();
            assert!(reported.kind == BillKind::TopUp || twice <= 1, "paid twice");
            if !this.counts() || matches!(reported.rule, Rule::Approved { .. }) {
                continue;
            }
            let signed = self
                .signed
                .iter()
                .find(|signed| *signed.mandate.id() == by.mandate && signed.mandate.terms().version == by.version);
            let limits = signed.unwrap().mandate.terms().limits;
            assert!(limits.per_payment.is_none_or(|limit| this.amount <= limit));
            let today = DubaiDate::at(this.decided_at);
            for period in Period::ALL {
                let same: Vec<_> = payments[..=*place]
                    .iter()
                    .filter(|other| other.counts() && other.is_by(&by.mandate))
                    .filter(|other| period.begins(DubaiDate::at(other.decided_at)) == period.begins(today))
                    .collect();
                let sum: i64 = same.iter().map(|payment| payment.amount.get()).sum();
                assert!(
                    limits.of(period).value.is_none_or(|limit| sum <= limit.get()),
                    "{period:?}"
                );
                let count = u32::try_from(same.len()).unwrap();
                assert!(limits.of(period).count.is_none_or(|limit| count <= limit), "{period:?}");
            }
        }
    }

    /// The phone refreshes its bills.
    fn look(&mut self) {
        for index in 0..2 {
            let agency = agency(index);
            if !self.down.contains(&agency) {
                let views = self.bills.iter().filter(|bill| bill.key.agency == agency);
                self.looked.extend(views.map(|bill| BillView {
                    fetched_at: self.now,
                    ..bill.clone()
                }));
                self.complete.insert(agency, self.now);
            }
        }
    }

    fn audit(&self) -> Vec<Finding> {
        let decisions = self
            .log
            .iter()
            .map(|(reported, place)| {
                let mut reported = reported.clone();
                if let (Some(payment), Some(place)) = (&mut reported.payment, place) {
                    payment.progress = self.history.payments[*place].progress;
                }
                reported
            })
            .collect();
        let by_hand: Vec<_> = self
            .history
            .payments
            .iter()
            .filter(|payment| payment.by.is_none())
            .map(|payment| (payment.bill.clone(), payment.counts()))
            .collect();
        let complete: Vec<_> = self.complete.iter().map(|(agency, at)| (agency.clone(), *at)).collect();
        audit(
            &Seen {
                versions: &self.signed,
                bills: &self.looked,
                complete: &complete,
                by_hand: &by_hand,
                answers: &self.history.answers,
                stops: &self.stops,
            },
            &Report {
                decisions,
                as_of: self.now,
            },
        )
    }
}

fn starts() -> impl Strategy<Value = &'static str> {
    select(vec!["2026-11-20", "2026-12-20", "2027-02-15", "2028-02-15"])
}

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 120,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn whatever_happens_and_however_the_clock_jumps_limits_are_kept_and_a_bill_is_paid_once(
        start in starts(),
        events in vec(event(true), 20..120),
    ) {
        let mut world = World::new(start);
        for event in events {
            world.happen(event);
        }
        world.run();
    }

    #[test]
    fn an_honest_gateway_is_never_accused(start in starts(), events in vec(event(false), 20..120)) {
        let mut world = World::new(start);
        for event in events {
            world.happen(event);
        }
        world.run();
        world.look();
        let findings = world.audit();
        prop_assert!(findings.is_empty(), "{:?}\nlog {:#?}", findings, world.log);
    }
}

/// The properties above would hold of a city in which nothing is paid.
#[test]
fn a_world_pays_something() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let (mut paid, mut approved) = (0, 0);
    for _ in 0..20 {
        let events = vec(event(false), 100..120).new_tree(&mut runner).unwrap().current();
        let mut world = World::new("2026-11-20");
        events.into_iter().for_each(|event| world.happen(event));
        paid += world
            .log
            .iter()
            .filter(|(decision, _)| decision.payment.is_some())
            .count();
        approved += world
            .log
            .iter()
            .filter(|(decision, _)| matches!(decision.rule, Rule::Approved { .. }))
            .count();
    }
    assert!(paid > 60 && approved > 3, "{paid} paid, {approved} approved");
}
