//! Signatures after a release: they are verified offline, and those on GitHub are the ones in the bucket.

use super::*;
use testkit::{github::state::Asset, sigstore::SigningJob};

const WHEEL: &str = "hello_sdk-0.2.0-py3-none-any.whl";

/// What somebody does to the files on GitHub, and what is told of it.
type Case<'a> = (&'a dyn Fn(&mut Vec<Asset>), &'a str);

fn release_signed(place: &Place, job: &SigningJob) -> Outcome {
    let run = job.identity(place.run("0.2.0"));
    run.input("trust-config", job.trust_config()).run()
}

fn verify(place: &Place, job: &SigningJob) -> Outcome {
    let run = place.served("verify-release", "0.2.0");
    run.input("trust-config", job.trust_config()).run()
}

fn assets(place: &Place, change: impl Fn(&mut Vec<Asset>)) {
    place.github.change(|state| {
        let release = state.repositories[0].releases.first_mut().unwrap();
        change(&mut release.assets);
    });
}

#[test]
fn signatures_are_verified_and_those_on_github_compared() {
    let (place, job) = (Place::new(), SigningJob::start());
    place
        .github
        .change(|state| state.repositories[0].immutable_releases = true);
    release_signed(&place, &job).assert_code(0);
    let right = verify(&place, &job);
    right.assert_code(0);
    for told in [
        "signatures of data.bin",
        "cosign verify-blob --bundle",
        "gh release verify-asset v0.2.0",
    ] {
        assert!(right.summary.contains(told), "{told}: {}", right.summary);
    }

    let wheel = format!("{WHEEL}.sigstore.json");
    let before = place.releases().remove(0).assets;
    let of_wheel = |asset: &Asset| asset.name == wheel;
    assets(&place, |all| all.retain(|asset| !of_wheel(asset)));
    let missing = verify(&place, &job);
    missing.assert_code(0);
    let told = format!("GitHub: {wheel}: it is missing, but the bucket has it");
    assert_eq!(listed(&missing, "notes"), [told]);

    let cases: [Case<'_>; 2] = [
        (
            &|all| {
                let mut signature = all.iter_mut().filter(|asset| of_wheel(asset));
                signature.next().unwrap().content = "eA==".to_owned();
            },
            "sigstore.json: it has 1 bytes",
        ),
        (
            &|all| {
                let mut signature = all.iter().find(|asset| of_wheel(asset)).unwrap().clone();
                (signature.id, signature.label) = (0, None);
                signature.name = format!("{WHEEL}.minisig");
                all.push(signature);
            },
            "minisig: it is not in the frozen list",
        ),
    ];
    for (change, told) in cases {
        assets(&place, |all| *all = before.clone());
        assets(&place, change);
        let outcome = verify(&place, &job);
        outcome.assert_code(1);
        let wrong = listed(&outcome, "wrong");
        assert!(
            wrong.len() == 1 && wrong[0].contains(told),
            "{told}: {wrong:#?}"
        );
    }
}

#[test]
fn a_signature_of_somebody_else_in_the_bucket_is_wrong() {
    let (place, job) = (Place::new(), SigningJob::start());
    job.claim(&[("repository", "evil/hello-sdk")]);
    let run = job
        .identity(place.run("0.2.0"))
        .repository("evil/hello-sdk");
    let run = run.input("trust-config", job.trust_config());
    run.input("github", "off")
        .input("git-tags", "false")
        .run()
        .assert_code(0);
    let outcome = verify(&place, &job);
    outcome.assert_code(1);
    let wrong = listed(&outcome, "wrong");
    let told = "it was signed for the repository `https://github.com/evil/hello-sdk`";
    assert!(wrong.iter().any(|it| it.contains(told)), "{wrong:#?}");

    let unread = place.served("verify-release", "0.2.0");
    let unread = unread.input("trust-config", "missing.json").run();
    assert!(refusal(&unread).contains("failed to read the trust configuration"));
}

#[test]
fn an_immutable_release_that_lacks_signatures_is_a_caution_and_stays() {
    let (place, job) = (Place::new(), SigningJob::start());
    place
        .github
        .change(|state| state.repositories[0].immutable_releases = true);
    place.run("0.2.0").run().assert_code(0);
    let before = place.releases().remove(0).assets;
    let signed = release_signed(&place, &job);
    signed.assert_code(0);
    let cautions = listed(&signed, "cautions");
    let wheel = format!("{WHEEL}.sigstore.json");
    let is_told = |it: &String| it.contains("is immutable and lacks") && it.contains(&wheel);
    assert!(cautions.iter().any(is_told), "{cautions:#?}");
    assert_eq!(place.releases().remove(0).assets.len(), before.len());
    verify(&place, &job).assert_code(0);
}
