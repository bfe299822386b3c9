//! Where tablets go otherwise than by being lent and brought back: boxes, counts,
//! what is lost and found, hands in a placement, and what is undone.

use anyhow::Result;
use shared::{
    command::{Action, EndTransfer, HandOn, Receive, Relocate, Send, TakeStock, Undo, Whither},
    ids::{OperatorId, StocktakeId, TabletId, TransferId},
    venue::VenueKind,
    wire::v1::command::KioskAction,
};

use super::World;
use crate::sim::{
    chance::Chance,
    node::Node,
    truth::{Handled, Handling, Place},
};

impl World {
    /// A few tablets of a shelf, and now and then one that is not there.
    pub(super) fn pack_box(&mut self, chance: &mut Chance) -> Result<()> {
        let from = chance.place(self.truth.venues.len());
        let to = chance.place(self.truth.venues.len());
        let mut packed = self.truth.shelf(from);
        packed.retain(|_| chance.happens(400));
        let mut tablets: Vec<TabletId> = packed.iter().map(|at| self.id(*at)).collect();
        if chance.happens(100) {
            tablets.push(self.id(chance.place(self.tablets.len())));
        }
        let transfer = TransferId::from_bytes(chance.bytes());
        let send = Send {
            transfer,
            to: self.truth.venues[to].id,
            tablets,
        };
        if self.by_team(Action::Send(send), Some(from), chance)? {
            self.boxes.push(transfer);
            for at in packed {
                self.truth.places[at] = Place::Box(to);
            }
        }
        Ok(())
    }

    /// Where its box goes, as a rule; boxes go astray.
    pub(super) fn unpack(&mut self, chance: &mut Chance) -> Result<()> {
        let Some((at, to)) = chance.one_of(&self.truth.boxed()).copied() else {
            return Ok(());
        };
        let astray = chance.happens(100);
        let venue = if astray {
            chance.place(self.truth.venues.len())
        } else {
            to
        };
        self.truth.places[at] = Place::Venue(venue);
        let tablet = self.id(at);
        self.wires.say(Node::Tablet(at), || {
            format!("is taken out of its box at venue {venue}")
        });
        if let Some(kiosk) = self.kiosk_at(venue, chance).filter(|_| chance.happens(500)) {
            return self.at_counter(kiosk, KioskAction::Receive { tablet }, chance);
        }
        let action = Action::Receive(Receive { tablet });
        self.by_team(action, Some(venue), chance)?;
        Ok(())
    }

    pub(super) fn close_box(&mut self, chance: &mut Chance) -> Result<()> {
        let Some(transfer) = chance.one_of(&self.boxes).copied() else {
            return Ok(());
        };
        let short = chance.happens(300);
        let action = Action::EndTransfer(EndTransfer { transfer, short });
        self.by_team(action, None, chance)?;
        Ok(())
    }

    /// Whoever counts overlooks one now and then.
    pub(super) fn take_stock(&mut self, chance: &mut Chance) -> Result<()> {
        let venue = chance.place(self.truth.venues.len());
        let mut lying = self.truth.shelf(venue);
        lying.retain(|_| !chance.happens(100));
        let seen: Vec<TabletId> = lying.iter().map(|at| self.id(*at)).collect();
        let stocktake = StocktakeId::from_bytes(chance.bytes());
        if let Some(kiosk) = self.kiosk_at(venue, chance).filter(|_| chance.happens(500)) {
            return self.at_counter(kiosk, KioskAction::TakeStock { stocktake, seen }, chance);
        }
        let action = Action::TakeStock(TakeStock { stocktake, seen });
        self.by_team(action, Some(venue), chance)?;
        Ok(())
    }

    /// The team goes by what it hears: any tablet may be said to be anywhere. It is
    /// rarely said that one is gone for good.
    pub(super) fn lose_sight(&mut self, chance: &mut Chance) -> Result<()> {
        let whither = match chance.below(10) {
            0 => Whither::Withdrawn,
            1 => Whither::Gifted,
            2..=4 => Whither::Lost,
            _ => Whither::Missing,
        };
        let tablet = self.id(chance.place(self.tablets.len()));
        let action = Action::Relocate(Relocate { tablet, whither });
        self.by_team(action, None, chance)?;
        Ok(())
    }

