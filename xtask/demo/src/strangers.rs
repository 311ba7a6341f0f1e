//! People who know nothing of us but an address: pip in a fresh environment, cargo with a fresh crate.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use package_store::{Channel, Commit, Record, Store, layout};

use super::{expect, world::World};
use crate::process::Cmd;

/// Every object of the bucket with its bytes, by path.
pub(super) fn objects(world: &World) -> Result<BTreeMap<PathBuf, Vec<u8>>> {
    files(&world.bucket())
}

/// Every file below a folder with its bytes, by path.
pub(super) fn files(folder: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)
            .with_context(|| format!("failed to read `{}`", folder.display()))?
        {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = fs::read(&path)
                    .with_context(|| format!("failed to read `{}`", path.display()))?;
                found.insert(path, bytes);
            }
        }
    }
    Ok(found)
}

/// The kinds of packages that a commit has by its records, sorted.
pub(super) fn kinds(world: &World, commit: &str) -> Result<Vec<String>> {
    let records = records(world, &commit.parse()?)?;
    let kinds: BTreeSet<String> = records.into_iter().map(|record| record.kind).collect();
    Ok(kinds.into_iter().collect())
}

fn records(world: &World, commit: &Commit) -> Result<Vec<Record>> {
    let store = Store::open(&world.bucket().display().to_string())?;
    let runtime = tokio::runtime::Runtime::new().context("failed to start")?;
    Ok(runtime.block_on(store.records(commit))?)
}

/// The file or folder of the commit's one package of that kind.
fn file_of(world: &World, commit: &Commit, kind: &str) -> Result<String> {
    let mut records = records(world, commit)?.into_iter();
    let found = records.find(|record| record.kind == kind);
    found
        .map(|record| record.file)
        .with_context(|| format!("failed to find a package of kind {kind} in the bucket"))
}

pub(super) fn pip_from_the_short_address(world: &World) -> Result<String> {
    let commit = world.repository.commit_of("v0.1.0")?;
    let short: String = commit.chars().take(7).collect();
    let wheel = file_of(world, &commit.parse()?, "wheel")?;
    let url = format!("{}/{short}/{wheel}", world.bucket_url);
    install(world, "short-address", &[&url])?;
    Ok(format!("pip install {url}"))
}

pub(super) fn pip_from_the_commit_index(world: &World) -> Result<String> {
    let commit = world.repository.commit_of("v0.1.0")?;
    let index = format!("{}/commit/{commit}/simple/", world.bucket_url);
    install(world, "commit-index", &["--index-url", &index, "hello-sdk"])?;
    Ok(format!(
        "pip install --index-url {}/commit/{commit}/simple/ hello-sdk",
        world.bucket_url
    ))
}

pub(super) fn pip_from_the_package_index(world: &World) -> Result<String> {
    let index = format!("{}simple/", world.pypi);
    install(
        world,
        "package-index",
        &["--index-url", &index, "hello-sdk==0.1.0"],
    )?;
    Ok("hello-sdk 0.1.0".to_owned())
}

/// What there is to look at, each with what its page must say; also what `--serve` prints.
pub(super) fn addresses(world: &World) -> Result<Vec<(&'static str, String, &'static str)>> {
    let commit: Commit = world.repository.commit_of("v0.1.0")?.parse()?;
    let latest: Channel = "latest".parse()?;
    let at = |path: &str| format!("{}/{path}", world.bucket_url);
    let folder = |kind: &str, path: &str| {
        let folder = file_of(world, &commit, kind)?;
        Ok::<_, anyhow::Error>(at(&layout::folder_file(&commit, "release", &folder, path)))
    };
    Ok(vec![
        ("all commits", at(layout::home()), "hello-sdk"),
        (
            "the commit",
            at(&layout::commit_page(&commit)),
            "pip install",
        ),
        ("`latest`", at(&layout::channel_page(&latest)), "0.1.0"),
        ("web app", folder("wasm", "index.html")?, "hello.js"),
        (
            "Python docs",
            folder("docs-python", "index.html")?,
            "hello_sdk",
        ),
        (
            "Rust docs",
            folder("docs-rust", "hello_core/index.html")?,
            "hello_core",
        ),
    ])
}

pub(super) fn pages(world: &World) -> Result<String> {
    for (name, url, told) in addresses(world)? {
        let page = Cmd::new("curl")
            .args(["--silent", "--show-error", "--fail", &url])
            .run()?;
        expect(page.contains(told), || {
            format!("the page of {name}, {url}, to say \"{told}\"")
        })?;
    }
    Ok("commits, commit, `latest`, web app, two documentation sites".to_owned())
}

/// A fresh environment, an installation, an import; the version must be the released one.
fn install(world: &World, name: &str, what: &[&str]) -> Result<()> {
    let venv = world.tmp().join(name);
    Cmd::new("python3").args(["-m", "venv"]).arg(&venv).run()?;
    let python = venv.join("bin/python");
    Cmd::new(&python)
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-cache-dir",
            "--disable-pip-version-check",
        ])
        .args(what)
        .env_remove("PIP_FIND_LINKS")
        .dir(&venv)
        .run()?;
    let said = Cmd::new(&python)
        .args(["-c", "import hello_sdk, importlib.metadata as m; print(m.version('hello-sdk'), hello_sdk.__file__)"])
        .dir(&venv)
        .run()?;
    expect(
        said.starts_with("0.1.0 ") && said.contains("site-packages"),
        || format!("hello-sdk 0.1.0 from site-packages, but it is {said}"),
    )
}

pub(super) fn cargo_builds_a_dependant(world: &World) -> Result<String> {
    let folder = world.tmp().join("stranger");
    write(
        &folder,
        "Cargo.toml",
        &format!(
            "[package]\nname = \"stranger\"\nversion = \"1.0.0\"\nedition = \"2024\"\n\n[dependencies]\nhello-core = {{ version = \"0.1\", registry-index = \"{}\" }}\n\n[workspace]\n",
            world.registry.index_url()
        ),
    )?;
    write(
        &folder,
        "src/main.rs",
        "fn main() {\n    println!(\"{}\", hello_core::greet_all());\n}\n",
    )?;
    let said = Cmd::new("cargo")
        .args(["run", "--quiet"])
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .dir(&folder)
        .run()?;
    expect(said.trim() == "Bonjour, tout le monde!", || {
        format!("a greeting, but it said \"{said}\"")
    })?;
    let lock =
        fs::read_to_string(folder.join("Cargo.lock")).context("failed to read Cargo.lock")?;
    expect(lock.contains("127.0.0.1"), || {
        "the crate to come from the registry".to_owned()
    })?;
    Ok("hello-core 0.1.0".to_owned())
}

fn write(folder: &Path, name: &str, text: &str) -> Result<()> {
    let path = folder.join(name);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)
            .with_context(|| format!("failed to create `{}`", parent.display()))?;
    }
    fs::write(&path, text).with_context(|| format!("failed to write `{}`", path.display()))
}
