//! Who signs, from the inputs: the job's own identity, else a key, else nobody.

use std::sync::Arc;

use actions_core::{Context, oidc};
use anyhow::bail;
use github::GitHub;
use publishing::{
    SecretString, pypi,
    release::{Signing, Targets},
};
use signing::{Minisign, Policy, Signer, Sigstore, Trust, packages::Expected};

use crate::Inputs;

/// Whether packages are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Sign {
    /// If the job has an identity, or there is a key.
    Auto,
    /// They must be.
    On,
    /// They are not, and no signature goes along.
    Off,
}

/// What signs, and whose signatures count; `None` where signatures are turned off.
pub(crate) fn find(
    cx: &Context,
    inputs: &Inputs,
    targets: &Targets,
) -> anyhow::Result<Option<Signing>> {
    let has_identity = oidc::available(&cx.env);
    let by_identity = has_identity && inputs.minisign_key.is_none();
    if inputs.github_attestations && (inputs.sign == Sign::Off || !by_identity) {
        bail!(
            "failed to send attestations to GitHub, which the job's own identity signs: set `id-token: write` in the job's permissions, and remove `sign: off` and `minisign-key`, or remove `github-attestations`"
        );
    }
    if inputs.sign == Sign::Off {
        return Ok(None);
    }
    // Signatures are verified without asking anybody, and so without an identity.
    let policy = cx.env.repository().map(Policy::new).transpose()?;
    let key = inputs.minisign_key.as_ref();
    let key = key.map(|key| minisign(inputs, key.expose())).transpose()?;
    let expected = Expected {
        policy,
        key: key.as_ref().map(Minisign::public_key).transpose()?,
        trust: Trust::read(inputs.trust_config.as_deref())?,
    };
    let signer: Option<Box<dyn Signer>> = match (key, has_identity) {
        // As in `sign-packages`: who gives a key wants it to be used.
        (Some(key), _) => Some(Box::new(key)),
        (None, true) => Some(Box::new(sigstore(cx, &expected.trust)?)),
        (None, false) if inputs.sign == Sign::On => bail!(
            "failed to sign: the job has no identity, and there is no key: set `id-token: write` in the job's permissions, or set the input `minisign-key`"
        ),
        (None, false) => {
            cx.log
                .info("nothing is signed: the job has no identity, and there is no `minisign-key`");
            None
        }
    };
    let trusted = matches!(targets.pypi, Some((_, Some(pypi::Credentials::Trusted(_)))));
    Ok(Some(Signing {
        signer,
        expected,
        attest: by_identity && trusted,
        github: github(cx, inputs)?.filter(|_| by_identity),
    }))
}

/// Where attestations go too: a key cannot make one.
fn github(cx: &Context, inputs: &Inputs) -> anyhow::Result<Option<(GitHub, String)>> {
    if !inputs.github_attestations {
        return Ok(None);
    }
    let (Some(token), Some(repository)) = (&inputs.places.token, cx.env.repository()) else {
        bail!(
            "failed to send attestations to GitHub: set the input `token` in a job with `attestations: write`, or remove `github-attestations`"
        );
    };
    Ok(Some((
        connections::github(cx, token)?,
        repository.to_owned(),
    )))
}

fn minisign(inputs: &Inputs, key: &str) -> anyhow::Result<Minisign> {
    let password = inputs.minisign_password.as_ref();
    let password = password.map(|password| SecretString::from(password.expose()));
    Ok(Minisign::new(&SecretString::from(key), password.as_ref())?)
}

fn sigstore(cx: &Context, trust: &Trust) -> anyhow::Result<Sigstore> {
    let log = cx.log.clone();
    let identity = signing::identity(oidc::provider(cx));
    Ok(Sigstore::new(
        trust,
        identity,
        Arc::new(move |line| log.info(line)),
    )?)
}
