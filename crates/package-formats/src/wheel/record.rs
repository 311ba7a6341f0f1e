//! `RECORD`: the list of files that installers compare with what they unpacked.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

/// One line of `RECORD`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) path: String,
    /// `algorithm=value`; empty for `RECORD` itself and for signatures of it.
    pub(crate) hash: String,
    /// In bytes, as written.
    pub(crate) size: String,
}

/// Parses CSV as Python's `csv` module writes it: `,` between fields, `"` around a field, `""` for a quote inside.
pub(crate) fn parse(text: &str) -> Result<Vec<Entry>, String> {
    let mut entries = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.is_empty() {
            continue;
        }
        let fields = split(line);
        let [path, hash, size] = <[String; 3]>::try_from(fields).map_err(|fields| {
            format!(
                "line {} has {} fields, the limit is 3",
                number + 1,
                fields.len()
            )
        })?;
        entries.push(Entry { path, hash, size });
    }
    Ok(entries)
}

fn split(line: &str) -> Vec<String> {
    let mut fields = vec![];
    let mut field = String::new();
    let mut quoted = false;
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                field.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(std::mem::take(&mut field)),
            _ => field.push(character),
        }
    }
    fields.push(field);
    fields
}

/// The digest as `RECORD` spells it: `sha256=` and URL-safe base64 without padding.
pub(crate) fn hash_of(sha256_hex: &str) -> Option<String> {
    let digest = hex::decode(sha256_hex).ok()?;
    Some(format!("sha256={}", BASE64_URL_SAFE_NO_PAD.encode(digest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_paths_are_read_as_python_writes_them() {
        let entries =
            parse("a.py,sha256=x,1\r\n\"b, \"\"c\"\".py\",sha256=y,2\r\nd/RECORD,,\r\n").unwrap();
        let paths: Vec<_> = entries.iter().map(|entry| entry.path.as_str()).collect();
        assert_eq!(paths, ["a.py", "b, \"c\".py", "d/RECORD"]);
        assert_eq!(entries[2].hash, "");
    }

    #[test]
    fn a_line_with_other_than_three_fields_is_named() {
        let error = parse("a,b,c\na,b\n").unwrap_err();
        assert_eq!(error, "line 2 has 2 fields, the limit is 3");
    }
}
