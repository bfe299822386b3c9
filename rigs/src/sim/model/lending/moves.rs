//! Where tablets go otherwise: boxes whose count must match, counts of a venue,
//! what is lost, and what leaves the fleet. Nothing moves unless somebody said so,
//! and not by word from before it moved on (R6).

use shared::{
    command::{Action, Whither},
    dispute::Decision,
    event::{Event, Recorded},
    ids::{TabletId, TransferId, VenueId},
};

use super::{Broken, How, Lending, Rule, SLACK_MS, Saying, Whereabouts};

impl Lending {
    pub(super) fn moved_otherwise(&mut self, recorded: &Recorded, saying: &Saying) -> Broken {
        if let Event::Sent {
            tablet, transfer, ..
        } = recorded.event
        {
            return self.sent(tablet, transfer?, recorded.venue, saying);
        }
        if let Event::TransferBegan { transfer, sent, .. } = recorded.event {
            return self.began(transfer, sent, saying);
        }
        if let Event::Received { tablet, venue } = recorded.event {
            return self.received(tablet, venue, saying);
        }
        if let Event::TransferEnded { transfer, missing } = recorded.event {
            return self.box_ended(transfer, missing);
        }
        if let Event::AgentEnrolled { tablet, .. } = recorded.event {
            return self.agent_enrolled(tablet, saying);
        }
        if let Event::MarkedMissing { tablet } = recorded.event {
            return self.missing(tablet, recorded, saying);
        }
        self.left_the_fleet(recorded, saying)
    }

    /// It is seen in a hand where it is: at a venue, and at that one.
    fn agent_enrolled(&mut self, tablet: TabletId, saying: &Saying) -> Broken {
        let asked = match &saying.said.what {
            Action::EnrolAgent(it) if it.tablet == tablet => Some(Whereabouts::At(it.venue)),
            _ => None,
        };
        let whereabouts = self.whereabouts(tablet)?;
        if asked != Some(whereabouts) {
            let what = format!("{tablet} gains an agent, and is {whereabouts:?}");
            return Some((Rule::R19, what));
        }
        self.moved(tablet, whereabouts, saying)
    }

    fn sent(
        &mut self,
        tablet: TabletId,
        transfer: TransferId,
        from: Option<VenueId>,
        saying: &Saying,
    ) -> Broken {
        let asked = matches!(&saying.said.what, Action::Send(it) if it.tablets.contains(&tablet));
        let here = self.whereabouts(tablet) == from.map(Whereabouts::At);
        if !asked || !here {
            return Some(silently(format!(
                "{tablet} is in a box, and was not put there"
            )));
        }
        self.moved(tablet, Whereabouts::Travelling(transfer), saying)
    }

    fn began(&mut self, transfer: TransferId, sent: u32, saying: &Saying) -> Broken {
        let Action::Send(asked) = &saying.said.what else {
            return Some(silently(format!("{transfer} was packed by nobody")));
        };
        self.boxes.insert(transfer, 0);
        let named: std::collections::BTreeSet<_> = asked.tablets.iter().collect();
        let (named, inside) = (count(named.len()), self.inside(transfer));
        let counted = sent == named && sent == inside;
        (!counted).then(|| {
            let what = format!("{transfer} says {sent}, {named} were named, {inside} are in it");
            (Rule::Box, what)
        })
    }

    fn inside(&self, transfer: TransferId) -> u32 {
        let tablets = self.tablets.values();
        let inside = tablets.filter(|it| it.whereabouts == Whereabouts::Travelling(transfer));
        count(inside.count())
    }

    fn received(&mut self, tablet: TabletId, venue: VenueId, saying: &Saying) -> Broken {
        let asked = match &saying.said.what {
            Action::Receive(it) => it.tablet == tablet,
            Action::TakeStock(sweep) => sweep.seen.contains(&tablet),
            _ => false,
        };
        let whereabouts = self.whereabouts(tablet)?;
        let fits = matches!(whereabouts, Whereabouts::At(_) | Whereabouts::Travelling(_));
        if !asked || !fits {
            let what = format!("{tablet} came out of a box, and is {whereabouts:?}");
            return Some(silently(what));
        }
        self.came_before(tablet, saying)
            .or_else(|| self.moved(tablet, Whereabouts::At(venue), saying))
    }

    /// Word from before the tablet moved on moves nothing.
    fn came_before(&self, tablet: TabletId, saying: &Saying) -> Broken {
        let moved_ms = self.tablets.get(&tablet)?.moved_ms;
        let is_late = saying.at_ms + SLACK_MS < moved_ms;
        is_late.then(|| silently(format!("{tablet} is moved by word from before it moved")))
    }

