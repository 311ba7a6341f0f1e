//! The interface of `include/hello.h`.

use std::ffi::{CStr, c_char};

use hello_core::{Language, greet};

/// Greets `name` in the language with this code; both end with a zero byte.
///
/// Writes at most `room` bytes to `out`, the zero byte at the end counted, and nothing where that is not enough. Gives the bytes that
/// it takes, or 0 where a pointer is null, the name is no UTF-8 or the language unknown.
///
/// # Safety
/// `name` and `language` are null or point to text with a zero byte at its end, `out` is null or points to `room` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hello_greet(
    name: *const c_char,
    language: *const c_char,
    out: *mut c_char,
    room: usize,
) -> usize {
    // SAFETY: the caller promises that each points to text with a zero byte at its end.
    let (Some(name), Some(language)) = (unsafe { text(name) }, unsafe { text(language) }) else {
        return 0;
    };
    let Ok(language) = language.parse::<Language>() else {
        return 0;
    };
    let mut greeting = greet(name, language).into_bytes();
    greeting.push(0);
    if !out.is_null() && greeting.len() <= room {
        // SAFETY: the caller promises `room` bytes, and these are no more.
        unsafe {
            out.cast::<u8>()
                .copy_from_nonoverlapping(greeting.as_ptr(), greeting.len())
        };
    }
    greeting.len()
}

/// # Safety
/// `text` is null or points to text with a zero byte at its end.
unsafe fn text<'a>(text: *const c_char) -> Option<&'a str> {
    if text.is_null() {
        return None;
    }
    // SAFETY: as the caller of this function promises.
    unsafe { CStr::from_ptr(text) }.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(name: Option<&CStr>, language: &CStr, out: &mut [u8]) -> usize {
        let name = name.map_or(std::ptr::null(), CStr::as_ptr);
        // SAFETY: a `CStr` ends with a zero byte, and a slice has as many bytes as it says.
        unsafe { hello_greet(name, language.as_ptr(), out.as_mut_ptr().cast(), out.len()) }
    }

    #[test]
    fn a_greeting_that_fits_is_written_with_its_end() {
        let mut out = [b'x'; 32];
        assert_eq!(call(Some(c"Ada"), c"en", &mut out), 12);
        assert_eq!(&out[..13], b"Hello, Ada!\0x");
    }

    #[test]
    fn one_that_does_not_fit_is_not_written_but_measured() {
        let mut out = [b'x'; 11];
        assert_eq!(call(Some(c"Ada"), c"en", &mut out), 12);
        assert_eq!(&out, b"xxxxxxxxxxx");
    }

    #[test]
    fn nobody_and_an_unknown_language_are_not_greeted() {
        assert_eq!(call(None, c"en", &mut [0; 32]), 0);
        assert_eq!(call(Some(c"Ada"), c"tlh", &mut [0; 32]), 0);
    }
}
