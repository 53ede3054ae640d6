//! Counting places, and ending at one.

use std::{
    env,
    fmt::Arguments,
    fs::File,
    io::{self, BufRead as _, Write as _},
    path::{Path, PathBuf},
    process::Command,
    sync::{Condvar, Mutex, PoisonError},
};

/// At which place to end; the first is 1.
const AT: &str = "RABT_CRASH_AT";
/// At which place to say so and wait.
const HOLD_AT: &str = "RABT_CRASH_HOLD_AT";
/// The file in which each place is named as it is reached.
const TRACE: &str = "RABT_CRASH_TRACE";
/// What is said at a place at which the process waits.
pub const HELD: &str = "held";

/// What becomes of a child at its places. By default they are only counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// It kills itself there.
    pub die_at: Option<usize>,
    /// It says [`HELD`] there and waits for a line.
    pub hold_at: Option<usize>,
    /// Where each place is written, a line each.
    pub trace: Option<PathBuf>,
}

impl Plan {
    /// Only counts, and names the places.
    pub fn counting(trace: &Path) -> Self {
        Self {
            trace: Some(trace.to_owned()),
            ..Self::default()
        }
    }

    /// Tells a child by its environment.
    pub(crate) fn tell(&self, command: &mut Command) {
        for (name, at) in [(AT, self.die_at), (HOLD_AT, self.hold_at)] {
            match at {
                Some(at) => command.env(name, at.to_string()),
                None => command.env_remove(name),
            };
        }
        match &self.trace {
            Some(trace) => command.env(TRACE, trace),
            None => command.env_remove(TRACE),
        };
    }

    /// What the environment says.
    ///
    /// # Panics
    /// Where it says something that is no place's number.
    fn of_environment() -> Self {
        let number = |name: &str| {
            let text = env::var(name).ok()?;
            Some(text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
        };
        Self {
            die_at: number(AT),
            hold_at: number(HOLD_AT),
            trace: env::var_os(TRACE).map(PathBuf::from),
        }
    }
}

struct Counter {
    plan: Plan,
    reached: usize,
    trace: Option<File>,
}

static COUNTER: Mutex<Option<Counter>> = Mutex::new(None);

/// Counts places from now on, as the environment says, in a child.
///
/// # Panics
/// Where the trace can't be written.
pub fn arm() {
    let plan = Plan::of_environment();
    let trace = plan.trace.as_ref().map(|path| {
        let options = File::options().create(true).append(true).open(path);
        options.expect("the trace can be written")
    });
    *COUNTER.lock().unwrap_or_else(PoisonError::into_inner) = Some(Counter {
        plan,
        reached: 0,
        trace,
    });
    rabt_store::on_crash_point(reached);
    rabt_link::on_crash_point(reached);
    rabt_sandbox::on_crash_point(reached);
}

/// A thread is at a place. The others wait at theirs meanwhile, so that each has a number of its own and none is passed by a
/// process that is ending.
fn reached(place: Arguments<'_>) {
    let mut counter = COUNTER.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(counter) = counter.as_mut() else {
        return;
    };
    counter.reached += 1;
    if let Some(trace) = &mut counter.trace {
        writeln!(trace, "{place}").expect("the trace can be written");
    }
    if counter.plan.die_at == Some(counter.reached) {
        end();
    }
    if counter.plan.hold_at == Some(counter.reached) {
        say(HELD);
        let may = MAY_GO_ON.0.lock().unwrap_or_else(PoisonError::into_inner);
        drop(MAY_GO_ON.1.wait_while(may, |may| !*may));
    }
}

/// Whether the parent has said that a child that waits may go on.
static MAY_GO_ON: (Mutex<bool>, Condvar) = (Mutex::new(false), Condvar::new());

/// Listens to the parent until it is gone: whatever it says means that a child that waits may go on.
pub fn listen() {
    for _line in io::stdin().lock().lines().map_while(Result::ok) {
        *MAY_GO_ON.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        MAY_GO_ON.1.notify_all();
    }
}

/// Says a line to the parent. One that is gone hears nothing.
pub fn say(line: &str) {
    let mut output = io::stdout().lock();
    let _ = writeln!(output, "{line}").and_then(|()| output.flush());
}

/// SIGKILL: no destructor runs, nothing is flushed, no lock is let go but by the system.
fn end() -> ! {
    #[cfg(unix)]
    {
        use rustix::process::{Signal, getpid, kill_process};
        let _ = kill_process(getpid(), Signal::KILL);
    }
    // Not reached where there is that signal.
    std::process::abort()
}
