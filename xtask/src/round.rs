//! One round, as `cargo demo --once` shows it: each step named and timed.

use std::fmt;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::browser::Browser;
use crate::counter::Counter;
use crate::world::{self, CARD, Face, World};

/// The tablet that goes round.
pub const NUMBER: &str = "WGN-001";

/// How long an agent may take for a step.
const AGENT_WITHIN: Duration = Duration::from_mins(1);

/// Prints each step with its time, and names the one that fails; shows all of them once
/// more as a table.
pub struct Steps {
    began: Instant,
    last: Instant,
    rows: Vec<(String, Duration, Duration)>,
    notes: Vec<String>,
}

impl Steps {
    /// The clock starts.
    pub fn new() -> Self {
        let now = Instant::now();
        Self {
            began: now,
            last: now,
            rows: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Notes what else is to stand below the table.
    pub fn note(&mut self, line: String) {
        self.notes.push(line);
    }

    /// Does a step.
    pub fn step<T>(&mut self, name: &str, act: impl FnOnce() -> Result<T>) -> Result<T> {
        self.last = Instant::now();
        let done = act().with_context(|| format!("the step “{name}” failed"))?;
        let (took, all) = (self.last.elapsed(), self.began.elapsed());
        println!("{}", row(name, took, all));
        self.rows.push((name.to_owned(), took, all));
        Ok(done)
    }
}

fn row(name: &str, took: Duration, all: Duration) -> String {
    let (took, all) = (took.as_secs_f32(), all.as_secs_f32());
    format!("  {name:<16} {took:>6.2} s   ({all:>6.2} s)")
}

impl fmt::Display for Steps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, took, all) in &self.rows {
            writeln!(f, "{}", row(name, *took, *all))?;
        }
        self.notes
            .iter()
            .try_for_each(|note| writeln!(f, "  {note}"))
    }
}

impl Default for Steps {
    fn default() -> Self {
        Self::new()
    }
}

/// Takes one tablet all the way round; the server runs already.
pub fn go(world: &mut World, link: &str) -> Result<()> {
    let mut steps = Steps::new();
    println!("One tablet goes all the way round: {NUMBER}");
    steps.step("enrolled", || {
        world.enrol_tablet(NUMBER, &world.tablet_code(NUMBER)?, None)
    })?;
    steps.step("lendable", || {
        world.start_agent(NUMBER, None)?;
        agent_says(world, "ready")
    })?;
    steps.step("kiosk enrolled", || {
        world.make_shelf(Some(NUMBER))?;
        world.enrol_kiosk(&world.kiosk_code()?, None)?;
        world.start_kiosk(Face::Headless, Some(NUMBER), None)
    })?;
    steps.step("scan", || {
        let mut counter = Counter::new(world);
        counter.badge()?;
        shows_the_tablet(&counter.find_borrower_and_tablet(CARD)?)
    })?;
    steps.step("checked out", || {
        Counter::new(world).hand_over()?;
        agent_says(world, "on loan")
    })?;
    steps.step("used", || use_it(&world.tablet_folder(NUMBER)))?;
    steps.step("return scan", || {
        shows_the_tablet(&Counter::new(world).scan_return()?)?;
        Counter::new(world).all_here()
    })?;
    steps.step("reset ordered", || agent_says(world, "order begun"))?;
    steps.step("verified", || agent_says(world, "reset verified"))?;
    steps.step("lendable", || agent_says(world, "ready"))?;
    steps.step("page says Ready", || page_says_ready(world.address(), link))
}

/// Waits until the agent says this of itself.
pub fn agent_says(world: &mut World, what: &str) -> Result<()> {
    let says = |line: &str| line.contains(what).then_some(());
    let name = world::agent(NUMBER);
    Ok(world.children.wait_for(&name, AGENT_WITHIN, says)?)
}

fn shows_the_tablet(screen: &serde_json::Value) -> Result<()> {
    match screen["tablet"]["number"].as_str() {
        Some(NUMBER) => Ok(()),
        other => bail!("the screen shows {other:?} instead of {NUMBER}"),
    }
}

/// What people leave on a tablet: the reset must take all of it away.
pub fn use_it(root: &Path) -> Result<()> {
    let home = root.join("home");
    for (file, text) in TRACES {
        let file = home.join(file);
        fs::create_dir_all(file.parent().context("a trace lies in a folder")?)?;
        fs::write(file, text)?;
    }
    Ok(())
}

/// Files that a made-up borrower leaves: new ones, and one of the image changed.
const TRACES: [(&str, &str); 4] = [
    ("Pictures/holiday/beach.jpg", "a made-up photo"),
    ("Documents/letter to a made-up bank.txt", "Dear Demo Bank"),
    (".config/browser/cookies", "demo-session"),
    ("Welcome/index.html", "scribbled over"),
];

fn page_says_ready(address: &str, link: &str) -> Result<()> {
    let mut browser = Browser::new(address);
    browser.sign_in(link)?;
    let page = browser.get(&format!("/?find={NUMBER}"))?;
    if page.status != 200 {
        bail!("the fleet page answered {}", page.status);
    }
    let name = format!("id=\"{NUMBER}\"");
    let row = page.body.split("<tr").find(|row| row.contains(&name));
    let row = row.with_context(|| format!("the fleet page does not show {NUMBER}"))?;
    let row = row.split("</tr>").next().unwrap_or(row);
    if !row.contains("Ready") {
        bail!("the fleet page does not say Ready of {NUMBER}: {row}");
    }
    Ok(())
}
