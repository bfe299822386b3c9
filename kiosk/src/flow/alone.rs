//! A check out without the server: where no answer comes, an operator's kiosk lends by
//! what it knows itself, under the same command id (R6). The disk has it before it is
//! said, and what does not fit becomes a dispute that a person closes.

use shared::{
    decide::check_out::due_on,
    ids::CommandId,
    policy::Policy,
    tablet::StateWord,
    time::Day,
    wire::v1::kiosk::{ProofKindRow, RulesRow, TabletRow},
};

use super::{
    At, Effect, Flow, ToLend,
    state::{Alone, Done, Lending, Page},
};
use crate::mirror::Mirror;

impl Flow {
    /// Decides a check out that is on the disk, once its answer is late or cannot
    /// come.
    pub(super) fn lend_alone(&mut self, at: At) {
        let around = self.state.around;
        let online = around.online;
        let Page::Lending(lending) = &mut self.state.page else {
            return;
        };
        let late = lending.slow || !online;
        if !lending.kept || !late || lending.alone != Alone::Undecided {
            return;
        }
        lending.alone = if around.may_lend() {
            decided(lending, at)
        } else {
            Alone::Waits
        };
        lending.slow = true;
        match lending.alone {
            Alone::Lends(it) => self.effects.push(Effect::Lend(lending.command, it)),
            Alone::Undecided | Alone::Waits => self.speak_again(),
        }
    }

    /// It is on the disk that it has happened.
    pub(super) fn lent(&mut self, command: CommandId, at: At) {
        let Some(&Lending { tablet, alone, .. }) = self.lending(command) else {
            return;
        };
        if let Alone::Lends(ToLend { told, .. }) = alone {
            self.said.insert(command);
            let done = Done::Lent {
                tablet,
                command,
                due_on: told,
            };
            self.done(done, at);
        }
    }

    /// It is not: the server's word is on its way, or waited for.
    pub(super) fn not_lent(&mut self, command: CommandId) {
        if let Page::Lending(lending) = &mut self.state.page
            && lending.command == command
        {
            lending.alone = Alone::Waits;
            self.speak_again();
        }
    }
}

fn decided(lending: &Lending, at: At) -> Alone {
    let row = at.mirror.tablet(lending.tablet);
    // A clock that has not heard the server's since its start knows no day.
    let row = row.filter(|_| at.given.clock_sure);
    let (Some(row), Some(rules)) = (row, at.mirror.rules()) else {
        return Alone::Waits;
    };
    let today = at.given.time.day();
    // Their loans are as the server counted them when it was asked for their card.
    let (open_loans, max) = (lending.borrower.open_loans, rules.open_loans_max);
    let has_all = max.is_some_and(|max| open_loans >= max);
    if has_all || !may_be_lent(row, rules, at.mirror, today) {
        return Alone::Waits;
    }
    Alone::Lends(ToLend {
        told: told_due_on(rules, today),
        others_max: max.map(|max| max - open_loans - 1),
    })
}

/// Whether the server would lend it, as far as it is known here. Whose a tablet is
/// that is put aside only the server knows (R7).
fn may_be_lent(row: &TabletRow, rules: &RulesRow, mirror: &Mirror, today: Day) -> bool {
    let is_proven = row
        .proof
        .is_some_and(|proof| rules.proof_kinds.contains(&ProofKindRow(proof.kind)));
    let is_withdrawn = row.image_withdraw_on.is_some_and(|since| today >= since);
    let is_here = row.venue == Some(mirror.place().venue);
    row.word == StateWord::Ready && is_here && is_proven && !is_withdrawn
}

fn told_due_on(rules: &RulesRow, today: Day) -> Day {
    let policy = Policy {
        loan_days: rules.loan_days,
        ..Policy::default()
    };
    due_on(&rules.calendar, &policy, today)
}
