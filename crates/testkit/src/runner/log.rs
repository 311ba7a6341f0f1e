//! Reads workflow commands out of a log as the runner does.

/// How grave an annotation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Error,
    Warning,
    Notice,
}

/// An annotation as the runner understood it: unescaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotation {
    pub level: Level,
    pub title: Option<String>,
    pub file: Option<String>,
    pub line: Option<u64>,
    pub message: String,
}

/// What a log said to the runner.
#[derive(Debug, Default)]
pub(super) struct Commands {
    pub(super) annotations: Vec<Annotation>,
    pub(super) masks: Vec<String>,
}

/// One line `::name key=value,key=value::data`, still escaped.
struct Command<'a> {
    name: &'a str,
    properties: Vec<(&'a str, String)>,
    data: String,
}

/// Finds the commands in a log. Between `::stop-commands::TOKEN` and `::TOKEN::` nothing is a command.
pub(super) fn commands(log: &str) -> Commands {
    let mut found = Commands::default();
    let mut stopped: Option<String> = None;
    for command in log.lines().filter_map(parse) {
        if let Some(token) = &stopped {
            if command.name == token {
                stopped = None;
            }
            continue;
        }
        match command.name {
            "stop-commands" => stopped = Some(command.data),
            "add-mask" => found.masks.push(command.data),
            "error" => found.annotations.push(annotation(Level::Error, command)),
            "warning" => found.annotations.push(annotation(Level::Warning, command)),
            "notice" => found.annotations.push(annotation(Level::Notice, command)),
            _ => {}
        }
    }
    found
}

fn parse(line: &str) -> Option<Command<'_>> {
    let (head, data) = line.trim().strip_prefix("::")?.split_once("::")?;
    let (name, properties) = head.split_once(' ').unwrap_or((head, ""));
    let properties = properties
        .split(',')
        .filter_map(|property| property.trim().split_once('='))
        .map(|(key, value)| (key, unescape(value, true)))
        .collect();
    Some(Command {
        name,
        properties,
        data: unescape(data, false),
    })
}

fn unescape(text: &str, property: bool) -> String {
    let mut text = text.replace("%0D", "\r").replace("%0A", "\n");
    if property {
        text = text.replace("%3A", ":").replace("%2C", ",");
    }
    // Last, or `%250A` would turn into a line break.
    text.replace("%25", "%")
}

fn annotation(level: Level, command: Command<'_>) -> Annotation {
    let property = |wanted: &str| {
        command
            .properties
            .iter()
            .find(|(key, _)| *key == wanted)
            .map(|(_, value)| value.clone())
    };
    Annotation {
        level,
        title: property("title"),
        file: property("file"),
        line: property("line").and_then(|line| line.parse().ok()),
        message: command.data,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escaped_annotation_comes_back_whole() {
        let log = "hello\n  ::error title=a%2C b%3A c,file=x.rs,line=7::50%25 of%0Alines\n";
        let expected = Annotation {
            level: Level::Error,
            title: Some("a, b: c".to_owned()),
            file: Some("x.rs".to_owned()),
            line: Some(7),
            message: "50% of\nlines".to_owned(),
        };
        assert_eq!(commands(log).annotations, [expected]);
    }

    #[test]
    fn nothing_between_stop_commands_and_its_token_is_a_command() {
        let log = "::stop-commands::t0k\n::error::no\n::add-mask::no\n::t0k::\n::add-mask::yes\n";
        let found = commands(log);
        assert_eq!(found.annotations, []);
        assert_eq!(found.masks, ["yes"]);
    }

    #[test]
    fn an_escaped_percent_sign_does_not_start_another_escape() {
        assert_eq!(unescape("%250A", false), "%0A");
    }
}
