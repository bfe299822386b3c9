//! An operator's badge: a QR card that opens a staffed session at a kiosk.
//!
//! It says `TLBADGE` and 26 base-32 characters (128 random bits). Kiosks and the
//! log know it by its digest alone, and it is revocable one by one.

use std::{fmt, str::FromStr};

use crate::digest::{BASE32, Digest};

const PREFIX: &str = "TLBADGE";

/// What one badge says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Badge([u8; 16]);

/// The text is not a badge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not one of our badges")]
pub struct NotABadge;

impl Badge {
    /// A badge of these 16 random bytes.
    pub const fn new(secret: [u8; 16]) -> Self {
        Self(secret)
    }

    /// What the QR code says.
    pub fn text(&self) -> String {
        format!("{PREFIX}{}", BASE32.encode(&self.0))
    }

    /// By this a kiosk and the log know the badge.
    pub fn digest(&self) -> Digest {
        Digest::of(self.text().as_bytes())
    }
}

impl FromStr for Badge {
    type Err = NotABadge;

    fn from_str(text: &str) -> Result<Self, NotABadge> {
        let code = text.strip_prefix(PREFIX).ok_or(NotABadge)?;
        let secret = BASE32.decode(code.as_bytes()).map_err(|_| NotABadge)?;
        Ok(Self(secret.try_into().map_err(|_| NotABadge)?))
    }
}

impl fmt::Debug for Badge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Badge(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_badge_is_read_back_from_its_own_text_and_never_from_another() {
        let badge = Badge::new([9; 16]);
        assert_eq!(badge.text().parse(), Ok(badge));
        assert_eq!("TLBADGE".parse::<Badge>(), Err(NotABadge));
        assert_eq!(badge.text().to_lowercase().parse::<Badge>(), Err(NotABadge));
        assert_eq!(format!("{badge:?}"), "Badge(..)");
    }
}
