use super::*;
use crate::{
    bills::{Answer, BillQuery},
    limits::PAGE_MAX,
    testing::{Fixture, agency, bill, bill_key, fils, now},
};
use rabt_domain::{
    AgencyId, Bilingual, Bill, BillStatus, DubaiDate, Personal,
    bill::BillPaid,
    mandate::{BillView, Outcome},
};
use std::collections::BTreeSet;

fn mandate(id: &str) -> MandateId {
    MandateId::parse(id).unwrap()
}

fn statement(text: &str, kind: StatementKind) -> Statement {
    Statement {
        kind,
        mandate: mandate("m-1"),
        number: 1,
        bill: (kind == StatementKind::Answer).then(|| bill_key("police", "b-1")),
        text: Personal::new(text.to_owned()),
        at: now(),
        own: true,
        sent: Sent::NotYet,
    }
}

fn decision(n: i64, by: Option<&str>, of: &str, outcome: Outcome) -> KeptDecision {
    KeptDecision {
        name: Personal::new(format!("d-{n}")),
        mandate: by.map(mandate),
        bill: bill_key(of, &format!("b-{n}")),
        outcome,
        decided_at: now().plus_seconds(n),
        text: Personal::new(format!("{{\"n\":{n}}}")),
    }
}

fn finding(n: i64) -> NewFinding {
    NewFinding {
        code: "twice".to_owned(),
        sentence: Bilingual::parse("This bill was paid more than once.", "دُفعت هذه الفاتورة أكثر من مرة.").unwrap(),
        mandate: Some(mandate("m-1")),
        bill: bill_key("police", &format!("b-{n}")),
        decided_at: Some(now().plus_seconds(n)),
        found_at: now(),
    }
}

#[test]
fn a_statement_is_repeated_with_the_same_bytes_until_the_gateway_has_it() {
    let fixture = Fixture::new();
    let room = fixture.store.mandates();
    let (terms, answer) = (
        statement("a.b.c", StatementKind::Terms),
        statement("d.e.f", StatementKind::Answer),
    );
    assert_eq!(room.write_statements(&[terms.clone(), answer.clone()]).unwrap(), 2);
    assert_eq!(room.write_statements(std::slice::from_ref(&terms)).unwrap(), 0);

    let fixture = fixture.reopened(|_| {});
    let room = fixture.store.mandates();
    assert_eq!(room.unsent_statements().unwrap(), [terms.clone(), answer.clone()]);
    let at = now().plus_seconds(5);
    assert!(room.note_sent("a.b.c", &Sent::Acknowledged { at }).unwrap());
    assert!(!room.note_sent("x", &Sent::Acknowledged { at }).unwrap());
    // Learnt from the gateway's list, after its answer was lost; and what is known to be there stays so.
    let learnt = |of: &Statement, at| Statement {
        sent: Sent::Acknowledged { at },
        own: false,
        ..of.clone()
    };
    let later = now().plus_seconds(9);
    assert_eq!(
        room.write_statements(&[learnt(&terms, later), learnt(&answer, later)])
            .unwrap(),
        1
    );
    assert_eq!(room.unsent_statements().unwrap(), []);
    let all = room.statements().unwrap();
    assert_eq!(all[0].sent, Sent::Acknowledged { at });
    assert_eq!((&all[1].sent, all[1].own), (&Sent::Acknowledged { at: later }, true));
}

#[test]
fn a_refused_statement_is_not_sent_again_and_stays_on_record() {
    let fixture = Fixture::new();
    let room = fixture.store.mandates();
    room.write_statements(&[statement("a.b.c", StatementKind::Pause)])
        .unwrap();
    let code = "mandate_older".to_owned();
    room.note_sent("a.b.c", &Sent::Refused { code: code.clone() }).unwrap();
    assert_eq!(room.unsent_statements().unwrap(), []);
    assert_eq!(room.statements().unwrap()[0].sent, Sent::Refused { code });
}

#[test]
fn a_decision_that_comes_again_takes_the_place_of_the_one_before() {
    let fixture = Fixture::new();
    let room = fixture.store.mandates();
    let nothing = Reported {
        cursor: None,
        as_of: None,
    };
    assert_eq!(room.reported().unwrap(), nothing);
    let first = decision(1, Some("m-1"), "police", Outcome::Pay);
    assert_eq!(
        room.take_decisions(std::slice::from_ref(&first), "c-1", None).unwrap(),
        1
    );
    assert_eq!(
        room.take_decisions(std::slice::from_ref(&first), "c-1", None).unwrap(),
        0
    );
    let settled = KeptDecision {
        text: Personal::new("settled".to_owned()),
        ..first
    };
    let second = decision(2, None, "water", Outcome::Skip);
    assert_eq!(
        room.take_decisions(&[settled.clone(), second.clone()], "c-2", Some(now()))
            .unwrap(),
        2
    );
    let fixture = fixture.reopened(|_| {});
    let room = fixture.store.mandates();
    assert_eq!(room.decisions().unwrap(), [settled, second]);
    let reported = room.reported().unwrap();
    assert_eq!((reported.cursor.as_deref(), reported.as_of), (Some("c-2"), Some(now())));
}

