//! The launcher in a release made by hand: it starts the binary that `SHA256SUMS` names, wherever that is, and no other.

#![allow(
    clippy::unwrap_used,
    reason = "a test that panics is a test that fails"
)]

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use testkit::binary::Run;
use testkit::runner::{InJob as _, Level, Outcome};
use testkit::serving::Server;

const ACTION: &str = "hello";
const NAME: &str = "hello-linux-x64";
/// A program that says that it ran, and shows each of its arguments on a line of its own.
const BINARY: &str = "#!/bin/sh\necho started\nfor a in \"$@\"; do printf '[%s]\\n' \"$a\"; done\n";
/// The same for all that its user can see; its digest is another.
const TAMPERED: &str = "#!/bin/sh\necho started\n# tampered\n";

fn sha256(bytes: &str) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_path_buf()
}

/// A release tree with an action in it, and a tool cache.
struct Release {
    _temporary: TempDir,
    folder: PathBuf,
}

impl Release {
    /// A tree that pins `BINARY` and says that it can be downloaded from nowhere.
    fn new() -> Self {
        Self::below("release")
    }

    fn below(name: &str) -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().join(name);
        fs::create_dir_all(folder.join("tree/dist")).unwrap();
        fs::create_dir_all(folder.join(ACTION)).unwrap();
        let release = Self {
            _temporary: temporary,
            folder,
        };
        // `fs::copy` keeps the permission to run it, which the action relies on.
        fs::copy(root().join("dist/run.sh"), release.dist().join("run.sh")).unwrap();
        release.pins(NAME, BINARY);
        release.downloads_from("http://127.0.0.1:9");
        release
    }

    fn dist(&self) -> PathBuf {
        self.folder.join("tree/dist")
    }

    fn cache(&self) -> PathBuf {
        self.folder.join("tools")
    }

    /// Where the binary is kept after a download.
    fn cached(&self) -> PathBuf {
        self.cache()
            .join("ci-actions")
            .join(sha256(BINARY))
            .join(NAME)
    }

    fn pins(&self, name: &str, bytes: &str) {
        write_sums(&self.dist(), name, bytes);
    }

    fn downloads_from(&self, url: &str) {
        fs::write(self.dist().join("url"), format!("{url}\n")).unwrap();
    }

    /// A run as the step of an `action.yml` does it.
    fn run(&self) -> Run {
        self.run_with(&[])
    }

    fn run_with(&self, arguments: &[&str]) -> Run {
        let step = format!(r#"exec "$GITHUB_ACTION_PATH/../tree/dist/run.sh" {ACTION} "$@""#);
        Run::new("bash")
            .args([
                "--noprofile",
                "--norc",
                "-eo",
                "pipefail",
                "-c",
                &step,
                "step",
            ])
            .args(arguments)
            .env("GITHUB_ACTION_PATH", self.folder.join(ACTION))
            .env("RUNNER_TOOL_CACHE", self.cache())
            .env("RUNNER_OS", "Linux")
            .env("RUNNER_ARCH", "X64")
            .limit(Duration::from_secs(60))
    }

    /// All files of the tool cache.
    fn kept(&self) -> Vec<PathBuf> {
        files(&self.cache())
    }
}

fn write_sums(folder: &Path, name: &str, bytes: &str) {
    let sums = format!(
        "{}  other-linux-x64\n{}  {name}\n",
        "0".repeat(64),
        sha256(bytes)
    );
    fs::write(folder.join("SHA256SUMS"), sums).unwrap();
}

