//! Disputes: facts that do not fit, until a person decides (R6).

use shared::{
    command::{Action, AnswerStillGotIt, CloseDispute, Relocate, Return, Whither},
    decide::{Decided, Given, dispute},
    dispute::{Decision, Dispute, DisputeCause},
    event::{Actor, Event},
    ids::{DisputeId, HoldId, LoanId, Nonce, OrderId, TabletId},
    loan::LoanState,
    refusal::Refusal,
    tablet::{Custody, Presence, StateWord, Tablet},
};

use crate::{
    library::{
        Library,
        verbs::{ANN, tablet},
    },
    world::{OPERATOR, SELF_SERVICE, VENUE},
};

const DISPUTE: DisputeId = DisputeId::from_bytes([0x93; 16]);
const LOAN: LoanId = LoanId::from_bytes([0x94; 16]);
const CAUSES: [DisputeCause; 6] = [
    DisputeCause::DoubleLoan,
    DisputeCause::RefusedButDone,
    DisputeCause::OverLimit,
    DisputeCause::ReturnContested,
    DisputeCause::SeriesWentBack,
    DisputeCause::UnknownTablet,
];
const DECISIONS: [Decision; 4] = [
    Decision::ReturnedThen,
    Decision::StillOut,
    Decision::EnteredInError,
    Decision::WriteOff,
];

fn given(library: &Library, actor: Actor) -> Given {
    Given {
        now: library.now,
        occurred_at: library.now,
        clock_sure: true,
        from_old_copy: false,
        actor,
        order: OrderId::from_bytes([0x91; 16]),
        nonce: Nonce::from_bytes([0x91; 16]),
        dispute: DisputeId::from_bytes([0x91; 16]),
    }
}

#[test]
fn r7_a_tablet_that_is_not_back_after_all_is_kept_here_for_nobody() {
    let mut library = Library::with_tablets(1);
    let loan = library.lend(1, ANN);
    library.comes_back(1);
    let mut it = library.it(1).clone();
    let hold = HoldId::from_bytes([0x92; 16]);
    it.put_aside = Some(hold);
    let (tablet, yes) = (tablet(1), true);
    let command = AnswerStillGotIt { tablet, loan, yes };
    let given = given(&library, Actor::Tablet(tablet));
    let known = dispute::AnswerKnown { tablet: it };
    let events = dispute::answer(&known, &command, &given).expect("answered");
    let hold = Some(hold);
    assert!(events.contains(&Event::PutAsideEnded { tablet, hold }));
}

fn close(it: Option<&Tablet>, cause: DisputeCause, decision: Decision) -> Decided {
    let library = Library::with_tablets(0);
    let known = dispute::CloseKnown {
        dispute: Dispute {
            id: DISPUTE,
            cause,
            tablet: tablet(1),
            loan: Some(LOAN),
            decision: None,
        },
        tablet: it.cloned(),
    };
    let dispute = DISPUTE;
    let command = CloseDispute { dispute, decision };
    dispute::close(&known, &command, &given(&library, OPERATOR))
}

/// A tablet that is where the loan says, or at the venue.
fn a_tablet(out: bool) -> Tablet {
    let mut it = Library::with_tablets(1).it(1).clone();
    if out {
        it.custody = Custody::OnLoan(LOAN);
    }
    it
}

/// What may be decided of it while the tablet is out on the loan.
fn decisions(cause: DisputeCause) -> Vec<Decision> {
    let out = a_tablet(true);
    let taken = |decision: &Decision| close(Some(&out), cause, *decision).is_ok();
    DECISIONS.into_iter().filter(taken).collect()
}

#[test]
fn r6_each_cause_has_the_decisions_that_make_sense_of_it() {
    use Decision::{EnteredInError, ReturnedThen, StillOut, WriteOff};
    for cause in CAUSES {
        let expected: &[Decision] = match cause {
            DisputeCause::DoubleLoan
            | DisputeCause::RefusedButDone
            | DisputeCause::OverLimit
            | DisputeCause::SeriesWentBack => &[ReturnedThen, StillOut, EnteredInError],
            DisputeCause::ReturnContested => &[ReturnedThen, StillOut, WriteOff],
            DisputeCause::UnknownTablet => &[EnteredInError],
        };
        assert_eq!(decisions(cause), expected, "{cause:?}");
    }
}

