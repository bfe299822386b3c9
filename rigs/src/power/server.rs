//! The server's store as a subject: its own verbs, its own tables.

mod council;
mod desk;
mod world;

use std::{collections::BTreeSet, path::Path};

use anyhow::{Result, ensure};
use server::store::{Answer, Code, PROJECTIONS, Settings, Store, Work};
use shared::{
    borrower::CardNumber,
    ids::{BorrowerId, OrderId, TabletId},
    policy::Policy,
    refusal::Refusal,
    tag::Tag,
    time::Moment,
    wire::v1::agent::Heartbeat,
};

use super::{dice::Dice, revival::same, subject::Subject};
use world::World;

/// The server's store.
pub struct Server;

/// One call of a verb of the store that writes.
pub enum Act {
    /// Commands, decided and stored together.
    Commit(Vec<Work>),
    /// A borrower is kept.
    AddBorrower(BorrowerId, String, CardNumber),
    /// A one-time code is kept.
    AddCode(Code),
    /// A tag's text is kept.
    KeepTag(TabletId, Tag),
    /// A caller's request number is noted.
    Advance(String, u64),
    /// A tablet is about to be answered with this order.
    Deliver(TabletId, OrderId),
    /// A heartbeat is kept.
    Heard(TabletId, Box<Heartbeat>, Moment),
}

/// What a verb returned.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The answers to commands, in their order.
    Answers(Vec<Answer>),
    /// Whose the card is.
    Borrower(BorrowerId),
    /// Whether the number was a new one.
    Advanced(bool),
    /// Whether the order may be sent.
    MaySend(bool),
    /// It is kept.
    Kept,
}

pub(super) fn settings() -> Settings {
    Settings {
        policy: Policy::default(),
        data_key: [7; 32],
    }
}

impl Subject for Server {
    const DATABASE: &'static str = "library.db";
    const DERIVED: &'static [&'static str] = &PROJECTIONS;
    const HAS_READERS: bool = true;

    type Store = Store;
    type Act = Act;
    type Outcome = Outcome;
    type World = World;

    fn open(folder: &Path) -> Result<Store> {
        Ok(Store::open(&folder.join(Self::DATABASE), settings())?)
    }

    fn world(store: &Store) -> Result<World> {
        World::beside(store)
    }

    fn make_up(world: &mut World, store: &Store, dice: &mut Dice) -> Result<Act> {
        world.make_up(store.read(), dice)
    }

    fn perform(store: &mut Store, act: &Act) -> Result<Outcome> {
        match act {
            Act::Commit(works) => Ok(Outcome::Answers(store.commit_batch(works)?)),
            Act::AddBorrower(id, name, card) => {
                Ok(Outcome::Borrower(store.add_borrower(*id, name, card)?))
            }
            Act::AddCode(code) => Ok(store.add_code(code).map(|()| Outcome::Kept)?),
            Act::KeepTag(tablet, tag) => {
                Ok(store.keep_tag(*tablet, tag).map(|()| Outcome::Kept)?)
            }
            Act::Advance(caller, seq) => Ok(Outcome::Advanced(store.advance_caller(caller, *seq)?)),
            Act::Deliver(tablet, order) => Ok(Outcome::MaySend(store.deliver(*tablet, *order)?)),
            Act::Heard(tablet, heartbeat, now) => Ok(store
                .heard(*tablet, heartbeat, *now)
                .map(|()| Outcome::Kept)?),
        }
    }

    fn has_halves(_: &Act) -> bool {
        false
    }

    fn again(store: &mut Store, act: &Act, outcome: &Outcome) -> Result<()> {
        match (act, outcome) {
            (Act::Commit(works), Outcome::Answers(answers)) => commit_again(store, works, answers),
            (Act::AddBorrower(..), _) | (Act::Deliver(..), Outcome::MaySend(true)) => {
                same(&Self::perform(store, act)?, outcome)
            }
            (Act::Advance(..), _) => same(&Self::perform(store, act)?, &Outcome::Advanced(false)),
            // Who asks for these again asks for something else.
            (
                Act::Commit(_)
                | Act::AddCode(_)
                | Act::KeepTag(..)
                | Act::Deliver(..)
                | Act::Heard(..),
                _,
            ) => Ok(()),
        }
    }

    fn check(store: &mut Store) -> Result<()> {
        let audit = store.read().audit(&[])?;
        ensure!(
            audit.head == store.read().head()?,
            "the chain ends elsewhere than the log"
        );
        Ok(store.rebuild_projections()?)
    }

    /// Nothing is forgotten here yet.
    fn forgotten(_: &[(Act, Outcome)]) -> BTreeSet<BorrowerId> {
        BTreeSet::new()
    }

    fn words(act: &Act) -> String {
        match act {
            Act::Commit(works) => format!("a batch of {}", works.len()),
            Act::AddBorrower(..) => "keeping a borrower".to_owned(),
            Act::AddCode(_) => "keeping a one-time code".to_owned(),
            Act::KeepTag(..) => "keeping a tag".to_owned(),
            Act::Advance(..) => "noting a request's number".to_owned(),
            Act::Deliver(..) => "keeping that an order is sent".to_owned(),
            Act::Heard(..) => "keeping a heartbeat".to_owned(),
        }
    }
}

/// Commands that were decided; one that waits for another may be taken by now.
fn commit_again(store: &mut Store, works: &[Work], answers: &[Answer]) -> Result<()> {
    let decided = works
        .iter()
        .zip(answers)
        .filter(|(_, answer)| !waits(answer));
    let (works, before): (Vec<Work>, Vec<Answer>) = decided
        .map(|(work, answer)| (work.clone(), answer.clone()))
        .unzip();
    same(&store.commit_batch(&works)?, &before)
}

const fn waits(answer: &Answer) -> bool {
    matches!(
        answer,
        Err(Refusal::FactsMissing { .. } | Refusal::SeriesWentBack { .. })
    )
}
