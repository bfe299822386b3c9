//! R13 and the small tables: persons never reach the log; codes, guards.

use shared::{
    digest::Digest,
    ids::{BorrowerId, CommandId, KioskId},
    tag::Tag,
    time::Moment,
};

use super::world::{
    BORROWER, CANARY_CARD, CANARY_NAME, CANARY_OPERATOR, KIOSK, OPERATOR, VENUE, World, council,
    tablet_id,
};
use crate::store::{Code, CodeError, CodeFor, LastCall, Work};

#[test]
fn r13_no_name_and_no_card_stands_in_the_log_or_beside_a_command() {
    let mut world = council();
    world.ready(1);
    world.check_out(1, 1).unwrap();
    let all = world.every_row_of(&["log", "command"]);
    let tables = world.every_row_of(&["borrower", "operator_name"]);
    assert!(tables.contains(CANARY_NAME) && tables.contains(CANARY_OPERATOR));
    for personal in [
        CANARY_NAME,
        CANARY_CARD,
        CANARY_OPERATOR,
        &BORROWER.to_string(),
    ] {
        assert!(!all.contains(personal), "{personal}");
    }
}

#[test]
fn r13_a_card_number_stands_nowhere_in_the_files() {
    let world = council();
    for entry in std::fs::read_dir(world.folder.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let canary = CANARY_CARD.as_bytes();
        assert!(!bytes.windows(canary.len()).any(|window| window == canary));
    }
}

#[test]
fn a_card_that_is_known_keeps_its_borrower() {
    let mut world = council();
    let again = BorrowerId::from_bytes([77; 16]);
    let card = CANARY_CARD.parse().unwrap();
    let kept = world.store.add_borrower(again, "Somebody E.", &card);
    assert_eq!(kept.unwrap(), BORROWER);
    let borrower = world.store.read().borrower_by_card(&card).unwrap().unwrap();
    assert_eq!(borrower.short_name, CANARY_NAME);
    assert_eq!(borrower.card_ends, "210");
    assert_eq!(format!("{borrower:?}"), format!("Borrower({BORROWER})"));
}

#[test]
fn operators_of_a_venue_come_with_the_place_where_they_last_changed() {
    let world = council();
    let (operators, changed) = world.store.read().operators_at(VENUE).unwrap();
    assert_eq!(operators.len(), 1);
    assert_eq!(operators[0].operator, OPERATOR);
    assert_eq!(operators[0].name, CANARY_OPERATOR);
    assert_eq!(changed, 3);
}

#[test]
fn a_request_number_is_taken_once_and_only_upwards() {
    let mut world = council();
    let mut advance = |seq| world.store.advance_caller("tb-1", seq).unwrap();
    assert_eq!(advance(5), Ok(()));
    assert_eq!(advance(5), Err(LastCall(5)));
    assert_eq!(advance(4), Err(LastCall(5)));
    assert_eq!(advance(6), Ok(()));
    assert_eq!(world.store.advance_caller("tb-2", 1).unwrap(), Ok(()));
}

fn code(world: &World, number: u8) -> Code {
    let enrolment = World::enrolment(number);
    Code {
        hash: Digest::of(&[number]),
        whom: CodeFor::Tablet {
            tablet: enrolment.tablet,
            number: enrolment.number,
            venue: VENUE,
            tag: enrolment.tag,
        },
        expires_at: world.now.plus_ms(900_000),
    }
}

#[test]
fn a_one_time_code_enrols_once_and_answers_the_same_command_again() {
    let mut world = council();
    let code = code(&world, 1);
    world.store.add_code(&code).unwrap();
    let enrolment = World::enrolment(1);
    let action = shared::command::Action::EnrolTablet(enrolment);
    let command = world.command(shared::event::Actor::Server, action);
    let ask = |world: &World, id, now| world.store.read().code(code.hash, now, id).unwrap();
    assert_eq!(ask(&world, command.id, world.now), Ok(code.whom));

    let mut work = world.work(&command);
    work.code = Some(code.hash);
    let works = [work];
    let answer = world.store.commit_batch(&works).unwrap().remove(0);
    assert!(answer.is_ok());
    let long_after = Moment::from_ms(code.expires_at.as_ms() * 2);
    assert_eq!(ask(&world, command.id, long_after), Ok(code.whom));
    let other = CommandId::from_bytes([9; 16]);
    assert_eq!(ask(&world, other, world.now), Err(CodeError::Used));
    assert_eq!(world.store.commit_batch(&works).unwrap(), [answer]);
}

#[test]
fn a_code_whose_time_is_over_or_that_nobody_made_enrols_nothing() {
    let mut world = council();
    let code = code(&world, 1);
    world.store.add_code(&code).unwrap();
    let read = world.store.read();
    let id = CommandId::from_bytes([9; 16]);
    let late = read.code(code.hash, code.expires_at, id).unwrap();
    assert_eq!(late, Err(CodeError::Expired));
    let unknown = read.code(Digest::of(b"other"), world.now, id).unwrap();
    assert_eq!(unknown, Err(CodeError::Unknown));
}

#[test]
fn of_two_enrolments_that_race_for_one_code_one_is_taken() {
    let mut world = council();
    let kiosk = KioskId::from_bytes([50; 16]);
    let (hash, expires_at) = (Digest::of(b"code"), world.now.plus_ms(900_000));
    let whom = CodeFor::Kiosk {
        kiosk,
        venue: VENUE,
    };
    world
        .store
        .add_code(&Code {
            hash,
            whom,
            expires_at,
        })
        .unwrap();
    let works: Vec<Work> = [60_u8, 61]
        .map(|seed| {
            let key = shared::keys::SecretKey::from_seed(&[seed; 32]).public();
            let kiosk = KioskId::from_bytes([seed; 16]);
            let it = shared::command::EnrolKiosk {
                kiosk,
                venue: VENUE,
                key,
            };
            let action = shared::command::Action::EnrolKiosk(it);
            let command = world.command(shared::event::Actor::Server, action);
            let mut work = world.work(&command);
            work.code = Some(hash);
            work
        })
        .into();
    let answers = world.store.commit_batch(&works).unwrap();
    assert!(answers[0].is_ok());
    assert_eq!(answers[1], Err(shared::refusal::Refusal::AlreadyThere));
    let second = world.store.read().kiosk(KioskId::from_bytes([61; 16]));
    assert_eq!(second.unwrap(), None);
}

#[test]
fn a_tag_can_be_printed_again_and_replaced() {
    let mut world = council();
    let number = World::enrolment(1).number;
    for secret in [[1; 10], [2; 10]] {
        let tag = Tag::new(number, secret);
        world.store.keep_tag(tablet_id(1), &tag).unwrap();
        let kept = world.store.read().tag(number).unwrap();
        assert_eq!(kept, Some((tablet_id(1), tag)));
    }
}

#[test]
fn a_kiosk_is_found_by_its_id() {
    let world = council();
    let kiosk = world.store.read().kiosk(KIOSK).unwrap().unwrap();
    assert_eq!((kiosk.kiosk, kiosk.venue), (KIOSK, VENUE));
}
