//! Five large wheels, made once and kept below `target`, and the programs that upload them.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use testkit::index_sink::IndexSink;
use testkit::packages::Wheel;

use crate::process::Cmd;
use crate::timed::quiet;
use crate::turns::Program;
use crate::{project, random};

pub(super) const OURS: &str = "`publish-wheels`";
pub(super) const UV: &str = "`uv publish`";
const TWINE: &str = "`twine upload`";
const CURL: &str = "`curl`, one after the other";

const USER: &str = "__token__";
const PASSWORD: &str = "pypi-bench";
const TAGS: [&str; 5] = [
    "py3-none-macosx_10_12_x86_64",
    "py3-none-macosx_11_0_arm64",
    "py3-none-manylinux_2_28_aarch64",
    "py3-none-manylinux_2_28_x86_64",
    "py3-none-win_amd64",
];

/// One version of a project for five platforms.
#[derive(Debug, Clone)]
pub(super) struct Wheels {
    folder: PathBuf,
    names: Vec<String>,
    size: u64,
}

/// An index without files.
pub(super) fn start() -> Result<IndexSink> {
    IndexSink::start().context("failed to start the index")
}

impl Wheels {
    pub(super) fn make(size: u64) -> Result<Self> {
        let bench = project::target().join("bench");
        let folder = bench.join(format!("release-wheels-{size}"));
        if !folder.exists() {
            let draft = bench.join("release-wheels-draft");
            for (seed, tags) in (0..).zip(TAGS) {
                let mut data = Vec::new();
                random::write(&mut data, seed, size)?;
                wheel(tags).write_with_data(&draft, &data);
            }
            fs::rename(&draft, &folder)
                .with_context(|| format!("failed to create `{}`", folder.display()))?;
        }
        let wheels = Self {
            folder,
            names: TAGS.iter().map(|tags| wheel(tags).file_name()).collect(),
            size,
        };
        wheels.read()?;
        Ok(wheels)
    }

    /// So that the first program finds all in memory, as the others do.
    fn read(&self) -> Result<()> {
        for name in &self.names {
            let path = self.folder.join(name);
            File::open(&path)
                .and_then(|mut file| io::copy(&mut file, &mut io::sink()))
                .with_context(|| format!("failed to read `{}`", path.display()))?;
        }
        Ok(())
    }

    pub(super) fn name(&self) -> String {
        let megabytes = self.size as f64 / 1e6;
        format!("{} wheels of {megabytes} MB", self.names.len())
    }

    /// Whether the index has all files.
    pub(super) fn check(&self, sink: &IndexSink) -> Result<()> {
        let there = sink.files();
        ensure!(
            there == self.names,
            "the index has {there:?} instead of {:?}",
            self.names
        );
        Ok(())
    }

    /// Ours first.
    pub(super) fn programs(&self, binary: &Path) -> Vec<Program<IndexSink>> {
        let [ours, uv, again, twine, curl] = std::array::from_fn(|_| self.clone());
        let binary = binary.to_owned();
        vec![
            Program::twice(OURS, move |sink: &IndexSink| Ok(ours.ours(&binary, sink))),
            Program::new(UV, move |sink| Ok(uv.uv(sink))).then(move |sink| {
                let checked = again.uv(sink);
                Ok(checked.args(["--check-url", &sink.simple_url()]))
            }),
            Program::new(TWINE, move |sink| Ok(twine.twine(sink))),
            Program::new(CURL, move |sink| Ok(curl.curl(sink))),
        ]
    }

    pub(super) fn ours(&self, binary: &Path, sink: &IndexSink) -> Cmd {
        quiet(binary)
            .args(["--files", "*.whl"])
            .args(["--index-url", &sink.upload_url()])
            .args(["--simple-url", &sink.simple_url()])
            .args(["--username", USER])
            .env("INPUT_PASSWORD", PASSWORD)
            .dir(&self.folder)
    }

    fn uv(&self, sink: &IndexSink) -> Cmd {
        quiet(project::venv_bin("uv"))
            .args(["publish", "--quiet", "--no-config", "--no-cache"])
            .args(["--trusted-publishing", "never"])
            .args(["--keyring-provider", "disabled"])
            .args(["--publish-url", &sink.upload_url()])
            .args(["--username", USER, "--password", PASSWORD])
            .args(&self.names)
            .dir(&self.folder)
    }

    fn twine(&self, sink: &IndexSink) -> Cmd {
        quiet(project::venv_bin("twine"))
            .args(["upload", "--non-interactive", "--disable-progress-bar"])
            .args(["--config-file", "/dev/null"])
            .args(["--repository-url", &sink.upload_url()])
            .args(["--username", USER, "--password", PASSWORD])
            .args(&self.names)
            .dir(&self.folder)
    }

    /// The form with what the index reads of it, and nothing else.
    fn curl(&self, sink: &IndexSink) -> Cmd {
        let digest = format!("sha256_digest={}", "0".repeat(64));
        let mut command = quiet("curl").args(["--silent", "--fail-early"]);
        for (number, name) in self.names.iter().enumerate() {
            if number > 0 {
                command = command.arg("--next");
            }
            command = command
                .args(["--fail", "--form", &digest])
                .args(["--form", &format!("content=@{name}")])
                .arg(sink.upload_url());
        }
        command.dir(&self.folder)
    }
}

fn wheel(tags: &str) -> Wheel<'_> {
    Wheel {
        project: "bench-sdk",
        version: "1.0.0",
        tags,
        ..Wheel::default()
    }
}
