//! "Did you mean": the nearest right answer to a wrong word.

/// The longest word that can be a slip of the pen.
const LONGEST: usize = 100;

/// The candidate nearest to `word`, if one is near enough to be what was meant.
pub fn did_you_mean<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    // A slip is no longer than what was meant, and comparing takes the product of both lengths.
    if word.len() > LONGEST {
        return None;
    }
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(word, candidate), candidate))
        .filter(|(score, _)| *score > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// `a, b and c`, for errors that list the right answers.
pub fn list<S: AsRef<str>>(words: &[S]) -> String {
    match words {
        [] => "none".to_owned(),
        [only] => only.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", first.join(", "), last.as_ref())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_the_word_that_was_meant() {
        let words = ["max-file-size", "allow-large-files"];
        assert_eq!(did_you_mean("max-filesize", words), Some("max-file-size"));
        assert_eq!(did_you_mean("token", words), None);
    }

    #[test]
    fn a_word_without_end_is_not_compared() {
        let word = "a".repeat(20 << 20);
        assert_eq!(did_you_mean(&word, ["max-file-size"]), None);
    }

    #[test]
    fn a_list_reads_like_a_sentence() {
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
        assert_eq!(list(&["a"]), "a");
        assert_eq!(list::<&str>(&[]), "none");
    }
}
