//! Time limits, as people write them in an input.

use jiff::SignedDuration;

/// Reads a limit such as `90s`, `10m` or `1h 30m`; for clap.
///
/// # Errors
/// It is not a duration, or leaves no time.
pub fn limit(text: &str) -> Result<SignedDuration, String> {
    let limit: SignedDuration = text.parse().map_err(|_invalid| {
        format!("`{text}` is not a duration: write it like `10m` or `1h 30m`")
    })?;
    match limit.is_positive() {
        true => Ok(limit),
        false => Err(format!("`{text}` leaves no time: write it like `10m`")),
    }
}
