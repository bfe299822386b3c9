//! Kinds of proof: a tablet's own, a device manager's report, a person's word. Only
//! what the policy names lends, and nobody passes for another (R2).

use shared::{
    command::{Action, CheckOut, RecordReset},
    decide::Decided,
    event::{Actor, Event},
    ids::{LoanId, Nonce, OperatorId, OrderId},
    keys::SecretKey,
    policy::Policy,
    refusal::Refusal,
    signed::{
        Envelope,
        receipt::{Receipt, Voucher},
    },
    tablet::{ProofKind, StateWord},
};

use crate::{
    library::{
        Library,
        verbs::{BOB, enrolment, tablet},
    },
    world::{OPERATOR, VENUE, proof_key},
};

const ANOTHER: OperatorId = OperatorId::from_bytes([0x44; 16]);

pub fn server_key() -> SecretKey {
    SecretKey::from_seed(&[0x5e; 32])
}

fn operator() -> OperatorId {
    match OPERATOR {
        Actor::Operator(operator) => operator,
        Actor::SelfService(_) | Actor::Tablet(_) | Actor::Server => panic!("it is one"),
    }
}

/// A tablet that was just enrolled, under a policy that takes these kinds.
fn enrolled(kinds: &[ProofKind]) -> Library {
    let mut library = Library::with_tablets(0);
    library.policy = takes(kinds);
    library.does(enrolment(1));
    library
}

/// A policy that takes these kinds.
pub fn takes(kinds: &[ProofKind]) -> Policy {
    Policy {
        proof_kinds: kinds.to_vec(),
        voucher_key: Some(server_key().public()),
        ..Policy::default()
    }
}

fn all_kinds() -> Library {
    enrolled(&ProofKind::ALL)
}

pub fn reported(library: &Library) -> Receipt {
    Receipt {
        kind: ProofKind::ManagerReported,
        voucher: Some(Voucher::Manager {
            manager: "Example".into(),
            managed: "enterprises/e/devices/d".into(),
            command: "enterprises/e/devices/d/operations/1".into(),
        }),
        ..library.receipt(1)
    }
}

pub fn confirmed(library: &Library) -> Receipt {
    Receipt {
        kind: ProofKind::PersonConfirmed,
        voucher: Some(Voucher::Person {
            operator: operator(),
        }),
        ..library.receipt(1)
    }
}

pub fn hand_in(library: &mut Library, actor: Actor, receipt: &Receipt, key: &SecretKey) -> Decided {
    let (tablet, receipt) = (tablet(1), Envelope::sign(receipt, key).to_json());
    library.by(actor, Action::RecordReset(RecordReset { tablet, receipt }))
}

fn lend(library: &mut Library) -> Decided {
    let loan = LoanId::from_bytes([0x1b; 16]);
    library.at(VENUE, Action::CheckOut(CheckOut::new(tablet(1), loan, BOB)))
}

#[test]
fn r2_only_a_policy_that_names_them_lends_on_a_report_or_a_persons_word() {
    let mut library = enrolled(&[ProofKind::TabletProven]);
    let (report, word) = (reported(&library), confirmed(&library));
    let report = hand_in(&mut library, Actor::Server, &report, &server_key());
    assert_eq!(report, Err(Refusal::ReceiptWrongKind));
    let word = hand_in(&mut library, OPERATOR, &word, &server_key());
    assert_eq!(word, Err(Refusal::ReceiptWrongKind));
    assert_eq!(library.word(1), StateWord::Resetting);
    assert_eq!(Policy::default().proof_kinds, [ProofKind::TabletProven]);
    assert_eq!(Policy::default().voucher_key, None);
}

#[test]
fn each_kind_is_taken_where_the_policy_names_it_and_the_proof_says_which_it_is() {
    type Case = (fn(&Library) -> Receipt, Actor, ProofKind);
    let cases: [Case; 2] = [
        (reported, Actor::Server, ProofKind::ManagerReported),
        (confirmed, OPERATOR, ProofKind::PersonConfirmed),
    ];
    for (receipt, actor, kind) in cases {
        let mut library = enrolled(&[kind]);
        let receipt = receipt(&library);
        let facts = hand_in(&mut library, actor, &receipt, &server_key()).expect("taken");
        assert!(matches!(facts[..], [Event::ResetVerified { kind: it, .. }] if it == kind));
        assert_eq!(library.word(1), StateWord::Ready);
        lend(&mut library).expect("the policy takes it");
    }
}

