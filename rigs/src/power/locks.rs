//! Who holds which lock of a database file: `SQLite`'s own levels on the file, and
//! the eight locks of the index that connections share in memory.

use std::collections::BTreeMap;

/// An open file, as a holder of locks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holder(pub(super) usize);

/// How much of a file a holder locks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing.
    #[default]
    None,
    /// It reads.
    Shared,
    /// It means to write.
    Reserved,
    /// It waits for those who read; no more come in.
    Pending,
    /// It writes.
    Exclusive,
}

/// Another holder is in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy;

#[derive(Debug, Default)]
struct Held {
    level: Level,
    /// Locks of the index, a bit each.
    shared: u8,
    exclusive: u8,
}

/// The locks of one file.
#[derive(Debug, Default)]
pub struct Locks(BTreeMap<Holder, Held>);

impl Locks {
    /// Raises a holder's level, where the others let it.
    pub fn raise(&mut self, holder: Holder, to: Level) -> Result<(), Busy> {
        let others = self.highest_but(holder);
        let held = self.0.entry(holder).or_default();
        if held.level >= to {
            return Ok(());
        }
        let most = match to {
            Level::None | Level::Shared => Level::Reserved,
            Level::Reserved | Level::Pending | Level::Exclusive => Level::Shared,
        };
        if others > most {
            return Err(Busy);
        }
        if to == Level::Exclusive && others > Level::None {
            held.level = Level::Pending;
            return Err(Busy);
        }
        held.level = to;
        Ok(())
    }

    /// Lowers a holder's level.
    pub fn lower(&mut self, holder: Holder, to: Level) {
        let held = self.0.entry(holder).or_default();
        held.level = held.level.min(to);
    }

    /// Whether somebody means to write.
    pub fn reserved(&self) -> bool {
        self.0.values().any(|held| held.level >= Level::Reserved)
    }

    /// Takes locks of the index, all of them or none.
    pub fn take(&mut self, holder: Holder, locks: u8, exclusive: bool) -> Result<(), Busy> {
        let in_the_way = |held: &Held| {
            let against = if exclusive { held.shared } else { 0 };
            (held.exclusive | against) & locks != 0
        };
        let mut others = self.0.iter().filter(|(its, _)| **its != holder);
        if others.any(|(_, held)| in_the_way(held)) {
            return Err(Busy);
        }
        let held = self.0.entry(holder).or_default();
        if exclusive {
            held.exclusive |= locks;
        } else {
            held.shared |= locks;
        }
        Ok(())
    }

    /// Gives locks of the index back.
    pub fn give(&mut self, holder: Holder, locks: u8) {
        let held = self.0.entry(holder).or_default();
        held.shared &= !locks;
        held.exclusive &= !locks;
    }

    /// A file that is closed holds nothing.
    pub fn forget(&mut self, holder: Holder) {
        self.0.remove(&holder);
    }

    fn highest_but(&self, holder: Holder) -> Level {
        let others = self.0.iter().filter(|(its, _)| **its != holder);
        let levels = others.map(|(_, held)| held.level);
        levels.max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Holder = Holder(1);
    const OTHER: Holder = Holder(2);

    #[test]
    fn one_writes_and_nobody_reads_meanwhile() {
        let mut locks = Locks::default();
        locks.raise(ONE, Level::Shared).expect("free");
        locks.raise(OTHER, Level::Shared).expect("both may read");
        locks.raise(ONE, Level::Reserved).expect("free");
        assert_eq!(locks.raise(OTHER, Level::Reserved), Err(Busy));
        assert_eq!(locks.raise(ONE, Level::Exclusive), Err(Busy));
        locks.lower(OTHER, Level::None);
        assert_eq!(locks.raise(OTHER, Level::Shared), Err(Busy), "one waits");
        locks.raise(ONE, Level::Exclusive).expect("alone");
        locks.forget(ONE);
        locks.raise(OTHER, Level::Shared).expect("free again");
        assert!(!locks.reserved());
    }

    #[test]
    fn a_lock_of_the_index_is_shared_or_ones_own() {
        let mut locks = Locks::default();
        locks.take(ONE, 0b0110, false).expect("free");
        locks.take(OTHER, 0b0010, false).expect("shared");
        assert_eq!(locks.take(OTHER, 0b0100, true), Err(Busy));
        locks.give(ONE, 0b0100);
        locks.take(OTHER, 0b0100, true).expect("given back");
        assert_eq!(locks.take(ONE, 0b0100, false), Err(Busy));
    }
}
