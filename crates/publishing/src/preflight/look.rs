//! The one part of a preflight that asks anybody: each source on its own, so that a broken one hides nothing of the others.

mod bucket;
mod crates;
mod github;
mod pypi;
mod token;

use package_store::Store;

use super::{
    claims::Claims,
    facts::{Facts, File, Inside, Job, Login, Rate},
    report::Unseen,
};
use crate::{
    release::{Opened, Packages, Targets},
    trusted::{self, Identity, Publisher},
};

/// Whom the identity is for that only its own job reads.
const AUDIENCE: &str = "ci-actions-preflight";

/// What is known of the run around a release.
#[derive(Clone, Default)]
pub struct Around {
    /// How fast files travel, if that is known.
    pub rate: Option<Rate>,
    /// The job's identity, if it has one: it says in which workflow the job is.
    pub identity: Option<Identity>,
    /// Whether GitHub's token is, or may be, the job's own, whose events start no workflow.
    pub own_token: bool,
    /// Why the Cargo registry could not be opened, where it is not among the targets for that reason.
    pub registry_error: Option<String>,
    /// Whether GitHub gets a release, so that it is a problem if there is nobody to ask.
    pub expects_github: bool,
    /// Whether nothing will be published after this, so that missing credentials are only a caution.
    pub rehearsal: bool,
}

impl std::fmt::Debug for Around {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Around")
            .field("rate", &self.rate)
            .field("own_token", &self.own_token)
            .field("rehearsal", &self.rehearsal)
            .finish_non_exhaustive()
    }
}

/// What the sources said, and which ones could not be read.
pub(super) async fn gather(
    packages: &Packages,
    store: &Store,
    targets: &Targets,
    around: &Around,
) -> (Facts, Vec<Unseen>) {
    let mut unseen = Sources::default();
    let (bucket, pypi, crates, github, claims) = futures::join!(
        bucket::look(packages, store),
        pypi::look(packages, targets),
        crates::look(packages, targets, around),
        github::look(packages, targets, around),
        claims(targets, around),
    );
    let (bucket, dropped) = unseen.take(bucket);
    let facts = Facts {
        version: packages.version().to_owned(),
        commit: packages.commit().to_owned(),
        tag: packages.tag.clone(),
        files: files(packages),
        bucket,
        dropped,
        pypi: unseen.take(pypi),
        crates: unseen.take(crates),
        github: unseen.take(github),
        job: Job {
            claims: unseen.take(claims),
            rehearsal: around.rehearsal,
            lacks_github: around.expects_github && targets.github.is_none(),
        },
        rate: around.rate,
    };
    (facts, unseen.0)
}

/// What a source said, with what of it could not be read.
pub(super) type Seen<T> = (T, Vec<Unseen>);

#[derive(Default)]
struct Sources(Vec<Unseen>);

impl Sources {
    fn take<T>(&mut self, (seen, unseen): Seen<T>) -> T {
        self.0.extend(unseen);
        seen
    }
}

/// `None` for what could not be read, which is noted.
fn read<T, E: std::fmt::Display>(
    unseen: &mut Vec<Unseen>,
    place: &str,
    answer: Result<T, E>,
) -> Option<T> {
    match answer {
        Ok(seen) => Some(seen),
        Err(cause) => {
            unseen.push(Unseen {
                place: place.to_owned(),
                cause: cause.to_string(),
            });
            None
        }
    }
}

fn files(packages: &Packages) -> Vec<File> {
    let all = packages.files.iter();
    all.map(|one| File {
        name: one.record.file.clone(),
        version: one.record.version.clone(),
        sha256: one.record.sha256.to_string(),
        inside: one.opened.as_ref().map(inside),
    })
    .collect()
}

fn inside(opened: &Opened) -> Inside {
    Inside {
        version: opened.version(),
        sha256: opened.digest().sha256.clone(),
        commit: match opened {
            Opened::Crate(krate) => Some(krate.vcs.as_ref().map(|vcs| vcs.commit.clone())),
            _ => None,
        },
    }
}

/// What the job's identity says; asked for only where a registry will be shown it.
async fn claims(targets: &Targets, around: &Around) -> Seen<Option<Claims>> {
    let mut unseen = Vec::new();
    let by_pypi = matches!(
        targets.pypi,
        Some((_, Some(crate::pypi::Credentials::Trusted(_))))
    );
    let by_crates = matches!(
        targets.crates,
        Some((_, Some(crate::crates_io::Credentials::Trusted(_))))
    );
    let Some(identity) = around.identity.as_ref().filter(|_| by_pypi || by_crates) else {
        return (None, unseen);
    };
    let place = "the job's identity";
    let jwt = read(&mut unseen, place, identity(AUDIENCE.to_owned()).await);
    let claims = jwt.and_then(|jwt| Claims::of(secrecy::ExposeSecret::expose_secret(&jwt)));
    (claims, unseen)
}

/// Mints a token where one will be needed: that is as much as a registry says of its trust before an upload.
async fn mint(
    unseen: &mut Vec<Unseen>,
    place: &str,
    publisher: &Publisher,
    is_needed: bool,
) -> Login {
    if !is_needed {
        return Login::NotAsked;
    }
    match publisher.token().await {
        Ok(_) => Login::Minted,
        Err(refused @ trusted::Error::Refused { .. }) => Login::NotMinted(refused.to_string()),
        Err(error) => {
            read::<(), _>(unseen, place, Err(error));
            Login::NotAsked
        }
    }
}
