//! What was said, and that each of it takes effect once (R4), is not lost (R5) and
//! comes in its order (R6).

use std::collections::BTreeMap;

use kiosk::flow::{Answer, Done};
use shared::{
    command::Action,
    event::{Event, Recorded},
    ids::{CommandId, TabletId},
    refusal::Refusal,
    signed::presence::PresenceCode,
    tablet::Presence,
};

use super::{Broken, Rule, View};
use crate::sim::{
    node::Node,
    note::{Note, Said},
    truth::Place,
};

/// Something that was said, and what became of it.
#[derive(Clone, Debug)]
pub struct Saying {
    /// What was said.
    pub said: Said,
    /// When it was really said.
    pub at_ms: u64,
    /// So many things were said before it.
    nth: usize,
    decided: Option<Result<(), Refusal>>,
    logged: bool,
    /// It happened without the server, and what the kiosk could have known.
    pub alone: Option<Alone>,
    /// The tablet whose own screen had shown the code that it comes with.
    pub by_code: Option<TabletId>,
    /// Its kiosk's disk was set back to before it.
    forgotten: bool,
}

impl Saying {
    /// The tablet that it proves to be there.
    pub fn proves(&self) -> Option<TabletId> {
        let by_somebody = self.said.operator.is_some();
        let in_hand = in_hand(&self.said.what).filter(|_| by_somebody);
        in_hand.or(self.by_code)
    }

    /// An operator lends against a rule, and says why.
    pub const fn overrides(&self) -> bool {
        match &self.said.what {
            Action::CheckOut(it) => it.overriding.is_some() && self.said.operator.is_some(),
            _ => false,
        }
    }
}

/// How long after a tablet's screen showed a code it may be taken: as long as it is
/// shown and as much again, and what two clocks that were compared may differ.
const CODE_MS: u64 = 60_000 + CLOCKS_APART_MS;
const CLOCKS_APART_MS: u64 = 120_000;

/// A check out that a kiosk decided by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alone {
    /// The kiosk itself had a hand in what happened to the tablet since it last heard.
    Knowing,
    /// It had not.
    Unknowing,
}

/// A kiosk's series.
#[derive(Clone, Copy, Debug, Default)]
struct Series {
    /// When the kiosk last heard how everything is.
    heard_ms: u64,
    kept: u64,
    set_back: bool,
}

/// Everything that was said.
pub struct Sayings {
    all: BTreeMap<CommandId, Saying>,
    series: Vec<Series>,
    /// The codes that tablets' screens showed, and when.
    screens: Vec<(PresenceCode, u64)>,
    /// The command of the log's last entry.
    last: Option<CommandId>,
}

impl Sayings {
    pub fn of(kiosks: usize) -> Self {
        Self {
            all: BTreeMap::new(),
            series: vec![Series::default(); kiosks],
            screens: Vec::new(),
            last: None,
        }
    }

    /// What was said under this id.
    pub fn of_command(&self, command: CommandId) -> Option<&Saying> {
        self.all.get(&command)
    }

    pub fn hear(&mut self, note: &Note, view: &View) -> Broken {
        match note {
            Note::Said(said) => self.said(said, view),
            Note::LentAlone(kiosk, command) => self.lent_alone(*kiosk, *command),
            Note::RowsHeard(kiosk) => {
                self.series[*kiosk].heard_ms = view.now_ms;
                None
            }
            Note::Decided(command, answer) => self.decided(*command, *answer),
            Note::Logged(recorded, _) => self.logged(recorded),
            Note::Heard(kiosk, command, answer) => self.heard(*kiosk, *command, *answer),
            Note::Shown(kiosk, done, about) => self.shown(*kiosk, *done, *about),
            Note::KioskStarted(kiosk, facts) => self.kiosk_started(*kiosk, *facts),
            Note::KioskSetBack(kiosk, facts, gone) => self.kiosk_set_back(*kiosk, *facts, gone),
            Note::SeriesBegun(kiosk, held) => self.series_begun(*kiosk, *held),
            Note::Halted(kiosk, why) => Some((
                Rule::R6,
                format!("kiosk {} sends nothing more: {why}", kiosk + 1),
            )),
            Note::ServerStarted(..)
            | Note::ServerWrote(..)
            | Note::ResetBegun(..)
            | Note::Wiped(_)
            | Note::Signed(..)
            | Note::AgentReady(_)
            | Note::LoanOpened(..)
            | Note::HandedOver(..) => None,
            Note::ScreenShown(code) => {
                self.screens.push((*code, view.now_ms));
                None
            }
        }
    }

