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

/// The line `19 steps held, in 3 min 02 s`, or `4 steps held, logs: …` where the fifth did not.
pub(super) fn of_demo(output: &str) -> Cases {
    let mut lines = output.lines();
    let held = lines.find_map(|line| line.trim().split_once(" steps held, ")?.0.parse().ok());
    Cases {
        passed: held.unwrap_or(0),
        failed: 0,
    }
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

/// The names of the tests that failed, as nextest or cargo prints them: what follows them is cut where it is long.
pub(super) fn failed(output: &str) -> Vec<String> {
    let of_nextest = |line: &str| {
        let rest = line.trim_start().strip_prefix("FAIL [")?;
        Some(rest.split_once(']')?.1.trim().to_owned())
    };
    let of_cargo = |line: &str| {
        let name = line.strip_prefix("test ")?.strip_suffix(" ... FAILED")?;
        Some(name.to_owned())
    };
    let lines = output.lines();
    let mut names: Vec<String> = lines
        .filter_map(|line| of_nextest(line).or_else(|| of_cargo(line)))
        .collect();
    names.sort();
    names.dedup();
    names
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
    fn the_demos_line_is_read() {
        assert_eq!(
            of_demo(" ok a step\n    19 steps held, in 40.2 s\n").passed,
            19
        );
        assert_eq!(
            of_demo("    4 steps held, logs: /tmp/x\nerror: y\n").passed,
            4
        );
        assert_eq!(of_demo("error: did not start").passed, 0);
    }

    #[test]
    fn a_run_that_did_not_start_has_no_cases() {
        assert_eq!(of_cargo("error: could not compile"), Cases::default());
        assert_eq!(of_nextest("error: could not compile"), Cases::default());
    }

    #[test]
    fn each_test_that_failed_is_named_once() {
        let output = "        FAIL [   0.1s] plan::cases a\n    Summary\n        FAIL [   0.1s] plan::cases a\n\
            test b ... FAILED\ntest c ... ok\n";
        assert_eq!(failed(output), ["b", "plan::cases a"]);
    }
}
