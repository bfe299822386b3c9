//! A tablet whose receipt was refused: it says so, and its order is no dead end.

use server::clock;
use shared::{
    command::{Action, ClearFlag, StartReset},
    digest::Digest,
    event::Actor,
    image::ImageId,
    signed::{order::Order, receipt::Receipt, verdict::Answer},
    tablet::{Flag, ProofKind, RESET_TRIES_MAX, StateWord, WithheldReason},
    wire::v1::agent::{AgentState, Heartbeat},
};

use crate::{
    callers::TabletCaller,
    world::{LEIGH, OPERATOR, World},
};

/// It hands in a receipt of this order that is refused; and what it says from then on.
fn refused(tablet: &mut TabletCaller<'_>, order: &Order) -> Heartbeat {
    let receipt = Receipt {
        image: ImageId(Digest::of(b"another image")),
        ..tablet.receipt_for(order)
    };
    let code = "receipt-wrong-image".to_owned();
    assert_eq!(tablet.hand_in(&receipt), Answer::Refused { code });
    let state = AgentState::Failed;
    let mut over = tablet.reading();
    (over.state, over.order_counter) = (state, order.counter);
    over
}

#[test]
fn a_tablet_whose_receipt_was_refused_is_given_another_order_and_looked_at_after_five() {
    let world = World::start();
    let mut tablet = world.tablet("WGN-042");
    let mut order = tablet.heartbeat().reset_order();
    for tries in 1..RESET_TRIES_MAX {
        let over = refused(&mut tablet, &order);
        assert_eq!(
            world.look(tablet.id).word(),
            StateWord::Resetting,
            "the receipt itself changes nothing"
        );
        let next = tablet.say(&over).reset_order();
        assert_eq!(next.counter, order.counter + 1, "try {tries}");
        assert_ne!(next.order, order.order);
        order = next;
        let page = world.team_page("/");
        assert!(page.contains("It is trying again."), "{page}");
    }
    let over = refused(&mut tablet, &order);
    assert_eq!(tablet.say(&over).order(), None);
    assert_eq!(world.look(tablet.id).word(), StateWord::NeedsAttention);
    let page = world.team_page("/");
    for words in [
        "Ask whoever runs the server",
        "It says that it is clean, and its proof was not taken.",
        "The proof is about something else than it was to be reset to.",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    // Whoever took it in hand, and put right what it was, starts afresh.
    let (id, flag) = (tablet.id, Flag::Withheld(WithheldReason::ResetFailed));
    let clear = Action::ClearFlag(ClearFlag { tablet: id, flag });
    let start = Action::StartReset(StartReset {
        tablet: id,
        code: None,
    });
    for action in [clear, start] {
        world.command(Actor::Operator(OPERATOR), Some(LEIGH), action, clock::now());
    }
    let afresh = tablet.say(&over).reset_order();
    assert_eq!(afresh.counter, order.counter + 1);
    let receipt = tablet.receipt_for(&afresh);
    assert_eq!(tablet.hand_in(&receipt), Answer::Accepted);
    assert_eq!(world.look(tablet.id).word(), StateWord::Ready);
    assert!(!world.team_page("/").contains("its proof was not taken"));
}

#[test]
fn why_a_proof_was_not_taken_is_said_of_the_very_try_that_it_ended() {
    let world = World::start();
    let mut tablet = world.tablet("WGN-042");
    let order = tablet.heartbeat().reset_order();
    let over = refused(&mut tablet, &order);
    let next = tablet.say(&over).reset_order();
    let why = "The proof is about something else";
    assert!(world.team_page("/").contains(why));
    // The next try ends by its word alone, as after a backup that was brought back.
    let mut over = tablet.reading();
    (over.state, over.order_counter) = (AgentState::Failed, next.counter);
    tablet.say(&over);
    let page = world.team_page("/");
    assert!(page.contains("its proof was not taken") && !page.contains(why));
}

#[test]
fn where_no_tablets_own_proof_counts_one_that_was_refused_waits_and_calls_as_at_rest() {
    let world = World::start_taking(&[ProofKind::PersonConfirmed]);
    let mut tablet = world.tablet("WGN-001");
    let order = tablet.heartbeat().reset_order();
    let code = "receipt-wrong-kind".to_owned();
    let receipt = tablet.receipt_for(&order);
    assert_eq!(tablet.hand_in(&receipt), Answer::Refused { code });
    tablet.state = AgentState::Failed;
    let mut over = tablet.reading();
    over.order_counter = order.counter;
    let answered = tablet.say(&over);
    assert!(answered.0.next_call_ms >= 1000, "nothing can come of it");
    assert_eq!(answered.reset_order().order, order.order);
    // One that has not begun it yet is waited for.
    let mut before = tablet.reading();
    before.order_counter = order.counter - 1;
    assert!(tablet.say(&before).0.next_call_ms <= 100);
    // On a dock, too: the same order once more is no news.
    let seen = world.seen(tablet.id);
    let is_news = |reading| seen.says_something(reading, clock::now());
    assert_eq!((is_news(&over), is_news(&before)), (false, true));
}
