//! Rules told as stories of one tablet.

use shared::{
    decide::Decided,
    digest::Digest,
    dispute::{Decision, DisputeCause},
    event::Event,
    ids::{Nonce, OrderId, TabletId},
    image::ImageId,
    keys::SecretKey,
    loan::LoanState,
    refusal::Refusal,
    signed::{SignedError, receipt::Receipt, receipt::Scope},
    tablet::{Custody, Flag, Presence, ProofKind, Reset, StateWord, WithheldReason},
};

use crate::world::{Act, OPERATOR, SELF_SERVICE, VENUE, World, proof_key};

const STAFF_RETURN: Act = Act::Return {
    actor: OPERATOR,
    presence: Presence::InHand,
    names_loan: true,
    missing: false,
    damaged: false,
};

const SELF_RETURN: Act = Act::Return {
    actor: SELF_SERVICE,
    presence: Presence::StickerOnly,
    names_loan: true,
    missing: false,
    damaged: false,
};

fn after(acts: &[Act]) -> World {
    let mut world = World::new();
    for act in acts {
        world
            .act(*act)
            .unwrap_or_else(|refusal| panic!("{act:?}: {refusal:?}"));
    }
    world
}

fn ready() -> World {
    after(&[Act::Receipt { fails: false }])
}

fn on_loan() -> World {
    after(&[Act::Receipt { fails: false }, Act::CheckOut])
}

#[test]
fn one_tablet_goes_all_the_way_round() {
    let mut world = World::new();
    assert_eq!(world.tablet.word(), StateWord::Resetting);
    let words = [
        Act::Receipt { fails: false },
        Act::CheckOut,
        STAFF_RETURN,
        Act::Receipt { fails: false },
    ]
    .map(|act| {
        world.act(act).expect("the way round");
        world.tablet.word()
    });
    let round = [
        StateWord::Ready,
        StateWord::OnLoan,
        StateWord::Resetting,
        StateWord::Ready,
    ];
    assert_eq!(words, round);
    assert_eq!(world.tablet.epoch.0, 2, "every check out uses up the proof");
}

#[test]
fn r1_a_tablet_on_loan_is_refused_for_check_out() {
    assert_eq!(on_loan().act(Act::CheckOut), Err(Refusal::TabletOnLoan));
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
    let world = World::new();
    for (change, refusal) in changes {
        let mut receipt = world.receipt();
        change(&mut receipt);
        assert_eq!(world.record(&receipt, &proof_key()), Err(refusal));
    }
    assert!(
        world.record(&world.receipt(), &proof_key()).is_ok(),
        "unchanged, it is taken"
    );
}

#[test]
fn r2_a_receipt_of_another_key_or_with_one_byte_altered_never_frees_a_tablet() {
    let world = World::new();
    let other = SecretKey::from_seed(&[0x77; 32]);
    let forged = Err(Refusal::ReceiptNotSigned(SignedError::BadSignature));
    assert_eq!(world.record(&world.receipt(), &other), forged);
    let whole = shared::signed::Envelope::sign(&world.receipt(), &proof_key()).to_json();
    let key_name = proof_key().public().id();
    for at in 0..whole.len() {
        let mut altered = whole.clone();
        altered[at] ^= 1;
        // The key's short name is a hint that no check relies on.
        let only_the_hint = String::from_utf8_lossy(&altered).contains("\"sig\"")
            && !String::from_utf8_lossy(&altered).contains(&key_name);
        let decided = world.record_bytes(altered);
        assert!(
            decided.is_err() || only_the_hint,
            "byte {at} was altered: {decided:?}"
        );
    }
}

#[test]
fn r2_an_old_receipt_frees_no_tablet_after_the_next_loan() {
    let mut world = World::new();
    let old = world.receipt();
    for act in [Act::Receipt { fails: false }, Act::CheckOut, STAFF_RETURN] {
        world.act(act).expect("the way round");
    }
    assert_eq!(
        world.record(&old, &proof_key()),
        Err(Refusal::ReceiptForAnotherOrder)
    );
}