#[test]
fn r6_every_dispute_can_be_closed_wherever_its_tablet_is() {
    for cause in CAUSES {
        for it in [Some(a_tablet(true)), Some(a_tablet(false)), None] {
            let closed = |decision: &Decision| close(it.as_ref(), cause, *decision).is_ok();
            assert!(DECISIONS.iter().any(closed), "{cause:?} of {it:?}");
        }
    }
}

#[test]
fn r6_nobody_decides_that_a_borrower_still_has_what_is_here() {
    for it in [Some(a_tablet(false)), None] {
        for cause in CAUSES {
            let decided = close(it.as_ref(), cause, Decision::StillOut);
            assert_eq!(decided, Err(Refusal::DecisionNotAllowed { cause }));
        }
    }
}

#[test]
fn a_loan_that_ends_while_its_tablet_is_out_leaves_it_unfound() {
    let cause = DisputeCause::ReturnContested;
    let tablet = tablet(1);
    let loan = Some(LOAN);
    for (decision, moved) in [
        (Decision::StillOut, None),
        (
            Decision::ReturnedThen,
            Some(Event::MarkedMissing { tablet }),
        ),
        (Decision::WriteOff, Some(Event::MarkedLost { tablet })),
    ] {
        let dispute = DISPUTE;
        let mut expected = vec![Event::DisputeClosed {
            dispute,
            tablet,
            loan,
            decision,
        }];
        expected.extend(moved);
        let closed = close(Some(&a_tablet(true)), cause, decision);
        assert_eq!(closed, Ok(expected), "{decision:?}");
    }
    let closed = close(Some(&a_tablet(false)), cause, Decision::ReturnedThen);
    assert_eq!(closed.map(|events| events.len()), Ok(1), "it is here");
    let in_error = Decision::EnteredInError;
    let closed = close(Some(&a_tablet(true)), DisputeCause::DoubleLoan, in_error);
    let missing = Event::MarkedMissing { tablet };
    assert_eq!(closed.map(|events| events[1].clone()), Ok(missing));
}

/// A return that only a sticker vouches for, contested by whoever has the tablet.
fn contested() -> (Library, LoanId) {
    let mut library = Library::with_tablets(1);
    let loan = library.lend(1, ANN);
    library.comes_back(1);
    answers(&mut library, loan, true).expect("answered");
    (library, loan)
}

fn answers(library: &mut Library, loan: LoanId, yes: bool) -> Decided {
    let tablet = tablet(1);
    let answer = AnswerStillGotIt { tablet, loan, yes };
    library.by(Actor::Tablet(tablet), Action::AnswerStillGotIt(answer))
}

#[test]
fn r6_a_dispute_is_decided_once_and_by_an_operator() {
    let (mut library, loan) = contested();
    let dispute = library.open_dispute().expect("it is open").id;
    let decision = Decision::StillOut;
    let close = Action::CloseDispute(CloseDispute { dispute, decision });
    let refused = library.by(SELF_SERVICE, close.clone());
    assert_eq!(refused, Err(Refusal::NeedsOperator));
    library.does(close.clone());
    assert_eq!(library.loan_state(loan), LoanState::Open);
    assert_eq!(library.at(VENUE, close), Err(Refusal::DisputeDecided));
}

#[test]
fn r6_a_return_of_a_contested_loan_leaves_its_dispute_to_be_closed() {
    let (mut library, loan) = contested();
    library.takes_back(1);
    assert!(library.loans[&loan].is_over());
    let ended = library.loan_state(loan);
    library.decides(Decision::ReturnedThen);
    assert_eq!(library.word(1), StateWord::Resetting, "it is here");
    assert_eq!(
        library.loan_state(loan),
        ended,
        "it ended when it first did"
    );
}

