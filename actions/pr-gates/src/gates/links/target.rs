//! What a link in a file of the tree points to.

use percent_encoding::percent_decode_str;

use crate::path;

/// Where a link leads, seen from its file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// Another site, an address for mail, or a page that a template will name.
    Elsewhere,
    /// A page of the repository's site, such as `../../issues`.
    Page,
    /// Out of the tree.
    Outside,
    /// A path in the tree, and what stands behind `#`; empty where nothing does.
    Inside { path: String, anchor: String },
}

/// Reads a link of the file `from`. A slash in front means the root of the repository, as on GitHub.
pub(super) fn read(from: &str, link: &str) -> Target {
    if is_elsewhere(link) {
        return Target::Elsewhere;
    }
    let (rest, anchor) = link.split_once('#').unwrap_or((link, ""));
    let rest = rest.split('?').next().unwrap_or_default();
    let (Some(rest), Some(anchor)) = (decoded(rest), decoded(anchor)) else {
        return Target::Outside;
    };
    let path = match rest.as_str() {
        "" => Some(from.to_owned()),
        rest => {
            let folder = if rest.starts_with('/') {
                ""
            } else {
                path::folder(from)
            };
            path::join(folder, rest)
        }
    };
    match path {
        Some(path) => Target::Inside { path, anchor },
        None if is_page(from, &rest) => Target::Page,
        None => Target::Outside,
    }
}

fn decoded(text: &str) -> Option<String> {
    let bytes = percent_decode_str(text).decode_utf8();
    bytes.ok().map(std::borrow::Cow::into_owned)
}

fn is_elsewhere(link: &str) -> bool {
    let scheme = link.split_once(':').map_or("", |(scheme, _)| scheme);
    let in_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    let has_scheme =
        scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.chars().all(in_scheme);
    let is_template = ["{{", "{%", "${", "<%"]
        .iter()
        .any(|mark| link.contains(mark));
    has_scheme || is_template || link.starts_with("//")
}

/// What follows a repository's address on GitHub, files aside.
const PAGES: [&str; 15] = [
    "actions",
    "commit",
    "commits",
    "compare",
    "discussions",
    "issues",
    "labels",
    "milestones",
    "projects",
    "pull",
    "pulls",
    "releases",
    "security",
    "tags",
    "wiki",
];

/// A file is shown two folders (`blob/main`) below the repository's address, so that two steps out of the tree lead to its pages.
fn is_page(from: &str, link: &str) -> bool {
    let below = path::join("blob/main", path::folder(from));
    let joined = below.and_then(|below| path::join(&below, link));
    let page = joined
        .as_deref()
        .and_then(|joined| joined.split('/').next());
    page.is_some_and(|page| PAGES.contains(&page))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inside(path: &str, anchor: &str) -> Target {
        Target::Inside {
            path: path.to_owned(),
            anchor: anchor.to_owned(),
        }
    }

    #[test]
    fn paths_are_taken_from_the_folder_of_the_file() {
        assert_eq!(read("docs/a.md", "b.md"), inside("docs/b.md", ""));
        assert_eq!(
            read("docs/a.md", "../src/./x.rs#L3"),
            inside("src/x.rs", "L3")
        );
        assert_eq!(read("docs/a.md", "/src/x.rs"), inside("src/x.rs", ""));
        assert_eq!(read("docs/a.md", "#top"), inside("docs/a.md", "top"));
        assert_eq!(read("a.md", "b%20c.png?raw=true"), inside("b c.png", ""));
        assert_eq!(read("a.md", "%F0%9F%90%8D.md#%C3%BC"), inside("🐍.md", "ü"));
    }

    #[test]
    fn other_sites_and_templates_are_elsewhere() {
        for link in [
            "https://example.com/a",
            "mailto:a@example.com",
            "//example.com",
            "{{ site.url }}/a",
            "{% link a %}",
        ] {
            assert_eq!(read("a.md", link), Target::Elsewhere, "{link}");
        }
    }

    #[test]
    fn two_steps_out_are_pages_of_the_repository() {
        assert_eq!(read("README.md", "../../issues/7"), Target::Page);
        assert_eq!(read("docs/a.md", "../../../releases"), Target::Page);
        assert_eq!(read("README.md", "../x"), Target::Outside);
        assert_eq!(read("README.md", "../../../x"), Target::Outside);
        assert_eq!(read("README.md", "%ff"), Target::Outside);
    }
}

#[cfg(test)]
mod fuzz {
    use super::*;

    #[test]
    fn no_target_leaves_the_tree_unseen() {
        let seeds = [
            "../src/a.rs#L3",
            "a%20b.md?x#y",
            "/../../issues",
            "./%2e%2e/..//c",
            "https://example.com",
        ];
        let words = ["../", "./", "//", "%2F", "%2e", "#", "?", "/"];
        testkit::fuzz::texts(&seeds, &words, |text| {
            if let Target::Inside { path, .. } = read("docs/a.md", text) {
                assert!(!path.split('/').any(|step| step == ".."), "{path:?}");
                assert!(!path.starts_with('/'), "{path:?}");
            }
        });
    }
}
