//! One trial: a flow, whom it kills and where, and what was left.

use super::{
    Flow, Lane, Plan,
    check::{self, Finding},
    children::{CityEvent, CityProcess, PhoneProcess, last_words, was_killed},
};
use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

/// A trial that takes longer hangs: the flow has a shorter limit of its own.
const TRIAL_WITHIN: Duration = Duration::from_secs(100);
/// The traces of a counting run.
const PHONE_TRACE: &str = "phone.trace";
const CITY_TRACE: &str = "city.trace";

/// Who is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The phone, at its own places and at the city's: after an agency has committed, before the phone hears of it.
    Phone,
    /// The city, at its commits; the phone goes on.
    City,
    /// Both, one after the other as it comes.
    Both,
}

impl Side {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Phone, Self::City, Self::Both];

    /// As it is called in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::City => "city",
            Self::Both => "both",
        }
    }
}

/// Where somebody is killed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Trial {
    /// The phone, at this place of its own.
    pub phone_at: Option<usize>,
    /// The phone, when the city is at this place of the city's.
    pub phone_when_city_at: Option<usize>,
    /// The city, at this place of its own.
    pub city_at: Option<usize>,
}

/// How many places a flow has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// The phone's, by name.
    pub phone: Vec<String>,
    /// The city's.
    pub city: usize,
}

impl Places {
    /// Every trial of a side.
    pub fn trials(&self, side: Side) -> Vec<Trial> {
        let none = Trial::default();
        let (phone, city) = (self.phone.len(), self.city);
        match side {
            Side::Phone => {
                let own = (1..=phone).map(|at| Trial {
                    phone_at: Some(at),
                    ..none
                });
                let citys = (1..=city).map(|at| Trial {
                    phone_when_city_at: Some(at),
                    ..none
                });
                own.chain(citys).collect()
            }
            Side::City => (1..=city)
                .map(|at| Trial {
                    city_at: Some(at),
                    ..none
                })
                .collect(),
            // All pairs are too many. Each place of either is in one, and the pairs wander: the city's place goes once round
            // while the phone's goes once, but from a third of the way on, so that the two don't stay side by side.
            Side::Both => {
                let pairs = phone.max(city);
                (0..pairs)
                    .map(|n| Trial {
                        phone_at: Some(n * phone / pairs + 1),
                        city_at: Some((n * city / pairs + city / 3) % city + 1),
                        ..none
                    })
                    .collect()
            }
        }
    }
}

/// What became of a trial.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Whether all were killed that were to be. Where threads race, a run may have fewer places than the one that was counted.
    pub killed: bool,
    /// What was found amiss.
    pub findings: Vec<Finding>,
    /// How long it took.
    pub took: Duration,
}

/// Walks through a flow without a kill and counts its places.
///
/// # Panics
/// Where the flow doesn't work as it is.
pub fn count(lane: &mut Lane, flow: Flow) -> Places {
    let folder = lane.trial_folder(flow);
    let (phone, city) = (folder.join(PHONE_TRACE), folder.join(CITY_TRACE));
    let plans = (Plan::counting(&phone), Plan::counting(&city));
    let outcome = lane.block_on(go(lane, flow, &folder, plans));
    assert!(
        outcome.findings.is_empty(),
        "{} without any kill: {:#?}",
        flow.name(),
        outcome.findings
    );
    Places {
        phone: lines(&phone),
        city: lines(&city).len(),
    }
}

/// Does a trial.
pub fn run(lane: &mut Lane, flow: Flow, trial: Trial) -> Outcome {
    let folder = lane.trial_folder(flow);
    let phone = Plan {
        die_at: trial.phone_at,
        ..Plan::default()
    };
    let city = Plan {
        die_at: trial.city_at,
        hold_at: trial.phone_when_city_at,
        trace: Some(folder.join(CITY_TRACE)),
    };
    let begun = Instant::now();
    let outcome = lane.block_on(go(lane, flow, &folder, (phone, city)));
    Outcome {
        took: begun.elapsed(),
        ..outcome
    }
}

