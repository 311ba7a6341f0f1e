//! Paths in a tree: always with `/`, never looked up on a disk.

/// A relative path, taken from a folder, without `.` and `..`; `None` where it leaves the tree.
pub(crate) fn join(folder: &str, path: &str) -> Option<String> {
    let mut steps: Vec<&str> = folder.split('/').filter(|step| !step.is_empty()).collect();
    for step in path.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                steps.pop()?;
            }
            step => steps.push(step),
        }
    }
    Some(steps.join("/"))
}

/// A name in a folder.
pub(crate) fn under(folder: &str, name: &str) -> String {
    match folder {
        "" => name.to_owned(),
        folder => format!("{folder}/{name}"),
    }
}

/// The last part of a path.
pub(crate) fn name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// The folder of a path; empty for the root.
pub(crate) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The folders above a path, nearest first, down to the root, which is empty and has none.
pub(crate) fn parents(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(parent(path), |path| parent(path))
}

fn parent(path: &str) -> Option<&str> {
    (!path.is_empty()).then(|| folder(path))
}

/// Whether a path is a folder or lies in it.
pub(crate) fn is_below(path: &str, folder: &str) -> bool {
    let rest = path.strip_prefix(folder);
    folder.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_taken_from_its_folder_and_stays_in_the_tree() {
        assert_eq!(join("a/b", "../c//./d/").as_deref(), Some("a/c/d"));
        assert_eq!(join("", "a").as_deref(), Some("a"));
        assert_eq!(join("a", "..").as_deref(), Some(""));
        assert_eq!(join("a", "../.."), None);
    }

    #[test]
    fn parents_end_at_the_root() {
        let all: Vec<&str> = parents("a/b/c").collect();
        assert_eq!(all, ["a/b", "a", ""]);
        assert_eq!(parents("").count(), 0);
        assert_eq!(
            (name("a/b"), folder("a/b"), name("a"), folder("a")),
            ("b", "a", "a", "")
        );
    }

    #[test]
    fn a_folder_is_told_from_a_name_that_begins_alike() {
        assert!(is_below("a/b", "a") && is_below("a", "a") && is_below("a", ""));
        assert!(!is_below("ab", "a") && !is_below("a", "a/b"));
    }
}
