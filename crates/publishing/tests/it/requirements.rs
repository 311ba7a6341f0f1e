//! Crates that must not be sent: found all at once, before the first byte, in a plan as in a run.

use crate::{
    clock::Bench,
    packages::{krate, needs},
    registry::Registry as Scripted,
};
use package_formats::Crate;
use publishing::{
    State,
    crates_io::{Credentials, Error, Plan, Registry, TokenHolder, Yanked},
};
use tempfile::TempDir;
use testkit::cargo_registry::{CargoRegistry, Options};

const TOKEN: &str = "cio-secret";

struct Case {
    bench: Bench,
    server: CargoRegistry,
    folder: TempDir,
}

impl Case {
    fn new() -> Self {
        Self::with(Options::default())
    }

    fn with(options: Options) -> Self {
        let tokens = vec![TOKEN.to_owned()];
        let server = CargoRegistry::start(Options { tokens, ..options });
        Self {
            bench: Bench::new(),
            server: server.unwrap(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn krate(&self, name: &str, version: &str, more: &str) -> Crate {
        krate(self.folder.path(), name, version, more, "")
    }

    async fn registry(&self) -> Registry {
        let index = self.server.index_url();
        let registry = Registry::open(&self.bench.transport, &index, None).await;
        registry.unwrap().with_crates_io_at(&index)
    }

    async fn publish(&self, crates: &[Crate]) {
        let registry = self.registry().await;
        registry.publish_all(crates, &token()).await.unwrap();
    }

    /// The plan of crates with something wrong; a run says the same and sends nothing.
    async fn refused(&self, crates: &[Crate]) -> Vec<String> {
        self.refused_by(&self.registry().await, crates).await
    }

    async fn refused_by(&self, registry: &Registry, crates: &[Crate]) -> Vec<String> {
        let sent = self.server.uploads().len();
        let plan = registry.plan(crates, &token()).await.unwrap();
        let error = registry.publish_all(crates, &token()).await.unwrap_err();
        match &error {
            Error::Problems(problems) => assert_eq!(*problems, plan.problems),
            other => panic!("{other}"),
        }
        assert!(error.to_string().contains("nothing was sent"), "{error}");
        assert_eq!(self.server.uploads().len(), sent);
        told(&plan)
    }
}

fn told(plan: &Plan) -> Vec<String> {
    plan.problems.iter().map(ToString::to_string).collect()
}

fn token() -> Credentials {
    Credentials::Token(TOKEN.into())
}

#[track_caller]
fn assert_one(problems: &[String], words: &[&str]) {
    let [problem] = problems else {
        panic!("{problems:#?}");
    };
    for word in words {
        assert!(problem.contains(word), "{word}: {problem}");
    }
}

#[tokio::test]
async fn a_dependency_that_is_nowhere_stops_its_neighbours_too() {
    let case = Case::new();
    let crates = [
        case.krate("aaa-good", "0.1.0", ""),
        case.krate("zzz-needs", "0.1.0", &needs("nowhere", "1.0.0")),
    ];
    let problems = case.refused(&crates).await;
    assert_one(
        &problems,
        &[
            "zzz-needs-0.1.0.crate: it needs `nowhere =1.0.0`",
            "no crate `nowhere` is in this run or in http://127.0.0.1",
        ],
    );
}

#[tokio::test]
async fn a_version_of_the_run_that_does_not_match_is_named() {
    let case = Case::new();
    case.publish(&[case.krate("zzz-y", "0.1.0", "")]).await;
    let crates = [
        case.krate("aaa-x", "0.1.0", "[dependencies]\nzzz-y = \"0.3\"\n"),
        case.krate("zzz-y", "0.2.0", ""),
    ];
    let problems = case.refused(&crates).await;
    assert_one(
        &problems,
        &[
            "aaa-x-0.1.0.crate: it needs `zzz-y 0.3`",
            "it has 0.2.0 (in this run), 0.1.0 (in the index)",
        ],
    );
}

#[tokio::test]
async fn every_kind_of_dependency_is_resolved_and_by_the_name_of_the_crate() {
    let case = Case::new();
    case.publish(&[case.krate("known", "1.2.0", "")]).await;
    let missing = [
        "[dependencies.alias]\nversion = \"1\"\npackage = \"gone-renamed\"\n",
        "[dependencies.gone-optional]\nversion = \"1\"\noptional = true\n",
        "[build-dependencies]\ngone-build = \"1\"\n",
        "[dev-dependencies]\ngone-dev = \"1\"\n",
        "[target.\"cfg(windows)\".dependencies]\ngone-target = \"1\"\n",
        "[dependencies]\nknown = \"^1.3\"\n",
    ];
    let crates: Vec<Crate> = missing
        .iter()
        .enumerate()
        .map(|(number, more)| case.krate(&format!("app{number}"), "0.1.0", more))
        .collect();
    let problems = case.refused(&crates).await;
    assert_eq!(problems.len(), missing.len(), "{problems:#?}");
    for name in ["renamed", "optional", "build", "dev", "target"] {
        let told = format!("`gone-{name} 1`");
        assert!(
            problems.iter().any(|one| one.contains(&told)),
            "{problems:#?}"
        );
    }
    let fine = "[dependencies.alias]\nversion = \"1.1\"\npackage = \"known\"\n[dev-dependencies]\nknown = \">=1, <2\"\n";
    case.publish(&[case.krate("fine", "0.1.0", fine)]).await;
}

#[tokio::test]
async fn yanked_versions_do_not_match_and_are_told_apart() {
    let case = Case::new();
    let lib = case.krate("lib", "1.0.0", "");
    case.publish(std::slice::from_ref(&lib)).await;
    case.server.yank("lib", "1.0.0").unwrap();
    let app = case.krate("app", "0.1.0", &needs("lib", "1.0.0"));
    let all_yanked = "every version of `lib` is yanked: 1.0.0";
    assert_one(
        &case.refused(std::slice::from_ref(&app)).await,
        &[all_yanked],
    );
    // The same bytes in the run bring nothing back.
    assert_one(&case.refused(&[lib, app]).await, &[all_yanked]);
    case.publish(&[case.krate("lib", "2.0.0", "")]).await;
    let app = case.krate("app", "0.1.0", &needs("lib", "1.0.0"));
    let both = "it has 2.0.0 (in the index), and 1.0.0 (yanked)";
    assert_one(&case.refused(&[app]).await, &[both]);
}

#[tokio::test]
async fn a_name_that_is_spelled_otherwise_is_another_one() {
    let case = Case::new();
    case.publish(&[case.krate("My-lib", "1.0.0", "")]).await;
    let app = case.krate("app", "0.1.0", &needs("my-lib", "1.0.0"));
    assert_one(&case.refused(&[app]).await, &["spells this crate `My-lib`"]);
    let again = case.krate("my-lib", "2.0.0", "");
    assert_one(&case.refused(&[again]).await, &["use the same spelling"]);
}

#[tokio::test]
async fn what_is_published_already_is_not_asked_about_again() {
    let case = Case::new();
    let lib = case.krate("lib", "1.0.0", "");
    let app = case.krate("app", "1.0.0", &needs("lib", "1.0.0"));
    case.publish(&[lib, app.clone()]).await;
    case.server.yank("lib", "1.0.0").unwrap();
    let plan = case.registry().await.plan(&[app], &token()).await.unwrap();
    assert_eq!(
        (told(&plan), plan.crates[0].state.clone()),
        (Vec::new(), State::Same)
    );
}

#[tokio::test]
async fn dependencies_of_other_registries_are_looked_up_there() {
    let (case, other) = (Case::new(), Case::new());
    other.publish(&[other.krate("lib", "1.0.0", "")]).await;
    let of = |index: &str, req: &str| {
        format!("[dependencies.lib]\nversion = \"{req}\"\nregistry-index = \"{index}\"\n")
    };
    let there = other.server.index_url();
    let wrong = case.krate("wrong", "0.1.0", &of(&there, "2"));
    assert_one(
        &case.refused(&[wrong]).await,
        &["it needs `lib 2`", "it has 1.0.0 (in the other index)"],
    );
    case.publish(&[case.krate("right", "0.1.0", &of(&there, "1"))])
        .await;

    // One that names no registry is of crates.io, when the registry itself does not have it.
    let registry = case.registry().await.with_crates_io_at(&there);
    let unnamed = case.krate("unnamed", "0.1.0", "[dependencies]\nlib = \"1\"\n");
    let plan = registry.plan(&[unnamed], &token()).await.unwrap();
    assert_eq!(told(&plan), Vec::<String>::new());

    let private = Scripted::start().await;
    private.held().auth_required = true;
    let git = "https://host.example/index.git".to_owned();
    for (index, why) in [
        (private.index(), "requires a token"),
        (git, "git repository"),
    ] {
        let app = case.krate("app", "0.1.0", &of(&index, "1"));
        let plan = case.registry().await.plan(&[app], &token()).await.unwrap();
        assert_eq!(told(&plan), Vec::<String>::new());
        let cautions = plan.cautions.join("\n");
        assert!(cautions.contains(why), "{cautions}");
    }
}

#[tokio::test]
async fn an_index_that_cannot_be_asked_stops_the_run() {
    let case = Case::new();
    let gone = {
        let closed = Case::new();
        closed.server.index_url()
    };
    let registry = case.registry().await.with_crates_io_at(&gone);
    let app = case.krate("app", "0.1.0", &needs("lib", "1.0.0"));
    let plan = registry.plan(&[app], &token()).await.unwrap();
    assert_one(
        &told(&plan),
        &[
            "`lib =1.0.0`",
            "could not be checked",
            "rerun when that index answers",
        ],
    );
}

#[tokio::test]
async fn all_rules_are_told_at_once() {
    let case = Case::new();
    let folder = case.folder.path();
    let good = case.krate("good", "0.1.0", "");
    let commit_build = case.krate("build", "0.1.0+g1234567", "");
    let keywords = case.krate("words", "0.1.0", "keywords = [\"two words\"]");
    let private = case.krate("private", "0.1.0", "publish = false");
    let renamed = folder.join("other-name.crate");
    std::fs::copy(&case.krate("true-name", "0.1.0", "").path, &renamed).unwrap();
    let renamed = Crate::open(&renamed).unwrap();
    let wildcard = case.krate("wild", "0.1.0", "[dependencies]\ngood = \"*\"\n");
    let crates = [good, commit_build, keywords, private, renamed, wildcard];
    let expected = [
        "private-0.1.0.crate: manifest sets `publish = false`",
        "true-name-0.1.0.crate: file is named `other-name.crate`",
        "build-0.1.0+g1234567.crate: version 0.1.0+g1234567 carries build metadata",
        "words-0.1.0.crate: keyword `two words`",
        "wild-0.1.0.crate: dependency `good` has requirement `*`",
    ];
    let problems = case.refused_by(&case.registry().await, &crates).await;
    let problems = problems.join("\n");
    for words in expected {
        assert!(problems.contains(words), "{words}: {problems}");
    }
    assert_eq!(problems.lines().count(), expected.len(), "{problems}");
}

#[tokio::test]
async fn a_yanked_version_with_our_bytes_is_said() {
    let case = Case::new();
    let lib = case.krate("lib", "1.0.0", "");
    case.publish(std::slice::from_ref(&lib)).await;
    case.server.yank("lib", "1.0.0").unwrap();
    let plan = case.registry().await.plan(&[lib], &token()).await.unwrap();
    assert!(plan.crates[0].yanked);
    let cautions = plan.cautions.join("\n");
    assert!(
        cautions.contains("cargo yank --undo lib@1.0.0"),
        "{cautions}"
    );
}

#[tokio::test]
async fn a_version_is_yanked_once() {
    let case = Case::new();
    case.publish(&[case.krate("lib", "1.0.0", "")]).await;
    let registry = case.registry().await;
    let (token, version) = (TOKEN.into(), "1.0.0".parse().unwrap());
    let wrong = "wrong".into();
    let error = registry.yank("lib", &version, Some(&wrong), false).await;
    let error = error.unwrap_err().to_string();
    assert!(error.contains("failed to yank lib 1.0.0"), "{error}");
    assert!(error.contains("authentication failed"), "{error}");

    let yank = |dry_run| registry.yank("lib", &version, Some(&token), dry_run);
    assert_eq!(yank(true).await.unwrap(), Yanked::Would);
    assert!(!case.server.versions("lib")[0].yanked);
    assert_eq!(yank(false).await.unwrap(), Yanked::Done);
    assert!(case.server.versions("lib")[0].yanked);
    assert_eq!(yank(false).await.unwrap(), Yanked::Already);
    let requests = case.server.requests();
    let changes = requests.iter().filter(|one| one.path.contains("yank"));
    let statuses: Vec<u16> = changes.map(|one| one.status).collect();
    assert_eq!(statuses, [403, 200]);

    let other = "9.0.0".parse().unwrap();
    let error = registry.yank("lib", &other, Some(&token), false).await;
    assert!(error.unwrap_err().to_string().contains("no such version"));
}

#[tokio::test]
async fn owners_and_tokens_are_told_as_far_as_the_registry_tells() {
    let case = Case::new();
    case.publish(&[case.krate("lib", "1.0.0", "")]).await;
    let registry = case.registry().await;
    let owners = registry.owners("lib", None).await.unwrap().unwrap();
    let logins: Vec<&str> = owners.iter().map(|one| one.login.as_str()).collect();
    assert_eq!(logins, ["acme-bot", "github:acme:release"]);
    assert_eq!(registry.owners("gone", None).await.unwrap(), None);
    let holder = |token: &'static str| {
        let registry = registry.clone();
        async move { registry.token_holder(&token.into()).await.unwrap() }
    };
    assert_eq!(holder(TOKEN).await, TokenHolder::Good);
    let refused = TokenHolder::Refused("authentication failed".to_owned());
    assert_eq!(holder("wrong").await, refused);
}
