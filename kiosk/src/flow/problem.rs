//! Every "no" that a kiosk can show: the server's refusals and the kiosk's own.
//! `view` has a sentence and a next step for each of them.

use shared::{ids::TabletId, refusal::Refusal};

use super::effect::Sound;

/// A "no".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The server's, or one that it would surely give.
    Refused(Refusal),
    /// A tag of ours that is not on this kiosk's list.
    UnknownTag,
    /// Not one of our codes.
    NotOurTag,
    /// A tag with a number of ours and a secret that is not its own.
    MadeUpTag,
    /// Nobody has this badge.
    BadgeUnknown,
    /// Too many unattended returns: an operator takes this tablet (R9).
    BadgeNeeded(TabletId),
    /// The disk did not take it.
    NotKept,
    /// The server does not answer.
    ServerAway,
    /// This kiosk and its server do not understand each other.
    TooOld,
    /// The tablet is not what it was when it was scanned.
    TabletChanged,
}

impl Problem {
    /// Whose turn it is, as one hears it.
    pub(super) const fn sound(self) -> Sound {
        match self {
            Self::Refused(Refusal::TabletOnLoan) => Sound::AlreadyHasOne,
            Self::NotOurTag | Self::TabletChanged => Sound::YoursToFix,
            Self::Refused(_)
            | Self::UnknownTag
            | Self::MadeUpTag
            | Self::BadgeUnknown
            | Self::BadgeNeeded(_)
            | Self::NotKept
            | Self::ServerAway
            | Self::TooOld => Sound::OursToFix,
        }
    }
}
