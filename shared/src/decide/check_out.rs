//! Check out: a borrower takes a tablet that its own agent has proven clean. What a
//! kiosk without its server has done already is never refused: it is taken, and
//! what does not fit becomes a dispute (R6).

use super::{Decided, Given, hold::no_longer_put_aside, reset::proof_is_allowed};
use crate::{
    borrower::BorrowerView,
    command::CheckOut,
    dispute::DisputeCause,
    event::Event,
    hold::{Hold, HoldEnd, HoldState},
    ids::{LoanId, TripId, VenueId},
    loan::Loan,
    policy::Policy,
    refusal::Refusal,
    tablet::{StateWord, Tablet},
    time::Day,
    venue::Calendar,
};

/// What is read before a check out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The tablet.
    pub tablet: Tablet,
    /// Its loan that is open, if there is one.
    pub open_loan: Option<Loan>,
    /// The borrower, if there is one of that id.
    pub borrower: Option<BorrowerView>,
    /// The borrower's hold that this check out serves: the one that the tablet is
    /// put aside for, else one that waits at this venue.
    pub their_hold: Option<Hold>,
    /// The delivery that was planned for that hold.
    pub delivery: Option<TripId>,
    /// From this day on the image that the tablet was proven on lends no more.
    pub image_withdraw_on: Option<Day>,
    /// Where it is lent.
    pub venue: VenueId,
    /// When that venue is closed.
    pub calendar: Calendar,
    /// The figures to decide by.
    pub policy: Policy,
}

impl Known {
    /// R7: whether the tablet is put aside for this very borrower.
    fn is_kept_for_them(&self) -> bool {
        let theirs = self.their_hold.as_ref().map(|hold| hold.id);
        theirs.is_some() && self.tablet.put_aside == theirs
    }
}

/// Lends a tablet.
pub fn check_out(known: &Known, command: &CheckOut, given: &Given) -> Decided {
    match may_lend(known, command, given) {
        Ok(rule) => Ok(lent(known, command, rule, given)),
        Err(why) if command.done => Ok(lent_all_the_same(known, command, why, given)),
        Err(why) => Err(why),
    }
}

/// Whether it may be lent, and whether only by an override.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rule {
    Kept,
    Overridden,
}

fn may_lend(known: &Known, command: &CheckOut, given: &Given) -> Result<Rule, Refusal> {
    given.require_operator()?;
    let checked = check_tablet(
        &known.tablet,
        known.is_kept_for_them(),
        known.image_withdraw_on,
        &known.policy,
        given.occurred_at.day(),
    );
    let rule = match checked {
        Ok(()) => Rule::Kept,
        Err(why) => overrides(why, command, given)?,
    };
    check_borrower(known)?;
    Ok(rule)
}

/// R2, R7: a named operator may lend against a rule, with a reason; never a tablet
/// that is somewhere else.
fn overrides(why: Refusal, command: &CheckOut, given: &Given) -> Result<Rule, Refusal> {
    if command.overriding.is_none() || !can_be_overridden(why) {
        return Err(why);
    }
    given.named_operator()?;
    Ok(Rule::Overridden)
}

const fn can_be_overridden(why: Refusal) -> bool {
    matches!(
        why,
        Refusal::PutAside
            | Refusal::ProofNotAllowed
            | Refusal::ImageWithdrawn { .. }
            | Refusal::TabletNotReady {
                word: StateWord::NeedsAttention | StateWord::Resetting | StateWord::BackNotYetReset,
            }
    )
}

/// R8: a civil day, and never one on which the venue is closed.
pub fn due_on(calendar: &Calendar, policy: &Policy, from: Day) -> Day {
    calendar.open_on_or_after(from.plus_days(policy.loan_days))
}

fn lent(known: &Known, command: &CheckOut, rule: Rule, given: &Given) -> Vec<Event> {
    let mut events = holds_served(known);
    events.push(checked_out(known, command, given));
    if let (Rule::Overridden, Some(reason)) = (rule, command.overriding) {
        events.push(Event::RuleOverridden {
            tablet: known.tablet.id,
            loan: command.loan,
            reason,
        });
    }
    events
}

fn checked_out(known: &Known, command: &CheckOut, given: &Given) -> Event {
    Event::CheckedOut {
        tablet: known.tablet.id,
        loan: command.loan,
        venue: known.venue,
        due_on: due_day(known, command, given),
    }
}

