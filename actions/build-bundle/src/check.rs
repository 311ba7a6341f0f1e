//! What a bundle must hold, whatever it is for.

use std::{fs::File, io::Read as _};

use actions_core::text;
use anyhow::{Context as _, bail};
use package_formats::{Finding, Folder};
use untrusted_input::Glob;

/// How a WebAssembly module starts.
const WASM_MAGIC: &[u8] = b"\0asm";

/// Reads the globs.
pub(crate) fn parse(lines: &[String]) -> anyhow::Result<Vec<Glob>> {
    let glob = |line: &String| {
        if line.starts_with('/') || line.split('/').any(|part| part == "..") {
            bail!(
                "failed to read the input `must-contain`: `{line}` points outside the bundle; write a path relative to `dir`"
            );
        }
        Glob::of_a_shell(line).with_context(|| {
            let line = text::shortened(line);
            format!("failed to read the input `must-contain`: `{line}` is not a glob")
        })
    };
    lines.iter().map(glob).collect()
}

/// What is wrong with the folder.
pub(crate) fn check(folder: &Folder, globs: &[Glob]) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let mut find = |rule, message| findings.push(Finding { rule, message });
    if folder.files.is_empty() {
        find("empty", "bundle contains no files".to_owned());
    }
    for glob in globs {
        let matching = |path: &str| glob.matches(path);
        let mut matching = folder.files.iter().filter(|file| matching(&file.path));
        match matching.next() {
            None if folder.files.is_empty() => {}
            None => find("must-contain", format!("no file matches `{glob}`")),
            Some(first) if first.digest.size == 0 && matching.all(|file| file.digest.size == 0) => {
                find("must-contain", format!("`{}` is empty", first.path));
            }
            Some(_) => {}
        }
    }
    for file in folder.files.iter().filter(|file| is_wasm(&file.path)) {
        let mut start = Vec::new();
        let path = folder.path.join(&file.path);
        File::open(&path)
            .and_then(|file| file.take(WASM_MAGIC.len() as u64).read_to_end(&mut start))
            .with_context(|| format!("failed to read `{}`", path.display()))?;
        if start != WASM_MAGIC {
            let message = format!("`{}` does not start like a WebAssembly module", file.path);
            find("wasm-magic", message);
        }
    }
    Ok(findings)
}

fn is_wasm(path: &str) -> bool {
    path.rsplit_once('.')
        .is_some_and(|(_, extension)| extension == "wasm")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &[u8])], globs: &[&str]) -> Vec<(&'static str, String)> {
        let folder = tempfile::tempdir().unwrap();
        for (path, bytes) in files {
            let full = folder.path().join(path);
            std::fs::create_dir_all(full.parent().unwrap()).unwrap();
            std::fs::write(full, bytes).unwrap();
        }
        let globs: Vec<String> = globs.iter().map(|&glob| glob.to_owned()).collect();
        let read = Folder::read(folder.path()).unwrap();
        let findings = check(&read, &parse(&globs).unwrap()).unwrap();
        findings
            .into_iter()
            .map(|finding| (finding.rule, finding.message))
            .collect()
    }

    #[test]
    fn a_bundle_with_all_that_it_must_hold_passes() {
        let files: &[(&str, &[u8])] = &[("index.html", b"<p>"), ("pkg/app.wasm", b"\0asm\x01")];
        assert_eq!(found(files, &["index.html", "pkg/*.wasm"]), []);
    }

    #[test]
    fn what_is_missing_or_empty_is_a_finding_and_a_star_stays_in_its_folder() {
        let files: &[(&str, &[u8])] = &[("index.html", b""), ("pkg/app.wasm", b"\0asm\x01")];
        let messages = found(files, &["index.html", "*.wasm"]);
        assert_eq!(messages[0].1, "`index.html` is empty");
        assert_eq!(messages[1].1, "no file matches `*.wasm`");
        assert_eq!(found(&[], &["*"])[0].1, "bundle contains no files");
    }

    #[test]
    fn a_page_in_place_of_a_module_is_a_finding() {
        let files: &[(&str, &[u8])] = &[("app.wasm", b"<!doctype html>"), ("wasm", b"x")];
        let found = found(files, &[]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].0, "wasm-magic");
    }
}
