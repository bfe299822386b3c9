//! Kept counts of the fleet equal a recount of its rows, and every list is those rows in
//! their order, after every act and at every time.

#![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

use std::cmp::Reverse;

use shared::{
    command::{
        Action, AnswerStillGotIt, CheckOut, ClearFlag, CloseDispute, Relocate, Renew, ReportBack,
        Return, Send, Undo, Whither,
    },
    dispute::Decision,
    event::Actor,
    ids::{BorrowerId, TransferId},
    kit::Condition,
    tablet::{Flag, Presence, StateWord},
    time::Moment,
};

use super::is_silent;
use crate::store::{
    Answer, FleetRow, Listed, Queue,
    tests::{
        telemetry::heartbeat,
        world::{
            KIOSK, OPERATOR, OTHER_VENUE, World, check_out, council, loan_id, tablet_id, take_back,
        },
    },
};

/// Whether this tablet stands in the queue, by its row alone.
fn holds(queue: Queue, row: &FleetRow, now: Moment) -> bool {
    match queue {
        Queue::NotReset => row.word == StateWord::BackNotYetReset,
        Queue::Overdue => row.days_late > 0,
        Queue::Silent => is_silent(row, now),
        Queue::Attention => row.word == StateWord::NeedsAttention,
        Queue::Reported => row.reported_back,
        Queue::Dispute => row.open_dispute.is_some(),
    }
}

/// Worst first, by the row alone: of the queues it is in the worst counts; the latest loan
/// first, the longest silent first where nothing else is wrong, else by the number.
fn order(row: &FleetRow, now: Moment) -> impl Ord + use<> {
    let queues = [
        Queue::Dispute,
        Queue::Overdue,
        Queue::Attention,
        Queue::Reported,
        Queue::NotReset,
        Queue::Silent,
    ];
    let words = [
        StateWord::Missing,
        StateWord::Resetting,
        StateWord::Travelling,
        StateWord::PutAside,
        StateWord::OnLoan,
        StateWord::Ready,
        StateWord::Lost,
        StateWord::Retired,
        StateWord::GivenAway,
    ];
    let queue = queues.iter().position(|queue| holds(*queue, row, now));
    let word = words.iter().position(|word| *word == row.word);
    let silent = queues.len() - 1;
    let heard = (queue == Some(silent)).then(|| row.last_seen_at.unwrap_or(row.since));
    (
        queue.unwrap_or(queues.len()),
        queue.is_none().then_some(word),
        Reverse(row.days_late),
        heard,
        row.number,
    )
}

/// Every list that can be asked for.
fn lists() -> Vec<Listed> {
    let named = ["wgn", "s 2", "-"].map(|text| Listed::Named(text.to_owned()));
    let queues = Queue::ALL.map(Listed::Queue);
    let words = StateWord::ALL.map(Listed::State);
    let all = [Listed::All].into_iter().chain(named);
    all.chain(queues).chain(words).collect()
}

/// Whether this tablet is on the list, by its row alone.
fn is_on(listed: &Listed, row: &FleetRow, now: Moment) -> bool {
    match listed {
        Listed::All => true,
        Listed::Queue(queue) => holds(*queue, row, now),
        Listed::State(word) => row.word == *word,
        Listed::Named(text) => match text.as_str() {
            "wgn" => true,
            "s 2" => row.serial == "S2",
            _ => false,
        },
    }
}

/// Compares every list at `now` with the rows in their order.
fn relist(world: &World, now: Moment) {
    let read = world.store.read();
    let (counts, mut fleet) = (read.counts(now).unwrap(), read.fleet(now).unwrap());
    fleet.sort_by_key(|row| order(row, now));
    for listed in lists() {
        let expected: Vec<_> = fleet
            .iter()
            .filter(|row| is_on(&listed, row, now))
            .cloned()
            .collect();
        let listing = read.listing(&listed, 1, &counts, now).unwrap();
        assert_eq!(listing.rows, expected, "{listed:?} at {now}");
        assert_eq!(listing.total, expected.len(), "{listed:?} at {now}");
    }
}

const DAY_MS: i64 = 86_400_000;

/// Compares every count at `now` with the rows that it is of.
fn recount(world: &World, now: Moment) {
    let read = world.store.read();
    let (counts, fleet) = (read.counts(now).unwrap(), read.fleet(now).unwrap());
    let holding = |queue: Queue| fleet.iter().filter(|row| holds(queue, row, now)).count();
    for queue in Queue::ALL {
        assert_eq!(queue.count(&counts), holding(queue), "{queue:?} at {now}");
    }
    for word in StateWord::ALL {
        let shown = fleet.iter().filter(|row| row.word == word).count();
        assert_eq!(counts.of(word), shown, "{word:?} at {now}");
    }
    let needs_somebody = |row: &&FleetRow| Queue::ALL.iter().any(|it| holds(*it, row, now));
    let needing = fleet.iter().filter(needs_somebody).count();
    assert_eq!(counts.needing, needing, "needing somebody at {now}");
    assert_eq!(counts.tablets(), fleet.len());
    relist(world, now);
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

fn lend_to_somebody_else(world: &mut World, number: u8, loan: u8) -> Answer {
    let borrower = BorrowerId::from_bytes([9; 16]);
    let card = "SOMEBODY2".parse().unwrap();
    world
        .store
        .add_borrower(borrower, "Demo S.", &card)
        .unwrap();
    let lend = CheckOut::new(tablet_id(number), loan_id(loan), borrower);
    world.operator(Action::CheckOut(lend))
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

#[test]
fn worst_first_is_the_latest_loan_before_what_waits_and_the_longest_silent_before_the_well() {
    let mut world = council();
    for number in 1..=6 {
        world.ready(number);
    }
    world.check_out(2, 1).unwrap();
    world.now = world.now.plus_ms(DAY_MS);
    lend_to_somebody_else(&mut world, 5, 2).unwrap();
    world.now = world.now.plus_ms(29 * DAY_MS);
    for number in [1, 2, 3, 5] {
        hear(&mut world, number);
    }
    report_back(&mut world, 3).unwrap();
    let read = world.store.read();
    let counts = read.counts(world.now).unwrap();
    let listing = read.listing(&Listed::All, 1, &counts, world.now).unwrap();
    let numbers: Vec<_> = listing
        .rows
        .iter()
        .map(|row| row.number.in_order())
        .collect();
    let last = |it: &str| it.chars().last().and_then(|it| it.to_digit(10)).unwrap();
    let order: Vec<_> = numbers.iter().map(|it| last(it)).collect();
    assert_eq!(
        order,
        [2, 5, 3, 4, 6, 1],
        "late, reported, silent, and one that is well"
    );
}
