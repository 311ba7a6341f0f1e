//! An upload, judged in PyPI's own order and words (warehouse, `forklift/legacy.py` and `forklift/forms.py`).

use blake2::Blake2b256;
use jiff::SignedDuration;
use regex::Regex;
use sha2::{Digest as _, Sha256};

use super::form::{Content, Form};
use super::metadata::{self, Checked};
use super::{File, Held, Index, Project, archive, attestations};

const OPEN_FOR: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Who uploads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Identity {
    /// A user's token, and the projects it is for; none stands for all.
    User(Vec<String>),
    /// A trusted publisher's.
    Publisher,
}

/// A status other than 200, and PyPI's words.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) message: String,
}

impl Refusal {
    pub(super) fn new(status: u16, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
        }
    }
}

fn bad(message: impl Into<String>) -> Refusal {
    Refusal::new(400, message)
}

struct Digests {
    sha256: String,
    blake2_256: String,
}

/// Takes the file of a form, or says why not.
pub(super) fn take(index: &Index, form: &Form, who: &Identity) -> Result<(), Refusal> {
    check_form(form)?;
    let meta = metadata::check(&form.fields)
        .map_err(|error| Refusal::new(500, format!("the stand-in failed: {error}")))?;
    if let Some(error) = &meta.error {
        return Err(bad(error.clone()));
    }
    let Some(content) = &form.content else {
        return Err(bad("Upload payload does not have a file."));
    };
    let mut held = index.held();
    find_project(index, &mut held, form, &meta, who)?;
    check_name(&content.file_name, form.first("filetype"))?;
    // A part without one is text, says RFC 7578; uv sends it so.
    let kind = content.content_type.as_deref().unwrap_or("text/plain");
    if kind.is_empty() || kind.starts_with("image/") {
        return Err(bad("Invalid distribution file."));
    }
    check_size(index, &held, &meta, content)?;
    let digests = check_digests(form, content)?;
    if is_known(&held, content, &digests)? {
        return Ok(());
    }
    check_release(&held, &meta, form)?;
    archive::check(&content.file_name, &content.bytes, &meta).map_err(bad)?;
    let attestations = check_attestations(form, content, &digests, who)?;
    let (now, lag) = (held.now, index.options.index_lag);
    let project = held.projects.entry(meta.project.clone()).or_default();
    project.name = form.first("name").to_owned();
    project
        .releases
        .entry(meta.canonical_version)
        .or_insert(now);
    project.files.push(File {
        name: content.file_name.clone(),
        version: meta.version,
        sha256: digests.sha256,
        blake2_256: digests.blake2_256,
        size: content.bytes.len() as u64,
        uploaded: now,
        yanked: None,
        attestations,
        is_sdist: form.first("filetype") == "sdist",
        content: content.bytes.clone(),
        hidden: lag,
    });
    Ok(())
}

fn check_form(form: &Form) -> Result<(), Refusal> {
    if form.has("protocol_version") && form.first("protocol_version") != "1" {
        return Err(bad("Unknown protocol version."));
    }
    let matches =
        |pattern: &str, text: &str| Regex::new(pattern).is_ok_and(|pattern| pattern.is_match(text));
    let name = form.first("name");
    if !matches(r"(?i)^([A-Z0-9]|[A-Z0-9][A-Z0-9._-]*[A-Z0-9])$", name) {
        return Err(bad(format!(
            "'{name}' is an invalid value for Name. Error: Start and end with a letter or numeral containing only ASCII numeric and '.', '_' and '-'."
        )));
    }
    let filetype = form.first("filetype");
    if !matches!(filetype, "sdist" | "bdist_wheel") {
        return Err(bad(
            "Invalid value for filetype. Error: Use a known file type.",
        ));
    }
    for digest in ["sha256_digest", "blake2_256_digest"] {
        let value = form.first(digest);
        if !value.is_empty() && !matches("(?i)^[A-F0-9]{64}$", value) {
            return Err(bad(format!(
                "Invalid value for {digest}. Error: Use a valid, hex-encoded, message digest."
            )));
        }
    }
    match (filetype, form.first("pyversion")) {
        ("bdist_wheel", "") => {
            return Err(bad(
                "Invalid value for pyversion. Error: Python version is required for binary distribution uploads.",
            ));
        }
        ("sdist", other) if !matches!(other, "" | "source") => {
            return Err(bad(
                "Invalid value for pyversion. Error: Use 'source' as Python version for an sdist.",
            ));
        }
        _ => {}
    }
    let digests = ["md5_digest", "sha256_digest", "blake2_256_digest"];
    if digests.iter().all(|digest| form.first(digest).is_empty()) {
        return Err(bad("Error: Include at least one message digest."));
    }
    Ok(())
}

