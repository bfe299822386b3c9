//! `venue add`, `operator add`, `operator key`, `borrower add`: the places and the
//! people.

use std::{collections::BTreeSet, path::PathBuf};

use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};
use shared::{
    badge::Badge,
    borrower::CardNumber,
    command::{Action, AppointOperator},
    ids::{BorrowerId, OperatorId, VenueId},
    time::Day,
    venue::{Calendar, Hours, VenueKind},
};

use super::{Data, house, house::House, no, tag};
use crate::{auth::key, chance, clock, store::KeptKey};

#[derive(Debug, Subcommand)]
pub(super) enum Venue {
    /// Let a place lend.
    Add(AddVenue),
}

#[derive(Debug, Args)]
pub(super) struct AddVenue {
    #[command(flatten)]
    data: Data,
    /// Its name, as people say it.
    #[arg(long)]
    name: String,
    /// What kind of place it is.
    #[arg(long, value_enum, default_value_t = KindArg::Library)]
    kind: KindArg,
    /// A weekday on which it is closed, by number: 1 for Monday to 7 for Sunday. May
    /// be said several times.
    #[arg(long = "closed", value_name = "1-7", value_parser = clap::value_parser!(u8).range(1..=7))]
    closed_weekdays: Vec<u8>,
    /// A day on which it is closed besides, like 2026-12-25. May be said several times.
    #[arg(long = "closure", value_name = "DAY")]
    closures: Vec<Day>,
    /// Opening hours of a weekday, like 1=09:00-17:30. May be said several times.
    #[arg(long = "hours", value_name = "1-7=HH:MM-HH:MM", value_parser = hours)]
    hours: Vec<(u8, Hours)>,
}

/// Reads `1=09:00-17:30`: a weekday, and its hours in minutes since midnight.
fn hours(text: &str) -> Result<(u8, Hours), String> {
    let read = || {
        let (day, hours) = text.split_once('=')?;
        let (opens, closes) = hours.split_once('-')?;
        let day: u8 = day.parse().ok().filter(|day| (1..=7).contains(day))?;
        Some((day - 1, Hours::new(minute(opens)?, minute(closes)?)?))
    };
    read().ok_or_else(|| "hours are written like 1=09:00-17:30".to_owned())
}

fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour <= 24 && minute < 60).then_some(hour * 60 + minute)
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum KindArg {
    /// A library of the council.
    Library,
    /// A community partner.
    Partner,
    /// Where the digital team keeps and mends tablets.
    Hub,
}

