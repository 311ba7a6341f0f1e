//! Pages of a list, with the `Link` header by which clients find the next one.

use serde_json::Value;

use super::reply::{Answer, ok};
use super::request::Request;

const DEFAULT_PER_PAGE: usize = 30;
const MOST_PER_PAGE: usize = 100;

/// Whether a request asks for the start of a list.
pub(super) fn is_first(request: &Request) -> bool {
    request.parameter("page").is_none_or(|page| page == "1")
}

/// The page of `items` that a request asks for.
pub(super) fn list(request: &Request, items: Vec<Value>) -> Answer {
    wrapped(request, items, Value::Array)
}

/// A page inside of an object.
pub(super) fn wrapped(
    request: &Request,
    items: Vec<Value>,
    wrap: impl FnOnce(Vec<Value>) -> Value,
) -> Answer {
    let number = |name: &str, default: usize| {
        let given = request.parameter(name).and_then(|text| text.parse().ok());
        given.filter(|number| *number > 0).unwrap_or(default)
    };
    let per_page = number("per_page", DEFAULT_PER_PAGE).min(MOST_PER_PAGE);
    let page = number("page", 1);
    let last = items.len().div_ceil(per_page).max(1);
    let shown = items
        .into_iter()
        .skip((page - 1).saturating_mul(per_page))
        .take(per_page)
        .collect();
    let reply = ok(wrap(shown))?;
    match links(request, page, last) {
        links if links.is_empty() => Ok(reply),
        links => Ok(reply.with_header("link", links)),
    }
}

fn links(request: &Request, page: usize, last: usize) -> String {
    let link = |to: usize, relation: &str| {
        let mut query = request.query.clone();
        query.insert("page".to_owned(), to.to_string());
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(query)
            .finish();
        format!(
            "<{}{}?{query}>; rel=\"{relation}\"",
            request.url, request.raw_path
        )
    };
    let mut links = Vec::new();
    if page > 1 {
        links.push(link(page - 1, "prev"));
    }
    if page < last {
        links.push(link(page + 1, "next"));
        links.push(link(last, "last"));
    }
    if page > 1 {
        links.push(link(1, "first"));
    }
    links.join(", ")
}
