//! Check `github-release`: a published release may be locked, and which of two drafts is meant only a person can say.

use super::Check;
use crate::preflight::{facts::Facts, report::Notes};

pub(crate) const CHECK: Check = Check {
    id: "github-release",
    why: "GitHub accepts the files, and the tag has no release, one draft for the commit, or the published release with the same files.",
    look,
};

fn look(facts: &Facts, notes: &mut Notes<'_>) {
    let Some(github) = &facts.github else {
        return;
    };
    for told in &github.problems {
        notes.problem(&told.place, &told.what, &told.fix);
    }
    if !github.problems.is_empty() {
        return;
    }
    let place = format!("{}, release {}", github.repository, facts.tag);
    let missing = github.to_send.join(", ");
    match &github.release {
        None => notes.row(
            place,
            "no draft seen, so one will be created (only tokens with `contents: write` see drafts)",
        ),
        Some(draft) if draft.draft => notes.row(
            place,
            format!("draft {}, lacks {} files", draft.url, github.to_send.len()),
        ),
        Some(published) if missing.is_empty() => {
            notes.row(place, format!("published already, {}", published.url));
        }
        Some(_) => notes.caution(
            place,
            format!("it is already published, but lacks {missing}"),
            "Check that nobody published it by hand; this run adds the files.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::{
        facts::Release,
        testing::{facts, report, told},
    };

    fn with(draft: bool, to_send: &[&str]) -> Facts {
        let mut facts = facts();
        facts.github().release = Some(Release {
            url: "https://github.example/releases/1".to_owned(),
            draft,
        });
        facts.github().to_send = to_send.iter().map(|&it| it.to_owned()).collect();
        facts
    }

    fn counts(facts: &Facts) -> (usize, usize, usize) {
        let report = report(&CHECK, facts);
        (
            report.problems.len(),
            report.cautions.len(),
            report.rows.len(),
        )
    }

    #[test]
    fn no_release_a_draft_and_the_finished_release_are_fine() {
        assert_eq!(counts(&facts()), (0, 0, 1));
        assert_eq!(counts(&with(true, &["a.whl"])), (0, 0, 1));
        assert_eq!(counts(&with(false, &[])), (0, 0, 1));
    }

    #[test]
    fn a_published_release_that_lacks_files_is_a_caution() {
        let facts = with(false, &["a.whl", "b.whl"]);
        let cautions = report(&CHECK, &facts).cautions;
        assert_eq!(cautions.len(), 1);
        assert!(
            cautions[0].what.contains("lacks a.whl, b.whl"),
            "{cautions:?}"
        );
    }

    #[test]
    fn everything_in_its_way_is_told_at_once() {
        let mut facts = with(false, &["a.whl"]);
        facts.github().problems = vec![told("two drafts"), told("too large")];
        assert_eq!(counts(&facts), (2, 0, 0));
    }
}