/// The project, which a user may create; a publisher's exists since its token was minted.
fn find_project(
    index: &Index,
    held: &mut Held,
    form: &Form,
    meta: &Checked,
    who: &Identity,
) -> Result<(), Refusal> {
    let name = form.first("name");
    let allowed: Vec<String> = match who {
        Identity::User(projects) => projects.clone(),
        Identity::Publisher => index.options.trusted.clone(),
    };
    let covered = allowed
        .iter()
        .any(|one| super::normalized(one) == meta.project);
    let exists = held.projects.contains_key(&meta.project);
    match who {
        Identity::Publisher if !exists => Err(bad(
            "Non-user identities cannot create new projects. This was probably caused by successfully using a pending publisher but specifying the project name incorrectly (either in the publisher or in your project's metadata). Please ensure that both match.",
        )),
        Identity::Publisher if !covered => Err(Refusal::new(
            403,
            format!("The given token isn't allowed to upload to project '{name}'."),
        )),
        Identity::User(_) if !allowed.is_empty() && !covered => Err(Refusal::new(
            403,
            format!("The user 'releaser' isn't allowed to upload to project '{name}'."),
        )),
        _ => {
            let project = held.projects.entry(meta.project.clone());
            project.or_insert_with(|| Project {
                name: name.to_owned(),
                ..Project::default()
            });
            Ok(())
        }
    }
}

fn check_name(name: &str, filetype: &str) -> Result<(), Refusal> {
    if name.chars().any(char::is_control) {
        return Err(bad(
            "Cannot upload a file with non-printable characters (ordinals 0-31) or the DEL character (ordinal 127) in the name.",
        ));
    }
    if name.contains(['/', '\\']) {
        return Err(bad("Cannot upload a file with '/' or '\\' in the name."));
    }
    match filetype {
        "bdist_wheel" if name.ends_with(".whl") => Ok(()),
        "sdist" if name.ends_with(".tar.gz") || name.ends_with(".zip") => Ok(()),
        _ => Err(bad(
            "Invalid file extension: Use .tar.gz, .whl or .zip extension.",
        )),
    }
}

fn check_size(
    index: &Index,
    held: &Held,
    meta: &Checked,
    content: &Content,
) -> Result<(), Refusal> {
    let size = content.bytes.len() as u64;
    let (limit, all) = (
        index.options.file_size_limit,
        index.options.project_size_limit,
    );
    if size > limit {
        return Err(bad(format!(
            "File too large. Limit for project '{}' is {} MB.",
            meta.project,
            limit >> 20
        )));
    }
    let project = held.projects.get(&meta.project);
    let there: u64 = project.map_or(0, |one| one.files.iter().map(|file| file.size).sum());
    if there + size > all {
        return Err(bad(format!(
            "Project size too large. Limit for project '{}' total size is {} GB.",
            meta.project,
            all >> 30
        )));
    }
    Ok(())
}

fn check_digests(form: &Form, content: &Content) -> Result<Digests, Refusal> {
    let digests = Digests {
        sha256: hex::encode(Sha256::digest(&content.bytes)),
        blake2_256: hex::encode(Blake2b256::digest(&content.bytes)),
    };
    let fits = |field: &str, ours: &str| {
        let said = form.first(field);
        said.is_empty() || said.eq_ignore_ascii_case(ours)
    };
    match fits("sha256_digest", &digests.sha256) && fits("blake2_256_digest", &digests.blake2_256) {
        true => Ok(digests),
        false => Err(bad(
            "The digest supplied does not match a digest calculated from the uploaded file.",
        )),
    }
}

/// `true` when the same file is there: PyPI says 200 and does nothing.
fn is_known(held: &Held, content: &Content, digests: &Digests) -> Result<bool, Refusal> {
    let name = &content.file_name;
    let mut all = held.projects.values().flat_map(|project| &project.files);
    if let Some(file) = all.find(|file| file.name == *name || file.blake2_256 == digests.blake2_256)
    {
        if file.name == *name && file.sha256 == digests.sha256 {
            return Ok(true);
        }
        return Err(bad(format!(
            "File already exists ('{name}', with blake2_256 hash '{}'). See https://pypi.org/help/#file-name-reuse for more information.",
            digests.blake2_256
        )));
    }
    if held.deleted.contains(name) {
        return Err(bad(
            "This filename was previously used by a file that has since been deleted. Use a different version. See https://pypi.org/help/#file-name-reuse for more information.",
        ));
    }
    Ok(false)
}

fn check_release(held: &Held, meta: &Checked, form: &Form) -> Result<(), Refusal> {
    let Some(project) = held.projects.get(&meta.project) else {
        return Ok(());
    };
    if let Some(first) = project.releases.get(&meta.canonical_version)
        && held.now.duration_since(*first) > OPEN_FOR
    {
        return Err(bad(
            "Uploading new files to releases older than 14 days is not allowed.",
        ));
    }
    let second = form.first("filetype") == "sdist"
        && project
            .files
            .iter()
            .any(|file| file.is_sdist && file.version == meta.version);
    match second {
        true => Err(bad("Only one sdist may be uploaded per release.")),
        false => Ok(()),
    }
}

fn check_attestations(
    form: &Form,
    content: &Content,
    digests: &Digests,
    who: &Identity,
) -> Result<usize, Refusal> {
    if !form.has("attestations") {
        return Ok(0);
    }
    let refused = |why: String| {
        bad(format!(
            "Invalid attestations supplied during upload: {why}"
        ))
    };
    if *who != Identity::Publisher {
        return Err(refused(
            "Attestations are only supported when using Trusted Publishing".to_owned(),
        ));
    }
    attestations::check(
        form.first("attestations"),
        &content.file_name,
        &digests.sha256,
    )
    .map_err(refused)
}
