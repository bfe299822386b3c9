//! The fleet page as plain strings: what was asked for, the queues, the lines and
//! the tally. Pure, so that a test can read the page without a server.

use lang::{Arg, Catalogue, Key};
use serde::Deserialize;
use shared::{tablet::StateWord, time::Moment};

use super::{
    line::{Chip, Line},
    words,
};
use crate::store::{Counts, Listed, Listing, Queue};

/// What an address asks for.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Asked {
    /// A queue's name.
    show: Option<String>,
    /// A state's name.
    state: Option<String>,
    /// A number or serial number, or part of one.
    find: Option<String>,
    /// Which page, counted from one.
    page: Option<String>,
}

impl Asked {
    /// The page asked for; the first where that is no number.
    pub fn page(&self) -> usize {
        let page = self.page.as_deref().map(str::parse);
        page.and_then(Result::ok).unwrap_or(1)
    }

    /// The tablets asked for; all where that means none.
    pub fn listed(self) -> Listed {
        let find = self.find.filter(|text| !text.trim().is_empty());
        let queue = || {
            let name = self.show.as_deref()?;
            Queue::ALL.into_iter().find(|queue| queue.name() == name)
        };
        let state = || {
            let name = self.state.as_deref()?;
            StateWord::ALL.into_iter().find(|word| word.name() == name)
        };
        find.map(|text| Listed::Named(text.trim().to_owned()))
            .or_else(|| queue().map(Listed::Queue))
            .or_else(|| state().map(Listed::State))
            .unwrap_or(Listed::All)
    }
}

/// A queue as a card: a count, a link and a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// Its name.
    pub name: &'static str,
    /// How many stand in it.
    pub count: usize,
    /// What it counts.
    pub words: String,
    /// Where it leads.
    pub link: String,
    /// It is what the table shows.
    pub chosen: bool,
}

/// One word of the tally.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The state.
    pub chip: Chip,
    /// How many tablets are in it.
    pub count: usize,
    /// Where it leads.
    pub link: String,
    /// It is what the table shows.
    pub chosen: bool,
}

/// Where among the pages of a list this one is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pages {
    /// Said in words.
    pub words: String,
    /// Where the page before leads, unless this is the first.
    pub previous: Option<String>,
    /// Where the next leads, unless this is the last.
    pub next: Option<String>,
}

impl Pages {
    /// None where everything is on one page.
    fn of(catalogue: &Catalogue, listed: &Listed, listing: &Listing) -> Option<Self> {
        let (page, pages) = (listing.page, listing.pages());
        let args = [("page", Arg::Count(page)), ("pages", Arg::Count(pages))];
        (pages > 1).then(|| Self {
            words: catalogue.text(Key::FleetPage, &args),
            previous: (page > 1).then(|| address(listed, page - 1)),
            next: (page < pages).then(|| address(listed, page + 1)),
        })
    }
}

/// The fleet page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// What was typed into the search.
    pub find: String,
    /// What needs somebody.
    pub queues: Vec<Card>,
    /// How many tablets need somebody, for those who hear the page.
    pub said: String,
    /// What the table shows.
    pub list_name: String,
    /// Not all tablets are shown.
    pub filtered: bool,
    /// The table.
    pub lines: Vec<Line>,
    /// What is said where the table is empty.
    pub nothing: String,
    /// The pages before and after, where there are any.
    pub pages: Option<Pages>,
    /// How many tablets there are.
    pub tally_name: String,
    /// How many of them in which state; the numbers add up to all.
    pub tally: Vec<Part>,
    /// When this was so.
    pub as_of: String,
    /// This page's own address.
    pub here: String,
}

impl View {
    /// The page that was asked for.
    pub fn of(
        catalogue: &Catalogue,
        counts: &Counts,
        listed: &Listed,
        listing: &Listing,
        now: Moment,
    ) -> Self {
        let counted = |key, count| catalogue.text(key, &[("count", Arg::Count(count))]);
        let rows = listing.rows.iter();
        Self {
            queues: cards(catalogue, counts, listed),
            said: counted(Key::FleetSaid, counts.needing),
            list_name: list_name(catalogue, listed, listing.total),
            filtered: *listed != Listed::All,
            lines: rows.map(|row| Line::of(catalogue, row, now)).collect(),
            nothing: catalogue.say(nothing(counts, listed)),
            pages: Pages::of(catalogue, listed, listing),
            tally_name: counted(Key::FleetTally, counts.tablets()),
            tally: tally(catalogue, counts, listed),
            as_of: words::as_of(catalogue, now),
            here: address(listed, listing.page),
            find: match listed {
                Listed::Named(text) => text.clone(),
                Listed::All | Listed::Queue(_) | Listed::State(_) => String::new(),
            },
        }
    }
}

