//! Crates on their way to a registry on a good day.

use testkit::runner::InJob as _;

use super::workshop::{Origin, Workshop};
use super::{TOKEN, assert_hidden, publish, refusal, registry, sha256, uploads};

const IN_ORDER: &str = r#"["zz-core-0.1.0.crate","hello-b-0.1.0.crate"]"#;

#[test]
fn crates_are_published_in_order_and_once_and_cargo_builds_from_them() {
    for origin in [Origin::Unnamed, Origin::Named] {
        let registry = registry();
        let workshop = Workshop::new(&registry, origin);
        let files = workshop.packaged();

        let first = publish(&files, &registry).run();
        first.assert_code(0);
        assert_eq!(first.output("published"), IN_ORDER);
        assert_eq!(first.output("unchanged"), "[]");
        assert_eq!(uploads(&registry), [200, 200]);
        let entry = &registry.versions("hello-b")[0];
        assert_eq!(entry.cksum, sha256(&files.join("hello-b-0.1.0.crate")));
        assert_eq!(entry.deps[0].registry, None, "{origin:?}");

        let second = publish(&files, &registry).run();
        second.assert_code(0);
        assert_eq!(second.output("published"), "[]");
        assert_eq!(second.output("unchanged"), IN_ORDER);
        assert_eq!(uploads(&registry).len(), 2);
        for outcome in [first, second] {
            assert_eq!(outcome.masks, [TOKEN]);
            assert_hidden(&outcome, TOKEN);
        }

        assert_eq!(workshop.build_a_dependant(), "two is 2\n", "{origin:?}");
        let locked = workshop.locked();
        assert!(locked.contains(&entry.cksum), "{locked}");
    }
}

#[test]
fn other_bytes_are_an_error_with_both_digests_and_nothing_is_sent() {
    let registry = registry();
    let workshop = Workshop::new(&registry, Origin::Unnamed);
    let file = workshop.packaged().join("zz-core-0.1.0.crate");
    let there = sha256(&file);
    publish(&workshop.packaged(), &registry)
        .run()
        .assert_code(0);
    workshop.says(3);
    for dry_run in ["true", "false"] {
        let files = workshop.packaged();
        let outcome = publish(&files, &registry).input("dry-run", dry_run).run();
        let message = refusal(&outcome);
        assert!(message.contains(&there), "{message}");
        assert!(message.contains(&sha256(&file)), "{message}");
        assert!(message.contains("nothing was sent"), "{message}");
    }
    assert_eq!(uploads(&registry).len(), 2);
}

#[test]
fn a_dry_run_tells_the_order_and_sends_nothing() {
    let registry = registry();
    let workshop = Workshop::new(&registry, Origin::Unnamed);
    let files = workshop.packaged();
    let outcome = publish(&files, &registry).input("dry-run", "true").run();
    outcome.assert_code(0);
    assert_eq!(outcome.output("published"), "[]");
    assert_eq!(outcome.output("unchanged"), "[]");
    let place = |text: &str| outcome.stdout.find(text).unwrap();
    assert!(
        place("zz-core-0.1.0.crate") < place("hello-b-0.1.0.crate"),
        "{outcome}"
    );
    assert!(outcome.summary.contains("new crate"), "{}", outcome.summary);
    assert_eq!(uploads(&registry), Vec::<u16>::new());
}

#[test]
fn a_dry_run_needs_no_token() {
    let registry = registry();
    let workshop = Workshop::new(&registry, Origin::Unnamed);
    let files = workshop.packaged();
    let run = || publish(&files, &registry).input("token", "");
    run().input("dry-run", "true").run().assert_code(0);
    let message = refusal(&run().run());
    assert!(message.contains("there is no `token`"), "{message}");
    assert!(message.contains("`id-token: write`"), "{message}");
    assert_eq!(uploads(&registry), Vec::<u16>::new());
}

#[test]
fn an_index_that_shows_a_crate_late_is_waited_for() {
    let registry =
        testkit::cargo_registry::CargoRegistry::start(testkit::cargo_registry::Options {
            index_lag: 2,
            ..Default::default()
        })
        .unwrap();
    let workshop = Workshop::new(&registry, Origin::Unnamed);
    let files = workshop.packaged();
    let outcome = publish(&files, &registry)
        .limit(std::time::Duration::from_secs(100))
        .run();
    outcome.assert_code(0);
    assert_eq!(outcome.output("published"), IN_ORDER);
    assert_eq!(uploads(&registry), [200, 200]);
}
