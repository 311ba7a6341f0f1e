//! A small repository with the shapes that large ones have: examples as members, a package under another name, inherited and
//! optional dependencies, features that a user switches on, a build script that says what it reads, workspaces with locks of
//! their own.

use std::fmt::Write as _;

use testkit::repo::TempRepo;

/// A change of some files by replacing text, and the crates that it affects.
pub(crate) struct Change {
    pub(crate) what: &'static str,
    /// Path, old and new text.
    pub(crate) edits: &'static [(&'static str, &'static str, &'static str)],
    pub(crate) affected: &'static [&'static str],
    /// Those among them that cargo does not build anew, because it sees that nothing reads what has changed.
    pub(crate) spared: &'static [&'static str],
}

/// `app` → `ui` → `query` → `types` → `base`.
const CRATES: [(&str, &str); 9] = [
    ("crates/base", ""),
    (
        "crates/types",
        "[dependencies]\nfoundation = { package = \"base\", path = \"../base\" }\n",
    ),
    (
        "crates/query",
        "[features]\nfast = [\"dep:leaf\"]\n\n[dependencies]\ntypes.workspace = true\nleaf = { workspace = true, optional = true }\n",
    ),
    (
        "crates/ui",
        "[dependencies]\nquery = { workspace = true, features = [\"fast\"] }\n",
    ),
    ("crates/testing", "[dependencies]\ntypes.workspace = true\n"),
    (
        "crates/app",
        "[dependencies]\nui = { path = \"../ui\" }\n\n[dev-dependencies]\ntesting = { path = \"../testing\" }\n",
    ),
    (
        "examples/rust/minimal",
        "[dependencies]\napp = { path = \"../../../crates/app\" }\n",
    ),
    (
        "examples/rust/headless",
        "[dependencies]\nquery.workspace = true\n",
    ),
    (
        "tools/gen",
        "[dependencies]\ntypes = { path = \"../../crates/types\" }\nmiddle = \"1\"\n",
    ),
];

pub(crate) const CHANGES: &[Change] = &[
    Change {
        what: "the source of a crate that others use under another name",
        edits: &[("crates/base/src/lib.rs", "one", "two")],
        affected: &[
            "app", "base", "gen", "headless", "minimal", "query", "testing", "types", "ui",
        ],
        spared: &[],
    },
    Change {
        what: "the source of an example",
        edits: &[("examples/rust/minimal/src/lib.rs", "one", "two")],
        affected: &["minimal"],
        spared: &[],
    },
    Change {
        what: "the source of a crate that only tests use",
        edits: &[("crates/testing/src/lib.rs", "one", "two")],
        affected: &["app", "testing"],
        spared: &[],
    },
    Change {
        what: "a test",
        edits: &[("crates/app/tests/all.rs", "works", "still_works")],
        affected: &["app"],
        spared: &[],
    },
    Change {
        what: "a file that a build script names",
        edits: &[("assets/style.txt", "one", "two")],
        affected: &["app", "minimal", "ui"],
        spared: &[],
    },
    Change {
        what: "a file beside the sources that nothing reads",
        edits: &[("crates/ui/README.md", "one", "two")],
        affected: &["app", "minimal", "ui"],
        spared: &["app", "minimal", "ui"],
    },
    Change {
        what: "a version in the lock file of one workspace",
        edits: &[("Cargo.lock", super::OLD_LEAF, super::NEW_LEAF)],
        affected: &["app", "headless", "minimal", "query", "ui"],
        spared: &[],
    },
    Change {
        what: "a version in the lock file of another one, of something used through something else",
        edits: &[("tools/Cargo.lock", super::OLD_LEAF, super::NEW_LEAF)],
        affected: &["gen"],
        spared: &[],
    },
    Change {
        what: "an inherited dependency",
        edits: &[(
            "Cargo.toml",
            "leaf = \"1\"",
            "leaf = { version = \"1\", features = [\"extra\"] }",
        )],
        affected: &["app", "headless", "minimal", "query", "ui"],
        spared: &[],
    },
    Change {
        what: "a feature",
        edits: &[(
            "crates/types/Cargo.toml",
            "[dependencies]",
            "[features]\nmore = []\n\n[dependencies]",
        )],
        affected: &[
            "app", "gen", "headless", "minimal", "query", "testing", "types", "ui",
        ],
        spared: &[],
    },
    Change {
        what: "a dependency that goes away",
        edits: &[
            (
                "examples/rust/minimal/Cargo.toml",
                "app = { path = \"../../../crates/app\" }",
                "",
            ),
            (
                "Cargo.lock",
                "name = \"minimal\"\nversion = \"0.1.0\"\ndependencies = [\n \"app\",\n]\n",
                "name = \"minimal\"\nversion = \"0.1.0\"\n",
            ),
        ],
        affected: &["minimal"],
        spared: &[],
    },
    Change {
        what: "a crate that an example does not use any more",
        edits: &[("crates/app/src/lib.rs", "one", "two")],
        affected: &["app"],
        spared: &[],
    },
    Change {
        what: "the lints of a workspace, which one crate inherits",
        edits: &[("Cargo.toml", "unused = \"warn\"", "unused = \"allow\"")],
        affected: &["app", "headless", "query", "ui"],
        spared: &[],
    },
];

/// Writes everything, without a commit.
pub(crate) fn write(repo: &TempRepo) {
    repo.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"2\"\nmembers = [\"crates/*\", \"examples/rust/*\"]\nexclude = [\"lone\", \"tools\"]\n\n\
         [workspace.lints.rust]\nunused = \"warn\"\n\n\
         [workspace.dependencies]\nleaf = \"1\"\nquery = { path = \"crates/query\" }\ntypes = { path = \"crates/types\" }\n",
    );
    repo.write(
        "tools/Cargo.toml",
        "[workspace]\nresolver = \"2\"\nmembers = [\"gen\"]\n",
    );
    let mut jobs = String::from(
        "[plan]\nignore = [\".gitignore\"]\n\n[platforms.linux]\nruns-on = \"ubuntu-latest\"\ndefault = true\n",
    );
    for (folder, tables) in CRATES
        .into_iter()
        .chain([("lone", "[dependencies]\nleaf = \"1\"\n")])
    {
        let name = folder.rsplit('/').next().unwrap();
        let lints = match name {
            "query" => "\n[lints]\nworkspace = true\n",
            _ => "",
        };
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n{lints}\n{tables}"
        );
        repo.write(&format!("{folder}/Cargo.toml"), manifest);
        repo.write(&format!("{folder}/src/lib.rs"), "pub fn one() {}\n");
        write!(jobs, "\n[jobs.{name}]\ncrates = [\"{name}\"]\n").unwrap();
    }
    repo.write("crates/app/tests/all.rs", "#[test]\nfn works() {}\n");
    repo.write(
        "crates/ui/build.rs",
        "fn main() { println!(\"cargo:rerun-if-changed=../../assets/style.txt\"); }\n",
    );
    repo.write("crates/ui/README.md", "one\n");
    repo.write("assets/style.txt", "one\n");
    repo.write(".gitignore", "/target\n/tools/target\n/lone/target\n");
    repo.write(".github/ci-actions.toml", jobs);
}
