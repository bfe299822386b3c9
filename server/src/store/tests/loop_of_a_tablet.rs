//! One tablet all the way round, and the ways by which it must not go.

use shared::{
    command::{Action, AnswerStillGotIt, CloseDispute},
    dispute::{Decision, DisputeCause},
    event::Actor,
    loan::LoanState,
    refusal::Refusal,
    signed::receipt::{FailedStep, Outcome, Scope},
    tablet::{Presence, StateWord},
    wire::v1::agent::AgentState,
};

use super::world::{
    BORROWER, KIOSK, OTHER_VENUE, VENUE, World, check_out, council, loan_id, refused, tablet_id,
    take_back,
};
use crate::store::tests::telemetry::heartbeat;

#[test]
fn a_tablet_goes_all_the_way_round() {
    let mut world = council();
    world.enrol(1).unwrap();
    assert_eq!(world.word(1), StateWord::Resetting);
    world.prove(1).unwrap();
    assert_eq!(world.word(1), StateWord::Ready);
    world.check_out(1, 1).unwrap();
    assert_eq!(world.word(1), StateWord::OnLoan);
    world.return_in_hand(1, 1).unwrap();
    assert_eq!(world.word(1), StateWord::Resetting);
    world.prove(1).unwrap();
    assert_eq!(world.word(1), StateWord::Ready);
    let loan = world.store.read().loan(loan_id(1)).unwrap().unwrap();
    assert!(matches!(loan.state, LoanState::Closed { .. }));
}

#[test]
fn r1_an_open_loan_behind_the_servers_back_is_found_by_the_index() {
    let mut world = council();
    world.ready(1);
    let tablet = tablet_id(1).to_string();
    world
        .behind_its_back()
        .execute(
            "INSERT INTO loan VALUES ('lo-00000000000000000000000000000000', ?1, ?2, 0,
             '2026-12-12', 'open', NULL, 0)",
            [tablet, VENUE.to_string()],
        )
        .unwrap();
    let before = world.store.read().position().unwrap();
    assert_eq!(refused(world.check_out(1, 1)), Refusal::TabletOnLoan);
    assert_eq!(world.store.read().position().unwrap(), before);
    assert_eq!(world.word(1), StateWord::Ready);
}

#[test]
fn r2_a_receipt_of_a_directory_frees_no_tablet_and_leaves_no_receipt() {
    let mut world = council();
    world.enrol(1).unwrap();
    let mut receipt = world.receipt(1, Outcome::Verified);
    receipt.scope = Scope::Directory;
    let (bytes, answer) = world.hand_in(1, &receipt);
    assert_eq!(refused(answer), Refusal::ReceiptWrongScope);
    assert_eq!(world.word(1), StateWord::Resetting);
    let digest = shared::digest::Digest::of(&bytes);
    assert_eq!(world.store.read().receipt(digest).unwrap(), None);
}

#[test]
fn a_receipt_is_stored_byte_for_byte_under_the_digest_that_the_proof_names() {
    let mut world = council();
    world.enrol(1).unwrap();
    let receipt = world.receipt(1, Outcome::Verified);
    let (bytes, answer) = world.hand_in(1, &receipt);
    answer.unwrap();
    let proof = *world.tablet(1).proof().unwrap();
    assert_eq!(
        world.store.read().receipt(proof.receipt).unwrap(),
        Some(bytes)
    );
}

#[test]
fn five_failed_tries_need_attention_and_each_try_before_that_is_ordered_again() {
    let mut world = council();
    world.enrol(1).unwrap();
    for _ in 0..5 {
        assert_eq!(world.word(1), StateWord::Resetting);
        world.fail(1).unwrap();
    }
    assert_eq!(world.word(1), StateWord::NeedsAttention);
    let row = &world.store.read().fleet(world.now).unwrap()[0];
    assert_eq!(row.failed_tries, 5);
}

#[test]
fn the_step_at_which_the_last_try_failed_is_kept_until_a_reset_is_proven() {
    let mut world = council();
    world.enrol(1).unwrap();
    world.enrol(2).unwrap();
    let failed_at = |world: &World| {
        let row = &world.store.read().fleet(world.now).unwrap()[0];
        (row.failed_tries, row.failed_at)
    };
    assert_eq!(failed_at(&world), (0, None));
    world.fail_at(1, FailedStep::Image).unwrap();
    world.fail_at(2, FailedStep::Wipe).unwrap();
    assert_eq!(failed_at(&world), (1, Some(FailedStep::Image)));
    world.fail_at(1, FailedStep::Policy).unwrap();
    assert_eq!(failed_at(&world), (2, Some(FailedStep::Policy)));
    world.store.rebuild_projections().unwrap();
    assert_eq!(failed_at(&world), (2, Some(FailedStep::Policy)));
    world.prove(1).unwrap();
    assert_eq!(failed_at(&world), (0, None));
    // Nor does what failed then stand over the next reset.
    world.check_out(1, 1).unwrap();
    world.return_in_hand(1, 1).unwrap();
    assert_eq!(failed_at(&world), (0, None));
}

