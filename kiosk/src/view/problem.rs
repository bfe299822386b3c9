//! Every "no" in words: a sentence and a next step, never a code. What concerns
//! a person is told to operators alone; a borrower hears that somebody comes.

use lang::{Arg, Catalogue, Key};
use shared::{refusal::Refusal, tablet::StateWord};

use super::{tablet::state_word, words::Words};
use crate::{
    flow::{Problem, Then, Trouble},
    screen::{Body, Button, Notice, Touch},
};

/// A "no" in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// What is the matter.
    pub sentence: String,
    /// What to do next; one line or two.
    pub next: Vec<String>,
}

/// A "no" in words, for an operator or for a borrower.
pub fn told(problem: Problem, staffed: bool, catalogue: &Catalogue) -> Told {
    let teller = Teller { catalogue };
    if staffed {
        teller.staff(problem)
    } else {
        teller.borrower(problem)
    }
}

/// The screen of a "no".
pub(super) fn body(words: &Words, trouble: &Trouble) -> Body {
    let told = told(trouble.problem, words.is_staffed(), words.catalogue);
    let (main, others) = buttons(words, trouble);
    Body::Refer(Notice {
        steps: Vec::new(),
        tablet: trouble.tablet.map(|tablet| words.number(tablet)),
        headline: told.sentence,
        lines: told.next,
        main: Some(main),
        others,
    })
}

fn buttons(words: &Words, trouble: &Trouble) -> (Button, Vec<Button>) {
    let finish = words.button(Key::ButtonFinish, Touch::Finish);
    let again = words.button(Key::ButtonTryAgain, Touch::TryAgain);
    let call = words.button(Key::ButtonCallStaff, Touch::CallStaff);
    match (&trouble.then, words.is_staffed()) {
        (Then::Start, true) => (finish, Vec::new()),
        (Then::Scan(_) | Then::FindBorrower, true) => (again, Vec::new()),
        (Then::Start, false) => (call, vec![finish]),
        (Then::Scan(_) | Then::FindBorrower, false) => (again, vec![call]),
    }
}

struct Teller<'a> {
    catalogue: &'a Catalogue,
}

