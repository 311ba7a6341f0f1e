//! Uploads where the registry has limits: one after another, never before the registry would take it or before the index shows
//! what it needs, and first what most others wait for.

use super::{
    Error, Limits,
    limits::{Bucket, Kind},
    publish::{Progress, Work},
};
use crate::{Event, outcome::Outcome};
use jiff::Timestamp;
use std::{collections::BTreeMap, time::Duration};

/// Our picture of the registry's limits, and what is left to send.
struct Pacer<'a> {
    work: &'a Work<'a>,
    new_crates: Bucket,
    new_versions: Bucket,
    /// How many crates wait for each one.
    dependants: Vec<usize>,
    /// Attempts of each crate that were refused for a limit.
    refused: BTreeMap<usize, u32>,
    progress: Progress,
}

enum Next {
    Send(usize),
    Wait(Timestamp),
    Done,
}

impl Work<'_> {
    pub(super) async fn paced(&self, limits: Limits, progress: Progress) -> Result<Outcome, Error> {
        Pacer::new(self, Some(limits), progress).run().await
    }

    /// Goes on after a registry whose limits were not known has refused some crates.
    pub(super) async fn paced_after(
        &self,
        refusals: Vec<(usize, Error)>,
        progress: Progress,
    ) -> Result<Outcome, Error> {
        let mut pacer = Pacer::new(self, None, progress);
        for (position, refusal) in refusals {
            pacer.refusal(position, refusal)?;
        }
        pacer.run().await
    }
}

impl<'a> Pacer<'a> {
    fn new(work: &'a Work<'a>, limits: Option<Limits>, progress: Progress) -> Self {
        Self {
            new_crates: Bucket::new(limits.map(|limits| limits.new_crates)),
            new_versions: Bucket::new(limits.map(|limits| limits.new_versions)),
            dependants: work.set.dependants(),
            refused: BTreeMap::new(),
            work,
            progress,
        }
    }

    async fn run(mut self) -> Result<Outcome, Error> {
        loop {
            let now = self.now();
            match self.next(now) {
                Next::Send(position) => self.send(position).await?,
                Next::Wait(until) => self.wait(now, until).await,
                Next::Done => break,
            }
        }
        for position in self.progress.taken.clone() {
            self.see(position).await?;
        }
        Ok(self.progress.outcome)
    }

    /// What can go now; or until when nothing can.
    fn next(&self, now: Timestamp) -> Next {
        let mut wait: Option<Timestamp> = None;
        let mut later = |then: Timestamp| wait = Some(wait.map_or(then, |known| known.min(then)));
        for kind in Kind::ALL {
            let free = self.bucket(kind).free_at(now);
            if let Some(best) = self.best(kind) {
                if free <= now {
                    return Next::Send(best);
                }
                later(free);
            }
        }
        match wait {
            Some(until) => Next::Wait(until),
            None => Next::Done,
        }
    }

    /// Of those of a kind whose needs were taken, the one that most others wait for.
    fn best(&self, kind: Kind) -> Option<usize> {
        let open = self.open(kind);
        let open = open.filter(|position| self.needs_are_taken(*position));
        // Of equals, the last one is taken: so the order is turned around first.
        let mut open: Vec<usize> = open.collect();
        open.reverse();
        open.into_iter()
            .max_by_key(|position| self.dependants.get(*position).copied())
    }

    fn open(&self, kind: Kind) -> impl Iterator<Item = usize> {
        (0..self.work.set.crates.len()).filter(move |position| {
            !self.progress.taken.contains(position) && self.kind(*position) == kind
        })
    }

    fn left(&self, kind: Kind) -> u32 {
        u32::try_from(self.open(kind).count()).unwrap_or(u32::MAX)
    }

    /// The first version of a crate that the registry does not know creates it.
    fn kind(&self, position: usize) -> Kind {
        let crates = &self.work.plan.crates;
        let Some(planned) = crates.get(position) else {
            return Kind::NewVersion;
        };
        let mut before = crates.iter().take(position);
        match planned.new_crate && !before.any(|one| one.name == planned.name) {
            true => Kind::NewCrate,
            false => Kind::NewVersion,
        }
    }

