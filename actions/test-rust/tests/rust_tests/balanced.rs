//! Shards of equal length: durations that an earlier run kept in the bucket, and which all shards were told to use.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use testkit::binary::Run;
use testkit::repo::TempRepo;
use testkit::runner::InJob as _;

use crate::shards::names;
use crate::{problem, runners, test_rust, tests, workspace};

const ENTRY: &str = "20261121T081500Z-6e4ddaf0123456789abcdef0123456789abcdef0";
const NAMED: &str = r#"{"tests": "20261121T081500Z-6e4ddaf0123456789abcdef0123456789abcdef0/1"}"#;

/// Twelve tests, under the same names in both crates, and in the first one a program with tests of other names.
fn repository() -> TempRepo {
    let body: String = (0..12)
        .map(|n| format!("    #[test]\n    fn case_{n}() {{}}\n"))
        .collect();
    let repo = workspace(&[("a", &tests(&body)), ("b", &tests(&body))]);
    repo.write(
        "a/Cargo.toml",
        "[package]\nname = \"a\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[[test]]\nname = \"odd\"\nharness = false\n",
    )
    .write("a/tests/odd.rs", ODD)
    .write(".gitignore", "/target\n/bucket\njunit.xml\n");
    repo.commit("a commit");
    repo
}

const ODD: &str = r#"
const NAMES: [&str; 6] = ["a b", "(c)", "d/e, f", "ü", "back\\slash", "=g"];

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let has = |one: &str| args.iter().any(|arg| arg == one);
    if !has("--list") {
        assert!(NAMES.into_iter().any(has));
    } else if !has("--ignored") {
        NAMES.into_iter().for_each(|name| println!("{name}: test"));
    }
}
"#;

fn in_bucket(repo: &TempRepo) -> PathBuf {
    repo.path().join("bucket/tests/tests/durations")
}

/// Durations of the first crate: one test is much longer than all others together.
fn keep_durations(repo: &TempRepo) {
    let mut known: serde_json::Map<String, Value> = (1..12)
        .map(|n| (format!("tests::case_{n}"), json!(10)))
        .collect();
    known.insert("tests::case_0".to_owned(), json!(60_000));
    let durations = json!({
        "commit": ENTRY.rsplit_once('-').unwrap().1, "committed": "2026-11-21T08:15:00Z", "shard": 1, "shards": 1,
        "wall": 30_000, "doctests": 0, "tests": {"a": known},
    });
    let folder = in_bucket(repo).join(ENTRY).join("1");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("1.json"), durations.to_string()).unwrap();
}

fn shard(repo: &TempRepo, shard: &str) -> Run {
    test_rust(repo.path())
        .input("runner", "nextest")
        .input("shard", shard)
        .input("bucket", "./bucket")
        .event("issues", &json!({}))
}

fn push(repo: &TempRepo) -> Value {
    let commit = repo.sha("HEAD");
    json!({
        "ref": "refs/heads/main",
        "before": "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567",
        "after": commit,
        "created": false,
        "deleted": false,
        "forced": false,
        "head_commit": {"id": commit, "message": "a commit"},
        "commits": [{"id": commit, "message": "a commit"}],
        "repository": {"full_name": "rerun-io/hello", "default_branch": "main"},
    })
}

#[test]
fn a_long_test_has_a_shard_for_itself_and_each_test_runs_once() {
    if runners().is_empty() {
        return;
    }
    let repo = repository();
    keep_durations(&repo);
    let mut parts = Vec::new();
    for (number, row) in [
        (
            "1/3",
            "| 1/3 | 1 of 30 | durations of commit 6e4ddaf | 60.0 |",
        ),
        (
            "2/3",
            "| 2/3 | 15 of 30 | durations of commit 6e4ddaf | 0.1 |",
        ),
        (
            "3/3",
            "| 3/3 | 14 of 30 | durations of commit 6e4ddaf | 0.1 |",
        ),
    ] {
        let outcome = shard(&repo, number).input("durations", NAMED).run();
        outcome.assert_code(0);
        assert!(outcome.summary.contains(row), "{}", outcome.summary);
        parts.push(names(&repo));
    }
    assert!(parts[0][0].contains("tests::case_0"), "{parts:?}");
    let all: BTreeSet<&String> = parts.iter().flatten().collect();
    assert_eq!(all.len(), 30, "{all:?}");
    assert_eq!(parts.iter().flatten().count(), 30, "{parts:?}");
}

