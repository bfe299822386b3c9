//! A tablet's own keys, and how they change: on demand, with a reset, and never to a key
//! that nobody holds.

use shared::{
    command::{Action, RecordReset, Relocate, RenewKeys, Whither},
    decide::Decided,
    event::{Actor, Event},
    ids::{OrderId, TabletId},
    keys::SecretKey,
    refusal::Refusal,
    signed::{
        Envelope, SignedError,
        new_keys::{NewKeys, NewLinkKey},
        receipt::{FailedStep, Outcome, Receipt},
    },
    tablet::{Reset, ResetOrder, StateWord, TabletKeys},
};

use crate::{
    library::{
        Library,
        verbs::{ANN, tablet},
    },
    world::{SELF_SERVICE, proof_key},
};

fn new_link() -> SecretKey {
    SecretKey::from_seed(&[0x91; 32])
}

fn new_proof() -> SecretKey {
    SecretKey::from_seed(&[0x92; 32])
}

fn new_keys() -> TabletKeys {
    TabletKeys {
        link: new_link().public(),
        proof: new_proof().public(),
    }
}

const ASKED: Action = Action::RenewKeys(RenewKeys { tablet: tablet(1) });

/// A tablet that came back after it was asked for new keys.
fn returned() -> Library {
    let mut library = Library::with_tablets(1);
    library.lend(1, ANN);
    library.does(ASKED);
    library.takes_back(1);
    library
}

fn pending(library: &Library) -> ResetOrder {
    match library.tablet(tablet(1)).map(|it| it.reset) {
        Ok(Reset::Ordered(pending)) => pending,
        other => panic!("{other:?}"),
    }
}

fn offer(tablet: TabletId, order: OrderId, key: &SecretKey) -> Envelope {
    let key_named = key.public();
    let paper = NewLinkKey {
        tablet,
        order,
        key: key_named,
    };
    Envelope::sign(&paper, key)
}

fn with_new_keys(receipt: Receipt) -> Receipt {
    let link = offer(receipt.tablet, receipt.order, &new_link());
    let proof = new_proof().public();
    let new_keys = Some(NewKeys { link, proof });
    Receipt {
        new_keys,
        ..receipt
    }
}

fn signed(receipt: &Receipt) -> Envelope {
    Envelope::sign(receipt, &proof_key()).countersign(&new_proof())
}

fn hand_in(library: &mut Library, receipt: &Envelope) -> Decided {
    let (tablet, receipt) = (tablet(1), receipt.to_json());
    let action = Action::RecordReset(RecordReset { tablet, receipt });
    library.by(Actor::Tablet(tablet), action)
}

fn keys(library: &Library) -> TabletKeys {
    let it = library.tablet(tablet(1)).expect("it is there");
    it.keys.expect("an agent runs on it")
}

#[test]
fn what_is_asked_for_goes_with_every_order_until_a_receipt_names_new_keys() {
    let mut library = Library::with_tablets(1);
    library.lend(1, ANN);
    library.takes_back(1);
    assert!(!pending(&library).new_keys, "nobody asked");
    library.does(ASKED);
    assert!(!pending(&library).new_keys, "an order is what it was");
    library.is_proven(1);
    library.lend(1, ANN);
    library.takes_back(1);
    assert!(pending(&library).new_keys);
    let why = FailedStep::Wipe;
    let failed = Receipt {
        outcome: Outcome::Failed { why },
        ..library.receipt(1)
    };
    hand_in(&mut library, &Envelope::sign(&failed, &proof_key())).expect("a failure is taken");
    assert!(pending(&library).new_keys, "and is asked again");
    let receipt = signed(&with_new_keys(library.receipt(1)));
    let facts = hand_in(&mut library, &receipt).expect("taken");
    let (tablet, keys) = (tablet(1), new_keys());
    assert_eq!(facts.last(), Some(&Event::KeysRenewed { tablet, keys }));
    assert_eq!(library.word(1), StateWord::Ready);
    library.lend(1, ANN);
    library.takes_back(1);
    assert!(!pending(&library).new_keys, "once");
}

