//! Numbers with their units for people: times and sizes in the unit that needs the fewest digits.

/// `12.35 ms`: four digits that count, with a space that does not break.
#[must_use]
pub fn quantity(value: f64, unit: &str) -> String {
    const TIMES: &[(&str, f64)] = &[("ns", 1.0), ("µs", 1e3), ("ms", 1e6), ("s", 1e9)];
    const SIZES: &[(&str, f64)] = &[
        ("bytes", 1.0),
        ("KiB", 1024.0),
        ("MiB", 1_048_576.0),
        ("GiB", 1_073_741_824.0),
    ];
    let find = |units: &'static [(&'static str, f64)]| {
        let one = units
            .iter()
            .find(|one| one.0 == unit || (one.0 == "µs" && unit == "us"));
        one.map(|one| (units, value * one.1))
    };
    let Some((units, base)) = find(TIMES).or_else(|| find(SIZES)) else {
        return format!("{}\u{a0}{unit}", digits(value))
            .trim_end()
            .to_owned();
    };
    let fits = units.iter().rev().find(|one| base >= one.1);
    let (unit, factor) = fits.or(units.first()).copied().unwrap_or((unit, 1.0));
    format!("{}\u{a0}{unit}", digits(base / factor))
}

/// Four digits that count, and no zeros at the end.
fn digits(value: f64) -> String {
    let decimals = match value.abs() {
        1000.0.. => 0,
        100.0.. => 1,
        10.0.. => 2,
        1.0.. => 3,
        _ => 5,
    };
    let text = format!("{value:.decimals$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_short() {
        for (value, unit, expected) in [
            (1234.5, "ns", "1.234 µs"),
            (0.5, "ns", "0.5 ns"),
            (1.5, "s", "1.5 s"),
            (2_500_000.0, "us", "2.5 s"),
            (1536.0, "bytes", "1.5 KiB"),
            (123_456.0, "instructions", "123456 instructions"),
            (12.0, "MB/s", "12 MB/s"),
            (100.0, "ms", "100 ms"),
        ] {
            assert_eq!(quantity(value, unit).replace('\u{a0}', " "), expected);
        }
    }
}
