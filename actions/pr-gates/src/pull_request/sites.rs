//! Links to other sites, followed before gates look: an outage elsewhere must stop nobody, and a stranger's link must not
//! lead into the network that the runner stands in.

mod address;
mod client;

use std::{
    collections::{BTreeSet, HashMap},
    str::FromStr,
    time::Duration,
};

use actions_core::Context;
use futures::{StreamExt as _, TryStreamExt as _};
use tokio::time::Instant;
use url::Url;

use self::client::Client;
use super::reads::{Answer, Reads};

/// How many links are followed; a pull request with more was made by a program.
pub(crate) const MOST_LINKS: usize = 100;
const AT_ONCE: usize = 8;
/// For one link, redirects included.
const LONGEST: Duration = Duration::from_secs(15);
/// For all of them: the job waits.
const LONGEST_OF_ALL: Duration = Duration::from_secs(60);

/// What came of following a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Site {
    Alive,
    /// The site says that there is no such page, with this status.
    Gone(i32),
    /// It leads into a network of the runner's own, and was not followed.
    Private,
    /// Nobody knows, for this reason.
    Unsure(String),
}

/// The host of a private network that links may lead to, such as `wiki.intern` or `127.0.0.1:8080`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Host(String);

impl FromStr for Host {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(&format!("http://{text}/")).ok();
        let is_host = url.is_some_and(|url| url.path() == "/" && url.username().is_empty());
        match is_host && !text.contains(['/', '?', '#', '@']) {
            true => Ok(Self(text.to_ascii_lowercase())),
            false => Err("it must be a host such as `wiki.intern`, optionally with a port"),
        }
    }
}

impl Host {
    fn is_of(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default();
        let port = url.port_or_known_default().unwrap_or_default();
        self.0 == host || self.0 == format!("{host}:{port}")
    }
}

/// Follows links, each once.
pub(super) async fn follow(
    cx: &Context,
    reads: &Reads,
    links: BTreeSet<String>,
    private_hosts: &[Host],
) -> anyhow::Result<HashMap<String, Site>> {
    if links.is_empty() {
        return Ok(HashMap::new());
    }
    let count = links.len();
    cx.log.info(match count > MOST_LINKS {
        true => format!("Checking the first {MOST_LINKS} of {count} links to other sites."),
        false => format!("Checking the links to other sites: {count}."),
    });
    let end = Instant::now() + LONGEST_OF_ALL;
    let client = Client::new(private_hosts);
    let client = &client;
    let one = |link: String| async move {
        let question = format!("follow {link}");
        let answer = reads.ask(&question, within(end, client.follow(&link)));
        let site = Site::read(answer.await?);
        anyhow::Ok((link, site))
    };
    futures::stream::iter(links.into_iter().take(MOST_LINKS).map(one))
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}

async fn within(end: Instant, work: impl Future<Output = Answer>) -> anyhow::Result<Answer> {
    let end = end.min(Instant::now() + LONGEST);
    let answer = tokio::time::timeout_at(end, work).await;
    Ok(answer.unwrap_or_else(|_late| no_answer("it does not answer in time")))
}

/// Why there is no status.
fn no_answer(why: &str) -> Answer {
    Answer {
        notes: vec![why.to_owned()],
        ..Answer::default()
    }
}

/// What a note says instead of an error, where the runner was not asked to.
const PRIVATE: &str = "its host has a private address";

impl Site {
    fn read(answer: Answer) -> Self {
        match answer.code {
            Some(200..=299) => Self::Alive,
            Some(status @ (404 | 410)) => Self::Gone(status),
            Some(status) => Self::Unsure(format!("the site answers {status}")),
            None => match answer.notes.join(": ") {
                why if why == PRIVATE => Self::Private,
                why => Self::Unsure(why),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_page_that_is_said_to_be_gone_is_gone() {
        let site = |code| {
            Site::read(Answer {
                code,
                notes: vec!["no route".to_owned()],
                ..Answer::default()
            })
        };
        assert_eq!(site(Some(204)), Site::Alive);
        assert_eq!(
            (site(Some(404)), site(Some(410))),
            (Site::Gone(404), Site::Gone(410))
        );
        for status in [401, 403, 405, 429, 500, 503, 999] {
            assert!(matches!(site(Some(status)), Site::Unsure(_)), "{status}");
        }
        assert_eq!(site(None), Site::Unsure("no route".to_owned()));
        assert_eq!(Site::read(no_answer(PRIVATE)), Site::Private);
    }

    #[test]
    fn a_private_host_is_named_with_or_without_its_port() {
        let is_of = |host: &str, url: &str| {
            let host: Host = host.parse().unwrap();
            host.is_of(&Url::parse(url).unwrap())
        };
        assert!(is_of("wiki.intern", "https://wiki.intern/page"));
        assert!(is_of("Wiki.intern:443", "https://wiki.intern/page"));
        assert!(is_of("[::1]:80", "http://[::1]/"));
        assert!(!is_of("wiki.intern:80", "https://wiki.intern/page"));
        assert!(!is_of("intern", "https://wiki.intern/"));
        for slip in ["", "http://a", "a/b", "x@y", "a b"] {
            assert!(slip.parse::<Host>().is_err(), "{slip}");
        }
    }
}
