//! What was heard before there were hours and days is in them after the upgrade.

use std::path::{Path, PathBuf};

use refinery::{Migration, Runner};
use rusqlite::Connection;

use super::heartbeat;
use crate::store::{
    Store,
    connection::{self, MIGRATIONS},
    tests::world::{World, council, settings, tablet_id},
};

/// What an earlier program left that no replay brings back.
const KEPT: [&str; 4] = ["log", "command", "heartbeat", "last_heartbeat"];

const SPANS: [&str; 2] = ["telemetry_hour", "telemetry_day"];

/// A council that heard a tablet for a while.
fn story() -> World {
    let mut world = council();
    world.ready(2);
    for minutes in [0, 15, 300, 2_000] {
        let at = world.now.plus_ms(minutes * 60_000);
        world.store.heard(tablet_id(2), &heartbeat(), at).unwrap();
    }
    world
}

/// The same council's database as a program without hours and days left it.
fn as_of_an_earlier_program(world: &World) -> PathBuf {
    let path = world.folder.path().join("earlier.db");
    let mut earlier = Connection::open(&path).unwrap();
    let before = MIGRATIONS
        .iter()
        .take_while(|(name, _)| *name != "V3__telemetry");
    let before: Vec<_> = before
        .map(|(name, sql)| Migration::unapplied(name, sql).unwrap())
        .collect();
    Runner::new(&before).run(&mut earlier).unwrap();
    earlier.execute_batch("PRAGMA user_version = 2").unwrap();
    let all = world.behind_its_back();
    let attach = format!("ATTACH '{}' AS earlier", path.display());
    all.execute_batch(&attach).unwrap();
    for table in KEPT {
        let copy = format!("INSERT INTO earlier.{table} SELECT * FROM {table}");
        all.execute_batch(&copy).unwrap();
    }
    path
}

/// Everything in hours and days once an up-to-date program has opened that
/// database.
fn spans_of(world: &World, path: &Path) -> String {
    let store = Store::open(path, settings()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let copy = format!("VACUUM INTO '{}/library.db'", folder.path().display());
    store.read().connection.execute_batch(&copy).unwrap();
    let now = world.now;
    World { folder, store, now }.every_row_of(&SPANS)
}

#[test]
fn what_was_heard_before_there_were_hours_and_days_is_rolled_up_once() {
    let world = story();
    let path = as_of_an_earlier_program(&world);
    assert_eq!(spans_of(&world, &path), world.every_row_of(&SPANS));
    // A program that reads the log otherwise makes everything anew once more.
    let other = Connection::open(&path).unwrap();
    other.execute_batch("PRAGMA user_version = 2").unwrap();
    assert_eq!(spans_of(&world, &path), world.every_row_of(&SPANS));
}

#[test]
fn a_power_cut_between_new_tables_and_what_they_hold_is_made_good_at_the_next_start() {
    let world = story();
    let path = as_of_an_earlier_program(&world);
    drop(connection::open(&path).unwrap());
    assert_eq!(spans_of(&world, &path), world.every_row_of(&SPANS));
}
