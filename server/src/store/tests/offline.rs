//! What kiosks did without the server (R6): taken under its own id, never moved
//! silently, and a named dispute where it does not fit.

use shared::{
    command::{Action, CheckOut, Command},
    dispute::DisputeCause,
    event::{Actor, Origin},
    ids::OperatorId,
    loan::LoanState,
    refusal::Refusal,
    tablet::{Custody, Presence, StateWord},
    wire::v1::kiosk::Gap,
};

use super::world::{
    KIOSK, OPERATOR, OTHER_KIOSK, OTHER_VENUE, World, check_out, council, loan_id, refused,
    tablet_id, take_back,
};

fn done(number: u8, loan: u8) -> Action {
    let Action::CheckOut(it) = check_out(number, loan) else {
        panic!("a check out");
    };
    Action::CheckOut(CheckOut { done: true, ..it })
}

impl World {
    fn lend_elsewhere(&mut self, seq: u64, number: u8, loan: u8) -> Command {
        let mut command = self.fact(seq, Actor::Operator(OPERATOR), done(number, loan));
        command.origin = Origin::Kiosk(OTHER_KIOSK);
        command
    }

    fn causes(&self) -> Vec<DisputeCause> {
        let open = self.store.read().disputes_open().unwrap();
        open.iter().map(|row| row.dispute.cause).collect()
    }

    fn state(&self, loan: u8) -> LoanState {
        let loan = self.store.read().loan(loan_id(loan)).unwrap();
        loan.unwrap().state
    }
}

#[test]
fn r6_a_tablet_lent_twice_is_with_the_later_borrower_and_the_earlier_loan_is_contested() {
    let mut world = council();
    world.ready(1);
    world.check_out(1, 1).unwrap();
    let command = world.lend_elsewhere(1, 1, 2);
    world.send(&command).unwrap();
    assert_eq!(world.causes(), [DisputeCause::DoubleLoan]);
    assert_eq!(world.state(1), LoanState::Contested);
    assert_eq!(world.state(2), LoanState::Open);
    assert_eq!(world.tablet(1).custody, Custody::OnLoan(loan_id(2)));
}

#[test]
fn r6_word_of_a_check_out_from_before_the_present_loan_moves_nothing() {
    let mut world = council();
    world.ready(1);
    let mut late = world.lend_elsewhere(1, 1, 2);
    world.check_out(1, 1).unwrap();
    late.occurred_at = late.occurred_at.plus_ms(-1);
    world.send(&late).unwrap();
    assert_eq!(world.causes(), [DisputeCause::DoubleLoan]);
    assert_eq!(
        (world.state(1), world.state(2)),
        (LoanState::Open, LoanState::Contested)
    );
    assert_eq!(world.tablet(1).custody, Custody::OnLoan(loan_id(1)));
}

#[test]
fn r6_what_the_server_would_refuse_is_taken_when_it_is_done_and_a_person_is_told() {
    let mut world = council();
    world.enrol(1).unwrap();
    assert_eq!(world.word(1), StateWord::Resetting);
    let command = world.lend_elsewhere(1, 1, 1);
    world.send(&command).unwrap();
    assert_eq!(world.word(1), StateWord::OnLoan);
    assert_eq!(world.causes(), [DisputeCause::RefusedButDone]);
    assert_eq!(world.state(1), LoanState::Open);
}

/// The same command, told to have happened while its answer was awaited.
fn done_meanwhile(command: &Command) -> Command {
    let Action::CheckOut(it) = &command.action else {
        panic!("a check out");
    };
    let told = CheckOut {
        done: true,
        told_due_on: Some("2026-12-12".parse().unwrap()),
        ..it.clone()
    };
    Command {
        action: Action::CheckOut(told),
        ..command.clone()
    }
}

#[test]
fn r6_what_was_accepted_already_is_confirmed_when_it_is_told_as_done_and_appends_nothing() {
    let mut world = council();
    world.ready(1);
    let asked = world.fact(1, Actor::Operator(OPERATOR), check_out(1, 1));
    let first = world.send(&asked).unwrap();
    let position = world.store.read().position().unwrap();
    assert_eq!(world.send(&done_meanwhile(&asked)), Ok(first));
    assert_eq!(world.store.read().position().unwrap(), position);
    assert_eq!(world.causes(), []);
}

