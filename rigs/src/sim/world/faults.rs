//! What goes wrong, each fault somewhere.

use anyhow::Result;

use super::World;
use crate::sim::{
    chance::Chance,
    node::Node,
    plan::{Happening, Step},
};

const HOUR_MS: u64 = 3_600_000;

impl World {
    pub(super) fn go_wrong(&mut self, step: Step, chance: &mut Chance) -> Result<()> {
        let off_ms = chance.mostly_small(1_000, 12 * HOUR_MS);
        let kiosk = chance.place(self.kiosks.len());
        let tablet = chance.place(self.tablets.len());
        match step.what {
            Happening::CutOff => self.cut_off(chance),
            Happening::Outage => self.outage(kiosk, chance),
            Happening::KioskCut => self.kiosks[kiosk].cut(off_ms, &mut self.wires),
            Happening::KioskCopied => self.kiosks[kiosk].copy_disk(&mut self.wires)?,
            Happening::KioskSetBack => self.kiosks[kiosk].set_back(off_ms, &mut self.wires)?,
            Happening::ServerCut => self.server.cut(off_ms / 4, &mut self.wires),
            Happening::TabletCut => self.cut_tablet(tablet, off_ms, chance),
            Happening::RecordDamaged => self.tablets[tablet].damage_record(&mut self.wires),
            Happening::ClockMoved => self.move_clock(kiosk, chance),
            Happening::Replay => self.wires.replay(chance),
            Happening::Lend
            | Happening::BringBack
            | Happening::TakeBack
            | Happening::ShowPhoto
            | Happening::Report
            | Happening::StartReset
            | Happening::Use
            | Happening::AnswerQuestion
            | Happening::ClearFlag
            | Happening::CloseDispute
            | Happening::Carry
            | Happening::Poke
            | Happening::Charge
            | Happening::ReleaseImage
            | Happening::RenewKeys
            | Happening::Confirm
            | Happening::EnrolAgent
            | Happening::Burst
            | Happening::PlaceHold
            | Happening::CancelHold
            | Happening::Renew
            | Happening::AskWipe
            | Happening::AgreeWipe
            | Happening::CallOffWipe
            | Happening::StopWipes
            | Happening::Undo
            | Happening::HandOn
            | Happening::LoseSight
            | Happening::TakeStock
            | Happening::PackBox
            | Happening::Unpack
            | Happening::CloseBox => {}
        }
        Ok(())
    }

    fn cut_off(&mut self, chance: &mut Chance) {
        let ms = chance.mostly_small(60_000, 48 * HOUR_MS);
        let node = match chance.below(10) {
            0 => Node::Server,
            1..=3 => Node::Tablet(chance.place(self.tablets.len())),
            _ => Node::Kiosk(chance.place(self.kiosks.len())),
        };
        self.wires
            .say(node, || format!("is cut off for {} min", ms / 60_000));
        self.wires.cut_off(node, ms);
    }

    /// Its line breaks for so long, in the middle of something.
    pub(super) fn break_line(&mut self, kiosk: usize, ms: u64) {
        let node = Node::Kiosk(kiosk);
        self.wires
            .say(node, || format!("has no line for {} s", ms / 1_000));
        self.wires.cut_off(node, ms);
    }

    fn outage(&mut self, kiosk: usize, chance: &mut Chance) {
        let node = Node::Kiosk(kiosk);
        let ms = chance.mostly_small(10 * 60_000, 48 * HOUR_MS);
        self.wires
            .say(node, || format!("has an outage of {} min", ms / 60_000));
        self.wires.cut_off(node, ms);
        let off_ms = chance.within(1_000..=120_000);
        self.kiosks[kiosk].cut(off_ms, &mut self.wires);
    }

    /// At once, or between two of the next things that it does.
    fn cut_tablet(&mut self, tablet: usize, off_ms: u64, chance: &mut Chance) {
        if chance.happens(300) {
            self.tablets[tablet].cut(off_ms, &mut self.wires);
        } else {
            self.tablets[tablet].cut_in(chance.below(24));
        }
    }

    fn move_clock(&mut self, kiosk: usize, chance: &mut Chance) {
        let most = self.wires.weather().skew_ms;
        let ms = i64::try_from(chance.below(2 * most + 1)).expect("days");
        let skew_ms = ms - i64::try_from(most).expect("a day");
        self.kiosks[kiosk].move_clock(skew_ms, &mut self.wires);
    }
}
