//! What cargo and pip read of the environment, so that a step with a home of its own finds the machine's tools.

use std::ffi::OsString;
use std::path::PathBuf;

/// Where tools keep what they share between projects when no variable says so, below the home folder.
const IN_HOME: [(&str, &str); 4] = [
    ("CARGO_HOME", ".cargo"),
    ("RUSTUP_HOME", ".rustup"),
    ("PIP_CACHE_DIR", ".cache/pip"),
    ("PIP_CONFIG_FILE", ".config/pip/pip.conf"),
];

/// Certificates, proxies, and which toolchain this is.
const NAMED: [&str; 9] = [
    "CURL_CA_BUNDLE",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "REQUESTS_CA_BUNDLE",
    "RUSTUP_TOOLCHAIN",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "https_proxy",
];

pub(super) fn variables() -> Vec<(String, OsString)> {
    let mut variables: Vec<(String, OsString)> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
        .filter(|(name, _)| NAMED.contains(&name.as_str()) || name.starts_with("PIP_"))
        .collect();
    let home = std::env::var_os("HOME")
        .map(PathBuf::from)
        .unwrap_or_default();
    for (name, place) in IN_HOME {
        if !variables.iter().any(|(known, _)| known == name) {
            let value = std::env::var_os(name).unwrap_or_else(|| home.join(place).into());
            variables.push((name.to_owned(), value));
        }
    }
    variables
}
