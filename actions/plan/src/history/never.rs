//! Why a job never ran: the event, its rules, or only that nothing it looks at has changed.

use super::commits::Listed;
use super::tally::Tally;
use crate::changes::Git;
use crate::config::{Config, Job};
use crate::plan::{Plan, quoted};

/// Explains each job that never ran. `everything` is what a change of every file runs.
pub(super) async fn explain(
    git: &Git<'_>,
    file: &Config,
    listed: &Listed,
    everything: &Plan,
    tally: &mut Tally,
) {
    let mut files = None;
    for (name, job) in tally.jobs.iter_mut().filter(|(_, job)| job.commits == 0) {
        let (Some(rules), Some(planned)) = (file.jobs.get(name), everything.jobs.get(name)) else {
            continue;
        };
        if !planned.run {
            job.never = Some(planned.reason.clone());
            continue;
        }
        if files.is_none() {
            files = Some(newest(git, listed).await);
        }
        job.never = Some(by_files(rules, files.as_deref().unwrap_or_default()));
    }
}

/// The files of the newest commit; none where git cannot tell.
async fn newest(git: &Git<'_>, listed: &Listed) -> Vec<String> {
    let Some(newest) = listed.commits.last() else {
        return Vec::new();
    };
    let head = &newest.compared.head;
    let args = ["ls-tree", "-r", "-z", "--name-only", "--full-tree", head];
    let listed = git.run(&args).await.unwrap_or_default();
    let listed = String::from_utf8_lossy(&listed);
    listed.split_terminator('\0').map(str::to_owned).collect()
}

fn by_files(job: &Job, files: &[String]) -> String {
    let of_paths = job.paths.as_ref().map(|paths| {
        let matching = files.iter().filter(|path| paths.matching(path).is_some());
        match matching.count() {
            0 => "its `paths` match no file of the newest commit".to_owned(),
            1 => "no commit changes the one file that matches its `paths`".to_owned(),
            count => format!("no commit changes one of the {count} files that match its `paths`"),
        }
    });
    let of_packages = job.its_packages();
    let of_packages = of_packages.map(|its| format!("no commit affects any of {its}"));
    let leaders = job.leaders();
    let of_leaders = (!leaders.is_empty()).then(|| {
        let leaders = actions_core::list(&quoted(&leaders));
        format!("no commit runs a job that it runs with: {leaders}")
    });
    let reasons: Vec<String> = [of_paths, of_packages, of_leaders]
        .into_iter()
        .flatten()
        .collect();
    reasons.join(", and ")
}
