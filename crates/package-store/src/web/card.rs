//! What the list says of a commit, kept beside it, so that a page of the list reads one small file a commit.

use serde::{Deserialize, Serialize};

use super::commit::{complete, run_name};
use super::document::{self, Inline, Tone, badge, code, count, external, text};
use crate::commit::Commit;
use crate::layout;
use crate::record::Record;
use crate::time::Time;

/// As JSON: one object, keys in kebab-case in this order, absent values left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Card {
    pub(super) commit: Commit,
    pub(super) versions: Vec<String>,
    /// How many.
    pub(super) packages: usize,
    /// Of all packages, in bytes.
    pub(super) size: u64,
    /// How much differs from a complete commit, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) gaps: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) run_url: Option<String>,
    pub(super) groups: Vec<Group>,
}

/// The packages of one kind and project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Group {
    pub(super) kind: String,
    pub(super) project: String,
    pub(super) platforms: Vec<String>,
}

impl Group {
    pub(super) fn of(record: &Record) -> Self {
        Self {
            kind: record.kind.clone(),
            project: record.project.clone(),
            platforms: vec![record.platform.clone()],
        }
    }

    pub(super) fn add(&mut self, record: &Record) {
        if !self.platforms.contains(&record.platform) {
            self.platforms.push(record.platform.clone());
        }
    }

    fn badge(&self) -> Inline {
        let what = format!("{} {}", self.kind, self.project);
        if self.platforms == ["any"] {
            return badge(Tone::Plain, what);
        }
        badge(
            Tone::Plain,
            format!("{what} · {}", self.platforms.join(", ")),
        )
    }
}

impl Card {
    /// Strings and numbers always have a form in JSON; the fallback only avoids a panic path.
    pub(super) fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// How it looks in a list.
    pub(super) fn shown(&self, added: Time) -> document::Card {
        let mut meta = vec![
            Inline::Time(added),
            text(format!("· {} ·", count(self.packages, "package"))),
            document::size(self.size),
        ];
        if let Some(run) = &self.run_url {
            meta.extend([text("·"), external(run_name(run), run)]);
        }
        let mut lines = Vec::new();
        if !self.versions.is_empty() {
            lines.push(self.versions.iter().map(code).collect());
        }
        lines.push(self.groups.iter().map(Group::badge).collect());
        document::Card {
            title: self.commit.short().to_owned(),
            page: layout::commit_page(&self.commit),
            badges: complete(self.gaps).into_iter().collect(),
            meta,
            lines,
        }
    }
}
