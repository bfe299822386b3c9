//! The code that a tablet's own screen shows for half a minute (R19).

use kiosk::flow::Input;
use shared::{
    keys::SecretKey,
    signed::presence::PresenceCode,
    tablet::{Presence, StateWord},
    wire::v1::{command::KioskAction, kiosk::TabletRow},
};

use super::rig::*;

fn key(number: u32) -> SecretKey {
    SecretKey::from_seed(&[u8::try_from(number).unwrap(); 32])
}

fn with_key(number: u32, word: StateWord) -> TabletRow {
    TabletRow {
        link_key: Some(key(number).public()),
        ..row(number, word)
    }
}

/// The code that this tablet shows when the test begins, some ms from then.
fn code(number: u32, later_ms: i64) -> PresenceCode {
    PresenceCode::sign(tablet(number), start().plus_ms(later_ms), &key(number))
}

fn keys() -> Vec<TabletRow> {
    vec![
        with_key(ON_LOAN, StateWord::OnLoan),
        with_key(IN_TRAY, StateWord::BackNotYetReset),
    ]
}

fn staffed() -> Kiosk {
    let mut kiosk = Kiosk::staffed();
    kiosk.move_rows(keys());
    kiosk
}

fn borrowers() -> Kiosk {
    let mut kiosk = Kiosk::new();
    kiosk.move_rows(keys());
    kiosk
}

#[test]
fn r19_a_tablet_of_the_tray_that_shows_its_code_is_reset_with_that_proof() {
    let mut kiosk = staffed();
    let shown = code(IN_TRAY, 0);
    kiosk.scan(&shown.to_string());
    let reset = KioskAction::StartReset {
        tablet: tablet(IN_TRAY),
        code: Some(shown),
    };
    assert_eq!(kiosk.only(), reset);
    kiosk.is_home();
    kiosk.shows("Asked for. Plug it in.");
    kiosk.scan(&code(IN_TRAY, 30_000).to_string());
    assert_eq!(kiosk.drafts().len(), 1);
}

#[test]
fn r19_a_borrowers_return_by_the_tablets_own_screen_carries_its_code() {
    let mut kiosk = borrowers();
    let shown = code(ON_LOAN, 0);
    kiosk.see(&shown.to_string());
    kiosk.press("Yes, I am ready");
    let KioskAction::Return {
        presence,
        code,
        loan: closed,
        ..
    } = kiosk.only()
    else {
        panic!("not a return");
    };
    assert_eq!((presence, code), (Presence::CodeShown, Some(shown)));
    assert_eq!(closed, Some(loan(ON_LOAN)));
    kiosk.keep();
    kiosk.shows("Thank you. We have it.");
}

#[test]
fn r19_a_code_that_is_too_old_or_another_tablets_proves_nothing() {
    let forged = PresenceCode::sign(tablet(IN_TRAY), start(), &key(ON_LOAN));
    for shown in [code(IN_TRAY, -90_000), forged] {
        let mut kiosk = staffed();
        kiosk.scan(&shown.to_string());
        kiosk.shows("The code on the tablet's screen is too old or is not its own.");
        assert!(kiosk.drafts().is_empty());
        kiosk.press("Try again");
        kiosk.scan(&code(IN_TRAY, 0).to_string());
        assert_eq!(kiosk.drafts().len(), 1);
    }
}

#[test]
fn r3_a_borrower_whose_code_is_too_old_is_shown_the_way_on() {
    let mut kiosk = borrowers();
    kiosk.see(&code(ON_LOAN, -90_000).to_string());
    kiosk.shows("Wait for the next one, or show us the sticker on its back.");
    kiosk.see(&sticker(ON_LOAN));
    kiosk.shows("Have you saved what you want?");
}

#[test]
fn r19_a_clock_that_is_not_sure_takes_a_code_for_a_sticker() {
    let mut kiosk = borrowers();
    kiosk.clock_sure = false;
    kiosk.see(&code(ON_LOAN, -90_000).to_string());
    kiosk.press("Yes, I am ready");
    let loan = Some(loan(ON_LOAN));
    let sticker = KioskAction::came_back(tablet(ON_LOAN), loan, Presence::StickerOnly);
    assert_eq!(kiosk.only(), sticker);
}

#[test]
fn a_code_stands_for_its_tablet_wherever_a_sticker_is_asked_for() {
    let mut kiosk = staffed();
    kiosk.scan(&code(ON_LOAN, 0).to_string());
    kiosk.shows("Is everything here?");
    kiosk.press("All here, looks fine");
    kiosk.keep();
    kiosk.put(Input::MirrorMoved);
    kiosk.shows("Tablet WGN-042 is back.");
}

#[test]
fn a_code_of_a_tablet_that_is_not_on_our_list_opens_nothing() {
    let mut kiosk = borrowers();
    let stranger = PresenceCode::sign(tablet(900), start(), &key(1));
    kiosk.see(&stranger.to_string());
    kiosk.shows("This looks like one of ours, but it is not on our list.");
}
