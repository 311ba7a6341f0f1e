//! A file that is downloaded to be compared, on a slow line and on one that falls silent.

use crate::{clock::Bench, packages::wheel};
use axum::{Router, body::Body, extract::State, response::Html, routing::get};
use bytes::Bytes;
use futures::StreamExt as _;
use publishing::{
    State as There,
    pypi::{Distribution, Index, Planned},
};
use std::{convert::Infallible, time::Duration};
use testkit::serving::Server;

/// After this the client takes a server for gone.
const LONGEST_SILENCE: Duration = Duration::from_secs(2);
const PIECES: usize = 12;

#[derive(Clone)]
struct Line {
    bytes: Bytes,
    /// Between two of its pieces.
    pause: Duration,
}

/// An index without digests that has a file.
fn index_with(line: Line, name: &str) -> Server {
    let page = Html(format!("<a href=\"/files/{name}\">{name}</a>"));
    let router = Router::new()
        .route(
            "/simple/hello/",
            get(move || std::future::ready(page.clone())),
        )
        .route("/files/{name}", get(send))
        .with_state(line);
    Server::start(0, |_| router).unwrap()
}

async fn send(State(line): State<Line>) -> Body {
    let size = line.bytes.len().div_ceil(PIECES);
    let pieces = (0..PIECES).map(move |number| {
        let (start, end) = (number * size, line.bytes.len().min((number + 1) * size));
        line.bytes.slice(start.min(end)..end)
    });
    let pieces = futures::stream::iter(pieces).then(move |piece| async move {
        tokio::time::sleep(line.pause).await;
        Ok::<_, Infallible>(piece)
    });
    Body::from_stream(pieces)
}

async fn compare(pause: Duration) -> (Bench, Result<Vec<Planned>, publishing::pypi::Error>) {
    let folder = tempfile::tempdir().unwrap();
    let file: Distribution = wheel(folder.path(), "1.0.0", "one");
    let bytes = std::fs::read(&file.path).unwrap().into();
    let server = index_with(Line { bytes, pause }, &file.file_name);
    let bench = Bench::with_longest_silence(LONGEST_SILENCE);
    let url = format!("{}/", server.url());
    let index = Index::new(&bench.transport, &url, None).unwrap();
    let plan = index.plan(&[file], None).await;
    (bench, plan)
}

#[tokio::test]
async fn a_large_file_on_a_slow_line_is_compared() {
    // All of it takes longer than the client would wait for a server that says nothing.
    let pause = Duration::from_millis(250);
    assert!(pause * 12 > LONGEST_SILENCE);
    let (bench, plan) = compare(pause).await;
    assert_eq!(plan.unwrap()[0].state, There::Same);
    assert_eq!(bench.retries(), Vec::<String>::new());
}

#[tokio::test]
async fn a_line_that_falls_silent_is_tried_again_and_then_told() {
    let (bench, plan) = compare(Duration::from_secs(60)).await;
    let error = plan.unwrap_err().to_string();
    assert!(error.contains("no data for 2s"), "{error}");
    assert_eq!(bench.retries(), ["1/4", "2/4", "3/4"]);
}
