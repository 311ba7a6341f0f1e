//! What goes wrong with signatures: a job that could not sign or look, or a signature that is not what was asked for.

use package_store::StoreError;

/// Why the caller could not get an identity.
pub type IdentityError = Box<dyn std::error::Error + Send + Sync>;

/// What went wrong. No text of it holds a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The caller's identity provider failed.
    #[error("failed to get an OIDC token for the audience `{audience}`: {cause}")]
    Identity {
        /// Who the token is for.
        audience: &'static str,
        /// The provider's words.
        cause: IdentityError,
    },
    /// An identity that does not say what a statement needs.
    #[error("failed to read the job's OIDC token: {0}")]
    Claims(String),
    /// A service refused to sign, or could not be reached.
    #[error("failed to sign `{name}`: {cause}")]
    Sign {
        /// What was to be signed.
        name: String,
        /// What went wrong.
        cause: String,
    },
    /// A key that cannot sign.
    #[error("failed to read the minisign key: {0}")]
    Key(String),
    /// A file with addresses and roots of trust that cannot be used.
    #[error("failed to read the trust configuration: {0}")]
    TrustConfig(String),
    /// A policy that would accept anybody, or that names no workflow.
    #[error("{0}")]
    Policy(String),
    /// A signature that does not verify.
    #[error("{0}")]
    Rejected(#[from] Box<Rejected>),
    /// The bucket.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// GitHub's API.
    #[error(transparent)]
    GitHub(#[from] github::Error),
}

impl Error {
    /// Whether a signature is there that is not what was asked for, or none where one is required; everything else is a
    /// check that could not run.
    pub fn is_rejection(&self) -> bool {
        matches!(self, Self::Rejected(_))
    }
}

/// A signature that does not verify, or none at all where one is required.
#[derive(Debug, thiserror::Error)]
pub enum Rejected {
    /// It is there and not good.
    #[error("the signature of `{file}` is not valid: {reason} ({address})")]
    Invalid {
        /// The package's file.
        file: String,
        /// Where the signature is.
        address: String,
        /// What is wrong with it.
        reason: String,
    },
    /// None is there that could be judged.
    #[error(
        "`{file}` has no signature by the expected signer in the bucket; sign it with `sign-packages`"
    )]
    Missing {
        /// The package's file.
        file: String,
    },
}

impl Rejected {
    /// What is wrong, without the file.
    pub(crate) fn reason(&self) -> String {
        match self {
            Self::Invalid { reason, .. } => reason.clone(),
            missing @ Self::Missing { .. } => missing.to_string(),
        }
    }
}
