//! Requests that change something, made once: where an answer was lost, somebody looks before they are made again.

use std::time::Duration;

use http::Method;
use serde::{Serialize, de::DeserializeOwned};

use crate::retry::{Retrying, Waits};
use crate::{Error, GitHub};

impl GitHub {
    /// Makes something, once: where it may have been made although the answer was lost, or was made by somebody else at
    /// the same time, `look` is asked for it before it is made again.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn create<T: DeserializeOwned, E: From<Error>>(
        &self,
        path: &str,
        body: &(impl Serialize + ?Sized),
        look: impl AsyncFn() -> Result<Option<T>, E>,
    ) -> Result<T, E> {
        self.change(&Method::POST, path, body, look).await
    }

    /// Changes what is at a path, once: as [`GitHub::create`] does, where [`GitHub::update`] would send the same change
    /// again without a look.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn update_once<T: DeserializeOwned, E: From<Error>>(
        &self,
        path: &str,
        body: &(impl Serialize + ?Sized),
        look: impl AsyncFn() -> Result<Option<T>, E>,
    ) -> Result<T, E> {
        self.change(&Method::PATCH, path, body, look).await
    }

    /// Deletes what is at a path, once; what is gone already is deleted. `gone` looks whether it is.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn delete_once<E: From<Error>>(
        &self,
        path: &str,
        gone: impl AsyncFn() -> Result<bool, E>,
    ) -> Result<(), E> {
        let make = async || match self.ask_once(&Method::DELETE, path, None::<&()>).await {
            Err(error) if !error.is_not_found() => Err(error),
            _ => Ok(()),
        };
        let look = async || Ok(gone().await?.then_some(()));
        self.once(&format!("DELETE {path}"), make, look).await
    }

    async fn change<T: DeserializeOwned, E: From<Error>>(
        &self,
        method: &Method,
        path: &str,
        body: &(impl Serialize + ?Sized),
        look: impl AsyncFn() -> Result<Option<T>, E>,
    ) -> Result<T, E> {
        let make = async || {
            let reply = self.ask_once(method, path, Some(body)).await?;
            reply.json(&self.asked(method, path))
        };
        self.once(&format!("{method} {path}"), make, look).await
    }

    /// Makes something by `make`, and looks by `look` before it is made again.
    pub(crate) async fn once<T, E: From<Error>>(
        &self,
        what: &str,
        make: impl AsyncFn() -> Result<T, Error>,
        look: impl AsyncFn() -> Result<Option<T>, E>,
    ) -> Result<T, E> {
        let policy = &self.transport.policy;
        let mut waits = Waits::default();
        loop {
            waits.attempt += 1;
            let error = match make().await {
                Ok(made) => return Ok(made),
                Err(error) => error,
            };
            let unknown = error.is_outcome_unknown();
            if !unknown && !error.is_already_exists() {
                return Err(error.into());
            }
            // What was just made may show only after a moment.
            let wait = match unknown {
                true => waits.soon(policy),
                false => Duration::ZERO,
            };
            self.transport.clock.sleep(wait).await;
            if let Some(made) = look().await? {
                return Ok(made);
            }
            if !unknown || waits.attempt >= policy.attempts {
                return Err(error.into());
            }
            let wait = waits.soon(policy);
            self.tell(&Retrying {
                what: what.to_owned(),
                attempt: waits.attempt,
                of: policy.attempts,
                wait,
                cause: format!("{}, and it did not take effect", error.said()),
            });
            self.transport.clock.sleep(wait).await;
        }
    }

    /// Looks by `look` until it finds something, `most` times with waits that grow; `None` if it never does.
    ///
    /// # Errors
    /// What `look` returns.
    pub async fn await_sight<T, E>(
        &self,
        most: usize,
        look: impl AsyncFn() -> Result<Option<T>, E>,
    ) -> Result<Option<T>, E> {
        let policy = &self.transport.policy;
        let mut waits = Waits::default();
        loop {
            waits.attempt += 1;
            if let Some(found) = look().await? {
                return Ok(Some(found));
            }
            if waits.attempt as usize >= most {
                return Ok(None);
            }
            self.transport.clock.sleep(waits.growing(policy)).await;
        }
    }

    pub(crate) fn tell(&self, retrying: &Retrying) {
        (self.transport.observer)(retrying);
    }
}
