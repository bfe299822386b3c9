//! Facts in an order that no decision of today makes: the log may hold any, and what
//! they make of a tablet leaves it a way to be lent again.

use shared::{
    command::{Action, StartReset},
    event::{Event, Origin, Recorded},
    ids::{CommandId, OrderId},
    kit::Condition,
    signed::receipt::FailedStep,
    tablet::{Presence, Reset},
};

use crate::{
    library::{Library, verbs::tablet},
    world::{OPERATOR, VENUE},
};

/// This fact comes next.
fn comes(library: &mut Library, event: Event) {
    let recorded = Recorded {
        server_seq: u64::MAX,
        origin: Origin::Server,
        origin_seq: None,
        command: CommandId::from_bytes([0x1c; 16]),
        actor: OPERATOR,
        venue: Some(VENUE),
        occurred_at: library.now,
        recorded_at: library.now,
        clock_sure: true,
        seen: 0,
        event,
    };
    library.apply(&recorded);
}

fn returned() -> Event {
    Event::Returned {
        tablet: tablet(1),
        loan: None,
        venue: VENUE,
        presence: Presence::StickerOnly,
        condition: Condition::NotSeen,
    }
}

#[test]
fn a_failed_reset_that_nobody_withheld_is_begun_afresh_when_it_is_next_seen() {
    let mut library = Library::with_tablets(1);
    let failed = Event::ResetFailed {
        tablet: tablet(1),
        order: OrderId::from_bytes([0x1d; 16]),
        tries: 1,
        why: FailedStep::Wipe,
    };
    comes(&mut library, failed);
    let epoch = library.it(1).epoch;
    comes(&mut library, returned());
    assert_eq!(library.it(1).epoch, epoch.next());
    assert_eq!(library.it(1).reset, Reset::Dirty);
    let (tablet, code) = (tablet(1), None);
    library.does(Action::StartReset(StartReset { tablet, code }));
    library.is_proven(1);
}
