//! R12: every projection equals the replay of the log, and the chain shows damage.

use shared::{
    command::{
        Action, AnswerStillGotIt, AskWipe, ClearFlag, CloseDispute, PlaceHold, PlanTrip,
        ReportBack, Return, Send, TakeStock,
    },
    dispute::Decision,
    event::Actor,
    head::Head,
    ids::{HoldId, StocktakeId, TransferId, TripId, WipeId},
    kit::{Condition, KitPart},
    tablet::{Flag, Presence, WithheldReason},
    trip::Errand,
    venue::{Calendar, Hours, Venue, VenueKind},
};

use super::world::{
    BORROWER, KIOSK, OTHER_VENUE, VENUE, World, council, loan_id, tablet_id, take_back,
};
use crate::store::{AuditError, Fault, projection::TABLES};

/// A story that leaves a row in every table.
pub(super) fn rich_story() -> World {
    let mut world = council();
    for number in 1..=5 {
        world.ready(number);
    }
    a_loan_with_a_damaged_return(&mut world);
    five_failures_and_a_fresh_start(&mut world);
    a_contested_return(&mut world);
    world
        .operator(Action::ReportBack(ReportBack {
            tablet: tablet_id(4),
        }))
        .unwrap();
    let command = world.command(
        Actor::SelfService(KIOSK),
        take_back(4, None, Presence::StickerOnly),
    );
    let command = shared::command::Command {
        venue: Some(OTHER_VENUE),
        ..command
    };
    world.send(&command).unwrap();
    let reused = shared::command::Command {
        action: take_back(5, None, Presence::StickerOnly),
        ..command
    };
    world.send(&reused).unwrap_err();
    world.enrol(6).unwrap();
    a_box_a_hold_and_a_trip(&mut world);
    a_wipe_that_was_stopped(&mut world);
    a_kiosk_from_an_old_copy(&mut world);
    world
}

fn a_box_a_hold_and_a_trip(world: &mut World) {
    let (hold, venue) = (HoldId::from_bytes([1; 16]), VENUE);
    world.ready(7);
    world
        .operator(Action::Send(Send {
            transfer: TransferId::from_bytes([1; 16]),
            to: OTHER_VENUE,
            tablets: vec![tablet_id(7)],
        }))
        .unwrap();
    world
        .operator(Action::PlaceHold(PlaceHold {
            hold,
            borrower: BORROWER,
            venue,
            needs: [KitPart::Headset].into(),
        }))
        .unwrap();
    world
        .operator(Action::PlanTrip(PlanTrip {
            trip: TripId::from_bytes([1; 16]),
            errand: Errand::Deliver(hold),
            on: world.now.day().plus_days(1),
        }))
        .unwrap();
    world
        .server(Action::TakeStock(TakeStock {
            stocktake: StocktakeId::from_bytes([1; 16]),
            seen: vec![tablet_id(5), tablet_id(4)],
        }))
        .unwrap();
}

fn a_wipe_that_was_stopped(world: &mut World) {
    world.ready(8);
    let (wipe, tablet) = (WipeId::from_bytes([1; 16]), tablet_id(8));
    world
        .operator(Action::AskWipe(AskWipe { wipe, tablet }))
        .unwrap();
    world.operator(Action::StopWipes).unwrap();
}

fn a_kiosk_from_an_old_copy(world: &mut World) {
    let tablet = tablet_id(8);
    let report = Action::ReportBack(ReportBack { tablet });
    let mut command = world.fact(1, Actor::SelfService(KIOSK), report);
    command.series = 1;
    world.send(&command).unwrap();
}

fn a_loan_with_a_damaged_return(world: &mut World) {
    world.check_out(1, 1).unwrap();
    world
        .operator(Action::Return(Return {
            part_missing: true,
            condition: Condition::Damaged,
            ..Return::new(tablet_id(1), Some(loan_id(1)), Presence::InHand)
        }))
        .unwrap();
    let (tablet, flag) = (tablet_id(1), Flag::Damaged);
    world
        .operator(Action::ClearFlag(ClearFlag { tablet, flag }))
        .unwrap();
}

fn five_failures_and_a_fresh_start(world: &mut World) {
    world.check_out(2, 2).unwrap();
    world.return_in_hand(2, 2).unwrap();
    for _ in 0..5 {
        world.fail(2).unwrap();
    }
    let (tablet, flag) = (tablet_id(2), Flag::Withheld(WithheldReason::ResetFailed));
    world
        .operator(Action::ClearFlag(ClearFlag { tablet, flag }))
        .unwrap();
}

fn a_contested_return(world: &mut World) {
    world.check_out(3, 3).unwrap();
    let back = take_back(3, Some(3), Presence::StickerOnly);
    let command = world.command(Actor::SelfService(KIOSK), back);
    world.send(&command).unwrap();
    let (tablet, loan) = (tablet_id(3), loan_id(3));
    let yes = Action::AnswerStillGotIt(AnswerStillGotIt {
        tablet,
        loan,
        yes: true,
    });
    let command = world.command(Actor::Tablet(tablet), yes);
    world.send(&command).unwrap();
    let dispute = world.store.read().disputes_open().unwrap()[0].dispute.id;
    let decision = Decision::WriteOff;
    world
        .operator(Action::CloseDispute(CloseDispute { dispute, decision }))
        .unwrap();
}

