//! Which requests were sent again, although they had done their work.

use std::collections::BTreeMap;

use super::Exchange;

/// A request that was sent again after it had changed something, with the first one; the client is one that acts alone.
///
/// What the server says to the second one counts for nothing: a registry refuses what it has. The bucket is another thing, in
/// which a client tries to create what may be there.
pub fn sent_again(exchanges: &[Exchange]) -> Option<String> {
    again(exchanges, |exchange| {
        exchange.changed || exchange.server != "bucket"
    })
}

/// A request that changed something twice, with the first one; clients that act at the same time may try the same.
pub fn taken_again(exchanges: &[Exchange]) -> Option<String> {
    again(exchanges, |exchange| exchange.changed)
}

fn again(exchanges: &[Exchange], counts: impl Fn(&Exchange) -> bool) -> Option<String> {
    let mut changed: BTreeMap<String, &Exchange> = BTreeMap::new();
    for exchange in exchanges.iter().filter(|one| !one.is_about_a_token()) {
        let identity = exchange.identity();
        if counts(exchange)
            && let Some(first) = changed.get(&identity)
        {
            return Some(format!("{first}, and again {exchange}"));
        }
        if exchange.changed {
            changed.insert(identity, exchange);
        }
    }
    None
}

impl Exchange {
    /// Each run gets a token of its own, and ends it.
    fn is_about_a_token(&self) -> bool {
        let path = &self.target;
        path.starts_with("/_/oidc/") || path.contains("/trusted_publishing/tokens")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange(server: &'static str, target: &str, status: u16) -> Exchange {
        Exchange {
            number: 1,
            server,
            method: "PUT".to_owned(),
            target: target.to_owned(),
            headers: axum::http::HeaderMap::new(),
            body: "a crate".into(),
            status: Some(status),
            changed: status < 300,
        }
    }

    #[test]
    fn what_a_registry_refuses_because_it_has_it_was_sent_again() {
        let of = |first, then| {
            ["crates", "bucket"].map(|server| {
                let both = [first, then].map(|status| exchange(server, "/new", status));
                (sent_again(&both).is_some(), taken_again(&both).is_some())
            })
        };
        assert_eq!(of(200, 400), [(true, false), (false, false)]);
        assert_eq!(of(200, 200), [(true, true), (true, true)]);
        assert_eq!(of(503, 200), [(false, false), (false, false)]);
    }

    #[test]
    fn each_run_has_a_token_of_its_own() {
        let minted = exchange("pypi", "/_/oidc/mint-token", 200);
        assert_eq!(sent_again(&[minted.clone(), minted]), None);
    }
}
