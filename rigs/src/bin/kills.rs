//! The command line of the rig that kills: `cargo xtask kills`.

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::Result;
use lexopt::{Arg, ValueExt};
use rigs::{
    kills::{self, Options, Report},
    words,
};
use xtask::{programs::Programs, workspace};

const HELP: &str = include_str!("../../help/kills.txt");

/// How often a run says how far it is.
const SAY_EVERY: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    words::asked("kills", HELP, parse).map_or_else(|end| end, run)
}

/// Reads the command line; `None` where help was asked.
fn parse(mut words: lexopt::Parser) -> Result<Option<Options>, lexopt::Error> {
    let mut options = Options {
        rounds: 1000,
        seed: 1,
    };
    while let Some(word) = words.next()? {
        match word {
            Arg::Short('h') | Arg::Long("help") => return Ok(None),
            Arg::Long("rounds") => options.rounds = words.value()?.parse()?,
            Arg::Long("seed") => options.seed = words.value()?.parse()?,
            other => return Err(other.unexpected()),
        }
    }
    Ok(Some(options))
}

fn run(options: Options) -> ExitCode {
    let folder = workspace::target().join("kills");
    match kill(options, &folder) {
        Ok((report, took)) => {
            let (seed, seconds) = (options.seed, took.as_secs());
            println!("seed {seed}: {report}; {seconds} s. Nothing was violated.");
            ExitCode::SUCCESS
        }
        Err(fault) => {
            eprintln!("{fault:#}\nIts folder: {}", folder.display());
            ExitCode::FAILURE
        }
    }
}

fn kill(options: Options, folder: &std::path::Path) -> Result<(Report, Duration)> {
    let programs = Programs::build(&kills::PROGRAMS)?;
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    let began = Instant::now();
    let mut said = Duration::ZERO;
    let report = kills::run(options, programs, folder, |report| {
        let since = began.elapsed();
        if since >= said + SAY_EVERY {
            said = since;
            println!("  {} kills, {} loans", report.kills(), report.loans);
        }
    })?;
    Ok((report, began.elapsed()))
}
