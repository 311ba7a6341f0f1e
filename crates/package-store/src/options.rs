//! How a bucket is opened, and what is heard of it while it works.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::bucket::connect;
use crate::bucket::google::Secrets;

/// Attempts of one request, the first included.
const TRIES: u32 = 5;

/// How far the upload of one package is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// The package's file name.
    pub package: String,
    /// Files that are there, those of an earlier run included.
    pub files: u64,
    pub of_files: u64,
    /// Bytes that were sent, or were there.
    pub bytes: u64,
    pub of_bytes: u64,
}

/// One retry, before its pause.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Retry {
    /// What is done again, in one word.
    pub operation: String,
    /// Number of the attempt that follows; 2 is the first that is a retry.
    pub attempt: u32,
    /// Attempts in all.
    pub of: u32,
    pub wait: Duration,
    /// Why the last attempt failed; holds no credentials.
    pub cause: String,
}

impl fmt::Display for Retry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            operation,
            attempt,
            of,
            wait,
            cause,
        } = self;
        let wait = wait.as_secs_f64();
        write!(
            f,
            "{operation} failed: {cause}; attempt {attempt} of {of} in {wait:.1} s"
        )
    }
}

pub(crate) type ProgressHook = Arc<dyn Fn(&Progress) + Send + Sync>;
pub(crate) type SecretHook = Arc<dyn Fn(&str) + Send + Sync>;
pub(crate) type RetryHook = Arc<dyn Fn(&Retry) + Send + Sync>;
pub(crate) type WarningHook = Arc<dyn Fn(&str) + Send + Sync>;

/// How to open a bucket; the default is right outside of tests.
#[derive(Clone)]
pub struct StoreOptions {
    pub(crate) dry_run: bool,
    pub(crate) tries: u32,
    pub(crate) endpoint: Option<String>,
    pub(crate) anonymous: bool,
    pub(crate) secrets: Secrets,
    pub(crate) on_retry: Option<RetryHook>,
    pub(crate) on_progress: Option<ProgressHook>,
    pub(crate) on_secret: Option<SecretHook>,
    pub(crate) on_warning: Option<WarningHook>,
    pub(crate) replace_unfinished: bool,
    pub(crate) on_runner: bool,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            dry_run: false,
            tries: TRIES,
            endpoint: None,
            anonymous: false,
            secrets: Secrets::default(),
            on_retry: None,
            on_progress: None,
            on_secret: None,
            on_warning: None,
            replace_unfinished: false,
            on_runner: false,
        }
    }
}

impl StoreOptions {
    /// Answer every call as usual and write nothing.
    pub fn dry_run(mut self, dry_run: bool) -> Self {
        self.dry_run = dry_run;
        self
    }

    /// Attempts of one request, the first included; the default is 5.
    pub fn tries(mut self, tries: u32) -> Self {
        self.tries = tries;
        self
    }

    /// A server that stands in for the cloud's own; wins over `?endpoint=` in the address.
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some(endpoint.into());
        self
    }

    /// Send requests unsigned, like `?anonymous=true` in the address.
    pub fn anonymous(mut self, anonymous: bool) -> Self {
        self.anonymous = anonymous;
        self
    }

    /// Hands on what the environment says of who is writing: an access token in `CLOUDSDK_AUTH_ACCESS_TOKEN` or
    /// `GOOGLE_OAUTH_ACCESS_TOKEN`, and where a job of GitHub Actions gets its identity. What the clouds' own tools read,
    /// such as `GOOGLE_APPLICATION_CREDENTIALS`, is found without. In a job of GitHub Actions a bucket's address that is a bare
    /// path is an error: most likely its scheme is missing, and the folder would end with the job. `GOOGLE_STS_ENDPOINT` names a server in place of Google's
    /// token service.
    pub fn environment(mut self, variable: impl Fn(&str) -> Option<String>) -> Self {
        self.on_runner = variable("GITHUB_ACTIONS").as_deref() == Some("true");
        self.secrets = Secrets::of(variable);
        self
    }

    /// Replace at once what an upload has left that never finished. Without it that happens when the upload began 6 hours ago.
    /// Whoever sets it knows that the upload is not running.
    pub fn replace_unfinished(mut self, replace_unfinished: bool) -> Self {
        self.replace_unfinished = replace_unfinished;
        self
    }

    /// Called with what is passed over because it is damaged; must return at once.
    pub fn on_warning(mut self, call: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.on_warning = Some(Arc::new(call));
        self
    }

    /// Called before each retry; must return at once.
    pub fn on_retry(mut self, call: impl Fn(&Retry) + Send + Sync + 'static) -> Self {
        self.on_retry = Some(connect::hook(call));
        self
    }

    /// Called with each token, once, as soon as it exists, so that it can be masked.
    pub fn on_secret(mut self, call: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.on_secret = Some(Arc::new(call));
        self
    }

    /// Called while packages are sent, often; must return at once.
    pub fn on_progress(mut self, call: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        self.on_progress = Some(Arc::new(call));
        self
    }
}

impl fmt::Debug for StoreOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreOptions")
            .field("dry_run", &self.dry_run)
            .field("tries", &self.tries)
            .field("endpoint", &self.endpoint)
            .field("anonymous", &self.anonymous)
            .finish_non_exhaustive()
    }
}
