//! Queues (R7): a tablet that is put aside goes to nobody else, whoever came first
//! is served first, and nobody waits in vain.

use std::collections::BTreeMap;

use shared::{
    command::Action,
    event::{Event, Recorded},
    hold::HoldEnd,
    ids::{BorrowerId, CommandId, HoldId, TabletId, VenueId},
    kit::{self, Kit},
    policy::Policy,
    tablet::Flag,
    time::{Day, Moment},
    venue::Calendar,
};

use super::{
    Broken, Rule, View, civil,
    lending::{Lending, Whereabouts},
    resets::Resets,
    said::{Saying, Sayings},
};
use crate::sim::{note::Note, truth::Truth};

#[derive(Clone, Debug)]
struct Hold {
    /// Its place among all.
    place: usize,
    borrower: BorrowerId,
    venue: VenueId,
    needs: Kit,
    how: How,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    Waits,
    /// A tablet is kept for it, until the end of this day.
    Kept(TabletId, Option<i64>),
    Over,
}

/// Every place in every queue.
pub struct Holds {
    begins_at: Moment,
    policy: Policy,
    calendars: BTreeMap<VenueId, Calendar>,
    all: BTreeMap<HoldId, Hold>,
    missing: BTreeMap<TabletId, Kit>,
    owed: Vec<(CommandId, String)>,
}

impl Holds {
    pub fn of(begins_at: Moment, policy: Policy, truth: &Truth) -> Self {
        let calendars = truth.venues.iter();
        Self {
            begins_at,
            policy,
            calendars: calendars.map(|it| (it.id, it.calendar.clone())).collect(),
            all: BTreeMap::new(),
            missing: BTreeMap::new(),
            owed: Vec::new(),
        }
    }

    /// Whether somebody waits at this venue for whom this tablet would do.
    pub fn is_waited_for(&self, tablet: TabletId, venue: VenueId) -> bool {
        self.first(tablet, venue).is_some()
    }

    fn first(&self, tablet: TabletId, venue: VenueId) -> Option<HoldId> {
        let waits = |(_, it): &(&HoldId, &Hold)| {
            it.how == How::Waits && it.venue == venue && self.has(tablet, &it.needs)
        };
        let waiting = self.all.iter().filter(waits);
        waiting.min_by_key(|(_, it)| it.place).map(|(id, _)| *id)
    }

    /// Nobody gives these tablets another kit.
    fn has(&self, tablet: TabletId, needs: &Kit) -> bool {
        let missing = self.missing.get(&tablet);
        let is_there = |part| missing.is_none_or(|missing| !missing.contains(part));
        let kit = kit::standard();
        needs
            .iter()
            .all(|part| kit.contains(part) && is_there(part))
    }

    fn kept_for(&self, tablet: TabletId) -> Option<HoldId> {
        let kept = |it: &Hold| matches!(it.how, How::Kept(kept, _) if kept == tablet);
        let mut all = self.all.iter();
        all.find(|(_, it)| kept(it)).map(|(id, _)| *id)
    }

    pub fn hear(
        &mut self,
        note: &Note,
        view: &View,
        sayings: &Sayings,
        (lending, resets): (&Lending, &Resets),
    ) -> Broken {
        if let Note::ServerWrote(..) = note {
            return self.undisputed(lending).or_else(|| self.kept(lending));
        }
        let Note::Logged(recorded, _) = note else {
            return None;
        };
        let saying = sayings.of_command(recorded.command)?;
        self.logged(recorded, saying, view, (lending, resets))
    }

