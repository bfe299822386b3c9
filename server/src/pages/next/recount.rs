//! Kept counts of the fleet equal a recount of its rows, after every act and at
//! every time.

#![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

use shared::{
    command::{
        Action, AnswerStillGotIt, ClearFlag, CloseDispute, Relocate, Renew, ReportBack, Return,
        Send, Undo, Whither,
    },
    dispute::Decision,
    event::Actor,
    ids::TransferId,
    kit::Condition,
    tablet::{Flag, Presence, StateWord},
    time::Moment,
};

use super::Queue;
use crate::store::{
    Answer, FleetRow,
    tests::{
        telemetry::heartbeat,
        world::{
            KIOSK, OPERATOR, OTHER_VENUE, World, check_out, council, loan_id, tablet_id, take_back,
        },
    },
};

const DAY_MS: i64 = 86_400_000;

/// Compares every count at `now` with the rows that it is of.
fn recount(world: &World, now: Moment) {
    let read = world.store.read();
    let (counts, fleet) = (read.counts(now).unwrap(), read.fleet(now).unwrap());
    let holding = |queue: Queue| fleet.iter().filter(|row| queue.holds(row, now)).count();
    for queue in Queue::ALL {
        assert_eq!(queue.count(&counts), holding(queue), "{queue:?} at {now}");
    }
    for word in StateWord::ALL {
        let shown = fleet.iter().filter(|row| row.word == word).count();
        assert_eq!(counts.of(word), shown, "{word:?} at {now}");
    }
    let needs_somebody = |row: &&FleetRow| Queue::ALL.iter().any(|it| it.holds(row, now));
    let needing = fleet.iter().filter(needs_somebody).count();
    assert_eq!(counts.needing, needing, "needing somebody at {now}");
    assert_eq!(counts.tablets(), fleet.len());
}

/// Does this, and recounts at each moment at which time alone may change a count.
fn after<T>(world: &mut World, act: impl FnOnce(&mut World) -> T) {
    act(world);
    for days in [0, 6, 7, 8, 20, 21, 22, 23, 400] {
        recount(world, world.now.plus_ms(days * DAY_MS));
    }
}

#[test]
fn every_count_equals_a_recount_after_every_act_and_at_every_time() {
    let mut council = council();
    let world = &mut council;
    after(world, |_| ());
    after(world, |world| world.enrol(1).unwrap());
    after(world, |world| world.prove(1).unwrap());
    after(world, |world| world.ready(2));
    after(world, |world| world.ready(3));
    after(world, |world| world.check_out(1, 1).unwrap());
    after(world, |world| report_back(world, 1).unwrap());
    after(world, |world| world.return_in_hand(1, 1).unwrap());
    after(world, |world| world.fail(1).unwrap());
    after(world, |world| world.prove(1).unwrap());
    after(world, |world| world.check_out(2, 2).unwrap());
    after(world, |world| hear(world, 2));
    after(world, |world| return_by_sticker(world, 2, 2).unwrap());
    after(world, |world| contest(world, 2, 2).unwrap());
    after(world, |world| close_the_dispute(world).unwrap());
    after(world, |world| return_damaged(world, 3).unwrap());
    after(world, |world| mend(world, 3).unwrap());
    after(world, |world| world.check_out(3, 3).unwrap_err());
    after(world, |world| world.store.rebuild_projections().unwrap());
}

#[test]
fn every_count_follows_a_tablet_that_is_posted_renewed_undone_and_lost() {
    let mut council = council();
    let world = &mut council;
    after(world, |world| world.ready(1));
    after(world, |world| send_off(world, 1).unwrap());
    let back = take_back(1, None, Presence::InHand);
    after(world, |world| world.operator(back).unwrap());
    after(world, |world| world.prove(1).unwrap());
    after(world, |world| lend_and_undo(world, 1, 1));
    after(world, |world| relocate(world, 1, Whither::Missing).unwrap());
    after(world, |world| world.ready(2));
    after(world, |world| world.check_out(2, 2).unwrap());
    world.now = world.now.plus_ms(15 * DAY_MS);
    after(world, |world| renew(world, 2).unwrap());
    for whither in [Whither::Lost, Whither::Withdrawn] {
        after(world, |world| relocate(world, 2, whither).unwrap());
    }
    after(world, |world| world.store.rebuild_projections().unwrap());
}

