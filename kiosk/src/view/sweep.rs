//! The screens of a sweep: what was found so far, and what was not.

use lang::Key;

use super::{scan, words::Words};
use crate::{
    flow::{self, Find, Sweeping, Tally},
    screen::{Body, Button, Count, Hint, Notice, Sight, Sweep, Tone, Touch},
};

/// As many numbers as a line or two have room for.
const NUMBERS: usize = 6;

/// One tablet after the other.
pub(super) fn body(words: &Words, scan: &flow::Scan, sweep: &flow::Sweep) -> Body {
    let (main, others) = (over(words), vec![type_number(words)]);
    if !words.state.around.camera {
        let line = Key::RefusalCameraLostStaffNext;
        return Body::CameraLost(Notice {
            main: Some(main),
            others,
            ..words.notice(Key::RefusalCameraLostStaff, &[line])
        });
    }
    let headline = match sweep.what {
        Sweeping::Stock => Key::SweepShelf,
        Sweeping::Box(_) => Key::SweepBox,
    };
    let (to_find, more) = numbers(words, sweep);
    Body::Sweep(Sweep {
        headline: words.say(headline),
        hint: hint(words, scan, sweep),
        sight: scan.found.map_or(Sight::Looking, Sight::Found),
        picture_text: words.say(Key::ScanPicture),
        counts: counts(words, sweep.tally(), Key::SweepCountMissing),
        to_find,
        more,
        main,
        others,
    })
}

fn over(words: &Words) -> Button {
    words.button(Key::SweepOver, Touch::SweepOver)
}

fn type_number(words: &Words) -> Button {
    words.button(Key::ButtonTypeNumber, Touch::TypeNumber)
}

/// What was just scanned is said until something is wrong with what is seen.
fn hint(words: &Words, scan: &flow::Scan, sweep: &flow::Sweep) -> Hint {
    let Some((tablet, find)) = sweep.last else {
        return scan::hint(words, scan.hint);
    };
    match scan.hint {
        flow::Hint::NothingYet | flow::Hint::TurnOver => {}
        flow::Hint::HoldStill | flow::Hint::Torn | flow::Hint::Several | flow::Hint::NotOurs => {
            return scan::hint(words, scan.hint);
        }
    }
    let (tone, key) = match find {
        Find::Found => (Tone::Good, Key::SweepFound),
        Find::Again => (Tone::Calm, Key::SweepAgain),
        Find::Unexpected => (Tone::Ask, Key::SweepUnexpected),
        Find::HereAlready => (Tone::Alert, Key::SweepHereAlready),
        Find::ToReturn => (Tone::Alert, Key::SweepToReturn),
    };
    Hint {
        tone,
        text: words.with(key, "number", &words.number(tablet)),
    }
}

fn counts(words: &Words, tally: Tally, missing: Key) -> [Count; 3] {
    let count = |tone, number: usize, key| Count {
        tone,
        number: number.to_string(),
        text: words.say(key),
    };
    [
        count(Tone::Good, tally.found, Key::SweepCountFound),
        count(Tone::Calm, tally.missing, missing),
        count(Tone::Ask, tally.unexpected, Key::SweepCountUnexpected),
    ]
}

/// The first numbers that are still to be found, and how many more there are.
fn numbers(words: &Words, sweep: &flow::Sweep) -> (String, String) {
    let mut numbers: Vec<_> = sweep.missing().map(|it| words.number(it)).collect();
    numbers.sort();
    let more = numbers.len().saturating_sub(NUMBERS);
    numbers.truncate(NUMBERS);
    let more = match more {
        0 => String::new(),
        more => words.counted(Key::SweepMore, more),
    };
    (numbers.join("  "), more)
}

/// Not every tablet that was expected was scanned.
pub(super) fn short(words: &Words, sweep: &flow::Sweep) -> Body {
    let missing = sweep.tally().missing;
    let (numbers, more) = numbers(words, sweep);
    let meaning = match sweep.what {
        Sweeping::Stock => Key::SweepShortShelf,
        Sweeping::Box(_) => Key::SweepShortBox,
    };
    Body::Question(Notice {
        headline: words.counted(Key::SweepShort, missing),
        lines: vec![
            format!("{numbers}  {more}").trim_end().to_owned(),
            words.say(meaning),
        ],
        main: Some(words.button(Key::SweepLookAgain, Touch::TryAgain)),
        others: vec![words.button(Key::SweepReportMissing, Touch::ReportMissing)],
        ..words.notice(Key::SweepOver, &[])
    })
}

/// What was written down.
pub(super) fn counted(words: &Words, what: Sweeping, tally: Tally) -> Notice {
    let headline = match what {
        Sweeping::Stock => Key::SweepShelfDone,
        Sweeping::Box(_) => Key::SweepBoxDone,
    };
    let next = if words.state.around.online {
        Key::SweepDoneNext
    } else {
        Key::SweepDoneAway
    };
    let counts = counts(words, tally, Key::StateMissing);
    let lines = counts.map(|it| format!("{}: {}", it.text, it.number));
    let lines = [lines.join("  "), words.say(next)];
    Notice {
        lines: lines.into(),
        ..words.notice(headline, &[])
    }
}
