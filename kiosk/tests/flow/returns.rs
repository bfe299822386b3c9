//! A tablet comes back.

use kiosk::{
    flow::{Answer, Input, Sound},
    screen::{self, Touch},
};
use shared::{
    kit::{Kit, KitPart},
    refusal::Refusal,
    tablet::{Flag, Presence, StateWord},
    wire::v1::{
        command::KioskAction,
        kiosk::{PutAsideRow, TabletRow},
    },
};

use super::rig::*;

fn returned(number: u32, presence: Presence) -> KioskAction {
    let loan = (number == ON_LOAN).then(|| loan(number));
    KioskAction::came_back(tablet(number), loan, presence)
}

#[test]
fn a_borrower_brings_a_tablet_back_with_one_scan_and_one_tap() {
    let mut kiosk = Kiosk::new();
    kiosk.see(&sticker(ON_LOAN));
    kiosk.shows("Photos and messages on it will be gone for good.");
    kiosk.press("Yes, I am ready");
    let draft = kiosk.last();
    assert_eq!(draft.action, returned(ON_LOAN, Presence::StickerOnly));
    assert_eq!(draft.operator, None);
    assert_eq!(draft.seen, 7);
    kiosk.hides("Thank you");
    kiosk.keep();
    kiosk.shows("Thank you. We have it. You can go now.");
    kiosk.shows("We will clear this tablet before anyone else can have it.");
}

#[test]
fn without_the_server_a_return_is_taken_and_says_that_it_is_passed_on_later() {
    let mut kiosk = Kiosk::new();
    kiosk.put(Input::Online(false));
    kiosk.press("Bring a tablet back");
    kiosk.see(&sticker(ON_LOAN));
    kiosk.press("Yes, I am ready");
    kiosk.keep();
    kiosk.shows("Thank you. We have it. You can go now.");
    kiosk.shows("We have written it down and will pass it on later.");
}

#[test]
fn a_return_that_the_disk_did_not_take_is_never_thanked_for() {
    let mut kiosk = Kiosk::new();
    kiosk.see(&sticker(ON_LOAN));
    kiosk.press("Yes, I am ready");
    kiosk.keep_not();
    kiosk.hides("Thank you");
    kiosk.shows("We could not write it down. Nothing was changed.");
    kiosk.press("Call staff");
    kiosk.shows("Somebody is coming to help.");
}

#[test]
fn a_slow_disk_is_said_after_a_moment_and_promises_nothing() {
    let mut kiosk = Kiosk::new();
    kiosk.see(&sticker(ON_LOAN));
    kiosk.press("Yes, I am ready");
    kiosk.hides("We are writing it down.");
    kiosk.wait(1_500);
    kiosk.shows("We are writing it down.");
    kiosk.touch(Touch::Stop);
    kiosk.wait(600_000);
    kiosk.shows("We are writing it down.");
    kiosk.keep();
    kiosk.shows("Thank you.");
}

#[test]
fn a_tablet_that_was_never_out_is_taken_all_the_same() {
    let mut kiosk = Kiosk::new();
    kiosk.see(&sticker(READY));
    kiosk.press("Yes, I am ready");
    kiosk.keep();
    assert_eq!(kiosk.only(), returned(READY, Presence::StickerOnly));
    kiosk.shows("We thought it was here all the time. We will look at it.");
}

#[test]
fn a_tablet_given_away_is_kept_as_seen_and_said_kindly() {
    for (number, says) in [
        (GIVEN_AWAY, "This tablet was given away for good."),
        (RETIRED, "This tablet is no longer lent out."),
    ] {
        let mut kiosk = Kiosk::new();
        kiosk.see(&sticker(number));
        kiosk.hides(says);
        kiosk.keep();
        assert_eq!(kiosk.only(), returned(number, Presence::StickerOnly));
        kiosk.shows(says);
        kiosk.hides("Thank you");
    }
}

