//! What can happen in a city.

use crate::make::fils;
use proptest::{prelude::*, sample::select};
use rabt_domain::{
    BillKind, InstrumentStatus,
    mandate::{Failure, StandingChange, Verdict},
};

/// Something that happens.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    Pass {
        seconds: i64,
    },
    Issue {
        agency: usize,
        kind: BillKind,
        amount: i64,
        term: i32,
    },
    Change {
        bill: usize,
        amount: i64,
    },
    Withdraw {
        bill: usize,
    },
    Split {
        bill: usize,
    },
    PayElsewhere {
        bill: usize,
    },
    PayByHand {
        bill: usize,
    },
    Down {
        agency: usize,
    },
    Up {
        agency: usize,
    },
    Balance {
        fils: i64,
    },
    Finish {
        well: bool,
        why: Failure,
    },
    Answer {
        bill: usize,
        verdict: Verdict,
    },
    Stand {
        mandate: usize,
        change: StandingChange,
    },
    Amend {
        mandate: usize,
        per_payment: i64,
    },
    Bank {
        status: InstrumentStatus,
        available: Option<i64>,
    },
    Run,
    Look,
}

/// Anything of it; time goes backwards only if it `jumps`.
pub(crate) fn event(jumps: bool) -> impl Strategy<Value = Event> {
    let earlier = if jumps { -200_000i64 } else { 0 };
    let pass = prop_oneof![
        4 => (earlier..400_000i64).prop_map(|seconds| Event::Pass { seconds }),
        1 => (0i64..90).prop_map(|seconds| Event::Pass { seconds }),
    ];
    let kind = prop_oneof![6 => Just(BillKind::Utility), 2 => Just(BillKind::Fine), 1 => Just(BillKind::TopUp)];
    let why = select(vec![Failure::NotEnoughMoney, Failure::BillChanged, Failure::Other]);
    let verdict = prop_oneof![
        3 => (1i64..900).prop_map(|up_to| Verdict::Approved { up_to: fils(up_to) }),
        1 => Just(Verdict::Declined),
    ];
    let change = select(vec![
        StandingChange::Pause,
        StandingChange::Resume,
        StandingChange::Resume,
        StandingChange::Revoke,
    ]);
    let status = prop_oneof![6 => Just(InstrumentStatus::Active), 1 => select(vec![InstrumentStatus::Expired, InstrumentStatus::Suspended])];
    prop_oneof![
        12 => pass,
        10 => (0usize..2, kind, 1i64..800, 0i32..40)
            .prop_map(|(agency, kind, amount, term)| Event::Issue { agency, kind, amount, term }),
        3 => (any::<usize>(), 1i64..900).prop_map(|(bill, amount)| Event::Change { bill, amount }),
        1 => any::<usize>().prop_map(|bill| Event::Withdraw { bill }),
        1 => any::<usize>().prop_map(|bill| Event::Split { bill }),
        1 => any::<usize>().prop_map(|bill| Event::PayElsewhere { bill }),
        2 => any::<usize>().prop_map(|bill| Event::PayByHand { bill }),
        1 => (0usize..2).prop_map(|agency| Event::Down { agency }),
        2 => (0usize..2).prop_map(|agency| Event::Up { agency }),
        2 => (0i64..4_000).prop_map(|fils| Event::Balance { fils }),
        9 => (prop::bool::weighted(0.8), why).prop_map(|(well, why)| Event::Finish { well, why }),
        3 => (any::<usize>(), verdict).prop_map(|(bill, verdict)| Event::Answer { bill, verdict }),
        1 => (0usize..2, change).prop_map(|(mandate, change)| Event::Stand { mandate, change }),
        1 => (0usize..2, 200i64..900).prop_map(|(mandate, per_payment)| Event::Amend { mandate, per_payment }),
        1 => (status, proptest::option::of(0i64..3_000)).prop_map(|(status, available)| Event::Bank { status, available }),
        14 => Just(Event::Run),
        4 => Just(Event::Look),
    ]
}
