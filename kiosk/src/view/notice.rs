//! Messages: done, wait, refer, and news.

use lang::Key;
use shared::{ids::TabletId, refusal::Refusal, wire::v1::kiosk::PutAsideRow};

use super::{problem::told, returns::steps, sweep, words::Words};
use crate::{
    flow::{Done, Late, News, Problem, Refer, Undoing, Undone},
    screen::{Body, Notice, Touch},
};

/// An answer is on its way; nothing is promised.
pub(super) fn wait(words: &Words, headline: Key, line: Option<Key>) -> Body {
    let lines: Vec<_> = line.into_iter().collect();
    Body::Wait(words.notice(headline, &lines))
}

/// Something was done.
pub(super) fn done(words: &Words, done: &Done) -> Body {
    let notice = match *done {
        Done::Returned {
            tablet,
            never_out,
            offline,
        } => Notice {
            tablet: Some(words.number(tablet)),
            ..returned(words, never_out, offline)
        },
        Done::BackAtDesk { tablet, taken, .. } => back_at_desk(words, tablet, taken),
        Done::Reported(tablet) => Notice {
            tablet: Some(words.number(tablet)),
            ..words.notice(
                Key::RefusalNumberIsReport,
                &[Key::RefusalNumberIsReportNext],
            )
        },
        Done::Lent { tablet, due_on, .. } => Notice {
            tablet: Some(words.number(tablet)),
            headline: words.with(Key::HandOverDone, "day", &words.day(due_on)),
            ..words.notice(Key::HandOver, &[Key::HandOverDoneNext])
        },
        Done::Counted { what, tally } => sweep::counted(words, what, tally),
        Done::Undone { tablet, what } => undone(words, tablet, what),
    };
    let undo = done.undoable();
    let undo = undo.map(|_| words.button(Key::ButtonUndo, Touch::Undo));
    let others = notice.others.into_iter().chain(undo).collect();
    Body::Done(finishing(words, Notice { others, ..notice }))
}

fn undone(words: &Words, tablet: TabletId, what: Undone) -> Notice {
    let (headline, line) = match what {
        Undone::Lent => (Key::UndoneLent, Key::UndoneLentNext),
        Undone::Back => (Key::UndoneBack, Key::UndoneBackNext),
    };
    let headline = words.with(headline, "number", &words.number(tablet));
    Notice {
        headline,
        ..words.notice(Key::ButtonUndo, &[line])
    }
}

/// Until the server has spoken, nothing is undone (R11).
pub(super) fn undoing(words: &Words, page: Undoing) -> Body {
    let online = words.state.around.online;
    let notice = match (page.kept, page.slow, online) {
        (true, _, false) => {
            words.notice(Key::UndoingHeadline, &[Key::UndoingLine, Key::UndoingAway])
        }
        (_, true, _) => words.notice(Key::UndoingHeadline, &[Key::UndoingLine]),
        (_, false, _) => words.notice(Key::WaitHeadline, &[]),
    };
    Body::Wait(Notice {
        tablet: Some(words.number(page.tablet)),
        ..notice
    })
}

fn back_at_desk(words: &Words, tablet: TabletId, taken: bool) -> Notice {
    let number = words.number(tablet);
    let line = if taken {
        Key::ReturnDoneReset
    } else {
        Key::ReturnDoneOffline
    };
    let plain = words.notice(Key::ReturnHeadline, &[line]);
    let Some(aside) = words.put_aside(tablet) else {
        let headline = words.with(Key::ReturnDone, "tablet", &number);
        return Notice { headline, ..plain };
    };
    let shelf = match (&aside.initials, aside.until) {
        (Some(_), Some(day)) => words.with(Key::ReturnPutAsideUntil, "day", &words.day(day)),
        // It is fetched somewhere else, or the day is not known yet.
        (None, _) | (_, None) => words.say(Key::ReturnPutAsideKeep),
    };
    Notice {
        tablet: Some(number),
        headline: for_whom(words, aside),
        lines: std::iter::once(shelf).chain(plain.lines).collect(),
        ..plain
    }
}

