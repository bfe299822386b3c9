//! Badges and sessions.

use kiosk::{flow::Input, screen::Touch};
use shared::{badge::Badge, tablet::StateWord};

use super::rig::*;

#[test]
fn r12_staff_are_told_that_the_servers_log_is_another_and_what_to_do() {
    let mut kiosk = Kiosk::new();
    kiosk.put(Input::LogDenied);
    kiosk.put(Input::LogDenied);
    kiosk.hides("The server has lost");
    kiosk.scan(&badge().text());
    kiosk.shows("The server has lost some of what it knew.");
    kiosk.shows("Ring the digital team and tell them so. You can go on lending and taking back.");
    kiosk.press("Finish");
    kiosk.is_home();
}

#[test]
fn a_badge_opens_a_session_from_every_screen_a_borrower_can_reach() {
    let opened: [fn(&mut Kiosk); 6] = [
        |_| {},
        |kiosk| drop(kiosk.press("Bring a tablet back")),
        |kiosk| drop(kiosk.press("I need help")),
        |kiosk| drop(kiosk.see(&sticker(ON_LOAN))),
        |kiosk| drop(kiosk.see(&sticker(900))),
        |kiosk| {
            kiosk.press("Bring a tablet back");
            kiosk.press("Type its number");
        },
    ];
    for open in opened {
        let mut kiosk = Kiosk::new();
        open(&mut kiosk);
        kiosk.see(&badge().text());
        kiosk.is_home();
        let operator = kiosk.screen().header.operator;
        assert_eq!(operator.as_deref(), Some("Demo Librarian"));
    }
}

#[test]
fn a_badge_that_nobody_has_opens_nothing() {
    let mut kiosk = Kiosk::new();
    kiosk.see(&Badge::new([99; 16]).text());
    kiosk.shows("We do not know this badge.");
    assert!(kiosk.flow.state().session.is_none());
}

#[test]
fn a_colleagues_badge_takes_over_and_nothing_of_the_borrower_stays() {
    let mut kiosk = Kiosk::with_borrower();
    kiosk.scan(&sticker(READY));
    kiosk.scan(&colleagues_badge().text());
    kiosk.is_home();
    let operator = kiosk.screen().header.operator;
    assert_eq!(operator.as_deref(), Some("Demo Colleague"));
}

#[test]
fn ones_own_badge_again_changes_nothing() {
    let mut kiosk = Kiosk::with_borrower();
    kiosk.scan(&badge().text());
    kiosk.shows("Scan the tablet they will borrow.");
}

#[test]
fn signing_out_ends_the_session() {
    let mut kiosk = Kiosk::staffed();
    kiosk.press("Sign out");
    kiosk.is_first();
    kiosk.touch(Touch::StaffCheckOut);
    kiosk.is_first();
}

#[test]
fn a_badge_that_is_taken_off_the_list_ends_its_session() {
    let mut kiosk = Kiosk::with_borrower();
    kiosk.mirror.apply(&rows(Vec::new(), Some(Vec::new())));
    kiosk.put(Input::MirrorMoved);
    kiosk.is_first();
}

#[test]
fn no_badge_is_heard_while_something_is_being_written() {
    let mut kiosk = Kiosk::new();
    kiosk.see(&sticker(ON_LOAN));
    kiosk.press("Yes, I am ready");
    kiosk.scan(&badge().text());
    kiosk.keep();
    kiosk.shows("Thank you.");
}

#[test]
fn a_long_tray_is_shown_three_rows_at_a_time() {
    let mut kiosk = Kiosk::staffed();
    let more = [101, 102, 103, 104].map(|number| row(number, StateWord::BackNotYetReset));
    kiosk.move_rows(more.into());
    kiosk.shows("WGN-102");
    kiosk.hides("WGN-103");
    kiosk.press("2 more");
    kiosk.shows("WGN-104");
    kiosk.hides("WGN-102");
    kiosk.touch(Touch::MoreRows);
    kiosk.shows("WGN-100");
}

#[test]
fn staff_see_whether_the_server_answers() {
    let mut kiosk = Kiosk::staffed();
    assert!(kiosk.screen().header.connection.unwrap().online);
    kiosk.put(Input::Online(false));
    assert!(!kiosk.screen().header.connection.unwrap().online);
}

#[test]
fn a_reset_that_the_disk_did_not_take_is_said_and_may_be_asked_for_again() {
    let mut kiosk = Kiosk::staffed();
    kiosk.press("Start now");
    kiosk.keep_not();
    kiosk.shows("This kiosk could not write it down. Nothing was changed.");
    kiosk.press("Finish");
    kiosk.press("Start now");
    assert_eq!(kiosk.drafts().len(), 2);
}