#[test]
fn r2_a_tablet_lends_no_more_once_the_policy_no_longer_takes_its_kind() {
    let mut library = all_kinds();
    let receipt = confirmed(&library);
    hand_in(&mut library, OPERATOR, &receipt, &server_key()).expect("taken");
    library.policy.proof_kinds = vec![ProofKind::TabletProven];
    assert_eq!(lend(&mut library), Err(Refusal::ProofNotAllowed));
}

#[test]
fn r2_no_key_signs_for_another_kind() {
    let mut library = all_kinds();
    let own = library.receipt(1);
    let wrong = Err(Refusal::ReceiptWrongKind);
    let as_server = hand_in(&mut library, Actor::Server, &own, &server_key());
    assert_eq!(as_server, wrong, "the server cannot prove for a tablet");
    for (receipt, actor) in [
        (reported(&library), Actor::Server),
        (confirmed(&library), OPERATOR),
    ] {
        let by_tablet = hand_in(&mut library, actor, &receipt, &proof_key());
        assert_eq!(by_tablet, wrong, "a tablet cannot vouch for a person");
        let unknown = SecretKey::from_seed(&[0x66; 32]);
        let forged = hand_in(&mut library, actor, &receipt, &unknown);
        assert!(matches!(forged, Err(Refusal::ReceiptNotSigned(_))));
    }
    assert_eq!(library.word(1), StateWord::Resetting);
}

#[test]
fn r2_nobody_hands_in_somebody_elses_word() {
    let mut library = all_kinds();
    let (report, word) = (reported(&library), confirmed(&library));
    let tablet = Actor::Tablet(tablet(1));
    for (receipt, actors) in [
        (&report, [OPERATOR, tablet]),
        (&word, [Actor::Server, tablet]),
        (&word, [Actor::Operator(ANOTHER), tablet]),
    ] {
        for actor in actors {
            let refused = hand_in(&mut library, actor, receipt, &server_key());
            assert_eq!(refused, Err(Refusal::ReceiptWrongKind), "{actor:?}");
        }
    }
    let unnamed = Receipt {
        voucher: None,
        ..word.clone()
    };
    let mixed = Receipt {
        voucher: word.voucher.clone(),
        ..report
    };
    for receipt in [unnamed, mixed] {
        for actor in [Actor::Server, OPERATOR] {
            let refused = hand_in(&mut library, actor, &receipt, &server_key());
            assert_eq!(refused, Err(Refusal::ReceiptWrongKind));
        }
    }
    hand_in(&mut library, OPERATOR, &word, &server_key()).expect("their own is taken");
}

#[test]
fn r2_a_report_of_an_earlier_command_frees_no_tablet() {
    type Change = fn(&mut Receipt);
    let mut library = all_kinds();
    let old = reported(&library);
    hand_in(&mut library, Actor::Server, &old, &server_key()).expect("taken");
    lend(&mut library).expect("the policy takes it");
    library.takes_back(1);
    let replayed = hand_in(&mut library, Actor::Server, &old, &server_key());
    assert_eq!(replayed, Err(Refusal::ReceiptForAnotherOrder));
    let changes: [(Change, Refusal); 2] = [
        (
            |it| it.nonce = Nonce::from_bytes([0xee; 16]),
            Refusal::ReceiptWrongNonce,
        ),
        (
            |it| it.order = OrderId::from_bytes([0xee; 16]),
            Refusal::ReceiptForAnotherOrder,
        ),
    ];
    for (change, refusal) in changes {
        let mut receipt = reported(&library);
        change(&mut receipt);
        let refused = hand_in(&mut library, Actor::Server, &receipt, &server_key());
        assert_eq!(refused, Err(refusal));
    }
}
