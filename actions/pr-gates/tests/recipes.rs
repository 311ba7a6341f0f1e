//! The recipes of the README, each used as the config file of a run: what people copy must be understood.

#![allow(
    clippy::unwrap_used,
    reason = "a test that panics is a test that fails"
)]

use testkit::{binary::Run, repo::TempRepo, runner::InJob as _};

#[test]
fn every_recipe_is_a_config_file_that_the_gates_understand() {
    let readme = include_str!("../README.md");
    let recipes: Vec<&str> = readme
        .split("```toml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    assert!(recipes.len() >= 3, "only {} recipes", recipes.len());
    let repo = TempRepo::new();
    repo.write("README.md", "# Hello\n");
    repo.commit("Say hello");
    repo.branch("ada/change");
    repo.switch("ada/change");
    repo.write("src/lib.rs", "//! Greets.\n");
    repo.commit("feat: greet");
    for recipe in recipes {
        let config = repo.path().join(".github/ci-actions.toml");
        std::fs::create_dir_all(config.parent().unwrap()).unwrap();
        std::fs::write(&config, recipe).unwrap();
        let outcome = Run::new(env!("CARGO_BIN_EXE_pr-gates"))
            .workspace(repo.path())
            .env("GITHUB_ACTIONS", "")
            .env("GITHUB_EVENT_NAME", "")
            .env("GITHUB_EVENT_PATH", "")
            .args(["--base", "main", "--source", "git"])
            .run();
        assert!(
            matches!(outcome.code, 0 | 1),
            "{recipe}\n{}{}",
            outcome.stdout,
            outcome.stderr
        );
    }
}
