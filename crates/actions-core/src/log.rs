//! The log of a step: the one module that prints.
#![allow(clippy::print_stdout)]

use std::{
    collections::HashMap,
    io::Write as _,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use anyhow::Context as _;
use untrusted_input::{Secrets, address};

use crate::{Annotation, Env, Level, Secret, annotation, command, text};

/// Where everything that a person reads goes. Cheap to clone; clones share their counts.
#[derive(Debug, Clone)]
pub struct Log {
    on_runner: bool,
    debug: bool,
    /// Whether standard output belongs to data that somebody asked for.
    aside: Arc<AtomicBool>,
    annotated: Arc<Mutex<HashMap<Level, usize>>>,
    /// What nothing that is shown may hold.
    secrets: Arc<Mutex<Secrets>>,
    /// Why standard output, or standard error in its place, could not be written to.
    broken: Arc<Mutex<Option<std::io::Error>>>,
}

/// A folded part of the log, which ends when this is dropped.
#[derive(Debug)]
#[must_use = "the group ends when this is dropped"]
pub struct Group<'a>(&'a Log);

impl Log {
    /// A log in the dialect of the runner, or for a terminal.
    pub fn new(env: &Env) -> Self {
        Self {
            on_runner: env.on_runner(),
            debug: env.debug(),
            aside: Arc::default(),
            annotated: Arc::default(),
            secrets: Arc::default(),
            broken: Arc::default(),
        }
    }

    /// From now on everything goes to standard error, except for what [`Self::raw`] is given: a file of JSON must hold
    /// nothing else. A runner reads both.
    pub fn step_aside(&self) {
        self.aside.store(true, Ordering::Relaxed);
    }

    fn print(&self, line: &str) {
        self.print_as_it_is(&self.redacted(line));
    }

    fn print_as_it_is(&self, line: &str) {
        let printed = match self.aside.load(Ordering::Relaxed) {
            true => print_aside(line),
            false => print_line(line),
        };
        self.note(printed);
    }

    /// A reader that went away (`| head`) has seen enough; a full disk has lost what was to be said.
    fn note(&self, printed: std::io::Result<()>) {
        if let Err(error) = printed
            && error.kind() != std::io::ErrorKind::BrokenPipe
        {
            let mut broken = self.broken.lock().unwrap_or_else(PoisonError::into_inner);
            broken.get_or_insert(error);
        }
    }

    /// Fails where something of the log was lost.
    pub(crate) fn finish(&self) -> anyhow::Result<()> {
        let mut broken = self.broken.lock().unwrap_or_else(PoisonError::into_inner);
        match broken.take() {
            Some(error) => Err(error).context("failed to write to standard output"),
            None => Ok(()),
        }
    }

    /// The text without the secrets that are known, and without those of addresses in it.
    pub fn redacted(&self, text: &str) -> String {
        let secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        address::redacted(&secrets.redacted(text)).into_owned()
    }

    /// Strikes secrets out of all that this log shows from now on, without a word to the runner.
    pub(crate) fn learn(&self, found: impl IntoIterator<Item = String>) {
        let mut secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        found.into_iter().for_each(|secret| secrets.add(&secret));
    }

    /// One line, or several. Text from elsewhere is safe here: it is shown, never obeyed.
    pub fn info(&self, message: impl AsRef<str>) {
        for line in message.as_ref().split('\n') {
            self.print(&text::log_line(line.trim_end_matches('\r')));
        }
    }

    /// A line for whoever switched on debug output.
    pub fn debug(&self, message: impl AsRef<str>) {
        // Before it is escaped, and so no longer looks like a secret.
        let message = self.redacted(message.as_ref());
        if self.on_runner {
            self.print(&command::command("debug", &[], &text::one_line(&message)));
        } else if self.debug {
            self.print(&format!("debug: {}", text::one_line(&message)));
        }
    }

