//! What the camera and the hand scanner see, and what is not ours.

use kiosk::{
    flow::{Effect, Input, Sound},
    reader::Sight,
    screen::{Body, Sight as Seen, Touch},
};

use super::rig::*;

fn scanning() -> Kiosk {
    let mut kiosk = Kiosk::new();
    kiosk.press("Bring a tablet back");
    kiosk
}

#[test]
fn without_a_sticker_a_hint_comes_after_six_seconds() {
    let mut kiosk = scanning();
    kiosk.shows("I cannot see a sticker yet.");
    kiosk.wait(5_999);
    kiosk.shows("I cannot see a sticker yet.");
    kiosk.wait(1);
    kiosk.shows("Turn it over. Move it back a little.");
}

#[test]
fn an_unknown_tag_is_not_taken_and_says_where_to_leave_it() {
    let mut kiosk = scanning();
    kiosk.see(&sticker(900));
    kiosk.shows("This looks like one of ours, but it is not on our list.");
    kiosk.shows("Please leave it with somebody at the desk.");
    assert!(kiosk.drafts().is_empty());
}

#[test]
fn a_made_up_tag_of_a_real_number_is_not_taken() {
    let mut kiosk = scanning();
    kiosk.see(&forged(ON_LOAN));
    kiosk.shows("This sticker does not match our list.");
    kiosk.press("Call staff");
    kiosk.shows("Somebody is coming to help.");
    let mut kiosk = Kiosk::staffed();
    kiosk.scan("HTTPS://TABLETS.WIGAN/WGN042");
    kiosk.shows("This tag was not made by us. Nothing was changed.");
    assert!(kiosk.drafts().is_empty());
}

#[test]
fn what_is_none_of_ours_opens_nothing() {
    for text in [
        "https://example.invalid/",
        "HTTPS://TABLETS.BOLTON/WGN04260RK4CSM6MV3EE1S",
        "javascript:alert(1)",
        "'; DROP TABLE tablets; --",
        "",
        "TLBADGE",
    ] {
        let mut kiosk = scanning();
        kiosk.see(text);
        kiosk.shows("That is not one of our stickers.");
        kiosk.shows("Look for the square sticker on the back of the tablet.");
        let mut first = Kiosk::new();
        first.see(text);
        first.shows("That is not one of our stickers.");
        let mut desk = Kiosk::staffed();
        desk.scan(text);
        desk.shows("That is not one of our stickers.");
        assert!(kiosk.drafts().is_empty() && desk.drafts().is_empty());
    }
}

#[test]
fn a_badge_that_was_cut_short_is_never_taken_for_a_card() {
    let cut = &badge().text()[..15];
    let mut kiosk = Kiosk::staffed();
    kiosk.scan(cut);
    kiosk.shows("That is not one of our stickers.");
    kiosk.press("Try again");
    kiosk.press("Stop");
    kiosk.press("Check out");
    kiosk.scan(cut);
    kiosk.shows("That is not a card's number.");
}

#[test]
fn two_stickers_are_asked_for_one_at_a_time() {
    let mut kiosk = Kiosk::new();
    kiosk.put(Input::Saw(Sight::Several));
    kiosk.shows("I can see more than one sticker. Show me one at a time.");
    kiosk.see(&sticker(ON_LOAN));
    kiosk.shows("Have you saved what you want?");
}

#[test]
fn a_torn_sticker_is_said_only_after_it_was_held_still() {
    let mut kiosk = scanning();
    kiosk.put(Input::Saw(Sight::Torn));
    kiosk.shows("I can see it. Hold it still.");
    kiosk.wait(1_499);
    kiosk.put(Input::Saw(Sight::Torn));
    kiosk.hides("hard to read");
    kiosk.wait(1);
    kiosk.shows("The sticker is hard to read. Wipe it and try again, or type its number.");
}

