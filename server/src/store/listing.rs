//! The fleet page by page, worst first. It is read along indices, in five parts that
//! follow one another, so that a page costs what it shows and not what the fleet counts.

use rusqlite::Statement;
use shared::{
    ids::TabletId, readiness::SILENT_MS, tablet::StateWord, tag::TabletNumber, time::Moment,
};

use super::{Counts, Fault, FleetRow, Queue, Reader, queue::Place, row::text};

/// Which tablets are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listed {
    /// All.
    All,
    /// Those of a queue.
    Queue(Queue),
    /// Those that people see under this word.
    State(StateWord),
    /// The one of this number; where there is none, those whose number or serial number
    /// holds what was typed. Neither case nor what is no letter and no digit counts.
    Named(String),
}

/// One page of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// Its tablets.
    pub rows: Vec<FleetRow>,
    /// How many tablets are on all pages.
    pub total: usize,
    /// Which page this is, counted from one.
    pub page: usize,
}

/// So many are shown whole; longer lists page by page (R16).
const WHOLE_MAX: usize = 100;

/// Tablets on one page of a longer list.
const PAGE: usize = 50;

impl Listing {
    /// How many pages there are; one where nothing is listed.
    pub const fn pages(&self) -> usize {
        pages(self.total)
    }
}

const fn pages(total: usize) -> usize {
    if total <= WHOLE_MAX {
        1
    } else {
        total.div_ceil(PAGE)
    }
}

/// A part of the list: whatever is in it comes before all that is in the next. A day
/// before `:today` is late; whoever was not heard since `:silence` is silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Part {
    within: &'static str,
    order: &'static str,
}

/// The late ones first, the latest before them all.
const DISPUTED: Part = Part {
    within: "place = 0",
    order: "CASE WHEN due_on < :today THEN due_on ELSE 'in time' END, in_order",
};

/// The latest first.
const LATE: Part = Part {
    within: "due_on < :today AND place > 0",
    order: "due_on, in_order",
};

/// What needs somebody, whatever the time.
const WAITING: Part = Part {
    within: "place BETWEEN 1 AND 5 AND (due_on IS NULL OR due_on >= :today)",
    order: "place, in_order",
};

/// The longest silent first.
const SILENT: Part = Part {
    within: "heard_at <= :silence AND NOT needed AND (due_on IS NULL OR due_on >= :today)",
    order: "heard_at, in_order",
};

/// All others, by their words.
const WELL: Part = Part {
    within: "place > 5 AND (due_on IS NULL OR due_on >= :today)
             AND (heard_at IS NULL OR heard_at > :silence)",
    order: "place, in_order",
};

const PARTS: [Part; 5] = [DISPUTED, LATE, WAITING, SILENT, WELL];

impl Listed {
    /// The parts that may hold any of these.
    fn parts(&self) -> &'static [Part] {
        let holding = match self {
            Self::Queue(Queue::Dispute) => 1,
            Self::Queue(Queue::Overdue) => 2,
            Self::Queue(Queue::NotReset | Queue::Attention | Queue::Reported) => 3,
            Self::Queue(Queue::Silent) => 4,
            Self::All | Self::State(_) | Self::Named(_) => PARTS.len(),
        };
        &PARTS[..holding]
    }

    /// Which tablets of a part are meant.
    fn meant(&self, part: Part) -> &'static str {
        match self {
            Self::All => "TRUE",
            // There every place is of one word: a stretch of the index.
            Self::State(_) if part == WELL => "place = :place",
            Self::State(_) | Self::Queue(Queue::NotReset | Queue::Attention) => "word = :word",
            Self::Queue(Queue::Overdue) => "due_on < :today",
            Self::Queue(Queue::Silent) => "heard_at <= :silence",
            Self::Queue(Queue::Reported) => "reported_back",
            Self::Queue(Queue::Dispute) => "disputed",
            Self::Named(_) => "instr(named, :text)",
        }
    }

    const fn word(&self) -> Option<StateWord> {
        match self {
            Self::State(word) => Some(*word),
            Self::Queue(Queue::NotReset) => Some(StateWord::BackNotYetReset),
            Self::Queue(Queue::Attention) => Some(StateWord::NeedsAttention),
            Self::All | Self::Queue(_) | Self::Named(_) => None,
        }
    }
}

impl Reader {
    /// The tablets asked for, worst first: those of this page, or of the last where there
    /// are fewer.
    pub fn listing(
        &self,
        listed: &Listed,
        page: usize,
        counts: &Counts,
        now: Moment,
    ) -> Result<Listing, Fault> {
        if let Some(tablet) = self.tablet_of_this_number(listed)? {
            let rows = self.fleet_of(&[tablet], now)?;
            return Ok(Listing {
                rows,
                total: 1,
                page: 1,
            });
        }
        let total = self.how_many(listed, counts)?;
        let page = page.clamp(1, pages(total));
        let most = if total <= WHOLE_MAX { total } else { PAGE };
        let tablets = self.listed(listed, (page - 1) * PAGE, most, now)?;
        let rows = self.fleet_of(&tablets, now)?;
        Ok(Listing { rows, total, page })
    }

    fn tablet_of_this_number(&self, listed: &Listed) -> Result<Option<TabletId>, Fault> {
        let number = match listed {
            Listed::Named(text) => text.parse::<TabletNumber>().ok(),
            Listed::All | Listed::Queue(_) | Listed::State(_) => None,
        };
        let found = number
            .map(|number| self.tablet_by_number(number))
            .transpose()?;
        Ok(found.flatten().map(|tablet| tablet.id))
    }

