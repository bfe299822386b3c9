//! A small council in a temporary folder, and verbs that read aloud.

use rusqlite::Connection;
use shared::{
    borrower::CardNumber,
    command::{
        Action, AppointOperator, CheckOut, Command, EnrolAgent, EnrolKiosk, EnrolTablet,
        RecordReset, ReleaseImage, Return,
    },
    digest::Digest,
    event::{Actor, Origin},
    ids::{BorrowerId, CommandId, KioskId, LoanId, OperatorId, TabletId, VenueId},
    image::ImageId,
    keys::SecretKey,
    policy::Policy,
    refusal::Refusal,
    signed::{
        Envelope,
        receipt::{FailedStep, Outcome, Owners, Receipt, Scope},
    },
    tablet::{Presence, ProofKind, Reset, StateWord, Tablet, TabletKeys},
    tag::Tag,
    time::Moment,
    venue::{Calendar, Venue, VenueKind},
};
use tempfile::TempDir;

use crate::{
    chance,
    store::{Answer, Settings, Store, Work},
};

pub(crate) const VENUE: VenueId = VenueId::from_bytes([1; 16]);
pub(crate) const OTHER_VENUE: VenueId = VenueId::from_bytes([2; 16]);
pub(crate) const OPERATOR: OperatorId = OperatorId::from_bytes([3; 16]);
pub(crate) const KIOSK: KioskId = KioskId::from_bytes([4; 16]);
pub(crate) const OTHER_KIOSK: KioskId = KioskId::from_bytes([5; 16]);
pub(crate) const BORROWER: BorrowerId = BorrowerId::from_bytes([6; 16]);

/// Words that must never be in the log, whatever is done.
pub(crate) const CANARY_NAME: &str = "Canaria Q.";
pub(crate) const CANARY_CARD: &str = "CANARY90210";
pub(crate) const CANARY_OPERATOR: &str = "Canaria Operatrix";

pub(crate) struct World {
    pub(crate) folder: TempDir,
    pub(crate) store: Store,
    pub(crate) now: Moment,
}

pub(crate) fn settings() -> Settings {
    Settings {
        policy: Policy::default(),
        data_key: [7; 32],
    }
}

pub(crate) fn empty() -> World {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("library.db"), settings()).unwrap();
    let now = "2026-11-02T10:00:00Z".parse().unwrap();
    World { folder, store, now }
}

/// Two venues, an operator and a kiosk at the first, an image, a borrower.
pub(crate) fn council() -> World {
    let mut world = empty();
    for (id, name) in [(VENUE, "Leigh Library"), (OTHER_VENUE, "Demo Partner")] {
        let (kind, calendar) = (VenueKind::Library, Calendar::default());
        let name = name.to_owned();
        let venue = Venue {
            id,
            name,
            kind,
            calendar,
        };
        world.server(Action::OpenVenue(venue)).unwrap();
    }
    world
        .server(Action::AppointOperator(AppointOperator {
            operator: OPERATOR,
            name: CANARY_OPERATOR.to_owned(),
            venues: vec![VENUE],
            badge: Digest::of(b"badge"),
        }))
        .unwrap();
    for kiosk in [KIOSK, OTHER_KIOSK] {
        let key = SecretKey::from_seed(kiosk.as_bytes().repeat(2)[..].try_into().unwrap()).public();
        let it = EnrolKiosk {
            kiosk,
            venue: VENUE,
            key,
        };
        world.server(Action::EnrolKiosk(it)).unwrap();
    }
    world
        .server(Action::ReleaseImage(ReleaseImage {
            image: image(),
            release: "2026.1".to_owned(),
            withdraw_on: None,
        }))
        .unwrap();
    let card: CardNumber = CANARY_CARD.parse().unwrap();
    world
        .store
        .add_borrower(BORROWER, CANARY_NAME, &card)
        .unwrap();
    world
}

pub(crate) fn image() -> ImageId {
    ImageId(Digest::of(b"a manifest"))
}

pub(crate) fn tablet_id(number: u8) -> TabletId {
    TabletId::from_bytes([100 + number; 16])
}

pub(crate) fn proof_key(number: u8) -> SecretKey {
    SecretKey::from_seed(&[number; 32])
}

pub(crate) fn agent_keys(number: u8) -> TabletKeys {
    TabletKeys {
        link: SecretKey::from_seed(&[200; 32]).public(),
        proof: proof_key(number).public(),
    }
}

pub(crate) fn loan_id(number: u8) -> LoanId {
    LoanId::from_bytes([number; 16])
}

impl World {
    pub(crate) fn database(&self) -> std::path::PathBuf {
        self.folder.path().join("library.db")
    }

    /// Somebody at the database behind the server's back.
    pub(crate) fn behind_its_back(&self) -> Connection {
        let connection = Connection::open(self.database()).unwrap();
        // Damage need not survive a power cut.
        connection
            .execute_batch("PRAGMA synchronous = OFF")
            .unwrap();
        connection
    }

    pub(crate) fn command(&mut self, actor: Actor, action: Action) -> Command {
        self.now = self.now.plus_ms(60_000);
        Command {
            id: CommandId::from_bytes(chance::bytes()),
            origin: Origin::Server,
            origin_seq: None,
            actor,
            venue: Some(VENUE),
            occurred_at: self.now,
            clock_sure: true,
            seen: 0,
            series: 0,
            action,
        }
    }

    pub(crate) fn work(&self, command: &Command) -> Work {
        Work::new(command.clone(), self.now)
    }

