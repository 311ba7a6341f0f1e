//! Packages that the real cargo builds, in a temporary folder with a home of its own: no other network than the registry.
//!
//! A dependency without `registry-index` in the manifest of a `.crate` means crates.io to cargo, as `registry = null` in an
//! index means "here". So crates for another registry come in two kinds, and both are published and built from here:
//! - those of a workspace that is made for crates.io, which name no registry. A registry that reads the manifest, as ours
//!   does, finds the siblings in itself; one that reads the JSON of the upload is told crates.io, as cargo would tell it.
//!   Users put the registry in the place of crates.io by `[source.crates-io] replace-with`;
//! - those that say `registry = "ours"`, which cargo turns into `registry-index`. Users name the registry as well.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;
use testkit::cargo_registry::CargoRegistry;

/// How the crates say where their dependencies come from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Origin {
    /// They do not, so from crates.io, whose place the registry takes.
    Unnamed,
    /// From the registry by its name.
    Named,
}

impl Origin {
    /// A dependency on `name`, as it is written in a manifest.
    fn dependency(self, name: &str, path: &str) -> String {
        let registry = match self {
            Self::Unnamed => "",
            Self::Named => ", registry = \"ours\"",
        };
        format!("[dependencies]\n{name} = {{ version = \"0.1.0\"{path}{registry} }}\n")
    }
}

pub(crate) struct Workshop {
    folder: TempDir,
    origin: Origin,
}

impl Workshop {
    /// A workspace `zz-core`, and `hello-b`, which needs it; the order of their names is not that of publishing.
    pub(crate) fn new(registry: &CargoRegistry, origin: Origin) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let workshop = Self { folder, origin };
        let index = registry.index_url();
        let config = format!("[registries.ours]\nindex = \"{index}\"\n[net]\nretry = 1\n");
        write(&workshop.path("home/config.toml"), &config);
        if matches!(origin, Origin::Unnamed) {
            // For the user only: cargo packages nothing where crates.io is replaced.
            let replaced = format!(
                "[source.crates-io]\nreplace-with = \"ours\"\n[source.ours]\nregistry = \"{index}\"\n"
            );
            write(&workshop.path("user/.cargo/config.toml"), &replaced);
        }
        let members = "[workspace]\nresolver = \"3\"\nmembers = [\"zz-core\", \"hello-b\"]\n";
        write(&workshop.path("workspace/Cargo.toml"), members);
        workshop.says(1);
        let needs = origin.dependency("zz-core", ", path = \"../zz-core\"");
        let two = "pub fn two() -> u8 { 2 * zz_core::one() }\n";
        workshop.package("workspace/hello-b", "hello-b", &needs, two);
        workshop
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What the crate that the other needs returns.
    pub(crate) fn says(&self, number: u8) {
        let one = format!("pub fn one() -> u8 {{ {number} }}\n");
        self.package("workspace/zz-core", "zz-core", "", &one);
    }

    fn package(&self, folder: &str, name: &str, tables: &str, source: &str) {
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\ndescription = \"d\"\nlicense = \"MIT\"\n{tables}"
        );
        write(&self.path(folder).join("Cargo.toml"), &manifest);
        write(&self.path(folder).join("src/lib.rs"), source);
    }

    /// Changes a file of the workspace; the old text must be there.
    pub(crate) fn edit(&self, name: &str, from: &str, to: &str) {
        let file = self.path(&format!("workspace/{name}"));
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains(from), "{text}");
        fs::write(&file, text.replace(from, to)).unwrap();
    }

    /// Publishes a crate of the workspace by cargo itself.
    pub(crate) fn cargo_publishes(&self, name: &str, token: &str) {
        let args = [
            "publish",
            "--registry",
            "ours",
            "--allow-dirty",
            "--no-verify",
        ];
        let args = [&args[..], &["--token", token, "--package", name]].concat();
        let published = self.cargo("workspace", &args);
        assert!(published.status.success(), "{}", log(&published));
    }

    /// Packages the workspace, and gives the folder with its two `.crate` files.
    pub(crate) fn packaged(&self) -> PathBuf {
        let mut args = vec!["package", "--offline", "--workspace", "--no-verify"];
        args.extend(["--allow-dirty", "--quiet"]);
        if matches!(self.origin, Origin::Named) {
            args.extend(["--registry", "ours"]);
        }
        let packaged = self.cargo("workspace", &args);
        assert!(packaged.status.success(), "{}", log(&packaged));
        self.path("target/package")
    }

    /// What a new crate prints that needs `hello-b` of the registry.
    pub(crate) fn build_a_dependant(&self) -> String {
        let needs = self.origin.dependency("hello-b", "");
        let tables = format!("{needs}[workspace]\n");
        self.package("user", "user", &tables, "");
        let main = "fn main() { println!(\"two is {}\", hello_b::two()); }\n";
        write(&self.path("user/src/main.rs"), main);
        let ran = self.cargo("user", &["run", "--quiet"]);
        assert!(ran.status.success(), "{}", log(&ran));
        String::from_utf8(ran.stdout).unwrap()
    }

    /// The lock file of that crate.
    pub(crate) fn locked(&self) -> String {
        fs::read_to_string(self.path("user/Cargo.lock")).unwrap()
    }

    fn cargo(&self, folder: &str, args: &[&str]) -> Output {
        Command::new(env!("CARGO"))
            .args(args)
            .current_dir(self.path(folder))
            .env_remove("CARGO_BUILD_TARGET")
            .env_remove("RUSTFLAGS")
            .env("CARGO_HOME", self.path("home"))
            .env("CARGO_TARGET_DIR", self.path("target"))
            .output()
            .unwrap()
    }
}

fn write(file: &Path, text: &str) {
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, text).unwrap();
}

fn log(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
