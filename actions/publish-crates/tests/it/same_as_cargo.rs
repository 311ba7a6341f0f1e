//! The same crates by cargo and by us, to the same registry: it must see no difference.

use serde_json::Value;
use testkit::cargo_registry::{CargoRegistry, Entry, Options, Upload};

use super::workshop::{Origin, Workshop};
use super::{TOKEN, publish};

/// Everything that a manifest can say to a registry.
const MUCH: &str = r#"
readme = "README.md"
homepage = "https://home.example"
documentation = "https://docs.example"
repository = "https://code.example"
keywords = ["one", "two"]
categories = ["parsing"]
authors = ["A <a@example.com>"]
rust-version = "1.70"
links = "hello"
build = "build.rs"
"#;

const NEEDS: &str = r#"
[features]
default = ["std"]
std = []
with-core = ["dep:renamed"]

[dependencies.renamed]
package = "zz-core"
version = ">=0.1, <0.3"
path = "../zz-core"
registry = "ours"
optional = true
default-features = false
features = ["fast"]

[build-dependencies]
zz-core = { version = "0.1", path = "../zz-core", registry = "ours" }

[dev-dependencies]
zz-core = { version = "0.1.0", path = "../zz-core", registry = "ours" }

[target."cfg(windows)".dependencies]
zz-core = { version = "=0.1.0", path = "../zz-core", registry = "ours" }

[badges.maintenance]
status = "experimental"
"#;

/// A registry that has the address of one that is gone, so that both see the very same files.
fn registry_at(port: u16) -> CargoRegistry {
    let tokens = vec![TOKEN.to_owned()];
    CargoRegistry::start(Options {
        port,
        tokens,
        ..Options::default()
    })
    .unwrap()
}

/// Cargo leaves out what is not there and says `null` elsewhere; the order of dependencies means nothing.
fn without_nulls(upload: &Upload) -> Value {
    let mut metadata = upload.metadata.clone();
    let fields = metadata.as_object_mut().unwrap();
    fields.retain(|_, value| !value.is_null());
    let deps = fields["deps"].as_array_mut().unwrap();
    for dependency in deps.iter_mut() {
        let fields = dependency.as_object_mut().unwrap();
        fields.retain(|_, value| !value.is_null());
    }
    deps.sort_by_key(|dependency| dependency["version_req"].to_string());
    metadata
}

/// The index's lines; the time of an upload is its own, and the order of dependencies means nothing.
fn entries(registry: &CargoRegistry) -> Vec<Entry> {
    let entries = ["zz-core", "hello-b"].map(|name| registry.versions(name));
    let mut entries = entries.concat();
    for entry in &mut entries {
        entry.pubtime = None;
        entry.deps.sort();
    }
    entries
}

#[test]
fn a_registry_sees_no_difference_between_cargo_and_us() {
    let first = registry_at(0);
    let port = first.url().rsplit(':').next().unwrap().parse().unwrap();
    let workshop = Workshop::new(&first, Origin::Named);
    workshop.edit(
        "zz-core/Cargo.toml",
        "license",
        "rust-version = \"1.60\"\nlicense",
    );
    let core = workshop.path("workspace/zz-core/Cargo.toml");
    let text = std::fs::read_to_string(&core).unwrap();
    std::fs::write(&core, format!("{text}[features]\nfast = []\n")).unwrap();
    let manifest = workshop.path("workspace/hello-b/Cargo.toml");
    let head = "[package]\nname = \"hello-b\"\nversion = \"0.1.0\"\nedition = \"2021\"\ndescription = \"d\"\nlicense = \"MIT\"";
    std::fs::write(&manifest, format!("{head}{MUCH}{NEEDS}")).unwrap();
    for (file, text) in [("README.md", "# Hello\n"), ("build.rs", "fn main() {}\n")] {
        std::fs::write(manifest.with_file_name(file), text).unwrap();
    }
    for name in ["zz-core", "hello-b"] {
        workshop.cargo_publishes(name, TOKEN);
    }
    let (by_cargo, indexed) = (first.uploads(), entries(&first));
    let files = workshop.packaged();
    drop(first);

    let second = registry_at(port);
    publish(&files, &second).run().assert_code(0);
    let by_us = second.uploads();
    assert_eq!((by_cargo.len(), by_us.len()), (2, 2));
    for (cargo, us) in by_cargo.iter().zip(&by_us) {
        assert_eq!(without_nulls(us), without_nulls(cargo));
        assert_eq!(us.cksum, cargo.cksum);
        // Cargo names no type for the body; the Cargo Book does, and so do we.
        for header in ["authorization", "accept"] {
            assert_eq!(
                us.headers.get(header),
                cargo.headers.get(header),
                "{header}"
            );
        }
        let agent = &us.headers["user-agent"];
        assert!(agent.starts_with("ci-actions/"), "{agent}");
    }
    // What the index says of them is what cargo resolves by.
    assert_eq!(entries(&second), indexed);
    assert_eq!(indexed[1].deps.len(), 4);
}
