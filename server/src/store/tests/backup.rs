//! A copy is of one moment, whatever is written meanwhile; what is damaged or does
//! not follow from the log is found, and nothing is changed by looking.

use rusqlite::Connection;

use super::world::{World, council, settings};
use crate::store::{
    Fault, Reader, SCHEMA, Store,
    connection::{self, MIGRATIONS},
    projection::TABLES,
};

fn copied(reader: &Reader, world: &World, name: &str) -> Store {
    let path = world.folder.path().join(name);
    reader.copy_to(&path).unwrap();
    Store::open(&path, settings()).unwrap()
}

#[test]
fn a_copy_that_is_made_while_others_write_is_of_one_moment() {
    let mut world = council();
    world.ready(1);
    let (path, folder) = (world.database(), world.folder.path().to_owned());
    let copies = std::thread::scope(|threads| {
        let copying = threads.spawn(move || {
            let reader = Reader::open(&path, settings()).unwrap();
            let copies = (0..6).map(|nth| {
                let copy = folder.join(format!("copy{nth}"));
                reader.copy_to(&copy).unwrap();
                copy
            });
            copies.collect::<Vec<_>>()
        });
        for number in 2..=20 {
            world.ready(number);
        }
        copying.join().unwrap()
    });
    for copy in copies {
        let mut copy = Store::open(&copy, settings()).unwrap();
        copy.read().check_whole().unwrap();
        let audit = copy.read().audit(&[]).unwrap();
        assert!(audit.entries <= world.store.read().position().unwrap());
        assert_eq!(copy.find_other_than_replayed(&|_| {}).unwrap(), None);
    }
    world.store.read().audit(&[]).unwrap();
}

#[test]
fn a_copy_holds_every_row_and_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let mut world = council();
    world.ready(1);
    world.check_out(1, 1).unwrap();
    let copy = copied(world.store.read(), &world, "copy");
    let rows = |store: &Store| {
        let holdings = store.read().holdings().unwrap();
        (store.read().head().unwrap(), holdings)
    };
    assert_eq!(rows(&copy), rows(&world.store));
    let path = world.folder.path().join("copy");
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(
        world.store.read().copy_to(&path).is_err(),
        "it is there already"
    );
}

#[test]
fn r12_rows_of_any_table_that_do_not_follow_from_the_log_are_found_and_left() {
    let mut world = super::replay::rich_story();
    assert_eq!(world.store.find_other_than_replayed(&|_| {}).unwrap(), None);
    for table in TABLES {
        let behind = world.behind_its_back();
        behind
            .execute_batch(&format!(
                "CREATE TABLE kept AS SELECT * FROM {table}; DELETE FROM {table};"
            ))
            .unwrap();
        let before = world.every_row_of(&TABLES);
        let found = world.store.find_other_than_replayed(&|_| {}).unwrap();
        assert_eq!(found, Some(table));
        assert_eq!(
            world.every_row_of(&TABLES),
            before,
            "looking changes nothing"
        );
        behind
            .execute_batch(&format!(
                "INSERT INTO {table} SELECT * FROM kept; DROP TABLE kept;"
            ))
            .unwrap();
    }
    assert_eq!(world.store.find_other_than_replayed(&|_| {}).unwrap(), None);
}

#[test]
fn a_page_or_a_reference_that_is_damaged_is_found() {
    let world = council();
    world.store.read().check_whole().unwrap();
    let behind = world.behind_its_back();
    behind
        .execute_batch(
            "PRAGMA foreign_keys = OFF;
             INSERT INTO loan_borrower (loan, borrower) VALUES ('a', 'nobody');",
        )
        .unwrap();
    let astray = world.store.read().check_whole().unwrap_err();
    assert!(matches!(&astray, Fault::NotWhole(what) if what.contains("loan_borrower")));
    behind.execute("DELETE FROM loan_borrower", []).unwrap();
    behind
        .execute_batch(
            "PRAGMA writable_schema = ON;
             UPDATE sqlite_schema SET sql = replace(sql, 'WHERE state = ''open''', '')
             WHERE name = 'one_open_loan_a_tablet';
             DELETE FROM sqlite_schema WHERE name = 'loans_of_a_tablet';",
        )
        .unwrap();
    let again = Reader::open(&world.database(), settings()).unwrap();
    assert!(matches!(again.check_whole(), Err(Fault::NotWhole(_))));
}

#[test]
fn the_version_of_the_tables_is_that_of_the_last_migration() {
    let (last, _) = MIGRATIONS[MIGRATIONS.len() - 1];
    assert!(last.starts_with(&format!("V{SCHEMA}__")), "{last}");
    assert_eq!(council().store.read().schema().unwrap(), SCHEMA);
}

#[test]
fn a_database_of_the_first_version_is_brought_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("library.db");
    let mut first = Connection::open(&path).unwrap();
    connection::settle(&first).unwrap();
    connection::migrate(&mut first, &MIGRATIONS[..1]).unwrap();
    drop(first);
    let old = Reader::open(&path, settings()).unwrap();
    assert_eq!(old.schema().unwrap(), 1);
    let store = Store::open(&path, settings()).unwrap();
    assert_eq!(store.read().schema().unwrap(), SCHEMA);
    assert_eq!(store.read().doubts().unwrap(), []);
}

#[test]
fn a_store_that_is_closed_leaves_one_file_that_holds_everything() {
    let mut world = council();
    world.ready(1);
    let (path, head) = (world.database(), world.store.read().head().unwrap());
    world.store.close().unwrap();
    let files = std::fs::read_dir(world.folder.path()).unwrap().count();
    assert_eq!(files, 1);
    let again = Store::open(&path, settings()).unwrap();
    assert_eq!(again.read().head().unwrap(), head);
}
