//! The bucket in this process, and the gate before it: what they refuse, and what they count.

#![expect(
    clippy::unwrap_used,
    reason = "a test that panics is a test that fails"
)]

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder};
use testkit::gate::{Event, Failure, Gate, Stop};
use testkit::memory_bucket::MemoryBucket;

struct Fixture {
    bucket: MemoryBucket,
    gate: Gate,
    client: Client,
}

impl Fixture {
    fn new() -> Self {
        let gate = Gate::default();
        let bucket = gate.before("bucket", || MemoryBucket::start(BTreeMap::new()).unwrap());
        // The process may have chosen its provider already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().no_proxy().build().unwrap();
        Self {
            bucket,
            gate,
            client,
        }
    }

    fn request(&self, method: Method, target: &str) -> RequestBuilder {
        let url = format!("{}/tests{target}", self.bucket.url());
        self.client.request(method, url)
    }

    async fn status(&self, request: RequestBuilder) -> u16 {
        request.send().await.unwrap().status().as_u16()
    }

    async fn put(&self, key: &str, text: &'static str) -> u16 {
        self.status(self.request(Method::PUT, key).body(text)).await
    }
}

#[tokio::test]
async fn what_s3_refuses_is_refused() {
    let fixture = Fixture::new();
    assert_eq!(fixture.put("/a", "one").await, 200);
    let create = fixture.request(Method::PUT, "/a").body("two");
    let create = create.header("if-none-match", "*");
    assert_eq!(fixture.status(create).await, 412);
    let damaged = fixture.request(Method::PUT, "/b").body("two");
    let damaged = damaged.header("x-amz-checksum-crc32c", "AAAAAA==");
    assert_eq!(fixture.status(damaged).await, 400);
    let missing = fixture.request(Method::GET, "/b");
    assert_eq!(fixture.status(missing).await, 404);
    let copy = fixture.request(Method::PUT, "/c");
    let copy = copy.header("x-amz-copy-source", "/tests/b");
    assert_eq!(fixture.status(copy).await, 404);
    let parts = fixture.request(Method::POST, "/c?uploads");
    assert_eq!(fixture.status(parts).await, 501);
    let beyond = fixture
        .request(Method::GET, "/a")
        .header("range", "bytes=3-");
    assert_eq!(fixture.status(beyond).await, 416);
    let elsewhere = format!("{}/other/a", fixture.bucket.url());
    assert_eq!(fixture.status(fixture.client.get(elsewhere)).await, 404);
    let bucket = fixture.bucket.objects();
    assert_eq!(bucket.keys().collect::<Vec<_>>(), ["a"]);
}

#[tokio::test]
async fn a_list_has_folders_and_pages() {
    let fixture = Fixture::new();
    for key in ["/a/1", "/a/2", "/b", "/c&d"] {
        fixture.put(key, "x").await;
    }
    let page = async |query: &str| {
        let target = format!("?list-type=2&delimiter=/&{query}");
        let reply = fixture.request(Method::GET, &target).send().await;
        reply.unwrap().text().await.unwrap()
    };
    let first = page("max-keys=2").await;
    assert!(
        first.contains("<CommonPrefixes><Prefix>a/</Prefix>"),
        "{first}"
    );
    assert!(first.contains("<Key>b</Key>"), "{first}");
    assert!(first.contains("<NextContinuationToken>b</NextContinuationToken>"));
    let second = page("continuation-token=b").await;
    assert!(second.contains("<Key>c&amp;d</Key>"), "{second}");
    assert!(second.contains("<IsTruncated>false</IsTruncated>"));
    assert!(page("prefix=a/").await.contains("<Key>a/2</Key>"));
}

#[tokio::test]
async fn only_a_write_of_other_bytes_is_a_change() {
    let fixture = Fixture::new();
    fixture.put("/a", "one").await;
    fixture.put("/a", "one").await;
    fixture.put("/a", "two").await;
    let seen = fixture.gate.exchanges();
    let changed: Vec<bool> = seen.iter().map(|one| one.changed).collect();
    assert_eq!(changed, [true, false, true]);
    assert_eq!(seen[0].identity(), seen[1].identity());
    assert_ne!(seen[1].identity(), seen[2].identity());
}

#[tokio::test]
async fn a_client_is_stopped_before_or_after_a_request() {
    for (stop, objects) in [(Stop::Before, vec!["a"]), (Stop::After, vec!["a", "b"])] {
        let fixture = Fixture::new();
        fixture.gate.begin([(2, Event::Stop(stop))]);
        let client = async {
            for key in ["/a", "/b", "/c"] {
                fixture.put(key, "x").await;
            }
        };
        let ended = tokio::select! {
            () = client => true,
            () = fixture.gate.stopped() => false,
        };
        assert!(!ended);
        fixture.gate.quiet().await;
        let held = fixture.bucket.objects();
        assert_eq!(held.keys().collect::<Vec<_>>(), objects, "{stop:?}");
    }
}

#[tokio::test]
async fn a_failure_shows_and_the_server_did_it_or_not() {
    let done = [Failure::DoneAnd(502), Failure::DoneAnd(504)];
    let cut_done = [Failure::CutAfter, Failure::CutInside];
    for failure in Failure::ALL {
        let fixture = Fixture::new();
        fixture.gate.begin([(1, Event::Fail(failure))]);
        let sent = fixture.request(Method::PUT, "/a").body("x").send().await;
        let status = match sent {
            Ok(reply) => {
                let status = reply.status().as_u16();
                reply.bytes().await.ok().map(|_| status)
            }
            Err(_) => None,
        };
        let expected = match failure {
            Failure::Status(status) | Failure::DoneAnd(status) | Failure::Repeated(status) => {
                Some(status)
            }
            Failure::AskedToWait => Some(429),
            Failure::Html => Some(200),
            Failure::CutBefore | Failure::CutAfter | Failure::CutInside => None,
        };
        assert_eq!(status, expected, "{failure:?}");
        let is_done = done.contains(&failure) || cut_done.contains(&failure);
        let held = fixture.bucket.objects().len();
        assert_eq!(held, usize::from(is_done), "{failure:?}");
        assert_eq!(
            fixture.put("/b", "x").await,
            200,
            "the next one goes through"
        );
    }
}

#[tokio::test]
async fn a_request_that_is_held_waits_for_its_release() {
    let fixture = Fixture::new();
    fixture.gate.begin([(1, Event::Hold)]);
    fixture.gate.delay(Duration::from_millis(1), 7);
    let held = fixture.put("/a", "x");
    let other = async {
        while fixture.gate.count() == 0 {
            tokio::task::yield_now().await;
        }
        fixture.put("/b", "x").await;
        let objects = fixture.bucket.objects();
        fixture.gate.release();
        objects.into_keys().collect::<Vec<_>>()
    };
    let (status, before) = tokio::join!(held, other);
    assert_eq!(before, ["b"]);
    assert_eq!(status, 200);
    assert_eq!(fixture.bucket.objects().len(), 2);
}
