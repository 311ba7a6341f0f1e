//! Archives: the same bytes from the same files wherever and whenever, and whole in the programs that people have.

use std::fs;
use std::path::Path;
use std::process::Command;

use testkit::repo::TempRepo;

use crate::{build_bundle, repo};

const COMMAND: &str = "\
mkdir -p \"$OUT/bin\" \"$OUT/include\"
cp include/hello.h \"$OUT/include\"
printf '#!/bin/sh\\necho hello\\n' > \"$OUT/bin/hello\"
chmod 700 \"$OUT/bin/hello\"
";

fn pack(repo: &TempRepo, archive: &str, command: &str) -> (String, Vec<u8>) {
    let outcome = build_bundle(repo)
        .input("command", command)
        .input("archive", archive)
        .input("name", "hello-linux-x64")
        .run();
    outcome.assert_code(0);
    let path = outcome.output("path").to_owned();
    let bytes = fs::read(repo.path().join(&path)).unwrap();
    assert_eq!(outcome.output("size"), bytes.len().to_string());
    (path, bytes)
}

fn unpack(program: &str, args: &[&str], archive: &Path) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let status = Command::new(program)
        .args(args)
        .arg(archive)
        .args((program == "python3").then_some("."))
        .current_dir(folder.path())
        .status()
        .unwrap();
    assert!(status.success());
    folder
}

#[test]
fn the_same_files_give_the_same_bytes_in_another_folder_and_at_another_time() {
    let repo = repo();
    for archive in ["zip", "tar.gz"] {
        let (path, first) = pack(&repo, archive, COMMAND);
        assert_eq!(path, format!("dist/hello-linux-x64.{archive}"));
        // Written in another order and with other times, by a clone in another place.
        let other = repo.shallow_clone(1);
        let reversed: Vec<&str> = COMMAND.lines().collect();
        let reversed = format!(
            "{}\n{}\n{}\n{}\ntouch -d 2001-01-01 \"$OUT\"/*/*\n",
            reversed[0], reversed[2], reversed[3], reversed[1]
        );
        let (_, second) = pack(&other, archive, &reversed);
        assert!(first == second, "{archive}");
    }
}

#[test]
fn an_archive_unpacks_into_one_folder_and_a_program_in_it_runs() {
    let repo = repo();
    let (path, _) = pack(&repo, "tar.gz", COMMAND);
    let folder = unpack("tar", &["-xzf"], &repo.path().join(path));
    let hello = folder.path().join("hello-linux-x64/bin/hello");
    let said = Command::new(hello).output().unwrap();
    assert_eq!(String::from_utf8(said.stdout).unwrap(), "hello\n");

    let (path, _) = pack(&repo, "zip", COMMAND);
    let folder = unpack("python3", &["-m", "zipfile", "-e"], &repo.path().join(path));
    let header = folder.path().join("hello-linux-x64/include/hello.h");
    assert_eq!(fs::read_to_string(header).unwrap(), "int hello(void);\n");
}

#[cfg(unix)]
#[test]
fn a_link_within_is_packed_as_its_file_and_a_link_out_is_an_error() {
    let repo = repo();
    let linked = "echo x > \"$OUT/libx.so.1\"; ln -s libx.so.1 \"$OUT/libx.so\"";
    let (path, _) = pack(&repo, "tar.gz", linked);
    let folder = unpack("tar", &["-xzf"], &repo.path().join(path));
    let link = folder.path().join("hello-linux-x64/libx.so");
    assert!(link.symlink_metadata().unwrap().is_file());

    let out = build_bundle(&repo)
        .input("command", "ln -s /etc/passwd \"$OUT/secret\"")
        .run();
    assert!(
        crate::error(&out).ends_with("it is a symbolic link out of the folder, or a broken one"),
        "{out}"
    );
}
