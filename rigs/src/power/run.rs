//! Many stories, one after the other on every core: which store each is about, how
//! long it is, and what came of all of them.

use std::{
    collections::BTreeMap,
    num::NonZero,
    panic::{self, AssertUnwindSafe},
    path::Path,
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};

use super::{
    kiosk::Kiosk,
    old,
    server::Server,
    story::{Plan, Story},
    subject::Subject,
    sweep::refuse_each,
    tally::Tally,
    tape::Remains,
    trial::{Found, Outcome, try_each_end, try_story},
    trouble::Trouble,
    violation::Violation,
};
use crate::dice::Dice;

/// Images of one story. So many visit nearly every operation of it.
pub const IMAGES_A_STORY: usize = 400;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// So many images.
    pub images: usize,
    /// The first story's seed; the next one's is one more.
    pub seed: u64,
    /// Every store is told `synchronous = NORMAL` behind its back.
    pub normal: bool,
}

/// What a story is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scene {
    /// The server, from its first start.
    Server,
    /// A kiosk, from its first start.
    Kiosk,
    /// A server that finds a database of this version.
    ServerUpgrade(i32),
    /// A kiosk that finds a database of this format.
    KioskUpgrade(i64),
}

impl std::fmt::Display for Scene {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Server => f.write_str("server"),
            Self::Kiosk => f.write_str("kiosk"),
            Self::ServerUpgrade(version) => write!(f, "server over tables of version {version}"),
            Self::KioskUpgrade(format) => write!(f, "kiosk over a database of format {format}"),
        }
    }
}

/// What came of all stories.
#[derive(Debug, Default)]
pub struct Report {
    /// What was tried.
    pub tally: Tally,
    /// The first violation of each story that has one, by its seed.
    pub broken: BTreeMap<u64, Broken>,
}

/// A story in which a promise was not kept.
#[derive(Debug)]
pub struct Broken {
    /// What it is about.
    pub scene: Scene,
    /// So many images show it again.
    pub images: usize,
    /// The first violation.
    pub found: Found,
}

/// How far a run has come.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// What was tried so far.
    pub tally: Tally,
    /// Since the run began.
    pub since: Duration,
}

/// Every scene, in the order in which seeds take turns: stores at work more often
/// than stores of an older format.
pub fn scenes() -> Result<Vec<Scene>> {
    let work = [Scene::Server, Scene::Kiosk, Scene::Server];
    let servers = old::server_versions()?
        .into_iter()
        .map(Scene::ServerUpgrade);
    let kiosks = old::kiosk_formats().map(Scene::KioskUpgrade);
    let upgrades: Vec<Scene> = servers.chain(kiosks).collect();
    let turns = upgrades
        .into_iter()
        .flat_map(|upgrade| work.into_iter().chain([upgrade]));
    Ok(turns.collect())
}

/// The scene of a seed.
pub fn scene_of(seed: u64) -> Result<Scene> {
    let scenes = scenes()?;
    let turn = seed % u64::try_from(scenes.len())?;
    Ok(scenes[usize::try_from(turn)?])
}

/// Tells so many stories as the images need, on every core, and says now and then
/// how far it is. The same options try the same cuts.
pub fn run(options: Options, mut say: impl FnMut(Progress)) -> Result<Report> {
    let began = Instant::now();
    let stories = options.images.div_ceil(IMAGES_A_STORY);
    let next = AtomicUsize::new(0);
    let (told, outcomes) = mpsc::channel();
    let workers = thread::available_parallelism()
        .map_or(1, NonZero::get)
        .min(stories);
    thread::scope(|scope| {
        for _ in 0..workers {
            let (told, next) = (told.clone(), &next);
            scope.spawn(move || work(options, stories, next, &told));
        }
        drop(told);
        let mut report = Report::default();
        for outcome in outcomes {
            report.add(outcome?);
            let (tally, since) = (report.tally, began.elapsed());
            say(Progress { tally, since });
        }
        Ok(report)
    })
}

/// A story that was told and cut.
struct Told {
    seed: u64,
    scene: Scene,
    images: usize,
    outcome: Outcome,
}

fn work(options: Options, stories: usize, next: &AtomicUsize, told: &mpsc::Sender<Result<Told>>) {
    let folder = match tempfile::tempdir().context("a temporary folder") {
        Ok(folder) => folder,
        Err(fault) => return drop(told.send(Err(fault))),
    };
    loop {
        let nth = next.fetch_add(1, Ordering::Relaxed);
        if nth >= stories {
            return;
        }
        let images = IMAGES_A_STORY.min(options.images - nth * IMAGES_A_STORY);
        let outcome = one(options, nth, images, folder.path());
        if told.send(outcome).is_err() {
            return;
        }
    }
}

