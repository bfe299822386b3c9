//! The names under which values of small enums stand in rows. Frozen like the
//! tables: a name is never used again for something else.

use rusqlite::Row;
use shared::{
    command::Whither,
    dispute::{Decision, DisputeCause},
    hold::HoldEnd,
    kit::{Condition, KitPart},
    signed::receipt::FailedStep,
    tablet::{OverrideReason, Presence, ProofKind, WithheldReason},
    trip::TripState,
    venue::VenueKind,
    wire::v1::agent::AgentState,
};

use super::column::{unreadable, value_there};

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
    Presence { InHand "in-hand", CodeShown "code-shown", StickerOnly "sticker-only" }
    KitPart {
        Charger "charger",
        Cable "cable",
        Case "case",
        Bag "bag",
        Guide "guide",
        Stylus "stylus",
        Headset "headset",
        Keyboard "keyboard",
    }
    Condition { NotSeen "not-seen", Good "good", Worn "worn", Damaged "damaged" }
    OverrideReason {
        Urgent "urgent",
        ResetByHand "reset-by-hand",
        HolderAgreed "holder-agreed",
        TeamDecided "team-decided",
    }
    Whither { Missing "missing", Lost "lost", Withdrawn "withdrawn", Gifted "gifted" }
    HoldEnd { Collected "collected", Cancelled "cancelled", Expired "expired" }
    TripState { Planned "planned", Done "done", CalledOff "called-off" }
    ProofKind {
        TabletProven "tablet-proven",
        ManagerReported "manager-reported",
        PersonConfirmed "person-confirmed",
    }
    FailedStep {
        Image "image",
        Wipe "wipe",
        Restore "restore",
        Verify "verify",
        Policy "policy",
        Settings "settings",
        Proof "proof",
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
        Locked "locked",
    }
}

/// The value whose name stands in a column.
pub(super) fn named<T: Named>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    let name = value_there(row, column)?.as_str()?;
    T::of(name).ok_or_else(|| unreadable(column))
}

/// The same, where the column may be empty.
pub(super) fn named_option<T: Named>(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<T>> {
    let name = value_there(row, column)?.as_str_or_null()?;
    name.map(|name| T::of(name).ok_or_else(|| unreadable(column)))
        .transpose()
}

/// Values as one text: their names with spaces between.
pub(super) fn list_of_names<T: Named>(values: impl IntoIterator<Item = T>) -> String {
    let names: Vec<&str> = values.into_iter().map(Named::name).collect();
    names.join(" ")
}

/// The values of such a text.
pub(super) fn named_list<T: Named, C: FromIterator<T>>(
    row: &Row<'_>,
    column: &str,
) -> rusqlite::Result<C> {
    let names = value_there(row, column)?.as_str()?;
    let read = |name| T::of(name).ok_or_else(|| unreadable(column));
    names.split_whitespace().map(read).collect()
}