    /// The tablet whose screen has just shown this code.
    fn shown_by(&self, code: PresenceCode, now_ms: u64) -> Option<TabletId> {
        let is_it = |(shown, at_ms): &&(PresenceCode, u64)| {
            *shown == code && now_ms.saturating_sub(*at_ms) <= CODE_MS
        };
        self.screens
            .iter()
            .find(is_it)
            .map(|(code, _)| code.tablet())
    }

    fn said(&mut self, said: &Said, view: &View) -> Broken {
        // A tablet whose newest record was lost says the same thing once more.
        let is_again = self
            .all
            .get(&said.command)
            .is_some_and(|it| it.said == *said);
        if is_again && matches!(said.by, Node::Tablet(_)) {
            return None;
        }
        let saying = Saying {
            said: said.clone(),
            at_ms: view.now_ms,
            nth: self.all.len(),
            decided: None,
            logged: false,
            alone: None,
            by_code: code(&said.what).and_then(|code| self.shown_by(code, view.now_ms)),
            forgotten: false,
        };
        check_honest(said, view);
        if let (Node::Kiosk(kiosk), Some(place)) = (said.by, said.place) {
            self.series[kiosk].kept = place;
        }
        let before = self.all.insert(said.command, saying);
        before.map(|_| {
            (
                Rule::R4,
                format!("{} is the id of two things", said.command),
            )
        })
    }

    fn decided(&mut self, command: CommandId, answer: Result<(), Refusal>) -> Broken {
        let Some(saying) = self.all.get_mut(&command) else {
            return Some((Rule::R4, format!("nobody said {command}")));
        };
        if let Err(refusal) = answer
            && let Some(found) = on_series(saying, refusal, &self.series)
        {
            return found.into_broken();
        }
        match saying.decided {
            // What has happened is thought over (R6).
            Some(Err(_)) if saying.alone.is_some() && answer.is_ok() => {
                saying.decided = Some(answer);
                return None;
            }
            Some(before) if before != answer => {
                let what = format!("{command} was answered {before:?}, and then {answer:?}");
                return Some((Rule::R4, what));
            }
            Some(_) => return None,
            None => saying.decided = Some(answer),
        }
        if let (Action::Return(_), Err(refusal)) = (&saying.said.what, answer) {
            return Some((Rule::R3, format!("a return is refused: {}", refusal.code())));
        }
        self.in_order(command)
    }

    /// The check out of this kiosk and tablet that was said last.
    pub fn last_check_out(&self, kiosk: usize, tablet: TabletId) -> Option<&Saying> {
        let is_it = |saying: &&Saying| {
            let is_check_out = matches!(&saying.said.what, Action::CheckOut(_));
            saying.said.by == Node::Kiosk(kiosk)
                && is_check_out
                && moved(&saying.said.what) == Some(tablet)
        };
        self.all.values().filter(is_it).max_by_key(|it| it.at_ms)
    }

    fn lent_alone(&mut self, kiosk: usize, command: CommandId) -> Broken {
        let heard_ms = self.series[kiosk].heard_ms;
        let tablet = self.all.get(&command).and_then(|it| moved(&it.said.what));
        // What it said itself is not in what it heard before the server took it.
        let is_own = |it: &&Saying| {
            it.said.by == Node::Kiosk(kiosk)
                && it.said.command != command
                && moved(&it.said.what) == tablet
                && (it.decided.is_none() || it.at_ms >= heard_ms)
        };
        let knows = self.all.values().any(|it| is_own(&it));
        let saying = self.all.get_mut(&command)?;
        saying.alone = Some(if knows {
            Alone::Knowing
        } else {
            Alone::Unknowing
        });
        None
    }

