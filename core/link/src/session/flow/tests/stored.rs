//! A flow that was put away while the page was open.

use super::*;

#[test]
fn a_killed_app_goes_on_when_the_url_comes_in() {
    let flow = waiting(SignInRequest::step_up(SubjectId::parse("person-1").unwrap(), acr::HIGH));
    let stored = flow.to_bytes();
    let back = Flow::from_bytes(&stored).unwrap();
    assert_eq!(back.expected, flow.expected);
    let url = answer(&flow);
    assert!(matches!(
        back.step(Event::Returned(url), now()).1,
        Command::Exchange { .. }
    ));
}

#[test]
fn a_stored_flow_that_does_not_wait_has_ended() {
    for flow in [begin(SignInRequest::default()), exchanged(SignInRequest::default())] {
        let back = Flow::from_bytes(&flow.to_bytes()).unwrap();
        assert!(!back.is_waiting());
        let url = answer(&back);
        assert!(matches!(
            back.step(Event::Returned(url), now()).1,
            Command::Ignore(CallbackRefusal::Used)
        ));
    }
}

#[test]
fn what_is_not_a_stored_flow_is_refused_by_name() {
    let written = String::from_utf8(waiting(SignInRequest::default()).to_bytes().to_vec()).unwrap();
    for (from, to, field) in [
        ("\"version\":1", "\"version\":2", "version"),
        ("\"ES256\"", "\"none\"", "algorithms"),
        ("\"token\":\"https:", "\"token\":\"", "token"),
        ("{", "", "form"),
    ] {
        assert!(written.contains(from), "{from}");
        let changed = written.replacen(from, to, 1);
        assert_eq!(Flow::from_bytes(changed.as_bytes()).unwrap_err(), FlowUnreadable(field));
    }
}