#[test]
fn at_the_desk_nobody_says_that_a_retired_tablet_is_in_hand_who_was_not_asked() {
    let mut kiosk = Kiosk::staffed();
    kiosk.scan(&sticker(RETIRED));
    kiosk.keep();
    assert_eq!(kiosk.only(), returned(RETIRED, Presence::StickerOnly));
    kiosk.shows("This tablet is no longer lent out.");
}

#[test]
fn help_to_save_leaves_the_tablet_on_loan() {
    let mut kiosk = Kiosk::new();
    kiosk.see(&sticker(ON_LOAN));
    kiosk.press("Help me save them");
    kiosk.shows("Let us save them first.");
    assert!(kiosk.drafts().is_empty());
}

#[test]
fn a_typed_number_is_only_a_report() {
    let mut kiosk = Kiosk::new();
    kiosk.press("Bring a tablet back");
    kiosk.press("Type its number");
    kiosk.type_all("042");
    kiosk.keep();
    let tablet = tablet(ON_LOAN);
    assert_eq!(kiosk.only(), KioskAction::ReportBack { tablet });
    kiosk.shows("Staff will look for it. Nothing on it is cleared until they have it in hand.");
}

#[test]
fn a_number_typed_at_the_desk_for_a_return_is_only_a_report_too() {
    let mut kiosk = Kiosk::staffed();
    kiosk.touch(Touch::StaffReturn);
    kiosk.press("Type its number");
    kiosk.type_all("042");
    let tablet = tablet(ON_LOAN);
    assert_eq!(kiosk.only(), KioskAction::ReportBack { tablet });
}

#[test]
fn a_number_that_nobody_has_is_asked_for_again() {
    let mut kiosk = Kiosk::new();
    kiosk.press("Bring a tablet back");
    kiosk.press("Type its number");
    kiosk.type_all("999");
    kiosk.shows("We do not know this number. Look at the sticker once more, or call staff.");
    kiosk.type_all("042");
    assert_eq!(kiosk.drafts().len(), 1);
}

#[test]
fn after_three_unattended_returns_in_ten_minutes_the_next_asks_for_a_badge() {
    let mut kiosk = Kiosk::new();
    for number in [ON_LOAN, READY, RESETTING] {
        kiosk.see(&sticker(number));
        kiosk.press("Yes, I am ready");
        kiosk.keep();
        kiosk.wait(20_000);
    }
    kiosk.see(&sticker(IN_TRAY));
    kiosk.shows("A member of staff will take the next ones.");
    assert_eq!(kiosk.drafts().len(), 3);
    kiosk.scan(&badge().text());
    kiosk.shows("Is everything here?");
    kiosk.press("All here, looks fine");
    assert_eq!(kiosk.last().action, returned(IN_TRAY, Presence::InHand));
}

#[test]
fn ten_minutes_later_a_return_needs_no_badge_again() {
    let mut kiosk = Kiosk::new();
    for number in [ON_LOAN, READY, RESETTING] {
        kiosk.see(&sticker(number));
        kiosk.press("Yes, I am ready");
        kiosk.keep();
    }
    kiosk.see_nothing();
    kiosk.wait(10 * 60_000);
    kiosk.see(&sticker(IN_TRAY));
    kiosk.shows("Photos and messages on it will be gone for good.");
}

#[test]
fn at_the_desk_a_return_is_one_scan_and_one_tap_by_a_named_operator() {
    let mut kiosk = Kiosk::staffed();
    kiosk.scan(&sticker(ON_LOAN));
    kiosk.shows("Is everything here?");
    kiosk.press("All here, looks fine");
    let draft = kiosk.last();
    assert_eq!(draft.action, returned(ON_LOAN, Presence::InHand));
    assert_eq!(draft.operator, Some(operators()[0].operator));
    kiosk.keep();
    kiosk.shows("Tablet WGN-042 is back.");
    kiosk.hides("Its reset starts when it next comes online.");
    kiosk.answer(Answer::Accepted);
    kiosk.shows("Its reset starts when it next comes online.");
    kiosk.wait(15_000);
    kiosk.is_home();
}

