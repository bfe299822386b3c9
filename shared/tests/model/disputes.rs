//! Disputes: facts that do not fit, until a person decides (R6).

use shared::{
    command::AnswerStillGotIt,
    decide::{Given, dispute},
    event::{Actor, Event},
    ids::{DisputeId, HoldId, Nonce, OrderId},
};

use crate::library::{
    Library,
    verbs::{ANN, tablet},
};

fn given(library: &Library, actor: Actor) -> Given {
    Given {
        now: library.now,
        occurred_at: library.now,
        clock_sure: true,
        from_old_copy: false,
        actor,
        order: OrderId::from_bytes([0x91; 16]),
        nonce: Nonce::from_bytes([0x91; 16]),
        dispute: DisputeId::from_bytes([0x91; 16]),
    }
}

#[test]
fn r7_a_tablet_that_is_not_back_after_all_is_kept_here_for_nobody() {
    let mut library = Library::with_tablets(1);
    let loan = library.lend(1, ANN);
    library.comes_back(1);
    let mut it = library.it(1).clone();
    let hold = HoldId::from_bytes([0x92; 16]);
    it.put_aside = Some(hold);
    let (tablet, yes) = (tablet(1), true);
    let command = AnswerStillGotIt { tablet, loan, yes };
    let given = given(&library, Actor::Tablet(tablet));
    let known = dispute::AnswerKnown { tablet: it };
    let events = dispute::answer(&known, &command, &given).expect("answered");
    let hold = Some(hold);
    assert!(events.contains(&Event::PutAsideEnded { tablet, hold }));
}
