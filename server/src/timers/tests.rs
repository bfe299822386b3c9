//! What is due when, over real rows and a time that the test says.

#![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

use shared::{
    command::{AgreeWipe, AppointOperator, AskWipe, CallOffWipe, PlaceHold},
    ids::{HoldId, OperatorId, WipeId},
    kit::Kit,
    tablet::StateWord,
    wipe::UNDO_MS,
};

use super::*;
use crate::store::tests::world::{BORROWER, VENUE, World, council, tablet_id};

const COLLEAGUE: OperatorId = OperatorId::from_bytes([33; 16]);
const HOLD: HoldId = HoldId::from_bytes([1; 16]);
const WIPE: WipeId = WipeId::from_bytes([1; 16]);
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A tablet that is put aside for a week from the second of November on.
fn put_aside() -> World {
    let mut world = council();
    world.ready(1);
    let place = Action::PlaceHold(PlaceHold {
        hold: HOLD,
        borrower: BORROWER,
        venue: VENUE,
        needs: Kit::new(),
    });
    world.server(place).unwrap();
    assert_eq!(world.tablet(1).word(), StateWord::PutAside);
    world
}

/// A wipe of a clean tablet that two operators agreed on just now.
fn agreed() -> World {
    let mut world = council();
    world.ready(1);
    let colleague = Action::AppointOperator(AppointOperator {
        operator: COLLEAGUE,
        name: "Demo Colleague".to_owned(),
        venues: vec![VENUE],
        badge: Digest::of(b"another badge"),
    });
    world.server(colleague).unwrap();
    let (wipe, tablet) = (WIPE, tablet_id(1));
    world
        .operator(Action::AskWipe(AskWipe { wipe, tablet }))
        .unwrap();
    let agree = Action::AgreeWipe(AgreeWipe { wipe });
    let agree = world.command(Actor::Operator(COLLEAGUE), agree);
    world.send(&agree).unwrap();
    world
}

/// Does what is due at the world's time, and says how much that was.
fn keep_time(world: &mut World) -> usize {
    let commands = due(world.store.read(), world.now).unwrap();
    let works: Vec<_> = commands.iter().map(|it| world.work(it)).collect();
    for answer in world.store.commit_batch(&works).unwrap() {
        answer.unwrap();
    }
    works.len()
}

#[test]
fn a_hold_ends_on_the_day_after_its_last_and_its_tablet_is_free() {
    let mut world = put_aside();
    let last = world.now.day().plus_days(7);
    world.now = last.plus_days(1).starts_at().plus_ms(-1);
    assert_eq!(keep_time(&mut world), 0);
    world.now = world.now.plus_ms(1);
    assert_eq!(keep_time(&mut world), 1);
    assert_eq!(world.tablet(1).word(), StateWord::Ready);
    assert_eq!(keep_time(&mut world), 0);
}

#[test]
fn r9_a_wipe_begins_when_its_ten_minutes_are_over_and_not_before() {
    let mut world = agreed();
    world.now = world.now.plus_ms(UNDO_MS - 1);
    assert_eq!(keep_time(&mut world), 0);
    world.now = world.now.plus_ms(1);
    assert_eq!(keep_time(&mut world), 1);
    assert_eq!(world.tablet(1).word(), StateWord::Resetting);
    assert_eq!(keep_time(&mut world), 0);
}

#[test]
fn r9_a_wipe_that_was_called_off_never_begins() {
    let mut world = agreed();
    let off = Action::CallOffWipe(CallOffWipe { wipe: WIPE });
    world.operator(off).unwrap();
    world.now = world.now.plus_ms(DAY_MS);
    assert_eq!(keep_time(&mut world), 0);
}

#[test]
fn r4_a_server_that_was_killed_before_it_heard_the_answer_does_it_once() {
    let mut world = agreed();
    world.now = world.now.plus_ms(UNDO_MS);
    let before = due(world.store.read(), world.now).unwrap();
    assert_eq!(keep_time(&mut world), 1);
    let position = world.store.read().position().unwrap();
    world.now = world.now.plus_ms(60_000);
    let mut again = before;
    let command = again.remove(0);
    world.send(&command).unwrap();
    assert_eq!(world.store.read().position().unwrap(), position);
}

#[test]
fn the_server_wakes_for_the_next_wipe_and_else_when_a_day_begins() {
    let world = agreed();
    let (read, agreed_at) = (world.store.read(), world.now);
    let starts_at = agreed_at.plus_ms(UNDO_MS);
    assert_eq!(next(read, agreed_at).unwrap(), starts_at);
    let tomorrow = agreed_at.day().plus_days(1).starts_at();
    assert_eq!(next(read, starts_at).unwrap(), tomorrow);
}
