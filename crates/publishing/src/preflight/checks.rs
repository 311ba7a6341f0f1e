//! The checks of a preflight. One file each; which ones there are is said here, and nowhere else.

pub(crate) mod bucket_files;
pub(crate) mod complete_set;
pub(crate) mod crate_files;
pub(crate) mod credentials;
pub(crate) mod github_release;
pub(crate) mod new_names;
pub(crate) mod one_version;
pub(crate) mod owners;
pub(crate) mod packaged_commit;
pub(crate) mod pypi_files;
pub(crate) mod rate_limits;
pub(crate) mod release_tag;
pub(crate) mod silent_workflows;
pub(crate) mod sizes;
pub(crate) mod upload_time;
pub(crate) mod workflow_identity;

use super::{facts::Facts, report::Notes};

/// One thing that a release needs: what holds when it does, and the pure function that looks.
pub(crate) struct Check {
    /// Kebab-case; the check's file and the title of its annotations are the same word.
    pub(crate) id: &'static str,
    /// What holds for a release that passes, as a sentence.
    pub(crate) why: &'static str,
    pub(crate) look: fn(&Facts, &mut Notes<'_>),
}

/// All checks, in the order of the report. To add one: its file, a `mod` line, and a line here.
pub(crate) const ALL: &[Check] = &[
    one_version::CHECK,
    release_tag::CHECK,
    packaged_commit::CHECK,
    complete_set::CHECK,
    bucket_files::CHECK,
    pypi_files::CHECK,
    crate_files::CHECK,
    new_names::CHECK,
    credentials::CHECK,
    workflow_identity::CHECK,
    owners::CHECK,
    sizes::CHECK,
    upload_time::CHECK,
    rate_limits::CHECK,
    github_release::CHECK,
    silent_workflows::CHECK,
];

/// The checks in a table of Markdown, for a README.
pub fn checks_table() -> String {
    let mut table = String::from("| check | requirement |\n| --- | --- |\n");
    for check in ALL {
        let why = check.why.replace('|', "\\|");
        table.push_str(&format!("| `{}` | {why} |\n", check.id));
    }
    table
}

impl std::fmt::Debug for Check {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::testing::{facts, report};
    use std::path::Path;

    #[test]
    fn every_file_of_the_folder_is_a_check_and_every_check_has_its_file() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/preflight/checks");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| {
                path.file_stem()
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .replace('_', "-")
            })
            .collect();
        files.sort();
        let mut ids: Vec<&str> = ALL.iter().map(|check| check.id).collect();
        ids.sort_unstable();
        assert_eq!(ids, files);
    }

    #[test]
    fn what_must_hold_is_a_sentence() {
        for check in ALL {
            assert!(check.why.ends_with('.'), "{check:?}");
        }
    }

    #[test]
    fn a_release_with_nothing_wrong_passes_every_check() {
        for check in ALL {
            let report = report(check, &facts());
            assert_eq!(report.problems, [], "{check:?}");
            assert_eq!(report.cautions, [], "{check:?}");
        }
    }

    #[test]
    fn every_fix_is_a_sentence_and_every_finding_a_clause() {
        // What the tests of the checks produce is looked at here for its form alone.
        let broken = crate::preflight::testing::everything_wrong();
        let mut seen = 0;
        for check in ALL {
            let report = report(check, &broken);
            for note in report.problems.iter().chain(&report.cautions) {
                assert!(note.fix.ends_with('.'), "{note:?}");
                assert!(!note.what.ends_with('.'), "{note:?}");
                assert_eq!(note.check, check.id);
                seen += 1;
            }
        }
        assert!(seen > 12, "{seen}");
    }
}
