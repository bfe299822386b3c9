//! What people do, each act with whatever is at hand: one that finds nothing to do
//! does not happen.

use anyhow::Result;
use server::store::Reader;
use shared::{
    command::{Action, ClearFlag, CloseDispute, RenewKeys},
    ids::OperatorId,
    tablet::{Flag, Flags, StateWord, Tablet as Stored},
    wire::v1::command::KioskAction,
};

use super::{World, beginning::TAG_HOST};
use crate::sim::{
    chance::Chance,
    node::Node,
    people::{BringBack, Errand, InHand, Lend, Poke, Report, Shows, Staff, TakeBack, Tray},
    plan::{Happening, Step},
    truth::Place,
};

impl World {
    pub(super) fn act(&mut self, step: Step, chance: &mut Chance) -> Result<()> {
        match step.what {
            Happening::Lend => self.lend(chance),
            Happening::BringBack => self.bring_back(chance),
            Happening::TakeBack => self.take_back(chance),
            Happening::ShowPhoto => self.show_photo(chance),
            Happening::Report => self.report(chance),
            Happening::StartReset => self.go_through_tray(chance),
            Happening::Poke => self.poke(chance),
            Happening::Use => self.use_tablet(chance),
            Happening::AnswerQuestion => return self.answer_question(chance),
            Happening::Carry => self.carry(chance),
            Happening::Charge => self.charge(chance),
            Happening::ClearFlag => return self.clear_flag(chance),
            Happening::CloseDispute => return self.close_dispute(chance),
            Happening::ReleaseImage => return self.release_image(chance),
            Happening::RenewKeys => return self.renew_keys(chance),
            Happening::Confirm => return self.go_through_checklist(chance),
            Happening::EnrolAgent => return self.enrol_agent(chance),
            Happening::Burst => self.burst(chance),
            Happening::PlaceHold => return self.place_hold(chance),
            Happening::CancelHold => return self.cancel_hold(chance),
            Happening::Renew => return self.renew(chance),
            Happening::AskWipe => return self.ask_wipes(chance),
            Happening::AgreeWipe => return self.agree_to_wipes(chance),
            Happening::CallOffWipe => return self.call_off_wipe(chance),
            Happening::StopWipes => return self.stop_wipes(chance),
            Happening::Undo => return self.undo(chance),
            Happening::HandOn => return self.hand_on(chance),
            Happening::LoseSight => return self.lose_sight(chance),
            Happening::TakeStock => return self.take_stock(chance),
            Happening::PackBox => return self.pack_box(chance),
            Happening::Unpack => return self.unpack(chance),
            Happening::CloseBox => return self.close_box(chance),
            Happening::CutOff
            | Happening::Outage
            | Happening::KioskCut
            | Happening::KioskCopied
            | Happening::KioskSetBack
            | Happening::ServerCut
            | Happening::TabletCut
            | Happening::RecordDamaged
            | Happening::ClockMoved
            | Happening::Replay => {}
        }
        Ok(())
    }

    fn renew_keys(&mut self, chance: &mut Chance) -> Result<()> {
        let tablet = chance.place(self.tablets.len());
        let tablet = self.tablets[tablet].body().id;
        let action = Action::RenewKeys(RenewKeys { tablet });
        self.by_team(action, None, chance)?;
        Ok(())
    }

    /// People go on at a counter that is cut off, and there it matters most.
    pub(super) fn counter(&self, chance: &mut Chance) -> usize {
        let is_cut_off = |at: &usize| self.wires.is_cut_off(Node::Kiosk(*at));
        let cut_off: Vec<usize> = (0..self.kiosks.len()).filter(is_cut_off).collect();
        let one = chance.one_of(&cut_off).copied();
        one.filter(|_| chance.happens(400))
            .unwrap_or_else(|| chance.place(self.kiosks.len()))
    }

    fn in_hand(&self, at: usize) -> InHand {
        InHand {
            at,
            id: self.tablets[at].body().id,
            sticker: self.sticker(at),
        }
    }

