//! Enrolment: a tablet gets its identity, and its first reset is ordered; or an agent
//! comes to speak for one that had none, and proves it from there on. Whoever enrols it
//! has it in hand.

use super::{Decided, Given, reset};
use crate::{
    command::{EnrolAgent, EnrolTablet},
    event::Event,
    image::ImageId,
    refusal::Refusal,
    tablet::{Custody, Reset, Tablet},
};

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

/// What is read before an agent is let speak for a tablet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentKnown {
    /// The tablet.
    pub tablet: Tablet,
    /// The image that tablets are reset to.
    pub image: Option<ImageId>,
}

/// Lets an agent speak for a tablet that had none, and has it prove a reset: no word of
/// before lends it any more, for it was in use meanwhile, and its agent lets nobody in
/// until then.
pub fn enrol_agent(known: &AgentKnown, command: &EnrolAgent, given: &Given) -> Decided {
    given.require_operator()?;
    check_agent(&known.tablet, command)?;
    let (tablet, keys) = (command.tablet, command.keys);
    let enrolled = Event::AgentEnrolled { tablet, keys };
    let after = given.after(&known.tablet, std::slice::from_ref(&enrolled));
    match after.reset {
        // It proves itself with the one that waits.
        Reset::Ordered(_) => Ok(vec![enrolled]),
        Reset::Dirty | Reset::Proven(_) | Reset::Failed { .. } => {
            let image = known.image.ok_or(Refusal::NoImage)?;
            Ok(vec![enrolled, reset::order(&after, image, given)])
        }
    }
}

/// It has none, it is this very tablet, and it is where somebody says to have it in hand.
fn check_agent(tablet: &Tablet, command: &EnrolAgent) -> Result<(), Refusal> {
    let word = tablet.word();
    if tablet.is_retired() {
        return Err(Refusal::Retired { word });
    }
    if tablet.keys.is_some() {
        return Err(Refusal::AlreadyThere);
    }
    if tablet.serial != command.serial {
        return Err(Refusal::SerialDiffers);
    }
    (tablet.custody == Custody::AtVenue(command.venue))
        .then_some(())
        .ok_or(Refusal::NotInHand { word })
}