#[test]
fn r6_what_was_refused_meanwhile_is_taken_once_when_it_is_told_as_done() {
    let mut world = council();
    world.enrol(1).unwrap();
    let asked = world.fact(1, Actor::Operator(OPERATOR), check_out(1, 1));
    let no = refused(world.send(&asked));
    assert_eq!(no.code(), "tablet-not-ready");
    let done = done_meanwhile(&asked);
    let taken = world.send(&done).unwrap();
    assert_eq!(world.word(1), StateWord::OnLoan);
    assert_eq!(world.causes(), [DisputeCause::RefusedButDone]);
    let position = world.store.read().position().unwrap();
    for again in [&done, &asked] {
        assert_eq!(world.send(again), Ok(taken.clone()), "whichever came late");
    }
    assert_eq!(world.store.read().position().unwrap(), position);
    assert_eq!(world.store.read().kiosk_facts_taken(KIOSK).unwrap(), 1);
}

#[test]
fn r6_a_question_that_arrives_after_what_was_done_is_answered_by_it() {
    let mut world = council();
    world.enrol(1).unwrap();
    let asked = world.fact(1, Actor::Operator(OPERATOR), check_out(1, 1));
    let taken = world.send(&done_meanwhile(&asked)).unwrap();
    assert_eq!(world.send(&asked), Ok(taken));
    assert_eq!(world.causes(), [DisputeCause::RefusedButDone]);
}

#[test]
fn r4_told_as_done_with_another_tablet_it_is_another_command() {
    let mut world = council();
    world.ready(1);
    world.ready(2);
    let asked = world.fact(1, Actor::Operator(OPERATOR), check_out(1, 1));
    world.send(&asked).unwrap();
    let other = Command {
        action: done(2, 1),
        ..asked
    };
    assert_eq!(refused(world.send(&other)), Refusal::CommandIdReused);
    assert_eq!(world.word(2), StateWord::Ready);
}

#[test]
fn r6_a_second_tablet_lent_without_the_server_is_over_the_limit_and_stays_lent() {
    let mut world = council();
    world.ready(1);
    world.ready(2);
    world.check_out(1, 1).unwrap();
    let command = world.lend_elsewhere(1, 2, 2);
    world.send(&command).unwrap();
    assert_eq!(world.causes(), [DisputeCause::OverLimit]);
    assert_eq!(world.word(2), StateWord::OnLoan);
}

#[test]
fn r6_what_somebody_did_whose_badge_was_taken_away_is_taken_as_nobodys() {
    let mut world = council();
    world.ready(1);
    let gone = Actor::Operator(OperatorId::from_bytes([77; 16]));
    let mut command = world.fact(1, gone, done(1, 1));
    world.send(&command).unwrap();
    assert_eq!(world.causes(), [DisputeCause::RefusedButDone]);
    command.id = shared::ids::CommandId::from_bytes([78; 16]);
    command.origin_seq = Some(2);
    command.action = check_out(1, 3);
    assert_eq!(refused(world.send(&command)), Refusal::OperatorUnknown);
}

#[test]
fn r6_a_tablet_that_is_not_known_here_is_a_question_for_a_person() {
    let mut world = council();
    let back = take_back(9, None, Presence::StickerOnly);
    let command = world.fact(1, Actor::SelfService(KIOSK), back);
    world.send(&command).unwrap();
    let command = world.fact(2, Actor::Operator(OPERATOR), done(9, 1));
    world.send(&command).unwrap();
    assert_eq!(
        world.causes(),
        [DisputeCause::UnknownTablet, DisputeCause::UnknownTablet]
    );
    let fleet = world.store.read().fleet(world.now).unwrap();
    assert_eq!(fleet, [], "nothing is made up");
    assert_eq!(world.store.read().disputes_open().unwrap()[0].number, None);
    let by_hand = take_back(9, None, Presence::InHand);
    assert_eq!(refused(world.operator(by_hand)), Refusal::TabletUnknown);
}

