//! What a release brings: the pull requests that were merged since the release before it, by their labels.

use std::collections::BTreeMap;

use actions_core::text;
use anyhow::{Context as _, bail};
use github::{Error, path_part};
use package_store::Version;
use publishing::github_release::{Release, Repository};
use serde::Deserialize;

use crate::heading::Heading;
use crate::notes::CHANGES;

/// Pages of commits and of pull requests, of 100 each.
const MOST_PAGES: usize = 1000;
/// Where pull requests go that no label puts elsewhere.
const OTHER: &str = "Other changes";

const NOTHING_BEFORE: &str = "there is no previous release, so the notes list no changes: to start from a tag, set the input `since`";
const INCOMPARABLE: &str = "the previous release cannot be compared with this commit, so the list of changes in the notes stays as it is; to start from another tag, set the input `since`";

/// Why there is no list of changes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unlisted {
    /// There is nothing to count from.
    Nothing(&'static str),
    /// It cannot be read, so what the draft says already may well be right.
    Unknown(String),
}

/// What the notes are to say of pull requests.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wish<'a> {
    /// Tag to count from; `None` is the release before.
    pub(crate) since: Option<&'a str>,
    pub(crate) headings: &'a [Heading],
    pub(crate) exclude: &'a [String],
}

/// The pull requests of a release, in the order in which they were merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Changes {
    pub(crate) since: String,
    groups: Vec<(String, Vec<String>)>,
}

#[derive(Debug, Deserialize)]
struct Comparison {
    total_commits: usize,
    commits: Vec<Listed>,
}

#[derive(Debug, Deserialize)]
struct Listed {
    sha: String,
    commit: Inner,
}

#[derive(Debug, Deserialize)]
struct Inner {
    committer: Option<Signature>,
}

