//! The proxies that the usual variables name, without their passwords in any error.

use url::Url;

use crate::Error;

/// Schemes that a proxy's address can have.
const SCHEMES: [&str; 6] = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];

/// Values of the variables, each with the variable's name.
#[derive(Clone, Default)]
pub(crate) struct Proxies {
    http: Option<Named>,
    https: Option<Named>,
    all: Option<Named>,
    except: Option<String>,
}

#[derive(Clone)]
struct Named {
    variable: String,
    value: String,
}

impl Proxies {
    pub(crate) fn from_variables<'a>(var: impl Fn(&str) -> Option<&'a str>) -> Self {
        let either = |name: &str| {
            let lower = name.to_lowercase();
            [name, &lower].into_iter().find_map(|variable| {
                Some(Named {
                    variable: variable.to_owned(),
                    value: var(variable)?.trim().to_owned(),
                })
            })
        };
        Self {
            http: either("HTTP_PROXY"),
            https: either("HTTPS_PROXY"),
            all: either("ALL_PROXY"),
            except: either("NO_PROXY").map(|it| it.value),
        }
    }

    /// The same for the client; the first one that fits an address counts.
    pub(crate) fn to_reqwest(&self) -> Result<Vec<reqwest::Proxy>, Error> {
        // The client takes this one for names alone.
        let except = self.except.as_deref().unwrap_or_default();
        if except.split(',').any(|it| it.trim() == "*") {
            return Ok(Vec::new());
        }
        type Make = fn(Url) -> reqwest::Result<reqwest::Proxy>;
        let kinds: [(&Option<Named>, Make); 3] = [
            (&self.http, |url| reqwest::Proxy::http(url)),
            (&self.https, |url| reqwest::Proxy::https(url)),
            (&self.all, |url| reqwest::Proxy::all(url)),
        ];
        let mut proxies = Vec::new();
        for (named, make) in kinds {
            let Some(named) = named else { continue };
            // An error of the client would repeat the address with its password.
            let proxy = make(named.url()?).map_err(|_| named.unreadable())?;
            proxies.push(proxy.no_proxy(reqwest::NoProxy::from_string(except)));
        }
        Ok(proxies)
    }
}

impl Named {
    /// An address without a scheme is one of HTTP, as everywhere.
    fn url(&self) -> Result<Url, Error> {
        let text = match self.value.contains("://") {
            true => self.value.clone(),
            false => format!("http://{}", self.value),
        };
        let url = Url::parse(&text).map_err(|_| self.unreadable())?;
        match url.has_host() && SCHEMES.contains(&url.scheme()) {
            true => Ok(url),
            false => Err(self.unreadable()),
        }
    }

    fn unreadable(&self) -> Error {
        Error::SetUp(format!(
            "{} is not the address of a proxy: write it as `http://host:port` or `http://user:password@host:port`, or with `https`, `socks5` or `socks5h`",
            self.variable
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &'static str)]) -> Result<usize, String> {
        let var = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| *value)
        };
        let proxies = Proxies::from_variables(var).to_reqwest();
        proxies.map(|it| it.len()).map_err(|err| err.to_string())
    }

    #[test]
    fn variables_of_either_case_are_read_and_a_scheme_may_be_left_out() {
        assert_eq!(of(&[]), Ok(0));
        assert_eq!(of(&[("https_proxy", "proxy.corp:3128")]), Ok(1));
        let all = [
            ("HTTP_PROXY", "http://user:pass@proxy:1"),
            ("HTTPS_PROXY", "https://proxy:2"),
            ("all_proxy", "socks5h://proxy:3"),
            ("NO_PROXY", "10.0.0.0/8,.corp"),
        ];
        assert_eq!(of(&all), Ok(3));
    }

    #[test]
    fn what_is_not_an_address_is_named_by_its_variable_and_never_shown() {
        for value in [
            "ftp://user:hunter2@proxy",
            "http://user:hunter2@",
            "http://u:hunter2@[x",
        ] {
            let told = of(&[("HTTPS_PROXY", value)]).unwrap_err();
            assert!(told.contains("HTTPS_PROXY is not"), "{told}");
            assert!(!told.contains("hunter2"), "{told}");
        }
    }
}
