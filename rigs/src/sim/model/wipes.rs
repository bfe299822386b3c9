//! Wipes outside the return flow (R9): two people, ten minutes, so many an hour,
//! and "Stop all"; and that returns by nobody do not come in bursts.

use std::collections::BTreeMap;

use shared::{
    command::Action,
    event::{Event, Recorded},
    ids::{OperatorId, TabletId, WipeId},
};

use super::{
    Broken, Rule, View,
    lending::{Lending, Whereabouts},
    said::{Saying, Sayings},
};
use crate::sim::{
    node::Node,
    note::{Note, Said},
};

const MINUTE_MS: u64 = 60_000;
/// Between the second word and the wipe anybody may call it off.
const UNDO_MS: u64 = 10 * MINUTE_MS;
/// The stretch over which wipes are counted.
const HOUR_MS: u64 = 60 * MINUTE_MS;
/// Most wipes of one operator in it.
const OPERATOR_MAX: usize = 3;
/// Most wipes in it.
const FLEET_MAX: usize = 10;

/// Unattended returns within [`BURST_MS`] before a badge is asked for (R9).
const BURST: usize = 3;
/// How long they count.
const BURST_MS: u64 = 10 * 60_000;

#[derive(Clone, Copy, Debug)]
struct Wipe {
    tablet: TabletId,
    asked: (OperatorId, u64),
    agreed: Option<(OperatorId, u64)>,
    /// When it began.
    began: Option<u64>,
    over: bool,
}

/// Every wipe.
#[derive(Default)]
pub struct Wipes {
    all: BTreeMap<WipeId, Wipe>,
    stopped_by: Option<OperatorId>,
    /// When each kiosk took its unattended returns since it started.
    unattended: BTreeMap<usize, Vec<u64>>,
}

impl Wipes {
    pub fn hear(
        &mut self,
        note: &Note,
        view: &View,
        sayings: &Sayings,
        lending: &Lending,
    ) -> Broken {
        if let Note::Said(said) = note {
            return self.burst(said, view.now_ms, lending);
        }
        if let Note::KioskStarted(kiosk, _) = note {
            self.unattended.remove(kiosk);
        }
        let Note::Logged(recorded, _) = note else {
            return None;
        };
        let saying = sayings.of_command(recorded.command)?;
        self.logged(recorded, view.now_ms, saying, lending)
    }

    fn logged(
        &mut self,
        recorded: &Recorded,
        now_ms: u64,
        saying: &Saying,
        lending: &Lending,
    ) -> Broken {
        if let Event::WipeAsked { wipe, tablet, .. } = recorded.event {
            return self.asked(wipe, tablet, now_ms, saying);
        }
        if let Event::WipeAgreed { wipe, .. } = recorded.event {
            return self.agreed(wipe, now_ms, saying);
        }
        if let Event::WipeStarted { wipe, tablet } = recorded.event {
            return self.started(wipe, tablet, now_ms, lending);
        }
        if let Event::WipeCalledOff { wipe, .. } = recorded.event {
            self.all.get_mut(&wipe)?.over = true;
        }
        if recorded.event == Event::WipesStopped {
            self.stopped_by = saying.said.operator;
        }
        if recorded.event == Event::WipesAllowed {
            return self.allowed(saying);
        }
        None
    }

    /// More than three unattended returns in ten minutes ask for a badge.
    fn burst(&mut self, said: &Said, now_ms: u64, lending: &Lending) -> Broken {
        let (Node::Kiosk(kiosk), None, Action::Return(scan)) = (said.by, said.operator, &said.what)
        else {
            return None;
        };
        // What left the fleet is shown, and not returned.
        if lending.whereabouts(scan.tablet) == Some(Whereabouts::Retired) {
            return None;
        }
        let recent = self.unattended.entry(kiosk).or_default();
        recent.retain(|at_ms| now_ms - at_ms < BURST_MS);
        recent.push(now_ms);
        (recent.len() > BURST).then(|| {
            let what = format!(
                "kiosk {} takes {} returns from nobody",
                kiosk + 1,
                recent.len()
            );
            (Rule::R9, what)
        })
    }

