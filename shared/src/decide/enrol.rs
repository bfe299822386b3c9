//! Enrolment: a tablet gets its identity, and its first reset is ordered. Whoever
//! enrols it has it in hand, and nobody has borrowed it yet.

use super::{Decided, Given, reset};
use crate::{command::EnrolTablet, event::Event, image::ImageId, refusal::Refusal, tablet::Tablet};

/// What is read before a tablet is enrolled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Another tablet has the id, the number or the tag.
    pub number_taken: bool,
    /// Another tablet has the serial number.
    pub serial_taken: bool,
    /// The venue is there.
    pub venue_exists: bool,
    /// The image that tablets are reset to.
    pub image: Option<ImageId>,
}

/// Gives a tablet its identity and orders its first reset.
pub fn enrol(known: &Known, command: &EnrolTablet, given: &Given) -> Decided {
    given.require_operator()?;
    if known.number_taken {
        return Err(Refusal::NumberTaken);
    }
    if known.serial_taken {
        return Err(Refusal::SerialTaken);
    }
    if !known.venue_exists {
        return Err(Refusal::VenueUnknown);
    }
    let image = known.image.ok_or(Refusal::NoImage)?;
    let enrolled = enrolled(command.clone());
    let tablet = Tablet::from_enrolment(&given.recorded(enrolled.clone()))
        .expect("an enrolment makes a tablet");
    Ok(vec![enrolled, reset::order(&tablet, image, given)])
}

fn enrolled(command: EnrolTablet) -> Event {
    let EnrolTablet {
        tablet,
        number,
        serial,
        model,
        venue,
        keys,
        tag,
    } = command;
    Event::TabletEnrolled {
        tablet,
        number,
        serial,
        model,
        venue,
        keys,
        tag,
    }
}
