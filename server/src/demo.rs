//! A made-up fleet, reached through real commands alone: what a page or a kiosk
//! shows of it is what it would show of a real one. The same seed makes the same
//! fleet. People and partners are plainly made up.

mod council;
mod dice;
mod lives;
mod plan;

use shared::{badge::Badge, refusal::Refusal, time::Moment};

use crate::store::{Fault, Store};

/// The card of the borrower who has no tablet yet.
pub const CARD: &str = "D1234567";

/// What was made up.
#[derive(Debug)]
pub struct Filled {
    /// Opens a staffed session of Demo Librarian at Wigan Library.
    pub badge: Badge,
    /// How many tablets.
    pub tablets: u16,
    /// How many venues.
    pub venues: usize,
}

/// Why there is no made-up fleet.
#[derive(Debug, thiserror::Error)]
pub enum FillError {
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// A step of the made-up story is against the rules.
    #[error("step {step} of the made-up story was refused: {refusal:?}")]
    Refused {
        /// Which step.
        step: usize,
        /// Why.
        refusal: Refusal,
    },
}

/// Fills an empty store, in which an image is released, with a fleet of `tablets`
/// as it might be at `now`.
pub fn fill(store: &mut Store, tablets: u16, seed: u64, now: Moment) -> Result<Filled, FillError> {
    let mut dice = dice::Dice::new(seed);
    let council = council::Council::make_up(&mut dice);
    let mut plan = plan::Plan::default();
    council.open(&mut plan, now);
    for person in council.borrowers(tablets) {
        store.add_borrower(person.id, &person.short_name, &person.card)?;
    }
    let image = store.read().image_current()?.map(|image| image.id);
    let mut fleet = lives::Fleet::new(&council, &mut dice, image, now);
    fleet.live(tablets, &mut plan);
    let (tags, heard) = fleet.aside();
    plan.carry_out(store)?;
    for (tablet, tag) in tags {
        store.keep_tag(tablet, &tag)?;
    }
    for (tablet, heartbeat, at) in heard {
        store.heard(tablet, &heartbeat, at)?;
    }
    Ok(Filled {
        badge: council.badge(),
        tablets,
        venues: council.venues.len(),
    })
}

#[cfg(test)]
mod tests;
