//! The screens of a check out at the desk.

use lang::{Key, readiness::override_key};
use shared::{refusal::Refusal, tablet::OverrideReason, wire::v1::kiosk};

use super::{notice, tablet, words::Words};
use crate::{
    flow::{self, CardTrouble, FindBorrower, LendAnyway, Lending},
    screen::{Body, BorrowerCard, Choice, HandOver, Hint, TabletCard, Tone, Touch, Typing},
};

/// A card's number has at least so many characters.
const CARD_LEAST: usize = 4;

/// "Whose card is it?"
pub(super) fn find_borrower(words: &Words, page: &FindBorrower) -> Body {
    Body::FindBorrower(Typing {
        headline: words.say(Key::FindHeadline),
        hint: hint(words, page.trouble),
        caption: words.say(Key::FindField),
        prefix: String::new(),
        typed: page.typed.clone(),
        rub_out: words.say(Key::ButtonRubOut),
        main: words.button(Key::FindGo, Touch::Enter),
        ready: page.typed.len() >= CARD_LEAST,
        others: Vec::new(),
    })
}

fn hint(words: &Words, trouble: Option<CardTrouble>) -> Hint {
    let (tone, keys): (Tone, &[Key]) = match trouble {
        None => (Tone::Calm, &[Key::FindHint]),
        Some(CardTrouble::NotACard) => (
            Tone::Alert,
            &[Key::RefusalNotACard, Key::RefusalNotACardNext],
        ),
        Some(CardTrouble::Unknown) => (
            Tone::Alert,
            &[
                Key::RefusalBorrowerUnknownStaff,
                Key::RefusalBorrowerUnknownStaffNext,
            ],
        ),
    };
    let said: Vec<_> = keys.iter().map(|key| words.say(*key)).collect();
    let text = said.join(" ");
    Hint { tone, text }
}

/// Why a tablet that a rule holds back is lent all the same, and what that means.
pub(super) fn lend_anyway(words: &Words, page: &LendAnyway) -> Body {
    let because = |reason| words.button(reason_key(reason), Touch::Because(reason.into()));
    let meaning = [against(page.refusal), Key::LendAnywayKept];
    Body::Choice(Choice {
        tablet: tablet::bare(words, page.tablet),
        headline: words.say(Key::LendAnywayHeadline),
        lines: meaning.map(|line| words.say(line)).into(),
        choices: page.reasons().map(because).into(),
        main: words.button(Key::LendAnywayNot, Touch::TakeAnother),
    })
}

const fn reason_key(reason: OverrideReason) -> Key {
    match reason {
        OverrideReason::Urgent => Key::LendAnywayUrgent,
        OverrideReason::ResetByHand => Key::LendAnywayResetByHand,
        OverrideReason::HolderAgreed => Key::LendAnywayHolderAgreed,
        OverrideReason::TeamDecided => Key::LendAnywayTeamDecided,
    }
}

/// What lending against this means.
const fn against(refusal: Refusal) -> Key {
    if matches!(refusal, Refusal::PutAside) {
        return Key::LendAnywayPutAside;
    }
    if matches!(refusal, Refusal::ImageWithdrawn { .. }) {
        return Key::LendAnywayOutOfDate;
    }
    Key::LendAnywayNotClean
}

/// Borrower, tablet and due day.
pub(super) fn hand_over(words: &Words, page: &flow::HandOver) -> Body {
    let due_on = page.borrower.due_on;
    let due_day = if due_on == words.now.day() {
        words.say(Key::DueToday)
    } else {
        words.day(due_on)
    };
    let card = tablet::card(words, page.tablet);
    let (card, go) = match page.overriding {
        None => (card, Key::HandOver),
        Some(reason) => {
            let line = words.say(override_key(reason));
            (TabletCard { line, ..card }, Key::LendAnyway)
        }
    };
    Body::HandOver(HandOver {
        borrower: borrower(words, &page.borrower),
        tablet: card,
        due_lead: words.say(Key::DueBack),
        due_day,
        main: words.button(go, Touch::HandOver),
        others: vec![words.button(Key::HandOverNotRight, Touch::NotRight)],
    })
}

fn borrower(words: &Words, card: &kiosk::BorrowerCard) -> BorrowerCard {
    let ends = words.with(Key::BorrowerCardEnds, "digits", &card.card_ends);
    let loans = match usize::try_from(card.open_loans) {
        Ok(0) => words.say(Key::BorrowerNothingOnLoan),
        Ok(count) => words.counted(Key::BorrowerOnLoan, count),
        Err(_) => words.counted(Key::BorrowerOnLoan, usize::MAX),
    };
    BorrowerCard {
        caption: words.say(Key::Borrower),
        name: card.short_name.clone(),
        line: format!("{ends} {loans}"),
        facts: Vec::new(),
    }
}

/// Until the server has spoken, nothing is promised (R11).
pub(super) fn lending(words: &Words, page: &Lending) -> Body {
    if page.slow {
        let line = Some(Key::WaitLendingLine);
        notice::wait(words, Key::WaitLendingHeadline, line)
    } else {
        notice::wait(words, Key::WaitHeadline, None)
    }
}
