//! The one door through which facts come in, so that a run can be recorded, and played again without network and token.

use std::{
    collections::{HashMap, VecDeque},
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use actions_core::ConfigFile;
use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};

/// What came of one question: a program's end, or an answer of the API.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Answer {
    /// Exit code or HTTP status; `None` where there was no answer.
    pub(super) code: Option<i32>,
    /// Lines of standard error, or the headers that count.
    pub(super) notes: Vec<String>,
    pub(super) body: Vec<u8>,
}

/// Where answers come from, and where they go.
#[derive(Debug, Default)]
pub(crate) struct Reads {
    record: Option<Recorder>,
    replay: Option<Mutex<Replay>>,
}

#[derive(Debug)]
struct Recorder {
    folder: PathBuf,
    count: AtomicUsize,
    /// What must not be in a file that people send to each other.
    secret: Option<String>,
}

type Replay = HashMap<String, VecDeque<Answer>>;

/// The first line of a recorded file; the body follows it as it came.
#[derive(Serialize, Deserialize)]
struct Header {
    question: String,
    code: Option<i32>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
}

const SUFFIX: &str = ".read";
/// The largest answer that is replayed, in bytes.
const LARGEST: u64 = 1 << 30;

impl Reads {
    /// Writes every answer to this folder, which must be new or empty.
    pub(crate) fn record(folder: &Path, secret: Option<String>) -> anyhow::Result<Self> {
        let failed = || format!("failed to record to `{}`", folder.display());
        std::fs::create_dir_all(folder).with_context(failed)?;
        if std::fs::read_dir(folder)
            .with_context(failed)?
            .next()
            .is_some()
        {
            bail!("{}: it is not empty", failed());
        }
        let recorder = Recorder {
            folder: folder.to_owned(),
            count: AtomicUsize::new(0),
            secret,
        };
        Ok(Self {
            record: Some(recorder),
            replay: None,
        })
    }

    /// Takes every answer from a folder that [`Self::record`] has filled.
    pub(crate) fn replay(folder: &Path) -> anyhow::Result<Self> {
        let failed = || format!("failed to replay `{}`", folder.display());
        let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
            .with_context(failed)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()
            .with_context(failed)?;
        files.retain(|file| file.to_string_lossy().ends_with(SUFFIX));
        files.sort();
        if files.is_empty() {
            bail!("{}: it contains no file `*{SUFFIX}`", failed());
        }
        let mut replay = Replay::new();
        for file in files {
            let (question, answer) = read(&file)
                .with_context(|| format!("failed to understand `{}`", file.display()))?;
            replay.entry(question).or_default().push_back(answer);
        }
        Ok(Self {
            record: None,
            replay: Some(Mutex::new(replay)),
        })
    }

    pub(super) fn is_replay(&self) -> bool {
        self.replay.is_some()
    }

    /// Asks: the world, or the recording. The same question asked twice gets its answers in turn.
    pub(super) async fn ask(
        &self,
        question: &str,
        world: impl Future<Output = anyhow::Result<Answer>>,
    ) -> anyhow::Result<Answer> {
        if let Some(replay) = &self.replay {
            let mut replay = replay.lock().unwrap_or_else(PoisonError::into_inner);
            let answers = replay.get_mut(question);
            return answers.and_then(VecDeque::pop_front).with_context(|| {
                format!(
                    "failed to replay: the recording has no answer to `{question}`; pass the original inputs"
                )
            });
        }
        let answer = world.await?;
        if let Some(record) = &self.record {
            record.write(question, &answer)?;
        }
        Ok(answer)
    }
}

impl Reads {
    /// The day it is (UTC), in days after 1970-01-01.
    pub(crate) async fn days(&self) -> anyhow::Result<u64> {
        let world = async {
            let since = SystemTime::now().duration_since(UNIX_EPOCH);
            let days = since.map_or(0, |since| since.as_secs() / 86_400);
            Ok(Answer {
                body: days.to_string().into_bytes(),
                ..Answer::default()
            })
        };
        let answer = self.ask("the day", world).await?;
        let days = String::from_utf8_lossy(&answer.body).trim().parse();
        days.context("failed to read the day of a recording")
    }
}

impl Reads {
    /// Whether there was a token: without one, some questions are not asked.
    pub(super) async fn has_token(&self, here: bool) -> anyhow::Result<bool> {
        let world = async {
            Ok(Answer {
                body: if here { "yes" } else { "no" }.into(),
                ..Answer::default()
            })
        };
        Ok(self.ask("is there a token?", world).await?.body == b"yes")
    }
}

