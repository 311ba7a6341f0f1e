//! How a package is built: its table `build`, which a ready-made workflow goes by. Its keys are inputs of our actions.

use std::collections::BTreeMap;

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};
use toml::Spanned;

use crate::given::{self, RawInput, RawInputs};
use crate::{Place, PlacedError};

/// What builds packages. A workflow has a job for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Builder {
    /// `build-wheel`, then `test-wheel`.
    Wheel,
    /// `package-crates`.
    Crates,
    /// `run-with-wheel`: files that scripts make by running the Linux wheel.
    Data,
    /// `build-docs`.
    Docs,
    /// `build-bundle`: whatever a command leaves in a folder.
    Bundle,
}

/// How packages are built that are built alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// What builds them.
    pub builder: Builder,
    /// The inputs that are set, by name; lists with one item per line.
    pub inputs: BTreeMap<String, String>,
}

/// Keys that every recipe may have: another builder than the kind's, a command that goes before, and whether that may change
/// files that git tracks.
const COMMON: [&str; 3] = ["allow-dirty", "builder", "setup"];

impl Builder {
    /// All of them, in the order in which their jobs run.
    pub const ALL: [Self; 5] = [
        Self::Wheel,
        Self::Crates,
        Self::Data,
        Self::Docs,
        Self::Bundle,
    ];

    /// As in the key `builder`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wheel => "wheel",
            Self::Crates => "crates",
            Self::Data => "data",
            Self::Docs => "docs",
            Self::Bundle => "bundle",
        }
    }

    /// The keys that its recipe may have, without those that every recipe may have.
    pub fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Wheel => &[
                "import",
                "maturin",
                "maturin-args",
                "package",
                "python",
                "requirements",
                "test",
                "tests",
                "version",
            ],
            Self::Crates => &["manifest-path", "packages", "verify"],
            Self::Data => &[
                "import",
                "outputs",
                "python",
                "requirements",
                "scripts",
                "wheel",
            ],
            Self::Docs => &[
                "broken-links",
                "command",
                "crates",
                "dependencies",
                "deny-warnings",
                "features",
                "index",
                "language",
                "modules",
                "package",
                "pdoc",
                "python",
                "requirements",
                "shell",
                "wheel",
            ],
            Self::Bundle => &[
                "archive",
                "command",
                "must-contain",
                "name",
                "shell",
                "windows-archive",
            ],
        }
    }

    fn of_kind(kind: &str) -> Self {
        match kind {
            "wheel" => Self::Wheel,
            "crate" => Self::Crates,
            "data" => Self::Data,
            "docs" | "docs-python" | "docs-rust" => Self::Docs,
            _ => Self::Bundle,
        }
    }

    /// Files of these builders say themselves which project they are of.
    pub(super) fn takes_several_projects(self) -> bool {
        matches!(self, Self::Wheel | Self::Crates)
    }
}

impl Recipe {
    pub(super) fn parse(
        place: &Place<'_>,
        kind: &str,
        mut raw: RawInputs,
    ) -> Result<Self, PlacedError> {
        let given = raw
            .extract_if(.., |key, _| key.get_ref() == "builder")
            .next();
        let builder = match given {
            Some((_, value)) => builder(place, value)?,
            None => Builder::of_kind(kind),
        };
        let mut known: Vec<&str> = builder.keys().iter().chain(&COMMON).copied().collect();
        known.sort_unstable();
        let mut inputs = given::inputs(place, raw, &known)?;
        if let (Builder::Docs, Some(language)) = (builder, kind.strip_prefix("docs-")) {
            let language = || language.to_owned();
            inputs.entry("language".to_owned()).or_insert_with(language);
        }
        Ok(Self { builder, inputs })
    }
}

fn builder(place: &Place<'_>, value: Spanned<RawInput>) -> Result<Builder, PlacedError> {
    let span = value.span();
    let name = value.into_inner().text();
    let found = Builder::ALL.into_iter().find(|it| it.name() == name);
    found.ok_or_else(|| {
        let known = Builder::ALL.map(Builder::name);
        place.unknown("builder", &name, span, &known)
    })
}

/// Each key with the builders that know it; which builder it is depends on the kind, and so is not in the schema.
pub(super) fn schema(_: &mut SchemaGenerator) -> Schema {
    let known = Builder::ALL.map(|it| (it.name(), it.keys()));
    let mut properties = given::properties(&known);
    properties.insert(
        "allow-dirty".to_owned(),
        json!({
            "description": "Build even if `setup` changed tracked files.",
            "type": "boolean",
        }),
    );
    properties.insert(
        "builder".to_owned(),
        json!({
            "description": "What builds it; defaults to the kind.",
            "enum": Builder::ALL.map(Builder::name),
        }),
    );
    properties.insert(
        "setup".to_owned(),
        json!({
            "description": "Bash command to run first, such as `npm ci`.",
            "type": "string",
        }),
    );
    json_schema!({
        "description": "How the published workflow builds it: inputs of the build actions.",
        "type": ["object", "null"],
        "properties": Value::Object(properties),
        "additionalProperties": false,
    })
}
