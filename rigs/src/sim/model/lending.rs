//! Loans: one a tablet (R1), begun only on a tablet that is ready (R2), ended by
//! the return that was meant and by no other (R3, R6), due on the right day (R8).

use std::collections::{BTreeMap, BTreeSet};

use shared::{
    command::Action,
    dispute::{Decision, DisputeCause},
    event::{Event, Recorded},
    ids::{BorrowerId, CommandId, LoanId, TabletId, TransferId, VenueId},
    policy::Policy,
    tablet::{Flag, Presence},
    time::{Day, Moment},
    venue::{Calendar, VenueKind},
};

mod moves;
mod renewals;
mod undoing;

use super::{
    Broken, Rule, View, civil,
    holds::Holds,
    said::{Saying, Sayings},
};
use crate::sim::{note::Note, truth::Truth};

/// A kiosk's idea of the time may be behind by as long as a message takes; a person
/// needs longer to carry a tablet anywhere.
const SLACK_MS: u64 = 150_000;

/// How far a loan has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    Open,
    Contested,
    Over,
}

#[derive(Clone, Copy, Debug)]
struct Loan {
    tablet: TabletId,
    borrower: Option<BorrowerId>,
    venue: VenueId,
    due_on: Day,
    renewals: u8,
    /// When it was really begun.
    began_ms: u64,
    how: How,
}

/// Where a tablet is, as far as the log goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whereabouts {
    /// At this venue.
    At(VenueId),
    /// Out on this loan.
    Out(LoanId),
    /// In a box on its way.
    Travelling(TransferId),
    /// Nobody knows.
    Gone,
    /// It left the fleet.
    Retired,
}

#[derive(Clone, Debug)]
struct Tablet {
    whereabouts: Whereabouts,
    /// When that which moved it last really happened.
    moved_ms: u64,
    /// When it was really lent last.
    lent_ms: u64,
    flags: Vec<Flag>,
    /// The loan that a return by sticker alone ended, until somebody has it in hand.
    sticker: Option<LoanId>,
    /// What the last fact about it came of.
    touched_by: CommandId,
}

/// Every loan, and where every tablet is.
pub struct Lending {
    begins_at: Moment,
    policy: Policy,
    calendars: BTreeMap<VenueId, Calendar>,
    placements: BTreeSet<VenueId>,
    loans: BTreeMap<LoanId, Loan>,
    tablets: BTreeMap<TabletId, Tablet>,
    /// What only a dispute of the same command makes good.
    owed: Vec<(CommandId, Rule, String)>,
    /// Commands that came with a dispute.
    disputed: BTreeSet<CommandId>,
    /// Boxes, with how many of each were said to be missing by the last command.
    boxes: BTreeMap<TransferId, u32>,
}

impl Lending {
    pub fn of(begins_at: Moment, policy: Policy, truth: &Truth) -> Self {
        let calendars = truth.venues.iter();
        let placements = truth.venues.iter();
        let placements = placements.filter(|it| it.kind == VenueKind::Partner);
        Self {
            begins_at,
            policy,
            calendars: calendars.map(|it| (it.id, it.calendar.clone())).collect(),
            placements: placements.map(|it| it.id).collect(),
            loans: BTreeMap::new(),
            tablets: BTreeMap::new(),
            owed: Vec::new(),
            disputed: BTreeSet::new(),
            boxes: BTreeMap::new(),
        }
    }

    /// Where this tablet is.
    pub fn whereabouts(&self, tablet: TabletId) -> Option<Whereabouts> {
        Some(self.tablets.get(&tablet)?.whereabouts)
    }

    /// Whether people flagged it.
    pub fn is_flagged(&self, tablet: TabletId) -> bool {
        let flags = self.tablets.get(&tablet).map(|it| it.flags.len());
        flags.is_some_and(|flags| flags > 0)
    }

    /// Whether it was lent since this was said.
    pub fn was_lent_since(&self, tablet: TabletId, saying: &Saying) -> bool {
        let lent = self.tablets.get(&tablet).map(|it| it.lent_ms);
        lent.is_some_and(|lent_ms| saying.at_ms + SLACK_MS < lent_ms)
    }

    /// Whether this loan is or was one of this tablet.
    pub fn is_loan_of(&self, loan: LoanId, tablet: TabletId) -> bool {
        self.loans.get(&loan).is_some_and(|it| it.tablet == tablet)
    }

