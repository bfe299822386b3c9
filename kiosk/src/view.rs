//! How the flow's state looks, worded: `view` for the eye, `spoken` for the
//! ear. Pure; relies on `flow`, `mirror` and the catalogue.

use lang::{Catalogue, Key};
use shared::time::Moment;

use crate::{
    flow::{Page, State},
    mirror::Mirror,
    screen::{Body, Button, First, Header, Screen, Tile, Touch},
};

/// What is on the screen. `words` is of `state.language`; `now` is the server's
/// time as the kiosk knows it.
pub fn view(state: &State, _mirror: &Mirror, words: &Catalogue, _now: Moment) -> Screen {
    let body = match &state.page {
        Page::First => Body::First(first(words)),
    };
    Screen {
        header: Header::default(),
        body,
        look: state.look,
    }
}

/// What "Read to me" says: headline, lines and buttons in their order.
pub fn spoken(screen: &Screen) -> String {
    let mut said: Vec<&str> = screen.header.title.iter().map(String::as_str).collect();
    if let Body::First(first) = &screen.body {
        said.push(&first.headline);
    }
    said.join("\n")
}

fn first(words: &Catalogue) -> First {
    let tile = |line, detail, touch| Tile {
        button: Button::new(words.say(line), touch),
        detail: words.say(detail),
    };
    First {
        headline: words.say(Key::FirstHeadline),
        borrow: tile(Key::FirstBorrow, Key::FirstBorrowDetail, Touch::Borrow),
        bring_back: tile(
            Key::FirstBringBack,
            Key::FirstBringBackDetail,
            Touch::BringBack,
        ),
        note_lead: words.say(Key::FirstNoCard),
        note: words.say(Key::FirstNoCardDetail),
        keep_longer: tile(
            Key::FirstKeepLonger,
            Key::FirstKeepLongerDetail,
            Touch::KeepLonger,
        ),
        help: tile(Key::FirstHelp, Key::FirstHelpDetail, Touch::NeedHelp),
    }
}
