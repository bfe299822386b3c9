//! `cargo demo`: the whole library on this machine. Here are its words, its
//! packages, its build and its end; what is started in which order is the story's.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use lexopt::{Arg, ValueExt};

use crate::children::Children;
use crate::programs::{self, Programs};
use crate::{packages, workspace};

/// The help of `cargo demo`.
pub const HELP: &str = "\
cargo demo [--once] [--headless] [--data DIR]

Builds and starts the whole library here: the server on 127.0.0.1 with a made-up fleet
of 100 tablets, three agents whose tablets are folders, and the kiosk. It prints the
address of the fleet page and a link that signs you in once. Ctrl-C stops all of it.

  --once        one tablet goes all the way round, each step with its time; then it stops
  --headless    no window: the kiosk is steered through its test door and sees a made clip
  --data DIR    where everything is kept, logs too (default: demo-data); delete it to start
                afresh

Exit codes: 0 it went well · 1 a step failed, and is named · 2 something is missing on
this machine (the line to type is printed) or a word was not understood";

/// What `cargo demo` was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// One round, then stop.
    pub once: bool,
    /// No window, also where there is a display.
    pub headless: bool,
    /// Where everything is kept.
    pub data: PathBuf,
}

impl Options {
    /// Reads the words after `demo`; `None` where help was asked.
    pub fn parse(mut words: lexopt::Parser) -> Result<Option<Self>, lexopt::Error> {
        let data = workspace::root().join("demo-data");
        let mut options = Self {
            once: false,
            headless: false,
            data,
        };
        while let Some(word) = words.next()? {
            match word {
                Arg::Short('h') | Arg::Long("help") => return Ok(None),
                Arg::Long("once") => options.once = true,
                Arg::Long("headless") => options.headless = true,
                Arg::Long("data") => options.data = absolute(words.value()?.parse()?),
                other => return Err(other.unexpected()),
            }
        }
        Ok(Some(options))
    }

    /// Whether the kiosk opens a window: wanted, and there is where to.
    pub fn window(&self) -> bool {
        !self.headless && packages::has_display()
    }
}

/// The programs run elsewhere, so a relative folder means the caller's.
fn absolute(path: PathBuf) -> PathBuf {
    env::current_dir().map_or(path.clone(), |here| here.join(path))
}

/// Installs, builds, starts, and stops when asked or when the round is done.
pub fn run(options: &Options) -> Result<()> {
    packages::ensure(&packages::demo(options.window())).context("the step “packages” failed")?;
    println!("Building the programs.");
    let programs = Programs::build(&programs::ALL).context("the step “build” failed")?;
    let mut children = start_supervising(&options.data)?;
    let outcome = story(options, &programs, &mut children);
    for name in children.stop()? {
        eprintln!("{name} did not end when asked and was killed.");
    }
    outcome
}

fn start_supervising(data: &Path) -> Result<Children> {
    let children = Children::new(&data.join("log"))?;
    let brake = children.brake();
    ctrlc::set_handler(move || brake.pull()).context("listening for Ctrl-C")?;
    Ok(children)
}

fn story(_: &Options, programs: &Programs, _: &mut Children) -> Result<()> {
    for name in programs::ALL {
        println!("  {name}: {}", programs.path(name)?.display());
    }
    bail!(
        "the step “start” failed: the programs are built, and what to start in which order is not written"
    )
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use super::*;

    fn parse(words: &[&str]) -> Result<Option<Options>, lexopt::Error> {
        Options::parse(lexopt::Parser::from_args(words))
    }

    #[test]
    fn without_a_word_it_runs_on_in_the_repositorys_own_folder() {
        let options = parse(&[]).unwrap().unwrap();
        assert!(!options.once && !options.headless);
        assert_eq!(options.data, workspace::root().join("demo-data"));
    }

    #[test]
    fn all_words_are_understood_together() {
        let options = parse(&["--once", "--headless", "--data", "/var/demo"])
            .unwrap()
            .unwrap();
        assert!(options.once && options.headless);
        assert_eq!(options.data, Path::new("/var/demo"));
    }

    #[test]
    fn a_relative_folder_is_the_callers() {
        let options = parse(&["--data", "here"]).unwrap().unwrap();
        assert_eq!(options.data, env::current_dir().unwrap().join("here"));
    }

    #[test]
    fn a_word_it_does_not_know_is_refused_and_help_is_given() {
        assert!(parse(&["--twice"]).is_err());
        assert!(parse(&["--once=2"]).is_err());
        assert_eq!(parse(&["--once", "--help"]).unwrap(), None);
    }

    #[test]
    fn headless_means_no_window_whatever_the_display() {
        assert!(!parse(&["--headless"]).unwrap().unwrap().window());
    }
}
