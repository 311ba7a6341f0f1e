//! The fake GitHub, judged by the description of its API that GitHub publishes: Prism stands in between and refuses what does not fit.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "clippy knows the tests themselves, but not the functions that they share"
)]

mod published_description {
    pub(crate) mod judge;
    pub(crate) mod scene;
}

use published_description::judge::Judge;
use published_description::scene::{self, Commits};
use serde_json::json;
use testkit::faults::Fault;
use testkit::github::FakeGitHub;

const REPO: &str = "/repos/rerun-io/hello-sdk";

/// One test, because Prism takes seconds to start.
#[tokio::test]
async fn every_endpoint_answers_as_github_describes_it() {
    let (repo, commits) = scene::repository();
    let fake = FakeGitHub::start(scene::state(repo.path(), &commits));
    let judge = Judge::start(fake.url());

    pull_requests(&judge).await;
    labels_and_comments(&judge).await;
    git_objects(&judge, &commits).await;
    refs_and_tags(&judge, &commits).await;
    statuses_and_checks(&judge, &commits).await;
    attestations(&judge).await;
    releases(&judge).await;
    errors(&judge, &commits).await;

    // A judge that lets everything pass proves nothing.
    let wrong = Fault {
        body: Some(json!({ "number": "one" })),
        ..Fault::status("GET", "*/pulls/1", 200)
    };
    fake.fault(wrong);
    let complaint = judge.complaint("GET", &format!("{REPO}/pulls/1")).await;
    assert!(complaint.contains("number"), "{complaint}");
}

async fn attestations(judge: &Judge) {
    use base64::Engine as _;
    let digest = "0".repeat(64);
    let statement = json!({ "subject": [{ "name": "a", "digest": { "sha256": digest } }] });
    let bundle = json!({
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": { "certificate": { "rawBytes": "AA==" } },
        "dsseEnvelope": {
            "payloadType": "application/vnd.in-toto+json",
            "payload": base64::prelude::BASE64_STANDARD.encode(statement.to_string()),
            "signatures": [{ "sig": "AA==" }],
        },
    });
    let path = format!("{REPO}/attestations");
    let body = json!({ "bundle": bundle });
    judge.send("POST", &path, body, 201).await;
    let listed = judge.get(&format!("{path}/sha256:{digest}")).await;
    assert_eq!(listed["attestations"][0]["bundle"], bundle);
}

async fn pull_requests(judge: &Judge) {
    judge.get("/rate_limit").await;
    let user = judge.get("/user").await;
    assert_eq!(user["login"], "github-actions[bot]");
    let repository = judge.get(REPO).await;
    assert_eq!(repository["full_name"], "rerun-io/hello-sdk");
    let pull = judge.get(&format!("{REPO}/pulls/1")).await;
    assert_eq!(
        (&pull["changed_files"], &pull["commits"]),
        (&json!(3), &json!(1))
    );
    assert_eq!(pull["labels"][0]["name"], "🐍 python");
    let pulls = judge
        .get(&format!("{REPO}/pulls?state=all&per_page=1"))
        .await;
    assert_eq!(pulls.as_array().map(Vec::len), Some(1));
    let files = judge
        .get(&format!("{REPO}/pulls/1/files?per_page=100"))
        .await;
    let names: Vec<_> = files
        .as_array()
        .unwrap()
        .iter()
        .map(|file| &file["filename"])
        .collect();
    assert_eq!(names, ["docs/new name.md", "link", "src/lib.rs"]);
    assert_eq!(files[0]["previous_filename"], "docs/old.md");
    assert_eq!(files[2]["patch"], "@@ -1 +1,2 @@\n one\n+two");
    assert_eq!(
        judge.get(&format!("{REPO}/pulls/1/commits")).await[0]["commit"]["message"],
        "Add two"
    );
}