#[test]
fn a_tablet_without_an_agent_is_never_silent_and_is_once_it_gained_one() {
    let mut council = council();
    let world = &mut council;
    after(world, |world| world.enrol_without_agent(1).unwrap());
    let silent = |world: &World| {
        let later = world.now.plus_ms(30 * DAY_MS);
        world.store.read().counts(later).unwrap().silent
    };
    assert_eq!(silent(world), 0);
    world.now = world.now.plus_ms(30 * DAY_MS);
    after(world, |world| world.server(World::agent(1)).unwrap());
    assert_eq!(world.store.read().counts(world.now).unwrap().silent, 0);
    assert_eq!(silent(world), 1);
    after(world, |world| hear(world, 1));
    after(world, |world| world.store.rebuild_projections().unwrap());
}

fn send_off(world: &mut World, number: u8) -> Answer {
    world.operator(Action::Send(Send {
        transfer: TransferId::from_bytes([1; 16]),
        to: OTHER_VENUE,
        tablets: vec![tablet_id(number)],
    }))
}

fn lend_and_undo(world: &mut World, number: u8, loan: u8) {
    let lend = world.command(Actor::Operator(OPERATOR), check_out(number, loan));
    world.send(&lend).unwrap();
    recount(world, world.now.plus_ms(30 * DAY_MS));
    let undo = Undo { command: lend.id };
    world.operator(Action::Undo(undo)).unwrap();
}

fn renew(world: &mut World, loan: u8) -> Answer {
    let loan = loan_id(loan);
    world.operator(Action::Renew(Renew { loan }))
}

fn relocate(world: &mut World, number: u8, whither: Whither) -> Answer {
    let tablet = tablet_id(number);
    world.operator(Action::Relocate(Relocate { tablet, whither }))
}

fn hear(world: &mut World, number: u8) {
    let now = world.now;
    let heard = world.store.heard(tablet_id(number), &heartbeat(), now);
    heard.unwrap();
}

fn report_back(world: &mut World, number: u8) -> Answer {
    let tablet = tablet_id(number);
    world.operator(Action::ReportBack(ReportBack { tablet }))
}

fn return_by_sticker(world: &mut World, number: u8, loan: u8) -> Answer {
    let back = take_back(number, Some(loan), Presence::StickerOnly);
    let command = world.command(Actor::SelfService(KIOSK), back);
    world.send(&command)
}

fn contest(world: &mut World, number: u8, loan: u8) -> Answer {
    let (tablet, loan, yes) = (tablet_id(number), loan_id(loan), true);
    let answer = Action::AnswerStillGotIt(AnswerStillGotIt { tablet, loan, yes });
    let command = world.command(Actor::Tablet(tablet), answer);
    world.send(&command)
}

fn close_the_dispute(world: &mut World) -> Answer {
    let dispute = world.store.read().disputes_open().unwrap()[0].dispute.id;
    let decision = Decision::StillOut;
    world.operator(Action::CloseDispute(CloseDispute { dispute, decision }))
}

fn return_damaged(world: &mut World, number: u8) -> Answer {
    world.operator(Action::Return(Return {
        condition: Condition::Damaged,
        ..Return::new(tablet_id(number), None, Presence::InHand)
    }))
}

fn mend(world: &mut World, number: u8) -> Answer {
    let (tablet, flag) = (tablet_id(number), Flag::Damaged);
    world.operator(Action::ClearFlag(ClearFlag { tablet, flag }))
}

#[test]
fn a_tablet_counts_once_for_all_its_troubles_and_as_silent_until_it_is_heard() {
    let mut world = council();
    world.ready(1);
    world.check_out(1, 1).unwrap();
    world.now = world.now.plus_ms(30 * DAY_MS);
    let counted = |world: &World| {
        let counts = world.store.read().counts(world.now).unwrap();
        (counts.overdue, counts.silent, counts.needing)
    };
    assert_eq!(counted(&world), (1, 1, 1));
    hear(&mut world, 1);
    assert_eq!(counted(&world), (1, 0, 1));
    report_back(&mut world, 1).unwrap();
    assert_eq!(counted(&world), (1, 0, 1));
}
