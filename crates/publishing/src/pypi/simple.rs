//! The simple API: a project's files as JSON (PEP 691) or as a page (PEP 503), whichever the index has.

use super::Error;
use crate::{
    http::{Follow, Reply, Transport},
    retry::Failure,
};
use html5gum::{StartTag, Token, Tokenizer};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use reqwest::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::{collections::BTreeMap, str::FromStr as _};
use url::Url;

const JSON: &str = "application/vnd.pypi.simple.v1+json";
/// JSON first; the weights are those of the specification's own example.
const ACCEPTED: &str = "application/vnd.pypi.simple.v1+json, \
     application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1, */*;q=0.01";

/// One file of a project's page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) file_name: String,
    pub(super) url: Url,
    /// Hex, lower case; some indexes offer another digest or none.
    pub(super) sha256: Option<String>,
    /// JSON only.
    pub(super) uploaded: Option<Timestamp>,
    /// Why it is yanked, if it is; an empty text when nobody said why (PEP 592).
    pub(super) yanked: Option<String>,
}

/// What every read of a page asks for: JSON if there is any, and nothing out of a cache.
pub(super) fn headers() -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static(ACCEPTED));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers
}

pub(super) fn parse(what: &str, reply: &Reply) -> Result<Vec<Listed>, Error> {
    let content_type = reply
        .headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if content_type.starts_with(JSON) || content_type.starts_with("application/json") {
        return from_json(what, reply);
    }
    let text = String::from_utf8_lossy(&reply.body);
    let listed = from_page(&reply.url, &text);
    match listed.iter().any(|listed| listed.version().is_some()) || !is_for_people(&text) {
        true => Ok(listed),
        false => Err(Error::NotAnIndex {
            page: crate::http::shown(&reply.url),
        }),
    }
}

/// A page that lists no package and wants to be filled in or to run something is a login, or a proxy's.
fn is_for_people(page: &str) -> bool {
    Tokenizer::new(page).any(|token| match token {
        Ok(Token::StartTag(tag)) => {
            matches!(
                tag.name.as_slice(),
                b"form" | b"input" | b"script" | b"iframe"
            )
        }
        _ => false,
    })
}

fn from_json(what: &str, reply: &Reply) -> Result<Vec<Listed>, Error> {
    #[derive(Deserialize)]
    struct Page {
        files: Vec<File>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "kebab-case")]
    struct File {
        filename: String,
        url: String,
        #[serde(default)]
        hashes: BTreeMap<String, String>,
        upload_time: Option<String>,
        #[serde(default)]
        yanked: Value,
    }
    let page: Page =
        serde_json::from_slice(&reply.body).map_err(|error| Error::page(what, error))?;
    page.files
        .into_iter()
        .map(|file| {
            let url = reply.url.join(&file.url);
            Ok(Listed {
                url: url.map_err(|error| Error::page(what, error))?,
                file_name: file.filename,
                sha256: file.hashes.get("sha256").map(|hex| hex.to_lowercase()),
                uploaded: file.upload_time.and_then(|time| time.parse().ok()),
                yanked: match file.yanked {
                    Value::String(why) => Some(why),
                    Value::Bool(true) => Some(String::new()),
                    _ => None,
                },
            })
        })
        .collect()
}

/// Every `<a href>` that names a file; `<base href>` counts.
fn from_page(page_url: &Url, page: &str) -> Vec<Listed> {
    let mut base = page_url.clone();
    let mut listed = Vec::new();
    for Ok(token) in Tokenizer::new(page) {
        let Token::StartTag(tag) = token else {
            continue;
        };
        let Some(url) = attribute(&tag, b"href").and_then(|href| base.join(&href).ok()) else {
            continue;
        };
        match tag.name.as_slice() {
            b"base" => base = url,
            b"a" => listed.extend(linked(url, attribute(&tag, b"data-yanked"))),
            _ => {}
        }
    }
    listed
}

fn attribute(tag: &StartTag<()>, name: &[u8]) -> Option<String> {
    let value = tag.attributes.get(name)?;
    Some(String::from_utf8_lossy(value).into_owned())
}

fn linked(url: Url, yanked: Option<String>) -> Option<Listed> {
    let last = url.path_segments()?.next_back()?;
    let file_name = percent_decode_str(last).decode_utf8().ok()?.into_owned();
    let sha256 = url
        .fragment()
        .and_then(|fragment| fragment.strip_prefix("sha256="))
        .map(str::to_lowercase);
    (!file_name.is_empty()).then_some(Listed {
        file_name,
        url,
        sha256,
        uploaded: None,
        yanked,
    })
}

