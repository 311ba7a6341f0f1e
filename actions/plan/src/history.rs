//! What the last commits of a branch would have run by today's rules: what a rule costs or spares shows only over many changes.

mod commits;
mod never;
mod report;
mod tally;

use std::num::NonZeroU32;
use std::path::Path;

use actions_core::Context;
use anyhow::bail;

use self::commits::{Commit, Listed};
use self::tally::Tally;
use crate::changes::{Blind, Changes, Compared, Git};
use crate::config::Config;
use crate::plan::{Before, Facts, Plan, plan};
use crate::reach::{self, Change, Reached, Reader};
use crate::trigger::Trigger;
use crate::{Inputs, Outputs};

/// Commits whose packages are read together.
const TOGETHER: usize = 8;
/// Commits after which a line tells how far it is.
const PROGRESS: usize = 50;

/// Plans each of the last `count` commits as if it were a pull request, or the event that was given.
pub(crate) fn look(
    cx: &Context,
    file: &Config,
    inputs: &Inputs,
    jobs: Option<&[String]>,
    count: NonZeroU32,
) -> anyhow::Result<Outputs> {
    let event = match &inputs.event {
        Some(path) => cx.event(Some(path))?,
        None => None,
    };
    let base = inputs.base.as_deref();
    let folder = Path::new(".");
    let looked = cx.block_on(async {
        let git = match Git::open(folder).await {
            Ok(git) => git,
            Err(Blind(why)) => bail!("failed to look at the history: {why}"),
        };
        let listed = match commits::list(cx, &git, base, count).await {
            Ok(listed) => listed,
            Err(Blind(why)) => bail!("failed to look at the history: {why}"),
        };
        let trigger = event.as_ref().map(Trigger::from);
        let look = Look {
            cx,
            file,
            git: &git,
            jobs,
            trigger: trigger.unwrap_or_else(|| Trigger::laptop(&listed.branch)),
        };
        let tally = look.tally(&listed).await?;
        Ok((look.trigger, listed, tally))
    });
    let (trigger, listed, tally) = looked?;
    let report = report::Report {
        file,
        listed: &listed,
        trigger: &trigger,
        tally: &tally,
    };
    report.log(cx);
    cx.write_summary(&report.summary())?;
    Ok(Outputs {
        history: Some(report.to_json()),
        ..Outputs::nothing()
    })
}

struct Look<'a> {
    cx: &'a Context,
    file: &'a Config,
    git: &'a Git<'a>,
    /// Names of the jobs of one workflow; `None` for all.
    jobs: Option<&'a [String]>,
    trigger: Trigger,
}

impl Look<'_> {
    async fn tally(&self, listed: &Listed) -> anyhow::Result<Tally> {
        let everything = Changes::Everything("every file has changed".to_owned());
        let everything = self.plan(everything, Before::Unknown, Reached::NotAsked)?.1;
        let mut tally = Tally::new(&everything);
        let asked = self.file.ecosystems();
        let mut reader = Reader::new(self.git, &asked);
        if !asked.is_empty() {
            self.begin(&mut reader, listed).await?;
        }
        let mut done = 0;
        for commits in listed.commits.chunks(TOGETHER) {
            if !asked.is_empty() {
                read(&mut reader, commits).await;
            }
            for commit in commits {
                let reached = match asked.is_empty() {
                    true => Reached::NotAsked,
                    false => {
                        let (compared, files) = (&commit.compared, &commit.files);
                        Reached::by(self.file, Change::of(&reader, self.file, compared, files))
                    }
                };
                let before = self.before(commit).await;
                let changes = Changes::Files(commit.files.clone());
                let (facts, plan) = self.plan(changes, before, reached)?;
                tally.add(self.file, commit, &facts, &plan);
            }
            if let Some(last) = commits.last() {
                reader.forget_all_but(&last.compared.head);
            }
            let before = done;
            done += commits.len();
            if before / PROGRESS < done / PROGRESS && done < listed.commits.len() {
                let total = listed.commits.len();
                self.cx.log.info(format!("{done} of {total} commits"));
            }
        }
        never::explain(self.git, self.file, listed, &everything, &mut tally).await;
        Ok(tally)
    }

    /// Reads the packages of the newest commit, whose names the rules must have, and those before the oldest.
    async fn begin(&self, reader: &mut Reader<'_>, listed: &Listed) -> anyhow::Result<()> {
        let (Some(oldest), Some(newest)) = (listed.commits.first(), listed.commits.last()) else {
            return Ok(());
        };
        let (base, head) = (&oldest.compared.base, &newest.compared.head);
        reader.read(&[base, head]).await;
        reader.log_remarks(self.cx);
        if let Ok(graph) = reader.graph(head) {
            reach::check(self.file, reach::names(&graph))?;
        }
        reader.forget_all_but(base);
        Ok(())
    }

    /// Today's rules decide, so older ones matter only if they are the same.
    async fn before(&self, commit: &Commit) -> Before {
        if !commit.files.contains(&self.file.path) {
            return Before::Unknown;
        }
        match self.git.before(self.file, &commit.compared).await {
            Before::SameRules => Before::SameRules,
            Before::Rules(_) | Before::Unknown => Before::Unknown,
        }
    }

    fn plan(
        &self,
        changes: Changes,
        before: Before,
        reached: Reached,
    ) -> anyhow::Result<(Facts, Plan)> {
        let facts = Facts {
            trigger: self.trigger.clone(),
            labels: Vec::new(),
            request: Vec::new(),
            changes,
            remark: None,
            before,
            reached,
            packages: None,
        };
        let plan = plan(self.file, &facts)?;
        let plan = match self.jobs {
            None => plan,
            Some(jobs) => plan.only(jobs, self.file),
        };
        Ok((facts, plan))
    }
}

/// Reads the packages of commits that follow each other; those before the first are known.
async fn read(reader: &mut Reader<'_>, commits: &[Commit]) {
    let new = commits.iter().filter(|it| !it.keeps_packages);
    let new: Vec<&str> = new.map(|it| it.compared.head.as_str()).collect();
    reader.read(&new).await;
    for Commit { compared, .. } in commits.iter().filter(|it| it.keeps_packages) {
        let Compared { base, head } = compared;
        reader.copy(base, head);
    }
}
