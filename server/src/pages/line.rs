//! One line of the fleet's table, as plain strings, and the chip of a state: its
//! shape and its word, so that nothing hangs on colour alone.

use lang::{Arg, Catalogue, Key, readiness};
use shared::{tablet::StateWord, time::Moment};

use super::{
    certificate, checklist,
    next::next,
    words::{self, Time},
};
use crate::store::{FleetRow, VouchedBy};

/// A state's shape and word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chip {
    /// Its stable name, for the style.
    pub name: &'static str,
    /// Its word.
    pub word: String,
    /// Its shape.
    pub shape: Shape,
}

/// A shape on a 24-unit grid, as paths: drawn as a line, or filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// The line.
    pub stroke: &'static str,
    /// The filled part.
    pub fill: &'static str,
}

impl Chip {
    /// The chip of this state.
    pub fn of(catalogue: &Catalogue, word: StateWord) -> Self {
        let name = word.name();
        let key = Key::from_id(&format!("state-{name}"));
        Self {
            name,
            word: key.map_or_else(|| name.to_owned(), |key| catalogue.say(key)),
            shape: shape(word),
        }
    }
}

const fn shape(word: StateWord) -> Shape {
    let (stroke, fill) = match word {
        StateWord::Ready => ("M4.5 12.8l5 5L19.5 6.5", ""),
        StateWord::OnLoan => (
            "M12 4a8 8 0 1 0 0 16a8 8 0 1 0 0-16z",
            "M12 4a8 8 0 0 0 0 16z",
        ),
        StateWord::Resetting => ("M19 12.5a7 7 0 1 1-2.2-5.1M19.5 3.5v4.6h-4.6", ""),
        StateWord::BackNotYetReset => {
            ("M12 4a8 8 0 1 0 0 16a8 8 0 1 0 0-16zM12 7.5V12l3.2 2.2", "")
        }
        StateWord::NeedsAttention => ("", "M12 3.5L22 20.5H2z"),
        StateWord::Travelling => ("M4 12h15M13 6l6 6-6 6", ""),
        StateWord::PutAside => ("M7 4h10v16l-5-4-5 4z", ""),
        StateWord::Missing => (
            "M8.5 9a3.5 3.5 0 1 1 5 3.2c-1 .5-1.5 1.2-1.5 2.6M12 19v.1",
            "",
        ),
        StateWord::Lost => ("M6 6l12 12M18 6L6 18", ""),
        StateWord::Retired => ("M5 12h14", ""),
        StateWord::GivenAway => ("M4 10h16v10H4zM4 10l1-4h14l1 4M12 6v14", ""),
    };
    Shape { stroke, fill }
}

/// The borrower, or the venue where it is; nobody while it is lost or gone.
fn holder(row: &FleetRow) -> String {
    let borrower = row.borrower.as_ref().map(|name| name.0.as_str());
    borrower
        .or(row.venue.as_deref())
        .unwrap_or_default()
        .to_owned()
}

/// R2: an override is shown wherever the tablet is.
fn note(catalogue: &Catalogue, row: &FleetRow) -> Option<String> {
    let overridden = row.lent_by_override.map(readiness::override_key);
    let overridden = overridden.map(|key| catalogue.say(key));
    overridden.or_else(|| {
        let day = words::day(catalogue, row.put_aside_until?);
        Some(catalogue.text(Key::FleetPutAsideUntil, &[("day", Arg::Text(&day))]))
    })
}

/// One line of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The tablet's number.
    pub number: String,
    /// Its state.
    pub chip: Chip,
    /// Who has it: the borrower, or the venue where it is.
    pub holder: String,
    /// The venue that lent it to the borrower.
    pub from: Option<String>,
    /// When its loan is due.
    pub due: Option<Time>,
    /// It was lent against a rule, or is kept for somebody.
    pub note: Option<String>,
    /// Its loan is late.
    pub late: bool,
    /// When it was last heard.
    pub seen: Option<Time>,
    /// What is said where it never was.
    pub unseen: String,
    /// What to do next.
    pub next: String,
    /// A person has to do that.
    pub act: bool,
    /// A few words more, a sentence each.
    pub small: Vec<String>,
    /// The checklist that may end its reset, and the certificate of its last one.
    pub links: Vec<Link>,
}

/// A link, and what it says to those who cannot see where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Where it leads.
    pub address: String,
    /// The link's own words.
    pub words: String,
    /// The same for those who hear it without its line.
    pub said: String,
}

fn checklist(catalogue: &Catalogue, row: &FleetRow) -> Option<Link> {
    let number = row.number.to_string();
    let of = [("number", Arg::Text(&number))];
    row.may_be_confirmed.then(|| Link {
        address: checklist::address(row.number),
        words: catalogue.say(Key::ChecklistLink),
        said: catalogue.text(Key::ChecklistLinkOf, &of),
    })
}

fn certificate(catalogue: &Catalogue, row: &FleetRow) -> Option<Link> {
    let number = row.number.to_string();
    let of = [("number", Arg::Text(&number))];
    row.last_receipt.map(|receipt| Link {
        address: certificate::address(receipt),
        words: catalogue.say(Key::CertificateLink),
        said: catalogue.text(Key::CertificateLinkOf, &of),
    })
}

impl Line {
    /// The line of this tablet.
    pub fn of(catalogue: &Catalogue, row: &FleetRow, now: Moment) -> Self {
        let next = next(row, now);
        let due = row
            .due_on
            .map(|due_on| words::due(catalogue, due_on, now.day()));
        Self {
            number: row.number.to_string(),
            chip: Chip::of(catalogue, row.word),
            holder: holder(row),
            from: row.borrower.as_ref().and(row.venue.clone()),
            due,
            note: note(catalogue, row),
            late: row.days_late > 0,
            seen: row.last_seen_at.map(|at| words::ago(catalogue, at, now)),
            unseen: catalogue.say(match row.vouched_by {
                VouchedBy::Itself => Key::FleetSeenNever,
                VouchedBy::Manager | VouchedBy::Person | VouchedBy::Nobody => Key::FleetSeenNoAgent,
            }),
            next: catalogue.say(next.key),
            act: next.act,
            small: next.small.iter().map(|key| catalogue.say(*key)).collect(),
            links: checklist(catalogue, row)
                .into_iter()
                .chain(certificate(catalogue, row))
                .collect(),
        }
    }
}
