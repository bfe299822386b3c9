//! The operator's own screen.

use lang::Key;
use shared::wire::v1::kiosk::TabletRow;

use super::{tablet::chip, words::Words};
use crate::{
    flow::{Session, TRAY_ROWS},
    screen::{Body, Button, StaffHome, Touch, Tray, TrayRow},
};

/// Two tiles, and what waits for a reset.
pub(super) fn home(words: &Words) -> Body {
    Body::StaffHome(StaffHome {
        check_out: words.tile(
            Key::StaffCheckOut,
            Key::StaffCheckOutDetail,
            Touch::StaffCheckOut,
        ),
        take_back: words.tile(Key::StaffReturn, Key::StaffReturnDetail, Touch::StaffReturn),
        others: vec![
            words.button(Key::StaffBox, Touch::UnpackBox),
            words.button(Key::StaffCount, Touch::CountShelf),
        ],
        tray: tray(words),
    })
}

fn tray(words: &Words) -> Tray {
    let waiting = words.mirror.tray().count();
    let from = words.state.session.as_ref().map_or(0, |it| it.tray_from);
    let shown = words.mirror.tray().skip(from).take(TRAY_ROWS);
    let hint = if waiting == 0 {
        Key::StaffTrayEmpty
    } else {
        Key::StaffTrayHint
    };
    Tray {
        headline: words.say(Key::StaffTray),
        hint: words.say(hint),
        rows: shown.map(|row| tray_row(words, row)).collect(),
        more: (waiting > TRAY_ROWS).then(|| {
            let more = words.counted(Key::StaffTrayMore, waiting - TRAY_ROWS);
            Button::new(more, Touch::MoreRows)
        }),
    }
}

fn tray_row(words: &Words, row: &TabletRow) -> TrayRow {
    let number = row.number.to_string();
    let has = |session: &Session| session.asked.contains_key(&row.tablet);
    let asked = words.state.session.as_ref().is_some_and(has);
    let start = || words.button(Key::StaffTrayStart, Touch::StartReset(number.clone()));
    TrayRow {
        state: chip(words, row.word),
        // Asked for is not done: the state changes when the server says so.
        since: if asked {
            words.say(Key::StaffResetOrdered)
        } else {
            String::new()
        },
        start: (!asked).then(start),
        number,
    }
}
