//! A command with bucket servers beside it, for tests that run against any bucket.

use std::process::{Command, ExitCode};

use anyhow::{Context as _, bail};
use clap::{Parser, ValueEnum};
use testkit::bucket_server::BucketServer;
use testkit::google_storage::GoogleStorage;

/// Starts servers with an empty bucket each, runs the command with the buckets' addresses in `PACKAGE_STORE_TEST_BUCKET`, and ends
/// all.
#[derive(Debug, Parser)]
struct Options {
    /// Whose protocols they speak.
    #[arg(required = true)]
    servers: Vec<Cloud>,
    /// What to run, after `--`.
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Cloud {
    Google,
    S3,
    Azure,
}

/// A server that runs for as long as this is there.
enum Server {
    Google(GoogleStorage),
    Other(BucketServer),
}

impl Server {
    fn start(cloud: Cloud) -> Self {
        match cloud {
            Cloud::Google => Self::Google(GoogleStorage::start()),
            Cloud::S3 => Self::Other(BucketServer::s3()),
            Cloud::Azure => Self::Other(BucketServer::azure()),
        }
    }

    fn bucket(&self) -> String {
        match self {
            Self::Google(server) => server.bucket("suite"),
            Self::Other(server) => server.bucket("suite"),
        }
    }

    fn credentials(&self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Google(_) => &[],
            Self::Other(server) => server.credentials(),
        }
    }
}

fn main() -> anyhow::Result<ExitCode> {
    let options = Options::parse();
    // Each takes a second or two, most of it waiting.
    let start = |cloud: &Cloud| {
        let cloud = *cloud;
        std::thread::spawn(move || Server::start(cloud))
    };
    let starting: Vec<_> = options.servers.iter().map(start).collect();
    let mut servers = Vec::new();
    for server in starting {
        let Ok(server) = server.join() else {
            bail!("failed to start a server");
        };
        servers.push(server);
    }
    let (program, arguments) = options.command.split_first().context("no command")?;
    let buckets: Vec<String> = servers.iter().map(Server::bucket).collect();
    let status = Command::new(program)
        .args(arguments)
        .env("PACKAGE_STORE_TEST_BUCKET", buckets.join(" "))
        .envs(servers.iter().flat_map(Server::credentials).copied())
        .status()
        .with_context(|| format!("failed to start `{program}`"))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
