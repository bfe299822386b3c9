//! What was just done at the desk is undone.

use kiosk::{
    flow::{Answer, Input},
    screen::Touch,
};
use shared::{ids::CommandId, refusal::Refusal, tablet::StateWord, wire::v1::command::KioskAction};

use super::rig::*;

/// With a tablet just lent.
fn lent() -> Kiosk {
    let mut kiosk = Kiosk::lending();
    kiosk.answer(Answer::Accepted);
    kiosk
}

/// With a tablet just taken back.
fn taken_back(number: u32) -> Kiosk {
    let mut kiosk = Kiosk::staffed();
    kiosk.scan(&sticker(number));
    kiosk.press("All here, looks fine");
    kiosk.keep();
    kiosk
}

/// "Undo" pressed, and what it names.
fn undo(kiosk: &mut Kiosk) -> CommandId {
    kiosk.press("Undo");
    let KioskAction::Undo { command } = kiosk.last().action else {
        panic!("nothing is undone");
    };
    command
}

#[test]
fn a_check_out_is_undone_by_one_command_that_names_it_and_not_before_the_server_says_so() {
    let mut kiosk = lent();
    let lent = kiosk.last().id;
    assert_eq!(undo(&mut kiosk), lent);
    assert_eq!(kiosk.last().operator, Some(operators()[0].operator));
    kiosk.keep();
    kiosk.hides("is not lent any more");
    kiosk.answer(Answer::Accepted);
    kiosk.shows("Tablet WGN-007 is not lent any more.");
    kiosk.shows("Take it back in your hand. Then start its reset from the tray.");
    kiosk.press("Finish");
    kiosk.is_home();
}

#[test]
fn a_return_is_undone_also_before_the_server_has_taken_it() {
    let mut kiosk = taken_back(ON_LOAN);
    let returned = kiosk.last();
    assert_eq!(undo(&mut kiosk), returned.id);
    kiosk.keep();
    kiosk.put(Input::Answered(
        returned.id,
        returned.action,
        Answer::Accepted,
    ));
    kiosk.hides("is on loan again");
    kiosk.answer(Answer::Accepted);
    kiosk.shows("Tablet WGN-042 is on loan again.");
    kiosk.shows("Give it back to the person who had it.");
}

#[test]
fn what_cannot_be_undone_any_more_says_why_and_what_to_do_instead() {
    for mut kiosk in [lent(), taken_back(ON_LOAN)] {
        undo(&mut kiosk);
        kiosk.keep();
        kiosk.answer(Answer::Refused(Refusal::TooLateToUndo));
        kiosk.shows("It is too late to undo this. Something has happened since.");
        kiosk.shows("Lend it again to the same person, or return it.");
        kiosk.press("Finish");
        kiosk.is_home();
    }
}

#[test]
fn only_what_an_operator_did_to_a_loan_offers_to_be_undone() {
    taken_back(READY).hides("Undo");
    let mut borrowers = Kiosk::new();
    borrowers.see(&sticker(ON_LOAN));
    borrowers.press("Yes, I am ready");
    borrowers.keep();
    borrowers.hides("Undo");
    borrowers.touch(Touch::Undo);
    assert_eq!(borrowers.drafts().len(), 1);
}

#[test]
fn undo_is_pressed_once_and_what_was_undone_cannot_be_undone() {
    let mut kiosk = lent();
    undo(&mut kiosk);
    kiosk.touch(Touch::Undo);
    kiosk.keep();
    kiosk.answer(Answer::Accepted);
    kiosk.hides("Undo");
    kiosk.touch(Touch::Undo);
    assert_eq!(kiosk.drafts().len(), 2);
}

#[test]
fn without_the_server_an_undo_is_kept_and_promises_nothing() {
    let mut kiosk = taken_back(ON_LOAN);
    kiosk.put(Input::Online(false));
    undo(&mut kiosk);
    kiosk.touch(Touch::Stop);
    kiosk.keep();
    kiosk.shows("Nothing is undone yet.");
    kiosk.shows("We ask as soon as we are connected.");
    kiosk.press("Stop");
    kiosk.is_home();
    kiosk.answer(Answer::Accepted);
    kiosk.shows("Tablet WGN-042: what you did is undone.");
}

#[test]
fn a_silent_server_is_said_and_its_late_no_is_news() {
    let mut kiosk = lent();
    undo(&mut kiosk);
    kiosk.keep();
    kiosk.hides("Nothing is undone yet.");
    kiosk.wait(1_500);
    kiosk.shows("Nothing is undone yet.");
    kiosk.press("Stop");
    kiosk.answer(Answer::Refused(Refusal::TooLateToUndo));
    kiosk.shows("Tablet WGN-007: it was not undone.");
    kiosk.shows("Lend it again to the same person, or return it.");
}

#[test]
fn an_undo_that_the_disk_did_not_take_did_not_happen() {
    let mut kiosk = lent();
    undo(&mut kiosk);
    kiosk.keep_not();
    kiosk.shows("WGN-007");
    kiosk.shows("This kiosk could not write it down. Nothing was changed.");
}

#[test]
fn the_answer_to_an_undo_of_before_a_restart_is_news_too() {
    let mut before = lent();
    undo(&mut before);
    let draft = before.last();
    let mut restarted = Kiosk::staffed();
    restarted.put(Input::Answered(draft.id, draft.action, Answer::Accepted));
    restarted.shows("what you did is undone");
}

#[test]
fn what_was_undone_waits_in_the_tray_like_any_other() {
    let mut kiosk = lent();
    undo(&mut kiosk);
    kiosk.keep();
    kiosk.answer(Answer::Accepted);
    kiosk.move_rows(vec![row(READY, StateWord::BackNotYetReset)]);
    kiosk.press("Finish");
    kiosk.shows("WGN-007: Back, not yet reset");
}
