//! What one crate of a workspace requires of another has to follow the version, in the words of who wrote it.

use semver::{Version, VersionReq};

/// The requirement that takes `new` where `text` stood: the same operator, and as many numbers.
///
/// `None` when it may stay as it is. A prerelease is written out whole, because cargo takes one only where it is named.
/// What follows a `+` does not count in a requirement.
///
/// # Errors
/// The requirement excludes `new` and has a shape that cannot be followed, such as `>=0.2, <0.3`.
pub(super) fn follow(text: &str, new: &Version) -> Result<Option<String>, String> {
    let unreadable = || format!("`{text}` is not a requirement");
    let requirement = VersionReq::parse(text).map_err(|_| unreadable())?;
    let new = crate::version::release(new);
    let [comparator] = requirement.comparators.as_slice() else {
        return still_takes(&requirement, text, &new);
    };
    let operator_end = text
        .find(|c: char| c.is_ascii_digit() || matches!(c, '*' | 'x' | 'X'))
        .ok_or_else(unreadable)?;
    let (operator, version) = text.split_at_checked(operator_end).ok_or_else(unreadable)?;
    let is_open = operator.trim_start().starts_with(['<', '>']);
    if is_open || version.contains(['*', 'x', 'X']) && comparator.patch.is_none() {
        return still_takes(&requirement, text, &new);
    }
    let written = match (comparator.minor, comparator.patch) {
        _ if !new.pre.is_empty() => new.to_string(),
        (None, _) => new.major.to_string(),
        (Some(_), None) => format!("{}.{}", new.major, new.minor),
        (Some(_), Some(_)) => new.to_string(),
    };
    let trailing = version.trim_end();
    let space = version.get(trailing.len()..).unwrap_or_default();
    // Only what precedes a `+` counts; a requirement that says the same is left alone.
    if trailing.split('+').next() == Some(written.as_str()) {
        return Ok(None);
    }
    Ok(Some(format!("{operator}{written}{space}")))
}

fn still_takes(
    requirement: &VersionReq,
    text: &str,
    new: &Version,
) -> Result<Option<String>, String> {
    match requirement.matches(new) {
        true => Ok(None),
        false => Err(format!(
            "requirement `{text}` excludes {new}: write `{new}`, which is kept up to date"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_requirement_keeps_its_operator_and_its_number_of_numbers() {
        for (old, new, expected) in [
            ("0.2.0", "0.3.0", Some("0.3.0")),
            ("0.2", "0.3.1", Some("0.3")),
            ("1", "2.1.0", Some("2")),
            ("=0.2.0", "0.3.0", Some("=0.3.0")),
            ("~ 0.2 ", "0.3.0", Some("~ 0.3 ")),
            ("^0.2.0-alpha.1", "0.2.0-alpha.2", Some("^0.2.0-alpha.2")),
            ("=0.2.0-alpha.1", "0.2.0", Some("=0.2.0")),
            ("0.2", "0.3.0-alpha.1", Some("0.3.0-alpha.1")),
            ("0.2.0", "0.2.0+2026.3.5.g6e4ddaf", None),
            ("0.2.0-alpha.1", "0.2.0-alpha.1+dev", None),
            ("0.2", "0.2.9", None),
            ("*", "0.3.0", None),
            (">=0.2", "0.3.0", None),
            (">=0.2, <0.4", "0.3.0", None),
            ("0.2.*", "0.2.7", None),
        ] {
            let new: Version = new.parse().unwrap();
            let followed = follow(old, &new).unwrap();
            assert_eq!(followed.as_deref(), expected, "{old} {new}");
            let now = followed.unwrap_or_else(|| old.to_owned());
            assert!(
                VersionReq::parse(&now).unwrap().matches(&new),
                "{now} {new}"
            );
            assert_eq!(follow(&now, &new), Ok(None), "twice is once");
        }
    }

    #[test]
    fn a_range_that_excludes_the_new_version_is_left_to_its_author() {
        for old in [">=0.2, <0.3", "0.2.*", "<0.3"] {
            assert_eq!(
                follow(old, &Version::new(0, 3, 0)),
                Err(format!(
                    "requirement `{old}` excludes 0.3.0: write `0.3.0`, which is kept up to date"
                ))
            );
        }
        assert!(follow("*", &"0.3.0-alpha.1".parse().unwrap()).is_err());
        assert!(follow("latest", &Version::new(0, 3, 0)).is_err());
    }
}