#[test]
fn r6_a_tablet_in_doubt_begins_a_new_stretch_of_its_life_when_it_is_next_seen() {
    let (mut library, _) = contested();
    assert!(library.it(1).in_doubt);
    let epoch = library.it(1).epoch;
    library.takes_back(1);
    assert!(!library.it(1).in_doubt);
    assert_eq!(library.it(1).epoch, epoch.next());
}

#[test]
fn r19_a_no_answers_the_question_and_changes_nothing_else() {
    let mut library = Library::with_tablets(1);
    let loan = library.lend(1, ANN);
    library.comes_back(1);
    let before = library.it(1).clone();
    let events = answers(&mut library, loan, false).expect("answered");
    assert_eq!(events.len(), 1);
    assert_eq!(library.it(1).custody, before.custody);
    let again = answers(&mut library, loan, true);
    assert_eq!(again, Err(Refusal::NothingToAnswer));
}

#[test]
fn r19_only_the_tablet_itself_answers_and_only_what_it_was_asked() {
    let mut library = Library::with_tablets(2);
    let loan = library.lend(1, ANN);
    let early = answers(&mut library, loan, true);
    assert_eq!(early, Err(Refusal::NothingToAnswer), "it is not back");
    library.comes_back(1);
    let (tablet, yes) = (tablet(1), true);
    let answer = Action::AnswerStillGotIt(AnswerStillGotIt { tablet, loan, yes });
    let other = TabletId::from_bytes([2; 16]);
    for actor in [OPERATOR, SELF_SERVICE, Actor::Server, Actor::Tablet(other)] {
        let refused = library.by(actor, answer.clone());
        assert_eq!(refused, Err(Refusal::NeedsOperator), "{actor:?}");
    }
    let of_another = answers(&mut library, LOAN, true);
    assert_eq!(of_another, Err(Refusal::NothingToAnswer));
}

#[test]
fn r6_a_tablet_that_nobody_knows_is_a_question_that_can_be_closed() {
    let mut library = Library::with_tablets(0);
    let loan = Some(LOAN);
    let seen = Return::new(tablet(9), loan, Presence::StickerOnly);
    let events = library
        .by(SELF_SERVICE, Action::Return(seen))
        .expect("kept");
    let (tablet, venue) = (tablet(9), VENUE);
    assert_eq!(
        events[0],
        Event::UnknownTabletSeen {
            tablet,
            loan,
            venue
        }
    );
    let dispute = library.open_dispute().expect("a person is asked").clone();
    assert_eq!(dispute.cause, DisputeCause::UnknownTablet);
    assert_eq!((dispute.tablet, dispute.loan), (tablet, None));
    library.decides(Decision::EnteredInError);
    assert_eq!(library.open_dispute(), None);
}

#[test]
fn r19_a_tablet_that_is_missing_after_a_sticker_was_shown_is_asked_like_one_in_the_tray() {
    for whither in [Whither::Missing, Whither::Lost] {
        let mut library = Library::with_tablets(1);
        let loan = library.lend(1, ANN);
        library.comes_back(1);
        let tablet = tablet(1);
        library.does(Action::Relocate(Relocate { tablet, whither }));
        let used_later = library.now.plus_ms(60_000);
        let asked = library.it(1).return_to_ask_about(used_later);
        assert_eq!(asked.expect("asked").loan, loan);
        answers(&mut library, loan, true).expect("answered");
        assert_eq!(library.it(1).custody, Custody::OnLoan(loan));
        assert_eq!(library.loan_state(loan), LoanState::Contested);
    }
}

#[test]
fn a_tablet_that_left_the_fleet_or_went_to_somebody_else_is_not_asked() {
    let mut library = Library::with_tablets(1);
    let loan = library.lend(1, ANN);
    library.comes_back(1);
    let mut it = library.it(1).clone();
    let later = library.now.plus_ms(60_000);
    assert!(it.return_to_ask_about(later).is_some());
    for custody in [Custody::Withdrawn, Custody::Gifted, Custody::OnLoan(loan)] {
        it.custody = custody;
        assert_eq!(it.return_to_ask_about(later), None, "{custody:?}");
    }
}
