//! The headers an object carries: what it is, and how long anybody may keep a copy of it.

/// What an object says about itself to whoever downloads it.
///
/// There is no content encoding on purpose: a compressed wheel that is stored with one fails pip's digest check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Headers {
    pub(crate) content_type: String,
    pub(crate) cache: Cache,
}

/// Whether an object can ever change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cache {
    /// Written once; any cache may keep it for a year.
    Immutable,
    /// Replaced in place; a cache must ask each time. It has to say so from the first write on: a copy that a cache took
    /// with another header stays there until it expires.
    Revalidate,
}

impl Cache {
    pub(crate) fn header(self) -> &'static str {
        match self {
            Self::Immutable => "public, max-age=31536000, immutable",
            Self::Revalidate => "no-cache",
        }
    }
}

impl Headers {
    /// Headers of a file that never changes; the type is told by its name unless one is given.
    pub(crate) fn immutable(name: &str, content_type_override: Option<&str>) -> Self {
        Self {
            content_type: content_type_override
                .unwrap_or_else(|| content_type(name))
                .to_owned(),
            cache: Cache::Immutable,
        }
    }

    /// Headers of a page or pointer that is replaced in place.
    pub(crate) fn mutable(content_type: &str) -> Self {
        Self {
            content_type: content_type.to_owned(),
            cache: Cache::Revalidate,
        }
    }
}

pub(crate) const HTML: &str = "text/html; charset=utf-8";
pub(crate) const JSON: &str = "application/json";
/// PEP 691; pip skips an index page that says anything else about its JSON.
pub(crate) const SIMPLE_JSON: &str = "application/vnd.pypi.simple.v1+json";
const TEXT: &str = "text/plain; charset=utf-8";

/// Content type by the end of the file name; `application/octet-stream` for what is not known.
pub fn content_type(file_name: &str) -> &'static str {
    let name = file_name.to_ascii_lowercase();
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    match extension {
        "whl" | "zip" => "application/zip",
        "crate" | "gz" | "tgz" => "application/gzip",
        "zst" => "application/zstd",
        "xz" => "application/x-xz",
        "bz2" => "application/x-bzip2",
        "tar" => "application/x-tar",
        "json" | "map" => JSON,
        "html" | "htm" => HTML,
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/vnd.microsoft.icon",
        "woff2" => "font/woff2",
        "pdf" => "application/pdf",
        "xml" => "application/xml",
        "txt" | "md" | "toml" | "metadata" => TEXT,
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_comes_from_the_end_of_the_name() {
        for (name, expected) in [
            ("hello-0.1.0-py3-none-any.whl", "application/zip"),
            ("hello-0.1.0.crate", "application/gzip"),
            ("docs.tar.gz", "application/gzip"),
            ("App.WASM", "application/wasm"),
            ("hello-0.1.0-py3-none-any.whl.metadata", TEXT),
            ("README", "application/octet-stream"),
        ] {
            assert_eq!(content_type(name), expected, "{name}");
        }
    }

    #[test]
    fn an_override_wins_over_the_name() {
        let headers = Headers::immutable("recording.rrd", Some("application/x-rrd"));
        assert_eq!(headers.content_type, "application/x-rrd");
        assert!(headers.cache.header().contains("immutable"));
    }
}
