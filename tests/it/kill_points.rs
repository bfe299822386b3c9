//! R4, R5, R11: server, agent and kiosk are killed with -9 at every kill point
//! there is, in a loop. After a restart the round completes; nothing happened
//! twice and nothing acknowledged is lost.

#![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

mod rig;

use std::collections::BTreeSet;

use rig::{Rig, Target};

/// Points on the way of an enrolment: reached once in a tablet's or kiosk's life.
const ENROLMENT: &str = ":enrol";
/// Points that only a tablet which has no image yet comes by.
const FIRST_START: [&str; 2] = ["agent:manifest-stored", "agent:blob-stored"];
/// Points that only a tablet comes by which is asked "Have you still got it?".
const QUESTION: [&str; 2] = ["agent:question-shown", "agent:person-answered"];
/// Points that only a kiosk comes by which lends without its server.
const ALONE: [&str; 2] = ["kiosk:before-lend", "kiosk:lent"];
/// Points that only a tablet comes by which is lost.
const LOST: [&str; 3] = ["agent:lock-kept", "agent:lock-taken-up", "agent:lost-shown"];
/// Points that only a tablet comes by whose server changes its keys.
const KEYS: [&str; 3] = [
    "agent:keyrings-kept",
    "agent:papers-kept",
    "agent:keyrings-taken-up",
];
/// Points that only a tablet comes by which makes new keys of its own.
const OWN_KEYS: [&str; 3] = [
    "agent:key-renewed",
    "agent:link-key-offered",
    "agent:next-key-made",
];
/// A point that only a reset comes by which finds, as it reads again, what was altered
/// meanwhile.
const ALTERED: [&str; 1] = ["agent:reset-rewritten"];
/// Points that only a reset comes by which fails.
const FAILURE: [&str; 1] = ["agent:saved-failed"];

fn points() -> impl Iterator<Item = &'static str> {
    let all = [server::KILL_POINTS, agent::KILL_POINTS, kiosk::KILL_POINTS];
    all.into_iter().flatten().copied()
}

fn is_special(point: &str) -> bool {
    is_enrolment(point)
        || FIRST_START.contains(&point)
        || QUESTION.contains(&point)
        || ALONE.contains(&point)
        || LOST.contains(&point)
        || KEYS.contains(&point)
        || OWN_KEYS.contains(&point)
        || ALTERED.contains(&point)
        || agent::KILL_POINTS_OF_EXCHANGE.contains(&point)
        || FAILURE.contains(&point)
}

fn is_enrolment(point: &str) -> bool {
    point.contains(ENROLMENT) || point == "kiosk:before-enrol" || point == "agent:saved-new"
}

#[test]
fn every_kill_point_belongs_to_a_program_and_stands_once() {
    let all: Vec<&str> = points().collect();
    let different: BTreeSet<&str> = all.iter().copied().collect();
    assert_eq!(all.len(), different.len());
    assert!(all.iter().all(|point| Target::of(point).is_some()));
    assert!(all.len() > 30, "only {} kill points", all.len());
}

#[test]
fn a_round_completes_after_a_kill_at_any_point_and_nothing_happens_twice() {
    let mut rig = Rig::start().unwrap();
    for point in points().filter(|point| !is_special(point)) {
        rig.round_with_a_kill_at(point)
            .unwrap_or_else(|fault| panic!("killed at {point}: {fault:?}"));
    }
    rig.log_and_projections_hold().unwrap();
}

#[test]
fn an_enrolment_completes_after_a_kill_at_any_point_and_gives_one_identity() {
    let mut rig = Rig::start().unwrap();
    for (nth, point) in points().filter(|point| is_enrolment(point)).enumerate() {
        rig.enrolment_with_a_kill_at(point, nth)
            .unwrap_or_else(|fault| panic!("killed at {point}: {fault:?}"));
    }
    for (nth, point) in FIRST_START.into_iter().enumerate() {
        rig.first_start_with_a_kill_at(point, nth)
            .unwrap_or_else(|fault| panic!("killed at {point}: {fault:?}"));
    }
    rig.log_and_projections_hold().unwrap();
}

#[test]
fn a_check_out_without_the_server_completes_after_a_kill_and_is_one_loan() {
    let mut rig = Rig::start().unwrap();
    for point in ALONE {
        rig.round_without_the_server_with_a_kill_at(point)
            .unwrap_or_else(|fault| panic!("killed at {point}: {fault:?}"));
    }
    rig.log_and_projections_hold().unwrap();
}

#[test]
fn a_tablet_that_is_killed_while_its_servers_keys_change_goes_on_to_them() {
    let mut rig = Rig::start().unwrap();
    for point in KEYS {
        rig.change_of_keys_with_a_kill_at(point)
            .unwrap_or_else(|fault| panic!("killed at {point}: {fault:?}"));
    }
    rig.log_and_projections_hold().unwrap();
}

#[test]
fn a_tablet_that_is_killed_while_it_makes_new_keys_is_known_by_them() {
    let mut rig = Rig::start().unwrap();
    for point in OWN_KEYS {
        rig.new_keys_with_a_kill_at(point)
            .unwrap_or_else(|fault| panic!("killed at {point}: {fault:?}"));
    }
    rig.log_and_projections_hold().unwrap();
}

#[test]
fn an_answer_and_a_failed_reset_survive_a_kill() {
    let mut rig = Rig::start().unwrap();
    for point in QUESTION {
        rig.question_with_a_kill_at(point)
            .unwrap_or_else(|fault| panic!("killed at {point}: {fault:?}"));
    }
    for point in FAILURE {
        rig.failed_reset_with_a_kill_at(point)
            .unwrap_or_else(|fault| panic!("killed at {point}: {fault:?}"));
    }
    rig.log_and_projections_hold().unwrap();
}
