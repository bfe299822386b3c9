//! The kiosk's store as a subject: who it is, its own series of facts, its rows.

mod world;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use anyhow::{Result, ensure};
use kiosk::{
    flow::Draft,
    store::{Applied, Enrolling, Fault, Identity, Store},
};
use shared::{
    ids::{BorrowerId, CommandId},
    wire::v1::{
        command::{KioskAction, KioskCommand},
        kiosk::Rows,
    },
};

use super::{revival::same, subject::Subject};
use crate::dice::Dice;
use world::World;

/// The kiosk's store.
pub struct Kiosk;

/// One call of a verb of the store that writes.
pub enum Act {
    /// An enrolment is begun with this code.
    Begin(String, Enrolling),
    /// The identity that the server gave is taken.
    Enrol(Box<Identity>),
    /// A fact gets its place in the series.
    Keep(Box<Draft>),
    /// The server's word on a fact came.
    Answered(CommandId),
    /// Every fact from this one on waits again.
    SendAgain(u64),
    /// A series is begun after this one: the disk was restored from an old copy.
    BeginSeries(u32),
    /// The number of the next stamped request.
    Call,
    /// Rows came.
    Apply(Rows),
}

/// What a verb returned.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The enrolment that is under way: its id and its key's seed.
    Begun(CommandId, [u8; 32]),
    /// The fact in its place.
    Kept(Box<KioskCommand>),
    /// The first fact that can be sent again.
    From(u64),
    /// Whether a series was begun.
    SeriesBegun(bool),
    /// The number.
    Call(u64),
    /// What became of the rows.
    Applied(Applied),
    /// It is stored.
    Stored,
}

impl Subject for Kiosk {
    const DATABASE: &'static str = "kiosk.db";
    const DERIVED: &'static [&'static str] = &[];
    const HAS_READERS: bool = false;

    type Store = Store;
    type Act = Act;
    type Outcome = Outcome;
    type World = World;

    fn open(folder: &Path) -> Result<Store> {
        Ok(Store::open(folder)?)
    }

    fn world(store: &Store) -> Result<World> {
        World::beside(store)
    }

    fn make_up(world: &mut World, store: &Store, dice: &mut Dice) -> Result<Act> {
        world.make_up(store, dice)
    }

    fn perform(store: &mut Store, act: &Act) -> Result<Outcome> {
        Ok(match act {
            Act::Begin(code, new) => {
                let begun = store.enrolling(code, new)?;
                Outcome::Begun(begun.id, begun.key.seed())
            }
            Act::Enrol(identity) => {
                store.enrolled(identity)?;
                Outcome::Stored
            }
            Act::Keep(draft) => Outcome::Kept(Box::new(store.keep(draft)?)),
            Act::Answered(id) => {
                store.answered(*id)?;
                Outcome::Stored
            }
            Act::SendAgain(seq) => Outcome::From(store.send_again_from(*seq)?),
            Act::BeginSeries(ended) => Outcome::SeriesBegun(store.begin_series_after(*ended)?),
            Act::Call => Outcome::Call(store.next_call()?),
            Act::Apply(rows) => Outcome::Applied(store.apply(rows)?),
        })
    }

    /// The answer is noted, and then the borrower's id is wiped from the file beside
    /// the database.
    fn has_halves(act: &Act) -> bool {
        matches!(act, Act::Answered(_))
    }

    fn again(store: &mut Store, act: &Act, outcome: &Outcome) -> Result<()> {
        match act {
            Act::Keep(draft) => keep_again(store, draft, outcome),
            Act::Enrol(identity) => {
                let again = store.enrolled(identity);
                ensure!(matches!(again, Err(Fault::Enrolled)), "enrolled twice");
                Ok(())
            }
            Act::BeginSeries(ended) => {
                let begun = store.begin_series_after(*ended)?;
                ensure!(!begun, "a series was begun twice");
                Ok(())
            }
            // These are asked once, or mean something else the next time.
            Act::Begin(..) | Act::Answered(_) | Act::SendAgain(_) | Act::Call | Act::Apply(_) => {
                Ok(())
            }
        }
    }

    fn check(store: &mut Store) -> Result<()> {
        if let Some(next) = store.next_unanswered()? {
            let last = store.last_fact()?;
            let seq = next.command.origin_seq;
            ensure!(seq <= last, "fact {seq} waits, and {last} was the last");
        }
        if let Some(identity) = store.identity()? {
            // Rows that cannot be read would be dropped, and the picture be another.
            store.mirror(identity.place)?;
        }
        Ok(())
    }

    /// R13: a check out names its borrower until it is answered.
    fn forgotten(acts: &[(Act, Outcome)]) -> BTreeSet<BorrowerId> {
        let mut named = BTreeMap::new();
        let mut forgotten = BTreeSet::new();
        for (act, _) in acts {
            if let Act::Keep(draft) = act {
                named.insert(draft.id, borrower(&draft.action));
            }
            if let Act::Answered(id) = act {
                forgotten.extend(named.get(id).copied().flatten());
            }
        }
        forgotten
    }

    fn words(act: &Act) -> String {
        let words = match act {
            Act::Begin(..) => "beginning an enrolment",
            Act::Enrol(_) => "taking an identity",
            Act::Keep(_) => "keeping a fact",
            Act::Answered(_) => "noting an answer",
            Act::SendAgain(_) => "making facts wait again",
            Act::BeginSeries(_) => "beginning a series",
            Act::Call => "counting a request",
            Act::Apply(_) => "storing rows",
        };
        words.to_owned()
    }
}

const fn borrower(action: &KioskAction) -> Option<BorrowerId> {
    match action {
        KioskAction::CheckOut { borrower, .. } => *borrower,
        KioskAction::Return { .. }
        | KioskAction::Renew { .. }
        | KioskAction::HandOn { .. }
        | KioskAction::Receive { .. }
        | KioskAction::EndTransfer { .. }
        | KioskAction::TakeStock { .. }
        | KioskAction::Undo { .. }
        | KioskAction::ReportBack { .. }
        | KioskAction::StartReset { .. }
        | KioskAction::ClearFlag { .. } => None,
    }
}

/// The same draft gets no second place. One that named a borrower is gone once it
/// was answered.
fn keep_again(store: &mut Store, draft: &Draft, outcome: &Outcome) -> Result<()> {
    match store.keep(draft) {
        Ok(kept) => same(&kept_there(outcome, &kept), &Outcome::Kept(Box::new(kept))),
        Err(Fault::Damaged(_)) if borrower(&draft.action).is_some() => Ok(()),
        Err(fault) => Err(fault.into()),
    }
}

/// What was kept, in the place that it has since a series was begun.
fn kept_there(outcome: &Outcome, now: &KioskCommand) -> Outcome {
    let Outcome::Kept(kept) = outcome else {
        unreachable!("a draft is kept");
    };
    Outcome::Kept(Box::new(KioskCommand {
        series: now.series,
        origin_seq: now.origin_seq,
        ..(**kept).clone()
    }))
}
