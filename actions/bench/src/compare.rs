//! Runs base and head in turns until every verdict is certain, or the time is over.

use std::time::Instant;

use actions_core::{Context, Done, text::counted};
use anyhow::Context as _;
use bench_statistics::{
    Comparison, MOST_BLOCKS, Order, Orders, ROUNDS, Rule, Run, Side, Suite, Verdict, judge,
};

use crate::base::{self, Base};
use crate::inputs::{FailOn, Inputs};
use crate::program::Command;
use crate::report::{self, Row};
use crate::{Outputs, amount, exact, measure, results};

/// Everything that was found out.
#[derive(Debug, Default)]
pub(crate) struct Compared {
    pub(crate) rows: Vec<Row>,
    pub(crate) added: Vec<String>,
    pub(crate) vanished: Vec<String>,
    pub(crate) blocks: usize,
    /// Blocks that a verdict needs at least.
    pub(crate) needed: usize,
    pub(crate) seed: u64,
}

pub(crate) async fn run(
    cx: &Context,
    inputs: &Inputs,
    rule: &Rule,
) -> anyhow::Result<Done<Outputs>> {
    let mut compared = Compared::default();
    let mut measured = Vec::new();
    let mut base_commit = inputs.base_commit.clone();
    if inputs.head.is_some() {
        let head = Command::parse("head", inputs.head()?)?;
        let base = base::find(cx, inputs, &head).await?;
        base_commit = base.commit.clone().or(base_commit);
        let mut turns = Turns::start(cx, inputs, &base, &head).await?;
        turns.run(rule).await?;
        measured = results::of_head(&turns.suite);
        compared = turns.into_compared(rule);
        if inputs.instructions {
            let (row, result) = exact::instructions(cx, inputs, &base.command, &head).await?;
            compared.rows.push(row);
            measured.push(result);
        }
    } else if inputs.sizes.is_empty() {
        inputs.head()?;
    }
    let sizes = exact::sizes(cx, inputs, base_commit.as_deref()).await?;
    measured.extend(sizes.results);
    compared.rows.extend(sizes.rows);
    compared.added.extend(sizes.added);
    results::write(&inputs.results, &measured)?;
    report::compared(cx, inputs, rule, &compared)?;
    Ok(done(inputs, &compared))
}

fn done(inputs: &Inputs, compared: &Compared) -> Done<Outputs> {
    let names = |verdict: Verdict| -> Vec<String> {
        let rows = compared.rows.iter().filter(|row| row.verdict == verdict);
        rows.map(|row| row.name.clone()).collect()
    };
    let worse = names(Verdict::Worse);
    let found = !worse.is_empty() && inputs.fail_on == FailOn::Worse;
    let outputs = Outputs {
        verdict: if found { "found" } else { "passed" }.to_owned(),
        worse,
        better: names(Verdict::Better),
        same: names(Verdict::Same),
        unsure: names(Verdict::Unsure),
        added: compared.added.clone(),
        vanished: compared.vanished.clone(),
        blocks: compared.blocks,
        seed: compared.seed,
        results: inputs.results.display().to_string(),
        executable: None,
        page: None,
    };
    match found {
        true => Done::found(outputs),
        false => Done::passed(outputs),
    }
}

/// The runs of both commands.
struct Turns<'a> {
    cx: &'a Context,
    inputs: &'a Inputs,
    base: &'a Command,
    head: &'a Command,
    orders: Orders,
    seed: u64,
    suite: Suite,
    comparisons: Vec<Comparison>,
    started: Instant,
    needed: usize,
}

impl<'a> Turns<'a> {
    /// Runs each side once, unmeasured: what is broken is found at once, and all files are in memory.
    async fn start(
        cx: &'a Context,
        inputs: &'a Inputs,
        base: &'a Base,
        head: &'a Command,
    ) -> anyhow::Result<Self> {
        let started = Instant::now();
        for command in [&base.command, head] {
            measure::run(cx, inputs, command).await?;
        }
        let random = started.elapsed().as_nanos() ^ u128::from(std::process::id());
        let seed = inputs.seed.unwrap_or_else(|| u64::from(hashed(random)));
        Ok(Self {
            cx,
            inputs,
            base: &base.command,
            head,
            orders: Orders::seeded(seed),
            seed,
            suite: Suite::default(),
            comparisons: Vec::new(),
            started,
            needed: 0,
        })
    }

