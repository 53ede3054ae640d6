//! What a refresh costs a phone's battery: processor time, user and system, of the whole process, from the request to rows on the disk.
//!
//! Twelve agencies have a hundred bills each, and every one of them has changed. Rabt checks each, seals it and keeps it searchable. The
//! peer is what an Android team would write in Kotlin; it doubts nothing, seals nothing, and need not prove a key with each request (it
//! has a bearer token, Rabt signs with DPoP). It has been warmed up until its compiler has nothing left to do.

use crate::{
    harness::{Bench, Better, Goal, Measure, Outcome, Samples, Unit, process_cpu},
    stage::{Bare, City, CitySpec, Peer, Phone},
};

const AGENCIES: usize = 12;
const BILLS_EACH: usize = 100;
const BILLS: usize = AGENCIES * BILLS_EACH;
/// A JVM compiles a method for good after some ten thousand calls: of what is done for each bill there are then some hundred thousand.
const PEER_WARM_UPS: usize = 100;
const PEER_WARM_UPS_QUICK: usize = 10;

/// See the module.
pub(crate) const MEASURE: Measure = Measure {
    name: "processor-time-of-1200-bills",
    what: "processor time of a refresh of 12 agencies with 100 changed bills each, to sealed rows on disk",
    reference_is: "the same with Kotlin on the JVM, OkHttp, kotlinx.serialization and SQLite, warmed up, not sealed",
    unit: Unit::Seconds,
    better: Better::Lower,
    goal: Goal::Ratio(0.5),
    peer: Some("kotlin"),
    run,
};

fn run(bench: &Bench) -> Outcome<Samples> {
    let mut city = City::start(&CitySpec {
        latencies_ms: vec![0; AGENCIES],
        bills_each: BILLS_EACH,
    })?;
    let phone = Phone::of(&city)?;
    let bare = Bare::of(&city)?;
    phone.refresh()?;
    let mut peer = Peer::of(&city, &bare, bench.peers.kotlin.as_deref())?;
    let warm_ups = if bench.quick {
        PEER_WARM_UPS_QUICK
    } else {
        PEER_WARM_UPS
    };
    for _ in 0..warm_ups {
        peer.refresh()?;
    }
    bench.interleave(
        2,
        15,
        || {
            city.change_every_bill()?;
            let begun = process_cpu();
            let (_, came) = phone.refresh()?;
            let used = process_cpu() - begun;
            if came.changed as usize == BILLS {
                Ok(used.as_secs_f64())
            } else {
                Err(format!("not every bill has changed: {came:?}").into())
            }
        },
        || {
            let refreshed = peer.refresh()?;
            if refreshed.bills == BILLS {
                Ok(refreshed.cpu_seconds)
            } else {
                Err(format!("the peer has {} bills", refreshed.bills).into())
            }
        },
    )
}
