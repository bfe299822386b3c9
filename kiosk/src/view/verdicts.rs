//! Which sentence and which next step the kiosk's own "no"s have: one table for
//! operators, one for borrowers. Refusals have theirs in `lang::refusals`.

use lang::Key as K;
use shared::refusal::Refusal;

use crate::flow::Problem;

/// Where the words of a "no" stand.
pub(super) enum Verdict {
    /// In this table.
    Own(Words),
    /// In the catalogue's table of refusals.
    Refusal(Refusal),
}

/// A sentence and its next step.
pub(super) type Words = (K, K);

/// What an operator reads.
pub(super) const fn to_staff(problem: Problem) -> Verdict {
    Verdict::Own(match problem {
        Problem::Refused(refusal) => return Verdict::Refusal(refusal),
        Problem::UnknownTag => (K::RefusalUnknownTagStaff, K::RefusalUnknownTagStaffNext),
        Problem::NotOurTag => (K::RefusalNotOurTag, K::RefusalNotOurTagNext),
        Problem::MadeUpTag => (K::RefusalMadeUpTagStaff, K::RefusalMadeUpTagStaffNext),
        Problem::BadgeUnknown => (K::RefusalBadgeUnknown, K::RefusalBadgeUnknownNext),
        Problem::BadgeNeeded(_) => (K::RefusalBadgeNeeded, K::RefusalBadgeNeededNext),
        Problem::NotKept => (K::RefusalNotKeptStaff, K::RefusalNotKeptStaffNext),
        Problem::ServerAway => (K::RefusalServerAwayStaff, K::RefusalServerAwayStaffNext),
        Problem::TooOld => (K::RefusalUpdateMeStaff, K::RefusalUpdateMeStaffNext),
        Problem::TabletChanged => (K::RefusalTabletChanged, K::RefusalTabletChangedNext),
    })
}

/// What a borrower reads.
pub(super) const fn to_borrower(problem: Problem) -> Verdict {
    Verdict::Own(match problem {
        Problem::Refused(refusal) => return Verdict::Refusal(refusal),
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
