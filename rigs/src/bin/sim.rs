//! The command line of the simulation: `cargo xtask sim`.

use std::{
    ops::Range,
    panic,
    process::ExitCode,
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

use anyhow::Result;
use lexopt::{Arg, ValueExt};
use rigs::{
    sim::{
        campaign::{self, Failure, Report},
        ground::Ground,
        plan::Plan,
        story::Telling,
        world::World,
    },
    words,
};

const HELP: &str = include_str!("../../help/sim.txt");

/// How often a run says how far it is.
const SAY_EVERY: Duration = Duration::from_secs(5);

/// What was asked.
struct Options {
    seeds: u64,
    from: u64,
    seed: Option<u64>,
    first: bool,
}

fn main() -> ExitCode {
    let options = match words::asked("sim", HELP, parse) {
        Ok(options) => options,
        Err(end) => return end,
    };
    // What panics is a violation, and is told as one.
    panic::set_hook(Box::new(|_| {}));
    let ran = match options.seed {
        Some(seed) => one(seed),
        None if options.first => until_broken(&options),
        None => many(&options),
    };
    match ran {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(fault) => {
            eprintln!("the rig itself failed: {fault:#}");
            ExitCode::from(words::RIG_FAILED)
        }
    }
}

/// Reads the command line; `None` where help was asked.
fn parse(mut words: lexopt::Parser) -> Result<Option<Options>, lexopt::Error> {
    let mut options = Options {
        seeds: 1_000,
        from: 0,
        seed: None,
        first: false,
    };
    while let Some(word) = words.next()? {
        match word {
            Arg::Short('h') | Arg::Long("help") => return Ok(None),
            Arg::Long("seeds") => options.seeds = words.value()?.parse()?,
            Arg::Long("from") => options.from = words.value()?.parse()?,
            Arg::Long("first") => options.first = true,
            Arg::Long("seed") => options.seed = Some(words.value()?.parse()?),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Some(options))
}

/// Tells the story of one seed; whether every rule held.
fn one(seed: u64) -> Result<bool> {
    let plan = Plan::of(seed);
    println!("seed {seed}: {:?}, {:?}", plan.size, plan.weather);
    let outcome = World::run(plan, Telling::Whole, None, &Ground::lay()?)?;
    print!("{}", outcome.story);
    println!("faults injected: {}", outcome.counts.told_faults());
    match &outcome.violation {
        None => println!("every rule held"),
        Some(violation) => println!("{violation}"),
    }
    Ok(outcome.violation.is_none())
}

impl Options {
    const fn seeds(&self) -> Range<u64> {
        self.from..self.from.saturating_add(self.seeds)
    }
}

fn threads() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Runs seeds until a rule is broken under one; whether none was.
fn until_broken(options: &Options) -> Result<bool> {
    let report = campaign::until_broken(options.seeds(), threads())?;
    for Failure { seed, violation } in &report.failures {
        println!("seed {seed}: {violation}");
    }
    for seed in &report.unsteady {
        println!("seed {seed} told two stories");
    }
    println!("{} seeds", report.seeds);
    Ok(report.is_clean())
}

/// Runs many seeds; whether every rule held under each.
fn many(options: &Options) -> Result<bool> {
    let said = Mutex::new(Said::now());
    let told = |report: &Report| {
        // A thread that panics ends the rig.
        if let Ok(mut said) = said.lock() {
            said.tell(report);
        }
    };
    let report = campaign::run(options.seeds(), threads(), &told)?;
    for seed in &report.unsteady {
        println!("seed {seed} told two stories");
    }
    // One story of each rule: the same bug shows under many seeds.
    let mut rules = Vec::new();
    for failure in &report.failures {
        if !rules.contains(&failure.violation.rule) {
            rules.push(failure.violation.rule);
            tell(failure)?;
        }
    }
    println!("{report}");
    Ok(report.is_clean())
}

/// What was said of a run so far.
struct Said {
    at: Instant,
    failures: usize,
}

impl Said {
    fn now() -> Self {
        let (at, failures) = (Instant::now(), 0);
        Self { at, failures }
    }

    /// A failure at once, and now and then how far it is.
    fn tell(&mut self, report: &Report) {
        for failure in &report.failures[self.failures..] {
            println!("seed {}: {}", failure.seed, failure.violation);
        }
        self.failures = report.failures.len();
        if self.at.elapsed() >= SAY_EVERY {
            self.at = Instant::now();
            println!("  {} seeds, {} violations", report.seeds, self.failures);
        }
    }
}

fn tell(failure: &Failure) -> Result<()> {
    let seed = failure.seed;
    println!("\nseed {seed}, the shortest story found:");
    let (plan, story, violation) = campaign::explain(failure, None)?;
    println!("{:?}, {:?}", plan.size, plan.weather);
    for step in &plan.steps {
        println!("  planned: {:?}", step.what);
    }
    println!("{}", story.told());
    let violation = violation.as_ref().unwrap_or(&failure.violation);
    println!("{violation}\nAgain: cargo xtask sim --seed {seed}\n");
    Ok(())
}
