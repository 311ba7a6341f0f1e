//! How long uploads take, and which of them PyPI would cut off.

use std::time::Duration;

/// PyPI ends a request that uploads for longer (warehouse, `gunicorn-uploads.conf.py`).
pub const LONGEST_UPLOAD: Duration = Duration::from_secs(240);

/// The time that `size` bytes need at a measured rate; the longest there is for a line that carries nothing.
pub fn time_to_send(size: u64, bytes_per_second: u64) -> Duration {
    let milliseconds = u128::from(size)
        .saturating_mul(1000)
        .checked_div(u128::from(bytes_per_second));
    milliseconds.map_or(Duration::MAX, |milliseconds| {
        Duration::from_millis(u64::try_from(milliseconds).unwrap_or(u64::MAX))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_divided_by_the_rate() {
        let mega = 1_000_000;
        assert_eq!(time_to_send(100 * mega, mega), Duration::from_secs(100));
        assert_eq!(time_to_send(1500, 1000), Duration::from_millis(1500));
        assert_eq!(time_to_send(u64::MAX, u64::MAX), Duration::from_secs(1));
        assert_eq!(time_to_send(1, 0), Duration::MAX);
    }
}
