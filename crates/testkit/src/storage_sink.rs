//! A bucket that keeps nothing but checksums: it answers uploads of Google's JSON API as fast as it can, so that a client's
//! own cost is seen.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use crc_fast::{CrcAlgorithm, Digest};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

/// A running sink. Dropping it closes its port.
#[derive(Debug)]
pub struct StorageSink {
    url: String,
    counts: Arc<Counts>,
    _stop: oneshot::Sender<()>,
}

#[derive(Debug, Default)]
struct Counts {
    requests: AtomicU64,
    bytes: AtomicU64,
    /// Checksums of uploads in parts that are not complete, by the number in their address.
    sessions: Mutex<BTreeMap<u64, Digest>>,
}

impl StorageSink {
    /// Serves on a free port of 127.0.0.1, on one thread.
    ///
    /// # Errors
    /// When no port or thread is to be had.
    pub fn start() -> io::Result<Self> {
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        listener.set_nonblocking(true)?;
        let url = format!("http://{}", listener.local_addr()?);
        let counts = Arc::new(Counts::default());
        let (stop, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (served, own) = (counts.clone(), url.clone());
        std::thread::Builder::new()
            .name(format!("sink {url}"))
            .spawn(move || {
                runtime.block_on(async {
                    let listener =
                        tokio::net::TcpListener::from_std(listener).expect("failed to listen");
                    let accept = async {
                        while let Ok((stream, _)) = listener.accept().await {
                            stream.set_nodelay(true).ok();
                            tokio::spawn(serve(stream, served.clone(), own.clone()));
                        }
                    };
                    tokio::select! {
                        () = accept => {}
                        _ = stopped => {}
                    }
                });
            })?;
        Ok(Self {
            url,
            counts,
            _stop: stop,
        })
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Requests and bytes of bodies so far.
    pub fn counts(&self) -> (u64, u64) {
        (
            self.counts.requests.load(Ordering::Relaxed),
            self.counts.bytes.load(Ordering::Relaxed),
        )
    }
}

/// What matters of a request.
#[derive(Debug, Default)]
struct Head {
    line: String,
    length: u64,
    range: String,
    expects: bool,
}

async fn serve(stream: TcpStream, counts: Arc<Counts>, url: String) {
    let mut stream = BufReader::with_capacity(256 << 10, stream);
    while let Ok(Some(mut head)) = read_head(&mut stream).await {
        if head.expects
            && stream
                .write_all(b"HTTP/1.1 100 Continue\r\n\r\n")
                .await
                .is_err()
        {
            return;
        }
        let mut rest = head.length;
        if head.line.contains("uploadType=multipart") {
            let Ok(envelope) = read_envelope(&mut stream).await else {
                return;
            };
            rest = rest.saturating_sub(envelope.before);
            head.length = rest.saturating_sub(envelope.after);
        }
        let Ok(digest) = take(&mut stream, &head, rest, &counts).await else {
            return;
        };
        counts.requests.fetch_add(1, Ordering::Relaxed);
        counts.bytes.fetch_add(head.length, Ordering::Relaxed);
        if stream
            .write_all(answer(&head, &digest, &url, &counts).as_bytes())
            .await
            .is_err()
        {
            return;
        }
    }
}

async fn read_head(stream: &mut BufReader<TcpStream>) -> io::Result<Option<Head>> {
    let mut head = Head::default();
    if stream.read_line(&mut head.line).await? == 0 {
        return Ok(None);
    }
    let mut line = String::new();
    loop {
        line.clear();
        stream.read_line(&mut line).await?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            return Ok(Some(head));
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => head.length = value.trim().parse().map_err(io::Error::other)?,
            "content-range" => value.trim().clone_into(&mut head.range),
            "expect" => head.expects = true,
            _ => {}
        }
    }
}

/// Bytes of a multipart body around what is uploaded.
struct Envelope {
    before: u64,
    after: u64,
}

/// Reads to where the second part begins: the first one says what the object is called.
async fn read_envelope(stream: &mut BufReader<TcpStream>) -> io::Result<Envelope> {
    let mut delimiter = String::new();
    let mut before = stream.read_line(&mut delimiter).await?;
    let (mut line, mut in_second) = (String::new(), false);
    loop {
        line.clear();
        before += stream.read_line(&mut line).await?;
        if line == delimiter {
            in_second = true;
        } else if line.is_empty() || in_second && line == "\r\n" {
            break;
        }
    }
    // A line break, and the delimiter with two dashes behind it.
    let after = 2 + delimiter.len() + 2;
    Ok(Envelope {
        before: before as u64,
        after: after as u64,
    })
}

/// The number of the upload in parts that a request belongs to.
fn session(head: &Head) -> Option<u64> {
    let target = head.line.split(' ').nth(1)?;
    target.strip_prefix("/session/")?.parse().ok()
}

impl Counts {
    fn sessions(&self) -> std::sync::MutexGuard<'_, BTreeMap<u64, Digest>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads a body, of which the first `head.length` bytes are the object's, and answers with the object's checksum so far.
async fn take(
    stream: &mut BufReader<TcpStream>,
    head: &Head,
    length: u64,
    counts: &Counts,
) -> io::Result<Digest> {
    let begun = session(head).and_then(|number| counts.sessions().remove(&number));
    let mut digest = begun.unwrap_or_else(|| Digest::new(CrcAlgorithm::Crc32Iscsi));
    let mut left = head.length;
    let mut body = stream.take(length);
    loop {
        let read = body.fill_buf().await?;
        let of_object = read.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        digest.update(read.get(..of_object).unwrap_or_default());
        left -= of_object as u64;
        let read = read.len();
        if read == 0 {
            return match body.limit() {
                0 => Ok(digest),
                _ => Err(io::ErrorKind::UnexpectedEof.into()),
            };
        }
        body.consume(read);
    }
}

fn answer(head: &Head, digest: &Digest, url: &str, counts: &Counts) -> String {
    let mut words = head.line.split(' ');
    let (method, target) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    match method {
        "POST" if target.contains("uploadType=resumable") => {
            // Unique, because nothing else counts it up before this request is answered.
            let number = counts.requests.load(Ordering::Relaxed);
            format!(
                "HTTP/1.1 200 OK\r\nlocation: {url}/session/{number}\r\ncontent-length: 0\r\n\r\n"
            )
        }
        "POST" => object(head.length, digest),
        "PUT" => {
            // `bytes 0-8388607/*` in the middle, `bytes 8388608-9000000/9000001` at the end.
            let range = head.range.trim_start_matches("bytes ");
            let (sent, total) = range.split_once('/').unwrap_or(("", "*"));
            if let Ok(total) = total.parse() {
                return object(total, digest);
            }
            if let Some(number) = session(head) {
                counts.sessions().insert(number, *digest);
            }
            let last = sent.split_once('-').map_or("0", |(_, last)| last);
            format!(
                "HTTP/1.1 308 Resume Incomplete\r\nrange: bytes=0-{last}\r\ncontent-length: 0\r\n\r\n"
            )
        }
        // A list is empty, and no object is there.
        _ if target.contains("/o?") => json("200 OK", "{}"),
        _ => json("404 Not Found", "{}"),
    }
}

fn json(status: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

/// What Google answers to a complete upload, as far as clients look at it.
fn object(size: u64, digest: &Digest) -> String {
    let bytes = digest.finalize().to_be_bytes();
    let crc32c = BASE64_STANDARD.encode(bytes.get(4..).unwrap_or_default());
    let body = format!(
        r#"{{"name":"x","bucket":"tests","generation":"1","size":"{size}","crc32c":"{crc32c}"}}"#
    );
    json("200 OK", &body)
}
