//! What is wrong with crates is told all at once, in a dry run as in a run, and nothing is sent.

use std::fs;

use testkit::packages::krate;
use testkit::runner::Level;

use super::workshop::{Origin, Workshop};
use super::{publish, refusal, registry, uploads};

#[test]
fn crates_without_a_license_are_all_named() {
    let registry = registry();
    let workshop = Workshop::new(&registry, Origin::Unnamed);
    for name in ["zz-core", "hello-b"] {
        workshop.edit(&format!("{name}/Cargo.toml"), "license = \"MIT\"\n", "");
    }
    let files = workshop.packaged();
    for dry_run in ["true", "false"] {
        let outcome = publish(&files, &registry).input("dry-run", dry_run).run();
        let message = refusal(&outcome);
        for name in ["zz-core", "hello-b"] {
            let told = format!("{name}-0.1.0.crate: manifest has neither `license` nor");
            assert!(message.contains(&told), "{message}");
        }
        assert!(message.contains("nothing was sent"), "{message}");
    }
    assert_eq!(uploads(&registry), Vec::<u16>::new());
}

#[test]
fn a_dependency_that_is_nowhere_is_named_before_its_neighbours_are_sent() {
    let registry = registry();
    let workshop = Workshop::new(&registry, Origin::Unnamed);
    let files = workshop.packaged();
    fs::remove_file(files.join("zz-core-0.1.0.crate")).unwrap();
    krate(&files, "aaa-good", "0.1.0", &"1".repeat(40));
    for dry_run in ["true", "false"] {
        let outcome = publish(&files, &registry).input("dry-run", dry_run).run();
        let message = refusal(&outcome);
        let told =
            "hello-b-0.1.0.crate: it needs `zz-core 0.1.0`, and no crate `zz-core` is in this run";
        assert!(message.contains(told), "{message}");
    }
    assert_eq!(uploads(&registry), Vec::<u16>::new());
}

#[test]
fn a_yanked_version_with_our_bytes_is_a_warning() {
    let registry = registry();
    let workshop = Workshop::new(&registry, Origin::Unnamed);
    let files = workshop.packaged();
    publish(&files, &registry).run().assert_code(0);
    registry.yank("hello-b", "0.1.0").unwrap();
    let outcome = publish(&files, &registry).run();
    outcome.assert_code(0);
    let warned = outcome.annotations.iter().any(|one| {
        one.level == Level::Warning && one.message.contains("cargo yank --undo hello-b@0.1.0")
    });
    assert!(warned, "{outcome}");
    assert!(
        outcome.summary.contains("already there, yanked"),
        "{outcome}"
    );
}