#[test]
fn r12_every_projection_equals_the_replay_of_the_log() {
    let mut world = rich_story();
    let before = world.every_row_of(&TABLES);
    for table in TABLES {
        let empty = world.every_row_of(&[table]);
        assert!(
            empty.len() > table.len() + 2,
            "the story leaves {table} empty"
        );
    }
    world.store.rebuild_projections().unwrap();
    assert_eq!(world.every_row_of(&TABLES), before);
}

#[test]
fn r12_rows_that_were_tampered_with_are_mended_by_a_rebuild() {
    let mut world = rich_story();
    let before = world.every_row_of(&TABLES);
    world
        .behind_its_back()
        .execute_batch("UPDATE tablet SET reset = 'dirty'; DELETE FROM loan;")
        .unwrap();
    world.store.rebuild_projections().unwrap();
    assert_eq!(world.every_row_of(&TABLES), before);
}

#[test]
fn the_log_has_no_gaps_and_its_chain_verifies() {
    let world = rich_story();
    let read = world.store.read();
    let audit = read.audit(&[]).unwrap();
    assert_eq!(audit.entries, read.position().unwrap());
    assert_eq!(audit.head, read.head().unwrap());
    assert!(read.audit(&[audit.head]).is_ok());
}

#[test]
fn an_audit_finds_every_flipped_byte_of_every_entry_and_its_link() {
    let mut world = council();
    world.ready(1);
    let damage = world.behind_its_back();
    let entries = world.store.read().position().unwrap();
    for seq in 1..=entries {
        for column in ["bytes", "hash"] {
            let read = format!("SELECT {column} FROM log WHERE seq = ?1");
            let write = format!("UPDATE log SET {column} = ?2 WHERE seq = ?1");
            let sound: Vec<u8> = damage.query_row(&read, [seq], |row| row.get(0)).unwrap();
            // Every byte of one entry and every link; each seventh byte elsewhere.
            let step = if seq == 1 || column == "hash" { 1 } else { 7 };
            for at in (0..sound.len()).step_by(step) {
                let mut broken = sound.clone();
                broken[at] ^= 1;
                damage
                    .execute(&write, rusqlite::params![seq, broken])
                    .unwrap();
                let found = world.store.read().audit(&[]).unwrap_err();
                assert!(matches!(found, AuditError::Altered { seq: at } if at == seq));
            }
            damage
                .execute(&write, rusqlite::params![seq, sound])
                .unwrap();
        }
    }
    world.store.read().audit(&[]).unwrap();
}

#[test]
fn an_entry_that_was_altered_with_its_own_link_shows_at_the_one_after_it() {
    let world = rich_story();
    let damage = world.behind_its_back();
    let read = "SELECT hash FROM log WHERE seq = 4";
    let before: Vec<u8> = damage.query_row(read, [], |row| row.get(0)).unwrap();
    let forged = b"another fact".as_slice();
    let link = shared::digest::Digest::of_parts(&[&before, forged]);
    let write = "UPDATE log SET bytes = ?1, hash = ?2 WHERE seq = 5";
    damage
        .execute(write, rusqlite::params![forged, link.as_bytes()])
        .unwrap();
    let found = world.store.read().audit(&[]).unwrap_err();
    assert!(matches!(found, AuditError::Altered { seq: 6 }), "{found:?}");
}

#[test]
fn an_audit_finds_a_hole_and_against_a_noted_head_a_cut_tail_or_another_log() {
    let world = rich_story();
    let noted = world.store.read().head().unwrap();
    let other = Head {
        hash: shared::digest::Digest::of(b"another"),
        ..noted
    };
    let audit = |noted: &[Head]| world.store.read().audit(noted);
    assert!(matches!(audit(&[other]), Err(AuditError::OtherHead { .. })));
    let damage = world.behind_its_back();
    damage
        .execute("DELETE FROM log WHERE seq = ?1", [noted.seq])
        .unwrap();
    assert!(
        audit(&[]).is_ok(),
        "a cut tail shows only against a noted head"
    );
    assert!(matches!(audit(&[noted]), Err(AuditError::Cut { .. })));
    damage.execute("DELETE FROM log WHERE seq = 5", []).unwrap();
    let hole = AuditError::Gap {
        expected: 5,
        found: 6,
    };
    assert_eq!(audit(&[]).unwrap_err().to_string(), hole.to_string());
}

#[test]
fn a_log_that_cannot_be_read_is_a_fault_and_rebuilds_nothing() {
    let mut world = rich_story();
    let before = world.every_row_of(&TABLES);
    world
        .behind_its_back()
        .execute("UPDATE log SET bytes = 'x' || bytes WHERE seq = 9", [])
        .unwrap_err();
    world
        .behind_its_back()
        .execute("UPDATE log SET bytes = x'00' WHERE seq = 9", [])
        .unwrap();
    let fault = world.store.rebuild_projections().unwrap_err();
    assert!(matches!(fault, Fault::Entry { seq: 9, .. }));
    assert_eq!(world.every_row_of(&TABLES), before);
}

#[test]
fn opening_hours_are_read_back_from_the_log() {
    let mut world = council();
    let hours = Hours::new(9 * 60, 17 * 60).unwrap();
    let venue = Venue {
        id: OTHER_VENUE,
        name: "Demo Hub".to_owned(),
        kind: VenueKind::Hub,
        calendar: Calendar {
            hours: [(0, hours)].into(),
            ..Calendar::default()
        },
    };
    world.server(Action::ChangeVenue(venue.clone())).unwrap();
    world.store.rebuild_projections().unwrap();
    assert_eq!(world.store.read().venue(OTHER_VENUE).unwrap(), Some(venue));
}
