//! The words that stand for what differs from run to run: commit ids, folders, ports.

use std::sync::LazyLock;

use regex::Regex;

/// Any full commit id that no word stands for.
static COMMIT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b[0-9a-f]{40}\b").expect("the pattern is valid"));

/// A wait before another attempt, a part of which is random.
static WAIT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?m)(the next one starts in )(\d+ ms|[\dhms ]+s)$").expect("the pattern is valid")
});

/// Words such as `[HEAD]`, each with the text it stands for.
#[derive(Debug, Default)]
pub(super) struct Words(Vec<(String, String)>);

impl Words {
    pub(super) fn add(&mut self, word: &str, value: &str) {
        self.0.push((format!("[{word}]"), value.to_owned()));
    }

    /// Adds a commit id, by its word and by its short form.
    pub(super) fn add_commit(&mut self, word: &str, commit: &str) {
        self.add(word, commit);
        let short: String = commit.chars().take(7).collect();
        self.add(&format!("{word}:7"), &short);
    }

    /// Puts the values in the places of the words.
    pub(super) fn fill(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (word, value)| {
            text.replace(word, value)
        })
    }

    /// Puts the words in the places of the values, longest value first.
    pub(super) fn redact(&self, text: &str) -> String {
        let mut words: Vec<_> = self.0.iter().collect();
        words.sort_by_key(|(_, value)| std::cmp::Reverse(value.len()));
        let text = words
            .into_iter()
            .fold(text.to_owned(), |text, (word, value)| {
                text.replace(value, word)
            });
        let text = COMMIT.replace_all(&text, "[SHA]");
        WAIT.replace_all(&text, "${1}[WAIT]").into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_goes_in_and_comes_out() {
        let mut words = Words::default();
        words.add("TMP", "/t");
        words.add("REPO", "/t/repo");
        words.add_commit("HEAD", &"ab".repeat(20));
        let text = "in [REPO] and [TMP]/x at [HEAD], short [HEAD:7]";
        let filled = words.fill(text);
        assert!(filled.contains("at abababababab"), "{filled}");
        assert_eq!(words.redact(&filled), text);
    }

    #[test]
    fn a_random_wait_is_hidden() {
        for wait in ["0 ms", "741 ms", "1s", "1m 5s"] {
            let text = format!("x; the next one starts in {wait}\nin 2s");
            let hidden = Words::default().redact(&text);
            assert_eq!(hidden, "x; the next one starts in [WAIT]\nin 2s");
        }
    }

    #[test]
    fn a_commit_id_without_a_word_is_hidden() {
        let text = format!("at {}.", "0".repeat(40));
        assert_eq!(Words::default().redact(&text), "at [SHA].");
    }
}
