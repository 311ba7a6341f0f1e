//! `cargo xtask real-packages`: what well-known projects publish has to keep our rules, or the rules are wrong.
//!
//! It is the one command that needs the internet beyond the set-up: pip and cargo fetch pinned versions by name, as on any
//! machine, into `target`, and the rules look at them. Nothing of it is in the tests of every day.

mod list;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::process::{Cmd, tail};
use crate::setup::{self, Needs};
use crate::{project, term};
use list::{CRATES, WHEELS, Wheel};

/// Names the folder that the test reads; `crates/package-formats/tests/formats/real.rs` has the same.
const FOLDER: &str = "REAL_PACKAGES";

/// How much of a failure is shown.
const SHOWN_LINES: usize = 80;

pub(crate) fn run() -> Result<()> {
    setup::run(Needs::Demo)?;
    let folder = project::scratch().join("real-packages");
    fs::create_dir_all(&folder).context("failed to create the folder of packages")?;
    step(&format!("{} wheels by pip", WHEELS.len()), || {
        wheels(&folder)
    })?;
    step(&format!("{} crates by cargo", CRATES.len()), || {
        crates(&folder)
    })?;
    step("the rules", || rules(&folder))
}

fn step(label: &str, work: impl FnOnce() -> Result<String>) -> Result<()> {
    let progress = term::Progress::start(label);
    match work() {
        Ok(note) => {
            progress.passed(&note);
            Ok(())
        }
        Err(error) => {
            progress.failed("");
            Err(error)
        }
    }
}

/// What was fetched once stays: pinned files do not change.
fn wheels(folder: &Path) -> Result<String> {
    let mut fetched = 0;
    for wheel in WHEELS {
        let to = folder.join(wheel.folder());
        let is_there = fs::read_dir(&to).is_ok_and(|mut entries| entries.next().is_some());
        if !is_there {
            download(wheel, &to)?;
            fetched += 1;
        }
    }
    Ok(format!("{fetched} fetched, the others were already there"))
}

fn download(wheel: &Wheel, to: &Path) -> Result<()> {
    Cmd::new(project::venv_bin("python"))
        .args(["-m", "pip", "download", "--quiet", "--no-deps"])
        .args(["--only-binary=:all:", "--implementation=cp"])
        .args([
            "--platform",
            wheel.platform,
            "--python-version",
            wheel.python,
        ])
        .arg("--dest")
        .arg(to)
        .arg(wheel.requirement)
        .run()
        .with_context(|| {
            format!(
                "failed to download {} for {}",
                wheel.requirement, wheel.platform
            )
        })
        .map(drop)
}

/// Cargo keeps each `.crate` that it fetches: a package that depends on all of them is how it is told which.
fn crates(folder: &Path) -> Result<String> {
    let package = folder.join("fetch");
    fs::create_dir_all(package.join("src")).context("failed to create a package")?;
    let mut manifest = String::from(
        "[package]\nname = \"fetch\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n[workspace]\n\n[dependencies]\n",
    );
    for (name, version) in CRATES {
        manifest += &format!("{name} = \"={version}\"\n");
    }
    fs::write(package.join("Cargo.toml"), manifest)
        .and_then(|()| fs::write(package.join("src/lib.rs"), ""))
        .context("failed to write a package")?;
    Cmd::new("cargo")
        .args(["fetch", "--quiet"])
        .dir(&package)
        .run()
        .context("failed to fetch the crates")?;
    let caches = caches()?;
    for (name, version) in CRATES {
        let file = format!("{name}-{version}.crate");
        let Some(from) = caches
            .iter()
            .map(|cache| cache.join(&file))
            .find(|path| path.is_file())
        else {
            bail!("failed to find `{file}` in what cargo has fetched");
        };
        fs::copy(&from, folder.join(&file)).with_context(|| format!("failed to copy `{file}`"))?;
    }
    Ok(String::new())
}

/// One folder for each registry that cargo knows.
fn caches() -> Result<Vec<PathBuf>> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let user = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo"));
    let home = home
        .or(user)
        .context("failed to find cargo's home: set CARGO_HOME")?;
    let folder = home.join("registry/cache");
    let entries =
        fs::read_dir(&folder).with_context(|| format!("failed to read `{}`", folder.display()))?;
    Ok(entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect())
}

fn rules(folder: &Path) -> Result<String> {
    let finished = Cmd::new("cargo")
        .args(["test", "--quiet", "--workspace", "--test", "formats"])
        .args([
            "--",
            "--ignored",
            "--exact",
            "real::real_packages_keep_the_rules",
            "--nocapture",
        ])
        .dir(project::root())
        .env(FOLDER, folder)
        .finish()?;
    if !finished.status.success() {
        term::info(&tail(&finished.output(), SHOWN_LINES));
        bail!("failed: a rule rejects a widely used package, see above");
    }
    let seen = finished
        .stdout
        .lines()
        .find(|line| line.contains(" wheels and "));
    let seen = seen.context("failed to see that the test ran")?;
    Ok(seen.trim().to_owned())
}
