//! A tablet that is further than the log, since the server was brought back from a
//! backup: what it proved before says nothing of it any more.

use shared::{
    command::{Action, CatchUp},
    decide::{Decided, catch_up::AHEAD_MAX},
    event::{Actor, Event},
    refusal::Refusal,
    tablet::{Epoch, Reset, StateWord},
};

use crate::{
    library::{
        Library,
        verbs::{ANN, orders_reset, tablet},
    },
    world::{OPERATOR, SELF_SERVICE},
};

/// The tablet says that it is so many stretches of life and orders ahead.
fn is_ahead(library: &mut Library, epochs: u32, orders: u64) -> Decided {
    let it = library.it(1);
    let told = says(it.epoch.0 + epochs, it.order_counter + orders);
    library.by(Actor::Tablet(tablet(1)), told)
}

fn says(epoch: u32, counter: u64) -> Action {
    Action::CatchUp(CatchUp {
        tablet: tablet(1),
        epoch: Epoch(epoch),
        counter,
    })
}

#[test]
fn r2_a_proof_of_before_the_backup_lends_no_tablet_that_was_used_since() {
    let mut library = Library::with_tablets(1);
    assert_eq!(library.word(1), StateWord::Ready);
    let (epoch, counter) = (library.it(1).epoch, library.it(1).order_counter);
    is_ahead(&mut library, 1, 0).expect("it was lent since");
    assert_eq!(library.word(1), StateWord::BackNotYetReset);
    assert_eq!(library.it(1).epoch, epoch.next());
    assert_eq!(library.it(1).order_counter, counter);
}

#[test]
fn r10_the_next_order_has_a_number_that_the_tablet_has_not_seen() {
    let mut library = Library::with_tablets(1);
    library.lend(1, ANN);
    let counter = library.it(1).order_counter;
    is_ahead(&mut library, 0, 3).expect("it began three orders since");
    assert_eq!(library.word(1), StateWord::OnLoan);
    assert!(orders_reset(&library.takes_back(1)));
    assert_eq!(library.it(1).order_counter, counter + 4);
    library.is_proven(1);
}

#[test]
fn an_order_whose_number_the_tablet_has_seen_is_given_anew_in_the_same_stretch_of_life() {
    let mut library = Library::with_tablets(1);
    library.lend(1, ANN);
    library.takes_back(1);
    let Reset::Ordered(before) = library.it(1).reset else {
        panic!("{:?}", library.it(1).reset);
    };
    let events = is_ahead(&mut library, 0, 1).expect("it began one more since");
    assert!(orders_reset(&events));
    let Reset::Ordered(after) = library.it(1).reset else {
        panic!("{:?}", library.it(1).reset);
    };
    assert_eq!(after.counter, before.counter + 2);
    assert_ne!((after.order, after.nonce), (before.order, before.nonce));
    library.is_proven(1);
}

#[test]
fn r19_an_order_of_an_earlier_stretch_of_life_erases_nothing_of_a_later_one() {
    let mut library = Library::with_tablets(1);
    library.lend(1, ANN);
    library.takes_back(1);
    let events = is_ahead(&mut library, 1, 1).expect("it was reset and lent since");
    assert!(!orders_reset(&events));
    assert_eq!(library.it(1).reset, Reset::Dirty);
}

#[test]
fn what_is_known_already_or_cannot_be_changes_nothing() {
    let mut library = Library::with_tablets(1);
    library.lend(1, ANN);
    library.goes_round(1);
    let it = library.it(1).clone();
    let too_far = u32::try_from(AHEAD_MAX).expect("it is small") + 1;
    let cannot_be = [
        says(it.epoch.0, it.order_counter),
        says(it.epoch.0 - 1, it.order_counter - 1),
        says(it.epoch.0 + too_far, it.order_counter),
        says(it.epoch.0, it.order_counter + AHEAD_MAX + 1),
        says(u32::MAX, u64::MAX),
    ];
    for told in cannot_be {
        let refused = library.by(Actor::Tablet(tablet(1)), told.clone());
        assert_eq!(refused, Err(Refusal::NotAhead), "{told:?}");
    }
    assert_eq!(library.it(1), &it);
    is_ahead(&mut library, too_far - 1, AHEAD_MAX).expect("as far as any backup is old");
}

#[test]
fn what_is_behind_in_one_number_stays_where_it_was() {
    let mut library = Library::with_tablets(1);
    library.lend(1, ANN);
    library.goes_round(1);
    let it = library.it(1).clone();
    for told in [
        says(it.epoch.0 + 1, it.order_counter - 1),
        says(it.epoch.0 - 1, it.order_counter + 1),
    ] {
        let mut library = library.clone();
        let events = library.by(Actor::Tablet(tablet(1)), told);
        let events = events.expect("it is ahead in the other");
        let Event::TabletAhead { epoch, counter, .. } = events[0] else {
            panic!("{events:?}");
        };
        assert!(epoch >= it.epoch && counter >= it.order_counter);
    }
}

#[test]
fn only_the_tablet_itself_says_where_it_is() {
    let mut library = Library::with_tablets(2);
    let it = library.it(1);
    let told = says(it.epoch.0 + 1, it.order_counter);
    for actor in [
        OPERATOR,
        SELF_SERVICE,
        Actor::Server,
        Actor::Tablet(tablet(2)),
    ] {
        let refused = library.by(actor, told.clone());
        assert_eq!(refused, Err(Refusal::NeedsOperator), "{actor:?}");
    }
}
