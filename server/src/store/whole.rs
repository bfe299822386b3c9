//! What is written is stored whole or not at all: in a transaction of its own, or, where
//! one is under way, as a part of it that can be undone alone.

use rusqlite::Connection;

use super::{Fault, Store};

/// What is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    /// A transaction.
    All,
    /// A part of one.
    Part,
}

impl Level {
    fn begin(connection: &Connection) -> Result<Self, Fault> {
        let (level, words) = if connection.is_autocommit() {
            (Self::All, "BEGIN IMMEDIATE")
        } else {
            (Self::Part, "SAVEPOINT part")
        };
        say(connection, words)?;
        Ok(level)
    }

    fn keep(self, connection: &Connection) -> Result<(), Fault> {
        say(
            connection,
            match self {
                Self::All => "COMMIT",
                Self::Part => "RELEASE part",
            },
        )
    }

    fn undo(self, connection: &Connection) {
        // A disk that is full undoes all of it by itself.
        if connection.is_autocommit() {
            return;
        }
        let undone = match self {
            Self::All => say(connection, "ROLLBACK"),
            Self::Part => say(connection, "ROLLBACK TO part").and_then(|()| self.keep(connection)),
        };
        if let Err(fault) = undone {
            tracing::error!(%fault, "what was written in part cannot be undone");
        }
    }
}

fn say(connection: &Connection, words: &str) -> Result<(), Fault> {
    connection.prepare_cached(words)?.execute([])?;
    Ok(())
}

impl Store {
    /// Everything that `write` writes, or nothing of it.
    ///
    /// # Errors
    /// Something is broken: nothing is stored.
    pub fn whole<T>(
        &mut self,
        write: impl FnOnce(&mut Self) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let level = Level::begin(&self.read.connection)?;
        let written = write(self);
        self.end(level, written, |_| true)
    }

    /// The same, where an expected "no" stores nothing either.
    pub(super) fn unless_refused<T, E>(
        &self,
        write: impl FnOnce() -> Result<Result<T, E>, Fault>,
    ) -> Result<Result<T, E>, Fault> {
        let level = Level::begin(&self.read.connection)?;
        self.end(level, write(), Result::is_ok)
    }

    fn end<T>(
        &self,
        level: Level,
        written: Result<T, Fault>,
        is_kept: impl FnOnce(&T) -> bool,
    ) -> Result<T, Fault> {
        let connection = &self.read.connection;
        let kept = written.and_then(|value| {
            if is_kept(&value) {
                level.keep(connection)?;
            } else {
                level.undo(connection);
            }
            Ok(value)
        });
        if kept.is_err() {
            level.undo(connection);
        }
        kept
    }
}
