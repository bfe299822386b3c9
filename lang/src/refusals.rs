//! Which sentence and which next step every refusal has: one table for operators,
//! one for borrowers. A new refusal does not compile until it stands in both, and
//! screens, pages and the API say the same.

use shared::{refusal::Refusal as R, tablet::StateWord, time::Day};

use crate::{Arg, Catalogue, Key as K};

/// A refusal in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// What is the matter.
    pub sentence: String,
    /// What to do next.
    pub next: String,
}

/// What an operator reads.
pub fn to_staff(refusal: R, catalogue: &Catalogue) -> Told {
    told(staff_keys(refusal), refusal, catalogue)
}

/// What a borrower reads; none where only staff may say why.
pub fn to_borrower(refusal: R, catalogue: &Catalogue) -> Option<Told> {
    borrower_keys(refusal).map(|keys| told(keys, refusal, catalogue))
}

fn told((sentence, next): (K, K), refusal: R, catalogue: &Catalogue) -> Told {
    Told {
        sentence: fill(sentence, refusal, catalogue),
        next: fill(next, refusal, catalogue),
    }
}

/// A sentence with what it has to name.
fn fill(key: K, refusal: R, catalogue: &Catalogue) -> String {
    if let (["state"], Some(word)) = (key.variables(), state(refusal)) {
        let word = catalogue.say(state_key(word));
        return catalogue.text(key, &[("state", Arg::Text(&word))]);
    }
    if let (["day"], Some(day)) = (key.variables(), day(refusal)) {
        let day = catalogue.day(day.weekday(), day.day_of_month(), day.month());
        return catalogue.text(key, &[("day", Arg::Text(&day))]);
    }
    if let (["count"], Some(count)) = (key.variables(), count(refusal)) {
        return catalogue.text(key, &[("count", Arg::Count(count))]);
    }
    catalogue.say(key)
}

/// The sentence of a tablet's state.
pub const fn state_key(word: StateWord) -> K {
    match word {
        StateWord::Retired => K::StateRetired,
        StateWord::GivenAway => K::StateGivenAway,
        StateWord::Lost => K::StateLost,
        StateWord::Missing => K::StateMissing,
        StateWord::OnLoan => K::StateOnLoan,
        StateWord::Travelling => K::StateTravelling,
        StateWord::NeedsAttention => K::StateNeedsAttention,
        StateWord::Resetting => K::StateResetting,
        StateWord::BackNotYetReset => K::StateBackNotYetReset,
        StateWord::PutAside => K::StatePutAside,
        StateWord::Ready => K::StateReady,
    }
}

const fn state(refusal: R) -> Option<StateWord> {
    if let R::TabletNotReady { word } | R::NotInHand { word } | R::Retired { word } = refusal {
        return Some(word);
    }
    None
}

const fn day(refusal: R) -> Option<Day> {
    if let R::ImageWithdrawn { since: day } | R::RenewTooEarly { from: day } = refusal {
        return Some(day);
    }
    None
}

fn count(refusal: R) -> Option<usize> {
    if let R::HoldLimit { max }
    | R::TooMany { max }
    | R::WipeLimit { max }
    | R::BoxNotEmpty { left: max } = refusal
    {
        return usize::try_from(max).ok();
    }
    None
}

