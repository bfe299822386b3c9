//! Rules told as stories of one tablet.

use shared::{
    command::{
        Action, AnswerStillGotIt, CheckOut, ClearFlag, RecordReset, Relocate, ReportBack, Return,
        StartReset, Whither,
    },
    decide::Decided,
    digest::Digest,
    dispute::{Decision, DisputeCause},
    event::{Actor, Event},
    ids::{LoanId, Nonce, OrderId, TabletId},
    image::ImageId,
    keys::SecretKey,
    kit::Condition,
    loan::{Loan, LoanState},
    refusal::Refusal,
    signed::{
        Envelope, SignedError,
        receipt::{Receipt, Scope},
    },
    tablet::{Custody, Flag, Presence, ProofKind, Reset, StateWord, WithheldReason},
};

use crate::{
    library::{
        Library,
        verbs::{ANN, BOB, enrolment, orders_reset, signed, tablet},
    },
    world::{SELF_SERVICE, VENUE, proof_key},
};

/// A tablet, just enrolled.
fn enrolled() -> Library {
    let mut library = Library::with_tablets(0);
    library.does(enrolment(1));
    library
}

fn ready() -> Library {
    Library::with_tablets(1)
}

fn on_loan() -> (Library, LoanId) {
    let mut library = ready();
    let loan = library.lend(1, ANN);
    (library, loan)
}

fn check_out() -> Action {
    let loan = LoanId::from_bytes([0x1b; 16]);
    Action::CheckOut(CheckOut::new(tablet(1), loan, BOB))
}

fn start_reset() -> Action {
    let (tablet, code) = (tablet(1), None);
    Action::StartReset(StartReset { tablet, code })
}

fn record_bytes(library: &mut Library, receipt: Vec<u8>) -> Decided {
    let tablet = tablet(1);
    let record = RecordReset { tablet, receipt };
    library.by(Actor::Tablet(tablet), Action::RecordReset(record))
}

fn answer(library: &mut Library, loan: LoanId) -> Decided {
    let (tablet, yes) = (tablet(1), true);
    let answer = AnswerStillGotIt { tablet, loan, yes };
    library.by(Actor::Tablet(tablet), Action::AnswerStillGotIt(answer))
}

/// Word of a return that happened before the tablet was lent.
fn late_return(library: &mut Library, names: Option<LoanId>, clock_sure: bool) -> Decided {
    let before = library.it(1).custody_since.plus_ms(-1);
    let back = Action::Return(Return::new(tablet(1), names, Presence::InHand));
    if clock_sure {
        library.hears(before, back)
    } else {
        library.hears_unsure(before, back)
    }
}

#[test]
fn one_tablet_goes_all_the_way_round() {
    let mut library = enrolled();
    assert_eq!(library.word(1), StateWord::Resetting);
    library.is_proven(1);
    assert_eq!(library.word(1), StateWord::Ready);
    library.lend(1, ANN);
    assert_eq!(library.word(1), StateWord::OnLoan);
    library.takes_back(1);
    assert_eq!(library.word(1), StateWord::Resetting);
    library.is_proven(1);
    assert_eq!(library.word(1), StateWord::Ready);
    assert_eq!(
        library.it(1).epoch.0,
        2,
        "every check out uses up the proof"
    );
}

#[test]
fn r1_a_tablet_on_loan_is_refused_for_check_out() {
    let (mut library, _) = on_loan();
    let refused = library.at(VENUE, check_out());
    assert_eq!(refused, Err(Refusal::TabletOnLoan));
}

#[test]
fn r2_a_receipt_that_differs_in_any_point_never_frees_a_tablet() {
    type Change = fn(&mut Receipt);
    let changes: [(Change, Refusal); 8] = [
        (
            |r| r.nonce = Nonce::from_bytes([0xee; 16]),
            Refusal::ReceiptWrongNonce,
        ),
        (|r| r.epoch += 1, Refusal::ReceiptWrongEpoch),
        (
            |r| r.image = ImageId(Digest::of(b"other")),
            Refusal::ReceiptWrongImage,
        ),
        (
            |r| r.order = OrderId::from_bytes([0xee; 16]),
            Refusal::ReceiptForAnotherOrder,
        ),
        (
            |r| r.tablet = TabletId::from_bytes([0xee; 16]),
            Refusal::ReceiptOfAnotherTablet,
        ),
        (
            |r| r.serial = "S-043".into(),
            Refusal::ReceiptOfAnotherTablet,
        ),
        (|r| r.scope = Scope::Directory, Refusal::ReceiptWrongScope),
        (
            |r| r.kind = ProofKind::ManagerReported,
            Refusal::ReceiptWrongKind,
        ),
    ];
    let mut library = enrolled();
    for (change, refusal) in changes {
        let mut receipt = library.receipt(1);
        change(&mut receipt);
        let refused = library.by(Actor::Server, signed(tablet(1), &receipt));
        assert_eq!(refused, Err(refusal));
    }
    library.is_proven(1);
    assert_eq!(library.word(1), StateWord::Ready, "unchanged, it is taken");
}

