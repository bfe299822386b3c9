//! Check out: a borrower takes a tablet that its own agent has proven clean. What a
//! kiosk without its server has done already is never refused: it is taken, and
//! what does not fit becomes a dispute (R6).

use planted::planted;

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
    tablet::{Custody, StateWord, Tablet},
    time::Day,
    venue::Calendar,
};

/// What is read before a check out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// There is a loan of that id.
    pub exists: bool,
    /// The tablet.
    pub tablet: Tablet,
    /// The reset that it was ordered was given to its agent: it may begin at any
    /// moment, wherever the tablet is then.
    pub order_delivered: bool,
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
    // Two loans of one id are no fact, whoever tells them.
    if known.exists {
        return Err(Refusal::AlreadyThere);
    }
    if command.done && came_late(known, given) {
        return Ok(lent_before(known, command, given));
    }
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
    let rule = match check(known, given) {
        Ok(()) => Rule::Kept,
        Err(why) => overrides(why, known, command, given)?,
    };
    check_borrower(known)?;
    Ok(rule)
}

/// R2, R7: a named operator may lend against a rule, with a reason; never a tablet
/// that is somewhere else, and never one whose agent may wipe it at any moment: that
/// would be in its next borrower's hands (R19).
fn overrides(
    why: Refusal,
    known: &Known,
    command: &CheckOut,
    given: &Given,
) -> Result<Rule, Refusal> {
    if command.overriding.is_none() || !can_be_overridden(why) {
        return Err(why);
    }
    given.named_operator()?;
    if known.order_delivered {
        return Err(Refusal::AlreadyResetting);
    }
    Ok(Rule::Overridden)
}

/// Whether a named operator may lend against this, with a reason.
pub const fn can_be_overridden(why: Refusal) -> bool {
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
    events.extend(overridden(known, command, rule));
    events
}

fn overridden(known: &Known, command: &CheckOut, rule: Rule) -> Option<Event> {
    match rule {
        Rule::Kept => None,
        Rule::Overridden => command.overriding.map(|reason| Event::RuleOverridden {
            tablet: known.tablet.id,
            loan: command.loan,
            reason,
        }),
    }
}

fn checked_out(known: &Known, command: &CheckOut, given: &Given) -> Event {
    Event::CheckedOut {
        tablet: known.tablet.id,
        loan: command.loan,
        venue: known.venue,
        due_on: due_day(known, command, given),
    }
}

/// The day that the borrower was told, where a kiosk has told one that it could; if
/// the venue is closed then after all, the next on which it is open.
fn due_day(known: &Known, command: &CheckOut, given: &Given) -> Day {
    let today = given.day();
    let ours = due_on(&known.calendar, &known.policy, today);
    let likely = |told: &Day| *told >= today && told.days_since(ours).abs() <= TOLD_DAYS_APART_MAX;
    let told = command.told_due_on.filter(|_| command.done).filter(likely);
    told.map_or(ours, |told| known.calendar.open_on_or_after(told))
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
    let mut events = holds_served(known);
    let out = [
        Some(checked_out(known, command, given)),
        overridden_all_the_same(known, command, given),
    ];
    let out = out.into_iter().flatten();
    if let Some(earlier) = &known.open_loan {
        let cause = DisputeCause::DoubleLoan;
        events.push(raised(known, cause, earlier.id, given));
        events.extend(out);
    } else {
        events.extend(out);
        let cause = cause(why, given);
        events.push(raised(known, cause, command.loan, given));
    }
    events
}

/// An override is shown wherever the tablet is, also where something else was wrong
/// besides.
fn overridden_all_the_same(known: &Known, command: &CheckOut, given: &Given) -> Option<Event> {
    let broken = check(known, given).err()?;
    let rule = overrides(broken, known, command, given).ok()?;
    overridden(known, command, rule)
}

/// The tablet moved on before word of this came: nothing moves, and the loan is
/// kept for a person to decide.
fn lent_before(known: &Known, command: &CheckOut, given: &Given) -> Vec<Event> {
    let late = Event::CheckOutCameLate {
        tablet: known.tablet.id,
        loan: command.loan,
        venue: known.venue,
        due_on: due_day(known, command, given),
    };
    let cause = if given.from_old_copy {
        DisputeCause::SeriesWentBack
    } else if is_out(known) {
        DisputeCause::DoubleLoan
    } else {
        DisputeCause::RefusedButDone
    };
    vec![late, raised(known, cause, command.loan, given)]
}

fn raised(known: &Known, cause: DisputeCause, loan: LoanId, given: &Given) -> Event {
    Event::DisputeRaised {
        dispute: given.dispute,
        cause,
        tablet: known.tablet.id,
        loan: Some(loan),
    }
}

/// Whether the tablet moved on since, or the clock cannot say that it did not.
fn came_late(known: &Known, given: &Given) -> bool {
    let moved_since = given.occurred_at < known.tablet.custody_since;
    known.tablet.is_retired() || moved_since || (is_out(known) && !given.clock_sure)
}

fn is_out(known: &Known) -> bool {
    known.open_loan.is_some() || matches!(known.tablet.custody, Custody::OnLoan(_))
}

fn cause(why: Refusal, given: &Given) -> DisputeCause {
    if given.from_old_copy {
        DisputeCause::SeriesWentBack
    } else if matches!(why, Refusal::LoanLimit { .. }) {
        DisputeCause::OverLimit
    } else {
        DisputeCause::RefusedButDone
    }
}

fn check(known: &Known, given: &Given) -> Result<(), Refusal> {
    check_tablet(
        &known.tablet,
        known.is_kept_for_them(),
        known.image_withdraw_on,
        &known.policy,
        given.day(),
    )
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
        StateWord::PutAside if kept_for_them || planted!(HoldForAnybody) => {}
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
