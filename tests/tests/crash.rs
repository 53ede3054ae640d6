//! Killed anywhere: a phone, a city and both, at every place at which that could hurt, and what is left when the flow is finished.
//!
//! By default an evenly spread sample of the places is tried; with `RABT_ALL=1` every one. `RABT_CRASH_ONLY="basket phone 17"` tries
//! one alone. What was found is in `target/reports/crash.json`; `docs/crash.md` says how a place is numbered.

use rabt_tests::crash::{FindingKind, Flow, Lane, Outcome, Places, Programs, Side, Trial, count, run};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    env, fs,
    path::Path,
    sync::{Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

/// How many trials of a flow's side are made by default: all of them together take a minute of two processors.
const SAMPLE: usize = 6;
/// As many as go on side by side at most: each is three processes.
const LANES_MAX: usize = 8;
/// How many findings are told in full.
const FINDINGS_TOLD_MAX: usize = 20;

/// A line of the report.
#[derive(Debug, Serialize)]
struct Line {
    flow: &'static str,
    side: &'static str,
    /// How many places there are.
    points: usize,
    /// In how many trials all were killed that were to be.
    killed: usize,
    /// In how many something was lost.
    lost: usize,
    /// In how many something was done or told twice.
    doubled: usize,
    balanced: bool,
}

/// A trial that was made.
struct Tried {
    flow: Flow,
    side: Side,
    number: usize,
    trial: Trial,
    outcome: Outcome,
}

#[test]
fn whoever_is_killed_wherever_nothing_is_lost_and_nothing_is_done_twice() {
    let begun = Instant::now();
    let mut lanes: Vec<Lane> = (0..lanes()).map(|number| Lane::new(programs(), number)).collect();
    let only = Only::asked_for();
    let flows = Flow::ALL
        .into_iter()
        .filter(|flow| only.is_none_or(|only| only.flow == *flow));
    let places: BTreeMap<Flow, Places> =
        side_by_side(&mut lanes, flows.collect(), |lane, flow| (flow, count(lane, flow)))
            .into_iter()
            .collect();

    let wanted = places
        .iter()
        .flat_map(|(flow, places)| jobs(*flow, places))
        .filter(|(flow, side, number, _)| only.is_none_or(|only| only.covers(*flow, *side, *number)));
    let tried = side_by_side(&mut lanes, wanted.collect(), |lane, (flow, side, number, trial)| {
        Tried {
            flow,
            side,
            number,
            trial,
            outcome: run(lane, flow, trial),
        }
    });

    let lines = report(&places, &tried);
    if only.is_none() {
        write(&lines);
    }
    tell(&lines, &tried, begun.elapsed());
    let mut bad: Vec<String> = tried
        .iter()
        .filter(|tried| !tried.outcome.findings.is_empty())
        .map(|tried| words(tried, &places))
        .collect();
    let more = bad.len().saturating_sub(FINDINGS_TOLD_MAX);
    bad.truncate(FINDINGS_TOLD_MAX);
    assert!(bad.is_empty(), "\n{}\n… and {more} more", bad.join("\n"));
    // What isn't reached isn't tried: plans that kill nobody would pass all of the above. (Where both are to be killed, it may be
    // that the first kill leaves the other nothing to do.)
    for flow in places.keys().filter(|_| only.is_none()) {
        let of = || {
            tried
                .iter()
                .filter(|tried| tried.flow == *flow && tried.side != Side::Both)
        };
        let killed = of().filter(|tried| tried.outcome.killed).count();
        assert!(
            killed * 2 > of().count(),
            "{}: of {} trials only {killed} killed",
            flow.name(),
            of().count()
        );
    }
}

fn programs() -> Programs {
    Programs {
        phone: env!("CARGO_BIN_EXE_crash-phone").into(),
        city: env!("CARGO_BIN_EXE_crash-city").into(),
    }
}

fn lanes() -> u16 {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    u16::try_from(processors.min(LANES_MAX)).unwrap_or(1)
}

/// What alone is to be tried: all of a flow, of one of its sides, or one trial.
#[derive(Clone, Copy)]
struct Only {
    flow: Flow,
    side: Option<Side>,
    number: Option<usize>,
}

impl Only {
    fn asked_for() -> Option<Self> {
        let text = env::var("RABT_CRASH_ONLY").ok()?;
        let read = || {
            let mut words = text.split_whitespace();
            let flow = Flow::of_name(words.next()?)?;
            let side = match words.next() {
                Some(side) => Some(Side::ALL.into_iter().find(|known| known.name() == side)?),
                None => None,
            };
            let number = match words.next() {
                Some(number) => Some(number.parse().ok()?),
                None => None,
            };
            Some(Self { flow, side, number })
        };
        Some(read().unwrap_or_else(|| {
            panic!("RABT_CRASH_ONLY is a flow, a side and a number, or the first of these, not {text:?}")
        }))
    }

    fn covers(self, flow: Flow, side: Side, number: usize) -> bool {
        flow == self.flow && self.side.is_none_or(|only| only == side) && self.number.is_none_or(|only| only == number)
    }
}

/// All trials of a flow, or an evenly spread sample of each side's.
fn jobs(flow: Flow, places: &Places) -> Vec<(Flow, Side, usize, Trial)> {
    let every_one = env::var_os("RABT_ALL").is_some() || env::var_os("RABT_CRASH_ONLY").is_some();
    let mut jobs = Vec::new();
    for side in Side::ALL {
        let trials = places.trials(side);
        let wanted = if every_one {
            trials.len()
        } else {
            SAMPLE.min(trials.len())
        };
        jobs.extend((0..wanted).map(|n| {
            let index = (2 * n + 1) * trials.len() / (2 * wanted);
            (flow, side, index + 1, trials[index])
        }));
    }
    jobs
}

/// Has each lane take the next job as soon as it is free.
fn side_by_side<J: Send, T: Send>(lanes: &mut [Lane], jobs: Vec<J>, work: impl Fn(&mut Lane, J) -> T + Sync) -> Vec<T> {
    let jobs = Mutex::new(jobs.into_iter());
    let done = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for lane in lanes {
            scope.spawn(|| {
                loop {
                    let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some(job) = job else {
                        return;
                    };
                    let result = work(lane, job);
                    done.lock().unwrap_or_else(PoisonError::into_inner).push(result);
                }
            });
        }
    });
    done.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn report(places: &BTreeMap<Flow, Places>, tried: &[Tried]) -> Vec<Line> {
    let mut lines = Vec::new();
    for (flow, places) in places {
        for side in Side::ALL {
            let of = || tried.iter().filter(|tried| (tried.flow, tried.side) == (*flow, side));
            let with = |kind: FindingKind| {
                of().filter(|tried| tried.outcome.findings.iter().any(|f| f.kind == kind))
                    .count()
            };
            lines.push(Line {
                flow: flow.name(),
                side: side.name(),
                points: places.trials(side).len(),
                killed: of().filter(|tried| tried.outcome.killed).count(),
                lost: with(FindingKind::Lost),
                doubled: with(FindingKind::Doubled),
                balanced: with(FindingKind::Unbalanced) == 0,
            });
        }
    }
    lines
}

