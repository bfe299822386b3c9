//! R19: erasure needs presence. A hand, or the code on the tablet's own screen; never
//! a sticker, never yesterday's hand.

use shared::{
    command::{Action, ClearFlag, Relocate, Return, StartReset, Whither},
    decide::Decided,
    event::{Actor, Event},
    refusal::Refusal,
    signed::presence::PresenceCode,
    tablet::{Flag, Presence, StateWord, WithheldReason},
    time::Moment,
};

use crate::{
    library::{
        Asked, Library,
        verbs::{ANN, orders_reset, tablet},
    },
    world::{OPERATOR, SELF_SERVICE, VENUE},
};

/// A borrower's return with the code that the tablet's screen shows.
fn comes_back_with(library: &mut Library, code: PresenceCode) -> Vec<Event> {
    let taken = library.by(
        SELF_SERVICE,
        Action::Return(Return {
            code: Some(code),
            ..Return::new(tablet(1), None, Presence::StickerOnly)
        }),
    );
    taken.expect("a return is always taken")
}

fn start(code: Option<PresenceCode>) -> Action {
    let tablet = tablet(1);
    Action::StartReset(StartReset { tablet, code })
}

fn start_at(library: &mut Library, actor: Actor, occurred_at: Moment) -> Decided {
    library.ask(&Asked {
        occurred_at: Some(occurred_at),
        ..Asked::new(actor, VENUE, start(None))
    })
}

/// A tablet in the tray, of which only the sticker was seen.
fn in_the_tray() -> Library {
    let mut library = Library::with_tablets(1);
    library.lend(1, ANN);
    library.comes_back(1);
    library
}

#[test]
fn r19_the_code_on_its_own_screen_orders_the_reset_at_an_unattended_return() {
    let mut library = Library::with_tablets(1);
    library.lend(1, ANN);
    let code = Library::shows(1, library.now);
    let events = comes_back_with(&mut library, code);
    assert!(orders_reset(&events));
    let Event::Returned { presence, .. } = events[0] else {
        panic!("{events:?}");
    };
    assert_eq!(presence, Presence::CodeShown);
}

#[test]
fn r19_an_old_code_or_another_tablets_is_a_sticker_like_any() {
    let mut library = Library::with_tablets(2);
    library.lend(1, ANN);
    let old = Library::shows(1, library.now.plus_ms(-120_000));
    let anothers = Library::shows(2, library.now);
    for code in [old, anothers] {
        let mut library = library.clone();
        let events = comes_back_with(&mut library, code);
        assert!(!orders_reset(&events));
        assert!(library.it(1).waits_in_tray());
    }
}

#[test]
fn r19_a_clock_that_is_not_sure_cannot_tell_an_old_code_from_a_new_one() {
    let mut library = in_the_tray();
    let code = Library::shows(1, library.now);
    let asked = Asked {
        clock_sure: false,
        ..Asked::new(SELF_SERVICE, VENUE, start(Some(code)))
    };
    assert_eq!(library.ask(&asked), Err(Refusal::CodeNotTaken));
}

#[test]
fn r19_a_tablet_in_the_tray_is_reset_by_a_hand_or_by_its_code() {
    for (actor, with_code) in [(OPERATOR, false), (OPERATOR, true), (SELF_SERVICE, true)] {
        let mut library = in_the_tray();
        let code = Library::shows(1, library.now);
        let decided = library.by(actor, start(with_code.then_some(code)));
        assert!(orders_reset(&decided.expect("it is there")));
    }
}

#[test]
fn r19_nobody_elses_word_starts_a_reset() {
    let mut library = in_the_tray();
    for actor in [SELF_SERVICE, Actor::Server, Actor::Tablet(tablet(1))] {
        let refused = library.by(actor, start(None));
        assert_eq!(refused, Err(Refusal::NeedsOperator), "{actor:?}");
    }
    let old = Library::shows(1, library.now.plus_ms(-120_000));
    let refused = library.by(OPERATOR, start(Some(old)));
    assert_eq!(refused, Err(Refusal::CodeNotTaken));
}