#[test]
fn main_keeps_the_durations_of_each_shard_once_and_only_if_all_tests_passed() {
    if runners().is_empty() {
        return;
    }
    let repo = repository();
    let kept = |number: &str| {
        let outcome = shard(&repo, number).event("push", &push(&repo)).run();
        outcome.assert_code(0);
        outcome.stdout
    };
    assert!(kept("1/2").contains("kept the durations of the tests"));
    let again = kept("1/2");
    assert!(
        again.contains("the bucket has durations of this commit already, which stay"),
        "{again}"
    );
    kept("2/2");
    let entry = fs::read_dir(in_bucket(&repo))
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    let entry = entry.file_name().into_string().unwrap();
    assert!(
        entry.ends_with(&format!("-{}", repo.sha("HEAD"))),
        "{entry}"
    );

    // A later run is split by them, into another number of shards.
    let durations = json!({"tests": format!("{entry}/2")}).to_string();
    let ran = |number: &str| {
        let outcome = shard(&repo, number).input("durations", &durations).run();
        outcome.assert_code(0);
        outcome.output("passed").parse::<usize>().unwrap()
    };
    assert_eq!(["1/3", "2/3", "3/3"].map(ran).iter().sum::<usize>(), 30);

    let before = files(&repo.path().join("bucket"));
    repo.write(
        "b/src/lib.rs",
        tests("    #[test]\n    fn bad() {\n        panic!();\n    }"),
    );
    repo.commit("it fails");
    let failed = shard(&repo, "1/1").event("push", &push(&repo)).run();
    failed.assert_code(1);
    repo.write("b/src/lib.rs", "");
    repo.commit("fine, on no event");
    shard(&repo, "1/1").run().assert_code(0);
    assert_eq!(files(&repo.path().join("bucket")), before);
    let asked = shard(&repo, "1/1").input("record", "always");
    let asked = asked.sha(&repo.sha("HEAD")).run();
    asked.assert_code(0);
    assert_eq!(files(&repo.path().join("bucket")), before + 1);
}

fn files(folder: &Path) -> usize {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .map(|path| if path.is_dir() { files(&path) } else { 1 })
        .sum()
}

#[test]
fn a_shard_without_durations_goes_by_names_but_one_that_cannot_read_them_fails() {
    if runners().is_empty() {
        return;
    }
    let repo = repository();
    for (durations, why) in [
        ("", "name: no durations are given"),
        (
            "{}",
            "name: the bucket has no durations of the suite tests yet",
        ),
    ] {
        let outcome = shard(&repo, "1/2").input("durations", durations).run();
        outcome.assert_code(0);
        let row = |line: &&str| line.starts_with("| 1/2 |");
        let row = outcome.summary.lines().find(row).unwrap();
        assert!(row.contains(why), "{row}");
    }
    // Other shards may have read them before they were lost.
    let lost = shard(&repo, "1/2").input("durations", NAMED).run();
    assert!(
        problem(&lost).starts_with("failed to read the durations that split the tests"),
        "{lost}"
    );
    let nowhere = shard(&repo, "1/2")
        .input("bucket", "")
        .input("durations", NAMED)
        .run();
    assert!(
        problem(&nowhere).starts_with("missing input `bucket`"),
        "{nowhere}"
    );
    for wrong in ["6e4ddaf", r#"{"tests": "../../x/1"}"#] {
        let run = shard(&repo, "1/2").input("durations", wrong).run();
        assert!(problem(&run).contains("the input `durations`"), "{run}");
    }
}

#[test]
fn no_code_of_the_repository_sees_the_credentials_of_a_bucket() {
    let unseen = "assert!(std::env::var_os(\"AWS_SECRET_ACCESS_KEY\").is_none())";
    let body = tests(&format!(
        "    #[test]\n    fn unit() {{\n        {unseen};\n    }}"
    ));
    let library = format!("//! ```\n//! {unseen};\n//! ```\n{body}");
    for runner in runners() {
        let repo = workspace(&[("a", &library)]);
        repo.write("a/build.rs", format!("fn main() {{\n    {unseen};\n}}\n"));
        let run = || {
            test_rust(repo.path())
                .input("runner", runner)
                .env("AWS_SECRET_ACCESS_KEY", "hunter2")
        };
        assert_ne!(run().run().code, 0, "the variable is not seen at all");
        let bucket = run().input("bucket", "./bucket").input("record", "never");
        let outcome = bucket.run();
        outcome.assert_code(0);
        assert_eq!(outcome.output("passed"), "2", "{outcome}");
    }
}
