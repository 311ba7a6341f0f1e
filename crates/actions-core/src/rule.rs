//! Rules with exceptions: one syntax for the line of an input and for the table of the config file.
//!
//! A line is the rule, and where wanted a TOML table behind it: `do not merge { bypass-label = "urgent", until = 2027-01-31 }`.
//! In the config file the same is `{ rule = "do not merge", bypass-label = "urgent", until = 2027-01-31 }` in the list, or
//! `[action.input."do not merge"]` with the options as its keys.

use std::{fmt, str::FromStr};

use toml::{Table, Value, value::Datetime};

pub use toml::value::Date;

use crate::{did_you_mean, list};

/// The name that marks an input as a list of rules: `value_name = "RULES"`, with [`Rule`] as the type of its items.
pub(crate) const RULES: &str = "RULES";

/// The key of a table that holds the rule itself.
pub(crate) const RULE: &str = "rule";

/// What can be said behind a rule, each with what it means.
pub(crate) const OPTIONS: &[(&str, &str)] = &[
    (
        "bypass-label",
        "Findings are only warnings for pull requests with this label.",
    ),
    ("report-only", "Whether findings are only warnings."),
    (
        "until",
        "Last day of the exception, such as 2027-01-31. On its own, findings are only warnings until then.",
    ),
    (
        "expires",
        "Last day of the rule itself, such as 2027-03-31; after it, a warning asks to remove the rule.",
    ),
];

/// A rule that its pull requests can be let off from, and that may end.
#[derive(Debug, Clone)]
pub struct Rule<T> {
    /// The rule.
    pub value: T,
    /// The same as it is written, options aside.
    pub text: String,
    /// When it gives way.
    pub exception: Exception,
    /// Its own last day (UTC).
    pub expires: Option<Date>,
}

/// When a rule gives way: its findings are then warnings, which are shown and do not fail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exception {
    /// Always.
    pub report_only: bool,
    /// For pull requests with this label.
    pub bypass_label: Option<String>,
    /// The last day of the exception (UTC).
    pub until: Option<Date>,
}

