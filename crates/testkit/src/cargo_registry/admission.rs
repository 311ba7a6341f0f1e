//! Who may publish now: API tokens with their limits, minted tokens with their crates, and the limit of a day.

use jiff::{SignedDuration, Timestamp};

use super::index::Entry;
use super::limits::Action;
use super::publish::Refusal;
use super::store::Store;
use super::{Registry, lock};

/// Whether the token may publish this crate now. A minted one creates no crate and knows no limits.
pub(super) fn admit(
    registry: &Registry,
    authorization: &str,
    name: &str,
    known: bool,
    now: Timestamp,
) -> Result<(), Refusal> {
    let token = authorization
        .strip_prefix("Bearer ")
        .unwrap_or(authorization);
    let options = &registry.options;
    if let Some(trust) = &options.trust
        && token.starts_with("cio_tp_")
    {
        if !known {
            let told = "Trusted Publishing tokens do not support creating new crates. Publish the crate manually, first";
            return Err(Refusal::new(403, told));
        }
        if !trust.accepts(token, now) {
            return Err(Refusal::new(403, "Invalid authentication token"));
        }
        return match options.untrusted.iter().any(|one| one == name) {
            true => Err(Refusal::new(
                403,
                format!("The provided access token is not valid for crate `{name}`"),
            )),
            false => Ok(()),
        };
    }
    authenticate(registry, authorization)?;
    let action = match known {
        true => Action::NewVersion,
        false => Action::NewCrate,
    };
    limit(registry, token, action)
}

/// Whether an API token is one that is known here.
pub(super) fn authenticate(registry: &Registry, authorization: &str) -> Result<(), Refusal> {
    let token = authorization
        .strip_prefix("Bearer ")
        .unwrap_or(authorization);
    if token.is_empty() {
        return Err(Refusal::new(403, "this action requires authentication"));
    }
    let tokens = &registry.options.tokens;
    match tokens.is_empty() || tokens.iter().any(|known| known == token) {
        true => Ok(()),
        false => Err(Refusal::new(403, "authentication failed")),
    }
}

/// Takes a token of the account's bucket.
pub(super) fn limit(registry: &Registry, account: &str, action: Action) -> Result<(), Refusal> {
    let Some(limits) = &registry.options.limits else {
        return Ok(());
    };
    let now = registry.options.now.get();
    lock(&registry.limiter).take(limits, account, action, now)
}

/// Whether the crate has room for another version today.
pub(super) fn check_day(
    registry: &Registry,
    store: &Store,
    name: &str,
    now: Timestamp,
) -> Result<(), Refusal> {
    let Some(most) = registry.options.versions_a_day else {
        return Ok(());
    };
    let day = SignedDuration::from_hours(24);
    let is_of_today = |entry: &&Entry| {
        let then: Option<Timestamp> = entry.pubtime.as_deref().and_then(|time| time.parse().ok());
        then.is_some_and(|then| now.duration_since(then) < day)
    };
    let today = store.versions(name).iter().filter(is_of_today).count();
    match today < most {
        true => Ok(()),
        false => Err(Refusal::new(
            429,
            "You have published too many versions of this crate in the last 24 hours",
        )),
    }
}
