//! Pointers of Git LFS, read as strictly as its specification writes them: <https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md>.

use crate::blob;

/// Bytes; a pointer is smaller than this.
pub(super) const TOO_LONG: u64 = 1024;

/// What a small file is to Git LFS.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Parsed {
    /// With the bytes of the object that it stands for.
    Pointer(u64),
    /// Meant as a pointer, with what is wrong.
    Malformed(String),
    Other,
}

/// The spec's address, and the two that came before it, which Git LFS still reads.
const VERSIONS: [&str; 3] = [
    "https://git-lfs.github.com/spec/v1",
    "https://hawser.github.com/spec/v1",
    "http://git-media.io/v/2",
];

pub(super) fn parse(bytes: &[u8]) -> Parsed {
    if !blob::looks_like_pointer(bytes) {
        return Parsed::Other;
    }
    match read(bytes) {
        Ok(size) => Parsed::Pointer(size),
        Err(problem) => Parsed::Malformed(problem),
    }
}

fn read(bytes: &[u8]) -> Result<u64, String> {
    let length = bytes.len();
    if length as u64 >= TOO_LONG {
        return Err(format!(
            "it has {length} bytes, but a pointer is smaller than {TOO_LONG}"
        ));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    if text.starts_with('\u{feff}') {
        return Err("it starts with a byte order mark".to_owned());
    }
    if text.contains('\r') {
        return Err("its lines end with CRLF".to_owned());
    }
    let text = text.strip_suffix('\n').ok_or("it has no final newline")?;
    let mut lines = Vec::new();
    for line in text.split('\n') {
        let pair = line.split_once(' ');
        let pair = pair
            .filter(|(key, value)| !key.is_empty() && !value.is_empty() && value.trim() == *value);
        lines.push(pair.ok_or_else(|| {
            format!("its line {line:?} is not a key and a value separated by one space")
        })?);
    }
    fields(&lines)
}

/// The size of the object, where the lines are those of a pointer in their order.
fn fields(lines: &[(&str, &str)]) -> Result<u64, String> {
    let Some((("version", version), rest)) = lines.split_first() else {
        return Err("its first line is not `version`".to_owned());
    };
    if !VERSIONS.contains(version) {
        return Err(format!("its version {version:?} is unknown"));
    }
    let is_extension = |key: &str| {
        let order = key
            .strip_prefix("ext-")
            .and_then(|rest| rest.split_once('-'));
        order.is_some_and(|(order, name)| {
            matches!(order.as_bytes(), [b'0'..=b'9']) && !name.is_empty()
        })
    };
    for (key, _) in rest {
        if !matches!(*key, "oid" | "size") && !is_extension(key) {
            return Err(format!("its key {key:?} is not `version`, `oid` or `size`"));
        }
    }
    if !rest.is_sorted_by(|(one, _), (other, _)| one < other) {
        return Err("its keys are not sorted, or one is duplicated".to_owned());
    }
    let value = |wanted: &str| {
        let line = rest.iter().find(|(key, _)| *key == wanted);
        line.map(|(_, value)| *value)
            .ok_or_else(|| format!("it has no `{wanted}`"))
    };
    let extensions = rest.iter().filter(|(key, _)| is_extension(key));
    let oids = extensions.map(|(_, value)| *value).chain([value("oid")?]);
    for oid in oids {
        if !is_oid(oid) {
            return Err(format!(
                "its object id {oid:?} is not `sha256:` and 64 hex digits"
            ));
        }
    }
    let size = value("size")?;
    let plain = size == "0" || !size.starts_with(['0', '+']);
    let number = size.parse().ok().filter(|_| plain);
    number.ok_or_else(|| format!("its size {size:?} is not a number of bytes"))
}

fn is_oid(text: &str) -> bool {
    let digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    text.strip_prefix("sha256:")
        .is_some_and(|hex| hex.len() == 64 && hex.bytes().all(digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OID: &str =
        "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\n";
    const VERSION: &str = "version https://git-lfs.github.com/spec/v1\n";

    fn problem(text: &str) -> String {
        match parse(text.as_bytes()) {
            Parsed::Malformed(problem) => problem,
            other => panic!("{other:?} for {text:?}"),
        }
    }

    #[test]
    fn a_pointer_tells_the_size_of_its_object() {
        let text = format!("{VERSION}{OID}size 12345\n");
        assert_eq!(parse(text.as_bytes()), Parsed::Pointer(12345));
        let old = format!("version https://hawser.github.com/spec/v1\n{OID}size 0\n");
        assert_eq!(parse(old.as_bytes()), Parsed::Pointer(0));
        let extended = format!(
            "{VERSION}ext-0-foo {}{OID}size 1\n",
            OID.trim_start_matches("oid ")
        );
        assert_eq!(parse(extended.as_bytes()), Parsed::Pointer(1));
    }

    #[test]
    fn other_files_are_no_pointers() {
        for text in ["", "hello", "version 1.0\n", "oid sha256:x\n"] {
            assert_eq!(parse(text.as_bytes()), Parsed::Other, "{text:?}");
        }
    }

    #[test]
    fn every_slip_is_named() {
        let size = "size 1\n";
        for (text, wanted) in [
            (
                format!("{VERSION}{OID}{size}").replace('\n', "\r\n"),
                "CRLF",
            ),
            (format!("{VERSION}{OID}size 1"), "no final newline"),
            (format!("\u{feff}{VERSION}{OID}{size}"), "byte order mark"),
            (format!("{VERSION}{size}{OID}"), "not sorted"),
            (format!("{VERSION}{OID}{OID}{size}"), "duplicated"),
            (format!("{VERSION}{OID}{size}x y\n"), "its key \"x\""),
            (format!("{VERSION}{OID}"), "has no `size`"),
            (format!("{VERSION}{size}"), "has no `oid`"),
            (
                format!(
                    "{VERSION}{}{size}",
                    OID.to_uppercase().replace("OID SHA", "oid sha")
                ),
                "object id",
            ),
            (format!("{VERSION}oid sha256:12\n{size}"), "object id"),
            (format!("{VERSION}{OID}size -1\n"), "its size \"-1\""),
            (format!("{VERSION}{OID}size 01\n"), "its size \"01\""),
            (format!("{VERSION}{OID}size  1\n"), "separated by one space"),
            (format!("{VERSION}{OID}{size}\n"), "its line \"\""),
            (
                format!("version https://git-lfs.github.com/spec/v9\n{OID}{size}"),
                "is unknown",
            ),
            (format!("\n{VERSION}{OID}{size}"), "its line \"\""),
            (
                format!("{VERSION}{OID}{size}{}", "ext-0-a b\n".repeat(100)),
                "smaller than 1024",
            ),
        ] {
            let problem = problem(&text);
            assert!(problem.contains(wanted), "{problem:?} for {text:?}");
        }
        let mut bytes = format!("{VERSION}{OID}{size}").into_bytes();
        bytes.push(0xff);
        assert_eq!(
            parse(&bytes),
            Parsed::Malformed("it is not UTF-8".to_owned())
        );
    }
}

#[cfg(test)]
mod fuzz {
    use super::*;

    #[test]
    fn a_pointer_that_is_read_is_written_as_the_specification_writes_it() {
        let oid = "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\n";
        let seed = format!("version https://git-lfs.github.com/spec/v1\n{oid}size 12345\n");
        let extended = seed.replace("oid", "ext-0-foo sha256:4d7a\noid");
        let seeds = [
            seed.as_bytes(),
            extended.as_bytes(),
            b"version http://git-media.io/v/2\n",
        ];
        let words: &[&[u8]] = &[
            b"size ",
            b"oid ",
            b"version ",
            b"sha256:",
            b"\r\n",
            oid.as_bytes(),
        ];
        testkit::fuzz::bytes(&seeds, words, |bytes| {
            let Parsed::Pointer(size) = parse(bytes) else {
                return;
            };
            let text = std::str::from_utf8(bytes).unwrap();
            assert!(
                bytes.len() < 1024 && text.ends_with(&format!("\nsize {size}\n")),
                "{text:?}"
            );
            assert!(
                text.starts_with("version ") && text.contains("\noid sha256:"),
                "{text:?}"
            );
        });
    }
}
