//! What this kiosk knows of the fleet and of who may act here: rows that the
//! server sent, kept in memory and in the kiosk's store. Only digests of tags and
//! badges: a stolen kiosk yields no stickers.

use std::collections::BTreeMap;

use shared::{
    badge::Badge,
    digest::Digest,
    ids::{OperatorId, TabletId, TransferId, VenueId},
    tag::{TabletNumber, Tag, TagHost},
    wire::v1::kiosk::{OperatorRow, Rows, RulesRow, TabletRow},
};

/// What a kiosk was told when it was enrolled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The venue where it stands.
    pub venue: VenueId,
    /// The venue's name.
    pub venue_name: String,
    /// What every tag of this council begins with.
    pub tag_host: TagHost,
}

/// How far rows know a kiosk's own facts: up to this place of this series.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FactsKnown {
    /// Which of its series.
    pub series: u32,
    /// The last place of it that they know.
    pub up_to: u64,
}

/// The rows that the server sent.
#[derive(Clone, Debug)]
pub struct Mirror {
    place: Place,
    cursor: u64,
    tablets: BTreeMap<TabletId, TabletRow>,
    by_tag: BTreeMap<Digest, TabletId>,
    by_number: BTreeMap<TabletNumber, TabletId>,
    operators: BTreeMap<Digest, OperatorRow>,
    /// Heard since the start: a clock that heard nothing lends nothing alone.
    rules: Option<RulesRow>,
    facts_known: FactsKnown,
}

impl Mirror {
    /// A mirror that has heard nothing yet.
    pub const fn new(place: Place) -> Self {
        Self {
            place,
            cursor: 0,
            tablets: BTreeMap::new(),
            by_tag: BTreeMap::new(),
            by_number: BTreeMap::new(),
            operators: BTreeMap::new(),
            rules: None,
            facts_known: FactsKnown {
                series: 0,
                up_to: 0,
            },
        }
    }

    /// Takes what changed.
    pub fn apply(&mut self, rows: &Rows) {
        self.cursor = rows.cursor;
        for row in &rows.tablets {
            self.take(row.clone());
        }
        if let Some(operators) = &rows.operators {
            let by_badge = |row: &OperatorRow| (row.badge, row.clone());
            self.operators = operators.iter().map(by_badge).collect();
        }
        // Before the last page some tablets are as they were: nothing is lent by that.
        if rows.more {
            return;
        }
        // Rules that it cannot read are no reason to go by older ones.
        self.rules.clone_from(&rows.rules);
        self.facts_known = FactsKnown {
            series: rows.series,
            up_to: rows.facts_taken,
        };
    }

    /// How far the rows know this kiosk's own facts.
    pub const fn facts_known(&self) -> FactsKnown {
        self.facts_known
    }

    /// Forgets tablets that the server no longer knows.
    pub fn forget(&mut self, gone: &[TabletId]) {
        for tablet in gone {
            self.lead_nowhere(*tablet);
            self.tablets.remove(tablet);
        }
    }

    /// A tag or number that a tablet no longer has must not lead to it.
    fn lead_nowhere(&mut self, tablet: TabletId) {
        let Some(old) = self.tablets.get(&tablet) else {
            return;
        };
        // Unless another tablet has it by now: two may swap their numbers.
        if self.by_tag.get(&old.tag) == Some(&tablet) {
            self.by_tag.remove(&old.tag);
        }
        if self.by_number.get(&old.number) == Some(&tablet) {
            self.by_number.remove(&old.number);
        }
    }

    fn take(&mut self, row: TabletRow) {
        self.lead_nowhere(row.tablet);
        self.by_tag.insert(row.tag, row.tablet);
        self.by_number.insert(row.number, row.tablet);
        self.tablets.insert(row.tablet, row);
    }

    /// Where this kiosk stands.
    pub const fn place(&self) -> &Place {
        &self.place
    }

    /// What the kiosk decides by while it is alone.
    pub const fn rules(&self) -> Option<&RulesRow> {
        self.rules.as_ref()
    }

    /// The server position that it reaches.
    pub const fn cursor(&self) -> u64 {
        self.cursor
    }

    /// The tablet that carries this tag.
    pub fn by_tag(&self, tag: &Tag) -> Option<&TabletRow> {
        self.tablets.get(self.by_tag.get(&tag.digest())?)
    }

