//! Where packages go when nobody says otherwise: the one file that names a registry.

use url::Url;

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

const PYPI_HOSTS: [&str; 3] = ["pypi.org", "upload.pypi.org", "test.pypi.org"];
const CRATES_IO_HOSTS: [&str; 3] = ["crates.io", "index.crates.io", "static.crates.io"];

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
    fn only_the_upload_host_of_pypi_mints_elsewhere() {
        let pypi = minting_origin(&Url::parse(PYPI_UPLOAD).unwrap());
        assert_eq!(pypi.host_str(), Some("pypi.org"));
        let own = minting_origin(&Url::parse("https://host.example/legacy/").unwrap());
        assert_eq!(own.host_str(), Some("host.example"));
    }
}
