//! The addresses of the public services: everything else takes them from here or from a trust configuration.

/// Issues certificates for identities.
pub(crate) const FULCIO: &str = "https://fulcio.sigstore.dev";
/// The transparency log. Version 1: what PyPI takes has no place for the timestamps that entries of version 2 need.
pub(crate) const REKOR: &str = "https://rekor.sigstore.dev";
/// Who signs the identities of GitHub's jobs.
pub const GITHUB_ISSUER: &str = "https://token.actions.githubusercontent.com";
/// Where the repositories of these jobs are.
pub const GITHUB: &str = "https://github.com";

/// What the identity that is shown to Fulcio is for.
pub const AUDIENCE: &str = "sigstore";
/// What the identity is for that only its own job reads.
pub const OWN_AUDIENCE: &str = "nobody";

/// The type of a statement that a file is published.
pub const PUBLISH: &str = "https://docs.pypi.org/attestations/publish/v1";
/// The type of a statement on how a file was built.
pub const SLSA_PROVENANCE: &str = "https://slsa.dev/provenance/v1";