fn cards(catalogue: &Catalogue, counts: &Counts, listed: &Listed) -> Vec<Card> {
    let card = |queue: Queue| {
        let count = queue.count(counts);
        Card {
            name: queue.name(),
            count,
            words: queue_words(catalogue, queue, count),
            link: address(&Listed::Queue(queue), 1),
            chosen: *listed == Listed::Queue(queue),
        }
    };
    Queue::ALL.into_iter().map(card).collect()
}

fn queue_words(catalogue: &Catalogue, queue: Queue, count: usize) -> String {
    let counted = |key| catalogue.text(key, &[("count", Arg::Count(count))]);
    match queue {
        Queue::NotReset => catalogue.say(Key::FleetQueueNotReset),
        Queue::Overdue => catalogue.say(Key::FleetQueueOverdue),
        Queue::Silent => catalogue.say(Key::FleetQueueSilent),
        Queue::Attention => counted(Key::FleetQueueAttention),
        Queue::Reported => catalogue.say(Key::FleetQueueReported),
        Queue::Dispute => counted(Key::FleetQueueDisputes),
    }
}

fn list_name(catalogue: &Catalogue, listed: &Listed, count: usize) -> String {
    let number = count.to_string();
    match listed {
        Listed::All => catalogue.say(Key::FleetListAll),
        Listed::Queue(queue) => {
            let words = queue_words(catalogue, *queue, count);
            let args = [("count", Arg::Text(&number)), ("words", Arg::Text(&words))];
            catalogue.text(Key::FleetListQueue, &args)
        }
        Listed::State(word) => {
            let chip = Chip::of(catalogue, *word);
            let args = [
                ("count", Arg::Count(count)),
                ("state", Arg::Text(&chip.word)),
            ];
            catalogue.text(Key::FleetListState, &args)
        }
        Listed::Named(text) => {
            let args = [("count", Arg::Count(count)), ("words", Arg::Text(text))];
            catalogue.text(Key::FleetListFound, &args)
        }
    }
}

fn nothing(counts: &Counts, listed: &Listed) -> Key {
    if counts.tablets() == 0 {
        return Key::FleetNone;
    }
    match listed {
        Listed::Named(_) => Key::FleetNoneFound,
        Listed::All | Listed::Queue(_) | Listed::State(_) => Key::FleetNoneHere,
    }
}

/// The most frequent first; a state in which there is no tablet is left out.
fn tally(catalogue: &Catalogue, counts: &Counts, listed: &Listed) -> Vec<Part> {
    let part = |word: StateWord| Part {
        chip: Chip::of(catalogue, word),
        count: counts.of(word),
        link: address(&Listed::State(word), 1),
        chosen: *listed == Listed::State(word),
    };
    let mut parts: Vec<_> = StateWord::ALL.into_iter().rev().map(part).collect();
    parts.retain(|part| part.count > 0);
    parts.sort_by_key(|part| std::cmp::Reverse(part.count));
    parts
}

fn address(listed: &Listed, page: usize) -> String {
    let asked = match listed {
        Listed::All => String::new(),
        Listed::Queue(queue) => format!("show={}", queue.name()),
        Listed::State(word) => format!("state={}", word.name()),
        Listed::Named(text) => format!("find={}", percent(text)),
    };
    let page = (page > 1).then(|| format!("page={page}"));
    let asked: Vec<_> = [Some(asked).filter(|it| !it.is_empty()), page]
        .into_iter()
        .flatten()
        .collect();
    match asked.as_slice() {
        [] => "/".to_owned(),
        asked => format!("/?{}", asked.join("&")),
    }
}

/// What stands in an address as it is: letters and digits; the rest by number.
fn percent(text: &str) -> String {
    let written = text.bytes().map(|byte| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    });
    written.collect()
}
