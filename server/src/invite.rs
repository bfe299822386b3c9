//! Invitations: one-time codes that give a tablet or a kiosk its identity, or a tablet
//! its agent. Kept as digests; what they say is shown once. A tablet on which no agent
//! runs is invited by nobody: whoever has it in hand says what it is.

use data_encoding::BASE32_NOPAD;
use shared::{
    command::{Action, EnrolTablet},
    digest::Digest,
    ids::{TabletId, VenueId},
    invitation::Invitation,
    keys::PublicKey,
    tablet::Tablet,
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
    /// The tablet of this number is enrolled already, with an agent.
    NumberTaken,
    /// The tablet of this number, which has no agent, is not at that venue.
    NotThere,
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
    /// Invites the agent of the tablet that has this number without one, or gets it, at
    /// this venue.
    pub fn tablet(
        &self,
        store: &mut Store,
        number: TabletNumber,
        venue: VenueId,
    ) -> Result<Result<Invitation, NotInvited>, Fault> {
        let read = store.read();
        if let Some(tablet) = read.tablet_by_number(number)? {
            return match agent_of(&tablet, venue) {
                Ok(whom) => self.offer(store, whom).map(Ok),
                Err(why) => Ok(Err(why)),
            };
        }
        if read.image_current()?.is_none() {
            return Ok(Err(NotInvited::NoImage));
        }
        let (tablet, tag) = kept(store, number)?;
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

/// The agent that may come to this tablet, while somebody has it in hand there.
fn agent_of(tablet: &Tablet, venue: VenueId) -> Result<CodeFor, NotInvited> {
    if tablet.keys.is_some() {
        return Err(NotInvited::NumberTaken);
    }
    if tablet.venue() != Some(venue) {
        return Err(NotInvited::NotThere);
    }
    Ok(CodeFor::Agent {
        tablet: tablet.id,
        number: tablet.number,
        venue,
    })
}

/// A tablet on which no agent runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WithoutAgent {
    /// The number that it will have.
    pub number: TabletNumber,
    /// The maker's serial number.
    pub serial: String,
    /// The maker's model.
    pub model: String,
    /// Where somebody has it in hand.
    pub venue: VenueId,
}

impl WithoutAgent {
    /// What gives it its identity. Its tag is kept, so that it can be printed.
    pub fn enrolment(&self, store: &mut Store) -> Result<Action, Fault> {
        let (tablet, tag) = kept(store, self.number)?;
        Ok(Action::EnrolTablet(EnrolTablet {
            tablet,
            number: self.number,
            serial: self.serial.clone(),
            model: self.model.clone(),
            venue: self.venue,
            keys: None,
            tag: tag.digest(),
        }))
    }
}

/// A serial number or a model, as somebody typed it: one line that is not too long.
pub fn one_line(text: &str) -> Option<String> {
    let text = text.trim();
    let fits = (1..=64).contains(&text.chars().count());
    (fits && !text.chars().any(char::is_control)).then(|| text.to_owned())
}

/// The id and the tag of the tablet of this number. What was made once stays, since the
/// sticker may be printed already.
fn kept(store: &mut Store, number: TabletNumber) -> Result<(TabletId, Tag), Fault> {
    if let Some(kept) = store.read().tag(number)? {
        return Ok(kept);
    }
    let tablet = TabletId::from_bytes(chance::bytes());
    let tag = Tag::new(number, chance::bytes());
    store.keep_tag(tablet, &tag)?;
    Ok((tablet, tag))
}
