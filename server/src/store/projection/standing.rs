//! Where each tablet stands as the fleet is counted and listed, and the counts that time
//! does not change: kept as the rows change, never counted when somebody asks.

use rusqlite::{OptionalExtension, Row, named_params, params};
use shared::{
    event::Recorded,
    ids::{TabletId, VenueId},
    loan::Loan,
    tablet::{Custody, StateWord, Tablet},
    time::{Day, Moment},
};

use crate::store::{
    Fault, Reader, Store,
    column::unreadable,
    counts::Counted,
    listing::searched,
    queue::{Place, Queue},
    row::{moment_option, text_option},
};

/// Where a tablet stands as the fleet is counted and listed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Standing {
    /// Its number, such that texts are in the order of numbers.
    in_order: String,
    /// Its number and serial number, as they are searched.
    named: String,
    word: StateWord,
    /// Where it is; where it was lent, while it is out.
    venue: Option<VenueId>,
    reported_back: bool,
    disputed: bool,
    /// The due day of the open loan that it is out on.
    due_on: Option<Day>,
    /// When it was last heard, or else came where it is; none where nobody expects
    /// to hear of it, or no agent could say a word.
    heard_at: Option<Moment>,
}

impl Standing {
    fn of(
        tablet: &Tablet,
        loan: Option<&Loan>,
        disputed: bool,
        last_heard_at: Option<Moment>,
    ) -> Self {
        let word = tablet.word();
        let heard_at = last_heard_at.unwrap_or(tablet.custody_since);
        Self {
            in_order: tablet.number.in_order(),
            named: [&tablet.number.to_string(), &tablet.serial]
                .map(|it| searched(it))
                .join(" "),
            word,
            venue: match tablet.custody {
                Custody::AtVenue(venue) | Custody::InTransit(venue) => Some(venue),
                Custody::OnLoan(_) => loan.map(|loan| loan.venue),
                Custody::Missing | Custody::Lost | Custody::Withdrawn | Custody::Gifted => None,
            },
            reported_back: tablet.reported_back,
            disputed,
            due_on: loan.filter(|loan| loan.is_open()).map(|loan| loan.due_on),
            heard_at: (word.is_looked_after() && tablet.keys.is_some()).then_some(heard_at),
        }
    }

    /// Everything under which it is counted, whatever the time.
    fn counted(&self) -> impl Iterator<Item = Counted> {
        let also = [
            (self.reported_back, Counted::ReportedBack),
            (self.disputed, Counted::Disputed),
            (self.needs_somebody(), Counted::Needed),
        ];
        let also = also
            .into_iter()
            .filter_map(|(is, counted)| is.then_some(counted));
        std::iter::once(Counted::Word(self.word)).chain(also)
    }

    /// Its place in a list, whatever the time: the lowest of all that it has.
    fn place(&self) -> Place {
        let queues = [
            (self.disputed, Queue::Dispute),
            (self.reported_back, Queue::Reported),
        ];
        let places = queues
            .into_iter()
            .filter_map(|(is, queue)| is.then_some(queue.place()));
        places.fold(Place::of(self.word), Ord::min)
    }

    /// Whether somebody is needed, whatever the time.
    const fn needs_somebody(&self) -> bool {
        self.reported_back || self.disputed || self.word.needs_somebody()
    }
}

impl Store {
    /// Counts the tablet of this fact as it stands after it. To be called when its
    /// own row, its loan's and its disputes' are as the fact left them.
    pub(super) fn project_standing(&self, recorded: &Recorded) -> Result<(), Fault> {
        let Some(id) = recorded.event.tablet() else {
            return Ok(());
        };
        let seq = recorded.server_seq;
        let tablet = self.read.tablet(id)?.ok_or(Fault::Orphan { seq })?;
        let before = self.read.standing(id)?;
        let after = self.read.standing_of(&tablet)?;
        if before.as_ref() == Some(&after) {
            return Ok(());
        }
        for counted in before.iter().flat_map(Standing::counted) {
            self.count(counted, before.as_ref(), -1)?;
        }
        for counted in after.counted() {
            self.count(counted, Some(&after), 1)?;
        }
        self.write_standing(id, &after)
    }

