//! The simple API: a project's files as JSON (PEP 691) or as a page (PEP 503), whichever the index has.

use super::Error;
use crate::{
    http::{self, Follow, Reply, Transport},
    retry::Failure,
};
use html5gum::{StartTag, Token, Tokenizer};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use reqwest::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde::Deserialize;
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
    Ok(from_page(&reply.url, &String::from_utf8_lossy(&reply.body)))
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
        let Some(url) = href(&tag).and_then(|href| base.join(&href).ok()) else {
            continue;
        };
        match tag.name.as_slice() {
            b"base" => base = url,
            b"a" => listed.extend(linked(url)),
            _ => {}
        }
    }
    listed
}

fn href(tag: &StartTag<()>) -> Option<String> {
    let value = tag.attributes.get(b"href".as_slice())?;
    Some(String::from_utf8_lossy(value).into_owned())
}

fn linked(url: Url) -> Option<Listed> {
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
            while let Some(chunk) = response
                .chunk()
                .await
                .map_err(|error| http::no_answer(what, &listed.url, attempt, error).map())?
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
        let stem = self.file_name.strip_suffix(".whl");
        let text = match (stem, self.file_name.strip_suffix(".tar.gz")) {
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
    }

    #[test]
    fn json_gives_the_time_of_upload_too() {
        let json = r#"{"meta":{"api-version":"1.1"},"name":"pkg","files":[{"filename":"pkg-1.0.0-py3-none-any.whl",
            "url":"/f/pkg.whl","hashes":{"sha256":"AB"},"upload-time":"2026-01-01T00:00:00.5Z"}]}"#;
        let listed = parse("read", &reply(JSON, json)).unwrap();
        assert_eq!(listed[0].sha256.as_deref(), Some("ab"));
        assert_eq!(listed[0].version(), "1.0".parse().ok());
        assert!(listed[0].uploaded.is_some());
    }

    #[test]
    fn a_page_that_is_no_json_is_an_error_and_not_an_empty_project() {
        let error = parse("read the page", &reply(JSON, "<html>")).unwrap_err();
        assert!(error.to_string().starts_with("failed to read the page"));
    }
}
