//! A receipt of each kind of proof, byte for byte: servers keep these bytes for ever,
//! and certificates are drawn from them. The format is frozen: a change is a new
//! type, never an edit.

use shared::{
    digest::Digest,
    ids::{Nonce, OperatorId, OrderId, TabletId},
    image::ImageId,
    keys::SecretKey,
    signed::{
        Envelope,
        new_keys::{NewKeys, NewLinkKey},
        receipt::{FailedStep, Outcome, Owners, PolicyLine, Receipt, Scope, Voucher},
    },
    tablet::ProofKind,
    time::Moment,
};

const TABLET_PROVEN: &str = include_str!("fixtures/receipt-v1-tablet-proven.json");
const MANAGER_REPORTED: &str = include_str!("fixtures/receipt-v1-manager-reported.json");
const PERSON_CONFIRMED: &str = include_str!("fixtures/receipt-v1-person-confirmed.json");

const NEW_KEYS: &str = include_str!("fixtures/receipt-v1-new-keys.json");

fn key() -> SecretKey {
    SecretKey::from_seed(&[0x17; 32])
}

fn proven() -> Receipt {
    Receipt {
        order: OrderId::from_bytes([1; 16]),
        nonce: Nonce::from_bytes([2; 16]),
        epoch: 3,
        tablet: TabletId::from_bytes([4; 16]),
        serial: "SN-042".to_owned(),
        model: "Demo tablet".to_owned(),
        kind: ProofKind::TabletProven,
        scope: Scope::Tablet,
        owners: Owners::Restored,
        technique: "Clear (logical), cryptographic erase of the loan layer, verified".to_owned(),
        backend: "fscrypt+overlay".to_owned(),
        agent_version: "1.0.0".to_owned(),
        image: ImageId(Digest::of(b"a manifest")),
        outcome: Outcome::Verified,
        files_verified: 3000,
        bytes_verified: 514_000_000,
        deleted: 20_000,
        restored: 7,
        policy: vec![PolicyLine {
            item: "network-connections".to_owned(),
            found: 2,
            left: 0,
        }],
        key_erased: true,
        started_at: Moment::from_ms(1_795_773_600_000),
        finished_at: Moment::from_ms(1_795_773_600_250),
        monotonic_ms: 250,
        seq: 9,
        previous: Some(Digest::of(b"the one before")),
        voucher: None,
        new_keys: None,
    }
}

/// What only the tablet could have told is empty.
fn vouched(kind: ProofKind, voucher: Voucher) -> Receipt {
    Receipt {
        kind,
        voucher: Some(voucher),
        files_verified: 0,
        bytes_verified: 0,
        deleted: 0,
        restored: 0,
        key_erased: false,
        ..proven()
    }
}

fn reported() -> Receipt {
    let voucher = Voucher::Manager {
        manager: "android-management".to_owned(),
        managed: "enterprises/E/devices/D".to_owned(),
        command: "enterprises/E/devices/D/operations/O".to_owned(),
    };
    vouched(ProofKind::ManagerReported, voucher)
}

fn confirmed() -> Receipt {
    let operator = OperatorId::from_bytes([5; 16]);
    vouched(ProofKind::PersonConfirmed, Voucher::Person { operator })
}

/// The keys with which the tablet goes on.
fn new_keys() -> [SecretKey; 2] {
    [[0x18; 32], [0x19; 32]].map(|seed| SecretKey::from_seed(&seed))
}

fn naming_new_keys() -> Receipt {
    let [link, proof] = new_keys();
    let paper = NewLinkKey {
        tablet: proven().tablet,
        order: proven().order,
        key: link.public(),
    };
    Receipt {
        new_keys: Some(NewKeys {
            link: Envelope::sign(&paper, &link),
            proof: proof.public(),
        }),
        ..proven()
    }
}

#[test]
fn a_receipt_that_names_new_keys_is_the_frozen_bytes_signed_by_old_and_new() {
    let [_, proof] = new_keys();
    let signed = Envelope::sign(&naming_new_keys(), &key()).countersign(&proof);
    assert_eq!(
        String::from_utf8_lossy(&signed.to_json()),
        NEW_KEYS.trim_end()
    );
    let envelope = Envelope::from_json(NEW_KEYS.trim_end().as_bytes()).expect("an envelope");
    for signer in [key(), proof] {
        assert_eq!(envelope.open(&signer.public()), Ok(naming_new_keys()));
    }
}

#[test]
fn a_receipt_of_each_kind_of_proof_is_the_frozen_bytes() {
    for (receipt, frozen) in [
        (proven(), TABLET_PROVEN),
        (reported(), MANAGER_REPORTED),
        (confirmed(), PERSON_CONFIRMED),
    ] {
        let bytes = Envelope::sign(&receipt, &key()).to_json();
        assert_eq!(String::from_utf8_lossy(&bytes), frozen.trim_end());
        let envelope = Envelope::from_json(frozen.trim_end().as_bytes());
        let read = envelope.and_then(|it| it.open(&key().public()));
        assert_eq!(read, Ok(receipt));
    }
}

#[test]
fn a_receipt_of_a_reset_that_did_not_work_says_at_which_step() {
    let receipt = Receipt {
        outcome: Outcome::Failed {
            why: FailedStep::Policy,
        },
        ..proven()
    };
    let json = serde_json::to_value(&receipt).expect("text keys only");
    assert_eq!(
        json["outcome"],
        serde_json::json!({ "kind": "failed", "why": "policy" })
    );
}
