//! What a refusal says: what it is, and what to type.

use testkit::endless::Endless;

use super::*;

#[tokio::test]
async fn each_refusal_says_what_it_is_and_what_to_type() {
    let integration = "Resource not accessible by integration";
    let cases: [(Fault, &str, bool); 8] = [
        (
            with_headers(
                403,
                integration,
                &[("x-accepted-github-permissions", "pull_requests=read")],
            ),
            "add `pull-requests: read` to the job's `permissions:`",
            true,
        ),
        (
            with_headers(403, integration, &[]),
            "add `pull-requests: read` to the job's `permissions:`",
            true,
        ),
        (
            with_headers(
                403,
                integration,
                &[("x-accepted-github-permissions", "administration=read")],
            ),
            "a job's own token can never have `administration: read`",
            true,
        ),
        (
            with_headers(
                403,
                "Resource protected by organization SAML enforcement.",
                &[(
                    "x-github-sso",
                    "required; url=https://github.com/orgs/o/sso?x=1",
                )],
            ),
            "single sign-on of the organization: https://github.com/orgs/o/sso?x=1",
            true,
        ),
        (
            with_headers(
                403,
                "Forbidden",
                &[
                    ("x-oauth-scopes", "gist"),
                    ("x-accepted-oauth-scopes", "repo"),
                ],
            ),
            "give the personal access token the scope repo",
            true,
        ),
        (
            with_headers(403, "Repository access blocked", &[]),
            "the API answers 403 \"Repository access blocked\"",
            false,
        ),
        (
            with_headers(404, "Not Found", &[]),
            "it does not exist, or the token may not see it",
            false,
        ),
        (
            with_headers(401, "Bad credentials", &[]),
            "the input `token` is wrong, has expired or was revoked",
            false,
        ),
    ];
    for (fault, told, is_permission) in cases {
        let scene = Scene::writer();
        scene.faults(9, fault);
        let error = scene.pull().await.unwrap_err();
        assert!(error.to_string().contains(told), "{told}: {error}");
        assert_eq!(error.is_missing_permission(), is_permission, "{error}");
        assert_eq!(scene.requests("GET"), 1);
    }
    let reader = Scene::new(Some("r")).pull().await.unwrap_err();
    assert!(reader.is_missing_permission(), "{reader}");
    let anybody = Scene::new(None);
    anybody.faults(9, with_headers(401, "Requires authentication", &[]));
    let error = anybody.pull().await.unwrap_err();
    assert!(error.to_string().ends_with("give a `token`"), "{error}");
}

#[tokio::test]
async fn all_details_of_a_422_are_shown_and_no_text_breaks_the_line() {
    let scene = Scene::writer();
    scene.fake.fault(Fault {
        body: Some(json!({
            "message": "Validation\n::error::Failed",
            "documentation_url": "https://docs.github.com/rest/x",
            "errors": [
                { "resource": "Release", "field": "tag_name", "code": "already_exists" },
                { "resource": "Release", "code": "custom", "message": "body is too long (maximum is 125000 characters)" },
                "plain words",
            ],
        })),
        ..Fault::status("GET", "*/pulls/7", 422)
    });
    let error = scene.pull().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the API answers 422 \"Validation ::error::Failed\" (Release.tag_name: already_exists; \
         Release: body is too long (maximum is 125000 characters); plain words): see https://docs.github.com/rest/x"
    );
    assert!(error.is_already_exists() && error.is_conflict());
}

#[tokio::test]
async fn workflow_files_are_told_from_a_missing_permission() {
    let refusing = "refusing to allow a GitHub App to create or update workflow `.github/workflows/a.yml` without `workflows` permission";
    let header = [(
        "x-accepted-github-permissions",
        "contents=write; contents=write,workflows=write",
    )];
    for (message, also_contents) in [
        (refusing, false),
        ("Resource not accessible by integration", true),
    ] {
        let scene = Scene::writer();
        scene.fake.fault(Fault {
            method: Some("POST".to_owned()),
            path: "*/git/refs".to_owned(),
            ..with_headers(403, message, &header)
        });
        let body = json!({ "ref": "refs/tags/v1", "sha": "1".repeat(40) });
        let made = scene
            .github
            .create("/repos/o/r/git/refs", &body, async || Ok(None));
        let error: Error = made.await.map(|_: Value| ()).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("files under `.github/workflows`"),
            "{error}"
        );
        let told = error.to_string().contains("add `contents: write`");
        assert_eq!(told, also_contents, "{error}");
        assert_eq!(scene.requests("POST"), 1);
    }
}

#[tokio::test]
async fn a_limit_that_lasts_is_told_with_its_end_and_not_hammered() {
    for (headers, told) in [
        (
            vec![
                ("x-ratelimit-remaining", "0"),
                ("x-ratelimit-reset", "9999999999"),
            ],
            "until 2286-11-20T17:46:39Z",
        ),
        (vec![("retry-after", "1800")], "retry in 30m"),
    ] {
        let scene = Scene::writer();
        scene.faults(99, with_headers(403, "API rate limit exceeded", &headers));
        let error = scene.pull().await.unwrap_err();
        assert!(error.is_rate_limited() && !error.is_missing_permission());
        assert!(error.to_string().contains(told), "{error}");
        assert_eq!((scene.requests("GET"), scene.waits().len()), (1, 0));
    }
    // A secondary limit names no time.
    let scene = Scene::writer();
    scene.faults(
        1,
        with_headers(403, "You have exceeded a secondary rate limit.", &[]),
    );
    scene.pull().await.unwrap();
    assert_eq!(scene.waits()[0].as_secs(), 60);
}

#[tokio::test]
async fn an_answer_without_end_is_an_error_whatever_its_status() {
    for status in [200, 404, 502] {
        let server = Endless::start(status);
        let url = server.url().to_owned();
        let options = Options::default()
            .environment(|name| (name == "GITHUB_API_URL").then_some(url.as_str()))
            .clock(Arc::new(TestClock::default()));
        let github = GitHub::connect(options).unwrap();
        let error = github.get::<Value>("/repos/o/r/pulls/7").await.unwrap_err();
        assert!(matches!(error, Error::TooLarge { .. }), "{status}: {error}");
        assert!(server.was_left(), "{status}");
    }
}

#[tokio::test]
async fn a_token_that_a_proxy_repeats_is_struck_out_before_anything_is_cut() {
    const TOKEN: &str = "ghs_0123456789abcdefghijklmnopqrstuvwxyzAB";
    // Where a message is cut, and around it.
    for before in [0, 560, 575, 590, 599] {
        let scene = Scene::new(Some(TOKEN));
        let message = format!("{} authorization: Bearer {TOKEN}", "x".repeat(before));
        scene.faults(1, with_headers(502, &message, &[]));
        scene.faults(
            9,
            with_headers(403, &message, &[("x-github-request-id", TOKEN)]),
        );
        let error = scene.pull().await.unwrap_err();
        let told = format!("{error} {error:?} {}", scene.said().join(" "));
        assert!(!told.contains("ghs_"), "{told}");
        assert_eq!(scene.said().len(), 1);
    }
}
