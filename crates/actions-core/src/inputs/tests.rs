//! What a user sees for inputs from each of the four places.

use std::ffi::OsString;

use super::*;
use crate::{Env, config_of_work_tree};

const ACTION: Action = Action {
    id: "pr-gates",
    name: "PR Gates",
    description: "Gates.",
    version: "1.2.3",
    icon: "shield",
    workflow_defaults: &[],
    fallbacks: &[("token", "GITHUB_TOKEN")],
    permissions: &[],
};

#[derive(Debug, clap::Args)]
pub(super) struct Inputs {
    /// Largest file.
    #[arg(long, value_name = "BYTES", default_value = "100")]
    max_file_size: u32,
    /// Globs.
    #[arg(long, value_name = "GLOBS")]
    allow_large_files: Vec<String>,
    /// Words.
    #[arg(long, value_name = "RULES")]
    blocked_words: Vec<crate::Rule<String>>,
    /// The token.
    #[arg(long, value_name = "SECRET")]
    token: Option<Secret>,
    /// Only say what would happen.
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    dry_run: bool,
}

fn context(vars: &[(&str, &str)]) -> Context {
    let vars = vars
        .iter()
        .map(|(k, v)| (OsString::from(k), OsString::from(v)));
    Context::new(Env::new(vars))
}

pub(super) fn read(args: &[&str], vars: &[(&str, &str)]) -> Result<ParsedInputs<Inputs>, String> {
    let args = std::iter::once("pr-gates")
        .chain(args.iter().copied())
        .map(OsString::from);
    match parse::<Inputs>(&ACTION, args, &context(vars), config_of_work_tree) {
        Ok(Parsed::Inputs(parsed)) => Ok(*parsed),
        Ok(Parsed::Help(text)) => Err(text),
        Err(err) => Err(err.to_string()),
    }
}

pub(super) fn config(text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.toml");
    std::fs::write(&path, text).unwrap();
    let path = path.display().to_string();
    (folder, path)
}

#[test]
fn each_place_gives_way_to_the_one_above_it() {
    let (_folder, path) = config("[pr-gates]\nmax-file-size = 7\n");
    let file = ("INPUT_CONFIG", path.as_str());
    let size =
        |args: &[&str], vars: &[(&str, &str)]| read(args, vars).unwrap().inputs.max_file_size;
    assert_eq!(size(&[], &[]), 100);
    assert_eq!(size(&[], &[file]), 7);
    assert_eq!(size(&[], &[file, ("INPUT_MAX_FILE_SIZE", "8")]), 8);
    assert_eq!(
        size(
            &["--max-file-size=9"],
            &[file, ("INPUT_MAX_FILE_SIZE", "8")]
        ),
        9
    );
}

#[test]
fn an_empty_variable_means_not_given() {
    assert_eq!(
        read(&[], &[("INPUT_MAX_FILE_SIZE", "")])
            .unwrap()
            .inputs
            .max_file_size,
        100
    );
}

#[test]
fn a_list_is_one_item_per_line_so_that_items_may_hold_commas() {
    let parsed = read(&[], &[("INPUT_ALLOW_LARGE_FILES", "a, b\n\n  c  \n")]).unwrap();
    assert_eq!(parsed.inputs.allow_large_files, ["a, b", "c"]);
}

#[test]
fn a_list_in_the_config_file_is_an_array() {
    let (_folder, path) = config("[pr-gates]\nallow-large-files = ['a', 'b']\n");
    let parsed = read(&["--config", &path], &[]).unwrap();
    assert_eq!(parsed.inputs.allow_large_files, ["a", "b"]);
}

#[test]
fn a_rule_with_an_exception_is_the_same_as_a_line_and_as_a_table() {
    let line = "wip { bypass-label = \"a, b\" }";
    let by_variable = read(&[], &[("INPUT_BLOCKED_WORDS", line)]).unwrap();
    for text in [
        "blocked-words = [{ rule = 'wip', bypass-label = 'a, b' }]",
        "[pr-gates.blocked-words.wip]\nbypass-label = 'a, b'",
        "blocked-words = ['wip { bypass-label = \"a, b\" }']",
    ] {
        let (_folder, path) = config(&format!("[pr-gates]\n{text}\n"));
        let by_file = read(&["--config", &path], &[]).unwrap();
        for parsed in [&by_variable, &by_file] {
            let [rule] = parsed.inputs.blocked_words.as_slice() else {
                panic!("{text}");
            };
            assert_eq!(rule.value, "wip", "{text}");
            assert_eq!(rule.exception.bypass_label.as_deref(), Some("a, b"));
        }
    }
}

#[test]
fn a_slip_in_a_rule_names_the_input_and_the_place() {
    let refused = |text: &str| {
        let (_folder, path) = config(&format!("[pr-gates]\n{text}\n"));
        let err = read(&["--config", &path], &[]).unwrap_err();
        err.replace(&path, "c.toml")
    };
    assert_eq!(
        refused("blocked-words = [{ rule = 'wip', untill = 2027-01-31 }]"),
        "failed to read the input `blocked-words` (`[pr-gates]` of `c.toml`) from \"wip { untill = 2027-01-31 }\": unknown option `untill`, did you mean `until`?"
    );
    assert_eq!(
        refused("blocked-words = [{ until = 2027-01-31 }]"),
        "`blocked-words` in `[pr-gates]` of `c.toml` has a table without a rule: write it as `{ rule = \"…\", … }`"
    );
    assert_eq!(
        refused("[pr-gates.blocked-words]\nwip = 3"),
        "`wip` of `blocked-words` in `[pr-gates]` of `c.toml` must be a table with the options of that rule, not 3"
    );
    assert_eq!(
        refused("allow-large-files = [{ rule = 'x' }]"),
        "`allow-large-files` in `[pr-gates]` of `c.toml` must be a string, a number or a boolean, not a table"
    );
}

