//! What the notes say of merged pull requests.

use testkit::github::state::Pull;
use testkit::repo::TempRepo;
use testkit::runner::InJob as _;

use super::{Place, release};

/// A repository whose release `v0.1.0` is four merges back; its pull requests have the numbers 1 to 5.
pub(super) fn history(place: &Place) -> (TempRepo, String) {
    let repo = TempRepo::new();
    let merges: Vec<String> = (0..5)
        .map(|number| {
            let merge = repo.write("file", number.to_string()).commit("merge");
            if number == 0 {
                repo.tag("v0.1.0");
            }
            merge
        })
        .collect();
    let head = merges.get(4).unwrap().clone();
    let pull = |number: usize, title: &str, label: &str| Pull {
        number: number as u64,
        title: title.to_owned(),
        user: "octocat".to_owned(),
        closed: true,
        merged: true,
        merge_commit_sha: Some(merges.get(number - 1).unwrap().clone()),
        labels: vec![label.to_owned()],
        ..Pull::default()
    };
    place.change(|repository| {
        repository.path = Some(repo.path().to_owned());
        repository.releases = vec![release("v0.1.0", false), release("v0.3.0", false)];
        repository.pulls = vec![
            pull(1, "Released already", "🐍 python"),
            pull(2, "Read <b> faster", "🐍 Python"),
            pull(3, "Bump a number", "skip changelog"),
            pull(4, "Mend the crate", "rust"),
            Pull {
                merged: false,
                ..pull(5, "Given up", "rust")
            },
        ];
    });
    for (kind, project, platform) in [
        ("wheel", "hello-sdk", "linux-x64"),
        ("crate", "hello-core", "any"),
        ("data", "hello-data", "any"),
    ] {
        place.put(kind, project, platform, "0.2.0", &head);
    }
    (repo, head)
}

#[test]
fn the_notes_list_what_was_merged_since_the_release_before() {
    let place = Place::new();
    let (_repo, head) = history(&place);
    let run = || {
        let run = place.run().sha(&head);
        let run = run.input("headings", "🐍 python = Python");
        run.input("exclude-labels", "skip changelog").run()
    };
    let outcome = run();
    outcome.assert_code(0);
    assert!(
        outcome
            .stdout
            .contains("2 pull requests were merged since v0.1.0"),
        "{outcome}"
    );
    let drafts = place.repository().releases;
    let notes = drafts.last().unwrap().body.clone().unwrap();
    let list = "### Changes since `v0.1.0`\n\n#### Python\n\n- Read &lt;b&gt; faster (#2 by @octocat)\n\n\
                #### Other changes\n\n- Mend the crate (#4 by @octocat)\n\n### Install\n";
    assert!(notes.contains(list), "{notes}");

    // A title that was mended after the draft was made gets into it.
    place.change(|repository| repository.pulls[3].title = "Mend the crates".to_owned());
    run().assert_code(0);
    let releases = place.repository().releases;
    assert_eq!(releases.len(), 3);
    let notes = releases.last().unwrap().body.clone().unwrap();
    assert!(notes.contains("- Mend the crates (#4"), "{notes}");
    let writes = place.writes();
    run().assert_code(0);
    assert_eq!(place.writes(), writes);
}

#[test]
fn changes_that_cannot_be_told_are_left_out_and_said() {
    let place = Place::new();
    let (_repo, head) = history(&place);
    place.change(|repository| repository.private = true);
    let outcome = place.run().sha(&head).run();
    outcome.assert_code(0);
    assert!(
        outcome.stdout.contains("`pull-requests: read`"),
        "{outcome}"
    );
    let notes = place.repository().releases.last().unwrap().body.clone();
    assert!(!notes.unwrap().contains("Changes since"));

    let first = Place::new();
    let outcome = first.draft();
    outcome.assert_code(0);
    assert!(outcome.stdout.contains("no previous release"), "{outcome}");
    let unknown = Place::new();
    let (_repo, head) = history(&unknown);
    let outcome = unknown.run().sha(&head).input("since", "v0.0.9").run();
    unknown.assert_refused(&outcome, 2, &["one of them is not on GitHub"]);
}