impl Venue {
    pub(super) fn run(self) -> Result<()> {
        let Self::Add(it) = self;
        let mut house = house::open(it.data.folder())?;
        if house.venue(&it.name).is_ok() {
            return Err(no(format!("A venue is called “{}” already.", it.name)));
        }
        let venue = shared::venue::Venue {
            id: VenueId::from_bytes(chance::bytes()),
            name: it.name,
            kind: match it.kind {
                KindArg::Library => VenueKind::Library,
                KindArg::Partner => VenueKind::Partner,
                KindArg::Hub => VenueKind::Hub,
            },
            calendar: Calendar {
                closed_weekdays: it.closed_weekdays.iter().map(|day| day - 1).collect(),
                closures: BTreeSet::from_iter(it.closures),
                hours: it.hours.into_iter().collect(),
            },
        };
        let name = venue.name.clone();
        house.command(None, Action::OpenVenue(venue))?;
        println!("{name} can lend");
        Ok(())
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum Operator {
    /// Let a member of staff act, and draw their badge.
    Add(AddOperator),
    /// Make a key by which a program acts in an operator's name, or revoke theirs.
    Key(OperatorKey),
}

#[derive(Debug, Args)]
pub(super) struct AddOperator {
    #[command(flatten)]
    data: Data,
    /// Their name, as colleagues call them.
    #[arg(long)]
    name: String,
    /// Where they may act. May be said several times.
    #[arg(long = "venue", value_name = "NAME", required = true)]
    venues: Vec<String>,
    /// Where to draw their badge: a file that ends in .png or .svg. It opens a
    /// staffed session at a kiosk: keep it like a key.
    #[arg(long, value_name = "FILE")]
    badge_out: PathBuf,
}

impl Operator {
    pub(super) fn run(self) -> Result<()> {
        match self {
            Self::Add(it) => it.run(),
            Self::Key(it) => it.run(),
        }
    }
}

impl AddOperator {
    fn run(self) -> Result<()> {
        let format = tag::format(&self.badge_out)?;
        let mut house = house::open(self.data.existing()?)?;
        let venues = self.venues.iter().map(|name| Ok(house.venue(name)?.id));
        let venues = venues.collect::<Result<_>>()?;
        let badge = Badge::new(chance::bytes());
        // Drawn first: a badge that nobody has is of no use.
        tag::draw_badge(&badge, &self.name, format, &self.badge_out)?;
        let name = self.name.clone();
        house.command(None, appointment(self.name, venues, &badge))?;
        println!(
            "{name} may act; the badge is in {}",
            self.badge_out.display()
        );
        Ok(())
    }
}

fn appointment(name: String, venues: Vec<VenueId>, badge: &Badge) -> Action {
    Action::AppointOperator(AppointOperator {
        operator: OperatorId::from_bytes(chance::bytes()),
        name,
        venues,
        badge: badge.digest(),
    })
}

#[derive(Debug, Args)]
pub(super) struct OperatorKey {
    #[command(flatten)]
    data: Data,
    /// Whose: their name, or their id where two have one name.
    #[arg(long)]
    name: String,
    /// How many days it is good for.
    #[arg(
        long,
        value_name = "1-366",
        value_parser = clap::value_parser!(u16).range(1..=366),
        required_unless_present = "revoke",
        conflicts_with = "revoke"
    )]
    days: Option<u16>,
    /// Make every key of theirs worthless at once.
    #[arg(long)]
    revoke: bool,
}

impl OperatorKey {
    fn run(self) -> Result<()> {
        let mut house = house::open(self.data.existing()?)?;
        let operator = self.operator(&house)?;
        let now = clock::now();
        let Some(days) = self.days else {
            let revoked = house.store.revoke_operator_keys(operator, now)?;
            println!("{revoked} of their keys were revoked");
            return Ok(());
        };
        let key = key::OperatorKey::new(chance::bytes());
        let expires_at = now.day().plus_days(days).plus_days(1).starts_at();
        house.store.add_operator_key(&KeptKey {
            digest: key.digest(),
            operator,
            made_at: now,
            expires_at,
        })?;
        println!("good until the end of {}", now.day().plus_days(days));
        println!("it acts in their name and is shown only now: keep it like a password");
        println!("{}", key.text());
        Ok(())
    }

    fn operator(&self, house: &House) -> Result<OperatorId> {
        let found = house.store.read().operators_named(&self.name)?;
        match found.as_slice() {
            [one] => Ok(*one),
            [] => Err(no(format!(
                "Nobody is called “{}”. Let them act first: `operator add`.",
                self.name
            ))),
            several => {
                let ids: Vec<String> = several.iter().map(ToString::to_string).collect();
                Err(no(format!(
                    "Several people are called “{}”. Say which: {}.",
                    self.name,
                    ids.join(", ")
                )))
            }
        }
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum Borrower {
    /// Let a person borrow.
    Add(AddBorrower),
}

#[derive(Debug, Args)]
pub(super) struct AddBorrower {
    #[command(flatten)]
    data: Data,
    /// First name and initial: all that a counter's screen shows.
    #[arg(long)]
    name: String,
    /// The number of their library card.
    #[arg(long)]
    card: String,
}

impl Borrower {
    pub(super) fn run(self) -> Result<()> {
        let Self::Add(it) = self;
        let card: CardNumber = it.card.parse().map_err(|error| no(format!("{error}.")))?;
        let House { mut store, .. } = house::open(it.data.existing()?)?;
        if store.read().borrower_by_card(&card)?.is_some() {
            return Err(no("Somebody has this card already. Nothing was changed."));
        }
        let id = BorrowerId::from_bytes(chance::bytes());
        store.add_borrower(id, &it.name, &card)?;
        println!("{} can borrow", it.name);
        Ok(())
    }
}
