//! What comes after a release: it is verified, withdrawn, and not offered again, each by its own action of the same build.

mod signed;
mod verified;
mod withdrawn;

use super::*;
use std::path::Path;

/// Another action of the same build.
fn action(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_BIN_EXE_release")).with_file_name(name);
    assert!(
        path.is_file(),
        "build it first: cargo build --workspace --bins"
    );
    path
}

impl Place {
    fn after(&self, name: &str, version: &str) -> Run {
        Run::new(action(name))
            .workspace(self.folder.path())
            .event("workflow_dispatch", &serde_json::json!({}))
            .api_url(self.github.url())
            .input("bucket", "./bucket")
            .input("version", version)
            .input("token", "secret-writer")
    }

    fn served(&self, name: &str, version: &str) -> Run {
        self.after(name, version)
            .input("index-url", self.index.upload_url())
            .input("registry", self.registry.index_url())
    }
}

/// A sentence or several that an output lists.
fn listed(outcome: &Outcome, name: &str) -> Vec<String> {
    serde_json::from_str(outcome.output(name)).unwrap()
}