    /// The tablet of this number.
    pub fn by_number(&self, number: TabletNumber) -> Option<&TabletRow> {
        self.tablets.get(self.by_number.get(&number)?)
    }

    /// The letters with which the tablets' numbers begin, where any is known:
    /// on a keypad only digits are typed.
    pub fn letters(&self) -> Option<String> {
        let (number, _) = self.by_number.first_key_value()?;
        Some(number.compact().chars().take(3).collect())
    }

    /// The tablet of this id.
    pub fn tablet(&self, tablet: TabletId) -> Option<&TabletRow> {
        self.tablets.get(&tablet)
    }

    /// The operator whose badge this is.
    pub fn operator(&self, badge: &Badge) -> Option<(OperatorId, &str)> {
        let row = self.operators.get(&badge.digest())?;
        Some((row.operator, &row.name))
    }

    /// Tablets that should be at this venue.
    pub fn here(&self) -> impl Iterator<Item = &TabletRow> {
        let here = self.place.venue;
        let rows = self.tablets.values();
        rows.filter(move |row| row.venue == Some(here))
    }

    /// Tablets that are on their way here, and in which box.
    pub fn on_their_way(&self) -> impl Iterator<Item = (&TabletRow, TransferId)> {
        let here = self.place.venue;
        self.tablets.values().filter_map(move |row| {
            let it = row.on_its_way.filter(|it| it.to == here)?;
            Some((row, it.transfer))
        })
    }

    /// Tablets that wait here for an operator's hand, by number.
    pub fn tray(&self) -> impl Iterator<Item = &TabletRow> {
        let here = self.place.venue;
        self.by_number
            .values()
            .filter_map(|tablet| self.tablets.get(tablet))
            .filter(move |row| row.waits_in_tray && row.venue == Some(here))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test may panic")]

    use shared::{tablet::StateWord, time::Moment};

    use super::*;

    fn tag(secret: u8) -> Tag {
        Tag::new("WGN-042".parse().unwrap(), [secret; 10])
    }

    fn rows(cursor: u64, tag: Tag, operators: Option<Vec<OperatorRow>>) -> Rows {
        let id = TabletId::from_bytes([1; 16]);
        let tablet = TabletRow::new(id, tag.number(), tag.digest(), StateWord::Ready);
        Rows {
            tablets: vec![tablet],
            operators,
            ..Rows::none(cursor, Moment::from_ms(0))
        }
    }

    fn mirror() -> Mirror {
        Mirror::new(Place {
            venue: VenueId::from_bytes([1; 16]),
            venue_name: "Wigan Library".to_owned(),
            tag_host: "TABLETS.WIGAN".parse().unwrap(),
        })
    }

    #[test]
    fn a_sticker_that_was_replaced_leads_nowhere() {
        let mut mirror = mirror();
        mirror.apply(&rows(1, tag(1), None));
        mirror.apply(&rows(2, tag(2), None));
        assert!(mirror.by_tag(&tag(1)).is_none());
        assert!(mirror.by_tag(&tag(2)).is_some());
        assert_eq!(mirror.cursor(), 2);
    }

    #[test]
    fn a_tablet_that_the_server_no_longer_knows_is_found_by_nothing() {
        let mut mirror = mirror();
        mirror.apply(&rows(1, tag(1), None));
        mirror.forget(&[TabletId::from_bytes([1; 16]), TabletId::from_bytes([2; 16])]);
        assert!(mirror.by_tag(&tag(1)).is_none());
        assert!(mirror.by_number(tag(1).number()).is_none());
        assert!(mirror.tablet(TabletId::from_bytes([1; 16])).is_none());
    }

    #[test]
    fn operators_change_all_at_once_or_not_at_all() {
        let badge = Badge::new([5; 16]);
        let row = OperatorRow {
            operator: OperatorId::from_bytes([2; 16]),
            name: "Jo".to_owned(),
            badge: badge.digest(),
        };
        let mut mirror = mirror();
        mirror.apply(&rows(1, tag(1), Some(vec![row])));
        mirror.apply(&rows(2, tag(1), None));
        assert!(mirror.operator(&badge).is_some());
        mirror.apply(&rows(3, tag(1), Some(Vec::new())));
        assert!(mirror.operator(&badge).is_none());
    }
}
