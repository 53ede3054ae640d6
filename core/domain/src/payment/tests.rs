use super::*;
use crate::{AgencyId, BillId};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn at(second: i64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000 + second * 1000).unwrap()
}

fn fils(fils: i64) -> Personal<Fils> {
    Personal::new(Fils::new(fils).unwrap())
}

const QUOTE_SECONDS: i64 = 300;

fn payment() -> Payment {
    let item = |agency: &str, amount| PaymentItem {
        bill: BillKey {
            agency: AgencyId::parse(agency).unwrap(),
            bill: BillId::parse("1").unwrap(),
        },
        amount: fils(amount),
        state: ItemState::Pending,
        receipt: None,
        rejection: None,
    };
    Payment {
        key: IdempotencyKey::parse("k").unwrap(),
        origin: Origin::ThisDevice {
            quote: QuoteId::parse("q").unwrap(),
            quote_expires_at: at(QUOTE_SECONDS),
        },
        instrument: InstrumentId::parse("i").unwrap(),
        items: vec![item("police", 60_000), item("health", 5_000)],
        total: fils(65_000),
        state: PaymentState::Created,
        hub_id: None,
        hub_revision: 0,
        sends: 0,
        look_ups: 0,
        look_up_at: None,
        created_at: at(0),
        updated_at: at(0),
        rejection: None,
    }
}

fn report(of: &Payment, status: HubStatus, items: [HubItemStatus; 2], revision: u32) -> HubReport {
    HubReport {
        hub_id: HubPaymentId::parse("p").unwrap(),
        key: of.key.clone(),
        instrument: of.instrument.clone(),
        status,
        items: of
            .items
            .iter()
            .zip(items)
            .map(|(item, status)| HubItem {
                bill: item.bill.clone(),
                amount: item.amount,
                status,
                receipt: None,
                rejection: None,
            })
            .collect(),
        total: of.total,
        revision,
        created_at: at(0),
        rejection: None,
    }
}

fn settled(of: &Payment, revision: u32) -> HubReport {
    report(of, HubStatus::Settled, [HubItemStatus::Settled; 2], revision)
}

fn after(events: impl IntoIterator<Item = (i64, PaymentEvent)>) -> Step {
    let first = Step {
        payment: payment(),
        outcome: None,
        command: None,
    };
    events.into_iter().fold(first, |before, (second, event)| {
        step(before.payment, event, at(second)).unwrap()
    })
}

fn refusal() -> Rejection {
    Rejection {
        code: "bill_being_paid".to_owned(),
        reason: None,
    }
}

#[test]
fn a_lost_answer_is_looked_up_and_never_sent_under_another_key() {
    let lost = after([(0, PaymentEvent::Submit), (1, PaymentEvent::Lost)]);
    assert_eq!(
        (lost.payment.state, lost.command),
        (PaymentState::Unknown, Some(Command::LookUp))
    );
    assert_eq!(lost.payment.look_up_at, Some(at(2)));

    let found = step(
        lost.payment.clone(),
        PaymentEvent::Told(settled(&lost.payment, 1)),
        at(3),
    )
    .unwrap();
    assert_eq!(found.payment.state, PaymentState::Settled);
    assert_eq!(found.outcome.unwrap().state, PaymentState::Settled);

    let again = step(lost.payment, PaymentEvent::Absent, at(3)).unwrap();
    assert_eq!(
        (again.command, &again.payment.key),
        (Some(Command::Send), &payment().key)
    );
    assert_eq!(again.payment.sends, 2);
}

#[test]
fn a_refusal_is_believed_only_if_no_other_copy_can_arrive() {
    let once = after([(0, PaymentEvent::Submit), (1, PaymentEvent::Refused(refusal()))]);
    assert_eq!(once.payment.state, PaymentState::Rejected);

    let resent = [
        (0, PaymentEvent::Submit),
        (1, PaymentEvent::Lost),
        (2, PaymentEvent::Absent),
    ];
    let twice = after(resent.into_iter().chain([(3, PaymentEvent::Refused(refusal()))]));
    assert_eq!((twice.payment.state, &twice.outcome), (PaymentState::Unknown, &None));
    // It isn't sent a third time, and is given up when no copy can be taken any more.
    let edge = QUOTE_SECONDS + NEVER_ARRIVED_AFTER_SECONDS;
    let waiting = step(twice.payment, PaymentEvent::Absent, at(edge - 1)).unwrap();
    assert_eq!(
        (waiting.payment.state, &waiting.command),
        (PaymentState::Unknown, &Some(Command::LookUp))
    );
    let given_up = step(waiting.payment, PaymentEvent::Absent, at(edge)).unwrap();
    assert_eq!(given_up.payment.rejection.unwrap().code, refusal().code);
    assert_eq!(given_up.outcome.unwrap().state, PaymentState::Rejected);
}