    fn asked(&mut self, wipe: WipeId, tablet: TabletId, now_ms: u64, saying: &Saying) -> Broken {
        let (Some(operator), Action::AskWipe(asked)) = (saying.said.operator, &saying.said.what)
        else {
            return Some(broken(format!("{wipe} was asked for by nobody")));
        };
        if (asked.wipe, asked.tablet) != (wipe, tablet) {
            return Some(broken(format!("{wipe} is not what was asked for")));
        }
        let asked = (operator, now_ms);
        let asked = Wipe {
            tablet,
            asked,
            agreed: None,
            began: None,
            over: false,
        };
        self.all.insert(wipe, asked);
        self.goes_on(wipe)
            .or_else(|| self.too_many_asked(operator, now_ms))
    }

    fn agreed(&mut self, wipe: WipeId, now_ms: u64, saying: &Saying) -> Broken {
        let (Some(operator), Action::AgreeWipe(asked)) = (saying.said.operator, &saying.said.what)
        else {
            return Some(broken(format!("{wipe} was agreed to by nobody")));
        };
        let it = self.all.get_mut(&wipe).filter(|_| asked.wipe == wipe)?;
        it.agreed = Some((operator, now_ms));
        let asked_by = it.asked.0;
        if asked_by == operator {
            return Some(broken(format!(
                "{operator} asked for {wipe} and agreed to it"
            )));
        }
        self.goes_on(wipe)
            .or_else(|| self.too_many_asked(operator, now_ms))
            .or_else(|| self.too_many_asked(asked_by, now_ms))
    }

    fn goes_on(&self, wipe: WipeId) -> Broken {
        if self.stopped_by.is_some() {
            return Some(broken(format!("{wipe} goes on after \"Stop all\"")));
        }
        let over = self.all.get(&wipe).is_none_or(|it| it.over);
        over.then(|| broken(format!("{wipe} goes on and is over")))
    }

    /// That were asked for in the last hour.
    fn too_many_asked(&self, operator: OperatorId, now_ms: u64) -> Broken {
        self.too_many(operator, now_ms, |it| Some(it.asked.1))
    }

    /// Of one operator, or of the fleet, that this happened to in the last hour.
    fn too_many(
        &self,
        operator: OperatorId,
        now_ms: u64,
        happened_ms: impl Fn(&Wipe) -> Option<u64>,
    ) -> Broken {
        let since_ms = now_ms.saturating_sub(HOUR_MS);
        let is_recent = |it: &&Wipe| happened_ms(it).is_some_and(|at_ms| at_ms > since_ms);
        let recent = self.all.values().filter(is_recent);
        let (all, theirs) = recent.fold((0, 0), |(all, theirs), it| {
            (all + 1, theirs + usize::from(it.involves(operator)))
        });
        let many = theirs > OPERATOR_MAX || all > FLEET_MAX;
        let what = format!("{theirs} wipes of {operator} in an hour, and {all} of the fleet");
        many.then_some((Rule::R9, what))
    }

    fn started(
        &mut self,
        wipe: WipeId,
        tablet: TabletId,
        now_ms: u64,
        lending: &Lending,
    ) -> Broken {
        if let Some(found) = self.goes_on(wipe) {
            return Some(found);
        }
        let it = self.all.get_mut(&wipe)?;
        it.over = true;
        it.began = Some(now_ms);
        let it = *it;
        let Some((agreed_by, agreed_ms)) = it.agreed else {
            return Some(broken(format!("{wipe} begins on one person's word")));
        };
        if it.tablet != tablet {
            return Some(broken(format!("{wipe} is done to another tablet")));
        }
        if now_ms < agreed_ms + UNDO_MS {
            return Some(broken(format!(
                "{wipe} begins before its ten minutes are over"
            )));
        }
        let lent = lending.lent_after(tablet, it.asked.1);
        if lent {
            return Some(broken(format!(
                "{wipe} is done to the next borrower's tablet"
            )));
        }
        self.too_many(it.asked.0, now_ms, |it| it.began)
            .or_else(|| self.too_many(agreed_by, now_ms, |it| it.began))
    }

    fn allowed(&mut self, saying: &Saying) -> Broken {
        let stopped_by = self.stopped_by.take();
        let same = stopped_by.is_none() || stopped_by == saying.said.operator;
        same.then(|| broken("whoever stopped all wipes lets them begin again".to_owned()))
    }
}

impl Wipe {
    fn involves(&self, operator: OperatorId) -> bool {
        let agreed_by = self.agreed.map(|(operator, _)| operator);
        self.asked.0 == operator || agreed_by == Some(operator)
    }
}

fn broken(what: String) -> (Rule, String) {
    (Rule::R9, what)
}