    fn logged(
        &mut self,
        recorded: &Recorded,
        saying: &Saying,
        view: &View,
        (lending, resets): (&Lending, &Resets),
    ) -> Broken {
        if let Event::HoldPlaced { hold, venue, needs } = &recorded.event {
            return self.placed(*hold, *venue, needs, saying);
        }
        if let Event::PutAside {
            tablet,
            hold,
            until,
        } = recorded.event
        {
            let fits = (lending.whereabouts(tablet), resets.is_clean_soon(tablet));
            let free = !lending.is_flagged(tablet);
            return self.put_aside((tablet, hold), until, view, (fits, free));
        }
        if let Event::PutAsideEnded { tablet, hold } = recorded.event {
            return self.let_go(recorded, tablet, hold, saying);
        }
        if let Event::HoldEnded { hold, how } = recorded.event {
            return self.ended(hold, how, view, saying);
        }
        if let Event::CheckedOut { tablet, .. } = recorded.event {
            return self.checked_out(recorded, tablet, saying);
        }
        if let Event::PartsMissed { tablet, parts } = &recorded.event {
            self.missing.insert(*tablet, parts.clone());
        }
        if let Event::FlagCleared { tablet, flag } = recorded.event
            && flag == Flag::PartMissing
        {
            self.missing.remove(&tablet);
        }
        None
    }

    fn placed(&mut self, hold: HoldId, venue: VenueId, needs: &Kit, saying: &Saying) -> Broken {
        let Action::PlaceHold(asked) = &saying.said.what else {
            return Some(broken(format!("{hold} was placed by nobody")));
        };
        if (asked.hold, asked.venue, &asked.needs) != (hold, venue, needs) {
            return Some(broken(format!("{hold} is not what was asked for")));
        }
        let borrower = asked.borrower;
        let theirs = |it: &&Hold| it.borrower == borrower && it.how != How::Over;
        let theirs = self.all.values().filter(theirs).count();
        let placed = Hold {
            place: self.all.len(),
            borrower,
            venue,
            needs: needs.clone(),
            how: How::Waits,
        };
        self.all.insert(hold, placed);
        let max = usize::try_from(self.policy.holds_max).unwrap_or(usize::MAX);
        (theirs >= max).then(|| {
            let what = format!("a borrower has {theirs} holds and gets one more");
            (Rule::Limit, what)
        })
    }

    /// Kept where it will be fetched, clean or about to be, and for whoever came
    /// first of those whom it suits.
    fn put_aside(
        &mut self,
        (tablet, hold): (TabletId, HoldId),
        until: Option<Day>,
        view: &View,
        ((whereabouts, clean_soon), free): ((Option<Whereabouts>, bool), bool),
    ) -> Broken {
        if let Some(other) = self.kept_for(tablet) {
            return Some(broken(format!(
                "{tablet} is kept for {other} and for {hold}"
            )));
        }
        let venue = self.all.get(&hold)?.venue;
        if self.first(tablet, venue) != Some(hold) {
            return Some(broken(format!(
                "{tablet} is kept for {hold}, whose turn it is not"
            )));
        }
        let here = whereabouts == Some(Whereabouts::At(venue));
        if !here || !clean_soon || !free {
            let what = format!("{whereabouts:?}, clean soon: {clean_soon}, free: {free}");
            return Some(broken(format!("{tablet} is kept for {hold}, {what}")));
        }
        let until = until.and_then(civil::number);
        let day = civil::day(self.now(view.now_ms)) + i64::from(self.policy.hold_days);
        let due = self.calendars.get(&venue);
        let due = due.map(|calendar| civil::open_on_or_after(calendar, day));
        self.all.get_mut(&hold)?.how = How::Kept(tablet, until);
        (until != due).then(|| {
            let what = format!("{tablet} is kept until day {until:?}, not {due:?}");
            (Rule::R8, what)
        })
    }

    fn now(&self, now_ms: u64) -> Moment {
        let ms = i64::try_from(now_ms).expect("worlds are short");
        self.begins_at.plus_ms(ms)
    }

    /// Its hold waits again. A check out takes away what is kept for somebody else
    /// only where it stands all the same, and is disputed.
    fn let_go(
        &mut self,
        recorded: &Recorded,
        tablet: TabletId,
        hold: Option<HoldId>,
        saying: &Saying,
    ) -> Broken {
        let hold = hold?;
        // It ends in the same breath.
        if matches!(&saying.said.what, Action::ExpireHold(asked) if asked.hold == hold) {
            return None;
        }
        let it = self.all.get_mut(&hold)?;
        let was = std::mem::replace(&mut it.how, How::Waits);
        let is_undone = matches!(saying.said.what, Action::Undo(_));
        if was == How::Over && !is_undone {
            return Some(broken(format!("{hold} is over, and goes on")));
        }
        if let Action::CheckOut(asked) = &saying.said.what
            && asked.borrower != Some(it.borrower)
        {
            return self.taken_away(recorded, tablet, saying);
        }
        None
    }

