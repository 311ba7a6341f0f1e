//! A value that must never reach a log, an error or a process list.

use std::{convert::Infallible, str::FromStr};

/// A token or password. It has no `Display`, and `Debug` hides it.
///
/// An input of this type takes `value_name = "SECRET"`: it is then refused on the command line and masked at the start.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a value that was just minted; mask it with [`crate::Log::mask`] before anything else.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value, for the request that needs it and for nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for Secret {
    type Err = Infallible;

    fn from_str(value: &str) -> Result<Self, Infallible> {
        Ok(Self(value.trim().to_owned()))
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}
