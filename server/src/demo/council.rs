//! The made-up council: venues of a borough, two partners that are plainly made
//! up, staff, and borrowers.

use shared::{
    badge::Badge,
    borrower::CardNumber,
    command::{Action, AppointOperator, EnrolKiosk},
    event::{Actor, Origin},
    ids::{BorrowerId, CommandId, DisputeId, KioskId, Nonce, OperatorId, OrderId, VenueId},
    keys::SecretKey,
    time::Moment,
    venue::{Calendar, Venue, VenueKind},
};

use super::{
    CARD,
    dice::Dice,
    plan::{Plan, Step},
};
use crate::store::Fresh;

const PLACES: [(&str, VenueKind); 9] = [
    ("Wigan Library", VenueKind::Library),
    ("Leigh Library", VenueKind::Library),
    ("Atherton Library", VenueKind::Library),
    ("Hindley Library", VenueKind::Library),
    ("Ashton Library", VenueKind::Library),
    ("Standish Library", VenueKind::Library),
    ("Demo Carers Centre", VenueKind::Partner),
    ("Demo Pensioners Link", VenueKind::Partner),
    ("Demo Digital Hub", VenueKind::Hub),
];

const SUNDAY: u8 = 6;
/// How long ago it all began.
const BEGAN_DAYS_AGO: i64 = 150;
/// A day, in milliseconds.
pub(super) const DAY_MS: i64 = 86_400_000;

/// A place, and the kiosk at its counter.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) venue: Venue,
    pub(super) kiosk: KioskId,
    kiosk_key: SecretKey,
}

/// A made-up borrower.
pub(super) struct Person {
    pub(super) id: BorrowerId,
    pub(super) short_name: String,
    pub(super) card: CardNumber,
}

/// The made-up council.
#[derive(Debug)]
pub(super) struct Council {
    pub(super) venues: Vec<Place>,
    pub(super) librarian: OperatorId,
    team: OperatorId,
    secrets: [[u8; 16]; 2],
    first_step: CommandId,
    people: [u8; 8],
}

impl Council {
    pub(super) fn make_up(dice: &mut Dice) -> Self {
        let places = PLACES.into_iter();
        Self {
            venues: places.map(|(name, kind)| place(name, kind, dice)).collect(),
            librarian: OperatorId::from_bytes(dice.bytes()),
            team: OperatorId::from_bytes(dice.bytes()),
            secrets: [dice.bytes(), dice.bytes()],
            first_step: CommandId::from_bytes(dice.bytes()),
            people: dice.bytes(),
        }
    }

    /// The badge of Demo Librarian.
    pub(super) fn badge(&self) -> Badge {
        Badge::new(self.secrets[0])
    }

    /// Opens the venues, appoints the staff, enrols the kiosks.
    pub(super) fn open(&self, plan: &mut Plan, now: Moment) {
        let began = now.plus_ms(-BEGAN_DAYS_AGO * DAY_MS);
        let venues = self
            .venues
            .iter()
            .map(|it| Action::OpenVenue(it.venue.clone()));
        let kiosks = self.venues.iter().map(|it| {
            let (kiosk, venue, key) = (it.kiosk, it.venue.id, it.kiosk_key.public());
            Action::EnrolKiosk(EnrolKiosk { kiosk, venue, key })
        });
        let staff = [
            self.appoint(self.librarian, "Demo Librarian", 0),
            self.appoint(self.team, "Demo Digital Team", 1),
        ];
        for (nth, action) in venues.chain(staff).chain(kiosks).enumerate() {
            let nth = i64::try_from(nth).expect("a few steps");
            plan.add(self.by_server(began.plus_ms(nth * 60_000), nth, action));
        }
    }

    fn appoint(&self, operator: OperatorId, name: &str, badge: usize) -> Action {
        Action::AppointOperator(AppointOperator {
            operator,
            name: name.to_owned(),
            venues: self.venues.iter().map(|it| it.venue.id).collect(),
            badge: Badge::new(self.secrets[badge]).digest(),
        })
    }

    fn by_server(&self, at: Moment, nth: i64, action: Action) -> Step {
        let mut id = *self.first_step.as_bytes();
        for (byte, nth) in id.iter_mut().zip(nth.to_le_bytes()) {
            *byte ^= nth;
        }
        Step {
            at,
            id: CommandId::from_bytes(id),
            origin: Origin::Server,
            actor: Actor::Server,
            venue: None,
            fresh: unused(),
            action,
        }
    }

    /// One borrower for each tablet, after Demo B., who has none yet.
    pub(super) fn borrowers(&self, tablets: u16) -> Vec<Person> {
        let first = Person {
            id: self.borrower(0),
            short_name: "Demo B.".to_owned(),
            card: CARD.parse().expect("the demo's own card"),
        };
        let others = (1..=tablets).map(|nth| Person {
            id: self.borrower(nth),
            short_name: format!("Demo {nth:02} B."),
            card: format!("D2{nth:06}").parse().expect("the demo's own card"),
        });
        std::iter::once(first).chain(others).collect()
    }

    /// The id of the `nth` borrower.
    pub(super) fn borrower(&self, nth: u16) -> BorrowerId {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&self.people);
        id[14..].copy_from_slice(&nth.to_be_bytes());
        BorrowerId::from_bytes(id)
    }
}

/// Ids for a step that makes neither order nor dispute.
fn unused() -> Fresh {
    Fresh {
        order: OrderId::from_bytes([0; 16]),
        nonce: Nonce::from_bytes([0; 16]),
        dispute: DisputeId::from_bytes([0; 16]),
    }
}

fn place(name: &str, kind: VenueKind, dice: &mut Dice) -> Place {
    let calendar = Calendar {
        closed_weekdays: [SUNDAY].into(),
        ..Calendar::default()
    };
    let venue = Venue {
        id: VenueId::from_bytes(dice.bytes()),
        name: name.to_owned(),
        kind,
        calendar,
    };
    Place {
        venue,
        kiosk: KioskId::from_bytes(dice.bytes()),
        kiosk_key: SecretKey::from_seed(&dice.bytes()),
    }
}
