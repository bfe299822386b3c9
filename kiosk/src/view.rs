//! How the flow's state looks, worded: `view` for the eye, `spoken` for the
//! ear. Pure; relies on `flow`, `mirror` and the catalogue.

mod check_out;
mod header;
mod notice;
mod problem;
mod returns;
mod scan;
mod spoken;
mod staff;
mod sweep;
mod tablet;
mod verdicts;
mod words;

use lang::{Catalogue, Key};
use shared::time::Moment;

use crate::{
    flow::{Page, State, StillThere},
    mirror::Mirror,
    screen::{Body, First, Notice, Screen, Touch},
};
use words::Words;

pub use problem::{Told, told};
pub use spoken::spoken;

/// What is on the screen. `catalogue` is of `state.language`; `now` is the
/// server's time as the kiosk knows it.
pub fn view(state: &State, mirror: &Mirror, catalogue: &Catalogue, now: Moment) -> Screen {
    let words = Words {
        catalogue,
        mirror,
        state,
        now,
    };
    Screen {
        header: header::header(&words),
        body: body(&words),
        look: state.look,
    }
}

fn body(words: &Words) -> Body {
    if let Some(question) = words.state.still_there {
        return Body::Question(still_there(words, question));
    }
    match &words.state.page {
        Page::First => Body::First(first(words)),
        Page::Scan(scan) => scan::body(words, scan),
        Page::Goodbye(page) => returns::goodbye(words, page.tablet),
        Page::ConfirmReturn(page) => returns::confirm(words, page),
        Page::TypeNumber(page) => scan::number(words, page),
        Page::FindBorrower(page) => check_out::find_borrower(words, page),
        Page::LookingUp(_) => notice::wait(words, Key::WaitHeadline, Some(Key::WaitCard)),
        Page::LendAnyway(page) => check_out::lend_anyway(words, page),
        Page::SweepShort(sweep) => sweep::short(words, sweep),
        Page::HandOver(page) => check_out::hand_over(words, page),
        Page::Writing(page) => {
            notice::wait(words, Key::WaitHeadline, page.slow.then_some(Key::WaitLine))
        }
        Page::Lending(page) => check_out::lending(words, page),
        Page::Undoing(page) => notice::undoing(words, *page),
        Page::Done(done) => notice::done(words, done),
        Page::Refer(refer) => notice::refer(words, *refer),
        Page::Problem(trouble) => problem::body(words, trouble),
        Page::Home => staff::home(words),
        Page::News(news) => notice::news(words, *news),
    }
}

fn first(words: &Words) -> First {
    First {
        headline: words.say(Key::FirstHeadline),
        borrow: words.tile(Key::FirstBorrow, Key::FirstBorrowDetail, Touch::Borrow),
        bring_back: words.tile(
            Key::FirstBringBack,
            Key::FirstBringBackDetail,
            Touch::BringBack,
        ),
        note_lead: words.say(Key::FirstNoCard),
        note: words.say(Key::FirstNoCardDetail),
        keep_longer: words.tile(
            Key::FirstKeepLonger,
            Key::FirstKeepLongerDetail,
            Touch::KeepLonger,
        ),
        help: words.tile(Key::FirstHelp, Key::FirstHelpDetail, Touch::NeedHelp),
    }
}

fn still_there(words: &Words, question: StillThere) -> Notice {
    let more = words.button(Key::ButtonMoreTime, Touch::MoreTime);
    let stop = words.button(Key::ButtonStop, Touch::Stop);
    let (main, others) = if question.more {
        (more, vec![stop])
    } else {
        (stop, Vec::new())
    };
    Notice {
        others,
        main: Some(main),
        ..words.notice(Key::StillThereHeadline, &[Key::StillThereLine])
    }
}
