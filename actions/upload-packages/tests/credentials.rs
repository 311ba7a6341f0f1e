//! Who uploads to Google's buckets, where Google's own tools are told by a file: what google-github-actions/auth writes, and
//! a service account's key.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::binary::Run;
use testkit::google_storage::{Access, GoogleStorage};
use testkit::packages::Wheel;
use testkit::recording_proxy::RecordingProxy;
use testkit::runner::{InJob as _, Outcome};
use testkit::token_service::TokenService;

const COMMIT: &str = "6e4ddaf0123456789abcdef0123456789abcdef0";
const PROVIDER: &str = "projects/123/locations/global/workloadIdentityPools/github/providers/acme";
const ACCOUNT: &str = "publisher@acme.iam.gserviceaccount.com";

struct Place {
    folder: TempDir,
    _server: GoogleStorage,
    proxy: RecordingProxy,
    tokens: TokenService,
    address: String,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Wheel {
            project: "hello-sdk",
            version: "0.2.0",
            tags: "py3-none-any",
            module: "GREETING = 'hello'\n",
        }
        .write(folder.path());
        let server = GoogleStorage::requiring_tokens(|token, permission| match token {
            Some("account-token" | "key-token") if permission.starts_with("storage.objects.") => {
                Access::Granted
            }
            _ => Access::Unknown,
        });
        let proxy = RecordingProxy::start(server.url()).unwrap();
        Self {
            address: server.bucket_through(proxy.url(), "p"),
            folder,
            _server: server,
            proxy,
            tokens: TokenService::start(PROVIDER).unwrap(),
        }
    }

    fn upload(&self, credentials: &Value) -> Outcome {
        let file = self.folder.path().join("gha-creds.json");
        fs::write(&file, credentials.to_string()).unwrap();
        Run::new(env!("CARGO_BIN_EXE_upload-packages"))
            .workspace(self.folder.path())
            .env("GOOGLE_APPLICATION_CREDENTIALS", file)
            .env("GOOGLE_STS_ENDPOINT", self.tokens.url())
            .input("bucket", &*self.address)
            .input("files", "*.whl")
            .input("commit", COMMIT)
            .run()
    }

    /// With which tokens the bucket was written.
    fn shown(&self) -> Vec<String> {
        let recorded = self.proxy.recorded();
        let writes = recorded.iter().filter(|one| one.method == "POST");
        let mut shown: Vec<String> = writes
            .filter_map(|one| Some(one.headers.get("authorization")?.to_str().ok()?.to_owned()))
            .collect();
        shown.sort();
        shown.dedup();
        shown
    }
}

#[test]
fn the_file_that_googles_action_writes_is_followed_to_its_service_account() {
    let place = Place::new();
    let outcome = place.upload(&place.tokens.credentials_file(ACCOUNT));
    assert_eq!(place.tokens.complaints(), Vec::<String>::new(), "{outcome}");
    outcome.assert_code(0);
    assert_eq!(place.shown(), ["Bearer account-token"]);
}

fn python() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv/bin/python")
}

fn said(script: &str, arguments: &[&str]) -> String {
    let output = Command::new(python())
        .args(["-c", script])
        .args(arguments)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_service_accounts_key_signs_what_google_asks_for() {
    let place = Place::new();
    let key = "from cryptography.hazmat.primitives.asymmetric import rsa; from cryptography.hazmat.primitives import serialization as s; import json\n\
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)\n\
        print(json.dumps([key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption()).decode(), \
        key.public_key().public_bytes(s.Encoding.PEM, s.PublicFormat.SubjectPublicKeyInfo).decode()]))";
    let keys: [String; 2] = serde_json::from_str(&said(key, &[])).unwrap();
    let outcome = place.upload(&json!({
        "type": "service_account",
        "project_id": "acme",
        "private_key_id": "1",
        "private_key": keys[0],
        "client_email": ACCOUNT,
        "client_id": "2",
        "token_uri": "https://oauth2.googleapis.com/token",
    }));
    outcome.assert_code(0);
    assert_eq!(place.tokens.complaints(), Vec::<String>::new());
    assert_eq!(place.shown(), ["Bearer key-token"]);
    // The runner takes this line, and hides the token from then on.
    let shown = outcome
        .to_string()
        .replacen("::add-mask::key-token\n", "", 1);
    assert!(!shown.contains("key-token"), "{outcome}");
    // As Google reads it: signature, audience and times.
    let verify = "import json, sys; from google.auth import jwt; from google.auth.crypt import RSAVerifier\n\
        print(json.dumps(jwt.decode(sys.argv[1], certs={'1': sys.argv[2]}, audience='https://oauth2.googleapis.com/token')))";
    let assertions = place.tokens.assertions();
    assert_eq!(assertions.len(), 1, "one token for the whole upload");
    for assertion in assertions {
        let claims: Value = serde_json::from_str(&said(verify, &[&assertion, &keys[1]])).unwrap();
        assert_eq!(claims["iss"], ACCOUNT);
        let scope = claims["scope"].as_str().unwrap_or_default();
        assert!(scope.contains("devstorage.read_write"), "{scope}");
    }
}
