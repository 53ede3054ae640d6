//! What is made of repeated figures.
//!
//! The ratio is the median of the ratios of each pair that was taken in turn, and not the ratio of the medians: a machine that does
//! something else for a while slows both halves of a pair, and the pair's ratio hardly moves. Medians, because what disturbs a
//! measure only ever makes it longer.

/// The figures of one measure, in the order in which they were taken.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Samples {
    /// Rabt's.
    pub(crate) rabt: Vec<f64>,
    /// The reference's: as many, or none.
    pub(crate) reference: Vec<f64>,
}

/// What they come to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Summary {
    /// The median of Rabt's.
    pub(crate) rabt: f64,
    /// The median of the reference's.
    pub(crate) reference: Option<f64>,
    /// The median of the pairs' ratios.
    pub(crate) ratio: Option<f64>,
    /// How far apart the quartiles of the ratios are (of Rabt's figures where there is no reference), as a share of their median: half
    /// of all repetitions lie within it.
    pub(crate) spread: f64,
    /// How many pairs.
    pub(crate) runs: usize,
}

impl Samples {
    /// Sums them up; `None` where there are none, or the reference's are fewer or none but not zero.
    pub(crate) fn summary(&self) -> Option<Summary> {
        let rabt = quantile(&self.rabt, 0.5)?;
        let runs = self.rabt.len();
        if self.reference.is_empty() {
            return Some(Summary {
                rabt,
                reference: None,
                ratio: None,
                spread: spread(&self.rabt)?,
                runs,
            });
        }
        if self.reference.len() != runs || self.reference.contains(&0.0) {
            return None;
        }
        let ratios: Vec<f64> = self.rabt.iter().zip(&self.reference).map(|(a, b)| a / b).collect();
        Some(Summary {
            rabt,
            reference: quantile(&self.reference, 0.5),
            ratio: quantile(&ratios, 0.5),
            spread: spread(&ratios)?,
            runs,
        })
    }
}

fn spread(figures: &[f64]) -> Option<f64> {
    let (low, middle, high) = (
        quantile(figures, 0.25)?,
        quantile(figures, 0.5)?,
        quantile(figures, 0.75)?,
    );
    // Where the median is zero all of interest is whether every figure is.
    Some(if middle == 0.0 {
        high - low
    } else {
        (high - low) / middle
    })
}

/// The figure below which so great a share of all lie, between two neighbours in proportion.
fn quantile(figures: &[f64], share: f64) -> Option<f64> {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = share * sorted.len().checked_sub(1)? as f64;
    let (below, above) = (sorted.get(place.floor() as usize)?, sorted.get(place.ceil() as usize)?);
    Some(below + (above - below) * place.fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_lie_between_neighbours() {
        assert_eq!(quantile(&[3.0, 1.0, 2.0], 0.5), Some(2.0));
        assert_eq!(quantile(&[4.0, 1.0, 2.0, 3.0], 0.5), Some(2.5));
        assert_eq!(quantile(&[7.0], 0.25), Some(7.0));
        assert_eq!(quantile(&[], 0.5), None);
    }

    #[test]
    fn a_mood_of_the_machine_that_both_sides_meet_leaves_the_ratio() {
        // Three pairs, of which the second was taken while the machine was ten times slower.
        let samples = Samples {
            rabt: vec![2.0, 20.0, 2.0],
            reference: vec![1.0, 10.0, 1.0],
        };
        let summary = samples.summary().unwrap();
        assert_eq!((summary.ratio, summary.spread, summary.runs), (Some(2.0), 0.0, 3));
        assert_eq!((summary.rabt, summary.reference), (2.0, Some(1.0)));
    }

    #[test]
    fn the_spread_is_what_half_of_all_lie_within() {
        let samples = Samples {
            rabt: vec![8.0, 9.0, 10.0, 11.0, 100.0],
            reference: Vec::new(),
        };
        let summary = samples.summary().unwrap();
        assert_eq!((summary.rabt, summary.ratio), (10.0, None));
        assert!((summary.spread - 0.2).abs() < 1e-9, "{summary:?}");
    }

    #[test]
    fn what_was_not_measured_is_nothing() {
        assert_eq!(Samples::default().summary(), None);
        let lame = Samples {
            rabt: vec![1.0, 2.0],
            reference: vec![1.0],
        };
        assert_eq!(lame.summary(), None);
    }
}
