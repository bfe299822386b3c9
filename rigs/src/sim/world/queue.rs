//! What people do about queues and due days: holds, and renewals.

use anyhow::Result;
use shared::{
    command::{Action, CancelHold, PlaceHold, Renew},
    hold::HoldState,
    ids::HoldId,
    kit::{Kit, KitPart},
    tablet::Custody,
    wire::v1::command::KioskAction,
};

use super::World;
use crate::sim::chance::Chance;

impl World {
    /// As a rule somebody who has no tablet; some need a part that few tablets have.
    pub(super) fn place_hold(&mut self, chance: &mut Chance) -> Result<()> {
        let borrower = self.to_borrow(chance);
        let venue = chance.place(self.truth.venues.len());
        let needed = [KitPart::Bag, KitPart::Charger, KitPart::Stylus];
        let needs: Kit = match chance.below(6) {
            0 => Kit::from([needed[chance.place(needed.len())]]),
            _ => Kit::new(),
        };
        let hold = HoldId::from_bytes(chance.bytes());
        self.holds.push((hold, borrower));
        let place = PlaceHold {
            hold,
            borrower: self.truth.borrowers[borrower].id,
            venue: self.truth.venues[venue].id,
            needs,
        };
        self.by_team(Action::PlaceHold(place), None, chance)?;
        Ok(())
    }

    pub(super) fn cancel_hold(&mut self, chance: &mut Chance) -> Result<()> {
        let Some((hold, _)) = chance.one_of(&self.holds).copied() else {
            return Ok(());
        };
        let action = Action::CancelHold(CancelHold { hold });
        self.by_team(action, None, chance)?;
        Ok(())
    }

    /// A kiosk, a tablet that is put aside there, and the borrower who comes for it.
    pub(super) fn kept_for(&self, chance: &mut Chance) -> Option<(usize, usize, usize)> {
        let (hold, whose) = *chance.one_of(&self.holds)?;
        let HoldState::PutAside { tablet, .. } = self.server.read()?.hold(hold).ok()??.state else {
            return None;
        };
        let at = self.tablets.iter().position(|it| it.body().id == tablet)?;
        let is_here = |kiosk: &usize| self.truth.shelf(self.venue_of(*kiosk)).contains(&at);
        let kiosks: Vec<usize> = (0..self.kiosks.len()).filter(is_here).collect();
        Some((*chance.one_of(&kiosks)?, at, whose))
    }

    /// At a counter, or by somebody who rings the team.
    pub(super) fn renew(&mut self, chance: &mut Chance) -> Result<()> {
        let Some(tablet) = chance.one_of(&self.truth.out()).copied() else {
            return Ok(());
        };
        let Some(Custody::OnLoan(loan)) = self.stored(tablet)?.map(|it| it.custody) else {
            return Ok(());
        };
        if chance.happens(500) {
            let kiosk = self.counter(chance);
            return self.at_counter(kiosk, KioskAction::Renew { loan }, chance);
        }
        self.by_team(Action::Renew(Renew { loan }), None, chance)?;
        Ok(())
    }
}