    /// Whether it was really lent after this moment.
    pub fn lent_after(&self, tablet: TabletId, at_ms: u64) -> bool {
        let lent = self.tablets.get(&tablet).map(|it| it.lent_ms);
        lent.is_some_and(|lent_ms| at_ms < lent_ms)
    }

    /// The tablets that are at a venue, each with its venue.
    pub fn at_venues(&self) -> impl Iterator<Item = (TabletId, VenueId)> {
        self.tablets.iter().filter_map(|(id, it)| {
            if let Whereabouts::At(venue) = it.whereabouts {
                return Some((*id, venue));
            }
            None
        })
    }

    pub fn hear(&mut self, note: &Note, view: &View, sayings: &Sayings, holds: &Holds) -> Broken {
        match note {
            Note::Logged(recorded, _) => {
                let saying = sayings.of_command(recorded.command)?;
                let found = self
                    .lent_and_brought_back(recorded, saying)
                    .or_else(|| self.renewed(recorded, saying, view, holds))
                    .or_else(|| self.undone(recorded, saying, sayings))
                    .or_else(|| self.moved_otherwise(recorded, saying));
                self.touched(recorded);
                found
            }
            // All entries of what was written together have been read by then.
            Note::ServerWrote(..) => self.undisputed(),
            Note::Said(_)
            | Note::LentAlone(..)
            | Note::RowsHeard(_)
            | Note::Decided(..)
            | Note::ServerStarted(..)
            | Note::KioskStarted(..)
            | Note::KioskSetBack(..)
            | Note::SeriesBegun(..)
            | Note::Heard(..)
            | Note::Shown(..)
            | Note::Halted(..)
            | Note::ResetBegun(..)
            | Note::Wiped(_)
            | Note::Signed(..)
            | Note::AgentReady(_)
            | Note::LoanOpened(..)
            | Note::ScreenShown(_)
            | Note::HandedOver(..) => None,
        }
    }

    fn lent_and_brought_back(&mut self, recorded: &Recorded, saying: &Saying) -> Broken {
        match &recorded.event {
            Event::TabletEnrolled { tablet, venue, .. } => self.enrolled(*tablet, *venue, saying),
            Event::CheckedOut {
                tablet,
                loan,
                venue,
                due_on,
            } => self.checked_out(recorded, (*tablet, *loan), (*venue, *due_on), saying),
            Event::Returned {
                tablet,
                loan,
                venue,
                presence,
                ..
            } => self.returned((*tablet, *loan), *venue, *presence, saying),
            Event::HandedOn {
                tablet,
                loan,
                venue,
            } => self.handed_on((*tablet, *loan), *venue, saying),
            Event::ReturnCameLate { tablet, loan, .. } => {
                self.came_late(recorded, *tablet, *loan, saying)
            }
            Event::LoanReopened { tablet, loan } => self.reopened(*tablet, *loan, saying),
            Event::CheckOutCameLate {
                tablet,
                loan,
                venue,
                due_on,
            } => self.lent_before(recorded, (*tablet, *loan), (*venue, *due_on), saying),
            Event::DisputeRaised { loan, cause, .. } => self.raised(recorded, *loan, *cause),
            Event::DisputeClosed { loan, decision, .. } => self.dispute_closed(*loan, *decision),
            Event::FlagSet { tablet, flag } => self.flag(*tablet, *flag, true),
            Event::FlagCleared { tablet, flag } => self.flag(*tablet, *flag, false),
            Event::ResetOrdered { tablet, .. } => self.seen_in_hand(*tablet),
            // Each in its own place below, or in another file of rules.
            Event::Renewed { .. }
            | Event::AgentEnrolled { .. }
            | Event::CheckOutUndone { .. }
            | Event::ReturnUndone { .. }
            | Event::TabletAhead { .. }
            | Event::Sent { .. }
            | Event::Received { .. }
            | Event::MarkedMissing { .. }
            | Event::MarkedLost { .. }
            | Event::WrittenOff { .. }
            | Event::Withdrawn { .. }
            | Event::Gifted { .. }
            | Event::TransferBegan { .. }
            | Event::TransferEnded { .. }
            | Event::StockTaken { .. }
            | Event::RetiredTabletSeen { .. }
            | Event::PutAside { .. }
            | Event::PutAsideEnded { .. }
            | Event::PartsMissed { .. }
            | Event::HoldPlaced { .. }
            | Event::HoldEnded { .. }
            | Event::WipeAsked { .. }
            | Event::WipeAgreed { .. }
            | Event::WipeCalledOff { .. }
            | Event::WipeStarted { .. }
            | Event::WipesStopped
            | Event::WipesAllowed
            // Nothing of these is a rule of lending.
            | Event::VenueOpened { .. }
            | Event::VenueChanged { .. }
            | Event::OperatorAppointed { .. }
            | Event::KioskEnrolled { .. }
            | Event::ImageReleased { .. }
            | Event::ReportedBack { .. }
            | Event::StillGotItAnswered { .. }
            | Event::ResetVerified { .. }
            | Event::ResetFailed { .. }
            | Event::RuleOverridden { .. }
            | Event::UnknownTabletSeen { .. }
            | Event::KitSet { .. }
            | Event::KeysRenewalAsked { .. }
            | Event::KeysRenewed { .. }
            | Event::TripPlanned { .. }
            | Event::TripEnded { .. }
            | Event::SeriesRestarted { .. }
            | Event::CommandIdReused { .. } => None,
        }
    }