async fn labels_and_comments(judge: &Judge) {
    judge.get(&format!("{REPO}/labels?per_page=2")).await;
    judge.get(&format!("{REPO}/issues/1")).await;
    judge.get(&format!("{REPO}/issues/1/labels")).await;
    let body = json!({ "labels": ["brand, new"] });
    let labels = judge
        .send("POST", &format!("{REPO}/issues/1/labels"), body, 200)
        .await;
    assert_eq!(labels.as_array().map(Vec::len), Some(2));
    judge
        .send(
            "DELETE",
            &format!("{REPO}/issues/1/labels/Brand%2C%20New"),
            json!(null),
            200,
        )
        .await;
    let body = json!({ "labels": ["🐍 python"] });
    judge
        .send("PUT", &format!("{REPO}/issues/1/labels"), body, 200)
        .await;
    let comments = format!("{REPO}/issues/1/comments");
    let comment = judge
        .send("POST", &comments, json!({ "body": "Hello" }), 201)
        .await;
    let comment = format!("{REPO}/issues/comments/{}", comment["id"]);
    let changed = judge
        .send("PATCH", &comment, json!({ "body": "Hello again" }), 200)
        .await;
    assert_eq!(changed["body"], "Hello again");
    judge.get(&comment).await;
    assert_eq!(judge.get(&comments).await.as_array().map(Vec::len), Some(1));
    judge.send("DELETE", &comment, json!(null), 204).await;
}

async fn git_objects(judge: &Judge, commits: &Commits) {
    let Commits {
        base,
        head,
        annotated,
    } = commits;
    let compared = judge.get(&format!("{REPO}/compare/{base}...{head}")).await;
    assert_eq!(
        (&compared["status"], &compared["ahead_by"]),
        (&json!("ahead"), &json!(1))
    );
    judge.get(&format!("{REPO}/commits/{head}")).await;
    judge.get(&format!("{REPO}/commits/{base}")).await;
    let pulls = judge.get(&format!("{REPO}/commits/{head}/pulls")).await;
    assert_eq!(pulls[0]["number"], 1);
    let tree = judge
        .get(&format!("{REPO}/git/trees/{head}?recursive=1"))
        .await;
    let modes: Vec<_> = tree["tree"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| &entry["mode"])
        .collect();
    assert_eq!(modes, ["040000", "100644", "120000", "040000", "100644"]);
    let blob = tree["tree"][4]["sha"].as_str().unwrap();
    assert_eq!(
        judge.get(&format!("{REPO}/git/blobs/{blob}")).await["content"],
        "b25lCnR3bwo=\n"
    );
    judge.get(&format!("{REPO}/git/commits/{head}")).await;
    let tag = judge.get(&format!("{REPO}/git/tags/{annotated}")).await;
    assert_eq!(
        (&tag["object"]["sha"], &tag["message"]),
        (&json!(base), &json!("The first"))
    );
    let file = judge
        .get(&format!("{REPO}/contents/src/lib.rs?ref=feature"))
        .await;
    assert_eq!(file["size"], 8);
    judge.get(&format!("{REPO}/contents/src?ref=feature")).await;
}

async fn refs_and_tags(judge: &Judge, commits: &Commits) {
    let Commits { base, head, .. } = commits;
    let main = judge.get(&format!("{REPO}/git/ref/heads/main")).await;
    assert_eq!(&main["object"]["sha"], base);
    assert_eq!(
        judge.get(&format!("{REPO}/git/ref/tags/v0.1.0")).await["object"]["type"],
        "tag"
    );
    judge.get(&format!("{REPO}/git/matching-refs/tags/v")).await;
    let refs = format!("{REPO}/git/refs");
    let new = json!({ "ref": "refs/tags/v9", "sha": base });
    judge.send("POST", &refs, new.clone(), 201).await;
    let refused = judge.send("POST", &refs, new, 422).await;
    assert_eq!(refused["message"], "Reference already exists");
    let tag = format!("{refs}/tags/v9");
    judge.send("PATCH", &tag, json!({ "sha": head }), 200).await;
    let refused = judge
        .send("PATCH", &tag, json!({ "sha": base, "force": false }), 422)
        .await;
    assert_eq!(refused["message"], "Update is not a fast forward");
    judge
        .send("PATCH", &tag, json!({ "sha": base, "force": true }), 200)
        .await;
    judge.send("DELETE", &tag, json!(null), 204).await;
    let object = json!({ "tag": "v8", "message": "Eight", "object": head, "type": "commit" });
    let tag = judge
        .send("POST", &format!("{REPO}/git/tags"), object, 201)
        .await;
    judge
        .get(&format!("{REPO}/git/tags/{}", tag["sha"].as_str().unwrap()))
        .await;
}

