//! No token that a release uses is in anything that it leaves: logs, summary, outputs, bucket, its command line.

use std::{collections::BTreeSet, fs};

use base64::prelude::{
    BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD, Engine as _,
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use testkit::{
    gate::{Event, Exchange, Failure},
    runner::Outcome,
};

use crate::world::{CRATES_TOKEN, GITHUB_TOKEN, IDENTITY_SECRET, World};

/// Everything secret that servers were shown, and what was given to the job.
fn tokens(exchanges: &[Exchange]) -> BTreeSet<String> {
    let given = [CRATES_TOKEN, GITHUB_TOKEN, IDENTITY_SECRET];
    let mut tokens: BTreeSet<String> = given.map(str::to_owned).into();
    for exchange in exchanges {
        if let Some(shown) = exchange.headers.get("authorization") {
            let shown = shown.to_str().unwrap();
            let shown = shown.rsplit(' ').next().unwrap();
            tokens.insert(shown.to_owned());
            let decoded = BASE64_STANDARD.decode(shown).unwrap_or_default();
            if let Ok(text) = String::from_utf8(decoded)
                && let Some((_, password)) = text.split_once(':')
            {
                tokens.insert(password.to_owned());
            }
        }
        if exchange.target.contains("/_/oidc/mint-token") {
            let body: serde_json::Value = serde_json::from_slice(&exchange.body).unwrap();
            tokens.insert(body["token"].as_str().unwrap().to_owned());
        }
    }
    tokens
}

/// A token, and how it may be spelled.
fn forms(token: &str) -> Vec<String> {
    let basic = format!("__token__:{token}");
    vec![
        token.to_owned(),
        BASE64_STANDARD_NO_PAD.encode(token),
        BASE64_URL_SAFE_NO_PAD.encode(token),
        BASE64_STANDARD_NO_PAD.encode(basic),
        utf8_percent_encode(token, NON_ALPHANUMERIC).to_string(),
        hex::encode(token),
    ]
}

/// Texts by what they are, in which a token was found.
fn leaks(texts: &[(String, String)], tokens: &BTreeSet<String>) -> Vec<String> {
    let mut leaks = Vec::new();
    for token in tokens {
        for form in forms(token) {
            let found = texts.iter().filter(|(_, text)| text.contains(&form));
            leaks.extend(found.map(|(what, _)| format!("{what} has {token} as {form}")));
        }
    }
    leaks
}

/// What a run leaves, without what it tells the runner to mask.
fn left(outcome: &Outcome, world: &World) -> Vec<(String, String)> {
    let lines = format!("{}\n{}", outcome.stdout, outcome.stderr);
    let lines = lines
        .lines()
        .filter(|line| !line.starts_with("::add-mask::"));
    let mut texts = vec![
        ("the log".to_owned(), lines.collect::<Vec<_>>().join("\n")),
        ("the summary".to_owned(), outcome.summary.clone()),
        ("outputs".to_owned(), format!("{:?}", outcome.outputs)),
        ("variables".to_owned(), format!("{:?}", outcome.env)),
    ];
    for (path, object) in world.bucket.objects() {
        let text = String::from_utf8_lossy(&object.bytes).into_owned();
        texts.push((format!("bucket {path}"), text));
    }
    texts
}

#[test]
fn no_token_is_in_anything_that_a_release_leaves() {
    let world = World::new();
    world.gate.begin([]);
    let running = world.job().start();
    let command_line = fs::read(format!("/proc/{}/cmdline", running.id())).unwrap();
    let command_line = String::from_utf8_lossy(&command_line).into_owned();
    let outcome = running.wait();
    assert!(command_line.contains("release"), "{command_line}");
    let mut texts = vec![("the command line".to_owned(), command_line)];
    outcome.assert_code(0);
    texts.extend(left(&outcome, &world));
    let tokens = tokens(&world.gate.exchanges());
    assert!(
        tokens.iter().any(|token| token.starts_with("pypi-minted")),
        "{tokens:?}"
    );
    assert!(tokens.len() >= 5, "{tokens:?}");
    assert_eq!(leaks(&texts, &tokens), Vec::<String>::new());
}

#[test]
fn a_server_that_repeats_what_it_was_sent_gives_no_token_away() {
    for (server, method, part) in [
        ("pypi", "POST", "/mint-token"),
        ("pypi", "POST", "/legacy/"),
        ("crates", "PUT", "/crates/new"),
        ("github", "POST", "/releases"),
        ("github", "GET", "/releases"),
    ] {
        let world = World::new();
        let choice = move |at: &str, how: &str, target: &str| {
            at == server && how == method && target.contains(part)
        };
        world.gate.begin([]);
        for _ in 0..20 {
            world
                .gate
                .at_first(choice, Event::Fail(Failure::Repeated(400)));
        }
        let outcome = world.job().run();
        outcome.assert_code(2);
        let tokens = tokens(&world.gate.exchanges());
        let leaks = leaks(&left(&outcome, &world), &tokens);
        assert_eq!(
            leaks,
            Vec::<String>::new(),
            "{server} {method} {part}\n{outcome}"
        );
    }
}