    fn touched(&mut self, recorded: &Recorded) {
        let tablet = recorded.event.tablet();
        if let Some(it) = tablet.and_then(|tablet| self.tablets.get_mut(&tablet)) {
            it.touched_by = recorded.command;
        }
    }

    fn enrolled(&mut self, tablet: TabletId, venue: VenueId, saying: &Saying) -> Broken {
        let enrolled = Tablet {
            whereabouts: Whereabouts::At(venue),
            moved_ms: saying.at_ms,
            lent_ms: 0,
            flags: Vec::new(),
            sticker: None,
            touched_by: saying.said.command,
        };
        self.tablets.insert(tablet, enrolled);
        None
    }

    fn moved(&mut self, tablet: TabletId, to: Whereabouts, saying: &Saying) -> Broken {
        let it = self.tablets.get_mut(&tablet)?;
        it.whereabouts = to;
        it.moved_ms = it.moved_ms.max(saying.at_ms);
        None
    }

    fn seen_in_hand(&mut self, tablet: TabletId) -> Broken {
        self.tablets.get_mut(&tablet)?.sticker = None;
        None
    }

    fn flag(&mut self, tablet: TabletId, flag: Flag, on: bool) -> Broken {
        let flags = &mut self.tablets.get_mut(&tablet)?.flags;
        flags.retain(|it| *it != flag);
        if on {
            flags.push(flag);
        }
        None
    }

    fn checked_out(
        &mut self,
        recorded: &Recorded,
        (tablet, loan): (TabletId, LoanId),
        (venue, due_on): (VenueId, Day),
        saying: &Saying,
    ) -> Broken {
        let Action::CheckOut(asked) = &saying.said.what else {
            return Some((Rule::R4, format!("{tablet} is lent, and nobody asked")));
        };
        if (asked.tablet, asked.loan) != (tablet, loan) {
            return Some((Rule::R4, format!("{tablet} is lent in place of another")));
        }
        if let Some(open) = self.open_loan(tablet) {
            return Some((Rule::R1, format!("{tablet} is out on {open} and on {loan}")));
        }
        let here = matches!(self.whereabouts(tablet), Some(Whereabouts::At(_)));
        let away = (!here).then(|| (Rule::R2, format!("{tablet} is lent and is not at a venue")));
        let unfit = away.or_else(|| self.over_limit(asked.borrower));
        let found = match unfit {
            // What a kiosk has done without the server stands, and is disputed.
            Some((rule, what)) if saying.alone.is_some() => {
                self.owed.push((recorded.command, rule, what));
                None
            }
            other => other,
        };
        let found = found.or_else(|| self.wrong_day(venue, due_on, saying));
        let borrower = asked.borrower;
        let begun = Loan {
            tablet,
            borrower,
            venue,
            due_on,
            renewals: 0,
            began_ms: saying.at_ms,
            how: How::Open,
        };
        self.loans.insert(loan, begun);
        let it = self.tablets.get_mut(&tablet)?;
        it.sticker = None;
        it.lent_ms = saying.at_ms;
        found.or_else(|| self.moved(tablet, Whereabouts::Out(loan), saying))
    }

    fn open_loan(&self, tablet: TabletId) -> Option<LoanId> {
        let open = |(_, loan): &(&LoanId, &Loan)| loan.tablet == tablet && loan.how == How::Open;
        self.loans.iter().find(open).map(|(id, _)| *id)
    }

