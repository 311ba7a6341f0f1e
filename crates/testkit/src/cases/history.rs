//! The steps by which a case builds its repository.

use bytesize::ByteSize;
use serde::Deserialize;

use super::words::Words;
use crate::repo::TempRepo;

/// One step. The first key of each says what it does.
#[derive(Clone, Debug, Deserialize)]
#[serde(
    untagged,
    deny_unknown_fields,
    expecting = "a repo step must be one of { write, text }, { write, size }, { executable, text }, { symlink, to }, \
                 { delete }, { rename, to }, { submodule, at }, { commit, as }, { merge, as }, { branch }, { switch }, { detach }, \
                 { tag }, { tag, message }"
)]
pub(super) enum RepoStep {
    Write {
        write: String,
        text: String,
    },
    WriteSized {
        write: String,
        size: ByteSize,
    },
    Executable {
        executable: String,
        text: String,
    },
    Symlink {
        symlink: String,
        to: String,
    },
    Delete {
        delete: String,
    },
    Rename {
        rename: String,
        to: String,
    },
    Submodule {
        submodule: String,
        at: String,
    },
    Commit {
        commit: String,
        r#as: Option<String>,
    },
    Merge {
        merge: String,
        r#as: Option<String>,
    },
    Branch {
        branch: String,
    },
    Switch {
        switch: String,
    },
    Detach {
        detach: String,
    },
    AnnotatedTag {
        tag: String,
        message: String,
    },
    Tag {
        tag: String,
    },
}

/// Plays the steps, and adds the commits that have a name to the words.
pub(super) fn play(steps: &[RepoStep], repo: &TempRepo, words: &mut Words) {
    for step in steps {
        match step {
            RepoStep::Write { write, text } => repo.write(write, text),
            RepoStep::WriteSized { write, size } => repo.write_sized(write, size.as_u64()),
            RepoStep::Executable { executable, text } => repo.executable(executable, text),
            RepoStep::Symlink { symlink, to } => repo.symlink(symlink, to),
            RepoStep::Delete { delete } => repo.delete(delete),
            RepoStep::Rename { rename, to } => repo.rename(rename, to),
            RepoStep::Submodule { submodule, at } => repo.submodule(submodule, &words.fill(at)),
            RepoStep::Commit { commit, r#as } => {
                let id = repo.commit(commit);
                name(words, r#as.as_ref(), &id);
                repo
            }
            RepoStep::Merge { merge, r#as } => {
                let id = repo.merge(merge);
                name(words, r#as.as_ref(), &id);
                repo
            }
            RepoStep::Branch { branch } => repo.branch(branch),
            RepoStep::Switch { switch } => repo.switch(switch),
            RepoStep::Detach { detach } => repo.detach(&words.fill(detach)),
            RepoStep::Tag { tag } => repo.tag(tag),
            RepoStep::AnnotatedTag { tag, message } => repo.annotated_tag(tag, message),
        };
    }
}

fn name(words: &mut Words, word: Option<&String>, commit: &str) {
    if let Some(word) = word {
        words.add_commit(word, commit);
    }
}
