//! Servers on a free port of this machine that end with the value that stands for them.

use std::cell::RefCell;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::thread::JoinHandle;

use anyhow::Context as _;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::serve::ListenerExt as _;
use tokio::sync::oneshot;

type Wrap = Box<dyn Fn(Router) -> Router>;

thread_local! {
    /// What the servers that this thread starts get in front of them.
    static WRAP: RefCell<Option<Wrap>> = const { RefCell::new(None) };
}

/// Puts `wrap` in front of every server that `start` starts, whatever kind of server it is.
pub(crate) fn wrapped<T>(
    wrap: impl Fn(Router) -> Router + 'static,
    start: impl FnOnce() -> T,
) -> T {
    let before = WRAP.replace(Some(Box::new(wrap)));
    let started = start();
    WRAP.set(before);
    started
}

/// A running server. Dropping it closes its port and every connection.
#[derive(Debug)]
pub struct Server {
    url: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves what `router` makes of the server's own URL, on `port` of 127.0.0.1; port 0 lets the system choose one.
    ///
    /// # Errors
    /// When the port is taken, or no thread can be started.
    pub fn start(port: u16, router: impl FnOnce(&str) -> Router) -> io::Result<Self> {
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
        listener.set_nonblocking(true)?;
        let url = format!("http://{}", listener.local_addr()?);
        let router = WRAP.with_borrow(|wrap| match wrap {
            Some(wrap) => wrap(router(&url)),
            None => router(&url),
        });
        // Packages and assets are larger than what axum takes by default.
        let router = router.layer(DefaultBodyLimit::disable());
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()?;
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name(format!("server {url}"))
            .spawn(move || {
                runtime.block_on(async {
                    // Without this, a small reply waits for the client's delayed acknowledgement.
                    let listener = tokio::net::TcpListener::from_std(listener)
                        .expect("failed to listen")
                        .tap_io(|stream| {
                            stream.set_nodelay(true).ok();
                        });
                    tokio::select! {
                        served = axum::serve(listener, router) => served.expect("failed to serve"),
                        _ = stopped => {}
                    }
                });
                // A client that keeps its connection open must not keep the server alive.
                runtime.shutdown_background();
            })?;
        Ok(Self {
            url,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The body of a program that serves: says where it listens, and waits for SIGTERM or SIGINT.
    ///
    /// # Errors
    /// When `port_file` cannot be written, or signals cannot be received.
    pub fn run_until_signal(self, port_file: Option<&Path>) -> anyhow::Result<()> {
        if let Some(file) = port_file {
            let port = self.url.rsplit(':').next().unwrap_or_default();
            // Whoever waits for the file must not read half of it.
            let draft = file.with_extension("part");
            std::fs::write(&draft, port)
                .and_then(|()| std::fs::rename(&draft, file))
                .with_context(|| format!("failed to write {}", file.display()))?;
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("failed to start a runtime")?;
        runtime
            .block_on(async {
                use tokio::signal::unix::{SignalKind, signal};
                let mut terminate = signal(SignalKind::terminate())?;
                tokio::select! {
                    _ = terminate.recv() => Ok(()),
                    interrupted = tokio::signal::ctrl_c() => interrupted,
                }
            })
            .context("failed to wait for a signal")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            stop.send(()).ok();
        }
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}