/// Downloads a file to hash it, without keeping it, for an index that offers no SHA-256.
pub(super) async fn download_digest(
    transport: &Transport,
    listed: &Listed,
) -> Result<String, Error> {
    let what = format!("download {} to compare it", listed.file_name);
    let what = what.as_str();
    let headers = HeaderMap::new();
    let attempt = |attempt| {
        let headers = &headers;
        async move {
            let mut response = transport
                .open(what, &listed.url, headers, Follow::Anywhere, attempt)
                .await
                .map_err(Failure::map)?;
            if !response.status().is_success() {
                let reply = transport.read(what, response, attempt).await;
                let error = reply.map_err(Failure::map)?.refused(what);
                return Err(Failure::last(Error::Http(error)));
            }
            let mut hash = Sha256::new();
            while let Some(chunk) = transport
                .next_chunk(what, &mut response, attempt)
                .await
                .map_err(Failure::map)?
            {
                hash.update(&chunk);
            }
            Ok(hex::encode(hash.finalize()))
        }
    };
    transport.retry(what).run(attempt).await
}

impl Listed {
    /// The version in the file's name.
    pub(super) fn version(&self) -> Option<pep440_rs::Version> {
        let name = self.file_name.as_str();
        let sdist = name
            .strip_suffix(".tar.gz")
            .or_else(|| name.strip_suffix(".zip"));
        let text = match (name.strip_suffix(".whl"), sdist) {
            (Some(wheel), _) => wheel.split('-').nth(1)?,
            (None, Some(sdist)) => sdist.rsplit_once('-')?.1,
            (None, None) => return None,
        };
        pep440_rs::Version::from_str(text).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::StatusCode;

    fn reply(content_type: &'static str, body: &str) -> Reply {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        Reply {
            status: StatusCode::OK,
            headers,
            url: "https://host.example/simple/pkg/".parse().unwrap(),
            body: body.to_owned().into(),
            secrets: crate::http::Sent::default(),
        }
    }

    #[test]
    fn a_page_gives_names_addresses_and_digests() {
        let page = r#"<!doctype html><body>
            <a href="../../files/pkg-1.0%2Bx-py3-none-any.whl#sha256=AB12" data-yanked="">pkg</a>
            <a href='pkg-1.0.tar.gz#md5=cd&amp;x=1'>pkg-1.0.tar.gz</a><a name="top">no link</a>"#;
        let listed = parse("read", &reply("text/html; charset=utf-8", page)).unwrap();
        assert_eq!(listed.len(), 2);
        assert_eq!(listed[0].file_name, "pkg-1.0+x-py3-none-any.whl");
        assert_eq!(listed[0].sha256.as_deref(), Some("ab12"));
        assert!(
            listed[0]
                .url
                .as_str()
                .starts_with("https://host.example/files/pkg-1.0%2Bx")
        );
        assert_eq!(listed[1].sha256, None);
        assert_eq!(listed[0].yanked.as_deref(), Some(""));
        assert_eq!(listed[1].yanked, None);
    }

    #[test]
    fn json_gives_the_time_of_upload_too() {
        let json = r#"{"meta":{"api-version":"1.1"},"name":"pkg","files":[{"filename":"pkg-1.0.0-py3-none-any.whl",
            "url":"/f/pkg.whl","hashes":{"sha256":"AB"},"upload-time":"2026-01-01T00:00:00.5Z","yanked":"broken"},
            {"filename":"pkg-1.0.1-py3-none-any.whl","url":"/f/pkg2.whl","hashes":{},"yanked":false}]}"#;
        let listed = parse("read", &reply(JSON, json)).unwrap();
        assert_eq!(listed[0].sha256.as_deref(), Some("ab"));
        assert_eq!(listed[0].version(), "1.0".parse().ok());
        assert!(listed[0].uploaded.is_some());
        assert_eq!(listed[0].yanked.as_deref(), Some("broken"));
        assert_eq!(listed[1].yanked, None);
    }

    #[test]
    fn a_login_page_is_not_an_empty_project() {
        let html = "text/html; charset=utf-8";
        let login = "<html><body><form><input name=user></form></body></html>";
        let error = parse("read", &reply(html, login)).unwrap_err();
        assert!(error.to_string().contains("not an index page"), "{error}");
        let empty = "<html><title>Links for pkg</title><h1>Links for pkg</h1></html>";
        assert_eq!(parse("read", &reply(html, empty)).unwrap(), []);
    }

    #[test]
    fn a_page_that_is_no_json_is_an_error_and_not_an_empty_project() {
        let error = parse("read the page", &reply(JSON, "<html>")).unwrap_err();
        assert!(error.to_string().starts_with("failed to read the page"));
    }
}
