//! What a job's token, secrets and identity are, by what its workflow, its caller and its event grant.

use std::collections::BTreeMap;

use super::place::{PROVIDER, Place, REPO};

/// Says what the job's token may do: `read 200, label 403, ref 201`.
const TRY: &str = r#"
          try() { curl --silent --output /dev/null --write-out '%{http_code}' --header "Authorization: Bearer $TOKEN" "$@"; }
          api=$GITHUB_API_URL/repos/acme/project
          echo "$JOB: read $(try $api/git/ref/heads/main), pulls $(try $api/pulls), label $(try $api/issues/7/labels --data '{"labels": ["bug"]}'), ref $(try $api/git/refs --data "{\"ref\": \"refs/tags/$JOB\", \"sha\": \"$GITHUB_SHA\"}")"
          echo "$JOB: identity ${ACTIONS_ID_TOKEN_REQUEST_TOKEN:+yes}."
"#;

fn job(id: &str, permissions: &str) -> String {
    let permissions = match permissions {
        "" => String::new(),
        given => format!("    permissions: {given}\n"),
    };
    format!(
        "  {id}:\n    runs-on: ubuntu-latest\n{permissions}    steps:\n      - env:\n          JOB: {id}\n          TOKEN: ${{{{ github.token }}}}\n        run: |{TRY}"
    )
}

#[test]
fn each_jobs_token_does_what_its_permissions_grant_and_no_more() {
    let jobs = [
        job("nothing", "{}"),
        job("inherits", ""),
        job("writes", "{contents: write}"),
        job("labels", "{issues: write, contents: read, id-token: write}"),
        job("all", "write-all"),
        job("reads", "read-all"),
    ];
    let place = Place::new(&format!(
        "on: workflow_dispatch\npermissions:\n  pull-requests: read\njobs:\n{}",
        jobs.concat()
    ));
    place.repo.branch("change").write("change.txt", "change\n");
    place.repo.commit("change");
    place.push(&["change"]);
    place
        .run(place.by_hand())
        .said("nothing: read 403, pulls 403, label 403, ref 403")
        .said("nothing: identity .")
        .said("inherits: read 403, pulls 200, label 403, ref 403")
        .said("writes: read 200, pulls 403, label 403, ref 201")
        .said("labels: read 200, pulls 403, label 200, ref 403")
        .said("labels: identity yes.")
        .said("all: read 200, pulls 200, label 200, ref 201")
        .said("all: identity yes.")
        .said("reads: read 200, pulls 200, label 403, ref 403")
        .said("reads: identity .");
}

#[test]
fn a_workflow_that_says_nothing_reads_contents() {
    let place = Place::new(&format!(
        "on: workflow_dispatch\njobs:\n{}",
        job("default", "")
    ));
    place
        .run(place.by_hand())
        .said("default: read 200, pulls 403, label 403, ref 403");
}

const ACTION: &str = "inputs:\n  token:\n    default: ${{ github.token }}\nruns:\n  using: composite\n  steps:\n    - shell: bash\n      env:\n        TOKEN: ${{ inputs.token }}\n      run: |\n        curl --silent --output /dev/null --write-out 'status %{http_code}' --header \"Authorization: Bearer $TOKEN\" $GITHUB_API_URL/repos/acme/project/git/ref/heads/main\n";

#[test]
fn the_default_of_an_actions_input_is_the_jobs_token() {
    let place = Place::new(
        "on: workflow_dispatch\npermissions:\n  contents: read\njobs:\n  one:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: acme/tree/ask@v1\n  other:\n    permissions: {}\n    runs-on: ubuntu-latest\n    steps:\n      - uses: acme/tree/ask@0123456789012345678901234567890123456789\n",
    );
    place.tree("ask/action.yml", ACTION);
    place
        .run(place.by_hand())
        .said("status 200")
        .said("status 403")
        .never_said("status 401");
}

