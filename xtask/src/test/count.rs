//! Reads how many test cases passed from what cargo and nextest print.

use std::ops::AddAssign;

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cases {
    pub(super) passed: u64,
    pub(super) failed: u64,
}

impl AddAssign for Cases {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// The sum of all lines `test result: ok. 3 passed; 1 failed; 0 ignored; …`.
pub(super) fn of_cargo(output: &str) -> Cases {
    let mut sum = Cases::default();
    for line in output.lines() {
        if let Some(counts) = line.trim().strip_prefix("test result: ") {
            sum += Cases {
                passed: number_before(counts, "passed"),
                failed: number_before(counts, "failed"),
            };
        }
    }
    sum
}

/// The line `Summary [ 1.2s] 11 tests run: 9 passed (1 slow), 1 failed, 1 timed out, 0 skipped`.
pub(super) fn of_nextest(output: &str) -> Cases {
    let mut sum = Cases::default();
    for line in output.lines() {
        if !line.trim_start().starts_with("Summary [") {
            continue;
        }
        if let Some((_, counts)) = line.split_once("run: ") {
            let failed = ["failed", "timed out", "exec failed"];
            sum += Cases {
                passed: number_before(counts, "passed"),
                failed: failed.iter().map(|word| number_before(counts, word)).sum(),
            };
        }
    }
    sum
}

/// The number in `…, 12 WORD, …`; zero when the word is not there.
fn number_before(counts: &str, word: &str) -> u64 {
    counts
        .split([',', ';', '.'])
        .find_map(|part| {
            let (number, rest) = part.trim().split_once(' ')?;
            let named = rest == word || rest.strip_prefix(word)?.starts_with(" (");
            named.then(|| number.parse().ok()).flatten()
        })
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargos_lines_are_summed() {
        let output = "\
running 3 tests
test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.0s
error: something else
test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.0s
";
        let expected = Cases {
            passed: 4,
            failed: 2,
        };
        assert_eq!(of_cargo(output), expected);
    }

    #[test]
    fn nextests_summary_is_read_with_and_without_failures() {
        let good = "     Summary [   0.006s] 12 tests run: 12 passed (1 slow), 0 skipped\n";
        let expected = Cases {
            passed: 12,
            failed: 0,
        };
        assert_eq!(of_nextest(good), expected);
        let bad =
            "     Summary [  30.1s] 12/13 tests run: 9 passed, 2 failed, 1 timed out, 1 skipped";
        let expected = Cases {
            passed: 9,
            failed: 3,
        };
        assert_eq!(of_nextest(bad), expected);
    }

    #[test]
    fn a_run_that_did_not_start_has_no_cases() {
        assert_eq!(of_cargo("error: could not compile"), Cases::default());
        assert_eq!(of_nextest("error: could not compile"), Cases::default());
    }
}