#[test]
fn r3_a_return_of_a_tablet_that_was_never_out_is_taken_and_makes_it_dirty() {
    let mut world = ready();
    let events = world.act(SELF_RETURN).expect("a return is always taken");
    assert!(matches!(events[..], [Event::Returned { loan: None, .. }]));
    assert_eq!(world.tablet.word(), StateWord::BackNotYetReset);
}

#[test]
fn r6_a_late_offline_return_never_closes_somebody_elses_loan() {
    let mut world = on_loan();
    let named = world.act(Act::LateReturn {
        names_old_loan: true,
        clock_sure: true,
    });
    let unnamed = world.act(Act::LateReturn {
        names_old_loan: false,
        clock_sure: true,
    });
    for decided in [named, unnamed] {
        assert!(matches!(
            decided.as_deref(),
            Ok([Event::ReturnCameLate { .. }])
        ));
    }
    assert_eq!(world.tablet.word(), StateWord::OnLoan);
    assert!(
        world
            .current_loan()
            .is_some_and(shared::loan::Loan::is_open)
    );
}

#[test]
fn r6_a_return_with_an_unsure_clock_becomes_a_dispute_and_orders_nothing() {
    let mut world = on_loan();
    let decided = world.act(Act::LateReturn {
        names_old_loan: false,
        clock_sure: false,
    });
    let events = decided.expect("kept");
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
    assert_eq!(
        world.current_loan().map(|loan| loan.state),
        Some(LoanState::Contested)
    );
}

#[test]
fn r19_a_staffed_return_orders_the_reset_at_once_and_a_sticker_alone_does_not() {
    let mut staffed = on_loan();
    let events = staffed.act(STAFF_RETURN).expect("taken");
    assert!(matches!(
        events[..],
        [Event::Returned { .. }, Event::ResetOrdered { .. }]
    ));

    let mut unattended = on_loan();
    let events = unattended.act(SELF_RETURN).expect("taken");
    assert!(matches!(events[..], [Event::Returned { .. }]));
    assert!(unattended.tablet.waits_in_tray());
    let started = unattended
        .act(Act::StartReset)
        .expect("an operator has it in hand");
    assert!(matches!(started[..], [Event::ResetOrdered { .. }]));
}

#[test]
fn r19_a_kiosk_that_claims_presence_without_an_operator_is_not_believed() {
    let mut world = on_loan();
    let claim = Act::Return {
        actor: SELF_SERVICE,
        presence: Presence::InHand,
        names_loan: true,
        missing: false,
        damaged: false,
    };
    world.act(claim).expect("taken");
    assert!(world.tablet.waits_in_tray());
    assert_eq!(
        world.tablet.last_return.map(|last| last.presence),
        Some(Presence::StickerOnly)
    );
}

#[test]
fn r19_a_typed_number_is_only_a_report() {
    let mut world = on_loan();
    let before = world.tablet.clone();
    world.act(Act::ReportBack).expect("noted");
    assert!(world.tablet.reported_back);
    assert_eq!(
        (world.tablet.custody, world.tablet.reset),
        (before.custody, before.reset)
    );
}

#[test]
fn r19_a_tablet_used_after_its_return_is_asked_and_a_yes_erases_nothing() {
    let mut world = on_loan();
    world.act(SELF_RETURN).expect("taken");
    let used_later = world.now.plus_ms(60_000);
    assert!(
        world.tablet.return_to_ask_about(world.now).is_none(),
        "not used since"
    );
    let asked = world.tablet.return_to_ask_about(used_later).expect("asked");
    let events = world.act(Act::Answer { yes: true }).expect("answered");
    assert!(
        events
            .iter()
            .all(|event| !matches!(event, Event::ResetOrdered { .. }))
    );
    assert_eq!(world.tablet.custody, Custody::OnLoan(asked.loan));
    assert_eq!(
        world.current_loan().map(|loan| loan.state),
        Some(LoanState::Contested)
    );
    assert_eq!(world.act(Act::StartReset), Err(Refusal::NeedsTwoOperators));
    world
        .act(Act::Close(Decision::StillOut))
        .expect("a person decides");
    assert!(
        world
            .current_loan()
            .is_some_and(shared::loan::Loan::is_open)
    );
}