    fn taken_away(&mut self, recorded: &Recorded, tablet: TabletId, saying: &Saying) -> Broken {
        let what = format!("{tablet} is put aside, and goes to somebody else");
        if saying.overrides() {
            return None;
        }
        if saying.alone.is_some() {
            self.owed.push((recorded.command, what));
            return None;
        }
        Some(broken(what))
    }

    fn ended(&mut self, hold: HoldId, how: HoldEnd, view: &View, saying: &Saying) -> Broken {
        let today = civil::day(self.now(view.now_ms));
        let it = self.all.get_mut(&hold)?;
        let was = std::mem::replace(&mut it.how, How::Over);
        let theirs = it.borrower;
        let is_right = match (how, &saying.said.what) {
            (HoldEnd::Collected, Action::CheckOut(asked)) => asked.borrower == Some(theirs),
            (HoldEnd::Cancelled, Action::CancelHold(asked)) => asked.hold == hold,
            (HoldEnd::Expired, Action::ExpireHold(asked)) => {
                let is_past = |until: i64| today > until;
                asked.hold == hold
                    && matches!(was, How::Kept(_, until) if until.is_some_and(is_past))
            }
            (HoldEnd::Collected | HoldEnd::Cancelled | HoldEnd::Expired, _) => false,
        };
        let is_right = is_right && was != How::Over;
        (!is_right).then(|| (Rule::R7, format!("{hold} ends ({how:?}), and was {was:?}")))
    }

    fn checked_out(&mut self, recorded: &Recorded, tablet: TabletId, saying: &Saying) -> Broken {
        let hold = self.kept_for(tablet)?;
        let it = self.all.get_mut(&hold)?;
        it.how = How::Over;
        let Action::CheckOut(asked) = &saying.said.what else {
            return None;
        };
        if asked.borrower == Some(it.borrower) {
            return None;
        }
        self.taken_away(recorded, tablet, saying)
    }

    fn undisputed(&mut self, lending: &Lending) -> Broken {
        let mut owed = std::mem::take(&mut self.owed).into_iter();
        let found = owed.find(|(command, _)| !lending.is_disputed(*command));
        found.map(|(_, what)| (Rule::R7, what))
    }

    /// What is kept lies where it will be fetched, and whole.
    fn kept(&self, lending: &Lending) -> Broken {
        let astray = |(hold, it): (&HoldId, &Hold)| {
            let How::Kept(tablet, _) = it.how else {
                return None;
            };
            let whereabouts = lending.whereabouts(tablet)?;
            let here = whereabouts == Whereabouts::At(it.venue);
            let well = here && !lending.is_flagged(tablet);
            (!well).then(|| format!("{tablet} is kept for {hold}, and is {whereabouts:?}"))
        };
        let found = self.all.iter().find_map(astray)?;
        Some(broken(found))
    }

    /// Nothing is kept for too long, and nobody waits beside a tablet that is ready.
    pub fn rest(&self, now_ms: u64, (lending, resets): (&Lending, &Resets)) -> Broken {
        let today = civil::day(self.now(now_ms));
        let too_long = |it: &Hold| match it.how {
            How::Kept(_, until) => until.is_some_and(|until| until < today),
            How::Waits | How::Over => false,
        };
        if let Some((hold, _)) = self.all.iter().find(|(_, it)| too_long(it)) {
            return Some(broken(format!("a tablet is kept for {hold} for too long")));
        }
        let in_vain = |(tablet, venue): (TabletId, VenueId)| {
            let free = self.kept_for(tablet).is_none() && !lending.is_flagged(tablet);
            let ready = free && resets.is_proven(tablet);
            self.first(tablet, venue).filter(|_| ready)
        };
        let hold = lending.at_venues().find_map(in_vain)?;
        Some(broken(format!("{hold} waits, and a tablet lies ready")))
    }
}

fn broken(what: String) -> (Rule, String) {
    (Rule::R7, what)
}