    /// Starts a folded part.
    pub fn group(&self, title: impl AsRef<str>) -> Group<'_> {
        let title = self.redacted(title.as_ref());
        let title = text::one_line(&title);
        match self.on_runner {
            true => self.print(&command::command("group", &[], &title)),
            false => self.print(&title),
        }
        Group(self)
    }

    /// Hides a secret in all that the job prints from now on: by this log, and by the runner, which masks line by line, also in
    /// the forms in which requests carry it.
    pub fn mask(&self, secret: &Secret) {
        self.learn([secret.expose().to_owned()]);
        if !self.on_runner {
            return;
        }
        for form in Secrets::masks(secret.expose()) {
            self.print_as_it_is(&command::command("add-mask", &[], &form));
        }
    }

    /// [`Self::mask`] as a function, for a library that mints tokens.
    pub fn masker(&self) -> impl Fn(&str) + Send + Sync + 'static {
        let log = self.clone();
        move |secret| log.mask(&Secret::new(secret))
    }

    /// An error that is no finding: what the action could not do.
    pub fn error(&self, message: impl AsRef<str>) {
        self.message(Level::Error, message.as_ref());
    }

    /// A warning without a place.
    pub fn warning(&self, message: impl AsRef<str>) {
        self.message(Level::Warning, message.as_ref());
    }

    /// Something good to know, without a place.
    pub fn notice(&self, message: impl AsRef<str>) {
        self.message(Level::Notice, message.as_ref());
    }

    fn message(&self, level: Level, message: &str) {
        self.annotate(vec![Annotation {
            level,
            title: None,
            file: None,
            line: None,
            message: message.to_owned(),
        }]);
    }

    /// Shows annotations: on a runner at most ten of each level in a step, the last of which says how many more there are.
    ///
    /// Call it once with all that an action found, so that the count is right.
    pub fn annotate(&self, mut annotations: Vec<Annotation>) {
        for annotation in &mut annotations {
            annotation.message = self.redacted(&annotation.message);
            annotation.title = annotation.title.as_ref().map(|title| self.redacted(title));
        }
        for level in [Level::Error, Level::Warning, Level::Notice] {
            let of_level: Vec<Annotation> = annotations
                .iter()
                .filter(|annotation| annotation.level == level)
                .cloned()
                .collect();
            if of_level.is_empty() {
                continue;
            }
            if !self.on_runner {
                of_level
                    .iter()
                    .for_each(|one| self.print_for_a_terminal(one));
                continue;
            }
            let mut counts = self
                .annotated
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            let count = counts.entry(level).or_default();
            let room = annotation::PER_STEP.saturating_sub(*count);
            *count += of_level.len();
            for one in annotation::within_the_limit(level, of_level, room) {
                self.print(&one.command());
            }
        }
    }

    /// A line of a program that we run, which the runner must not take for a command of ours.
    pub fn child_line(&self, line: &str) {
        let shown: String = line
            .trim_end_matches(['\r', '\n'])
            .chars()
            .filter(|c| !c.is_control() || matches!(c, '\t' | '\u{1b}'))
            .collect();
        match shown.contains("##[") || shown.trim_start().starts_with("::") {
            true => self.print(&text::log_line(&shown)),
            false => self.print(&shown),
        }
    }

    /// Text that was asked for on standard output, as help or JSON; the caller vouches for it.
    pub fn raw(&self, text: &str) {
        self.note(print_line(&self.redacted(text.trim_end_matches('\n'))));
    }

    /// Appends to a file that the runner gave us, as `GITHUB_OUTPUT`.
    pub(crate) fn append(path: &Path, text: &str) -> std::io::Result<()> {
        let mut file = std::fs::OpenOptions::new()
            .append(true)
            .create(true)
            .open(path)?;
        file.write_all(text.as_bytes())
    }

    pub(crate) fn on_runner(&self) -> bool {
        self.on_runner
    }

    fn print_for_a_terminal(&self, annotation: &Annotation) {
        let place = match (&annotation.file, annotation.line) {
            (Some(file), Some(line)) => format!("{}:{line}: ", text::one_line(file)),
            (Some(file), None) => format!("{}: ", text::one_line(file)),
            (None, _) => String::new(),
        };
        let title = annotation
            .title
            .as_deref()
            .map(|title| format!("[{}]", text::one_line(title)))
            .unwrap_or_default();
        let mut lines = annotation.message.split('\n');
        let first = lines.next().unwrap_or_default();
        self.print(&format!(
            "{}{title}: {place}{}",
            annotation.level.as_str(),
            text::one_line(first)
        ));
        for line in lines {
            self.print(&format!("  {}", text::one_line(line)));
        }
    }
}

impl Drop for Group<'_> {
    fn drop(&mut self) {
        if self.0.on_runner {
            self.0.print("::endgroup::");
        }
    }
}

fn print_line(line: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush())
}

pub(crate) fn print_aside(line: &str) -> std::io::Result<()> {
    let mut err = std::io::stderr().lock();
    writeln!(err, "{line}").and_then(|()| err.flush())
}
