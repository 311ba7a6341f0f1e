//! What is checked out, how deep, and where the token stays.

use super::place::Place;

fn one_job(with: &str, run: &str) -> String {
    let with: String = with
        .lines()
        .map(|line| format!("          {line}\n"))
        .collect();
    let run: String = run
        .lines()
        .map(|line| format!("          {line}\n"))
        .collect();
    format!(
        "on: [pull_request, workflow_dispatch, push]\npermissions:\n  contents: read\njobs:\n  one:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v7\n        with:\n          show-progress: false\n{with}      - run: |\n{run}"
    )
}

#[test]
fn a_pull_request_is_its_merge_one_commit_deep_and_keeps_the_token_beside_the_tree() {
    let place = Place::new(&one_job(
        "",
        r#"echo "at $(git rev-parse HEAD) of $GITHUB_SHA, $(git rev-list --count HEAD) commits, $(git tag | wc -l) tags"
git symbolic-ref -q HEAD || echo "detached"
git config --get-all http.$(git config remote.origin.url | cut -d/ -f1-3)/.extraheader > /dev/null && echo "has the token"
git fetch --quiet origin main && echo "may fetch"
git push --quiet origin HEAD:refs/heads/other || echo "may not push""#,
    ));
    place
        .repo
        .tag("v1.0.0")
        .branch("change")
        .write("change.txt", "change\n");
    place.repo.commit("change");
    place.push(&["change", "v1.0.0"]);
    let event = place.pull("acme/project");
    let sha = event.sha.clone();
    place
        .run(event)
        .expect("one", "success")
        .said(&format!("at {sha} of {sha}, 1 commits, 0 tags"))
        .said("detached")
        .said("has the token")
        .said("may fetch")
        .said("may not push");
}

#[test]
fn the_whole_history_comes_with_tags_and_without_the_token() {
    let place = Place::new(&one_job(
        "fetch-depth: 0\npersist-credentials: false",
        r#"echo "on $(git branch --show-current), $(git rev-list --count HEAD) commits, tags $(git tag)"
git rev-parse --verify origin/other
git fetch origin 2> /dev/null || echo "may not fetch""#,
    ));
    place
        .repo
        .tag("v1.0.0")
        .branch("other")
        .switch("main")
        .write("more.txt", "more\n");
    place.repo.commit("more");
    place.push(&["main", "other", "v1.0.0"]);
    place
        .run(place.by_hand())
        .expect("one", "success")
        .said("on main, 2 commits, tags v1.0.0")
        .said("may not fetch");
}

#[test]
fn a_run_has_the_commit_of_its_event_though_the_branch_went_on() {
    let place = Place::new(&one_job(
        "fetch-depth: 0",
        r#"echo "at $(git rev-parse HEAD)""#,
    ));
    let event = place.by_hand();
    let sha = event.sha.clone();
    place.repo.write("more.txt", "more\n");
    place.repo.commit("more");
    place.push(&["main"]);
    place
        .run(event)
        .expect("one", "success")
        .said(&format!("at {sha}"));
}

#[test]
fn the_head_of_a_pull_request_can_be_asked_for_with_its_submodules() {
    let place = Place::new(&one_job(
        "ref: ${{ github.event.pull_request.head.sha }}\nsubmodules: true\npersist-credentials: false",
        r#"echo "at $(git rev-parse HEAD)"
cat inner/README.md
git status --porcelain"#,
    ));
    // A submodule of the same server, under the address that it has on GitHub.
    let inner = place.repo.sha("main");
    place.repo.branch("change");
    place.repo.write(
        ".gitmodules",
        "[submodule \"inner\"]\n\tpath = inner\n\turl = https://github.com/acme/project\n",
    );
    place.repo.submodule("inner", &inner);
    place.repo.commit("change");
    place.push(&["change"]);
    place
        .run(place.pull("acme/project"))
        .expect("one", "success")
        .said(&format!("at {}", place.repo.sha("change")))
        .said("hello")
        .never_said(" M inner");
}

#[test]
fn without_contents_there_is_no_checkout() {
    let workflow = one_job("", "true").replace("contents: read", "issues: read");
    let place = Place::new(&workflow);
    place
        .run(place.by_hand())
        .expect("one", "failure")
        .said("Write access to repository not granted.");
}

#[test]
fn a_job_without_a_checkout_has_an_empty_workspace() {
    let place = Place::new(
        "on: workflow_dispatch\njobs:\n  one:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo \"has $(ls -A | wc -l) files\"\n",
    );
    place
        .run(place.by_hand())
        .expect("one", "success")
        .said("has 0 files");
}

#[test]
fn a_part_of_the_tree_can_be_asked_for() {
    let place = Place::new(&one_job(
        "sparse-checkout: .github",
        "find . -path ./.git -prune -o -type f -print",
    ));
    place.repo.write("code/build.rs", "fn main() {}\n");
    place.repo.commit("code");
    place.push(&["main"]);
    place
        .run(place.by_hand())
        .expect("one", "success")
        .said("./.github/workflows/ci.yml")
        .said("./README.md")
        .never_said("./code/build.rs");
}
