//! What happens by itself: hints, "one moment", done screens that go back, and
//! walking away. One list of what is due when; a tick does what is due.

use super::{
    Flow,
    state::{Hint, Page, StillThere},
};
use crate::screen::Look;

/// Without a code in view for so long, a hint says what to try, in ms.
pub const HINT_MS: u64 = 6_000;
/// A code that says nothing for so long is torn, in ms.
pub const TORN_MS: u64 = 1_500;
/// Waiting for so long is said, in ms.
pub const SLOW_MS: u64 = 1_500;
/// A done screen goes back by itself after this, in ms.
pub const DONE_MS: u64 = 15_000;
/// A person who does nothing for so long has left, in ms.
pub const IDLE_MS: u64 = 120_000;
/// The last part of [`IDLE_MS`], in which the kiosk asks, in ms.
pub const WARNING_MS: u64 = 40_000;
/// How often one after the other "I need more time" can be pressed.
pub const MORE_TIMES: u8 = 10;

/// Something that happens by itself.
#[derive(Clone, Copy)]
enum Due {
    Hint,
    Torn,
    Slow,
    Back,
    Ask,
    Leave,
}

impl Flow {
    /// When [`super::Input::Tick`] has something to do, in the time of
    /// [`super::Given::now_ms`].
    pub fn poll_timeout(&self) -> Option<u64> {
        self.next_due().map(|(at, _)| at)
    }

    /// Does what is due, the earliest first.
    pub(super) fn pass_time(&mut self, now_ms: u64) {
        while let Some((at, due)) = self.next_due() {
            if at > now_ms {
                return;
            }
            self.happen(due, now_ms);
        }
    }

    fn next_due(&self) -> Option<(u64, Due)> {
        let due = self.due().into_iter().flatten();
        due.min_by_key(|(at, _)| *at)
    }

    fn happen(&mut self, due: Due, now_ms: u64) {
        match due {
            Due::Hint => self.hint(Hint::TurnOver, now_ms),
            Due::Torn => self.hint(Hint::Torn, now_ms),
            Due::Slow => self.say_it_takes_long(),
            Due::Back => self.leave_done(now_ms),
            Due::Ask => self.ask(),
            Due::Leave => self.walk_away(now_ms),
        }
    }

    fn due(&self) -> [Option<(u64, Due)>; 4] {
        [
            self.hint_due(),
            self.torn_due(),
            self.page_due(),
            self.idle_due(),
        ]
    }

    fn hint_due(&self) -> Option<(u64, Due)> {
        let Page::Scan(scan) = &self.state.page else {
            return None;
        };
        (scan.hint != Hint::TurnOver).then_some((scan.hint_ms + HINT_MS, Due::Hint))
    }

    fn torn_due(&self) -> Option<(u64, Due)> {
        let Page::Scan(scan) = &self.state.page else {
            return None;
        };
        let since = scan.torn_ms.filter(|_| scan.hint != Hint::Torn)?;
        Some((since + TORN_MS, Due::Torn))
    }

    fn page_due(&self) -> Option<(u64, Due)> {
        if let Page::Done(_) = self.state.page {
            return Some((self.since_ms + DONE_MS, Due::Back));
        }
        let slow = (self.since_ms + SLOW_MS, Due::Slow);
        if let Page::Writing(writing) = &self.state.page {
            return (!writing.slow).then_some(slow);
        }
        if let Page::Undoing(undoing) = &self.state.page {
            return (!undoing.slow).then_some(slow);
        }
        let Page::Lending(lending) = &self.state.page else {
            return None;
        };
        (!lending.slow).then_some(slow)
    }

    fn idle_due(&self) -> Option<(u64, Due)> {
        let leave = (self.active_ms + IDLE_MS, Due::Leave);
        let ask = (leave.0 - WARNING_MS, Due::Ask);
        match &self.state.page {
            // It is on its way to the disk: what it says next must be seen.
            Page::Writing(_) => None,
            Page::First => self.is_changed().then_some(leave),
            Page::Scan(_)
            | Page::Goodbye(_)
            | Page::ConfirmReturn(_)
            | Page::TypeNumber(_)
            | Page::FindBorrower(_)
            | Page::LookingUp(_)
            | Page::LendAnyway(_)
            | Page::SweepShort(_)
            | Page::HandOver(_)
            | Page::Lending(_)
            | Page::Undoing(_)
            | Page::Done(_)
            | Page::Refer(_)
            | Page::Problem(_)
            | Page::Home
            | Page::News(_) => Some(self.state.still_there.map_or(ask, |_| leave)),
        }
    }

    /// Somebody chose a language, larger words or a voice.
    fn is_changed(&self) -> bool {
        let usual = lang::LANGUAGES[0];
        let state = &self.state;
        state.look != Look::default() || state.language != usual || state.speaking
    }

    fn say_it_takes_long(&mut self) {
        if let Page::Writing(writing) = &mut self.state.page {
            writing.slow = true;
        }
        if let Page::Lending(lending) = &mut self.state.page {
            lending.slow = true;
        }
        if let Page::Undoing(undoing) = &mut self.state.page {
            undoing.slow = true;
        }
        self.speak_again();
    }

    fn leave_done(&mut self, now_ms: u64) {
        if self.state.session.is_some() {
            self.start_again_unasked(now_ms);
        } else {
            self.walk_away(now_ms);
        }
    }

    fn ask(&mut self) {
        let more = self.more_times < MORE_TIMES;
        self.state.still_there = Some(StillThere { more });
        self.speak_again();
    }

    /// "I need more time".
    pub(super) fn more_time(&mut self) {
        let Some(StillThere { more: true }) = self.state.still_there else {
            return;
        };
        self.more_times += 1;
        self.state.still_there = None;
        self.speak_again();
    }

    /// The person has gone: nothing of them stays.
    pub(super) fn walk_away(&mut self, now_ms: u64) {
        self.state.session = None;
        self.go(Page::First, now_ms);
        self.state.language = lang::LANGUAGES[0];
        self.state.look = Look::default();
        if self.state.speaking {
            self.speak(false);
        }
    }
}
