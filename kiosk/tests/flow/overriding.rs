//! A tablet that a rule holds back is lent by a named operator, with a reason.

use kiosk::{
    flow::{Answer, Input},
    screen::{Reason, Touch},
};
use shared::{
    refusal::Refusal,
    tablet::{OverrideReason, StateWord},
    wire::v1::{command::KioskAction, kiosk::TabletRow},
};

use super::rig::*;

/// A borrower's card was scanned, and a tablet that is not ready.
fn refused() -> Kiosk {
    let mut kiosk = Kiosk::with_borrower();
    kiosk.scan(&sticker(IN_TRAY));
    kiosk
}

fn overriding(kiosk: &Kiosk) -> Option<OverrideReason> {
    let KioskAction::CheckOut { overriding, .. } = kiosk.last().action else {
        panic!("not a check out");
    };
    overriding
}

#[test]
fn r2_an_operator_lends_a_tablet_that_is_not_ready_with_a_reason_and_knows_what_it_means() {
    let mut kiosk = refused();
    kiosk.shows("This tablet is not ready to lend: Back, not yet reset.");
    kiosk.press("Lend it anyway");
    kiosk.shows("Why is it lent all the same?");
    kiosk.shows("somebody else's things may be on it");
    kiosk.shows("We keep your name.");
    kiosk.press("I cleared it by hand and saw it empty");
    kiosk.shows("Demo B.");
    kiosk.shows("Lent against a rule: reset by hand");
    assert!(kiosk.drafts().is_empty());
    kiosk.press("Lend it anyway");
    assert_eq!(overriding(&kiosk), Some(OverrideReason::ResetByHand));
    assert_eq!(kiosk.last().operator, Some(operators()[0].operator));
    kiosk.keep();
    kiosk.answer(Answer::Accepted);
    kiosk.shows("It is theirs until Saturday 12 December.");
}

#[test]
fn r7_what_only_the_server_knows_may_be_overridden_when_it_has_said_so() {
    let mut kiosk = Kiosk::lending();
    kiosk.answer(Answer::Refused(Refusal::PutAside));
    kiosk.press("Lend it anyway");
    kiosk.shows("Somebody was promised this one.");
    kiosk.hides("I cleared it by hand and saw it empty");
    kiosk.touch(Touch::Because(Reason::ResetByHand));
    kiosk.press("The person who waits has agreed");
    kiosk.press("Lend it anyway");
    assert_eq!(overriding(&kiosk), Some(OverrideReason::HolderAgreed));
}

#[test]
fn what_no_reason_can_put_right_offers_no_way_round_it() {
    for number in [ON_LOAN, GIVEN_AWAY, RETIRED] {
        let mut kiosk = Kiosk::with_borrower();
        kiosk.scan(&sticker(number));
        kiosk.hides("Lend it anyway");
        kiosk.touch(Touch::LendAnyway);
        kiosk.hides("Why is it lent all the same?");
    }
    let mut kiosk = Kiosk::lending();
    kiosk.answer(Answer::Refused(Refusal::LoanLimit { max: 1 }));
    kiosk.hides("Lend it anyway");
}

#[test]
fn another_tablet_may_be_taken_instead_for_the_same_person() {
    let mut kiosk = refused();
    kiosk.press("Lend it anyway");
    kiosk.press("Take another tablet");
    kiosk.scan(&sticker(READY));
    kiosk.shows("Demo B.");
    kiosk.press("Hand over");
    assert_eq!(overriding(&kiosk), None);
}

#[test]
fn a_tablet_that_is_still_held_back_may_still_be_handed_over_and_one_that_is_out_may_not() {
    let chosen = || {
        let mut kiosk = refused();
        kiosk.press("Lend it anyway");
        kiosk.press("The digital team said so");
        kiosk
    };
    let mut kiosk = chosen();
    kiosk.move_rows(vec![row(IN_TRAY, StateWord::Resetting)]);
    kiosk.press("Lend it anyway");
    let mut kiosk = chosen();
    kiosk.move_rows(vec![row(IN_TRAY, StateWord::OnLoan)]);
    kiosk.shows("Something has changed on this tablet since.");
}

#[test]
fn r6_without_the_server_no_rule_is_overridden_by_the_kiosk_alone() {
    let mut kiosk = refused().knows_rules();
    kiosk.put(Input::Online(false));
    kiosk.press("Lend it anyway");
    kiosk.press("They would be cut off from help without it");
    kiosk.press("Lend it anyway");
    kiosk.keep();
    kiosk.wait(10_000);
    assert_eq!(kiosk.lends(), None);
    kiosk.shows("Nothing is lent yet.");
}

#[test]
fn r2_a_tablet_that_was_lent_against_a_rule_says_so_when_it_comes_back() {
    let mut kiosk = Kiosk::staffed();
    kiosk.move_rows(vec![TabletRow {
        lent_by_override: Some(OverrideReason::Urgent),
        ..row(ON_LOAN, StateWord::OnLoan)
    }]);
    kiosk.scan(&sticker(ON_LOAN));
    kiosk.shows("Is everything here?");
    kiosk.shows("Lent against a rule: it was urgent");
}
