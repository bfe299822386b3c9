//! The power is back: the program's own code opens what a power cut left, and must
//! find all that it acknowledged, nothing by halves, and go on from there.

use std::{collections::BTreeSet, path::Path};

use anyhow::{Result, ensure};
use shared::ids::BorrowerId;

use super::{
    disk::Disk,
    picture::Picture,
    story::{Life, Session, Step, Story, What},
    subject::Subject,
    tape::Remains,
    vfs,
    violation::Violation,
};

/// Switches a program on again over what a cut of `life` at `position` left. Gives
/// the life that it has then, in which the power may be cut again.
pub fn revive<S: Subject>(
    story: &Story<S>,
    life: &Life,
    position: usize,
    remains: Remains,
    folder: &Path,
) -> Result<Life, Violation> {
    let disk = Disk::holding(&remains);
    vfs::mount(&disk);
    let mut revived = Revived {
        story,
        session: Session::open(folder)?,
        disk,
        life: Life {
            start: remains,
            ..Life::default()
        },
        done: 0,
    };
    revived.done = revived.standing(life.standing_at(position))?;
    revived.step(What::Open);
    revived.look_for_forgotten()?;
    revived.ask_again()?;
    revived.go_on()?;
    revived.check()?;
    Ok(revived.close())
}

struct Revived<'a, S: Subject> {
    story: &'a Story<S>,
    session: Session<S>,
    disk: Disk,
    life: Life,
    /// So many acts stand.
    done: usize,
}

impl<S: Subject> Revived<'_, S> {
    /// How many acts stand, where that many may.
    fn standing(&self, (least, most): (usize, usize)) -> Result<usize, Violation> {
        self.session.eye.check().map_err(Violation::Damaged)?;
        let found = self.session.eye.picture()?;
        let pictures = &self.story.pictures;
        let stands = (least..=most).find(|done| pictures[*done] == found);
        stands.ok_or_else(|| explain(pictures, &found, least))
    }

    fn step(&mut self, what: What) {
        let (done, end) = (self.done, self.disk.operations());
        self.life.steps.push(Step { what, done, end });
    }

    fn look_for_forgotten(&self) -> Result<(), Violation> {
        let forgotten = S::forgotten(&self.story.acts[..self.done]);
        if forgotten.is_empty() {
            return Ok(());
        }
        let files = self.disk.files().0;
        let mut holds = files
            .iter()
            .filter(|(_, bytes)| names_any(bytes, &forgotten));
        match holds.next() {
            Some((name, _)) => Err(Violation::Remembered(name.clone())),
            None => Ok(()),
        }
    }

    /// R4: all that stands is asked for once more.
    fn ask_again(&mut self) -> Result<(), Violation> {
        let stand = &self.story.acts[..self.done];
        for (act, outcome) in stand {
            let again = S::again(&mut self.session.store, act, outcome);
            again.map_err(|found| Violation::Again(S::words(act), found))?;
        }
        self.unchanged("asking again changed something")?;
        self.step(What::Again);
        Ok(())
    }

    /// The next act comes to what it came to before the cut.
    fn go_on(&mut self) -> Result<(), Violation> {
        let Some((act, outcome)) = self.story.acts.get(self.done) else {
            return Ok(());
        };
        let done = S::perform(&mut self.session.store, act);
        let done = done.map_err(|fault| Violation::Fault(S::words(act), fault))?;
        self.done += 1;
        same(&done, outcome).map_err(|found| Violation::Again(S::words(act), found))?;
        self.unchanged("the next act wrote something else than before the cut")?;
        self.step(What::Act);
        Ok(())
    }

    fn check(&mut self) -> Result<(), Violation> {
        S::check(&mut self.session.store).map_err(Violation::Damaged)?;
        self.unchanged("a check changed something")?;
        self.step(What::Again);
        Ok(())
    }

    fn unchanged(&self, otherwise: &str) -> Result<(), Violation> {
        let found = self.session.eye.picture()?;
        let expected = &self.story.pictures[self.done];
        if found == *expected {
            return Ok(());
        }
        let differs = expected.differs(&found);
        Err(Violation::HalfWritten(format!("{otherwise}: {differs}")))
    }

    fn close(self) -> Life {
        let Self {
            session,
            disk,
            mut life,
            done,
            ..
        } = self;
        drop(session);
        let (what, end) = (What::Close, disk.operations());
        life.steps.push(Step { what, done, end });
        life.tape = disk.take_tape();
        life
    }
}

/// Compares what an act came to with what it came to before.
pub fn same<T: std::fmt::Debug + PartialEq>(now: &T, before: &T) -> Result<()> {
    ensure!(now == before, "{now:?} where it was {before:?}");
    Ok(())
}

/// Whether one of these ids stands somewhere among these bytes, as text.
fn names_any(bytes: &[u8], ids: &BTreeSet<BorrowerId>) -> bool {
    const CHARS: usize = "bo-".len() + 32;
    let starts = bytes.windows(CHARS).filter(|text| text.starts_with(b"bo-"));
    let texts = starts.filter_map(|text| std::str::from_utf8(text).ok());
    let found = texts.filter_map(|text| text.parse().ok());
    found.into_iter().any(|id: BorrowerId| ids.contains(&id))
}

fn explain(pictures: &[Picture], found: &Picture, acknowledged: usize) -> Violation {
    let differs = pictures[acknowledged].differs(found);
    let earlier = pictures[..acknowledged]
        .iter()
        .rposition(|its| its == found);
    match earlier {
        Some(stand) => Violation::Lost {
            stand,
            acknowledged,
            differs,
        },
        None => Violation::HalfWritten(differs),
    }
}
