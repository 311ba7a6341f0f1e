//! What a person sees of the action, in every situation that has its own words.

use testkit::runner::InJob as _;

#[test]
fn the_log_is_what_a_person_needs() {
    let cases = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases");
    testkit::cases::run(env!("CARGO_BIN_EXE_plan"), cases, |_case, _setup, run| {
        run.tools()
    });
}
