//! Main and pull requests on one bucket: what main keeps is the base of later comparisons and the history's pages.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use testkit::binary::Run;
use testkit::repo::TempRepo;
use testkit::runner::{InJob as _, Outcome};

use crate::programs::{names, prints};

struct Place {
    repo: TempRepo,
    bucket: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let repo = TempRepo::new();
        repo.write(".gitignore", "*.count\nbench-results.json\n/bench\n");
        Self {
            repo,
            bucket: tempfile::tempdir().unwrap(),
        }
    }

    /// Commits a program that is copied by its build to where `head` expects it.
    fn commit(&self, nanoseconds: u64) -> String {
        let program = prints(&[
            ("parse", nanoseconds, "ns"),
            ("print/large", 5_000_000, "ns"),
        ]);
        self.repo.executable("source", program).commit("a commit")
    }

    fn build(&self) {
        let at = |name| self.repo.path().join(name);
        fs::copy(at("source"), at("bench")).unwrap();
    }

    fn run(&self) -> Run {
        self.build();
        Run::new(env!("CARGO_BIN_EXE_bench"))
            .workspace(self.repo.path())
            .repository("rerun-io/hello-sdk")
            .env("GITHUB_SERVER_URL", "https://github.com")
            .input("head", "./bench")
            .input("suite", "speed")
            .input("bucket", self.address())
    }

    fn address(&self) -> String {
        format!("file://{}", self.bucket.path().display())
    }

    fn record(&self, commit: &str) -> Outcome {
        self.run()
            .event("push", &push(commit))
            .input("runs", "2")
            .run()
    }

    fn compare(&self, base: &str, head: &str) -> Run {
        self.run()
            .event("pull_request", &pull_request(base, head))
            .input("seed", "3")
    }

    /// All files in the bucket, from its root.
    fn files(&self) -> Vec<String> {
        let mut found = Vec::new();
        collect(self.bucket.path(), &mut found);
        let root = self.bucket.path();
        let relative = found
            .iter()
            .map(|path| path.strip_prefix(root).unwrap().display().to_string());
        let mut relative: Vec<String> = relative.collect();
        relative.sort();
        relative
    }
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => collect(&path, found),
            false => found.push(path),
        }
    }
}

fn repository() -> Value {
    json!({"full_name": "rerun-io/hello-sdk", "default_branch": "main"})
}

fn push(commit: &str) -> Value {
    json!({
        "ref": "refs/heads/main",
        "before": "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567",
        "after": commit,
        "created": false,
        "deleted": false,
        "forced": false,
        "head_commit": {"id": commit, "message": "a commit"},
        "commits": [{"id": commit, "message": "a commit"}],
        "repository": repository(),
    })
}

/// From a fork, which has no credentials.
fn pull_request(base: &str, head: &str) -> Value {
    json!({
        "action": "synchronize",
        "number": 7,
        "pull_request": {
            "title": "Be slower",
            "body": null,
            "draft": false,
            "labels": [],
            "head": {"ref": "feature", "sha": head, "repo": {"full_name": "someone/hello-sdk", "fork": true}},
            "base": {"ref": "main", "sha": base, "repo": repository()},
            "user": {"login": "someone"},
            "merged": false,
            "html_url": "https://github.com/rerun-io/hello-sdk/pull/7",
        },
        "repository": repository(),
    })
}

#[test]
fn what_main_keeps_is_the_base_of_a_pull_request() {
    let place = Place::new();
    let base = place.commit(10_000_000);
    let recorded = place.record(&base);
    recorded.assert_code(0);
    assert!(
        recorded
            .output("page")
            .ends_with("/benchmarks/speed/index.html"),
        "{recorded}"
    );
    assert!(
        recorded
            .stdout
            .contains(&format!("stored the results of commit {base}")),
        "{recorded}"
    );

    let head = {
        place.repo.branch("feature");
        place.commit(10_600_000)
    };
    let before = place.files();
    let compared = place.compare(&base, &head).run();
    compared.assert_code(1);
    assert_eq!(names(&compared, "worse"), ["parse"]);
    assert_eq!(names(&compared, "same"), ["print/large"]);
    let expected = format!("base is the executable from the bucket, of commit {base}");
    assert!(compared.stdout.contains(&expected), "{compared}");
    // A pull request writes nothing.
    assert_eq!(place.files(), before);
}

