//! Channels: names that move from version to version, with a log that is their history.

pub(crate) mod entry;
pub(crate) mod name;
pub(crate) mod promote;