#[test]
fn decisions_come_by_page_the_newest_first_and_filtered() {
    let fixture = Fixture::new();
    let room = fixture.store.mandates();
    let day = 86_400;
    let decisions = [
        decision(0, Some("m-1"), "police", Outcome::Pay),
        decision(1, Some("m-2"), "police", Outcome::Hold),
        decision(2, Some("m-1"), "water", Outcome::Skip),
        decision(day, None, "water", Outcome::Skip),
        decision(2 * day, Some("m-1"), "water", Outcome::Ask),
    ];
    room.take_decisions(&decisions, "c", None).unwrap();
    room.keep_findings(&[finding(0), finding(1)]).unwrap();
    let found = |query: DecisionQuery| -> Vec<i64> {
        let (mut found, mut query) = (Vec::new(), DecisionQuery { limit: 1, ..query });
        loop {
            let page = room.decision_page(&query).unwrap();
            assert!(page.decisions.len() <= 1 && page.damaged == 0);
            found.extend(page.decisions.iter().map(|one| one.decided_at.seconds_since(now())));
            match page.next {
                Some(next) => query.cursor = Some(next),
                None => return found,
            }
        }
    };
    let all = DecisionQuery::default;
    assert_eq!(found(all()), [2 * day, day, 2, 1, 0]);
    let by = |id: &str| DecisionQuery {
        mandate: Some(mandate(id)),
        ..all()
    };
    assert_eq!(found(by("m-1")), [2 * day, 2, 0]);
    assert_eq!(found(by("m-3")), [0; 0]);
    let outcomes = DecisionQuery {
        outcomes: vec![Outcome::Hold, Outcome::Ask],
        ..all()
    };
    assert_eq!(found(outcomes), [2 * day, 1]);
    let agencies = DecisionQuery {
        agencies: vec![agency("water")],
        from_on: Some(DubaiDate::at(now())),
        to_on: Some(DubaiDate::at(now().plus_seconds(day))),
        ..all()
    };
    assert_eq!(found(agencies), [day, 2]);
    let flagged = DecisionQuery { flagged: true, ..all() };
    assert_eq!(found(flagged), [1, 0]);
    let about = DecisionQuery {
        bill: Some(bill_key("water", "b-2")),
        ..all()
    };
    assert_eq!(found(about), [2]);
}

#[test]
fn a_bad_cursor_or_limit_of_decisions_names_its_field() {
    let fixture = Fixture::new();
    let room = fixture.store.mandates();
    let decisions: Vec<_> = (0..3).map(|n| decision(n, None, "water", Outcome::Skip)).collect();
    room.take_decisions(&decisions, "c", None).unwrap();
    let first = DecisionQuery {
        limit: 1,
        ..DecisionQuery::default()
    };
    let cursor = room.decision_page(&first).unwrap().next.unwrap();
    let field = |query: DecisionQuery| match room.decision_page(&query) {
        Err(StoreError::Invalid(invalid)) => invalid.field,
        other => panic!("{other:?}"),
    };
    for limit in [0, PAGE_MAX + 1] {
        assert_eq!(field(DecisionQuery { limit, ..first.clone() }), "limit");
    }
    let changed = format!("{}0", &cursor[..cursor.len() - 1]);
    for cursor in ["made up", &changed[..changed.len() - 2]] {
        let cursor = Some(cursor.to_owned());
        assert_eq!(
            field(DecisionQuery {
                cursor,
                ..first.clone()
            }),
            "cursor"
        );
    }
    // That of one query doesn't continue another.
    let other = DecisionQuery {
        flagged: true,
        cursor: Some(cursor),
        ..first
    };
    assert_eq!(field(other), "cursor");
}

#[test]
fn a_finding_is_kept_once_and_disputed_once_with_its_statements() {
    let fixture = Fixture::new();
    let room = fixture.store.mandates();
    assert_eq!(room.keep_findings(&[finding(1), finding(1), finding(2)]).unwrap(), 2);
    assert_eq!(room.keep_findings(&[finding(2)]).unwrap(), 0);
    let found = room.findings().unwrap();
    assert_eq!(
        (found.len(), &found[0].finding, found[0].disputed_at),
        (2, &finding(1), None)
    );

    let stop = statement("stop", StatementKind::Pause);
    let kept = room.dispute(found[1].id, now(), std::slice::from_ref(&stop)).unwrap();
    assert_eq!((kept.finding, kept.disputed_at), (finding(2), Some(now())));
    let again = room
        .dispute(
            found[1].id,
            now().plus_seconds(9),
            &[statement("again", StatementKind::Pause)],
        )
        .unwrap();
    assert_eq!(again.disputed_at, Some(now()));
    assert_eq!(room.statements().unwrap(), [stop]);
    for unknown in [FindingId(99), FindingId(u64::MAX)] {
        let Err(StoreError::Invalid(invalid)) = room.dispute(unknown, now(), &[]) else {
            panic!("it is unknown");
        };
        assert_eq!(invalid.field, "finding_id");
    }
}

