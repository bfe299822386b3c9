//! A story: acts that a store acknowledged one after the other, what the database
//! said after each of them, and every operation that this did to the disk.

use std::{ffi::CString, path::Path};

use anyhow::Error;

use super::{
    disk::Disk,
    picture::{Eye, Picture},
    subject::Subject,
    tape::{Op, Remains},
    trouble::{Kind, Trouble},
    vfs,
    violation::Violation,
};
use crate::dice::Dice;

/// A program's time with its disk, from when it was switched on.
#[derive(Debug, Default)]
pub struct Life {
    /// What was on the disk.
    pub start: Remains,
    /// What was done to it.
    pub tape: Vec<Op>,
    /// What the program did meanwhile, in order.
    pub steps: Vec<Step>,
}

/// A stretch of a life.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// What is done in it.
    pub what: What,
    /// So many acts of the story are acknowledged at its end.
    pub done: usize,
    /// So many operations were done to the disk at its end.
    pub end: usize,
}

/// What a program does in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// It opens its store: the tables are made or brought up to date.
    Open,
    /// It does an act of the story.
    Act,
    /// It asks again for what was done before, and looks for damage.
    Again,
    /// It closes its store.
    Close,
}

/// How a story is told.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// So many acts.
    pub acts: usize,
    /// The disk gets into trouble now and then.
    pub trouble: bool,
    /// It is in this trouble when the store is opened first.
    pub at_first: Option<Trouble>,
    /// The store's connection is told `synchronous = NORMAL` behind its back.
    pub normal: bool,
}

/// Acts of a store, what they came to, and the life in which they were done.
pub struct Story<S: Subject> {
    /// The acts in their order.
    pub acts: Vec<(S::Act, S::Outcome)>,
    /// What the database says when so many of them are done.
    pub pictures: Vec<Picture>,
    /// How they were done.
    pub life: Life,
    /// How often the disk refused something.
    pub refused: Refused,
}

/// How often a disk refused something, by what went wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refused {
    /// It was full.
    pub full: usize,
    /// A write failed.
    pub writes: usize,
    /// A sync failed.
    pub syncs: usize,
}

impl Refused {
    fn count(&mut self, kind: Kind, times: usize) {
        match kind {
            Kind::Full => self.full += times,
            Kind::WriteFails => self.writes += times,
            Kind::SyncFails => self.syncs += times,
        }
    }
}

impl Life {
    /// How many acts stand, at the least and at the most, when the power goes off
    /// after so many operations: what was acknowledged, and what was under way.
    pub fn standing_at(&self, position: usize) -> (usize, usize) {
        let next = self.steps.iter().position(|step| step.end > position);
        let under_way = next.unwrap_or(self.steps.len() - 1);
        let before = under_way.saturating_sub(usize::from(next.is_some()));
        (self.steps[before].done, self.steps[under_way].done)
    }

    /// What the program is doing after so many operations.
    pub fn doing_at(&self, position: usize) -> Option<Step> {
        let next = self.steps.iter().find(|step| step.end > position);
        next.copied()
    }
}

/// A store that is open, and an eye on its database. The eye closes first: who
/// closes last tidies up.
pub struct Session<S: Subject> {
    lingers: Option<(Eye, usize)>,
    /// Sees what the database says.
    pub eye: Eye,
    /// The store.
    pub store: S::Store,
}

impl<S: Subject> Session<S> {
    /// Opens the store as the program does.
    pub fn open(folder: &Path) -> Result<Self, Violation> {
        Self::of(folder, S::open(folder))
    }

    fn of(folder: &Path, store: Result<S::Store, Error>) -> Result<Self, Violation> {
        let store = store.map_err(Violation::NotOpened)?;
        let eye = Eye::open(&folder.join(S::DATABASE))?;
        let lingers = None;
        Ok(Self {
            lingers,
            eye,
            store,
        })
    }

    /// Somebody else's reading comes and goes.
    fn others_read(&mut self, folder: &Path, dice: &mut Dice) -> Result<(), Violation> {
        match self.lingers.take() {
            Some((eye, 0)) => eye.leave()?,
            Some((eye, acts)) => self.lingers = Some((eye, acts - 1)),
            None if S::HAS_READERS && dice.one_in(6) => {
                let eye = Eye::open(&folder.join(S::DATABASE))?;
                eye.linger()?;
                self.lingers = Some((eye, dice.below(4)));
            }
            None => {}
        }
        Ok(())
    }
}

/// No sync fails while a store is opened. Whoever opens it again afterwards, on a
/// machine that was not switched off, reads from memory what is not on the disk: no
/// program can tell.
const FAILS_AT_OPEN: [Kind; 2] = [Kind::Full, Kind::WriteFails];

/// Tells a story, and keeps the disk that it plays on.
struct Teller<'a, S: Subject> {
    folder: &'a Path,
    plan: Plan,
    /// What is said to a connection behind its store's back.
    say: CString,
    dice: Dice,
    disk: Disk,
    story: Story<S>,
}

impl<S: Subject> Story<S> {
    /// Tells a story from the database that stands on the disk, if one does.
    pub fn tell(
        start: &Remains,
        plan: Plan,
        mut dice: Dice,
        folder: &Path,
    ) -> Result<Self, Violation> {
        let disk = Disk::holding(start);
        vfs::mount(&disk);
        let start = start.clone();
        let teller = Teller {
            folder,
            plan,
            say: behind_its_back(plan, &mut dice),
            dice,
            disk,
            story: Self {
                acts: Vec::new(),
                pictures: Vec::new(),
                life: Life {
                    start,
                    ..Life::default()
                },
                refused: Refused::default(),
            },
        };
        teller.tell()
    }
}