#[test]
fn a_kill_while_sending_is_a_lost_answer_and_what_was_not_sent_is_not_sent_later() {
    let sending = after([(0, PaymentEvent::Submit), (1, PaymentEvent::Reopened)]);
    assert_eq!(sending.payment.state, PaymentState::Unknown);
    for unsent in [
        after([(1, PaymentEvent::Reopened)]),
        after([(0, PaymentEvent::Submit), (1, PaymentEvent::NotSent)]),
    ] {
        assert_eq!((unsent.payment.state, unsent.command), (PaymentState::Rejected, None));
        assert_eq!(unsent.payment.rejection.unwrap().code, NOT_SENT);
        assert!(unsent.outcome.is_some());
    }
    let second_copy = after([
        (0, PaymentEvent::Submit),
        (1, PaymentEvent::Lost),
        (2, PaymentEvent::Absent),
        (3, PaymentEvent::NotSent),
    ]);
    assert_eq!(second_copy.payment.state, PaymentState::Unknown);
}

#[test]
fn a_step_up_is_asked_for_and_the_same_payment_goes_on() {
    let asked = after([(0, PaymentEvent::Submit), (1, PaymentEvent::StepUpAsked)]);
    assert_eq!(
        (asked.payment.state, asked.command),
        (PaymentState::Created, Some(Command::AskStepUp))
    );
    let again = step(asked.payment, PaymentEvent::Submit, at(60)).unwrap();
    assert_eq!((again.command, again.payment.sends), (Some(Command::Send), 1));
}

#[test]
fn a_status_that_is_not_known_is_never_final() {
    let odd = report(
        &payment(),
        HubStatus::Unknown,
        [HubItemStatus::Settled, HubItemStatus::Unknown],
        1,
    );
    let step = after([(0, PaymentEvent::Submit), (1, PaymentEvent::Told(odd))]);
    assert_eq!((step.payment.state, step.outcome), (PaymentState::Pending, None));
    assert!(step.payment.look_up_at.is_some());
}

#[test]
fn an_older_report_changes_nothing_and_a_final_state_is_not_taken_back() {
    let done = after([
        (0, PaymentEvent::Submit),
        (1, PaymentEvent::Told(settled(&payment(), 3))),
    ])
    .payment;
    let older = report(&done, HubStatus::Pending, [HubItemStatus::Pending; 2], 2);
    let same = step(done.clone(), PaymentEvent::Told(older), at(2)).unwrap();
    assert_eq!((&same.payment.state, same.outcome), (&PaymentState::Settled, None));

    let back = report(&done, HubStatus::Pending, [HubItemStatus::Pending; 2], 4);
    assert_eq!(
        step(done.clone(), PaymentEvent::Told(back), at(2)),
        Err(PaymentError::TakenBack)
    );

    let refunded = report(&done, HubStatus::Refunded, [HubItemStatus::Refunded; 2], 4);
    let refunded = step(done, PaymentEvent::Told(refunded), at(2)).unwrap();
    assert_eq!(refunded.outcome.unwrap().state, PaymentState::Refunded);
}

#[test]
fn a_rejection_of_our_own_gives_way_to_the_hub() {
    let given_up = after([
        (0, PaymentEvent::Submit),
        (1, PaymentEvent::Lost),
        (QUOTE_SECONDS + NEVER_ARRIVED_AFTER_SECONDS, PaymentEvent::Absent),
    ]);
    assert_eq!(given_up.payment.rejection.as_ref().unwrap().code, NEVER_ARRIVED);
    let told = settled(&given_up.payment, 1);
    let corrected = step(given_up.payment, PaymentEvent::Told(told), at(2000)).unwrap();
    assert_eq!(corrected.payment.state, PaymentState::Settled);
    assert!(corrected.outcome.is_some());
}

#[test]
fn a_report_about_something_else_is_refused() {
    let sent = after([(0, PaymentEvent::Submit)]).payment;
    let field = |change: &dyn Fn(&mut HubReport)| {
        let mut report = settled(&sent, 1);
        change(&mut report);
        match step(sent.clone(), PaymentEvent::Told(report), at(1)) {
            Err(PaymentError::Mismatch(invalid)) => invalid.field,
            other => panic!("taken: {other:?}"),
        }
    };
    assert_eq!(
        field(&|r| r.key = IdempotencyKey::parse("other").unwrap()),
        "idempotency_key"
    );
    assert_eq!(
        field(&|r| r.instrument = InstrumentId::parse("other").unwrap()),
        "instrument_id"
    );
    assert_eq!(field(&|r| r.items[0].amount = fils(60_001)), "total_fils");
    assert_eq!(field(&|r| r.items.swap(0, 1)), "items");
    assert_eq!(field(&|r| r.items[0].status = HubItemStatus::Pending), "status");
    assert_eq!(field(&|r| r.items.clear()), "items");
}

