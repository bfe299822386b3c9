//! A shelf is counted, and a box is unpacked: one tablet after the other.

use kiosk::{
    flow::{Answer, Input, Sound},
    screen::{Body, Tone, Touch},
};
use shared::{
    ids::{TabletId, TransferId, VenueId},
    refusal::Refusal,
    tablet::StateWord,
    wire::v1::{
        command::KioskAction,
        kiosk::{BoxRow, TabletRow},
    },
};

use super::rig::*;

/// Tablets of a box.
const BOXED: [u32; 3] = [201, 202, 203];

fn transfer(number: u8) -> TransferId {
    TransferId::from_bytes([number; 16])
}

fn boxed(number: u32, transfer: TransferId) -> TabletRow {
    TabletRow {
        venue: None,
        on_its_way: Some(BoxRow {
            to: venue(),
            transfer,
        }),
        ..row(number, StateWord::Travelling)
    }
}

/// With a box on its way.
fn with_a_box() -> Kiosk {
    let mut kiosk = Kiosk::staffed();
    kiosk.move_rows(BOXED.map(|number| boxed(number, transfer(1))).into());
    kiosk
}

/// Scans these, as one does: none lies there twice.
fn scan_all(kiosk: &mut Kiosk, numbers: &[u32]) {
    for number in numbers {
        kiosk.see(&sticker(*number));
        kiosk.see_nothing();
    }
}

/// What was counted.
fn counted(kiosk: &Kiosk) -> Vec<TabletId> {
    let KioskAction::TakeStock { seen, .. } = kiosk.only() else {
        panic!("nothing is counted");
    };
    seen
}

#[test]
fn a_shelf_is_counted_with_one_scan_a_tablet_and_one_command() {
    let mut kiosk = Kiosk::staffed();
    kiosk.press("Count the shelf");
    kiosk.shows("To find: 3");
    kiosk.shows("WGN-007");
    scan_all(&mut kiosk, &[READY, IN_TRAY]);
    kiosk.shows("WGN-100 is here.");
    kiosk.shows("Found: 2");
    kiosk.shows("To find: 1");
    kiosk.hides("WGN-007");
    scan_all(&mut kiosk, &[RESETTING]);
    kiosk.press("That is all");
    assert_eq!(counted(&kiosk), [READY, RESETTING, IN_TRAY].map(tablet));
    kiosk.hides("The shelf is counted.");
    kiosk.keep();
    kiosk.shows("The shelf is counted.");
    kiosk.shows("Found: 3  Missing: 0  Not expected: 0");
    kiosk.press("Finish");
    kiosk.is_home();
}

#[test]
fn what_was_not_scanned_is_named_and_reported_only_when_somebody_says_so() {
    let mut kiosk = Kiosk::staffed();
    kiosk.press("Count the shelf");
    scan_all(&mut kiosk, &[READY]);
    kiosk.press("That is all");
    kiosk.shows("2 tablets were not scanned.");
    kiosk.shows("WGN-060  WGN-100");
    kiosk.press("Look once more");
    scan_all(&mut kiosk, &[RESETTING]);
    kiosk.press("That is all");
    kiosk.shows("One tablet was not scanned.");
    assert!(kiosk.drafts().is_empty());
    kiosk.press("They are not here");
    assert_eq!(counted(&kiosk), [READY, RESETTING].map(tablet));
    kiosk.keep();
    kiosk.shows("Found: 2  Missing: 1  Not expected: 0");
}

#[test]
fn a_tablet_that_turns_up_while_it_is_missed_is_simply_scanned() {
    let mut kiosk = Kiosk::staffed();
    kiosk.press("Count the shelf");
    scan_all(&mut kiosk, &[READY, RESETTING]);
    kiosk.press("That is all");
    scan_all(&mut kiosk, &[IN_TRAY]);
    kiosk.shows("Found: 3");
}

#[test]
fn a_tablet_that_should_be_elsewhere_is_told_and_one_that_was_scanned_counts_once() {
    let mut kiosk = Kiosk::staffed();
    kiosk.press("Count the shelf");
    scan_all(&mut kiosk, &[ON_LOAN]);
    kiosk.shows("WGN-042 should be somewhere else.");
    let Body::Sweep(page) = kiosk.screen().body else {
        panic!("not a sweep");
    };
    assert_eq!(
        page.hint.tone,
        Tone::Ask,
        "noted, and nothing is to be done"
    );
    kiosk.shows("Not expected: 1");
    assert!(kiosk.heard(Sound::OursToFix));
    kiosk.wait(4_000);
    scan_all(&mut kiosk, &[ON_LOAN]);
    kiosk.shows("WGN-042 was scanned before.");
    kiosk.shows("Not expected: 1");
}

#[test]
fn of_many_that_are_still_to_be_found_the_first_are_named_and_the_rest_counted() {
    let mut kiosk = Kiosk::staffed();
    let more = (301..=307).map(|number| row(number, StateWord::Ready));
    kiosk.move_rows(more.collect());
    kiosk.press("Count the shelf");
    kiosk.shows("To find: 10");
    kiosk.shows("WGN-303");
    kiosk.hides("WGN-304");
    kiosk.shows("and 4 more");
    scan_all(&mut kiosk, &[READY]);
    kiosk.press("That is all");
    kiosk.shows("WGN-304  and 3 more");
}

