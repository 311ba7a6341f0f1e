//! `verify-release`: what is served is compared with what was released, and each difference is told.

use super::*;
use testkit::faults::Fault;

#[test]
fn what_is_served_is_compared_with_what_was_released() {
    let place = Place::new();
    place.run("0.2.0").run().assert_code(0);
    let right = place.served("verify-release", "").run();
    right.assert_code(0);
    assert_eq!(
        (right.output("version"), right.output("wrong")),
        ("0.2.0", "[]")
    );
    for place in ["PyPI", "crates.io", "GitHub", "bucket", "channels"] {
        assert!(right.summary.contains(place), "{place}: {}", right.summary);
    }

    place.index.yank("hello-sdk", "0.2.0", "it is slow");
    let yanked = place.served("verify-release", "0.2.0").run();
    yanked.assert_code(0);
    assert!(yanked.output("notes").contains("it is slow"), "{yanked}");

    let data = place.path(&format!(
        "bucket/commit/{}/packages/data.bin",
        place.commits[0]
    ));
    fs::write(&data, "DATA of 0.2.0").unwrap();
    place
        .index
        .delete("hello-sdk", "hello_sdk-0.2.0-py3-none-any.whl");
    place.github.change(|state| {
        let repository = state.repositories.first_mut().unwrap();
        repository.releases[0]
            .assets
            .retain(|asset| !asset.name.ends_with(".crate"));
    });
    let other = &place.commits[1];
    place
        .repository
        .git(&["update-ref", "refs/tags/latest", other]);
    let wrong = place.served("verify-release", "0.2.0").run();
    wrong.assert_code(1);
    let told = wrong.output("wrong");
    for told_of in [
        "bucket: data.bin",
        "PyPI: hello_sdk",
        "hello-core-0.2.0.crate",
        "tag latest",
    ] {
        assert!(told.contains(told_of), "{told_of}: {told}");
    }

    // What could not be read does not hide what is wrong.
    let both = place
        .served("verify-release", "0.2.0")
        .input("token", "secret-of-nobody");
    let both = both.run();
    both.assert_code(1);
    assert!(both.output("wrong").contains("data.bin"), "{both}");
    assert!(both.stdout.contains("::warning"), "{both}");
}

/// What somebody does to a release, and the one sentence about it.
type Case<'a> = (&'a dyn Fn(&Place), &'a str);

fn release_on_github(place: &Place, change: impl Fn(&mut Release)) {
    place.github.change(|state| {
        let repository = state.repositories.first_mut().unwrap();
        change(repository.releases.first_mut().unwrap());
    });
}

/// A page of PyPI as it is, changed.
fn page(place: &Place, change: impl Fn(&mut Vec<serde_json::Value>)) {
    let files = place.index.files("hello-sdk");
    let mut files: Vec<_> = files
        .iter()
        .map(|file| {
            serde_json::json!({
                "filename": file.name, "url": format!("/files/{}", file.name),
                "hashes": {"sha256": file.sha256}, "yanked": false,
            })
        })
        .collect();
    change(&mut files);
    let page =
        serde_json::json!({"meta": {"api-version": "1.1"}, "name": "hello-sdk", "files": files});
    let headers = [("content-type", "application/vnd.pypi.simple.v1+json")];
    place.index.fault(Fault {
        headers: headers
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        body: Some(page),
        ..Fault::status("GET", "/simple/hello-sdk/", 200)
    });
}

#[test]
fn each_thing_that_somebody_changed_is_one_finding_told_whole() {
    let place = Place::new();
    place.run("0.2.0").run().assert_code(0);
    let [commit, other, _] = place.commits.clone();
    let tree = place.repository.sha(&format!("{commit}^{{tree}}"));
    let move_tag = |to: &str| {
        drop(
            place
                .repository
                .git(&["update-ref", "refs/tags/v0.2.0", to]),
        );
    };
    let moved = format!("GitHub: tag v0.2.0: it is at commit {other}, not at {commit}");
    let releases = place.releases();
    let draft = |target: &str| Release {
        draft: true,
        latest: false,
        target_commitish: target.to_owned(),
        ..releases[0].clone()
    };
    let put = |drafts: Vec<Release>| {
        place
            .github
            .change(|state| state.repositories[0].releases = drafts.clone());
    };
    let added_wheel = "hello_sdk-0.2.0-py2-none-any.whl";
    let added_on_pypi = format!("PyPI: {added_wheel}: it is not in the frozen list");
    let cases: &[Case<'_>] = &[
        (&|_| move_tag(&other), &moved),
        (&|_| move_tag(&tree), "it points to a tree, not a commit"),
        (
            &|_| put(vec![draft(&commit)]),
            "GitHub: release v0.2.0: it is a draft, not published",
        ),
        (
            &|_| put(vec![draft(&other)]),
            "delete it, or set its target to the commit: https://",
        ),
        (
            &|_| {
                let second = Release {
                    id: 0,
                    body: Some("mine".to_owned()),
                    ..draft(&commit)
                };
                put(vec![draft(&commit), second]);
            },
            "there are 2, delete all but one: https://",
        ),
        (
            &|place| release_on_github(place, |release| release.prerelease = true),
            "GitHub: release v0.2.0: it is marked as a prerelease, and 0.2.0 is not one",
        ),
        (
            &|place| {
                release_on_github(place, |release| {
                    let mut asset = release.assets[0].clone();
                    (asset.id, asset.label) = (0, None);
                    asset.name = "setup.exe".to_owned();
                    release.assets.push(asset);
                });
            },
            "GitHub: setup.exe: it is not in the frozen list",
        ),
        (
            &|place| {
                release_on_github(place, |release| {
                    release.assets[0].content = "eA==".to_owned()
                });
            },
            "it has 1 bytes, not ",
        ),
        (
            &|place| {
                page(place, |files| {
                    let mut added = files[0].clone();
                    added["filename"] = added_wheel.into();
                    // What is of other versions is none of this version's.
                    let mut older = files[0].clone();
                    older["filename"] = "hello_sdk-0.1.0-py3-none-any.whl".into();
                    files.extend([added, older]);
                });
            },
            &added_on_pypi,
        ),
    ];
    for (change, told) in cases {
        change(&place);
        let outcome = place.served("verify-release", "0.2.0").run();
        move_tag(&commit);
        put(releases.clone());
        outcome.assert_code(1);
        let wrong = listed(&outcome, "wrong");
        assert_eq!(wrong.len(), 1, "{wrong:#?}");
        assert!(wrong[0].contains(told), "{told}: {wrong:#?}");
        assert!(outcome.summary.contains("wrong"), "{}", outcome.summary);
    }
    place.served("verify-release", "0.2.0").run().assert_code(0);
}

