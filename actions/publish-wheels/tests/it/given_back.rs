//! The token that was minted for a run is burnt however the run ends.

use std::path::Path;
use std::time::Duration;

use testkit::binary::Run;
use testkit::faults::Fault;
use testkit::packages::Wheel;
use testkit::pypi::{Options, PypiIndex};
use testkit::runner::{InJob as _, Running};
use testkit::token_service::TokenService;

use super::{action, refusal};

/// An index that trusts the workflow of a job.
struct Trusting {
    tokens: TokenService,
    index: PypiIndex,
}

impl Trusting {
    fn new() -> Self {
        let tokens = TokenService::start_for_job("acme/project", "job").unwrap();
        let options = Options {
            trusted: vec!["hello-sdk".to_owned()],
            ..Options::default()
        };
        let index = PypiIndex::start_trusting(options, &tokens).unwrap();
        Self { tokens, index }
    }

    fn job(&self, files: &Path) -> Run {
        action(files, &self.index.upload_url())
            .env("ACTIONS_ID_TOKEN_REQUEST_URL", self.tokens.identity_url())
            .env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "job")
            .limit(Duration::from_secs(50))
    }

    #[track_caller]
    fn assert_burnt(&self) {
        assert_eq!(self.index.minted().len(), 1);
        assert_eq!(self.index.burnt(), self.index.minted());
    }
}

/// Waits until the run has got a token, which it masks at once.
fn wait_for_token(running: &Running) {
    for _ in 0..4000 {
        if running.stdout().contains("::add-mask::pypi-minted-token") {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("no token was minted\n{}", running.stdout());
}

#[test]
fn the_token_of_a_cancelled_run_is_burnt() {
    for signal in ["TERM", "INT"] {
        let (trusting, folder) = (Trusting::new(), tempfile::tempdir().unwrap());
        Wheel::default().write(folder.path());
        trusting.index.fault(Fault {
            method: Some("POST".to_owned()),
            path: "/legacy/".to_owned(),
            delay_ms: 60_000,
            ..Fault::default()
        });
        let running = trusting.job(folder.path()).start();
        wait_for_token(&running);
        running.signal(signal);
        let message = refusal(&running.wait());
        let told = format!("cancelled by SIG{signal}");
        assert!(message.starts_with(&told), "{message}");
        trusting.assert_burnt();
    }
}

#[test]
fn the_token_of_a_run_that_fails_is_burnt_and_the_failure_is_told() {
    let (trusting, folder) = (Trusting::new(), tempfile::tempdir().unwrap());
    Wheel::default().write(folder.path());
    trusting.index.fault(Fault::status("POST", "/legacy/", 400));
    let message = refusal(&trusting.job(folder.path()).run());
    assert!(message.contains("the index answered 400"), "{message}");
    trusting.assert_burnt();
}
