//! What all-green says of the jobs before it, as a person reads it.

#[test]
fn each_case_shows_what_a_person_sees() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases");
    testkit::cases::run(env!("CARGO_BIN_EXE_all-green"), folder, |_, _, run| run);
}
