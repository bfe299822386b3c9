//! A check out at the desk.

use kiosk::{
    flow::{Answer, Effect, Input, Lookup, Sound},
    screen::Touch,
};
use shared::{
    refusal::Refusal,
    tablet::{ProofKind, StateWord},
    wire::v1::{
        command::KioskAction,
        kiosk::{ProofRow, TabletRow},
    },
};

use super::rig::*;

#[test]
fn an_operator_lends_a_tablet_with_two_scans_and_one_tap() {
    let mut kiosk = Kiosk::staffed();
    let effects = kiosk.scan("d 1234 567");
    let [
        Effect::FindBorrower {
            card: number,
            operator,
            ..
        },
    ] = effects.as_slice()
    else {
        panic!("no look-up");
    };
    assert_eq!(number, "D1234567");
    assert_eq!(*operator, operators()[0].operator);
    kiosk.found(Lookup::Found(card()));
    kiosk.shows("Scan the tablet they will borrow.");
    kiosk.see(&sticker(READY));
    for words in [
        "Demo B.",
        "Card ends 567.",
        "Saturday 12 December",
        "WGN-007",
        "Clean. Checked today 10:00am.",
    ] {
        kiosk.shows(words);
    }
    kiosk.press("Hand over");
    let draft = kiosk.last();
    let KioskAction::CheckOut {
        tablet: it,
        borrower,
        ..
    } = draft.action
    else {
        panic!("not a check out");
    };
    assert_eq!((it, borrower), (tablet(READY), Some(card().borrower)));
    assert_eq!(draft.operator, Some(operators()[0].operator));
    kiosk.keep();
    kiosk.hides("It is theirs");
    kiosk.answer(Answer::Accepted);
    kiosk.shows("It is theirs until Saturday 12 December.");
    kiosk.wait(15_000);
    kiosk.is_home();
}

#[test]
fn staff_read_whose_word_a_tablets_readiness_rests_on_and_only_its_own_is_called_proof() {
    let scanned = |kind, word, days_ago: i64| {
        let mut kiosk = Kiosk::with_borrower();
        let proven_at = start().plus_ms(-days_ago * 24 * 60 * 60 * 1000);
        kiosk.move_rows(vec![TabletRow {
            proof: Some(ProofRow { kind, proven_at }),
            ..row(READY, word)
        }]);
        kiosk.scan(&sticker(READY));
        kiosk
    };
    for (kind, checked, rests_on) in [
        (
            ProofKind::TabletProven,
            "Clean. Checked",
            "It proved its own reset.",
        ),
        (
            ProofKind::ManagerReported,
            "Reported clean",
            "Its device manager reported it.",
        ),
        (
            ProofKind::PersonConfirmed,
            "Clean. Checked",
            "A member of staff checked it.",
        ),
    ] {
        for (days_ago, when) in [(0, "today 10:00am."), (20, "1 November.")] {
            let ready = scanned(kind, StateWord::Ready, days_ago).says();
            let lines = format!("{checked} {when}\n{rests_on}\n");
            assert!(ready.contains(&lines), "{ready}");
            assert_eq!(ready.contains("prove"), kind == ProofKind::TabletProven);
        }
        scanned(kind, StateWord::PutAside, 0).shows(rests_on);
        // Clean and broken is not ready.
        let mut broken = scanned(kind, StateWord::NeedsAttention, 0);
        broken.press("Lend it anyway");
        broken.press("The digital team said so");
        broken.shows("Due back");
        broken.hides(rests_on);
    }
}

#[test]
fn a_card_may_be_typed() {
    let mut kiosk = Kiosk::staffed();
    kiosk.press("Check out");
    kiosk.shows("Whose card is it?");
    for key in "d1234567".chars() {
        kiosk.touch(Touch::KeyTyped(key));
    }
    let effects = kiosk.press("Find");
    assert!(matches!(&effects[..], [Effect::FindBorrower { card, .. }] if card == "D1234567"));
}

#[test]
fn a_card_that_nobody_has_and_one_that_is_none_are_asked_for_again() {
    let mut kiosk = Kiosk::staffed();
    kiosk.press("Check out");
    kiosk.type_all("1234567");
    kiosk.found(Lookup::Unknown);
    kiosk.shows("This card is not on our list. Check the number, or sign them up first.");
    kiosk.type_all("12");
    kiosk.shows("That is not a card's number.");
    kiosk.scan("https://example.invalid/");
    kiosk.shows("That is not a card's number.");
}

#[test]
fn without_the_server_nothing_is_lent() {
    let mut kiosk = Kiosk::staffed();
    kiosk.press("Check out");
    kiosk.type_all("1234567");
    kiosk.found(Lookup::Away);
    kiosk.shows("We are not connected, so nothing can be lent just now.");
    kiosk.press("Try again");
    kiosk.shows("Whose card is it?");
}

#[test]
fn a_late_answer_to_an_earlier_card_never_shows_its_borrower() {
    let mut kiosk = Kiosk::staffed();
    kiosk.press("Check out");
    kiosk.type_all("1111111");
    let earlier = kiosk.ask();
    kiosk.press("Stop");
    kiosk.press("Check out");
    kiosk.type_all("2222222");
    kiosk.put(Input::Borrower(earlier, Lookup::Found(card())));
    kiosk.shows("We are looking up the card.");
    kiosk.press("Stop");
    kiosk.found(Lookup::Found(card()));
    kiosk.is_home();
}

#[test]
fn a_tablet_on_loan_is_not_handed_over_and_the_next_one_may_be() {
    let mut kiosk = Kiosk::with_borrower();
    kiosk.see(&sticker(ON_LOAN));
    kiosk.shows("This tablet is on loan. It was not returned yet.");
    assert!(kiosk.heard(Sound::AlreadyHasOne));
    kiosk.see_nothing();
    kiosk.see(&sticker(READY));
    kiosk.shows("Due back Saturday 12 December");
    assert!(kiosk.drafts().is_empty());
}

