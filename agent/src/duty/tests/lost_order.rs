//! An order that was handed to `reset` and perhaps never begun: the power went, or
//! its time passed, before `reset` had it in its own journal.

use super::*;

/// The number of the last order begun, as a heartbeat tells it.
fn told(agent: &mut Agent) -> u64 {
    agent.beat().order_counter
}

fn handed_over() -> Agent {
    let mut agent = Agent::new();
    assert!(starts_reset(&agent.ordered(reset_order())));
    assert_eq!(told(&mut agent), reset_order().counter);
    agent
}

/// The kernel starts anew; what is durable is all that is left.
fn restarted(agent: &Agent) -> Agent {
    let boot = BootId::from_bytes([9; 16]);
    let known = Known { boot, ..known() };
    let at_hand = BTreeSet::from([image()]);
    Agent {
        duty: Duty::new(known, agent.durable.clone(), at_hand),
        last_seq: agent.last_seq,
        ..Agent::with(agent.durable.clone())
    }
}

#[test]
fn an_order_handed_over_before_a_restart_is_asked_for_again_and_goes_on() {
    let mut agent = restarted(&handed_over());
    // It may have been begun, and then it goes on by itself.
    assert!(starts_reset(&agent.handle(Input::Turn)));
    assert!(told(&mut agent) < reset_order().counter);
    let again = Order {
        boot: BootId::from_bytes([9; 16]),
        ..reset_order()
    };
    assert!(starts_reset(&agent.ordered(again)));
    assert_eq!(told(&mut agent), reset_order().counter);
}

#[test]
fn an_order_whose_time_has_passed_is_asked_for_again_no_more_than_once_in_that_time() {
    let mut agent = handed_over();
    agent.now_ms += ORDER_VALID_MS;
    assert_eq!(told(&mut agent), reset_order().counter);
    agent.now_ms += 1;
    assert!(told(&mut agent) < reset_order().counter);
    assert!(starts_reset(&agent.ordered(reset_order())));
    assert_eq!(told(&mut agent), reset_order().counter);
}

#[test]
fn an_order_that_reset_refused_is_asked_for_again() {
    let mut agent = handed_over();
    let why = "it refused the order".to_owned();
    agent.handle(Input::ResetBroke { why });
    assert!(agent.handle(Input::Turn).is_empty());
    assert!(told(&mut agent) < reset_order().counter);
    assert!(starts_reset(&agent.ordered(reset_order())));
}

/// The record that held the delivery is lost, and the server has taken the receipt.
#[test]
fn a_receipt_is_delivered_under_the_same_id_after_the_newest_record_was_lost() {
    let receipt = receipt(Outcome::Verified);
    let mut agent = Agent::new();
    agent.ordered(reset_order());
    let before = agent.durable.clone();
    let first = delivers(&agent.handle(ended(&receipt)));
    let mut agent = Agent::with(before.fallen_back());
    let second = delivers(&agent.handle(ended(&receipt)));
    assert!(first.is_some());
    assert_eq!(first, second);
}