#[test]
fn r2_a_receipt_of_another_key_or_with_one_byte_altered_never_frees_a_tablet() {
    let library = enrolled();
    let receipt = library.receipt(1);
    let other = SecretKey::from_seed(&[0x77; 32]);
    let forged = Envelope::sign(&receipt, &other).to_json();
    let refused = record_bytes(&mut library.clone(), forged);
    let why = SignedError::BadSignature;
    assert_eq!(refused, Err(Refusal::ReceiptNotSigned(why)));
    let whole = Envelope::sign(&receipt, &proof_key()).to_json();
    let key_name = proof_key().public().id().to_string();
    for at in 0..whole.len() {
        let mut altered = whole.clone();
        altered[at] ^= 1;
        // The key's short name is a hint that no check relies on.
        let only_the_hint = String::from_utf8_lossy(&altered).contains("\"sig\"")
            && !String::from_utf8_lossy(&altered).contains(&key_name);
        let decided = record_bytes(&mut library.clone(), altered);
        assert!(
            decided.is_err() || only_the_hint,
            "byte {at} was altered: {decided:?}"
        );
    }
}

#[test]
fn r2_an_old_receipt_frees_no_tablet_after_the_next_loan() {
    let mut library = enrolled();
    let old = library.receipt(1);
    library.is_proven(1);
    let proven = library.by(Actor::Server, signed(tablet(1), &old));
    assert_eq!(proven, Err(Refusal::ReceiptWithoutOrder));
    library.lend(1, ANN);
    library.takes_back(1);
    let refused = library.by(Actor::Server, signed(tablet(1), &old));
    assert_eq!(refused, Err(Refusal::ReceiptForAnotherOrder));
}

#[test]
fn r3_a_return_of_a_tablet_that_was_never_out_is_taken_and_makes_it_dirty() {
    let mut library = ready();
    let events = library.comes_back(1);
    assert!(matches!(events[..], [Event::Returned { loan: None, .. }]));
    assert_eq!(library.word(1), StateWord::BackNotYetReset);
}

#[test]
fn r6_a_late_offline_return_never_closes_somebody_elses_loan() {
    let (mut library, loan) = on_loan();
    let old = LoanId::from_bytes([0x99; 16]);
    for names in [Some(old), None] {
        let events = late_return(&mut library, names, true).expect("kept");
        assert!(matches!(events[..], [Event::ReturnCameLate { .. }]));
    }
    assert_eq!(library.word(1), StateWord::OnLoan);
    assert_eq!(library.loan_state(loan), LoanState::Open);
}

#[test]
fn r6_a_return_with_an_unsure_clock_becomes_a_dispute_and_orders_nothing() {
    let (mut library, loan) = on_loan();
    let events = late_return(&mut library, None, false).expect("kept");
    assert!(matches!(
        events[..],
        [
            Event::ReturnCameLate { .. },
            Event::DisputeRaised {
                cause: DisputeCause::ReturnContested,
                ..
            }
        ]
    ));
    assert_eq!(library.loan_state(loan), LoanState::Contested);
}

#[test]
fn r19_a_staffed_return_orders_the_reset_at_once_and_a_sticker_alone_does_not() {
    let (mut staffed, _) = on_loan();
    let events = staffed.takes_back(1);
    assert!(matches!(
        events[..],
        [Event::Returned { .. }, Event::ResetOrdered { .. }]
    ));

    let (mut unattended, _) = on_loan();
    let events = unattended.comes_back(1);
    assert!(matches!(events[..], [Event::Returned { .. }]));
    assert!(unattended.it(1).waits_in_tray());
    let started = unattended.does(start_reset());
    assert!(matches!(started[..], [Event::ResetOrdered { .. }]));
}

#[test]
fn r19_a_kiosk_that_claims_presence_without_an_operator_is_not_believed() {
    let (mut library, loan) = on_loan();
    let claim = Return::new(tablet(1), Some(loan), Presence::InHand);
    let taken = library.by(SELF_SERVICE, Action::Return(claim));
    taken.expect("a return is always taken");
    assert!(library.it(1).waits_in_tray());
    let last = library.it(1).last_return.expect("it came back");
    assert_eq!(last.presence, Presence::StickerOnly);
}

#[test]
fn r19_a_typed_number_is_only_a_report() {
    let (mut library, _) = on_loan();
    let before = library.it(1).clone();
    let tablet = tablet(1);
    let report = Action::ReportBack(ReportBack { tablet });
    library.by(SELF_SERVICE, report).expect("noted");
    assert!(library.it(1).reported_back);
    assert_eq!(library.it(1).custody, before.custody);
    assert_eq!(library.it(1).reset, before.reset);
    library.comes_back(1);
    assert!(!library.it(1).reported_back, "it is back");
}

