//! Workflow commands: what a line must look like for the runner to obey it, with every value escaped.

/// Escapes the text after the second `::`.
pub fn escape_data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Escapes the value of a property, where `:` and `,` have a meaning too.
pub fn escape_property(text: &str) -> String {
    escape_data(text).replace(':', "%3A").replace(',', "%2C")
}

/// A whole command line, without its line end; properties without a value are left out.
pub fn command(name: &str, properties: &[(&str, Option<String>)], data: &str) -> String {
    let properties: Vec<String> = properties
        .iter()
        .filter_map(|(key, value)| Some(format!("{key}={}", escape_property(value.as_ref()?))))
        .collect();
    let space = if properties.is_empty() { "" } else { " " };
    format!(
        "::{name}{space}{}::{}",
        properties.join(","),
        escape_data(data)
    )
}

/// A word that a text from elsewhere cannot know, for delimiters and for `stop-commands`.
pub(crate) fn random_word() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(hex::encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_with_a_meaning_is_escaped() {
        let line = command(
            "error",
            &[
                ("file", Some("a,b:c%.rs".to_owned())),
                ("line", None),
                ("title", Some("x\ny".to_owned())),
            ],
            "50%\r\nof it: a, b",
        );
        assert_eq!(
            line,
            "::error file=a%2Cb%3Ac%25.rs,title=x%0Ay::50%25%0D%0Aof it: a, b"
        );
    }

    #[test]
    fn a_command_without_properties_has_no_space() {
        assert_eq!(command("endgroup", &[], ""), "::endgroup::");
    }
}

#[cfg(test)]
mod fuzz {
    use super::*;

    /// As the runner does it, in `ActionCommand` of its sources.
    fn unescaped(text: &str) -> String {
        text.replace("%0D", "\r")
            .replace("%0A", "\n")
            .replace("%3A", ":")
            .replace("%2C", ",")
            .replace("%25", "%")
    }

    #[test]
    fn any_text_comes_back_from_a_command_whole_and_is_one_line() {
        let seeds = ["a,b:c%.rs", "50%\r\nof it", "::error::forged", "%250A%0a"];
        testkit::fuzz::texts(&seeds, &["%", "25", "%3A", "%2C"], |text| {
            let line = command("error", &[("file", Some(text.to_owned()))], text);
            assert!(!line.contains(['\r', '\n']), "{line:?}");
            let rest = line.strip_prefix("::error file=").unwrap();
            let (property, data) = rest.split_once("::").unwrap();
            assert!(!property.contains([',', ':']), "{line:?}");
            assert_eq!(unescaped(property), text);
            assert_eq!(unescaped(data), text);
        });
    }
}
