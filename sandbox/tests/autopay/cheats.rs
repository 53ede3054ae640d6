//! A gateway that cheats, in ten ways, and what the audit of `rabt-domain` finds in its own report. That money really moves is checked at
//! the bank.

use crate::{
    counting::report,
    device::Device,
    town::{FAMILY, bill, city, day, mandate, now, run},
};
use rabt_domain::{
    AgencyId, Timestamp,
    mandate::{BillView, Draft, Seen, SignedVersion, Standing, StandingChange as Change, Stop, audit},
};
use rabt_mandate::{Given, read_report};
use rabt_protocol::{
    agency::{Bill, BillStatus},
    instrument::{Instrument, InstrumentKind},
    mandate::{self as wired, History, Mandate, Situation, StandingChange},
};
use rabt_sandbox::{BillFilter, Cheat, City};
use serde_json::json;

/// What a phone has seen.
struct Phone {
    device: Device,
    card: Instrument,
    terms: Mandate,
    acknowledged_at: String,
    bills: Vec<BillView>,
    complete: Vec<(AgencyId, Timestamp)>,
    stops: Vec<Stop>,
}

impl Phone {
    async fn with_a_mandate(city: &City) -> Self {
        let device = Device::of(city).await;
        let card = device.link(city, "card").await;
        let terms = mandate(city, "m-1", "customs", &card);
        let record = device.agree(city, &terms).await;
        Self {
            device,
            card,
            terms,
            acknowledged_at: record.acknowledged_at[0].clone(),
            bills: Vec::new(),
            complete: Vec::new(),
            stops: Vec::new(),
        }
    }

    /// Reads all bills, as a refresh does.
    fn look(&mut self, city: &City) {
        let filter = BillFilter {
            persona_id: Some(FAMILY.to_owned()),
            ..BillFilter::default()
        };
        let at = now(city);
        let bills = city.control().bills(&filter).unwrap();
        let views = bills.iter().map(|bill| view(bill, &at)).collect();
        let situation = Situation {
            mandates: Vec::new(),
            bills: views,
            history: History::default(),
            instruments: Vec::new(),
            now_at: at.clone(),
        };
        self.bills.extend(Given::read(situation).unwrap().bills);
        for agency in city.control().agencies() {
            self.complete.push((
                AgencyId::parse(agency.agency_id).unwrap(),
                Timestamp::parse(&at).unwrap(),
            ));
        }
    }

    /// What the audit finds in the gateway's report.
    async fn audit(&mut self, city: &City) -> Vec<&'static str> {
        city.control().advance_ms(1_000).unwrap();
        self.look(city);
        city.control().advance_ms(1_000).unwrap();
        let report = read_report(latest(self.device.report(city).await)).unwrap();
        let mandate = rabt_mandate::draft(self.terms.clone()).and_then(Draft::parse).unwrap();
        let versions = [SignedVersion {
            mandate,
            acknowledged_at: Some(Timestamp::parse(&self.acknowledged_at).unwrap()),
        }];
        let seen = Seen {
            versions: &versions,
            bills: &self.bills,
            complete: &self.complete,
            by_hand: &[],
            answers: &[],
            stops: &self.stops,
        };
        let mut found: Vec<_> = audit(&seen, &report)
            .iter()
            .map(|finding| finding.kind.code())
            .collect();
        found.dedup();
        found
    }
}

/// A decision whose payment changed came again: the later counts.
fn latest(mut report: wired::Report) -> wired::Report {
    let mut decisions: Vec<wired::ReportedDecision> = Vec::new();
    for decision in report.decisions {
        let cycle = |decision: &wired::ReportedDecision| decision.payment.as_ref().map(|payment| payment.cycle.clone());
        let same = decisions.iter().position(|earlier| {
            decision.payment.is_some()
                && (&earlier.agency_id, &earlier.bill_id) == (&decision.agency_id, &decision.bill_id)
                && cycle(earlier) == cycle(&decision)
        });
        match same {
            Some(place) => decisions[place] = decision,
            None => decisions.push(decision),
        }
    }
    report.decisions = decisions;
    report
}

