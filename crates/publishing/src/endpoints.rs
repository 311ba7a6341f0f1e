//! Where packages go when nobody says otherwise: the one file that names a registry.

use url::{Host, Url};

/// PyPI's legacy upload API; the slash at the end matters, without it the server redirects.
pub const PYPI_UPLOAD: &str = "https://upload.pypi.org/legacy/";
/// PyPI's simple API, read to see what is already there.
pub const PYPI_SIMPLE: &str = "https://pypi.org/simple/";
/// TestPyPI's legacy upload API.
pub const TEST_PYPI_UPLOAD: &str = "https://test.pypi.org/legacy/";
/// TestPyPI's simple API.
pub const TEST_PYPI_SIMPLE: &str = "https://test.pypi.org/simple/";
/// The sparse index of crates.io, spelled as cargo spells it.
pub const CRATES_IO_INDEX: &str = "sparse+https://index.crates.io/";
/// What `package.publish` in a manifest calls crates.io.
pub(crate) const CRATES_IO_NAME: &str = "crates-io";

/// How an index entry names crates.io when it is another registry's: cargo's own spelling, the git index.
pub(crate) const CRATES_IO_AS_REGISTRY: &str = "https://github.com/rust-lang/crates.io-index";

/// What an attestation may say on PyPI, each kind once a file (warehouse, `attestations/services.py`).
pub(crate) const PYPI_PREDICATES: [&str; 2] = [
    "https://docs.pypi.org/attestations/publish/v1",
    "https://slsa.dev/provenance/v1",
];

/// The host that PyPI's tokens name.
pub(crate) const PYPI_HOST: &str = "pypi.org";
/// TestPyPI's host.
pub(crate) const TEST_PYPI_HOST: &str = "test.pypi.org";
const PYPI_HOSTS: [&str; 3] = [PYPI_HOST, "upload.pypi.org", TEST_PYPI_HOST];
const CRATES_IO_HOSTS: [&str; 5] = [
    "crates.io",
    "index.crates.io",
    "static.crates.io",
    "staging.crates.io",
    "index.staging.crates.io",
];

/// Whether PyPI's own rules hold there: no local versions, releases closed after 14 days.
pub(crate) fn is_pypi(upload: &Url) -> bool {
    upload
        .host_str()
        .is_some_and(|host| PYPI_HOSTS.contains(&host))
}

/// Whether the rules of crates.io hold there: rate limits, names of registries in `package.publish`.
pub(crate) fn is_crates_io(index: &Url) -> bool {
    index
        .host_str()
        .is_some_and(|host| CRATES_IO_HOSTS.contains(&host))
}

/// Whether files must be as PyPI wants them: on PyPI, and on this machine, where an index stands in for it.
pub(crate) fn has_rules_of_pypi(upload: &Url) -> bool {
    is_pypi(upload) || is_rehearsal(upload)
}

/// Whether crates must be as crates.io wants them: on crates.io, and on this machine, where a registry stands in for it.
pub(crate) fn has_rules_of_crates_io(index: &Url) -> bool {
    is_crates_io(index) || is_rehearsal(index)
}

