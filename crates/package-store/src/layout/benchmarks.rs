//! Where results of benchmarks are: by suite, and in a suite by the time of the commit.

use super::history;
use crate::commit::Commit;
use crate::digest::Digest;

pub(crate) fn root() -> &'static str {
    "benchmarks/"
}

/// The results of all commits of a suite.
pub(crate) fn results(suite: &str) -> String {
    format!("benchmarks/{suite}/results/")
}

/// The results of a commit.
pub(crate) fn result(suite: &str, time: &str, commit: &Commit) -> String {
    format!("{}{}.json", results(suite), history::entry(time, commit))
}

/// The executable of a commit's benchmarks.
pub(crate) fn program(suite: &str, commit: &Commit, platform: &str) -> String {
    format!("benchmarks/{suite}/programs/{commit}/{platform}/program")
}

/// What the executable must be; written last.
pub(crate) fn program_record(suite: &str, commit: &Commit, platform: &str) -> String {
    format!("benchmarks/{suite}/programs/{commit}/{platform}/record.json")
}

/// The page of a suite.
pub fn suite_page(suite: &str) -> String {
    format!("benchmarks/{suite}/index.html")
}

/// The page of one benchmark: part of its name for people, and a digest of all of it, because names hold anything.
pub fn page(suite: &str, name: &str) -> String {
    const READABLE: usize = 60;
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    let readable: String = name.chars().map(plain).take(READABLE).collect();
    let digest = Digest::of(name.as_bytes()).to_string();
    let digest = digest.get(..12).unwrap_or(&digest);
    format!(
        "benchmarks/{suite}/of/{}-{digest}.html",
        readable.trim_matches('-')
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_of_a_benchmark_can_leave_its_folder_or_take_the_page_of_another() {
        let paths = ["a/b", "a-b", "A/B", "../../index", "ü", " "].map(|name| page("speed", name));
        for (index, path) in paths.iter().enumerate() {
            assert!(path.starts_with("benchmarks/speed/of/"), "{path}");
            assert_eq!(path.matches('/').count(), 3, "{path}");
            assert!(!path.contains(".."), "{path}");
            assert!(
                !paths.iter().skip(index + 1).any(|other| other == path),
                "{path}"
            );
        }
    }
}
