//! What the pages say that is in no record: their title, and the address that the bucket is served at.

use bytes::Bytes;

use super::Pages;
use crate::content::content_type;
use crate::error::StoreError;
use crate::index::Page;
use crate::layout;
use crate::store::Store;

const TITLE: &str = "Packages";
const LONGEST_TITLE: usize = 100;

/// Settings of the pages. What is given is kept in the bucket, for those who write pages and do not know it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Site {
    /// What the pages are called; `Packages` if nobody said.
    pub title: Option<String>,
    /// Where the bucket is served, like `https://packages.example.org`; without it the pages have no install lines.
    pub public_url: Option<String>,
}

impl Site {
    pub(super) fn title(&self) -> &str {
        self.title.as_deref().unwrap_or(TITLE)
    }

    /// The public address of a path of the bucket.
    pub(super) fn url(&self, path: &str) -> Option<String> {
        let base = self.public_url.as_deref()?;
        Some(format!("{base}/{}", layout::url_path(path)))
    }
}

impl Store {
    /// Keeps what is given, and answers with what was kept earlier for the rest.
    pub(super) async fn site(&self, given: &Site, pages: &mut Pages) -> Result<Site, StoreError> {
        let title = given.title.as_deref().map(check_title).transpose()?;
        let public_url = given.public_url.as_deref().map(check_url).transpose()?;
        Ok(Site {
            title: self.setting(layout::title(), title, pages).await?,
            public_url: self
                .setting(layout::public_url(), public_url, pages)
                .await?,
        })
    }

    async fn setting(
        &self,
        path: &str,
        given: Option<String>,
        pages: &mut Pages,
    ) -> Result<Option<String>, StoreError> {
        let Some(given) = given else {
            let kept = self.bucket.read(path).await?;
            let text = kept.map(|kept| String::from_utf8_lossy(&kept).trim().to_owned());
            // Whoever may write to the bucket may have written anything.
            return Ok(text.filter(|text| {
                let checked = if path == layout::title() {
                    check_title(text)
                } else {
                    check_url(text)
                };
                checked.is_ok()
            }));
        };
        let page = Page {
            path: path.to_owned(),
            content_type: content_type(path),
            bytes: Bytes::from(format!("{given}\n")),
        };
        if self.write_page(&page).await? {
            pages.add(vec![page.path]);
        }
        Ok(Some(given))
    }
}

fn check_title(title: &str) -> Result<String, StoreError> {
    let title = title.trim();
    let fits = !title.is_empty() && title.chars().count() <= LONGEST_TITLE;
    if fits && !title.chars().any(char::is_control) {
        return Ok(title.to_owned());
    }
    Err(StoreError::Value {
        what: "title",
        given: title.chars().take(LONGEST_TITLE).collect(),
        expected: "one line of at most 100 characters".to_owned(),
    })
}

/// The address becomes part of lines that people paste into a shell, so it holds nothing that a shell would read.
fn check_url(url: &str) -> Result<String, StoreError> {
    let url = url.trim().trim_end_matches('/');
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/%".contains(c);
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    if rest.is_some_and(|rest| !rest.is_empty()) && url.chars().all(plain) {
        return Ok(url.to_owned());
    }
    Err(StoreError::Value {
        what: "public URL",
        given: url.chars().take(200).collect(),
        expected: "an address like `https://packages.example.org`, without user, query or fragment"
            .to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_a_shell_would_read_is_refused() {
        for good in ["https://packages.example.org/", "http://127.0.0.1:8080/b"] {
            assert_eq!(check_url(good).unwrap(), good.trim_end_matches('/'));
        }
        for bad in [
            "packages.example.org",
            "https://",
            "https://h/$(id)",
            "https://h/`id`",
            "https://u:p@h/",
            "javascript:alert(1)",
        ] {
            assert!(check_url(bad).is_err(), "{bad}");
        }
    }
}
