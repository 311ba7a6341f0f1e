//! What well-known projects publish, fetched by `cargo xtask real-packages`: a rule that refuses it is wrong.

use std::path::{Path, PathBuf};

use package_formats::{Kind, Package, check_file};

/// Names the folder that holds the packages, at any depth.
const FOLDER: &str = "REAL_PACKAGES";

fn packages(folder: &Path, found: &mut Vec<(Kind, PathBuf)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match Kind::of_path(&path) {
            _ if path.is_dir() => packages(&path, found),
            Some(kind @ (Kind::Wheel | Kind::Crate)) => found.push((kind, path)),
            _ => {}
        }
    }
}

#[test]
#[ignore = "needs packages from the internet: run `cargo xtask real-packages`"]
fn real_packages_keep_the_rules() {
    let folder = std::env::var_os(FOLDER);
    let folder = folder
        .unwrap_or_else(|| panic!("{FOLDER} names no folder: run `cargo xtask real-packages`"));
    let mut found = Vec::new();
    packages(Path::new(&folder), &mut found);
    let count = |wanted| found.iter().filter(|(kind, _)| *kind == wanted).count();
    let (wheels, crates) = (count(Kind::Wheel), count(Kind::Crate));
    assert!(
        wheels >= 30 && crates >= 20,
        "only {wheels} wheels and {crates} crates"
    );
    let mut alarms = Vec::new();
    for (kind, path) in &found {
        let mut findings = check_file(*kind, path, "any").unwrap();
        match package_formats::open(path).unwrap() {
            Package::Wheel(wheel) => findings.extend(wheel.check_for_pypi()),
            Package::Crate(krate) => findings.extend(krate.check_for_crates_io()),
        }
        let name = path.file_name().unwrap().to_string_lossy();
        let lines = findings.into_iter();
        alarms
            .extend(lines.map(|finding| format!("{name}: {}: {}", finding.rule, finding.message)));
    }
    assert!(alarms.is_empty(), "{}", alarms.join("\n"));
    println!("{wheels} wheels and {crates} crates keep the rules");
}