impl Exception {
    /// Whether the rule never gives way.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// What stands behind a rule.
#[derive(Debug, Default, PartialEq)]
struct Options {
    exception: Exception,
    expires: Option<Date>,
}

impl Options {
    fn read(table: Table) -> Result<Self, String> {
        let mut options = Self::default();
        let exception = &mut options.exception;
        for (name, value) in table {
            match (name.as_str(), value) {
                ("report-only", Value::Boolean(value)) => exception.report_only = value,
                ("bypass-label", Value::String(label)) if !label.trim().is_empty() => {
                    exception.bypass_label = Some(label);
                }
                ("until", value) => exception.until = Some(date("until", &value)?),
                ("expires", value) => options.expires = Some(date("expires", &value)?),
                ("report-only", other) => return Err(no_boolean(&other)),
                ("bypass-label", other) => {
                    return Err(format!("`bypass-label` must name a label, not {other}"));
                }
                (name, _) => return Err(unknown(name)),
            }
        }
        Ok(options)
    }
}

impl<T: FromStr> FromStr for Rule<T>
where
    T::Err: fmt::Display,
{
    type Err = String;

    fn from_str(line: &str) -> Result<Self, Self::Err> {
        let (rule, options) = split(line)?;
        let value = rule.parse().map_err(|err: T::Err| err.to_string())?;
        let Options { exception, expires } = Options::read(options)?;
        Ok(Self {
            value,
            text: rule.to_owned(),
            exception,
            expires,
        })
    }
}

/// Splits a line into the rule and the table behind it. A rule that itself ends in ` {…}` takes an empty table behind it.
fn split(line: &str) -> Result<(&str, Table), String> {
    let line = line.trim();
    if !line.ends_with('}') {
        return Ok((line, Table::new()));
    }
    // A label in quotes may hold what begins a table: the last beginning that makes a whole table counts.
    let mut cause = None;
    for (at, _) in line.rmatch_indices(" {") {
        let Some((rule, options)) = line.split_at_checked(at) else {
            continue;
        };
        match format!("{RULE} ={options}").parse::<Table>() {
            Ok(mut parsed) => {
                if let Some(Value::Table(options)) = parsed.remove(RULE) {
                    return Ok((rule.trim_end(), options));
                }
            }
            Err(err) => cause = Some(err.message().to_owned()),
        }
    }
    match cause {
        None => Ok((line, Table::new())),
        Some(cause) => Err(format!(
            "the braces at its end do not contain options such as `{{ bypass-label = \"urgent\", until = 2027-01-31 }}`: \
             {cause}; if the braces belong to the rule, append ` {{}}`"
        )),
    }
}

/// The line of a rule that the config file has as a table.
pub(crate) fn line(rule: &str, options: &Table) -> String {
    format!("{rule} {}", Value::Table(options.clone()))
}

/// A day, whether TOML takes it for one or for text.
fn date(option: &str, value: &Value) -> Result<Date, String> {
    let (read, shown) = match value {
        Value::Datetime(value) => (Some(*value), value.to_string()),
        Value::String(text) => (text.parse().ok(), text.clone()),
        other => (None, other.to_string()),
    };
    let day = |read: Datetime| match (read.date, read.time, read.offset) {
        (Some(date), None, None) => Some(date),
        _ => None,
    };
    read.and_then(day)
        .ok_or_else(|| format!("`{option}` must be a day such as 2027-01-31, not {shown}"))
}

fn no_boolean(value: &Value) -> String {
    format!("`report-only` must be true or false, not {value}")
}

fn unknown(name: &str) -> String {
    let names: Vec<&str> = OPTIONS.iter().map(|(name, _)| *name).collect();
    let hint = match did_you_mean(name, names.iter().copied()) {
        Some(meant) => format!(", did you mean `{meant}`?"),
        None => format!(": the options are {}", list(&names)),
    };
    format!("unknown option `{name}`{hint}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(line: &str) -> (String, Exception) {
        let rule: Rule<String> = line.parse().unwrap();
        (rule.value, rule.exception)
    }

    fn refused(line: &str) -> String {
        line.parse::<Rule<String>>().unwrap_err()
    }

    #[test]
    fn a_line_without_options_is_the_rule() {
        for line in ["do not merge", "*.{png,jpg}", "{x}", "any of: a | b"] {
            assert_eq!(rule(line), (line.to_owned(), Exception::default()));
        }
    }

    #[test]
    fn options_stand_behind_the_rule() {
        let (text, exception) = rule(
            "do not merge { bypass-label = \"🚑 fix, {now}\", until = 2027-01-31, report-only = true }",
        );
        assert_eq!(text, "do not merge");
        assert_eq!(exception.bypass_label.as_deref(), Some("🚑 fix, {now}"));
        assert_eq!(exception.until.unwrap().to_string(), "2027-01-31");
        assert!(exception.report_only);
        assert_eq!(
            rule("x { until = \"2027-01-31\" }").1,
            rule("x {until=2027-01-31}").1
        );
    }

    #[test]
    fn a_rule_may_have_a_last_day_of_its_own() {
        let rule: Rule<String> = "x { until = 2027-01-31, expires = 2027-03-31 }"
            .parse()
            .unwrap();
        assert_eq!(rule.expires.unwrap().to_string(), "2027-03-31");
        assert_eq!(rule.text, "x");
        let only: Rule<String> = "x { expires = \"2027-03-31\" }".parse().unwrap();
        assert!(only.exception.is_none() && only.expires == rule.expires);
        assert_eq!(
            refused("x { expires = \"soon\" }"),
            "`expires` must be a day such as 2027-01-31, not soon"
        );
    }

    #[test]
    fn a_label_may_hold_what_begins_a_table() {
        let (text, exception) = rule("x { bypass-label = \"a {b}\" }");
        assert_eq!(text, "x");
        assert_eq!(exception.bypass_label.as_deref(), Some("a {b}"));
    }

    #[test]
    fn a_rule_may_end_in_braces() {
        assert_eq!(rule("fn f() {} {}").0, "fn f() {}");
        assert!(refused("if x {then}").contains("append ` {}`"));
    }

    #[test]
    fn a_slip_in_the_options_is_told_the_right_word() {
        assert_eq!(
            refused("x { untill = 2027-01-31 }"),
            "unknown option `untill`, did you mean `until`?"
        );
        assert_eq!(
            refused("x { zzz = 1 }"),
            "unknown option `zzz`: the options are bypass-label, report-only, until and expires"
        );
        assert_eq!(
            refused("x { until = \"2027-02-30\" }"),
            "`until` must be a day such as 2027-01-31, not 2027-02-30"
        );
        assert!(refused("x { until = 2027-01-31T10:00:00Z }").starts_with("`until` must be a day"));
        assert!(refused("x { report-only = \"yes\" }").starts_with("`report-only` must be true"));
        assert!(refused("x { bypass-label = \" \" }").starts_with("`bypass-label` must name"));
    }

    #[test]
    fn a_table_and_its_line_mean_the_same() {
        let options: Table = "until = 2027-01-31\nbypass-label = 'a \"b\" {c}'"
            .parse()
            .unwrap();
        let (text, exception) = rule(&line("x", &options));
        assert_eq!(text, "x");
        assert_eq!(exception, Options::read(options).unwrap().exception);
    }
}

#[cfg(test)]
mod fuzz {
    use super::*;

    #[test]
    fn a_rule_with_its_options_is_read_again_as_the_same_one() {
        let seeds = [
            "do not merge { bypass-label = \"a {b}, c\", until = 2027-01-31 }",
            "fn f() {} {}",
            "x { report-only = true }",
            "*.{png,jpg}",
        ];
        let words = [
            " {",
            "}",
            "{ }",
            "until = ",
            "2027-01-31",
            "bypass-label = ",
            " = ",
        ];
        testkit::fuzz::texts(&seeds, &words, |text| {
            let Ok((rule, options)) = split(text) else {
                return;
            };
            // An empty name is refused by whoever reads the rule, and has no line of its own.
            if rule.is_empty() {
                return;
            }
            let again = line(rule, &options);
            assert_eq!(split(&again).unwrap(), (rule, options), "{again}");
        });
    }
}
