//! A tablet whose receipt was refused: the order is over for it, and its word that it is
//! makes a failed try of it.

use shared::{
    command::{Action, ClearFlag, EndTry},
    decide::Decided,
    event::{Actor, Event},
    refusal::Refusal,
    signed::receipt::FailedStep,
    tablet::{Flag, ProofKind, RESET_TRIES_MAX, Reset, ResetOrder, StateWord, WithheldReason},
};

use crate::{
    library::{
        Library,
        verbs::{ANN, orders_reset, signed, tablet},
    },
    world::{OPERATOR, SELF_SERVICE, VENUE},
};

/// Back in hand, and its reset ordered.
fn back() -> Library {
    let mut library = Library::with_tablets(1);
    library.lend(1, ANN);
    library.takes_back(1);
    library
}

fn pending(library: &Library) -> ResetOrder {
    let Reset::Ordered(pending) = library.it(1).reset else {
        panic!("{:?}", library.it(1).reset);
    };
    pending
}

fn says_over(library: &mut Library, actor: Actor, counter: u64) -> Decided {
    let tablet = tablet(1);
    library.by(actor, Action::EndTry(EndTry { tablet, counter }))
}

fn ends_try(library: &mut Library) -> Vec<Event> {
    let counter = pending(library).counter;
    let taken = says_over(library, Actor::Tablet(tablet(1)), counter);
    taken.expect("it carried this order out")
}

#[test]
fn a_try_whose_receipt_was_refused_is_one_that_failed_and_the_next_order_is_another() {
    let mut library = back();
    let before = pending(&library);
    let mut receipt = library.receipt(1);
    receipt.serial = "S-999".to_owned();
    let refused = library.by(Actor::Tablet(tablet(1)), signed(tablet(1), &receipt));
    assert_eq!(refused, Err(Refusal::ReceiptOfAnotherTablet));
    assert_eq!(pending(&library), before, "a receipt alone changes nothing");
    let events = ends_try(&mut library);
    let Some(Event::ResetFailed {
        order, why, tries, ..
    }) = events.first()
    else {
        panic!("{events:?}");
    };
    assert_eq!((*order, *why, *tries), (before.order, FailedStep::Proof, 1));
    let after = pending(&library);
    assert_eq!((after.counter, after.failed_tries), (before.counter + 1, 1));
    assert_ne!((after.order, after.nonce), (before.order, before.nonce));
    library.is_proven(1);
    assert_eq!(library.word(1), StateWord::Ready);
}

#[test]
fn r2_what_answers_an_order_that_is_over_frees_no_tablet() {
    let mut library = back();
    let late = signed(tablet(1), &library.receipt(1));
    ends_try(&mut library);
    let refused = library.by(Actor::Tablet(tablet(1)), late);
    assert_eq!(refused, Err(Refusal::ReceiptForAnotherOrder));
    assert_eq!(library.word(1), StateWord::Resetting);
}

#[test]
fn after_five_refused_receipts_somebody_must_look_and_then_it_starts_afresh() {
    let mut library = back();
    for _ in 1..RESET_TRIES_MAX {
        assert!(orders_reset(&ends_try(&mut library)));
    }
    assert!(!orders_reset(&ends_try(&mut library)));
    assert_eq!(library.word(1), StateWord::NeedsAttention);
    let (tablet, flag) = (tablet(1), Flag::Withheld(WithheldReason::ResetFailed));
    library.does(Action::ClearFlag(ClearFlag { tablet, flag }));
    library.starts_reset(1);
    assert_eq!(pending(&library).failed_tries, 0);
    library.is_proven(1);
    assert_eq!(library.word(1), StateWord::Ready);
}

#[test]
fn nobody_but_the_tablet_itself_says_that_its_try_is_over_and_of_no_other_order() {
    let mut library = back();
    let before = pending(&library);
    for actor in [
        OPERATOR,
        SELF_SERVICE,
        Actor::Server,
        Actor::Tablet(tablet(2)),
    ] {
        let refused = says_over(&mut library, actor, before.counter);
        assert_eq!(refused, Err(Refusal::NeedsOperator), "{actor:?}");
    }
    for counter in [0, before.counter - 1, before.counter + 1, u64::MAX] {
        let refused = says_over(&mut library, Actor::Tablet(tablet(1)), counter);
        assert_eq!(refused, Err(Refusal::NotAhead), "{counter}");
    }
    assert_eq!(pending(&library), before);
    library.is_proven(1);
    let refused = says_over(&mut library, Actor::Tablet(tablet(1)), before.counter);
    assert_eq!(refused, Err(Refusal::NotAhead));
    assert_eq!(library.word(1), StateWord::Ready);
}

#[test]
fn where_a_tablets_own_proof_does_not_count_its_order_waits_for_whose_word_does() {
    let mut library = back();
    library.policy.proof_kinds = vec![ProofKind::PersonConfirmed];
    let before = pending(&library);
    let refused = says_over(&mut library, Actor::Tablet(tablet(1)), before.counter);
    assert_eq!(refused, Err(Refusal::NotAhead));
    assert_eq!(pending(&library), before);
    library.policy.proof_kinds.push(ProofKind::TabletProven);
    ends_try(&mut library);
    assert_eq!(library.it(1).venue(), Some(VENUE));
}
