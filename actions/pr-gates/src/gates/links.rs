//! Gate `links`: a link that points to nothing sends a reader away who had just begun.

mod elsewhere;
mod markdown;
mod target;

use std::collections::{BTreeSet, HashMap, HashSet};

use anyhow::bail;

use self::{
    markdown::Link,
    target::{Target, read},
};
use super::{Gate, Group};
use crate::{
    finding::Finding,
    glob::{self, Pattern},
    path,
    pull_request::{Entry, Fact, Host, PullRequest, Want},
};

pub(crate) const GATE: Gate = Gate {
    id: "links",
    group: Group::Content,
    rule: "Links and images in added lines of Markdown files that match `links` point to files and headings that exist after the merge and, with `external-links`, to existing pages of other sites.",
    help: "Fix the link, or add its target to `allow-links`.",
    needs: |inputs| match inputs.links.links.is_empty() {
        true => Vec::new(),
        false => vec![Fact::AddedLines, Fact::MergedTree],
    },
    reads: |pr, inputs| reads(pr, &inputs.links),
    check: |pr, inputs| check(pr, &inputs.links),
};

/// Bytes; a longer page is made by a program.
const LONGEST_PAGE: u64 = 1 << 20;

#[derive(Debug, Default, clap::Args)]
#[group(skip)]
pub(crate) struct Inputs {
    /// Globs of Markdown files whose new links to check, such as `*.md`; for links to other sites, see `external-links`.
    #[arg(long, value_name = "GLOBS")]
    links: Vec<Pattern>,
    /// Globs of link targets that need not exist, such as build output: paths from the root, or URLs such as `https://example.com/**`.
    #[arg(long, value_name = "GLOBS")]
    allow_links: Vec<Pattern>,
    /// Whether to check new links to other sites: `off`; `report` makes a 404 or 410 a warning; `refuse` makes it block the merge. Any other failure is at most a warning.
    #[arg(long, value_name = "POLICY", value_enum, default_value = "off")]
    external_links: External,
    /// Hosts of a private network to check links to, such as `wiki.intern` or `127.0.0.1:8080`; other private addresses are never requested, because a stranger may have written them.
    #[arg(long, value_name = "HOSTS")]
    allow_private_hosts: Vec<Host>,
}

/// What becomes of links to other sites.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
enum External {
    #[default]
    Off,
    Report,
    Refuse,
}

impl Inputs {
    /// Links are followed from pages only; that there are none is a slip.
    pub(crate) fn refuse_sites_without_pages(&self) -> anyhow::Result<()> {
        if self.external_links != External::Off && self.links.is_empty() {
            bail!(
                "failed to read the input `external-links`: it needs the input `links`, such as `*.md`, for the pages whose links to check"
            );
        }
        Ok(())
    }

    /// The addresses that new links lead to.
    pub(crate) fn to_other_sites(&self, pr: &PullRequest) -> BTreeSet<String> {
        if self.external_links == External::Off {
            return BTreeSet::new();
        }
        let pages = pages(pr, self).into_iter();
        let links = pages.flat_map(|(page, lines)| new_links(pr, page, &lines));
        links
            .filter_map(|link| elsewhere::address(&link.target))
            .filter(|address| !glob::any(&self.allow_links, address))
            .collect()
    }

    pub(crate) fn private_hosts(&self) -> &[Host] {
        &self.allow_private_hosts
    }
}

/// The pages with added lines, and those lines.
fn pages<'a>(pr: &'a PullRequest, inputs: &Inputs) -> Vec<(&'a Entry, HashSet<u32>)> {
    let mut lines: HashMap<&str, HashSet<u32>> = HashMap::new();
    for added in &pr.added_lines {
        lines.entry(&added.path).or_default().insert(added.line);
    }
    let mut pages: Vec<_> = lines
        .into_iter()
        .filter(|(path, _)| glob::any(&inputs.links, path))
        .filter_map(|(path, lines)| Some((pr.tree.entry(path)?, lines)))
        .collect();
    pages.sort_unstable_by_key(|(entry, _)| entry.path.as_str());
    pages
}

fn new_links(pr: &PullRequest, page: &Entry, lines: &HashSet<u32>) -> Vec<Link> {
    let text = pr.text(&page.id).unwrap_or_default();
    let mut links = markdown::links(text);
    links.retain(|link| lines.contains(&link.line));
    links
}

