//! What is in a bucket, as a table: which paths there are, and what writers must be allowed to do with each.

/// What becomes of an object after it was created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It stays as it is. Only an upload that was stopped before its record was written is replaced.
    Never,
    /// It is replaced in place.
    Replaced,
    /// It is deleted at the end of the run that created it.
    Deleted,
}

/// The objects of one kind.
#[derive(Debug, Clone, Copy)]
pub struct Objects {
    /// Their path, with placeholders in `<…>`; `…` stands for any rest.
    pub path: &'static str,
    /// What they are for.
    pub what: &'static str,
    /// What becomes of them.
    pub change: Change,
}

const fn objects(path: &'static str, change: Change, what: &'static str) -> Objects {
    Objects { path, what, change }
}

/// Everything that a bucket can hold.
pub const OBJECTS: &[Objects] = &[
    objects(
        "commit/<full id>/packages/…",
        Change::Never,
        "packages, and beside a wheel its METADATA for pip",
    ),
    objects(
        "commit/<full id>/packages-<profile>/…",
        Change::Never,
        "packages of another profile than `release`",
    ),
    objects(
        "commit/<full id>/reserved/<profile>/<name>.json",
        Change::Never,
        "which package has this name, in lower case; written before its first byte",
    ),
    objects(
        "commit/<full id>/listings/<kind>/<profile>/<folder>.txt",
        Change::Never,
        "what a package that is a folder holds; written before its files",
    ),
    objects(
        "commit/<full id>/signatures/<profile>/<file>/<digest>.<kind>",
        Change::Never,
        "a signature or an attestation of a package",
    ),
    objects(
        "commit/<full id>/records/<kind>/<profile>/<file>.json",
        Change::Never,
        "what is known of a package; written last",
    ),
    objects(
        "commit/<full id>/added.json",
        Change::Never,
        "when the first package came",
    ),
    objects(
        "commit/<full id>/summary.json",
        Change::Replaced,
        "what the list of commits says about the commit",
    ),
    objects(
        "commit/<full id>/expected.txt",
        Change::Replaced,
        "which packages the commit should have",
    ),
    objects(
        "commit/<full id>/index.html",
        Change::Replaced,
        "the commit's web page",
    ),
    objects(
        "commit/<full id>/simple/…",
        Change::Replaced,
        "pip's index of the commit",
    ),
    objects(
        "commit/<full id>/settled.txt",
        Change::Replaced,
        "which records the commit's pages were written from",
    ),
    objects(
        "<short id>/commit",
        Change::Never,
        "which commit has this short address",
    ),
    objects(
        "<short id>/…",
        Change::Never,
        "a package at its short address",
    ),
    objects(
        "<short id>-<profile>/…",
        Change::Never,
        "a package of another profile at its short address",
    ),
    objects(
        "days/<day>/commits/<time>-<full id>",
        Change::Never,
        "a commit of which the first package came on that day",
    ),
    objects(
        "days/<day>/<page>.html",
        Change::Replaced,
        "the list of a day's commits",
    ),
    objects(
        "manifests/<version>.json",
        Change::Never,
        "the frozen list of a version",
    ),
    objects(
        "manifests/<version>/simple/…",
        Change::Replaced,
        "pip's index of a version",
    ),
    objects(
        "builds/<version>.json",
        Change::Never,
        "the frozen list of a commit build",
    ),
    objects(
        "journals/<version>/<time>-<run>.json",
        Change::Never,
        "what a run did with a version, for people",
    ),
    objects(
        "journals/<version>/withdrawn.json",
        Change::Never,
        "who withdrew a version, and when",
    ),
    objects(
        "channels/<name>/log/<number>.json",
        Change::Never,
        "one move of a channel",
    ),
    objects(
        "channels/<name>/current.json",
        Change::Replaced,
        "a copy of a channel's last move",
    ),
    objects(
        "channels/<name>/index.html",
        Change::Replaced,
        "a channel's web page",
    ),
    objects(
        "channels/<name>/simple/…",
        Change::Replaced,
        "pip's index of a channel",
    ),
    objects("simple/…", Change::Replaced, "pip's index of all releases"),
    objects(
        "benchmarks/<suite>/results/<time>-<full id>.json",
        Change::Never,
        "what a commit's benchmarks measured",
    ),
    objects(
        "benchmarks/<suite>/programs/<full id>/<platform>/program",
        Change::Never,
        "the executable of a commit's benchmarks",
    ),
    objects(
        "benchmarks/<suite>/programs/<full id>/<platform>/record.json",
        Change::Never,
        "size and digest of that executable; written last",
    ),
    objects(
        "benchmarks/<suite>/index.html",
        Change::Replaced,
        "the web page of a suite of benchmarks",
    ),
    objects(
        "benchmarks/<suite>/of/<benchmark>.html",
        Change::Replaced,
        "the web page of one benchmark",
    ),
    objects(
        "tests/<suite>/durations/<time>-<full id>/<shards>/<shard>.json",
        Change::Never,
        "how long a commit's tests took",
    ),
    objects("index.html", Change::Replaced, "the first web page"),
    objects(
        "site/<name>.txt",
        Change::Replaced,
        "the title of the web pages, and their address",
    ),
    objects(
        "active/using/<run>",
        Change::Deleted,
        "a run that uploads, freezes, promotes or writes pages",
    ),
    objects(
        "active/deleting/<run>.json",
        Change::Deleted,
        "a run that deletes, and which commits",
    ),
];

/// [`OBJECTS`] in Markdown.
pub fn table() -> String {
    let mut table =
        String::from("| path | what it is | after it was created |\n| --- | --- | --- |\n");
    for Objects { path, what, change } in OBJECTS {
        let change = match change {
            Change::Never => "never changes",
            Change::Replaced => "**replaced**",
            Change::Deleted => "**deleted** at the end of the run",
        };
        table.push_str(&format!("| `{path}` | {what} | {change} |\n"));
    }
    table
}
