//! The screens of a return before it is kept.

use lang::Key;
use shared::ids::TabletId;

use super::{tablet::card_to_mark, words::Words};
use crate::{
    flow, kit,
    screen::{Body, ConfirmReturn, Notice, Progress, Step, Toggle, Touch},
};

const STEPS: [Key; 3] = [Key::StepShowSticker, Key::StepSaveThings, Key::StepAllDone];

/// The steps of a borrower's return, of which this one is current; past the
/// last, all are done.
pub(super) fn steps(words: &Words, current: usize) -> Vec<Step> {
    let step = |(at, key): (usize, Key)| Step {
        text: words.say(key),
        progress: match at.cmp(&current) {
            std::cmp::Ordering::Less => Progress::Done,
            std::cmp::Ordering::Equal => Progress::Current,
            std::cmp::Ordering::Greater => Progress::Ahead,
        },
    };
    STEPS.into_iter().enumerate().map(step).collect()
}

/// "Have you saved what you want?"
pub(super) fn goodbye(words: &Words, tablet: TabletId) -> Body {
    Body::ConfirmBorrowerReturn(Notice {
        steps: steps(words, 1),
        tablet: Some(words.number(tablet)),
        main: Some(words.button(Key::GoodbyeReady, Touch::Yes)),
        others: vec![words.button(Key::GoodbyeSave, Touch::HelpMeSave)],
        ..words.notice(Key::GoodbyeHeadline, &[Key::GoodbyeQuestion])
    })
}

/// "Is everything here?"
pub(super) fn confirm(words: &Words, page: &flow::ConfirmReturn) -> Body {
    Body::ConfirmReturn(ConfirmReturn {
        headline: words.say(Key::ReturnHeadline),
        hint: words.say(Key::ReturnHint),
        tablet: card_to_mark(words, page.tablet, &page.missing),
        damaged: Toggle {
            button: words.button(Key::ReturnDamaged, Touch::Damaged),
            on: page.damaged,
        },
        main: crate::screen::Button::new(take_back(words, page), Touch::AllHere),
        others: Vec::new(),
    })
}

fn take_back(words: &Words, page: &flow::ConfirmReturn) -> String {
    let first = page.missing.first().copied();
    match (first, page.missing.len(), page.damaged) {
        (None, _, false) => words.say(Key::ReturnAllHere),
        (None, _, true) => words.say(Key::ReturnDamagedGo),
        (Some(_), _, true) => words.say(Key::ReturnDamagedMissing),
        (Some(part), 1, false) => {
            let part = words.say(kit::word(part));
            words.with(Key::ReturnSomeMissing, "part", &part)
        }
        (Some(_), count, false) => words.counted(Key::ReturnMoreMissing, count),
    }
}
