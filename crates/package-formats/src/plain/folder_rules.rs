//! What holds for a folder that is uploaded as one package.

use std::collections::BTreeMap;

use super::folder::PlainFolder;
use super::rules::is_safe;
use crate::kind::Kind;
use crate::rule::Rule;

pub const RULES: &[Rule<PlainFolder>] = &[
    Rule {
        id: "folder-not-empty",
        promise: "The folder contains a file.",
        enforced_by: "nobody",
        check: |folder| {
            let empty = folder.files.is_empty();
            Vec::from_iter(empty.then(|| "folder contains no files, the minimum is 1".to_owned()))
        },
    },
    Rule {
        id: "folder-regular",
        promise: "Everything in the folder is a file, a folder, or a link to a file in it.",
        enforced_by: "nobody",
        check: folder_regular,
    },
    Rule {
        id: "folder-names",
        promise: "Names are valid on every system: no `\\`, `:`, `*`, `?`, `\"`, `<`, `>`, `|` or control character.",
        enforced_by: "Windows, at download",
        check: folder_names,
    },
    Rule {
        id: "folder-case",
        promise: "No two names differ only in case, except in documentation, which is served and not unpacked.",
        enforced_by: "Windows and macOS: one file replaces the other",
        check: folder_case,
    },
    Rule {
        id: "folder-archives",
        promise: "Archives in the folder follow the rules of archives.",
        enforced_by: "the unpacker",
        check: folder_archives,
    },
    Rule {
        id: "wasm-whole",
        promise: "A `wasm` folder contains a module, and every `.wasm` file in any folder is complete.",
        enforced_by: "the browser, when it is loaded",
        check: wasm_whole,
    },
    Rule {
        id: "wasm-glue",
        promise: "In a `wasm` folder, each module has a script with its name (`x.js` for `x_bg.wasm`), or a script or page that names it.",
        enforced_by: "the browser: nothing loads the module",
        check: wasm_glue,
    },
    Rule {
        id: "docs-index",
        promise: "A documentation folder has an `index.html`, at its top or one folder below (such as rustdoc's, one per crate).",
        enforced_by: "nobody: its URL shows nothing",
        check: docs_index,
    },
];

fn folder_regular(folder: &PlainFolder) -> Vec<String> {
    let special = folder.files.iter().filter(|entry| entry.is_special);
    special
        .map(|entry| {
            format!(
                "`{}` is a special file, or a link to a folder, out of the folder or to nothing",
                entry.name
            )
        })
        .collect()
}

fn folder_names(folder: &PlainFolder) -> Vec<String> {
    let refused = |c: char| c.is_control() || "\\:*?\"<>|".contains(c);
    let files = folder.files.iter();
    files
        .filter(|entry| entry.name.contains(refused) || !is_safe(&entry.name))
        .map(|entry| {
            let name = entry.name.escape_debug();
            format!("`{name}` is not valid on every system")
        })
        .collect()
}

fn is_docs(folder: &PlainFolder) -> bool {
    matches!(folder.kind, Kind::DocsPython | Kind::DocsRust)
}

fn folder_case(folder: &PlainFolder) -> Vec<String> {
    if is_docs(folder) {
        return Vec::new();
    }
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    let mut findings = Vec::new();
    for entry in &folder.files {
        if let Some(other) = seen.insert(entry.name.to_lowercase(), &entry.name) {
            findings.push(format!(
                "`{other}` and `{}` differ only in case",
                entry.name
            ));
        }
    }
    findings
}

fn folder_archives(folder: &PlainFolder) -> Vec<String> {
    let mut findings = Vec::new();
    for entry in &folder.files {
        let Some(archive) = &entry.archive else {
            continue;
        };
        let name = &entry.name;
        let broken = archive.broken.iter().filter(|_| entry.size > 0);
        findings.extend(broken.map(|reason| format!("`{name}` cannot be read: {reason}")));
        findings.extend(
            archive
                .bomb
                .iter()
                .map(|reason| format!("`{name}` {reason}")),
        );
        let unsafe_member = archive.members.iter().find(|member| !is_safe(&member.name));
        findings
            .extend(unsafe_member.map(|member| {
                format!("`{name}` has a member `{}`, which escapes it", member.name)
            }));
    }
    findings
}

fn wasm_whole(folder: &PlainFolder) -> Vec<String> {
    let modules = || {
        let files = folder.files.iter();
        files.filter_map(|entry| Some((&entry.name, entry.module.as_ref()?)))
    };
    if folder.kind == Kind::Wasm && modules().next().is_none() && !folder.files.is_empty() {
        return vec!["folder contains no `.wasm` file".to_owned()];
    }
    modules()
        .filter_map(|(name, module)| {
            let reason = module.as_ref().err()?;
            Some(format!("`{name}` {reason}"))
        })
        .collect()
}

fn wasm_glue(folder: &PlainFolder) -> Vec<String> {
    if folder.kind != Kind::Wasm {
        return Vec::new();
    }
    let modules = folder.files.iter().filter(|entry| entry.module.is_some());
    modules
        .filter(|entry| !has_glue(folder, &entry.name))
        .map(|entry| format!("no script or page in the folder loads `{}`", entry.name))
        .collect()
}

fn has_glue(folder: &PlainFolder, module: &str) -> bool {
    let file = module.rsplit('/').next().unwrap_or(module);
    let stem = module.strip_suffix(".wasm").unwrap_or(module);
    // wasm-bindgen's `x_bg.wasm` is loaded by `x.js`.
    let stems = [stem, stem.strip_suffix("_bg").unwrap_or(stem)];
    folder.scripts.iter().any(|(name, text)| {
        let beside = [".js", ".mjs", ".cjs"]
            .iter()
            .filter_map(|ending| name.strip_suffix(ending))
            .any(|script| stems.contains(&script));
        beside || text.contains(file)
    })
}

fn docs_index(folder: &PlainFolder) -> Vec<String> {
    if !is_docs(folder) || folder.files.is_empty() {
        return Vec::new();
    }
    let indexes = folder.folders_with("index.html");
    let found = indexes.iter().any(|folder| !folder.contains('/'));
    Vec::from_iter(
        (!found).then(|| "folder has no `index.html`, in itself or one folder below".to_owned()),
    )
}
