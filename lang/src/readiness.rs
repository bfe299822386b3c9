//! What staff read of a tablet before it goes out: each warning with its next step,
//! what nobody knows, and why it was lent against a rule.

use shared::{
    readiness::{Matter, Warning},
    tablet::OverrideReason,
};

use crate::{Arg, Catalogue, Key, refusals::Told};

/// A warning in words.
pub fn warning(warning: Warning, catalogue: &Catalogue) -> Told {
    let say = |sentence, next| (catalogue.say(sentence), next);
    let count = |key, count| catalogue.text(key, &[("count", Arg::Count(count))]);
    let (sentence, next) = match warning {
        Warning::BatteryLow { percent } => (
            count(Key::WarningBatteryLow, usize::from(percent)),
            Key::WarningBatteryLowNext,
        ),
        Warning::Silent { days } => (
            count(
                Key::WarningSilent,
                usize::try_from(days).unwrap_or(usize::MAX),
            ),
            Key::WarningSilentNext,
        ),
        Warning::SimEnded => say(Key::WarningSimEnded, Key::WarningSimEndedNext),
        Warning::DataNearlyUsed => say(Key::WarningDataNearlyUsed, Key::WarningDataNearlyUsedNext),
        Warning::ChargerCheckDue { until } => {
            let day = catalogue.day(until.weekday(), until.day_of_month(), until.month());
            let args = [("day", Arg::Text(&day))];
            let sentence = catalogue.text(Key::WarningChargerCheckDue, &args);
            (sentence, Key::WarningChargerCheckDueNext)
        }
    };
    Told {
        sentence,
        next: catalogue.say(next),
    }
}

/// What nobody knows, in words.
pub fn not_known(matter: Matter, catalogue: &Catalogue) -> String {
    catalogue.say(match matter {
        Matter::Battery => Key::NotKnownBattery,
        Matter::Agent => Key::NotKnownAgent,
        Matter::Sim => Key::NotKnownSim,
        Matter::ChargerCheck => Key::NotKnownChargerCheck,
    })
}

/// Why a tablet was lent against a rule.
pub const fn override_key(reason: OverrideReason) -> Key {
    match reason {
        OverrideReason::Urgent => Key::OverrideUrgent,
        OverrideReason::ResetByHand => Key::OverrideResetByHand,
        OverrideReason::HolderAgreed => Key::OverrideHolderAgreed,
        OverrideReason::TeamDecided => Key::OverrideTeamDecided,
    }
}
