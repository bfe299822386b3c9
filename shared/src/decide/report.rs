//! Reports: what is kept and moves nothing. Anybody can type a number, so staff
//! confirm it (R19); a tablet that is not known here is a question for a person.

use super::{Decided, Given};
use crate::{
    command::ReportBack,
    dispute::DisputeCause,
    event::Event,
    ids::{LoanId, TabletId, VenueId},
    refusal::Refusal,
    tablet::Tablet,
};

/// What is read before a report is noted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The tablet.
    pub tablet: Tablet,
}

/// Notes that somebody says a tablet is back.
pub fn report_back(known: &Known, _command: &ReportBack, _given: &Given) -> Decided {
    let word = known.tablet.word();
    if known.tablet.is_retired() {
        return Err(Refusal::Retired { word });
    }
    Ok(vec![Event::ReportedBack {
        tablet: known.tablet.id,
    }])
}

/// What is read of a tablet that is not known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownKnown {
    /// The id under which the kiosk knew it.
    pub tablet: TabletId,
    /// The loan that the kiosk spoke of.
    pub loan: Option<LoanId>,
    /// Where it was shown.
    pub venue: VenueId,
}

/// Keeps that a kiosk lent or took back a tablet that is not known here: nothing
/// that happened is dropped (R6), and a person finds out what it was.
pub fn unknown_seen(known: UnknownKnown, given: &Given) -> Decided {
    let UnknownKnown {
        tablet,
        loan,
        venue,
    } = known;
    Ok(vec![
        Event::UnknownTabletSeen {
            tablet,
            loan,
            venue,
        },
        Event::DisputeRaised {
            dispute: given.dispute,
            cause: DisputeCause::UnknownTablet,
            tablet,
            loan: None,
        },
    ])
}
