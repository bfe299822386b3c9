//! A tablet on a screen: its card, its state, its kit.

use std::collections::BTreeSet;

use lang::{Arg, Key, readiness::override_key, refusals::state_key};
use shared::{
    ids::TabletId,
    tablet::{ProofKind, StateWord},
    wire::v1::kiosk::{ProofRow, TabletRow},
};

use super::{notice::for_whom, words::Words};
use crate::{
    kit,
    screen::{KitPart, KitPicture, StateChip, StateLook, TabletCard, Touch},
};

/// A tablet with everything that belongs to it.
pub(super) fn card(words: &Words, tablet: TabletId) -> TabletCard {
    let row = words.mirror.tablet(tablet);
    let is_there = |part| row.is_none_or(|row| !row.missing_parts.contains(&part));
    let parts = kit::of(row).into_iter();
    let parts = parts.map(|part| picture(words, kit::drawing(part), is_there(part), None));
    let itself = picture(words, KitPart::Tablet, true, None);
    TabletCard {
        line: row.map_or_else(String::new, |row| line(words, row)),
        rests_on: row.map_or_else(String::new, |row| rests_on(words, row)),
        kit: std::iter::once(itself).chain(parts).collect(),
        ..bare(words, tablet)
    }
}

/// Against which rule it was lent (R2), for whom it is kept (R7), or else how clean
/// it is.
fn line(words: &Words, row: &TabletRow) -> String {
    match (row.lent_by_override, &row.put_aside, row.proof) {
        (Some(reason), _, _) => words.say(override_key(reason)),
        (None, Some(aside), _) => for_whom(words, aside),
        (None, None, Some(proof)) => cleared(words, proof),
        (None, None, None) => String::new(),
    }
}

/// A tablet whose kit can be marked as missing.
pub(super) fn card_to_mark(
    words: &Words,
    tablet: TabletId,
    missing: &BTreeSet<KitPart>,
) -> TabletCard {
    let parts = kit::of(words.mirror.tablet(tablet)).into_iter();
    let kit = parts.map(kit::drawing).map(|part| {
        let touch = Touch::PartMissing(part);
        picture(words, part, !missing.contains(&part), Some(touch))
    });
    let row = words.mirror.tablet(tablet);
    let reason = row.and_then(|row| row.lent_by_override);
    TabletCard {
        line: reason.map_or_else(String::new, |reason| words.say(override_key(reason))),
        kit: kit.collect(),
        ..bare(words, tablet)
    }
}

/// A tablet with nothing but its number and its state.
pub(super) fn bare(words: &Words, tablet: TabletId) -> TabletCard {
    let row = words.mirror.tablet(tablet);
    // A tablet whose row has gone is shown as one to look at.
    let word = row.map_or(StateWord::NeedsAttention, |row| row.word);
    TabletCard {
        caption: words.say(Key::Tablet),
        number: words.number(tablet),
        state: match row.and_then(|row| row.unread.as_ref()) {
            Some(_) => chip_of_unread(words),
            None => chip(words, word),
        },
        line: String::new(),
        rests_on: String::new(),
        kit: Vec::new(),
    }
}

/// What a manager of a fleet reported nobody has looked at.
fn cleared(words: &Words, proof: ProofRow) -> String {
    let (today, on) = match proof.kind {
        ProofKind::TabletProven | ProofKind::PersonConfirmed => {
            (Key::TabletClearedToday, Key::TabletClearedOn)
        }
        ProofKind::ManagerReported => (Key::TabletReportedToday, Key::TabletReportedOn),
    };
    let day = proof.proven_at.day();
    if day != words.now.day() {
        let month = words.catalogue.month(day.month());
        let day = day.day_of_month().to_string();
        let args = [("day", Arg::Text(&day)), ("month", Arg::Text(&month))];
        return words.catalogue.text(on, &args);
    }
    let (hour, minute) = proof.proven_at.clock();
    let clock = words.catalogue.clock(hour, minute);
    words.with(today, "clock", &clock)
}

/// Whose word its readiness rests on: only what a tablet proved itself is told as
/// proven.
fn rests_on(words: &Words, row: &TabletRow) -> String {
    let may_go_out = matches!(row.word, StateWord::Ready | StateWord::PutAside);
    let kind = row.proof.filter(|_| may_go_out).map(|proof| proof.kind);
    kind.map_or_else(String::new, |kind| words.say(rests_on_key(kind)))
}

const fn rests_on_key(kind: ProofKind) -> Key {
    match kind {
        ProofKind::TabletProven => Key::TabletRestsOnItself,
        ProofKind::ManagerReported => Key::TabletRestsOnManager,
        ProofKind::PersonConfirmed => Key::TabletRestsOnPerson,
    }
}

fn picture(words: &Words, part: KitPart, here: bool, touch: Option<Touch>) -> KitPicture {
    let text = words.say(kit::word(part));
    let says = if here {
        Key::KitPartHere
    } else {
        Key::KitPartMissing
    };
    KitPicture {
        part,
        says: words.with(says, "part", &text),
        text,
        here,
        touch,
    }
}

/// A state: its shape and its word.
pub(super) fn chip(words: &Words, word: StateWord) -> StateChip {
    StateChip {
        state: look(word),
        word: words.say(state_key(word)),
    }
}

/// What its state is only a later version of this program can tell.
fn chip_of_unread(words: &Words) -> StateChip {
    StateChip {
        state: StateLook::NeedsAttention,
        word: words.say(Key::StateUnread),
    }
}

const fn look(word: StateWord) -> StateLook {
    match word {
        StateWord::Retired | StateWord::GivenAway => StateLook::Gone,
        StateWord::Lost | StateWord::Missing => StateLook::Missing,
        StateWord::OnLoan => StateLook::OnLoan,
        StateWord::Travelling => StateLook::Travelling,
        StateWord::NeedsAttention => StateLook::NeedsAttention,
        StateWord::Resetting => StateLook::Resetting,
        StateWord::BackNotYetReset => StateLook::NotYetReset,
        StateWord::PutAside => StateLook::PutAside,
        StateWord::Ready => StateLook::Ready,
    }
}
