//! The difference of two short texts by lines, for a person to read.

/// Marks each line: ` ` in both, `-` only expected, `+` only new.
pub(super) fn lines(expected: &str, actual: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), actual.lines().collect());
    let table = common_lengths(&old, &new);
    let length = |i: usize, j: usize| {
        table
            .get(i)
            .and_then(|row| row.get(j))
            .copied()
            .unwrap_or(0)
    };
    let (mut i, mut j) = (0, 0);
    let mut text = String::new();
    loop {
        let (mark, line) = match (old.get(i), new.get(j)) {
            (None, None) => break,
            (Some(a), Some(b)) if a == b => {
                (i, j) = (i + 1, j + 1);
                (' ', a)
            }
            (Some(a), b) if b.is_none() || length(i + 1, j) >= length(i, j + 1) => {
                i += 1;
                ('-', a)
            }
            (_, Some(b)) => {
                j += 1;
                ('+', b)
            }
            (Some(_), None) => break,
        };
        text.push(mark);
        text.push_str(line);
        text.push('\n');
    }
    if text.lines().all(|line| line.starts_with(' ')) {
        text.push_str("(only the last line break differs, or the file is missing)\n");
    }
    text
}

/// `table[i][j]` is the number of lines that `old[i..]` and `new[j..]` have in common, in order.
fn common_lengths(old: &[&str], new: &[&str]) -> Vec<Vec<usize>> {
    let mut below = vec![0; new.len() + 1];
    let mut table = vec![below.clone()];
    for a in old.iter().rev() {
        let mut row = vec![0];
        for (j, b) in new.iter().enumerate().rev() {
            let value = if a == b {
                below.get(j + 1).copied().unwrap_or(0) + 1
            } else {
                let right = row.last().copied().unwrap_or(0);
                below.get(j).copied().unwrap_or(0).max(right)
            };
            row.push(value);
        }
        row.reverse();
        below.clone_from(&row);
        table.push(row);
    }
    table.reverse();
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_changed_line_is_marked() {
        assert_eq!(lines("a\nb\nc\n", "a\nx\nc\nd\n"), " a\n-b\n+x\n c\n+d\n");
    }

    #[test]
    fn a_missing_line_break_at_the_end_is_told() {
        assert!(lines("a", "a\n").contains("only the last line break"));
    }
}
