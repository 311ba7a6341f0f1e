//! Wheels as people get them: from a folder or a bucket, installed by the real pip, tested by the real pytest.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests stop the test as the tests do"
)]

mod choice;
mod pytest;
mod refusals;

use std::path::Path;

use testkit::binary::Run;
use testkit::packages::Wheel;
use testkit::runner::InJob as _;

/// Says where it was imported from by what it holds.
const INSTALLED: Wheel<'static> = Wheel {
    project: "tiny-wheel",
    version: "0.1.0+2026.1.1.g6e4ddaf",
    tags: "py3-none-any",
    module: "WHO = 'installed'\n",
};

/// A run in a folder, with pip as it works on this machine.
fn test_wheel(folder: &Path) -> Run {
    Run::new(env!("CARGO_BIN_EXE_test-wheel"))
        .workspace(folder)
        .tools()
}
