//! The disk's word and the server's. What is on the screen waits for them;
//! what came after its screen was left becomes news for the next operator.

use shared::{
    ids::{CommandId, TabletId},
    refusal::Refusal,
    tablet::Flag,
    wire::v1::command::KioskAction,
};

use super::{
    Answer, At, Flow, Sound,
    problem::Problem,
    state::{Done, Fact, Late, Lending, News, Page, Purpose, Then, Writing},
};

/// News that wait for an operator at most; the oldest go first, and the server's
/// pages still show what became of every tablet.
const NEWS_MAX: usize = 100;

impl Flow {
    /// A command is on the disk.
    pub(super) fn kept(&mut self, command: CommandId, at: At) {
        if let Page::Lending(lending) = &mut self.state.page
            && lending.command == command
        {
            lending.kept = true;
            return self.lend_alone(at);
        }
        if let Some(undoing) = self.undoing(command) {
            undoing.kept = true;
            return;
        }
        if let Page::Writing(Writing {
            command: it, fact, ..
        }) = self.state.page
            && it == command
        {
            self.written(command, fact, at);
        }
    }

    pub(super) fn written(&mut self, command: CommandId, fact: Fact, at: At) {
        match fact {
            Fact::Returned { tablet, never_out } => {
                self.burst.count(at.now());
                let offline = !self.state.around.online;
                let done = Done::Returned {
                    tablet,
                    never_out,
                    offline,
                };
                self.done(done, at);
            }
            Fact::BackAtDesk {
                tablet,
                ends_loan,
                whole_again,
            } => {
                if whole_again {
                    let flag = Flag::PartMissing;
                    self.keep(KioskAction::ClearFlag { tablet, flag }, at);
                }
                let done = Done::BackAtDesk {
                    tablet,
                    command,
                    may_be_undone: ends_loan && !whole_again,
                    taken: false,
                    aside: is_aside(tablet, at),
                };
                self.done(done, at);
            }
            Fact::RetiredSeen { tablet, word } => {
                let problem = Problem::Refused(Refusal::Retired { word });
                self.trouble(problem, Some(tablet), Then::Start, at);
            }
            Fact::Reported(tablet) => self.done(Done::Reported(tablet), at),
            Fact::Counted { what, tally } => self.done(Done::Counted { what, tally }, at),
        }
    }

    pub(super) fn done(&mut self, done: Done, at: At) {
        self.sound(Sound::Good);
        self.go(Page::Done(done), at.now());
    }

    /// A command could not be put on the disk: it did not happen.
    pub(super) fn not_kept(&mut self, command: CommandId, action: &KioskAction, at: At) {
        let undone = self.undoing.remove(&command);
        let tablet = action.tablet().or(undone);
        if self.waits_for(command) {
            return self.trouble(Problem::NotKept, tablet, Then::Start, at);
        }
        if self.scan_again(action, at) {
            return;
        }
        self.forget_asked(command);
        let what = Late::NotKept;
        self.tell(News { tablet, what }, at);
    }

    fn waits_for(&mut self, command: CommandId) -> bool {
        if let Page::Writing(writing) = &self.state.page {
            return writing.command == command;
        }
        self.lending(command).is_some() || self.undoing(command).is_some()
    }

    pub(super) fn lending(&self, command: CommandId) -> Option<&Lending> {
        let Page::Lending(lending) = &self.state.page else {
            return None;
        };
        (lending.command == command).then_some(lending)
    }

    /// The server's word on a command.
    pub(super) fn answered(
        &mut self,
        command: CommandId,
        action: &KioskAction,
        answer: Answer,
        at: At,
    ) {
        if self.lending(command).is_some() {
            return self.lent_or_not(answer, at);
        }
        if let KioskAction::Undo { .. } = action {
            return self.undone_or_not(command, answer, at);
        }
        match answer {
            Answer::Accepted => self.accepted(command, action, at),
            Answer::Refused(refusal) => self.refused(command, action, refusal, at),
        }
    }