#[test]
fn a_sticker_that_moves_is_not_called_torn() {
    let mut kiosk = scanning();
    for _ in 0..20 {
        kiosk.put(Input::Saw(Sight::Torn));
        kiosk.wait(500);
        kiosk.see_nothing();
    }
    kiosk.hides("hard to read");
}

#[test]
fn a_code_that_is_found_is_framed_where_it_is() {
    let mut kiosk = scanning();
    kiosk.see("https://example.invalid/");
    let Body::Scan(scan) = kiosk.screen().body else {
        panic!("not scanning");
    };
    let Seen::Found(corners) = scan.sight else {
        panic!("no frame");
    };
    assert_eq!((corners[2].x, corners[2].y), (600, 600));
    kiosk.see_nothing();
    let Body::Scan(scan) = kiosk.screen().body else {
        panic!("not scanning");
    };
    assert_eq!(scan.sight, Seen::Looking);
}

#[test]
fn when_the_camera_goes_dark_the_number_can_be_typed_and_it_comes_back_by_itself() {
    let mut kiosk = scanning();
    kiosk.put(Input::CameraLost);
    kiosk.shows("The camera has gone dark.");
    kiosk.put(Input::CameraFound);
    kiosk.shows("Lay the tablet on the shelf, sticker up.");
    kiosk.put(Input::CameraLost);
    kiosk.press("Type its number");
    kiosk.shows("Type the number on the sticker.");
    let mut desk = Kiosk::staffed();
    desk.press("Return");
    desk.put(Input::CameraLost);
    desk.shows("Check its cable. It starts again by itself.");
    desk.scan(&sticker(ON_LOAN));
    desk.shows("Is everything here?");
}

#[test]
fn a_scan_longer_than_any_code_is_none_of_ours() {
    let mut kiosk = scanning();
    kiosk.put(Input::ScanTooLong);
    kiosk.shows("That is not one of our stickers.");
    assert!(kiosk.heard(Sound::YoursToFix));
}

#[test]
fn a_storm_of_keys_does_nothing_and_holds_nobody_here() {
    let mut kiosk = scanning();
    for _ in 0..120 {
        for key in "x\n9\u{8}".chars() {
            kiosk.touch(Touch::KeyTyped(key));
        }
        kiosk.wait(1_000);
    }
    kiosk.is_first();
    assert!(kiosk.drafts().is_empty());
    let mut typing = scanning();
    typing.press("Type its number");
    for _ in 0..10_000 {
        typing.touch(Touch::KeyTyped('9'));
    }
    let Body::TypeNumber(page) = typing.screen().body else {
        panic!("not typing");
    };
    assert_eq!(page.typed, "99999");
}

#[test]
fn the_same_code_again_within_three_seconds_is_not_a_new_scan() {
    let mut kiosk = Kiosk::new();
    kiosk.see(&sticker(ON_LOAN));
    kiosk.press("Stop");
    kiosk.see_nothing();
    kiosk.wait(2_999);
    kiosk.see(&sticker(ON_LOAN));
    kiosk.is_first();
    kiosk.see_nothing();
    kiosk.wait(3_000);
    kiosk.see(&sticker(ON_LOAN));
    kiosk.shows("Have you saved what you want?");
}

#[test]
fn another_sticker_held_up_while_a_question_stands_changes_nothing() {
    let mut kiosk = Kiosk::new();
    kiosk.see(&sticker(ON_LOAN));
    kiosk.see(&sticker(READY));
    kiosk.shows("WGN-042");
    kiosk.press("Stop");
    kiosk.see(&sticker(READY));
    kiosk.shows("WGN-007");
}

#[test]
fn two_tablets_left_on_the_shelf_are_said_once() {
    let mut kiosk = Kiosk::new();
    for _ in 0..500 {
        kiosk.put(Input::Saw(Sight::Several));
        kiosk.wait(500);
    }
    kiosk.is_first();
    let sounds = kiosk
        .done
        .iter()
        .filter(|it| matches!(it, Effect::Sound(_)));
    assert_eq!(sounds.count(), 1);
}
