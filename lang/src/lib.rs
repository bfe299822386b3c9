//! Every sentence people see or hear, in one Fluent catalogue a language:
//! screens, pages, notices and refusals all read it, so they say the same.
//! [`Key`] is made from `en.ftl` when this crate is built; a sentence that is
//! not in the catalogue cannot be named. Relies on fluent-bundle.

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use unic_langid::LanguageIdentifier;

pub mod refusals;
pub mod readiness;

include!(concat!(env!("OUT_DIR"), "/key.rs"));

impl Key {
    /// All of them, in the catalogue's order.
    pub const ALL: [Self; ALL.len()] = ALL;

    /// Its name in the catalogue.
    pub const fn id(self) -> &'static str {
        TABLE[self as usize].0
    }

    /// The names of what has to be filled in, sorted.
    pub const fn variables(self) -> &'static [&'static str] {
        TABLE[self as usize].1
    }

    /// The sentence of this name, for ids that are put together, such as
    /// `state-` and a state's name; `None` where the catalogue has none.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.id() == id)
    }
}

/// A language whose catalogue says everything that English says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Language {
    /// Its code, for example `en`.
    pub code: &'static str,
    /// Its own name in its own script.
    pub name: &'static str,
    source: &'static str,
}

/// The languages that may be offered; only complete ones are in this list.
pub const LANGUAGES: [Language; 1] = [Language {
    code: "en",
    name: "English",
    source: include_str!("../en.ftl"),
}];

const WEEKDAYS: [Key; 7] = [
    Key::Monday,
    Key::Tuesday,
    Key::Wednesday,
    Key::Thursday,
    Key::Friday,
    Key::Saturday,
    Key::Sunday,
];

const MONTHS: [Key; 12] = [
    Key::January,
    Key::February,
    Key::March,
    Key::April,
    Key::May,
    Key::June,
    Key::July,
    Key::August,
    Key::September,
    Key::October,
    Key::November,
    Key::December,
];

/// What is filled into a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arg<'a> {
    /// Words, a name or a number that is already written out.
    Text(&'a str),
    /// A count; the sentence may take another form for one and for many.
    Count(usize),
}

/// The sentences of one language.
pub struct Catalogue {
    language: Language,
    bundle: FluentBundle<FluentResource>,
}

impl Catalogue {
    /// The catalogue in English.
    pub fn english() -> Self {
        Self::of(LANGUAGES[0])
    }

    /// The catalogue of the language with this code, if it is offered.
    pub fn by_code(code: &str) -> Option<Self> {
        LANGUAGES
            .into_iter()
            .find(|language| language.code == code)
            .map(Self::of)
    }

    /// The catalogue of this language.
    pub fn of(language: Language) -> Self {
        let id: LanguageIdentifier = language.code.parse().expect("a tested constant");
        let mut bundle = FluentBundle::new_concurrent(vec![id]);
        bundle.set_use_isolating(false);
        let resource = FluentResource::try_new(language.source.to_owned());
        bundle
            .add_resource(resource.expect("a tested constant"))
            .expect("a tested constant");
        Self { language, bundle }
    }

    /// The language of these sentences.
    pub fn language(&self) -> Language {
        self.language
    }

    /// The sentence, with `args` filled in. Giving other names than the
    /// sentence asks for is a fault of the program, found by its tests.
    pub fn text(&self, key: Key, args: &[(&str, Arg)]) -> String {
        debug_assert!(fits(key, args), "{} takes {:?}", key.id(), key.variables());
        let message = self.bundle.get_message(key.id());
        let pattern = message.and_then(|message| message.value());
        let mut faults = Vec::new();
        let args = fluent(args);
        let text = self.bundle.format_pattern(
            pattern.expect("catalogues are tested to be complete"),
            Some(&args),
            &mut faults,
        );
        debug_assert!(faults.is_empty(), "{}: {faults:?}", key.id());
        text.into_owned()
    }

    /// The sentence, where nothing has to be filled in.
    pub fn say(&self, key: Key) -> String {
        self.text(key, &[])
    }

    /// A civil day as people say it, "Saturday 12 December": days since Monday
    /// (0–6), day of the month (1–31), month (1–12), as a calendar gives them.
    ///
    /// # Panics
    /// On a weekday or month that no calendar has.
    pub fn day(&self, weekday: usize, day: i8, month: i8) -> String {
        let weekday = self.say(WEEKDAYS[weekday]);
        let month = self.month(month);
        let day = day.to_string();
        let args = [
            ("weekday", Arg::Text(&weekday)),
            ("day", Arg::Text(&day)),
            ("month", Arg::Text(&month)),
        ];
        self.text(Key::DayInWords, &args)
    }

    /// A month's name, by its number from 1 to 12: "December".
    ///
    /// # Panics
    /// On a month that no calendar has.
    pub fn month(&self, month: i8) -> String {
        self.say(MONTHS[usize::from(month.unsigned_abs()) - 1])
    }

    /// A time as people say it, "4:31pm": hour 0–23 and minute.
    pub fn clock(&self, hour: i8, minute: i8) -> String {
        let key = if hour < 12 {
            Key::ClockMorning
        } else {
            Key::ClockAfternoon
        };
        let hour = ((hour + 11) % 12 + 1).to_string();
        let minute = format!("{minute:02}");
        let args = [("hour", Arg::Text(&hour)), ("minute", Arg::Text(&minute))];
        self.text(key, &args)
    }
}

fn fits(key: Key, args: &[(&str, Arg)]) -> bool {
    let mut given: Vec<&str> = args.iter().map(|(name, _)| *name).collect();
    given.sort_unstable();
    given == key.variables()
}

fn fluent<'a>(args: &[(&'a str, Arg<'a>)]) -> FluentArgs<'a> {
    args.iter()
        .map(|&(name, arg)| match arg {
            Arg::Text(text) => (name, FluentValue::from(text)),
            Arg::Count(count) => (name, FluentValue::from(count)),
        })
        .collect()
}

#[cfg(test)]
mod tests;
