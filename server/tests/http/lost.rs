//! Lost mode: the lock is ordered at the next heartbeat, until the tablet says that it
//! is locked; the SIM comes after it; a hand opens the tablet again.

use server::clock;
use shared::{
    command::{Action, Relocate, StartReset, Whither},
    event::Actor,
    ids::TabletId,
    signed::order::{ORDER_VALID_MS, Order, Task},
    tablet::Presence,
    wire::v1::agent::AgentState,
};

use crate::world::{LEIGH, LOST_MESSAGE, OPERATOR, World};

fn is_lost(world: &World, tablet: TabletId) {
    let whither = Whither::Lost;
    let action = Action::Relocate(Relocate { tablet, whither });
    let operator = Actor::Operator(OPERATOR);
    world.command(operator, Some(LEIGH), action, clock::now());
}

fn lock_of(order: Option<Order>) -> Order {
    let order = order.expect("an order");
    let message = LOST_MESSAGE.to_owned();
    assert_eq!(order.task, Task::Lock { message });
    order
}

#[test]
fn a_lost_tablet_is_told_to_lock_itself_until_it_says_that_it_has() {
    let world = World::start();
    let mut tablet = world.ready_tablet("WGN-042");
    world.lend(tablet.id, 1);
    is_lost(&world, tablet.id);
    let first = lock_of(tablet.heartbeat().order());
    let again = lock_of(tablet.heartbeat().order());
    assert_eq!((first.order, first.counter), (again.order, again.counter));
    assert!(
        again.heartbeat_seq > first.heartbeat_seq,
        "bound anew (R10)"
    );
    assert_eq!((first.tablet, first.valid_ms), (tablet.id, ORDER_VALID_MS));
    let page = world.team_page("/");
    assert!(page.contains("Wait: its lock was sent"), "sent is not done");
    assert!(!page.contains("Its SIM may be stopped now"));
    tablet.state = AgentState::Locked;
    assert_eq!(tablet.heartbeat().order(), None, "it has heard");
    let page = world.team_page("/");
    assert!(page.contains("Its SIM may be stopped now") && page.contains("says that it is locked"));
}

#[test]
fn a_found_tablet_is_unlocked_first_and_reset_then() {
    let world = World::start();
    let mut tablet = world.ready_tablet("WGN-042");
    let loan = world.lend(tablet.id, 1);
    is_lost(&world, tablet.id);
    let lock = lock_of(tablet.heartbeat().order());
    tablet.state = AgentState::Locked;
    world.take_back(tablet.id, Some(loan), Presence::InHand);
    let unlock = tablet.heartbeat().order().expect("an order");
    assert_eq!(unlock.task, Task::Unlock);
    assert!(unlock.counter > lock.counter);
    tablet.state = AgentState::OnLoan;
    tablet.heartbeat().reset_order();
}

#[test]
fn r19_a_lost_tablet_whose_sticker_alone_was_seen_stays_locked_in_the_tray() {
    let world = World::start();
    let mut tablet = world.ready_tablet("WGN-042");
    let loan = world.lend(tablet.id, 1);
    is_lost(&world, tablet.id);
    world.take_back(tablet.id, Some(loan), Presence::StickerOnly);
    lock_of(tablet.heartbeat().order());
    tablet.state = AgentState::Locked;
    assert_eq!(tablet.heartbeat().order(), None);
    let (id, code) = (tablet.id, None);
    let start = Action::StartReset(StartReset { tablet: id, code });
    world.command(Actor::Operator(OPERATOR), Some(LEIGH), start, clock::now());
    let order = tablet.heartbeat().order().expect("an order");
    assert_eq!(order.task, Task::Unlock);
}

#[test]
fn a_tablet_that_is_locked_is_never_told_to_open_for_a_loan() {
    let world = World::start();
    let mut tablet = world.ready_tablet("WGN-042");
    is_lost(&world, tablet.id);
    tablet.state = AgentState::Locked;
    assert_eq!(tablet.heartbeat().order(), None);
    world.take_back(tablet.id, None, Presence::InHand);
    let order = tablet.heartbeat().order().expect("an order");
    assert_eq!(order.task, Task::Unlock);
}