    pub(super) fn sticker(&self, at: usize) -> String {
        let host = TAG_HOST.parse().expect("a host");
        let tag = self.tablets[at].body().tag;
        tag.url(&host).expect("short enough")
    }

    pub(super) fn staff(&self, chance: &mut Chance) -> Staff {
        let place = chance.place(self.truth.operators.len());
        let operator = &self.truth.operators[place];
        Staff {
            operator: operator.id,
            badge: operator.badge,
        }
    }

    /// As a rule one that the kiosk calls ready; now and then any that is there.
    fn to_lend(&self, kiosk: usize, chance: &mut Chance) -> Option<usize> {
        let lying = self.truth.shelf(self.venue_of(kiosk));
        let mirror = self.kiosks[kiosk].mirror()?;
        let is_ready = |at: &usize| {
            let row = mirror.tablet(self.tablets[*at].body().id);
            row.is_some_and(|row| row.word == StateWord::Ready)
        };
        let ready: Vec<usize> = lying.iter().copied().filter(is_ready).collect();
        let among = if ready.is_empty() || chance.happens(100) {
            lying
        } else {
            ready
        };
        chance.one_of(&among).copied()
    }

    /// As a rule somebody who has none.
    pub(super) fn to_borrow(&self, chance: &mut Chance) -> usize {
        let places = &self.truth.places;
        let has_none = |at: &usize| !places.contains(&Place::With(*at));
        let all = 0..self.truth.borrowers.len();
        let without: Vec<usize> = all.filter(has_none).collect();
        let one = chance.one_of(&without).copied();
        one.filter(|_| chance.happens(900))
            .unwrap_or_else(|| chance.place(self.truth.borrowers.len()))
    }

    fn lend(&mut self, chance: &mut Chance) {
        let Some((kiosk, tablet, borrower)) = self.loan_to_be(chance) else {
            return;
        };
        let who = &self.truth.borrowers[borrower];
        let lend = Lend {
            staff: self.staff(chance),
            borrower,
            whose: who.id,
            card: who.card.as_str().to_owned(),
            tablet: self.in_hand(tablet),
            given: false,
            anyway: chance.happens(300),
            thinks_better: chance.happens(40),
            patience: u8::try_from(chance.mostly_small(1, 40)).expect("small"),
        };
        self.send_person(kiosk, Errand::Lend(lend), chance.clone());
    }

    /// Whoever has a tablet put aside comes for it, as a rule.
    fn loan_to_be(&self, chance: &mut Chance) -> Option<(usize, usize, usize)> {
        if let Some(kept) = self.kept_for(chance).filter(|_| chance.happens(700)) {
            return Some(kept);
        }
        let kiosk = self.counter(chance);
        let tablet = self.to_lend(kiosk, chance)?;
        Some((kiosk, tablet, self.to_borrow(chance)))
    }

    fn bring_back(&mut self, chance: &mut Chance) {
        let Some(tablet) = chance.one_of(&self.truth.out()).copied() else {
            return;
        };
        let screen = chance.happens(300);
        let shows = if screen {
            Shows::Screen
        } else {
            Shows::Sticker
        };
        let kiosk = self.counter(chance);
        self.brings_back(kiosk, tablet, shows, chance);
    }

    /// Anybody may have photographed any sticker; of a tablet that is out it does
    /// the most harm.
    fn show_photo(&mut self, chance: &mut Chance) {
        let out = chance.one_of(&self.truth.out()).copied();
        let out = out.filter(|_| chance.happens(700));
        let tablet = out.unwrap_or_else(|| chance.place(self.tablets.len()));
        let kiosk = self.counter(chance);
        let shows = self.photo_of(tablet, chance);
        self.brings_back(kiosk, tablet, shows, chance);
    }

    /// Of its sticker; or of its screen, if anybody ever saw one.
    fn photo_of(&self, tablet: usize, chance: &mut Chance) -> Shows {
        let screen = self.truth.photographed[tablet].clone();
        let screen = screen.filter(|_| chance.happens(500));
        screen.map_or(Shows::Photo, Shows::OldScreen)
    }

