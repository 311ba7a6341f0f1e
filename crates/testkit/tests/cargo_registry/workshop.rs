//! A folder in which the real cargo works, with a home of its own.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use testkit::cargo_registry::CargoRegistry;

pub(crate) const TOKEN: &str = "t0ken";

/// A folder of packages, for whose cargo the registry is called `local`.
pub(crate) struct Workshop(tempfile::TempDir);

impl Workshop {
    pub(crate) fn new(registry: &CargoRegistry) -> Self {
        let workshop = Self(tempfile::tempdir().unwrap());
        let config = format!(
            "[registries.local]\nindex = \"{}\"\n[net]\nretry = 1\n",
            registry.index_url()
        );
        fs::create_dir(workshop.path("cargo-home")).unwrap();
        fs::write(workshop.path("cargo-home/config.toml"), config).unwrap();
        workshop
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a package with one source file; `tables` ends its manifest.
    pub(crate) fn package(&self, name: &str, version: &str, tables: &str, source: &str) {
        fs::create_dir_all(self.path(name).join("src")).unwrap();
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"{version}\"\nedition = \"2021\"\ndescription = \"d\"\nlicense = \"MIT\"\n{tables}\n[workspace]\n"
        );
        fs::write(self.path(name).join("Cargo.toml"), manifest).unwrap();
        fs::write(self.path(name).join("src/lib.rs"), source).unwrap();
    }

    pub(crate) fn cargo(&self, package: &str, args: &[&str]) -> Output {
        Command::new(env!("CARGO"))
            .args(args)
            .current_dir(self.path(package))
            .env_remove("CARGO_BUILD_TARGET")
            .env_remove("RUSTFLAGS")
            .env("CARGO_HOME", self.path("cargo-home"))
            .env("CARGO_TARGET_DIR", self.path("target"))
            .env("CARGO_REGISTRIES_LOCAL_TOKEN", TOKEN)
            .output()
            .unwrap()
    }

    pub(crate) fn publish(&self, package: &str) -> Output {
        self.cargo(
            package,
            &[
                "publish",
                "--registry",
                "local",
                "--allow-dirty",
                "--no-verify",
            ],
        )
    }

    /// Packages a package and returns its `.crate` file.
    pub(crate) fn crate_file(&self, name: &str, version: &str) -> Vec<u8> {
        let args = [
            "package",
            "--registry",
            "local",
            "--allow-dirty",
            "--no-verify",
        ];
        let packaged = self.cargo(name, &args);
        assert!(packaged.status.success(), "{}", log(&packaged));
        fs::read(self.path(&format!("target/package/{name}-{version}.crate"))).unwrap()
    }
}

/// What cargo said.
pub(crate) fn log(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
