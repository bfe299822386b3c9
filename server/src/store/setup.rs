//! Venues, operators, kiosks and images: their rows and how they are read.

use std::{fmt, str::FromStr};

use rusqlite::{OptionalExtension, Row, params};
use shared::{
    event::{Event, Recorded},
    ids::{KioskId, OperatorId, VenueId},
    image::{Image, ImageId},
    keys::PublicKey,
    venue::{Calendar, Hours, Venue},
};

use super::{
    Fault, Reader, Store,
    names::{Named, named},
    row::{key, list, text, text_option, unlist},
};

/// The hours of one day of the week, as a row holds them: `0/540-1020`.
struct DayHours(u8, Hours);

impl fmt::Display for DayHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(day, hours) = self;
        write!(f, "{day}/{}-{}", hours.opens(), hours.closes())
    }
}

impl FromStr for DayHours {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (day, hours) = text.split_once('/').ok_or(())?;
        let (opens, closes) = hours.split_once('-').ok_or(())?;
        let minute = |text: &str| text.parse().map_err(|_| ());
        let hours = Hours::new(minute(opens)?, minute(closes)?).ok_or(())?;
        Ok(Self(day.parse().map_err(|_| ())?, hours))
    }
}

/// A kiosk, as the server knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KioskView {
    /// Its id.
    pub kiosk: KioskId,
    /// Where it stands.
    pub venue: VenueId,
    /// Its key.
    pub key: PublicKey,
}

impl Reader {
    /// The venue of this id.
    pub fn venue(&self, id: VenueId) -> Result<Option<Venue>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT * FROM venue WHERE venue = ?1")?;
        Ok(statement.query_row([id.to_string()], venue).optional()?)
    }

    /// Every venue, in the order of their names.
    pub fn venues(&self) -> Result<Vec<Venue>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT * FROM venue ORDER BY name")?;
        let rows = statement.query_map([], venue)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The kiosk of this id.
    pub fn kiosk(&self, id: KioskId) -> Result<Option<KioskView>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT * FROM kiosk WHERE kiosk = ?1")?;
        let found = statement.query_row([id.to_string()], |row| {
            Ok(KioskView {
                kiosk: text(row, "kiosk")?,
                venue: text(row, "venue")?,
                key: key(row, "key")?,
            })
        });
        Ok(found.optional()?)
    }

    /// The image of this id.
    pub fn image(&self, id: ImageId) -> Result<Option<Image>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT * FROM image WHERE image = ?1")?;
        Ok(statement.query_row([id.to_string()], image).optional()?)
    }

    /// The image that tablets are reset to: the last one released.
    pub fn image_current(&self) -> Result<Option<Image>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT * FROM image ORDER BY version DESC LIMIT 1")?;
        Ok(statement.query_row([], image).optional()?)
    }

    pub(super) fn operator_exists(&self, id: OperatorId) -> Result<bool, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT 1 FROM operator WHERE operator = ?1")?;
        Ok(statement.exists([id.to_string()])?)
    }
}

impl Store {
    pub(super) fn project_setup(&self, recorded: &Recorded) -> Result<(), Fault> {
        self.project_venue(recorded)?;
        self.project_operator(recorded)?;
        self.project_kiosk(recorded)?;
        self.project_image(recorded)
    }

    fn project_venue(&self, recorded: &Recorded) -> Result<(), Fault> {
        let (Event::VenueOpened {
            venue,
            name,
            kind,
            calendar,
        }
        | Event::VenueChanged {
            venue,
            name,
            kind,
            calendar,
        }) = &recorded.event
        else {
            return Ok(());
        };
        let hours = calendar.hours.iter().map(|(day, it)| DayHours(*day, *it));
        self.read
            .connection
            .prepare_cached(
                "INSERT OR REPLACE INTO venue
                 (venue, name, kind, closed_weekdays, closures, hours, version)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                venue.to_string(),
                name,
                kind.name(),
                list(&calendar.closed_weekdays),
                list(&calendar.closures),
                list(hours),
                recorded.server_seq,
            ])?;
        Ok(())
    }

    fn project_operator(&self, recorded: &Recorded) -> Result<(), Fault> {
        let Event::OperatorAppointed {
            operator,
            venues,
            badge,
        } = &recorded.event
        else {
            return Ok(());
        };
        let (operator, badge) = (operator.to_string(), badge.to_string());
        let connection = &self.read.connection;
        connection
            .prepare_cached("INSERT INTO operator VALUES (?1, ?2, ?3)")?
            .execute(params![operator, badge, recorded.server_seq])?;
        let mut at =
            connection.prepare_cached("INSERT OR IGNORE INTO operator_venue VALUES (?1, ?2)")?;
        for venue in venues {
            at.execute([&operator, &venue.to_string()])?;
        }
        Ok(())
    }

    fn project_kiosk(&self, recorded: &Recorded) -> Result<(), Fault> {
        if let Event::SeriesRestarted { kiosk, series } = recorded.event {
            self.read
                .connection
                .prepare_cached("INSERT OR REPLACE INTO kiosk_series VALUES (?1, ?2, ?3)")?
                .execute(params![kiosk.to_string(), series, recorded.server_seq])?;
        }
        let Event::KioskEnrolled { kiosk, venue, key } = &recorded.event else {
            return Ok(());
        };
        self.read
            .connection
            .prepare_cached("INSERT INTO kiosk VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![
                kiosk.to_string(),
                venue.to_string(),
                key.to_string(),
                recorded.server_seq,
            ])?;
        Ok(())
    }

    fn project_image(&self, recorded: &Recorded) -> Result<(), Fault> {
        let Event::ImageReleased {
            image,
            release,
            withdraw_on,
        } = &recorded.event
        else {
            return Ok(());
        };
        self.read
            .connection
            .prepare_cached("INSERT INTO image VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![
                image.to_string(),
                release,
                withdraw_on.map(|day| day.to_string()),
                recorded.server_seq,
            ])?;
        Ok(())
    }
}

fn venue(row: &Row<'_>) -> rusqlite::Result<Venue> {
    let hours: Vec<DayHours> = unlist(row, "hours")?;
    let calendar = Calendar {
        closed_weekdays: unlist(row, "closed_weekdays")?,
        closures: unlist(row, "closures")?,
        hours: hours
            .into_iter()
            .map(|DayHours(day, it)| (day, it))
            .collect(),
    };
    Ok(Venue {
        id: text(row, "venue")?,
        name: row.get("name")?,
        kind: named(row, "kind")?,
        calendar,
    })
}

fn image(row: &Row<'_>) -> rusqlite::Result<Image> {
    Ok(Image {
        id: text(row, "image")?,
        release: row.get("release")?,
        withdraw_on: text_option(row, "withdraw_on")?,
    })
}
