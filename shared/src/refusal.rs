//! Every expected "no": a code with parameters and no prose. The catalogue has
//! its sentence and the next step; a screen, a page and the API all read it there.

use crate::{dispute::DisputeCause, signed::SignedError, tablet::StateWord, time::Day};

/// An expected "no".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Refusal {
    /// No tablet of that id, number or tag.
    TabletUnknown,
    /// It is on loan already.
    TabletOnLoan,
    /// It cannot be lent in this state.
    TabletNotReady {
        /// Its state.
        word: StateWord,
    },
    /// Its proof is of a kind that the policy does not take.
    ProofNotAllowed,
    /// The image that it was proven on is withdrawn.
    ImageWithdrawn {
        /// Since this day.
        since: Day,
    },
    /// It is put aside for somebody else (R7).
    PutAside,
    /// The borrower has as many tablets as one may have.
    LoanLimit {
        /// How many that is.
        max: u32,
    },
    /// No borrower of that card.
    BorrowerUnknown,
    /// Only an operator may do this.
    NeedsOperator,
    /// The operator may not act at this venue.
    WrongVenue,
    /// No such operator.
    OperatorUnknown,
    /// No such venue.
    VenueUnknown,
    /// It exists already.
    AlreadyThere,
    /// Another tablet has this number.
    NumberTaken,
    /// Another tablet has this serial number.
    SerialTaken,
    /// The tablet has another serial number.
    SerialDiffers,
    /// No agent runs on it, so it can do nothing by itself.
    NoAgent,
    /// No image was released, so nothing can be reset.
    NoImage,
    /// It left the fleet.
    Retired {
        /// Its state.
        word: StateWord,
    },
    /// It is not at a venue, so nobody has it in hand.
    NotInHand {
        /// Its state.
        word: StateWord,
    },
    /// A reset is on its way already.
    AlreadyResetting,
    /// It is proven clean already; a wipe needs two operators (R9).
    NeedsTwoOperators,
    /// It is withheld: somebody must look at it first.
    Withheld,
    /// That flag is not set.
    FlagNotSet,
    /// The question was not asked, or its time has passed.
    NothingToAnswer,
    /// What a tablet tells of itself is known, or cannot be.
    NotAhead,
    /// No such dispute.
    DisputeUnknown,
    /// The dispute is decided already.
    DisputeDecided,
    /// That decision makes no sense for this cause.
    DecisionNotAllowed {
        /// The cause.
        cause: DisputeCause,
    },
    /// No such loan.
    LoanUnknown,
    /// The loan is over, or in doubt until a person decides.
    LoanNotOpen,
    /// It was renewed as often as a loan may be.
    RenewalLimit {
        /// How often that is.
        max: u8,
    },
    /// It is too early to renew it.
    RenewTooEarly {
        /// It may be renewed from this day on.
        from: Day,
    },
    /// Somebody waits for a tablet, so this loan cannot go on (R8).
    HeldForOthers,
    /// No such hold.
    HoldUnknown,
    /// The hold is over.
    HoldOver,
    /// The borrower has as many holds as one may have.
    HoldLimit {
        /// How many that is.
        max: u32,
    },
    /// The tablet is still kept for its hold.
    NotExpired,
    /// No such box.
    TransferUnknown,
    /// The box was emptied before.
    TransferOver,
    /// The count does not match: tablets of the box were not scanned.
    BoxNotEmpty {
        /// How many.
        left: u32,
    },
    /// It is there already.
    SameVenue,
    /// More at once than may be.
    TooMany {
        /// How many may be.
        max: u32,
    },
    /// Only a tablet that a partner has may be handed on there.
    NotPlacedHere,
    /// No such trip.
    TripUnknown,
    /// The trip is over.
    TripOver,
    /// That day has passed.
    DayPassed,
    /// There is no such check out or return.
    NothingToUndo,
    /// Only who did it may undo it.
    NotYours,
    /// Something happened since, so it cannot be undone.
    TooLateToUndo,
    /// No such wipe.
    WipeUnknown,
    /// The wipe has begun or was called off.
    WipeOver,
    /// It may not begin yet: two people must agree and ten minutes pass.
    WipeNotDue,
    /// A wipe of this tablet needs no second operator.
    WipeNotNeeded,
    /// Somebody else must do this.
    SameOperator,
    /// As many wipes were asked for in the last hour as may be (R9).
    WipeLimit {
        /// How many that is.
        max: u32,
    },
    /// Somebody said "Stop all".
    WipesStopped,
    /// Nobody said "Stop all".
    NothingStopped,
    /// The code on the tablet's screen is not its own, or its time is over.
    CodeNotTaken,
    /// That rule cannot be overridden.
    CannotOverride,
    /// The same command id came with another body (R4).
    CommandIdReused,
    /// A fact before this one of the same kiosk has not arrived: it waits (R6).
    FactsMissing {
        /// The number that is expected next.
        expected: u64,
    },
    /// This place in the kiosk's series is taken by another fact.
    SeriesWentBack {
        /// The number that is expected next.
        expected: u64,
    },
    /// The receipt is not well signed.
    ReceiptNotSigned(SignedError),
    /// The receipt is another tablet's.
    ReceiptOfAnotherTablet,
    /// No order waits for a receipt.
    ReceiptWithoutOrder,
    /// The receipt answers another order.
    ReceiptForAnotherOrder,
    /// The receipt has another nonce.
    ReceiptWrongNonce,
    /// The receipt is for another stretch of the tablet's life.
    ReceiptWrongEpoch,
    /// The receipt is for another image.
    ReceiptWrongImage,
    /// The receipt covers a directory, not a tablet.
    ReceiptWrongScope,
    /// The keys that it names were not asked for, or signed nothing of it.
    ReceiptWrongKeys,
    /// The receipt is of a kind that the policy does not take.
    ReceiptWrongKind,
}

