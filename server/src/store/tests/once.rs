//! R4 and R6: every command takes effect once, and a kiosk's facts in their order.

use shared::{
    command::{Action, Command, ReportBack},
    event::{Actor, Origin},
    refusal::Refusal,
    tablet::Presence,
    time::Moment,
    venue::{Calendar, Hours, Venue, VenueKind},
};

use super::world::{
    KIOSK, OPERATOR, OTHER_VENUE, VENUE, check_out, council, empty, refused, tablet_id, take_back,
};
use crate::store::Work;

#[test]
fn r4_the_same_command_again_is_the_same_result_again_and_appends_nothing() {
    let mut world = council();
    world.ready(1);
    let command = world.fact(1, Actor::Operator(OPERATOR), check_out(1, 1));
    let first = world.send(&command).unwrap();
    let position = world.store.read().position().unwrap();
    world.now = world.now.plus_ms(86_400_000);
    assert_eq!(world.send(&command), Ok(first));
    assert_eq!(world.store.read().position().unwrap(), position);
}

#[test]
fn r4_a_refusal_is_kept_too_even_when_the_command_would_be_taken_by_now() {
    let mut world = council();
    world.enrol(1).unwrap();
    let command = world.fact(1, Actor::Operator(OPERATOR), check_out(1, 1));
    let refusal = refused(world.send(&command));
    assert_eq!(refusal.code(), "tablet-not-ready");
    world.prove(1).unwrap();
    assert_eq!(world.send(&command), Err(refusal));
}

#[test]
fn r4_the_same_id_with_another_body_is_refused_and_recorded_once() {
    let mut world = council();
    world.ready(1);
    let command = world.fact(1, Actor::Operator(OPERATOR), check_out(1, 1));
    world.send(&command).unwrap();
    let before = world.store.read().position().unwrap();
    let other = Command {
        action: check_out(1, 2),
        ..command.clone()
    };
    for _ in 0..3 {
        assert_eq!(refused(world.send(&other)), Refusal::CommandIdReused);
    }
    assert_eq!(world.store.read().position().unwrap(), before + 1);
    assert!(
        world.send(&command).is_ok(),
        "the first body is still itself"
    );
}

#[test]
fn r4_a_try_of_the_server_or_a_tablet_is_the_same_although_its_time_is_another() {
    let mut world = council();
    let action = Action::ReportBack(ReportBack {
        tablet: tablet_id(1),
    });
    world.enrol(1).unwrap();
    let command = world.command(Actor::Tablet(tablet_id(1)), action);
    let first = world.send(&command);
    let later = Command {
        occurred_at: command.occurred_at.plus_ms(5_000),
        seen: 9,
        ..command
    };
    assert_eq!(world.send(&later), first);
}

#[test]
fn r6_a_gap_in_a_kiosks_series_waits_until_the_missing_fact_is_there() {
    let mut world = council();
    world.ready(1);
    let first = world.fact(1, Actor::Operator(OPERATOR), check_out(1, 1));
    let second = world.fact(
        2,
        Actor::SelfService(KIOSK),
        take_back(1, Some(1), Presence::StickerOnly),
    );
    assert_eq!(
        refused(world.send(&second)),
        Refusal::FactsMissing { expected: 1 }
    );
    world.send(&first).unwrap();
    world.send(&second).unwrap();
    assert_eq!(world.store.read().kiosk_facts_taken(KIOSK).unwrap(), 2);
}

#[test]
fn r6_a_series_that_went_back_is_told_where_it_is_and_the_fact_may_come_again() {
    let mut world = council();
    world.ready(1);
    let first = world.fact(1, Actor::Operator(OPERATOR), check_out(1, 1));
    world.send(&first).unwrap();
    let restored = world.fact(
        1,
        Actor::SelfService(KIOSK),
        take_back(1, Some(1), Presence::StickerOnly),
    );
    assert_eq!(
        refused(world.send(&restored)),
        Refusal::SeriesWentBack { expected: 2 }
    );
    let renumbered = Command {
        origin_seq: Some(2),
        ..restored
    };
    world.send(&renumbered).unwrap();
}

