//! Small domain values, as they stand inside larger messages.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    dispute::{Decision, DisputeCause},
    event::{Actor, Origin},
    ids::{KioskId, OperatorId, TabletId},
    keys::PublicKey,
    tablet::{Epoch, Flag, Presence, ProofKind, StateWord, TabletKeys, WithheldReason},
    time::Day,
    venue::{Calendar, VenueKind},
};

macro_rules! kebab {
    ($($mirror:ident = $domain:literal { $($variant:ident),* $(,)? })*) => {$(
        #[derive(Serialize, Deserialize)]
        #[serde(remote = $domain, rename_all = "kebab-case")]
        pub(super) enum $mirror { $($variant),* }
    )*};
}

kebab! {
    VenueKindV1 = "VenueKind" { Library, Partner, Hub }
    PresenceV1 = "Presence" { InHand, StickerOnly }
    ProofKindV1 = "ProofKind" { TabletProven, ManagerReported, PersonConfirmed }
    WithheldReasonV1 = "WithheldReason" { ResetFailed, ByStaff }
    DecisionV1 = "Decision" { ReturnedThen, StillOut, EnteredInError, WriteOff }
    DisputeCauseV1 = "DisputeCause" {
        DoubleLoan, RefusedButDone, OverLimit, ReturnContested, SeriesWentBack, UnknownTablet,
    }
    StateWordV1 = "StateWord" {
        Retired, GivenAway, Lost, Missing, OnLoan, Travelling, NeedsAttention, Resetting,
        BackNotYetReset, PutAside, Ready,
    }
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Epoch", transparent)]
pub(super) struct EpochV1(pub u32);

#[derive(Serialize, Deserialize)]
#[serde(remote = "Calendar", deny_unknown_fields)]
pub(super) struct CalendarV1 {
    closed_weekdays: BTreeSet<u8>,
    closures: BTreeSet<Day>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "TabletKeys", deny_unknown_fields)]
pub(super) struct TabletKeysV1 {
    link: PublicKey,
    proof: PublicKey,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Flag", rename_all = "kebab-case")]
pub(super) enum FlagV1 {
    PartMissing,
    Damaged,
    Withheld(#[serde(with = "WithheldReasonV1")] WithheldReason),
}

#[derive(Serialize, Deserialize)]
#[serde(
    remote = "Actor",
    tag = "kind",
    content = "id",
    rename_all = "kebab-case"
)]
pub(super) enum ActorV1 {
    Operator(OperatorId),
    SelfService(KioskId),
    Tablet(TabletId),
    Server,
}

#[derive(Serialize, Deserialize)]
#[serde(
    remote = "Origin",
    tag = "kind",
    content = "id",
    rename_all = "kebab-case"
)]
pub(super) enum OriginV1 {
    Server,
    Kiosk(KioskId),
    Tablet(TabletId),
}
