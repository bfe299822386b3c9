//! The small council that the server's stories are about. Its ids are the same in
//! every story, so that a story can go on in a database of an older format.

use shared::{
    borrower::CardNumber,
    command::{Action, AppointOperator, EnrolKiosk, EnrolTablet, ReleaseImage},
    digest::Digest,
    ids::{BorrowerId, KioskId, OperatorId, TabletId, VenueId},
    image::ImageId,
    keys::SecretKey,
    signed::receipt::{FailedStep, Outcome, Owners, Receipt, Scope},
    tablet::{ProofKind, ResetOrder, Tablet, TabletKeys},
    tag::{TabletNumber, Tag},
    time::Moment,
    venue::{Calendar, Venue, VenueKind},
};

pub(super) const VENUES: [VenueId; 2] =
    [VenueId::from_bytes([1; 16]), VenueId::from_bytes([2; 16])];
pub(super) const OPERATORS: [OperatorId; 2] = [
    OperatorId::from_bytes([3; 16]),
    OperatorId::from_bytes([7; 16]),
];
/// Appointed nowhere.
pub(super) const STRANGER: OperatorId = OperatorId::from_bytes([4; 16]);
pub(super) const KIOSKS: [KioskId; 2] =
    [KioskId::from_bytes([5; 16]), KioskId::from_bytes([6; 16])];
pub(super) const BORROWERS: u8 = 4;

/// What opens the council, one after the other.
pub(super) fn opening() -> impl Iterator<Item = Action> {
    let venues = [(0, "Demo Library"), (1, "Demo Partner")];
    let venues = venues.map(|(nth, name)| Action::OpenVenue(venue(nth, name)));
    let operators = OPERATORS.map(|operator| {
        Action::AppointOperator(AppointOperator {
            operator,
            name: "Demo Operator".to_owned(),
            venues: VENUES.to_vec(),
            badge: Digest::of(operator.as_bytes()),
        })
    });
    let kiosks = KIOSKS.map(|kiosk| {
        let (venue, key) = (VENUES[0], key(kiosk.as_bytes()[0]).public());
        Action::EnrolKiosk(EnrolKiosk { kiosk, venue, key })
    });
    let image = Action::ReleaseImage(ReleaseImage {
        image: ImageId(Digest::of(b"a manifest")),
        release: "2026.1".to_owned(),
        withdraw_on: None,
    });
    let all = venues.into_iter().chain(operators).chain(kiosks);
    all.chain([image])
}

pub(super) fn venue(nth: usize, name: &str) -> Venue {
    Venue {
        id: VENUES[nth],
        name: name.to_owned(),
        kind: VenueKind::Library,
        calendar: Calendar::default(),
    }
}

pub(super) const fn borrower_id(number: u8) -> BorrowerId {
    BorrowerId::from_bytes([60 + number; 16])
}

pub(super) fn card(number: u8) -> CardNumber {
    let card = format!("DEMO000{number}").parse();
    card.expect("a card's number")
}

pub(super) const fn tablet_id(number: u8) -> TabletId {
    TabletId::from_bytes([100 + number; 16])
}

pub(super) fn tablet_number(number: u8) -> TabletNumber {
    let text = format!("DEM-{number:03}").parse();
    text.expect("a tablet's number")
}

pub(super) fn enrolment(number: u8) -> EnrolTablet {
    EnrolTablet {
        tablet: tablet_id(number),
        number: tablet_number(number),
        serial: format!("S{number}"),
        model: "Demo Tab 10".to_owned(),
        venue: VENUES[0],
        keys: Some(TabletKeys {
            link: key(200).public(),
            proof: key(number).public(),
        }),
        tag: Tag::new(tablet_number(number), [number; 10]).digest(),
    }
}

pub(super) fn key(number: u8) -> SecretKey {
    SecretKey::from_seed(&[number; 32])
}

/// A tablet's account of the reset that was ordered.
pub(super) fn receipt(tablet: &Tablet, order: &ResetOrder, now: Moment, verified: bool) -> Receipt {
    let why = FailedStep::Wipe;
    Receipt {
        order: order.order,
        nonce: order.nonce,
        epoch: tablet.epoch.0,
        tablet: tablet.id,
        serial: tablet.serial.clone(),
        model: tablet.model.clone(),
        kind: ProofKind::TabletProven,
        scope: Scope::Tablet,
        owners: Owners::Restored,
        technique: "clear".to_owned(),
        backend: "manifest".to_owned(),
        agent_version: "rig".to_owned(),
        image: order.image,
        outcome: if verified {
            Outcome::Verified
        } else {
            Outcome::Failed { why }
        },
        files_verified: 12,
        bytes_verified: 3456,
        deleted: 7,
        restored: 1,
        policy: Vec::new(),
        key_erased: false,
        started_at: now,
        finished_at: now,
        monotonic_ms: 10,
        seq: 1,
        previous: None,
        voucher: None,
        new_keys: None,
    }
}
