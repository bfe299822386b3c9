//! A tablet on a screen: its card, its state, its kit.

use std::collections::BTreeSet;

use lang::{Key, refusals::state_key};
use shared::{ids::TabletId, tablet::StateWord, wire::v1::kiosk::ProofRow};

use super::words::Words;
use crate::screen::{KitPart, KitPicture, StateChip, StateLook, TabletCard, Touch};

/// What belongs to a tablet, as it is shown.
const KIT: [KitPart; 4] = [
    KitPart::Tablet,
    KitPart::Charger,
    KitPart::Bag,
    KitPart::Guide,
];

/// A tablet with everything that belongs to it.
pub(super) fn card(words: &Words, tablet: TabletId) -> TabletCard {
    let row = words.mirror.tablet(tablet);
    let proof = row.and_then(|row| row.proof);
    let kit = KIT.map(|part| picture(words, part, true, None));
    TabletCard {
        line: proof.map_or_else(String::new, |proof| cleared(words, proof)),
        kit: kit.into(),
        ..bare(words, tablet)
    }
}

/// A tablet whose kit can be marked as missing.
pub(super) fn card_to_mark(
    words: &Words,
    tablet: TabletId,
    missing: &BTreeSet<KitPart>,
) -> TabletCard {
    // The tablet itself was just scanned.
    let parts = KIT.into_iter().filter(|part| *part != KitPart::Tablet);
    let kit = parts.map(|part| {
        let touch = Touch::PartMissing(part);
        picture(words, part, !missing.contains(&part), Some(touch))
    });
    TabletCard {
        kit: kit.collect(),
        ..bare(words, tablet)
    }
}

fn bare(words: &Words, tablet: TabletId) -> TabletCard {
    let row = words.mirror.tablet(tablet);
    // A tablet whose row has gone is shown as one to look at.
    let word = row.map_or(StateWord::NeedsAttention, |row| row.word);
    TabletCard {
        caption: words.say(Key::Tablet),
        number: words.number(tablet),
        state: chip(words, word),
        line: String::new(),
        kit: Vec::new(),
    }
}

fn cleared(words: &Words, proof: ProofRow) -> String {
    let day = proof.proven_at.day();
    if day != words.now.day() {
        return words.with(Key::TabletClearedOn, "day", &words.day(day));
    }
    let (hour, minute) = proof.proven_at.clock();
    let clock = words.catalogue.clock(hour, minute);
    words.with(Key::TabletClearedToday, "clock", &clock)
}

fn picture(words: &Words, part: KitPart, here: bool, touch: Option<Touch>) -> KitPicture {
    let text = words.say(part_word(part));
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

/// The word of a part of the kit.
pub(super) const fn part_word(part: KitPart) -> Key {
    match part {
        KitPart::Tablet => Key::KitTablet,
        KitPart::Charger => Key::KitCharger,
        KitPart::Bag => Key::KitBag,
        KitPart::Guide => Key::KitGuide,
    }
}

/// A state: its shape and its word.
pub(super) fn chip(words: &Words, word: StateWord) -> StateChip {
    StateChip {
        state: look(word),
        word: words.say(state_key(word)),
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
