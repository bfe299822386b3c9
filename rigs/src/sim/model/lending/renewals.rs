//! Renewals: so often, not too early, never while somebody waits (R8).

use shared::{
    command::Action,
    event::{Event, Recorded},
    ids::{LoanId, TabletId},
    time::Day,
};

use super::{Broken, Holds, How, Lending, Rule, SLACK_MS, Saying, View, Whereabouts, civil};
use crate::sim::node::Node;

impl Lending {
    pub(super) fn renewed(
        &mut self,
        recorded: &Recorded,
        saying: &Saying,
        view: &View,
        holds: &Holds,
    ) -> Broken {
        let Event::Renewed {
            tablet,
            loan,
            due_on,
        } = recorded.event
        else {
            return None;
        };
        let found = self
            .may_not_renew(tablet, loan, saying, holds)
            .or_else(|| self.wrongly_renewed(loan, due_on, saying, view));
        let it = self.loans.get_mut(&loan)?;
        it.due_on = due_on;
        it.renewals += 1;
        found
    }

    fn may_not_renew(
        &self,
        tablet: TabletId,
        loan: LoanId,
        saying: &Saying,
        holds: &Holds,
    ) -> Broken {
        let asked = matches!(&saying.said.what, Action::Renew(it) if it.loan == loan);
        if !asked || saying.said.operator.is_none() {
            return Some(broken(format!(
                "{loan} goes on for longer, and nobody asked"
            )));
        }
        let it = self.loans.get(&loan)?;
        let has_it = self.whereabouts(tablet) == Some(Whereabouts::Out(loan));
        if it.how != How::Open || !has_it || it.tablet != tablet {
            return Some(broken(format!(
                "{loan} goes on for longer, and is not open"
            )));
        }
        if it.renewals >= self.policy.renewals_max {
            return Some(broken(format!("{loan} goes on for longer once too often")));
        }
        if holds.is_waited_for(tablet, it.venue) {
            return Some(broken(format!(
                "{loan} goes on for longer, and somebody waits"
            )));
        }
        None
    }

    /// On which day it was asked is the counter's to say, where its clock is sure,
    /// and else the server's.
    fn wrongly_renewed(&self, loan: LoanId, due_on: Day, saying: &Saying, view: &View) -> Broken {
        let it = self.loans.get(&loan)?;
        let (due, calendar) = (civil::number(it.due_on)?, self.calendars.get(&it.venue)?);
        let said_ms = saying.at_ms;
        let mut asked_ms = vec![said_ms, said_ms.saturating_sub(SLACK_MS)];
        if let Node::Kiosk(_) = saying.said.by {
            asked_ms.push(view.now_ms);
        }
        let is_right = |at_ms: &u64| {
            let since = i64::try_from(*at_ms).expect("worlds are short");
            let asked_on = civil::day(self.begins_at.plus_ms(since));
            let from = due - i64::from(self.policy.renew_within_days);
            let day = asked_on.max(due) + i64::from(self.policy.loan_days);
            let new = civil::open_on_or_after(calendar, day);
            asked_on >= from && civil::number(due_on) == Some(new)
        };
        let is_right = asked_ms.iter().any(is_right);
        (!is_right).then(|| {
            let what = format!("{loan}, due on {}, goes on until {due_on}", it.due_on);
            (Rule::R8, what)
        })
    }
}

fn broken(what: String) -> (Rule, String) {
    (Rule::R8, what)
}
