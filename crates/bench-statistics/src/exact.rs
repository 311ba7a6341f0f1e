//! The verdict on numbers without noise, such as counts of instructions and sizes of files: a threshold is enough.

use crate::error::Error;
use crate::verdict::Verdict;

/// Compares two measurements that repeat exactly, or nearly: a change up to the threshold (0.01 for 1 %) is `same`.
///
/// # Errors
/// If a value is not finite and greater than 0.
pub fn exact(name: &str, base: f64, head: f64, threshold: f64) -> Result<Verdict, Error> {
    for value in [base, head] {
        if !(value.is_finite() && value > 0.0) {
            return Err(Error::NotPositive {
                name: name.to_owned(),
                value,
            });
        }
    }
    let bound = base * threshold;
    Ok(if head - base > bound {
        Verdict::Worse
    } else if base - head > bound {
        Verdict::Better
    } else {
        Verdict::Same
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_at_the_threshold_passes_and_one_above_it_does_not() {
        let of = |base, head| exact("size", base, head, 0.01).unwrap();
        assert_eq!(of(1000.0, 1010.0), Verdict::Same);
        assert_eq!(of(1000.0, 1011.0), Verdict::Worse);
        assert_eq!(of(1000.0, 990.0), Verdict::Same);
        assert_eq!(of(1000.0, 989.0), Verdict::Better);
        assert_eq!(exact("size", 7.0, 8.0, 0.0), Ok(Verdict::Worse));
    }

    #[test]
    fn numbers_that_cannot_be_sizes_are_refused() {
        for value in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(exact("size", value, 1.0, 0.01).is_err());
            assert!(exact("size", 1.0, value, 0.01).is_err());
        }
    }
}
