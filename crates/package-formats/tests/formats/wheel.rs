//! The rules of wheels that need no native code, and the door.

use std::fs;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use package_formats::digest::sha256_bytes;
use package_formats::{Cause, Finding, Kind, Wheel};
use zip::write::SimpleFileOptions;

use crate::made_wheel::{DIST_INFO, MadeWheel, findings};

#[test]
fn a_right_wheel_has_no_findings_and_says_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = MadeWheel::pure().write(folder.path());
    let package = package_formats::open(&path).unwrap();
    assert_eq!(package.check(), []);
    assert_eq!(package.kind(), Kind::Wheel);
    assert_eq!(package.project(), "hello-sdk");
    assert_eq!(package.version(), "0.2.0");
    assert_eq!(package.platform(), "any");
    assert_eq!(
        package.digest(),
        &package_formats::digest::sha256_file(&path).unwrap()
    );
}

#[test]
fn the_metadata_is_byte_for_byte_that_of_the_wheel() {
    let wheel = MadeWheel::pure().open().unwrap();
    let raw = String::from_utf8(wheel.metadata.raw.clone()).unwrap();
    assert!(
        raw.starts_with("Metadata-Version: 2.4\nName: hello-sdk\n")
            && raw.ends_with("\n\n# Hello\n")
    );
    assert_eq!(wheel.metadata.requires_python(), Some(">=3.9"));
    assert_eq!(wheel.metadata.description(), Some("# Hello\n"));
}

#[test]
fn the_upload_form_is_whole_but_for_the_file() {
    let wheel = MadeWheel::with_tags("cp39.cp310-none-any", true)
        .open()
        .unwrap();
    let form: Vec<String> = wheel
        .form_fields()
        .into_iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    let digest = format!("sha256_digest={}", wheel.digest.sha256);
    assert_eq!(
        form,
        [
            ":action=file_upload",
            "protocol_version=1",
            "filetype=bdist_wheel",
            "pyversion=cp39.cp310",
            &digest,
            "metadata_version=2.4",
            "name=hello-sdk",
            "version=0.2.0",
            "summary=Says hello",
            "license_file=LICENSE",
            "requires_python=>=3.9",
            "description=# Hello\n",
        ]
    );
}

#[test]
fn metadata_of_another_project_or_version_is_found() {
    let name = MadeWheel::pure().edit("METADATA", "hello-sdk", "goodbye");
    assert_eq!(
        name.check(),
        ["metadata-name: METADATA names project `goodbye`, the file name `hello_sdk`"]
    );
    let version = MadeWheel::pure().edit("METADATA", "Version: 0.2.0", "Version: 0.3.0");
    assert_eq!(
        version.check(),
        ["metadata-version: METADATA has version 0.3.0, the file name 0.2.0"]
    );
}

#[test]
fn names_and_versions_are_compared_by_meaning() {
    let wheel = MadeWheel::pure()
        .edit("METADATA", "hello-sdk", "Hello.SDK")
        .edit("METADATA", "Version: 0.2.0", "Version: 0.2");
    assert_eq!(wheel.check(), [] as [&str; 0]);
}

#[test]
fn a_dist_info_folder_of_another_version_is_found() {
    let wheel = MadeWheel::pure().dist_info("hello_sdk-0.1.0.dist-info");
    assert_eq!(
        wheel.check(),
        [
            "dist-info-name: folder is `hello_sdk-0.1.0.dist-info`, the file name says `hello_sdk-0.2.0.dist-info`"
        ]
    );
}

#[test]
fn tags_in_the_file_name_are_those_of_the_wheel_file() {
    let wheel = MadeWheel::with_tags("py2.py3-none-any", true).edit(
        "WHEEL",
        "py2-none-any",
        "py2-none-win32",
    );
    assert_eq!(
        wheel.check(),
        [
            "wheel-tags: tag `py2-none-any` is in the file name but not in WHEEL",
            "wheel-tags: tag `py2-none-win32` is in WHEEL but not in the file name",
        ]
    );
}

#[test]
fn a_build_number_is_in_the_wheel_file_too() {
    let wheel = MadeWheel::pure().named("hello_sdk-0.2.0-1-py3-none-any.whl");
    assert_eq!(
        wheel.check(),
        ["wheel-tags: WHEEL has build none, the file name 1"]
    );
    let both = wheel.edit("WHEEL", "Tag:", "Build: 1\nTag:");
    assert_eq!(both.check(), [] as [&str; 0]);
}

#[test]
fn a_wheel_that_does_not_say_where_it_goes_is_found() {
    let silent = MadeWheel::pure().edit("WHEEL", "Root-Is-Purelib: true\n", "");
    assert_eq!(
        silent.check(),
        ["root-is-purelib: WHEEL has no `Root-Is-Purelib`"]
    );
    let odd = MadeWheel::pure().edit("WHEEL", "true", "maybe");
    assert_eq!(
        odd.check(),
        ["root-is-purelib: WHEEL says `Root-Is-Purelib: maybe`, the values are true and false"]
    );
}