    pub(crate) fn send(&mut self, command: &Command) -> Answer {
        let work = self.work(command);
        self.store.commit_batch(&[work]).unwrap().remove(0)
    }

    pub(crate) fn server(&mut self, action: Action) -> Answer {
        let command = self.command(Actor::Server, action);
        self.send(&command)
    }

    pub(crate) fn operator(&mut self, action: Action) -> Answer {
        let command = self.command(Actor::Operator(OPERATOR), action);
        self.send(&command)
    }

    /// A fact of the kiosk's own series.
    pub(crate) fn fact(&mut self, seq: u64, actor: Actor, action: Action) -> Command {
        let command = self.command(actor, action);
        Command {
            origin: Origin::Kiosk(KIOSK),
            origin_seq: Some(seq),
            ..command
        }
    }

    pub(crate) fn enrolment(number: u8) -> EnrolTablet {
        let name = format!("WGN-{number:03}").parse().unwrap();
        EnrolTablet {
            tablet: tablet_id(number),
            number: name,
            serial: format!("S{number}"),
            model: "Demo Tab 10".to_owned(),
            venue: VENUE,
            keys: Some(agent_keys(number)),
            tag: Tag::new(name, [number; 10]).digest(),
        }
    }

    /// A tablet on which no agent runs.
    pub(crate) fn enrol_without_agent(&mut self, number: u8) -> Answer {
        let enrolment = Self::enrolment(number);
        self.server(Action::EnrolTablet(EnrolTablet {
            keys: None,
            ..enrolment
        }))
    }

    /// An agent comes to speak for it.
    pub(crate) fn agent(number: u8) -> Action {
        Action::EnrolAgent(EnrolAgent {
            tablet: tablet_id(number),
            serial: format!("S{number}"),
            venue: VENUE,
            keys: agent_keys(number),
        })
    }

    pub(crate) fn enrol(&mut self, number: u8) -> Answer {
        self.operator(Action::EnrolTablet(Self::enrolment(number)))
    }

    /// Enrolled and proven: it can be lent.
    pub(crate) fn ready(&mut self, number: u8) -> TabletId {
        self.enrol(number).unwrap();
        self.prove(number).unwrap();
        tablet_id(number)
    }

    pub(crate) fn tablet(&self, number: u8) -> Tablet {
        self.store
            .read()
            .tablet(tablet_id(number))
            .unwrap()
            .unwrap()
    }

    pub(crate) fn word(&self, number: u8) -> StateWord {
        self.tablet(number).word()
    }

    /// The receipt that the tablet's order asks for.
    pub(crate) fn receipt(&self, number: u8, outcome: Outcome) -> Receipt {
        let tablet = self.tablet(number);
        let Reset::Ordered(order) = tablet.reset else {
            panic!("no order waits");
        };
        Receipt {
            order: order.order,
            nonce: order.nonce,
            epoch: tablet.epoch.0,
            tablet: tablet.id,
            serial: tablet.serial,
            model: tablet.model,
            kind: ProofKind::TabletProven,
            scope: Scope::Tablet,
            owners: Owners::Restored,
            technique: "clear".to_owned(),
            backend: "manifest".to_owned(),
            agent_version: "test".to_owned(),
            image: order.image,
            outcome,
            files_verified: 12,
            bytes_verified: 3456,
            deleted: 7,
            restored: 1,
            policy: Vec::new(),
            key_erased: false,
            started_at: self.now,
            finished_at: self.now,
            monotonic_ms: 10,
            seq: 1,
            previous: None,
            voucher: None,
            new_keys: None,
        }
    }

    pub(crate) fn hand_in(&mut self, number: u8, receipt: &Receipt) -> (Vec<u8>, Answer) {
        self.hand_in_signed(number, &Envelope::sign(receipt, &proof_key(number)))
    }

    pub(crate) fn hand_in_signed(&mut self, number: u8, receipt: &Envelope) -> (Vec<u8>, Answer) {
        let (bytes, tablet) = (receipt.to_json(), tablet_id(number));
        let receipt = bytes.clone();
        let action = Action::RecordReset(RecordReset { tablet, receipt });
        let command = self.command(Actor::Tablet(tablet), action);
        let command = Command {
            origin: Origin::Tablet(tablet),
            venue: None,
            ..command
        };
        (bytes, self.send(&command))
    }

    pub(crate) fn prove(&mut self, number: u8) -> Answer {
        let receipt = self.receipt(number, Outcome::Verified);
        self.hand_in(number, &receipt).1
    }

    pub(crate) fn fail(&mut self, number: u8) -> Answer {
        self.fail_at(number, FailedStep::Wipe)
    }

    pub(crate) fn fail_at(&mut self, number: u8, why: FailedStep) -> Answer {
        let receipt = self.receipt(number, Outcome::Failed { why });
        self.hand_in(number, &receipt).1
    }

    pub(crate) fn check_out(&mut self, number: u8, loan: u8) -> Answer {
        self.operator(check_out(number, loan))
    }

    pub(crate) fn return_in_hand(&mut self, number: u8, loan: u8) -> Answer {
        self.operator(take_back(number, Some(loan), Presence::InHand))
    }
}

pub(crate) fn check_out(number: u8, loan: u8) -> Action {
    Action::CheckOut(CheckOut::new(tablet_id(number), loan_id(loan), BORROWER))
}

pub(crate) fn take_back(number: u8, loan: Option<u8>, presence: Presence) -> Action {
    let loan = loan.map(loan_id);
    Action::Return(Return::new(tablet_id(number), loan, presence))
}

pub(crate) fn refused(answer: Answer) -> Refusal {
    answer.unwrap_err()
}
