//! The command line of `cargo xtask`; everything it does is in the library.

use std::ffi::{OsStr, OsString};
use std::process::ExitCode;

use anyhow::Result;
use lexopt::Arg;
use xtask::failure::{self, SetUpMissing};
use xtask::rig::Rig;
use xtask::{bench, ci, deb, demo, footprint, mutants, planted, vm};

const HELP: &str = "\
The two commands of this repository. Each installs what is missing, builds and runs.

  cargo demo    builds and starts the whole library here: server, tablets, kiosk
  cargo ci      format, lints, all tests, documentation: what a change must pass

The rigs: what tries hardest to break it, for as long as one likes. `cargo ci` runs a
small share of each.

  cargo xtask powercut       cuts the power at any operation on the disk
  cargo xtask sim            simulates whole councils in bad weather, seed by seed
  cargo xtask kills          ends the agent at any moment, again and again
  cargo xtask mutants        changes the rules one small way at a time
  cargo xtask planted        plants bugs, one at a time: a rig must catch each

Beside them:

  cargo xtask bench audit    how long a million log entries take to verify
  cargo xtask bench reset    how long a reset takes, beside rsync and others
  cargo xtask bench footprint    what the agent costs a tablet
  cargo xtask deb agent      a Debian package of the agent
  cargo xtask vm             a whole tablet in a machine of its own, with that package

Each explains itself:  cargo demo --help    cargo xtask powercut --help

Exit codes: 0 it went well · 1 a step failed, and is named · 2 something is missing
on this machine (the line to type is printed) or a word was not understood";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => failure::report(&fault),
    }
}

fn run() -> Result<()> {
    let mut words = lexopt::Parser::from_env();
    match words.next().map_err(|e| not_understood(&e))? {
        None | Some(Arg::Short('h') | Arg::Long("help")) => {
            println!("{HELP}");
            Ok(())
        }
        Some(Arg::Value(word)) if word == "ci" => run_ci(words),
        Some(Arg::Value(word)) if word == "demo" => run_demo(words),
        Some(Arg::Value(word)) if word == "bench" => run_bench(words),
        Some(Arg::Value(word)) if word == "mutants" => run_mutants(words),
        Some(Arg::Value(word)) if word == "planted" => run_planted(words),
        Some(Arg::Value(word)) if word == "deb" => run_deb(words),
        Some(Arg::Value(word)) if word == "vm" => run_vm(words),
        Some(Arg::Value(word)) => run_rig(&word, words),
        Some(other) => Err(not_understood(&other.unexpected())),
    }
}

fn run_rig(name: &OsStr, mut words: lexopt::Parser) -> Result<()> {
    let rig = name.to_str().and_then(Rig::named);
    let unknown = || not_understood(&Arg::Value(name.to_owned()).unexpected());
    let rig = rig.ok_or_else(unknown)?;
    let words = words.raw_args().map_err(|e| not_understood(&e))?;
    rig.run(&words.collect::<Vec<_>>())
}

fn run_bench(mut words: lexopt::Parser) -> Result<()> {
    let words = words.raw_args().map_err(|e| not_understood(&e))?;
    let words: Vec<OsString> = words.collect();
    match words.split_first() {
        Some((first, rest)) if first == "footprint" => {
            run_footprint(lexopt::Parser::from_args(rest))
        }
        Some(_) | None => run_bench_of(lexopt::Parser::from_args(words)),
    }
}

fn run_footprint(words: lexopt::Parser) -> Result<()> {
    if let Some(options) = footprint::Options::parse(words).map_err(|e| not_understood(&e))? {
        return footprint::run(&options);
    }
    println!("{}", footprint::HELP);
    Ok(())
}

fn run_bench_of(words: lexopt::Parser) -> Result<()> {
    if let Some(options) = bench::Options::parse(words).map_err(|e| not_understood(&e))? {
        return bench::run(&options);
    }
    println!("{}", bench::HELP);
    Ok(())
}

fn run_deb(words: lexopt::Parser) -> Result<()> {
    if deb::parse(words).map_err(|e| not_understood(&e))? {
        return deb::run();
    }
    println!("{}", deb::HELP);
    Ok(())
}

fn run_vm(words: lexopt::Parser) -> Result<()> {
    if vm::parse(words).map_err(|e| not_understood(&e))? {
        return vm::run();
    }
    println!("{}", vm::HELP);
    Ok(())
}

fn run_mutants(words: lexopt::Parser) -> Result<()> {
    if let Some(options) = mutants::Options::parse(words).map_err(|e| not_understood(&e))? {
        return mutants::run(&options);
    }
    println!("{}", mutants::HELP);
    Ok(())
}

fn run_planted(words: lexopt::Parser) -> Result<()> {
    if let Some(options) = planted::Options::parse(words).map_err(|e| not_understood(&e))? {
        return planted::run(&options);
    }
    println!("{}", planted::HELP);
    Ok(())
}

fn run_ci(words: lexopt::Parser) -> Result<()> {
    if let Some(options) = ci::Options::parse(words).map_err(|e| not_understood(&e))? {
        return ci::run(&options);
    }
    println!("{}", ci::help());
    Ok(())
}

fn run_demo(words: lexopt::Parser) -> Result<()> {
    if let Some(options) = demo::Options::parse(words).map_err(|e| not_understood(&e))? {
        return demo::run(&options);
    }
    println!("{}", demo::HELP);
    Ok(())
}

fn not_understood(why: &lexopt::Error) -> anyhow::Error {
    SetUpMissing(format!(
        "{why}. `cargo xtask --help` shows what can be said."
    ))
    .into()
}
