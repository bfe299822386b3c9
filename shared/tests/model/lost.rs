//! Lost tablets are locked, and open again only when somebody surely has them.

use shared::{
    command::{Action, Relocate, Return, StartReset, Whither},
    event::Actor,
    lost::Lock,
    refusal::Refusal,
    tablet::{Presence, StateWord},
};

use crate::{
    library::{
        Library,
        verbs::{ANN, signed, tablet},
    },
    world::{SELF_SERVICE, VENUE},
};

fn is_lost(library: &mut Library) {
    let (tablet, whither) = (tablet(1), Whither::Lost);
    library.does(Action::Relocate(Relocate { tablet, whither }));
}

fn lost() -> Library {
    let mut library = Library::with_tablets(1);
    library.lend(1, ANN);
    is_lost(&mut library);
    library
}

fn lock(library: &Library) -> Lock {
    library.it(1).lock.expect("it was lost once")
}

fn comes_back(library: &mut Library, actor: Actor, presence: Presence) {
    let returned = Action::Return(Return::new(tablet(1), None, presence));
    library.by(actor, returned).expect("R3");
}

#[test]
fn a_tablet_that_is_marked_lost_is_to_be_locked_and_one_that_is_missing_is_not() {
    let mut library = Library::with_tablets(1);
    assert_eq!(library.it(1).lock, None);
    let (tablet, whither) = (tablet(1), Whither::Missing);
    library.does(Action::Relocate(Relocate { tablet, whither }));
    assert!(!library.it(1).is_locked());
    is_lost(&mut library);
    assert!(lock(&library).locked);
}

#[test]
fn r19_a_photographed_sticker_opens_no_lost_tablet_and_a_hand_does() {
    let mut library = lost();
    let before = lock(&library);
    comes_back(&mut library, SELF_SERVICE, Presence::StickerOnly);
    assert_eq!(library.word(1), StateWord::BackNotYetReset);
    assert_eq!(lock(&library), before, "custody moves, and nothing opens");
    let (tablet, code) = (tablet(1), None);
    let start = Action::StartReset(StartReset { tablet, code });
    library.at(VENUE, start).expect("it is in hand");
    assert!(!lock(&library).locked);
    assert!(lock(&library).counter > before.counter);
}

#[test]
fn r19_a_reset_that_was_ordered_before_a_tablet_was_lost_frees_it_only_in_a_hand() {
    let mut library = Library::with_tablets(1);
    library.lend(1, ANN);
    library.takes_back(1);
    assert_eq!(library.word(1), StateWord::Resetting);
    let early = library.receipt(1);
    is_lost(&mut library);
    comes_back(&mut library, SELF_SERVICE, Presence::StickerOnly);
    assert_eq!(library.word(1), StateWord::BackNotYetReset);
    let refused = library.by(Actor::Tablet(tablet(1)), signed(tablet(1), &early));
    assert_eq!(refused, Err(Refusal::ReceiptWithoutOrder));
    assert!(lock(&library).locked);
}

#[test]
fn an_order_that_waits_stays_when_a_sticker_is_shown_again_or_a_lost_tablet_comes_into_a_hand() {
    let ordered = || {
        let mut library = Library::with_tablets(1);
        library.lend(1, ANN);
        library.takes_back(1);
        library
    };
    let mut shown_again = ordered();
    comes_back(&mut shown_again, SELF_SERVICE, Presence::StickerOnly);
    assert_eq!(shown_again.word(1), StateWord::Resetting);
    let mut found = ordered();
    is_lost(&mut found);
    found.takes_back(1);
    assert_eq!(found.word(1), StateWord::Resetting);
    assert!(!lock(&found).locked, "nobody had to order anything");
    for mut library in [shown_again, found] {
        let receipt = library.receipt(1);
        let taken = library.by(Actor::Tablet(tablet(1)), signed(tablet(1), &receipt));
        taken.expect("it is the answer to the order that waits");
        assert_eq!(library.word(1), StateWord::Ready);
    }
}

#[test]
fn a_lost_tablet_that_an_operator_takes_back_opens_and_locks_again_when_it_is_lost_again() {
    let mut library = lost();
    let first = lock(&library);
    library.takes_back(1);
    let found = lock(&library);
    assert!(!found.locked && found.counter > first.counter);
    library.is_proven(1);
    is_lost(&mut library);
    let again = lock(&library);
    assert!(again.locked && again.counter > found.counter);
}
