//! A proxy as companies have it between their machines and the world: `CONNECT` for HTTPS, absolute addresses for HTTP.

use std::collections::BTreeMap;
use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The longest head of a request that is read.
const LONGEST_HEAD: usize = 64 << 10;

/// A running proxy; it stops when this value is dropped.
#[derive(Debug)]
pub struct ForwardProxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    /// `user:password`, without which nothing goes through.
    credentials: Option<String>,
    /// Names that no resolver knows, such as `api.github.test:443`, and where they are.
    hosts: BTreeMap<String, SocketAddr>,
    seen: Mutex<Vec<String>>,
    stopped: AtomicBool,
}

impl ForwardProxy {
    /// Starts a proxy for everybody, which finds these hosts (`name:port`) at these addresses.
    ///
    /// # Panics
    /// When it cannot listen.
    pub fn start<'a>(hosts: impl IntoIterator<Item = (&'a str, SocketAddr)>) -> Self {
        Self::start_with(None, hosts)
    }

    /// The same for those who know `user:password`.
    ///
    /// # Panics
    /// When it cannot listen.
    pub fn start_with<'a>(
        credentials: Option<&str>,
        hosts: impl IntoIterator<Item = (&'a str, SocketAddr)>,
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("failed to listen");
        let address = listener.local_addr().expect("failed to listen");
        let hosts = hosts.into_iter().map(|(name, at)| (name.to_owned(), at));
        let shared = Arc::new(Shared {
            credentials: credentials.map(str::to_owned),
            hosts: hosts.collect(),
            ..Shared::default()
        });
        let of_thread = Arc::clone(&shared);
        let thread = thread::spawn(move || {
            for client in listener.incoming() {
                if of_thread.stopped.load(Ordering::SeqCst) {
                    return;
                }
                let shared = Arc::clone(&of_thread);
                // A connection that breaks is the client's to complain about.
                thread::spawn(move || client.and_then(|client| serve(&shared, client)).ok());
            }
        });
        Self {
            address,
            shared,
            thread: Some(thread),
        }
    }

    /// `127.0.0.1:PORT`.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What went through or was refused, such as `CONNECT api.github.test:443` and `GET http://127.0.0.1:1/x`.
    pub fn seen(&self) -> Vec<String> {
        let seen = self.shared.seen.lock();
        seen.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for ForwardProxy {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        // The thread waits for a client.
        TcpStream::connect(self.address).ok();
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

fn serve(shared: &Shared, mut client: TcpStream) -> io::Result<()> {
    let (head, rest) = read_head(&mut client)?;
    let mut lines = head.split("\r\n");
    let mut words = lines.next().unwrap_or_default().split(' ');
    let (method, target) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    shared
        .seen
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(format!("{method} {target}"));
    let (own, others): (Vec<&str>, Vec<&str>) =
        lines.partition(|line| line.to_lowercase().starts_with("proxy-"));
    let is_welcome = shared.credentials.as_ref().is_none_or(|credentials| {
        let expected = format!("Basic {}", STANDARD.encode(credentials));
        own.iter().any(|line| line.ends_with(&expected))
    });
    if !is_welcome {
        return client.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    }
    let bad = || io::Error::other("a proxy cannot do this");
    if method == "CONNECT" {
        let server = connect(shared, target)?;
        client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
        return join(client, server);
    }
    let url = url::Url::parse(target).map_err(|_| bad())?;
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
        return Err(bad());
    };
    let mut server = connect(shared, &format!("{host}:{port}"))?;
    let query = url
        .query()
        .map(|query| format!("?{query}"))
        .unwrap_or_default();
    let head = others.join("\r\n");
    let path = url.path();
    let head = format!("{method} {path}{query} HTTP/1.1\r\nconnection: close\r\n{head}\r\n\r\n");
    server.write_all(head.as_bytes())?;
    server.write_all(&rest)?;
    join(client, server)
}

/// The head of a request without the empty line at its end, and what was read beyond it.
fn read_head(client: &mut TcpStream) -> io::Result<(String, Vec<u8>)> {
    let mut read = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        if let Some(end) = read.windows(4).position(|it| it == b"\r\n\r\n") {
            let rest = read.split_off(end + 4);
            read.truncate(end);
            return Ok((String::from_utf8_lossy(&read).into_owned(), rest));
        }
        let count = client.read(&mut buffer)?;
        if count == 0 || read.len() > LONGEST_HEAD {
            return Err(io::Error::other("no head of a request"));
        }
        read.extend(buffer.iter().take(count));
    }
}

fn connect(shared: &Shared, host: &str) -> io::Result<TcpStream> {
    match shared.hosts.get(host) {
        Some(address) => TcpStream::connect(address),
        None => TcpStream::connect(host),
    }
}

/// Carries bytes both ways until either side ends.
fn join(client: TcpStream, server: TcpStream) -> io::Result<()> {
    let (mut from_client, mut to_server) = (client.try_clone()?, server.try_clone()?);
    let upwards = thread::spawn(move || {
        io::copy(&mut from_client, &mut to_server).ok();
        to_server.shutdown(Shutdown::Write).ok();
    });
    let (mut from_server, mut to_client) = (server, client);
    io::copy(&mut from_server, &mut to_client).ok();
    to_client.shutdown(Shutdown::Both).ok();
    upwards.join().ok();
    Ok(())
}
