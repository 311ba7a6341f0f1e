//! Which events of a release a workflow starts on, as its file says.

use serde_json::Value;

/// Types of `release` that publishing a draft causes.
const PUBLISHING: [&str; 3] = ["published", "released", "prereleased"];
/// Longest pattern that is looked at.
const LONGEST: usize = 1000;

/// The events of publishing a release that a workflow starts on, in its own words; `None` where the file cannot be read.
pub(crate) fn starts_on(workflow: &str, tag: &str, makes_tag: bool) -> Option<Vec<String>> {
    let workflow: Value = serde_saphyr::from_str(workflow).ok()?;
    let on = workflow.get("on")?;
    let mut found = Vec::new();
    if let Some(types) = types_of_release(on) {
        found.push(types);
    }
    if makes_tag {
        if settings(on, "push")
            .flatten()
            .is_some_and(|push| takes_tag(push, tag))
        {
            found.push("`push` of tags".to_owned());
        }
        if settings(on, "create").is_some() {
            found.push("`create`".to_owned());
        }
    }
    Some(found)
}

/// `release`, as far as publishing causes it.
fn types_of_release(on: &Value) -> Option<String> {
    let types = match settings(on, "release")?.and_then(|release| release.get("types")) {
        None | Some(Value::Null) => return Some("`release`".to_owned()),
        Some(types) => list(types),
    };
    let types: Vec<&str> = types
        .into_iter()
        .filter(|it| PUBLISHING.contains(it))
        .collect();
    (!types.is_empty()).then(|| format!("`release: {}`", types.join(", ")))
}

/// Whether the event is there, and what is set below it.
fn settings<'a>(on: &'a Value, event: &str) -> Option<Option<&'a Value>> {
    match on {
        Value::String(one) => (one == event).then_some(None),
        Value::Array(events) => events.iter().any(|it| it == event).then_some(None),
        Value::Object(events) => events.get(event).map(Some),
        _ => None,
    }
}

/// A workflow without filters starts on tags as well, but was hardly written for them.
fn takes_tag(push: &Value, tag: &str) -> bool {
    match (push.get("tags"), push.get("tags-ignore")) {
        (Some(patterns), _) => last_match(&list(patterns), tag),
        (None, Some(patterns)) => !last_match(&list(patterns), tag),
        (None, None) => false,
    }
}

fn list(value: &Value) -> Vec<&str> {
    match value {
        Value::String(one) => vec![one],
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The last pattern that matches decides; `!` in front of it means no.
fn last_match(patterns: &[&str], tag: &str) -> bool {
    let mut taken = false;
    for pattern in patterns {
        let bare = pattern.strip_prefix('!');
        if matches(bare.unwrap_or(pattern), tag) {
            taken = bare.is_none();
        }
    }
    taken
}

/// GitHub's filter patterns: `*` within one part, `**` across parts, `?` and `+` after a character, `[…]`.
fn matches(pattern: &str, tag: &str) -> bool {
    if pattern.len() > LONGEST {
        return false;
    }
    let mut regex = String::from("^");
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '*' if chars.peek() == Some(&'*') => {
                chars.next();
                regex.push_str(".*");
            }
            '*' => regex.push_str("[^/]*"),
            '?' | '+' | '[' | ']' | '-' => regex.push(c),
            '\\' => regex.extend(chars.next().map(|c| regex::escape(&c.to_string()))),
            c => regex.push_str(&regex::escape(&c.to_string())),
        }
    }
    regex.push('$');
    let regex = regex::RegexBuilder::new(&regex).size_limit(1 << 20).build();
    regex.is_ok_and(|regex| regex.is_match(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(on: &str) -> Option<Vec<String>> {
        starts_on(&format!("name: x\n{on}\njobs: {{}}\n"), "v0.2.0", true)
    }

    #[test]
    fn every_way_to_write_the_events_is_understood() {
        let release = Some(vec!["`release`".to_owned()]);
        assert_eq!(told("on: release"), release);
        assert_eq!(told("on: [push, release]"), release);
        assert_eq!(
            told("on:\n  release:\n  push:\n    branches: [main]"),
            release
        );
        assert_eq!(
            told("\"on\":\n  release:\n    types: [published, edited]"),
            Some(vec!["`release: published`".to_owned()])
        );
        assert_eq!(told("on:\n  release:\n    types: edited"), Some(vec![]));
        assert_eq!(told("on: push"), Some(vec![]));
        assert_eq!(told("on: [\n"), None);
    }

    #[test]
    fn a_push_of_tags_counts_where_its_patterns_take_the_tag() {
        let push = |tags: &str| {
            !told(&format!("on:\n  push:\n    {tags}"))
                .unwrap()
                .is_empty()
        };
        for taken in [
            "tags: ['v*']",
            "tags: v[0-9]+.[0-9]+.[0-9]+",
            "tags: ['**']",
            "tags: ['!v*', 'v0.*']",
            "tags-ignore: ['nightly']",
        ] {
            assert!(push(taken), "{taken}");
        }
        for other in [
            "tags: ['nightly']",
            "tags: ['v*', '!v0.*']",
            "tags-ignore: ['v*']",
            "branches: ['v*']",
            "tags: ['v[']",
        ] {
            assert!(!push(other), "{other}");
        }
        assert_eq!(
            starts_on("on: {push: {tags: ['v*']}}", "v0.2.0", false),
            Some(vec![])
        );
        assert_eq!(told("on: create"), Some(vec!["`create`".to_owned()]));
    }
}