    /// Somebody has photographed a shelf, and stands at a counter with it.
    fn burst(&mut self, chance: &mut Chance) {
        let kiosk = self.counter(chance);
        for _ in 0..chance.within(4..=7) {
            let tablet = chance.place(self.tablets.len());
            let shows = self.photo_of(tablet, chance);
            self.brings_back(kiosk, tablet, shows, chance);
        }
    }

    fn brings_back(&mut self, kiosk: usize, tablet: usize, shows: Shows, chance: &mut Chance) {
        let tablet = self.in_hand(tablet);
        let taken = false;
        let errand = BringBack {
            tablet,
            shows,
            taken,
        };
        self.send_person(kiosk, Errand::BringBack(errand), chance.clone());
    }

    /// A borrower gives it to an operator, or it lies about.
    fn take_back(&mut self, chance: &mut Chance) {
        let kiosk = self.counter(chance);
        let venue = self.venue_of(kiosk);
        let among = if chance.happens(800) {
            self.truth.out()
        } else {
            self.truth.shelf(venue)
        };
        let Some(tablet) = chance.one_of(&among).copied() else {
            return;
        };
        let holder = self.truth.holder(tablet);
        // The operator has it, whatever comes of the rest.
        self.truth.places[tablet] = Place::Venue(venue);
        let errand = TakeBack {
            staff: self.staff(chance),
            tablet: self.in_hand(tablet),
            screen: chance.happens(200),
            thinks_better: holder.filter(|_| chance.happens(60)),
            marks: TakeBack::found(chance),
            taken: false,
        };
        self.send_person(kiosk, Errand::TakeBack(errand), chance.clone());
    }

    fn report(&mut self, chance: &mut Chance) {
        let kiosk = self.counter(chance);
        let tablet = chance.place(self.tablets.len());
        let number = self.tablets[tablet].body().number.compact();
        let digits = number[3..].to_owned();
        let typed = false;
        let errand = Errand::Report(Report { digits, typed });
        self.send_person(kiosk, errand, chance.clone());
    }

    fn go_through_tray(&mut self, chance: &mut Chance) {
        let kiosk = self.kiosk_with_tray(chance);
        let here = self.truth.shelf(self.venue_of(kiosk));
        let lying = here.iter().map(|at| self.tablets[*at].body().number);
        let errand = Tray {
            lying: lying.collect(),
            staff: self.staff(chance),
        };
        self.send_person(kiosk, Errand::Tray(errand), chance.clone());
    }

    /// As a rule one whose screen lists a tablet.
    fn kiosk_with_tray(&self, chance: &mut Chance) -> usize {
        let lists = |at: &usize| {
            let mirror = self.kiosks[*at].mirror();
            mirror.is_some_and(|mirror| mirror.tray().next().is_some())
        };
        let listing: Vec<usize> = (0..self.kiosks.len()).filter(lists).collect();
        let kiosk = chance.one_of(&listing).copied();
        kiosk.unwrap_or_else(|| chance.place(self.kiosks.len()))
    }

    fn poke(&mut self, chance: &mut Chance) {
        let kiosk = self.counter(chance);
        let tablet = chance.place(self.tablets.len());
        let codes = vec![
            self.in_hand(tablet).sticker,
            "https://example.org".to_owned(),
            "TLBADGE".to_owned(),
            format!("HTTPS://{TAG_HOST}/WGN001ABCDEFGHABCDEFGH"),
        ];
        let left = u8::try_from(chance.mostly_small(2, 40)).expect("small");
        let errand = Errand::Poke(Poke { left, codes });
        self.send_person(kiosk, errand, chance.clone());
    }

    /// Whoever has it, or somebody who finds it lying about.
    fn use_tablet(&mut self, chance: &mut Chance) {
        let tablet = chance.place(self.tablets.len());
        let anybody = chance.place(self.truth.borrowers.len());
        let who = match self.truth.holder(tablet) {
            Some(holder) => holder,
            // On the shelf there is nothing to open, but in the tray there is.
            None if self.lies_open(tablet) => anybody,
            None => return,
        };
        self.tablets[tablet].used_by(who, &mut self.wires);
    }