#[test]
fn r3_a_return_is_taken_at_any_venue_and_r19_waits_in_the_tray_without_a_hand() {
    let mut world = council();
    world.ready(1);
    world.check_out(1, 1).unwrap();
    let mut command = world.command(
        Actor::SelfService(KIOSK),
        take_back(1, None, Presence::InHand),
    );
    command.venue = Some(OTHER_VENUE);
    world.send(&command).unwrap();
    assert_eq!(world.word(1), StateWord::BackNotYetReset);
    assert!(world.tablet(1).waits_in_tray());
    assert_eq!(world.tablet(1).venue(), Some(OTHER_VENUE));
}

#[test]
fn a_tablet_used_after_its_return_reopens_the_loan_and_raises_a_dispute() {
    let mut world = council();
    world.ready(1);
    world.check_out(1, 1).unwrap();
    let back = take_back(1, Some(1), Presence::StickerOnly);
    let command = world.command(Actor::SelfService(KIOSK), back);
    world.send(&command).unwrap();
    let yes = Action::AnswerStillGotIt(AnswerStillGotIt {
        tablet: tablet_id(1),
        loan: loan_id(1),
        yes: true,
    });
    let command = world.command(Actor::Tablet(tablet_id(1)), yes);
    world.send(&command).unwrap();
    assert_eq!(world.word(1), StateWord::OnLoan);
    let open = world.store.read().disputes_open().unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].dispute.cause, DisputeCause::ReturnContested);
    let row = &world.store.read().fleet(world.now).unwrap()[0];
    assert_eq!(row.open_dispute, Some(open[0].dispute.id));
    assert_eq!(row.days_late, 0, "a contested loan is never late");

    let (dispute, decision) = (open[0].dispute.id, Decision::StillOut);
    let close = Action::CloseDispute(CloseDispute { dispute, decision });
    world.operator(close).unwrap();
    assert_eq!(world.store.read().disputes_open().unwrap(), []);
    let loan = world.store.read().current_loan(tablet_id(1)).unwrap();
    assert_eq!(loan.map(|loan| loan.state), Some(LoanState::Open));
}

#[test]
fn a_borrower_with_a_tablet_gets_no_second_one() {
    let mut world = council();
    world.ready(1);
    world.ready(2);
    world.check_out(1, 1).unwrap();
    assert_eq!(
        refused(world.check_out(2, 2)),
        Refusal::LoanLimit { max: 1 }
    );
    world.return_in_hand(1, 1).unwrap();
    world.check_out(2, 3).unwrap();
    let card = super::world::CANARY_CARD.parse().unwrap();
    let borrower = world.store.read().borrower_by_card(&card).unwrap().unwrap();
    assert_eq!((borrower.id, borrower.open_loans), (BORROWER, 1));
}

#[test]
fn kiosks_get_each_changed_tablet_once_and_page_by_page() {
    let mut world = council();
    for number in 1..=3 {
        world.ready(number);
    }
    world.check_out(2, 1).unwrap();
    let read = world.store.read();
    let first = read.rows_after(0, VENUE, 2).unwrap();
    assert!(first.more);
    let rest = read.rows_after(first.cursor, VENUE, 2).unwrap();
    assert!(!rest.more);
    let numbers: Vec<String> = first
        .tablets
        .iter()
        .chain(&rest.tablets)
        .map(|row| row.number.to_string())
        .collect();
    assert_eq!(numbers, ["WGN-001", "WGN-003", "WGN-002"]);
    assert_eq!(rest.cursor, read.position().unwrap());
    let lent = &rest.tablets[0];
    assert_eq!(lent.word, StateWord::OnLoan);
    assert_eq!(lent.loan, Some(loan_id(1)));
    assert!(lent.due_on.is_some());
    assert_eq!(read.rows_after(rest.cursor, VENUE, 2).unwrap().tablets, []);
}

#[test]
fn the_fleet_tells_where_each_tablet_is_and_how_late() {
    let mut world = council();
    world.ready(1);
    world.ready(2);
    world.check_out(1, 1).unwrap();
    let now = world.now;
    world.store.heard(tablet_id(2), &heartbeat(), now).unwrap();
    let later = now.plus_ms(24 * 86_400_000);
    let fleet = world.store.read().fleet(later).unwrap();
    assert_eq!(fleet[0].word, StateWord::OnLoan);
    assert_eq!(fleet[0].venue.as_deref(), Some("Leigh Library"));
    assert_eq!(fleet[0].days_late, 3);
    assert_eq!(fleet[0].last_seen_at, None);
    assert_eq!(fleet[1].venue.as_deref(), Some("Leigh Library"));
    assert_eq!(fleet[1].last_seen_at, Some(now));
    assert_eq!(fleet[1].agent_state, Some(AgentState::Ready));
    assert_eq!(fleet[1].battery_percent, Some(81));
}

#[test]
fn self_service_lends_nothing() {
    let mut world = council();
    world.ready(1);
    let command = world.command(Actor::SelfService(KIOSK), check_out(1, 1));
    assert_eq!(refused(world.send(&command)), Refusal::NeedsOperator);
}
