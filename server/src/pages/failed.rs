//! Which step of a tablet's reset failed, in words, and what to do about it.

use lang::Key;
use shared::signed::receipt::FailedStep;

/// What went wrong.
pub const fn what(step: FailedStep) -> Key {
    match step {
        FailedStep::Image => Key::FailedImage,
        FailedStep::Wipe => Key::FailedWipe,
        FailedStep::Restore => Key::FailedRestore,
        FailedStep::Verify => Key::FailedVerify,
        FailedStep::Policy => Key::FailedPolicy,
        FailedStep::Settings => Key::FailedSettings,
    }
}

/// What somebody can do about it.
pub const fn to_do(step: FailedStep) -> Key {
    match step {
        FailedStep::Image => Key::FailedImageNext,
        FailedStep::Wipe => Key::FailedWipeNext,
        FailedStep::Restore => Key::FailedRestoreNext,
        FailedStep::Verify => Key::FailedVerifyNext,
        FailedStep::Policy => Key::FailedPolicyNext,
        FailedStep::Settings => Key::FailedSettingsNext,
    }
}