    fn how_many(&self, listed: &Listed, counts: &Counts) -> Result<usize, Fault> {
        Ok(match listed {
            Listed::All => counts.tablets(),
            Listed::Queue(queue) => queue.count(counts),
            Listed::State(word) => counts.of(*word),
            Listed::Named(text) => self.how_many_named(text)?,
        })
    }

    fn how_many_named(&self, text: &str) -> Result<usize, Fault> {
        let sql = "SELECT count(*) FROM standing WHERE instr(named, ?1)";
        let mut statement = self.connection.prepare_cached(sql)?;
        Ok(statement.query_row([sought(text)], |row| row.get(0))?)
    }

    /// At most so many, from one of the whole list on.
    fn listed(
        &self,
        listed: &Listed,
        from: usize,
        most: usize,
        now: Moment,
    ) -> Result<Vec<TabletId>, Fault> {
        let (mut before, mut tablets) = (from, Vec::with_capacity(most));
        for part in listed.parts() {
            let mut statement = self.connection.prepare_cached(&listed.sql(*part))?;
            listed.bind(&mut statement, now)?;
            let mut rows = statement.raw_query();
            while let Some(row) = rows.next()? {
                if before > 0 {
                    before -= 1;
                    continue;
                }
                tablets.push(text(row, "tablet")?);
                if tablets.len() == most {
                    return Ok(tablets);
                }
            }
        }
        Ok(tablets)
    }
}

impl Listed {
    fn sql(&self, part: Part) -> String {
        let (Part { within, order }, meant) = (part, self.meant(part));
        format!("SELECT tablet FROM standing WHERE {within} AND {meant} ORDER BY {order}")
    }

    /// Gives a statement what it names.
    fn bind(&self, statement: &mut Statement<'_>, now: Moment) -> rusqlite::Result<()> {
        for at in 1..=statement.parameter_count() {
            match statement.parameter_name(at) {
                Some(":today") => statement.raw_bind_parameter(at, now.day().to_string())?,
                Some(":silence") => {
                    statement.raw_bind_parameter(at, now.plus_ms(-SILENT_MS).as_ms())?;
                }
                Some(":word") => {
                    statement.raw_bind_parameter(at, self.word().map(StateWord::name))?;
                }
                Some(":place") => {
                    let place = self.word().map(|word| Place::of(word).0);
                    statement.raw_bind_parameter(at, place)?;
                }
                Some(":text") => statement.raw_bind_parameter(at, self.text().and_then(sought))?,
                other => unreachable!("a list names {other:?}"),
            }
        }
        Ok(())
    }

    const fn text(&self) -> Option<&str> {
        match self {
            Self::Named(text) => Some(text.as_str()),
            Self::All | Self::Queue(_) | Self::State(_) => None,
        }
    }
}

/// What was typed, as it is searched; where that is nothing, nothing is found.
fn sought(typed: &str) -> Option<String> {
    Some(searched(typed)).filter(|text| !text.is_empty())
}

/// Numbers and serial numbers as they are searched: neither case nor what is no letter
/// and no digit counts.
pub(super) fn searched(text: &str) -> String {
    let kept = text.chars().filter(|it| it.is_alphanumeric());
    kept.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use super::*;
    use crate::store::tests::world::{World, council};

    fn page(world: &World, listed: &Listed, page: usize) -> Listing {
        let read = world.store.read();
        let counts = read.counts(world.now).unwrap();
        read.listing(listed, page, &counts, world.now).unwrap()
    }

    #[test]
    fn r16_a_page_shows_so_many_and_all_pages_show_each_tablet_once() {
        let mut world = council();
        for number in 1..=150 {
            world.enrol(number).unwrap();
        }
        let mut shown = Vec::new();
        for at in 1..=3 {
            let seen = page(&world, &Listed::All, at);
            assert_eq!((seen.page, seen.pages(), seen.total), (at, 3, 150));
            assert_eq!(seen.rows.len(), PAGE);
            shown.extend(seen.rows.into_iter().map(|row| row.number));
        }
        assert_eq!(shown.len(), 150);
        assert!(shown.is_sorted());
        assert_eq!(
            page(&world, &Listed::All, 9).rows,
            page(&world, &Listed::All, 3).rows
        );
        assert_eq!(page(&world, &Listed::All, 0).page, 1);
        let found = page(&world, &Listed::Named("wgn-0".to_owned()), 1);
        assert_eq!((found.total, found.rows.len()), (99, 99));
        let one = page(&world, &Listed::Named("wgn 100".to_owned()), 1);
        assert_eq!(
            (one.total, one.rows[0].number.to_string()),
            (1, "WGN-100".to_owned())
        );
    }

    #[test]
    fn no_list_but_what_is_searched_by_a_part_of_a_name_looks_at_every_tablet() {
        let world = council();
        let connection = &world.store.read().connection;
        let queues = Queue::ALL.map(Listed::Queue);
        let words = StateWord::ALL.map(Listed::State);
        for listed in [Listed::All].into_iter().chain(queues).chain(words) {
            for part in listed.parts() {
                let sql = format!("EXPLAIN QUERY PLAN {}", listed.sql(*part));
                let mut plan = connection.prepare(&sql).unwrap();
                listed.bind(&mut plan, world.now).unwrap();
                let mut steps = plan.raw_query();
                while let Some(step) = steps.next().unwrap() {
                    let step: String = step.get("detail").unwrap();
                    assert!(!step.contains("SCAN"), "{listed:?}: {step}");
                    let sorts = step.contains("TEMP B-TREE");
                    let few = *part == DISPUTED || step.contains("LAST TERM");
                    assert!(!sorts || few, "{listed:?} {part:?}: {step}");
                }
            }
        }
    }
}
