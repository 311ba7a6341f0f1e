//! Who may do what with a bucket.

use std::fmt;

use super::refusal::Refusal;

/// What a token allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    Granted,
    /// The token is that of this account, which lacks the permission.
    Denied(String),
    /// It is no token that anybody has now.
    Unknown,
}

type Check = dyn Fn(Option<&str>, &str) -> Access + Send + Sync;

/// Asks the test what a token allows.
pub(super) struct Gate(Box<Check>);

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").finish_non_exhaustive()
    }
}

impl Gate {
    pub(super) fn new(
        check: impl Fn(Option<&str>, &str) -> Access + Send + Sync + 'static,
    ) -> Self {
        Self(Box::new(check))
    }

    pub(super) fn check(&self, token: Option<&str>, permission: &str) -> Result<(), Refusal> {
        self.judge(token, permission, permission)
    }

    /// Whether somebody may know that an object is not there: for that, one must be allowed to list.
    pub(super) fn may_know(&self, token: Option<&str>) -> Result<(), Refusal> {
        self.judge(token, "storage.objects.list", "storage.objects.get")
    }

    /// Whoever shows nothing is told to show something, whatever the reason is.
    fn judge(&self, token: Option<&str>, asked: &str, said: &str) -> Result<(), Refusal> {
        match ((self.0)(token, asked), token) {
            (Access::Granted, _) => Ok(()),
            (_, None) => Err(Refusal::anonymous(said)),
            (Access::Denied(who), Some(_)) => Err(Refusal::forbidden(&who, said)),
            (Access::Unknown, Some(_)) => Err(Refusal::invalid_token()),
        }
    }
}
