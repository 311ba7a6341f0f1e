//! The linters that the action knows: how each is started, what its exit codes mean, and how to get it.

use crate::parse::{self, Parsed, Said};

/// One use of a tool.
#[derive(Debug)]
pub(crate) struct Linter {
    /// As `only` and `skip` name it.
    pub(crate) id: &'static str,
    /// The tool, where it is used in two ways; `only` and `skip` may name it for both.
    pub(crate) tool: &'static str,
    pub(crate) program: &'static str,
    /// What cargo calls it, for one of its own commands.
    pub(crate) subcommand: Option<&'static str>,
    pub(crate) check: &'static [&'static str],
    /// Arguments with which it fixes files, if it can.
    pub(crate) fix: Option<&'static [&'static str]>,
    pub(crate) scope: Scope,
    pub(crate) parse: fn(&Said) -> Parsed,
    /// Exit codes that mean findings.
    pub(crate) found: fn(i32) -> bool,
    /// Whether its findings come on standard error; otherwise that is for people, and is shown as it comes.
    pub(crate) on_stderr: bool,
    pub(crate) install: &'static str,
    /// When it runs, for the README.
    pub(crate) when: &'static str,
}

/// What it runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Every cargo workspace.
    Workspace,
    /// Every cargo workspace with a configuration of cargo-deny.
    DeniedWorkspace,
    /// The topmost folders with its configuration: it finds what lies below by itself.
    TopmostConfig(Config),
    /// Every folder with its configuration.
    EachConfig(Config),
}

/// Whose configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Config {
    Ruff,
    Mypy,
    Pyright,
    Taplo,
}

/// In the order in which they run: what answers at once comes first.
pub(crate) const ALL: &[Linter] = &[
    Linter {
        id: "rustfmt",
        tool: "rustfmt",
        program: "cargo",
        subcommand: Some("fmt"),
        check: &["--all", "--check", "--", "--color=never"],
        fix: Some(&["--all", "--"]),
        scope: Scope::Workspace,
        parse: parse::rustfmt,
        found: |code| code == 1,
        on_stderr: false,
        install: "rustup component add rustfmt",
        when: "`Cargo.toml`",
    },
    Linter {
        id: "ruff-check",
        tool: "ruff",
        program: "ruff",
        subcommand: None,
        check: &["check", "--no-fix", "--output-format=json"],
        fix: Some(&["check", "--fix", "--exit-zero"]),
        scope: Scope::TopmostConfig(Config::Ruff),
        parse: parse::ruff_check,
        found: |code| code == 1,
        on_stderr: false,
        install: "pip install ruff",
        when: "`ruff.toml`, `.ruff.toml` or `[tool.ruff]`",
    },
    Linter {
        id: "ruff-format",
        tool: "ruff",
        program: "ruff",
        subcommand: None,
        check: &["format", "--diff"],
        fix: Some(&["format"]),
        scope: Scope::TopmostConfig(Config::Ruff),
        parse: parse::ruff_format,
        // 2 where it cannot read a file, which its findings say.
        found: |code| matches!(code, 1 | 2),
        on_stderr: false,
        install: "pip install ruff",
        when: "the same",
    },
    Linter {
        id: "taplo-lint",
        tool: "taplo",
        program: "taplo",
        subcommand: None,
        check: &["lint", "--colors=never"],
        fix: None,
        scope: Scope::TopmostConfig(Config::Taplo),
        parse: parse::taplo_lint,
        found: |code| code == 1,
        on_stderr: true,
        install: "cargo install --locked taplo-cli",
        when: "`taplo.toml` or `.taplo.toml`",
    },
    Linter {
        id: "taplo-format",
        tool: "taplo",
        program: "taplo",
        subcommand: None,
        check: &["format", "--check", "--colors=never"],
        fix: Some(&["format", "--colors=never"]),
        scope: Scope::TopmostConfig(Config::Taplo),
        parse: parse::taplo_format,
        found: |code| code == 1,
        on_stderr: true,
        install: "cargo install --locked taplo-cli",
        when: "the same",
    },
    Linter {
        id: "mypy",
        tool: "mypy",
        program: "mypy",
        subcommand: None,
        check: &["--output=json", "--no-error-summary"],
        fix: None,
        scope: Scope::EachConfig(Config::Mypy),
        parse: parse::mypy,
        // 2 where a syntax error ends it, which its findings say.
        found: |code| matches!(code, 1 | 2),
        on_stderr: false,
        install: "pip install mypy",
        when: "`mypy.ini`, `.mypy.ini`, `[tool.mypy]` or `[mypy]` in `setup.cfg`",
    },
    Linter {
        id: "pyright",
        tool: "pyright",
        program: "pyright",
        subcommand: None,
        check: &["--outputjson"],
        fix: None,
        scope: Scope::EachConfig(Config::Pyright),
        parse: parse::pyright,
        found: |code| code == 1,
        on_stderr: false,
        install: "npm install --global pyright",
        when: "`pyrightconfig.json` or `[tool.pyright]`",
    },
    Linter {
        id: "cargo-deny",
        tool: "cargo-deny",
        program: "cargo",
        subcommand: Some("deny"),
        check: &["--format=json"],
        fix: None,
        scope: Scope::DeniedWorkspace,
        parse: parse::cargo_deny,
        // A bit for each of its four checks.
        found: |code| (1..16).contains(&code),
        on_stderr: true,
        install: "cargo install --locked cargo-deny",
        when: "`deny.toml` beside the `Cargo.toml` of the workspace",
    },
    Linter {
        id: "clippy",
        tool: "clippy",
        program: "cargo",
        subcommand: Some("clippy"),
        check: &[
            "--workspace",
            "--all-targets",
            "--keep-going",
            "--message-format=json",
        ],
        fix: Some(&[
            "--workspace",
            "--all-targets",
            "--fix",
            "--allow-dirty",
            "--allow-staged",
            "--allow-no-vcs",
        ]),
        scope: Scope::Workspace,
        parse: parse::clippy,
        found: |code| code == 101,
        on_stderr: false,
        install: "rustup component add clippy",
        when: "`Cargo.toml`",
    },
];

/// In the order in which they run: what changes code comes before what formats it.
pub(crate) const FIXERS: &[&str] = &[
    "clippy",
    "rustfmt",
    "ruff-check",
    "ruff-format",
    "taplo-format",
];

impl Linter {
    /// Whether this name means it.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.id == name || self.tool == name
    }
}

/// For the README.
pub(crate) fn table() -> String {
    let mut table = String::from(
        "| linter | runs if there is | fixes with `fix` | if it is missing |\n| --- | --- | --- | --- |\n",
    );
    for linter in ALL {
        let fixes = if linter.fix.is_some() { "yes" } else { "" };
        table.push_str(&format!(
            "| `{}` | {} | {fixes} | `{}` |\n",
            linter.id, linter.when, linter.install
        ));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_linter_that_can_fix_has_its_turn() {
        let mut able: Vec<&str> = ALL
            .iter()
            .filter(|one| one.fix.is_some())
            .map(|one| one.id)
            .collect();
        let mut fixers = FIXERS.to_vec();
        able.sort_unstable();
        fixers.sort_unstable();
        assert_eq!(able, fixers);
    }
}
