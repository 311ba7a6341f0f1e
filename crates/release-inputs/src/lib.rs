//! What the actions of a release have in common: inputs that say where a version goes, and the connections made of them.

mod ending;
mod rate;
mod registries;

use actions_core::{Context, Permission, Secret, When};
use anyhow::Context as _;
use package_store::Manifest;
use publishing::{
    Transport, crates_io, github_release,
    preflight::Around,
    release::{Off, Targets},
};

pub use ending::{Ending, block_on};
pub use rate::rate;
pub use registries::{
    identity, index, index_credentials, registry, registry_credentials, transport,
};

/// Whether a place gets, or has, its packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Place {
    /// If the version has packages for it.
    Auto,
    /// It is left out, on purpose.
    Off,
}

/// Where a version goes.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub struct Places {
    /// Python index for wheels and sdists: `auto` if the version has any, or `off`
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = Place::Auto)]
    pub pypi: Place,
    /// Upload URL of the index; defaults to PyPI
    #[arg(long, value_name = "URL")]
    pub index_url: Option<String>,
    /// Simple API of the index; by default derived from `index-url`
    #[arg(long, value_name = "URL")]
    pub simple_url: Option<String>,
    /// User name for the index
    #[arg(long, value_name = "NAME", default_value = "__token__")]
    pub pypi_username: String,
    /// Password or API token of the index; defaults to trusted publishing with the job's identity
    #[arg(long, value_name = "SECRET")]
    pub pypi_password: Option<Secret>,
    /// Registry for crates: `auto` if the version has any, or `off`
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = Place::Auto)]
    pub crates: Place,
    /// Sparse index of the registry, such as sparse+https://…; defaults to crates.io
    #[arg(long, value_name = "URL")]
    pub registry: Option<String>,
    /// Sparse index of a crates.io mirror, for dependencies that `registry` does not have; defaults to crates.io
    #[arg(long, value_name = "URL")]
    pub crates_io_mirror: Option<String>,
    /// API token of the registry; defaults to trusted publishing with the job's identity
    #[arg(long, value_name = "SECRET")]
    pub crates_token: Option<Secret>,
    /// Release on GitHub: `auto` or `off`
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = Place::Auto)]
    pub github: Place,
    /// Token for GitHub
    #[arg(long, value_name = "SECRET")]
    pub token: Option<Secret>,
}

/// The places that could be connected to.
#[derive(Debug, Default)]
pub struct Reached {
    /// Those that could.
    pub targets: Targets,
    /// Why the Cargo registry could not.
    pub registry: Option<anyhow::Error>,
}

/// What tokens of people begin with. Every other one may be the job's own, whose events start no workflow.
const OF_PEOPLE: [&str; 4] = ["ghp_", "github_pat_", "gho_", "ghu_"];

fn is_of_job(token: &str) -> bool {
    !OF_PEOPLE.iter().any(|prefix| token.starts_with(prefix))
}

/// The permission that trusted publishing needs.
pub const IDENTITY: Permission = Permission {
    scope: "id-token",
    access: "write",
    when: When::Missing("pypi-password"),
    reason: "Trusted publishing, also for crates if `crates-token` is not set.",
};

impl Places {
    /// What is turned off.
    pub fn off(&self) -> Off {
        Off {
            pypi: self.pypi == Place::Off,
            crates: self.crates == Place::Off,
            github: self.github == Place::Off,
        }
    }

    /// Connects to the places that the version has packages for and that are not turned off.
    ///
    /// # Errors
    /// An address that is not one, or a registry that does not answer as one.
    pub async fn connect(
        &self,
        cx: &Context,
        manifest: &Manifest,
        dry_run: bool,
    ) -> anyhow::Result<Targets> {
        let Reached { targets, registry } = self.reach(cx, manifest, dry_run).await?;
        match registry {
            None => Ok(targets),
            Some(error) => Err(error),
        }
    }

    /// The same as far as it goes: a registry that does not answer keeps nobody from looking at the other places.
    ///
    /// # Errors
    /// An address that is not one.
    pub async fn reach(
        &self,
        cx: &Context,
        manifest: &Manifest,
        dry_run: bool,
    ) -> anyhow::Result<Reached> {
        let off = self.off();
        let has = |kinds: &[&str]| {
            let mut packages = manifest.packages().iter();
            packages.any(|record| kinds.contains(&record.kind.as_str()))
        };
        let transport = transport(cx)?;
        let mut reached = Reached::default();
        let targets = &mut reached.targets;
        if !off.pypi && has(&["wheel", "sdist"]) {
            let (upload, simple) = (self.index_url.as_deref(), self.simple_url.as_deref());
            let index = registries::index(&transport, upload, simple)?;
            let (user, password) = (&self.pypi_username, self.pypi_password.as_ref());
            let credentials = index_credentials(cx, &transport, &index, user, password);
            targets.pypi = Some((index, credentials));
        }
        if !off.github {
            targets.github = self.repository(cx, dry_run)?;
        }
        if !off.crates && has(&["crate"]) {
            match self.registry(cx, &transport).await {
                Ok(registry) => targets.crates = Some(registry),
                Err(error) => reached.registry = Some(error),
            }
        }
        Ok(reached)
    }

    /// What a preflight has to know of the run; `rehearsal` says that nothing will be published after it.
    pub fn around(&self, cx: &Context, rehearsal: bool) -> Around {
        let token = self.token.as_ref().map(Secret::expose);
        Around {
            identity: identity(cx),
            own_token: token.is_some_and(is_of_job),
            rehearsal,
            ..Around::default()
        }
    }

    async fn registry(
        &self,
        cx: &Context,
        transport: &Transport,
    ) -> anyhow::Result<(crates_io::Registry, Option<crates_io::Credentials>)> {
        let (index, mirror) = (self.registry.as_deref(), self.crates_io_mirror.as_deref());
        let token = self.crates_token.as_ref();
        let registry = registries::registry(transport, index, mirror, token).await?;
        let credentials = registry_credentials(cx, transport, &registry, token)?;
        Ok((registry, credentials))
    }

    /// The repository of the run; `None` without a token or outside of any repository.
    fn repository(
        &self,
        cx: &Context,
        dry_run: bool,
    ) -> anyhow::Result<Option<github_release::Repository>> {
        let Some(token) = &self.token else {
            return Ok(None);
        };
        let log = cx.log.clone();
        let repository = github_release::Repository::of_job(
            |name| cx.env.get(name),
            Some(token.expose()),
            move |line| log.info(line),
        )
        .context("failed to reach the release on GitHub, which `github: off` skips")?;
        Ok(Some(repository.dry_run(dry_run)))
    }
}