    /// A kiosk's facts are decided one after the other, in the order in which they were
    /// said, and none that it remembers is left out.
    fn in_order(&self, command: CommandId) -> Broken {
        let saying = self.all.get(&command)?;
        let Node::Kiosk(kiosk) = saying.said.by else {
            return None;
        };
        let is_before = |it: &&Saying| {
            it.said.by == Node::Kiosk(kiosk)
                && it.nth < saying.nth
                && it.decided.is_none()
                && !it.forgotten
        };
        let before = self.all.values().find(is_before)?;
        let before = before.said.command;
        let kiosk = kiosk + 1;
        let what = format!("{command} of kiosk {kiosk} is decided before {before}");
        Some((Rule::R6, what))
    }

    fn logged(&mut self, recorded: &Recorded) -> Broken {
        // That a series began is no effect of the fact that shows it.
        if let Event::SeriesRestarted { .. } = recorded.event {
            return None;
        }
        let command = recorded.command;
        let goes_on = self.last.replace(command) == Some(command);
        let Some(saying) = self.all.get_mut(&command) else {
            return Some((
                Rule::R4,
                format!("nobody said {command}, and it is in the log"),
            ));
        };
        if saying.decided.is_none_or(|answer| answer.is_err()) {
            return Some((
                Rule::R4,
                format!("{command} is in the log and was not taken"),
            ));
        }
        let again = std::mem::replace(&mut saying.logged, true) && !goes_on;
        again.then(|| (Rule::R4, format!("{command} took effect twice")))
    }

    /// What a kiosk hears is what was decided.
    fn heard(&self, kiosk: usize, command: CommandId, answer: Answer) -> Broken {
        let answer = match answer {
            Answer::Accepted => Ok(()),
            Answer::Refused(refusal) => Err(refusal),
        };
        let decided = self.all.get(&command).and_then(|saying| saying.decided);
        (decided != Some(answer)).then(|| {
            let kiosk = kiosk + 1;
            let what = format!("kiosk {kiosk} hears {answer:?} of {command}, it is {decided:?}");
            (Rule::R4, what)
        })
    }

    /// A screen says "done" only of what is on the disk, and "lent" only of what the
    /// server took.
    fn shown(&self, kiosk: usize, done: Done, about: Option<CommandId>) -> Broken {
        let saying = about.and_then(|command| self.all.get(&command));
        let Some(saying) = saying else {
            let what = format!("kiosk {} shows {done:?} of nothing on its disk", kiosk + 1);
            return Some((Rule::R5, what));
        };
        match done {
            Done::Lent { .. } if saying.decided != Some(Ok(())) && saying.alone.is_none() => {
                let what = format!("kiosk {} shows that a loan began that did not", kiosk + 1);
                Some((Rule::R11, what))
            }
            Done::Undone { .. } if saying.decided != Some(Ok(())) => {
                let what = format!("kiosk {} shows that what was not is undone", kiosk + 1);
                Some((Rule::R11, what))
            }
            Done::Lent { .. }
            | Done::Undone { .. }
            | Done::Counted { .. }
            | Done::Returned { .. }
            | Done::BackAtDesk { .. }
            | Done::Reported(_) => None,
        }
    }

    fn kiosk_started(&self, kiosk: usize, facts: u64) -> Broken {
        let kept = self.series[kiosk].kept;
        (facts != kept).then(|| {
            let what = format!("kiosk {} kept {kept} facts and has {facts}", kiosk + 1);
            (Rule::R5, what)
        })
    }

    /// A disk that was set back has lost what came after: that is the fault, and no
    /// failure of the kiosk.
    fn kiosk_set_back(&mut self, kiosk: usize, facts: u64, gone: &[CommandId]) -> Broken {
        let series = &mut self.series[kiosk];
        series.kept = facts;
        series.set_back = true;
        for command in gone {
            self.all.get_mut(command)?.forgotten = true;
        }
        None
    }

    /// Only a disk that was set back has anything to tell in another series.
    fn series_begun(&mut self, kiosk: usize, held: u64) -> Broken {
        let series = &mut self.series[kiosk];
        series.kept = held;
        (!series.set_back).then(|| {
            let what = format!("kiosk {} begins another series for nothing", kiosk + 1);
            (Rule::R6, what)
        })
    }

    /// Whatever a kiosk wrote down has been decided.
    pub fn rest(&self) -> Broken {
        let lost = |saying: &&Saying| {
            let by_kiosk = matches!(saying.said.by, Node::Kiosk(_));
            by_kiosk && saying.decided.is_none() && !saying.forgotten
        };
        let lost = self.all.values().find(lost)?;
        let (command, by) = (lost.said.command, lost.said.by);
        Some((
            Rule::R5,
            format!("{command} of {by} was written down, and is lost"),
        ))
    }
}