#[test]
fn r2_no_key_of_before_proves_anything_once_a_tablet_has_new_ones() {
    let mut library = returned();
    let receipt = signed(&with_new_keys(library.receipt(1)));
    hand_in(&mut library, &receipt).expect("taken");
    assert_eq!(keys(&library), new_keys());
    library.lend(1, ANN);
    library.takes_back(1);
    let next = library.receipt(1);
    let old = hand_in(&mut library, &Envelope::sign(&next, &proof_key()));
    let why = SignedError::BadSignature;
    assert_eq!(old, Err(Refusal::ReceiptNotSigned(why)));
    hand_in(&mut library, &Envelope::sign(&next, &new_proof())).expect("the new key's");
    assert_eq!(library.word(1), StateWord::Ready);
}

#[test]
fn r2_a_receipt_names_no_key_that_did_not_sign_it_and_none_that_nobody_asked_for() {
    let library = returned();
    let receipt = with_new_keys(library.receipt(1));
    let other_order = OrderId::from_bytes([0xee; 16]);
    let mut of_another = receipt.clone();
    let mut stolen = receipt.clone();
    for (it, link) in [
        (&mut of_another, offer(tablet(1), other_order, &new_link())),
        (&mut stolen, offer(tablet(2), receipt.order, &new_link())),
    ] {
        it.new_keys.as_mut().expect("it names some").link = link;
    }
    let mut unsigned_link = receipt.clone();
    let paper = NewLinkKey {
        tablet: tablet(1),
        order: receipt.order,
        key: new_link().public(),
    };
    let by_another = Envelope::sign(&paper, &new_proof());
    unsigned_link.new_keys.as_mut().expect("it names some").link = by_another;
    let failed = Receipt {
        outcome: Outcome::Failed {
            why: FailedStep::Wipe,
        },
        ..receipt.clone()
    };
    let wrong = [
        Envelope::sign(&receipt, &proof_key()),
        signed(&of_another),
        signed(&stolen),
        signed(&unsigned_link),
        signed(&failed),
    ];
    for envelope in wrong {
        let mut library = library.clone();
        let refused = hand_in(&mut library, &envelope);
        assert_eq!(refused, Err(Refusal::ReceiptWrongKeys));
        assert_ne!(keys(&library), new_keys());
    }
    let mut unasked = Library::with_tablets(1);
    unasked.lend(1, ANN);
    unasked.takes_back(1);
    let receipt = signed(&with_new_keys(unasked.receipt(1)));
    let refused = hand_in(&mut unasked, &receipt);
    assert_eq!(refused, Err(Refusal::ReceiptWrongKeys));
    // The new key alone signs nothing that counts.
    let alone = Envelope::sign(&with_new_keys(library.receipt(1)), &new_proof());
    let refused = hand_in(&mut library.clone(), &alone);
    let why = SignedError::BadSignature;
    assert_eq!(refused, Err(Refusal::ReceiptNotSigned(why)));
}

#[test]
fn a_tablet_that_could_make_no_new_keys_is_ready_and_is_asked_again() {
    let mut library = returned();
    let before = keys(&library);
    library.is_proven(1);
    assert_eq!(library.word(1), StateWord::Ready);
    assert_eq!(keys(&library), before);
    library.lend(1, ANN);
    library.takes_back(1);
    assert!(pending(&library).new_keys);
}

#[test]
fn staff_ask_for_new_keys_once_and_for_no_tablet_that_left() {
    let mut library = Library::with_tablets(2);
    assert_eq!(library.by(SELF_SERVICE, ASKED), Err(Refusal::NeedsOperator));
    library.does(ASKED);
    assert_eq!(library.by(Actor::Server, ASKED), Err(Refusal::AlreadyThere));
    let tablet = tablet(2);
    let whither = Whither::Withdrawn;
    library.does(Action::Relocate(Relocate { tablet, whither }));
    let gone = library.by(Actor::Server, Action::RenewKeys(RenewKeys { tablet }));
    let word = StateWord::Retired;
    assert_eq!(gone, Err(Refusal::Retired { word }));
}
