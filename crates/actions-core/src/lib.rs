//! What a runner and an action's binary say to each other, so that an action holds nothing but its own work.
//!
//! An action is a `const` [`Action`], an `Inputs` struct (clap), an `Outputs` struct (serde and schemars) and a
//! function from one to the other; [`main`] does the rest and [`spec`] writes its `action.yml`.

mod action;
pub mod annotation;
#[cfg(feature = "async")]
mod cancel;
mod check;
pub mod command;
#[cfg(feature = "async")]
mod commit;
pub mod compiler;
mod config;
mod context;
mod diagnostic;
mod env;
pub mod event;
pub mod files;
#[cfg(feature = "async")]
pub mod git;
pub mod given;
mod inputs;
mod log;
#[cfg(feature = "async")]
mod made;
#[cfg(feature = "oidc")]
pub mod oidc;
mod outputs;
mod packages;
mod place;
#[cfg(feature = "async")]
pub mod process;
mod rule;
mod secret;
#[cfg(feature = "async")]
mod shell;
pub mod spec;
mod suggest;
mod summary;
pub mod text;
#[cfg(feature = "async")]
mod venv;
#[cfg(feature = "async")]
mod work_tree;

pub use action::{Action, Done, Extras, Permission, ReadmeTable, Verdict, When, main, main_with};
pub use annotation::{Annotation, Level};
#[cfg(feature = "async")]
pub use cancel::Cancelled;
pub use check::{Check, with_schema};
#[cfg(feature = "async")]
pub use commit::Commit;
pub use config::{ConfigFile, ConfigReader, ConfigRequest, config_of_work_tree};
pub use context::Context;
pub use diagnostic::Diagnostic;
pub use env::Env;
pub use inputs::InputError;
pub use log::{Group, Log};
#[cfg(feature = "async")]
pub use made::empty_folder;
pub use outputs::OutputError;
pub use packages::{Builder, Declared, Packages, Recipe};
pub use place::{Place, PlacedError};
pub use rule::{Date, Exception, Rule};
pub use secret::Secret;
#[cfg(feature = "async")]
pub use shell::Shell;
pub use suggest::{did_you_mean, list};
pub use summary::{Summary, Table};
#[cfg(feature = "async")]
pub use venv::{Installed, Venv};