/// Nobody installs from a registry on a loopback address, so what is published there rehearses what will be published.
fn is_rehearsal(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether two spellings name one sparse index.
pub(crate) fn same_index(one: &str, other: &str) -> bool {
    let bare = |text: &str| {
        let text = text.strip_prefix("sparse+").unwrap_or(text);
        text.trim_end_matches('/').to_owned()
    };
    bare(one) == bare(other)
}

/// The page with a project's files, derived from the address that takes uploads.
///
/// A last segment `legacy` (PyPI and its likes) or `upload` (Azure) is replaced by `simple`; to any other
/// address `simple/` is added (pypiserver, GitLab, Artifactory, Nexus, Google).
pub(crate) fn simple_of(upload: &Url) -> Url {
    if is_pypi(upload)
        && upload.host_str() != Some("test.pypi.org")
        && let Ok(simple) = Url::parse(PYPI_SIMPLE)
    {
        return simple;
    }
    let mut simple = upload.clone();
    simple.set_query(None);
    simple.set_fragment(None);
    let mut segments: Vec<&str> = upload.path().split('/').filter(|s| !s.is_empty()).collect();
    if matches!(segments.last(), Some(&("legacy" | "upload" | "simple"))) {
        segments.pop();
    }
    segments.push("simple");
    simple.set_path(&format!("/{}/", segments.join("/")));
    simple
}

/// The origin that exchanges a job's identity for a token: PyPI mints on its main host, others where they take uploads.
pub(crate) fn minting_origin(upload: &Url) -> Url {
    if upload.host_str() == Some("upload.pypi.org") {
        return simple_of(upload);
    }
    upload.clone()
}

/// Where a person yanks a version. PyPI's page is known; of any other index only where it shows the project.
pub(crate) fn page_to_yank(upload: &Url, project: &str, version: &str) -> String {
    let (base, path) = match is_pypi(upload) {
        true => (
            minting_origin(upload),
            format!("/manage/project/{project}/release/{version}/"),
        ),
        false => (simple_of(upload), format!("{project}/")),
    };
    base.join(&path).map_or(path, String::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn derived(upload: &str) -> String {
        simple_of(&Url::parse(upload).unwrap()).to_string()
    }

    #[test]
    fn the_simple_page_is_found_beside_the_upload_address() {
        assert_eq!(derived(PYPI_UPLOAD), PYPI_SIMPLE);
        assert_eq!(derived(TEST_PYPI_UPLOAD), TEST_PYPI_SIMPLE);
        assert_eq!(
            derived("http://127.0.0.1:8081"),
            "http://127.0.0.1:8081/simple/"
        );
        assert_eq!(
            derived("https://host.example/api/pypi/team"),
            "https://host.example/api/pypi/team/simple/"
        );
        assert_eq!(
            derived("https://host.example/feed/pypi/upload/"),
            "https://host.example/feed/pypi/simple/"
        );
    }

    #[test]
    fn what_is_on_this_machine_has_the_rules_of_what_it_stands_in_for() {
        let has_rules = |address: &str| {
            let address = Url::parse(address).unwrap();
            (
                has_rules_of_pypi(&address),
                has_rules_of_crates_io(&address),
            )
        };
        for here in [
            "http://127.0.0.1:8081/x",
            "http://[::1]/",
            "http://localhost/",
        ] {
            assert_eq!(has_rules(here), (true, true), "{here}");
        }
        assert_eq!(has_rules(PYPI_UPLOAD), (true, false));
        assert_eq!(has_rules("https://index.crates.io/"), (false, true));
        assert_eq!(has_rules("https://localhost.example/"), (false, false));
    }

    #[test]
    fn a_person_yanks_on_the_page_of_the_release() {
        let page = |upload: &str| page_to_yank(&Url::parse(upload).unwrap(), "hello", "0.1.0");
        assert_eq!(
            page(PYPI_UPLOAD),
            "https://pypi.org/manage/project/hello/release/0.1.0/"
        );
        assert_eq!(
            page(TEST_PYPI_UPLOAD),
            "https://test.pypi.org/manage/project/hello/release/0.1.0/"
        );
        assert_eq!(
            page("https://host.example/legacy/"),
            "https://host.example/simple/hello/"
        );
    }

    #[test]
    fn only_the_upload_host_of_pypi_mints_elsewhere() {
        let pypi = minting_origin(&Url::parse(PYPI_UPLOAD).unwrap());
        assert_eq!(pypi.host_str(), Some("pypi.org"));
        let own = minting_origin(&Url::parse("https://host.example/legacy/").unwrap());
        assert_eq!(own.host_str(), Some("host.example"));
    }
}
