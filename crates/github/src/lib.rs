//! The one way to GitHub's API: through the proxies that the variables name, with waits, pages, and errors that say what to type.
//!
//! Nothing here prints, reads the environment or exits: the caller hands variables in and hears of each repeated attempt.

mod client;
mod error;
mod files;
mod limit;
mod once;
mod options;
mod pages;
mod permission;
mod proxies;
mod refusal;
mod reply;
mod retry;
mod transport;

pub use client::{GitHub, path_part};
pub use error::Error;
pub use files::Upload;
pub use limit::Limit;
pub use octocrab::Octocrab;
pub use options::Options;
pub use pages::Pages;
pub use permission::Permissions;
pub use refusal::{Cause, FieldError, Refusal};
pub use reply::{Asked, Reply};
pub use retry::{Policy, Retrying};
