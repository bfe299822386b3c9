//! Invitations: one-time codes that give a tablet or a kiosk its identity. Kept as
//! digests; what they say is shown once.

use data_encoding::BASE32_NOPAD;
use shared::{
    digest::Digest,
    ids::{TabletId, VenueId},
    invitation::Invitation,
    keys::PublicKey,
    tag::{TabletNumber, Tag},
    time::Moment,
};

use crate::{
    chance,
    store::{Code, CodeFor, Fault, Store},
};

/// How long a one-time code can be used: 15 minutes.
const VALID_MS: i64 = 15 * 60 * 1000;

/// Why nobody can be invited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotInvited {
    /// The tablet of this number is enrolled already.
    NumberTaken,
    /// There is nothing that it could be reset to.
    NoImage,
}

/// Whom an invitation is for and what it leads to.
#[derive(Clone, Copy, Debug)]
pub struct To<'a> {
    /// What it will call the server by.
    pub server: &'a str,
    /// The server's key.
    pub key: &'a PublicKey,
    /// The time.
    pub now: Moment,
}

impl To<'_> {
    /// Invites the tablet that gets this number, at this venue.
    pub fn tablet(
        &self,
        store: &mut Store,
        number: TabletNumber,
        venue: VenueId,
    ) -> Result<Result<Invitation, NotInvited>, Fault> {
        let read = store.read();
        if read.tablet_by_number(number)?.is_some() {
            return Ok(Err(NotInvited::NumberTaken));
        }
        if read.image_current()?.is_none() {
            return Ok(Err(NotInvited::NoImage));
        }
        // A second code for a number that was never used up keeps the sticker that
        // may be printed already.
        let (tablet, tag) = match read.tag(number)? {
            Some(reserved) => reserved,
            None => reserve(store, number)?,
        };
        let tag = tag.digest();
        let whom = CodeFor::Tablet {
            tablet,
            number,
            venue,
            tag,
        };
        Ok(Ok(self.offer(store, whom)?))
    }

    /// Makes a code for whoever it says.
    pub fn offer(&self, store: &mut Store, whom: CodeFor) -> Result<Invitation, Fault> {
        let code = BASE32_NOPAD.encode(&chance::bytes::<16>());
        store.add_code(&Code {
            hash: Digest::of(code.as_bytes()),
            whom,
            expires_at: self.now.plus_ms(VALID_MS),
        })?;
        Ok(Invitation {
            server: self.server.trim_end_matches('/').to_owned(),
            code,
            fingerprint: self.key.fingerprint(),
        })
    }
}

fn reserve(store: &mut Store, number: TabletNumber) -> Result<(TabletId, Tag), Fault> {
    let tablet = TabletId::from_bytes(chance::bytes());
    let tag = Tag::new(number, chance::bytes());
    store.keep_tag(tablet, &tag)?;
    Ok((tablet, tag))
}
