//! How a measure is declared, repeated, summed up and told.

mod child;
mod report;
mod statistics;

pub(crate) use child::{Child, tell};
pub(crate) use statistics::Samples;

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, Instant},
};

/// What a measure comes to, or why it could not be made.
pub(crate) type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// One figure and what it is held against.
pub(crate) struct Measure {
    /// By which it is chosen and reported: small letters and hyphens.
    pub(crate) name: &'static str,
    /// What is measured, in a line.
    pub(crate) what: &'static str,
    /// What the reference is, in a line. Also where the goal is no ratio: then it is what the figure is best read beside.
    pub(crate) reference_is: &'static str,
    /// What the figure and its reference are in.
    pub(crate) unit: Unit,
    /// Which way is good.
    pub(crate) better: Better,
    /// What is to be reached.
    pub(crate) goal: Goal,
    /// What `cargo xtask bench` must bring: the peer in Kotlin (`kotlin`), the library in Kotlin (`kotlin-library`), or both, with a
    /// comma; the app in Swift (`swift`).
    pub(crate) peer: Option<&'static str>,
    /// Measures.
    pub(crate) run: fn(&Bench) -> Outcome<Samples>,
}

/// What a figure is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Seconds.
    Seconds,
    /// Bytes.
    Bytes,
    /// So many a second.
    PerSecond,
    /// A number of things.
    Count,
}

/// Which way is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Better {
    /// Less.
    Lower,
    /// More.
    Higher,
}

/// What is to be reached: at most this where lower is better, at least this where higher is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Goal {
    /// Of the figure divided by its reference.
    Ratio(f64),
    /// Of the figure itself, in its unit.
    Figure(f64),
}

/// What the run as a whole was told.
pub(crate) struct Bench {
    /// Few repetitions.
    pub(crate) quick: bool,
    /// What was brought to measure against.
    pub(crate) peers: Peers,
}

/// Programs in other languages that do the same work.
pub(crate) struct Peers {
    /// The class path of the Kotlin one.
    pub(crate) kotlin: Option<String>,
    /// The class path of the Kotlin library with the bench's program.
    pub(crate) kotlin_library: Option<String>,
    /// The app in Swift.
    pub(crate) swift: Option<PathBuf>,
}

impl Bench {
    /// Takes either side in turn, Rabt first: `warm_up` times for nothing, then `repetitions` times (at most 3 where the run is to be
    /// quick). Both sides thereby meet the machine in the same moods.
    pub(crate) fn interleave(
        &self,
        warm_up: usize,
        repetitions: usize,
        mut rabt: impl FnMut() -> Outcome<f64>,
        mut reference: impl FnMut() -> Outcome<f64>,
    ) -> Outcome<Samples> {
        for _ in 0..self.warm_ups(warm_up) {
            rabt()?;
            reference()?;
        }
        let mut samples = Samples::default();
        for _ in 0..self.repetitions(repetitions) {
            samples.rabt.push(rabt()?);
            samples.reference.push(reference()?);
        }
        Ok(samples)
    }

    /// The same without a reference, for a goal that is a figure.
    pub(crate) fn repeat(
        &self,
        warm_up: usize,
        repetitions: usize,
        mut rabt: impl FnMut() -> Outcome<f64>,
    ) -> Outcome<Samples> {
        for _ in 0..self.warm_ups(warm_up) {
            rabt()?;
        }
        let figures: Outcome<Vec<f64>> = (0..self.repetitions(repetitions)).map(|_| rabt()).collect();
        Ok(Samples {
            rabt: figures?,
            reference: Vec::new(),
        })
    }

    fn warm_ups(&self, usual: usize) -> usize {
        if self.quick { usual.min(1) } else { usual }
    }

    fn repetitions(&self, usual: usize) -> usize {
        if self.quick { usual.min(3) } else { usual }
    }
}

/// How long something takes on the wall's clock, in seconds.
pub(crate) fn timed<T>(act: impl FnOnce() -> Outcome<T>) -> Outcome<f64> {
    let begun = Instant::now();
    act()?;
    Ok(begun.elapsed().as_secs_f64())
}

/// The processor time that this process has used so far, all threads, user and system.
pub(crate) fn process_cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or_default(),
        u32::try_from(time.tv_nsec).unwrap_or_default(),
    )
}

/// The most memory, in bytes, that this process had in use so far, as Linux counts it.
///
/// # Errors
/// Where the system doesn't say.
pub(crate) fn peak_bytes() -> Outcome<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line
        .and_then(|line| line.trim().strip_suffix("kB"))
        .ok_or("the system doesn't say how much memory was in use")?;
    Ok(kib.trim().parse::<f64>()? * 1024.0)
}

/// Takes the measures one after the other, prints a table and writes the report. Succeeds where every measure could be made, also
/// where a goal was missed: that is said, and read in the report.
pub(crate) fn run(measures: &[&Measure], bench: &Bench, report: &Path) -> Outcome<ExitCode> {
    let mut entries = Vec::new();
    let mut not_made = Vec::new();
    for measure in measures {
        println!("{}: {} …", measure.name, measure.what);
        match (measure.run)(bench).and_then(|samples| report::Entry::of(measure, &samples)) {
            Ok(entry) => {
                println!("  {}", entry.line(measure));
                entries.push((*measure, entry));
            }
            Err(error) => {
                println!("  NOT MEASURED: {error}");
                not_made.push(measure.name);
            }
        }
    }
    println!();
    report::print(&entries, bench.quick);
    report::write(report, &entries)?;
    if not_made.is_empty() {
        Ok(ExitCode::SUCCESS)
    } else {
        println!("not measured: {}", not_made.join(", "));
        Ok(ExitCode::FAILURE)
    }
}
