//! The server's store as a subject: its own verbs, its own tables.

mod council;
mod desk;
mod verb;
mod world;

use std::{collections::BTreeSet, path::Path};

use anyhow::{Result, bail, ensure};
use server::store::{Answer, PROJECTIONS, Settings, Store, Work};
use shared::{ids::BorrowerId, policy::Policy, refusal::Refusal};

use super::{revival::same, subject::Subject};
use crate::dice::Dice;
use verb::Verb;
use world::World;

/// The server's store.
pub struct Server;

/// One call of a verb of the store that writes.
pub enum Act {
    /// Commands, decided and stored together.
    Commit(Vec<Work>),
    /// Anything else.
    Verb(Verb),
}

/// What it came to.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The answers to commands, in their order.
    Answers(Vec<Answer>),
    /// What a verb returned.
    Said(String),
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
            Act::Verb(verb) => Ok(Outcome::Said(verb.run(store)?)),
        }
    }

    fn has_halves(_: &Act) -> bool {
        false
    }

    fn again(store: &mut Store, act: &Act, outcome: &Outcome) -> Result<()> {
        match (act, outcome) {
            (Act::Commit(works), Outcome::Answers(answers)) => commit_again(store, works, answers),
            (Act::Verb(verb), Outcome::Said(said)) => verb.run_again(store, said),
            (Act::Commit(_), Outcome::Said(_)) | (Act::Verb(_), Outcome::Answers(_)) => {
                bail!("an outcome of another act")
            }
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
            Act::Verb(verb) => verb.words.to_owned(),
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
