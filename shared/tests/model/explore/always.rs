//! What must be so after every act in every state.

use shared::{
    event::Event,
    hold::HoldState,
    ids::LoanId,
    loan::{Loan, LoanState},
    tablet::{Custody, Presence, Reset, StateWord},
    wipe::{Wipe, WipeState},
};

use super::{
    Step,
    acts::{Act, Borrower, Counter, How, Names, When},
};
use crate::{
    library::{Library, verbs::PARTNER},
    world::VENUE,
};

/// R3: nothing else is promised to be taken.
pub fn check_refused(act: Act) {
    assert_eq!(act.brought_back(), None, "R3: {act:?} was refused");
}

pub fn check(step: &Step) {
    step.after.is_sound(&step.act);
    r2_only_a_receipt_proves(step);
    r2_what_has_no_key_says_nothing(step);
    r2_r7_a_check_out_keeps_the_rules_or_says_that_it_does_not(step);
    r3_a_return_is_always_taken(step);
    r6_late_word_takes_nothing_from_anybody(step);
    r6_every_dispute_can_be_closed(step);
    r7_a_hold_goes_on_until_it_is_served_or_given_up(step);
    r9_r19_a_reset_is_ordered_with_the_tablet_there_or_by_two(step);
    r9_a_wipe_is_never_done_to_the_next_borrower(step);
    undo_leaves_things_as_they_were(step);
    what_is_taken_is_a_fact(step);
}

fn r2_only_a_receipt_proves(step: &Step) {
    let (before, after) = (step.before.it(1), step.after.it(1));
    let newly = after.proof().is_some() && before.proof() != after.proof();
    let proves = matches!(step.act, Act::Proves | Act::Confirms);
    assert!(!newly || proves, "R2: by {:?}", step.act);
    let same = before.epoch == after.epoch;
    let kept = after.proof().is_some() && before.proof().is_some();
    assert!(
        same || !kept,
        "R2: a proof of another epoch: {:?}",
        step.act
    );
    let overridden = before.lent_by_override;
    let shown = after.lent_by_override.is_some() || proves;
    assert!(
        overridden.is_none() || shown,
        "R2: hidden by {:?}",
        step.act
    );
}

/// What a tablet signs is taken of none without an agent, and no word of before lends one
/// that gained an agent.
fn r2_what_has_no_key_says_nothing(step: &Step) {
    let (before, after) = (step.before.it(1), step.after.it(1));
    let by_itself = matches!(
        step.act,
        Act::Proves | Act::Fails | Act::StartReset(How::ByCode, _)
    );
    assert!(before.keys.is_some() || !by_itself, "R2: {:?}", step.act);
    let shown = |event: &Event| {
        matches!(
            event,
            Event::Returned {
                presence: Presence::CodeShown,
                ..
            }
        )
    };
    let code_taken = step.events.iter().any(shown);
    assert!(before.keys.is_some() || !code_taken, "R19: {:?}", step.act);
    let gained = before.keys != after.keys;
    assert_eq!(gained, step.act == Act::EnrolAgent);
    assert!(!gained || matches!(after.reset, Reset::Ordered(_)), "R2");
}

fn r2_r7_a_check_out_keeps_the_rules_or_says_that_it_does_not(step: &Step) {
    let lent = |event: &Event| matches!(event, Event::CheckedOut { .. });
    if !step.events.iter().any(lent) {
        return;
    }
    let it = step.before.it(1);
    let theirs = |who| who == Borrower::Ann;
    let kept_for_them = |who| it.put_aside.is_none() || theirs(who);
    let lendable = |who| it.proof().is_some() && !it.flags.any() && kept_for_them(who);
    let here = |word: StateWord| matches!(word, StateWord::Ready | StateWord::PutAside);
    let within = |who| lendable(who) && here(it.word());
    let said = |event: &Event| matches!(event, Event::RuleOverridden { .. });
    let disputed = |event: &Event| matches!(event, Event::DisputeRaised { .. });
    let says = |what: fn(&Event) -> bool| step.events.iter().any(what);
    match step.act {
        Act::CheckOut(who) => assert!(within(who), "R2, R7: {:?}", step.act),
        Act::Override(who) => assert_eq!(says(said), !within(who), "R2, R7"),
        Act::Done(who, _) => assert_eq!(says(disputed), !within(who), "R6: {:?}", step.act),
        Act::DoneByOldCopy(_) => assert!(says(disputed) || within(Borrower::Bob), "R6"),
        other => panic!("{other:?} lent a tablet"),
    }
}

fn r3_a_return_is_always_taken(step: &Step) {
    let Some((at, when)) = step.act.brought_back() else {
        return;
    };
    let (before, after) = (step.before.it(1), step.after.it(1));
    if when != When::Now || before.is_retired() {
        return;
    }
    let venue = match at {
        Counter::Here => VENUE,
        Counter::Partner => PARTNER,
    };
    assert_eq!(after.custody, Custody::AtVenue(venue), "R3: {:?}", step.act);
    assert_eq!(after.proof(), None, "somebody may have used it");
}

/// Late word, or word by a clock that cannot say when, moves no tablet away from a
/// borrower and ends no loan but the one that it names.
fn r6_late_word_takes_nothing_from_anybody(step: &Step) {
    let told = step.act.told();
    let Some((_, names)) = told.filter(|(when, _)| *when != When::Now) else {
        return;
    };
    let (before, after) = (step.before.it(1).custody, step.after.it(1).custody);
    let names_it = names == Names::Current && before != after;
    if let Custody::OnLoan(_) = before {
        assert!(before == after || names_it, "R6: moved by {:?}", step.act);
    }
    for loan in step.before.loans.values().filter(|loan| !loan.is_over()) {
        let over = step.after.loans[&loan.id].is_over();
        let meant = names == Names::Current && current(step.before) == Some(loan.id);
        assert!(!over || meant, "R6: {:?} ended a loan", step.act);
    }
}

