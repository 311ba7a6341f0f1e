//! The upload form, compared field by field with that of twine.

use crate::pypi::{client, options, token};
use publishing::pypi::Distribution;
use std::{collections::BTreeSet, path::PathBuf, process::Command};
use testkit::{
    packages::{Sdist, Wheel},
    pypi::PypiIndex,
    pypiserver::python_program,
};

/// Prints the fields that twine sends for each file, as JSON.
const TWINE: &str = r#"
import json, sys
from twine.package import PackageFile
from twine.repository import Repository
for path in sys.argv[1:]:
    fields = PackageFile.from_filename(path, None).metadata_dictionary()
    print(json.dumps(Repository._convert_metadata_to_list_of_tuples(fields)))
"#;

type Fields = BTreeSet<(String, String)>;

/// Each version of metadata, with headers that it knows, and a header that setuptools wrote too early.
const METADATA: [(&str, &str); 8] = [
    (
        "1.2",
        "Home-page: https://host.example/\nAuthor: Jörg\nClassifier: Programming Language :: Python\nLicense: MIT\n",
    ),
    (
        "2.1",
        "License-File: LICENSE\nKeywords: a,b , c\nProvides-Extra: x\nRequires-Dist: b ; extra == 'x'\n\n# Hello\n",
    ),
    (
        "2.1",
        "Project-URL: Docs, https://host.example/docs\nProject-URL: Code,https://host.example/code\nPlatform: one\nPlatform: two\n",
    ),
    (
        "2.1",
        "Description: first\n        second\nDescription-Content-Type: text/markdown\nAuthor-email: a@host.example\n",
    ),
    (
        "2.2",
        "Dynamic: Classifier\nDynamic: License\nLicense-File: LICENSE\nMaintainer: M\nMaintainer-email: m@host.example\n",
    ),
    (
        "2.3",
        "License: MIT\n        and more\nLicense-File: LICENSE\nRequires-External: C\n",
    ),
    (
        "2.4",
        "License-Expression: MIT\nSupported-Platform: linux\nDownload-URL: https://host.example/d\n",
    ),
    ("2.5", "Keywords: one\n\nText with ü\r\nand a second line\n"),
];

fn made(folder: &std::path::Path) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for (number, (metadata_version, headers)) in METADATA.into_iter().enumerate() {
        let version = format!("1.{number}");
        let wheel = Wheel {
            version: &version,
            ..Wheel::default()
        };
        let sdist = Sdist {
            version: &version,
            metadata_version,
            headers,
            ..Sdist::default()
        };
        paths.extend([
            wheel.write_with(folder, metadata_version, headers),
            sdist.write(folder),
        ]);
    }
    paths
}

#[tokio::test]
async fn every_field_is_the_one_that_twine_sends() {
    let folder = tempfile::tempdir().unwrap();
    let paths = made(folder.path());
    let twine = Command::new(python_program("python"))
        .args(["-c", TWINE])
        .args(&paths)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&twine.stderr);
    assert!(twine.status.success(), "{told}");
    let twine: Vec<Fields> = String::from_utf8(twine.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();

    let pypi = PypiIndex::start(options()).unwrap();
    let (_bench, index) = client(&pypi);
    let (files, unreadable) = Distribution::open_all(&paths);
    assert!(unreadable.is_empty(), "{unreadable:?}");
    index.publish_all(&files, &token()).await.unwrap();
    let uploads = pypi.uploads();
    assert_eq!([files.len(), twine.len(), uploads.len()], [paths.len(); 3]);
    for (file, twine) in files.iter().zip(twine) {
        let upload = uploads.iter().find(|one| one.file_name == file.file_name);
        let fields = &upload.unwrap().fields;
        let mut ours: Fields = fields.iter().cloned().collect();
        assert_eq!(ours.len(), fields.len(), "a field comes twice: {fields:?}");
        // What twine adds to the metadata when it sends, and an empty field that GitLab wants.
        for (name, value) in [(":action", "file_upload"), ("protocol_version", "1")] {
            assert!(ours.remove(&(name.to_owned(), value.to_owned())), "{name}");
        }
        ours.remove(&("requires_python".to_owned(), String::new()));
        let twine: Fields = twine.into_iter().map(unfolded).collect();
        assert_eq!(ours, twine, "{}", file.file_name);
    }
}

/// Twine leaves the spaces in front of a folded header's lines, which would be shown on the project's page.
fn unfolded((name, value): (String, String)) -> (String, String) {
    match name.as_str() {
        "description" | "license" => (name, value.replace("\n        ", "\n")),
        _ => (name, value),
    }
}
