//! R5 and R16: what the store does when the disk or the database lets it down.

use std::{fmt::Write, os::unix::fs::PermissionsExt};

use rusqlite::Connection;
use shared::refusal::Refusal;

use super::world::{World, check_out, council, settings, tablet_id};
use crate::store::{Fault, Reader, Store, connection};

impl Store {
    /// From here on nothing more can be written.
    pub(crate) fn break_it(&self) {
        let connection = &self.read.connection;
        connection.execute_batch("PRAGMA query_only = ON").unwrap();
    }
}

impl World {
    /// Every row of these tables as text, in order, with their names.
    pub(super) fn every_row_of(&self, tables: &[&str]) -> String {
        let connection = self.behind_its_back();
        let mut all = String::new();
        for table in tables {
            all += table;
            all += ":\n";
            all += &rows(&connection, table);
        }
        all
    }

    pub(super) fn every_row_but(&self, left_out: &str) -> String {
        let connection = self.behind_its_back();
        let mut names = connection
            .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
            .unwrap();
        let names: Vec<String> = names
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let names: Vec<&str> = names
            .iter()
            .map(String::as_str)
            .filter(|name| *name != left_out)
            .collect();
        self.every_row_of(&names)
    }
}

fn rows(connection: &Connection, table: &str) -> String {
    let mut statement = connection
        .prepare(&format!("SELECT * FROM {table} ORDER BY 1"))
        .unwrap();
    let columns = statement.column_count();
    let mut rows = statement.query([]).unwrap();
    let mut all = String::new();
    while let Some(row) = rows.next().unwrap() {
        for column in 0..columns {
            match row.get_ref(column).unwrap() {
                rusqlite::types::ValueRef::Blob(bytes) => all += &String::from_utf8_lossy(bytes),
                rusqlite::types::ValueRef::Text(text) => all += &String::from_utf8_lossy(text),
                other => write!(all, "{other:?}").unwrap(),
            }
            all += "|";
        }
        all += "\n";
    }
    all
}

fn mode(path: &std::path::Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn r5_a_database_that_would_not_keep_its_word_is_refused() {
    let refused = |connection: &Connection| match connection::check_durable(connection) {
        Err(Fault::NotDurable { setting, found, .. }) => format!("{setting}={found}"),
        other => panic!("{other:?}"),
    };
    let world = council();
    let path = world.database();
    drop(world.store);
    let connection = Connection::open(&path).unwrap();
    connection
        .execute_batch("PRAGMA synchronous = NORMAL")
        .unwrap();
    assert_eq!(refused(&connection), "synchronous=1");
    connection
        .execute_batch("PRAGMA journal_mode = DELETE")
        .unwrap();
    assert_eq!(refused(&connection), "journal_mode=delete");
    // A database in memory answers the wish for a journal with "memory".
    let memory = Connection::open_in_memory().unwrap();
    assert!(matches!(
        connection::settle(&memory),
        Err(Fault::NotDurable {
            setting: "journal_mode",
            ..
        })
    ));
}

#[test]
fn r5_a_database_that_was_left_in_another_mode_is_put_right_or_refused() {
    let world = council();
    let path = world.database();
    drop(world.store);
    let other = Connection::open(&path).unwrap();
    other
        .execute_batch("PRAGMA journal_mode = DELETE; BEGIN IMMEDIATE")
        .unwrap();
    // While somebody holds it in the other mode, it cannot be put right.
    assert!(Store::open(&path, settings()).is_err());
    other.execute_batch("COMMIT").unwrap();
    drop(other);
    let store = Store::open(&path, settings()).unwrap();
    connection::check_durable(&store.read().connection).unwrap();
}

#[test]
fn the_files_are_their_owners_alone() {
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("data");
    let path = folder.join("library.db");
    let mut store = Store::open(&path, settings()).unwrap();
    store.advance_caller("somebody", 1).unwrap().unwrap();
    assert_eq!(mode(&folder), 0o700);
    for file in ["library.db", "library.db-wal", "library.db-shm"] {
        assert_eq!(mode(&folder.join(file)), 0o600, "{file}");
    }
}

#[test]
fn r4_a_full_disk_is_everybodys_fault_and_nothing_of_the_batch_is_stored() {
    let mut world = council();
    world.ready(1);
    let before = world.every_row_but("");
    let command = world.command(shared::event::Actor::Server, check_out(1, 1));
    let works = [world.work(&command)];
    let connection = &world.store.read().connection;
    connection
        .execute_batch("PRAGMA max_page_count = 1")
        .unwrap();
    // The second work needs a new page, which there is none of.
    let venue = shared::venue::Venue {
        id: shared::ids::VenueId::from_bytes([8; 16]),
        name: "x".repeat(9_000),
        kind: shared::venue::VenueKind::Hub,
        calendar: shared::venue::Calendar::default(),
    };
    let action = shared::command::Action::OpenVenue(venue);
    let large = world.command(shared::event::Actor::Server, action);
    let batch = [works[0].clone(), world.work(&large)];
    let fault = world.store.commit_batch(&batch).unwrap_err();
    assert!(matches!(fault, Fault::Database(_)), "{fault:?}");
    assert_eq!(world.every_row_but(""), before);
    let healed = &world.store.read().connection;
    healed
        .execute_batch("PRAGMA max_page_count = 1000000")
        .unwrap();
    assert!(world.store.commit_batch(&works).unwrap()[0].is_ok());
}

#[test]
fn a_commit_that_fails_stores_nothing_and_the_same_command_may_come_again() {
    let mut world = council();
    world.ready(1);
    // A promise that is checked at the commit and cannot be kept.
    world
        .behind_its_back()
        .execute_batch(
            "CREATE TABLE parent (id INTEGER PRIMARY KEY);
             CREATE TABLE child (id INTEGER REFERENCES parent (id)
                                 DEFERRABLE INITIALLY DEFERRED);
             CREATE TRIGGER fails AFTER INSERT ON loan
             BEGIN INSERT INTO child VALUES (1); END;",
        )
        .unwrap();
    let before = world.every_row_but("");
    let command = world.command(shared::event::Actor::Server, check_out(1, 1));
    let works = [world.work(&command)];
    world.store.commit_batch(&works).unwrap_err();
    assert_eq!(world.every_row_but(""), before);
    world
        .behind_its_back()
        .execute_batch("DROP TRIGGER fails")
        .unwrap();
    assert!(world.store.commit_batch(&works).unwrap()[0].is_ok());
}

#[test]
fn a_reader_writes_nothing_and_sees_what_is_committed() {
    let mut world = council();
    let reader = Reader::open(&world.database(), settings()).unwrap();
    world.ready(1);
    assert!(reader.tablet(tablet_id(1)).unwrap().is_some());
    assert!(reader.connection.execute("DELETE FROM tablet", []).is_err());
}

#[test]
fn a_store_that_is_opened_again_knows_all_it_acknowledged() {
    let mut world = council();
    world.ready(1);
    world.check_out(1, 1).unwrap();
    let path = world.database();
    drop(world.store);
    world.store = Store::open(&path, settings()).unwrap();
    assert_eq!(world.check_out(1, 2), Err(Refusal::TabletOnLoan));
    world.store.read().audit(&[]).unwrap();
}
