//! Requests as Google documents them, one function for each kind of write, and Google's own Python client.

use std::path::Path;
use std::process::Command;

use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};

/// What came back of a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) text: String,
}

impl Reply {
    pub(crate) async fn of(request: RequestBuilder) -> Self {
        Self::read(request.send().await.unwrap()).await
    }

    async fn read(response: Response) -> Self {
        Self {
            status: response.status().as_u16(),
            text: response.text().await.unwrap(),
        }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// A client of one server's bucket `tests`.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    pub(crate) client: Client,
    pub(crate) url: String,
}

/// Every kind of write that makes an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Media,
    Multipart,
    /// An upload in parts whose bytes come in one.
    Resumable,
    /// One whose bytes come in two.
    ResumableParts,
    /// One of which only the last request says how long it was.
    ResumableEnd,
    Xml,
    Compose,
    CopyTo,
    RewriteTo,
}

pub(crate) const KINDS: [Kind; 9] = [
    Kind::Media,
    Kind::Multipart,
    Kind::Resumable,
    Kind::ResumableParts,
    Kind::ResumableEnd,
    Kind::Xml,
    Kind::Compose,
    Kind::CopyTo,
    Kind::RewriteTo,
];

impl Api {
    pub(crate) fn new(url: &str) -> Self {
        rustls::crypto::ring::default_provider()
            .install_default()
            .ok();
        Self {
            client: Client::builder().no_proxy().build().unwrap(),
            url: url.to_owned(),
        }
    }

    pub(crate) fn object(&self, name: &str) -> String {
        format!("{}/storage/v1/b/tests/o/{name}", self.url)
    }

    fn upload(&self, kind: &str, name: &str, query: &str) -> RequestBuilder {
        let url = &self.url;
        self.client.post(format!(
            "{url}/upload/storage/v1/b/tests/o?uploadType={kind}&name={name}{query}"
        ))
    }

    pub(crate) async fn media(&self, name: &str, query: &str, text: &str) -> Reply {
        let request = self.upload("media", name, query);
        Reply::of(request.body(text.to_owned())).await
    }

    async fn multipart(&self, name: &str, query: &str, text: &str) -> Reply {
        let body = format!(
            "--x\r\nContent-Type: application/json\r\n\r\n{{}}\r\n--x\r\nContent-Type: text/plain\r\n\r\n{text}\r\n--x--"
        );
        let request = self.upload("multipart", name, query);
        let request = request.header("content-type", "multipart/related; boundary=x");
        Reply::of(request.body(body)).await
    }

    /// The address at which an upload in parts goes on, or why there is none.
    pub(crate) async fn session(&self, name: &str, query: &str) -> Result<String, Reply> {
        let request = self.upload("resumable", name, query).body("");
        let response = request.send().await.unwrap();
        match response.headers().get("location") {
            Some(location) => Ok(location.to_str().unwrap().to_owned()),
            None => Err(Reply::read(response).await),
        }
    }

    pub(crate) async fn part(&self, session: &str, range: &str, text: &str) -> Reply {
        let request = self.client.put(session).header("content-range", range);
        Reply::of(request.body(text.to_owned())).await
    }

    async fn finish(&self, kind: Kind, session: &str, text: &str) -> Reply {
        let length = text.len();
        let last = length - 1;
        match kind {
            Kind::Resumable => {
                let range = format!("bytes 0-{last}/{length}");
                self.part(session, &range, text).await
            }
            Kind::ResumableParts => {
                let (first, second) = text.split_at(PART);
                let range = format!("bytes 0-{}/*", PART - 1);
                let reply = self.part(session, &range, first).await;
                assert_eq!(reply.status, 308, "{reply:?}");
                let range = format!("bytes {PART}-{last}/{length}");
                self.part(session, &range, second).await
            }
            _ => {
                let range = format!("bytes 0-{last}/*");
                let reply = self.part(session, &range, text).await;
                assert_eq!(reply.status, 308, "{reply:?}");
                let range = format!("bytes */{length}");
                self.part(session, &range, "").await
            }
        }
    }

