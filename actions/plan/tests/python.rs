//! Jobs that depend on Python packages of the repository.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests stop the test as the tests do"
)]

use testkit::binary::Run;
use testkit::repo::TempRepo;
use testkit::runner::{InJob as _, Outcome};

const CONFIG: &str = r#"
[platforms.linux]
runs-on = "ubuntu-latest"
default = true

[jobs.core]
python = ["acme_core"]

[jobs.app]
python = ["acme-app"]

[jobs.tools]
python = ["Acme.Tools", "acme-native"]

[jobs.docs]
paths = ["docs/**", "uv.lock"]
"#;

const LOCK: &str = r#"version = 1
revision = 3
requires-python = ">=3.10"

[[package]]
name = "acme-app"
version = "0.1.0"
source = { editable = "packages/app" }
dependencies = [{ name = "acme-core" }, { name = "requests" }]

[package.dev-dependencies]
dev = [{ name = "pytest" }]

[[package]]
name = "acme-core"
version = "0.1.0"
source = { editable = "packages/core" }

[[package]]
name = "pytest"
version = "8.0.0"
source = { registry = "https://index.example.com/simple" }

[[package]]
name = "requests"
version = "2.0.0"
source = { registry = "https://index.example.com/simple" }
dependencies = [{ name = "urllib3" }]

[[package]]
name = "urllib3"
version = "1.0.0"
source = { registry = "https://index.example.com/simple" }
"#;

/// `app` uses `core`; the tests of `tools` use `app`; `native` is built from a crate that uses another.
fn repository() -> TempRepo {
    let repo = TempRepo::new();
    repo.write(".github/ci-actions.toml", CONFIG);
    repo.write(
        "pyproject.toml",
        "[tool.uv.workspace]\nmembers = [\"packages/*\"]\n",
    );
    for (name, rest) in [
        ("core", "dependencies = []"),
        (
            "app",
            "dependencies = [\"Acme_Core >=0.1\", \"requests\"]\n[dependency-groups]\ndev = [\"pytest\"]\n\
             [tool.uv.sources]\nacme-core = { workspace = true }",
        ),
        (
            "tools",
            "dependencies = []\n[dependency-groups]\ntest = [\"acme.app\"]",
        ),
        (
            "native",
            "[build-system]\nrequires = [\"maturin\"]\nbuild-backend = \"maturin\"\n\
             [tool.maturin]\nmanifest-path = \"../../crates/py/Cargo.toml\"",
        ),
    ] {
        let text = format!("[project]\nname = \"acme-{name}\"\nversion = \"0.1.0\"\n{rest}\n");
        repo.write(&format!("packages/{name}/pyproject.toml"), text);
        repo.write(&format!("packages/{name}/src/a.py"), "");
    }
    repo.write("Cargo.toml", "[workspace]\nmembers = [\"crates/*\"]\n");
    for (name, uses) in [("py", "core = { path = \"../core\" }"), ("core", "")] {
        let text = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\n{uses}\n"
        );
        repo.write(&format!("crates/{name}/Cargo.toml"), text);
        repo.write(&format!("crates/{name}/src/lib.rs"), "");
    }
    repo.write("uv.lock", LOCK).write("docs/page.md", "hello");
    repo.commit("first");
    repo
}

fn plan(repo: &TempRepo) -> Run {
    Run::new(env!("CARGO_BIN_EXE_plan"))
        .workspace(repo.path())
        .tools()
        .args(["--base", "HEAD~1"])
}

fn committed(repo: &TempRepo, what: &str) -> Outcome {
    repo.commit(what);
    let outcome = plan(repo).run();
    outcome.assert_code(0);
    outcome
}

fn after(path: &str, change: impl Fn(&str) -> String) -> Outcome {
    let repo = repository();
    let text = std::fs::read_to_string(repo.path().join(path)).unwrap_or_default();
    repo.write(path, change(&text));
    committed(&repo, path)
}

/// The jobs that run, and one sentence that says why.
#[track_caller]
fn expect(outcome: &Outcome, jobs: &str, told: &str) {
    assert_eq!(outcome.output("jobs"), jobs, "{outcome}");
    assert!(outcome.stdout.contains(told), "{told}: {outcome}");
}

