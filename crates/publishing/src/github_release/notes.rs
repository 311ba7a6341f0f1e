//! The notes of a release: our part is between markers, and what people write around it stays.

/// Where our part starts.
pub const START: &str = "<!-- draft-release: packages -->";
/// Where our part ends.
pub const END: &str = "<!-- /draft-release -->";
/// Around the line that says why a release was withdrawn.
const WITHDRAWN: &str = "<!-- withdrawn -->";
const WITHDRAWN_END: &str = "<!-- /withdrawn -->";
/// Characters that GitHub takes.
pub(super) const MOST_CHARACTERS: usize = 125_000;

/// Whether somebody's notes have a part of ours.
pub(super) fn is_ours(notes: &str) -> bool {
    notes.contains(START) && notes.contains(END)
}

/// What a draft says that nobody has written notes for yet.
pub(super) fn bare(commit: &str) -> String {
    format!("{START}\nBuilt from `{commit}`.\n{END}\n")
}

/// The notes with a line on top that says why the release was withdrawn; another such line is replaced.
pub(super) fn withdrawn(notes: &str, line: &str) -> String {
    let notes = notes.replace("\r\n", "\n");
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    // Nothing in the line ends it early.
    let line = line.replace("-->", "--&gt;");
    let ours = format!("{WITHDRAWN}\n{line}\n{WITHDRAWN_END}");
    if let Some((before, rest)) = notes.split_once(WITHDRAWN)
        && let Some((_, after)) = rest.split_once(WITHDRAWN_END)
    {
        return format!("{before}{ours}{after}");
    }
    match notes.is_empty() {
        true => ours + "\n",
        false => format!("{ours}\n\n{notes}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_a_withdrawal_is_on_top_once_and_can_change() {
        let once = withdrawn("Hello!\r\nNotes.", "Withdrawn:\n it crashes -->");
        assert_eq!(
            once,
            "<!-- withdrawn -->\nWithdrawn: it crashes --&gt;\n<!-- /withdrawn -->\n\nHello!\nNotes."
        );
        assert_eq!(withdrawn(&once, "Withdrawn: it crashes -->"), once);
        let changed = withdrawn(&once, "Use 0.2.1");
        assert_eq!(
            changed,
            "<!-- withdrawn -->\nUse 0.2.1\n<!-- /withdrawn -->\n\nHello!\nNotes."
        );
        assert_eq!(
            withdrawn("", "x"),
            "<!-- withdrawn -->\nx\n<!-- /withdrawn -->\n"
        );
    }
}
