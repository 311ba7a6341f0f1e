//! Holds what is read from a list against git's own answers.

use testkit::repo::TempRepo;

use super::*;

const PATHS: [&str; 16] = [
    "a.png",
    "docs/a.png",
    "docs/deep/a.png",
    "docs/b c.png",
    "src/a.rs",
    "src/x/a.rs",
    "a.bin",
    "docs/a.bin",
    "vendor/lib/a.bin",
    "vendor/a.bin",
    "[x].txt",
    "x.txt",
    "héllo/🐍.bin",
    "d-e_f.7",
    "docs/docs/a.png",
    "a",
];

/// Compares with git what it says of all paths.
fn agrees(files: &[(&str, &str)]) {
    let repo = TempRepo::new();
    let mut attributes = Attributes::default();
    for (folder, text) in files {
        let path = match *folder {
            "" => ".gitattributes".to_owned(),
            folder => format!("{folder}/.gitattributes"),
        };
        repo.write(&path, text);
        attributes.add(folder, text);
    }
    repo.commit("attributes");
    let mut args = vec!["check-attr", "-z", "filter", "--"];
    args.extend(PATHS);
    let answer = repo.git(&args);
    let fields: Vec<&str> = answer.split('\0').collect();
    let git: Vec<(&str, &str)> = fields.chunks_exact(3).map(|one| (one[0], one[2])).collect();
    assert_eq!(git.len(), PATHS.len());
    let own: Vec<(&str, &str)> = PATHS
        .iter()
        .map(|&path| {
            let value = match attributes.value(path, "filter") {
                Some(Value::Set) => "set",
                Some(Value::Unset) => "unset",
                Some(Value::Text(text)) => text.as_str(),
                Some(Value::Unspecified) | None => "unspecified",
            };
            (path, value)
        })
        .collect();
    assert_eq!(own, git, "{files:?}");
}

#[test]
fn patterns_are_matched_as_git_matches_them() {
    for pattern in [
        "*.png",
        "/*.png",
        "docs/*.png",
        "docs/**",
        "docs/**/*.png",
        "**/docs/*",
        "docs/",
        "docs",
        "/docs/a.png",
        "./a.png",
        "*",
        "**",
        "?",
        "[x].txt",
        "\\[x\\].txt",
        "[[]x].txt",
        "*.{png,bin}",
        "a.[!p]*",
        "a.[^p]*",
        "[[:alpha:]].txt",
        "[a-z]-[a-z]_[!0-9].[[:digit:]]",
        "héllo/*",
        "*/🐍.bin",
        "vendor/*/a.bin",
        "vendor/**/a.bin",
        "vend**a.bin",
        "**a.bin",
        "a.bin\\",
        "[a.bin",
        "!a.png",
        "**/",
        "/**/a.png",
        "*/a.*",
        "d*cs/**/a.p?g",
        "/a",
    ] {
        agrees(&[("", &format!("{pattern} filter=lfs\n"))]);
    }
}

#[test]
fn lines_are_read_as_git_reads_them() {
    for text in [
        "\"docs/b c.png\" filter=lfs\n",
        "\"a.\\160ng\" filter=lfs\n\"open filter=x\n",
        "\u{feff}*.png filter=lfs\r\n*.bin filter=x y -z\r\n",
        "  *.png\tfilter=lfs\n# *.png -filter\n",
        "*.png filter=lfs\na.png -filter\n/docs/a.png !filter\n",
        "*.png filter filter=lfs -filter filter=last\n",
        "*.png filter=lfs b@d\n*.png filter=\n",
        "*.png -filter=lfs\n*.bin !filter=lfs\n",
        "*.png filter=lfs -\n",
        "*.png filter=lfs builtin_x\n",
        "*.png",
    ] {
        agrees(&[("", text)]);
    }
    let long = format!("*.png filter=lfs {}\n*.bin filter=lfs\n", "x".repeat(3000));
    agrees(&[("", &long)]);
}

#[test]
fn macros_stand_for_what_they_hold() {
    for text in [
        "[attr]lfs filter=lfs -text\n*.png lfs\n*.bin -lfs\n",
        "*.png lfs\n[attr]lfs filter=lfs\n",
        "[attr]a b filter=a\n[attr]b filter=b a\n*.png a\n*.bin b\n",
        "[attr]lfs filter=lfs\n*.png lfs filter=other\n*.bin filter=other lfs\n",
        "[attr]lfs filter=lfs\n*.png lfs\ndocs/*.png -lfs\n",
        "[attr]lfs filter=one\n[attr]lfs filter=two\n*.png lfs\n",
        "[attr] lfs filter=lfs\n*.png lfs\n",
        "[attr]lfs filter=lfs\n*.png lfs=yes\n*.bin lfs\na.bin !lfs\n",
    ] {
        agrees(&[("", text)]);
    }
}

#[test]
fn the_nearer_file_counts_more_and_defines_no_macro() {
    agrees(&[
        ("", "*.png filter=lfs\n*.bin filter=lfs\n"),
        ("docs", "a.png -filter\n/a.bin !filter\n"),
        ("docs/deep", "*.png filter=near\n"),
    ]);
    agrees(&[
        ("", "*.png lfs\n"),
        ("docs", "[attr]lfs filter=lfs\n*.png lfs\n"),
    ]);
    agrees(&[
        ("", "[attr]lfs filter=lfs\n*.png filter=root\n"),
        ("docs", "*.png lfs\ndocs/*.png filter=inner\n"),
        ("vendor", "lib/* filter=lfs\nvendor/* filter=lfs\n"),
    ]);
}