#[test]
fn look_ups_grow_apart_up_to_their_bound() {
    let mut now = 1;
    let mut payment = after([(0, PaymentEvent::Submit), (now, PaymentEvent::Lost)]).payment;
    let mut waits = vec![];
    for _ in 0..12 {
        let next = payment.look_up_at.unwrap();
        waits.push(next.seconds_since(at(now)));
        now = next.seconds_since(at(0));
        payment = step(payment, PaymentEvent::LookUpFailed, next).unwrap().payment;
    }
    assert_eq!(waits[..4], [1, 2, 4, 8]);
    assert_eq!(waits[11], LOOK_UP_SECONDS_MAX);
}

/// A hub that takes each key once, behind a network that loses, delays and repeats.
#[derive(Default)]
struct Hub {
    taken: BTreeMap<String, u32>,
    late: Vec<String>,
}

impl Hub {
    fn take(&mut self, key: &str, second: i64) -> bool {
        if !self.taken.contains_key(key) && second < QUOTE_SECONDS {
            *self.taken.entry(key.to_owned()).or_default() += 1;
        }
        self.taken.contains_key(key)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Whatever the network does to requests and answers: once it heals, both sides agree, the money moved at most once, and
    /// there is exactly one outcome.
    #[test]
    fn both_sides_agree_in_the_end(fates in proptest::collection::vec((0u8..7, 1i64..90), 0..40)) {
        let mut hub = Hub::default();
        let (mut record, mut second, mut outcomes) = (payment(), 0i64, 0);
        let mut pending = Some(PaymentEvent::Submit);
        let healed = (0..40).map(|_| (0u8, 400i64));
        for (fate, wait) in fates.into_iter().chain(healed) {
            if record.state.is_final() {
                break;
            }
            let event = pending.take().unwrap_or(PaymentEvent::Reopened);
            let Step { payment: next, outcome, command } = step(record, event, at(second)).unwrap();
            record = next;
            outcomes += usize::from(outcome.is_some());
            second += wait;
            let key = record.key.as_str().to_owned();
            for late in std::mem::take(&mut hub.late) {
                hub.take(&late, second);
            }
            pending = match (command, fate) {
                (None, _) => None,
                (Some(Command::AskStepUp), _) => Some(PaymentEvent::Submit),
                // 0, 1: all goes well. 2: the request is lost. 3: the answer is. 4: the request is late. 5: killed. 6: no route.
                (Some(Command::Send), 0 | 1) => Some(if hub.take(&key, second) {
                    PaymentEvent::Told(settled(&record, 1))
                } else {
                    PaymentEvent::Refused(Rejection { code: "quote_expired".to_owned(), reason: None })
                }),
                (Some(Command::Send), 2) => Some(PaymentEvent::Lost),
                (Some(Command::Send), 3) => { hub.take(&key, second); Some(PaymentEvent::Lost) }
                (Some(Command::Send), 4) => { hub.late.push(key); Some(PaymentEvent::Lost) }
                (Some(Command::Send), 5) => { hub.take(&key, second); Some(PaymentEvent::Reopened) }
                (Some(Command::Send), _) => Some(PaymentEvent::NotSent),
                (Some(Command::LookUp), 0 | 1) => Some(if hub.taken.contains_key(&key) {
                    PaymentEvent::Told(settled(&record, 1))
                } else {
                    PaymentEvent::Absent
                }),
                (Some(Command::LookUp), 5) => Some(PaymentEvent::Reopened),
                (Some(Command::LookUp), _) => Some(PaymentEvent::LookUpFailed),
            };
        }
        if let Some(event) = pending.filter(|_| !record.state.is_final()) {
            let last = step(record, event, at(second)).unwrap();
            outcomes += usize::from(last.outcome.is_some());
            record = last.payment;
        }
        prop_assert!(record.state.is_final(), "{:?}", record.state);
        prop_assert_eq!(outcomes, 1);
        let taken = hub.taken.values().sum::<u32>();
        prop_assert!(taken <= 1);
        prop_assert_eq!(record.state == PaymentState::Settled, taken == 1);
    }

    /// A final state takes no event but the hub's word, and a record that refuses an event is the record it was.
    #[test]
    fn nothing_but_the_hub_moves_a_final_payment(which in 0usize..8) {
        let done = after([(0, PaymentEvent::Submit), (1, PaymentEvent::Told(settled(&payment(), 1)))]).payment;
        let events = [
            PaymentEvent::Submit, PaymentEvent::Reopened, PaymentEvent::Refused(refusal()), PaymentEvent::StepUpAsked,
            PaymentEvent::NotSent, PaymentEvent::Lost, PaymentEvent::Absent, PaymentEvent::LookUpFailed,
        ];
        let refused = step(done, events[which].clone(), at(2));
        prop_assert_eq!(refused, Err(PaymentError::NotNow { state: PaymentState::Settled }));
    }
}