#[test]
fn r19_once_an_operator_has_it_in_hand_nobody_else_can_still_have_it() {
    let mut world = on_loan();
    for act in [SELF_RETURN, Act::StartReset] {
        world.act(act).expect("taken");
    }
    assert!(
        world
            .tablet
            .return_to_ask_about(world.now.plus_ms(60_000))
            .is_none()
    );
    assert_eq!(
        world.act(Act::Answer { yes: true }),
        Err(Refusal::NothingToAnswer)
    );
}

#[test]
fn r9_no_reset_starts_on_an_open_loan_or_a_clean_tablet_by_one_operator() {
    assert_eq!(
        on_loan().act(Act::StartReset),
        Err(Refusal::NeedsTwoOperators)
    );
    assert_eq!(
        ready().act(Act::StartReset),
        Err(Refusal::NeedsTwoOperators)
    );
}

#[test]
fn r11_a_second_return_scan_leaves_a_reset_at_work_alone() {
    let mut world = on_loan();
    world.act(STAFF_RETURN).expect("taken");
    let at_work = world.tablet.reset;
    let events = world.act(STAFF_RETURN).expect("taken again");
    assert!(matches!(events[..], [Event::Returned { loan: None, .. }]));
    assert_eq!(world.tablet.reset, at_work);
}

#[test]
fn five_failed_resets_withhold_a_tablet_until_a_person_clears_it() {
    let mut world = World::new();
    for try_ in 1..=5 {
        assert!(
            matches!(world.tablet.reset, Reset::Ordered(_)),
            "try {try_}"
        );
        world.act(Act::Receipt { fails: true }).expect("noted");
    }
    let flag = Flag::Withheld(WithheldReason::ResetFailed);
    assert_eq!(world.tablet.word(), StateWord::NeedsAttention);
    assert_eq!(world.act(Act::StartReset), Err(Refusal::Withheld));
    world.act(Act::Clear(flag)).expect("cleared");
    world.act(Act::StartReset).expect("it begins afresh");
    world.act(Act::Receipt { fails: false }).expect("proven");
    assert_eq!(world.tablet.word(), StateWord::Ready);
}

#[test]
fn a_missing_part_is_a_flag_and_never_delays_the_reset() {
    let mut world = on_loan();
    let act = Act::Return {
        actor: OPERATOR,
        presence: Presence::InHand,
        names_loan: true,
        missing: true,
        damaged: true,
    };
    let events = world.act(act).expect("taken");
    assert!(matches!(events.last(), Some(Event::ResetOrdered { .. })));
    world.act(Act::Receipt { fails: false }).expect("proven");
    assert_eq!(world.tablet.word(), StateWord::NeedsAttention);
    assert_not_ready(&world.act(Act::CheckOut));
    for flag in [Flag::PartMissing, Flag::Damaged] {
        world.act(Act::Clear(flag)).expect("cleared");
    }
    assert_eq!(world.tablet.word(), StateWord::Ready);
}

#[test]
fn a_dispute_decided_as_returned_leaves_the_tablet_missing_not_clean() {
    let mut world = on_loan();
    for act in [
        SELF_RETURN,
        Act::Answer { yes: true },
        Act::Close(Decision::ReturnedThen),
    ] {
        world.act(act).expect("decided");
    }
    assert_eq!(world.tablet.word(), StateWord::Missing);
    assert_eq!(
        world.act(Act::Close(Decision::StillOut)),
        Err(Refusal::DisputeDecided)
    );
}

#[test]
fn a_retired_tablet_at_a_counter_is_kept_as_a_fact_and_stays_retired() {
    let mut world = ready();
    world
        .act(Act::Happens(crate::world::Happening::Withdrawn))
        .expect("withdrawn");
    let events = world.act(STAFF_RETURN).expect("kept");
    assert!(matches!(
        events[..],
        [Event::RetiredTabletSeen { venue: VENUE, .. }]
    ));
    assert_eq!(world.tablet.word(), StateWord::Retired);
    let refused = Refusal::Retired {
        word: StateWord::Retired,
    };
    assert_eq!(world.act(Act::CheckOut), Err(refused));
}

fn assert_not_ready(decided: &Decided) {
    let word = StateWord::NeedsAttention;
    assert_eq!(decided, &Err(Refusal::TabletNotReady { word }));
}
