//! Links to other sites, against a site on this machine: which are followed, what each answer means, and who is not asked.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests stop the test as the tests do"
)]

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    extract::{Request, State},
    http::{Method, StatusCode, header},
    response::{IntoResponse as _, Redirect, Response},
};
use serde_json::Value;
use testkit::{
    binary::Run,
    repo::TempRepo,
    runner::{InJob as _, Outcome},
    serving::Server,
};

/// A site that notes who comes.
struct Site {
    server: Server,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Site {
    fn new() -> Self {
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let noted = asked.clone();
        let server = Server::start(0, |_| Router::new().fallback(answer).with_state(noted));
        Self {
            server: server.unwrap(),
            asked,
        }
    }

    /// `127.0.0.1:PORT`
    fn host(&self) -> &str {
        self.server.url().strip_prefix("http://").unwrap()
    }

    fn asked(&self) -> Vec<String> {
        let mut asked = self.asked.lock().unwrap().clone();
        asked.sort();
        asked
    }
}

/// `/503` answers that status; `/head/405` only to HEAD; `/to?ADDRESS` leads on, and `/circle` to itself.
async fn answer(State(asked): State<Arc<Mutex<Vec<String>>>>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    asked
        .lock()
        .unwrap()
        .push(format!("{} {path}", request.method()));
    assert!(!request.headers().contains_key(header::AUTHORIZATION));
    assert!(!request.headers().contains_key(header::COOKIE));
    if path == "/to" {
        return Redirect::temporary(request.uri().query().unwrap()).into_response();
    }
    if path == "/circle" {
        return Redirect::permanent("/circle").into_response();
    }
    let of_head = path.strip_prefix("/head/");
    let status = of_head
        .or(path.strip_prefix('/'))
        .and_then(|it| it.parse().ok());
    match (
        of_head.is_some() && request.method() != Method::HEAD,
        status,
    ) {
        (false, Some(status)) => StatusCode::from_u16(status).unwrap().into_response(),
        _ => "here".into_response(),
    }
}

/// A pull request that adds a page with these links.
fn repository(links: &[String]) -> TempRepo {
    let repo = TempRepo::new();
    repo.write("README.md", "# Hello\n").commit("first");
    let page: Vec<String> = links.iter().map(|link| format!("[x]({link})\n")).collect();
    repo.branch("feature")
        .write("page.md", page.concat())
        .commit("second");
    repo
}

fn run(repo: &TempRepo, policy: &str, hosts: &str) -> Run {
    Run::new(env!("CARGO_BIN_EXE_pr-gates"))
        .workspace(repo.path())
        .args(["--base", "main"])
        .input("token", "token-of-the-job")
        .input("gates", "links")
        .input("links", "*.md")
        .input("external-links", policy)
        .input("allow-private-hosts", hosts)
}

/// Level, line and message of each finding; `HOST` stands for the site.
fn findings(outcome: &Outcome, site: &Site) -> Vec<String> {
    let findings: Vec<Value> = serde_json::from_str(outcome.output("findings")).unwrap();
    let shown = findings.iter().map(|it| {
        let (level, message) = (
            it["level"].as_str().unwrap(),
            it["message"].as_str().unwrap(),
        );
        format!("{level} {}: {message}", it["line"]).replace(site.host(), "HOST")
    });
    shown.collect()
}

#[test]
fn a_page_that_is_gone_is_found_and_an_outage_is_a_warning() {
    let site = Site::new();
    let at = |path: &str| format!("{}/{path}", site.server.url());
    let links = [
        at("200"),
        at("404"),
        at("410#there"),
        at("500"),
        at("429"),
        at("403"),
        at("head/405"),
        at("head/404"),
        at("to?/404"),
        at("to?/200"),
        at("circle"),
        "http://127.0.0.1:1/".to_owned(),
    ];
    let repo = repository(&links);
    let hosts = format!("{}\n127.0.0.1:1", site.host());
    let refused = run(&repo, "refuse", &hosts).run();
    refused.assert_code(1);
    let found = findings(&refused, &site);
    assert_eq!(
        found[..6],
        [
            "error 2: link to \"http://HOST/404\" is dead: the site answers 404",
            "error 3: link to \"http://HOST/410#there\" is dead: the site answers 410",
            "error 9: link to \"http://HOST/to?/404\" is dead: the site answers 404",
            "warning 4: link to \"http://HOST/500\" could not be checked: the site answers 500",
            "warning 5: link to \"http://HOST/429\" could not be checked: the site answers 429",
            "warning 6: link to \"http://HOST/403\" could not be checked: the site answers 403",
        ],
        "{refused}"
    );
    assert!(
        found[6].contains("redirects more than 10 times"),
        "{refused}"
    );
    assert!(
        found[7].starts_with("warning 12: link to \"http://127.0.0.1:1/\" could not be checked: ")
    );
    assert_eq!(found.len(), 8);

    let reported = run(&repo, "report", &hosts).run();
    reported.assert_code(0);
    assert_eq!(findings(&reported, &site).len(), 8);
}

#[test]
fn links_are_followed_only_where_that_is_asked_for_and_not_where_they_are_allowed() {
    let site = Site::new();
    let at = |path: &str| format!("{}/{path}", site.server.url());
    let repo = repository(&[at("404"), at("made/a")]);
    run(&repo, "off", site.host()).run().assert_code(0);
    assert_eq!(site.asked(), [""; 0]);
    let allowed = format!("{}/404", site.server.url());
    let outcome = run(&repo, "refuse", site.host())
        .input("allow-links", allowed)
        .run();
    outcome.assert_code(0);
    assert_eq!(site.asked(), ["HEAD /made/a"]);
}

#[test]
fn a_strangers_link_does_not_lead_into_the_network_of_the_runner() {
    let site = Site::new();
    let port = site.host().rsplit(':').next().unwrap();
    let links = [
        format!("http://{}/404", site.host()),
        format!("http://0x7f000001:{port}/404"),
        format!("http://2130706433:{port}/404"),
        format!("http://[::ffff:127.0.0.1]:{port}/404"),
        format!("http://[::1]:{port}/404"),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
    ];
    let repo = repository(&links);
    let outcome = run(&repo, "refuse", "").run();
    outcome.assert_code(0);
    let found = findings(&outcome, &site);
    assert_eq!(found.len(), links.len(), "{outcome}");
    assert!(
        found.iter().all(|it| it.ends_with("has a private address")),
        "{outcome}"
    );
    assert_eq!(site.asked(), [""; 0]);
}

#[test]
fn a_site_that_may_be_asked_cannot_send_on_to_one_that_may_not() {
    let (site, inner) = (Site::new(), Site::new());
    let repo = repository(&[format!(
        "{}/to?{}/404",
        site.server.url(),
        inner.server.url()
    )]);
    let outcome = run(&repo, "refuse", site.host()).run();
    outcome.assert_code(0);
    assert!(
        findings(&outcome, &site)[0].ends_with("has a private address"),
        "{outcome}"
    );
    assert_eq!(inner.asked(), [""; 0]);
    assert!(!site.asked().is_empty());
}

#[test]
fn each_link_is_followed_once_and_a_hundred_at_most() {
    let site = Site::new();
    let mut links: Vec<String> = (0..130)
        .map(|n| format!("{}/page/{n:03}", site.server.url()))
        .collect();
    links.extend(links.clone());
    let outcome = run(&repository(&links), "refuse", site.host()).run();
    outcome.assert_code(0);
    assert_eq!(site.asked().len(), 100);
    assert!(
        outcome
            .stdout
            .contains("Checking the first 100 of 130 links"),
        "{outcome}"
    );
    assert!(
        outcome
            .stdout
            .contains("could not be checked: only the first 100 links are"),
        "{outcome}"
    );
}

#[test]
fn a_recording_holds_what_the_sites_answered() {
    let site = Site::new();
    let links = [
        format!("{}/404", site.server.url()),
        format!("{}/503", site.server.url()),
    ];
    let repo = repository(&links);
    let outside = tempfile::tempdir().unwrap();
    let folder = outside.path().join("bundle");
    let recorded = run(&repo, "refuse", site.host())
        .arg("--record")
        .arg(&folder)
        .run();
    recorded.assert_code(1);
    let asked = site.asked();
    let replayed = run(&repo, "refuse", site.host())
        .arg("--replay")
        .arg(&folder)
        .run();
    assert_eq!(recorded.outputs, replayed.outputs);
    assert_eq!(recorded.summary, replayed.summary);
    assert_eq!(recorded.code, replayed.code);
    assert_eq!(site.asked(), asked);
}

#[test]
fn links_without_pages_are_a_slip() {
    let repo = repository(&[]);
    let outcome = Run::new(env!("CARGO_BIN_EXE_pr-gates"))
        .workspace(repo.path())
        .args(["--base", "main", "--external-links", "refuse"])
        .run();
    outcome.assert_code(2);
    assert!(
        outcome
            .stdout
            .contains("it needs the input `links`, such as `*.md`"),
        "{outcome}"
    );
}
