//! What was scanned: a badge, a tag or a card, or nothing of ours. Strict: what
//! does not parse opens nothing.

use shared::{
    badge::Badge,
    borrower::CardNumber,
    ids::TabletId,
    signed::presence::PresenceCode,
    tag::{Tag, TagError},
    wire::v1::kiosk::TabletRow,
};

use super::{
    At, Flow, Sound,
    problem::Problem,
    state::{Hint, Page, Purpose, Scan, Then, Trouble},
};
use crate::{
    reader::{Code, Sight},
    screen::Corner,
};

/// What every badge begins with: one that was cut short is no card, and its
/// characters go nowhere.
const BADGE_BEGINS: &str = "TLBADGE";

/// What a page does with a scan.
enum Expects {
    Tag(Purpose),
    Card,
    /// The operator's own screen: a tag is a return, a card a check out.
    TagOrCard,
    /// Only a badge.
    Badge,
    /// Not even that: an answer is on its way.
    Nothing,
}

impl Flow {
    /// What one frame shows.
    pub(super) fn saw(&mut self, sight: &Sight, at: At) {
        match sight {
            Sight::Nothing => self.saw_nothing(at),
            Sight::One(code) => self.saw_one(code, at),
            Sight::Several => self.saw_several(at),
            Sight::Torn => self.saw_torn(at),
        }
    }

    fn saw_nothing(&mut self, at: At) {
        self.sighting.lose(at.now());
        if let Page::Scan(scan) = &mut self.state.page {
            scan.found = None;
            scan.torn_ms = None;
        }
    }

    fn saw_one(&mut self, code: &Code, at: At) {
        if let Page::Scan(scan) = &mut self.state.page {
            scan.found = Some(corners(code));
            scan.torn_ms = None;
        }
        if self.takes(&code.text) {
            if self.sighting.see(&code.text, at.now()) {
                self.scan(&code.text, at);
            }
        } else {
            self.sighting.pass(&code.text, at.now());
        }
    }

    fn saw_several(&mut self, at: At) {
        let new = self.sighting.crowd(at.now());
        if new && matches!(self.state.page, Page::First) {
            self.open_scan(Purpose::BringBack, at);
        }
        let Page::Scan(scan) = &mut self.state.page else {
            return;
        };
        scan.found = None;
        scan.torn_ms = None;
        let told = scan.hint == Hint::Several;
        self.hint(Hint::Several, at.now());
        if !told {
            self.sound(Sound::YoursToFix);
        }
    }

    fn saw_torn(&mut self, at: At) {
        self.sighting.lose(at.now());
        let Page::Scan(scan) = &mut self.state.page else {
            return;
        };
        scan.found = None;
        if scan.torn_ms.is_none() {
            scan.torn_ms = Some(at.now());
            self.hint(Hint::HoldStill, at.now());
        }
    }

    /// Says this about what is seen.
    pub(super) fn hint(&mut self, hint: Hint, now_ms: u64) {
        let Page::Scan(scan) = &mut self.state.page else {
            return;
        };
        let changed = scan.hint != hint;
        scan.hint = hint;
        scan.hint_ms = now_ms;
        if changed {
            self.speak_again();
        }
    }

    /// A hand scanner's text.
    pub(super) fn scanned(&mut self, text: &str, at: At) {
        if self.takes(text) && self.sighting.hear(text, at.now()) {
            self.scan(text, at);
        }
    }

    /// A hand scanner sent more than any code has: none of ours.
    pub(super) fn scan_too_long(&mut self, at: At) {
        if self.takes("") {
            self.scan("", at);
        }
    }

    fn takes(&self, text: &str) -> bool {
        match self.expects() {
            Expects::Tag(_) | Expects::Card | Expects::TagOrCard => true,
            Expects::Badge => text.parse::<Badge>().is_ok(),
            Expects::Nothing => false,
        }
    }

    fn expects(&self) -> Expects {
        match &self.state.page {
            Page::First => Expects::Tag(Purpose::BringBack),
            Page::Refer(_) | Page::Done(_) if self.state.session.is_none() => {
                Expects::Tag(Purpose::BringBack)
            }
            Page::Scan(scan) => Expects::Tag(scan.purpose.clone()),
            Page::TypeNumber(typing) => Expects::Tag(typing.purpose.clone()),
            Page::Problem(trouble) => self.expects_then(trouble),
            Page::SweepShort(sweep) => Expects::Tag(Purpose::Sweep(sweep.clone())),
            Page::FindBorrower(_) => Expects::Card,
            Page::Home | Page::Done(_) => Expects::TagOrCard,
            Page::Goodbye(_)
            | Page::Refer(_)
            | Page::ConfirmReturn(_)
            | Page::LookingUp(_)
            | Page::LendAnyway(_)
            | Page::HandOver(_)
            | Page::News(_) => Expects::Badge,
            Page::Writing(_) | Page::Lending(_) | Page::Undoing(_) => Expects::Nothing,
        }
    }

