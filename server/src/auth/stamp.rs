//! Stamped requests: who calls is read from the stamp, and believed only once the
//! signature fits the caller's enrolled key and the number was not seen before.

use std::fmt;

use shared::{
    ids::{KioskId, TabletId},
    keys::PublicKey,
    signed::request::Stamp,
};

use crate::store::{Fault, LastCall, Reader};

/// Who stamped a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Caller {
    /// A tablet's agent.
    Tablet(TabletId),
    /// A kiosk.
    Kiosk(KioskId),
}

impl Caller {
    /// The key that the caller was enrolled with; `None` where nobody of that id is.
    pub fn key(self, store: &Reader) -> Result<Option<PublicKey>, Fault> {
        match self {
            Self::Tablet(tablet) => Ok(store.tablet_keys(tablet)?.map(|keys| keys.link)),
            Self::Kiosk(kiosk) => Ok(store.kiosk(kiosk)?.map(|kiosk| kiosk.key)),
        }
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tablet(tablet) => tablet.fmt(f),
            Self::Kiosk(kiosk) => kiosk.fmt(f),
        }
    }
}

/// Why a request is not let in. A caller is told no more than this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotLetIn {
    /// It carries no stamp that can be read, or another kind of caller's.
    NotStamped,
    /// Nobody of that id is enrolled, or the signature is not theirs.
    BadStamp,
    /// Its number is not greater than the last one, which this is: it was sent before,
    /// or its caller was restored from an old copy.
    Replayed(LastCall),
}

/// Who says to have stamped the request; nothing of it is believed yet.
pub fn claimed(header: Option<&str>) -> Result<(Caller, Stamp), NotLetIn> {
    let stamp: Stamp = header
        .ok_or(NotLetIn::NotStamped)?
        .parse()
        .map_err(|_| NotLetIn::NotStamped)?;
    let tablet = stamp.caller.parse().map(Caller::Tablet).ok();
    let kiosk = || stamp.caller.parse().map(Caller::Kiosk).ok();
    let caller = tablet.or_else(kiosk).ok_or(NotLetIn::NotStamped)?;
    Ok((caller, stamp))
}

#[cfg(test)]
mod tests {
    use shared::keys::SecretKey;

    use super::*;

    fn stamped(caller: &str) -> Result<Caller, NotLetIn> {
        let key = SecretKey::from_seed(&[1; 32]);
        let header = Stamp::new(caller, 1, &key, "GET", "/", b"").to_header();
        claimed(Some(&header)).map(|(caller, _)| caller)
    }

    #[test]
    fn a_tablet_and_a_kiosk_are_told_apart_by_their_ids() {
        let (tablet, kiosk) = (TabletId::from_bytes([1; 16]), KioskId::from_bytes([1; 16]));
        assert_eq!(stamped(&tablet.to_string()), Ok(Caller::Tablet(tablet)));
        assert_eq!(stamped(&kiosk.to_string()), Ok(Caller::Kiosk(kiosk)));
    }

    #[test]
    fn anything_else_is_nobody() {
        assert_eq!(claimed(None), Err(NotLetIn::NotStamped));
        assert_eq!(claimed(Some("tb-1 one x")), Err(NotLetIn::NotStamped));
        assert_eq!(stamped("op-0"), Err(NotLetIn::NotStamped));
        let operator = format!("op-{}", "0".repeat(32));
        assert_eq!(stamped(&operator), Err(NotLetIn::NotStamped));
    }
}
