//! Who and what there is in every test.

use shared::{
    digest::Digest,
    event::Actor,
    ids::{HoldId, KioskId, Nonce, OperatorId, OrderId, VenueId},
    image::ImageId,
    keys::SecretKey,
    signed::receipt::{Outcome, Owners, Receipt, Scope},
    tablet::ProofKind,
    time::Moment,
};

pub const VENUE: VenueId = VenueId::from_bytes([1; 16]);
pub const KIOSK: KioskId = KioskId::from_bytes([3; 16]);
pub const OPERATOR: Actor = Actor::Operator(OperatorId::from_bytes([4; 16]));
pub const SELF_SERVICE: Actor = Actor::SelfService(KIOSK);
pub const HOLD: HoldId = HoldId::from_bytes([5; 16]);

pub fn image() -> ImageId {
    ImageId(Digest::of(b"image"))
}

pub fn proof_key() -> SecretKey {
    SecretKey::from_seed(&[7; 32])
}

pub fn fitting_receipt(order: OrderId, nonce: Nonce, epoch: u32) -> Receipt {
    Receipt {
        order,
        nonce,
        epoch,
        tablet: crate::library::verbs::tablet(1),
        serial: "S-001".into(),
        model: "Model".into(),
        kind: ProofKind::TabletProven,
        scope: Scope::Tablet,
        owners: Owners::Restored,
        technique: "Clear (logical), verified".into(),
        backend: "manifest".into(),
        agent_version: "0".into(),
        image: image(),
        outcome: Outcome::Verified,
        files_verified: 12,
        bytes_verified: 3456,
        deleted: 2,
        restored: 1,
        policy: vec![],
        key_erased: false,
        started_at: Moment::from_ms(1),
        finished_at: Moment::from_ms(2),
        monotonic_ms: 1,
        seq: 1,
        previous: None,
        voucher: None,
        new_keys: None,
    }
}
