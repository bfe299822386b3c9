//! What a server that runs does by itself.

use server::{clock, timers};
use shared::{
    command::{Action, AgreeWipe, AskWipe},
    event::Actor,
    ids::WipeId,
    wipe::UNDO_MS,
};

use crate::world::{COLLEAGUE, LEIGH, OPERATOR, World};

#[test]
fn r9_a_wipe_that_two_people_agreed_on_is_ordered_without_anybody_asking() {
    let world = World::start();
    world.appoint(COLLEAGUE, "Demo Colleague");
    let mut tablet = world.ready_tablet("WGN-001");
    let id = tablet.id;
    {
        let _inside = world.runtime.enter();
        timers::start(&world.app);
    }
    let wipe = WipeId::from_bytes([1; 16]);
    let then = clock::now().plus_ms(-UNDO_MS);
    let act =
        |operator, action| world.command(Actor::Operator(operator), Some(LEIGH), action, then);
    act(OPERATOR, Action::AskWipe(AskWipe { wipe, tablet: id }));
    act(COLLEAGUE, Action::AgreeWipe(AgreeWipe { wipe }));
    // A docked tablet's answer is held back until there is an order.
    let mut docked = tablet.reading();
    docked.charging = Some(true);
    tablet.say(&docked).reset_order();
}
