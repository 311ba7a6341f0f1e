//! Gate `private-keys`: a key that was pushed once is known to the world, also after the next commit removes it.

mod shapes;

use super::{Gate, Group, NOTHING};
use crate::{
    finding::Finding,
    glob::{self, Pattern},
    pull_request::{Fact, PullRequest},
};

pub(crate) const GATE: Gate = Gate {
    id: "private-keys",
    group: Group::Text,
    rule: "No added line contains a private key or a token.",
    help: "Revoke it: treat it as leaked. Then remove it from the commits; if the keys are fake, add the file to `allow-private-keys`.",
    needs: |_| vec![Fact::AddedLines],
    reads: NOTHING,
    check: |pr, inputs| check(pr, &inputs.private_keys),
};

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Inputs {
    /// Globs of files that may contain what looks like a private key or a token, such as tests with fake ones.
    #[arg(long, value_name = "GLOBS")]
    allow_private_keys: Vec<Pattern>,
}

/// The finding says what it is and where, and never repeats it: logs are read by more people than the commits.
fn check(pr: &PullRequest, inputs: &Inputs) -> Vec<Finding> {
    let lines = pr.added_lines.iter();
    lines
        .flat_map(|line| {
            let kinds = shapes::find(&line.text).into_iter();
            kinds.map(move |kind| (line, kind))
        })
        .filter(|(line, _)| !glob::any(&inputs.allow_private_keys, &line.path))
        .map(|(line, kind)| {
            Finding::new(format!("added line contains {kind}"))
                .file(&line.path)
                .line(line.line)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pull_request::AddedLine;

    #[test]
    fn a_key_is_found_with_its_place_and_is_not_repeated() {
        let token = ["ghp_", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"].concat();
        let line = |path: &str| AddedLine {
            path: path.to_owned(),
            line: 3,
            text: format!("TOKEN={token}"),
        };
        let pr = PullRequest {
            added_lines: vec![line("a 🐍.env"), line("tests/keys.rs")],
            ..PullRequest::default()
        };
        let inputs = Inputs {
            allow_private_keys: vec!["tests/".parse().unwrap()],
        };
        let found = check(&pr, &inputs);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].message, "added line contains a GitHub token");
        assert_eq!(
            (found[0].file.as_deref(), found[0].line),
            (Some("a 🐍.env"), Some(3))
        );
        assert!(!format!("{found:?}").contains(&token));
    }
}
