//! Where a redirect leads, and whether that is still the same host.

use reqwest::{Response, header::LOCATION};
use url::Url;

/// Where a redirect leads, for answers that are one.
pub(crate) fn redirect_of(response: &Response) -> Option<Url> {
    if !response.status().is_redirection() {
        return None;
    }
    let location = response.headers().get(LOCATION)?.to_str().ok()?;
    response.url().join(location).ok()
}

/// Scheme upgrades stay on the host; another port or name does not, nor does giving up TLS.
pub(crate) fn same_host(a: &Url, origin: &Url) -> bool {
    let upgraded = origin.scheme() == "http" && a.scheme() == "https";
    a.host_str() == origin.host_str()
        && (a.origin() == origin.origin()
            || upgraded && a.port().is_none() && origin.port().is_none())
}
