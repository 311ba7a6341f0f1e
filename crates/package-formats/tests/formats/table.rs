//! The table of rules, walked: for each row there is a made file that breaks this rule and no other.

use std::collections::BTreeSet;

use flate2::Compression;
use flate2::write::GzEncoder;
use package_formats::table::{Subject, rows};
use package_formats::{Finding, Kind, Sdist, check_file, krate};

use crate::made_crate::MadeCrate;
use crate::made_native::{ELF_ARM64, ELF_X64, MACH_ARM64, elf, mach_for};
use crate::made_wheel::{DIST_INFO, MadeWheel};
use crate::{krate as crates, plain, wheel};

/// What a made file is for, and what is found in it.
pub(crate) type Case = (Subject, Vec<Finding>);

#[test]
fn every_rule_of_the_table_has_a_made_file_that_breaks_it_and_no_other() {
    let mut cases = [door(), wheels(), wheels_for_pypi(), of_crates()].concat();
    cases.extend(sdists());
    cases.extend(sdists_for_pypi());
    cases.extend(plain::files());
    cases.extend(plain::folders());
    let mut broken = BTreeSet::new();
    for (subject, findings) in cases {
        let ids: BTreeSet<&str> = findings.iter().map(|finding| finding.rule).collect();
        let ids = Vec::from_iter(ids);
        let [id] = ids.as_slice() else {
            panic!("a file for {subject:?} breaks {ids:?} instead of one rule: {findings:?}");
        };
        broken.insert((subject, *id));
    }
    let all: BTreeSet<(Subject, &str)> = rows().iter().map(|row| (row.subject, row.id)).collect();
    let without_a_file: Vec<_> = all.difference(&broken).collect();
    assert!(
        without_a_file.is_empty(),
        "no made file breaks {without_a_file:?}"
    );
    let not_in_the_table: Vec<_> = broken.difference(&all).collect();
    assert!(
        not_in_the_table.is_empty(),
        "the table lacks {not_in_the_table:?}"
    );
}

fn wheel_file(made: &MadeWheel) -> Vec<Finding> {
    let folder = tempfile::tempdir().unwrap();
    check_file(Kind::Wheel, &made.write(folder.path()), "any").unwrap()
}

fn door() -> Vec<Case> {
    let folder = tempfile::tempdir().unwrap();
    let named = |kind, name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        check_file(kind, &path, "any").unwrap()
    };
    let zeros = vec![0; 70 * 1024 * 1024];
    [
        named(Kind::Wheel, "hello.zip", b"PK"),
        named(
            Kind::Wheel,
            "hello-0.2.0-py3-none-any.whl",
            b"<html>404</html>",
        ),
        named(Kind::Crate, "hello-0.2.0.crate", b"<html>404</html>"),
        wheel_file(&MadeWheel::pure().file("../evil.py", "")),
        wheel_file(&MadeWheel::pure().file("zeros", zeros)),
        wheel_file(&MadeWheel::pure().without(&format!("{DIST_INFO}/METADATA"))),
        wheel_file(&MadeWheel::pure().file("other-1.0.dist-info/METADATA", "")),
    ]
    .map(|findings| (Subject::WheelOrCrate, findings))
    .to_vec()
}

fn wheels() -> Vec<Case> {
    let pure = MadeWheel::pure;
    let linux = "cp39-abi3-manylinux_2_17_x86_64";
    let module = "hello_sdk/_core.abi3.so";
    let gnu = |libraries: &[&str], glibc| elf(ELF_X64, libraries, &[glibc]);
    let fine = || gnu(&["libc.so.6"], "GLIBC_2.17");
    let scripts = format!("{DIST_INFO}/entry_points.txt");
    let mut cases: Vec<Vec<Finding>> = [
        pure().dist_info("hello_sdk-0.1.0.dist-info"),
        pure().edit("METADATA", "hello-sdk", "goodbye"),
        pure().edit("METADATA", "Version: 0.2.0", "Version: 0.3.0"),
        pure().edit("WHEEL", "py3-none-any", "py3-none-win32"),
        pure().edit("WHEEL", "Wheel-Version: 1.0", "Wheel-Version: 2.0"),
        pure().file(scripts, "[console_scripts]\nhello = hello_sdk\n"),
        pure().edit("WHEEL", "Root-Is-Purelib: true\n", ""),
        pure().record(|_| None),
        pure().record(|record| Some(record.replace(",15\n", ",16\n"))),
        MadeWheel::native("py3-abi3-manylinux_2_17_x86_64", module, fine()),
        MadeWheel::native(linux, module, elf(ELF_ARM64, &["libc.so.6"], &[])),
        MadeWheel::native(linux, module, elf(ELF_X64, &["libc.musl-x86_64.so.1"], &[])),
        MadeWheel::native(linux, module, gnu(&["libc.so.6"], "GLIBC_2.34")),
        MadeWheel::native(linux, module, gnu(&["libpython3.11.so.1.0"], "GLIBC_2.17")),
        MadeWheel::native(
            "cp39-abi3-macosx_11_0_arm64",
            module,
            mach_for(MACH_ARM64, (14, 2)),
        ),
        MadeWheel::native("cp313-cp313t-manylinux_2_17_x86_64", module, fine()),
    ]
    .iter()
    .map(wheel_file)
    .collect();
    cases.extend(wheel::odd_archives());
    cases
        .into_iter()
        .map(|findings| (Subject::Wheel, findings))
        .collect()
}

