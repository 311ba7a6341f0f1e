//! One HTTP request to the git server: who asks, whether they may, and git's own program for the rest.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;

use super::{Shared, right};
use crate::github::state::{Right, Token};

pub(super) async fn answer(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let work = move || {
        let (path, writes) = match target(&uri) {
            Some(target) => target,
            None => return refuse(StatusCode::NOT_FOUND, "Not Found"),
        };
        match allowed(&shared, &path, writes, &headers) {
            Ok(token) => serve(&shared, &token, &method, &uri, &path, &headers, &body),
            Err(reply) => *reply,
        }
    };
    // git and its hook are waited for.
    let answer = tokio::task::spawn_blocking(work).await;
    answer.unwrap_or_else(|panic| refuse(StatusCode::INTERNAL_SERVER_ERROR, &panic.to_string()))
}

/// The path below the folder, as `owner/name.git/info/refs`, and whether somebody wants to push.
fn target(uri: &Uri) -> Option<(String, bool)> {
    let mut parts = uri.path().trim_start_matches('/').splitn(3, '/');
    let (owner, name, rest) = (parts.next()?, parts.next()?, parts.next()?);
    if owner.starts_with('.') || name.starts_with('.') {
        return None;
    }
    let name = name.trim_end_matches(".git");
    let query = uri.query().unwrap_or_default();
    let writes = rest == "git-receive-pack" || query.contains("service=git-receive-pack");
    Some((format!("{owner}/{name}.git/{rest}"), writes))
}

fn refuse(status: StatusCode, message: &str) -> Response {
    // git shows plain text to people, with `remote: ` before each line.
    (
        status,
        [("content-type", "text/plain")],
        format!("{message}\n"),
    )
        .into_response()
}

/// The token of a request that may do what it asks for; the answers are GitHub's own.
fn allowed(
    shared: &Shared,
    path: &str,
    writes: bool,
    headers: &HeaderMap,
) -> Result<Token, Box<Response>> {
    let repository = path.split(".git/").next().unwrap_or_default();
    let no = |status, message: &str| Err(Box::new(refuse(status, message)));
    let Some(value) = credentials(headers) else {
        let mut reply = refuse(StatusCode::UNAUTHORIZED, "No anonymous write access.");
        let realm = axum::http::HeaderValue::from_static("Basic realm=\"GitHub\"");
        reply.headers_mut().insert("www-authenticate", realm);
        return Err(Box::new(reply));
    };
    let Some(token) = shared.token(&value) else {
        return no(
            StatusCode::UNAUTHORIZED,
            "Invalid username or token. Password authentication is not supported for Git operations.",
        );
    };
    let sees = token.repositories.as_ref().is_none_or(|names| {
        names
            .iter()
            .any(|name| name.eq_ignore_ascii_case(repository))
    });
    if !sees || !shared.folder.join(format!("{repository}.git")).is_dir() {
        return no(StatusCode::NOT_FOUND, "Repository not found.");
    }
    match right(&token, "contents") {
        Right::None => no(
            StatusCode::FORBIDDEN,
            "Write access to repository not granted.",
        ),
        Right::Read if writes => {
            let login = match token.login.as_str() {
                "" => "github-actions[bot]",
                login => login,
            };
            let message = format!("Permission to {repository}.git denied to {login}.");
            no(StatusCode::FORBIDDEN, &message)
        }
        _ => Ok(token),
    }
}

fn credentials(headers: &HeaderMap) -> Option<String> {
    let header = headers.get("authorization")?.to_str().ok()?;
    let (scheme, value) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = base64::engine::general_purpose::STANDARD
        .decode(value.trim())
        .ok()?;
    let text = String::from_utf8(decoded).ok()?;
    Some(text.split_once(':')?.1.to_owned())
}

/// Runs `git http-backend` as a web server would (RFC 3875).
fn serve(
    shared: &Shared,
    token: &Token,
    method: &Method,
    uri: &Uri,
    path: &str,
    headers: &HeaderMap,
    body: &Bytes,
) -> Response {
    let header = |name: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let workflows = match right(token, "workflows") {
        Right::Write => "yes",
        _ => "no",
    };
    let mut command = Command::new("git");
    command
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", &shared.folder)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("PATH_INFO", format!("/{path}"))
        .env("REQUEST_METHOD", method.as_str())
        .env("QUERY_STRING", uri.query().unwrap_or_default())
        .env("CONTENT_TYPE", header("content-type"))
        .env("CONTENT_LENGTH", body.len().to_string())
        .env("HTTP_CONTENT_ENCODING", header("content-encoding"))
        .env("GIT_PROTOCOL", header("git-protocol"))
        .env("REMOTE_USER", &token.name)
        .env("PUSHER_WRITES_WORKFLOWS", workflows)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit());
    match output(&mut command, body) {
        Ok(output) => response(&output),
        Err(error) => refuse(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

fn output(command: &mut Command, body: &Bytes) -> std::io::Result<Vec<u8>> {
    let mut child = command.spawn()?;
    let stdin = child.stdin.take();
    let body = body.clone();
    // At the same time: git may answer before it has read all of it.
    let writer = std::thread::spawn(move || {
        if let Some(mut stdin) = stdin {
            stdin.write_all(&body).ok();
        }
    });
    let output = child.wait_with_output()?;
    writer.join().ok();
    Ok(output.stdout)
}

/// The program's answer as HTTP: lines of headers, an empty line, the body.
fn response(output: &[u8]) -> Response {
    let end = output.windows(4).position(|four| four == b"\r\n\r\n");
    let (head, body) = output.split_at(end.map_or(0, |end| end + 4));
    let mut response = Response::new(Body::from(body.to_vec()));
    for line in String::from_utf8_lossy(head).lines() {
        let Some((name, value)) = line.split_once(": ") else {
            continue;
        };
        if name.eq_ignore_ascii_case("status") {
            let code = value.split(' ').next().and_then(|code| code.parse().ok());
            *response.status_mut() = code.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        } else if let (Ok(name), Ok(value)) = (
            name.parse::<axum::http::HeaderName>(),
            value.parse::<axum::http::HeaderValue>(),
        ) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
