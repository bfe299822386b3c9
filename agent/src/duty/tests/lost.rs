//! A tablet that is lost: locked by the server's signed word alone, for as long as no
//! later word opens it, whatever else happens.

use super::*;

const WORDS: &str = "This tablet is lost. Please ring 01942 000000.";

fn lock(counter: u64) -> Order {
    let message = WORDS.to_owned();
    Order {
        counter,
        ..order(1, 1, Task::Lock { message })
    }
}

fn unlock(counter: u64) -> Order {
    Order {
        counter,
        ..order(1, 1, Task::Unlock)
    }
}

fn ready() -> Agent {
    Agent::in_life(Life::Ready)
}

fn locked() -> Agent {
    let mut agent = ready();
    agent.ordered(lock(1_000));
    agent
}

fn why_not(effects: &[Effect]) -> Option<&NotHeld> {
    effects.iter().find_map(|effect| match effect {
        Effect::Say(Notice::OrderNotHeld(why)) => Some(why),
        _other => None,
    })
}

#[test]
fn a_lock_is_kept_shown_and_told_at_once_and_a_later_word_opens_the_tablet() {
    let mut agent = ready();
    let effects = agent.ordered(lock(1_000));
    assert!(effects.contains(&Effect::ShowLost(WORDS.to_owned())));
    assert!(effects.contains(&Effect::CallIn(0)));
    assert_eq!(agent.beat().state, AgentState::Locked);
    let effects = agent.ordered(unlock(1_001));
    assert!(effects.contains(&Effect::ClearLost));
    let kept = |it: &Effect| matches!(it, Effect::KeepLock(it) if it.open::<Order>(&server().public()).is_ok_and(|it| it.task == Task::Unlock));
    assert!(effects.iter().any(kept), "the privileged half checks it");
    assert_eq!(agent.beat().state, AgentState::Ready);
}

#[test]
fn a_locked_tablet_stays_locked_through_any_number_of_power_cuts() {
    let mut agent = ready();
    // The power goes before anything that follows from the record was done.
    agent.ordered(lock(1_000));
    for _cut in 0..3 {
        agent.power_cut();
        assert_eq!(agent.duty.state(), AgentState::Locked);
        let effects = agent.handle(Input::Turn);
        assert!(effects.contains(&Effect::ShowLost(WORDS.to_owned())));
        assert!(effects.iter().any(|it| matches!(it, Effect::KeepLock(_))));
    }
    agent.ordered(unlock(1_001));
    agent.power_cut();
    assert!(agent.handle(Input::Turn).contains(&Effect::ClearLost));
    assert_eq!(agent.duty.state(), AgentState::Ready);
}

#[test]
fn r10_an_unlock_of_before_opens_nothing_and_the_same_word_again_changes_nothing() {
    let mut agent = ready();
    agent.ordered(lock(1_000));
    agent.ordered(unlock(1_001));
    agent.ordered(lock(1_002));
    for replayed in [unlock(1_001), unlock(1_002), unlock(999), lock(1_000)] {
        let effects = agent.ordered(replayed);
        assert_eq!(why_not(&effects), Some(&NotHeld::Replayed));
        assert_eq!(agent.duty.state(), AgentState::Locked);
    }
    let again = agent.ordered(lock(1_002));
    assert_eq!(why_not(&again), None);
    assert!(!again.iter().any(|it| matches!(it, Effect::Save(_))));
}

#[test]
fn r10_nobody_but_the_server_locks_or_opens_a_tablet_and_only_this_one_in_time() {
    let other = TabletId::from_bytes([9; 16]);
    for (first, attack) in [(None, lock(5_000)), (Some(lock(1_000)), unlock(5_000))] {
        let mut agent = ready();
        if let Some(first) = first {
            agent.ordered(first);
        }
        let state = agent.duty.state();
        let forged = agent.answered(|heartbeat, answer| {
            let bound = Order {
                heartbeat_seq: heartbeat.seq,
                ..attack.clone()
            };
            answer.order = Some(Envelope::sign(&bound, &proof()));
        });
        assert!(matches!(why_not(&forged), Some(NotHeld::NotSigned(_))));
        let elsewhere = agent.ordered(Order {
            tablet: other,
            ..attack.clone()
        });
        assert_eq!(why_not(&elsewhere), Some(&NotHeld::OtherTablet));
        let boot = BootId::from_bytes([9; 16]);
        let before = agent.ordered(Order {
            boot,
            ..attack.clone()
        });
        assert_eq!(why_not(&before), Some(&NotHeld::OtherBoot));
        let heartbeat = agent.beat();
        agent.now_ms += ORDER_VALID_MS + 1;
        let bound = Order {
            heartbeat_seq: heartbeat.seq,
            ..attack
        };
        let answer = Box::new(HeartbeatAnswer {
            now: Moment::from_ms(0),
            next_call_ms: 60_000,
            keyrings: Vec::new(),
            order: Some(Envelope::sign(&bound, &server())),
            stage: None,
            ask: None,
            loan: None,
        });
        let seq = heartbeat.seq;
        let late = agent.handle(Input::Answered { seq, answer });
        assert_eq!(why_not(&late), Some(&NotHeld::Expired));
        assert_eq!(agent.duty.state(), state, "nothing was done");
    }
}

#[test]
fn a_locked_tablet_opens_for_no_loan_and_is_reset_all_the_same() {
    let mut agent = locked();
    let effects = agent.ordered(loan_order(2));
    assert!(effects.contains(&Effect::Say(Notice::LoanWaitsLocked)));
    assert_eq!(agent.duty.state(), AgentState::Locked);
    let mut agent = Agent::in_life(Life::OnLoan {
        loan: loan(),
        due_on: due_on(12),
    });
    agent.ordered(lock(1_000));
    assert!(starts_reset(&agent.ordered(reset_order())));
    let receipt = receipt(Outcome::Verified);
    agent.handle(ended(&receipt));
    agent.verdict(Answer::Accepted, &receipt);
    assert_eq!(agent.duty.state(), AgentState::Locked, "clean, and locked");
    agent.ordered(unlock(1_001));
    assert_eq!(agent.duty.state(), AgentState::Ready);
}

#[test]
fn a_record_of_before_there_were_locks_is_read_and_written_as_it_was() {
    let json = serde_json::to_string(&Record::enrolled()).unwrap();
    assert!(!json.contains("lock"));
    let read: Record = serde_json::from_str(&json).unwrap();
    assert_eq!(read, Record::enrolled());
}
