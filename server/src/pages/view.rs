//! The fleet page as plain strings: what was asked for, the queues, the lines and
//! the tally. Pure, so that a test can read the page without a server.

use lang::{Arg, Catalogue, Key};
use serde::Deserialize;
use shared::{tablet::StateWord, tag::TabletNumber, time::Moment};

use super::{
    line::{Chip, Line},
    next::{Queue, rank},
    words,
};
use crate::store::{Counts, FleetRow};

/// Most lines that one page shows; the search finds the others (R16).
const LINES_MAX: usize = 200;

/// What an address asks for.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Asked {
    /// A queue's name.
    show: Option<String>,
    /// A state's name.
    state: Option<String>,
    /// A number or serial number, or part of one.
    find: Option<String>,
}

/// What is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Filter {
    All,
    Queue(Queue),
    State(StateWord),
    Find(String),
}

impl From<Asked> for Filter {
    fn from(asked: Asked) -> Self {
        let find = asked.find.filter(|text| !text.trim().is_empty());
        let queue = || {
            let name = asked.show.as_deref()?;
            Queue::ALL.into_iter().find(|queue| queue.name() == name)
        };
        let state = || {
            let name = asked.state.as_deref()?;
            StateWord::ALL.into_iter().find(|word| word.name() == name)
        };
        find.map(|text| Self::Find(text.trim().to_owned()))
            .or_else(|| queue().map(Self::Queue))
            .or_else(|| state().map(Self::State))
            .unwrap_or(Self::All)
    }
}

impl Filter {
    fn takes(&self, row: &FleetRow, now: Moment) -> bool {
        match self {
            Self::All => true,
            Self::Queue(queue) => queue.holds(row, now),
            Self::State(word) => row.word == *word,
            Self::Find(text) => is_named(row, text),
        }
    }
}

/// Whether a number or serial number is meant by what somebody typed.
fn is_named(row: &FleetRow, text: &str) -> bool {
    if let Ok(number) = text.parse::<TabletNumber>() {
        return row.number == number;
    }
    let plain = |text: &str| {
        let kept = text.chars().filter(|it| it.is_alphanumeric());
        kept.flat_map(char::to_lowercase).collect::<String>()
    };
    let typed = plain(text);
    let named = [row.number.to_string(), row.serial.clone()];
    !typed.is_empty() && named.iter().any(|name| plain(name).contains(&typed))
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
    /// What is said where it was cut.
    pub cut: Option<String>,
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
        rows: &[FleetRow],
        asked: Asked,
        now: Moment,
    ) -> Self {
        let filter = Filter::from(asked);
        let shown = shown(rows, &filter, now);
        let counted = |key, count| catalogue.text(key, &[("count", Arg::Count(count))]);
        let lines = shown.iter().take(LINES_MAX);
        Self {
            queues: cards(catalogue, counts, &filter),
            said: counted(Key::FleetSaid, counts.needing),
            list_name: list_name(catalogue, &filter, shown.len()),
            filtered: filter != Filter::All,
            lines: lines.map(|row| Line::of(catalogue, row, now)).collect(),
            nothing: catalogue.say(nothing(rows, &filter)),
            cut: (shown.len() > LINES_MAX).then(|| cut(catalogue, shown.len())),
            tally_name: counted(Key::FleetTally, counts.tablets()),
            tally: tally(catalogue, counts, &filter),
            as_of: words::as_of(catalogue, now),
            here: address(&filter),
            find: match filter {
                Filter::Find(text) => text,
                Filter::All | Filter::Queue(_) | Filter::State(_) => String::new(),
            },
        }
    }
}

fn shown<'a>(rows: &'a [FleetRow], filter: &Filter, now: Moment) -> Vec<&'a FleetRow> {
    let mut shown: Vec<_> = rows.iter().filter(|row| filter.takes(row, now)).collect();
    shown.sort_by_key(|row| (rank(row, now), row.number));
    shown
}

fn cards(catalogue: &Catalogue, counts: &Counts, filter: &Filter) -> Vec<Card> {
    let card = |queue: Queue| {
        let count = queue.count(counts);
        Card {
            name: queue.name(),
            count,
            words: queue_words(catalogue, queue, count),
            link: address(&Filter::Queue(queue)),
            chosen: *filter == Filter::Queue(queue),
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

fn list_name(catalogue: &Catalogue, filter: &Filter, count: usize) -> String {
    let number = count.to_string();
    match filter {
        Filter::All => catalogue.say(Key::FleetListAll),
        Filter::Queue(queue) => {
            let words = queue_words(catalogue, *queue, count);
            let args = [("count", Arg::Text(&number)), ("words", Arg::Text(&words))];
            catalogue.text(Key::FleetListQueue, &args)
        }
        Filter::State(word) => {
            let chip = Chip::of(catalogue, *word);
            let args = [
                ("count", Arg::Count(count)),
                ("state", Arg::Text(&chip.word)),
            ];
            catalogue.text(Key::FleetListState, &args)
        }
        Filter::Find(text) => {
            let args = [("count", Arg::Count(count)), ("words", Arg::Text(text))];
            catalogue.text(Key::FleetListFound, &args)
        }
    }
}

fn nothing(rows: &[FleetRow], filter: &Filter) -> Key {
    if rows.is_empty() {
        return Key::FleetNone;
    }
    match filter {
        Filter::Find(_) => Key::FleetNoneFound,
        Filter::All | Filter::Queue(_) | Filter::State(_) => Key::FleetNoneHere,
    }
}

fn cut(catalogue: &Catalogue, count: usize) -> String {
    let (shown, count) = (LINES_MAX.to_string(), count.to_string());
    let args = [("shown", Arg::Text(&shown)), ("count", Arg::Text(&count))];
    catalogue.text(Key::FleetListCut, &args)
}

/// The most frequent first; a state in which there is no tablet is left out.
fn tally(catalogue: &Catalogue, counts: &Counts, filter: &Filter) -> Vec<Part> {
    let part = |word: StateWord| Part {
        chip: Chip::of(catalogue, word),
        count: counts.of(word),
        link: address(&Filter::State(word)),
        chosen: *filter == Filter::State(word),
    };
    let mut parts: Vec<_> = StateWord::ALL.into_iter().rev().map(part).collect();
    parts.retain(|part| part.count > 0);
    parts.sort_by_key(|part| std::cmp::Reverse(part.count));
    parts
}

fn address(filter: &Filter) -> String {
    match filter {
        Filter::All => "/".to_owned(),
        Filter::Queue(queue) => format!("/?show={}", queue.name()),
        Filter::State(word) => format!("/?state={}", word.name()),
        Filter::Find(text) => format!("/?find={}", percent(text)),
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
