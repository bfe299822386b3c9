//! Many seeds, on every core: what was found, how much was tried, and how long it
//! took. Each hundredth seed is run twice, and both must tell the same story.

use std::{
    fmt,
    ops::Range,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::Result;

use super::{
    bug::Bug,
    counts::Counts,
    ground::Ground,
    model::Violation,
    plan::Plan,
    shrink::shortest,
    story::{Story, Telling},
    world::{Outcome, World},
};

/// Seeds of which each this many is run twice.
const TWICE: u64 = 100;

/// With so many failures there is enough to look at.
const FAILURES_MAX: usize = 10;

/// A seed under which a rule was broken.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The seed.
    pub seed: u64,
    /// What was broken.
    pub violation: Violation,
}

/// What came of many seeds.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Seeds that were run.
    pub seeds: u64,
    /// Things that happened in them, one by one.
    pub steps: u64,
    /// What went wrong on purpose.
    pub counts: Counts,
    /// Seeds that were run twice.
    pub twice: u64,
    /// Seeds that told two stories.
    pub unsteady: Vec<u64>,
    /// Seeds under which a rule was broken.
    pub failures: Vec<Failure>,
    /// How long it took.
    pub took: Duration,
}

impl Report {
    /// Whether every rule held under every seed.
    pub const fn is_clean(&self) -> bool {
        self.failures.is_empty() && self.unsteady.is_empty()
    }

    fn add(&mut self, seed: u64, outcome: Outcome) {
        self.seeds += 1;
        self.steps += outcome.steps;
        self.counts.add_all(&outcome.counts);
        if let Some(violation) = outcome.violation {
            self.failures.push(Failure { seed, violation });
        }
    }

    fn is_enough(&self, failures: usize) -> bool {
        self.failures.len() + self.unsteady.len() >= failures
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let violations = self.failures.len() + self.unsteady.len();
        let seconds = self.took.as_secs_f64().max(0.001);
        #[expect(clippy::cast_precision_loss, reason = "a rate, for people")]
        let rate = self.seeds as f64 / seconds;
        writeln!(
            f,
            "{} seeds, {} steps, {violations} violations",
            self.seeds, self.steps
        )?;
        let (faults, told) = (self.counts.faults(), self.counts.told_faults());
        writeln!(f, "{faults} faults injected: {told}")?;
        writeln!(f, "reached: {}", self.counts.told_reached())?;
        writeln!(
            f,
            "{} seeds run twice, each the same story twice",
            self.twice
        )?;
        write!(f, "{seconds:.1} s, {rate:.1} seeds a second")
    }
}

/// What the threads share.
struct Shared<'a> {
    next: AtomicU64,
    end: u64,
    bug: Option<Bug>,
    /// With so many failures it ends.
    failures_max: usize,
    report: Mutex<Report>,
    told: &'a (dyn Fn(&Report) + Sync),
}

/// Runs these seeds on so many threads. `told` hears of the report after each.
pub fn run(seeds: Range<u64>, threads: usize, told: &(dyn Fn(&Report) + Sync)) -> Result<Report> {
    run_until(seeds, threads, None, FAILURES_MAX, told)
}

/// One of these seeds under which a fault of the product shows, if there is any.
pub fn caught(seeds: Range<u64>, threads: usize, bug: Bug) -> Result<Option<Failure>> {
    let report = run_until(seeds, threads, Some(bug), 1, &|_| {})?;
    Ok(report.failures.into_iter().next())
}

/// Runs these seeds until a rule is broken under one of them.
pub fn until_broken(seeds: Range<u64>, threads: usize) -> Result<Report> {
    run_until(seeds, threads, None, 1, &|_| {})
}

fn run_until(
    seeds: Range<u64>,
    threads: usize,
    bug: Option<Bug>,
    failures_max: usize,
    told: &(dyn Fn(&Report) + Sync),
) -> Result<Report> {
    let began = Instant::now();
    let shared = Shared {
        next: AtomicU64::new(seeds.start),
        end: seeds.end,
        bug,
        failures_max,
        report: Mutex::default(),
        told,
    };
    thread::scope(|scope| {
        let work = || shared.work();
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| {
            let ended = worker.join();
            ended.unwrap_or_else(|_| Err(anyhow::anyhow!("a thread of the rig panicked")))
        })
    })?;
    let mut report = shared
        .report
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    report.failures.sort_by_key(|failure| failure.seed);
    report.took = began.elapsed();
    Ok(report)
}

impl Shared<'_> {
    /// A kiosk whose disk never fails has nothing to thank too early for.
    fn may_show(&self, plan: &Plan) -> bool {
        self.bug != Some(Bug::ThanksTooEarly) || plan.weather.disk_fails >= 10
    }

    fn work(&self) -> Result<()> {
        let ground = Ground::lay()?;
        loop {
            let seed = self.next.fetch_add(1, Ordering::Relaxed);
            if seed >= self.end || self.with_report(|report| report.is_enough(self.failures_max)) {
                return Ok(());
            }
            if self.may_show(&Plan::of(seed)) {
                self.seed(seed, &ground)?;
            }
        }
    }

    fn seed(&self, seed: u64, ground: &Ground) -> Result<()> {
        if seed.is_multiple_of(TWICE) {
            let [first, second] = [self.whole(seed, ground)?, self.whole(seed, ground)?];
            let steady = first.story.digest() == second.story.digest();
            self.with_report(|report| {
                report.twice += 1;
                if !steady {
                    report.unsteady.push(seed);
                }
                report.add(seed, first);
            });
        } else {
            let outcome = World::run(Plan::of(seed), Telling::Silent, self.bug, ground)?;
            self.with_report(|report| report.add(seed, outcome));
        }
        self.with_report(|report| (self.told)(report));
        Ok(())
    }

    fn whole(&self, seed: u64, ground: &Ground) -> Result<Outcome> {
        World::run(Plan::of(seed), Telling::Whole, self.bug, ground)
    }

    fn with_report<T>(&self, act: impl FnOnce(&mut Report) -> T) -> T {
        // Nothing that could panic happens while it is held.
        act(&mut self.report.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The shortest story of a failure, as a person reads it, and what it breaks.
pub fn explain(failure: &Failure, bug: Option<Bug>) -> Result<(Plan, Story, Option<Violation>)> {
    let ground = Ground::lay()?;
    let rule = failure.violation.rule;
    let plan = shortest(Plan::of(failure.seed), rule, bug, &ground)?;
    let outcome = World::run(plan.clone(), Telling::Whole, bug, &ground)?;
    Ok((plan, outcome.story, outcome.violation))
}
