//! All bills of thirty agencies, which think for 20 to 200 ms each, on the wall's clock.
//!
//! The reference is the least that anybody could wait: the slowest of them, asked for its bills alone, once, by a client that reads
//! the bytes and throws them away. Rabt asks all thirty on the same two processors that the city runs on, checks every bill, seals the
//! changed ones and has them on the disk before it says that it is done.

use crate::{
    harness::{Bench, Better, Goal, Measure, Outcome, Samples, Unit},
    stage::{Bare, City, CitySpec, Phone},
};

const AGENCIES: u32 = 30;
const FASTEST_MS: u32 = 20;
const SLOWEST_MS: u32 = 200;
const BILLS_EACH: usize = 20;
const GOAL: f64 = 1.05;

/// The list is pulled down while the connections are up.
pub(crate) const WARM: Measure = Measure {
    name: "thirty-agencies-connected",
    what: "all bills of 30 agencies that think for 20 to 200 ms, a changed one at each, over TLS connections that are up",
    reference_is: "the slowest agency's bills alone, by a bare client, connection up",
    unit: Unit::Seconds,
    better: Better::Lower,
    goal: Goal::Ratio(GOAL),
    peer: None,
    run: warm,
};

/// The app has just been opened.
pub(crate) const COLD: Measure = Measure {
    name: "thirty-agencies-just-opened",
    what: "the same just after the app was opened: every connection is made first",
    reference_is: "the slowest agency's bills alone, by a bare client, its connection made first",
    run: cold,
    ..WARM
};

fn city() -> Outcome<City> {
    let latency_ms = |index| FASTEST_MS + (SLOWEST_MS - FASTEST_MS) * index / (AGENCIES - 1);
    City::start(&CitySpec {
        latencies_ms: (0..AGENCIES).map(latency_ms).collect(),
        bills_each: BILLS_EACH,
    })
}

fn slowest(city: &City) -> Outcome<String> {
    Ok(city.agency_urls().last().ok_or("a city without agencies")?.clone())
}

fn warm(bench: &Bench) -> Outcome<Samples> {
    let mut city = city()?;
    let slowest = slowest(&city)?;
    let phone = Phone::of(&city)?;
    let bare = Bare::of(&city)?;
    bench.interleave(
        3,
        20,
        || {
            city.change_a_bill_each()?;
            all_answered(&phone)
        },
        || bare.bills(&slowest),
    )
}

fn cold(bench: &Bench) -> Outcome<Samples> {
    let mut city = city()?;
    let slowest = slowest(&city)?;
    let mut phone = Phone::of(&city)?;
    let mut bare = Bare::of(&city)?;
    phone.refresh()?;
    bench.interleave(
        2,
        20,
        || {
            city.change_a_bill_each()?;
            phone.open()?;
            all_answered(&phone)
        },
        || {
            bare.disconnect()?;
            bare.bills(&slowest)
        },
    )
}

fn all_answered(phone: &Phone) -> Outcome<f64> {
    let (took, came) = phone.refresh()?;
    if came.answered == AGENCIES as usize {
        Ok(took)
    } else {
        Err(format!("not every agency had something to say: {came:?}").into())
    }
}