    /// A carer takes it from one resident and will give it to another.
    pub(super) fn hand_on(&mut self, chance: &mut Chance) -> Result<()> {
        let is_placement = |at: &usize| self.truth.venues[*at].kind == VenueKind::Partner;
        let all = 0..self.truth.venues.len();
        let placements: Vec<usize> = all.filter(is_placement).collect();
        let any = chance.place(self.truth.venues.len());
        let venue = chance.one_of(&placements).copied().unwrap_or(any);
        let among = if chance.happens(700) {
            self.truth.out()
        } else {
            self.truth.shelf(venue)
        };
        let Some(at) = chance.one_of(&among).copied() else {
            return Ok(());
        };
        self.truth.places[at] = Place::Venue(venue);
        let tablet = self.id(at);
        if let Some(kiosk) = self.kiosk_at(venue, chance).filter(|_| chance.happens(500)) {
            return self.at_counter(kiosk, KioskAction::HandOn { tablet }, chance);
        }
        self.by_team(Action::HandOn(HandOn { tablet }), Some(venue), chance)?;
        Ok(())
    }

    /// A check out that was a mistake: the tablet lies at the counter again. A
    /// return that was one: its borrower takes it along, once the server has said so.
    pub(super) fn undo(&mut self, chance: &mut Chance) -> Result<()> {
        let at = chance.place(self.tablets.len());
        let Some(handled) = self.handled.get(&self.id(at)).copied() else {
            return Ok(());
        };
        if self.truth.in_hand[at] {
            return Ok(());
        }
        match (handled.what, self.truth.places[at]) {
            (Handling::Lent, Place::With(_)) => self.undo_lent(at, handled, chance),
            (Handling::TakenBack, Place::Venue(_)) => self.undo_taken_back(at, handled, chance),
            (Handling::Lent | Handling::TakenBack, _) => Ok(()),
        }
    }

    fn undo_lent(&mut self, at: usize, handled: Handled, chance: &mut Chance) -> Result<()> {
        let Handled { command, kiosk, .. } = handled;
        self.truth.places[at] = Place::Venue(self.venue_of(kiosk));
        if chance.happens(500) {
            let operator = self.who_undoes(handled, chance);
            let action = KioskAction::Undo { command };
            return self.kiosks[kiosk].write_down(operator, action, &mut self.wires);
        }
        self.undone_by_team(handled, chance)?;
        Ok(())
    }

    fn undo_taken_back(&mut self, at: usize, handled: Handled, chance: &mut Chance) -> Result<()> {
        let Some(whose) = self.truth.had[at] else {
            return Ok(());
        };
        if self.undone_by_team(handled, chance)? {
            self.truth.places[at] = Place::With(whose);
            let back = || format!("goes back to borrower {whose}");
            self.wires.say(Node::Tablet(at), back);
        }
        Ok(())
    }

    /// By whoever did it, as a rule.
    fn who_undoes(&self, handled: Handled, chance: &mut Chance) -> OperatorId {
        let anybody = self.staff(chance).operator;
        if chance.happens(850) {
            handled.operator
        } else {
            anybody
        }
    }

    fn undone_by_team(&mut self, handled: Handled, chance: &mut Chance) -> Result<bool> {
        let operator = self.who_undoes(handled, chance);
        let command = handled.command;
        self.by_operator(operator, Action::Undo(Undo { command }), None)
    }

    fn id(&self, at: usize) -> TabletId {
        self.tablets[at].body().id
    }

    fn kiosk_at(&self, venue: usize, chance: &mut Chance) -> Option<usize> {
        let is_there = |kiosk: &usize| self.venue_of(*kiosk) == venue;
        let there: Vec<usize> = (0..self.kiosks.len()).filter(is_there).collect();
        chance.one_of(&there).copied()
    }
}