#[test]
fn a_record_lists_every_file_and_no_other() {
    let unlisted = MadeWheel::pure()
        .record(|record| Some(record.replace("hello_sdk/__init__.py", "hello_sdk/old.py")));
    assert_eq!(
        unlisted.check(),
        [
            "record-complete: `hello_sdk/__init__.py` is not listed in RECORD",
            "record-complete: `hello_sdk/old.py` is listed in RECORD but not in the wheel",
        ]
    );
    let absent = MadeWheel::pure().record(|_| None);
    assert_eq!(
        absent.check(),
        ["record-complete: wheel has no `hello_sdk-0.2.0.dist-info/RECORD`"]
    );
    let twice = MadeWheel::pure().record(|record| Some(format!("{record}{DIST_INFO}/RECORD,,\n")));
    assert_eq!(
        twice.check(),
        ["record-complete: `hello_sdk-0.2.0.dist-info/RECORD` is listed twice in RECORD"]
    );
}

#[test]
fn a_record_has_the_digest_and_the_size_of_every_file() {
    let digest = MadeWheel::pure().record(|record| {
        let (line, rest) = record.split_once('\n').unwrap();
        let (path, _) = line.split_once(',').unwrap();
        Some(format!("{path},sha256=AAAA,16\n{rest}"))
    });
    let found = digest.check();
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("record-digests: `hello_sdk/__init__.py` has hash sha256="));
    assert!(found[0].ends_with(", RECORD says sha256=AAAA"));
    assert_eq!(
        found[1],
        "record-digests: `hello_sdk/__init__.py` has 15 bytes, RECORD says 16"
    );
    let unhashed = MadeWheel::pure().file("a.py", "").record(|record| {
        let hash = record
            .lines()
            .find(|line| line.starts_with("a.py"))
            .unwrap();
        Some(record.replace(hash, "a.py,,"))
    });
    let found = unhashed.check();
    assert!(
        found[0].starts_with("record-digests: `a.py` has no hash in RECORD"),
        "{found:?}"
    );
}

/// With a link that RECORD lists as the text which installers write for it.
fn with_a_link() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let made = MadeWheel::pure().record(|record| {
        let hash =
            BASE64_URL_SAFE_NO_PAD.encode(hex::decode(sha256_bytes(b"a.py").sha256).unwrap());
        Some(format!("hello_sdk/link.py,sha256={hash},4\n{record}"))
    });
    let file = fs::File::options()
        .read(true)
        .write(true)
        .open(made.write(folder.path()))
        .unwrap();
    let mut zip = zip::ZipWriter::new_append(file).unwrap();
    zip.add_symlink("hello_sdk/link.py", "a.py", SimpleFileOptions::default())
        .unwrap();
    zip.finish().unwrap();
    folder
}

/// What is found in wheels whose archives are odd.
pub(crate) fn odd_archives() -> Vec<Vec<Finding>> {
    let name = "hello_sdk-0.2.0-py3-none-any.whl";
    let linked = with_a_link();
    let mut found = vec![Wheel::open(&linked.path().join(name)).unwrap().check()];
    let folder = tempfile::tempdir().unwrap();
    let path = MadeWheel::pure().write(folder.path());
    let bytes = fs::read(&path).unwrap();
    for hidden in [
        [b"hidden".as_slice(), &bytes].concat(),
        [bytes.as_slice(), b"hidden"].concat(),
    ] {
        fs::write(&path, hidden).unwrap();
        found.push(Wheel::open(&path).unwrap().check());
    }
    found
}

#[test]
fn links_and_archives_with_bytes_before_or_after_are_found() {
    let found: Vec<String> = odd_archives().into_iter().flat_map(findings).collect();
    assert_eq!(
        found,
        [
            "regular-members: `hello_sdk/link.py` is a symbolic link",
            "zip-consistency: archive has 6 bytes before its start, the limit is 0",
            "zip-consistency: archive has bytes after its end record",
        ]
    );
}

#[test]
fn what_is_no_wheel_is_refused_at_the_door() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hello_sdk-0.2.0-py3-none-any.whl");
    fs::write(&path, "<html>404</html>").unwrap();
    let error = package_formats::open(&path).unwrap_err().to_string();
    assert_eq!(
        error,
        format!(
            "failed to open wheel {}: it is not a zip archive",
            path.display()
        )
    );

    let renamed = folder.path().join("wheel.zip");
    let error = package_formats::open(&renamed).unwrap_err().to_string();
    assert!(
        error.ends_with("its extension is neither `.whl` nor `.crate`"),
        "{error}"
    );

    let absent = folder.path().join("absent-1.0-py3-none-any.whl");
    assert!(matches!(
        package_formats::open(&absent).unwrap_err().cause,
        Cause::Io(_)
    ));
}