/// The pages themselves, and when they are there the pages whose headings they link to.
fn reads(pr: &PullRequest, inputs: &Inputs) -> Vec<Want> {
    let pages = pages(pr, inputs);
    let want = |entry: &Entry| Want::new(&entry.id, LONGEST_PAGE);
    let mut wants: Vec<Want> = pages.iter().map(|(page, _)| want(page)).collect();
    for (page, lines) in &pages {
        for link in new_links(pr, page, lines) {
            let Target::Inside { path, anchor } = read(&page.path, &link.target) else {
                continue;
            };
            if !anchor.is_empty() && is_markdown(&path) {
                wants.extend(file(pr, &path).map(want));
            }
            if !is_in_tree(pr, &path) {
                wants.extend(symlink_on(pr, &path).map(|(link, _)| want(link)));
            }
        }
    }
    wants
}

fn check(pr: &PullRequest, inputs: &Inputs) -> Vec<Finding> {
    let mut anchors: HashMap<&str, HashSet<String>> = HashMap::new();
    let mut found = Vec::new();
    for (page, lines) in pages(pr, inputs) {
        for link in new_links(pr, page, &lines) {
            let problem = match read(&page.path, &link.target) {
                Target::Page => None,
                Target::Elsewhere => elsewhere::check(pr, inputs, &link.target),
                Target::Outside => Some(Finding::new(format!(
                    "link to \"{}\" leaves the repository",
                    link.target
                ))),
                Target::Inside { path, .. } if glob::any(&inputs.allow_links, &path) => None,
                Target::Inside { path, anchor } => missing_file(pr, page, &link, &path)
                    .or_else(|| missing_anchor(pr, &mut anchors, &link, &path, &anchor)),
            };
            found.extend(problem.map(|one| one.file(&page.path).line(link.line)));
        }
    }
    found
}

fn missing_file(pr: &PullRequest, page: &Entry, link: &Link, path: &str) -> Option<Finding> {
    if is_in_tree(pr, path) || is_behind_symlink(pr, path) {
        return None;
    }
    let finding = Finding::new(format!("link to \"{}\" points to nothing", link.target));
    let same = |entry: &&Entry| entry.path.to_lowercase() == path.to_lowercase();
    if let Some(entry) = pr.merged_tree().entries.iter().find(same) {
        let meant = relative(&page.path, &entry.path);
        return Some(finding.help(format!("Case matters: did you mean `{meant}`?")));
    }
    let gone = pr.tree.entry(path).map(|_| "It exists here, but the base branch has removed it since: merge the base branch and fix the link.");
    Some(match gone {
        Some(help) => finding.help(help),
        None => finding,
    })
}

fn is_in_tree(pr: &PullRequest, path: &str) -> bool {
    let tree = pr.merged_tree();
    tree.entry(path).is_some() || tree.has_folder(path)
}

/// The first symlink that a path goes through, and what comes after it.
fn symlink_on<'a>(pr: &'a PullRequest, path: &'a str) -> Option<(&'a Entry, &'a str)> {
    let slashes = path.match_indices('/');
    let mut links = slashes.filter_map(|(at, _)| {
        let link = pr.merged_tree().entry(path.get(..at)?)?;
        link.is_symlink().then_some((link, path.get(at + 1..)?))
    });
    links.next()
}

/// Follows one symlink; behind a second one, anything may be.
fn is_behind_symlink(pr: &PullRequest, path: &str) -> bool {
    let Some((link, rest)) = symlink_on(pr, path) else {
        return false;
    };
    let Some(target) = pr.text(&link.id) else {
        return true;
    };
    let path = path::join(path::folder(&link.path), &path::under(target, rest));
    path.is_some_and(|path| is_in_tree(pr, &path) || symlink_on(pr, &path).is_some())
}

/// The way from one file to another.
fn relative(from: &str, to: &str) -> String {
    let shared = path::parents(from).find(|folder| path::is_below(to, folder));
    let shared = shared.unwrap_or_default();
    let up = path::parents(from)
        .take_while(|folder| *folder != shared)
        .count();
    let down = to
        .strip_prefix(shared)
        .unwrap_or(to)
        .trim_start_matches('/');
    format!("{}{down}", "../".repeat(up))
}

