//! The gates. One file each; which ones there are is said here, and nowhere else.

pub(crate) mod blocked_files;
pub(crate) mod blocked_words;
pub(crate) mod branch_name;
pub(crate) mod cargo;
pub(crate) mod case_collisions;
pub(crate) mod checkboxes;
pub(crate) mod conflict_markers;
pub(crate) mod depends_on;
pub(crate) mod executable_bit;
pub(crate) mod file_names;
pub(crate) mod fixup_commits;
pub(crate) mod large_files;
pub(crate) mod lfs;
pub(crate) mod links;
pub(crate) mod merge_commits;
pub(crate) mod private_keys;
pub(crate) mod required_changes;
pub(crate) mod required_labels;
pub(crate) mod submodules;
pub(crate) mod symlinks;
pub(crate) mod text_format;
pub(crate) mod title;

use crate::{
    Inputs,
    finding::Finding,
    pull_request::{Fact, PullRequest, Want},
};

/// A rule that stops a merge: what it promises, what it must know, and the pure function that looks.
pub(crate) struct Gate {
    /// Kebab-case; the gate's file, the title of its annotations and its name in `gates` are the same word.
    pub(crate) id: &'static str,
    pub(crate) group: Group,
    /// What holds for a pull request that passes, as a sentence.
    pub(crate) rule: &'static str,
    /// What to do about a finding, with what to type.
    pub(crate) help: &'static str,
    /// The facts it looks at under these inputs; none where no rule is set.
    pub(crate) needs: fn(&Inputs) -> Vec<Fact>,
    /// The blobs whose content it reads, told from the facts; asked again when it has seen them. Not called where no rule is set.
    pub(crate) reads: fn(&PullRequest, &Inputs) -> Vec<Want>,
    /// Called when at least one of the needed facts is there.
    pub(crate) check: fn(&PullRequest, &Inputs) -> Vec<Finding>,
}

/// For a gate that reads no content of files.
pub(crate) const NOTHING: fn(&PullRequest, &Inputs) -> Vec<Want> = |_, _| Vec::new();

/// Whether something that is good style in one repository, and bad in another, may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Policy {
    Allow,
    Refuse,
}

/// What a gate looks at, for whoever reads the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Group {
    /// Labels, title, description.
    PullRequest,
    /// Words, wherever they stand.
    Text,
    /// What the commits bring in, also what a later one takes away.
    History,
    /// The files as they would be after the merge.
    Tree,
    /// What stands in the files.
    Content,
}

/// All gates, by group. To add one: its file, a `mod` line, a line here, a flattened field of `Inputs`.
pub(crate) const ALL: &[Gate] = &[
    required_labels::GATE,
    required_changes::GATE,
    title::GATE,
    checkboxes::GATE,
    branch_name::GATE,
    depends_on::GATE,
    blocked_words::GATE,
    conflict_markers::GATE,
    private_keys::GATE,
    fixup_commits::GATE,
    merge_commits::GATE,
    large_files::GATE,
    blocked_files::GATE,
    symlinks::GATE,
    submodules::GATE,
    lfs::GATE,
    file_names::GATE,
    case_collisions::GATE,
    executable_bit::GATE,
    text_format::GATE,
    links::GATE,
    cargo::GATE,
];

impl Group {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::PullRequest => "pull request",
            Self::Text => "text",
            Self::History => "history",
            Self::Tree => "tree",
            Self::Content => "content",
        }
    }
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id)
    }
}

/// The gates in a table of Markdown, for the README.
pub fn gates_table() -> String {
    let mut table =
        String::from("| gate | checks | rule | how to fix |\n| --- | --- | --- | --- |\n");
    for gate in ALL {
        let cells = [
            &format!("`{}`", gate.id),
            gate.group.as_str(),
            gate.rule,
            gate.help,
        ];
        let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
        table.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    table
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn every_file_of_the_folder_is_a_gate_and_every_gate_has_its_file() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/gates");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
            .map(|path| {
                path.file_stem()
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .replace('_', "-")
            })
            .collect();
        files.sort();
        let mut ids: Vec<&str> = ALL.iter().map(|gate| gate.id).collect();
        ids.sort_unstable();
        assert_eq!(ids, files);
    }

    #[test]
    fn the_gates_stand_by_group() {
        assert!(ALL.is_sorted_by_key(|gate| gate.group));
    }

    #[test]
    fn rules_and_helps_are_sentences() {
        for gate in ALL {
            assert!(
                gate.rule.ends_with('.') && gate.help.ends_with('.'),
                "{gate:?}"
            );
        }
    }
}
