//! A check out at the desk: card, tablet, hand over, and then the server's word.
//! Nothing is lent before that word, unless it does not come (see `alone`).

use shared::{
    borrower::CardNumber,
    refusal::Refusal,
    tablet::StateWord,
    wire::v1::{command::KioskAction, kiosk::BorrowerCard, kiosk::TabletRow},
};

use super::{
    Ask, At, Effect, Flow, Lookup, Sound,
    problem::Problem,
    scan::is_card,
    state::{
        Alone, CardTrouble, FindBorrower, HandOver, Lending, LookingUp, Page, Purpose, Refer, Then,
    },
};

impl Flow {
    /// An operator wants to lend a tablet.
    pub(super) fn begin_check_out(&mut self, at: At) {
        let Page::Home = self.state.page else {
            return;
        };
        if self.state.around.may_lend() {
            self.find_borrower(at);
        } else {
            self.trouble(Problem::TooOld, None, Then::Start, at);
        }
    }

    /// "Whose card is it?"
    pub(super) fn find_borrower(&mut self, at: At) {
        self.sighting.forget();
        self.ask_for_card(None, at);
    }

    fn ask_for_card(&mut self, trouble: Option<CardTrouble>, at: At) {
        let typed = String::new();
        self.go(
            Page::FindBorrower(FindBorrower { typed, trouble }),
            at.now(),
        );
    }

    /// A card was scanned or typed.
    pub(super) fn card(&mut self, text: &str, at: At) {
        if !self.state.around.may_lend() {
            return self.trouble(Problem::TooOld, None, Then::Start, at);
        }
        let card = text.parse::<CardNumber>();
        if let Some(card) = card.ok().filter(|_| is_card(text)) {
            self.look_up(&card, at);
        } else {
            self.sound(Sound::YoursToFix);
            self.ask_for_card(Some(CardTrouble::NotACard), at);
        }
    }

    fn look_up(&mut self, card: &CardNumber, at: At) {
        let Some(session) = &self.state.session else {
            return;
        };
        self.ask = Ask(self.ask.0 + 1);
        let ask = self.ask;
        self.effects.push(Effect::FindBorrower {
            ask,
            card: card.as_str().to_owned(),
            operator: session.operator,
        });
        self.go(Page::LookingUp(LookingUp { ask }), at.now());
    }

    /// A card was looked up; an answer that nobody waits for any more is dropped.
    pub(super) fn looked_up(&mut self, ask: Ask, lookup: Lookup, at: At) {
        if !matches!(&self.state.page, Page::LookingUp(page) if page.ask == ask) {
            return;
        }
        match lookup {
            Lookup::Found(borrower) => self.found(borrower, at),
            Lookup::Unknown => {
                self.sound(Sound::OursToFix);
                self.ask_for_card(Some(CardTrouble::Unknown), at);
            }
            Lookup::Away => self.trouble(Problem::ServerAway, None, Then::FindBorrower, at),
        }
    }

    fn found(&mut self, borrower: BorrowerCard, at: At) {
        self.sound(Sound::Good);
        self.scan_next(Purpose::CheckOut(borrower), at);
    }

    /// A tablet was scanned for this borrower.
    pub(super) fn choose(&mut self, row: &TabletRow, borrower: BorrowerCard, at: At) {
        let tablet = row.tablet;
        if row.unread.is_some() {
            let then = Then::Scan(Purpose::CheckOut(borrower));
            return self.trouble(Problem::TooOld, Some(tablet), then, at);
        }
        if let Some(refusal) = why_not(row.word) {
            let then = Then::Scan(Purpose::CheckOut(borrower));
            return self.trouble(Problem::Refused(refusal), Some(tablet), then, at);
        }
        self.sound(Sound::Good);
        let page = HandOver {
            borrower,
            tablet,
            overriding: None,
        };
        self.go(Page::HandOver(page), at.now());
    }

    /// "Hand over": kept first, then sent.
    pub(super) fn hand_over(&mut self, at: At) {
        let Page::HandOver(page) = self.state.page.clone() else {
            return;
        };
        let HandOver {
            borrower,
            tablet,
            overriding,
        } = page;
        if !self.state.around.may_lend() {
            return self.trouble(Problem::TooOld, Some(tablet), Then::Start, at);
        }
        let action = KioskAction::CheckOut {
            tablet,
            loan: at.given.loan,
            borrower: Some(borrower.borrower),
            done: false,
            told_due_on: None,
            overriding,
        };
        let lending = Lending {
            command: self.keep(action, at),
            tablet,
            kept: false,
            slow: false,
            borrower,
            alone: Alone::Undecided,
        };
        self.go(Page::Lending(lending), at.now());
    }

    /// "Not right".
    pub(super) fn not_right(&mut self, at: At) {
        if let Page::HandOver(_) = self.state.page {
            self.go(Page::Refer(Refer::NotRight), at.now());
        }
    }
}

/// What the server would surely say to lending a tablet in this state.
pub(super) const fn why_not(word: StateWord) -> Option<Refusal> {
    match word {
        // Whose hold it is, only the server knows.
        StateWord::Ready | StateWord::PutAside => None,
        StateWord::OnLoan => Some(Refusal::TabletOnLoan),
        StateWord::Retired | StateWord::GivenAway => Some(Refusal::Retired { word }),
        StateWord::Lost
        | StateWord::Missing
        | StateWord::Travelling
        | StateWord::NeedsAttention
        | StateWord::Resetting
        | StateWord::BackNotYetReset => Some(Refusal::TabletNotReady { word }),
    }
}
