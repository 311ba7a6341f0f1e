//! Takes a `multipart/form-data` body apart (RFC 7578), as WebOb does for PyPI.

use bytes::Bytes;

/// A form, in its order.
#[derive(Debug, Default)]
pub(super) struct Form {
    pub(super) fields: Vec<(String, String)>,
    pub(super) content: Option<Content>,
}

/// The file in it.
#[derive(Debug)]
pub(super) struct Content {
    pub(super) file_name: String,
    pub(super) content_type: Option<String>,
    pub(super) bytes: Bytes,
}

impl Form {
    /// The value of the field, or an empty text.
    pub(super) fn first(&self, name: &str) -> &str {
        self.fields
            .iter()
            .find(|(field, _)| field == name)
            .map_or("", |(_, value)| value)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|(field, _)| field == name)
    }

    /// Reads a body; what does not follow the rules is an empty form.
    pub(super) fn parse(content_type: &str, body: &Bytes) -> Self {
        let mut form = Self::default();
        let boundary = content_type
            .split(';')
            .map(str::trim)
            .find_map(|part| part.strip_prefix("boundary="));
        let Some(boundary) = boundary.map(|text| text.trim_matches('"')) else {
            return form;
        };
        let first = format!("--{boundary}");
        let between =
            memchr::memmem::Finder::new(format!("\r\n--{boundary}").as_bytes()).into_owned();
        let Some(start) = memchr::memmem::find(body, first.as_bytes()) else {
            return form;
        };
        let mut at = start + first.len();
        while body.get(at..at + 2) == Some(b"\r\n") {
            let rest = body.slice(at + 2..);
            let Some(end) = between.find(&rest) else {
                return form;
            };
            form.add(&rest.slice(..end));
            at += 2 + end + first.len() + 2;
        }
        form
    }

    fn add(&mut self, part: &Bytes) {
        let Some(split) = memchr::memmem::find(part, b"\r\n\r\n") else {
            return;
        };
        let head = String::from_utf8_lossy(part.get(..split).unwrap_or_default()).into_owned();
        let bytes = part.slice(split + 4..);
        let header = |wanted: &str| {
            head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case(wanted)
                    .then(|| value.trim().to_owned())
            })
        };
        let disposition = header("content-disposition").unwrap_or_default();
        let parameter = |wanted: &str| {
            disposition.split(';').find_map(|part| {
                let value = part.trim().strip_prefix(wanted)?.strip_prefix('=')?;
                Some(value.trim_matches('"').to_owned())
            })
        };
        let Some(name) = parameter("name") else {
            return;
        };
        match parameter("filename") {
            Some(file_name) if name == "content" => {
                self.content = Some(Content {
                    file_name,
                    content_type: header("content-type"),
                    bytes,
                });
            }
            _ => {
                let value = String::from_utf8_lossy(&bytes).into_owned();
                self.fields.push((name, value));
            }
        }
    }
}
