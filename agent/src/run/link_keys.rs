//! By which of its link keys the server knows this tablet. It may have taken the receipt
//! that names the next one, and its word may have been lost on the way: whoever is refused
//! by the one calls by the other, and goes on with the one that is taken.

use anyhow::Result;

use crate::{
    disk::folder::Folder,
    link::{Caller, LinkError},
    own_keys::OwnKeys,
};

/// What the server answers to whom it does not know (RFC 9110).
const UNAUTHORIZED: u16 = 401;

/// The link keys, and who calls by one of them.
#[derive(Debug)]
pub(super) struct LinkKeys {
    pub(super) keys: OwnKeys<Folder>,
    pub(super) caller: Caller,
    by_next: bool,
}

impl LinkKeys {
    /// The tablet of this id calls by the key by which it was last known.
    pub(super) fn new(id: String, keys: OwnKeys<Folder>) -> Result<Self> {
        let key = keys.current()?;
        let caller = Caller { id, key };
        Ok(Self {
            keys,
            caller,
            by_next: false,
        })
    }

    /// A turn begins with the key by which the tablet was last known.
    pub(super) fn turn(&mut self) -> Result<()> {
        if std::mem::take(&mut self.by_next) {
            self.caller.key = self.keys.current()?;
        }
        Ok(())
    }

    /// Whether the same is to be asked again by the next key, once a turn.
    pub(super) fn tries_next(&mut self, fault: &LinkError) -> Result<bool> {
        let is_unknown =
            matches!(fault, LinkError::Refused { status, .. } if *status == UNAUTHORIZED);
        if !is_unknown || self.by_next {
            return Ok(false);
        }
        let Some(next) = self.keys.next()? else {
            return Ok(false);
        };
        self.caller.key = next;
        self.by_next = true;
        Ok(true)
    }

    /// A call was taken: the key by which it was made is the one from now on.
    pub(super) fn taken(&mut self) -> Result<()> {
        if std::mem::take(&mut self.by_next) {
            self.keys.go_on()?;
        }
        Ok(())
    }
}
