//! Trouble at every operation of every act of a story, one after the other: the act
//! fails as a whole, nothing of it stands, and it can be done once the disk is well.

use std::path::Path;

use super::{
    disk::Disk,
    picture::Eye,
    story::{Session, Story},
    subject::Subject,
    tape::Remains,
    trouble::{Kind, Trouble},
    vfs,
    violation::Violation,
};

/// Tries all of it; how many acts failed, as they must.
pub fn refuse_each<S: Subject>(story: &Story<S>, folder: &Path) -> Result<usize, Violation> {
    let mut failed = 0;
    let mut remains = story.life.start.clone();
    for nth in 0..story.acts.len() {
        for kind in Kind::ALL {
            failed += refuse_all_of(story, nth, &remains, kind, folder)?;
        }
        remains = done(story, nth, &remains, folder)?;
    }
    Ok(failed)
}

/// The files after this act, with the program still at work.
fn done<S: Subject>(
    story: &Story<S>,
    nth: usize,
    remains: &Remains,
    folder: &Path,
) -> Result<Remains, Violation> {
    let disk = Disk::holding(remains);
    vfs::mount(&disk);
    let mut session = Session::<S>::open(folder)?;
    S::perform(&mut session.store, &story.acts[nth].0)?;
    Ok(disk.files())
}

fn refuse_all_of<S: Subject>(
    story: &Story<S>,
    nth: usize,
    remains: &Remains,
    kind: Kind,
    folder: &Path,
) -> Result<usize, Violation> {
    let mut failed = 0;
    for spared in 0.. {
        let trouble = Trouble {
            kind,
            spared,
            lasts: spared % 2 == 0,
        };
        match refuse(story, nth, remains, trouble, folder)? {
            (0, _) => break,
            (_, fault) => failed += usize::from(fault),
        }
    }
    Ok(failed)
}

/// How often the disk refused, and whether the act failed for it. It may go well
/// where only something that can be put off was refused.
fn refuse<S: Subject>(
    story: &Story<S>,
    nth: usize,
    remains: &Remains,
    trouble: Trouble,
    folder: &Path,
) -> Result<(usize, bool), Violation> {
    let (act, outcome) = &story.acts[nth];
    let disk = Disk::holding(remains);
    vfs::mount(&disk);
    let mut session = Session::<S>::open(folder)?;
    disk.trouble(trouble);
    let first = S::perform(&mut session.store, act);
    let refused = disk.calm();
    let fault = first.is_err();
    let halves = S::has_halves(act);
    if fault && !halves {
        let left = |differs| Violation::LeftByFault(S::words(act), differs);
        stands(story, nth, &session.eye, left)?;
    }
    let last = first.or_else(|_| S::perform(&mut session.store, act));
    let last = last.map_err(|fault| Violation::Fault(S::words(act), fault))?;
    if last != *outcome {
        let words = format!("{last:?} where it was {outcome:?}");
        return Err(Violation::Again(S::words(act), anyhow::Error::msg(words)));
    }
    let missing = |differs| Violation::NotDone(S::words(act), differs);
    stands(story, nth + 1, &session.eye, missing)?;
    Ok((refused, fault))
}

/// The database says what it said when so many acts were done.
fn stands<S: Subject>(
    story: &Story<S>,
    done: usize,
    eye: &Eye,
    otherwise: impl FnOnce(String) -> Violation,
) -> Result<(), Violation> {
    eye.check().map_err(Violation::Damaged)?;
    let (expected, found) = (&story.pictures[done], eye.picture()?);
    if found == *expected {
        return Ok(());
    }
    Err(otherwise(expected.differs(&found)))
}
