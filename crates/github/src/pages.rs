//! Lists that come in pages: the next one is where the answer says, on the same server, and there is an end.

use http::Method;
use serde::de::DeserializeOwned;
use url::Url;

use crate::{Error, GitHub, Reply};

/// The pages of a list, read one by one.
#[derive(Debug)]
pub struct Pages<'a> {
    github: &'a GitHub,
    first: String,
    next: Option<String>,
    read: usize,
    most: usize,
}

impl<'a> Pages<'a> {
    pub(crate) fn new(github: &'a GitHub, first: String, most: usize) -> Self {
        Self {
            github,
            next: Some(first.clone()),
            first,
            read: 0,
            most,
        }
    }

    /// The next page, of a list or of an object that holds one; `None` after the last.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn next<T: DeserializeOwned>(&mut self) -> Result<Option<T>, Error> {
        let Some(path) = self.next.take() else {
            return Ok(None);
        };
        if self.read == self.most {
            return Err(Error::TooManyPages {
                path: self.first.clone(),
                most: self.most,
            });
        }
        self.read += 1;
        let asked = self.github.asked(&Method::GET, &path);
        let reply = self.github.reply(&Method::GET, &path).await?;
        let reply = reply.accepted(&asked)?;
        self.next = self.after(&reply)?;
        reply.json(&asked).map(Some)
    }

    /// All items of all pages that are left.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn all<T: DeserializeOwned>(mut self) -> Result<Vec<T>, Error> {
        let mut items = Vec::new();
        while let Some(page) = self.next::<Vec<T>>().await? {
            items.extend(page);
        }
        Ok(items)
    }

    /// The path of the page after this one.
    fn after(&self, reply: &Reply) -> Result<Option<String>, Error> {
        let api = &self.github.api;
        let Some(next) = next_link(reply) else {
            return Ok(None);
        };
        let url = api
            .join(&next)
            .ok()
            .filter(|url| url.origin() == api.origin());
        let Some(url) = url else {
            let host = Url::parse(&next).ok();
            let host = host.and_then(|url| url.host_str().map(str::to_owned));
            return Err(Error::ForeignPage {
                path: self.first.clone(),
                host: host.unwrap_or_default(),
            });
        };
        let base = api.path().trim_end_matches('/');
        let path = url.path();
        let path = path.strip_prefix(base).unwrap_or(path);
        Ok(Some(match url.query() {
            Some(query) => format!("{path}?{query}"),
            None => path.to_owned(),
        }))
    }
}

/// The target of `rel="next"` (RFC 8288), as in `<https://…?page=2>; rel="next", <…>; rel="last"`.
fn next_link(reply: &Reply) -> Option<String> {
    let links = reply.headers.get("link")?.to_str().ok()?;
    links.split(", ").find_map(|link| {
        let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
        let mut parameters = parameters.split(';').map(str::trim);
        let is_next = parameters.any(|it| it == "rel=\"next\"" || it == "rel=next");
        is_next.then(|| target.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_the_one_of_that_name() {
        let next = |link: &str| {
            let header = format!("link: {link}");
            next_link(&Reply::from_kept(200, [header.as_str()], ""))
        };
        let links = r#"<https://a/x?page=1>; rel="prev", <https://a/x?page=3>; rel="next", <https://a/x?page=9>; rel="last""#;
        assert_eq!(next(links).as_deref(), Some("https://a/x?page=3"));
        for none in [r#"<https://a>; rel="last""#, "", "next", "<a; rel=\"next\""] {
            assert_eq!(next(none), None, "{none}");
        }
    }
}
