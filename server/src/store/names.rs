//! The names under which values of small enums stand in rows. Frozen like the
//! tables: a name is never used again for something else.

use rusqlite::{Row, types::Type};
use shared::{
    dispute::{Decision, DisputeCause},
    tablet::{Presence, ProofKind, WithheldReason},
    venue::VenueKind,
    wire::v1::agent::AgentState,
};

/// A value that stands in rows under a name.
pub(super) trait Named: Sized + Copy + 'static {
    /// Every value with its name.
    const ALL: &'static [(Self, &'static str)];

    /// The value's name.
    fn name(self) -> &'static str;

    /// The value of that name.
    fn of(name: &str) -> Option<Self> {
        let mut all = Self::ALL.iter();
        all.find(|(_, its)| *its == name).map(|(value, _)| *value)
    }
}

macro_rules! named {
    ($($kind:ident { $($variant:ident $name:literal),* $(,)? })*) => {$(
        impl Named for $kind {
            const ALL: &'static [(Self, &'static str)] = &[$((Self::$variant, $name)),*];

            fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }
        }
    )*};
}

named! {
    VenueKind { Library "library", Partner "partner", Hub "hub" }
    Presence { InHand "in-hand", StickerOnly "sticker-only" }
    ProofKind {
        TabletProven "tablet-proven",
        ManagerReported "manager-reported",
        PersonConfirmed "person-confirmed",
    }
    WithheldReason { ResetFailed "reset-failed", ByStaff "by-staff" }
    Decision {
        ReturnedThen "returned-then",
        StillOut "still-out",
        EnteredInError "entered-in-error",
        WriteOff "write-off",
    }
    DisputeCause {
        DoubleLoan "double-loan",
        RefusedButDone "refused-but-done",
        OverLimit "over-limit",
        ReturnContested "return-contested",
        SeriesWentBack "series-went-back",
        UnknownTablet "unknown-tablet",
    }
    AgentState {
        New "new",
        OnLoan "on-loan",
        Resetting "resetting",
        Reported "reported",
        Ready "ready",
        Failed "failed",
    }
}

/// The value whose name stands in a column.
pub(super) fn named<T: Named>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    let name: String = row.get(column)?;
    T::of(&name).ok_or_else(|| unreadable(column))
}

/// The same, where the column may be empty.
pub(super) fn named_option<T: Named>(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<T>> {
    let name: Option<String> = row.get(column)?;
    name.map(|name| T::of(&name).ok_or_else(|| unreadable(column)))
        .transpose()
}

/// The fault of a column that says something no program of ours wrote. It names
/// the column and never what stands there, which may be personal.
pub(super) fn unreadable(column: &str) -> rusqlite::Error {
    let cause = format!("column `{column}` holds something unreadable");
    rusqlite::Error::FromSqlConversionFailure(0, Type::Text, cause.into())
}
