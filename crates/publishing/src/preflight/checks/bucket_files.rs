//! Check `bucket-files`: what the frozen list names must still be there, byte for byte.

use super::Check;
use crate::preflight::{facts::Facts, report::Notes};

pub(crate) const CHECK: Check = Check {
    id: "bucket-files",
    why: "The bucket has every package of the frozen list, with its size and digest.",
    look,
};

fn look(facts: &Facts, notes: &mut Notes<'_>) {
    for lost in facts.bucket.lost.iter().flatten() {
        notes.problem("bucket", lost, "Upload the same file again to restore it.");
    }
    for file in &facts.files {
        let Some(inside) = &file.inside else {
            continue;
        };
        if !inside.sha256.is_empty() && inside.sha256 != file.sha256 {
            notes.problem(
                &file.name,
                format!(
                    "the bytes on this machine have sha256 {}, its record says {}",
                    inside.sha256, file.sha256
                ),
                "Delete the file here and run again.",
            );
        }
    }
    if facts.bucket.lost.as_ref().is_some_and(Vec::is_empty) {
        notes.row("bucket", "has every file of the list");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::testing::{facts, report};

    #[test]
    fn a_lost_file_and_other_bytes_are_both_told() {
        let mut facts = facts();
        facts.bucket.lost = Some(vec!["wheel `a.whl` is gone".to_owned()]);
        facts.files[0].inside.as_mut().unwrap().sha256 = "ab".repeat(32);
        let problems = report(&CHECK, &facts).problems;
        assert_eq!(problems.len(), 2);
        assert_eq!(problems[0].place, "bucket");
        assert!(problems[1].what.contains(&"ab".repeat(32)));
    }
}
