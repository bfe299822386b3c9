//! Wipes outside the return flow (R9): two operators, limits an hour, ten minutes in
//! which anybody may call it off, and a "stop all". One stolen login wipes nothing.

use planted::planted;

use super::{Decided, Given, reset};
use crate::{
    command::{AgreeWipe, AskWipe, CallOffWipe, StartWipe},
    event::Event,
    ids::OperatorId,
    image::ImageId,
    refusal::Refusal,
    tablet::{Custody, Reset, Tablet},
    wipe::{FLEET_MAX, HOUR_MS, OPERATOR_MAX, UNDO_MS, Wipe, WipeState},
};

/// What holds wipes back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Brakes {
    /// Wipes of this hour in which this operator has a part (`Wipe::counts_since`).
    pub by_operator: u32,
    /// Wipes of this hour in the fleet.
    pub in_fleet: u32,
    /// Who said "Stop all", while it holds.
    pub stopped_by: Option<OperatorId>,
}

impl Brakes {
    fn check(&self) -> Result<(), Refusal> {
        if self.stopped_by.is_some() {
            return Err(Refusal::WipesStopped);
        }
        if self.by_operator >= OPERATOR_MAX {
            return Err(Refusal::WipeLimit { max: OPERATOR_MAX });
        }
        Ok(())
    }
}

/// What is read before a wipe is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskKnown {
    /// There is a wipe of that id, or another of that tablet is pending.
    pub exists: bool,
    /// The tablet.
    pub tablet: Tablet,
    /// What holds it back.
    pub brakes: Brakes,
}

/// Asks for a wipe outside the return flow.
pub fn ask(known: &AskKnown, command: &AskWipe, given: &Given) -> Decided {
    given.named_operator()?;
    if known.exists {
        return Err(Refusal::AlreadyThere);
    }
    check_needs_two(&known.tablet)?;
    known.brakes.check()?;
    if known.brakes.in_fleet >= FLEET_MAX {
        return Err(Refusal::WipeLimit { max: FLEET_MAX });
    }
    Ok(vec![Event::WipeAsked {
        wipe: command.wipe,
        tablet: known.tablet.id,
        epoch: known.tablet.epoch,
    }])
}

/// A tablet that lies dirty at a venue needs one operator's hand and no second.
fn check_needs_two(tablet: &Tablet) -> Result<(), Refusal> {
    let word = tablet.word();
    if tablet.is_retired() {
        return Err(Refusal::Retired { word });
    }
    match (tablet.custody, tablet.reset) {
        (_, Reset::Ordered(_)) => Err(Refusal::AlreadyResetting),
        (Custody::AtVenue(_), Reset::Dirty | Reset::Failed { .. }) => Err(Refusal::WipeNotNeeded),
        (_, Reset::Dirty | Reset::Failed { .. } | Reset::Proven(_)) => Ok(()),
    }
}

/// What is read before a wipe is agreed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgreeKnown {
    /// The wipe.
    pub wipe: Wipe,
    /// What holds it back.
    pub brakes: Brakes,
}

/// Agrees to a colleague's wipe: in ten minutes it may be ordered. What was asked
/// for within the hour may be agreed to, so that nobody saves up wipes for one hour.
pub fn agree(known: &AgreeKnown, _command: &AgreeWipe, given: &Given) -> Decided {
    let operator = given.named_operator()?;
    let lapses_at = known.wipe.asked_at.plus_ms(HOUR_MS);
    if known.wipe.state != WipeState::Asked || given.now >= lapses_at {
        return Err(Refusal::WipeOver);
    }
    if known.wipe.asked_by == operator && !planted!(OneOperatorWipes) {
        return Err(Refusal::SameOperator);
    }
    known.brakes.check()?;
    Ok(vec![Event::WipeAgreed {
        wipe: known.wipe.id,
        tablet: known.wipe.tablet,
        starts_at: given.now.plus_ms(UNDO_MS),
    }])
}

/// What is read before a wipe is called off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallOffKnown {
    /// The wipe.
    pub wipe: Wipe,
}

/// Calls a wipe off: anybody may who may act.
pub fn call_off(known: &CallOffKnown, _command: &CallOffWipe, given: &Given) -> Decided {
    given.named_operator()?;
    known
        .wipe
        .is_pending()
        .then(|| vec![called_off(&known.wipe)])
        .ok_or(Refusal::WipeOver)
}

fn called_off(wipe: &Wipe) -> Event {
    Event::WipeCalledOff {
        wipe: wipe.id,
        tablet: wipe.tablet,
    }
}

/// What is read before a wipe begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartKnown {
    /// The wipe.
    pub wipe: Wipe,
    /// Its tablet.
    pub tablet: Tablet,
    /// Somebody said "Stop all".
    pub stopped: bool,
    /// The image that tablets are reset to.
    pub image: Option<ImageId>,
}

/// Orders a wipe whose time has come. What two people agreed on is never done to
/// the next borrower's: a tablet that began another stretch of life is let be.
pub fn start(known: &StartKnown, _command: &StartWipe, given: &Given) -> Decided {
    given.require_operator()?;
    match known.wipe.state {
        WipeState::Agreed { starts_at } if given.now >= starts_at => {}
        WipeState::Asked | WipeState::Agreed { .. } => return Err(Refusal::WipeNotDue),
        WipeState::Started { .. } | WipeState::CalledOff => return Err(Refusal::WipeOver),
    }
    if known.stopped {
        return Err(Refusal::WipesStopped);
    }
    if known.tablet.epoch != known.wipe.epoch || check_needs_two(&known.tablet).is_err() {
        return Ok(vec![called_off(&known.wipe)]);
    }
    let image = known.image.ok_or(Refusal::NoImage)?;
    let started = Event::WipeStarted {
        wipe: known.wipe.id,
        tablet: known.tablet.id,
    };
    let after = given.after(&known.tablet, std::slice::from_ref(&started));
    Ok(vec![started, reset::order(&after, image, given)])
}

/// What is read before all wipes are stopped, or let begin again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StopKnown {
    /// Wipes that have not begun.
    pub pending: Vec<Wipe>,
    /// Who said "Stop all", while it holds.
    pub stopped_by: Option<OperatorId>,
}

/// "Stop all": no wipe outside the return flow begins, and those that wait are off.
pub fn stop(known: &StopKnown, given: &Given) -> Decided {
    given.named_operator()?;
    if known.stopped_by.is_some() {
        return Err(Refusal::WipesStopped);
    }
    let off = known.pending.iter().map(called_off);
    Ok(std::iter::once(Event::WipesStopped).chain(off).collect())
}

/// Lets wipes begin again: somebody else than who stopped them says so.
pub fn allow(known: &StopKnown, given: &Given) -> Decided {
    let operator = given.named_operator()?;
    let stopped_by = known.stopped_by.ok_or(Refusal::NothingStopped)?;
    if stopped_by == operator {
        return Err(Refusal::SameOperator);
    }
    Ok(vec![Event::WipesAllowed])
}
