//! A check out while the server is silent or away (R6).

use kiosk::{
    flow::{Answer, Input, ToLend},
    screen::Touch,
};
use shared::{
    refusal::Refusal,
    tablet::{ProofKind, StateWord},
    time::Day,
    venue::Calendar,
    wire::v1::{
        command::KioskAction,
        kiosk::{ProofRow, RulesRow, TabletRow},
    },
};

use super::rig::*;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// With a borrower found before the server went away.
fn cut_off() -> Kiosk {
    let mut kiosk = Kiosk::with_borrower().knows_rules();
    kiosk.put(Input::Online(false));
    kiosk
}

/// "Hand over", and the disk has the question.
fn hand_over(kiosk: &mut Kiosk) {
    kiosk.scan(&sticker(READY));
    kiosk.press("Hand over");
    kiosk.keep();
}

#[test]
fn r6_a_server_that_is_silent_for_a_second_and_a_half_is_not_waited_for() {
    let mut kiosk = Kiosk::lending().knows_rules();
    kiosk.wait(1_499);
    assert_eq!(kiosk.lends(), None);
    kiosk.wait(1);
    let told = day("2026-12-12");
    assert_eq!(kiosk.lends(), Some((kiosk.last().id, told)));
    kiosk.hides("It is theirs");
    kiosk.lent();
    kiosk.shows("It is theirs until Saturday 12 December.");
    assert_eq!(kiosk.drafts().len(), 1, "under the same id");
}

#[test]
fn r6_where_the_server_is_known_to_be_away_it_is_lent_at_once() {
    let mut kiosk = cut_off();
    hand_over(&mut kiosk);
    kiosk.hides("It is theirs");
    kiosk.lent();
    kiosk.shows("It is theirs until Saturday 12 December.");
}

#[test]
fn r6_a_server_that_goes_away_while_it_is_asked_is_not_waited_for() {
    let mut kiosk = Kiosk::lending().knows_rules();
    assert_eq!(kiosk.lends(), None);
    kiosk.put(Input::Online(false));
    kiosk.lent();
    kiosk.shows("It is theirs until");
}

#[test]
fn r6_nothing_is_decided_before_the_question_itself_is_on_the_disk() {
    let mut kiosk = cut_off();
    kiosk.scan(&sticker(READY));
    kiosk.press("Hand over");
    kiosk.wait(5_000);
    assert_eq!(kiosk.lends(), None);
    kiosk.keep();
    assert!(kiosk.lends().is_some());
}

#[test]
fn r8_the_day_that_is_told_is_one_on_which_the_venue_is_open() {
    let mut kiosk = cut_off();
    let mut calendar = Calendar::default();
    calendar
        .closures
        .extend([day("2026-12-12"), day("2026-12-13")]);
    kiosk.hear_rules(RulesRow {
        loan_days: 21,
        calendar,
        ..rules()
    });
    hand_over(&mut kiosk);
    kiosk.lent();
    kiosk.shows("It is theirs until Monday 14 December.");
}

/// What is told of a tablet that the kiosk may not lend by itself.
fn waits(row: TabletRow) {
    let mut kiosk = cut_off();
    kiosk.move_rows(vec![row]);
    hand_over(&mut kiosk);
    kiosk.wait(60_000);
    assert_eq!(kiosk.lends(), None);
    kiosk.shows("Nothing is lent yet.");
    kiosk.answer(Answer::Accepted);
    kiosk.shows("It is theirs until");
}

#[test]
fn r7_whose_a_tablet_is_that_is_put_aside_only_the_server_says() {
    waits(row(READY, StateWord::PutAside));
}

#[test]
fn r2_a_tablet_without_a_proof_that_counts_waits_for_the_server() {
    let ready = row(READY, StateWord::Ready);
    let person = ProofRow {
        kind: ProofKind::PersonConfirmed,
        proven_at: start(),
    };
    waits(TabletRow {
        proof: Some(person),
        ..ready.clone()
    });
    waits(TabletRow {
        proof: None,
        ..ready
    });
}

#[test]
fn a_tablet_of_a_withdrawn_image_or_of_another_venue_waits_for_the_server() {
    let ready = row(READY, StateWord::Ready);
    waits(TabletRow {
        image_withdraw_on: Some(day("2026-11-21")),
        ..ready.clone()
    });
    waits(TabletRow {
        venue: None,
        ..ready
    });
}

