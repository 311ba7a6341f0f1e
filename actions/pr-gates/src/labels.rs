//! Names of labels as rules write them: any text is a name, also one with spaces, bars, commas and emoji.

use actions_core::did_you_mean;

use crate::{finding::Finding, pull_request::Conversation};

/// A label's name, in which `*` stands for any text unless the name was quoted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LabelPattern {
    pub(crate) text: String,
    literal: bool,
}

impl LabelPattern {
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn is_glob(&self) -> bool {
        !self.literal && self.text.contains('*')
    }

    /// GitHub takes names that differ in case only for the same label.
    pub(crate) fn matches(&self, label: &str) -> bool {
        let (pattern, label) = (self.text.to_lowercase(), label.to_lowercase());
        match self.is_glob() {
            false => pattern == label,
            true => matches_glob(&pattern, &label),
        }
    }
}

/// Whether `text` is what `pattern` says, where each `*` stands for any text, also none.
pub(crate) fn matches_glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.split_once(part) {
            // An empty part (`**`) splits at the start, as it should.
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Splits `a | "b | c"` at the bars outside of quotes.
pub(crate) fn split(text: &str) -> Result<Vec<LabelPattern>, String> {
    let mut names = Vec::new();
    let mut rest = text;
    loop {
        let (name, after) = next_name(rest)?;
        if name.text.is_empty() {
            return Err("a label's name is missing".to_owned());
        }
        names.push(name);
        match after {
            Some(after) => rest = after,
            None => return Ok(names),
        }
    }
}

/// The first name, and what stands behind its bar.
pub(crate) fn next_name(text: &str) -> Result<(LabelPattern, Option<&str>), String> {
    let text = text.trim_start();
    let quoted = text.strip_prefix('"').and_then(|rest| rest.split_once('"'));
    // A name that merely begins with a quoted word, as `"soon" maybe`, is taken as it stands.
    if let Some((name, after)) = quoted
        && let after = after.trim_start()
        && (after.is_empty() || after.starts_with('|'))
    {
        let name = LabelPattern {
            text: name.to_owned(),
            literal: true,
        };
        return Ok((name, after.strip_prefix('|')));
    }
    if text.starts_with('"') && quoted.is_none() {
        return Err(format!("the quotation mark before {text} is not closed"));
    }
    let (name, after) = match text.split_once('|') {
        Some((name, after)) => (name, Some(after)),
        None => (text, None),
    };
    let name = LabelPattern {
        text: name.trim().to_owned(),
        literal: false,
    };
    Ok((name, after))
}

/// The mistakes in a rule that names labels which the repository does not have: such a rule can never be satisfied, or
/// never be broken. `input` is where the rule stands.
pub(crate) fn unknown<'a>(
    patterns: impl IntoIterator<Item = &'a LabelPattern>,
    rule: &str,
    input: &str,
    conversation: &Conversation,
) -> Vec<Finding> {
    let Some(existing) = &conversation.repository_labels else {
        return Vec::new();
    };
    let unknown = |pattern: &&LabelPattern| !existing.iter().any(|label| pattern.matches(label));
    patterns
        .into_iter()
        .filter(unknown)
        .map(|pattern| {
            let hint = did_you_mean(pattern.as_str(), existing.iter().map(String::as_str))
                .map(|meant| format!(", did you mean \"{meant}\"?"))
                .unwrap_or_default();
            Finding::misconfigured(format!(
                "unknown label \"{}\" in the rule \"{rule}\": the repository does not have it{hint}",
                pattern.as_str(),
            ))
            .help(format!(
                "Fix the rule in `{input}`, or create the label in the repository."
            ))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_text() {
        for (pattern, text, expected) in [
            ("a*", "a", true),
            ("*a", "ba", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("a*a", "a", false),
            ("**", "", true),
            ("area/*", "area/a/b", true),
        ] {
            assert_eq!(matches_glob(pattern, text), expected, "{pattern} {text}");
        }
    }
}
