//! Tablets on which no agent runs: a person erases them and says so, item by item, and
//! now and then an agent comes to one.

use anyhow::Result;
use server::vouched::{self, Word};
use shared::{
    command::{Action, EnrolAgent, RecordReset},
    digest::Digest,
    signed::receipt::Voucher,
};

use super::World;
use crate::sim::{chance::Chance, note::Note};

impl World {
    /// Honestly: whoever confirms has it in hand and has erased it, while its reset waits.
    pub(super) fn go_through_checklist(&mut self, chance: &mut Chance) -> Result<()> {
        let Some((at, _)) = self.without_agent(chance) else {
            return Ok(());
        };
        let Some(stored) = self.stored(at)? else {
            return Ok(());
        };
        let Some(order) = vouched::pending(&stored) else {
            return Ok(());
        };
        let operator = self.staff(chance).operator;
        let now = self.server.now(&self.wires);
        let word = Word {
            voucher: Voucher::Person { operator },
            started_at: now,
            finished_at: now,
        };
        self.tablets[at].erased_by_hand(&mut self.wires);
        let receipt = vouched::receipt(&stored, order, word);
        let bytes = self.server.keys().sign(&receipt).to_json();
        let signed = Note::Signed(at, Box::new(receipt), Digest::of(&bytes));
        self.wires.note(signed);
        let (tablet, receipt) = (stored.id, bytes);
        let action = Action::RecordReset(RecordReset { tablet, receipt });
        self.by_operator(operator, action, None)?;
        Ok(())
    }

    /// The digital team makes a code for the place where the tablet is, and it is used there.
    pub(super) fn enrol_agent(&mut self, chance: &mut Chance) -> Result<()> {
        let Some((at, venue)) = self.without_agent(chance) else {
            return Ok(());
        };
        let body = self.tablets[at].body();
        let action = Action::EnrolAgent(EnrolAgent {
            tablet: body.id,
            serial: body.serial.clone(),
            venue: self.truth.venues[venue].id,
            keys: body.keys(),
        });
        let venue = Some(self.truth.venues[venue].id);
        let answer = self.server.act(None, venue, action, &mut self.wires)?;
        if answer.is_some_and(|answer| answer.is_ok()) {
            let keyring = self.keyring()?;
            self.tablets[at].gains_agent(keyring, &mut self.wires)?;
        }
        Ok(())
    }

    /// One that lies on a shelf, and where.
    fn without_agent(&self, chance: &mut Chance) -> Option<(usize, usize)> {
        let venues = 0..self.truth.venues.len();
        let lying = venues.flat_map(|venue| {
            let here = self.truth.shelf(venue).into_iter();
            here.map(move |at| (at, venue))
        });
        let bare: Vec<(usize, usize)> = lying
            .filter(|(at, _)| !self.tablets[*at].has_agent())
            .collect();
        chance.one_of(&bare).copied()
    }
}
