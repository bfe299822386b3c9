//! Undo: a fact that makes up for another, by the operator who did it, while nothing
//! has touched the tablet since. A return can be undone until its reset order was
//! delivered: after that, the borrower's things may be gone. Undoing erases nothing:
//! whoever undoes a check out need not have the tablet in hand (R19).

use super::{Decided, Given, hold::no_longer_put_aside};
use crate::{
    command::Undo,
    dispute::DisputeCause,
    event::{Actor, Event},
    ids::{LoanId, TabletId},
    refusal::Refusal,
    tablet::Tablet,
};

/// What one command did to one tablet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// Who did it.
    pub actor: Actor,
    /// Its facts, in their order.
    pub events: Vec<Event>,
    /// The tablet that undoing changes ([`tablet`]), as it is.
    pub tablet: Tablet,
    /// Something happened to that tablet since.
    pub touched_since: bool,
    /// The reset that it ordered was delivered to the tablet.
    pub order_delivered: bool,
    /// A dispute that contests its loan waits for a person.
    pub contested: bool,
}

/// What is read before something is undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// What the command did, if it was taken and did what can be undone.
    pub done: Option<Done>,
}

/// Undoes one's own check out or return.
pub fn undo(known: &Known, _command: &Undo, given: &Given) -> Decided {
    given.named_operator()?;
    let done = known.done.as_ref().ok_or(Refusal::NothingToUndo)?;
    let what = what(&done.events).ok_or(Refusal::NothingToUndo)?;
    if done.actor != given.actor {
        return Err(Refusal::NotYours);
    }
    if done.touched_since || done.order_delivered {
        return Err(Refusal::TooLateToUndo);
    }
    match what {
        What::Lent(lent) => Ok(never_lent(done, lent)),
        What::TakenBack(_, loan) => Ok(never_back(done, loan, given)),
    }
}

/// The tablet that undoing a command with these facts would change. The command may
/// have changed others on its way: one that was put aside for the same borrower.
pub fn tablet(events: &[Event]) -> Option<TabletId> {
    match what(events)? {
        What::Lent(undone) => undone.tablet(),
        What::TakenBack(tablet, _) => Some(tablet),
    }
}

enum What {
    Lent(Event),
    TakenBack(TabletId, LoanId),
}

fn what(events: &[Event]) -> Option<What> {
    events.iter().find_map(|event| {
        if let Event::CheckedOut {
            tablet,
            loan,
            venue,
            ..
        } = *event
        {
            return Some(What::Lent(Event::CheckOutUndone {
                tablet,
                loan,
                venue,
            }));
        }
        if let Event::Returned {
            tablet,
            loan: Some(loan),
            ..
        } = *event
        {
            return Some(What::TakenBack(tablet, loan));
        }
        None
    })
}

/// The loan is void and a new epoch begins: for a moment the tablet was somebody's.
/// Whose hold it served waits again.
fn never_lent(done: &Done, undone: Event) -> Vec<Event> {
    let mut events = vec![undone];
    let tablet = done.tablet.id;
    for event in &done.events {
        if let Event::HoldEnded { hold, .. } = event {
            let hold = Some(*hold);
            events.push(Event::PutAsideEnded { tablet, hold });
        }
    }
    events
}

/// The loan is open again, or as contested as it was, and what the return said of
/// the tablet is unsaid.
fn never_back(done: &Done, loan: LoanId, given: &Given) -> Vec<Event> {
    let tablet = done.tablet.id;
    let mut events = vec![Event::ReturnUndone { tablet, loan }];
    events.extend(no_longer_put_aside(&done.tablet));
    for event in &done.events {
        if let Event::FlagSet { flag, .. } = *event {
            events.push(Event::FlagCleared { tablet, flag });
        }
    }
    if done.contested {
        events.push(Event::DisputeRaised {
            dispute: given.dispute,
            cause: DisputeCause::ReturnContested,
            tablet,
            loan: Some(loan),
        });
    }
    events
}
