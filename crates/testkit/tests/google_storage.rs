//! The stand-in for Google Cloud Storage: of many writers at once exactly one wins, whichever way they write, and what is
//! forbidden is refused as Google refuses it.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "clippy knows the tests themselves, but not the functions that they share"
)]

mod google_storage {
    pub(crate) mod client;
}

use std::sync::Arc;

use google_storage::client::{Api, KINDS, PART, Ready, Reply, python};
use serde_json::json;
use testkit::google_storage::{Access, GoogleStorage};
use tokio::sync::Barrier;

const WRITERS: usize = 12;
const ROUNDS: usize = 4;

/// What a writer writes: two parts, and nobody else's.
fn text(writer: usize) -> String {
    format!("{writer:03}{}", "x".repeat(2 * PART - 3))
}

/// Does all at once, and answers the one that was done and the text of the object after it.
async fn winner(ready: Vec<Ready>, api: &Api, name: &str) -> (usize, String) {
    let barrier = Arc::new(Barrier::new(ready.len()));
    let tasks: Vec<_> = ready
        .into_iter()
        .map(|ready| {
            let barrier = barrier.clone();
            tokio::spawn(async move {
                barrier.wait().await;
                ready.write().await
            })
        })
        .collect();
    let mut won = Vec::new();
    for (writer, task) in tasks.into_iter().enumerate() {
        let reply: Reply = task.await.unwrap();
        match reply.status {
            200 => won.push(writer),
            412 => {}
            _ => panic!("{name}: {reply:?}"),
        }
    }
    assert_eq!(won.len(), 1, "{name}: {won:?}");
    (won[0], api.text(name).await)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_that_create_an_object_one_does_in_every_way_to_write() {
    let storage = GoogleStorage::start();
    let api = Api::new(storage.url());
    for kind in KINDS {
        for round in 0..ROUNDS {
            let name = format!("{kind:?}-{round}");
            let mut ready = Vec::new();
            for writer in 0..WRITERS {
                let query = "&ifGenerationMatch=0";
                ready.push(api.prepare(kind, &name, query, &text(writer)).await);
            }
            let (won, found) = winner(ready, &api, &name).await;
            assert!(found == text(won), "{name}: another's bytes than {won}'s");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_that_replace_what_they_saw_one_does_in_every_way_to_write() {
    let storage = GoogleStorage::start();
    let api = Api::new(storage.url());
    for kind in KINDS {
        for round in 0..ROUNDS {
            let name = format!("{kind:?}-{round}");
            api.media(&name, "", "first").await;
            let query = format!("&ifGenerationMatch={}", api.generation(&name).await);
            let mut ready = Vec::new();
            for writer in 0..WRITERS {
                ready.push(api.prepare(kind, &name, &query, &text(writer)).await);
            }
            let (won, found) = winner(ready, &api, &name).await;
            assert!(found == text(won), "{name}: another's bytes than {won}'s");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_of_different_kinds_meet_each_other() {
    let storage = GoogleStorage::start();
    let api = Api::new(storage.url());
    for round in 0..ROUNDS {
        let name = format!("mixed-{round}");
        let mut ready = Vec::new();
        for (writer, kind) in KINDS.into_iter().enumerate() {
            let query = "&ifGenerationMatch=0";
            ready.push(api.prepare(kind, &name, query, &text(writer)).await);
        }
        let (won, found) = winner(ready, &api, &name).await;
        assert!(found == text(won), "{:?} won, not its bytes", KINDS[won]);
    }
}

#[tokio::test]
async fn an_upload_in_parts_is_decided_at_its_last_part() {
    let storage = GoogleStorage::start();
    let api = Api::new(storage.url());
    let session = api.session("a", "&ifGenerationMatch=0").await.unwrap();
    let reply = api
        .part(&session, "bytes 0-262143/*", &"x".repeat(PART))
        .await;
    assert_eq!(reply.status, 308, "{reply:?}");
    api.media("a", "", "another's").await;
    // A question on how far it is decides nothing.
    let reply = api.part(&session, "bytes */*", "").await;
    assert_eq!(reply.status, 308, "{reply:?}");
    for _ in 0..2 {
        let reply = api.part(&session, "bytes 262144-262144/262145", "y").await;
        assert_eq!(reply.status, 412, "{reply:?}");
    }
    assert_eq!(api.text("a").await, "another's");
    // Nobody starts what cannot end.
    let refused = api.session("a", "&ifGenerationMatch=0").await.unwrap_err();
    assert_eq!(refused.status, 412, "{refused:?}");
    let error = &refused.json()["error"];
    assert_eq!(error["errors"][0]["reason"], "conditionNotMet");
    assert_eq!(error["code"], 412);
    // The answer to the last part can be asked for again.
    let session = api.session("b", "&ifGenerationMatch=0").await.unwrap();
    let first = api.part(&session, "bytes 0-0/1", "y").await;
    assert_eq!(first.status, 200, "{first:?}");
    assert_eq!(api.part(&session, "bytes 0-0/1", "y").await, first);
    assert_eq!(api.part(&session, "bytes */1", "").await, first);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_that_change_or_delete_what_they_saw_one_does() {
    let storage = GoogleStorage::start();
    let api = Api::new(storage.url());
    for round in 0..ROUNDS {
        let name = format!("a-{round}");
        api.media(&name, "", "text").await;
        let barrier = Arc::new(Barrier::new(WRITERS));
        let tasks: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let url = format!("{}?ifMetagenerationMatch=1", api.object(&name));
                let request = api.client.patch(url);
                let request = request.json(&json!({"cacheControl": format!("max-age={writer}")}));
                let barrier = barrier.clone();
                tokio::spawn(async move {
                    barrier.wait().await;
                    Reply::of(request).await
                })
            })
            .collect();
        let mut done = Vec::new();
        for task in tasks {
            let reply = task.await.unwrap();
            match reply.status {
                200 => done.push(reply),
                status => assert_eq!(status, 412, "{reply:?}"),
            }
        }
        assert_eq!(done.len(), 1, "{done:?}");
        let found = Reply::of(api.client.get(api.object(&name))).await.json();
        assert_eq!(found["metageneration"], "2");
        assert_eq!(found["cacheControl"], done[0].json()["cacheControl"]);

        let generation = api.generation(&name).await;
        api.media(&name, "", "newer").await;
        let seen = format!("{}?ifGenerationMatch={generation}", api.object(&name));
        assert_eq!(Reply::of(api.client.delete(seen)).await.status, 412);
        let generation = api.generation(&name).await;
        let seen = format!("{}?ifGenerationMatch={generation}", api.object(&name));
        assert_eq!(Reply::of(api.client.delete(&seen)).await.status, 204);
        assert_eq!(Reply::of(api.client.delete(&seen)).await.status, 404);
    }
}

#[tokio::test]
async fn every_condition_is_honoured_by_reads_and_writes() {
    let storage = GoogleStorage::start();
    let api = Api::new(storage.url());
    api.media("a", "", "text").await;
    let now = api.generation("a").await;
    for (condition, write, read) in [
        ("ifGenerationMatch=0".to_owned(), 412, 412),
        ("ifGenerationMatch=1".to_owned(), 412, 412),
        (format!("ifGenerationNotMatch={now}"), 412, 304),
        ("ifMetagenerationMatch=2".to_owned(), 412, 412),
        ("ifMetagenerationNotMatch=1".to_owned(), 412, 304),
        ("ifGenerationMatch=later".to_owned(), 400, 400),
        (
            format!("ifGenerationMatch={now}&ifMetagenerationMatch=1"),
            200,
            200,
        ),
        ("ifGenerationNotMatch=0".to_owned(), 200, 200),
    ] {
        let reads = format!("{}?{condition}", api.object("a"));
        let reply = Reply::of(api.client.get(reads)).await;
        assert_eq!(reply.status, read, "{condition}: {reply:?}");
        let reply = api.media("a", &format!("&{condition}"), "text").await;
        assert_eq!(reply.status, write, "{condition}: {reply:?}");
    }
    // Nothing that is not there has a generation.
    for condition in [
        "ifGenerationMatch=1",
        "ifGenerationNotMatch=0",
        "ifMetagenerationMatch=1",
    ] {
        let reply = api.media("none", &format!("&{condition}"), "text").await;
        assert_eq!(reply.status, 412, "{condition}: {reply:?}");
    }
    // The XML interface has its conditions in headers, and its errors in XML.
    let url = format!("{}/tests/a", api.url);
    let header = "x-goog-if-generation-match";
    for request in [
        api.client.get(&url),
        api.client.put(&url),
        api.client.delete(&url),
    ] {
        let reply = Reply::of(request.header(header, "1")).await;
        assert_eq!(reply.status, 412);
        assert!(
            reply.text.contains("<Code>PreconditionFailed</Code>"),
            "{reply:?}"
        );
    }
    let stale = "&ifSourceGenerationMatch=1";
    for verb in ["copyTo", "rewriteTo"] {
        let url = format!("{}/{verb}/b/tests/o/b?{stale}", api.object("a"));
        assert_eq!(Reply::of(api.client.post(url)).await.status, 412, "{verb}");
    }
    let body = json!({"sourceObjects": [{"name": "a", "objectPreconditions": {"ifGenerationMatch": "1"}}]});
    let url = format!("{}/compose", api.object("b"));
    assert_eq!(
        Reply::of(api.client.post(url).json(&body)).await.status,
        412
    );
}

#[tokio::test]
async fn what_it_cannot_judge_is_not_done() {
    let storage = GoogleStorage::start();
    let api = Api::new(storage.url());
    let url = format!("{}/tests/a", api.url);
    for request in [
        api.client.post(format!("{url}?uploads")),
        api.client.put(format!("{url}?uploadId=1&partNumber=1")),
        api.client.put(&url).header("x-goog-copy-source", "tests/b"),
        api.client.delete(format!("{}/storage/v1/b/tests", api.url)),
    ] {
        let reply = Reply::of(request).await;
        assert_eq!(reply.status, 501, "{reply:?}");
    }
}

const EVERY_WRITE: &str = include_str!("google_storage/every_write.py");

#[test]
fn googles_own_client_meets_412_in_every_way_to_write() {
    let storage = GoogleStorage::start();
    let result = python(storage.url(), None, EVERY_WRITE);
    for refused in [
        "multipart",
        "resumable",
        "stale",
        "compose",
        "rewrite",
        "copy",
        "delete",
        "patch",
        "read",
    ] {
        assert_eq!(result[refused][0], 412, "{refused}: {result}");
    }
    for done in ["multipart", "resumable", "compose", "rewrite", "copy"] {
        let done = format!("new {done}");
        assert_eq!(result[&done], "done", "{done}: {result}");
    }
    assert_eq!(result["batch"], "one was not there");
    let left = json!([["a", 5], ["c", 4], ["d", 4], ["e", 4], ["there", 4]]);
    assert_eq!(result["left"], left);
}

/// `writer` may do all but delete, `reader` may only read one object, and the service knows no other token.
fn guarded() -> GoogleStorage {
    GoogleStorage::requiring_tokens(|token, permission| {
        let verb = permission.rsplit('.').next().unwrap_or_default();
        match (token, verb) {
            (Some("writer"), "get" | "list" | "create" | "update") => Access::Granted,
            (Some("reader"), "get") => Access::Granted,
            (Some(known @ ("writer" | "reader")), _) => {
                Access::Denied(format!("{known}@acme.iam.gserviceaccount.com"))
            }
            _ => Access::Unknown,
        }
    })
}

const AS_SOMEBODY: &str = "
new, there = bucket.blob('new'), bucket.blob('there')
print(json.dumps({
    'create': met(lambda: new.upload_from_string('text', if_generation_match=0)),
    'replace': met(lambda: there.upload_from_string('text')),
    'create again': met(lambda: there.upload_from_string('text', if_generation_match=0)),
    'get': met(there.download_as_bytes),
    'get nothing': met(bucket.blob('none').download_as_bytes),
    'list': met(lambda: list(client.list_blobs(bucket))),
    'delete': met(there.delete),
}))
";

#[tokio::test]
async fn a_token_may_do_what_its_permissions_are_and_is_told_which_it_lacks() {
    let storage = guarded();
    let api = Api::new(storage.url());
    let url = format!(
        "{}/upload/storage/v1/b/tests/o?uploadType=media&name=there",
        api.url
    );
    let made = api.client.post(url).bearer_auth("writer").body("text");
    assert_eq!(Reply::of(made).await.status, 200);

    let codes = |token: Option<&str>| {
        let result = python(storage.url(), token, AS_SOMEBODY);
        let code = |what: &str| match result[what].as_str() {
            Some(_) => 200,
            None => result[what][0].as_u64().unwrap(),
        };
        let all = [
            "create",
            "replace",
            "create again",
            "get",
            "get nothing",
            "list",
            "delete",
        ];
        (all.map(code), result.clone())
    };
    let (met, said) = codes(Some("writer"));
    assert_eq!(met, [200, 403, 412, 200, 404, 200, 403], "{said}");
    let message = said["replace"][1].as_str().unwrap();
    assert!(
        message.contains(
            "writer@acme.iam.gserviceaccount.com does not have storage.objects.delete access"
        ),
        "{message}"
    );
    let (met, said) = codes(Some("reader"));
    assert_eq!(met, [403, 403, 403, 200, 403, 403, 403], "{said}");
    for (token, reason) in [(None, "required"), (Some("stranger"), "authError")] {
        let (met, said) = codes(token);
        assert_eq!(met, [401; 7], "{said}");
        let mut request = api.client.get(api.object("there"));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let error = Reply::of(request).await.json();
        assert_eq!(error["error"]["errors"][0]["reason"], reason, "{error}");
    }
    // An upload in parts is its beginner's to the end.
    let session = format!(
        "{}/upload/storage/v1/b/tests/o?uploadType=resumable&name=parts",
        api.url
    );
    let begun = api.client.post(&session).body("");
    assert_eq!(Reply::of(begun).await.status, 401);
    let begun = api.client.post(&session).bearer_auth("writer").body("");
    let begun = begun.send().await.unwrap();
    let session = begun.headers()["location"].to_str().unwrap();
    let ended = api.part(session, "bytes 0-3/4", "text").await;
    assert_eq!(ended.status, 200, "{ended:?}");
}