#[test]
fn a_bad_value_names_the_input_and_the_place() {
    assert_eq!(
        read(&[], &[("INPUT_MAX_FILE_SIZE", "many")]).unwrap_err(),
        "failed to read the input `max-file-size` (the variable INPUT_MAX_FILE_SIZE) from \"many\": invalid digit found in string"
    );
    let (_folder, path) = config("[pr-gates]\nmax-file-size = 'many'\n");
    assert_eq!(
        read(&["--config", &path], &[]).unwrap_err(),
        format!(
            "failed to read the input `max-file-size` (`[pr-gates]` of `{path}`) from \"many\": invalid digit found in string"
        )
    );
}

#[test]
fn an_unknown_input_or_key_is_told_the_right_one() {
    assert_eq!(
        read(&[], &[("INPUT_MAX_FILESIZE", "1")]).unwrap_err(),
        "unknown input `max-filesize` (the variable INPUT_MAX_FILESIZE), did you mean `max-file-size`?"
    );
    let (_folder, path) = config("[pr-gates]\nzzz = 1\n");
    assert_eq!(
        read(&["--config", &path], &[]).unwrap_err(),
        format!(
            "unknown key `zzz` in `[pr-gates]` of `{path}`: the inputs of pr-gates are max-file-size, allow-large-files, blocked-words, token, dry-run and config"
        )
    );
    let (_folder, path) = config("[pr-gate]\n");
    assert_eq!(
        read(&["--config", &path], &[]).unwrap_err(),
        format!("unknown table `[pr-gate]` in `{path}`, did you mean `[pr-gates]`?")
    );
    assert_eq!(
        read(&["--max-filesize=1"], &[]).unwrap_err(),
        "unknown flag `--max-filesize`, did you mean `--max-file-size`?"
    );
}

#[test]
fn a_secret_is_refused_where_others_could_read_it() {
    let err = read(&["--token=abc"], &[]).unwrap_err();
    assert!(
        err.starts_with("the input `token` is a secret and must not be on the command line"),
        "{err}"
    );
    assert!(!err.contains("abc"));
    let (_folder, path) = config("[pr-gates]\ntoken = 'abc'\n");
    let err = read(&["--config", &path], &[]).unwrap_err();
    assert!(
        err.ends_with("set the variable INPUT_TOKEN") && !err.contains("abc"),
        "{err}"
    );
}

#[test]
fn a_secret_is_known_for_masking_and_never_repeated() {
    let parsed = read(&["--dry-run"], &[("GITHUB_TOKEN", "abc")]).unwrap();
    assert_eq!(parsed.secrets.len(), 1);
    assert_eq!(parsed.inputs.token.as_ref().unwrap().expose(), "abc");
    assert_eq!(parsed.command_line, "pr-gates --dry-run=true");
    assert!(parsed.inputs.dry_run);
    assert!(!format!("{:?}", parsed.inputs).contains("abc"));
}

#[test]
fn the_line_to_repeat_a_run_survives_a_shell() {
    let parsed = read(&[], &[("INPUT_ALLOW_LARGE_FILES", "it's $(x)\n*.png")]).unwrap();
    assert_eq!(
        parsed.command_line,
        "pr-gates '--allow-large-files=it'".replace(
            "'--allow-large-files=it'",
            "--allow-large-files='it'\\''s $(x)'"
        ) + " --allow-large-files='*.png'"
    );
}

#[test]
fn a_config_file_that_was_named_must_be_there_and_be_toml() {
    let err = read(&["--config=nowhere.toml"], &[]).unwrap_err();
    assert!(
        err.starts_with("failed to read the config file `nowhere.toml`: "),
        "{err}"
    );
    let (_folder, path) = config("[pr-gates\n");
    let err = read(&["--config", &path], &[]).unwrap_err();
    assert!(
        err.starts_with(&format!("failed to read the config file `{path}`: ")),
        "{err}"
    );
}

#[test]
fn help_and_version_are_answers_not_errors() {
    assert!(
        read(&["--version"], &[])
            .unwrap_err()
            .starts_with("pr-gates 1.2.3")
    );
    assert!(
        read(&["--help"], &[])
            .unwrap_err()
            .contains("--max-file-size <BYTES>")
    );
}

#[test]
fn an_input_called_version_is_not_the_version_of_the_binary() {
    #[derive(Debug, clap::Args)]
    struct Inputs {
        /// Version to release.
        #[arg(long, value_name = "VERSION")]
        version: Option<String>,
    }
    let read = |args: &[&str], vars: &[(&str, &str)]| {
        let args = std::iter::once("promote").chain(args.iter().copied());
        match parse::<Inputs>(
            &ACTION,
            args.map(OsString::from),
            &context(vars),
            config_of_work_tree,
        ) {
            Ok(Parsed::Inputs(parsed)) => parsed.inputs.version,
            Ok(Parsed::Help(text)) => Some(text),
            Err(err) => Some(err.to_string()),
        }
    };
    let vars = &[("INPUT_VERSION", "v1.1.0")];
    assert_eq!(read(&["--version", "1.0.0"], &[]).as_deref(), Some("1.0.0"));
    assert_eq!(read(&["--version=1.0.0"], vars).as_deref(), Some("1.0.0"));
    assert_eq!(read(&[], vars).as_deref(), Some("v1.1.0"));
    // Alone it can only mean the program.
    for alone in ["--version", "-V"] {
        let told = read(&[alone], vars);
        assert_eq!(told.as_deref(), Some("pr-gates 1.2.3\n"), "{alone}");
    }
    let told = read(&["--version", "--config", "x"], &[]).unwrap();
    assert!(told.contains("`version`"), "{told}");
}