/// The day that the borrower was told, where a kiosk has told one that it could.
fn due_day(known: &Known, command: &CheckOut, given: &Given) -> Day {
    let ours = due_on(&known.calendar, &known.policy, given.occurred_at.day());
    let told = command.told_due_on.filter(|_| command.done);
    let likely = |day: &Day| day.days_since(ours).abs() <= TOLD_DAYS_APART_MAX;
    told.filter(likely).unwrap_or(ours)
}

/// What a kiosk told without its server may differ by a closure that it had not
/// heard of; by more than a month it is no due day.
const TOLD_DAYS_APART_MAX: i32 = 31;

/// The borrower's hold ends; a tablet that is kept for it, or for somebody else
/// who is overridden, no longer is.
fn holds_served(known: &Known) -> Vec<Event> {
    let mut events = Vec::new();
    if !known.is_kept_for_them() {
        events.extend(no_longer_put_aside(&known.tablet));
    }
    let Some(hold) = &known.their_hold else {
        return events;
    };
    if let HoldState::PutAside { tablet, .. } = hold.state
        && tablet != known.tablet.id
    {
        let hold = Some(hold.id);
        events.push(Event::PutAsideEnded { tablet, hold });
    }
    let how = HoldEnd::Collected;
    events.push(Event::HoldEnded { hold: hold.id, how });
    let done = |trip| Event::TripEnded { trip, done: true };
    events.extend(known.delivery.map(done));
    events
}

/// R6: what happened in the world wins. The latest physical fact is open, the
/// earlier loan is contested, and a person is told why it does not fit.
fn lent_all_the_same(known: &Known, command: &CheckOut, why: Refusal, given: &Given) -> Vec<Event> {
    let (tablet, loan) = (known.tablet.id, command.loan);
    let raised = |cause, loan: LoanId| Event::DisputeRaised {
        dispute: given.dispute,
        cause,
        tablet,
        loan: Some(loan),
    };
    if known.tablet.is_retired() || came_late(known, given) {
        let late = Event::CheckOutCameLate {
            tablet,
            loan,
            venue: known.venue,
            due_on: due_day(known, command, given),
        };
        return vec![late, raised(cause(known, why, given), loan)];
    }
    let mut events = holds_served(known);
    let out = checked_out(known, command, given);
    if let Some(earlier) = &known.open_loan {
        events.extend([raised(DisputeCause::DoubleLoan, earlier.id), out]);
    } else {
        events.extend([out, raised(cause(known, why, given), loan)]);
    }
    events
}

/// Whether the tablet moved on since, or the clock cannot say that it did not.
fn came_late(known: &Known, given: &Given) -> bool {
    let out_again = known.open_loan.is_some();
    given.occurred_at < known.tablet.custody_since || (out_again && !given.clock_sure)
}

fn cause(known: &Known, why: Refusal, given: &Given) -> DisputeCause {
    if given.from_old_copy {
        DisputeCause::SeriesWentBack
    } else if known.open_loan.is_some() {
        DisputeCause::DoubleLoan
    } else if matches!(why, Refusal::LoanLimit { .. }) {
        DisputeCause::OverLimit
    } else {
        DisputeCause::RefusedButDone
    }
}

/// R2, R7: whether this tablet may be lent on this day; to whoever it is put aside
/// for, or to anybody.
pub(crate) fn check_tablet(
    tablet: &Tablet,
    kept_for_them: bool,
    image_withdraw_on: Option<Day>,
    policy: &Policy,
    on: Day,
) -> Result<(), Refusal> {
    let word = tablet.word();
    match word {
        StateWord::Ready => {}
        StateWord::PutAside if kept_for_them => {}
        StateWord::PutAside => return Err(Refusal::PutAside),
        StateWord::OnLoan => return Err(Refusal::TabletOnLoan),
        StateWord::Retired | StateWord::GivenAway => return Err(Refusal::Retired { word }),
        StateWord::Lost
        | StateWord::Missing
        | StateWord::Travelling
        | StateWord::NeedsAttention
        | StateWord::Resetting
        | StateWord::BackNotYetReset => return Err(Refusal::TabletNotReady { word }),
    }
    let proof = tablet.proof().ok_or(Refusal::TabletNotReady { word })?;
    if !proof_is_allowed(proof, policy) {
        return Err(Refusal::ProofNotAllowed);
    }
    match image_withdraw_on {
        Some(since) if on >= since => Err(Refusal::ImageWithdrawn { since }),
        Some(_) | None => Ok(()),
    }
}

fn check_borrower(known: &Known) -> Result<(), Refusal> {
    let max = known.policy.open_loans_max;
    let borrower = known.borrower.ok_or(Refusal::BorrowerUnknown)?;
    (borrower.open_loans < max)
        .then_some(())
        .ok_or(Refusal::LoanLimit { max })
}
