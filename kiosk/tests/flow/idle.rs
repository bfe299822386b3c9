//! What happens when nobody does anything.

use kiosk::{
    flow::{Answer, Effect, Page},
    screen::Touch,
};

use super::rig::*;

#[test]
fn after_eighty_seconds_the_kiosk_asks_and_forty_later_it_forgets() {
    let mut kiosk = Kiosk::with_borrower();
    kiosk.scan(&sticker(READY));
    kiosk.wait(79_999);
    kiosk.shows("Demo B.");
    kiosk.wait(1);
    kiosk.shows("Are you still there?");
    kiosk.hides("Demo B.");
    kiosk.wait(40_000);
    kiosk.is_first();
    assert!(matches!(kiosk.flow.state().page, Page::First));
    assert_eq!(kiosk.flow.poll_timeout(), None);
}

#[test]
fn more_time_goes_back_to_where_the_person_was_up_to_ten_times() {
    let mut kiosk = Kiosk::with_borrower();
    kiosk.scan(&sticker(READY));
    for _ in 0..10 {
        kiosk.wait(80_000);
        kiosk.press("I need more time");
        kiosk.shows("Demo B.");
    }
    kiosk.wait(80_000);
    kiosk.shows("Are you still there?");
    kiosk.hides("I need more time");
    kiosk.touch(Touch::MoreTime);
    kiosk.wait(40_000);
    kiosk.is_first();
}

#[test]
fn doing_something_starts_the_time_and_the_ten_again() {
    let mut kiosk = Kiosk::staffed();
    for _ in 0..30 {
        kiosk.wait(80_000);
        kiosk.press("I need more time");
        kiosk.press("Check out");
        kiosk.press("Stop");
    }
    kiosk.is_home();
}

#[test]
fn stop_at_the_question_signs_out_too() {
    let mut kiosk = Kiosk::staffed();
    kiosk.wait(80_000);
    kiosk.press("Stop");
    kiosk.is_first();
}

#[test]
fn a_touch_meant_for_a_screen_that_has_gone_does_nothing() {
    let mut kiosk = Kiosk::with_borrower();
    kiosk.scan(&sticker(READY));
    kiosk.now_ms += 120_000;
    kiosk.touch(Touch::HandOver);
    kiosk.is_first();
    kiosk.press("Bring a tablet back");
    kiosk.now_ms += 120_000;
    kiosk.touch(Touch::Borrow);
    kiosk.is_first();
    assert!(kiosk.drafts().is_empty());
}

#[test]
fn a_done_screen_goes_back_by_itself() {
    let mut kiosk = Kiosk::new();
    kiosk.see(&sticker(ON_LOAN));
    kiosk.press("Yes, I am ready");
    kiosk.keep();
    kiosk.wait(14_999);
    kiosk.shows("Thank you.");
    kiosk.wait(1);
    kiosk.is_first();
}

#[test]
fn larger_words_and_a_voice_last_until_the_person_has_gone() {
    let mut kiosk = Kiosk::new();
    kiosk.press("Bigger");
    kiosk.press("Read to me");
    kiosk.press("Bring a tablet back");
    assert!(kiosk.screen().look.bigger);
    kiosk.press("Stop");
    assert!(kiosk.screen().look.bigger, "the same person goes on");
    kiosk.wait(120_000);
    assert!(!kiosk.screen().look.bigger);
    assert!(kiosk.done.contains(&Effect::Speak(false)));
    assert_eq!(kiosk.flow.poll_timeout(), None);
}

#[test]
fn a_voice_reads_every_new_screen_and_every_new_hint_once() {
    let mut kiosk = Kiosk::new();
    assert!(kiosk.press("Read to me").contains(&Effect::Speak(true)));
    assert!(
        kiosk
            .press("Bring a tablet back")
            .contains(&Effect::Speak(true))
    );
    let before = kiosk.done.len();
    kiosk.wait(6_000);
    assert!(kiosk.done[before..] == [Effect::Speak(true)]);
    assert!(kiosk.press("Stop reading").contains(&Effect::Speak(false)));
    assert!(kiosk.press("Stop").is_empty());
}

#[test]
fn a_language_that_is_not_offered_changes_nothing() {
    let mut kiosk = Kiosk::new();
    kiosk.touch(Touch::Language("xx".to_owned()));
    assert_eq!(kiosk.flow.state().language.code, "en");
    kiosk.touch(Touch::Language("en".to_owned()));
    assert_eq!(kiosk.flow.state().language.code, "en");
}

#[test]
fn help_is_called_from_the_first_screen() {
    for (button, says) in [
        ("Borrow a tablet", "Somebody will help you borrow a tablet."),
        ("Keep it longer", "Somebody will help you keep it longer."),
        ("I need help", "Somebody is coming to help."),
    ] {
        let mut kiosk = Kiosk::new();
        kiosk.press(button);
        kiosk.shows(says);
        kiosk.shows("If nobody comes, please ask at the desk.");
        kiosk.wait(120_000);
        kiosk.is_first();
    }
}

#[test]
fn news_that_come_to_an_empty_desk_do_not_keep_a_session_open() {
    let mut kiosk = Kiosk::lending();
    kiosk.press("Stop");
    for _ in 0..9 {
        kiosk.wait(13_000);
        kiosk.answer(Answer::Accepted);
    }
    kiosk.wait(3_000);
    kiosk.is_first();
}
