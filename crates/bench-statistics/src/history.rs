//! Where the history of a benchmark changes its level: for people, because results of different jobs prove nothing.

use crate::median;

/// A place where a history changes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChangePoint {
    /// The first value after the change.
    pub index: usize,
    /// The median after it by the median before it, minus 1.
    pub change: f64,
    /// How probable a history like this is without a change.
    pub p: f64,
}

/// The values that a level has at least; two outliers in a row are not a level.
const SHORTEST: usize = 3;

/// A change point is told up to this probability.
const P: f64 = 0.001;

const SHUFFLES: u32 = 9_999;

/// The change points of a history, in order, with changes of at least `minimum_effect`.
///
/// It works on ranks, so that outliers count as one value like any other: the history is split where the ranks before and
/// after differ most, if fewer than 1 in 1,000 shuffled histories have such a split; then both parts are searched alike.
#[must_use]
pub fn change_points(values: &[f64], minimum_effect: f64) -> Vec<ChangePoint> {
    let mut indices = Vec::new();
    split(values, 0, &mut indices);
    indices.sort_unstable_by_key(|one: &(usize, f64)| one.0);
    let ends: Vec<usize> = indices.iter().map(|one| one.0).collect();
    let level = |from: usize, to: usize| median(values.get(from..to).unwrap_or_default());
    let points = indices.iter().enumerate().map(|(position, (index, p))| {
        let before = position.checked_sub(1).and_then(|one| ends.get(one));
        let after = ends.get(position + 1).copied().unwrap_or(values.len());
        ChangePoint {
            index: *index,
            change: level(*index, after) / level(before.copied().unwrap_or(0), *index) - 1.0,
            p: *p,
        }
    });
    points
        .filter(|one| one.change.ln_1p().abs() >= minimum_effect.ln_1p())
        .collect()
}

fn split(values: &[f64], offset: usize, found: &mut Vec<(usize, f64)>) {
    let mut ranks = centred_ranks(values);
    let Some((at, height)) = highest(&ranks) else {
        return;
    };
    let Some(p) = probability(&mut ranks, height) else {
        return;
    };
    found.push((offset + at, p));
    let (before, after) = values.split_at(at);
    split(before, offset, found);
    split(after, offset + at, found);
}

/// The rank of each value, minus the mean rank; equal values share their mean.
#[expect(clippy::cast_precision_loss, reason = "a history is not that long")]
fn centred_ranks(values: &[f64]) -> Vec<f64> {
    let rank = |value: &f64| {
        let below = values.iter().filter(|one| *one < value).count() as f64;
        let above = values.iter().filter(|one| *one > value).count() as f64;
        (below - above) / 2.0
    };
    values.iter().map(rank).collect()
}

/// Where the ranks before and after differ most, and by how much in terms of the spread that chance gives such a split.
#[expect(clippy::cast_precision_loss, reason = "a history is not that long")]
fn highest(ranks: &[f64]) -> Option<(usize, f64)> {
    let count = ranks.len();
    let mut sum = 0.0;
    let mut best: Option<(usize, f64)> = None;
    for (index, rank) in ranks.iter().enumerate() {
        sum += rank;
        let (before, after) = (index + 1, count - index - 1);
        if before < SHORTEST || after < SHORTEST {
            continue;
        }
        let height = sum.abs() / (before as f64 * after as f64).sqrt();
        if best.is_none_or(|one| height > one.1) {
            best = Some((before, height));
        }
    }
    best
}

/// How many shuffled histories have a split like this one; nothing as soon as they are too many.
fn probability(ranks: &mut [f64], height: f64) -> Option<f64> {
    let mut random = fastrand::Rng::with_seed(20_261_128);
    let total = f64::from(SHUFFLES) + 1.0;
    // Sums of the same ranks in another order may differ in the last bits.
    let as_high = height * (1.0 - 1e-9);
    let mut higher = 1.0;
    for _ in 0..SHUFFLES {
        random.shuffle(ranks);
        if highest(ranks).is_some_and(|one| one.1 >= as_high) {
            higher += 1.0;
        }
        if higher / total > P {
            return None;
        }
    }
    Some(higher / total)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Levels with their lengths, and noise of 2 % with an outlier at each 17th value.
    fn history(levels: &[(f64, usize)], seed: u64) -> Vec<f64> {
        let mut random = fastrand::Rng::with_seed(seed);
        let values = levels
            .iter()
            .flat_map(|(level, count)| vec![*level; *count]);
        let noisy = values.enumerate().map(|(index, level)| {
            let outlier = if index % 17 == 16 { 1.4 } else { 1.0 };
            level * outlier * (1.0 + 0.02 * (random.f64() + random.f64() - 1.0))
        });
        noisy.collect()
    }

    #[test]
    fn a_step_is_found_where_it_is() {
        let points = change_points(&history(&[(100.0, 40), (110.0, 30)], 1), 0.02);
        assert_eq!(points.len(), 1, "{points:?}");
        assert!(points[0].index.abs_diff(40) <= 1, "{points:?}");
        assert!((points[0].change - 0.1).abs() < 0.02, "{points:?}");
        assert!(points[0].p <= 0.001);
    }

    #[test]
    fn several_steps_are_found_in_order() {
        let levels = [(100.0, 30), (120.0, 30), (90.0, 30)];
        let points = change_points(&history(&levels, 2), 0.02);
        let near = |index: usize, place: usize| points[index].index.abs_diff(place) <= 1;
        assert_eq!(points.len(), 2, "{points:?}");
        assert!(near(0, 30) && near(1, 60), "{points:?}");
        assert!(points[0].change > 0.0 && points[1].change < 0.0);
    }

    #[test]
    fn noise_and_outliers_are_not_a_change() {
        let found = (0..200).filter(|seed| {
            let values = history(&[(100.0, 60)], 100 + seed);
            !change_points(&values, 0.0).is_empty()
        });
        assert!(found.count() <= 2);
    }

    #[test]
    fn a_change_below_the_minimum_effect_is_not_told() {
        let steps: Vec<f64> = (0..60)
            .map(|one| if one < 30 { 100.0 } else { 101.0 })
            .collect();
        assert_eq!(change_points(&steps, 0.005).len(), 1);
        assert_eq!(change_points(&steps, 0.02), []);
    }

    #[test]
    fn a_short_or_constant_history_has_no_change() {
        assert_eq!(change_points(&[], 0.02), []);
        assert_eq!(change_points(&[1.0, 2.0], 0.02), []);
        assert_eq!(change_points(&[1.0, 1.0, 1.0, 9.0, 9.0, 9.0], 0.02), []);
        assert_eq!(change_points(&[5.0; 100], 0.0), []);
    }
}
