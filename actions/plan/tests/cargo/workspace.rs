//! A generated repository of crates in several workspaces, with a crate of a registry that is a folder.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use testkit::repo::TempRepo;

/// Crates of the main workspace.
pub(crate) const MEMBERS: usize = 30;
/// Crates that are in no workspace, or in another one.
pub(crate) const OTHERS: [&str; 3] = ["lone", "tool-a", "tool-b"];

/// How one crate uses another: the table of the manifest, and what its line says.
const KINDS: [(&str, &str); 7] = [
    ("dependencies", "{ path = \"../NAME\" }"),
    ("dependencies", "{ workspace = true }"),
    ("dependencies", "{ path = \"../NAME\", optional = true }"),
    ("dev-dependencies", "{ path = \"../NAME\" }"),
    ("build-dependencies", "{ path = \"../NAME\" }"),
    (
        "target.'cfg(unix)'.dependencies",
        "{ path = \"../NAME\", features = [\"extra\"] }",
    ),
    ("dependencies", "RENAMED"),
];

pub(crate) fn name(index: usize) -> String {
    format!("c{index:02}")
}

/// The same numbers every time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

/// Writes everything, without a commit.
pub(crate) fn write(repo: &TempRepo) {
    let mut numbers = Numbers(11);
    let mut locals = String::new();
    for index in 0..MEMBERS {
        let name = name(index);
        writeln!(locals, "{name} = {{ path = \"crates/{name}\" }}").unwrap();
        member(repo, index, &mut numbers);
    }
    repo.write(
        "Cargo.toml",
        format!(
            "[workspace]\nresolver = \"2\"\nmembers = [\"crates/*\"]\nexclude = [\"lone\", \"tools\"]\n\n\
             [workspace.package]\nedition = \"2021\"\nversion = \"0.1.0\"\n\n\
             [workspace.lints.rust]\nunused = \"warn\"\n\n\
             [workspace.dependencies]\nleaf = \"1\"\nmiddle = \"1\"\n{locals}\n\
             [profile.dev]\ndebug = false\n"
        ),
    );
    package(repo, "lone", "lone", "");
    package(
        repo,
        "tools/tool-a",
        "tool-a",
        "[dependencies]\nc03 = { path = \"../../crates/c03\" }\n",
    );
    package(
        repo,
        "tools/tool-b",
        "tool-b",
        "[dependencies]\ntool-a = { path = \"../tool-a\" }\n",
    );
    repo.write(
        "tools/Cargo.toml",
        "[workspace]\nresolver = \"2\"\nmembers = [\"tool-a\", \"tool-b\"]\n",
    );
    repo.write(".gitignore", "/target\n/tools/target\n/lone/target\n");
    let mut jobs = String::from(
        "[platforms.linux]\nruns-on = \"ubuntu-latest\"\ndefault = true\n\n[plan]\nignore = [\".gitignore\"]\n\n",
    );
    let others = OTHERS.map(str::to_owned);
    for name in (0..MEMBERS).map(name).chain(others) {
        writeln!(jobs, "[jobs.{name}]\ncrates = [\"{name}\"]\n").unwrap();
    }
    repo.write(".github/ci-actions.toml", jobs);
}

fn package(repo: &TempRepo, folder: &str, name: &str, rest: &str) {
    repo.write(
        &format!("{folder}/Cargo.toml"),
        format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n{rest}"),
    );
    repo.write(&format!("{folder}/src/lib.rs"), "pub fn one() {}\n");
}

/// Crates of several shapes, which use up to three of those before them.
fn member(repo: &TempRepo, index: usize, numbers: &mut Numbers) {
    let name = name(index);
    let folder = format!("crates/{name}");
    let mut tables: Vec<(String, String)> = Vec::new();
    let count = if index == 0 { 0 } else { numbers.below(3) };
    let mut used = Vec::new();
    for _ in 0..count {
        let on = numbers.below(index);
        if used.contains(&on) {
            continue;
        }
        used.push(on);
        let other = self::name(on);
        let (table, line) = KINDS[numbers.below(KINDS.len())];
        let line = match line {
            "RENAMED" => format!("other-{on} = {{ package = \"{other}\", path = \"../{other}\" }}"),
            line => format!("{other} = {}", line.replace("NAME", &other)),
        };
        tables.push((table.to_owned(), line));
    }
    match index {
        4 | 9 => tables.push((
            "dependencies".to_owned(),
            "leaf.workspace = true".to_owned(),
        )),
        7 => tables.push((
            "dependencies".to_owned(),
            "middle.workspace = true".to_owned(),
        )),
        12 => tables.push((
            "dev-dependencies".to_owned(),
            "leaf.workspace = true".to_owned(),
        )),
        15 => tables.push((
            "dependencies".to_owned(),
            "lone = { path = \"../../lone\" }".to_owned(),
        )),
        _ => {}
    }
    tables.sort();
    let mut manifest = format!(
        "[package]\nname = \"{name}\"\nversion.workspace = true\nedition.workspace = true\n"
    );
    if index.is_multiple_of(2) {
        manifest.push_str("\n[lints]\nworkspace = true\n");
    }
    manifest.push_str("\n[features]\nextra = []\n");
    let mut table = String::new();
    for (next, line) in tables {
        if next != table {
            write!(manifest, "\n[{next}]\n").unwrap();
            table = next;
        }
        writeln!(manifest, "{line}").unwrap();
    }
    repo.write(&format!("{folder}/Cargo.toml"), manifest);
    repo.write(
        &format!("{folder}/src/lib.rs"),
        "mod inner;\npub fn one() { inner::two() }\n",
    );
    repo.write(&format!("{folder}/src/inner.rs"), "pub fn two() {}\n");
    for (every, path, text) in [
        (3, "tests/all.rs", "#[test]\nfn it_works() {}\n"),
        (5, "benches/fast.rs", "fn main() {}\n"),
        (4, "examples/show.rs", "fn main() {}\n"),
        (6, "src/bin/run.rs", "fn main() {}\n"),
        (7, "build.rs", "fn main() {}\n"),
        (
            10,
            "build.rs",
            "fn main() { println!(\"cargo:rerun-if-changed=schema.txt\"); }\n",
        ),
        (10, "schema.txt", "one\n"),
    ] {
        if index.is_multiple_of(every) {
            repo.write(&format!("{folder}/{path}"), text);
        }
    }
}

/// The registry: two versions of `leaf`, and `middle`, which uses it.
pub(crate) fn registry(folder: &Path) -> PathBuf {
    let vendor = folder.join("registry");
    for (name, version, rest) in [
        ("leaf", "1.0.0", "[features]\nextra = []\n"),
        ("leaf", "1.0.1", "[features]\nextra = []\n"),
        ("middle", "1.0.0", "[dependencies]\nleaf = \"1\"\n"),
    ] {
        let package = vendor.join(format!("{name}-{version}"));
        std::fs::create_dir_all(package.join("src")).unwrap();
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"{version}\"\nedition = \"2021\"\n\n{rest}"
        );
        std::fs::write(package.join("Cargo.toml"), manifest).unwrap();
        std::fs::write(package.join("src/lib.rs"), "").unwrap();
        std::fs::write(package.join(".cargo-checksum.json"), "{\"files\":{}}").unwrap();
    }
    vendor
}
