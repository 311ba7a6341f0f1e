//! A rule is data plus a pure function, so that the rules of the registries can be read as one table.

/// One thing to fix in a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The [`Rule::id`] that was broken.
    pub rule: &'static str,
    /// Subject, fact with its number, limit; no full stop.
    pub message: String,
}

/// A promise that a package keeps, and how to see that it does.
pub struct Rule<T> {
    /// Kebab-case, unique among the rules of one format.
    pub id: &'static str,
    /// What holds for every good package, as a sentence.
    pub promise: &'static str,
    /// Who refuses a package that breaks it, and when.
    pub enforced_by: &'static str,
    pub(crate) check: fn(&T) -> Vec<String>,
}

impl<T> std::fmt::Debug for Rule<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Rule({})", self.id)
    }
}

pub(crate) fn run<T>(rules: &[Rule<T>], subject: &T) -> Vec<Finding> {
    rules
        .iter()
        .flat_map(|rule| {
            (rule.check)(subject).into_iter().map(|message| Finding {
                rule: rule.id,
                message,
            })
        })
        .collect()
}
