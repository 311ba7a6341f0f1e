//! Facts of a release with nothing wrong, which tests of the checks change in one place.

use std::{collections::BTreeMap, time::Duration};

use super::{
    checks::Check,
    claims::Claims,
    facts::{
        Bucket, Facts, File, Gaps, GitHub, Inside, Job, Login, Rate, RateSource, Registry, Told,
        Upload, Workflow,
    },
    report::{Notes, Report},
};
use crate::outcome::State;

pub(crate) const COMMIT: &str = "6e4ddaf0123456789abcdef0123456789abcdef0";

/// A wheel and a crate of 0.2.0, which go to PyPI, crates.io and GitHub for the first time.
pub(crate) fn facts() -> Facts {
    let file = |kind: &str, name: &str| File {
        name: name.to_owned(),
        version: "0.2.0".to_owned(),
        sha256: "cd".repeat(32),
        inside: Some(Inside {
            version: "0.2.0".to_owned(),
            sha256: "cd".repeat(32),
            commit: (kind == "crate").then(|| Some(COMMIT.to_owned())),
        }),
    };
    let wheel = file("wheel", "hello_sdk-0.2.0-py3-none-any.whl");
    let krate = file("crate", "hello-core-0.2.0.crate");
    Facts {
        version: "0.2.0".to_owned(),
        commit: COMMIT.to_owned(),
        tag: "v0.2.0".to_owned(),
        bucket: Bucket {
            lost: Some(Vec::new()),
            gaps: Some(Some(Gaps::default())),
        },
        dropped: Vec::new(),
        pypi: Some(registry("PyPI", "hello-sdk", &wheel)),
        crates: Some(registry("crates.io", "hello-core", &krate)),
        github: Some(GitHub {
            repository: "rerun-io/hello-sdk".to_owned(),
            tag: Some(Some(COMMIT.to_owned())),
            workflows: Some(Vec::new()),
            to_send: vec![wheel.name.clone(), krate.name.clone()],
            bytes_to_send: 2000,
            own_token: true,
            ..GitHub::default()
        }),
        job: Job::default(),
        rate: Some(Rate {
            bytes_per_second: 1 << 20,
            source: RateSource::Given,
        }),
        files: vec![wheel, krate],
    }
}

fn upload(name: &str, file: &File) -> Upload {
    Upload {
        file: file.name.clone(),
        name: name.to_owned(),
        size: 1000,
        is_new: false,
        state: State::Absent,
    }
}

fn registry(address: &str, name: &str, file: &File) -> Registry {
    Registry {
        address: address.to_owned(),
        official: true,
        uploads: Some(vec![upload(name, file)]),
        login: Login::Token(None),
        ..Registry::default()
    }
}

impl Facts {
    pub(crate) fn pypi(&mut self) -> &mut Registry {
        self.pypi.as_mut().unwrap()
    }

    pub(crate) fn crates(&mut self) -> &mut Registry {
        self.crates.as_mut().unwrap()
    }

    pub(crate) fn github(&mut self) -> &mut GitHub {
        self.github.as_mut().unwrap()
    }
}

impl Registry {
    /// The first upload.
    pub(crate) fn first(&mut self) -> &mut Upload {
        self.uploads.as_mut().unwrap().first_mut().unwrap()
    }
}

/// What a plan says.
pub(crate) fn told(what: &str) -> Told {
    Told {
        place: "file".to_owned(),
        what: what.to_owned(),
        fix: "Fix it.".to_owned(),
    }
}

/// What one check says of these facts.
pub(crate) fn report(check: &Check, facts: &Facts) -> Report {
    let mut report = Report::default();
    let mut notes = Notes {
        check: check.id,
        report: &mut report,
    };
    (check.look)(facts, &mut notes);
    report
}

/// The crate among the files.
pub(crate) fn crate_of(facts: &mut Facts) -> &mut File {
    facts.files.last_mut().unwrap()
}

/// A release with which as much is wrong as can be at once.
pub(crate) fn everything_wrong() -> Facts {
    let mut facts = facts();
    facts.tag = "v0.3.0".to_owned();
    for file in &mut facts.files {
        let inside = file.inside.as_mut().unwrap();
        inside.version = "0.1.0".to_owned();
        inside.sha256 = "ab".repeat(32);
    }
    crate_of(&mut facts).inside.as_mut().unwrap().commit = Some(Some("1".repeat(40)));
    facts.bucket.lost = Some(vec!["gone".to_owned()]);
    facts.bucket.gaps = Some(Some(Gaps {
        wrong: vec!["missing".to_owned()],
        more: vec!["unexpected".to_owned()],
    }));
    facts.dropped = vec!["hello-sdks".to_owned()];
    let pypi = facts.pypi();
    pypi.problems = vec![told("refused")];
    pypi.cautions = vec![told("yanked")];
    pypi.login = Login::NotMinted("not trusted".to_owned());
    pypi.first().size = 300 << 20;
    pypi.first().is_new = true;
    let crates = facts.crates();
    crates.problems = vec![told("refused")];
    crates.login = Login::Missing;
    let owners = |name: &str| (name.to_owned(), Some(vec![name.to_owned()]));
    crates.owners = BTreeMap::from([owners("a"), owners("b")]);
    crates.estimate.at_least = Duration::from_secs(100_000);
    facts.job.claims = Some(Claims {
        workflow_ref: "a/b/.github/workflows/one.yml@main".to_owned(),
        job_workflow_ref: "a/b/.github/workflows/two.yml@main".to_owned(),
        event_name: "pull_request_target".to_owned(),
        ..Claims::default()
    });
    let github = facts.github();
    github.problems = vec![told("several drafts")];
    github.tag = Some(None);
    github.workflows = Some(vec![Workflow {
        path: "announce.yml".to_owned(),
        text: "on: release".to_owned(),
    }]);
    facts
}
