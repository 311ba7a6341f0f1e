//! What the first bytes of a file say of it, for all gates that look into files.

/// How far git itself looks for a NUL before it takes a file for text.
const LOOKED_AT: usize = 8000;

/// Whether git takes these bytes for no text.
pub(crate) fn is_binary(bytes: &[u8]) -> bool {
    bytes.iter().take(LOOKED_AT).any(|&byte| byte == 0)
}

/// Whether they begin with `#!` and a path; `#![…]` of Rust is none.
pub(crate) fn has_shebang(bytes: &[u8]) -> bool {
    let rest = bytes.strip_prefix(b"#!");
    rest.is_some_and(|rest| rest.trim_ascii_start().starts_with(b"/"))
}

/// Whether they are meant as a pointer of Git LFS, well-formed or not.
pub(crate) fn looks_like_pointer(bytes: &[u8]) -> bool {
    const NAMES: [&[u8]; 3] = [
        b"version https://git-lfs",
        b"version https://hawser.github.com/spec/",
        b"version http://git-media.io/v/",
    ];
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = text.trim_ascii_start();
    NAMES.iter().any(|name| text.starts_with(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_told_from_an_attribute() {
        assert!(has_shebang(b"#!/bin/sh\n") && has_shebang(b"#! /usr/bin/env python"));
        assert!(!has_shebang(b"#![allow(x)]") && !has_shebang(b"#!") && !has_shebang(b""));
    }

    #[test]
    fn only_a_nul_at_the_beginning_makes_a_file_binary() {
        assert!(is_binary(b"a\0b") && !is_binary("é\u{1}".as_bytes()));
        let late = [vec![b'a'; LOOKED_AT], vec![0]].concat();
        assert!(!is_binary(&late));
    }
}
