//! A tablet of which a later server says what this kiosk cannot read: that one waits
//! for the kiosk's update, is taken back all the same (R3), and stands in no other's
//! way.

use kiosk::{
    flow::{Answer, Input},
    screen::Body,
};
use serde_json::{Value, json};
use shared::{
    tablet::StateWord,
    wire::v1::{command::KioskAction, kiosk::TabletRow},
};

use super::rig::*;

const UPDATE: &str = "This kiosk is too old for what the server sent.";

/// What a server of some later year says of this tablet: one word is a new one.
fn later(number: u32, word: StateWord, field: &str, value: Value) -> TabletRow {
    let mut told = serde_json::to_value(row(number, word)).unwrap();
    told[field] = value;
    let row = TabletRow::read(told).unwrap();
    assert!(row.unread.is_some());
    row
}

fn in_repair(number: u32, word: StateWord) -> TabletRow {
    later(number, word, "word", json!("in-repair"))
}

#[test]
fn a_tablet_that_this_kiosk_cannot_read_is_not_lent_and_the_next_one_is() {
    let mut kiosk = Kiosk::with_borrower().knows_rules();
    kiosk.move_rows(vec![
        in_repair(READY, StateWord::Ready),
        row(60, StateWord::Ready),
    ]);
    kiosk.scan(&sticker(READY));
    kiosk.shows(UPDATE);
    kiosk.shows("Ring the digital team to update it. Returns still work.");
    kiosk.shows("WGN-007");
    assert!(kiosk.drafts().is_empty());
    kiosk.press("Try again");
    kiosk.scan(&sticker(60));
    kiosk.press("Hand over");
    kiosk.keep();
    kiosk.answer(Answer::Accepted);
    kiosk.shows("It is theirs until");
}

#[test]
fn a_tablet_that_can_no_longer_be_read_goes_from_the_hand_over() {
    let mut kiosk = Kiosk::with_borrower();
    kiosk.scan(&sticker(READY));
    kiosk.shows("Hand over");
    let proof = json!({"kind": "oath", "proven_at": 5});
    kiosk.move_rows(vec![later(READY, StateWord::Ready, "proof", proof)]);
    kiosk.hides("Hand over");
    assert!(kiosk.drafts().is_empty());
}

#[test]
fn a_kiosk_alone_lends_no_tablet_that_it_cannot_read() {
    let mut kiosk = Kiosk::lending().knows_rules();
    kiosk.move_rows(vec![in_repair(READY, StateWord::Ready)]);
    kiosk.put(Input::Online(false));
    kiosk.wait(60_000);
    assert_eq!(kiosk.lends(), None);
    kiosk.shows("Nothing is lent yet.");
}

#[test]
fn r3_a_tablet_that_this_kiosk_cannot_read_is_taken_back_with_the_loan_that_it_names() {
    let mut kiosk = Kiosk::new();
    kiosk.move_rows(vec![in_repair(ON_LOAN, StateWord::OnLoan)]);
    kiosk.scan(&sticker(ON_LOAN));
    kiosk.press("Yes, I am ready");
    let KioskAction::Return { tablet, loan, .. } = kiosk.last().action else {
        panic!("not a return");
    };
    let expected = (super::rig::tablet(ON_LOAN), Some(super::rig::loan(ON_LOAN)));
    assert_eq!((tablet, loan), expected);
    kiosk.keep();
    kiosk.shows("Thank you. We have it.");
}

#[test]
fn at_the_desk_its_card_says_that_the_kiosk_needs_an_update() {
    let mut kiosk = Kiosk::staffed();
    kiosk.move_rows(vec![in_repair(ON_LOAN, StateWord::OnLoan)]);
    kiosk.scan(&sticker(ON_LOAN));
    kiosk.shows("Is everything here?");
    let Body::ConfirmReturn(page) = kiosk.screen().body else {
        panic!("not a return at the desk");
    };
    assert_eq!(page.tablet.state.word, "Update this kiosk");
    kiosk.press("All here, looks fine");
    kiosk.keep();
    kiosk.shows("WGN-042");
}
