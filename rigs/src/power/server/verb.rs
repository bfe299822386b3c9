//! A verb of the store that writes, besides commands.

use std::fmt::Debug;

use anyhow::Result;
use server::store::{Fault, Store};

use crate::power::revival::same;

/// What a verb returned, in words.
type Call = dyn Fn(&mut Store) -> Result<String>;

/// One call of a verb, as it can be made again.
pub struct Verb {
    /// What is done, for whoever reads of a violation.
    pub words: &'static str,
    again: Again,
    run: Box<Call>,
}

/// What comes of a verb that is called once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    /// Something else: nobody does that to ask whether it was done.
    Else,
    /// The same, and nothing is done twice.
    Same,
    /// These words, and nothing is done twice.
    Says(&'static str),
}

impl Verb {
    pub(super) fn new<T: Debug>(
        words: &'static str,
        again: Again,
        run: impl Fn(&mut Store) -> Result<T, Fault> + 'static,
    ) -> Self {
        let run = move |store: &mut Store| Ok(format!("{:?}", run(store)?));
        let run = Box::new(run);
        Self { words, again, run }
    }

    /// Calls it; what it returned.
    pub(super) fn run(&self, store: &mut Store) -> Result<String> {
        (self.run)(store)
    }

    /// Calls it once more, where that has a meaning.
    pub(super) fn run_again(&self, store: &mut Store, said: &str) -> Result<()> {
        match self.again {
            Again::Else => Ok(()),
            Again::Same => same(&self.run(store)?.as_str(), &said),
            Again::Says(words) => same(&self.run(store)?.as_str(), &words),
        }
    }
}
