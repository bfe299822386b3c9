//! Renewals: a loan goes on for longer, so often, not too early, and never while
//! somebody waits for such a tablet (R8) or when the tablet was given up for lost.

use super::{Decided, Given, check_out::due_on};
use crate::{
    command::Renew,
    event::Event,
    hold::Hold,
    loan::Loan,
    policy::Policy,
    refusal::Refusal,
    tablet::{Custody, Tablet},
    time::Day,
    venue::Calendar,
};

/// What is read before a loan is renewed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The loan.
    pub loan: Loan,
    /// Its tablet.
    pub tablet: Tablet,
    /// Holds that wait where it was lent.
    pub waiting: Vec<Hold>,
    /// When that venue is closed.
    pub calendar: Calendar,
    /// The figures to decide by.
    pub policy: Policy,
}

/// Lets a loan go on for longer.
pub fn renew(known: &Known, _command: &Renew, given: &Given) -> Decided {
    given.require_operator()?;
    let has_it = known.tablet.custody == Custody::OnLoan(known.loan.id);
    if !known.loan.is_open() || !has_it {
        return Err(Refusal::LoanNotOpen);
    }
    let max = known.policy.renewals_max;
    if known.loan.renewals >= max {
        return Err(Refusal::RenewalLimit { max });
    }
    if known
        .waiting
        .iter()
        .any(|hold| hold.is_met_by(&known.tablet))
    {
        return Err(Refusal::HeldForOthers);
    }
    let today = given.day();
    let from = renewable_from(known.loan.due_on, &known.policy);
    if today.days_since(from) < 0 {
        return Err(Refusal::RenewTooEarly { from });
    }
    Ok(vec![Event::Renewed {
        tablet: known.tablet.id,
        loan: known.loan.id,
        due_on: due_on(&known.calendar, &known.policy, today.max(known.loan.due_on)),
    }])
}

fn renewable_from(due_on: Day, policy: &Policy) -> Day {
    due_on.minus_days(policy.renew_within_days)
}
