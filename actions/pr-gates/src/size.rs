//! Sizes as inputs have them, such as `100KiB`.

use bytesize::ByteSize;

/// Reads a size with its unit.
pub(crate) fn parse(text: &str) -> Result<ByteSize, String> {
    text.parse()
        .map_err(|_| "expected a number with a unit, such as `100KiB`, `2MB` or `512`".to_owned())
}

/// A size and the limit that it is over, in words that differ: rounded, `1025 B` would be `1.0 KiB` as its limit is.
pub(crate) fn over(size: u64, limit: ByteSize) -> (String, String) {
    let words = (ByteSize::b(size).to_string(), limit.to_string());
    match words.0 == words.1 {
        true => (format!("{size} B"), format!("{} B", limit.as_u64())),
        false => words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_without_sense_is_refused() {
        assert!(
            parse("12 parrots")
                .unwrap_err()
                .starts_with("expected a number with a unit")
        );
        assert_eq!(parse("512").unwrap(), ByteSize::b(512));
    }

    #[test]
    fn a_size_and_its_limit_never_look_the_same() {
        let words = |size| over(size, ByteSize::kib(1));
        assert_eq!(words(1025), ("1025 B".to_owned(), "1024 B".to_owned()));
        assert_eq!(words(2048), ("2.0 KiB".to_owned(), "1.0 KiB".to_owned()));
    }
}