#[rustfmt::skip]
const fn staff_keys(refusal: R) -> (K, K) {
    match refusal {
        R::TabletUnknown => (K::RefusalUnknownTagStaff, K::RefusalUnknownTagStaffNext),
        R::TabletOnLoan => (K::RefusalTabletOnLoanStaff, K::RefusalTabletOnLoanStaffNext),
        R::TabletNotReady { .. } => (K::RefusalTabletNotReadyStaff, K::RefusalTabletNotReadyStaffNext),
        R::ProofNotAllowed => (K::RefusalProofKindStaff, K::RefusalProofKindStaffNext),
        R::ImageWithdrawn { .. } => (K::RefusalImageWithdrawnStaff, K::RefusalImageWithdrawnStaffNext),
        R::PutAside => (K::RefusalPutAside, K::RefusalPutAsideNext),
        R::LoanLimit { .. } => (K::RefusalLoanLimitStaff, K::RefusalLoanLimitStaffNext),
        R::BorrowerUnknown => (K::RefusalBorrowerUnknownStaff, K::RefusalBorrowerUnknownStaffNext),
        R::NeedsOperator | R::OperatorUnknown => (K::RefusalBadgeUnknown, K::RefusalBadgeUnknownNext),
        R::WrongVenue => (K::RefusalNotAllowed, K::RefusalNotAllowedNext),
        R::VenueUnknown => (K::RefusalVenueUnknownStaff, K::RefusalVenueUnknownStaffNext),
        R::NoImage => (K::RefusalNoImageStaff, K::RefusalNoImageStaffNext),
        R::Retired { word: StateWord::GivenAway } => (K::RefusalGiftedStaff, K::RefusalGiftedStaffNext),
        R::Retired { .. } => (K::RefusalWithdrawnStaff, K::RefusalWithdrawnStaffNext),
        R::NotInHand { .. } => (K::RefusalNotInHandStaff, K::RefusalNotInHandStaffNext),
        R::AlreadyResetting => (K::RefusalAlreadyResettingStaff, K::RefusalAlreadyResettingStaffNext),
        R::NeedsTwoOperators => (K::RefusalTwoOperators, K::RefusalTwoOperatorsNext),
        R::Withheld => (K::RefusalWithheldStaff, K::RefusalWithheldStaffNext),
        R::FlagNotSet => (K::RefusalFlagNotSetStaff, K::RefusalFlagNotSetStaffNext),
        R::CommandIdReused => (K::RefusalCommandIdReused, K::RefusalCommandIdReusedNext),
        R::FactsMissing { .. } | R::SeriesWentBack { .. } => (K::RefusalSeriesStaff, K::RefusalSeriesStaffNext),
        R::LoanUnknown => (K::RefusalLoanUnknownStaff, K::RefusalLoanUnknownStaffNext),
        R::LoanNotOpen => (K::RefusalLoanNotOpenStaff, K::RefusalLoanNotOpenStaffNext),
        R::RenewalLimit { .. } => (K::RefusalRenewalLimitStaff, K::RefusalRenewalLimitStaffNext),
        R::RenewTooEarly { .. } => (K::RefusalRenewTooEarlyStaff, K::RefusalRenewTooEarlyStaffNext),
        R::HeldForOthers => (K::RefusalHeldForOthersStaff, K::RefusalHeldForOthersStaffNext),
        R::HoldUnknown => (K::RefusalHoldUnknownStaff, K::RefusalHoldUnknownStaffNext),
        R::HoldOver => (K::RefusalHoldOverStaff, K::RefusalHoldOverStaffNext),
        R::HoldLimit { .. } => (K::RefusalHoldLimitStaff, K::RefusalHoldLimitStaffNext),
        R::NotExpired => (K::RefusalNotExpiredStaff, K::RefusalNotExpiredStaffNext),
        R::TransferUnknown => (K::RefusalTransferUnknownStaff, K::RefusalTransferUnknownStaffNext),
        R::TransferOver => (K::RefusalTransferOverStaff, K::RefusalTransferOverStaffNext),
        R::BoxNotEmpty { .. } => (K::RefusalBoxNotEmptyStaff, K::RefusalBoxNotEmptyStaffNext),
        R::SameVenue => (K::RefusalSameVenueStaff, K::RefusalSameVenueStaffNext),
        R::TooMany { .. } => (K::RefusalTooManyStaff, K::RefusalTooManyStaffNext),
        R::NotPlacedHere => (K::RefusalNotPlacedHereStaff, K::RefusalNotPlacedHereStaffNext),
        R::TripUnknown => (K::RefusalTripUnknownStaff, K::RefusalTripUnknownStaffNext),
        R::TripOver => (K::RefusalTripOverStaff, K::RefusalTripOverStaffNext),
        R::DayPassed => (K::RefusalDayPassedStaff, K::RefusalDayPassedStaffNext),
        R::NothingToUndo => (K::RefusalNothingToUndoStaff, K::RefusalNothingToUndoStaffNext),
        R::NotYours => (K::RefusalNotYoursStaff, K::RefusalNotYoursStaffNext),
        R::TooLateToUndo => (K::RefusalTooLateToUndoStaff, K::RefusalTooLateToUndoStaffNext),
        R::WipeUnknown => (K::RefusalWipeUnknownStaff, K::RefusalWipeUnknownStaffNext),
        R::WipeOver => (K::RefusalWipeOverStaff, K::RefusalWipeOverStaffNext),
        R::WipeNotDue => (K::RefusalWipeNotDueStaff, K::RefusalWipeNotDueStaffNext),
        R::WipeNotNeeded => (K::RefusalWipeNotNeededStaff, K::RefusalWipeNotNeededStaffNext),
        R::SameOperator => (K::RefusalSameOperatorStaff, K::RefusalSameOperatorStaffNext),
        R::WipeLimit { .. } => (K::RefusalWipeLimitStaff, K::RefusalWipeLimitStaffNext),
        R::WipesStopped => (K::RefusalWipesStoppedStaff, K::RefusalWipesStoppedStaffNext),
        R::NothingStopped => (K::RefusalNothingStoppedStaff, K::RefusalNothingStoppedStaffNext),
        R::CodeNotTaken => (K::RefusalCodeNotTakenStaff, K::RefusalCodeNotTakenStaffNext),
        R::CannotOverride => (K::RefusalCannotOverrideStaff, K::RefusalCannotOverrideStaffNext),
        R::AlreadyThere => (K::RefusalAlreadyThereStaff, K::RefusalAlreadyThereStaffNext),
        R::NumberTaken => (K::RefusalNumberTakenStaff, K::RefusalNumberTakenStaffNext),
        R::SerialTaken => (K::RefusalSerialTakenStaff, K::RefusalSerialTakenStaffNext),
        R::SerialDiffers => (K::RefusalSerialDiffersStaff, K::RefusalSerialDiffersStaffNext),
        R::NoAgent => (K::RefusalNoAgentStaff, K::RefusalNoAgentStaffNext),
        R::NothingToAnswer => (K::RefusalNothingToAnswerStaff, K::RefusalNothingToAnswerStaffNext),
        R::NotAhead => (K::RefusalNotAheadStaff, K::RefusalNotAheadStaffNext),
        R::DisputeUnknown => (K::RefusalDisputeUnknownStaff, K::RefusalDisputeUnknownStaffNext),
        R::DisputeDecided => (K::RefusalDisputeDecidedStaff, K::RefusalDisputeDecidedStaffNext),
        R::DecisionNotAllowed { .. } => (K::RefusalDecisionNotAllowedStaff, K::RefusalDecisionNotAllowedStaffNext),
        R::ReceiptNotSigned(_) | R::ReceiptOfAnotherTablet | R::ReceiptWithoutOrder
        | R::ReceiptForAnotherOrder | R::ReceiptWrongNonce | R::ReceiptWrongEpoch
        | R::ReceiptWrongImage | R::ReceiptWrongScope | R::ReceiptWrongKeys | R::ReceiptWrongKind => (K::RefusalReceiptStaff, K::RefusalReceiptStaffNext),
    }
}