#[test]
fn r6_a_kiosk_restored_from_an_old_copy_begins_another_series_and_the_old_one_ends() {
    let mut world = council();
    world.ready(1);
    world.ready(2);
    for seq in 1..=2 {
        let back = take_back(1, None, Presence::StickerOnly);
        let command = world.fact(seq, Actor::SelfService(KIOSK), back);
        world.send(&command).unwrap();
    }
    let again = |world: &mut World, seq, series| {
        let back = take_back(2, None, Presence::StickerOnly);
        let mut command = world.fact(seq, Actor::SelfService(KIOSK), back);
        command.series = series;
        command
    };
    let clash = again(&mut world, 1, 0);
    let expected = Refusal::SeriesWentBack { expected: 3 };
    assert_eq!(refused(world.send(&clash)), expected);
    let gap = again(&mut world, 2, 1);
    assert_eq!(
        refused(world.send(&gap)),
        Refusal::FactsMissing { expected: 1 }
    );
    let anew = again(&mut world, 1, 1);
    world.send(&anew).unwrap();
    assert_eq!(world.store.read().kiosk_series(KIOSK).unwrap().series, 1);
    assert_eq!(world.store.read().kiosk_facts_taken(KIOSK).unwrap(), 1);
    let old = again(&mut world, 3, 0);
    assert!(matches!(
        refused(world.send(&old)),
        Refusal::SeriesWentBack { .. }
    ));
}

/// The same fact, told at another place.
fn told_at(fact: &Command, (series, seq): (u32, u64)) -> Command {
    Command {
        series,
        origin_seq: Some(seq),
        ..fact.clone()
    }
}

/// Two facts that the server took, the second of them a "no".
fn two_facts(world: &mut World) -> (Command, Command) {
    world.ready(1);
    let lent = world.fact(1, Actor::Operator(OPERATOR), check_out(1, 1));
    world.send(&lent).unwrap();
    let refused_one = world.fact(2, Actor::Operator(OPERATOR), check_out(1, 2));
    world.send(&refused_one).unwrap_err();
    (lent, refused_one)
}

#[test]
fn r6_what_a_restored_kiosk_tells_again_is_the_same_fact_and_takes_its_place_in_the_new_series() {
    let mut world = council();
    let (lent, no) = two_facts(&mut world);
    let answers = [&lent, &no].map(|fact| world.send(fact));
    let position = world.store.read().position().unwrap();
    for _ in 0..2 {
        let again = [(&lent, 1), (&no, 2)].map(|(fact, at)| world.send(&told_at(fact, (1, at))));
        assert_eq!(again, answers);
    }
    let restarted = world.store.read().position().unwrap();
    assert_eq!(restarted, position + 1, "the series began, and no more");
    assert_eq!(world.store.read().kiosk_facts_taken(KIOSK).unwrap(), 2);
    let back = take_back(1, Some(1), Presence::StickerOnly);
    let back = world.fact(3, Actor::SelfService(KIOSK), back);
    world.send(&told_at(&back, (1, 3))).unwrap();
    assert_eq!(world.causes(), []);
}

#[test]
fn r6_what_is_told_again_waits_for_what_stands_before_it_in_the_new_series() {
    let mut world = council();
    let (lent, no) = two_facts(&mut world);
    assert_eq!(
        refused(world.send(&told_at(&no, (1, 2)))),
        Refusal::FactsMissing { expected: 1 }
    );
    assert_eq!(world.store.read().kiosk_series(KIOSK).unwrap().series, 0);
    world.send(&told_at(&lent, (1, 1))).unwrap();
    let back = take_back(1, Some(1), Presence::StickerOnly);
    let back = world.fact(9, Actor::SelfService(KIOSK), back);
    world.send(&told_at(&back, (1, 2))).unwrap();
    // Its place is another's by now: that is no reason to take it for another fact.
    assert_eq!(
        refused(world.send(&told_at(&no, (1, 2)))),
        Refusal::TabletOnLoan
    );
    assert_eq!(world.send(&lent).map(|_| ()), Ok(()), "as it was told once");
    assert_eq!(world.store.read().kiosk_facts_taken(KIOSK).unwrap(), 2);
}