#[test]
fn a_shelf_that_nobody_looked_at_is_not_reported_as_empty() {
    let mut kiosk = Kiosk::staffed();
    kiosk.press("Count the shelf");
    kiosk.press("That is all");
    kiosk.is_home();
    assert!(kiosk.drafts().is_empty());
}

#[test]
fn a_sweep_goes_on_after_a_strange_sticker_and_after_a_typed_number() {
    let mut kiosk = Kiosk::staffed();
    kiosk.press("Count the shelf");
    scan_all(&mut kiosk, &[READY, 900]);
    kiosk.shows("This tag is not on our list.");
    kiosk.touch(Touch::SweepOver);
    kiosk.press("Try again");
    kiosk.press("Type its number");
    kiosk.type_all("060");
    kiosk.shows("Found: 2");
}

#[test]
fn a_tablet_that_is_lent_meanwhile_is_no_longer_looked_for() {
    let mut kiosk = Kiosk::staffed();
    kiosk.press("Count the shelf");
    kiosk.move_rows(vec![row(READY, StateWord::OnLoan)]);
    kiosk.shows("To find: 2");
}

#[test]
fn a_box_is_unpacked_and_each_tablet_is_written_down_as_it_is_scanned() {
    let mut kiosk = with_a_box();
    kiosk.press("A box came");
    kiosk.shows("To find: 3");
    for (at, number) in (1..).zip(BOXED) {
        scan_all(&mut kiosk, &[number]);
        let tablet = tablet(number);
        assert_eq!(kiosk.last().action, KioskAction::Receive { tablet });
        assert_eq!(kiosk.drafts().len(), at);
        kiosk.keep();
    }
    kiosk.press("That is all");
    let (transfer, short) = (transfer(1), false);
    assert_eq!(
        kiosk.last().action,
        KioskAction::EndTransfer { transfer, short }
    );
    kiosk.keep();
    kiosk.shows("The box is unpacked.");
}

#[test]
fn what_was_not_in_the_box_is_missing_only_when_somebody_says_so() {
    let mut kiosk = with_a_box();
    kiosk.press("A box came");
    scan_all(&mut kiosk, &BOXED[..2]);
    kiosk.press("That is all");
    kiosk.shows("WGN-203");
    kiosk.press("They are not here");
    let (transfer, short) = (transfer(1), true);
    assert_eq!(
        kiosk.last().action,
        KioskAction::EndTransfer { transfer, short }
    );
}

#[test]
fn of_several_boxes_the_first_tablet_says_which_one_came() {
    let mut kiosk = with_a_box();
    kiosk.move_rows(vec![boxed(204, transfer(2)), boxed(205, transfer(2))]);
    kiosk.press("A box came");
    kiosk.shows("To find: 0");
    scan_all(&mut kiosk, &[204]);
    kiosk.shows("Found: 1");
    kiosk.shows("To find: 1");
    scan_all(&mut kiosk, &[201]);
    kiosk.shows("Not expected: 1");
}

#[test]
fn a_box_for_another_venue_is_none_that_came_here() {
    let mut kiosk = Kiosk::staffed();
    kiosk.move_rows(vec![TabletRow {
        on_its_way: Some(BoxRow {
            to: VenueId::from_bytes([9; 16]),
            transfer: transfer(1),
        }),
        ..boxed(201, transfer(1))
    }]);
    kiosk.press("A box came");
    kiosk.shows("To find: 0");
    scan_all(&mut kiosk, &[201]);
    kiosk.shows("Not expected: 1");
    let tablet = tablet(201);
    assert_eq!(kiosk.only(), KioskAction::Receive { tablet });
    kiosk.press("That is all");
    kiosk.shows("The box is unpacked.");
    assert_eq!(kiosk.drafts().len(), 1);
}

#[test]
fn a_tablet_that_cannot_come_out_of_a_box_is_told_and_nothing_is_written_of_it() {
    let mut kiosk = with_a_box();
    kiosk.press("A box came");
    scan_all(&mut kiosk, &[READY]);
    kiosk.shows("WGN-007 was here already.");
    scan_all(&mut kiosk, &[RETIRED, ON_LOAN]);
    kiosk.shows("WGN-042 came in no box. Scan it as a return.");
    kiosk.shows("Not expected: 3");
    assert!(kiosk.drafts().is_empty());
}

#[test]
fn a_tablet_that_the_disk_did_not_take_is_scanned_again() {
    let mut kiosk = with_a_box();
    kiosk.press("A box came");
    scan_all(&mut kiosk, &BOXED[..1]);
    kiosk.keep_not();
    kiosk.shows("This kiosk could not write it down. Nothing was changed.");
    kiosk.press("Try again");
    kiosk.shows("To find: 3");
    scan_all(&mut kiosk, &BOXED[..1]);
    kiosk.shows("To find: 2");
    assert_eq!(kiosk.drafts().len(), 2);
}

#[test]
fn without_the_server_a_count_is_kept_and_a_late_no_is_news() {
    let mut kiosk = Kiosk::staffed();
    kiosk.put(Input::Online(false));
    kiosk.press("Count the shelf");
    scan_all(&mut kiosk, &[READY, RESETTING, IN_TRAY]);
    kiosk.press("That is all");
    kiosk.keep();
    kiosk.shows("We pass it on as soon as we are connected.");
    kiosk.press("Finish");
    kiosk.answer(Answer::Refused(Refusal::WrongVenue));
    kiosk.shows("The count was not taken.");
}
