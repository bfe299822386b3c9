//! Every "no" in words: a sentence and a next step, never a code. What concerns
//! a person is told to operators alone; a borrower hears that somebody comes.

use lang::{Arg, Catalogue, Key};
use shared::refusal::Refusal;

use super::{tablet::state_word, verdicts, words::Words};
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
    let keys = if staffed {
        Some(verdicts::to_staff(problem))
    } else {
        verdicts::to_borrower(problem)
    };
    match keys {
        Some((sentence, next)) => Told {
            sentence: fill(sentence, problem, catalogue),
            next: vec![catalogue.say(next)],
        },
        None => somebody_comes(catalogue),
    }
}

fn somebody_comes(catalogue: &Catalogue) -> Told {
    let next = [Key::ReferComing, Key::ReferNoBlame];
    Told {
        sentence: catalogue.say(Key::ReferHeadline),
        next: next.map(|key| catalogue.say(key)).into(),
    }
}

/// The sentence with what it has to name.
fn fill(sentence: Key, problem: Problem, catalogue: &Catalogue) -> String {
    match named(problem, catalogue) {
        Some((name, text)) if sentence.variables() == [name] => {
            catalogue.text(sentence, &[(name, Arg::Text(&text))])
        }
        Some(_) | None => catalogue.say(sentence),
    }
}

fn named(problem: Problem, catalogue: &Catalogue) -> Option<(&'static str, String)> {
    let Problem::Refused(refusal) = problem else {
        return None;
    };
    if let Refusal::TabletNotReady { word } | Refusal::NotInHand { word } = refusal {
        return Some(("state", catalogue.say(state_word(word))));
    }
    let Refusal::ImageWithdrawn { since } = refusal else {
        return None;
    };
    let day = catalogue.day(since.weekday(), since.day_of_month(), since.month());
    Some(("day", day))
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