fn lines(trace: &Path) -> Vec<String> {
    let text = fs::read_to_string(trace).expect("a trace");
    text.lines().map(str::to_owned).collect()
}

async fn go(lane: &Lane, flow: Flow, folder: &Path, (phone_plan, city_plan): (Plan, Plan)) -> Outcome {
    let run = async {
        let run = Run::start(lane, flow, folder, phone_plan, city_plan).await?;
        run.finished().await
    };
    let finished = tokio::time::timeout(TRIAL_WITHIN, run).await;
    let finished = finished.unwrap_or_else(|_| Err("it hangs".to_owned()));
    finished.unwrap_or_else(|words| Outcome {
        findings: vec![Finding::stuck(words)],
        ..Outcome::default()
    })
}

struct Run<'a> {
    lane: &'a Lane,
    flow: Flow,
    folder: &'a Path,
    phone: PhoneProcess,
    city: CityProcess,
    /// How many kills there were to be, and were.
    planned: usize,
    killed: usize,
    /// Whether the city has not come to the place of its plan yet.
    city_waits: bool,
    city_dies_at: Option<usize>,
}

impl<'a> Run<'a> {
    async fn start(
        lane: &'a Lane,
        flow: Flow,
        folder: &'a Path,
        phone_plan: Plan,
        city_plan: Plan,
    ) -> Result<Self, String> {
        let citys = [city_plan.die_at, city_plan.hold_at].iter().flatten().count();
        Ok(Self {
            lane,
            flow,
            folder,
            city: CityProcess::start(&lane.programs, folder, &city_plan).await?,
            phone: PhoneProcess::start(&lane.programs, folder, flow, &phone_plan),
            planned: usize::from(phone_plan.die_at.is_some()) + citys,
            killed: 0,
            city_waits: citys > 0,
            city_dies_at: city_plan.die_at,
        })
    }

    async fn finished(mut self) -> Result<Outcome, String> {
        enum Next {
            Phone(std::process::ExitStatus),
            City(CityEvent),
        }
        loop {
            let next = tokio::select! {
                ended = self.phone.ended() => Next::Phone(ended),
                event = self.city.next() => Next::City(event),
            };
            match next {
                Next::Phone(status) if was_killed(status) => {
                    self.killed += 1;
                    self.restart_phone();
                }
                Next::Phone(status) if status.success() => break,
                Next::Phone(_) => return Err(last_words(&self.lane.programs.phone, self.folder)),
                Next::City(CityEvent::Held) => {
                    self.city_waits = false;
                    if self.phone.kill().await {
                        self.killed += 1;
                        self.restart_phone();
                    }
                    self.city.go_on().await;
                }
                Next::City(CityEvent::Ended(status)) if was_killed(status) => {
                    self.city_waits = false;
                    self.killed += 1;
                    self.restart_city().await?;
                }
                Next::City(CityEvent::Ended(_)) => return Err(last_words(&self.lane.programs.city, self.folder)),
            }
        }
        // One that might still end at its place is of no use for looking at what it remembers. The phone may have been done before
        // it was seen here that the city had ended there.
        if self.city_waits {
            self.restart_city().await?;
            let at = self
                .city_dies_at
                .filter(|at| lines(&self.folder.join(CITY_TRACE)).len() >= *at);
            self.killed += usize::from(at.is_some());
        }
        let findings = check::all(self.lane, self.flow, self.folder).await;
        self.city.end().await;
        Ok(Outcome {
            killed: self.killed == self.planned,
            findings,
            ..Outcome::default()
        })
    }

    fn restart_phone(&mut self) {
        self.phone = PhoneProcess::start(&self.lane.programs, self.folder, self.flow, &Plan::default());
    }

    async fn restart_city(&mut self) -> Result<(), String> {
        self.city.end().await;
        self.city = CityProcess::start(&self.lane.programs, self.folder, &Plan::default()).await?;
        Ok(())
    }
}