    fn over_limit(&self, borrower: Option<BorrowerId>) -> Broken {
        let open = |loan: &&Loan| loan.borrower == borrower && loan.how == How::Open;
        let open = self.loans.values().filter(open).count();
        let max = usize::try_from(self.policy.open_loans_max).unwrap_or(usize::MAX);
        (open >= max).then(|| {
            (
                Rule::Limit,
                format!("a borrower has {open} loans and gets one more"),
            )
        })
    }

    /// Counted from the day on which it was really lent.
    fn wrong_day(&self, venue: VenueId, due_on: Day, saying: &Saying) -> Broken {
        let calendar = self.calendars.get(&venue)?;
        let since = i64::try_from(saying.at_ms).ok()?;
        let slack = i64::try_from(SLACK_MS).ok()?;
        let due = [since - slack, since].map(|ms| {
            let lent_on = civil::day(self.begins_at.plus_ms(ms));
            civil::open_on_or_after(calendar, lent_on + i64::from(self.policy.loan_days))
        });
        let found = civil::number(due_on)?;
        (!due.contains(&found)).then(|| {
            let what = format!("{due_on} is {} days from the due day", found - due[1]);
            (Rule::R8, what)
        })
    }

    fn returned(
        &mut self,
        (tablet, loan): (TabletId, Option<LoanId>),
        venue: VenueId,
        presence: Presence,
        saying: &Saying,
    ) -> Broken {
        let named = match &saying.said.what {
            Action::Return(scan) => scan.loan,
            // A sweep sees stickers only: it ends no loan.
            Action::TakeStock(sweep) if loan.is_none() && sweep.seen.contains(&tablet) => None,
            _ => return Some((Rule::R4, format!("{tablet} came back, and nobody said so"))),
        };
        let proven = match presence {
            Presence::InHand => saying.by_code.is_none() && saying.proves() == Some(tablet),
            Presence::CodeShown => saying.by_code == Some(tablet),
            Presence::StickerOnly => true,
        };
        if !proven {
            let what = format!("{tablet} is here ({presence:?}), and nothing proves it");
            return Some((Rule::R19, what));
        }
        self.back((tablet, loan), named, (venue, presence), saying)
    }

    /// In a placement, with the tablet in an operator's hand.
    fn handed_on(
        &mut self,
        (tablet, loan): (TabletId, Option<LoanId>),
        venue: VenueId,
        saying: &Saying,
    ) -> Broken {
        let asked = matches!(&saying.said.what, Action::HandOn(it) if it.tablet == tablet);
        if !asked || saying.said.operator.is_none() {
            return Some((
                Rule::R4,
                format!("{tablet} is handed on, and nobody said so"),
            ));
        }
        let lent_at = loan
            .and_then(|loan| self.loans.get(&loan))
            .map(|it| it.venue);
        if !self.placements.contains(&venue) || lent_at.is_some_and(|it| it != venue) {
            let what = format!("{tablet} is handed on where it was not placed");
            return Some((Rule::R6, what));
        }
        self.back((tablet, loan), None, (venue, Presence::InHand), saying)
    }

    fn back(
        &mut self,
        (tablet, loan): (TabletId, Option<LoanId>),
        named: Option<LoanId>,
        (venue, presence): (VenueId, Presence),
        saying: &Saying,
    ) -> Broken {
        if self.whereabouts(tablet) == Some(Whereabouts::Retired) {
            return Some((Rule::R6, format!("{tablet} left the fleet, and is back")));
        }
        let found = match loan {
            Some(loan) => self.ended(tablet, loan, named, saying),
            None => self.open_loan(tablet).map(|open| {
                let what = format!("{tablet} came back, and {open} goes on");
                (Rule::R6, what)
            }),
        };
        let it = self.tablets.get_mut(&tablet)?;
        if presence != Presence::StickerOnly {
            it.sticker = None;
        } else if loan.is_some() {
            it.sticker = loan;
        }
        found.or_else(|| self.moved(tablet, Whereabouts::At(venue), saying))
    }

    /// A return ends the loan that it names; where it names none, one that had
    /// begun when the tablet was scanned.
    fn ended(
        &mut self,
        tablet: TabletId,
        loan: LoanId,
        named: Option<LoanId>,
        saying: &Saying,
    ) -> Broken {
        let it = self.loans.get_mut(&loan)?;
        let how = std::mem::replace(&mut it.how, How::Over);
        if it.tablet != tablet || how == How::Over {
            return Some((Rule::R6, format!("{loan} is ended by a return of {tablet}")));
        }
        if named.is_some_and(|named| named != loan) {
            return Some((
                Rule::R6,
                format!("{loan} is ended by a return that names another"),
            ));
        }
        (saying.at_ms + SLACK_MS < it.began_ms).then(|| {
            let what = format!("{loan} is ended by a return from before it began");
            (Rule::R6, what)
        })
    }