    fn lies_open(&self, tablet: usize) -> bool {
        self.tablets[tablet].loan().is_some() && !self.truth.in_hand[tablet]
    }

    /// Honestly, as a rule.
    fn answer_question(&mut self, chance: &mut Chance) -> Result<()> {
        let asked = |at: &usize| self.tablets[*at].question().is_some();
        let asked: Vec<usize> = (0..self.tablets.len()).filter(asked).collect();
        let Some(tablet) = chance.one_of(&asked).copied() else {
            return Ok(());
        };
        let yes = self.truth.holder(tablet).is_some() != chance.happens(100);
        self.tablets[tablet].answered_by_person(yes, &mut self.wires)
    }

    fn carry(&mut self, chance: &mut Chance) {
        let venue = chance.place(self.truth.venues.len());
        let to = chance.place(self.truth.venues.len());
        let Some(tablet) = chance.one_of(&self.truth.shelf(venue)).copied() else {
            return;
        };
        self.truth.places[tablet] = Place::Venue(to);
        self.wires
            .say(Node::Tablet(tablet), || format!("is carried to venue {to}"));
    }

    fn charge(&mut self, chance: &mut Chance) {
        let tablet = chance.place(self.tablets.len());
        let charging = chance.happens(500);
        self.tablets[tablet].charge(charging, &mut self.wires);
    }

    fn clear_flag(&mut self, chance: &mut Chance) -> Result<()> {
        let Some(stored) = self.stored(chance.place(self.tablets.len()))? else {
            return Ok(());
        };
        let tablet = stored.id;
        let Some(flag) = flag(stored.flags) else {
            return Ok(());
        };
        let action = Action::ClearFlag(ClearFlag { tablet, flag });
        self.by_team(action, None, chance)?;
        Ok(())
    }

    fn close_dispute(&mut self, chance: &mut Chance) -> Result<()> {
        let open = self.server.read().map(Reader::disputes_open);
        let open = open.transpose()?.unwrap_or_default();
        let Some(row) = chance.one_of(&open) else {
            return Ok(());
        };
        let dispute = row.dispute.id;
        let Some(decision) = chance.one_of(row.dispute.cause.allowed()).copied() else {
            return Ok(());
        };
        let action = Action::CloseDispute(CloseDispute { dispute, decision });
        self.by_team(action, None, chance)?;
        Ok(())
    }

    /// What the server has of this tablet, while it has power.
    pub(super) fn stored(&self, at: usize) -> Result<Option<Stored>> {
        let tablet = self.tablets[at].body().id;
        let stored = self.server.read().map(|read| read.tablet(tablet));
        Ok(stored.transpose()?.flatten())
    }

    /// One of the digital team does something on the server's pages, for a venue or
    /// for none. Whether the server took it.
    pub(super) fn by_team(
        &mut self,
        action: Action,
        venue: Option<usize>,
        chance: &mut Chance,
    ) -> Result<bool> {
        let operator = self.staff(chance).operator;
        self.by_operator(operator, action, venue)
    }

    pub(super) fn by_operator(
        &mut self,
        operator: OperatorId,
        action: Action,
        venue: Option<usize>,
    ) -> Result<bool> {
        let venue = venue.map(|venue| self.truth.venues[venue].id);
        let wires = &mut self.wires;
        let answer = self.server.act(Some(operator), venue, action, wires)?;
        Ok(answer.is_some_and(|answer| answer.is_ok()))
    }

    /// An operator says something at a counter.
    pub(super) fn at_counter(
        &mut self,
        kiosk: usize,
        action: KioskAction,
        chance: &mut Chance,
    ) -> Result<()> {
        let operator = self.staff(chance).operator;
        self.kiosks[kiosk].write_down(operator, action, &mut self.wires)
    }
}

fn flag(flags: Flags) -> Option<Flag> {
    let withheld = flags.withheld.map(Flag::Withheld);
    let damaged = flags.damaged.then_some(Flag::Damaged);
    let missing = flags.part_missing.then_some(Flag::PartMissing);
    withheld.or(damaged).or(missing)
}