/// A borrower hears about tablets; everything else is for staff to say.
#[rustfmt::skip]
const fn borrower_keys(refusal: R) -> Option<(K, K)> {
    match refusal {
        R::TabletUnknown => Some((K::RefusalUnknownTag, K::RefusalUnknownTagNext)),
        R::TabletOnLoan => Some((K::RefusalTabletOnLoan, K::RefusalTabletOnLoanNext)),
        R::TabletNotReady { .. } | R::ProofNotAllowed | R::ImageWithdrawn { .. } | R::Withheld => {
            Some((K::RefusalTabletNotReady, K::RefusalTabletNotReadyNext))
        }
        R::Retired { word: StateWord::GivenAway } => Some((K::RefusalGifted, K::RefusalGiftedNext)),
        R::Retired { .. } => Some((K::RefusalWithdrawn, K::RefusalWithdrawnNext)),
        R::CodeNotTaken => Some((K::RefusalCodeNotTaken, K::RefusalCodeNotTakenNext)),
        R::CommandIdReused => Some((K::RefusalCommandIdReused, K::RefusalCommandIdReusedNext)),
        R::PutAside | R::LoanLimit { .. } | R::LoanUnknown | R::LoanNotOpen | R::RenewalLimit { .. } | R::RenewTooEarly { .. } | R::HeldForOthers | R::HoldUnknown | R::HoldOver | R::HoldLimit { .. } | R::NotExpired | R::TransferUnknown | R::TransferOver | R::BoxNotEmpty { .. } | R::SameVenue | R::TooMany { .. } | R::NotPlacedHere | R::TripUnknown | R::TripOver | R::DayPassed | R::NothingToUndo | R::NotYours | R::TooLateToUndo | R::WipeUnknown | R::WipeOver | R::WipeNotDue | R::WipeNotNeeded | R::SameOperator | R::WipeLimit { .. } | R::WipesStopped | R::NothingStopped | R::CannotOverride | R::BorrowerUnknown | R::NeedsOperator | R::WrongVenue
        | R::OperatorUnknown | R::VenueUnknown | R::AlreadyThere | R::NumberTaken | R::SerialTaken
        | R::SerialDiffers | R::NoAgent
        | R::NoImage | R::NotInHand { .. } | R::AlreadyResetting | R::NeedsTwoOperators
        | R::FlagNotSet | R::NothingToAnswer | R::NotAhead | R::DisputeUnknown | R::DisputeDecided
        | R::DecisionNotAllowed { .. } | R::FactsMissing { .. } | R::SeriesWentBack { .. }
        | R::ReceiptNotSigned(_) | R::ReceiptOfAnotherTablet | R::ReceiptWithoutOrder
        | R::ReceiptForAnotherOrder | R::ReceiptWrongNonce | R::ReceiptWrongEpoch
        | R::ReceiptWrongImage | R::ReceiptWrongScope | R::ReceiptWrongKeys | R::ReceiptWrongKind => None,
    }
}