#[test]
fn r19_a_tablet_used_after_its_return_is_asked_and_a_yes_erases_nothing() {
    let (mut library, loan) = on_loan();
    library.comes_back(1);
    let used_later = library.now.plus_ms(60_000);
    let not_since = library.it(1).return_to_ask_about(library.now);
    assert_eq!(not_since, None, "not used since");
    let asked = library.it(1).return_to_ask_about(used_later);
    assert_eq!(asked.expect("asked").loan, loan);
    let events = answer(&mut library, loan).expect("answered");
    assert!(!orders_reset(&events));
    assert_eq!(library.it(1).custody, Custody::OnLoan(loan));
    assert_eq!(library.loan_state(loan), LoanState::Contested);
    let refused = library.at(VENUE, start_reset());
    assert_eq!(refused, Err(Refusal::NeedsTwoOperators));
    library.decides(Decision::StillOut);
    assert_eq!(library.loan_state(loan), LoanState::Open);
}

#[test]
fn r19_once_an_operator_has_it_in_hand_nobody_else_can_still_have_it() {
    let (mut library, loan) = on_loan();
    library.comes_back(1);
    library.starts_reset(1);
    let used_later = library.now.plus_ms(60_000);
    assert_eq!(library.it(1).return_to_ask_about(used_later), None);
    let refused = answer(&mut library, loan);
    assert_eq!(refused, Err(Refusal::NothingToAnswer));
}

#[test]
fn r9_no_reset_starts_on_an_open_loan_or_a_clean_tablet_by_one_operator() {
    for mut library in [on_loan().0, ready()] {
        let refused = library.at(VENUE, start_reset());
        assert_eq!(refused, Err(Refusal::NeedsTwoOperators));
    }
}

#[test]
fn r11_a_second_return_scan_leaves_a_reset_at_work_alone() {
    let (mut library, _) = on_loan();
    library.takes_back(1);
    let at_work = library.it(1).reset;
    let events = library.takes_back(1);
    assert!(matches!(events[..], [Event::Returned { loan: None, .. }]));
    assert_eq!(library.it(1).reset, at_work);
}

#[test]
fn five_failed_resets_withhold_a_tablet_until_a_person_clears_it() {
    let mut library = enrolled();
    for try_ in 1..=5 {
        let pending = matches!(library.it(1).reset, Reset::Ordered(_));
        assert!(pending, "try {try_}");
        library.fails(1);
    }
    assert_eq!(library.word(1), StateWord::NeedsAttention);
    let refused = library.at(VENUE, start_reset());
    assert_eq!(refused, Err(Refusal::Withheld));
    let flag = Flag::Withheld(WithheldReason::ResetFailed);
    let tablet = tablet(1);
    library.does(Action::ClearFlag(ClearFlag { tablet, flag }));
    library.does(start_reset());
    library.is_proven(1);
    assert_eq!(library.word(1), StateWord::Ready);
}

#[test]
fn a_missing_part_is_a_flag_and_never_delays_the_reset() {
    let (mut library, loan) = on_loan();
    let events = library.does(Action::Return(Return {
        part_missing: true,
        condition: Condition::Damaged,
        ..Return::new(tablet(1), Some(loan), Presence::InHand)
    }));
    assert!(matches!(events.last(), Some(Event::ResetOrdered { .. })));
    library.is_proven(1);
    let word = StateWord::NeedsAttention;
    assert_eq!(library.word(1), word);
    let refused = library.at(VENUE, check_out());
    assert_eq!(refused, Err(Refusal::TabletNotReady { word }));
    for flag in [Flag::PartMissing, Flag::Damaged] {
        let tablet = tablet(1);
        library.does(Action::ClearFlag(ClearFlag { tablet, flag }));
    }
    assert_eq!(library.word(1), StateWord::Ready);
}

#[test]
fn a_dispute_decided_as_returned_leaves_the_tablet_missing_not_clean() {
    let (mut library, loan) = on_loan();
    library.comes_back(1);
    answer(&mut library, loan).expect("answered");
    library.decides(Decision::ReturnedThen);
    assert_eq!(library.word(1), StateWord::Missing);
    assert!(library.loans.values().all(Loan::is_over));
}

#[test]
fn a_retired_tablet_at_a_counter_is_kept_as_a_fact_and_stays_retired() {
    let mut library = ready();
    let (tablet, whither) = (tablet(1), Whither::Withdrawn);
    library.does(Action::Relocate(Relocate { tablet, whither }));
    let events = library.takes_back(1);
    let venue = VENUE;
    assert_eq!(events, [Event::RetiredTabletSeen { tablet, venue }]);
    let word = StateWord::Retired;
    assert_eq!(library.word(1), word);
    let refused = library.at(VENUE, check_out());
    assert_eq!(refused, Err(Refusal::Retired { word }));
}
