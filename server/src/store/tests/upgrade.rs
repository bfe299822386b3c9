//! A database of the first released tables grows into today's, by its own log.

use std::path::Path;

use refinery::{Migration, Runner};
use rusqlite::Connection;
use shared::{
    event::Actor,
    tablet::{Presence, StateWord},
};

use super::world::{OPERATOR, World, check_out, council, settings, take_back};
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
    let folder = tempfile::tempdir().unwrap();
    let old = folder.path().join("library.db");
    fill_as_the_first_release_did(&old, world);
    let (store, now) = (Store::open(&old, settings()).unwrap(), world.now);
    World { folder, store, now }
}

fn fill_as_the_first_release_did(old: &Path, world: &World) {
    let mut connection = Connection::open(old).unwrap();
    let (name, sql) = MIGRATIONS[0];
    let first = Migration::unapplied(name, sql).unwrap();
    Runner::new(&[first]).run(&mut connection).unwrap();
    connection
        .execute(
            "ATTACH ?1 AS newer",
            [world.database().display().to_string()],
        )
        .unwrap();
    for table in [
        "log",
        "borrower",
        "loan_borrower",
        "operator_name",
        "receipt",
    ] {
        let copy = format!("INSERT INTO {table} SELECT * FROM newer.{table}");
        connection.execute(&copy, []).unwrap();
    }
    connection
        .execute_batch(
            "INSERT INTO command
             SELECT command, body, origin, origin_seq, first_seq, last_seq, refusal, reused
             FROM newer.command;
             INSERT INTO tablet (tablet, enrolled_seq, number, serial, model, tag, link_key,
                                 proof_key, custody, custody_since, epoch, reset, order_counter,
                                 part_missing, damaged, reported_back, version)
             VALUES ('tb-stale', 1, 'OLD-001', 's', 'm', 't', 'l', 'p', 'missing', 0, 1, 'dirty',
                     0, 0, 0, 0, 1);",
        )
        .unwrap();
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
fn a_command_that_the_first_release_took_is_the_same_command_after_the_upgrade() {
    let mut world = council();
    world.ready(1);
    let command = world.command(Actor::Operator(OPERATOR), check_out(1, 1));
    let first = world.send(&command);
    let mut upgraded = upgraded(&world);
    assert_eq!(upgraded.send(&command), first);
}
