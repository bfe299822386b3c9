//! Tablets on which no agent runs: others vouch for them, nothing is taken as their own
//! word, and one that gains an agent proves itself from there on.

use shared::{
    command::{
        Action, ClearFlag, EnrolAgent, Relocate, RenewKeys, Return, Send, StartReset, Whither,
    },
    event::{Actor, Event},
    ids::TransferId,
    refusal::Refusal,
    signed::{
        SignedError,
        receipt::{FailedStep, Outcome, Receipt},
    },
    tablet::{Epoch, Flag, Presence, ProofKind, Reset, StateWord, Tablet, WithheldReason},
};

use crate::{
    library::{
        Library,
        verbs::{
            ANN, BOB, ELSEWHERE, PARTNER, agent, agent_keys, enrolment, orders_reset, signed,
            tablet, without_agent,
        },
    },
    proofs::{confirmed, hand_in, reported, server_key, takes},
    world::{OPERATOR, SELF_SERVICE, VENUE},
};

/// A library that takes every kind of proof, with a tablet that has no agent.
fn library() -> Library {
    let mut library = Library::with_tablets(0);
    library.policy = takes(&ProofKind::ALL);
    library.does(without_agent(1));
    library
}

fn is_confirmed(library: &mut Library) {
    let word = confirmed(library);
    hand_in(library, OPERATOR, &word, &server_key()).expect("a person's word is taken");
}

fn gains_agent(library: &mut Library) -> Vec<Event> {
    let enrolled = library.by(Actor::Server, Action::EnrolAgent(agent(1)));
    enrolled.expect("it is in hand and has none")
}

/// Why this agent may not speak for a tablet.
fn refused(library: &Library, agent: EnrolAgent) -> Refusal {
    let mut library = library.clone();
    let decided = library.by(Actor::Server, Action::EnrolAgent(agent));
    decided.expect_err("it is refused")
}

fn kind_of_proof(library: &Library) -> Option<ProofKind> {
    library.it(1).proof().map(|proof| proof.kind)
}

#[test]
fn a_tablet_without_an_agent_goes_round_on_a_persons_word() {
    let mut library = library();
    assert_eq!(library.it(1).keys, None);
    assert_eq!(library.word(1), StateWord::Resetting);
    is_confirmed(&mut library);
    assert_eq!(library.word(1), StateWord::Ready);
    library.lend(1, ANN);
    assert!(orders_reset(&library.takes_back(1)));
    assert_eq!(library.word(1), StateWord::Resetting);
    is_confirmed(&mut library);
    library.lend(1, BOB);
    assert_eq!(library.word(1), StateWord::OnLoan);
}

#[test]
fn r2_nothing_is_taken_as_the_word_of_a_tablet_without_an_agent() {
    for kinds in [&ProofKind::ALL[..], &[ProofKind::TabletProven]] {
        let mut library = library();
        library.policy = takes(kinds);
        let own = signed(tablet(1), &library.receipt(1));
        let refused = library.by(Actor::Tablet(tablet(1)), own);
        let why = SignedError::BadSignature;
        assert_eq!(refused, Err(Refusal::ReceiptNotSigned(why)));
        assert_eq!(library.word(1), StateWord::Resetting);
    }
    let asked = library().by(OPERATOR, Action::RenewKeys(RenewKeys { tablet: tablet(1) }));
    assert_eq!(asked, Err(Refusal::NoAgent));
}

#[test]
fn r19_a_tablet_without_an_agent_shows_no_code() {
    let mut library = library();
    is_confirmed(&mut library);
    let loan = library.lend(1, ANN);
    let code = Some(Library::shows(1, library.now));
    let back = Return {
        code,
        ..Return::new(tablet(1), Some(loan), Presence::StickerOnly)
    };
    let taken = library.by(SELF_SERVICE, Action::Return(back));
    assert!(!orders_reset(&taken.expect("a return is always taken")));
    assert!(library.it(1).waits_in_tray());
    let (tablet, code) = (tablet(1), Some(Library::shows(1, library.now)));
    let started = library.by(OPERATOR, Action::StartReset(StartReset { tablet, code }));
    assert_eq!(started, Err(Refusal::CodeNotTaken));
}

#[test]
fn r2_a_word_of_before_lends_no_tablet_that_gained_an_agent() {
    let mut library = library();
    is_confirmed(&mut library);
    let before = library.it(1).clone();
    let facts = gains_agent(&mut library);
    let (it, keys) = (tablet(1), agent_keys());
    assert_eq!(facts[0], Event::AgentEnrolled { tablet: it, keys });
    assert!(orders_reset(&facts));
    let after = library.it(1);
    assert_eq!(after.keys, Some(keys));
    assert_eq!(after.word(), StateWord::Resetting);
    assert_eq!(after.epoch, before.epoch.next());
    let lasting = |it: &Tablet| (it.id, it.number, it.tag, it.serial.clone());
    assert_eq!(lasting(after), lasting(&before));
    library.is_proven(1);
    assert_eq!(kind_of_proof(&library), Some(ProofKind::TabletProven));
    library.lend(1, ANN);
}