#[test]
fn an_image_that_is_withdrawn_tomorrow_lends_today() {
    let mut kiosk = cut_off();
    kiosk.move_rows(vec![TabletRow {
        image_withdraw_on: Some(day("2026-11-22")),
        ..row(READY, StateWord::Ready)
    }]);
    hand_over(&mut kiosk);
    assert!(kiosk.lends().is_some());
}

#[test]
fn a_kiosk_that_heard_no_rules_or_no_time_lends_nothing_by_itself() {
    let mut kiosk = Kiosk::lending();
    kiosk.wait(60_000);
    assert_eq!(kiosk.lends(), None);
    let mut kiosk = cut_off();
    kiosk.clock_sure = false;
    hand_over(&mut kiosk);
    assert_eq!(kiosk.lends(), None);
    kiosk.shows("Nothing is lent yet.");
}

#[test]
fn an_answer_that_is_on_the_disk_first_is_what_counts() {
    let mut kiosk = Kiosk::lending().knows_rules();
    kiosk.wait(1_500);
    let (command, _) = kiosk.lends().unwrap();
    kiosk.put(Input::NotLent(command));
    kiosk.shows("Nothing is lent yet.");
    kiosk.answer(Answer::Refused(Refusal::LoanLimit { max: 1 }));
    kiosk.shows("They have as many tablets as we can lend one person.");
    kiosk.put(Input::Lent(command));
    kiosk.hides("It is theirs");
}

#[test]
fn while_the_disk_is_asked_the_screen_cannot_be_left() {
    let mut kiosk = Kiosk::lending().knows_rules();
    kiosk.wait(1_500);
    kiosk.touch(Touch::Stop);
    kiosk.lent();
    kiosk.shows("It is theirs until");
}

fn told_as_done(kiosk: &Kiosk, answer: Answer) -> Input {
    let draft = kiosk.last();
    let KioskAction::CheckOut {
        tablet,
        loan,
        borrower,
        overriding,
        ..
    } = draft.action
    else {
        panic!("not a check out");
    };
    let action = KioskAction::CheckOut {
        tablet,
        loan,
        borrower,
        done: true,
        told_due_on: Some(day("2026-12-12")),
        overriding,
    };
    Input::Answered(draft.id, action, answer)
}

#[test]
fn what_was_said_already_is_no_news_when_the_server_takes_it() {
    let mut kiosk = cut_off();
    hand_over(&mut kiosk);
    kiosk.lent();
    kiosk.press("Finish");
    kiosk.is_home();
    kiosk.put(told_as_done(&kiosk, Answer::Accepted));
    kiosk.is_home();
    kiosk.hides("is on loan now");
}

#[test]
fn what_was_done_before_a_restart_and_perhaps_never_said_is_news() {
    let mut kiosk = cut_off();
    hand_over(&mut kiosk);
    let mut restarted = Kiosk::staffed();
    restarted.put(told_as_done(&kiosk, Answer::Accepted));
    restarted.shows("Tablet WGN-007 is on loan now.");
}

/// What the disk is asked to count, where the server said this limit and this many
/// open loans.
fn to_lend(open_loans_max: Option<u32>, open_loans: u32) -> Option<ToLend> {
    let mut kiosk = Kiosk::with_borrower_of(open_loans).knows_rules();
    kiosk.hear_rules(RulesRow {
        open_loans_max,
        ..rules()
    });
    kiosk.put(Input::Online(false));
    hand_over(&mut kiosk);
    Some(kiosk.to_lend()?.1)
}

#[test]
fn r6_who_has_as_many_tablets_as_they_may_is_lent_none_without_the_server() {
    assert_eq!(to_lend(Some(1), 1), None);
    assert_eq!(to_lend(Some(1), 2), None);
    let others_max = |max, open_loans| to_lend(max, open_loans).unwrap().others_max;
    assert_eq!(others_max(Some(1), 0), Some(0));
    assert_eq!(others_max(Some(3), 1), Some(1));
    assert_eq!(others_max(None, 4), None, "an older server counts itself");
}

#[test]
fn r6_a_kiosk_that_sends_nothing_more_lends_nothing_by_itself() {
    let mut kiosk = Kiosk::lending().knows_rules();
    kiosk.put(Input::Halted);
    kiosk.wait(5_000);
    assert_eq!(kiosk.lends(), None);
    kiosk.shows("Nothing is lent yet.");
}
