//! Trusted publishing: a token is minted to see that the workflow is known, and given back.

use std::collections::BTreeMap;
use std::time::Duration;

use testkit::binary::Run;
use testkit::faults::Fault;
use testkit::packages::Wheel;
use testkit::pypi::{Options, PypiIndex};
use testkit::runner::InJob as _;
use testkit::token_service::{Publisher, TokenService};

use super::place::Place;

const SECRET: &str = "secret-of-the-run";

struct Trusted {
    tokens: TokenService,
    place: Place,
}

impl Trusted {
    /// PyPI trusts `release.yml` of the repository.
    fn new() -> Self {
        let tokens = TokenService::start("provider").unwrap();
        tokens.trust(Publisher {
            repository: "rerun-io/hello-sdk".to_owned(),
            workflow: "release.yml".to_owned(),
            environment: None,
        });
        let options = Options {
            trusted: vec!["hello-sdk".to_owned()],
            ..Options::default()
        };
        let index = PypiIndex::start_trusting(options, &tokens).unwrap();
        let place = Place::with("on: push\njobs: {}\n", index, &Wheel::default());
        Self { tokens, place }
    }

    /// A job in the workflow `holds` of a run of `started`.
    fn run(&self, started: &str, holds: &str) -> Run {
        let workflow =
            |name: &str| format!("rerun-io/hello-sdk/.github/workflows/{name}@refs/heads/main");
        let claims = [
            ("repository", "rerun-io/hello-sdk".to_owned()),
            ("event_name", "workflow_dispatch".to_owned()),
            ("workflow_ref", workflow(started)),
            ("job_workflow_ref", workflow(holds)),
        ];
        let claims: BTreeMap<String, String> =
            claims.map(|(name, value)| (name.to_owned(), value)).into();
        self.tokens.admit(SECRET, claims);
        self.place
            .run()
            .input("pypi-password", "")
            .env("ACTIONS_ID_TOKEN_REQUEST_URL", self.tokens.identity_url())
            .env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", SECRET)
    }
}

#[test]
fn a_token_is_minted_and_given_back_and_what_it_proves_is_said() {
    let trusted = Trusted::new();
    let outcome = trusted.run("release.yml", "release.yml").run();
    outcome.assert_code(0);
    assert!(
        outcome
            .stdout
            .contains("only the upload shows whether each project trusts the workflow"),
        "{outcome}"
    );
    assert!(
        outcome.output("cautions").contains("pending publisher"),
        "{outcome}"
    );
    let writes = trusted.place.writes();
    assert!(
        writes.iter().all(|it| it.contains("/_/oidc/")),
        "{writes:?}"
    );
    assert!(trusted.place.pypi.uploads().is_empty());
    assert_eq!(trusted.place.pypi.burnt().len(), 1);
    for mask in &outcome.masks {
        assert!(!outcome.summary.contains(mask.as_str()));
    }
}

#[test]
fn the_token_of_a_cancelled_run_is_given_back() {
    let trusted = Trusted::new();
    // The registry does not answer, so the program waits when the signal comes.
    trusted.place.registry.fault(Fault {
        path: "/index/he/ll/*".to_owned(),
        delay_ms: 60_000,
        ..Fault::default()
    });
    let running = trusted.run("release.yml", "release.yml");
    let running = running.limit(Duration::from_secs(50)).start();
    for _ in 0..4000 {
        if running.stdout().contains("::add-mask::pypi-minted-token") {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    running.signal("TERM");
    let outcome = running.wait();
    outcome.assert_code(2);
    assert!(outcome.stdout.contains("cancelled by SIGTERM"), "{outcome}");
    assert_eq!(trusted.place.pypi.minted().len(), 1);
    assert_eq!(trusted.place.pypi.burnt(), trusted.place.pypi.minted());
}

#[test]
fn a_workflow_that_is_not_trusted_is_a_problem_in_the_words_of_the_index() {
    let trusted = Trusted::new();
    let outcome = trusted.run("nightly.yml", "nightly.yml").run();
    outcome.assert_code(1);
    let problems = outcome.output("problems");
    assert!(
        problems.contains("no corresponding publisher"),
        "{problems}"
    );
}

#[test]
fn a_job_in_a_called_workflow_is_a_problem_before_the_registries_disagree() {
    let trusted = Trusted::new();
    let outcome = trusted.run("main.yml", "release.yml").run();
    outcome.assert_code(1);
    let problems = outcome.output("problems");
    assert!(
        problems.contains("Move the job into main.yml"),
        "{problems}"
    );
}
