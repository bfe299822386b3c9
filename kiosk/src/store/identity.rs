//! Who this kiosk is: given once, and begun in such a way that a lost answer can
//! be asked for again.

use std::str::FromStr;

use rusqlite::{OptionalExtension, Row, params};
use shared::{
    digest::Digest,
    ids::{CommandId, KioskId},
    keys::{PublicKey, SecretKey},
};

use super::{Fault, Store};
use crate::mirror::Place;

/// Who this kiosk is, where it stands and whom it believes.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Its id.
    pub kiosk: KioskId,
    /// Signs its requests.
    pub key: SecretKey,
    /// Where the server is, without a final slash.
    pub server: String,
    /// The server's key, as it was when the kiosk was enrolled.
    pub server_key: PublicKey,
    /// Where it stands.
    pub place: Place,
}

/// An enrolment that was begun.
#[derive(Clone, Debug)]
pub struct Enrolling {
    /// The request's id.
    pub id: CommandId,
    /// The key that the server is asked to enrol.
    pub key: SecretKey,
}

impl Store {
    /// Who this kiosk is; `None` before it is enrolled.
    pub fn identity(&self) -> Result<Option<Identity>, Fault> {
        let all =
            "SELECT kiosk, server, server_key, venue, venue_name, tag_host, seed FROM identity";
        let found = self.connection.query_row(all, [], |row| Ok(identity(row)));
        found.optional()?.transpose()
    }

    /// The enrolment with this code: the one that was begun with it, or this new
    /// one, which is on the disk then. A new code begins anew.
    pub fn enrolling(&mut self, code: &str, new: &Enrolling) -> Result<Enrolling, Fault> {
        if self.identity()?.is_some() {
            return Err(Fault::Enrolled);
        }
        let code = Digest::of(code.as_bytes()).to_string();
        let begun = self.begun(&code)?;
        if let Some(begun) = begun {
            return Ok(begun);
        }
        self.connection.execute(
            "INSERT OR REPLACE INTO enrolling (only, code, id, seed) VALUES (1, ?1, ?2, ?3)",
            params![code, new.id.to_string(), new.key.seed()],
        )?;
        Ok(new.clone())
    }

    fn begun(&self, code: &str) -> Result<Option<Enrolling>, Fault> {
        let with_code = "SELECT id, seed FROM enrolling WHERE code = ?1";
        let found = self.connection.query_row(with_code, [code], |row| {
            Ok(Enrolling {
                id: parsed(row, 0)?,
                key: SecretKey::from_seed(&row.get(1)?),
            })
        });
        Ok(found.optional()?)
    }

    /// Takes the identity that the server gave. It is given once.
    pub fn enrolled(&mut self, identity: &Identity) -> Result<(), Fault> {
        let begun = self.begin()?;
        let taken = begun.execute(
            "INSERT OR IGNORE INTO identity
             (only, kiosk, seed, server, server_key, venue, venue_name, tag_host)
             VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                identity.kiosk.to_string(),
                identity.key.seed(),
                identity.server,
                identity.server_key.to_string(),
                identity.place.venue.to_string(),
                identity.place.venue_name,
                identity.place.tag_host.to_string(),
            ],
        )?;
        if taken == 0 {
            return Err(Fault::Enrolled);
        }
        begun.execute("DELETE FROM enrolling", [])?;
        Ok(begun.commit()?)
    }
}

fn identity(row: &Row<'_>) -> Result<Identity, Fault> {
    let place = Place {
        venue: parsed(row, 3)?,
        venue_name: row.get(4)?,
        tag_host: parsed(row, 5)?,
    };
    Ok(Identity {
        kiosk: parsed(row, 0)?,
        server: row.get(1)?,
        server_key: parsed(row, 2)?,
        key: SecretKey::from_seed(&row.get(6)?),
        place,
    })
}

/// The value that a column's text stands for.
pub(super) fn parsed<T>(row: &Row<'_>, column: usize) -> rusqlite::Result<T>
where
    T: FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    let text: String = row.get(column)?;
    text.parse().map_err(|why| {
        let text = rusqlite::types::Type::Text;
        rusqlite::Error::FromSqlConversionFailure(column, text, Box::new(why))
    })
}