#[test]
fn r6_a_refused_fact_takes_its_place_in_the_series() {
    let mut world = council();
    let first = world.fact(1, Actor::Operator(OPERATOR), check_out(1, 1));
    assert_eq!(refused(world.send(&first)), Refusal::TabletUnknown);
    assert_eq!(world.store.read().kiosk_facts_taken(KIOSK).unwrap(), 1);
}

#[test]
fn a_batch_answers_in_its_order_and_each_command_sees_the_ones_before_it() {
    let mut world = council();
    world.ready(1);
    let first = world.fact(1, Actor::Operator(OPERATOR), check_out(1, 1));
    let second = world.fact(2, Actor::Operator(OPERATOR), check_out(1, 2));
    let again = first.clone();
    let works: Vec<Work> = [first, second, again]
        .iter()
        .map(|command| world.work(command))
        .collect();
    let answers = world.store.commit_batch(&works).unwrap();
    assert!(answers[0].is_ok());
    assert_eq!(answers[1], Err(Refusal::TabletOnLoan));
    assert_eq!(answers[2], answers[0]);
}

#[test]
fn an_operator_acts_only_where_they_were_appointed() {
    let mut world = council();
    world.ready(1);
    let command = world.command(Actor::Operator(OPERATOR), check_out(1, 1));
    let elsewhere = Command {
        venue: Some(OTHER_VENUE),
        ..command
    };
    assert_eq!(refused(world.send(&elsewhere)), Refusal::WrongVenue);
    let stranger = Actor::Operator(shared::ids::OperatorId::from_bytes([99; 16]));
    let command = world.command(stranger, check_out(1, 1));
    assert_eq!(refused(world.send(&command)), Refusal::OperatorUnknown);
}

#[test]
fn a_failed_decision_leaves_nothing_behind_but_its_answer() {
    let mut world = council();
    world.ready(1);
    world.check_out(1, 1).unwrap();
    let before = world.every_row_but("command");
    world.check_out(1, 2).unwrap_err();
    world.enrol(1).unwrap_err();
    assert_eq!(world.every_row_but("command"), before);
}

#[test]
fn a_fact_from_a_clock_that_is_ahead_happened_now_and_later_ones_are_not_late() {
    let mut world = council();
    world.ready(1);
    let ahead = world.fact(1, Actor::Operator(OPERATOR), check_out(1, 1));
    let ahead = Command {
        occurred_at: ahead.occurred_at.plus_ms(7 * 86_400_000),
        ..ahead
    };
    world.send(&ahead).unwrap();
    assert_eq!(world.tablet(1).custody_since, world.now);
    world.return_in_hand(1, 1).unwrap();
}

#[test]
fn the_first_command_of_all_opens_a_venue() {
    let mut world = empty();
    let venue = Venue {
        id: VENUE,
        name: "Leigh Library".to_owned(),
        kind: VenueKind::Library,
        calendar: Calendar {
            closed_weekdays: [6].into(),
            closures: ["2026-12-25".parse().unwrap(), "2026-12-26".parse().unwrap()].into(),
            hours: [(0, Hours::new(540, 1050).unwrap())].into(),
        },
    };
    let command = world.command(Actor::Server, Action::OpenVenue(venue.clone()));
    let command = Command {
        venue: None,
        origin: Origin::Server,
        occurred_at: Moment::from_ms(1),
        ..command
    };
    assert_eq!(world.send(&command).unwrap().cursor, 1);
    assert_eq!(world.store.read().venue(VENUE).unwrap(), Some(venue));
}

#[test]
fn r3_a_return_by_somebody_who_may_not_act_here_is_taken_as_nobodys() {
    let mut world = council();
    world.ready(1);
    world.check_out(1, 1).unwrap();
    let stranger = Actor::Operator(shared::ids::OperatorId::from_bytes([99; 16]));
    let action = take_back(1, Some(1), Presence::InHand);
    let back = world.fact(1, stranger, action);
    world.send(&back).unwrap();
    let tablet = world.tablet(1);
    assert!(tablet.waits_in_tray(), "R19: nobody we know has it in hand");
    let story = world.store.read().story(tablet_id(1), 0).unwrap();
    assert_eq!(story.last().unwrap().actor, Actor::SelfService(KIOSK));
}
