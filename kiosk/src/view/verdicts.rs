//! Which sentence and which next step every "no" has: one table for operators,
//! one for borrowers. A new refusal does not compile until it stands in both.

use lang::Key as K;
use shared::{refusal::Refusal as R, tablet::StateWord};

use crate::flow::Problem;

/// A sentence and its next step.
type Words = (K, K);

/// What an operator reads.
pub(super) const fn to_staff(problem: Problem) -> Words {
    match problem {
        Problem::Refused(refusal) => refused_to_staff(refusal),
        Problem::UnknownTag => (K::RefusalUnknownTagStaff, K::RefusalUnknownTagStaffNext),
        Problem::NotOurTag => (K::RefusalNotOurTag, K::RefusalNotOurTagNext),
        Problem::MadeUpTag => (K::RefusalMadeUpTagStaff, K::RefusalMadeUpTagStaffNext),
        Problem::BadgeUnknown => (K::RefusalBadgeUnknown, K::RefusalBadgeUnknownNext),
        Problem::BadgeNeeded(_) => (K::RefusalBadgeNeeded, K::RefusalBadgeNeededNext),
        Problem::NotKept => (K::RefusalNotKeptStaff, K::RefusalNotKeptStaffNext),
        Problem::ServerAway => (K::RefusalServerAwayStaff, K::RefusalServerAwayStaffNext),
        Problem::TooOld => (K::RefusalUpdateMeStaff, K::RefusalUpdateMeStaffNext),
        Problem::TabletChanged => (K::RefusalTabletChanged, K::RefusalTabletChangedNext),
    }
}

/// What a borrower reads; none where only staff may say why.
pub(super) const fn to_borrower(problem: Problem) -> Option<Words> {
    Some(match problem {
        Problem::Refused(refusal) => return refused_to_borrower(refusal),
        Problem::UnknownTag => (K::RefusalUnknownTag, K::RefusalUnknownTagNext),
        Problem::NotOurTag => (K::RefusalNotOurTag, K::RefusalNotOurTagNext),
        Problem::MadeUpTag => (K::RefusalMadeUpTag, K::RefusalMadeUpTagNext),
        Problem::BadgeUnknown => (K::RefusalBadgeUnknown, K::RefusalBadgeUnknownNext),
        Problem::BadgeNeeded(_) => (K::RefusalBadgeNeeded, K::RefusalBadgeNeededNext),
        Problem::NotKept => (K::RefusalNotKept, K::RefusalNotKeptNext),
        Problem::ServerAway => (K::RefusalServerAway, K::RefusalServerAwayNext),
        Problem::TooOld => (K::RefusalUpdateMe, K::RefusalUpdateMeNext),
        Problem::TabletChanged => (K::RefusalTabletChanged, K::RefusalTabletChangedNext),
    })
}

#[rustfmt::skip]
const fn refused_to_staff(refusal: R) -> Words {
    match refusal {
        R::TabletUnknown => to_staff(Problem::UnknownTag),
        R::TabletOnLoan => (K::RefusalTabletOnLoanStaff, K::RefusalTabletOnLoanStaffNext),
        R::TabletNotReady { .. } => (K::RefusalTabletNotReadyStaff, K::RefusalTabletNotReadyStaffNext),
        R::ProofNotAllowed => (K::RefusalProofKindStaff, K::RefusalProofKindStaffNext),
        R::ImageWithdrawn { .. } => (K::RefusalImageWithdrawnStaff, K::RefusalImageWithdrawnStaffNext),
        R::PutAside => (K::RefusalPutAside, K::RefusalPutAsideNext),
        R::LoanLimit { .. } => (K::RefusalLoanLimitStaff, K::RefusalLoanLimitStaffNext),
        R::BorrowerUnknown => (K::RefusalBorrowerUnknownStaff, K::RefusalBorrowerUnknownStaffNext),
        R::NeedsOperator | R::OperatorUnknown => to_staff(Problem::BadgeUnknown),
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
        // What a kiosk never asks for, so that only its own fault leads here.
        R::AlreadyThere | R::NumberTaken | R::SerialTaken | R::NothingToAnswer
        | R::DisputeUnknown | R::DisputeDecided | R::DecisionNotAllowed { .. }
        | R::ReceiptNotSigned(_) | R::ReceiptOfAnotherTablet | R::ReceiptWithoutOrder
        | R::ReceiptForAnotherOrder | R::ReceiptWrongNonce | R::ReceiptWrongEpoch
        | R::ReceiptWrongImage | R::ReceiptWrongScope | R::ReceiptWrongKind => (K::RefusalNotTakenStaff, K::RefusalNotTakenStaffNext),
    }
}

/// A borrower hears about tablets; everything else is for staff to say.
#[rustfmt::skip]
const fn refused_to_borrower(refusal: R) -> Option<Words> {
    match refusal {
        R::TabletUnknown => to_borrower(Problem::UnknownTag),
        R::TabletOnLoan => Some((K::RefusalTabletOnLoan, K::RefusalTabletOnLoanNext)),
        R::TabletNotReady { .. } | R::ProofNotAllowed | R::ImageWithdrawn { .. } | R::Withheld => {
            Some((K::RefusalTabletNotReady, K::RefusalTabletNotReadyNext))
        }
        R::Retired { word: StateWord::GivenAway } => Some((K::RefusalGifted, K::RefusalGiftedNext)),
        R::Retired { .. } => Some((K::RefusalWithdrawn, K::RefusalWithdrawnNext)),
        R::CommandIdReused => Some((K::RefusalCommandIdReused, K::RefusalCommandIdReusedNext)),
        R::PutAside | R::LoanLimit { .. } | R::BorrowerUnknown | R::NeedsOperator | R::WrongVenue
        | R::OperatorUnknown | R::VenueUnknown | R::AlreadyThere | R::NumberTaken | R::SerialTaken
        | R::NoImage | R::NotInHand { .. } | R::AlreadyResetting | R::NeedsTwoOperators
        | R::FlagNotSet | R::NothingToAnswer | R::DisputeUnknown | R::DisputeDecided
        | R::DecisionNotAllowed { .. } | R::FactsMissing { .. } | R::SeriesWentBack { .. }
        | R::ReceiptNotSigned(_) | R::ReceiptOfAnotherTablet | R::ReceiptWithoutOrder
        | R::ReceiptForAnotherOrder | R::ReceiptWrongNonce | R::ReceiptWrongEpoch
        | R::ReceiptWrongImage | R::ReceiptWrongScope | R::ReceiptWrongKind => None,
    }
}
