//! Undo: one command that names what it undoes. Until the server has spoken nothing
//! is undone; it alone knows whether something has happened to the tablet since.

use shared::{
    ids::{CommandId, TabletId},
    wire::v1::command::KioskAction,
};

use super::{
    Answer, At, Flow,
    problem::Problem,
    state::{Done, Late, News, Page, Then, Undoing},
};

impl Flow {
    /// "Undo": whoever did it, on the screen that says that it is done.
    pub(super) fn undo(&mut self, at: At) {
        let Page::Done(done) = self.state.page else {
            return;
        };
        let Some((command, tablet, what)) = done.undoable() else {
            return;
        };
        let command = self.keep(KioskAction::Undo { command }, at);
        self.undoing.insert(command, tablet);
        let page = Undoing {
            command,
            tablet,
            what,
            kept: false,
            slow: false,
        };
        self.go(Page::Undoing(page), at.now());
    }

    /// The undoing that is on the screen, if it is this one.
    pub(super) fn undoing(&mut self, command: CommandId) -> Option<&mut Undoing> {
        let Page::Undoing(undoing) = &mut self.state.page else {
            return None;
        };
        (undoing.command == command).then_some(undoing)
    }

    /// The server's word on an undo.
    pub(super) fn undone_or_not(&mut self, command: CommandId, answer: Answer, at: At) {
        let tablet = self.undoing.remove(&command);
        let Some(&mut Undoing { tablet, what, .. }) = self.undoing(command) else {
            return self.tell_undone(tablet, answer, at);
        };
        match answer {
            Answer::Accepted => self.done(Done::Undone { tablet, what }, at),
            Answer::Refused(refusal) => {
                self.trouble(Problem::Refused(refusal), Some(tablet), Then::Start, at);
            }
        }
    }

    fn tell_undone(&mut self, tablet: Option<TabletId>, answer: Answer, at: At) {
        let what = match answer {
            Answer::Accepted => Late::Undone,
            Answer::Refused(refusal) => Late::NotUndone(refusal),
        };
        self.tell(News { tablet, what }, at);
    }
}
