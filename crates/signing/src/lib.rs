//! Signatures and attestations of packages: made by a job's own identity or by a key, and verified offline.
//!
//! - [`Signer`] signs a file's digest, or a [`Statement`] about it: [`Sigstore`] with the job's identity, [`Minisign`] with a
//!   key where there is none.
//! - [`packages::sign`] keeps what was signed beside the package, once; [`packages::verify`] judges it before anybody uses the
//!   package, by roots of trust that are built in and without asking anybody.
//! - [`pypi::attestation`] turns a bundle into what PyPI takes, [`github_attestations`] hands it to GitHub.
//!
//! It prints nothing and reads no environment: identities come from the caller, addresses from [`endpoints`] or from a trust
//! configuration.

mod claims;
pub mod commands;
mod crypto;
pub mod endpoints;
mod error;
pub mod github_attestations;
mod minisign;
pub mod packages;
pub mod pypi;
mod signer;
mod sigstore;
mod statement;
mod trust;
mod verify;

pub use claims::Claims;
pub use error::{Error, IdentityError, Rejected};
pub use minisign::{Minisign, MinisignPublicKey};
pub use secrecy::SecretString;
pub use signer::{Content, File, Signer};
pub use sigstore::{Identity, OnRetry, Sigstore, identity};
pub use statement::{Said, Statement, Subject};
pub use trust::Trust;
pub use verify::{Policy, Verified, bundle as verify_bundle};