    /// Only word from before the tablet moved on is late; what is not, and does not
    /// fit, is disputed.
    fn came_late(
        &mut self,
        recorded: &Recorded,
        tablet: TabletId,
        loan: Option<LoanId>,
        saying: &Saying,
    ) -> Broken {
        let it = self.tablets.get(&tablet)?;
        if saying.at_ms > it.moved_ms + SLACK_MS {
            let what = format!("a return of {tablet} that names {loan:?} is put off as late");
            self.owed.push((recorded.command, Rule::R3, what));
        }
        None
    }

    /// Word of a check out from before the tablet moved on: a person decides.
    fn lent_before(
        &mut self,
        recorded: &Recorded,
        (tablet, loan): (TabletId, LoanId),
        (venue, due_on): (VenueId, Day),
        saying: &Saying,
    ) -> Broken {
        let Action::CheckOut(asked) = &saying.said.what else {
            return Some((Rule::R4, format!("{tablet} is lent, and nobody asked")));
        };
        let it = self.tablets.get(&tablet)?;
        let (moved_ms, retired) = (it.moved_ms, it.whereabouts == Whereabouts::Retired);
        let begun = Loan {
            tablet,
            borrower: asked.borrower,
            venue,
            due_on,
            renewals: 0,
            began_ms: saying.at_ms,
            how: How::Contested,
        };
        self.loans.insert(loan, begun);
        let what = format!("{loan} of {tablet} came late");
        self.owed.push((recorded.command, Rule::R6, what.clone()));
        // What left the fleet is no longer lent, whenever it was.
        let is_late = retired || saying.at_ms <= moved_ms + SLACK_MS;
        let is_late = saying.alone.is_some() && is_late;
        (!is_late).then(|| (Rule::R6, format!("{what}, and did not")))
    }

    /// What does not fit becomes a dispute, in the same breath.
    fn undisputed(&mut self) -> Broken {
        let mut owed = std::mem::take(&mut self.owed).into_iter();
        let found = owed.find(|(command, ..)| !self.disputed.contains(command));
        found.map(|(_, rule, what)| (rule, what))
    }

    /// Whether this came with a dispute.
    pub fn is_disputed(&self, command: CommandId) -> bool {
        self.disputed.contains(&command)
    }

    fn raised(&mut self, recorded: &Recorded, loan: Option<LoanId>, cause: DisputeCause) -> Broken {
        self.disputed.insert(recorded.command);
        if leaves_open(cause) {
            self.loans.get_mut(&loan?)?.how = How::Contested;
        }
        None
    }

    fn dispute_closed(&mut self, loan: Option<LoanId>, decision: Decision) -> Broken {
        let it = self.loans.get_mut(&loan?)?;
        it.how = match decision {
            Decision::StillOut => How::Open,
            Decision::ReturnedThen | Decision::EnteredInError | Decision::WriteOff => How::Over,
        };
        let tablet = it.tablet;
        let open = |it: &&Loan| it.tablet == tablet && it.how == How::Open;
        let open = self.loans.values().filter(open).count();
        (open > 1).then(|| (Rule::R1, format!("{tablet} is out on {open} loans")))
    }

    /// Only where a sticker alone was seen, and nobody had it in hand since.
    fn reopened(&mut self, tablet: TabletId, loan: LoanId, saying: &Saying) -> Broken {
        if let Some(open) = self.open_loan(tablet) {
            return Some((Rule::R1, format!("{tablet} is out on {open} and on {loan}")));
        }
        let sticker = self.tablets.get_mut(&tablet)?.sticker.take();
        if sticker != Some(loan) {
            let what = format!("{loan} goes on, and {tablet} was in hand since");
            return Some((Rule::R19, what));
        }
        self.loans.get_mut(&loan)?.how = How::Open;
        self.moved(tablet, Whereabouts::Out(loan), saying)
    }
}

/// Whether it is open who has the tablet.
pub fn leaves_open(cause: DisputeCause) -> bool {
    matches!(
        cause,
        DisputeCause::DoubleLoan | DisputeCause::ReturnContested | DisputeCause::SeriesWentBack
    )
}
