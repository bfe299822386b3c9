//! A database of the first released tables grows into today's, by its own log.

use std::path::Path;

use refinery::{Migration, Runner};
use rusqlite::Connection;
use shared::{
    event::Actor,
    tablet::{Presence, StateWord},
};

use super::world::{OPERATOR, World, agent_keys, check_out, council, settings, take_back};
use crate::store::{Store, connection::MIGRATIONS, projection::TABLES};

/// What the first program could have done.
fn first_story() -> World {
    let mut world = council();
    world.ready(1);
    world.ready(2);
    world.check_out(1, 1).unwrap();
    world.check_out(2, 2).unwrap_err();
    world.return_in_hand(1, 1).unwrap();
    world.prove(1).unwrap();
    world
        .operator(take_back(2, None, Presence::StickerOnly))
        .unwrap();
    world.check_out(1, 3).unwrap();
    world
}

/// This world, with tables of the first release that were opened today.
fn upgraded(world: &World) -> World {
    upgraded_from(&MIGRATIONS[..1], world)
}

/// The same, with tables that were made so far.
fn upgraded_from(tables: &[(&str, &str)], world: &World) -> World {
    let folder = tempfile::tempdir().unwrap();
    let old = folder.path().join("library.db");
    fill_as_the_first_release_did(&old, tables, world);
    let (store, now) = (Store::open(&old, settings()).unwrap(), world.now);
    World { folder, store, now }
}

fn fill_as_the_first_release_did(old: &Path, tables: &[(&str, &str)], world: &World) {
    let mut connection = Connection::open(old).unwrap();
    let made = tables.iter();
    let made: Vec<Migration> = made
        .map(|(name, sql)| Migration::unapplied(name, sql).unwrap())
        .collect();
    Runner::new(&made).run(&mut connection).unwrap();
    // What the program before this one called its reading of the log.
    connection.pragma_update(None, "user_version", 6).unwrap();
    connection
        .execute(
            "ATTACH ?1 AS newer",
            [world.database().display().to_string()],
        )
        .unwrap();
    for table in [
        "log",
        "command",
        "borrower",
        "loan_borrower",
        "operator_name",
        "receipt",
    ] {
        let columns = columns(&connection, table);
        let copy = format!("INSERT INTO {table} ({columns}) SELECT {columns} FROM newer.{table}");
        connection.execute(&copy, []).unwrap();
    }
    connection
        .execute_batch(
            "INSERT INTO tablet (tablet, enrolled_seq, number, serial, model, tag, link_key,
                                 proof_key, custody, custody_since, epoch, reset, order_counter,
                                 part_missing, damaged, reported_back, version)
             VALUES ('tb-stale', 1, 'OLD-001', 's', 'm', 't', 'l', 'p', 'missing', 0, 1, 'dirty',
                     0, 0, 0, 0, 1);",
        )
        .unwrap();
}

/// The columns that this table has so far.
fn columns(connection: &Connection, table: &str) -> String {
    let statement = connection.prepare(&format!("SELECT * FROM main.{table}"));
    let names: Vec<String> = statement
        .unwrap()
        .column_names()
        .map(str::to_owned)
        .collect();
    names.join(", ")
}

#[test]
fn a_database_of_the_first_release_opens_with_every_row_as_the_log_tells_it() {
    let world = first_story();
    let mut upgraded = upgraded(&world);
    assert_eq!(upgraded.every_row_of(&TABLES), world.every_row_of(&TABLES));
    let entries = upgraded.store.read().audit(&[]).unwrap().entries;
    assert_eq!(entries, world.store.read().position().unwrap());
    assert_eq!(upgraded.word(1), StateWord::OnLoan);
    upgraded.return_in_hand(1, 3).unwrap();
    upgraded.prove(1).unwrap();
    assert_eq!(upgraded.word(1), StateWord::Ready);
}

#[test]
fn tables_of_any_release_grow_into_todays_and_take_a_tablet_without_an_agent() {
    let world = first_story();
    for made in 1..MIGRATIONS.len() {
        let mut upgraded = upgraded_from(&MIGRATIONS[..made], &world);
        let rows = upgraded.every_row_of(&TABLES);
        assert_eq!(rows, world.every_row_of(&TABLES), "{}", MIGRATIONS[made].0);
        assert_eq!(upgraded.tablet(1).keys, Some(agent_keys(1)));
        upgraded.enrol_without_agent(3).unwrap();
        assert_eq!(upgraded.tablet(3).keys, None);
    }
}

#[test]
fn a_command_that_the_first_release_took_is_the_same_command_after_the_upgrade() {
    let mut world = council();
    world.ready(1);
    let command = world.command(Actor::Operator(OPERATOR), check_out(1, 1));
    let first = world.send(&command);
    let mut upgraded = upgraded(&world);
    assert_eq!(upgraded.send(&command), first);
}
