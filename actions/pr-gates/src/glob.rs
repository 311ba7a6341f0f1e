//! Globs of paths, one per line of an input, read as a `.gitignore` reads its lines.

use std::str::FromStr;

use untrusted_input::Glob;

/// A glob that keeps the words in which it was written.
///
/// Without a slash it matches the name of a file in any folder; with one, the whole path. `*` stays within a folder,
/// `**` does not, and a slash at the end means all that the folder holds.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    text: String,
    matcher: Glob,
}

impl Pattern {
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn matches(&self, path: &str) -> bool {
        self.matcher.matches(path)
    }
}

/// Whether any of the patterns matches.
pub(crate) fn any(patterns: &[Pattern], path: &str) -> bool {
    patterns.iter().any(|pattern| pattern.matches(path))
}

impl FromStr for Pattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.starts_with('!') {
            return Err(
                "a glob cannot exclude what another one matches: remove the `!`".to_owned(),
            );
        }
        let path = text.strip_prefix('/').unwrap_or(text);
        let mut glob = match path.trim_end_matches('/').contains('/') || text.starts_with('/') {
            true => path.to_owned(),
            false => format!("**/{path}"),
        };
        if glob.ends_with('/') {
            glob.push_str("**");
        }
        let matcher = Glob::new(&glob).map_err(|err| err.to_string())?;
        Ok(Self {
            text: text.to_owned(),
            matcher,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, path: &str) -> bool {
        pattern.parse::<Pattern>().unwrap().matches(path)
    }

    #[test]
    fn a_name_matches_in_any_folder() {
        assert!(matches("*.png", "a.png"));
        assert!(matches("*.png", "docs/a.png"));
        assert!(matches("Cargo.lock", "examples/Cargo.lock"));
    }

    #[test]
    fn a_path_matches_from_the_root_and_a_star_stays_in_its_folder() {
        assert!(matches("docs/*.png", "docs/a.png"));
        assert!(!matches("docs/*.png", "docs/b/a.png"));
        assert!(!matches("docs/*.png", "x/docs/a.png"));
        assert!(matches("docs/**", "docs/b/a.png"));
        assert!(!matches("/a.png", "docs/a.png"));
    }

    #[test]
    fn a_slash_at_the_end_means_all_that_the_folder_holds() {
        assert!(matches("assets/", "assets/a/b.bin"));
        assert!(matches("assets/", "x/assets/b.bin"));
        assert!(!matches("assets/", "assets"));
        assert!(!matches("/assets/", "x/assets/b.bin"));
    }

    #[test]
    fn odd_names_are_matched_as_they_are() {
        assert!(matches("*.bin", "a b\n🐍.bin"));
        assert!(matches("a\\*b", "a*b"));
        assert!(!matches("a\\*b", "axb"));
    }

    #[test]
    fn what_is_no_glob_is_refused() {
        assert!("a[".parse::<Pattern>().is_err());
        assert!(
            "!a".parse::<Pattern>()
                .unwrap_err()
                .contains("remove the `!`")
        );
    }
}

#[cfg(test)]
mod fuzz {
    use super::*;

    #[test]
    fn a_glob_of_plain_characters_matches_its_own_path() {
        let seeds = [
            "docs/*.png",
            "/assets/",
            "**/a[0-9]?.{rs,py}",
            "a\\*b",
            "Cargo.lock",
        ];
        testkit::fuzz::texts(&seeds, &["[!a]", "{a,", "}", "?"], |text| {
            let Ok(pattern) = text.parse::<Pattern>() else {
                return;
            };
            let path = text.strip_prefix('/').unwrap_or(text);
            let special = path.contains(['*', '?', '[', ']', '{', '}', '\\']);
            let is_path = !path.is_empty() && path.split('/').all(|step| !step.is_empty());
            assert!(special || !is_path || pattern.matches(path));
        });
    }
}