fn current(library: &Library) -> Option<LoanId> {
    let current = library.current_loan(crate::library::verbs::tablet(1));
    current.map(|loan| loan.id)
}

/// Of a dispute that the step raised; others were looked at when they were.
fn r6_every_dispute_can_be_closed(step: &Step) {
    for dispute in step.after.disputes.values() {
        if dispute.decision.is_some() {
            continue;
        }
        let id = dispute.id;
        let taken = |asked| step.after.decide(&asked, &step.after.given(&asked)).is_ok();
        let closable = super::asked::decisions(id).any(taken);
        assert!(closable, "R6: {dispute:?} after {:?}", step.act);
    }
}

fn r7_a_hold_goes_on_until_it_is_served_or_given_up(step: &Step) {
    let ended = |hold: &shared::hold::Hold| matches!(hold.state, HoldState::Ended { .. });
    for hold in step.before.holds.iter().filter(|hold| !ended(hold)) {
        let after = step.after.hold(hold.id).expect("a hold is not forgotten");
        let may_end = step.act.may_end_a_hold();
        assert!(may_end || !ended(after), "a hold ended by {:?}", step.act);
    }
}

fn r9_r19_a_reset_is_ordered_with_the_tablet_there_or_by_two(step: &Step) {
    let ordered = |event: &Event| matches!(event, Event::ResetOrdered { .. });
    if !step.events.iter().any(ordered) {
        return;
    }
    let act = step.act;
    let present = |how: How| matches!(how, How::InHand | How::ByCode);
    match act {
        Act::Return {
            how, when, names, ..
        } => {
            let sure = when.is_sure() || how == How::InHand;
            assert!(present(how) && sure, "R19: {act:?}");
            let stale = when.is_late() && names != Names::Current;
            assert!(!stale, "R19: whoever had it then has not now: {act:?}");
        }
        Act::ReturnDamaged | Act::HandOn(When::Now | When::Unsure) => {}
        Act::StartReset(how, when) => {
            assert!(present(how) && !when.is_late(), "R19: {act:?}");
            assert!(step.before.it(1).waits_in_tray(), "R19: {act:?}");
        }
        // Whoever put the agent on it has it in hand.
        Act::EnrolAgent => assert_eq!(step.before.it(1).venue(), Some(VENUE), "R19"),
        // It was there, or two agreed, before the try that failed.
        Act::Fails | Act::EndsTry => assert!(matches!(step.before.it(1).reset, Reset::Ordered(_))),
        Act::StartWipe => two_agreed_on_this_stretch_of_its_life(step),
        other => panic!("R19: a reset was ordered by {other:?}"),
    }
}

fn two_agreed_on_this_stretch_of_its_life(step: &Step) {
    let started = |wipe: &&Wipe| matches!(wipe.state, WipeState::Started { .. });
    let wipe = step.after.wipes.values().find(started).expect("it began");
    assert_eq!(
        wipe.epoch,
        step.before.it(1).epoch,
        "R9: the next borrower's"
    );
    assert!(wipe.agreed_by.is_some_and(|who| who != wipe.asked_by), "R9");
}

fn r9_a_wipe_is_never_done_to_the_next_borrower(step: &Step) {
    let epoch = step.after.it(1).epoch;
    let another = |wipe: &&Wipe| wipe.is_pending() && wipe.epoch != epoch;
    if !step.after.wipes.values().any(|wipe| another(&wipe)) {
        return;
    }
    let Some(asked) = super::asked::asked(step.after, Act::StartWipe) else {
        return;
    };
    let wait_ms = super::asked::wait_ms(Act::StartWipe);
    let given = step.after.given_next(&asked, wait_ms);
    let decided = step.after.decide(&asked, &given);
    let let_be = |event: &Event| matches!(event, Event::WipeCalledOff { .. });
    let off = decided
        .as_ref()
        .is_ok_and(|events| events.iter().all(let_be));
    assert!(off, "R9: {decided:?} after {:?}", step.act);
}

fn undo_leaves_things_as_they_were(step: &Step) {
    if step.act != Act::Undo {
        return;
    }
    let mut events = step.events.iter().filter_map(Event::loan_change);
    let (loan, _) = events.next().expect("it was about a loan");
    let (before, after) = (&step.before.loans[&loan], &step.after.loans[&loan]);
    let it = step.after.it(1);
    match after.state {
        LoanState::Voided { .. } => assert_eq!(it.reset, Reset::Dirty),
        LoanState::Open | LoanState::Contested => {
            assert_eq!(it.custody, Custody::OnLoan(loan));
            assert!(before.is_over());
        }
        LoanState::Closed { .. } => panic!("undone, and closed"),
    }
    let disputed = step.after.disputes.values().any(|dispute| {
        dispute.loan == Some(loan) && dispute.decision.is_none() && dispute.cause.contests_loan()
    });
    let open = Loan::is_open(after);
    assert!(!(open && disputed), "R17: a notice of a contested loan");
    assert_eq!(it.put_aside, None);
}

fn what_is_taken_is_a_fact(step: &Step) {
    assert!(
        !step.events.is_empty(),
        "{:?} was taken and is no fact",
        step.act
    );
}
