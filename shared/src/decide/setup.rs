//! Venues, operators, kiosks and images: what must be there before a tablet is.

use super::{Decided, Given};
use crate::{
    command::{AppointOperator, EnrolKiosk, ReleaseImage, SetKit},
    event::Event,
    refusal::Refusal,
    tablet::Tablet,
    venue::Venue,
};

/// What is read before something is set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// It is there already.
    pub exists: bool,
    /// The venues that it names are there.
    pub venues_exist: bool,
}

impl Known {
    fn check(self, given: &Given) -> Result<(), Refusal> {
        given.require_operator()?;
        match self {
            Self { exists: true, .. } => Err(Refusal::AlreadyThere),
            Self {
                venues_exist: false,
                ..
            } => Err(Refusal::VenueUnknown),
            Self {
                exists: false,
                venues_exist: true,
            } => Ok(()),
        }
    }
}

/// Lets a place lend.
pub fn open_venue(known: Known, venue: &Venue, given: &Given) -> Decided {
    known.check(given)?;
    let Venue {
        id,
        name,
        kind,
        calendar,
    } = venue.clone();
    Ok(vec![Event::VenueOpened {
        venue: id,
        name,
        kind,
        calendar,
    }])
}

/// Changes a place's name, kind or calendar.
pub fn change_venue(known: Known, venue: &Venue, given: &Given) -> Decided {
    given.require_operator()?;
    if !known.exists {
        return Err(Refusal::VenueUnknown);
    }
    let Venue {
        id,
        name,
        kind,
        calendar,
    } = venue.clone();
    Ok(vec![Event::VenueChanged {
        venue: id,
        name,
        kind,
        calendar,
    }])
}

/// Lets a member of staff act.
pub fn appoint_operator(known: Known, command: &AppointOperator, given: &Given) -> Decided {
    known.check(given)?;
    Ok(vec![Event::OperatorAppointed {
        operator: command.operator,
        venues: command.venues.clone(),
        badge: command.badge,
    }])
}

/// Gives a kiosk its identity.
pub fn enrol_kiosk(known: Known, command: &EnrolKiosk, given: &Given) -> Decided {
    known.check(given)?;
    let EnrolKiosk { kiosk, venue, key } = *command;
    Ok(vec![Event::KioskEnrolled { kiosk, venue, key }])
}

/// Lets an image be ordered.
pub fn release_image(known: Known, command: &ReleaseImage, given: &Given) -> Decided {
    known.check(given)?;
    let ReleaseImage {
        image,
        release,
        withdraw_on,
    } = command.clone();
    Ok(vec![Event::ImageReleased {
        image,
        release,
        withdraw_on,
    }])
}

/// What is read before a tablet's kit is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KitKnown {
    /// The tablet.
    pub tablet: Tablet,
}

/// Says what goes with a tablet.
pub fn set_kit(known: &KitKnown, command: &SetKit, given: &Given) -> Decided {
    given.require_operator()?;
    let word = known.tablet.word();
    if known.tablet.is_retired() {
        return Err(Refusal::Retired { word });
    }
    Ok(vec![Event::KitSet {
        tablet: command.tablet,
        kit: command.kit.clone(),
    }])
}
