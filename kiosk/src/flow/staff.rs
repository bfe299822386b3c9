//! An operator's session: opened by a badge, closed by signing out, by walking
//! away or when the badge is no longer on the list.

use std::collections::BTreeMap;

use shared::{
    badge::Badge, decide::check_out::can_be_overridden, ids::TabletId,
    signed::presence::PresenceCode, wire::v1::command::KioskAction,
};

use super::{
    At, Flow, Sound,
    check_out::why_not,
    problem::Problem,
    state::{Page, Purpose, Session, Then, Trouble},
};

/// Rows of the tray on one screen.
pub const TRAY_ROWS: usize = 3;

impl Flow {
    /// A badge was shown.
    pub(super) fn badge(&mut self, badge: Badge, at: At) {
        let Some((operator, name)) = at.mirror.operator(&badge) else {
            return self.trouble(Problem::BadgeUnknown, None, Then::Start, at);
        };
        let same = self.state.session.as_ref();
        if same.is_some_and(|session| session.operator == operator) {
            return;
        }
        self.state.session = Some(Session {
            operator,
            name: name.to_owned(),
            tray_from: 0,
            asked: BTreeMap::new(),
            badge,
        });
        self.sound(Sound::Good);
        self.open_session(at);
    }

    /// A tablet that waited for a badge is taken back at once.
    fn open_session(&mut self, at: At) {
        if let Page::Problem(Trouble {
            problem: Problem::BadgeNeeded(tablet),
            ..
        }) = self.state.page
        {
            self.confirm_return(tablet, at);
        } else {
            self.start_again(at.now());
        }
    }

    /// Goes to where a person begins: the operator's screen, with what came
    /// late before it, or the first one.
    pub(super) fn start_again(&mut self, now_ms: u64) {
        let page = match &self.state.session {
            None => Page::First,
            Some(_) => self.news.pop_front().map_or(Page::Home, Page::News),
        };
        self.go(page, now_ms);
    }

    /// The same by itself: nobody was seen to be there.
    pub(super) fn start_again_unasked(&mut self, now_ms: u64) {
        let active_ms = self.active_ms;
        self.start_again(now_ms);
        self.active_ms = active_ms;
    }

    /// "Sign out".
    pub(super) fn sign_out(&mut self, at: At) {
        if let Page::Home = self.state.page {
            self.walk_away(at.now());
        }
    }

    /// "Start now": an operator has a tablet of the tray in hand.
    pub(super) fn start_reset(&mut self, number: &str, at: At) {
        let (Page::Home, Ok(number)) = (&self.state.page, number.parse()) else {
            return;
        };
        let row = at.mirror.tray().find(|row| row.number == number);
        let Some(tablet) = row.map(|row| row.tablet) else {
            return;
        };
        if self.may_ask_for_reset(tablet) {
            self.ask_for_reset(tablet, None, at);
        }
    }

    /// An operator is there, and it was not asked for yet.
    pub(super) fn may_ask_for_reset(&self, tablet: TabletId) -> bool {
        let session = self.state.session.as_ref();
        session.is_some_and(|session| !session.asked.contains_key(&tablet))
    }
    /// Keeps that the reset is to start, and what proves that the tablet is there.
    pub(super) fn ask_for_reset(&mut self, tablet: TabletId, code: Option<PresenceCode>, at: At) {
        let command = self.keep(KioskAction::StartReset { tablet, code }, at);
        if let Some(session) = &mut self.state.session {
            session.asked.insert(tablet, command);
        }
    }

    /// The tray's next rows, or the first again.
    pub(super) fn more_rows(&mut self, at: At) {
        let rows = at.mirror.tray().count();
        let (Page::Home, Some(session)) = (&self.state.page, &mut self.state.session) else {
            return;
        };
        let next = session.tray_from + TRAY_ROWS;
        session.tray_from = if next < rows { next } else { 0 };
    }

    /// Rows changed: what rests on the old ones is put right.
    pub(super) fn mirror_moved(&mut self, at: At) {
        // They understood each other.
        self.state.around.too_old = false;
        self.check_badge(at);
        self.check_tray(at);
        self.check_hand_over(at);
        self.check_aside(at);
        self.check_shelf(at);
    }

    fn check_badge(&mut self, at: At) {
        let session = self.state.session.as_ref();
        let gone = session.is_some_and(|session| at.mirror.operator(&session.badge).is_none());
        if gone && !self.is_writing() {
            self.walk_away(at.now());
        }
    }

    const fn is_writing(&self) -> bool {
        matches!(self.state.page, Page::Writing(_))
    }

    fn check_tray(&mut self, at: At) {
        let Some(session) = &mut self.state.session else {
            return;
        };
        let waits = |tablet| {
            at.mirror
                .tablet(tablet)
                .is_some_and(|row| row.waits_in_tray)
        };
        session.asked.retain(|tablet, _| waits(*tablet));
        if session.tray_from >= at.mirror.tray().count() {
            session.tray_from = 0;
        }
    }

    fn check_hand_over(&mut self, at: At) {
        let Page::HandOver(page) = &self.state.page else {
            return;
        };
        let row = at.mirror.tablet(page.tablet);
        let overrides = page.overriding.is_some();
        let may = |why| overrides && can_be_overridden(why);
        if row.is_some_and(|row| why_not(row.word).is_none_or(may)) {
            return;
        }
        let (tablet, then) = (
            page.tablet,
            Then::Scan(Purpose::CheckOut(page.borrower.clone())),
        );
        self.trouble(Problem::TabletChanged, Some(tablet), then, at);
    }
}