impl Reads {
    /// Records the config file, which was read before it was known that there is a recording.
    pub(crate) fn keep_config(&self, file: &ConfigFile) -> anyhow::Result<()> {
        let Some(record) = &self.record else {
            return Ok(());
        };
        let notes = std::iter::once(&file.place).chain(&file.remarks);
        let answer = Answer {
            code: file.text.is_some().then_some(0),
            notes: notes.cloned().collect(),
            body: file.text.clone().unwrap_or_default().into_bytes(),
        };
        record.write(&config_question(&file.path), &answer)
    }

    /// The config file of a recording, also where it says that there was none; `None` where it says nothing of this file.
    pub(crate) fn config(&self, path: &Path) -> Option<ConfigFile> {
        let mut replay = self.replay.as_ref()?.lock();
        let replay = replay.as_mut().ok()?;
        let answer = replay.get_mut(&config_question(path))?.pop_front()?;
        let mut notes = answer.notes.into_iter();
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        Some(ConfigFile {
            path: path.to_owned(),
            text: answer.code.map(|_| text),
            place: notes.next().unwrap_or_default(),
            remarks: notes.collect(),
        })
    }
}

fn config_question(path: &Path) -> String {
    format!("the config file `{}`", path.display())
}

impl Recorder {
    fn write(&self, question: &str, answer: &Answer) -> anyhow::Result<()> {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let file = self.folder.join(format!("{count:05}{SUFFIX}"));
        let header = Header {
            question: question.to_owned(),
            code: answer.code,
            notes: answer.notes.iter().map(|note| self.clean(note)).collect(),
        };
        let mut text = serde_json::to_vec(&header).context("failed to write JSON")?;
        text.push(b'\n');
        text.extend(self.clean_bytes(&answer.body));
        std::fs::write(&file, text)
            .with_context(|| format!("failed to record to `{}`", file.display()))
    }

    fn clean(&self, text: &str) -> String {
        match &self.secret {
            Some(secret) => text.replace(secret.as_str(), "***"),
            None => text.to_owned(),
        }
    }

    /// Bytes that are no text hold no token of ours.
    fn clean_bytes(&self, bytes: &[u8]) -> Vec<u8> {
        match std::str::from_utf8(bytes) {
            Ok(text) => self.clean(text).into_bytes(),
            Err(_) => bytes.to_vec(),
        }
    }
}

fn read(file: &Path) -> anyhow::Result<(String, Answer)> {
    let bytes = untrusted_input::checkout::read(file, LARGEST)?;
    let end = bytes.iter().position(|&byte| byte == b'\n');
    let (header, body) = end
        .and_then(|end| bytes.split_at_checked(end))
        .context("its first line is not a header")?;
    let header: Header = serde_json::from_slice(header)?;
    let answer = Answer {
        code: header.code,
        notes: header.notes,
        body: body.get(1..).unwrap_or_default().to_vec(),
    };
    Ok((header.question, answer))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn ask(reads: &Reads, question: &str, body: &[u8]) -> anyhow::Result<Vec<u8>> {
        let answer = Answer {
            code: Some(0),
            notes: vec!["to https://x:hunter2@example.com".to_owned()],
            body: body.to_vec(),
        };
        let answer = reads.ask(question, async { Ok(answer) }).await?;
        Ok(answer.body)
    }

    #[tokio::test]
    async fn answers_come_back_in_turn_and_without_the_secret() {
        let folder = tempfile::tempdir().unwrap();
        let record = Reads::record(folder.path(), Some("hunter2".to_owned())).unwrap();
        for body in [b"one".as_slice(), b"\xff\n\0"] {
            ask(&record, "what?", body).await.unwrap();
        }
        let written = std::fs::read_to_string(folder.path().join("00000.read")).unwrap();
        assert!(written.contains("x:***@"), "{written}");
        let replay = Reads::replay(folder.path()).unwrap();
        assert_eq!(ask(&replay, "what?", b"world").await.unwrap(), b"one");
        assert_eq!(ask(&replay, "what?", b"world").await.unwrap(), b"\xff\n\0");
        let err = ask(&replay, "what?", b"world").await.unwrap_err();
        assert!(err.to_string().contains("no answer to `what?`"), "{err}");
    }

    #[test]
    fn a_folder_with_something_in_it_is_not_recorded_to() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("x"), "").unwrap();
        assert!(Reads::record(folder.path(), None).is_err());
        assert!(Reads::replay(folder.path()).is_err());
    }
}
