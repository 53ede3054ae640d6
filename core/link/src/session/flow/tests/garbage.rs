//! What nobody meant: it never panics and never signs anybody in.

use super::*;
use proptest::prelude::*;

proptest! {
    #[test]
    fn garbage_never_panics_and_never_is_an_answer(url in ".{0,200}") {
        let flow = waiting(SignInRequest::default());
        let (flow, command) = flow.step(Event::Returned(url), now());
        prop_assert!(matches!(command, Command::Ignore(_)));
        prop_assert!(flow.is_waiting());
    }

    #[test]
    fn garbage_behind_the_right_redirect_never_panics(query in ".{0,200}", fragment in ".{0,20}") {
        let flow = waiting(SignInRequest::default());
        let url = format!("rabt-demo:/signed-in?{query}#{fragment}");
        let (_, command) = flow.step(Event::Returned(url), now());
        prop_assert!(matches!(command, Command::Ignore(_)));
    }

    #[test]
    fn garbage_with_the_right_state_is_an_answer_or_refused(query in "[a-z=&%0-9]{0,80}") {
        let flow = waiting(SignInRequest::default());
        let url = format!("rabt-demo:/signed-in?state={}&iss={ISSUER}&{query}", state(&flow));
        let (flow, command) = flow.step(Event::Returned(url), now());
        prop_assert!(!matches!(command, Command::Open(_) | Command::Finish(_)));
        prop_assert_eq!(flow.is_waiting(), matches!(command, Command::Ignore(_)));
    }

    #[test]
    fn garbage_is_never_a_stored_flow(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(Flow::from_bytes(&bytes).is_err());
    }

    /// Events in whatever order: the flow always has an answer, and none but the right ones finish it.
    #[test]
    fn events_out_of_order_never_finish_a_sign_in(order in proptest::collection::vec(0..6u8, 0..12)) {
        let mut flow = begin(SignInRequest::default());
        for event in order {
            let event = match event {
                0 => Event::Metadata(Box::new(metadata(ISSUER))),
                1 => Event::Pushed(PushedRequest { request_uri: "urn:r".into(), expires_in: 1 }),
                2 => Event::Returned(answer(&flow)),
                3 => tokens(Some("a.b.c".into())),
                4 => keys_read(JwkSet::default()),
                _ => Event::Abandoned,
            };
            let command;
            (flow, command) = flow.step(event, now());
            prop_assert!(!matches!(command, Command::Finish(_)));
        }
    }
}