#[test]
fn an_agent_proves_itself_with_the_order_that_waits() {
    let mut library = library();
    let waiting = library.it(1).reset;
    assert_eq!(gains_agent(&mut library).len(), 1, "no second order");
    assert_eq!(library.it(1).reset, waiting);
    assert_eq!(library.it(1).epoch, Epoch(1));
    library.is_proven(1);
    assert_eq!(kind_of_proof(&library), Some(ProofKind::TabletProven));
}

#[test]
fn r19_whoever_puts_an_agent_on_a_tablet_of_the_tray_has_it_in_hand() {
    let mut library = library();
    is_confirmed(&mut library);
    library.lend(1, ANN);
    library.comes_back(1);
    assert!(library.it(1).waits_in_tray());
    assert!(orders_reset(&gains_agent(&mut library)));
    library.is_proven(1);
    assert_eq!(library.word(1), StateWord::Ready);
}

#[test]
fn an_agents_tries_are_its_own_and_people_clear_what_was_flagged_before() {
    let mut library = library();
    let why = FailedStep::Wipe;
    for _ in 0..5 {
        let failed = Receipt {
            outcome: Outcome::Failed { why },
            ..reported(&library)
        };
        hand_in(&mut library, Actor::Server, &failed, &server_key()).expect("a failure is taken");
    }
    assert_eq!(library.it(1).reset, Reset::Failed { tries: 5 });
    gains_agent(&mut library);
    let Reset::Ordered(order) = library.it(1).reset else {
        panic!("a reset was ordered");
    };
    assert_eq!(order.failed_tries, 0);
    library.is_proven(1);
    assert_eq!(library.word(1), StateWord::NeedsAttention);
    let (tablet, flag) = (tablet(1), Flag::Withheld(WithheldReason::ResetFailed));
    let clear = ClearFlag { tablet, flag };
    library.does(Action::ClearFlag(clear));
    assert_eq!(library.word(1), StateWord::Ready);
}

#[test]
fn a_tablet_that_is_kept_for_somebody_stays_so_while_its_agent_proves_it() {
    let mut library = library();
    is_confirmed(&mut library);
    let hold = library.waits(ANN);
    assert_eq!(library.kept_for(hold), Some(tablet(1)));
    gains_agent(&mut library);
    assert_eq!(library.kept_for(hold), Some(tablet(1)));
    library.is_proven(1);
    assert_eq!(library.word(1), StateWord::PutAside);
}

#[test]
fn an_agent_speaks_for_no_tablet_but_the_very_one_that_has_none() {
    let mut library = library();
    let serial = "S-002".into();
    let other = EnrolAgent { serial, ..agent(1) };
    assert_eq!(refused(&library, other), Refusal::SerialDiffers);
    let venue = ELSEWHERE;
    let elsewhere = EnrolAgent { venue, ..agent(1) };
    let word = StateWord::Resetting;
    assert_eq!(refused(&library, elsewhere), Refusal::NotInHand { word });
    assert_eq!(refused(&library, agent(2)), Refusal::TabletUnknown);
    let by_kiosk = library.by(SELF_SERVICE, Action::EnrolAgent(agent(1)));
    assert_eq!(by_kiosk, Err(Refusal::NeedsOperator));
    let has_one = Library::with_tablets(1);
    assert_eq!(refused(&has_one, agent(1)), Refusal::AlreadyThere);
}

#[test]
fn an_agent_speaks_for_no_tablet_that_is_not_at_a_venue() {
    let mut library = library();
    is_confirmed(&mut library);
    for (whither, word) in [
        (Whither::Missing, StateWord::Missing),
        (Whither::Lost, StateWord::Lost),
    ] {
        let mut library = library.clone();
        let tablet = tablet(1);
        library.does(Action::Relocate(Relocate { tablet, whither }));
        assert_eq!(refused(&library, agent(1)), Refusal::NotInHand { word });
    }
    let mut retired = library.clone();
    let (it, whither) = (tablet(1), Whither::Withdrawn);
    retired.does(Action::Relocate(Relocate {
        tablet: it,
        whither,
    }));
    let word = StateWord::Retired;
    assert_eq!(refused(&retired, agent(1)), Refusal::Retired { word });
    let mut travelling = library.clone();
    travelling.does(Action::Send(Send {
        transfer: TransferId::from_bytes([0x7f; 16]),
        to: PARTNER,
        tablets: vec![tablet(1)],
    }));
    let word = StateWord::Travelling;
    assert_eq!(refused(&travelling, agent(1)), Refusal::NotInHand { word });
    library.lend(1, ANN);
    let word = StateWord::OnLoan;
    assert_eq!(refused(&library, agent(1)), Refusal::NotInHand { word });
}

#[test]
fn the_number_and_serial_of_a_tablet_without_an_agent_are_taken_like_any() {
    let mut library = library();
    let again = library.by(OPERATOR, enrolment(1));
    assert_eq!(again, Err(Refusal::NumberTaken));
    assert_eq!(library.at(VENUE, without_agent(1)), again);
}
