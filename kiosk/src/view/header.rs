//! The bar across the top.

use lang::{Key, LANGUAGES};

use super::words::Words;
use crate::{
    flow::{Done, Page, Purpose, Refer, Session, Sweeping, Undone},
    screen::{Button, Connection, Header, LanguageButton, Touch},
};

pub(super) fn header(words: &Words) -> Header {
    match &words.state.session {
        Some(session) => staffed(words, session),
        None => open(words),
    }
}

fn open(words: &Words) -> Header {
    let first = matches!(words.state.page, Page::First);
    let venue = first.then(|| words.mirror.place().venue_name.clone());
    let mut buttons = vec![read(words), bigger(words)];
    buttons.extend(stop(words));
    Header {
        title: title(words).map(|title| words.say(title)),
        venue,
        languages: languages(words),
        buttons,
        ..Header::default()
    }
}

fn staffed(words: &Words, session: &Session) -> Header {
    let online = words.state.around.online;
    let text = words.say(if online {
        Key::HeaderConnected
    } else {
        Key::HeaderAway
    });
    Header {
        title: title(words).map(|title| words.say(title)),
        connection: Some(Connection { online, text }),
        operator: Some(session.name.clone()),
        buttons: stop(words).into_iter().collect(),
        ..Header::default()
    }
}

fn languages(words: &Words) -> Vec<LanguageButton> {
    let button = |language: lang::Language| LanguageButton {
        button: Button::new(language.name, Touch::Language(language.code.to_owned())),
        chosen: language == words.state.language,
    };
    LANGUAGES.into_iter().map(button).collect()
}

fn read(words: &Words) -> Button {
    let key = if words.state.speaking {
        Key::ButtonStopReading
    } else {
        Key::ButtonReadToMe
    };
    words.button(key, Touch::ReadToMe)
}

fn bigger(words: &Words) -> Button {
    let key = if words.state.look.bigger {
        Key::ButtonUsualSize
    } else {
        Key::ButtonBigger
    };
    words.button(key, Touch::Bigger)
}

fn stop(words: &Words) -> Option<Button> {
    if words.state.still_there.is_some() {
        // The question has its own.
        return None;
    }
    let stop = || Some(words.button(Key::ButtonStop, Touch::Stop));
    match &words.state.page {
        Page::First | Page::Writing(_) => None,
        Page::Lending(lending) if !lending.may_be_left() => None,
        Page::Undoing(undoing) if !undoing.kept => None,
        Page::Home => Some(words.button(Key::StaffSignOut, Touch::SignOut)),
        Page::Lending(_)
        | Page::Undoing(_)
        | Page::Scan(_)
        | Page::Goodbye(_)
        | Page::ConfirmReturn(_)
        | Page::TypeNumber(_)
        | Page::FindBorrower(_)
        | Page::LookingUp(_)
        | Page::LendAnyway(_)
        | Page::HandOver(_)
        | Page::SweepShort(_)
        | Page::Done(_)
        | Page::Refer(_)
        | Page::Problem(_)
        | Page::News(_) => stop(),
    }
}

fn title(words: &Words) -> Option<Key> {
    match &words.state.page {
        Page::First => None,
        Page::Scan(scan) => Some(title_of(&scan.purpose)),
        Page::TypeNumber(page) => Some(title_of(&page.purpose)),
        Page::FindBorrower(_)
        | Page::LookingUp(_)
        | Page::LendAnyway(_)
        | Page::HandOver(_)
        | Page::Lending(_)
        | Page::Done(Done::Lent { .. })
        | Page::Refer(Refer::NotRight) => Some(Key::HeaderCheckOut),
        Page::SweepShort(sweep) => Some(title_of_sweep(sweep.what)),
        Page::Done(Done::Counted { what, .. }) => Some(title_of_sweep(*what)),
        Page::Undoing(page) => Some(title_of_undo(page.what)),
        Page::Done(Done::Undone { what, .. }) => Some(title_of_undo(*what)),
        Page::Refer(Refer::Borrow) => Some(Key::HeaderBorrow),
        Page::Refer(_) => Some(Key::HeaderHelp),
        Page::Goodbye(_) | Page::Writing(_) | Page::Done(_) | Page::Problem(_)
            if !words.is_staffed() =>
        {
            Some(Key::HeaderBringBack)
        }
        Page::ConfirmReturn(_) | Page::Done(_) => Some(Key::HeaderReturn),
        Page::Goodbye(_) | Page::Writing(_) | Page::Problem(_) | Page::Home | Page::News(_) => {
            Some(Key::HeaderStaff)
        }
    }
}

const fn title_of_sweep(what: Sweeping) -> Key {
    match what {
        Sweeping::Stock => Key::HeaderCount,
        Sweeping::Box(_) => Key::HeaderBox,
    }
}

const fn title_of_undo(what: Undone) -> Key {
    match what {
        Undone::Lent => Key::HeaderCheckOut,
        Undone::Back => Key::HeaderReturn,
    }
}

const fn title_of(purpose: &Purpose) -> Key {
    match purpose {
        Purpose::BringBack => Key::HeaderBringBack,
        Purpose::Return => Key::HeaderReturn,
        Purpose::CheckOut(_) => Key::HeaderCheckOut,
        Purpose::Sweep(sweep) => title_of_sweep(sweep.what),
    }
}
