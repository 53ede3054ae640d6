//! The table that a person reads and the file that a program does.

use super::{Better, Goal, Measure, Outcome, Samples, Unit};
use serde::Serialize;
use std::{fs, path::Path};

/// One measure in `bench.json`. Times are in seconds, sizes in bytes; what was not measured is absent.
#[derive(Debug, Serialize)]
pub(crate) struct Entry {
    name: &'static str,
    rabt: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<f64>,
    reference_is: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ratio: Option<f64>,
    goal: f64,
    /// Of what `goal` is: `ratio`, or `rabt`, the figure itself.
    goal_of: &'static str,
    better: Better,
    met: bool,
    runs: usize,
    spread: f64,
}

impl Entry {
    /// Sums a measure up.
    ///
    /// # Errors
    /// Where the samples don't say what the goal is about.
    pub(crate) fn of(measure: &Measure, samples: &Samples) -> Outcome<Self> {
        let summary = samples
            .summary()
            .ok_or("it took no samples, or not as many on either side")?;
        let (goal, goal_of, reached) = match measure.goal {
            Goal::Ratio(goal) => (
                goal,
                "ratio",
                summary.ratio.ok_or("its goal is a ratio, and it has no reference")?,
            ),
            Goal::Figure(goal) => (goal, "rabt", summary.rabt),
        };
        Ok(Self {
            name: measure.name,
            rabt: summary.rabt,
            reference: summary.reference,
            reference_is: measure.reference_is,
            ratio: summary.ratio,
            goal,
            goal_of,
            better: measure.better,
            met: match measure.better {
                Better::Lower => reached <= goal,
                Better::Higher => reached >= goal,
            },
            runs: summary.runs,
            spread: summary.spread,
        })
    }

    /// It in a line.
    pub(crate) fn line(&self, measure: &Measure) -> String {
        let mut line = figure(self.rabt, measure.unit);
        if let Some(reference) = self.reference {
            line.push_str(&format!(
                " beside {} ({})",
                figure(reference, measure.unit),
                self.reference_is
            ));
        }
        if let Some(ratio) = self.ratio {
            line.push_str(&format!(", ratio {ratio:.3}"));
        }
        line.push_str(&format!(", spread {:.0} %, {} runs", self.spread * 100.0, self.runs));
        line
    }
}

/// Prints the table, and what was missed.
pub(crate) fn print(entries: &[(&Measure, Entry)], quick: bool) {
    println!(
        "{:<36} {:>12} {:>12} {:>8} {:>12} {:>7}  ",
        "measure", "rabt", "reference", "ratio", "goal", "spread"
    );
    for (measure, entry) in entries {
        let sign = match entry.better {
            Better::Lower => "≤",
            Better::Higher => "≥",
        };
        let goal = match measure.goal {
            Goal::Ratio(goal) => format!("{sign} {goal}"),
            Goal::Figure(goal) => format!("{sign} {}", figure(goal, measure.unit)),
        };
        println!(
            "{:<36} {:>12} {:>12} {:>8} {:>12} {:>6.0}%  {}",
            entry.name,
            figure(entry.rabt, measure.unit),
            entry.reference.map(|it| figure(it, measure.unit)).unwrap_or_default(),
            entry.ratio.map(|it| format!("{it:.3}")).unwrap_or_default(),
            goal,
            entry.spread * 100.0,
            if entry.met { "met" } else { "MISSED" },
        );
    }
    let missed: Vec<_> = entries
        .iter()
        .filter(|(_, entry)| !entry.met)
        .map(|(_, entry)| entry.name)
        .collect();
    if entries.is_empty() {
        println!("nothing was measured");
    } else if missed.is_empty() {
        println!("every goal that was measured is met");
    } else {
        println!("goals MISSED: {}", missed.join(", "));
    }
    if quick {
        println!("this was a quick run: it says that the measures work, not what they come to");
    }
}

/// Writes `bench.json`.
///
/// # Errors
/// Where the file can't be written.
pub(crate) fn write(path: &Path, entries: &[(&Measure, Entry)]) -> Outcome<()> {
    let entries: Vec<&Entry> = entries.iter().map(|(_, entry)| entry).collect();
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut text = serde_json::to_string_pretty(&entries)?;
    text.push('\n');
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    println!("written to {}", path.display());
    Ok(())
}

/// A figure as people read it.
fn figure(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Seconds if value < 0.001 => format!("{:.1} µs", value * 1e6),
        Unit::Seconds if value < 1.0 => format!("{:.2} ms", value * 1e3),
        Unit::Seconds => format!("{value:.3} s"),
        Unit::Bytes if value < 10_240.0 => format!("{value:.0} B"),
        Unit::Bytes if value < 10_485_760.0 => format!("{:.1} KiB", value / 1024.0),
        Unit::Bytes => format!("{:.1} MiB", value / 1_048_576.0),
        Unit::PerSecond => format!("{value:.0}/s"),
        Unit::Count => format!("{value:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measure(better: Better, goal: Goal) -> Measure {
        Measure {
            name: "a-measure",
            what: "",
            reference_is: "another",
            unit: Unit::Seconds,
            better,
            goal,
            peer: None,
            run: |_| Err("not run".into()),
        }
    }

    fn met(better: Better, goal: Goal) -> bool {
        let samples = Samples {
            rabt: vec![2.0],
            reference: vec![4.0],
        };
        Entry::of(&measure(better, goal), &samples).unwrap().met
    }

    #[test]
    fn a_goal_is_met_or_missed_by_its_own_direction() {
        assert!(met(Better::Lower, Goal::Ratio(0.5)) && !met(Better::Lower, Goal::Ratio(0.49)));
        assert!(met(Better::Higher, Goal::Ratio(0.5)) && !met(Better::Higher, Goal::Ratio(0.51)));
        assert!(met(Better::Lower, Goal::Figure(2.0)) && !met(Better::Lower, Goal::Figure(1.9)));
    }

    #[test]
    fn what_was_not_measured_is_absent() {
        let samples = Samples {
            rabt: vec![2.0],
            reference: Vec::new(),
        };
        let entry = Entry::of(&measure(Better::Lower, Goal::Figure(3.0)), &samples).unwrap();
        let json = serde_json::to_value(&entry).unwrap();
        assert!(json.get("reference").is_none() && json.get("ratio").is_none(), "{json}");
        assert_eq!(json["met"], true);
        assert!(Entry::of(&measure(Better::Lower, Goal::Ratio(3.0)), &samples).is_err());
    }
}
