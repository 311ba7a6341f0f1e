//! What a Cargo registry has of these packages, and what it would say to them.

use package_formats::{Crate, krate::check_siblings};
use secrecy::SecretString;

use super::{Around, Seen, Unseen, mint, read};
use crate::{
    crates_io::{self, Credentials, Error, Plan, Planned, Problem, TokenHolder},
    endpoints, http,
    http::shown,
    preflight::{
        facts::{Login, Registry, Told, Upload},
        report::sentence,
    },
    release::{Packages, Targets},
};

/// Crates whose owners are asked for: a registry is not asked a hundred times for what is mostly the same.
const MOST_OWNERS: usize = 25;

pub(super) async fn look(
    packages: &Packages,
    targets: &Targets,
    around: &Around,
) -> Seen<Option<Registry>> {
    let mut unseen = Vec::new();
    let crates: Vec<Crate> = packages.crates();
    if crates.is_empty() {
        return (None, unseen);
    }
    let Some((index, credentials)) = &targets.crates else {
        let registry = around.registry_error.as_ref().map(|error| {
            let place = "the Cargo registry";
            read::<(), _>(&mut unseen, place, Err(error));
            Registry {
                address: place.to_owned(),
                problems: offline(&crates),
                ..Registry::default()
            }
        });
        return (registry, unseen);
    };
    let official = endpoints::is_crates_io(index.index_url());
    let mut registry = Registry {
        address: match official {
            true => "crates.io".to_owned(),
            false => shown(index.index_url()),
        },
        official,
        ..Registry::default()
    };
    let nobody = Credentials::Token(SecretString::default());
    let asking = credentials.as_ref().unwrap_or(&nobody);
    match index.plan(&crates, asking).await {
        Ok(plan) => take(&mut registry, plan),
        Err(error) => {
            registry.problems = index.check(&crates).iter().map(problem).collect();
            read::<(), _>(&mut unseen, &registry.address, Err(error));
        }
    }
    let new: Vec<&str> = registry.new_names().into_iter().collect();
    if !new.is_empty() {
        let taken = index.spelled_otherwise(&new, asking).await;
        registry.taken = read(&mut unseen, &registry.address, taken).unwrap_or_default();
    }
    let is_needed = registry.uploads.is_none() || registry.to_send().next().is_some();
    registry.login = match credentials {
        None => Login::Missing,
        Some(Credentials::Token(token)) if is_needed => {
            ask_whose(index, token, &mut registry, &mut unseen).await
        }
        Some(Credentials::Token(_)) => Login::Token(None),
        Some(Credentials::Trusted(publisher)) => {
            mint(&mut unseen, &registry.address, publisher, is_needed).await
        }
    };
    owners(index, credentials.as_ref(), &mut registry, &mut unseen).await;
    (Some(registry), unseen)
}

fn take(registry: &mut Registry, plan: Plan) {
    registry.estimate = plan.estimate;
    registry.uploads = Some(plan.crates.iter().map(upload).collect());
    registry.problems = plan.problems.iter().map(problem).collect();
    registry.cautions = plan
        .cautions
        .iter()
        .map(|caution| {
            let (place, what) = caution
                .split_once(": ")
                .unwrap_or((&registry.address, caution));
            let (what, fix) = what
                .split_once("; ")
                .unwrap_or((what, "nothing is stopped by it"));
            Told {
                place: place.to_owned(),
                what: what.to_owned(),
                fix: sentence(fix),
            }
        })
        .collect();
}

fn upload(planned: &Planned) -> Upload {
    Upload {
        file: planned.file.clone(),
        name: planned.name.clone(),
        size: planned.size,
        is_new: planned.new_crate,
        state: planned.state.clone(),
    }
}

fn problem(problem: &Problem) -> Told {
    Told {
        place: problem.file.clone(),
        what: problem.cause.clone(),
        fix: sentence(&problem.help),
    }
}

/// What is wrong whatever the registry is.
fn offline(crates: &[Crate]) -> Vec<Told> {
    let of_crates = crates.iter().flat_map(|krate| {
        let findings = crates_io::everywhere(krate).into_iter();
        let place = format!("{}.crate", krate.root());
        findings.map(move |finding| (place.clone(), finding))
    });
    let of_set = check_siblings(crates).into_iter();
    of_crates
        .chain(of_set.map(|finding| ("crates".to_owned(), finding)))
        .map(|(place, finding)| Told {
            place,
            what: format!("{} ({})", finding.message, finding.rule),
            fix: "Fix it in the crate's folder and package all crates again.".to_owned(),
        })
        .collect()
}

/// What the registry says of a token.
async fn ask_whose(
    index: &crates_io::Registry,
    token: &SecretString,
    registry: &mut Registry,
    unseen: &mut Vec<Unseen>,
) -> Login {
    let holder = index.token_holder(token).await;
    let Some(holder) = read(unseen, &registry.address, holder) else {
        return Login::Token(None);
    };
    registry.token_told = Some(match holder {
        TokenHolder::Known(login) => {
            let told = format!("it belongs to {login}");
            registry.holder = Some(login);
            told
        }
        TokenHolder::Good => "it is valid, but the registry does not report its owner".to_owned(),
        TokenHolder::CannotBeAsked(why) => {
            format!("the registry cannot be asked whether it is valid ({why})")
        }
        TokenHolder::Refused(words) => {
            let words = http::after_colon(&words);
            return Login::Token(Some(format!("the registry does not know the token{words}")));
        }
    });
    Login::Token(None)
}

/// The owners of crates that get a version; a registry may keep them to itself.
async fn owners(
    index: &crates_io::Registry,
    credentials: Option<&Credentials>,
    registry: &mut Registry,
    unseen: &mut Vec<Unseen>,
) {
    let token = match credentials {
        Some(Credentials::Token(token)) => Some(token),
        _ => None,
    };
    let existing = registry.to_send().filter(|upload| !upload.is_new);
    let mut names: Vec<String> = existing.map(|upload| upload.name.clone()).collect();
    names.sort();
    names.dedup();
    for (asked, name) in names.into_iter().enumerate() {
        let told = match asked < MOST_OWNERS {
            true => index.owners(&name, token).await,
            false => Ok(None),
        };
        let owners = match told {
            Ok(owners) => {
                owners.map(|owners| owners.into_iter().map(|owner| owner.login).collect())
            }
            Err(
                error @ Error::Http(http::Error::NoAnswer { .. } | http::Error::Stumbled { .. }),
            ) => {
                read::<(), _>(unseen, &registry.address, Err(error));
                return;
            }
            Err(_) => None,
        };
        registry.owners.insert(name, owners);
    }
}