fn write(lines: &[Line]) {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .expect("a folder in the target folder");
    let reports = target.join("reports");
    fs::create_dir_all(&reports).expect("a folder for reports");
    let json = serde_json::to_vec_pretty(lines).expect("a report is JSON");
    fs::write(reports.join("crash.json"), json).expect("the report can be written");
}

fn tell(lines: &[Line], tried: &[Tried], took: Duration) {
    for line in lines {
        let made = tried
            .iter()
            .filter(|tried| (tried.flow.name(), tried.side.name()) == (line.flow, line.side));
        println!(
            "{:<16} {:<6} {:>4} places, {:>4} tried, {:>4} killed",
            line.flow,
            line.side,
            line.points,
            made.count(),
            line.killed
        );
    }
    let places: usize = lines.iter().map(|line| line.points).sum();
    let each: Duration = tried.iter().map(|tried| tried.outcome.took).sum();
    let mean = each
        .checked_div(u32::try_from(tried.len()).unwrap_or(1))
        .unwrap_or_default();
    println!("{} of {places} kills tried in {took:.1?}, {mean:.2?} each", tried.len());
}

/// A trial that found something, and how to have it again.
fn words(tried: &Tried, places: &BTreeMap<Flow, Places>) -> String {
    let name = |at: usize| {
        places
            .get(&tried.flow)
            .and_then(|places| places.phone.get(at - 1))
            .cloned()
            .unwrap_or_default()
    };
    let at = match tried.trial.phone_at {
        Some(at) => format!(" ({})", name(at)),
        None => String::new(),
    };
    let found: Vec<String> = tried
        .outcome
        .findings
        .iter()
        .map(|finding| format!("    {:?}: {}", finding.kind, finding.what))
        .collect();
    format!(
        "RABT_CRASH_ONLY=\"{} {} {}\": {:?}{at}, killed: {}\n{}",
        tried.flow.name(),
        tried.side.name(),
        tried.number,
        tried.trial,
        tried.outcome.killed,
        found.join("\n")
    )
}
