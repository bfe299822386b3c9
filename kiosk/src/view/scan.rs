//! The camera's screen and the keypad that stands in for it.

use lang::Key;

use super::{returns::steps, sweep, words::Words};
use crate::{
    flow::{self, Hint, Purpose, TypeNumber},
    screen::{self, Body, Button, Notice, Scan, Sight, Tone, Touch, Typing},
};

/// A tablet's number has at least so many digits.
const DIGITS_LEAST: usize = 3;

pub(super) fn body(words: &Words, scan: &flow::Scan) -> Body {
    if let Purpose::Sweep(sweep) = &scan.purpose {
        return sweep::body(words, scan, sweep);
    }
    if !words.state.around.camera {
        return Body::CameraLost(camera_lost(words));
    }
    let own = matches!(scan.purpose, Purpose::BringBack);
    Body::Scan(Scan {
        steps: if own { steps(words, 0) } else { Vec::new() },
        headline: words.say(headline(&scan.purpose)),
        hint: hint(words, scan.hint),
        sight: scan.found.map_or(Sight::Looking, Sight::Found),
        picture_text: words.say(Key::ScanPicture),
        buttons: buttons(words, own),
    })
}

const fn headline(purpose: &Purpose) -> Key {
    match purpose {
        Purpose::BringBack => Key::ScanLayTablet,
        Purpose::Return | Purpose::Sweep(_) => Key::ScanBackTablet,
        Purpose::CheckOut(_) => Key::ScanNextTablet,
    }
}

fn buttons(words: &Words, own: bool) -> Vec<Button> {
    let number = words.button(Key::ButtonTypeNumber, Touch::TypeNumber);
    let staff = own.then(|| words.button(Key::ButtonItWillNotScan, Touch::CallStaff));
    staff.into_iter().chain([number]).collect()
}

/// What to say about what the camera sees.
pub(super) fn hint(words: &Words, hint: Hint) -> screen::Hint {
    let (tone, keys): (Tone, &[Key]) = match hint {
        Hint::NothingYet => (Tone::Calm, &[Key::ScanNothingYet]),
        Hint::TurnOver => (Tone::Ask, &[Key::ScanTurnOver]),
        Hint::HoldStill => (Tone::Calm, &[Key::ScanHoldStill]),
        Hint::Torn => (Tone::Alert, &[Key::RefusalTornTag, Key::RefusalTornTagNext]),
        Hint::Several => (Tone::Alert, &[Key::RefusalTwoTags, Key::RefusalTwoTagsNext]),
        Hint::NotOurs => (
            Tone::Alert,
            &[Key::RefusalNotOurTag, Key::RefusalNotOurTagNext],
        ),
    };
    let said: Vec<_> = keys.iter().map(|key| words.say(*key)).collect();
    screen::Hint {
        tone,
        text: said.join(" "),
    }
}

fn camera_lost(words: &Words) -> Notice {
    let number = words.button(Key::ButtonTypeNumber, Touch::TypeNumber);
    if words.is_staffed() {
        let lines = [Key::RefusalCameraLostStaffNext];
        return Notice {
            main: Some(number),
            ..words.notice(Key::RefusalCameraLostStaff, &lines)
        };
    }
    Notice {
        main: Some(words.button(Key::ButtonCallStaff, Touch::CallStaff)),
        others: vec![number],
        ..words.notice(Key::RefusalCameraLost, &[Key::RefusalCameraLostNext])
    }
}

pub(super) fn number(words: &Words, page: &TypeNumber) -> Body {
    // A kiosk that knows no tablet knows no letters to begin with.
    let prefix = words.mirror.letters().map(|letters| format!("{letters}-"));
    let call = words.button(Key::ButtonCallStaff, Touch::CallStaff);
    let (hint, go) = match (page.unknown, &page.purpose) {
        (true, _) => (unknown(words), Key::NumberGo),
        (false, Purpose::CheckOut(_) | Purpose::Sweep(_)) => (calm(words), Key::ButtonContinue),
        (false, Purpose::BringBack | Purpose::Return) => (calm(words), Key::NumberGo),
    };
    Body::TypeNumber(Typing {
        headline: words.say(Key::NumberHeadline),
        hint,
        caption: words.say(Key::NumberField),
        prefix: prefix.unwrap_or_default(),
        typed: page.digits.clone(),
        rub_out: words.say(Key::ButtonRubOut),
        main: words.button(go, Touch::Enter),
        ready: page.digits.len() >= DIGITS_LEAST,
        others: if words.is_staffed() {
            Vec::new()
        } else {
            vec![call]
        },
    })
}

fn calm(words: &Words) -> screen::Hint {
    screen::Hint {
        tone: Tone::Calm,
        text: words.say(Key::NumberHint),
    }
}

fn unknown(words: &Words) -> screen::Hint {
    let sentence = words.say(Key::RefusalNumberUnknown);
    let next = words.say(Key::RefusalNumberUnknownNext);
    screen::Hint {
        tone: Tone::Alert,
        text: format!("{sentence} {next}"),
    }
}
