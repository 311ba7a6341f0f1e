//! A program that runs in the background while something else uses it, and never longer.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::{Cmd, Group, tail};

/// How much of a server's log is shown when it does not come up.
const LOG_LINES: usize = 20;

/// A running server; dropping it ends it with everything that it started.
#[derive(Debug)]
pub struct Server {
    name: String,
    log: PathBuf,
    group: Group,
}

impl Server {
    /// Starts `command` with both of its streams in the file `log`, and returns once something accepts connections at `address`.
    ///
    /// # Errors
    /// When it cannot be started, ends by itself, or is not ready within `deadline`; the error shows the
    /// end of its log.
    pub fn start(
        name: &str,
        command: &Cmd,
        log: &Path,
        address: SocketAddr,
        deadline: Duration,
    ) -> Result<Self> {
        let file =
            File::create(log).with_context(|| format!("failed to write {}", log.display()))?;
        let mut process = command.command();
        process
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file);
        let group = Group::spawn(&mut process)
            .with_context(|| format!("failed to start {name} with `{}`", command.shown()))?;
        let mut server = Self {
            name: name.to_owned(),
            log: log.to_owned(),
            group,
        };
        server.wait_for(address, deadline)?;
        Ok(server)
    }

    /// What it wrote so far.
    pub fn log(&self) -> String {
        fs::read(&self.log).map_or_else(
            |error| format!("failed to read {}: {error}", self.log.display()),
            |bytes| String::from_utf8_lossy(&bytes).into_owned(),
        )
    }

    fn wait_for(&mut self, address: SocketAddr, deadline: Duration) -> Result<()> {
        let started = Instant::now();
        loop {
            if let Some(status) = self.group.ended()? {
                bail!(
                    "failed to start {}: it ended with {status}\n{}",
                    self.name,
                    tail(&self.log(), LOG_LINES)
                );
            }
            if TcpStream::connect_timeout(&address, Duration::from_millis(200)).is_ok() {
                return Ok(());
            }
            if started.elapsed() > deadline {
                bail!(
                    "failed to start {}: not ready after {} seconds\n{}",
                    self.name,
                    deadline.as_secs(),
                    tail(&self.log(), LOG_LINES)
                );
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// A port on loopback that was free a moment ago, for servers that cannot choose one themselves.
pub fn free_port() -> Result<u16> {
    let listener =
        TcpListener::bind(("127.0.0.1", 0)).context("failed to find a free port on 127.0.0.1")?;
    Ok(listener.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(30);

    #[test]
    fn a_server_is_used_once_it_is_ready_and_gone_when_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port().unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let command = Cmd::new("python3")
            .args(["-m", "http.server", "--bind", "127.0.0.1"])
            .arg(port.to_string())
            .dir(folder.path());
        let log = folder.path().join("log");
        let server = Server::start("a server", &command, &log, address, LONG).unwrap();
        assert!(TcpStream::connect(address).is_ok());
        drop(server);
        assert!(TcpStream::connect(address).is_err());
    }

    #[test]
    fn a_server_that_ends_at_once_shows_why() {
        let folder = tempfile::tempdir().unwrap();
        let command = Cmd::new("sh").args(["-c", "echo no such option; exit 2"]);
        let log = folder.path().join("log");
        let nowhere = SocketAddr::from(([127, 0, 0, 1], free_port().unwrap()));
        let error = Server::start("a server", &command, &log, nowhere, LONG).unwrap_err();
        assert_eq!(
            error.to_string(),
            "failed to start a server: it ended with exit status: 2\nno such option"
        );
    }
}