fn paid(bill: &Bill) -> Bill {
    Bill {
        status: BillStatus::Paid,
        paid: Some(BillPaid {
            at: now(),
            amount: bill.amount,
            channel: "rabt".to_owned(),
        }),
        ..bill.clone()
    }
}

/// Refreshes an agency, and sees what it says.
fn refreshed(fixture: &Fixture, of: &AgencyId, bills: &[Bill], at: i64) {
    let answered_at = now().plus_seconds(at + 2);
    let mut pass = fixture.store.bills().begin_pass(of).unwrap();
    fixture.store.bills().apply(&mut pass, bills).unwrap();
    let answer = Answer {
        at: answered_at,
        etag: None,
        took_ms: 2_000,
    };
    fixture.store.bills().finish(pass, &answer).unwrap();
    let asked = Asked {
        at: now().plus_seconds(at),
        answered_at,
        whole: true,
    };
    fixture.store.mandates().see(of, &asked, &BTreeSet::new()).unwrap();
}

#[test]
fn what_was_seen_of_a_bill_is_kept_with_when_it_was_so() {
    let fixture = Fixture::new();
    let police = agency("police");
    let open = bill("police", "b-1");
    let changed = Bill {
        revision: 2,
        amount: fils(70_000),
        ..open.clone()
    };
    let paid = paid(&changed);
    for (state, at) in [(&open, 0), (&open, 100), (&changed, 200), (&paid, 300), (&paid, 400)] {
        refreshed(&fixture, &police, std::slice::from_ref(state), at);
    }
    let fixture = fixture.reopened(|_| {});
    let said = |view: &BillView| (view.revision, view.status, view.fetched_at.seconds_since(now()));
    let views: Vec<_> = fixture.store.mandates().seen().unwrap().iter().map(said).collect();
    use BillStatus::{Open, Paid};
    // The last one also when it was last so; what is closed is as late as it may be, what is open as early.
    assert_eq!(views, [(2, Paid, 400), (1, Open, 0), (2, Open, 200), (2, Paid, 302)]);
    let complete = fixture.store.mandates().complete_answers().unwrap();
    assert_eq!(complete, [(police, now().plus_seconds(400))]);
}

#[test]
fn a_bill_that_was_never_seen_open_is_seen_when_it_is_named() {
    let fixture = Fixture::new();
    let police = agency("police");
    let paid = paid(&bill("police", "b-1"));
    refreshed(&fixture, &police, std::slice::from_ref(&paid), 0);
    assert_eq!(fixture.store.mandates().seen().unwrap(), []);
    let named = [
        bill_key("police", "b-1"),
        bill_key("police", "b-none"),
        bill_key("water", "b-1"),
    ];
    let asked = Asked {
        at: now(),
        answered_at: now(),
        whole: false,
    };
    let room = fixture.store.mandates();
    room.see(&police, &asked, &named.into_iter().collect()).unwrap();
    assert_eq!(room.seen().unwrap().len(), 1);
    assert_eq!(fixture.store.bills().page(&BillQuery::default()).unwrap().bills, []);
}

#[test]
fn consents_and_devices_are_what_was_told_last() {
    let fixture = Fixture::new();
    let room = fixture.store.mandates();
    assert_eq!(
        (room.bank_consents().unwrap(), room.devices().unwrap()),
        (vec![], vec![])
    );
    let consent = BankConsent {
        mandate: mandate("m-1"),
        id: "c-1".to_owned(),
        status: "authorized".to_owned(),
        covers_version: 2,
    };
    let device = DeviceKey {
        thumbprint: "thumb".to_owned(),
        since: now(),
        until: Some(now().plus_seconds(60)),
    };
    room.set_bank_consents(std::slice::from_ref(&consent)).unwrap();
    room.set_devices(std::slice::from_ref(&device)).unwrap();
    let fixture = fixture.reopened(|_| {});
    let room = fixture.store.mandates();
    assert_eq!(
        (room.bank_consents().unwrap(), room.devices().unwrap()),
        (vec![consent], vec![device.clone()])
    );
    let many = vec![device; DEVICES_MAX + 1];
    assert!(matches!(room.set_devices(&many), Err(StoreError::TooMany { .. })));
}
