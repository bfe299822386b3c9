//! "Have you still got it?": asked once, shown again where a start took it off the screen,
//! and the answer is sent until the server has it.

use super::*;

fn ask(_: &Heartbeat, answer: &mut HeartbeatAnswer) {
    answer.ask = Some(StillGotIt { loan: loan() });
}

fn is_asked(effects: &[Effect]) -> bool {
    effects.contains(&Effect::Ask(StillGotIt { loan: loan() }))
}

fn on_loan() -> Agent {
    Agent::in_life(Life::OnLoan {
        loan: loan(),
        due_on: due_on(12),
    })
}

#[test]
fn a_person_is_asked_again_after_a_start_which_leaves_no_screen_as_it_was() {
    let mut agent = on_loan();
    assert!(is_asked(&agent.answered(ask)));
    for _start in 0..2 {
        agent.power_cut();
        assert!(is_asked(&agent.answered(ask)));
        assert!(!is_asked(&agent.answered(ask)), "once after each start");
    }
    // Where the question is over, it is not.
    agent.power_cut();
    let over = agent.answered(|_, _| ());
    assert!(over.contains(&Effect::ClearQuestion) && !is_asked(&over));
}

#[test]
fn a_person_is_asked_once_and_the_answer_is_sent_until_the_server_has_it() {
    let loan = loan();
    let mut agent = on_loan();
    assert!(is_asked(&agent.answered(ask)));
    assert!(!is_asked(&agent.answered(ask)));
    let id = CommandId::from_bytes([1; 16]);
    let other = LoanId::from_bytes([9; 16]);
    let stray = agent.handle(Input::PersonAnswered {
        id,
        loan: other,
        yes: true,
    });
    assert!(says(&stray, &Notice::NotAsked));
    agent.handle(Input::PersonAnswered {
        id,
        loan,
        yes: true,
    });
    let expected = Some(StillGotItAnswer {
        id,
        loan,
        yes: true,
    });
    assert_eq!(agent.beat().answer, expected);
    agent.power_cut();
    assert_eq!(agent.beat().answer, expected, "it was never answered");
    assert!(!is_asked(&agent.answered(ask)));
    assert_eq!(agent.beat().answer, None);
}