fn one(options: Options, nth: usize, images: usize, folder: &Path) -> Result<Told> {
    let seed = options.seed.wrapping_add(u64::try_from(nth)?);
    let scene = scene_of(seed)?;
    let tried = || try_scene(scene, seed, images, options.normal, folder);
    let outcome = panic::catch_unwind(AssertUnwindSafe(tried));
    let outcome = outcome.unwrap_or_else(|panic| Ok(panicked(&*panic)))?;
    Ok(Told {
        seed,
        scene,
        images,
        outcome,
    })
}

/// The story of this seed, cut at so many moments.
pub fn try_scene(
    scene: Scene,
    seed: u64,
    images: usize,
    normal: bool,
    folder: &Path,
) -> Result<Outcome> {
    let mut dice = Dice::new(seed);
    let trouble = dice.one_in(2);
    let plan = |acts| Plan {
        acts,
        trouble,
        at_first: None,
        normal,
    };
    let fresh = Remains::default();
    Ok(match scene {
        Scene::Server => try_story::<Server>(&fresh, plan(16), images, dice, folder),
        Scene::Kiosk => try_story::<Kiosk>(&fresh, plan(40), images, dice, folder),
        Scene::ServerUpgrade(version) => {
            let start = old::server(version, folder)?;
            try_upgrade::<Server>(&start, plan(4), images, dice, folder)
        }
        Scene::KioskUpgrade(format) => {
            let start = old::kiosk(format, folder)?;
            try_upgrade::<Kiosk>(&start, plan(10), images, dice, folder)
        }
    })
}

fn try_upgrade<S: Subject>(
    start: &Remains,
    plan: Plan,
    images: usize,
    dice: Dice,
    folder: &Path,
) -> Outcome {
    match old::check_upgrade::<S>(start, folder) {
        Ok(()) => try_story::<S>(start, plan, images, dice, folder),
        Err(found) => Outcome::violated("before any cut", Violation::Damaged(found)),
    }
}

/// Trouble with the disk at every operation of every act of a short story; how many
/// acts failed.
pub fn sweep(scene: Scene, seed: u64, folder: &Path) -> Result<usize, Violation> {
    match scene {
        Scene::Server | Scene::ServerUpgrade(_) => sweep_of::<Server>(seed, folder),
        Scene::Kiosk | Scene::KioskUpgrade(_) => sweep_of::<Kiosk>(seed, folder),
    }
}

fn sweep_of<S: Subject>(seed: u64, folder: &Path) -> Result<usize, Violation> {
    let plan = Plan {
        acts: 15,
        trouble: false,
        at_first: None,
        normal: false,
    };
    let story = Story::<S>::tell(&Remains::default(), plan, Dice::new(seed), folder)?;
    refuse_each(&story, folder)
}

/// A short story whose first start meets this trouble, cut at so many moments and at the
/// end of each step.
pub fn try_first_start(scene: Scene, trouble: Trouble, images: usize, folder: &Path) -> Outcome {
    let plan = Plan {
        acts: 2,
        trouble: false,
        at_first: Some(trouble),
        normal: false,
    };
    let (fresh, dice) = (Remains::default(), Dice::new(0));
    match scene {
        Scene::Server | Scene::ServerUpgrade(_) => {
            try_each_end::<Server>(&fresh, plan, images, dice, folder)
        }
        Scene::Kiosk | Scene::KioskUpgrade(_) => {
            try_each_end::<Kiosk>(&fresh, plan, images, dice, folder)
        }
    }
}

fn panicked(panic: &(dyn std::any::Any + Send)) -> Outcome {
    let words = panic.downcast_ref::<String>().map(String::as_str);
    let words = words.or_else(|| panic.downcast_ref::<&str>().copied());
    let words = words.unwrap_or("without a word").to_owned();
    Outcome::violated("somewhere in the story", Violation::Panicked(words))
}

impl Report {
    fn add(&mut self, told: Told) {
        let Told {
            seed,
            scene,
            images,
            outcome,
        } = told;
        self.tally += outcome.tally;
        if let Some(found) = outcome.violation {
            let broken = Broken {
                scene,
                images,
                found,
            };
            self.broken.insert(seed, broken);
        }
    }
}
