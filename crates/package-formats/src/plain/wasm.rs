//! A WebAssembly module says the length of each of its sections, so a cut one is known without running it.

use std::io::{self, BufReader, Read};

/// How a module starts, and how a component does.
const STARTS: [[u8; 8]; 2] = [*b"\0asm\x01\0\0\0", *b"\0asm\x0d\0\x01\0"];

/// The reason why what is read is no whole module (WebAssembly core specification, 5.5).
pub(super) fn check(file: &mut impl Read) -> io::Result<Result<(), String>> {
    let mut file = BufReader::new(file);
    let mut start = Vec::new();
    file.by_ref().take(8).read_to_end(&mut start)?;
    if !STARTS.iter().any(|known| *known == *start) {
        return Ok(Err("does not start like a WebAssembly module".to_owned()));
    }
    let mut sections = 0;
    loop {
        let mut id = [0];
        if file.read(&mut id)? == 0 {
            break;
        }
        let Some(length) = length(&mut file)? else {
            return Ok(Err("has a section without a length".to_owned()));
        };
        let length = u64::from(length);
        let read = io::copy(&mut file.by_ref().take(length), &mut io::sink())?;
        if read < length {
            return Ok(Err(format!(
                "ends {} bytes before its last section does",
                length - read
            )));
        }
        sections += 1;
    }
    match sections {
        0 => Ok(Err("has no section".to_owned())),
        _ => Ok(Ok(())),
    }
}

/// A number of up to 32 bits in LEB128.
fn length(file: &mut impl Read) -> io::Result<Option<u32>> {
    let mut value = 0_u64;
    for shift in [0, 7, 14, 21, 28] {
        let mut byte = [0];
        if file.read(&mut byte)? == 0 {
            return Ok(None);
        }
        let [byte] = byte;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(u32::try_from(value).ok());
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(bytes: &[u8]) -> Result<(), String> {
        check(&mut &*bytes).unwrap()
    }

    #[test]
    fn a_module_is_whole_when_its_last_section_ends_where_it_does() {
        let module = b"\0asm\x01\0\0\0\x01\x02ab\x03\x81\x00c";
        assert_eq!(reason(module), Ok(()));
        for (bytes, told) in [
            (&module[..module.len() - 1], "ends 1 bytes before"),
            (&module[..8], "no section"),
            (&module[..9], "without a length"),
            (
                b"\0asm\x01\0\0\0\x01\xff\xff\xff\xff\xff\xff",
                "without a length",
            ),
            (b"<html>404</html>", "does not start"),
            (b"", "does not start"),
        ] {
            let error = reason(bytes).unwrap_err();
            assert!(error.contains(told), "{error}");
        }
    }
}