    fn lent_or_not(&mut self, answer: Answer, at: At) {
        let Page::Lending(lending) = self.state.page.clone() else {
            return;
        };
        let Lending {
            command,
            tablet,
            borrower,
            ..
        } = lending;
        match answer {
            Answer::Accepted => {
                let due_on = borrower.due_on;
                let done = Done::Lent {
                    tablet,
                    command,
                    due_on,
                };
                self.done(done, at);
            }
            Answer::Refused(refusal) => {
                let then = if is_about_borrower(refusal) {
                    Then::FindBorrower
                } else {
                    Then::Scan(Purpose::CheckOut(borrower))
                };
                self.trouble(Problem::Refused(refusal), Some(tablet), then, at);
            }
        }
    }

    fn accepted(&mut self, command: CommandId, action: &KioskAction, at: At) {
        if let Page::Done(Done::BackAtDesk {
            command: it, taken, ..
        }) = &mut self.state.page
            && *it == command
        {
            *taken = true;
            return self.speak_again();
        }
        if self.said.remove(&command) {
            return;
        }
        if let KioskAction::CheckOut { tablet, .. } = *action {
            let tablet = Some(tablet);
            let what = Late::OnLoan;
            self.tell(News { tablet, what }, at);
        }
    }

    fn refused(&mut self, command: CommandId, action: &KioskAction, refusal: Refusal, at: At) {
        self.forget_asked(command);
        self.said.remove(&command);
        let tablet = action.tablet();
        if let Page::Done(Done::BackAtDesk { command: it, .. }) = self.state.page
            && it == command
        {
            return self.trouble(Problem::Refused(refusal), tablet, Then::Start, at);
        }
        let what = match action {
            KioskAction::CheckOut { done: false, .. } => Late::NotLent(refusal),
            KioskAction::EndTransfer { .. } | KioskAction::TakeStock { .. } => {
                Late::NotCounted(refusal)
            }
            KioskAction::CheckOut { done: true, .. }
            | KioskAction::Return { .. }
            | KioskAction::Renew { .. }
            | KioskAction::HandOn { .. }
            | KioskAction::Receive { .. }
            | KioskAction::Undo { .. }
            | KioskAction::ReportBack { .. }
            | KioskAction::StartReset { .. }
            | KioskAction::ClearFlag { .. } => Late::NotTaken(refusal),
        };
        self.tell(News { tablet, what }, at);
    }

    /// A tablet that came back is put aside for the next in the queue: said as long
    /// as anything that is done, and heard.
    pub(super) fn check_aside(&mut self, at: At) {
        if let Page::Done(Done::BackAtDesk { tablet, aside, .. }) = &mut self.state.page
            && !*aside
            && is_aside(*tablet, at)
        {
            *aside = true;
            self.since_ms = at.now();
            self.sound(Sound::OursToFix);
            self.speak_again();
        }
    }

    /// The digital team sees it too, where they look; an operator may see it first.
    pub(super) fn log_denied(&mut self, at: At) {
        let (tablet, what) = (None, Late::LogDenied);
        let news = News { tablet, what };
        if !self.news.contains(&news) {
            self.tell(news, at);
        }
    }

    fn forget_asked(&mut self, command: CommandId) {
        if let Some(session) = &mut self.state.session {
            session.asked.retain(|_, asked| *asked != command);
        }
    }

    pub(super) fn tell(&mut self, news: News, at: At) {
        if self.news.len() == NEWS_MAX {
            self.news.pop_front();
        }
        self.news.push_back(news);
        if let Page::Home = self.state.page {
            self.start_again_unasked(at.now());
        }
    }
}

fn is_aside(tablet: TabletId, at: At) -> bool {
    let row = at.mirror.tablet(tablet);
    row.is_some_and(|row| row.put_aside.is_some())
}

const fn is_about_borrower(refusal: Refusal) -> bool {
    matches!(
        refusal,
        Refusal::BorrowerUnknown | Refusal::LoanLimit { .. }
    )
}
