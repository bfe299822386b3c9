//! The code that a tablet's own screen shows for half a minute: whoever shows it has
//! the tablet there (R19). A kiosk checks it as far as it can, and the server again.

use shared::{
    refusal::Refusal, signed::presence::PresenceCode, tablet::StateWord, wire::v1::kiosk::TabletRow,
};

use super::{
    At, Flow, Sound,
    problem::Problem,
    state::{Page, Purpose, Then},
};

impl Flow {
    /// A tablet's own screen was scanned.
    pub(super) fn code_shown(&mut self, code: PresenceCode, purpose: Purpose, at: At) {
        let Some(row) = at.mirror.tablet(code.tablet()) else {
            return self.trouble(Problem::UnknownTag, None, Then::Scan(purpose), at);
        };
        let proof = match proof(row, code, at) {
            Proof::Shown => Some(code),
            Proof::Unsure => None,
            Proof::TooOld => {
                let problem = Problem::Refused(Refusal::CodeNotTaken);
                return self.trouble(problem, Some(row.tablet), Then::Scan(purpose), at);
            }
        };
        match purpose {
            Purpose::BringBack => self.begin_return(row, proof, at),
            Purpose::Return if waits_here(row, at) => self.reset_by_code(row, proof, at),
            Purpose::Return | Purpose::CheckOut(_) | Purpose::Sweep(_) => {
                self.tablet(row, purpose, at);
            }
        }
    }

    /// A tablet of the tray shows that it is there: its reset starts.
    fn reset_by_code(&mut self, row: &TabletRow, code: Option<PresenceCode>, at: At) {
        if !self.may_ask_for_reset(row.tablet) {
            return;
        }
        self.sound(Sound::Good);
        self.ask_for_reset(row.tablet, code, at);
        if !matches!(self.state.page, Page::Home) {
            self.start_again(at.now());
        }
    }
}

/// What a code proves.
enum Proof {
    /// The tablet is there: its screen shows it now.
    Shown,
    /// What its sticker would: this clock cannot tell an old code from a new one.
    Unsure,
    /// Nothing: it is too old, or another key's.
    TooOld,
}

fn proof(row: &TabletRow, code: PresenceCode, at: At) -> Proof {
    if !at.given.clock_sure {
        return Proof::Unsure;
    }
    let shows = |key| code.check(row.tablet, &key, at.given.time).is_ok();
    if row.link_key.is_some_and(shows) {
        Proof::Shown
    } else {
        Proof::TooOld
    }
}

fn waits_here(row: &TabletRow, at: At) -> bool {
    let here = row.venue == Some(at.mirror.place().venue);
    here && row.waits_in_tray && row.word == StateWord::BackNotYetReset
}