    /// As many are missing as did not come out, and then the box is empty.
    fn box_ended(&mut self, transfer: TransferId, missing: u32) -> Broken {
        let missed = self.boxes.remove(&transfer);
        let left = self.inside(transfer);
        let counted = missed == Some(missing) && left == 0;
        (!counted).then(|| {
            let what =
                format!("{transfer} is closed, {missing} said, {missed:?} missed, {left} in");
            (Rule::Box, what)
        })
    }

    fn missing(&mut self, tablet: TabletId, recorded: &Recorded, saying: &Saying) -> Broken {
        let whereabouts = self.whereabouts(tablet)?;
        let fits = match (&saying.said.what, whereabouts) {
            (Action::Relocate(it), Whereabouts::Out(_)) => {
                return Some(silently(format!("{} is missing, and is out", it.tablet)));
            }
            (Action::Relocate(it), _) => it.tablet == tablet && it.whither == Whither::Missing,
            (Action::EndTransfer(it), Whereabouts::Travelling(transfer)) => {
                *self.boxes.entry(transfer).or_default() += 1;
                it.short && it.transfer == transfer
            }
            (Action::TakeStock(sweep), Whereabouts::At(venue)) => {
                !sweep.seen.contains(&tablet) && recorded.venue == Some(venue)
            }
            (Action::CloseDispute(it), Whereabouts::Out(_)) => it.decision != Decision::StillOut,
            _ => false,
        };
        if !fits {
            return Some(silently(format!(
                "{tablet} is missing, and is {whereabouts:?}"
            )));
        }
        let late = matches!(saying.said.what, Action::TakeStock(_))
            .then(|| self.came_before(tablet, saying))
            .flatten();
        late.or_else(|| self.moved(tablet, Whereabouts::Gone, saying))
    }

    fn left_the_fleet(&mut self, recorded: &Recorded, saying: &Saying) -> Broken {
        if let Event::MarkedLost { tablet } = recorded.event {
            let written_off = matches!(
                &saying.said.what,
                Action::CloseDispute(it) if it.decision == Decision::WriteOff
            );
            let said = written_off || was_said(saying, tablet, Whither::Lost);
            return self.leaves(tablet, Whereabouts::Gone, said, saying);
        }
        if let Event::WrittenOff { tablet, loan } = recorded.event {
            let it = self.loans.get_mut(&loan)?;
            let was = std::mem::replace(&mut it.how, How::Over);
            let out = self.whereabouts(tablet) == Some(Whereabouts::Out(loan));
            let fits = was != How::Over && !out && was_said(saying, tablet, Whither::Withdrawn);
            let what = || format!("{loan} is written off, was {was:?}, out: {out}");
            return (!fits).then(|| (Rule::R6, what()));
        }
        if let Event::Withdrawn { tablet } = recorded.event {
            let out = matches!(self.whereabouts(tablet), Some(Whereabouts::Out(_)));
            let said = !out && was_said(saying, tablet, Whither::Withdrawn);
            return self.leaves(tablet, Whereabouts::Retired, said, saying);
        }
        if let Event::Gifted { tablet } = recorded.event {
            let here = matches!(self.whereabouts(tablet), Some(Whereabouts::At(_)));
            let said = here && was_said(saying, tablet, Whither::Gifted);
            return self.leaves(tablet, Whereabouts::Retired, said, saying);
        }
        if let Event::RetiredTabletSeen { tablet, .. } = recorded.event {
            let retired = self.whereabouts(tablet) == Some(Whereabouts::Retired);
            let what = format!("{tablet} is not taken back, and is one of the fleet");
            return (!retired).then_some((Rule::R3, what));
        }
        None
    }

    fn leaves(&mut self, tablet: TabletId, to: Whereabouts, said: bool, saying: &Saying) -> Broken {
        let retired = self.whereabouts(tablet) == Some(Whereabouts::Retired);
        if !said || retired {
            return Some(silently(format!(
                "{tablet} is {to:?}, and nobody may say so"
            )));
        }
        self.moved(tablet, to, saying)
    }
}

fn was_said(saying: &Saying, tablet: TabletId, whither: Whither) -> bool {
    matches!(&saying.said.what, Action::Relocate(it) if (it.tablet, it.whither) == (tablet, whither))
}

fn count(many: usize) -> u32 {
    u32::try_from(many).expect("fleets are small")
}

fn silently(what: String) -> (Rule, String) {
    (Rule::R6, what)
}
