//! What is kept for each commit of a history: names sort by the time of the commit.

use super::stem;
use crate::commit::Commit;

/// The name of a commit's entry; `time` is `20261121T081500Z`.
pub(crate) fn entry(time: &str, commit: &Commit) -> String {
    format!("{time}-{commit}")
}

/// The commit that such a name, at the end of a path, is of.
pub(crate) fn commit_of(path: &str) -> Option<Commit> {
    stem(path).rsplit_once('-')?.1.parse().ok()
}
