//! Undo: by whoever did it, while nothing else happened to the tablet.

use shared::{
    command::Action,
    event::{Event, Recorded},
    ids::{LoanId, TabletId},
};

use super::{Broken, How, Lending, Rule, Saying, Sayings, Whereabouts};

impl Lending {
    pub(super) fn undone(
        &mut self,
        recorded: &Recorded,
        saying: &Saying,
        sayings: &Sayings,
    ) -> Broken {
        if let Event::CheckOutUndone {
            tablet,
            loan,
            venue,
        } = recorded.event
        {
            let found = self.may_not_undo(tablet, saying, sayings);
            self.loans.get_mut(&loan)?.how = How::Over;
            return found.or_else(|| self.moved(tablet, Whereabouts::At(venue), saying));
        }
        if let Event::ReturnUndone { tablet, loan } = recorded.event {
            let found = self.may_not_undo(tablet, saying, sayings);
            return found.or_else(|| self.goes_on(tablet, loan, saying));
        }
        None
    }

    fn goes_on(&mut self, tablet: TabletId, loan: LoanId, saying: &Saying) -> Broken {
        if let Some(open) = self.open_loan(tablet) {
            return Some((Rule::R1, format!("{tablet} is out on {open} and on {loan}")));
        }
        self.loans.get_mut(&loan)?.how = How::Open;
        self.tablets.get_mut(&tablet)?.sticker = None;
        self.moved(tablet, Whereabouts::Out(loan), saying)
    }

    fn may_not_undo(&self, tablet: TabletId, saying: &Saying, sayings: &Sayings) -> Broken {
        let Action::Undo(asked) = &saying.said.what else {
            return Some(broken(format!(
                "something of {tablet} is undone, and nobody asked"
            )));
        };
        let done = sayings.of_command(asked.command)?;
        let operator = saying.said.operator;
        if operator.is_none() || done.said.operator != operator {
            return Some(broken(format!(
                "{} is undone by somebody else",
                asked.command
            )));
        }
        let touched_by = self.tablets.get(&tablet)?.touched_by;
        (touched_by != asked.command).then(|| {
            let what = format!("{} is undone after {touched_by}", asked.command);
            (Rule::Undo, what)
        })
    }
}

fn broken(what: String) -> (Rule, String) {
    (Rule::Undo, what)
}
