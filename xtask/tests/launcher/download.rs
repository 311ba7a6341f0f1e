//! Downloads: from a release and from nowhere else, again after a failure, and never without an end.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use testkit::runner::{InJob as _, Outcome};

use crate::release::{
    BINARY, Downloads, NAME, Release, TAMPERED, assert_names_both_digests, assert_started,
    path_without, program, refusal,
};

#[test]
fn a_release_may_be_a_folder() {
    let release = Release::new();
    let assets = release.folder.join("assets");
    program(&assets.join(NAME), BINARY);
    release.downloads_from(&format!("file://{}", assets.display()));
    assert_started(&release.run().run());
    assert_eq!(release.kept(), [release.cached()]);
}

#[test]
fn a_tampered_download_is_refused_and_does_not_stay() {
    let release = Release::new();
    let downloads = Downloads::of(Some(TAMPERED));
    release.downloads_from(&downloads.url());
    let message = refusal(&release.run().run());
    assert_names_both_digests(&message);
    assert!(message.contains(&downloads.url()), "{message}");
    assert!(release.kept().is_empty(), "{:?}", release.kept());
    // So the next run gets what the release holds by then.
    let mended = Downloads::of(Some(BINARY));
    release.downloads_from(&mended.url());
    assert_started(&release.run().run());
}

#[test]
fn a_missing_download_is_an_error_that_names_it_and_leaves_nothing() {
    let release = Release::new();
    let downloads = Downloads::of(None);
    release.downloads_from(&downloads.url());
    let message = refusal(&release.run().run());
    let url = format!("{}/{NAME}", downloads.url());
    assert!(message.contains(&url), "{message}");
    assert!(release.kept().is_empty(), "{:?}", release.kept());
}

#[test]
fn a_tree_without_a_release_is_an_error_and_no_finding() {
    let release = Release::new();
    fs::remove_file(release.dist().join("url")).unwrap();
    let message = refusal(&release.run().run());
    assert!(message.contains("dist/url"), "{message}");
}

/// What a server does with its first, second, … connection; the last one again for all that follow.
#[derive(Clone, Copy)]
enum Answer {
    Silence,
    Cut,
    Unavailable,
    Whole,
}

fn server(answers: &'static [Answer]) -> (String, Arc<Mutex<usize>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let count: Arc<Mutex<usize>> = Arc::default();
    let counted = Arc::clone(&count);
    // It ends with the test's process.
    std::thread::spawn(move || {
        let mut silent = Vec::new();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut number = counted.lock().unwrap();
            let answer = answers[(*number).min(answers.len() - 1)];
            *number += 1;
            drop(number);
            match answer {
                Answer::Silence => silent.push(stream),
                Answer::Cut => reply(&mut stream, "200 OK", &BINARY[..20]),
                Answer::Unavailable => reply(&mut stream, "503 Busy", ""),
                Answer::Whole => reply(&mut stream, "200 OK", BINARY),
            }
        }
    });
    (url, count)
}

fn reply(stream: &mut TcpStream, status: &str, sent: &str) {
    let mut request = [0; 4096];
    let _read = stream.read(&mut request).unwrap();
    let length = BINARY.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{sent}"
    )
    .unwrap();
}

/// Runs it with pauses and limits of a tenth and less of what they are.
fn run_fast(release: &Release, tool: &str) -> Outcome {
    let shorter = "for a; do shift; case $a in 10 | 15) a=1 ;; esac; set -- \"$@\" \"$a\"; done\n\
                   exec \"$real\" \"$@\"";
    release.path_with(tool, shorter);
    let path = release.path_with("sleep", "exec \"$real\" 0");
    let without: &[&str] = match tool {
        "curl" => &[],
        _ => &["curl"],
    };
    let rest = path_without(without);
    let path = format!("{}:{}", path.display(), rest.path().display());
    release.run().env("PATH", path).run()
}

#[test]
fn what_fails_at_first_is_tried_again_by_either_program() {
    for tool in ["curl", "wget"] {
        for first in [
            &[Answer::Cut, Answer::Whole][..],
            &[Answer::Unavailable, Answer::Whole],
            &[Answer::Silence, Answer::Cut, Answer::Whole],
        ] {
            let release = Release::new();
            let (url, count) = server(first.to_vec().leak());
            release.downloads_from(&url);
            let outcome = run_fast(&release, tool);
            assert_started(&outcome);
            assert_eq!(*count.lock().unwrap(), first.len(), "{tool}: {outcome}");
        }
    }
}

#[test]
fn a_server_that_never_answers_is_given_up() {
    for tool in ["curl", "wget"] {
        let release = Release::new();
        let (url, count) = server(&[Answer::Silence]);
        release.downloads_from(&url);
        let message = refusal(&run_fast(&release, tool));
        assert!(message.contains(&url), "{message}");
        assert_eq!(*count.lock().unwrap(), 3, "{tool}");
        assert!(release.kept().is_empty(), "{:?}", release.kept());
    }
}

#[test]
fn a_refused_connection_is_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    for tool in ["curl", "wget"] {
        let release = Release::new();
        release.downloads_from(&format!("http://{address}"));
        let log = release.folder.join("log");
        let logged = format!("echo once >>'{}'; exec \"$real\" \"$@\"", log.display());
        release.path_with(tool, &logged);
        let path: PathBuf = release.path_with("sleep", "exec \"$real\" 0");
        let rest = path_without(if tool == "curl" { &[] } else { &["curl"] });
        let path = format!("{}:{}", path.display(), rest.path().display());
        let message = refusal(&release.run().env("PATH", path).run());
        assert!(message.contains(&address.to_string()), "{message}");
        assert_eq!(fs::read_to_string(log).unwrap(), "once\n".repeat(3));
    }
}

#[test]
fn without_curl_wget_downloads() {
    let release = Release::new();
    let downloads = Downloads::of(Some(BINARY));
    release.downloads_from(&downloads.url());
    let path = path_without(&["curl"]);
    assert_started(&release.run().env("PATH", path.path()).run());
    assert_eq!(release.kept(), [release.cached()]);
    let release = Release::new();
    let tampered = Downloads::of(Some(TAMPERED));
    release.downloads_from(&tampered.url());
    let message = refusal(&release.run().env("PATH", path.path()).run());
    assert_names_both_digests(&message);
}

#[test]
fn without_both_the_error_names_them() {
    let release = Release::new();
    let downloads = Downloads::of(Some(BINARY));
    release.downloads_from(&downloads.url());
    let path = path_without(&["curl", "wget"]);
    let message = refusal(&release.run().env("PATH", path.path()).run());
    assert!(message.contains("without curl or wget"), "{message}");
    assert!(message.contains(&downloads.url()), "{message}");
    // What needs no download needs neither.
    program(&release.dist().join(NAME), BINARY);
    assert_started(&release.run().env("PATH", path.path()).run());
}