async fn statuses_and_checks(judge: &Judge, commits: &Commits) {
    let head = &commits.head;
    let runs = format!("{REPO}/actions/workflows/ci.yml/runs?branch=main&status=success");
    assert_eq!(judge.get(&runs).await["total_count"], 1);
    let status = json!({ "state": "success", "context": "ci", "description": "fine" });
    judge
        .send("POST", &format!("{REPO}/statuses/{head}"), status, 201)
        .await;
    judge.get(&format!("{REPO}/commits/{head}/statuses")).await;
    assert_eq!(
        judge.get(&format!("{REPO}/commits/{head}/status")).await["state"],
        "success"
    );
    let run = json!({ "name": "gates", "head_sha": head, "status": "in_progress" });
    let run = judge
        .send("POST", &format!("{REPO}/check-runs"), run, 201)
        .await;
    let run = format!("{REPO}/check-runs/{}", run["id"]);
    let end = json!({ "status": "completed", "conclusion": "failure", "output": { "title": "2 findings", "summary": "…" } });
    judge.send("PATCH", &run, end, 200).await;
    assert_eq!(judge.get(&run).await["conclusion"], "failure");
    assert_eq!(
        judge
            .get(&format!("{REPO}/commits/{head}/check-runs"))
            .await["total_count"],
        1
    );
}

async fn releases(judge: &Judge) {
    let releases = format!("{REPO}/releases");
    let draft =
        json!({ "tag_name": "v1.0.0", "target_commitish": "main", "draft": true, "name": "One" });
    let draft = judge.send("POST", &releases, draft, 201).await;
    let release = format!("{releases}/{}", draft["id"]);
    let upload = draft["upload_url"].as_str().unwrap();
    assert!(upload.ends_with("/assets{?name,label}"), "{upload}");
    let asset = judge
        .upload(
            &format!("/uploads{release}/assets?name=a%20b.whl"),
            b"wheel",
            201,
        )
        .await;
    assert_eq!(asset["name"], "a.b.whl");
    // From `printf wheel | sha256sum`.
    let digest = "sha256:ba59926159d2aa256eb8739b8da7e2b574b960e1202c6d624cbe981cef996c91";
    assert_eq!(asset["digest"], digest);
    let refused = judge
        .upload(
            &format!("/uploads{release}/assets?name=a.b.whl"),
            b"other",
            422,
        )
        .await;
    assert_eq!(refused["errors"][0]["code"], "already_exists");
    judge.get(&format!("{release}/assets")).await;
    let asset = format!("{releases}/assets/{}", asset["id"]);
    judge
        .send("PATCH", &asset, json!({ "label": "a b.whl" }), 200)
        .await;
    assert_eq!(judge.get(&asset).await["label"], "a b.whl");

    judge
        .send("GET", &format!("{releases}/tags/v1.0.0"), json!(null), 404)
        .await;
    judge
        .send("GET", &format!("{releases}/latest"), json!(null), 404)
        .await;
    judge
        .send(
            "GET",
            &format!("{REPO}/git/ref/tags/v1.0.0"),
            json!(null),
            404,
        )
        .await;
    judge
        .send(
            "PATCH",
            &release,
            json!({ "draft": false, "make_latest": "true" }),
            200,
        )
        .await;
    judge.get(&format!("{releases}/tags/v1.0.0")).await;
    judge.get(&format!("{REPO}/git/ref/tags/v1.0.0")).await;
    assert_eq!(
        judge.get(&format!("{releases}/latest")).await["id"],
        draft["id"]
    );
    let again = json!({ "tag_name": "v1.0.0" });
    let refused = judge.send("POST", &releases, again, 422).await;
    assert_eq!(refused["errors"][0]["code"], "already_exists");
    judge.get(&releases).await;
    judge.get(&release).await;
    judge.send("DELETE", &asset, json!(null), 204).await;
    judge.send("DELETE", &release, json!(null), 204).await;
}

async fn errors(judge: &Judge, commits: &Commits) {
    judge
        .send("GET", &format!("{REPO}/pulls/99"), json!(null), 404)
        .await;
    judge
        .send("GET", "/repos/rerun-io/nothing", json!(null), 404)
        .await;
    let missing = json!({ "ref": "refs/heads/x", "sha": "0".repeat(40) });
    judge
        .send("POST", &format!("{REPO}/git/refs"), missing, 422)
        .await;
    judge
        .send(
            "GET",
            &format!("{REPO}/compare/{}...nothing", commits.base),
            json!(null),
            404,
        )
        .await;
    judge.send_as("wrong", "GET", "/user", 401).await;
}
