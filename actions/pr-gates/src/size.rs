//! Sizes as inputs have them, such as `100KiB`.

use bytesize::ByteSize;

/// The largest size that is a limit of anything.
const LARGEST: ByteSize = ByteSize::pib(1);

/// Reads a size with its unit.
pub(crate) fn parse(text: &str) -> Result<ByteSize, String> {
    let size: ByteSize = text.parse().map_err(|_| {
        "expected a number with a unit, such as `100KiB`, `2MB` or `512`".to_owned()
    })?;
    match size > LARGEST {
        true => Err(format!("expected a size of at most {LARGEST}")),
        false => Ok(size),
    }
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
        for endless in ["999999999999EB", "2PiB", &"9".repeat(400)] {
            assert!(parse(endless).is_err(), "{endless}");
        }
    }

    #[test]
    fn a_size_and_its_limit_never_look_the_same() {
        let words = |size| over(size, ByteSize::kib(1));
        assert_eq!(words(1025), ("1025 B".to_owned(), "1024 B".to_owned()));
        assert_eq!(words(2048), ("2.0 KiB".to_owned(), "1.0 KiB".to_owned()));
    }
}

#[cfg(test)]
mod fuzz {
    use super::*;

    #[test]
    fn a_size_is_within_bounds_or_refused() {
        let seeds = ["100KiB", "2.5 MB", "512", "999999999999EB"];
        let words = ["KiB", "PB", "E", "e308", ".", "-", "NaN", "inf"];
        testkit::fuzz::texts(&seeds, &words, |text| {
            if let Ok(size) = parse(text) {
                assert!(size <= LARGEST);
                let (one, other) = over(size.as_u64(), ByteSize::b(7));
                assert!(size.as_u64() == 7 || one != other);
            }
        });
    }
}
