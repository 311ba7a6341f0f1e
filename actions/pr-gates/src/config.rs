//! Where the config file is read: a pull request must not weaken, by what it changes there, the gates that judge it.

use std::path::{Path, PathBuf};

use actions_core::{
    ConfigFile, ConfigRequest, Context, config_of_work_tree,
    event::Event,
    git::{self, Git},
    process::Program,
};
use anyhow::{Context as _, bail};

use crate::pull_request::{Reads, file_of_base, short};

/// The commit that a pull request, or a merge queue, is based on.
struct Base {
    /// Full id.
    commit: String,
    /// As in `pull request #7`.
    subject: String,
    /// `owner/name`.
    repository: String,
}

/// Reads the config file: that of a recording, on a runner that looks at a pull request as its base has it, else as the
/// work tree has it.
pub fn config(cx: &Context, request: &ConfigRequest<'_>) -> anyhow::Result<ConfigFile> {
    let path = request.path;
    if let Some(folder) = (request.input)("replay") {
        return replayed(cx, request, Path::new(&folder));
    }
    match (base(cx), in_work_tree(path)) {
        (Some(base), Some(path)) => cx.block_on(of_base(cx, &base, &path)),
        // A file from elsewhere was put there by the workflow, not by the pull request.
        _ => config_of_work_tree(cx, request),
    }
}

/// The file as the recorded run had it; another one only where it is asked for by name.
fn replayed(
    cx: &Context,
    request: &ConfigRequest<'_>,
    folder: &Path,
) -> anyhow::Result<ConfigFile> {
    let file = match Reads::replay(folder)?.config(request.path) {
        Some(file) => file,
        None if request.is_named => return config_of_work_tree(cx, request),
        None => ConfigFile::default(),
    };
    for remark in &file.remarks {
        cx.log.info(remark);
    }
    Ok(file)
}

/// What the log says, kept for a recording.
struct Remarks<'a> {
    cx: &'a Context,
    said: Vec<String>,
}

impl Remarks<'_> {
    fn say(&mut self, text: String) {
        self.cx.log.info(&text);
        self.said.push(text);
    }
}

fn base(cx: &Context) -> Option<Base> {
    if !cx.env.on_runner() {
        return None;
    }
    // An event that cannot be read is complained of by whoever needs it.
    let (commit, subject, repository) = match cx.event(None).ok().flatten()? {
        Event::PullRequest(event) => (
            event.pull_request.base.sha,
            format!("pull request #{}", event.number),
            event.repository,
        ),
        Event::MergeGroup(event) => (
            event.merge_group.base_sha,
            "the merge group".to_owned(),
            event.repository,
        ),
        _ => return None,
    };
    Some(Base {
        commit,
        subject,
        repository: repository.full_name,
    })
}

/// The path from the working folder, where it does not lead out of it.
fn in_work_tree(path: &Path) -> Option<PathBuf> {
    if path.is_relative() {
        return Some(path.to_owned());
    }
    let here = std::env::current_dir().ok()?.canonicalize().ok()?;
    let folder = path.parent()?.canonicalize().ok()?;
    let inside = folder.strip_prefix(&here).ok()?;
    Some(inside.join(path.file_name()?))
}

async fn of_base(cx: &Context, base: &Base, path: &Path) -> anyhow::Result<ConfigFile> {
    let mut remarks = Remarks {
        cx,
        said: Vec::new(),
    };
    let here = Here::open().await?;
    let text = match (is_there(&here, base).await?, token(cx)) {
        (There::Commit, _) => by_git(&here, base, path).await?,
        (_, Some(token)) => by_api(cx, base, path, &token).await?,
        (There::Repository, None) => {
            fetch(&here, &mut remarks, base).await?;
            by_git(&here, base, path).await?
        }
        (There::Nothing, None) => {
            remarks.say(format!(
                "Without a checkout or a token, the config file of {} cannot be read, so none is used.",
                base.subject
            ));
            None
        }
    };
    let (shown, subject) = (path.display(), &base.subject);
    let place = format!("`{shown}` of commit {}", short(&base.commit));
    match &text {
        Some(_) => remarks.say(format!(
            "The config file is {place}, on which {subject} is based: changes to it take effect after the merge."
        )),
        None if path.exists() => remarks.say(format!(
            "The config file `{shown}` is new in {subject}: it takes effect after the merge."
        )),
        None => {}
    }
    Ok(ConfigFile {
        path: path.to_owned(),
        text,
        place,
        remarks: remarks.said,
    })
}

