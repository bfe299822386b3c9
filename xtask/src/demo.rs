//! `cargo demo`: the whole library on this machine. Here are its words, its
//! packages, its build and its end; what is started in which order is the story's.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use lexopt::{Arg, ValueExt};
use serde_json::{Value, json};

use crate::children::{Children, Teller, Why};
use crate::programs::{self, Programs};
use crate::world::{self, CARD, Face, World};
use crate::{packages, round, workspace};

/// Tablets of the made-up fleet that no agent plays.
const FLEET: usize = 97;
/// Tablets that a real agent plays, each in its own folder; the first is used.
const AGENTS: [&str; 3] = ["WGN-001", "WGN-002", "WGN-003"];

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

    /// Where this demo keeps its things: a round has a folder of its own, so that
    /// it never touches a fleet that somebody is looking at.
    fn folder(&self) -> PathBuf {
        if self.once {
            self.data.join("once")
        } else {
            self.data.clone()
        }
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
    let data = options.folder();
    if options.once {
        afresh(&data).context("the step “clear” failed")?;
    }
    let children = start_supervising(&data)?;
    let mut world = World::new(programs, data, children)?;
    let outcome = story(options, &mut world);
    for name in world.children.stop()? {
        eprintln!("{name} did not end when asked and was killed.");
    }
    outcome
}

/// A round is told from its beginning, so an earlier round's folder goes.
fn afresh(data: &Path) -> Result<()> {
    match std::fs::remove_dir_all(data) {
        Err(fault) if fault.kind() != std::io::ErrorKind::NotFound => {
            Err(fault).with_context(|| format!("clearing {}", data.display()))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

fn start_supervising(data: &Path) -> Result<Children> {
    let children = Children::new(&data.join("log"))?;
    let brake = children.brake();
    ctrlc::set_handler(move || brake.pull()).context("listening for Ctrl-C")?;
    Ok(children)
}

fn story(options: &Options, world: &mut World) -> Result<()> {
    if options.once {
        println!("Starting the server with a made-up fleet.");
        furnish(world, FLEET)?;
        let link = world
            .start_server(None)
            .context("the step “server” failed")?;
        return round::go(world, &link);
    }
    stay(options, world)
}

fn furnish(world: &mut World, tablets: usize) -> Result<()> {
    world.furnish(tablets).context("the step “fleet” failed")
}

/// Starts everything, says where it is, and stays until somebody stops it.
fn stay(options: &Options, world: &mut World) -> Result<()> {
    let first_time = !world.is_furnished();
    if first_time {
        println!("Making a fleet of made-up tablets and people.");
        furnish(world, FLEET)?;
    }
    println!("Starting the server, three agents and the kiosk.");
    let link = world
        .start_server(None)
        .context("the step “server” failed")?;
    if first_time {
        enrol(world).context("the step “enrol” failed")?;
    }
    for number in AGENTS {
        let started = world.start_agent(number, None);
        started.with_context(|| format!("the step “agent {number}” failed"))?;
    }
    let face = if options.window() {
        Face::Window
    } else {
        Face::Headless
    };
    world
        .start_kiosk(face, None, None)
        .context("the step “kiosk” failed")?;
    welcome(world, &link, face);
    listen(world)
}

fn enrol(world: &World) -> Result<()> {
    for number in AGENTS {
        world.enrol_tablet(number, &world.tablet_code(number)?, None)?;
    }
    let [used, ..] = AGENTS;
    round::use_it(&world.tablet_folder(used))?;
    world.make_shelf(None)?;
    for number in AGENTS {
        world.make_shelf(Some(number))?;
    }
    world.enrol_kiosk(&world.kiosk_code()?, None)?;
    world.note_furnished()
}

fn welcome(world: &World, link: &str, face: Face) {
    let shown = match face {
        Face::Window => "The kiosk is the window that opened.",
        Face::Headless => {
            "There is no display: the kiosk runs without a window, its screens are in its log."
        }
    };
    println!(
        "\n  Fleet page    http://{}/\n  Sign in once  {link}\n  Logs          {}\n\n{shown}\n{HANDS}",
        world.address(),
        world.log_folder().display(),
    );
}

/// What can be typed while the demo runs.
const HANDS: &str = "\
Type one of these and Enter; Ctrl-C stops everything.

  b        show the operator's badge to the hand scanner: opens the desk
  c        show the borrower's card to the hand scanner
  1 2 3    lay WGN-001, WGN-002 or WGN-003 on the shelf
  0        take it away again";

/// Does what is typed until somebody stops the demo or a program ends.
fn listen(world: &mut World) -> Result<()> {
    let hands = hands(world)?;
    let kiosk = world.children.teller("kiosk")?;
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            match hands.get(line.trim()) {
                Some(input) => tell(&kiosk, input),
                None => println!("{HANDS}"),
            }
        }
    });
    match world.children.until_stopped() {
        Why::Asked => Ok(()),
        Why::Ended(trouble) => Err(trouble.into()),
    }
}

fn tell(kiosk: &Teller, input: &Value) {
    if let Err(fault) = kiosk.tell(&input.to_string()) {
        eprintln!("The kiosk does not hear: {fault:#}");
    }
}

/// What each key does. Where there is a real camera, the hand scanner reads tags.
fn hands(world: &World) -> Result<BTreeMap<&'static str, Value>> {
    let mut hands = BTreeMap::from([
        ("b", json!({ "text": world.badge()? })),
        ("c", json!({ "text": CARD })),
    ]);
    for (key, number) in ["1", "2", "3"].into_iter().zip(AGENTS) {
        let scanned = json!({ "text": world.tag(number)? });
        let laid = clip(world, Some(number));
        hands.insert(key, if world::has_camera() { scanned } else { laid });
    }
    if !world::has_camera() {
        hands.insert("0", clip(world, None));
    }
    Ok(hands)
}

fn clip(world: &World, tablet: Option<&str>) -> Value {
    json!({ "camera": format!("clip:{}", world.shelf(tablet).display()) })
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
