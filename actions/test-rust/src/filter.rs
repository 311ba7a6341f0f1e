//! Chooses tests by name, in nextest's language of filters.

use std::{collections::BTreeMap, fmt::Write as _};

use crate::balance::Test;

/// The longest filter, in bytes: each is one argument.
const FILTER: usize = 8_000;
/// The longest list of filters that one command takes, in bytes: Windows has the lowest limit.
const COMMAND: usize = if cfg!(windows) { 24_000 } else { 400_000 };

/// Arguments that choose `tests` from `all`, for each command that is needed.
pub(crate) fn commands(tests: &[Test], all: &[Test]) -> Vec<Vec<String>> {
    let mut commands: Vec<Vec<String>> = Vec::new();
    let mut room = 0;
    for filter in filters(tests, all) {
        let argument = format!("--filterset={filter}");
        if room < argument.len() {
            commands.push(Vec::new());
            room = COMMAND;
        }
        room = room.saturating_sub(argument.len());
        if let Some(last) = commands.last_mut() {
            last.push(argument);
        }
    }
    commands
}

fn filters(tests: &[Test], all: &[Test]) -> Vec<String> {
    let all = by_class(all);
    let mut filters = Vec::new();
    for (class, names) in by_class(tests) {
        let program = format!("binary_id(={})", escaped(class));
        if all.get(class).is_some_and(|all| all.len() == names.len()) {
            filters.push(program);
            continue;
        }
        let mut of_program = String::new();
        for name in names {
            let one = format!("test(={})", escaped(name));
            if !of_program.is_empty() && of_program.len() + one.len() > FILTER {
                filters.push(format!("{program} & ({of_program})"));
                of_program.clear();
            }
            let between = if of_program.is_empty() { "" } else { " | " };
            let _infallible = write!(of_program, "{between}{one}");
        }
        filters.push(format!("{program} & ({of_program})"));
    }
    filters
}

fn by_class(tests: &[Test]) -> BTreeMap<&str, Vec<&str>> {
    let mut classes: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for test in tests {
        classes.entry(&test.class).or_default().push(&test.name);
    }
    classes
}

/// A name may hold anything, as brackets and spaces.
fn escaped(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-:".contains(c);
    name.chars().fold(String::new(), |mut text, c| {
        let _infallible = match plain(c) {
            true => write!(text, "{c}"),
            false => write!(text, "\\u{{{:x}}}", u32::from(c)),
        };
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tests(class: &str, names: &[&str]) -> Vec<Test> {
        let test = |name: &&str| Test {
            class: class.to_owned(),
            name: (*name).to_owned(),
        };
        names.iter().map(test).collect()
    }

    #[test]
    fn a_program_is_chosen_whole_or_by_the_names_of_its_tests() {
        let all = [tests("a", &["x"]), tests("b::it", &["x", "y (1)", "z"])].concat();
        let chosen = [&all[..1], &all[2..]].concat();
        let [command] = commands(&chosen, &all).try_into().unwrap();
        assert_eq!(
            command,
            [
                "--filterset=binary_id(=a)",
                "--filterset=binary_id(=b::it) & (test(=y\\u{20}\\u{28}1\\u{29}) | test(=z))"
            ]
        );
        assert!(commands(&[], &all).is_empty());
    }

    #[test]
    fn more_tests_than_one_command_takes_are_run_by_several() {
        let names: Vec<String> = (0..9000)
            .map(|n| format!("case_{n}_{}", "x".repeat(80)))
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let all = tests("a", &names);
        let commands = commands(&all[1..], &all);
        assert!(commands.len() > 1);
        let filters = commands.concat();
        assert!(filters.iter().all(|one| one.len() < FILTER + 200));
        let chosen = filters.iter().map(|one| one.matches("test(").count());
        assert_eq!(chosen.sum::<usize>(), 8999);
        for command in &commands {
            assert!(command.iter().map(String::len).sum::<usize>() <= COMMAND);
        }
    }
}