#[test]
fn a_cut_or_changed_wheel_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = MadeWheel::pure().write(folder.path());
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    assert!(matches!(
        Wheel::open(&path).unwrap_err().cause,
        Cause::NotZip
    ));

    let mut changed = bytes.clone();
    // The first member's data starts after its header of 30 bytes and its name.
    changed[30 + "hello_sdk/__init__.py".len() + 2] ^= 0xff;
    fs::write(&path, changed).unwrap();
    let error = Wheel::open(&path).unwrap_err();
    assert!(matches!(error.cause, Cause::Damaged(_)), "{error}");
}

#[test]
fn members_that_leave_the_archive_are_refused() {
    for name in [
        "../evil.py",
        "hello_sdk/../../evil.py",
        "/etc/evil",
        "C:/evil.py",
        "a\\..\\evil.py",
    ] {
        let cause = MadeWheel::pure().file(name, "").refusal();
        assert!(
            matches!(&cause, Cause::UnsafeMember(member) if member == name),
            "{name}: {cause}"
        );
    }
}

#[test]
fn a_zip_bomb_is_refused_and_a_small_file_that_packs_well_is_not() {
    let bomb = MadeWheel::pure()
        .file("zeros", vec![0; 70 * 1024 * 1024])
        .refusal();
    assert!(
        matches!(&bomb, Cause::TooLarge(limit) if limit == "50 times its size"),
        "{bomb}"
    );
    let small = MadeWheel::pure().file("zeros", vec![0; 8 * 1024 * 1024]);
    assert_eq!(small.check(), [] as [&str; 0]);
}

#[test]
fn a_wheel_without_its_own_files_is_refused() {
    for file in ["METADATA", "WHEEL"] {
        let path = format!("{DIST_INFO}/{file}");
        let cause = MadeWheel::pure().without(&path).refusal();
        assert!(
            matches!(&cause, Cause::Missing(missing) if *missing == path),
            "{cause}"
        );
    }
    let two = MadeWheel::pure()
        .file("other-1.0.dist-info/METADATA", "")
        .refusal();
    assert!(
        two.to_string().contains("hello_sdk-0.2.0, other-1.0"),
        "{two}"
    );
}

#[test]
fn pypi_refuses_what_a_bucket_takes() {
    let long = |length: usize| "x".repeat(length);
    let made = MadeWheel::with_tags("py3-none-linux_x86_64", false);
    let made = made
        .named("Hello_SDK-0.2.0+2026.11.22.g6e4ddaf-py3-none-linux_x86_64.whl")
        .dist_info("Hello_SDK-0.2.0+2026.11.22.g6e4ddaf.dist-info");
    let folder = tempfile::tempdir().unwrap();
    let edit = |mut wheel: MadeWheel| {
        wheel = wheel.without("hello_sdk-0.2.0.dist-info/METADATA");
        wheel.file(
            "Hello_SDK-0.2.0+2026.11.22.g6e4ddaf.dist-info/METADATA",
            format!(
                "Metadata-Version: 2.4\nName: Hello-SDK\nVersion: 0.2.0+2026.11.22.g6e4ddaf\nSummary: {}\n\
                 Project-URL: {}, https://example.com\nRequires-Dist: b @ https://example.com/b.whl\n\
                 Requires-Dist: c; extra == '@'\nLicense-File: COPYING\n",
                long(513),
                long(33)
            ),
        )
    };
    let made = edit(made.without("Hello_SDK-0.2.0+2026.11.22.g6e4ddaf.dist-info/METADATA"));
    let mut wheel = Wheel::open(&made.write(folder.path())).unwrap();
    assert_eq!(wheel.check(), []);
    wheel.digest.size = 2 * 1024 * 1024 * 1024;
    let found = findings(wheel.check_for_pypi());
    let label = long(33);
    assert_eq!(
        found,
        [
            "pypi-local-version: version 0.2.0+2026.11.22.g6e4ddaf is a local version",
            "pypi-platform: platform tag `linux_x86_64` is not accepted",
            "pypi-file-name: file name has project `Hello_SDK`, the normalized name is `hello_sdk`",
            "pypi-size: file is 2.0 GiB, over the limit of 1.0 GiB",
            "pypi-metadata: `Summary` has 513 characters, over the limit of 512",
            &format!(
                "pypi-metadata: label `{label}` of `Project-URL` has 33 characters, over the limit of 32"
            ),
            "pypi-direct-requirement: requirement `b @ https://example.com/b.whl` is a URL",
            "pypi-license-files: `Hello_SDK-0.2.0+2026.11.22.g6e4ddaf.dist-info/licenses/COPYING` is missing, \
             METADATA lists it as `License-File`",
        ]
    );
    assert_eq!(MadeWheel::pure().open().unwrap().check_for_pypi(), []);
}
