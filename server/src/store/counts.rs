//! How many tablets are in which state and how many need somebody, from counts that
//! are kept. What time alone changes is counted over a stretch of an index: as many
//! steps as there are tablets to tell of, whatever the size of the fleet.

use shared::{readiness::SILENT_MS, tablet::StateWord, time::Moment};

use super::{Fault, Reader, column::unreadable};

/// Something that tablets are counted under, whatever the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counted {
    /// The word that people see of it.
    Word(StateWord),
    /// Somebody typed its number to say that it is back.
    ReportedBack,
    /// A dispute about it waits for a person.
    Disputed,
    /// Somebody is needed, for one of these.
    Needed,
}

impl Counted {
    /// The name under which the count stands.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Word(word) => word.name(),
            Self::ReportedBack => "reported",
            Self::Disputed => "disputed",
            Self::Needed => "needed",
        }
    }

    fn of(name: &str) -> Option<Self> {
        let words = StateWord::ALL.map(Self::Word).into_iter();
        let mut all = words.chain([Self::ReportedBack, Self::Disputed, Self::Needed]);
        all.find(|it| it.name() == name)
    }
}

/// How the fleet stands at one moment, in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    words: Vec<(StateWord, usize)>,
    /// Tablets that somebody said are back, by their number alone.
    pub reported_back: usize,
    /// Tablets about which facts do not fit.
    pub disputed: usize,
    /// Tablets whose loan is late.
    pub overdue: usize,
    /// Tablets that were not heard for too long.
    pub silent: usize,
    /// Tablets that need somebody for any of these, or because they are back and
    /// not reset, or need attention.
    pub needing: usize,
}

impl Counts {
    /// How many tablets people see under this word.
    pub fn of(&self, word: StateWord) -> usize {
        let mut words = self.words.iter();
        words.find(|(its, _)| *its == word).map_or(0, |(_, n)| *n)
    }

    /// How many tablets there are, or were.
    pub fn tablets(&self) -> usize {
        self.words.iter().map(|(_, n)| n).sum()
    }
}

pub(super) const KEPT: &str =
    "SELECT counted, sum(tablets) AS tablets FROM fleet_count GROUP BY counted";

/// Late loans, and those whose tablets need nobody for something else.
pub(super) const OVERDUE: &str = "
SELECT count(*) AS tablets, count(*) FILTER (WHERE NOT needed) AS more
FROM standing WHERE due_on < ?1";

/// The same of silent tablets.
pub(super) const SILENT: &str = "
SELECT count(*) AS tablets,
       count(*) FILTER (
           WHERE NOT needed AND (due_on IS NULL OR due_on >= ?1)
       ) AS more
FROM standing WHERE heard_at <= ?2";

impl Reader {
    /// How the fleet stands at `now`, in numbers.
    pub fn counts(&self, now: Moment) -> Result<Counts, Fault> {
        let mut counts = Counts::default();
        let mut statement = self.connection.prepare_cached(KEPT)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let name: String = row.get("counted")?;
            let counted = Counted::of(&name).ok_or_else(|| unreadable("counted"))?;
            let tablets = row.get("tablets")?;
            match counted {
                Counted::Word(word) => counts.words.push((word, tablets)),
                Counted::ReportedBack => counts.reported_back = tablets,
                Counted::Disputed => counts.disputed = tablets,
                Counted::Needed => counts.needing = tablets,
            }
        }
        self.count_by_time(&mut counts, now)?;
        Ok(counts)
    }

    fn count_by_time(&self, counts: &mut Counts, now: Moment) -> Result<(), Fault> {
        let today = now.day().to_string();
        let silent_since = now.plus_ms(-SILENT_MS).as_ms();
        let mut overdue = self.connection.prepare_cached(OVERDUE)?;
        let both = |row: &rusqlite::Row<'_>| Ok((row.get("tablets")?, row.get("more")?));
        let (overdue, late_alone): (usize, usize) = overdue.query_row([&today], both)?;
        let mut silent = self.connection.prepare_cached(SILENT)?;
        let (silent, silent_alone): (usize, usize) =
            silent.query_row(rusqlite::params![today, silent_since], both)?;
        (counts.overdue, counts.silent) = (overdue, silent);
        counts.needing += late_alone + silent_alone;
        Ok(())
    }
}
