//! The output of test programs below `cargo test`, in the form that stable Rust has: for people.

use test_reports::{Case, End};

/// What was read so far.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    pub(crate) cases: Vec<Case>,
    /// Test programs, each with its seconds.
    pub(crate) programs: Vec<(String, f64)>,
    program: Option<Running>,
}

/// A test program that has not ended.
#[derive(Debug, Default)]
struct Running {
    class: String,
    /// Whether it said how many tests it has: the harness of Rust does.
    began: bool,
    cases: Vec<Case>,
    /// The failure whose output is being read, and the text.
    block: Option<(String, String)>,
    /// Names in the list at the end.
    failed: Vec<String>,
    in_list: bool,
    /// Whether cargo said that it failed.
    blamed: bool,
    /// All its lines since it has last told of a test.
    tail: Vec<String>,
}

/// How many of the last lines of a program tell why it ended.
const TAIL: usize = 60;

impl Reader {
    /// A line of the output, without its end. `class_of` names the program from what cargo says of it.
    pub(crate) fn line(&mut self, line: &str, class_of: impl Fn(&str) -> Option<String>) {
        // A test may print what cargo says too, but of another program.
        if let Some(class) = header(line).and_then(class_of) {
            self.end();
            self.program = Some(Running {
                class,
                ..Running::default()
            });
            return;
        }
        let Some(program) = &mut self.program else {
            return;
        };
        if let Some(seconds) = program.line(line) {
            let class = program.class.clone();
            let ended = self.program.take();
            self.cases
                .extend(ended.into_iter().flat_map(|ended| ended.cases));
            self.programs.push((class, seconds));
        }
    }

    /// The end of the output, or of a program that does not say so.
    pub(crate) fn end(&mut self) {
        if let Some(mut program) = self.program.take() {
            program.close_block();
            program.end_early();
            self.cases.append(&mut program.cases);
        }
    }
}

impl Reader {
    /// The program that runs now, with the tests of it that have ended.
    pub(crate) fn running(&self) -> Option<(&str, Vec<&str>)> {
        let program = self.program.as_ref()?;
        let ended = program.cases.iter().map(|case| case.name.as_str());
        Some((&program.class, ended.collect()))
    }

    /// The program that runs now was ended for this reason.
    pub(crate) fn stop(&mut self, why: &str) {
        let Some(mut program) = self.program.take() else {
            return;
        };
        program.close_block();
        let case = program.case("main", End::Failed(why.to_owned()));
        self.cases.append(&mut program.cases);
        self.cases.push(case);
    }
}

/// `     Running unittests src/lib.rs (target/debug/deps/a-0123)` and `   Doc-tests a`: what stands after the first word.
pub(crate) fn header(line: &str) -> Option<&str> {
    let line = line.strip_prefix("  ")?.trim_start();
    let running = line
        .strip_prefix("Running ")
        .filter(|rest| rest.ends_with(')'));
    running.or_else(|| line.starts_with("Doc-tests ").then_some(line))
}

impl Running {
    /// Gives its seconds if this line is its last.
    fn line(&mut self, line: &str) -> Option<f64> {
        if self.tail.len() == TAIL {
            self.tail.remove(0);
        }
        self.tail.push(line.to_owned());
        if line.starts_with("running ") && (line.ends_with(" tests") || line.ends_with(" test")) {
            self.began = true;
        } else if let Some(result) = line.strip_prefix("test result: ") {
            self.close_block();
            self.settle(result);
            return Some(seconds(result));
        } else if let Some(name) = block(line) {
            self.close_block();
            self.block = Some((name.to_owned(), String::new()));
        } else if line == "failures:" {
            self.close_block();
            // It stands before the blocks and before the list.
            self.in_list = true;
        } else if let Some((_, text)) = &mut self.block {
            text.push_str(line);
            text.push('\n');
        } else if let Some(name) = line.strip_prefix("    ").filter(|_| self.in_list) {
            self.failed.push(name.trim_end().to_owned());
        } else if line.starts_with("error: test failed")
            || line.starts_with("error: doctest failed")
        {
            self.blamed = true;
        } else if let Some((name, end)) = test(line) {
            self.tail.clear();
            self.cases.push(self.case(name, end));
        }
        None
    }

    fn case(&self, name: &str, end: End) -> Case {
        Case {
            class: self.class.clone(),
            name: name.to_owned(),
            seconds: None,
            file: None,
            line: None,
            end,
        }
    }

    fn close_block(&mut self) {
        let Some((name, text)) = self.block.take() else {
            return;
        };
        let text = text.trim().to_owned();
        let known = self.cases.iter_mut().find(|case| case.name == name);
        match known.filter(|case| matches!(case.end, End::Failed(_))) {
            Some(case) => case.end = End::Failed(text),
            None => self.cases.push(self.case(&name, End::Failed(text))),
        }
    }

    /// Makes the tests agree with the numbers of the last line: what a test prints can spoil the line with its name.
    fn settle(&mut self, result: &str) {
        for name in std::mem::take(&mut self.failed) {
            if !self.cases.iter().any(|case| case.name == name) {
                self.cases
                    .push(self.case(&name, End::Failed(String::new())));
            }
        }
        for (word, end) in [
            ("passed", End::Passed),
            (
                "failed",
                End::Failed("its output could not be read".to_owned()),
            ),
            ("ignored", End::Skipped),
        ] {
            let kind = std::mem::discriminant(&end);
            let told = self
                .cases
                .iter()
                .filter(|case| std::mem::discriminant(&case.end) == kind);
            let missing = number(result, word).saturating_sub(told.count());
            for index in 0..missing.min(MOST_UNNAMED) {
                let name = format!("(unnamed {})", index + 1);
                self.cases.push(self.case(&name, end.clone()));
            }
        }
    }

    /// It ended without the last line: a program of another kind, or one that crashed.
    fn end_early(&mut self) {
        if !self.began && !self.blamed {
            self.cases.push(self.case("main", End::Passed));
            return;
        }
        let what = match self.began {
            true => "the test program ended before all its tests did\n",
            false => "the test program failed\n",
        };
        let text = format!("{what}{}", self.tail.join("\n").trim());
        self.cases.push(self.case("main", End::Failed(text)));
    }
}

/// A program that claims more is not believed.
const MOST_UNNAMED: usize = 100_000;

/// `---- NAME stdout ----`
fn block(line: &str) -> Option<&str> {
    line.strip_prefix("---- ")?.strip_suffix(" stdout ----")
}

/// `test NAME ... ok`
fn test(line: &str) -> Option<(&str, End)> {
    let (name, end) = line.strip_prefix("test ")?.rsplit_once(" ... ")?;
    let end = match end.split([',', ' ', '<']).next()? {
        "ok" => End::Passed,
        "FAILED" => End::Failed(String::new()),
        "ignored" => End::Skipped,
        _ => return None,
    };
    Some((name.strip_suffix(" - should panic").unwrap_or(name), end))
}

/// The number before a word, as in `FAILED. 1 passed; 2 failed;`.
fn number(result: &str, word: &str) -> usize {
    let parts = result.split([';', '.']);
    let mut numbers = parts.filter_map(|part| part.trim().strip_suffix(word)?.trim().parse().ok());
    numbers.next().unwrap_or_default()
}

fn seconds(result: &str) -> f64 {
    let finished = result.rsplit_once("finished in ");
    let seconds = finished.and_then(|(_, rest)| rest.trim().strip_suffix('s')?.parse().ok());
    seconds
        .filter(|seconds: &f64| seconds.is_finite())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests;