impl Teller<'_> {
    fn staff(&self, problem: Problem) -> Told {
        match problem {
            Problem::Refused(refusal) => self.refused(refusal),
            Problem::UnknownTag => {
                self.pair(Key::RefusalUnknownTagStaff, Key::RefusalUnknownTagStaffNext)
            }
            Problem::MadeUpTag => {
                self.pair(Key::RefusalMadeUpTagStaff, Key::RefusalMadeUpTagStaffNext)
            }
            Problem::NotKept => self.pair(Key::RefusalNotKeptStaff, Key::RefusalNotKeptStaffNext),
            Problem::ServerAway => {
                self.pair(Key::RefusalServerAwayStaff, Key::RefusalServerAwayStaffNext)
            }
            Problem::TooOld => self.pair(Key::RefusalUpdateMeStaff, Key::RefusalUpdateMeStaffNext),
            Problem::NotOurTag
            | Problem::BadgeUnknown
            | Problem::BadgeNeeded(_)
            | Problem::TabletChanged => self.for_everybody(problem),
        }
    }

    fn borrower(&self, problem: Problem) -> Told {
        match problem {
            Problem::Refused(refusal) => self.refused_to_borrower(refusal),
            Problem::UnknownTag
            | Problem::NotOurTag
            | Problem::MadeUpTag
            | Problem::BadgeUnknown
            | Problem::BadgeNeeded(_)
            | Problem::NotKept
            | Problem::ServerAway
            | Problem::TooOld
            | Problem::TabletChanged => self.for_everybody(problem),
        }
    }

    fn for_everybody(&self, problem: Problem) -> Told {
        match problem {
            Problem::Refused(_) => self.somebody_comes(),
            Problem::UnknownTag => self.pair(Key::RefusalUnknownTag, Key::RefusalUnknownTagNext),
            Problem::NotOurTag => self.pair(Key::RefusalNotOurTag, Key::RefusalNotOurTagNext),
            Problem::MadeUpTag => self.pair(Key::RefusalMadeUpTag, Key::RefusalMadeUpTagNext),
            Problem::BadgeUnknown => {
                self.pair(Key::RefusalBadgeUnknown, Key::RefusalBadgeUnknownNext)
            }
            Problem::BadgeNeeded(_) => {
                self.pair(Key::RefusalBadgeNeeded, Key::RefusalBadgeNeededNext)
            }
            Problem::NotKept => self.pair(Key::RefusalNotKept, Key::RefusalNotKeptNext),
            Problem::ServerAway => self.pair(Key::RefusalServerAway, Key::RefusalServerAwayNext),
            Problem::TooOld => self.pair(Key::RefusalUpdateMe, Key::RefusalUpdateMeNext),
            Problem::TabletChanged => {
                self.pair(Key::RefusalTabletChanged, Key::RefusalTabletChangedNext)
            }
        }
    }

    /// A borrower hears about tablets; everything else is for staff to say.
    fn refused_to_borrower(&self, refusal: Refusal) -> Told {
        match refusal {
            Refusal::TabletUnknown => self.for_everybody(Problem::UnknownTag),
            Refusal::TabletOnLoan => {
                self.pair(Key::RefusalTabletOnLoan, Key::RefusalTabletOnLoanNext)
            }
            Refusal::TabletNotReady { .. }
            | Refusal::ProofNotAllowed
            | Refusal::ImageWithdrawn { .. }
            | Refusal::Withheld => {
                self.pair(Key::RefusalTabletNotReady, Key::RefusalTabletNotReadyNext)
            }
            Refusal::Retired {
                word: StateWord::GivenAway,
            } => self.pair(Key::RefusalGifted, Key::RefusalGiftedNext),
            Refusal::Retired { .. } => self.pair(Key::RefusalWithdrawn, Key::RefusalWithdrawnNext),
            Refusal::CommandIdReused => {
                self.pair(Key::RefusalCommandIdReused, Key::RefusalCommandIdReusedNext)
            }
            Refusal::PutAside
            | Refusal::LoanLimit { .. }
            | Refusal::BorrowerUnknown
            | Refusal::NeedsOperator
            | Refusal::WrongVenue
            | Refusal::OperatorUnknown
            | Refusal::VenueUnknown
            | Refusal::AlreadyThere
            | Refusal::NumberTaken
            | Refusal::SerialTaken
            | Refusal::NoImage
            | Refusal::NotInHand { .. }
            | Refusal::AlreadyResetting
            | Refusal::NeedsTwoOperators
            | Refusal::FlagNotSet
            | Refusal::NothingToAnswer
            | Refusal::DisputeUnknown
            | Refusal::DisputeDecided
            | Refusal::DecisionNotAllowed { .. }
            | Refusal::FactsMissing { .. }
            | Refusal::SeriesWentBack { .. }
            | Refusal::ReceiptNotSigned(_)
            | Refusal::ReceiptOfAnotherTablet
            | Refusal::ReceiptWithoutOrder
            | Refusal::ReceiptForAnotherOrder
            | Refusal::ReceiptWrongNonce
            | Refusal::ReceiptWrongEpoch
            | Refusal::ReceiptWrongImage
            | Refusal::ReceiptWrongScope
            | Refusal::ReceiptWrongKind => self.somebody_comes(),
        }
    }

    fn refused(&self, refusal: Refusal) -> Told {
        match refusal {
            Refusal::TabletUnknown => self.staff(Problem::UnknownTag),
            Refusal::TabletOnLoan => self.pair(
                Key::RefusalTabletOnLoanStaff,
                Key::RefusalTabletOnLoanStaffNext,
            ),
            Refusal::TabletNotReady { word } => self.with_state(
                Key::RefusalTabletNotReadyStaff,
                word,
                Key::RefusalTabletNotReadyStaffNext,
            ),
            Refusal::ProofNotAllowed => {
                self.pair(Key::RefusalProofKindStaff, Key::RefusalProofKindStaffNext)
            }
            Refusal::ImageWithdrawn { since } => {
                let day = self
                    .catalogue
                    .day(since.weekday(), since.day_of_month(), since.month());
                Told {
                    sentence: self.with(Key::RefusalImageWithdrawnStaff, "day", &day),
                    next: self.next(Key::RefusalImageWithdrawnStaffNext),
                }
            }
            Refusal::PutAside => self.pair(Key::RefusalPutAside, Key::RefusalPutAsideNext),
            Refusal::LoanLimit { .. } => {
                self.pair(Key::RefusalLoanLimitStaff, Key::RefusalLoanLimitStaffNext)
            }
            Refusal::BorrowerUnknown => self.pair(
                Key::RefusalBorrowerUnknownStaff,
                Key::RefusalBorrowerUnknownStaffNext,
            ),
            Refusal::NeedsOperator | Refusal::OperatorUnknown => {
                self.for_everybody(Problem::BadgeUnknown)
            }
            Refusal::WrongVenue => self.pair(Key::RefusalNotAllowed, Key::RefusalNotAllowedNext),
            Refusal::VenueUnknown => self.pair(
                Key::RefusalVenueUnknownStaff,
                Key::RefusalVenueUnknownStaffNext,
            ),
            Refusal::NoImage => self.pair(Key::RefusalNoImageStaff, Key::RefusalNoImageStaffNext),
            Refusal::Retired {
                word: StateWord::GivenAway,
            } => self.pair(Key::RefusalGiftedStaff, Key::RefusalGiftedStaffNext),
            Refusal::Retired { .. } => {
                self.pair(Key::RefusalWithdrawnStaff, Key::RefusalWithdrawnStaffNext)
            }
            Refusal::NotInHand { word } => self.with_state(
                Key::RefusalNotInHandStaff,
                word,
                Key::RefusalNotInHandStaffNext,
            ),
            Refusal::AlreadyResetting => self.pair(
                Key::RefusalAlreadyResettingStaff,
                Key::RefusalAlreadyResettingStaffNext,
            ),
            Refusal::NeedsTwoOperators => {
                self.pair(Key::RefusalTwoOperators, Key::RefusalTwoOperatorsNext)
            }
            Refusal::Withheld => {
                self.pair(Key::RefusalWithheldStaff, Key::RefusalWithheldStaffNext)
            }
            Refusal::FlagNotSet => {
                self.pair(Key::RefusalFlagNotSetStaff, Key::RefusalFlagNotSetStaffNext)
            }
            Refusal::CommandIdReused => {
                self.pair(Key::RefusalCommandIdReused, Key::RefusalCommandIdReusedNext)
            }
            Refusal::FactsMissing { .. } | Refusal::SeriesWentBack { .. } => {
                self.pair(Key::RefusalSeriesStaff, Key::RefusalSeriesStaffNext)
            }
            // What a kiosk never asks for, so that only its own fault leads here.
            Refusal::AlreadyThere
            | Refusal::NumberTaken
            | Refusal::SerialTaken
            | Refusal::NothingToAnswer
            | Refusal::DisputeUnknown
            | Refusal::DisputeDecided
            | Refusal::DecisionNotAllowed { .. }
            | Refusal::ReceiptNotSigned(_)
            | Refusal::ReceiptOfAnotherTablet
            | Refusal::ReceiptWithoutOrder
            | Refusal::ReceiptForAnotherOrder
            | Refusal::ReceiptWrongNonce
            | Refusal::ReceiptWrongEpoch
            | Refusal::ReceiptWrongImage
            | Refusal::ReceiptWrongScope
            | Refusal::ReceiptWrongKind => {
                self.pair(Key::RefusalNotTakenStaff, Key::RefusalNotTakenStaffNext)
            }
        }
    }

    fn somebody_comes(&self) -> Told {
        Told {
            sentence: self.catalogue.say(Key::ReferHeadline),
            next: [Key::ReferComing, Key::ReferNoBlame]
                .map(|key| self.catalogue.say(key))
                .into(),
        }
    }

    fn pair(&self, sentence: Key, next: Key) -> Told {
        Told {
            sentence: self.catalogue.say(sentence),
            next: self.next(next),
        }
    }

    fn with_state(&self, sentence: Key, word: StateWord, next: Key) -> Told {
        let state = self.catalogue.say(state_word(word));
        Told {
            sentence: self.with(sentence, "state", &state),
            next: self.next(next),
        }
    }

    fn with(&self, key: Key, name: &str, text: &str) -> String {
        self.catalogue.text(key, &[(name, Arg::Text(text))])
    }

    fn next(&self, key: Key) -> Vec<String> {
        vec![self.catalogue.say(key)]
    }
}