#[test]
fn what_is_missing_or_damaged_is_marked_and_can_be_unmarked() {
    let mut kiosk = Kiosk::staffed();
    kiosk.scan(&sticker(ON_LOAN));
    kiosk.press("charger");
    kiosk.shows("Take it back, charger missing");
    kiosk.press("bag");
    kiosk.shows("Take it back, 2 parts missing");
    kiosk.press("Damaged");
    kiosk.shows("Take it back, damaged and parts missing");
    kiosk.press("bag");
    kiosk.press("charger");
    kiosk.press("Take it back, damaged");
    let KioskAction::Return {
        part_missing,
        damaged,
        missing_parts,
        ..
    } = kiosk.only()
    else {
        panic!("not a return");
    };
    assert!(!part_missing && damaged && missing_parts.is_empty());
}

#[test]
fn what_is_ticked_off_is_the_kit_of_this_very_tablet_and_is_missed_by_name() {
    let mut kiosk = Kiosk::staffed();
    kiosk.move_rows(vec![TabletRow {
        kit: Kit::from([KitPart::Charger, KitPart::Stylus, KitPart::Keyboard]),
        ..row(ON_LOAN, StateWord::OnLoan)
    }]);
    kiosk.scan(&sticker(ON_LOAN));
    kiosk.shows("keyboard: here");
    kiosk.hides("guide");
    kiosk.touch(Touch::PartMissing(screen::KitPart::Guide));
    kiosk.press("pen");
    kiosk.press("keyboard");
    kiosk.press("Take it back, 2 parts missing");
    let KioskAction::Return {
        part_missing,
        missing_parts,
        ..
    } = kiosk.only()
    else {
        panic!("not a return");
    };
    assert!(part_missing);
    assert_eq!(
        missing_parts,
        Kit::from([KitPart::Stylus, KitPart::Keyboard])
    );
}

fn with_charger_missing() -> Kiosk {
    let mut kiosk = Kiosk::staffed();
    kiosk.move_rows(vec![TabletRow {
        missing_parts: Kit::from([KitPart::Charger]),
        ..row(ON_LOAN, StateWord::OnLoan)
    }]);
    kiosk.scan(&sticker(ON_LOAN));
    kiosk
}

#[test]
fn what_was_missing_before_is_missing_until_somebody_says_that_it_is_here() {
    let mut kiosk = with_charger_missing();
    kiosk.shows("charger: missing");
    kiosk.press("Take it back, charger missing");
    kiosk.keep();
    assert_eq!(kiosk.drafts().len(), 1, "the mark stays");
}

#[test]
fn a_part_that_turns_up_takes_the_tablets_mark_off_once_the_return_is_written_down() {
    let mut kiosk = with_charger_missing();
    kiosk.press("charger");
    kiosk.press("All here, looks fine");
    assert_eq!(kiosk.only(), returned(ON_LOAN, Presence::InHand));
    kiosk.keep();
    let (tablet, flag) = (tablet(ON_LOAN), Flag::PartMissing);
    assert_eq!(kiosk.last().action, KioskAction::ClearFlag { tablet, flag });
    kiosk.shows("Tablet WGN-042 is back.");
    kiosk.hides("Undo");
}

fn put_aside(initials: Option<&str>) -> TabletRow {
    let aside = PutAsideRow {
        initials: initials.map(str::to_owned),
        until: Some("2026-12-12".parse().unwrap()),
    };
    TabletRow {
        put_aside: Some(aside),
        ..row(ON_LOAN, StateWord::Resetting)
    }
}

#[test]
fn r7_a_returned_tablet_that_somebody_waits_for_is_put_aside_with_their_slip() {
    let mut kiosk = Kiosk::staffed();
    kiosk.scan(&sticker(ON_LOAN));
    kiosk.press("All here, looks fine");
    kiosk.keep();
    kiosk.answer(Answer::Accepted);
    kiosk.hides("Put aside");
    kiosk.wait(14_000);
    kiosk.move_rows(vec![put_aside(Some("J.B."))]);
    kiosk.shows("Put aside for J.B.");
    kiosk.shows("Put it on the shelf with their slip. Keep until Saturday 12 December.");
    kiosk.shows("Its reset starts when it next comes online.");
    assert!(kiosk.heard(Sound::OursToFix));
    kiosk.wait(14_000);
    kiosk.shows("WGN-042");
    kiosk.wait(1_000);
    kiosk.is_home();
}