#[test]
fn the_base_of_a_merge_commit_is_its_first_parent() {
    let place = Place::new();
    let start = place.commit(10_000_000);
    place.repo.branch("feature").write("notes.md", "hello\n");
    let head = place.repo.commit("second");
    place.repo.switch("main");
    let newer = place.commit(9_000_000);
    place.record(&newer).assert_code(0);
    let merge = place.repo.merge("feature");
    place.repo.detach(&merge);
    // The event is older than main.
    let run = place.compare(&start, &head).run();
    run.assert_code(0);
    assert!(run.stdout.contains(&format!("of commit {newer}")), "{run}");
}

#[test]
fn the_base_of_a_manual_run_is_where_the_branch_left_the_default_branch() {
    let place = Place::new();
    let base = place.commit(10_000_000);
    place.record(&base).assert_code(0);
    place.repo.branch("feature");
    place.commit(10_600_000);
    let repository = json!({"full_name": "rerun-io/hello-sdk", "default_branch": "main"});
    let event = json!({"ref": "refs/heads/feature", "inputs": null, "repository": repository});
    let by_hand = || {
        let run = place.run().event("workflow_dispatch", &event);
        run.env("GITHUB_REF", "refs/heads/feature")
            .input("seed", "3")
    };
    let shallow = by_hand().run();
    shallow.assert_code(2);
    assert!(shallow.stdout.contains("left `origin/main`"), "{shallow}");
    let main = "refs/remotes/origin/main";
    place.repo.git(&["update-ref", main, &base]);
    let run = by_hand().run();
    run.assert_code(1);
    assert!(run.stdout.contains(&format!("of commit {base}")), "{run}");
    assert_eq!(names(&run, "worse"), ["parse"]);
}

#[test]
fn base_is_built_where_the_bucket_cannot_be_read() {
    let place = Place::new();
    let base = place.commit(10_000_000);
    place.repo.branch("feature");
    let head = place.commit(10_600_000);
    let bucket = "s3://closed?endpoint=http://127.0.0.1:9&anonymous=true";
    let closed = || place.compare(&base, &head).input("bucket", bucket);
    closed().run().assert_code(2);
    let built = closed().input("build-base", "cp source bench").run();
    built.assert_code(1);
    let said = "failed to read the executable of base from the bucket, so it is built here";
    assert!(built.stdout.contains(said), "{built}");
    assert_eq!(names(&built, "worse"), ["parse"]);
}

#[test]
fn base_is_built_in_a_clone_where_the_bucket_does_not_have_it() {
    let place = Place::new();
    let base = place.commit(10_000_000);
    place.repo.branch("feature");
    let head = place.commit(10_600_000);
    let without = place.compare(&base, &head).run();
    without.assert_code(2);
    let expected = format!("the bucket's suite `speed` has no executable of commit {base}");
    assert!(without.stdout.contains(&expected), "{without}");
    assert!(
        without.stdout.contains("set the input `build-base`"),
        "{without}"
    );

    let built = place
        .compare(&base, &head)
        .input("build-base", "cp source bench; echo changed > notes.md")
        .run();
    built.assert_code(1);
    assert_eq!(names(&built, "worse"), ["parse"]);
    assert!(!place.repo.path().join("notes.md").exists());
    assert_eq!(place.repo.git(&["status", "--porcelain"]).trim(), "");

    let nothing = place
        .compare(&base, &head)
        .input("build-base", "true")
        .run();
    nothing.assert_code(2);
    assert!(
        nothing
            .stdout
            .contains("`build-base` did not create `bench`"),
        "{nothing}"
    );
}

#[test]
fn results_of_a_commit_are_kept_once() {
    let place = Place::new();
    let commit = place.commit(10_000_000);
    place.record(&commit).assert_code(0);
    let stored = |place: &Place| -> Vec<(String, Vec<u8>)> {
        let files = place
            .files()
            .into_iter()
            .filter(|path| path.contains("/results/") || path.contains("/programs/"));
        files
            .map(|path| {
                (
                    path.clone(),
                    fs::read(place.bucket.path().join(&path)).unwrap(),
                )
            })
            .collect()
    };
    let first = stored(&place);
    assert_eq!(first.len(), 3, "{first:?}");
    let again = place.record(&commit);
    again.assert_code(0);
    assert!(
        again.stdout.contains(&format!(
            "already has results of commit {commit}, which are kept"
        )),
        "{again}"
    );
    assert_eq!(stored(&place), first);
}

