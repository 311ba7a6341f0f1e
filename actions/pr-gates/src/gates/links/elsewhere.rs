//! What is to be said of a link to another site: that a page is gone stops a merge where that is wanted, an outage never.

use url::{Host, Url};

use super::{External, Inputs};
use crate::{
    finding::Finding,
    glob,
    pull_request::{MOST_LINKS, PullRequest, Site},
};

/// Top-level domains that nobody can have, and the machine of whoever reads (RFC 2606, RFC 6761).
const NOBODYS: [&str; 4] = ["example", "invalid", "localhost", "test"];

/// The address to ask for a link, without what stands behind `#`; `None` where there is nobody to ask.
pub(super) fn address(link: &str) -> Option<String> {
    let link = match link.starts_with("//") {
        true => format!("https:{link}"),
        false => link.to_owned(),
    };
    let mut url = Url::parse(&link).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    if let Some(Host::Domain(host)) = url.host() {
        let top = host.trim_end_matches('.').rsplit('.').next()?;
        if NOBODYS.contains(&top) {
            return None;
        }
    }
    url.set_fragment(None);
    Some(url.into())
}

pub(super) fn check(pr: &PullRequest, inputs: &Inputs, link: &str) -> Option<Finding> {
    if inputs.external_links == External::Off {
        return None;
    }
    let address = address(link)?;
    if glob::any(&inputs.allow_links, &address) {
        return None;
    }
    let unsure = |why: &str| {
        Finding::warning(format!("link to \"{link}\" could not be checked: {why}"))
            .help("Try it in a browser; if it only works there, add it to `allow-links`.")
    };
    match pr.sites.get(&address) {
        Some(Site::Alive) => None,
        Some(Site::Gone(status)) => {
            let message = format!("link to \"{link}\" is dead: the site answers {status}");
            Some(match inputs.external_links {
                External::Refuse => Finding::new(message),
                External::Off | External::Report => Finding::warning(message),
            })
        }
        Some(Site::Private) => Some(
            Finding::warning(format!(
                "link to \"{link}\" was not checked: its host has a private address"
            ))
            .help("If the runner may contact this host, add it to `allow-private-hosts`."),
        ),
        Some(Site::Unsure(why)) => Some(unsure(why)),
        None => Some(unsure(&format!("only the first {MOST_LINKS} links are"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_other_sites_have_one_address() {
        let same = Some("https://example.com/a?b".to_owned());
        for link in [
            "https://example.com/a?b#c",
            "HTTPS://Example.com:443/a?b",
            "//example.com/a?b",
        ] {
            assert_eq!(address(link), same, "{link}");
        }
        // What a browser takes for an address is looked at as one.
        assert_eq!(
            address("http://0x7f.1/").as_deref(),
            Some("http://127.0.0.1/")
        );
    }

    #[test]
    fn nobody_is_asked_for_what_is_no_page_of_a_site() {
        for link in [
            "mailto:a@example.com",
            "http://localhost:3000/",
            "https://a.test",
            "{{ url }}",
            "https://",
        ] {
            assert_eq!(address(link), None, "{link}");
        }
    }

    fn severity(site: Option<Site>, external_links: External) -> Option<crate::finding::Severity> {
        let address = "https://example.com/a".to_owned();
        let pr = PullRequest {
            sites: site
                .into_iter()
                .map(|site| (address.clone(), site))
                .collect(),
            ..PullRequest::default()
        };
        let inputs = Inputs {
            external_links,
            ..Inputs::default()
        };
        check(&pr, &inputs, "https://example.com/a#b").map(|finding| finding.severity)
    }

    #[test]
    fn only_a_dead_link_stops_a_merge_and_only_where_it_is_refused() {
        use crate::finding::Severity::{Error, Warning};
        let gone = || Some(Site::Gone(404));
        assert_eq!(severity(gone(), External::Refuse), Some(Error));
        assert_eq!(severity(gone(), External::Report), Some(Warning));
        assert_eq!(severity(gone(), External::Off), None);
        assert_eq!(severity(Some(Site::Alive), External::Refuse), None);
        for unsure in [
            None,
            Some(Site::Private),
            Some(Site::Unsure("it is late".to_owned())),
        ] {
            assert_eq!(severity(unsure, External::Refuse), Some(Warning));
        }
    }
}
