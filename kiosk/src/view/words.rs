//! The pieces that every screen is put together from.

use lang::{Arg, Catalogue, Key};
use shared::{
    ids::TabletId,
    time::{Day, Moment},
    wire::v1::kiosk::PutAsideRow,
};

use crate::{
    flow::State,
    mirror::Mirror,
    screen::{Button, Notice, Tile, Touch},
};

/// Everything that a screen is made of.
#[derive(Clone, Copy)]
pub(super) struct Words<'a> {
    pub catalogue: &'a Catalogue,
    pub mirror: &'a Mirror,
    pub state: &'a State,
    pub now: Moment,
}

impl Words<'_> {
    pub fn say(&self, key: Key) -> String {
        self.catalogue.say(key)
    }

    /// A sentence with one name in it.
    pub fn with(&self, key: Key, name: &str, text: &str) -> String {
        self.catalogue.text(key, &[(name, Arg::Text(text))])
    }

    /// A sentence with `count` in it.
    pub fn counted(&self, key: Key, count: usize) -> String {
        self.catalogue.text(key, &[("count", Arg::Count(count))])
    }

    pub fn day(&self, day: Day) -> String {
        self.catalogue
            .day(day.weekday(), day.day_of_month(), day.month())
    }

    pub fn button(&self, key: Key, touch: Touch) -> Button {
        Button::new(self.say(key), touch)
    }

    pub fn tile(&self, line: Key, detail: Key, touch: Touch) -> Tile {
        Tile {
            button: self.button(line, touch),
            detail: self.say(detail),
        }
    }

    pub fn notice(&self, headline: Key, lines: &[Key]) -> Notice {
        Notice {
            steps: Vec::new(),
            tablet: None,
            headline: self.say(headline),
            lines: lines.iter().map(|line| self.say(*line)).collect(),
            main: None,
            others: Vec::new(),
        }
    }

    /// The short number of a tablet. Rows never leave the mirror, so a tablet
    /// that was on a screen has one; a dash stands for one of another kiosk's
    /// time.
    pub fn number(&self, tablet: TabletId) -> String {
        let row = self.mirror.tablet(tablet);
        row.map_or_else(|| "–".to_owned(), |row| row.number.to_string())
    }

    /// The same, where there may be none.
    pub fn number_or_dash(&self, tablet: Option<TabletId>) -> String {
        tablet.map_or_else(|| "–".to_owned(), |tablet| self.number(tablet))
    }

    /// For whom a tablet is kept.
    pub fn put_aside(&self, tablet: TabletId) -> Option<&PutAsideRow> {
        self.mirror.tablet(tablet)?.put_aside.as_ref()
    }

    pub const fn is_staffed(&self) -> bool {
        self.state.session.is_some()
    }
}
