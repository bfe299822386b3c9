//! Missing, lost, withdrawn, gifted: where a tablet is when it is neither with a
//! venue nor with a borrower. It is found by being scanned: that is a return.

use super::{Decided, Given, hold::no_longer_put_aside};
use crate::{
    command::{Relocate, Whither},
    event::Event,
    loan::Loan,
    refusal::Refusal,
    tablet::{Custody, StateWord, Tablet},
};

/// What is read before a tablet is said to be somewhere else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The tablet.
    pub tablet: Tablet,
    /// Its loan that is not over, if there is one.
    pub current: Option<Loan>,
}

/// Says that a tablet is missing, lost, or leaves the fleet.
pub fn relocate(known: &Known, command: &Relocate, given: &Given) -> Decided {
    given.require_operator()?;
    check(known, command.whither)?;
    let tablet = known.tablet.id;
    let mut events: Vec<Event> = no_longer_put_aside(&known.tablet).into_iter().collect();
    match command.whither {
        Whither::Missing => events.push(Event::MarkedMissing { tablet }),
        Whither::Lost => events.push(Event::MarkedLost { tablet }),
        Whither::Withdrawn => {
            let loan = known.current.as_ref().map(|loan| loan.id);
            let written_off = |loan| Event::WrittenOff { tablet, loan };
            events.extend(loan.map(written_off));
            events.push(Event::Withdrawn { tablet });
        }
        Whither::Gifted => events.push(Event::Gifted { tablet }),
    }
    Ok(events)
}

fn check(known: &Known, whither: Whither) -> Result<(), Refusal> {
    let tablet = &known.tablet;
    let word = tablet.word();
    if tablet.is_retired() {
        return Err(Refusal::Retired { word });
    }
    match whither {
        Whither::Missing => check_missing(known),
        Whither::Lost => (tablet.custody != Custody::Lost)
            .then_some(())
            .ok_or(Refusal::AlreadyThere),
        Whither::Withdrawn => (word != StateWord::OnLoan)
            .then_some(())
            .ok_or(Refusal::TabletOnLoan),
        // Nobody is given what somebody else left on it.
        Whither::Gifted => matches!(word, StateWord::Ready | StateWord::PutAside)
            .then_some(())
            .ok_or(Refusal::TabletNotReady { word }),
    }
}

/// What a borrower has is overdue, and then lost with its loan; it is never just
/// missing.
fn check_missing(known: &Known) -> Result<(), Refusal> {
    let lost_on_loan = known.current.as_ref().is_some_and(Loan::is_open);
    match known.tablet.custody {
        Custody::Missing => Err(Refusal::AlreadyThere),
        Custody::OnLoan(_) => Err(Refusal::TabletOnLoan),
        Custody::Lost if lost_on_loan => Err(Refusal::TabletOnLoan),
        Custody::AtVenue(_)
        | Custody::InTransit(_)
        | Custody::Lost
        | Custody::Withdrawn
        | Custody::Gifted => Ok(()),
    }
}
