//! Small domain values, as they stand inside larger messages.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    command::Whither,
    dispute::{Decision, DisputeCause},
    event::{Actor, Origin},
    hold::HoldEnd,
    ids::{HoldId, KioskId, LoanId, OperatorId, TabletId},
    keys::PublicKey,
    kit::{Condition, KitPart},
    readiness::{Matter, Warning},
    tablet::{
        Epoch, Flag, OverrideReason, Presence, ProofKind, StateWord, TabletKeys, WithheldReason,
    },
    time::Day,
    trip::Errand,
    venue::{Calendar, Hours, VenueKind},
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
    PresenceV1 = "Presence" { InHand, CodeShown, StickerOnly }
    KitPartV1 = "KitPart" { Charger, Cable, Case, Bag, Guide, Stylus, Headset, Keyboard }
    ConditionV1 = "Condition" { NotSeen, Good, Worn, Damaged }
    OverrideReasonV1 = "OverrideReason" { Urgent, ResetByHand, HolderAgreed, TeamDecided }
    HoldEndV1 = "HoldEnd" { Collected, Cancelled, Expired }
    ProofKindV1 = "ProofKind" { TabletProven, ManagerReported, PersonConfirmed }
    MatterV1 = "Matter" { Battery, Agent, Sim, ChargerCheck }
    WithheldReasonV1 = "WithheldReason" { ResetFailed, ByStaff }
    WhitherV1 = "Whither" { Missing, Lost, Withdrawn, Gifted }
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
    /// Left out where nobody said any, as the first format did.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", with = "hours")]
    hours: BTreeMap<u8, Hours>,
}

/// Opening hours: by day of the week, the first minute and the one after the last.
mod hours {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

    use super::Hours;

    pub(super) fn serialize<S: Serializer>(
        hours: &BTreeMap<u8, Hours>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let pairs = hours
            .iter()
            .map(|(day, it)| (day, (it.opens(), it.closes())));
        pairs.collect::<BTreeMap<_, _>>().serialize(serializer)
    }

    /// A day's number is read as the text that JSON makes of it: inside a tagged
    /// message it comes as nothing else.
    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<u8, Hours>, D::Error> {
        // Inside a tagged kind, serde keeps a map's keys as the texts that they are in
        // JSON.
        let pairs = BTreeMap::<String, (u16, u16)>::deserialize(deserializer)?;
        let hours = |(day, (opens, closes)): (String, (u16, u16))| {
            let day = (0..7_u8).find(|it| it.to_string() == day)?;
            Some((day, Hours::new(opens, closes)?))
        };
        let hours: Option<_> = pairs.into_iter().map(hours).collect();
        hours.ok_or_else(|| D::Error::custom("no opening hours of a day"))
    }
}

/// Parts of a kit, in their own order.
pub(super) mod kit {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{KitPart, KitPartV1};
    use crate::kit::Kit;

    #[derive(Serialize, Deserialize)]
    #[serde(transparent)]
    struct Part(#[serde(with = "KitPartV1")] KitPart);

    pub fn serialize<S: Serializer>(kit: &Kit, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(kit.iter().map(|part| Part(*part)))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Kit, D::Error> {
        let parts = Vec::<Part>::deserialize(deserializer)?;
        Ok(parts.into_iter().map(|Part(part)| part).collect())
    }
}

/// An override's reason, where there may be none.
pub(super) mod override_option {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{OverrideReason, OverrideReasonV1};

    #[derive(Serialize, Deserialize)]
    #[serde(transparent)]
    struct Reason(#[serde(with = "OverrideReasonV1")] OverrideReason);

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        clippy::ref_option,
        reason = "serde's `with` calls it with a reference"
    )]
    pub fn serialize<S: Serializer>(
        reason: &Option<OverrideReason>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        reason.map(Reason).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<OverrideReason>, D::Error> {
        let reason = Option::<Reason>::deserialize(deserializer)?;
        Ok(reason.map(|Reason(reason)| reason))
    }
}

#[derive(Serialize, Deserialize)]
#[serde(
    remote = "Errand",
    tag = "kind",
    content = "id",
    rename_all = "kebab-case"
)]
pub(super) enum ErrandV1 {
    Deliver(HoldId),
    Collect(LoanId),
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "TabletKeys", deny_unknown_fields)]
pub(super) struct TabletKeysV1 {
    link: PublicKey,
    proof: PublicKey,
}

/// A tablet's keys, where there may be none.
pub(super) mod keys_option {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{TabletKeys, TabletKeysV1};

    #[derive(Serialize, Deserialize)]
    #[serde(transparent)]
    struct Keys(#[serde(with = "TabletKeysV1")] TabletKeys);

    #[expect(
        clippy::ref_option,
        reason = "serde's `with` calls it with a reference"
    )]
    pub fn serialize<S: Serializer>(
        keys: &Option<TabletKeys>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        keys.map(Keys).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<TabletKeys>, D::Error> {
        let keys = Option::<Keys>::deserialize(deserializer)?;
        Ok(keys.map(|Keys(keys)| keys))
    }
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

#[derive(Serialize, Deserialize)]
#[serde(remote = "Warning", tag = "code", rename_all = "kebab-case")]
pub(super) enum WarningV1 {
    BatteryLow { percent: u8 },
    Silent { days: u32 },
    SimEnded,
    DataNearlyUsed,
    ChargerCheckDue { until: Day },
}