/// Initials stand alone on a slip, and nothing more of a name does (R13).
pub(super) fn for_whom(words: &Words, aside: &PutAsideRow) -> String {
    aside.initials.as_ref().map_or_else(
        || words.say(Key::ReturnPutAsideNext),
        |initials| words.with(Key::ReturnPutAsideFor, "initials", initials),
    )
}

fn returned(words: &Words, never_out: bool, offline: bool) -> Notice {
    let (headline, lines): (Key, &[Key]) = match (never_out, offline) {
        (true, _) => (
            Key::RefusalNeverOut,
            &[Key::RefusalNeverOutNext, Key::ReturnedPlugIn],
        ),
        (false, true) => (
            Key::RefusalReturnKept,
            &[
                Key::RefusalReturnKeptNext,
                Key::ReturnedClear,
                Key::ReturnedPlugIn,
            ],
        ),
        (false, false) => (
            Key::ReturnedHeadline,
            &[Key::ReturnedClear, Key::ReturnedPlugIn],
        ),
    };
    Notice {
        steps: steps(words, 3),
        others: vec![words.button(Key::ReturnedShowMe, Touch::ShowMe)],
        ..words.notice(headline, lines)
    }
}

/// Somebody helps.
pub(super) fn refer(words: &Words, refer: Refer) -> Body {
    let (headline, lines): (Key, &[Key]) = match refer {
        Refer::Borrow => (
            Key::ReferBorrowHeadline,
            &[Key::ReferComing, Key::ReferAskDesk],
        ),
        Refer::KeepLonger => (
            Key::ReferKeepHeadline,
            &[Key::ReferComing, Key::ReferAskDesk],
        ),
        Refer::Help => (
            Key::ReferHelpHeadline,
            &[Key::ReferNoBlame, Key::ReferAskDesk],
        ),
        Refer::Save => (Key::SaveHeadline, &[Key::SaveLine, Key::ReferAskDesk]),
        Refer::SignOut => (Key::SignOutHeadline, &[Key::SignOutLine]),
        Refer::NotRight => (Key::NotRightHeadline, &[Key::NotRightLine]),
    };
    Body::Refer(finishing(words, words.notice(headline, lines)))
}

/// What happened after its screen was left; for operators alone.
pub(super) fn news(words: &Words, news: News) -> Body {
    let number = words.number_or_dash(news.tablet);
    let named = |key| words.with(key, "number", &number);
    let (headline, lines) = match news.what {
        Late::OnLoan => (named(Key::NewsOnLoan), vec![words.say(Key::NewsOnLoanNext)]),
        Late::NotLent(refusal) => (named(Key::NewsNotLent), why(words, refusal)),
        Late::Undone => (named(Key::NewsUndone), vec![words.say(Key::NewsUndoneNext)]),
        Late::NotUndone(refusal) => (named(Key::NewsNotUndone), why(words, refusal)),
        Late::NotCounted(refusal) => (words.say(Key::NewsNotCounted), why(words, refusal)),
        Late::NotTaken(refusal) => (named(Key::NewsNotTaken), why(words, refusal)),
        Late::NotKept => (
            words.say(Key::RefusalNotKeptStaff),
            vec![words.say(Key::RefusalNotKeptStaffNext)],
        ),
        Late::LogDenied => (
            words.say(Key::NewsLogDenied),
            vec![words.say(Key::NewsLogDeniedNext)],
        ),
    };
    let notice = Notice {
        tablet: matches!(news.what, Late::NotKept).then_some(number),
        lines,
        ..words.notice(Key::Tablet, &[])
    };
    Body::Refer(finishing(words, Notice { headline, ..notice }))
}

fn why(words: &Words, refusal: Refusal) -> Vec<String> {
    let told = told(Problem::Refused(refusal), true, words.catalogue);
    std::iter::once(told.sentence).chain(told.next).collect()
}

fn finishing(words: &Words, notice: Notice) -> Notice {
    Notice {
        main: Some(words.button(Key::ButtonFinish, Touch::Finish)),
        ..notice
    }
}