#[test]
fn r6_a_gap_where_a_series_begins_that_the_server_lost_stands_in_nobodys_way() {
    let mut world = council();
    two_facts(&mut world);
    let mut note = |first, last, series| {
        let gap = Gap {
            first,
            last,
            series,
        };
        world.store.note_gap(KIOSK, gap, world.now).unwrap()
    };
    assert_eq!(note(2, 2, 1), Err(Refusal::FactsMissing { expected: 1 }));
    assert_eq!(note(1, 1, 1), Ok(()));
    let back = take_back(1, Some(1), Presence::StickerOnly);
    let back = world.fact(9, Actor::SelfService(KIOSK), back);
    world.send(&told_at(&back, (1, 2))).unwrap();
    assert_eq!(world.store.read().kiosk_series(KIOSK).unwrap().series, 1);
    // Of a series that has ended nothing is missed any more.
    let ended = Gap {
        first: 3,
        last: 9,
        series: 0,
    };
    let noted = world.store.note_gap(KIOSK, ended, world.now).unwrap();
    assert_eq!(
        (noted, world.store.read().doubts().unwrap().len()),
        (Ok(()), 1)
    );
}

#[test]
fn r4_another_fact_under_a_known_id_is_refused_in_any_series() {
    let mut world = council();
    let (lent, _) = two_facts(&mut world);
    let moved = told_at(&lent, (1, 1));
    world.send(&moved).unwrap();
    for place in [(0, 1), (1, 1), (1, 2)] {
        let other = Command {
            action: check_out(1, 9),
            ..told_at(&lent, place)
        };
        assert_eq!(
            refused(world.send(&other)),
            Refusal::CommandIdReused,
            "{place:?}"
        );
    }
    assert!(world.send(&moved).is_ok(), "the moved fact is still itself");
}

#[test]
fn r6_a_no_that_was_done_all_the_same_is_thought_over_in_the_new_series_too() {
    let mut world = council();
    world.enrol(1).unwrap();
    let asked = world.fact(1, Actor::Operator(OPERATOR), check_out(1, 1));
    world.send(&asked).unwrap_err();
    let done = told_at(&done_meanwhile(&asked), (1, 1));
    let taken = world.send(&done).unwrap();
    assert_eq!(world.word(1), StateWord::OnLoan);
    assert_eq!(world.send(&done), Ok(taken));
    assert_eq!(world.causes(), [DisputeCause::SeriesWentBack]);
}

#[test]
fn r6_a_check_out_from_an_old_copy_is_named_as_what_it_is() {
    let mut world = council();
    world.enrol(1).unwrap();
    let mut command = world.fact(1, Actor::Operator(OPERATOR), done(1, 1));
    command.series = 1;
    world.send(&command).unwrap();
    assert_eq!(world.causes(), [DisputeCause::SeriesWentBack]);
    assert_eq!(world.state(1), LoanState::Contested);
}

#[test]
fn a_disputed_tablet_begins_a_new_epoch_when_it_is_next_seen() {
    let mut world = council();
    world.ready(1);
    world.check_out(1, 1).unwrap();
    let command = world.lend_elsewhere(1, 1, 2);
    world.send(&command).unwrap();
    let epoch = world.tablet(1).epoch;
    world
        .operator(take_back(1, Some(2), Presence::InHand))
        .unwrap();
    assert_eq!(world.tablet(1).epoch, epoch.next());
    let mut seen = world.command(
        Actor::SelfService(KIOSK),
        take_back(1, None, Presence::StickerOnly),
    );
    seen.venue = Some(OTHER_VENUE);
    world.send(&seen).unwrap();
    assert_eq!(
        world.tablet(1).epoch,
        epoch.next(),
        "once, not at every scan"
    );
    assert!(!world.tablet(1).in_doubt);
    assert_eq!(tablet_id(1), world.tablet(1).id);
}
