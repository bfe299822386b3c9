//! A typed number is only a report: anybody can type a number. It moves nothing
//! and erases nothing; staff confirm it (R19).

use super::{Decided, Given};
use crate::{command::ReportBack, event::Event, refusal::Refusal, tablet::Tablet};

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
