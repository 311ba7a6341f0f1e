//! Red jobs as a user's workflow has them, run by `act` from the release tree: each fails with the exit code and the sentence
//! that tell what is wrong, and a workflow with such a job is never green.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

#[path = "shared/act.rs"]
mod shared;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::json;
use testkit::git_server::GitServer;
use testkit::packages::Wheel;
use testkit::repo::TempRepo;
use testkit::workflows::{Event, Run, Setting};

use shared::{Lines, act, lines, release_tree, root};

const REPOSITORY: &str = "someone/project";

/// What a job does after its checkout, and what becomes of it: exit code 0 is success.
struct Job {
    id: &'static str,
    uses: &'static str,
    with: &'static [(&'static str, &'static str)],
    code: u8,
    says: &'static str,
}

const fn job(
    id: &'static str,
    uses: &'static str,
    with: &'static [(&'static str, &'static str)],
    code: u8,
    says: &'static str,
) -> Job {
    Job {
        id,
        uses,
        with,
        code,
        says,
    }
}

const FROM_THE_SOURCES: &str = "/tiny_wheel/__init__.py, not the installed wheel";
const ANOTHER_PYTHON: &str = "it is for CPython 2.7 on linux-x64 (manylinux1_x86_64), and this is";

const RUST: &[Job] = &[
    job(
        "lint",
        "lint",
        &[("only", "rustfmt")],
        1,
        "file=failing/src/lib.rs",
    ),
    job(
        "failing-test",
        "test-rust",
        &[("packages", "failing")],
        1,
        "file=failing/src/lib.rs",
    ),
    job(
        "failing-doctest",
        "test-rust",
        &[("packages", "documented")],
        1,
        "assertion failed: false",
    ),
    job(
        "no-test",
        "test-rust",
        &[("packages", "empty")],
        2,
        "failed to find a test: the chosen crates have none",
    ),
    job(
        "all-ignored",
        "test-rust",
        &[("packages", "ignored")],
        2,
        "failed to run a test: 1 is ignored, and there are no others",
    ),
    job(
        "hanging-test",
        "test-rust",
        &[("packages", "hanging"), ("test-timeout", "2s")],
        1,
        "tests::hangs",
    ),
];

const PYTHON: &[Job] = &[
    job(
        "good-wheel",
        "test-wheel",
        &[("wheel", "dist"), ("tests", "good")],
        0,
        "1 passed",
    ),
    job(
        "from-the-sources",
        "test-wheel",
        &[("wheel", "dist"), ("tests", "sources/tests")],
        2,
        FROM_THE_SOURCES,
    ),
    job(
        "workers-from-the-sources",
        "test-wheel",
        &[
            ("wheel", "dist"),
            ("tests", "workers/tests"),
            ("requirements", "pytest-xdist==3.8.0"),
        ],
        2,
        FROM_THE_SOURCES,
    ),
    job(
        "two-wheels",
        "test-wheel",
        &[("wheel", "two"), ("tests", "good")],
        2,
        "tiny_wheel-0.1.0",
    ),
    job(
        "another-python",
        "test-wheel",
        &[("wheel", "other/*.whl"), ("tests", "good")],
        2,
        ANOTHER_PYTHON,
    ),
    job(
        "no-python-test",
        "test-wheel",
        &[("wheel", "dist"), ("tests", "none")],
        2,
        "pytest found no test in none",
    ),
    job(
        "all-skipped",
        "test-wheel",
        &[("wheel", "dist"), ("tests", "skipped")],
        2,
        "0 tests ran and 2 were skipped, but `min-tests` is 1",
    ),
    job(
        "hanging-wheel",
        "test-wheel",
        &[
            ("wheel", "dist"),
            ("tests", "hanging/python"),
            ("timeout", "30s"),
        ],
        1,
        "it was still running: the tests took longer than `timeout: 30s`",
    ),
];

/// The jobs, and what waits for them.
fn workflow() -> String {
    let mut text = "on: push\npermissions:\n  contents: read\njobs:\n".to_owned();
    for job in RUST.iter().chain(PYTHON) {
        let (id, uses) = (job.id, job.uses);
        text += &format!(
            "  {id}:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v5\n      - uses: rerun-io/ci-actions/{uses}@v1\n        with:\n"
        );
        for (name, value) in job.with {
            text += &format!("          {name}: \"{value}\"\n");
        }
    }
    text + AFTER
}

const AFTER: &str = r#"
  behind:
    needs: lint
    runs-on: ubuntu-latest
    steps:
      - run: "true"
  all-green:
    if: always()
    needs: [lint, behind, good-wheel]
    runs-on: ubuntu-latest
    steps:
      - uses: rerun-io/ci-actions/all-green@v1
        with:
          needs: ${{ toJSON(needs) }}
  forgotten:
    if: always()
    needs: [good-wheel]
    runs-on: ubuntu-latest
    steps:
      - uses: rerun-io/ci-actions/all-green@v1
        with:
          needs: ${{ toJSON(needs) }}
          plan: '{"good-wheel": {"run": true, "reason": "", "matrix": {"include": []}}, "lint": {"run": true, "reason": "", "matrix": {"include": []}}}'
"#;

const TEST: &str = "import tiny_wheel\n\ndef test_it():\n    assert tiny_wheel.WHO\n";