#[test]
fn r19_a_hand_that_had_it_before_its_last_move_starts_nothing() {
    let mut library = Library::with_tablets(1);
    library.lend(1, ANN);
    library.comes_back(1);
    let moved_at = library.it(1).custody_since;
    let word = StateWord::BackNotYetReset;
    let stale = start_at(&mut library, OPERATOR, moved_at.plus_ms(-1));
    assert_eq!(stale, Err(Refusal::NotInHand { word }));
    start_at(&mut library, OPERATOR, moved_at).expect("it is in hand");
}

#[test]
fn r19_a_code_that_was_shown_before_its_last_move_starts_nothing() {
    let mut library = Library::with_tablets(1);
    library.lend(1, ANN);
    library.comes_back(1);
    let before = library.it(1).custody_since.plus_ms(-500);
    let asked = Asked {
        occurred_at: Some(before),
        ..Asked::new(SELF_SERVICE, VENUE, start(Some(Library::shows(1, before))))
    };
    let word = StateWord::BackNotYetReset;
    assert_eq!(library.ask(&asked), Err(Refusal::NotInHand { word }));
}

#[test]
fn r19_what_is_not_at_a_venue_is_in_nobodys_hand() {
    for (whither, word) in [
        (Whither::Missing, StateWord::Missing),
        (Whither::Lost, StateWord::Lost),
    ] {
        let mut library = in_the_tray();
        let tablet = tablet(1);
        library.does(Action::Relocate(Relocate { tablet, whither }));
        let refused = library.at(VENUE, start(None));
        assert_eq!(refused, Err(Refusal::NotInHand { word }));
    }
    let mut library = in_the_tray();
    let (tablet, whither) = (tablet(1), Whither::Withdrawn);
    library.does(Action::Relocate(Relocate { tablet, whither }));
    let word = StateWord::Retired;
    let refused = library.at(VENUE, start(None));
    assert_eq!(refused, Err(Refusal::Retired { word }));
}

#[test]
fn a_reset_that_is_at_work_or_has_nothing_to_reset_to_is_not_started() {
    let mut library = in_the_tray();
    library.image = None;
    assert_eq!(library.at(VENUE, start(None)), Err(Refusal::NoImage));
    library.image = Some(crate::world::image());
    library.does(start(None));
    let again = library.at(VENUE, start(None));
    assert_eq!(again, Err(Refusal::AlreadyResetting));
}

#[test]
fn r3_a_return_is_taken_also_while_there_is_nothing_to_reset_to() {
    let mut library = Library::with_tablets(1);
    library.lend(1, ANN);
    library.image = None;
    let events = library.takes_back(1);
    assert!(matches!(events[..], [Event::Returned { .. }]));
    assert!(library.it(1).waits_in_tray());
}

#[test]
fn r19_once_somebody_had_it_in_hand_nobody_else_is_asked_also_when_its_reset_failed() {
    let mut library = in_the_tray();
    library.does(start(None));
    for _ in 0..5 {
        library.fails(1);
    }
    let flag = Flag::Withheld(WithheldReason::ResetFailed);
    let tablet = tablet(1);
    library.does(Action::ClearFlag(ClearFlag { tablet, flag }));
    assert!(library.it(1).waits_in_tray());
    let used_later = library.now.plus_ms(60_000);
    assert_eq!(library.it(1).return_to_ask_about(used_later), None);
}

#[test]
fn r19_once_somebody_had_it_in_hand_nobody_else_is_asked_also_without_a_reset() {
    let mut library = in_the_tray();
    let used_later = library.now.plus_ms(60_000);
    assert!(library.it(1).return_to_ask_about(used_later).is_some());
    library.image = None;
    library.takes_back(1);
    assert!(library.it(1).waits_in_tray());
    assert_eq!(library.it(1).return_to_ask_about(used_later), None);
}