const CALLED: &str = "on: workflow_call\npermissions: {}\njobs:\n  inner:\n    permissions:\n      contents: WANTED\n    runs-on: ubuntu-latest\n    steps:\n      - uses: $/ask\n      - env:\n          TOKEN: ${{ secrets.GITHUB_TOKEN }}\n        run: |\n          curl --silent --output /dev/null --write-out 'write %{http_code}' --header \"Authorization: Bearer $TOKEN\" $GITHUB_API_URL/repos/acme/project/git/refs --data \"{\\\"ref\\\": \\\"refs/tags/x\\\", \\\"sha\\\": \\\"$GITHUB_SHA\\\"}\"\n";

fn calling(grants: &str, wants: &str) -> Place {
    let place = Place::new(&format!(
        "on: workflow_dispatch\npermissions: {{}}\njobs:\n  outer:\n    permissions: {grants}\n    uses: acme/tree/.github/workflows/called.yml@v1\n"
    ));
    place.tree("ask/action.yml", ACTION);
    place.tree(
        ".github/workflows/called.yml",
        &CALLED.replace("WANTED", wants),
    );
    place
}

#[test]
fn a_called_workflow_never_has_more_than_its_caller() {
    let place = calling("{contents: write, issues: write}", "read");
    let done = place.run(place.by_hand());
    done.said("status 200").said("write 403");
    let inner = done.run.job("outer/inner").unwrap();
    assert_eq!(inner.permissions.rights().len(), 1);

    let place = calling("{contents: read}", "write");
    let error = format!("{:#}", place.prepare(place.by_hand()).unwrap_err());
    assert!(
        error.contains("Error calling workflow 'acme/tree/.github/workflows/called.yml@v1'. The nested job 'inner' is requesting 'contents: write', but is only allowed 'contents: read'."),
        "{error}"
    );
}

/// The claims of the one job.
fn claims(place: &Place, id: &str, event: testkit::workflows::Event) -> BTreeMap<String, String> {
    let run = place.prepare(event).unwrap();
    run.job(id).unwrap().identity.clone().unwrap().1
}

#[test]
fn an_identity_says_what_the_job_is() {
    let place = Place::new(
        "on: workflow_dispatch\npermissions:\n  id-token: write\njobs:\n  plain:\n    runs-on: ubuntu-latest\n    steps: []\n  release:\n    environment:\n      name: release\n    runs-on: ubuntu-latest\n    steps: []\n  outer:\n    uses: acme/tree/.github/workflows/called.yml@v1\n",
    );
    let called = "on: workflow_call\njobs:\n  inner:\n    runs-on: ubuntu-latest\n    steps: []\n";
    place.tree(".github/workflows/called.yml", called);
    let own = "acme/project/.github/workflows/ci.yml@refs/heads/main";
    let plain = claims(&place, "plain", place.by_hand());
    assert_eq!(plain["sub"], "repo:acme/project:ref:refs/heads/main");
    assert_eq!(
        [&plain["workflow_ref"], &plain["job_workflow_ref"]],
        [own, own]
    );
    assert_eq!(plain["sha"], place.repo.sha("main"));
    assert_eq!(plain.get("environment"), None);
    let release = claims(&place, "release", place.by_hand());
    assert_eq!(release["sub"], "repo:acme/project:environment:release");
    assert_eq!(release["environment"], "release");
    let inner = claims(&place, "outer/inner", place.by_hand());
    assert_eq!(inner["workflow_ref"], own);
    assert_eq!(
        inner["job_workflow_ref"],
        "acme/tree/.github/workflows/called.yml@refs/tags/v1"
    );
}

#[test]
fn the_token_service_is_asked_with_the_jobs_own_secret() {
    let place = Place::new(
        "on: workflow_dispatch\njobs:\n  one:\n    permissions:\n      id-token: write\n    runs-on: ubuntu-latest\n    steps:\n      - run: |\n          curl --silent --header \"Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN\" \"$ACTIONS_ID_TOKEN_REQUEST_URL&audience=AUDIENCE\" | grep --only-matching '\"value\":\"[^.]*[.][^.]*' | cut -d. -f2 | tr -- -_ +/ | base64 --decode 2> /dev/null || true\n"
            .replace("AUDIENCE", PROVIDER)
            .as_str(),
    );
    place
        .run(place.by_hand())
        .said("\"sub\":\"repo:acme/project:ref:refs/heads/main\"")
        .said(&format!("\"aud\":\"{PROVIDER}\""));
    assert_eq!(place.tokens.complaints(), Vec::<String>::new());
}