#[derive(Debug, Deserialize)]
struct Signature {
    date: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct Pull {
    number: u64,
    title: String,
    user: Option<Account>,
    #[serde(default)]
    labels: Vec<Label>,
    merged_at: Option<String>,
    merge_commit_sha: Option<String>,
    updated_at: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct Account {
    login: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Label {
    name: String,
}

/// The commits of a release, each with its place in the order, and the oldest of their times.
struct Range {
    places: BTreeMap<String, usize>,
    oldest: Option<String>,
}

/// A repository whose history is read.
pub(crate) struct History<'a>(pub(crate) &'a Repository);

impl History<'_> {
    /// What was merged between the release before and `commit`, or why that cannot be told.
    pub(crate) async fn changes(
        &self,
        version: &Version,
        commit: &str,
        wish: &Wish<'_>,
    ) -> anyhow::Result<Result<Changes, Unlisted>> {
        let since = match wish.since {
            Some(tag) => tag.to_owned(),
            None => match before(&self.0.releases().await?, version) {
                Some(tag) => tag,
                None => return Ok(Err(Unlisted::Nothing(NOTHING_BEFORE))),
            },
        };
        let failed = || format!("failed to compare commit {commit} with {since}");
        let range = self.range(&since, commit).await.with_context(failed)?;
        let Some(range) = range else {
            // A tag that was asked for by name must be there; one that was only found may be of a history that is gone.
            if wish.since.is_none() {
                return Ok(Err(Unlisted::Unknown(INCOMPARABLE.to_owned())));
            }
            bail!(
                "{}: one of them is not on GitHub; set the input `since` to another tag",
                failed()
            );
        };
        let pulls = match self.merged(&range).await {
            Ok(pulls) => pulls,
            // The repository itself was read before: what is hidden are its pull requests.
            Err(error) if error.is_missing_permission() || error.is_not_found() => {
                return Ok(Err(Unlisted::Unknown(format!(
                    "the merged pull requests cannot be read, so the list of changes in the notes stays as it is: {error}"
                ))));
            }
            Err(error) => return Err(error).context("failed to list the merged pull requests"),
        };
        Ok(Ok(Changes {
            groups: grouped(&pulls, wish),
            since,
        }))
    }

    /// The commits between a tag and `commit`; `None` if one of them is not on GitHub.
    async fn range(&self, since: &str, commit: &str) -> Result<Option<Range>, Error> {
        let mut range = Range {
            places: BTreeMap::new(),
            oldest: None,
        };
        let (root, since) = (&self.0.root, path_part(since));
        let path = format!("{root}/compare/{since}...{commit}?per_page=100");
        let mut pages = self.0.api.pages(path, MOST_PAGES);
        loop {
            let found: Comparison = match pages.next().await {
                Ok(Some(found)) => found,
                Ok(None) => return Ok(Some(range)),
                Err(error) if error.is_not_found() => return Ok(None),
                Err(error) => return Err(error),
            };
            for listed in found.commits {
                let date = listed.commit.committer.and_then(|it| it.date);
                range.oldest = match (range.oldest, date) {
                    (Some(oldest), Some(date)) => Some(oldest.min(date)),
                    (oldest, date) => oldest.or(date),
                };
                let place = range.places.len();
                range.places.insert(listed.sha, place);
            }
            if range.places.len() >= found.total_commits {
                return Ok(Some(range));
            }
        }
    }

    /// The pull requests whose merge is one of these commits.
    async fn merged(&self, range: &Range) -> Result<Vec<Pull>, Error> {
        let mut found: Vec<(usize, Pull)> = Vec::new();
        let root = &self.0.root;
        let path = format!("{root}/pulls?state=closed&sort=updated&direction=desc&per_page=100");
        let mut pages = self.0.api.pages(path, MOST_PAGES);
        while let Some(pulls) = pages.next::<Vec<Pull>>().await? {
            // Whatever was touched last before the oldest commit was made is merged by none of them.
            let touched = pulls.last().and_then(|pull| pull.updated_at.clone());
            let past = touched.is_some() && range.oldest.is_some() && touched < range.oldest;
            for pull in pulls.into_iter().filter(|pull| pull.merged_at.is_some()) {
                let commit = pull.merge_commit_sha.as_ref();
                if let Some(place) = commit.and_then(|commit| range.places.get(commit)) {
                    found.push((*place, pull));
                }
            }
            if past {
                break;
            }
        }
        found.sort_by_key(|(place, pull)| (*place, pull.number));
        // A pull request that is touched between two pages is listed twice.
        found.dedup_by_key(|(_, pull)| pull.number);
        Ok(found.into_iter().map(|(_, pull)| pull).collect())
    }
}

/// The newest published release that is older than `version`. A release counts from the release before it, so that its
/// notes hold what its prereleases brought.
fn before(releases: &[Release], version: &Version) -> Option<String> {
    use std::cmp::Ordering::{Equal, Less};
    let older = releases.iter().filter_map(|release| {
        let found: Version = release.tag_name.parse().ok()?;
        let fits = !release.draft
            && found.precedence(version) == Some(Less)
            && (version.is_prerelease() || !found.is_prerelease());
        fits.then_some((found, &release.tag_name))
    });
    let newest = older.max_by(|(a, _), (b, _)| a.precedence(b).unwrap_or(Equal));
    newest.map(|(_, tag)| tag.clone())
}

fn grouped(pulls: &[Pull], wish: &Wish<'_>) -> Vec<(String, Vec<String>)> {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    let headings = wish.headings.iter().map(|it| it.heading.as_str());
    for heading in headings.chain([OTHER]) {
        if !groups.iter().any(|(known, _)| known == heading) {
            groups.push((heading.to_owned(), Vec::new()));
        }
    }
    for pull in pulls {
        if wish.exclude.iter().any(|label| has(pull, label)) {
            continue;
        }
        let heading = wish.headings.iter().find(|it| has(pull, &it.label));
        let heading = heading.map_or(OTHER, |it| it.heading.as_str());
        if let Some((_, lines)) = groups.iter_mut().find(|(known, _)| known == heading) {
            lines.push(line(pull));
        }
    }
    groups.retain(|(_, lines)| !lines.is_empty());
    groups
}

/// GitHub ignores the case of labels.
fn has(pull: &Pull, label: &str) -> bool {
    let label = label.to_lowercase();
    pull.labels.iter().any(|it| it.name.to_lowercase() == label)
}

fn line(pull: &Pull) -> String {
    let title = text::markdown(&text::one_line(&pull.title)).to_string();
    let number = pull.number;
    match &pull.user {
        // A name with other characters is an app's, and mentions nobody.
        Some(user)
            if user
                .login
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-') =>
        {
            format!("- {title} (#{number} by @{})", user.login)
        }
        Some(user) => format!("- {title} (#{number} by {})", text::markdown(&user.login)),
        None => format!("- {title} (#{number})"),
    }
}

impl Changes {
    /// As Markdown, in at most `room` characters.
    pub(crate) fn to_markdown(&self, room: usize) -> String {
        let since = text::markdown_code(&self.since);
        let mut notes = format!("{CHANGES} {since}\n");
        if self.groups.is_empty() {
            notes += "\nNo pull requests were merged.\n";
        }
        let mut left = self.len();
        for (heading, lines) in &self.groups {
            let mut head = format!("\n#### {}\n\n", text::markdown(heading));
            for line in lines {
                if notes.chars().count() + head.chars().count() + line.chars().count() > room {
                    return notes + &format!("\n… and {left} more.\n");
                }
                notes += &std::mem::take(&mut head);
                notes += line;
                notes.push('\n');
                left -= 1;
            }
        }
        notes
    }

