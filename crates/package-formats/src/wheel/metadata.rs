//! `METADATA` of a wheel: indexes serve its bytes, and PyPI believes the form made from it, so both come from here.

use super::form;

/// A message in the shape of RFC 822, as `METADATA` and `WHEEL` are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    /// In file order; a folded value keeps its line breaks.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Message {
    pub(crate) fn parse(raw: &[u8]) -> Result<Self, String> {
        let (headers, body) = mailparse::parse_headers(raw).map_err(|error| error.to_string())?;
        let headers = headers
            .iter()
            .map(|header| {
                let key = header.get_key().trim().to_owned();
                let value = std::str::from_utf8(header.get_value_raw())
                    .map_err(|_| format!("header `{key}` is not UTF-8"))?;
                Ok((key, unfold(value)))
            })
            .collect::<Result<_, String>>()?;
        let body = std::str::from_utf8(raw.get(body..).unwrap_or_default())
            .map_err(|_| "its body is not UTF-8".to_owned())?;
        Ok(Self {
            headers,
            body: body.to_owned(),
        })
    }

    pub(crate) fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers
            .iter()
            .filter(move |(name, _)| name.eq_ignore_ascii_case(key))
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn first(&self, key: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(key))
            .map(|(_, value)| value.as_str())
    }
}

/// Takes off what folding put before each further line: eight spaces, or seven and a `|` (core metadata, Description).
fn unfold(value: &str) -> String {
    let lines: Vec<&str> = value
        .trim()
        .lines()
        .enumerate()
        .map(|(number, line)| match number {
            0 => line,
            _ => ["       |", "        "]
                .iter()
                .find_map(|fold| line.strip_prefix(fold))
                .unwrap_or(line),
        })
        .collect();
    lines.join("\n")
}

/// What `METADATA` says (core metadata specification, 1.0 to 2.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// The bytes of the file, for an index's `.metadata` file (PEP 658).
    pub raw: Vec<u8>,
    message: Message,
    name: String,
    version: String,
    metadata_version: String,
}

impl Metadata {
    /// # Errors
    /// The reason, when the file cannot be read or lacks one of the three headers that every version requires.
    pub fn parse(raw: Vec<u8>) -> Result<Self, String> {
        let message = Message::parse(&raw)?;
        let required = |key: &str| match message.first(key) {
            Some(value) if !value.is_empty() => Ok(value.to_owned()),
            _ => Err(format!("it has no `{key}`")),
        };
        Ok(Self {
            name: required("Name")?,
            version: required("Version")?,
            metadata_version: required("Metadata-Version")?,
            message,
            raw,
        })
    }

    /// As the project writes it; see [`super::normalized_name`].
    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn version(&self) -> &str {
        &self.version
    }

    pub fn metadata_version(&self) -> &str {
        &self.metadata_version
    }

    pub fn requires_python(&self) -> Option<&str> {
        self.first("Requires-Python")
            .filter(|value| !value.is_empty())
    }

    /// Whether `License-File` means what PEP 639 says. Before 2.4 the header was a tool's own, and the files lay beside METADATA.
    pub fn has_license_files(&self) -> bool {
        form::is_at_least(&self.metadata_version, (2, 4))
    }

    /// The long description: the body, or in old files the `Description` header.
    pub fn description(&self) -> Option<&str> {
        Some(self.message.body.as_str())
            .filter(|body| !body.trim().is_empty())
            .or_else(|| self.first("Description"))
    }

    /// Every header with its value, in file order.
    pub fn headers(&self) -> &[(String, String)] {
        &self.message.headers
    }

    /// The value of a header that is given once; case does not matter.
    pub fn first(&self, header: &str) -> Option<&str> {
        self.message.first(header)
    }

    /// The values of a header that can be given several times, in file order.
    pub fn all<'a>(&'a self, header: &'a str) -> impl Iterator<Item = &'a str> {
        self.message.all(header)
    }

    /// The metadata as fields of PyPI's upload form, in file order; what the form does not know is left out.
    pub fn form_fields(&self) -> Vec<(String, String)> {
        form::fields(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folded_value_loses_its_folds_and_keeps_its_lines() {
        let raw = b"Metadata-Version: 2.1\nName: a\nVersion: 1\nLicense: one\n        two\nDescription: first\n       |  second\n";
        let metadata = Metadata::parse(raw.to_vec()).unwrap();
        assert_eq!(metadata.first("license"), Some("one\ntwo"));
        assert_eq!(metadata.description(), Some("first\n  second"));
    }

    #[test]
    fn the_body_is_the_description_and_keeps_every_character() {
        let raw = "Metadata-Version: 2.4\r\nName: a\r\nVersion: 1\r\nAuthor: Jörg =?x?= \r\n\r\n# Title: ü\n\nText\n";
        let metadata = Metadata::parse(raw.into()).unwrap();
        assert_eq!(metadata.first("Author"), Some("Jörg =?x?="));
        assert_eq!(metadata.description(), Some("# Title: ü\n\nText\n"));
        assert_eq!(metadata.raw, raw.as_bytes());
    }

    #[test]
    fn what_every_version_requires_is_required() {
        for (raw, missing) in [
            ("Name: a\nVersion: 1\n", "Metadata-Version"),
            ("Metadata-Version: 2.1\nVersion: 1\n", "Name"),
            ("Metadata-Version: 2.1\nName: a\nVersion:\n", "Version"),
        ] {
            let reason = Metadata::parse(raw.into()).unwrap_err();
            assert_eq!(reason, format!("it has no `{missing}`"));
        }
    }
}
