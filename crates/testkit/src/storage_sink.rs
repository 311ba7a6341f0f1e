//! A bucket that keeps nothing: it answers uploads of Google's JSON API as fast as it can, so that a client's own cost is seen.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

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
    while let Ok(Some(head)) = read_head(&mut stream).await {
        if head.expects
            && stream
                .write_all(b"HTTP/1.1 100 Continue\r\n\r\n")
                .await
                .is_err()
        {
            return;
        }
        if skip(&mut stream, head.length).await.is_err() {
            return;
        }
        counts.requests.fetch_add(1, Ordering::Relaxed);
        counts.bytes.fetch_add(head.length, Ordering::Relaxed);
        if stream
            .write_all(answer(&head, &url).as_bytes())
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

async fn skip(stream: &mut BufReader<TcpStream>, length: u64) -> io::Result<()> {
    let mut body = stream.take(length);
    loop {
        let read = body.fill_buf().await?.len();
        if read == 0 {
            return match body.limit() {
                0 => Ok(()),
                _ => Err(io::ErrorKind::UnexpectedEof.into()),
            };
        }
        body.consume(read);
    }
}

fn answer(head: &Head, url: &str) -> String {
    let json = |status: &str, body: &str| {
        format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let object = |size: u64| {
        json(
            "200 OK",
            &format!(r#"{{"generation":"1","size":"{size}"}}"#),
        )
    };
    let mut words = head.line.split(' ');
    let (method, target) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    match method {
        "POST" if target.contains("uploadType=resumable") => {
            format!("HTTP/1.1 200 OK\r\nlocation: {url}/session\r\ncontent-length: 0\r\n\r\n")
        }
        "POST" => object(head.length),
        "PUT" => {
            // `bytes 0-8388607/*` in the middle, `bytes 8388608-9000000/9000001` at the end.
            let range = head.range.trim_start_matches("bytes ");
            let (sent, total) = range.split_once('/').unwrap_or(("", "*"));
            match total.parse() {
                Ok(total) => object(total),
                Err(_) => format!(
                    "HTTP/1.1 308 Resume Incomplete\r\nrange: bytes=0-{}\r\ncontent-length: 0\r\n\r\n",
                    sent.split_once('-').map_or("0", |(_, end)| end)
                ),
            }
        }
        // A list is empty, and no object is there.
        _ if target.contains("/o?") => json("200 OK", "{}"),
        _ => json("404 Not Found", "{}"),
    }
}