/// What there is of the base without asking anybody.
enum There {
    Commit,
    Repository,
    Nothing,
}

async fn is_there(here: &Here, base: &Base) -> anyhow::Result<There> {
    let inside = here.git(&["rev-parse", "--git-dir"]).captured().await?;
    if inside.code != Some(0) {
        return Ok(There::Nothing);
    }
    let commit = format!("{}^{{commit}}", base.commit);
    let found = here
        .git(&["rev-parse", "--verify", "--quiet", &commit])
        .env("GIT_NO_LAZY_FETCH", "1")
        .captured()
        .await?;
    Ok(match found.code {
        Some(0) => There::Commit,
        _ => There::Repository,
    })
}

/// The variables that the input `token` is read from: the inputs themselves wait for the config file.
fn token(cx: &Context) -> Option<actions_core::Secret> {
    let token = cx.env.get("INPUT_TOKEN").or(cx.env.get("GITHUB_TOKEN"))?;
    Some(actions_core::Secret::new(token))
}

async fn fetch(here: &Here, remarks: &mut Remarks<'_>, base: &Base) -> anyhow::Result<()> {
    let commit = short(&base.commit);
    remarks.say(format!(
        "Fetching {commit} from `origin`, for the config file of the base of {}.",
        base.subject
    ));
    let shallow = here
        .git(&["rev-parse", "--is-shallow-repository"])
        .output()
        .await?;
    let mut args = vec!["-c", "gc.auto=0", "fetch", "--quiet", "--no-tags"];
    args.extend(["--recurse-submodules=no", git::UPLOAD_PACK]);
    // A depth would make a shallow clone of a full one.
    if shallow.trim_ascii() == b"true" {
        args.extend(["--depth=1", "--filter=blob:none"]);
    }
    args.extend(["origin", base.commit.as_str()]);
    let fetched = here.git(&args).captured().await?;
    match fetched.code {
        Some(0) => Ok(()),
        _ => bail!(
            "failed to fetch {commit} for the config file: {}: use `actions/checkout` with `fetch-depth: 0`",
            fetched.stderr.join(" | ")
        ),
    }
}

async fn by_git(here: &Here, base: &Base, path: &Path) -> anyhow::Result<Option<String>> {
    let path = path.to_string_lossy();
    let failed = || {
        let commit = short(&base.commit);
        format!("failed to read the config file `{path}` of commit {commit}")
    };
    let listed = here
        .git(&["ls-tree", "-z", &base.commit, "--", &path])
        .env("GIT_LITERAL_PATHSPECS", "1")
        .output()
        .await
        .with_context(failed)?;
    let listed = String::from_utf8_lossy(&listed).into_owned();
    let Some((header, _)) = listed.split_once('\t') else {
        return Ok(None);
    };
    match header.split(' ').collect::<Vec<_>>().as_slice() {
        ["100644" | "100755", "blob", id] => {
            let text = here.git(&["cat-file", "blob", id]).output().await;
            let text = String::from_utf8(text.with_context(failed)?);
            Ok(Some(text.with_context(failed)?))
        }
        _ => bail!("{}: it is not a file there", failed()),
    }
}

async fn by_api(
    cx: &Context,
    base: &Base,
    path: &Path,
    token: &actions_core::Secret,
) -> anyhow::Result<Option<String>> {
    let commit = base.commit.as_str();
    let shown = path.display();
    let failed = || {
        format!(
            "failed to read the config file `{shown}` of commit {}",
            short(commit)
        )
    };
    let path = path.to_string_lossy();
    let file = file_of_base(cx, token, &base.repository, commit, &path).await;
    let text = file.with_context(failed)?.map(String::from_utf8);
    text.transpose().with_context(failed)
}

/// Git in the working folder.
struct Here(Git);

impl Here {
    async fn open() -> anyhow::Result<Self> {
        Ok(Self(Git::open(Path::new(".")).await?))
    }

    fn git(&self, args: &[&str]) -> Program {
        // In a container the checkout belongs to another user; this is called on runners only.
        let trusted = self.0.command(["-c", "safe.directory=*"]);
        trusted.args(args)
    }
}