fn pull(place: &Place) {
    place.repo.branch("change").write("change.txt", "change\n");
    place.repo.commit("change");
    place.push(&["change"]);
}

#[test]
fn a_forks_run_reads_and_has_neither_secret_nor_identity() {
    let mut place = Place::new(&format!(
        "on: pull_request\njobs:\n{}      - env:\n          KEY: ${{{{ secrets.KEY }}}}\n        run: echo \"key ${{KEY:+yes}}.\"\n",
        job("one", "write-all")
    ));
    place
        .secrets
        .insert("KEY".to_owned(), "of-the-repository".to_owned());
    pull(&place);
    place
        .run(place.pull("mallory/project"))
        .said("one: read 200, pulls 200, label 403, ref 403")
        .said("one: identity .")
        .said("key .");
    place
        .run(place.pull(REPO))
        .said("one: read 200, pulls 200, label 200, ref 201")
        .said("one: identity yes.")
        .said("key yes.");
}

#[test]
fn an_environments_secret_is_there_for_its_jobs_and_a_called_workflow_has_what_it_was_given() {
    let says = |id: &str, more: &str| {
        format!(
            "  {id}:\n{more}    runs-on: ubuntu-latest\n    steps:\n      - env:\n          KEY: ${{{{ secrets.KEY }}}}\n          OTHER: ${{{{ secrets.OTHER }}}}\n        run: echo \"{id} has $(printf %s \"$KEY\" | rev), $(printf %s \"$OTHER\" | rev).\"\n"
        )
    };
    let mut place = Place::new(&format!(
        "on: workflow_dispatch\njobs:\n{}{}  given:\n    uses: ./.github/workflows/called.yml\n    secrets:\n      OTHER: ${{{{ secrets.OTHER }}}}\n  nothing:\n    uses: $/.github/workflows/called.yml\n  all:\n    uses: ./.github/workflows/called.yml\n    secrets: inherit\n",
        says("plain", ""),
        says("releases", "    environment: release\n"),
    ));
    let called = format!(
        "on: workflow_call\njobs:\n{}{}",
        says("inner", ""),
        says("inner-releases", "    environment: release\n")
    );
    place.repo.write(".github/workflows/called.yml", called);
    place.repo.commit("called");
    place.push(&["main"]);
    place
        .secrets
        .insert("OTHER".to_owned(), "yrotisoper".to_owned());
    let secrets = BTreeMap::from([("KEY".to_owned(), "tnemnorivne".to_owned())]);
    place.environments.insert("release".to_owned(), secrets);
    let done = place.run(place.by_hand());
    done.said("plain has , repository.")
        .said("releases has environment, repository.");
    assert_eq!(done.times("inner has , repository."), 2);
    assert_eq!(done.times("inner has , ."), 1);
    assert_eq!(done.times("inner-releases has environment, repository."), 2);
    assert_eq!(done.times("inner-releases has environment, ."), 1);
}

#[test]
fn what_has_no_stand_in_is_an_error_that_names_it() {
    for (step, told) in [
        (
            "uses: actions/setup-node@v6",
            "no stand-in for `actions/setup-node@v6`",
        ),
        ("uses: docker://alpine", "no stand-in for `docker://alpine`"),
        (
            "run: echo ${{ toJSON(secrets) }}",
            "no stand-in for `secrets` as a whole",
        ),
    ] {
        let place = Place::new(&format!(
            "on: workflow_dispatch\njobs:\n  one:\n    runs-on: ubuntu-latest\n    steps:\n      - {step}\n"
        ));
        let error = format!("{:#}", place.prepare(place.by_hand()).unwrap_err());
        assert!(error.contains(told), "{error}");
    }
}
