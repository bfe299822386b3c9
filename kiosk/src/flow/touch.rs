//! One function a button. A touch that the page has no button for does nothing.

use super::{
    At, Flow, Sound,
    state::{Done, Page, Purpose, Refer, StillThere, Then},
};
use crate::screen::Touch;

impl Flow {
    /// A button was pressed, or a key typed by a person.
    pub(super) fn touched(&mut self, touch: Touch, at: At) {
        if let Touch::KeyTyped(key) = touch {
            return self.key_typed(key, at);
        }
        if let Some(question) = self.state.still_there {
            return self.answered_still_there(question, &touch, at);
        }
        self.active(at.now());
        self.pressed(touch, at);
    }

    fn answered_still_there(&mut self, question: StillThere, touch: &Touch, at: At) {
        if matches!(touch, Touch::MoreTime) && question.more {
            self.active_ms = at.now();
            self.more_time();
        } else if matches!(touch, Touch::Stop) {
            self.walk_away(at.now());
        } else if matches!(touch, Touch::ReadToMe) {
            self.speak(!self.state.speaking);
        }
    }

    fn pressed(&mut self, touch: Touch, at: At) {
        match touch {
            Touch::Borrow => self.ask_for_help_from_first(Refer::Borrow, at),
            Touch::KeepLonger => self.ask_for_help_from_first(Refer::KeepLonger, at),
            Touch::NeedHelp => self.ask_for_help_from_first(Refer::Help, at),
            Touch::BringBack => self.bring_back(at),
            Touch::CallStaff => self.call_staff(at),
            Touch::TypeNumber => self.type_number(at),
            Touch::Stop => self.stop(at),
            Touch::Finish => self.finish(at),
            Touch::TryAgain => self.try_again(at),
            Touch::ReadToMe => self.speak(!self.state.speaking),
            Touch::Bigger => self.state.look.bigger = !self.state.look.bigger,
            Touch::Language(code) => self.choose_language(&code),
            Touch::Yes => self.ready_to_return(at),
            Touch::HelpMeSave => self.help_me_save(at),
            Touch::ShowMe => self.show_me(at),
            Touch::AllHere => self.take_back(at),
            Touch::PartMissing(part) => self.mark_missing(part, at),
            Touch::Damaged => self.mark_damaged(),
            Touch::HandOver => self.hand_over(at),
            Touch::NotRight => self.not_right(at),
            Touch::LendAnyway => self.lend_anyway(at),
            Touch::Because(reason) => self.because(reason.into(), at),
            Touch::TakeAnother => self.take_another(at),
            Touch::Undo => self.undo(at),
            Touch::Digit(digit) => self.type_character(digit),
            Touch::Backspace => self.rub_out(),
            Touch::Enter => self.enter(at),
            Touch::StaffCheckOut => self.begin_check_out(at),
            Touch::StaffReturn => self.scan_for_return(at),
            Touch::StartReset(number) => self.start_reset(&number, at),
            Touch::MoreRows => self.more_rows(at),
            Touch::CountShelf => self.count_shelf(at),
            Touch::UnpackBox => self.unpack_box(at),
            Touch::SweepOver => self.sweep_over(at),
            Touch::ReportMissing => self.report_missing(at),
            Touch::SignOut => self.sign_out(at),
            // No screen of this flow has these now, or they were taken above.
            Touch::Continue | Touch::No | Touch::MoreTime | Touch::KeyTyped(_) => {}
        }
    }

    fn key_typed(&mut self, key: char, at: At) {
        if self.state.still_there.is_some() || !self.types() {
            return;
        }
        self.active(at.now());
        match key {
            '\n' => self.enter(at),
            '\u{8}' => self.rub_out(),
            character => self.type_character(character),
        }
    }

    fn ask_for_help_from_first(&mut self, refer: Refer, at: At) {
        if let Page::First = self.state.page {
            self.refer(refer, at);
        }
    }

    /// Somebody helps; the sound calls them.
    pub(super) fn refer(&mut self, refer: Refer, at: At) {
        self.sound(Sound::OursToFix);
        self.go(Page::Refer(refer), at.now());
    }

    fn bring_back(&mut self, at: At) {
        if let Page::First = self.state.page {
            self.scan_next(Purpose::BringBack, at);
        }
    }

    /// A person asked for a scan: what lies under the camera is meant.
    pub(super) fn scan_next(&mut self, purpose: Purpose, at: At) {
        self.sighting.forget();
        self.open_scan(purpose, at);
    }

    fn call_staff(&mut self, at: At) {
        let may = matches!(
            self.state.page,
            Page::Scan(_) | Page::TypeNumber(_) | Page::Problem(_)
        );
        if may && self.state.session.is_none() {
            self.refer(Refer::Help, at);
        }
    }

    fn stop(&mut self, at: At) {
        let stays = match &self.state.page {
            Page::Writing(_) | Page::First => true,
            // It would be forgotten whether the disk took it.
            Page::Lending(lending) => !lending.may_be_left(),
            Page::Undoing(undoing) => !undoing.kept,
            Page::Scan(_)
            | Page::Goodbye(_)
            | Page::ConfirmReturn(_)
            | Page::TypeNumber(_)
            | Page::FindBorrower(_)
            | Page::LookingUp(_)
            | Page::LendAnyway(_)
            | Page::SweepShort(_)
            | Page::HandOver(_)
            | Page::Done(_)
            | Page::Refer(_)
            | Page::Problem(_)
            | Page::Home
            | Page::News(_) => false,
        };
        if !stays {
            self.start_again(at.now());
        }
    }

    fn finish(&mut self, at: At) {
        let seen = matches!(
            self.state.page,
            Page::Done(_) | Page::Refer(_) | Page::Problem(_) | Page::News(_)
        );
        if !seen {
            return;
        }
        if self.state.session.is_some() {
            self.start_again(at.now());
        } else {
            self.walk_away(at.now());
        }
    }

    fn try_again(&mut self, at: At) {
        if let Page::SweepShort(sweep) = &self.state.page {
            let purpose = Purpose::Sweep(sweep.clone());
            return self.scan_next(purpose, at);
        }
        let Page::Problem(trouble) = &self.state.page else {
            return;
        };
        match trouble.then.clone() {
            Then::Start => self.start_again(at.now()),
            Then::Scan(purpose) => self.scan_next(purpose, at),
            Then::FindBorrower => self.find_borrower(at),
        }
    }

    fn choose_language(&mut self, code: &str) {
        let chosen = lang::LANGUAGES
            .into_iter()
            .find(|language| language.code == code);
        if let Some(language) = chosen {
            self.state.language = language;
            self.speak_again();
        }
    }

    fn help_me_save(&mut self, at: At) {
        if let Page::Goodbye(_) = self.state.page {
            self.refer(Refer::Save, at);
        }
    }

    fn show_me(&mut self, at: At) {
        if let Page::Done(Done::Returned { .. }) = self.state.page {
            self.go(Page::Refer(Refer::SignOut), at.now());
        }
    }
}