    async fn run(&mut self, rule: &Rule) -> anyhow::Result<()> {
        self.cx.log.info(format!(
            "alternating runs of base and head (seed {})",
            self.seed
        ));
        for round in 1..=ROUNDS {
            let in_time = self.round(rule, round).await?;
            self.comparisons = judge(&self.suite, rule);
            let unsure = self
                .comparisons
                .iter()
                .filter(|one| one.verdict == Verdict::Unsure);
            let unsure = unsure.count();
            if unsure == 0 {
                break;
            }
            let blocks = counted(self.suite.blocks(), "block");
            let benchmarks = counted(unsure, "benchmark");
            if !in_time {
                self.cx.log.info(format!(
                    "{benchmarks} unsure after {blocks}, and the time budget is used up"
                ));
                break;
            }
            self.cx.log.info(format!(
                "{benchmarks} unsure after {blocks} ({round} of {ROUNDS} rounds)"
            ));
        }
        Ok(())
    }

    /// Runs the blocks of one round; `false` if there was no time for all of them.
    async fn round(&mut self, rule: &Rule, round: usize) -> anyhow::Result<bool> {
        let mut left = usize::MAX;
        while left > 0 {
            let blocks = self.suite.blocks();
            if blocks == MOST_BLOCKS || (blocks > 0 && !self.time_for_another()) {
                return Ok(false);
            }
            let order = self.orders.next().context("failed to choose an order")?;
            self.block(order).await?;
            let in_round = rule.blocks_per_round(self.suite.series().len());
            self.needed = in_round;
            left = (in_round * round).saturating_sub(self.suite.blocks());
            self.progress(in_round * round, left);
        }
        Ok(true)
    }

    async fn block(&mut self, order: Order) -> anyhow::Result<()> {
        let [a, b, c, d] = order;
        let runs = [
            self.once(a).await?,
            self.once(b).await?,
            self.once(c).await?,
            self.once(d).await?,
        ];
        let added = self.suite.add(order, &runs);
        added.context("failed to compare the results of base and head")
    }

    async fn once(&self, side: Side) -> anyhow::Result<Run> {
        let command = match side {
            Side::Base => self.base,
            Side::Head => self.head,
        };
        measure::run(self.cx, self.inputs, command).await
    }

    fn time_for_another(&self) -> bool {
        self.started.elapsed() + self.per_block() <= self.inputs.time_budget.0
    }

    fn per_block(&self) -> std::time::Duration {
        let blocks = u32::try_from(self.suite.blocks()).unwrap_or(u32::MAX);
        self.started.elapsed() / blocks.max(1)
    }

    fn progress(&self, of: usize, left: usize) {
        let left = u32::try_from(left).unwrap_or(u32::MAX);
        self.cx.log.info(format!(
            "block {} of {of}: {} so far, about {} left in this round",
            self.suite.blocks(),
            amount::shown(self.started.elapsed()),
            amount::shown(self.per_block().saturating_mul(left))
        ));
    }

    fn into_compared(self, rule: &Rule) -> Compared {
        let rows = self.comparisons.iter().map(Row::of_comparison);
        Compared {
            rows: rows.collect(),
            added: self.suite.added().map(str::to_owned).collect(),
            vanished: self.suite.vanished().map(str::to_owned).collect(),
            blocks: self.suite.blocks(),
            needed: self.needed.max(rule.blocks_per_round(1)),
            seed: self.seed,
        }
    }
}

/// A number that people can type.
fn hashed(random: u128) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the lowest bits change most"
    )]
    let low = random as u32;
    low.wrapping_mul(0x9e37_79b1) >> 8
}
