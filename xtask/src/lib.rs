//! What the project's own programs share: other programs, this checkout, the pinned tools, the release tree, the terminal.

pub mod dist;
pub mod process;
pub mod programs;
pub mod project;
pub mod setup;
pub mod term;
