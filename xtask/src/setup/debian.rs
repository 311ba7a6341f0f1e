//! What no package registry has, from Debian and its descendants: a browser that looks at the web pages, and shellcheck.

use anyhow::{Context as _, Result, bail};

use super::show;
use crate::{process::Cmd, term};

/// A package, and the programs of which one is enough.
struct Package {
    name: &'static str,
    programs: &'static [&'static str],
}

const PACKAGES: [Package; 2] = [
    Package {
        name: "chromium",
        programs: &["chromium", "chromium-browser", "google-chrome"],
    },
    Package {
        name: "shellcheck",
        programs: &["shellcheck"],
    },
];

/// Installs them where this user may do that. Without one, what needs it says so and is skipped; in continuous integration, it fails.
pub(super) fn install() {
    let missing: Vec<&Package> = PACKAGES
        .iter()
        .filter(|package| !package.programs.iter().any(|program| runs(program)))
        .collect();
    let Some(apt) = apt().filter(|_| !missing.is_empty()) else {
        return;
    };
    let names: Vec<&str> = missing.iter().map(|package| package.name).collect();
    let label = format!("{} for the tests, with apt-get", names.join(" and "));
    if let Err(error) = show(&label, || install_packages(&apt, &names)) {
        term::info(&format!("{error:#}"));
    }
}

fn install_packages(apt: &[&str], names: &[&str]) -> Result<()> {
    let Some((program, arguments)) = apt.split_first() else {
        bail!("failed to find apt-get");
    };
    let run = |more: &[&str]| Cmd::new(program).args(arguments).args(more).run();
    run(&["update", "--quiet"]).context("failed to update the list of Debian's packages")?;
    let install = ["install", "--quiet", "--yes", "--no-install-recommends"];
    // One that this system does not have keeps none of the others away.
    let installed: Vec<Result<()>> = names
        .iter()
        .map(|name| {
            run(&[&install[..], &[name]].concat())
                .map(|_| ())
                .with_context(|| format!("failed to install {name}"))
        })
        .collect();
    installed.into_iter().collect()
}

/// How this user may call apt-get, if at all. `sudo` only changes machines that are made for one run.
fn apt() -> Option<Vec<&'static str>> {
    const APT: [&str; 3] = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"];
    if !runs("apt-get") {
        return None;
    }
    let said = Cmd::new("id").arg("-u").run();
    if said.is_ok_and(|said| said.trim() == "0") {
        return Some(APT.to_vec());
    }
    let in_ci = std::env::var("CI").is_ok_and(|value| value == "true");
    let may = in_ci && Cmd::new("sudo").args(["-n", "true"]).run().is_ok();
    may.then(|| [&["sudo", "-n"][..], &APT].concat())
}

fn runs(program: &str) -> bool {
    Cmd::new(program).arg("--version").run().is_ok()
}
