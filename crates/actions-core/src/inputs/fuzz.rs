//! The config file as a hostile or a clumsy hand would write it, through all layers to the inputs.

use super::tests::{config, read};

const SEEDS: &[&str] = &[
    "[pr-gates]\nmax-file-size = 7\nallow-large-files = [\"*.png\", \"docs/\"]\ndry-run = true\n",
    "[pr-gates]\nallow-large-files = \"\"\"\n*.png\n\n--token=x\n\"\"\"\n[plan]\n",
    "pr-gates.max-file-size = '9'\n# done\n",
];
const WORDS: &[&str] = &[
    "[pr-gates]\n",
    "[[pr-gates]]",
    "token = \"x\"",
    "= 1e9\n",
    "\"\"\"",
    "--help",
    "-",
    "={",
    "1979-05-27",
];

#[test]
fn a_config_file_gives_inputs_or_an_error_in_our_own_words() {
    testkit::fuzz::texts(SEEDS, WORDS, |text| {
        let (_folder, path) = config(text);
        match read(&[], &[("INPUT_CONFIG", path.as_str())]) {
            Ok(parsed) => assert!(parsed.secrets.is_empty(), "a secret came from a file"),
            Err(error) => assert!(
                error.starts_with("failed to read ")
                    || error.starts_with("unknown ")
                    || error.starts_with("the input `token` is a secret")
                    || error.contains(" must be "),
                "{error}"
            ),
        }
    });
}