fn missing_anchor<'a>(
    pr: &'a PullRequest,
    anchors: &mut HashMap<&'a str, HashSet<String>>,
    link: &Link,
    path: &str,
    anchor: &str,
) -> Option<Finding> {
    let is_line = anchor
        .strip_prefix('L')
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    if anchor.is_empty() || anchor == "top" || is_line || !is_markdown(path) {
        return None;
    }
    let page = file(pr, path)?;
    let text = pr.text(&page.id)?;
    let known = anchors
        .entry(&page.id)
        .or_insert_with(|| markdown::anchors(text));
    if known.contains(anchor) || known.contains(&anchor.to_lowercase()) {
        return None;
    }
    let names = known.iter().map(String::as_str);
    let hint = actions_core::did_you_mean(anchor, names)
        .map(|meant| format!("Did you mean `#{meant}`? "))
        .unwrap_or_default();
    let finding = Finding::new(format!(
        "link to \"{}\" points to a heading that {path} does not have",
        link.target
    ));
    Some(finding.help(format!("{hint}{}", GATE.help)))
}

fn file<'a>(pr: &'a PullRequest, path: &str) -> Option<&'a Entry> {
    pr.merged_tree().entry(path).filter(|entry| entry.is_file())
}

fn is_markdown(path: &str) -> bool {
    let extension = path::name(path)
        .rsplit_once('.')
        .map_or("", |(_, extension)| extension);
    extension.eq_ignore_ascii_case("md") || extension.eq_ignore_ascii_case("markdown")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pull_request::{AddedLine, Content, Tree};

    /// What is said of `docs/page.md`, all of whose lines are new, next to other files.
    fn found(page: &str, others: &[(&str, &str)]) -> Vec<String> {
        let files: Vec<(&str, &str)> = others
            .iter()
            .copied()
            .chain([("docs/page.md", page)])
            .collect();
        let tree = files.iter().map(|&(path, _)| Entry {
            path: path.to_owned(),
            mode: 0o100_644,
            id: path.to_owned(),
            size: None,
        });
        let mut pr = PullRequest {
            tree: Tree::new(tree.collect()),
            added_lines: (1..)
                .zip(page.lines())
                .map(|(line, text)| AddedLine {
                    path: "docs/page.md".to_owned(),
                    line,
                    text: text.to_owned(),
                })
                .collect(),
            ..PullRequest::default()
        };
        let inputs = Inputs {
            links: vec!["*.md".parse().unwrap()],
            allow_links: vec!["docs/made/".parse().unwrap()],
            ..Inputs::default()
        };
        for _ in 0..2 {
            for want in reads(&pr, &inputs) {
                let text = files.iter().find(|(path, _)| *path == want.id).unwrap().1;
                let bytes = Some(text.as_bytes().to_vec());
                pr.contents.insert(want.id, Content { size: 1, bytes });
            }
        }
        check(&pr, &inputs)
            .into_iter()
            .map(|one| {
                format!(
                    "{}: {} ({})",
                    one.line.unwrap(),
                    one.message,
                    one.help.unwrap_or_default()
                )
            })
            .collect()
    }

    #[test]
    fn links_to_files_folders_and_pages_pass() {
        let page = "[a](../src/a.rs) [b](../src) [c](/README.md#use) [d](#here) ![e](made/e.png) [f](https://example.com)\n\n# Here\n";
        assert_eq!(
            found(page, &[("src/a.rs", ""), ("README.md", "# Use\n")]),
            [""; 0]
        );
    }

    #[test]
    fn a_link_that_leads_nowhere_is_found_with_its_line() {
        assert_eq!(
            found("text\n\n[a](missing.md)\n[b](../../../x)\n", &[]),
            [
                "3: link to \"missing.md\" points to nothing ()",
                "4: link to \"../../../x\" leaves the repository ()"
            ]
        );
    }

    #[test]
    fn another_case_is_named() {
        assert_eq!(
            found("[a](../readme.md)\n", &[("README.md", "")]),
            [
                "1: link to \"../readme.md\" points to nothing (Case matters: did you mean `../README.md`?)"
            ]
        );
    }

    #[test]
    fn a_heading_that_is_not_there_is_found() {
        let found = found(
            "[a](#hear) [b](other.md#x)\n\n# Here\n",
            &[("docs/other.md", "# Y\n")],
        );
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains(
            "points to a heading that docs/page.md does not have (Did you mean `#here`?"
        ));
        assert!(found[1].contains("points to a heading that docs/other.md does not have"));
    }
}