    fn count(&self, counted: Counted, at: Option<&Standing>, by: i64) -> Result<(), Fault> {
        let venue = at.and_then(|at| at.venue);
        self.read
            .connection
            .prepare_cached(
                "INSERT INTO fleet_count VALUES (?1, ?2, ?3)
                 ON CONFLICT (counted, venue) DO UPDATE SET tablets = tablets + ?3",
            )?
            .execute(params![
                counted.name(),
                venue.map_or_else(String::new, |venue| venue.to_string()),
                by,
            ])?;
        Ok(())
    }

    fn write_standing(&self, tablet: TabletId, it: &Standing) -> Result<(), Fault> {
        self.read
            .connection
            .prepare_cached(
                "INSERT OR REPLACE INTO standing VALUES (
                     :tablet, :in_order, :named, :word, :venue, :reported_back, :disputed,
                     :place, :needed, :due_on, :heard_at
                 )",
            )?
            .execute(named_params! {
                ":tablet": tablet.to_string(),
                ":in_order": it.in_order,
                ":named": it.named,
                ":word": it.word.name(),
                ":venue": it.venue.map(|venue| venue.to_string()),
                ":reported_back": it.reported_back,
                ":disputed": it.disputed,
                ":place": it.place().0,
                ":needed": it.needs_somebody(),
                ":due_on": it.due_on.map(|due_on| due_on.to_string()),
                ":heard_at": it.heard_at.map(Moment::as_ms),
            })?;
        Ok(())
    }

    /// Notes that a tablet was heard, where anybody expects to.
    pub(in crate::store) fn note_heard(&self, tablet: TabletId, now: Moment) -> Result<(), Fault> {
        self.read
            .connection
            .prepare_cached(
                "UPDATE standing SET heard_at = ?2 WHERE tablet = ?1 AND heard_at IS NOT NULL",
            )?
            .execute(params![tablet.to_string(), now.as_ms()])?;
        Ok(())
    }
}

impl Reader {
    /// Where a tablet stands by the last fact about it.
    fn standing(&self, tablet: TabletId) -> Result<Option<Standing>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT * FROM standing WHERE tablet = ?1")?;
        let found = statement.query_row([tablet.to_string()], standing);
        Ok(found.optional()?)
    }

    /// Where a tablet stands by the rows as they are.
    fn standing_of(&self, tablet: &Tablet) -> Result<Standing, Fault> {
        let loan = tablet.loan_out().map(|loan| self.loan(loan));
        let loan = loan.transpose()?.flatten();
        let disputed = self.is_disputed(tablet.id)?;
        let last_heard_at = self.last_heard_at(tablet.id)?;
        Ok(Standing::of(tablet, loan.as_ref(), disputed, last_heard_at))
    }

    fn is_disputed(&self, tablet: TabletId) -> Result<bool, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT 1 FROM dispute WHERE tablet = ?1 AND decision IS NULL")?;
        Ok(statement.exists([tablet.to_string()])?)
    }
}

fn standing(row: &Row<'_>) -> rusqlite::Result<Standing> {
    let word: String = row.get("word")?;
    let mut words = StateWord::ALL.into_iter();
    let word = words.find(|it| it.name() == word);
    Ok(Standing {
        in_order: row.get("in_order")?,
        named: row.get("named")?,
        word: word.ok_or_else(|| unreadable("word"))?,
        venue: text_option(row, "venue")?,
        reported_back: row.get("reported_back")?,
        disputed: row.get("disputed")?,
        due_on: text_option(row, "due_on")?,
        heard_at: moment_option(row, "heard_at")?,
    })
}