#[test]
fn a_change_reaches_those_that_depend_on_the_package_and_only_the_tests_of_those_that_need_it_for_development()
 {
    let outcome = after("packages/core/src/a.py", |_| "a = 1\n".to_owned());
    let told = "`acme-app` depends on `acme-core`: `packages/core/src/a.py` has changed";
    expect(&outcome, r#"["app","core","tools"]"#, told);
    let told = "the tests of `acme-tools` depends on `acme-app` → `acme-core`";
    assert!(outcome.stdout.contains(told), "{outcome}");
    let outcome = after("packages/tools/src/a.py", |_| "a = 1\n".to_owned());
    let told = "in `acme-tools`, `packages/tools/src/a.py` has changed";
    expect(&outcome, r#"["tools"]"#, told);
    let outcome = after("docs/page.md", |_| "bye".to_owned());
    expect(&outcome, r#"["docs"]"#, "none of its `python` is affected");
}

#[test]
fn a_package_built_by_maturin_depends_on_its_crate() {
    let outcome = after("crates/core/src/lib.rs", |_| "// One.\n".to_owned());
    let told = "`acme-native` depends on `py` → `core`: `crates/core/src/lib.rs` has changed";
    expect(&outcome, r#"["tools"]"#, told);
    let outcome = after("packages/native/pyproject.toml", |text| {
        text.replace("crates/py", "crates/pi")
    });
    let told = "the affected Python packages cannot be known: failed to read `packages/native/pyproject.toml`: \
                maturin builds it from a crate, and there is none at `crates/pi/Cargo.toml`";
    expect(&outcome, r#"["app","core","docs","tools"]"#, told);
}

#[test]
fn what_a_manifest_says_is_compared() {
    let outcome = after("packages/app/pyproject.toml", |text| {
        format!("# Read by people.\n{text}")
    });
    expect(&outcome, "[]", "none of its `python` is affected");
    let outcome = after("packages/app/pyproject.toml", |text| {
        text.replace("requests", "httpx")
    });
    let told = "in `acme-app`, `packages/app/pyproject.toml` has changed: project";
    expect(&outcome, r#"["app","tools"]"#, told);
    let outcome = after("packages/app/pyproject.toml", |text| {
        text.replace("pytest", "nose")
    });
    let told = "`packages/app/pyproject.toml` has changed: dependency-groups";
    expect(&outcome, r#"["app"]"#, told);
    let outcome = after("pyproject.toml", |text| {
        format!("{text}[tool.uv]\nno-binary = true\n")
    });
    let told = "`pyproject.toml` has changed, whose settings it shares";
    expect(&outcome, r#"["app","core","tools"]"#, told);
    let outcome = after("packages/core/pyproject.toml", |_| "[project".to_owned());
    let told = "the affected Python packages cannot be known: failed to read `packages/core/pyproject.toml`: ";
    expect(&outcome, r#"["app","core","docs","tools"]"#, told);
}

#[test]
fn dependencies_that_only_the_backend_knows_may_be_any_package() {
    let repo = repository();
    let text = "[project]\nname = \"acme-tools\"\ndynamic = [\"version\", \"dependencies\"]\n";
    repo.write("packages/tools/pyproject.toml", text)
        .commit("dynamic");
    repo.write("packages/core/src/a.py", "a = 1\n");
    let outcome = committed(&repo, "core");
    let told = "`acme-tools` depends on `acme-core`: ";
    expect(&outcome, r#"["app","core","tools"]"#, told);
}

#[test]
fn a_package_that_is_gone_was_used() {
    let repo = repository();
    repo.delete("packages/core/pyproject.toml");
    repo.write(
        ".github/ci-actions.toml",
        CONFIG.replace("acme_core", "acme-native"),
    );
    repo.commit("gone");
    let outcome = plan(&repo).args(["--explain", "app"]).run();
    let told = "`acme-app`: depends on `acme-core`: `packages/core/pyproject.toml` is gone";
    assert!(outcome.stdout.contains(told), "{outcome}");
}

#[test]
fn a_version_in_the_lock_file_reaches_the_packages_that_use_it() {
    // The job `docs` looks at the file itself.
    let outcome = after("uv.lock", |text| text.replace("\"1.0.0\"", "\"1.0.1\""));
    let told = "in `acme-app`, `urllib3` is now 1.0.1, before 1.0.0 in `uv.lock`";
    expect(&outcome, r#"["app","docs","tools"]"#, told);
    let outcome = after("uv.lock", |text| text.replace("\"8.0.0\"", "\"8.0.1\""));
    let told = "`pytest` is now 8.0.1, before 8.0.0 in `uv.lock`";
    expect(&outcome, r#"["app","docs"]"#, told);
    let outcome = after("uv.lock", |text| text.replace(">=3.10", ">=3.11"));
    let told = "`uv.lock` has changed: requires-python";
    expect(&outcome, r#"["app","core","docs","tools"]"#, told);
    let outcome = after("pylock.toml", |_| "lock-version = \"1.0\"\n".to_owned());
    let told = "`pylock.toml` has changed, which does not tell who uses what";
    expect(&outcome, r#"["app","core","tools"]"#, told);
}

#[test]
fn a_python_package_that_does_not_exist_is_answered_with_those_that_do() {
    let repo = repository();
    repo.write(
        ".github/ci-actions.toml",
        CONFIG.replace("acme_core", "acme-cor"),
    );
    repo.commit("second");
    let outcome = plan(&repo).run();
    outcome.assert_code(2);
    let told = "unknown Python package \"acme-cor\": did you mean `acme-core`? \
                the Python packages are acme-app, acme-core, acme-native and acme-tools";
    assert!(outcome.stdout.contains(told), "{outcome}");
}

#[test]
fn coverage_and_explanations_know_python_packages() {
    let repo = repository();
    repo.write("packages/tools/src/a.py", "a = 1\n");
    repo.commit("second");
    let outcome = plan(&repo).args(["--explain", "app"]).run();
    let told = "packages/tools/src/a.py does not reach its `python`";
    assert!(outcome.stdout.contains(told), "{outcome}");
    let outcome = Run::new(env!("CARGO_BIN_EXE_plan"))
        .workspace(repo.path())
        .tools()
        .args(["--coverage", "--ignore=.github/**"])
        .run();
    outcome.assert_code(0);
}
