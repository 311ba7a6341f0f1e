//! The step summary: Markdown that a person reads instead of the log, within the size that the runner accepts.

use std::fmt::Write as _;

use crate::text;

/// What the runner accepts for one step, in bytes; it drops a larger summary whole.
pub(crate) const LIMIT: usize = 1024 * 1024;

/// Markdown that grows by whole blocks.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    markdown: String,
}

impl Summary {
    /// An empty summary.
    pub fn new() -> Self {
        Self::default()
    }

    /// A heading; the text is shown as it is.
    pub fn heading(&mut self, title: &str) -> &mut Self {
        self.block(&format!("### {}", text::markdown(title)))
    }

    /// A paragraph that the caller wrote in Markdown; text from elsewhere goes through [`text::markdown`] first.
    pub fn paragraph(&mut self, markdown: &str) -> &mut Self {
        self.block(markdown)
    }

    /// A table; a table without rows is left out.
    pub fn table(&mut self, table: &Table) -> &mut Self {
        if table.rows.is_empty() {
            return self;
        }
        self.block(&table.to_markdown())
    }

    /// Text from elsewhere that opens when its title is clicked, shown as it is over several lines.
    pub fn folded(&mut self, title: &str, content: &str) -> &mut Self {
        let lines: Vec<String> = content
            .lines()
            .map(|line| text::one_line(&line.replace('\t', "    ")).into_owned())
            .collect();
        let runs = content.split(|c| c != '`').map(str::len);
        let fence = "`".repeat(runs.max().unwrap_or_default().max(2) + 1);
        self.block(&format!(
            "<details><summary>{}</summary>\n\n{fence}text\n{}\n{fence}\n</details>",
            text::html(title),
            lines.join("\n")
        ))
    }

    fn block(&mut self, markdown: &str) -> &mut Self {
        self.markdown.push_str(markdown.trim_end());
        self.markdown.push_str("\n\n");
        self
    }

    /// The Markdown, cut at a line's end if it is over `room` bytes, with a last line that says so.
    pub fn render(&self, room: usize) -> String {
        if self.markdown.len() <= room {
            return self.markdown.clone();
        }
        let room = room.saturating_sub(80);
        let mut kept = String::new();
        let mut lines = self.markdown.lines();
        for line in lines.by_ref() {
            if kept.len() + line.len() + 1 > room {
                break;
            }
            kept.push_str(line);
            kept.push('\n');
        }
        let left = lines.filter(|line| !line.is_empty()).count() + 1;
        let _infallible = write!(kept, "\n… and {left} more lines: the log has them all.\n");
        kept
    }
}

/// A table for the summary and for the log. Cells hold plain text.
#[derive(Debug, Clone, Default)]
pub struct Table {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with its column titles.
    pub fn new(head: &[&str]) -> Self {
        Self {
            head: head.iter().map(|&title| title.to_owned()).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row; cells are text from anywhere.
    pub fn row<S: Into<String>>(&mut self, cells: impl IntoIterator<Item = S>) -> &mut Self {
        self.rows.push(cells.into_iter().map(Into::into).collect());
        self
    }

    /// Whether it has no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table in Markdown, every cell escaped.
    pub fn to_markdown(&self) -> String {
        let line = |cells: &[String]| {
            let cells: Vec<String> = cells.iter().map(|cell| text::markdown(cell)).collect();
            format!("| {} |\n", cells.join(" | "))
        };
        let rule: Vec<&str> = self.head.iter().map(|_| "---").collect();
        let rows: String = self.rows.iter().map(|row| line(row)).collect();
        format!("{}| {} |\n{rows}", line(&self.head), rule.join(" | "))
    }

    /// The table in aligned columns for a log.
    pub fn to_text(&self) -> String {
        let all: Vec<Vec<String>> = std::iter::once(&self.head)
            .chain(&self.rows)
            .map(|row| {
                row.iter()
                    .map(|cell| text::one_line(cell).into_owned())
                    .collect()
            })
            .collect();
        let widths: Vec<usize> = (0..self.head.len())
            .map(|column| {
                let width =
                    |row: &Vec<String>| row.get(column).map_or(0, |cell| cell.chars().count());
                all.iter().map(width).max().unwrap_or_default()
            })
            .collect();
        let mut shown = String::new();
        for row in &all {
            let cells: Vec<String> = row
                .iter()
                .zip(&widths)
                .map(|(cell, width)| format!("{cell:<width$}"))
                .collect();
            shown.push_str(cells.join("  ").trim_end());
            shown.push('\n');
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_cannot_break_out_of_its_table() {
        let mut table = Table::new(&["file", "finding"]);
        table.row(["a|b\nc", "<img src=x>"]);
        assert_eq!(
            table.to_markdown(),
            "| file | finding |\n| --- | --- |\n| a\\|b\\\\nc | &lt;img src=x&gt; |\n"
        );
    }

    #[test]
    fn a_folded_text_cannot_end_its_fence_or_hold_markup_in_its_title() {
        let mut summary = Summary::new();
        summary.folded("<b>`x`\nmore", "one\n```\n</details>\u{1b}[31m");
        assert_eq!(
            summary.render(1000),
            "<details><summary>&lt;b&gt;`x`\\nmore</summary>\n\n````text\none\n```\n</details>\\u{1b}[31m\n````\n</details>\n\n"
        );
    }

    #[test]
    fn a_summary_over_the_limit_is_cut_at_a_line_and_says_so() {
        let mut summary = Summary::new();
        summary.heading("all");
        for n in 0..100 {
            summary.paragraph(&format!("line {n}"));
        }
        let cut = summary.render(400);
        assert!(cut.len() <= 400, "{}", cut.len());
        assert!(
            cut.ends_with("more lines: the log has them all.\n"),
            "{cut}"
        );
    }

    #[test]
    fn columns_of_the_log_line_up() {
        let mut table = Table::new(&["gate", "verdict"]);
        table.row(["large-files", "passed"]);
        assert_eq!(
            table.to_text(),
            "gate         verdict\nlarge-files  passed\n"
        );
    }
}