    fn expects_then(&self, trouble: &Trouble) -> Expects {
        match &trouble.then {
            Then::Scan(purpose) => Expects::Tag(purpose.clone()),
            Then::FindBorrower => Expects::Card,
            Then::Start if self.state.session.is_some() => Expects::TagOrCard,
            Then::Start => Expects::Tag(Purpose::BringBack),
        }
    }

    fn scan(&mut self, text: &str, at: At) {
        self.active(at.now());
        if let Ok(badge) = text.parse::<Badge>() {
            return self.badge(badge, at);
        }
        match self.expects() {
            Expects::Tag(purpose) => self.tag(text, purpose, at),
            Expects::Card => self.card(text, at),
            Expects::TagOrCard if is_card(text) => self.card(text, at),
            Expects::TagOrCard => self.tag(text, Purpose::Return, at),
            Expects::Badge | Expects::Nothing => {}
        }
    }

    fn tag(&mut self, text: &str, purpose: Purpose, at: At) {
        if let Ok(code) = text.parse::<PresenceCode>() {
            return self.code_shown(code, purpose, at);
        }
        match known(text, at) {
            Ok(row) => self.tablet(row, purpose, at),
            Err(Problem::NotOurTag) => self.not_ours(purpose, at),
            Err(problem) => self.trouble(problem, None, Then::Scan(purpose), at),
        }
    }

    fn not_ours(&mut self, purpose: Purpose, at: At) {
        if let Page::First = self.state.page {
            self.open_scan(purpose, at);
        } else if !matches!(self.state.page, Page::Scan(_)) {
            return self.trouble(Problem::NotOurTag, None, Then::Scan(purpose), at);
        }
        self.hint(Hint::NotOurs, at.now());
        self.sound(Sound::YoursToFix);
    }

    /// The camera looks for a tag.
    pub(super) fn open_scan(&mut self, purpose: Purpose, at: At) {
        self.go(Page::Scan(Scan::new(purpose, at.now())), at.now());
    }

    /// A tablet of ours, scanned or chosen by its number at the desk.
    pub(super) fn tablet(&mut self, row: &TabletRow, purpose: Purpose, at: At) {
        match purpose {
            Purpose::BringBack => self.begin_return(row, None, at),
            Purpose::Return => self.begin_return_at_desk(row, at),
            Purpose::CheckOut(borrower) => self.choose(row, borrower, at),
            Purpose::Sweep(sweep) => self.sweep(row, sweep, at),
        }
    }

    /// Shows a "no".
    pub(super) fn trouble(
        &mut self,
        problem: Problem,
        tablet: Option<TabletId>,
        then: Then,
        at: At,
    ) {
        self.sound(problem.sound());
        let trouble = Trouble {
            problem,
            tablet,
            then,
        };
        self.go(Page::Problem(trouble), at.now());
    }
}

/// Whether this is a card's number.
pub(super) fn is_card(text: &str) -> bool {
    text.parse::<CardNumber>().is_ok() && !text.starts_with(BADGE_BEGINS)
}

/// The tablet that this text is the tag of.
fn known<'a>(text: &str, at: At<'a>) -> Result<&'a TabletRow, Problem> {
    let tag = Tag::read(text, &at.mirror.place().tag_host).map_err(|why| match why {
        TagError::NotOurs | TagError::TooLong => Problem::NotOurTag,
        TagError::MadeUp => Problem::MadeUpTag,
    })?;
    let row = at.mirror.by_tag(&tag);
    row.ok_or_else(|| match at.mirror.by_number(tag.number()) {
        Some(_) => Problem::MadeUpTag,
        None => Problem::UnknownTag,
    })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to thousandths"
)]
fn corners(code: &Code) -> [Corner; 4] {
    let thousandth = |at: f32| at.clamp(0.0, 1_000.0) as u16;
    code.corners.map(|(x, y)| Corner {
        x: thousandth(x),
        y: thousandth(y),
    })
}
