//! A refusal as it travels and is stored: its code and its parameters.

use serde::{Deserialize, Serialize};

use super::mirror::{DisputeCauseV1, StateWordV1};
use crate::{
    dispute::DisputeCause, refusal::Refusal, signed::SignedError, tablet::StateWord, time::Day,
};

/// A refusal with its code and parameters, for messages that carry one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RefusalBody(#[serde(with = "RefusalV1")] pub Refusal);

#[derive(Serialize, Deserialize)]
#[serde(remote = "SignedError", rename_all = "kebab-case")]
enum SignedErrorV1 {
    NotAnEnvelope,
    WrongType,
    BadSignature,
    BadPayload,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Refusal", tag = "code", rename_all = "kebab-case")]
enum RefusalV1 {
    TabletUnknown,
    TabletOnLoan,
    TabletNotReady {
        #[serde(with = "StateWordV1")]
        word: StateWord,
    },
    ProofNotAllowed,
    ImageWithdrawn {
        since: Day,
    },
    PutAside,
    LoanLimit {
        max: u32,
    },
    BorrowerUnknown,
    NeedsOperator,
    WrongVenue,
    OperatorUnknown,
    VenueUnknown,
    AlreadyThere,
    NumberTaken,
    SerialTaken,
    SerialDiffers,
    NoAgent,
    NoImage,
    Retired {
        #[serde(with = "StateWordV1")]
        word: StateWord,
    },
    NotInHand {
        #[serde(with = "StateWordV1")]
        word: StateWord,
    },
    AlreadyResetting,
    NeedsTwoOperators,
    Withheld,
    FlagNotSet,
    NothingToAnswer,
    NotAhead,
    DisputeUnknown,
    DisputeDecided,
    DecisionNotAllowed {
        #[serde(with = "DisputeCauseV1")]
        cause: DisputeCause,
    },
    LoanUnknown,
    LoanNotOpen,
    RenewalLimit {
        max: u8,
    },
    RenewTooEarly {
        from: Day,
    },
    HeldForOthers,
    HoldUnknown,
    HoldOver,
    HoldLimit {
        max: u32,
    },
    NotExpired,
    TransferUnknown,
    TransferOver,
    BoxNotEmpty {
        left: u32,
    },
    SameVenue,
    TooMany {
        max: u32,
    },
    NotPlacedHere,
    TripUnknown,
    TripOver,
    DayPassed,
    NothingToUndo,
    NotYours,
    TooLateToUndo,
    WipeUnknown,
    WipeOver,
    WipeNotDue,
    WipeNotNeeded,
    SameOperator,
    WipeLimit {
        max: u32,
    },
    WipesStopped,
    NothingStopped,
    CodeNotTaken,
    CannotOverride,
    CommandIdReused,
    FactsMissing {
        expected: u64,
    },
    SeriesWentBack {
        expected: u64,
    },
    ReceiptNotSigned(#[serde(with = "signed_error")] SignedError),
    ReceiptOfAnotherTablet,
    ReceiptWithoutOrder,
    ReceiptForAnotherOrder,
    ReceiptWrongNonce,
    ReceiptWrongEpoch,
    ReceiptWrongImage,
    ReceiptWrongScope,
    ReceiptWrongKeys,
    ReceiptWrongKind,
}

/// An inner tag needs a map, so the cause of a bad signature stands under `why`.
mod signed_error {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{SignedError, SignedErrorV1};

    #[derive(Serialize, Deserialize)]
    struct Why {
        #[serde(with = "SignedErrorV1")]
        why: SignedError,
    }

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde's `with` calls it with a reference"
    )]
    pub(super) fn serialize<S: Serializer>(
        why: &SignedError,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        Why { why: *why }.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<SignedError, D::Error> {
        Ok(Why::deserialize(deserializer)?.why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_travels_with_the_code_that_it_names_itself() {
        let refusals = [
            Refusal::TabletNotReady {
                word: StateWord::BackNotYetReset,
            },
            Refusal::ReceiptNotSigned(SignedError::BadSignature),
            Refusal::LoanLimit { max: 1 },
            Refusal::ReceiptWrongNonce,
        ];
        for refusal in refusals {
            let json = serde_json::to_value(RefusalBody(refusal)).expect("text keys");
            assert_eq!(json["code"], refusal.code());
            let back: RefusalBody = serde_json::from_value(json).expect("a refusal");
            assert_eq!(back.0, refusal);
        }
    }
}