impl Refusal {
    /// Its stable name, as catalogues and wire formats know it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TabletUnknown => "tablet-unknown",
            Self::TabletOnLoan => "tablet-on-loan",
            Self::TabletNotReady { .. } => "tablet-not-ready",
            Self::ProofNotAllowed => "proof-not-allowed",
            Self::ImageWithdrawn { .. } => "image-withdrawn",
            Self::PutAside => "put-aside",
            Self::LoanLimit { .. } => "loan-limit",
            Self::BorrowerUnknown => "borrower-unknown",
            Self::NeedsOperator => "needs-operator",
            Self::WrongVenue => "wrong-venue",
            Self::OperatorUnknown => "operator-unknown",
            Self::VenueUnknown => "venue-unknown",
            Self::AlreadyThere => "already-there",
            Self::NumberTaken => "number-taken",
            Self::SerialTaken => "serial-taken",
            Self::SerialDiffers => "serial-differs",
            Self::NoAgent => "no-agent",
            Self::NoImage => "no-image",
            Self::Retired { .. } => "retired",
            Self::NotInHand { .. } => "not-in-hand",
            Self::AlreadyResetting => "already-resetting",
            Self::NeedsTwoOperators => "needs-two-operators",
            Self::Withheld => "withheld",
            Self::FlagNotSet => "flag-not-set",
            Self::NothingToAnswer => "nothing-to-answer",
            Self::NotAhead => "not-ahead",
            Self::DisputeUnknown => "dispute-unknown",
            Self::DisputeDecided => "dispute-decided",
            Self::DecisionNotAllowed { .. } => "decision-not-allowed",
            Self::LoanUnknown => "loan-unknown",
            Self::LoanNotOpen => "loan-not-open",
            Self::RenewalLimit { .. } => "renewal-limit",
            Self::RenewTooEarly { .. } => "renew-too-early",
            Self::HeldForOthers => "held-for-others",
            Self::HoldUnknown => "hold-unknown",
            Self::HoldOver => "hold-over",
            Self::HoldLimit { .. } => "hold-limit",
            Self::NotExpired => "not-expired",
            Self::TransferUnknown => "transfer-unknown",
            Self::TransferOver => "transfer-over",
            Self::BoxNotEmpty { .. } => "box-not-empty",
            Self::SameVenue => "same-venue",
            Self::TooMany { .. } => "too-many",
            Self::NotPlacedHere => "not-placed-here",
            Self::TripUnknown => "trip-unknown",
            Self::TripOver => "trip-over",
            Self::DayPassed => "day-passed",
            Self::NothingToUndo => "nothing-to-undo",
            Self::NotYours => "not-yours",
            Self::TooLateToUndo => "too-late-to-undo",
            Self::WipeUnknown => "wipe-unknown",
            Self::WipeOver => "wipe-over",
            Self::WipeNotDue => "wipe-not-due",
            Self::WipeNotNeeded => "wipe-not-needed",
            Self::SameOperator => "same-operator",
            Self::WipeLimit { .. } => "wipe-limit",
            Self::WipesStopped => "wipes-stopped",
            Self::NothingStopped => "nothing-stopped",
            Self::CodeNotTaken => "code-not-taken",
            Self::CannotOverride => "cannot-override",
            Self::CommandIdReused => "command-id-reused",
            Self::FactsMissing { .. } => "facts-missing",
            Self::SeriesWentBack { .. } => "series-went-back",
            Self::ReceiptNotSigned(_) => "receipt-not-signed",
            Self::ReceiptOfAnotherTablet => "receipt-of-another-tablet",
            Self::ReceiptWithoutOrder => "receipt-without-order",
            Self::ReceiptForAnotherOrder => "receipt-for-another-order",
            Self::ReceiptWrongNonce => "receipt-wrong-nonce",
            Self::ReceiptWrongEpoch => "receipt-wrong-epoch",
            Self::ReceiptWrongImage => "receipt-wrong-image",
            Self::ReceiptWrongScope => "receipt-wrong-scope",
            Self::ReceiptWrongKeys => "receipt-wrong-keys",
            Self::ReceiptWrongKind => "receipt-wrong-kind",
        }
    }
}