fn repository() -> TempRepo {
    let repo = TempRepo::new();
    repo.write(".github/workflows/ci.yml", workflow());
    let crates = [
        (
            "failing",
            "#[cfg(test)]\nmod tests {\n    #[test]\n    fn bad() {\n        assert_eq!(1,2);\n    }\n}\n",
        ),
        ("documented", "//! ```\n//! assert!(false);\n//! ```\n"),
        ("empty", ""),
        (
            "ignored",
            "#[cfg(test)]\nmod tests {\n    #[test]\n    #[ignore]\n    fn later() {}\n}\n",
        ),
        (
            "hanging",
            "#[cfg(test)]\nmod tests {\n    #[test]\n    fn hangs() {\n        std::thread::sleep(std::time::Duration::from_secs(600));\n    }\n}\n",
        ),
    ];
    let names: Vec<String> = crates.iter().map(|one| format!("\"{}\"", one.0)).collect();
    repo.write(
        "Cargo.toml",
        format!(
            "[workspace]\nresolver = \"3\"\nmembers = [{}]\n",
            names.join(", ")
        ),
    );
    for (name, source) in crates {
        let manifest =
            format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
        repo.write(&format!("{name}/Cargo.toml"), manifest)
            .write(&format!("{name}/src/lib.rs"), source);
    }
    for (folder, options) in [("sources", ""), ("workers", "addopts = '-n 1'\n")] {
        let config = format!("[tool.pytest.ini_options]\npythonpath = ['.']\n{options}");
        repo.write(&format!("{folder}/pyproject.toml"), config)
            .write(
                &format!("{folder}/tiny_wheel/__init__.py"),
                "WHO = 'source tree'\n",
            )
            .write(&format!("{folder}/tests/test_tiny.py"), TEST);
    }
    repo.write("good/test_tiny.py", TEST)
        .write("none/test_tiny.py", "def helper():\n    pass\n")
        .write(
            "skipped/test_tiny.py",
            format!("import pytest\npytestmark = pytest.mark.skip\n{TEST}\ndef test_other():\n    pass\n"),
        )
        .write(
            "hanging/python/test_tiny.py",
            format!("import time\n{TEST}    time.sleep(600)\n"),
        );
    let wheel = Wheel {
        project: "tiny-wheel",
        version: "0.1.0",
        tags: "py3-none-any",
        module: "WHO = 'installed'\n",
    };
    let place = |folder: &str| repo.path().join(folder);
    wheel.write(&place("dist"));
    wheel.write(&place("two"));
    Wheel {
        version: "0.2.0",
        ..wheel
    }
    .write(&place("two"));
    let tags = "cp27-cp27mu-manylinux1_x86_64";
    Wheel { tags, ..wheel }.write(&place("other"));
    repo.commit("first");
    repo
}

fn run(folder: &Path) -> Lines {
    let (tree, binaries) = release_tree(folder, &["lint", "test-rust", "test-wheel", "all-green"]);
    let repo = repository();
    let git = GitServer::start(&folder.join("git")).unwrap();
    git.create(REPOSITORY);
    repo.git(&["push", "--quiet", &git.maintainer_url(REPOSITORY), "main"]);
    let head = repo.sha("HEAD");
    let push = json!({
        "ref": "refs/heads/main", "before": "0".repeat(40), "after": head,
        "created": true, "deleted": false, "forced": false,
        "head_commit": {"id": head, "message": "first"}, "commits": [{"id": head, "message": "first"}],
        "repository": {"full_name": REPOSITORY, "default_branch": "main"},
    });
    let event = Event::new("push", push, &git, REPOSITORY).unwrap();
    let setting = Setting {
        repository: REPOSITORY,
        git: &git,
        tokens: None,
        trees: BTreeMap::from([("rerun-io/ci-actions".to_owned(), tree)]),
        secrets: BTreeMap::new(),
        environments: BTreeMap::new(),
        folder: folder.join("runs"),
        changes: Vec::new(),
    };
    let run = Run::prepare(&setting, "red", "ci.yml", event).unwrap();
    run.enter(None, &git, None);
    let mut act = act(&run, folder, &binaries, "http://127.0.0.1:1");
    let cache = folder.join("cache");
    act.env("PATH", path())
        .env("XDG_CACHE_HOME", &cache)
        .env("XDG_CONFIG_HOME", &cache)
        .env_remove("GITHUB_TOKEN")
        .env_remove("CI");
    lines(act)
}

/// With the pinned tools first.
fn path() -> std::ffi::OsString {
    let path = std::env::var_os("PATH").unwrap();
    let mut folders: Vec<PathBuf> = vec![root().join(".venv/bin")];
    folders.extend(std::env::split_paths(&path));
    std::env::join_paths(folders).unwrap()
}

#[test]
fn each_kind_of_failure_is_red_with_its_exit_code_and_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let ran = run(folder.path());
    let mut wrong = String::new();
    let mut expect = |job: &str, code: u8, told: &str| {
        let said = ran.said(job);
        let result = if code == 0 { "success" } else { "failure" };
        let ended = format!("exit status {code}");
        let is_right = ran.result(job) == result
            && said.contains(told)
            && (code == 0 || said.lines().any(|line| line == ended));
        if !is_right {
            wrong += &format!("{job} did not end with {code} and `{told}`:\n{said}\n");
        }
    };
    for job in RUST.iter().chain(PYTHON) {
        expect(job.id, job.code, job.says);
    }
    expect("all-green", 1, "job `lint`: it failed");
    expect(
        "all-green",
        1,
        "job `behind`: it was skipped because of lint",
    );
    expect(
        "forgotten",
        1,
        "job `lint`: the plan runs it, but it is not in `needs`",
    );
    assert!(wrong.is_empty(), "{wrong}");
}
