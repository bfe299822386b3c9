//! Which step of a tablet's reset failed, in words, and what to do about it.

use lang::Key;
use shared::{refusal::Refusal, signed::receipt::FailedStep};

/// What went wrong.
pub const fn what(step: FailedStep) -> Key {
    match step {
        FailedStep::Image => Key::FailedImage,
        FailedStep::Wipe => Key::FailedWipe,
        FailedStep::Restore => Key::FailedRestore,
        FailedStep::Verify => Key::FailedVerify,
        FailedStep::Policy => Key::FailedPolicy,
        FailedStep::Settings => Key::FailedSettings,
        FailedStep::Proof => Key::FailedProof,
    }
}

/// What somebody can do about it, and what follows on that.
pub fn to_do(step: FailedStep, not_taken: Option<Refusal>) -> (Key, Option<Key>) {
    let afresh = Some(Key::NextResetFailedThen);
    match step {
        FailedStep::Image => (Key::FailedImageNext, afresh),
        FailedStep::Wipe => (Key::FailedWipeNext, afresh),
        FailedStep::Restore => (Key::FailedRestoreNext, afresh),
        FailedStep::Verify => (Key::FailedVerifyNext, afresh),
        FailedStep::Policy => (Key::FailedPolicyNext, afresh),
        FailedStep::Settings => (Key::FailedSettingsNext, afresh),
        // Its first reset is ordered with its enrolment.
        FailedStep::Proof if not_taken.is_some_and(is_stranger) => (Key::FailedProofEnrol, None),
        FailedStep::Proof => (Key::FailedProofNext, afresh),
    }
}

/// Whether it is not the tablet that was enrolled, by what it says or signs with.
const fn is_stranger(refusal: Refusal) -> bool {
    matches!(
        refusal,
        Refusal::ReceiptNotSigned(_) | Refusal::ReceiptOfAnotherTablet
    )
}

/// Why its proof was not taken.
pub const fn why_not_taken(refusal: Refusal) -> Key {
    if matches!(refusal, Refusal::ReceiptNotSigned(_)) {
        return Key::NotTakenNotSigned;
    }
    if matches!(refusal, Refusal::ReceiptOfAnotherTablet) {
        return Key::NotTakenOtherTablet;
    }
    if matches!(refusal, Refusal::ReceiptWrongImage) {
        return Key::NotTakenImage;
    }
    if matches!(refusal, Refusal::ReceiptWrongScope) {
        return Key::NotTakenScope;
    }
    if matches!(refusal, Refusal::ReceiptWrongKeys) {
        return Key::NotTakenKeys;
    }
    Key::NotTakenOther
}