    /// How many pull requests they are.
    pub(crate) fn len(&self) -> usize {
        self.groups.iter().map(|(_, lines)| lines.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pull(number: u64, title: &str, labels: &[&str]) -> Pull {
        let label = |name: &&str| Label {
            name: (*name).to_owned(),
        };
        Pull {
            number,
            title: title.to_owned(),
            user: Some(Account {
                login: "octocat".to_owned(),
            }),
            labels: labels.iter().map(label).collect(),
            merged_at: None,
            merge_commit_sha: None,
            updated_at: None,
        }
    }

    fn release(tag: &str, draft: bool) -> Release {
        serde_json::from_value(serde_json::json!({
            "id": 1, "tag_name": tag, "draft": draft, "prerelease": false, "body": null, "html_url": "",
        }))
        .unwrap()
    }

    #[test]
    fn the_first_heading_that_fits_counts_and_excluded_labels_stay_out() {
        let headings: Vec<Heading> = ["🐍 Python = Python", "a = b = Both", "fix = Python"]
            .map(|line| line.parse().unwrap())
            .into();
        let exclude = ["Skip".to_owned()];
        let wish = Wish {
            since: None,
            headings: &headings,
            exclude: &exclude,
        };
        let pulls = [
            pull(1, "One", &["🐍 python"]),
            pull(2, "Two", &[]),
            pull(3, "Three", &["fix"]),
            pull(4, "Four", &["fix", "skip"]),
            pull(5, "Five", &["a = b", "fix"]),
        ];
        let changes = Changes {
            since: "v0.1.0".to_owned(),
            groups: grouped(&pulls, &wish),
        };
        assert_eq!(
            changes.to_markdown(10_000),
            "### Changes since `v0.1.0`\n\n\
             #### Python\n\n- One (#1 by @octocat)\n- Three (#3 by @octocat)\n\n\
             #### Both\n\n- Five (#5 by @octocat)\n\n\
             #### Other changes\n\n- Two (#2 by @octocat)\n"
        );
    }

    #[test]
    fn a_title_writes_no_markup_and_mentions_nobody() {
        let hostile = line(&pull(1, "<b>x</b>\n- @everyone `a`", &[]));
        assert!(!hostile.contains("<b>"), "{hostile}");
        assert!(!hostile.contains('\n'), "{hostile}");
        assert!(hostile.contains("\\@everyone"), "{hostile}");
    }

    #[test]
    fn more_than_there_is_room_for_is_counted() {
        let pulls: Vec<Pull> = (0..100).map(|number| pull(number, "Title", &[])).collect();
        let wish = Wish {
            since: None,
            headings: &[],
            exclude: &[],
        };
        let changes = Changes {
            since: "v1".to_owned(),
            groups: grouped(&pulls, &wish),
        };
        let notes = changes.to_markdown(500);
        assert!(notes.chars().count() < 530, "{notes}");
        assert!(notes.contains("\n… and "), "{notes}");
    }

    #[test]
    fn a_release_counts_from_the_release_before_and_a_prerelease_from_whatever_was_before() {
        let releases = [
            release("v0.3.0", false),
            release("v0.2.0-alpha.1", false),
            release("v0.2.0-alpha.2", true),
            release("v0.1.9", false),
            release("v0.1.10", false),
            release("nightly", false),
        ];
        let before = |version: &str| before(&releases, &version.parse().unwrap());
        assert_eq!(before("0.2.0").as_deref(), Some("v0.1.10"));
        assert_eq!(before("0.2.0-alpha.3").as_deref(), Some("v0.2.0-alpha.1"));
        assert_eq!(before("0.1.0"), None);
    }
}