#[test]
fn a_tablet_that_is_not_ready_says_its_state_and_what_to_take_instead() {
    let mut kiosk = Kiosk::with_borrower();
    kiosk.scan(&sticker(RESETTING));
    kiosk.shows("This tablet is not ready to lend: Resetting.");
    kiosk.shows("Take one that says Ready. Leave this one on charge.");
    kiosk.press("Try again");
    kiosk.shows("Scan the tablet they will borrow.");
    kiosk.scan(&sticker(IN_TRAY));
    kiosk.shows("This tablet is not ready to lend: Back, not yet reset.");
    kiosk.scan(&sticker(GIVEN_AWAY));
    kiosk.shows("This tablet was given away for good.");
}

#[test]
fn an_operator_may_choose_the_tablet_by_its_number() {
    let mut kiosk = Kiosk::with_borrower();
    kiosk.press("Type its number");
    kiosk.type_all("007");
    kiosk.shows("Due back Saturday 12 December");
}

#[test]
fn a_tablet_that_changed_before_it_is_handed_over_is_scanned_once_more() {
    let mut kiosk = Kiosk::with_borrower();
    kiosk.scan(&sticker(READY));
    kiosk.move_rows(vec![row(READY, StateWord::OnLoan)]);
    kiosk.shows("Something has changed on this tablet since.");
    kiosk.press("Try again");
    kiosk.shows("Scan the tablet they will borrow.");
}

#[test]
fn not_right_lends_nothing() {
    let mut kiosk = Kiosk::with_borrower();
    kiosk.scan(&sticker(READY));
    kiosk.press("Not right");
    kiosk.shows("Nothing has been lent.");
    kiosk.press("Finish");
    kiosk.is_home();
    assert!(kiosk.drafts().is_empty());
}

#[test]
fn while_the_server_is_silent_the_screen_says_that_nothing_is_lent_yet() {
    let mut kiosk = Kiosk::lending();
    kiosk.hides("Nothing is lent yet.");
    kiosk.wait(1_500);
    kiosk.shows("Nothing is lent yet.");
    kiosk.shows("Do not hand it over yet.");
    kiosk.answer(Answer::Accepted);
    kiosk.shows("It is theirs until");
}

#[test]
fn a_check_out_accepted_after_its_screen_was_left_is_news_for_staff() {
    let mut kiosk = Kiosk::lending();
    kiosk.wait(2_000);
    kiosk.press("Stop");
    kiosk.is_home();
    kiosk.answer(Answer::Accepted);
    kiosk.shows("Tablet WGN-007 is on loan now.");
    kiosk.hides("Demo B.");
    kiosk.press("Finish");
    kiosk.is_home();
}

#[test]
fn news_wait_for_the_next_operator_and_are_never_shown_to_borrowers() {
    let mut kiosk = Kiosk::lending();
    kiosk.press("Stop");
    kiosk.press("Sign out");
    kiosk.answer(Answer::Refused(Refusal::LoanLimit { max: 1 }));
    kiosk.is_first();
    kiosk.scan(&colleagues_badge().text());
    kiosk.shows("Tablet WGN-007 was not lent.");
    kiosk.shows("They have as many tablets as we can lend one person.");
}

#[test]
fn an_answer_to_a_command_of_before_a_restart_is_news_too() {
    let draft = Kiosk::lending().last();
    let mut restarted = Kiosk::staffed();
    restarted.put(Input::Answered(draft.id, draft.action, Answer::Accepted));
    restarted.shows("Tablet WGN-007 is on loan now.");
}

#[test]
fn a_check_out_that_the_server_refuses_says_why_to_staff() {
    let mut kiosk = Kiosk::lending();
    kiosk.answer(Answer::Refused(Refusal::LoanLimit { max: 1 }));
    kiosk.shows("They have as many tablets as we can lend one person.");
    kiosk.press("Try again");
    kiosk.shows("Whose card is it?");
    let mut kiosk = Kiosk::lending();
    kiosk.answer(Answer::Refused(Refusal::PutAside));
    kiosk.shows("This tablet is kept for somebody else.");
    kiosk.press("Try again");
    kiosk.shows("Scan the tablet they will borrow.");
}

#[test]
fn a_check_out_that_the_disk_did_not_take_did_not_happen() {
    let mut kiosk = Kiosk::with_borrower();
    kiosk.scan(&sticker(READY));
    kiosk.press("Hand over");
    kiosk.touch(Touch::Stop);
    kiosk.keep_not();
    kiosk.shows("This kiosk could not write it down. Nothing was changed.");
    kiosk.hides("It is theirs");
}

#[test]
fn a_kiosk_that_is_too_old_lends_nothing_and_still_takes_returns() {
    let mut kiosk = Kiosk::staffed();
    kiosk.put(Input::TooOld);
    kiosk.press("Check out");
    kiosk.shows("This kiosk is too old for what the server sent.");
    kiosk.press("Finish");
    kiosk.scan("D1234567");
    kiosk.shows("This kiosk is too old for what the server sent.");
    kiosk.scan(&sticker(ON_LOAN));
    kiosk.shows("Is everything here?");
}

#[test]
fn a_kiosk_that_sends_nothing_more_lends_nothing_whatever_rows_come() {
    let mut kiosk = Kiosk::staffed();
    kiosk.put(Input::Halted);
    kiosk.put(Input::MirrorMoved);
    kiosk.press("Check out");
    kiosk.shows("This kiosk is too old for what the server sent.");
}