    /// Gets ready to write `text` to `name`, and answers what does it: uploads in parts are begun, copies have their source.
    pub(crate) async fn prepare(&self, kind: Kind, name: &str, query: &str, text: &str) -> Ready {
        let mut ready = Ready {
            api: self.clone(),
            kind,
            name: name.to_owned(),
            query: query.to_owned(),
            text: text.to_owned(),
            begun: String::new(),
        };
        match kind {
            Kind::Resumable | Kind::ResumableParts | Kind::ResumableEnd => {
                ready.begun = self.session(name, query).await.unwrap();
            }
            Kind::Compose | Kind::CopyTo | Kind::RewriteTo => {
                let digits = text.bytes().filter(u8::is_ascii_digit);
                ready.begun = digits.map(char::from).collect();
                ready.begun.insert_str(0, "source-");
                let reply = self.media(&ready.begun, "", text).await;
                assert_eq!(reply.status, 200, "{reply:?}");
            }
            Kind::Media | Kind::Multipart | Kind::Xml => {}
        }
        ready
    }

    pub(crate) async fn generation(&self, name: &str) -> String {
        let found = Reply::of(self.client.get(self.object(name))).await;
        found.json()["generation"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn text(&self, name: &str) -> String {
        let object = format!("{}?alt=media", self.object(name));
        Reply::of(self.client.get(object)).await.text
    }
}

/// Parts of an upload are multiples of this.
pub(crate) const PART: usize = 256 * 1024;

/// A write that is one step from done.
#[derive(Debug)]
pub(crate) struct Ready {
    api: Api,
    kind: Kind,
    name: String,
    query: String,
    text: String,
    /// Where an upload in parts goes on, or what is copied.
    begun: String,
}

impl Ready {
    pub(crate) async fn write(self) -> Reply {
        let (api, name, query) = (&self.api, &self.name, &self.query);
        let first = query.replacen('&', "?", 1);
        match self.kind {
            Kind::Media => api.media(name, query, &self.text).await,
            Kind::Multipart => api.multipart(name, query, &self.text).await,
            Kind::Resumable | Kind::ResumableParts | Kind::ResumableEnd => {
                api.finish(self.kind, &self.begun, &self.text).await
            }
            Kind::Xml => {
                let condition = query.replace("&ifGenerationMatch=", "");
                let request = api.client.put(format!("{}/tests/{name}", api.url));
                let request = request.header("x-goog-if-generation-match", condition);
                Reply::of(request.body(self.text)).await
            }
            Kind::Compose => {
                let body = json!({"sourceObjects": [{"name": self.begun}]});
                let url = format!("{}/compose{first}", api.object(name));
                Reply::of(api.client.post(url).json(&body)).await
            }
            Kind::CopyTo | Kind::RewriteTo => {
                let verb = match self.kind {
                    Kind::CopyTo => "copyTo",
                    _ => "rewriteTo",
                };
                let source = api.object(&self.begun);
                let url = format!("{source}/{verb}/b/tests/o/{name}{first}");
                Reply::of(api.client.post(url).json(&json!({}))).await
            }
        }
    }
}

/// Runs a script of Python in which `bucket` is the server's, through Google's own client; its JSON on the last line.
pub(crate) fn python(url: &str, token: Option<&str>, script: &str) -> Value {
    const HEAD: &str = "\
import json, sys
from google.api_core import exceptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage
class Shown(AnonymousCredentials):
    def before_request(self, request, method, url, headers):
        if len(sys.argv) > 2:
            headers['authorization'] = 'Bearer ' + sys.argv[2]
    def refresh(self, request):
        pass
credentials = Shown()
client = storage.Client(project='p', credentials=credentials, client_options={'api_endpoint': sys.argv[1]})
bucket = client.bucket('tests')
def met(work):
    try:
        work()
        return 'done'
    except exceptions.GoogleAPICallError as error:
        return [error.code.value, error.message]
";
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv/bin/python");
    let output = Command::new(python)
        .args(["-c", &format!("{HEAD}{script}"), url])
        .args(token)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    serde_json::from_slice(&output.stdout).unwrap()
}