#[test]
fn files_that_somebody_added_on_purpose_are_named_by_an_input() {
    let place = Place::new();
    place.run("0.2.0").run().assert_code(0);
    release_on_github(&place, |release| {
        let mut asset = release.assets[0].clone();
        (asset.id, asset.label) = (0, None);
        asset.name = "manual.pdf".to_owned();
        release.assets.push(asset);
    });
    for (globs, code) in [("", 1), ("*.txt", 1), ("*.txt\ndist/*.pdf", 0), ("[", 2)] {
        let outcome = place.served("verify-release", "0.2.0");
        let outcome = outcome.input("extra-files", globs).run();
        assert_eq!(outcome.code, code, "{globs}: {outcome}");
    }
    // A release that finds them there says so, and that they will be reported.
    let again = place.run("0.2.0").run();
    again.assert_code(0);
    let cautions = listed(&again, "cautions");
    assert!(
        cautions
            .iter()
            .any(|it| it.contains("manual.pdf") && it.contains("`verify-release`")),
        "{cautions:#?}"
    );
}

#[test]
fn a_prerelease_must_be_marked_as_one() {
    let place = Place::new();
    place.freeze("0.3.0-rc.1", 2);
    let off = |run: Run| run.input("pypi", "off");
    off(place.run("0.3.0-rc.1")).run().assert_code(0);
    let verify = || off(place.served("verify-release", "0.3.0-rc.1")).run();
    verify().assert_code(0);
    release_on_github(&place, |release| release.prerelease = false);
    let outcome = verify();
    outcome.assert_code(1);
    let told = "it is not marked as a prerelease, and 0.3.0-rc.1 is one";
    assert!(outcome.output("wrong").contains(told), "{outcome}");
}

#[test]
fn an_index_that_tells_no_sha256_is_asked_for_the_bytes() {
    let place = Place::new();
    place.run("0.2.0").run().assert_code(0);
    let without = || {
        page(&place, |files| files[0]["hashes"] = serde_json::json!({}));
        place.served("verify-release", "0.2.0")
    };
    without().run().assert_code(0);
    let other = without();
    place.index.fault(Fault {
        body: Some("another wheel".into()),
        ..Fault::status("GET", "/files/", 200)
    });
    let outcome = other.run();
    outcome.assert_code(1);
    let wrong = listed(&outcome, "wrong");
    assert!(
        wrong.len() == 1
            && wrong[0].starts_with("PyPI: hello_sdk-0.2.0-py3-none-any.whl: it has sha256"),
        "{wrong:#?}"
    );
}

#[test]
fn one_place_that_cannot_be_read_does_not_stop_the_look_at_the_others() {
    let place = Place::new();
    place.run("0.2.0").run().assert_code(0);
    let nowhere = format!("sparse+{}/nowhere/", place.registry.url());
    // One cause is told once.
    let of_github = [
        "GitHub: tag v0.2.0, release v0.2.0 could not be read",
        "channels: tag latest, tag prerelease could not be read",
    ];
    for (input, value, told) in [
        (
            "registry",
            nowhere.as_str(),
            &["crates.io: the registry could not be read"][..],
        ),
        ("token", "secret-of-nobody", &of_github),
        ("github", "off", &["PyPI: hello-sdk could not be read"]),
    ] {
        if input == "github" {
            place.index.fault(Fault {
                body: Some("<html><form>Please log in</form></html>".into()),
                ..Fault::status("GET", "/simple/", 200)
            });
        }
        let run = place.served("verify-release", "0.2.0").input(input, value);
        let outcome = run.run();
        let message = refusal(&outcome);
        for told in told {
            assert!(message.contains(told), "{told}: {message}");
        }
        let summary = &outcome.summary;
        assert!(
            summary.contains("as released") && summary.contains("not read: "),
            "{summary}"
        );
    }
}