#[test]
fn r13_where_nobody_here_waits_for_it_no_initials_are_shown() {
    let mut kiosk = Kiosk::staffed();
    kiosk.scan(&sticker(ON_LOAN));
    kiosk.press("All here, looks fine");
    kiosk.keep();
    kiosk.move_rows(vec![put_aside(None)]);
    kiosk.shows("Put aside for the next in the queue.");
}

#[test]
fn r7_a_tablet_that_is_put_aside_says_for_whom_before_it_is_handed_over() {
    let mut kiosk = Kiosk::with_borrower();
    kiosk.move_rows(vec![TabletRow {
        word: StateWord::PutAside,
        ..put_aside(Some("J.B."))
    }]);
    kiosk.scan(&sticker(ON_LOAN));
    kiosk.shows("Put aside for J.B.");
    kiosk.press("Hand over");
}

#[test]
fn a_return_at_the_desk_that_the_server_refuses_is_said_to_staff() {
    let mut kiosk = Kiosk::staffed();
    kiosk.scan(&sticker(ON_LOAN));
    kiosk.press("All here, looks fine");
    kiosk.keep();
    kiosk.answer(Answer::Refused(Refusal::CommandIdReused));
    kiosk.shows("This did not go through. Nothing was changed.");
}

#[test]
fn an_operator_who_keeps_a_tablet_from_the_tray_starts_its_reset_once() {
    let mut kiosk = Kiosk::staffed();
    kiosk.press("Start now");
    let tablet = tablet(IN_TRAY);
    assert_eq!(kiosk.only(), KioskAction::StartReset { tablet, code: None });
    kiosk.touch(Touch::StartReset("WGN-100".to_owned()));
    assert_eq!(kiosk.drafts().len(), 1);
    kiosk.shows("Asked for. Plug it in.");
    kiosk.shows("WGN-100: Back, not yet reset");
    kiosk.keep();
    kiosk.answer(Answer::Accepted);
    kiosk.move_rows(vec![row(IN_TRAY, StateWord::Resetting)]);
    kiosk.shows("Nothing waits for a reset.");
}

#[test]
fn a_reset_that_the_server_refuses_is_said_and_may_be_asked_for_again() {
    let mut kiosk = Kiosk::staffed();
    kiosk.press("Start now");
    kiosk.keep();
    kiosk.answer(Answer::Refused(Refusal::NoImage));
    kiosk.shows("There is nothing yet that tablets are reset to.");
    kiosk.press("Finish");
    kiosk.press("Start now");
    assert_eq!(kiosk.drafts().len(), 2);
}

#[test]
fn nobody_starts_a_reset_without_a_badge_or_of_a_tablet_that_is_not_in_the_tray() {
    let mut kiosk = Kiosk::new();
    kiosk.touch(Touch::StartReset("WGN-100".to_owned()));
    kiosk.scan(&badge().text());
    kiosk.touch(Touch::StartReset("WGN-042".to_owned()));
    kiosk.touch(Touch::StartReset("nonsense".to_owned()));
    assert!(kiosk.drafts().is_empty());
}

#[test]
fn a_tablet_left_on_the_shelf_is_not_returned_twice() {
    let mut kiosk = Kiosk::new();
    kiosk.see(&sticker(ON_LOAN));
    kiosk.press("Yes, I am ready");
    kiosk.keep();
    for _ in 0..100 {
        kiosk.wait(1_000);
        kiosk.see(&sticker(ON_LOAN));
    }
    kiosk.is_first();
    assert_eq!(kiosk.drafts().len(), 1);
    kiosk.press("Bring a tablet back");
    kiosk.see(&sticker(ON_LOAN));
    kiosk.shows("Have you saved what you want?");
    assert!(kiosk.heard(Sound::Good));
}