fn view(bill: &Bill, at: &str) -> wired::BillView {
    wired::BillView {
        agency_id: bill.agency_id.clone(),
        bill_id: bill.bill_id.clone(),
        account_id: bill.account_id.clone(),
        kind: bill.kind,
        status: match (bill.status, bill.paid.as_ref().map(|paid| paid.channel.as_str())) {
            (BillStatus::Open, _) => "open",
            (BillStatus::Paid, Some("rabt")) => "paid",
            (BillStatus::Paid, _) => "paid_elsewhere",
            _ => "withdrawn",
        }
        .to_owned(),
        issued_on: bill.issued_on.clone(),
        due_on: bill.due_on.clone(),
        amount_fils: bill.amount_fils,
        amount_rule: bill.amount_rule,
        revision: bill.revision,
        balance_fils: None,
        fetched_at: at.to_owned(),
    }
}

fn spent(city: &City) -> i64 {
    let left = |kind| city.control().available_fils(FAMILY, kind).unwrap();
    -left(InstrumentKind::Card) - left(InstrumentKind::BankAccount)
}

/// The situation in which each cheat can be tried; what the audit then says.
async fn caught(cheat: Cheat) -> (Vec<&'static str>, i64) {
    let city = city().await;
    let mut phone = Phone::with_a_mandate(&city).await;
    let first = bill(&city, 12_000, 0);
    phone.look(&city);
    run(&city).await;
    assert_eq!(phone.audit(&city).await, [""; 0], "{first:?}");

    match cheat {
        Cheat::OverLimit | Cheat::Split => drop(bill(&city, 80_000, 0)),
        Cheat::TooEarly => drop(bill(&city, 10_000, 5)),
        Cheat::AnotherBill | Cheat::Twice => {}
        Cheat::AnotherInstrument => {
            phone.device.link(&city, "bank_account").await;
            bill(&city, 10_000, 0);
        }
        Cheat::AfterRevocation => {
            phone
                .device
                .change(&city, "m-1", StandingChange::Revoke, 1)
                .await
                .unwrap();
            let at = Timestamp::parse(&now(&city)).unwrap();
            assert!(matches!(
                Standing::Active.after(Change::Revoke, at),
                Standing::Revoked { .. }
            ));
            phone.stops.push(Stop {
                mandate: rabt_domain::MandateId::parse("m-1").unwrap(),
                from: at,
                until: None,
                revoked: true,
            });
            city.control().advance_ms(60_000).unwrap();
            bill(&city, 10_000, 0);
        }
        _ => drop(bill(&city, 10_000, 0)),
    }
    phone.look(&city);
    city.control().advance_ms(1_000).unwrap();
    let before = spent(&city);
    city.control().set_autopay_cheat(Some(cheat));
    for _ in 0..3 {
        run(&city).await;
    }
    city.control().set_autopay_cheat(None);
    let moved = spent(&city) - before;
    (phone.audit(&city).await, moved)
}

#[tokio::test]
async fn every_cheat_moves_money_and_is_found() {
    let expected = |cheat| match cheat {
        Cheat::OverLimit => ("over_limit", 80_000),
        Cheat::AnotherBill => ("another_bill", 0),
        Cheat::Twice => ("twice", 12_000),
        Cheat::AfterRevocation => ("after_revocation", 10_000),
        Cheat::TooEarly => ("too_early", 10_000),
        Cheat::Split => ("split", 80_000),
        Cheat::AnotherInstrument => ("another_instrument", 10_000),
        Cheat::UnsignedVersion => ("unsigned_version", 10_000),
        Cheat::HiddenPayment => ("hidden_payment", 10_000),
        Cheat::InventedSkip => ("invented_skip", 0),
    };
    let mut caught_in_all = 0;
    for cheat in Cheat::ALL {
        let (found, moved) = caught(cheat).await;
        let (finding, fils) = expected(cheat);
        assert!(found.contains(&finding), "{cheat:?} was found to be {found:?}");
        if cheat == Cheat::AnotherBill {
            assert!(moved > 0, "{cheat:?}");
        } else {
            assert_eq!(moved, fils, "{cheat:?}");
        }
        caught_in_all += 1;
    }
    report(&json!({"cheats_tried": Cheat::ALL.len(), "cheats_caught": caught_in_all}));
}

#[tokio::test]
async fn an_honest_gateway_is_not_accused() {
    let city = city().await;
    let mut phone = Phone::with_a_mandate(&city).await;
    for (amount_fils, due_in_days) in [(12_000, 0), (80_000, 0), (10_000, 3), (30_000, 1)] {
        bill(&city, amount_fils, due_in_days);
    }
    phone.look(&city);
    for _ in 0..5 {
        run(&city).await;
        assert_eq!(phone.audit(&city).await, [""; 0]);
        city.control().advance_ms(86_400_000).unwrap();
    }
    assert_ne!(phone.card.instrument_id, day(&city, 0));
}