    fn needs_are_taken(&self, position: usize) -> bool {
        let needs = self.work.set.needs.get(position);
        needs.is_none_or(|needs| needs.is_subset(&self.progress.taken))
    }

    /// Sends a crate when the index shows all that it needs.
    async fn send(&mut self, position: usize) -> Result<(), Error> {
        let needs = self.work.set.needs.get(position).cloned();
        for need in needs.into_iter().flatten() {
            self.see(need).await?;
        }
        let Some(krate) = self.work.set.crates.get(position) else {
            return Ok(());
        };
        let earlier = self.refused.get(&position).copied().unwrap_or(0);
        let Work {
            registry,
            credentials,
            ..
        } = self.work;
        let sent = registry.send(krate, credentials, earlier).await;
        let now = self.now();
        let kind = self.kind(position);
        self.bucket_mut(kind).take(now);
        match sent {
            Ok(sent) => {
                let file = self.work.file(position);
                self.progress.done(position, &file, sent);
                Ok(())
            }
            Err(refusal) => self.refusal(position, refusal),
        }
    }

    /// A limit is kept from now on; anything else ends the run.
    fn refusal(&mut self, position: usize, refusal: Error) -> Result<(), Error> {
        let Error::Limited {
            until,
            attempt,
            cause,
        } = refusal
        else {
            return Err(refusal);
        };
        self.refused.insert(position, attempt);
        let kind = self.kind(position);
        self.bucket_mut(kind).block(until);
        let wait = Duration::try_from(until.duration_since(self.now())).unwrap_or_default();
        let registry = self.work.registry;
        registry.say(Event::Retrying {
            what: format!("publish {}", self.work.file(position)),
            attempt,
            of: registry.transport.policy.attempts,
            wait: rounded_up(wait),
            cause: cause.to_string(),
        });
        Ok(())
    }

    /// Waits until the index shows a crate; once.
    async fn see(&mut self, position: usize) -> Result<(), Error> {
        if let Some(krate) = self.work.set.crates.get(position)
            && self.progress.seen.insert(position)
        {
            let registry = self.work.registry;
            registry.wait_visible(krate, self.work.credentials).await?;
        }
        Ok(())
    }

    async fn wait(&self, now: Timestamp, until: Timestamp) {
        let length = |then: Timestamp| Duration::try_from(then.duration_since(now));
        let wait = length(until).unwrap_or_default();
        let lefts = Kind::ALL.map(|kind| (kind, self.left(kind)));
        let done = lefts.map(|(kind, left)| self.bucket(kind).done_at(left, now));
        let waiting_for = lefts
            .iter()
            .filter(|(kind, left)| *left > 0 && self.bucket(*kind).free_at(now) > now)
            .map(|(kind, _)| match kind {
                Kind::NewCrate => "new crates",
                Kind::NewVersion => "new versions",
            });
        let waiting_for: Vec<&str> = waiting_for.collect();
        let longest = done.into_iter().filter_map(|then| length(then).ok()).max();
        let at_least = longest.map_or(wait, |longest| longest.max(wait));
        let registry = self.work.registry;
        registry.say(Event::Waiting {
            what: format!("the registry's limit on {}", waiting_for.join(" and ")),
            wait: rounded_up(wait),
            left: lefts.iter().map(|(_, left)| *left as usize).sum(),
            at_least: rounded_up(at_least),
        });
        registry.transport.clock.sleep(wait).await;
    }

    fn now(&self) -> Timestamp {
        self.work.registry.transport.clock.now()
    }

    fn bucket(&self, kind: Kind) -> &Bucket {
        match kind {
            Kind::NewCrate => &self.new_crates,
            Kind::NewVersion => &self.new_versions,
        }
    }

    fn bucket_mut(&mut self, kind: Kind) -> &mut Bucket {
        match kind {
            Kind::NewCrate => &mut self.new_crates,
            Kind::NewVersion => &mut self.new_versions,
        }
    }
}

/// To whole seconds, as servers name their waits.
fn rounded_up(wait: Duration) -> Duration {
    let seconds = wait.as_millis().div_ceil(1000);
    Duration::from_secs(u64::try_from(seconds).unwrap_or(u64::MAX))
}