fn program(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for path in entries.map(|entry| entry.unwrap().path()) {
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found
}

#[track_caller]
fn assert_started(outcome: &Outcome) {
    outcome.assert_code(0);
    assert!(outcome.stdout.starts_with("started\n"), "{outcome}");
}

/// The one error of a run that did not get as far as the binary.
#[track_caller]
fn refusal(outcome: &Outcome) -> String {
    outcome.assert_code(2);
    assert!(!outcome.stdout.contains("started"), "{outcome}");
    let [error] = outcome.annotations.as_slice() else {
        panic!("expected one annotation\n{outcome}");
    };
    assert_eq!(error.level, Level::Error);
    assert!(
        error.message.starts_with("failed to start hello: "),
        "{outcome}"
    );
    error.message.clone()
}

#[track_caller]
fn assert_names_both_digests(message: &str) {
    for digest in [sha256(BINARY), sha256(TAMPERED)] {
        assert!(message.contains(&digest), "{message}");
    }
}

/// A release's downloads; counts them.
struct Downloads {
    server: Server,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Downloads {
    fn of(bytes: Option<&'static str>) -> Self {
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let log = Arc::clone(&asked);
        let answer = move |uri: Uri| {
            log.lock().unwrap().push(uri.path().to_owned());
            let answer: Response = match bytes {
                Some(bytes) => bytes.into_response(),
                None => StatusCode::NOT_FOUND.into_response(),
            };
            async move { answer }
        };
        let server = Server::start(0, |_| Router::new().fallback(answer)).unwrap();
        Self { server, asked }
    }

    fn url(&self) -> String {
        format!("{}/v1.2.3", self.server.url())
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

#[test]
fn a_binary_beside_the_launcher_is_started() {
    let release = Release::new();
    program(&release.dist().join(NAME), BINARY);
    assert_started(&release.run().run());
    assert!(release.kept().is_empty());
}

#[test]
fn a_folder_of_ones_own_binaries_comes_with_its_own_sums() {
    let release = Release::new();
    release.pins(NAME, "what the tree pins does not count then");
    let own = release.folder.join("own");
    program(&own.join(NAME), BINARY);
    write_sums(&own, NAME, BINARY);
    assert_started(&release.run().env("CI_ACTIONS_BIN_DIR", own).run());
}

#[test]
fn a_binary_that_lost_its_permission_on_the_way_is_started() {
    let release = Release::new();
    let own = release.folder.join("own");
    fs::create_dir(&own).unwrap();
    fs::write(own.join(NAME), BINARY).unwrap();
    write_sums(&own, NAME, BINARY);
    assert_started(&release.run().env("CI_ACTIONS_BIN_DIR", own).run());
}

#[test]
fn a_binary_in_the_tool_cache_is_started() {
    let release = Release::new();
    program(&release.cached(), BINARY);
    assert_started(&release.run().run());
}

#[test]
fn a_download_is_kept_and_not_repeated() {
    let release = Release::new();
    let downloads = Downloads::of(Some(BINARY));
    release.downloads_from(&downloads.url());
    assert_started(&release.run().run());
    assert_eq!(release.kept(), [release.cached()]);
    assert_started(&release.run().run());
    assert_eq!(downloads.asked(), ["/v1.2.3/hello-linux-x64"]);
}

#[test]
fn a_release_may_be_a_folder() {
    let release = Release::new();
    let assets = release.folder.join("assets");
    program(&assets.join(NAME), BINARY);
    release.downloads_from(&format!("file://{}", assets.display()));
    assert_started(&release.run().run());
    assert_eq!(release.kept(), [release.cached()]);
}

#[test]
fn a_tampered_binary_is_named_by_both_digests_and_not_started_wherever_it_is() {
    let own = tempfile::tempdir().unwrap();
    write_sums(own.path(), NAME, BINARY);
    let release = Release::new();
    for (place, folder) in [
        (release.dist().join(NAME), ""),
        (own.path().join(NAME), own.path().to_str().unwrap()),
        (release.cached(), ""),
    ] {
        program(&place, TAMPERED);
        let message = refusal(&release.run().env("CI_ACTIONS_BIN_DIR", folder).run());
        assert_names_both_digests(&message);
        let folder = place.parent().unwrap().file_name().unwrap();
        let shown = format!("{}/{NAME} has SHA-256", folder.to_str().unwrap());
        assert!(message.contains(&shown), "{message}");
        fs::remove_file(place).unwrap();
    }
}

#[test]
fn a_tampered_download_is_refused_and_does_not_stay() {
    let release = Release::new();
    let downloads = Downloads::of(Some(TAMPERED));
    release.downloads_from(&downloads.url());
    let message = refusal(&release.run().run());
    assert_names_both_digests(&message);
    assert!(message.contains(&downloads.url()), "{message}");
    assert!(release.kept().is_empty(), "{:?}", release.kept());
    // So the next run gets what the release holds by then.
    let mended = Downloads::of(Some(BINARY));
    release.downloads_from(&mended.url());
    assert_started(&release.run().run());
}

#[test]
fn a_missing_download_is_an_error_that_names_it_and_leaves_nothing() {
    let release = Release::new();
    let downloads = Downloads::of(None);
    release.downloads_from(&downloads.url());
    let message = refusal(&release.run().run());
    let url = format!("{}/{NAME}", downloads.url());
    assert!(message.contains(&url), "{message}");
    assert!(release.kept().is_empty(), "{:?}", release.kept());
}

#[test]
fn a_tree_without_a_release_is_an_error_and_no_finding() {
    let release = Release::new();
    fs::remove_file(release.dist().join("url")).unwrap();
    let message = refusal(&release.run().run());
    assert!(message.contains("dist/url"), "{message}");
}

#[test]
fn a_cache_that_cannot_be_written_is_an_error_and_no_finding() {
    let release = Release::new();
    let downloads = Downloads::of(Some(BINARY));
    release.downloads_from(&downloads.url());
    fs::write(release.cache(), "a file where a folder should be").unwrap();
    refusal(&release.run().run());
    assert_eq!(downloads.asked(), Vec::<String>::new());
}

#[test]
fn an_unknown_platform_is_told_the_known_ones() {
    let release = Release::new();
    program(&release.dist().join(NAME), BINARY);
    let message = refusal(
        &release
            .run()
            .env("RUNNER_OS", "Linux")
            .env("RUNNER_ARCH", "RISCV64")
            .run(),
    );
    for word in ["Linux-RISCV64", "macOS", "Windows", "X64", "ARM64"] {
        assert!(message.contains(word), "{message}");
    }
}

#[test]
fn on_windows_the_binary_has_its_extension() {
    let release = Release::new();
    let name = "hello-windows-x64.exe";
    release.pins(name, BINARY);
    program(&release.dist().join(name), BINARY);
    assert_started(&release.run().env("RUNNER_OS", "Windows").run());
}

#[test]
fn a_tree_without_sums_is_no_release_and_says_how_to_make_one() {
    let release = Release::new();
    program(&release.dist().join(NAME), BINARY);
    fs::remove_file(release.dist().join("SHA256SUMS")).unwrap();
    let message = refusal(&release.run().run());
    assert!(
        message.contains("rerun-io/ci-actions/hello@v1"),
        "{message}"
    );
    assert!(message.contains("`cargo xtask dist`"), "{message}");
}

#[test]
fn a_binary_that_the_sums_do_not_list_is_not_started() {
    let release = Release::new();
    program(&release.dist().join(NAME), BINARY);
    // The name must be the whole one.
    release.pins("hello-linux-x64.old", BINARY);
    let message = refusal(&release.run().run());
    assert!(message.contains(NAME), "{message}");
    assert!(message.contains("does not list"), "{message}");
}

#[test]
fn spaces_in_the_folder_and_in_the_cache_do_no_harm() {
    let release = Release::below("a release  with spaces");
    let downloads = Downloads::of(Some(BINARY));
    release.downloads_from(&downloads.url());
    assert_started(&release.run().run());
    assert_eq!(release.kept(), [release.cached()]);
    assert!(
        release
            .cached()
            .to_str()
            .unwrap()
            .contains("a release  with")
    );
    program(&release.dist().join(NAME), BINARY);
    assert_started(&release.run().run());
}

#[test]
fn arguments_arrive_as_they_are() {
    let release = Release::new();
    program(&release.dist().join(NAME), BINARY);
    let outcome = release
        .run_with(&["a b", "line 1\nline 2", "", "*", "$HOME `id`", "--x=\"y\""])
        .run();
    assert_started(&outcome);
    assert_eq!(
        outcome.stdout,
        "started\n[a b]\n[line 1\nline 2]\n[]\n[*]\n[$HOME `id`]\n[--x=\"y\"]\n"
    );
}

#[test]
fn the_exit_code_of_the_binary_is_the_steps() {
    let release = Release::new();
    for code in [1, 2] {
        let binary = format!("#!/bin/sh\necho started\nexit {code}\n");
        release.pins(NAME, &binary);
        program(&release.dist().join(NAME), &binary);
        let outcome = release.run().run();
        outcome.assert_code(code);
        assert_eq!(outcome.annotations, [], "{outcome}");
    }
}

#[test]
fn a_signal_to_the_step_reaches_the_binary_because_it_is_the_same_process() {
    let release = Release::new();
    let binary = "#!/bin/sh\ntrap 'echo stopped; exit 7' TERM\necho \"binary $$\"\n\
                  while :; do sleep 0.02; done\n";
    release.pins(NAME, binary);
    program(&release.dist().join(NAME), binary);
    let step = r#"echo "step $$"; exec "$GITHUB_ACTION_PATH/../tree/dist/run.sh" hello"#;
    let running = Run::new("bash")
        .args(["-c", step])
        .env("GITHUB_ACTION_PATH", release.folder.join(ACTION))
        .limit(Duration::from_secs(60))
        .start();
    for _ in 0..3000 {
        if running.stdout().contains("binary ") {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    running.signal("TERM");
    let outcome = running.wait();
    outcome.assert_code(7);
    let lines: Vec<&str> = outcome.stdout.lines().collect();
    let [step, binary, "stopped"] = lines.as_slice() else {
        panic!("{outcome}");
    };
    assert_eq!(step.strip_prefix("step "), binary.strip_prefix("binary "));
}

/// A folder with links to what the launcher may need, without some of it.
fn path_without(missing: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in [
        "bash",
        "chmod",
        "curl",
        "env",
        "mkdir",
        "mv",
        "openssl",
        "perl",
        "rm",
        "sh",
        "sha256sum",
        "shasum",
        "uname",
    ] {
        let found = Command::new("sh")
            .args(["-c", &format!("command -v {name}")])
            .output()
            .unwrap();
        let place = String::from_utf8(found.stdout).unwrap();
        if found.status.success() && !missing.contains(&name) {
            symlink(place.trim(), folder.path().join(name)).unwrap();
        }
    }
    folder
}

#[test]
fn any_of_three_programs_makes_the_digest() {
    for missing in [
        &["sha256sum", "shasum"][..],
        &["openssl", "shasum"],
        &["openssl", "sha256sum"],
    ] {
        let release = Release::new();
        let path = path_without(missing);
        program(&release.dist().join(NAME), BINARY);
        assert_started(&release.run().env("PATH", path.path()).run());
        program(&release.dist().join(NAME), TAMPERED);
        let message = refusal(&release.run().env("PATH", path.path()).run());
        assert_names_both_digests(&message);
    }
}

#[test]
fn without_any_of_them_nothing_is_started() {
    let release = Release::new();
    let path = path_without(&["openssl", "sha256sum", "shasum"]);
    program(&release.dist().join(NAME), BINARY);
    refusal(&release.run().env("PATH", path.path()).run());
}

#[test]
fn without_a_home_and_without_a_runner_the_cache_is_in_the_temporary_folder() {
    let release = Release::new();
    let downloads = Downloads::of(Some(BINARY));
    release.downloads_from(&downloads.url());
    let temporary = release.folder.join("temporary");
    let launcher = release.dist().join("run.sh");
    let run = || {
        Run::new("env")
            .args(["-u", "HOME", "-u", "RUNNER_TOOL_CACHE"])
            .args(["-u", "RUNNER_OS", "-u", "RUNNER_ARCH", "bash"])
            .arg(&launcher)
            .arg(ACTION)
            .env("TMPDIR", &temporary)
            .run()
    };
    // What this machine is, `uname` says.
    let here = match std::env::consts::ARCH {
        "aarch64" => "hello-linux-arm64",
        _ => NAME,
    };
    release.pins(here, BINARY);
    assert_started(&run());
    assert_started(&run());
    assert_eq!(downloads.asked().len(), 1);
    assert_eq!(files(&temporary).len(), 1);
}
