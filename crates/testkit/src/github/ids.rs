//! Ids for what a state file leaves without one.

use super::State;

impl State {
    /// Gives an id to everything that has none.
    pub(super) fn complete(&mut self) {
        let Self {
            next_id,
            repositories,
            ..
        } = self;
        let mut give = |id: &mut u64| {
            if *id == 0 {
                *next_id += 1;
                *id = *next_id;
            }
        };
        for repository in repositories {
            give(&mut repository.id);
            repository.labels.iter_mut().for_each(|it| give(&mut it.id));
            repository.issues.iter_mut().for_each(|it| give(&mut it.id));
            repository.pulls.iter_mut().for_each(|it| give(&mut it.id));
            repository
                .comments
                .iter_mut()
                .for_each(|it| give(&mut it.id));
            repository
                .statuses
                .iter_mut()
                .for_each(|it| give(&mut it.id));
            repository
                .check_runs
                .iter_mut()
                .for_each(|it| give(&mut it.id));
            repository
                .workflow_runs
                .iter_mut()
                .for_each(|it| give(&mut it.id));
            for release in &mut repository.releases {
                give(&mut release.id);
                release.assets.iter_mut().for_each(|it| give(&mut it.id));
            }
        }
    }
}
