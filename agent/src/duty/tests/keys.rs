//! The server's keys change: what is signed with the new one counts as soon as those
//! that are believed lead there, and nothing that is signed with the old one since.

use shared::signed::keyring::Keyring;

use super::*;

fn next() -> SecretKey {
    SecretKey::from_seed(&[102; 32])
}

fn handed_over() -> Envelope {
    let following = Keyring {
        current: next().public(),
        next: SecretKey::from_seed(&[103; 32]).public(),
        ..keyring_of(&server())
    };
    following.hand_over(&server(), &next())
}

fn changed(agent: &mut Agent) -> Vec<Effect> {
    agent.answered(|_, answer| answer.keyrings = vec![handed_over()])
}

/// A reset, ordered with this key.
fn ordered(agent: &mut Agent, key: &SecretKey) -> bool {
    let effects = agent.answered(|heartbeat, answer| {
        let bound = Order {
            heartbeat_seq: heartbeat.seq,
            ..reset_order()
        };
        answer.order = Some(Envelope::sign(&bound, key));
    });
    let starts = |effect: &Effect| matches!(effect, Effect::StartReset(_));
    effects.iter().any(starts)
}

#[test]
fn keys_that_follow_are_kept_told_at_once_and_believed_from_then_on() {
    let mut agent = Agent::new();
    assert_eq!(agent.beat().believes, Some(server().public().id()));
    assert!(!ordered(&mut agent, &next()), "nobody knows it yet");
    let effects = changed(&mut agent);
    assert!(effects.contains(&Effect::KeepKeyrings(vec![handed_over()])));
    assert!(effects.contains(&Effect::CallIn(0)));
    assert_eq!(agent.beat().believes, Some(next().public().id()));
    assert!(!ordered(&mut agent, &server()), "its time is over");
    assert!(ordered(&mut agent, &next()));
}

#[test]
fn keys_that_do_not_follow_change_nothing_and_that_is_said() {
    let mut agent = Agent::new();
    let stranger = SecretKey::from_seed(&[66; 32]);
    let astray = keyring_of(&stranger).hand_over(&server(), &stranger);
    let effects = agent.answered(|_, answer| answer.keyrings = vec![astray]);
    assert!(effects.contains(&Effect::Say(Notice::KeyringsNotHeld)));
    let keeps = |effect: &Effect| matches!(effect, Effect::KeepKeyrings(_));
    assert!(!effects.iter().any(keeps));
    assert!(ordered(&mut agent, &server()));
}

#[test]
fn the_same_keys_again_change_nothing() {
    let mut agent = Agent::new();
    changed(&mut agent);
    let effects = changed(&mut agent);
    assert!(effects.contains(&Effect::Say(Notice::KeyringsNotHeld)));
    assert!(ordered(&mut agent, &next()));
}

#[test]
fn an_order_at_work_when_the_keys_change_is_asked_for_once_more() {
    let mut agent = Agent::new();
    assert!(ordered(&mut agent, &server()));
    let counter = agent.beat().order_counter;
    changed(&mut agent);
    assert_eq!(agent.beat().order_counter, counter - 1);
    assert!(ordered(&mut agent, &next()), "the same order goes on");
}
