//! The table of packages as a stranger would write it: it is read, or refused at a place in the file.

use super::*;

const SEEDS: &[&str] = &[
    "[packages]\nwheels = { kind = \"wheel\", project = \"hello-sdk\", platforms = [\"linux-x64\"], job = \"wheel\" }\n",
    "[packages.web]\nkind = \"bundle\"\nprojects = [\"a\", \"b\"]\nplatforms = [\"wasm\"]\non = [\"push:main\", \"schedule\"]\n",
    "packages.crates = { kind = 'crate', project = 'hello', build = { crates = ['hello'] } }\n",
];
const WORDS: &[&str] = &[
    "[packages]\n",
    "[[packages]]",
    "kind = ",
    "build = {",
    "\"wheel\"",
    "optional-platforms = [",
    "= 99999999999999999999",
    "\"\"\"",
    "}",
];

#[test]
fn a_table_gives_lines_of_words_or_an_error_at_its_place() {
    testkit::fuzz::texts(SEEDS, WORDS, |text| {
        match Packages::parse("ci.toml", text) {
            Ok(Some(packages)) => {
                for line in packages.required().iter().chain(&packages.optional()) {
                    assert_eq!(line.split(' ').count(), 4, "{line:?}");
                }
            }
            Ok(None) => {}
            Err(error) => assert!(error.to_string().contains("ci.toml"), "{error}"),
        }
    });
}
