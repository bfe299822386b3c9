//! What a rig must be told of a program's store to try it.

use std::{collections::BTreeSet, fmt::Debug, path::Path};

use anyhow::Result;
use shared::ids::BorrowerId;

use crate::dice::Dice;

/// A store, and the acts that try it. The store is the program's own, unchanged.
pub trait Subject {
    /// The file name of its database.
    const DATABASE: &'static str;
    /// Tables that follow from others and are made anew where a program reads those in
    /// another way.
    const DERIVED: &'static [&'static str];
    /// Whether the program reads through other connections beside the store's.
    const HAS_READERS: bool;

    /// The store.
    type Store;
    /// One call of one of its verbs, as it can be made again.
    type Act;
    /// What the verb returned.
    type Outcome: Debug + PartialEq;
    /// Who makes acts up.
    type World;

    /// Opens it in this folder.
    fn open(folder: &Path) -> Result<Self::Store>;

    /// A world that has done nothing with this store yet.
    fn world(store: &Self::Store) -> Result<Self::World>;

    /// What is done next.
    fn make_up(world: &mut Self::World, store: &Self::Store, dice: &mut Dice) -> Result<Self::Act>;

    /// Does it. A fault is an error.
    fn perform(store: &mut Self::Store, act: &Self::Act) -> Result<Self::Outcome>;

    /// Whether a fault of this act may be one of its second half alone: then the
    /// first half stands.
    fn has_halves(act: &Self::Act) -> bool;

    /// Asks once more for what was done before, where that has a meaning, and
    /// compares: it is the same again, and nothing is done twice.
    fn again(store: &mut Self::Store, act: &Self::Act, outcome: &Self::Outcome) -> Result<()>;

    /// Looks for what no row may say. It changes nothing.
    fn check(store: &mut Self::Store) -> Result<()>;

    /// Borrowers' ids that no byte of the disk may hold any more once these acts stand
    /// and the store is open.
    fn forgotten(acts: &[(Self::Act, Self::Outcome)]) -> BTreeSet<BorrowerId>;

    /// What is done, for whoever reads of a violation.
    fn words(act: &Self::Act) -> String;
}
