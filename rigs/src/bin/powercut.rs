//! The command line of the power cut rig: `cargo xtask powercut`.

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::Result;
use lexopt::{Arg, ValueExt};
use rigs::{
    power::{
        report,
        run::{self, Options, Progress},
    },
    words,
};

const HELP: &str = include_str!("../../help/powercut.txt");

/// How often a run says how far it is.
const SAY_EVERY: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    words::asked("powercut", HELP, parse).map_or_else(|end| end, run)
}

/// Reads the command line; `None` where help was asked.
fn parse(mut words: lexopt::Parser) -> Result<Option<Options>, lexopt::Error> {
    let mut options = Options {
        images: 10_000,
        seed: 1,
        normal: false,
    };
    while let Some(word) = words.next()? {
        match word {
            Arg::Short('h') | Arg::Long("help") => return Ok(None),
            Arg::Long("images") => options.images = words.value()?.parse()?,
            Arg::Long("seed") => options.seed = words.value()?.parse()?,
            Arg::Long("normal") => options.normal = true,
            other => return Err(other.unexpected()),
        }
    }
    Ok(Some(options))
}

fn run(options: Options) -> ExitCode {
    let began = Instant::now();
    let mut said = Duration::ZERO;
    let report = run::run(options, |progress: Progress| {
        if progress.since >= said + SAY_EVERY {
            said = progress.since;
            println!("{progress}");
        }
    });
    match report {
        Ok(report) => {
            println!("{}", report::closing(options, &report, began.elapsed()));
            ExitCode::from(u8::from(report.tally.violations > 0))
        }
        Err(fault) => {
            eprintln!("the rig itself failed: {fault:#}");
            ExitCode::from(words::RIG_FAILED)
        }
    }
}