/// What a refusal of a fact's place in its series means.
enum OnSeries {
    /// It is decided later.
    Waits,
    Broken(Rule, String),
}

impl OnSeries {
    fn into_broken(self) -> Broken {
        match self {
            Self::Waits => None,
            Self::Broken(rule, what) => Some((rule, what)),
        }
    }
}

fn on_series(saying: &Saying, refusal: Refusal, series: &[Series]) -> Option<OnSeries> {
    let Node::Kiosk(kiosk) = saying.said.by else {
        return None;
    };
    let command = saying.said.command;
    if let Refusal::FactsMissing { .. } = refusal {
        return Some(OnSeries::Waits);
    }
    if let Refusal::SeriesWentBack { .. } = refusal {
        let what = format!("{command} has a place in its series that is taken");
        let is_meant = series[kiosk].set_back;
        return Some(if is_meant {
            OnSeries::Waits
        } else {
            OnSeries::Broken(Rule::R6, what)
        });
    }
    (refusal == Refusal::CommandIdReused).then(|| {
        let what = format!("{command} came with another body");
        OnSeries::Broken(Rule::R4, what)
    })
}

/// The people of these worlds are honest: whoever says that they have a tablet in
/// hand has it at their own venue.
fn check_honest(said: &Said, view: &View) {
    let Node::Kiosk(kiosk) = said.by else {
        return;
    };
    let Some(tablet) = in_hand(&said.what) else {
        return;
    };
    let place = view.place_of(tablet).map(|at| view.truth.places[at]);
    let here = Place::Venue(kiosk % view.truth.venues.len());
    assert_eq!(
        place,
        Some(here),
        "{tablet} is not in hand at kiosk {kiosk}"
    );
}

/// The tablet that this moves from hand to hand.
pub fn moved(action: &Action) -> Option<TabletId> {
    if let Action::CheckOut(it) = action {
        return Some(it.tablet);
    }
    if let Action::Return(it) = action {
        return Some(it.tablet);
    }
    None
}

/// The code of a tablet's own screen that came with it.
fn code(action: &Action) -> Option<PresenceCode> {
    if let Action::Return(it) = action {
        return it.code;
    }
    if let Action::StartReset(it) = action {
        return it.code;
    }
    None
}

/// The tablet that somebody says to have in hand, where that matters: the reset
/// follows from it.
pub fn in_hand(action: &Action) -> Option<TabletId> {
    match action {
        Action::Return(it) => (it.presence == Presence::InHand).then_some(it.tablet),
        Action::StartReset(it) => it.code.is_none().then_some(it.tablet),
        Action::HandOn(it) => Some(it.tablet),
        Action::EnrolTablet(it) => Some(it.tablet),
        Action::EnrolAgent(it) => Some(it.tablet),
        Action::OpenVenue(_)
        | Action::AppointOperator(_)
        | Action::EnrolKiosk(_)
        | Action::ReleaseImage(_)
        | Action::CheckOut(_)
        | Action::ReportBack(_)
        | Action::AnswerStillGotIt(_)
        | Action::RecordReset(_)
        | Action::EndTry(_)
        | Action::CatchUp(_)
        | Action::ClearFlag(_)
        | Action::CloseDispute(_)
        | Action::ChangeVenue(_)
        | Action::SetKit(_)
        | Action::RenewKeys(_)
        | Action::Renew(_)
        | Action::Undo(_)
        | Action::SetFlag(_)
        | Action::PlaceHold(_)
        | Action::CancelHold(_)
        | Action::ExpireHold(_)
        | Action::ServeQueue(_)
        | Action::Send(_)
        | Action::Receive(_)
        | Action::EndTransfer(_)
        | Action::Relocate(_)
        | Action::TakeStock(_)
        | Action::PlanTrip(_)
        | Action::CallOffTrip(_)
        | Action::AskWipe(_)
        | Action::AgreeWipe(_)
        | Action::CallOffWipe(_)
        | Action::StartWipe(_)
        | Action::StopWipes
        | Action::AllowWipes => None,
    }
}
