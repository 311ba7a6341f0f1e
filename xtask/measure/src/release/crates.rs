//! A workspace of small crates, packaged once, and the programs that publish it.

use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;
use testkit::cargo_registry::{CargoRegistry, Options};

use crate::process::{self, Cmd};
use crate::project;
use crate::timed::quiet;
use crate::turns::Program;

pub(super) const OURS: &str = "`publish-crates`";
pub(super) const CARGO: &str = "`cargo publish --workspace --no-verify`";

/// How deep the tree of dependencies is, and how many of the level below each crate needs.
const LEVELS: u32 = 10;
const NEEDS: u32 = 3;
const VERSION: &str = "1.0.0";
const TOKEN: &str = "t0ken";

/// The crates, and where their registry is.
#[derive(Debug, Clone)]
pub(super) struct Workspace {
    folder: PathBuf,
    /// The `.crate` files.
    packages: PathBuf,
    names: Rc<[String]>,
    /// One for all registries, because the manifest of a crate says where its dependencies are.
    port: u16,
}

/// A registry without crates, and a home for cargo that knows none.
#[derive(Debug)]
pub(super) struct Place {
    registry: CargoRegistry,
    home: TempDir,
    _files: TempDir,
}

impl Workspace {
    pub(super) fn make(count: u32) -> Result<Self> {
        let folder = project::target().join("bench").join("release-crates");
        if folder.exists() {
            fs::remove_dir_all(&folder)
                .with_context(|| format!("failed to empty `{}`", folder.display()))?;
        }
        let names = (0..count).map(|number| format!("bench-{number:03}"));
        let workspace = Self {
            packages: folder.join("packages"),
            folder,
            names: names.collect(),
            port: process::free_port()?,
        };
        workspace.write()?;
        let place = workspace.start()?;
        workspace.package(&place).run()?;
        fs::create_dir_all(&workspace.packages).context("failed to create a folder")?;
        for name in workspace.names.iter() {
            let file = format!("{name}-{VERSION}.crate");
            let packaged = workspace.folder.join("target/package").join(&file);
            fs::copy(&packaged, workspace.packages.join(&file))
                .with_context(|| format!("failed to copy `{}`", packaged.display()))?;
        }
        Ok(workspace)
    }

    pub(super) fn name(&self) -> String {
        let count = self.names.len();
        let levels = count.div_ceil(self.width());
        format!("{count} crates, {levels} levels deep")
    }

    /// Crates in a level.
    fn width(&self) -> usize {
        self.names.len().div_ceil(LEVELS as usize).max(1)
    }

    fn write(&self) -> Result<()> {
        write(
            &self.folder.join("Cargo.toml"),
            "[workspace]\nresolver = \"3\"\nmembers = [\"crates/*\"]\n",
        )?;
        for (number, name) in self.names.iter().enumerate() {
            let folder = self.folder.join("crates").join(name);
            write(&folder.join("Cargo.toml"), &self.manifest(number, name))?;
            write(&folder.join("src/lib.rs"), &source(name))?;
            write(&folder.join("README.md"), &format!("# {name}\n"))?;
        }
        Ok(())
    }

    fn manifest(&self, number: usize, name: &str) -> String {
        let mut manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"{VERSION}\"\nedition = \"2021\"\n\
             description = \"Part {number} of a workspace\"\nlicense = \"MIT\"\nreadme = \"README.md\"\n\n[dependencies]\n"
        );
        for needed in self.needs(number) {
            manifest.push_str(&format!(
                "{needed} = {{ version = \"{VERSION}\", path = \"../{needed}\", registry = \"bench\" }}\n"
            ));
        }
        manifest
    }

    /// Neighbours in the level below.
    fn needs(&self, number: usize) -> Vec<&String> {
        let width = self.width();
        let Some(below) = (number / width).checked_sub(1) else {
            return Vec::new();
        };
        let mut needs: Vec<&String> = (0..NEEDS as usize)
            .filter_map(|next| self.names.get(below * width + (number + next) % width))
            .collect();
        needs.sort();
        needs.dedup();
        needs
    }

    pub(super) fn start(&self) -> Result<Place> {
        let files = in_memory().context("failed to create a folder")?;
        let options = Options {
            port: self.port,
            folder: Some(files.path().to_owned()),
            ..Options::default()
        };
        let registry = CargoRegistry::start(options).context("failed to start the registry")?;
        let home = tempfile::tempdir().context("failed to create a folder")?;
        Ok(Place {
            registry,
            home,
            _files: files,
        })
    }

    /// Whether the registry has all crates.
    pub(super) fn check(&self, place: &Place) -> Result<()> {
        let missing = |name: &&String| place.registry.versions(name).len() != 1;
        let missing = self.names.iter().filter(missing).count();
        ensure!(missing == 0, "{missing} crates are missing");
        Ok(())
    }

    /// Ours first.
    pub(super) fn programs(&self, binary: &Path) -> Vec<Program<Place>> {
        let (ours, theirs) = (self.clone(), self.clone());
        let binary = binary.to_owned();
        vec![
            Program::twice(OURS, move |place: &Place| Ok(ours.ours(&binary, place))),
            Program::new(CARGO, move |place| Ok(theirs.cargo("publish", place))),
        ]
    }

    pub(super) fn ours(&self, binary: &Path, place: &Place) -> Cmd {
        quiet(binary)
            .args(["--files", "*.crate"])
            .args(["--registry", &place.registry.index_url()])
            .env("INPUT_TOKEN", TOKEN)
            .dir(&self.packages)
    }

    pub(super) fn package(&self, place: &Place) -> Cmd {
        self.cargo("package", place)
    }

    fn cargo(&self, command: &str, place: &Place) -> Cmd {
        quiet("cargo")
            .args([command, "--workspace", "--no-verify", "--allow-dirty"])
            .args(["--quiet", "--registry", "bench"])
            .dir(&self.folder)
            .env("CARGO_HOME", place.home.path())
            .env("CARGO_TARGET_DIR", self.folder.join("target"))
            .env("CARGO_REGISTRIES_BENCH_INDEX", place.registry.index_url())
            .env("CARGO_REGISTRIES_BENCH_TOKEN", TOKEN)
    }
}

/// A folder in memory, where the system has one: how long a disk takes is none of what is measured.
fn in_memory() -> std::io::Result<TempDir> {
    let memory = Path::new("/dev/shm");
    match memory.is_dir() {
        true => tempfile::tempdir_in(memory),
        false => tempfile::tempdir(),
    }
}

/// As much as a small module has.
fn source(name: &str) -> String {
    let functions = (0..20).map(|number| {
        format!(
            "\n/// Number {number} of `{name}`.\npub fn number_{number}(x: u64) -> u64 {{\n    x.wrapping_mul({number}).rotate_left({number})\n}}\n"
        )
    });
    let functions: String = functions.collect();
    format!("//! A small crate.\n{functions}")
}

fn write(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder)
        .with_context(|| format!("failed to create `{}`", folder.display()))?;
    fs::write(path, text).with_context(|| format!("failed to write `{}`", path.display()))
}
