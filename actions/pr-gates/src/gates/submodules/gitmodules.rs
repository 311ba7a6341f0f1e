//! The paths that a `.gitmodules` names: the format of git's configuration files, as far as such a list needs it.

use std::collections::HashSet;

/// The values of `path` in all sections `[submodule "…"]`.
pub(super) fn paths(text: &str) -> HashSet<String> {
    let mut paths = HashSet::new();
    let mut in_submodule = false;
    for line in text.lines() {
        let mut line = line.trim();
        if let Some(header) = line.strip_prefix('[') {
            let (name, rest) = section(header);
            in_submodule = name.eq_ignore_ascii_case("submodule");
            line = rest.trim();
        }
        if let Some((key, text)) = line.split_once('=')
            && in_submodule
            && key.trim().eq_ignore_ascii_case("path")
        {
            paths.insert(value(text));
        }
    }
    paths
}

/// The name of a section, and what follows its header: a name in quotes may hold a bracket.
fn section(header: &str) -> (&str, &str) {
    let name = header
        .split([' ', '\t', ']', '.'])
        .next()
        .unwrap_or_default();
    let mut quoted = false;
    let mut escaped = false;
    for (at, c) in header.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            ']' if !quoted => return (name, header.get(at + 1..).unwrap_or_default()),
            _ => {}
        }
    }
    (name, "")
}

/// A value without its quotes, its comment and the spaces around it.
fn value(text: &str) -> String {
    let mut value = String::new();
    let mut kept = 0;
    let mut quoted = false;
    let mut chars = text.trim_start().chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => quoted = !quoted,
            '#' | ';' if !quoted => break,
            '\\' => value.extend(match chars.next() {
                Some('n') => Some('\n'),
                Some('t') => Some('\t'),
                other => other,
            }),
            c => value.push(c),
        }
        if quoted || !c.is_whitespace() {
            kept = value.len();
        }
    }
    value.truncate(kept);
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_as_git_reads_them() {
        let list = "[core]\npath = not this\n[submodule \"a]b\"] path = one # why\n\
                    [SubModule \"x\"]\r\n\tPath=\"two words\" ; why\r\n\turl = path\n\
                    [submodule \"y\"]\npath = \"with \\\"quotes\\\"\"\n";
        let expected = ["one", "two words", "with \"quotes\""].map(str::to_owned);
        assert_eq!(paths(list), HashSet::from(expected));
        assert!(paths("").is_empty());
    }
}

#[cfg(test)]
mod fuzz {
    use super::*;

    #[test]
    fn a_quoted_path_comes_back_whatever_stands_before_it() {
        let seeds = [
            "[submodule \"a\"]\n\tpath = a b ; comment\n\turl = ../a.git\n",
            "[submodule \"x]y\"] path=\"a#b\"\n[core]\npath = no\n",
        ];
        testkit::fuzz::texts(&seeds, &["[submodule \"", "\"]", "path =", "\\"], |text| {
            paths(text);
            let path: String = text.chars().filter(|c| !c.is_control()).collect();
            let quoted = path.replace('\\', "\\\\").replace('"', "\\\"");
            let file = format!("{text}\n[submodule \"x\"]\n\tpath = \"{quoted}\"\n");
            assert!(paths(&file).contains(&path));
        });
    }
}