#[test]
fn pages_show_the_history_with_its_gaps_and_changes() {
    let place = Place::new();
    for number in 0..24 {
        let commit = place.commit(if number < 12 { 10_000_000 } else { 12_000_000 } + number);
        if number != 5 {
            place.record(&commit).assert_code(0);
        }
    }
    let files = place.files();
    let page = files
        .iter()
        .find(|path| path.contains("/of/parse-"))
        .unwrap();
    let page = fs::read_to_string(place.bucket.path().join(page)).unwrap();
    assert_eq!(page.matches("<circle").count(), 23, "{page}");
    let curve = page.split_once("class=\"curve\" d=\"").unwrap().1;
    let curve = curve.split_once('"').unwrap().0;
    assert_eq!(curve.matches('M').count(), 2, "{curve}");
    assert_eq!(page.matches("<line class=\"mark\"").count(), 1, "{page}");
    assert!(
        page.contains("https://github.com/rerun-io/hello-sdk/commit/"),
        "{page}"
    );
    let suite =
        fs::read_to_string(place.bucket.path().join("benchmarks/speed/index.html")).unwrap();
    assert!(suite.contains("print/large"), "{suite}");
    assert!(suite.contains("began about"), "{suite}");
    let home = fs::read_to_string(place.bucket.path().join("index.html")).unwrap();
    assert!(
        home.contains("href=\"benchmarks/speed/index.html\""),
        "{home}"
    );
}

#[test]
fn one_job_measures_and_another_keeps() {
    let place = Place::new();
    let commit = place.commit(10_000_000);
    let measured = place
        .run()
        .event("push", &push(&commit))
        .input("bucket", "")
        .run();
    measured.assert_code(0);
    assert_eq!(place.files(), Vec::<String>::new());
    let kept = place
        .run()
        .event("push", &push(&commit))
        .input("mode", "store")
        .run();
    kept.assert_code(0);
    assert!(
        kept.stdout
            .contains(&format!("stored the results of commit {commit}")),
        "{kept}"
    );
    assert!(place.files().iter().any(|path| path.ends_with("/program")));

    let file = place.repo.path().join("bench-results.json");
    for (wrong, expected) in [
        (
            r#"[{"name": "a", "value": 0, "unit": "ms"}]"#,
            "0 is not a measurement",
        ),
        (r#"[{"name": "a", "unit": "ms"}]"#, "missing field `value`"),
        ("[]", "the run has no measurements"),
    ] {
        fs::write(&file, wrong).unwrap();
        let run = place.run().input("mode", "store").run();
        run.assert_code(2);
        assert!(run.stdout.contains(expected), "{expected}: {run}");
    }
}

#[test]
fn a_dry_run_writes_nothing_to_the_bucket() {
    let place = Place::new();
    let commit = place.commit(10_000_000);
    let run = place
        .run()
        .event("push", &push(&commit))
        .input("dry-run", "true")
        .run();
    run.assert_code(0);
    assert!(
        run.stdout.contains("dry run: would store the results"),
        "{run}"
    );
    assert_eq!(place.files(), Vec::<String>::new());
}

#[test]
fn sizes_are_compared_with_those_that_main_kept() {
    let place = Place::new();
    let base = place.commit(10_000_000);
    let sized = |run: Run| run.input("head", "").input("sizes", "app.wasm");
    fs::write(place.repo.path().join("app.wasm"), vec![0; 1000]).unwrap();
    sized(place.run().event("push", &push(&base)))
        .run()
        .assert_code(0);
    place.repo.branch("feature");
    let head = place.commit(10_000_001);
    fs::write(place.repo.path().join("app.wasm"), vec![0; 2000]).unwrap();
    let run = sized(place.compare(&base, &head)).run();
    run.assert_code(1);
    assert_eq!(names(&run, "worse"), ["size of app.wasm"]);
}