/// How often old pages are put away, and how many are kept in memory, differ from
/// story to story, so that few acts show what else takes thousands. What it keeps its
/// word by is the store's own choice, unless it is to break it.
fn behind_its_back(plan: Plan, dice: &mut Dice) -> CString {
    let level = if plan.normal {
        "PRAGMA synchronous = NORMAL;"
    } else {
        ""
    };
    let put_away = dice.of(&[1000, 100, 30, 8]);
    let in_memory = dice.of(&[-2000, 20, 5]);
    let sql = format!(
        "{level}
         PRAGMA wal_autocheckpoint = {put_away};
         PRAGMA cache_size = {in_memory};"
    );
    CString::new(sql).expect("no zero stands in it")
}

impl<S: Subject> Teller<'_, S> {
    fn tell(mut self) -> Result<Story<S>, Violation> {
        let mut session = self.open()?;
        let mut world = S::world(&session.store)?;
        self.story.pictures.push(session.eye.picture()?);
        for _ in 0..self.plan.acts {
            if self.dice.one_in(6) {
                drop(session);
                self.step(What::Close);
                session = self.open()?;
            }
            session.others_read(self.folder, &mut self.dice)?;
            let act = S::make_up(&mut world, &session.store, &mut self.dice)?;
            self.act(&mut session, act)?;
        }
        S::check(&mut session.store).map_err(Violation::Damaged)?;
        self.step(What::Again);
        if self.dice.one_in(2) {
            drop(session);
            self.step(What::Close);
        }
        self.story.life.tape = self.disk.take_tape();
        Ok(self.story)
    }

    fn step(&mut self, what: What) {
        let (done, end) = (self.story.acts.len(), self.disk.operations());
        self.story.life.steps.push(Step { what, done, end });
    }

    fn open(&mut self) -> Result<Session<S>, Violation> {
        let (folder, say) = (self.folder, self.say.clone());
        let open = || vfs::open_and_say(&say, || S::open(folder));
        let opened = match self.in_trouble(&FAILS_AT_OPEN, open) {
            (Err(_), 1..) => open(),
            (opened, _) => opened,
        };
        let session = Session::of(folder, opened)?;
        session.eye.check().map_err(Violation::Damaged)?;
        self.step(What::Open);
        Ok(session)
    }

    fn act(&mut self, session: &mut Session<S>, act: S::Act) -> Result<(), Violation> {
        let before = self.disk.files();
        let outcome = match self.in_trouble(&Kind::ALL, || S::perform(&mut session.store, &act)) {
            (Ok(outcome), 0) => outcome,
            (Ok(outcome), 1..) => self.compared(session, &before, &act, outcome)?,
            (Err(fault), 0) => return Err(Violation::Fault(S::words(&act), fault)),
            (Err(_), 1..) => self.act_again(session, &act)?,
        };
        self.story.pictures.push(session.eye.picture()?);
        self.story.acts.push((act, outcome));
        self.step(What::Act);
        Ok(())
    }

    /// What was acknowledged although the disk refused something is what a disk that
    /// is well makes of the same act.
    fn compared(
        &self,
        session: &Session<S>,
        before: &Remains,
        act: &S::Act,
        outcome: S::Outcome,
    ) -> Result<S::Outcome, Violation> {
        vfs::mount(&Disk::holding(before));
        // Of its own: a kiosk lets nobody else into its folder.
        let mut well = Session::<S>::open(&self.folder.join("well"))?;
        let done = S::perform(&mut well.store, act);
        let expected = well.eye.picture()?;
        drop(well);
        vfs::mount(&self.disk);
        let done = done.map_err(|fault| Violation::Fault(S::words(act), fault))?;
        let differs = expected.differs(&session.eye.picture()?);
        if differs.is_empty() && done == outcome {
            return Ok(outcome);
        }
        Err(Violation::NotDone(S::words(act), differs))
    }

    /// After a fault nothing of the act stands, and it can be done once the disk is
    /// well again.
    fn act_again(
        &mut self,
        session: &mut Session<S>,
        act: &S::Act,
    ) -> Result<S::Outcome, Violation> {
        let left = session.eye.picture()?;
        session.eye.check().map_err(Violation::Damaged)?;
        let done = S::perform(&mut session.store, act);
        let outcome = done.map_err(|fault| Violation::Fault(S::words(act), fault))?;
        let before = &self.story.pictures[self.story.acts.len()];
        let stands = S::has_halves(act) && left == session.eye.picture()?;
        if left == *before || stands {
            return Ok(outcome);
        }
        let differs = before.differs(&left);
        Err(Violation::LeftByFault(S::words(act), differs))
    }

    /// Does something on a disk that may get into trouble; how often it refused.
    fn in_trouble<T>(&mut self, kinds: &[Kind], mut run: impl FnMut() -> T) -> (T, usize) {
        let trouble = self.make_trouble(kinds);
        let trouble = self.plan.at_first.take().or(trouble);
        if let Some(trouble) = trouble {
            self.disk.trouble(trouble);
        }
        let done = run();
        let refused = self.disk.calm();
        if let Some(trouble) = trouble {
            self.story.refused.count(trouble.kind, refused);
        }
        (done, refused)
    }

    fn make_trouble(&mut self, kinds: &[Kind]) -> Option<Trouble> {
        let comes = self.plan.trouble && self.dice.one_in(2);
        let kind = *self.dice.of(kinds);
        let first = if kind == Kind::SyncFails { 1 } else { 8 };
        let spared = self.dice.of(&[0, 0, 0, 1, 3]) * first + self.dice.below(first);
        let lasts = self.dice.one_in(2);
        comes.then_some(Trouble {
            kind,
            spared,
            lasts,
        })
    }
}
