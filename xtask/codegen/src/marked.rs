//! The generated part of a file that is written by hand: what stands between two marker lines.

use anyhow::{Result, bail};

const END: &str = "<!-- /generated -->";

/// Replaces the part called `name`; the file must have it.
pub(super) fn replace(path: &str, text: &str, name: &str, part: &str) -> Result<String> {
    let start = format!("<!-- generated: {name} -->");
    let Some((before, rest)) = text.split_once(&start) else {
        bail!(
            "`{path}` has no line `{start}`: put it where the generated part belongs, and `{END}` after it"
        );
    };
    let Some((_old, after)) = rest.split_once(END) else {
        bail!("`{path}` has no line `{END}` after `{start}`");
    };
    Ok(format!(
        "{before}{start}\n{}\n{END}{after}",
        part.trim_end()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_named_part_is_replaced() {
        let text = "a\n<!-- generated: x -->\nold\n<!-- /generated -->\nb <!-- generated: y --> c <!-- /generated -->";
        let new = replace("README.md", text, "x", "| new |\n").unwrap();
        assert_eq!(
            new,
            "a\n<!-- generated: x -->\n| new |\n<!-- /generated -->\nb <!-- generated: y --> c <!-- /generated -->"
        );
        assert_eq!(replace("README.md", &new, "x", "| new |\n").unwrap(), new);
    }

    #[test]
    fn a_file_without_the_part_is_told_what_to_add() {
        let err = replace("README.md", "", "inputs", "")
            .unwrap_err()
            .to_string();
        assert!(err.contains("<!-- generated: inputs -->"), "{err}");
    }
}
