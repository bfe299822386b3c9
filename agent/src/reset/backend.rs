//! The ways to reset a home, best first. Whatever way it goes, the home is read again
//! and compared with the image before a receipt says so.

pub mod probe;

use std::{fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Serialize};

/// A way to reset a home.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Kind {
    /// What the loan writes is a layer over the image, encrypted by a key of its own: the
    /// key is erased, the layer exchanged, and what is left of it deleted behind.
    #[serde(rename = "fscrypt+overlay")]
    CryptOverlay,
    /// What the loan writes is a layer over the image, which is exchanged and deleted.
    #[serde(rename = "overlay")]
    Overlay,
    /// The home is a snapshot of the image, which is exchanged and deleted with every
    /// other snapshot of it.
    #[serde(rename = "btrfs")]
    Btrfs,
    /// The home is walked: what is not of the image is deleted, what differs restored.
    /// The way of journals that tell of none.
    #[default]
    #[serde(rename = "manifest")]
    Manifest,
    /// A program of the tablet's vendor does it.
    #[serde(rename = "command")]
    Command,
}

impl Kind {
    /// All, in the order in which they are tried.
    pub const ALL: [Self; 5] = [
        Self::CryptOverlay,
        Self::Overlay,
        Self::Btrfs,
        Self::Manifest,
        Self::Command,
    ];

    /// Whether what a loan wrote is exchanged whole, and not walked through.
    pub const fn is_exchanged(self) -> bool {
        match self {
            Self::CryptOverlay | Self::Overlay | Self::Btrfs => true,
            Self::Manifest | Self::Command => false,
        }
    }

    /// As receipts and configuration say it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CryptOverlay => "fscrypt+overlay",
            Self::Overlay => "overlay",
            Self::Btrfs => "btrfs",
            Self::Manifest => "manifest",
            Self::Command => "command",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(self.name())
    }
}

/// A word that names no backend.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is no backend. There are: fscrypt+overlay, overlay, btrfs, manifest, command")]
pub struct NoKind(String);

impl FromStr for Kind {
    type Err = NoKind;

    fn from_str(name: &str) -> Result<Self, NoKind> {
        let mut all = Self::ALL.into_iter();
        all.find(|kind| kind.name() == name)
            .ok_or_else(|| NoKind(name.to_owned()))
    }
}

/// What a tablet's configuration says of its backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// The one that it names; `None` for the best that can be done here.
    pub backend: Option<Kind>,
    /// The vendor's program, and its words.
    pub command: Vec<String>,
    /// How long that program may take.
    pub command_within: Duration,
}

impl Default for Wish {
    fn default() -> Self {
        Self {
            backend: None,
            command: Vec::new(),
            command_within: Duration::from_mins(30),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use super::*;

    #[test]
    fn each_backend_has_one_name_in_receipts_configuration_and_journals() {
        for kind in Kind::ALL {
            assert_eq!(kind.name().parse(), Ok(kind));
            let journaled = serde_json::to_string(&kind).unwrap();
            assert_eq!(journaled, format!("\"{kind}\""));
        }
        assert!("auto".parse::<Kind>().is_err());
    }
}
