//! Every "no" in words: a sentence and a next step, never a code. What concerns
//! a person is told to operators alone; a borrower hears that somebody comes.

use lang::{Catalogue, Key, refusals};

use super::{
    verdicts::{self, Verdict},
    words::Words,
};
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
    let verdict = if staffed {
        verdicts::to_staff(problem)
    } else {
        verdicts::to_borrower(problem)
    };
    match verdict {
        Verdict::Own((sentence, next)) => Told {
            sentence: catalogue.say(sentence),
            next: vec![catalogue.say(next)],
        },
        Verdict::Refusal(refusal) if staffed => refusals::to_staff(refusal, catalogue).into(),
        Verdict::Refusal(refusal) => refusals::to_borrower(refusal, catalogue)
            .map_or_else(|| somebody_comes(catalogue), Told::from),
    }
}

impl From<refusals::Told> for Told {
    fn from(told: refusals::Told) -> Self {
        Self {
            sentence: told.sentence,
            next: vec![told.next],
        }
    }
}

fn somebody_comes(catalogue: &Catalogue) -> Told {
    let next = [Key::ReferComing, Key::ReferNoBlame];
    Told {
        sentence: catalogue.say(Key::ReferHeadline),
        next: next.map(|key| catalogue.say(key)).into(),
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
    let anyway = trouble.overridable();
    let anyway = anyway.map(|_| words.button(Key::LendAnyway, Touch::LendAnyway));
    match (&trouble.then, words.is_staffed()) {
        (Then::Start, true) => (finish, Vec::new()),
        (Then::Scan(_) | Then::FindBorrower, true) => (again, Vec::from_iter(anyway)),
        (Then::Start, false) => (call, vec![finish]),
        (Then::Scan(_) | Then::FindBorrower, false) => (again, vec![call]),
    }
}