fn wheels_for_pypi() -> Vec<Case> {
    let pure = MadeWheel::pure;
    let local = pure()
        .edit("METADATA", "Version: 0.2.0", "Version: 0.2.0+dev")
        .named("hello_sdk-0.2.0+dev-py3-none-any.whl")
        .dist_info("hello_sdk-0.2.0+dev.dist-info");
    let header =
        |line: &str| pure().edit("METADATA", "License-File", &format!("{line}\nLicense-File"));
    let mut cases: Vec<Vec<Finding>> = [
        local,
        MadeWheel::with_tags("py3-none-linux_x86_64", false),
        pure().named("Hello_SDK-0.2.0-py3-none-any.whl"),
        pure().edit("METADATA", "Says hello", &"x".repeat(513)),
        pure().edit("METADATA", ">=3.9", "three or newer"),
        header("License: MIT\nLicense-Expression: MIT"),
        header("Description-Content-Type: text/html"),
        header("Classifier: Private :: Do Not Upload"),
        header("Requires-Dist: b @ https://example.com/b.whl"),
        pure().edit("METADATA", "License-File: LICENSE", "License-File: COPYING"),
    ]
    .iter()
    .map(|made| {
        let wheel = made.open().unwrap();
        assert_eq!(wheel.check(), [], "it is fine anywhere else");
        wheel.check_for_pypi()
    })
    .collect();
    // The one limit that a test does not write to disk.
    let mut large = pure().open().unwrap();
    large.digest.size = 2 * 1024 * 1024 * 1024;
    cases.push(large.check_for_pypi());
    cases
        .into_iter()
        .map(|findings| (Subject::WheelForPypi, findings))
        .collect()
}

fn sdists() -> Vec<Case> {
    let more = [("hello_sdk-0.2.0/LICENSE", "MIT"), ("other/file", "")];
    [
        sdist("goodbye-0.2.0.tar.gz", "", &more[..1]).check(),
        sdist("hello_sdk-0.2.0.tar.gz", "", &more).check(),
    ]
    .map(|findings| (Subject::SdistForIndex, findings))
    .to_vec()
}

fn sdists_for_pypi() -> Vec<Case> {
    let name = "hello_sdk-0.2.0.tar.gz";
    let license = [("hello_sdk-0.2.0/LICENSE", "MIT")];
    let with = |headers: &str| sdist(name, headers, &license);
    let long = "x".repeat(33);
    let local = "Version: 0.2.0+dev\n";
    let mut cases: Vec<Vec<Finding>> = [
        sdist("hello_sdk-0.2.0+dev.tar.gz", local, &license),
        sdist("Hello-SDK-0.2.tar.gz", "", &license),
        with(&format!("Project-URL: {long}, https://host.example/\n")),
        with("Dynamic: Version\n"),
        with("Requires-Python: three\n"),
        with("Description-Content-Type: text/markdown; charset=latin-1\n"),
        with("Classifier: Private :: Do Not Upload\n"),
        with("Requires-Dist: b @ https://host.example/b.whl\n"),
        with("License-File: COPYING\n"),
    ]
    .iter()
    .map(|sdist| {
        assert_eq!(sdist.check(), [], "it is fine anywhere else");
        sdist.check_for_pypi()
    })
    .collect();
    let mut large = with("");
    large.digest.size = 2 * 1024 * 1024 * 1024;
    cases.push(large.check_for_pypi());
    cases
        .into_iter()
        .map(|findings| (Subject::SdistForPypi, findings))
        .collect()
}

/// An sdist with these headers and files beside its PKG-INFO.
fn sdist(name: &str, headers: &str, files: &[(&str, &str)]) -> Sdist {
    let version = match headers.starts_with("Version") {
        true => "",
        false => "Version: 0.2.0\n",
    };
    let info = format!(
        "Metadata-Version: 2.4\nName: hello-sdk\n{version}License-File: LICENSE\n{headers}"
    );
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (file, text) in [("hello_sdk-0.2.0/PKG-INFO", info.as_str())]
        .iter()
        .chain(files)
    {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        tar.append_data(&mut header, file, text.as_bytes()).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, tar.into_inner().unwrap().finish().unwrap()).unwrap();
    Sdist::open(&path).unwrap()
}

fn of_crates() -> Vec<Case> {
    let folder = tempfile::tempdir().unwrap();
    let mut cases: Vec<Case> = crates::broken()
        .into_iter()
        .map(|(made, _)| {
            let path = made.write(folder.path());
            (
                Subject::Crate,
                check_file(Kind::Crate, &path, "any").unwrap(),
            )
        })
        .collect();
    let large = MadeCrate::new().entry("hello-0.2.0/noise", &noise(11 * 1024 * 1024));
    let path = large.write(folder.path());
    cases.push((
        Subject::Crate,
        check_file(Kind::Crate, &path, "any").unwrap(),
    ));
    let krate = MadeCrate::new().open();
    let other = krate.check_commit(&"0".repeat(40));
    cases.push((Subject::Crate, Vec::from_iter(other)));
    let app = crates::locks_lib(&"0".repeat(64));
    let siblings = krate::check_siblings(&[app, MadeCrate::named("lib", "").open()]);
    cases.push((Subject::Crate, siblings));
    for made in [
        MadeCrate::new().edit("hello-0.2.0/Cargo.toml", "0.2.0", "0.2.0+dev"),
        MadeCrate::new().edit("hello-0.2.0/README.md", "Hello", &"x".repeat(1024 * 1024)),
    ] {
        cases.push((Subject::CrateForCratesIo, made.open().check_for_crates_io()));
    }
    cases
}

/// Text that packs to no less than two thirds of its size, the same every time.
pub(crate) fn noise(size: usize) -> String {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut text = String::with_capacity(size * 2);
    while text.len() < size * 3 / 2 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        for shift in [0, 8, 16, 24, 32, 40] {
            text.push(char::from(33 + ((state >> shift) % 93) as u8));
        }
    }
    text
}
