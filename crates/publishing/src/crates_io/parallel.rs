//! Uploads where the registry has no limits: a crate goes as soon as all that it needs can be seen in the index.

use super::{
    Error,
    publish::{Progress, Work},
};
use crate::outcome::{Outcome, Sent};
use futures::{StreamExt as _, stream::FuturesUnordered};
use std::collections::BTreeSet;
use tokio::sync::Semaphore;

/// Uploads at once; looks at the index do not count.
const UPLOADS: usize = 8;

impl Work<'_> {
    /// Sends crates that do not need each other at once. A registry that turns out to have a limit gets one after another.
    pub(super) async fn at_once(&self, mut progress: Progress) -> Result<Outcome, Error> {
        let slots = Semaphore::new(UPLOADS);
        let mut running = FuturesUnordered::new();
        let mut started = progress.taken.clone();
        let (mut limited, mut failed) = (Vec::new(), None);
        loop {
            if failed.is_none() && limited.is_empty() {
                for position in self.ready(&progress.seen, &started) {
                    started.insert(position);
                    running.push(self.one(position, &slots));
                }
            }
            // What is under way is waited for even after a failure: to cut an upload saves nothing.
            let Some((position, result)) = running.next().await else {
                break;
            };
            match result {
                Ok(sent) => {
                    progress.done(position, &self.file(position), sent);
                    progress.seen.insert(position);
                }
                Err(error @ Error::Limited { .. }) => limited.push((position, error)),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        match failed {
            Some(error) => Err(error),
            None if limited.is_empty() => Ok(progress.outcome),
            None => self.paced_after(limited, progress).await,
        }
    }

    fn ready(&self, seen: &BTreeSet<usize>, started: &BTreeSet<usize>) -> Vec<usize> {
        let needs = self.set.needs.iter().enumerate();
        needs
            .filter(|(position, needs)| !started.contains(position) && needs.is_subset(seen))
            .map(|(position, _)| position)
            .collect()
    }

    async fn one(&self, position: usize, slots: &Semaphore) -> (usize, Result<Sent, Error>) {
        let Some(krate) = self.set.crates.get(position) else {
            return (position, Ok(Sent::Unchanged));
        };
        let slot = slots.acquire().await;
        let sent = self.registry.send(krate, self.credentials, 0).await;
        drop(slot);
        let seen = match sent {
            Ok(Sent::Published) => {
                let seen = self.registry.wait_visible(krate, self.credentials).await;
                seen.map(|()| Sent::Published)
            }
            other => other,
        };
        (position, seen)
    }

    pub(super) fn file(&self, position: usize) -> String {
        let planned = self.plan.crates.get(position);
        planned.map(|one| one.file.clone()).unwrap_or_default()
    }
}
