//! How a world begins: venues with their closed days, people, kiosks and tablets
//! that are enrolled, an image; then everything is switched on, one after the other.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use kiosk::{mirror::Place as Counter, store::Identity};
use shared::{
    badge::Badge,
    command::{Action, AppointOperator, EnrolKiosk, EnrolTablet, ReleaseImage},
    digest::Digest,
    ids::{BorrowerId, KioskId, OperatorId, VenueId},
    image::ImageId,
    keys::SecretKey,
    policy::Policy,
    signed::keyring::Keyring,
    tablet::ProofKind,
    tag::TagHost,
    venue::{Calendar, Venue, VenueKind},
};

use super::World;
use crate::sim::{
    bug::Bug,
    chance::Chance,
    ground::Ground,
    kiosk::Kiosk,
    model::Model,
    node::Node,
    plan::Plan,
    server::Server,
    story::{Story, Telling},
    tablet::{Body, MODEL, Tablet},
    truth::{Borrower, Operator, Place, Truth},
    wires::{Due, Timer, Wires},
};

/// What every tag begins with.
pub const TAG_HOST: &str = "TABLETS.WIGAN";

/// Tablets in a thousand on which no agent runs at first.
const WITHOUT_AGENT: u64 = 250;

/// Everything is on after so long.
const SWITCHED_ON_MS: u64 = 60_000;

impl World {
    /// A world as the plan has it, in which nothing has happened yet.
    pub(super) fn begin(
        plan: Plan,
        telling: Telling,
        bug: Option<Bug>,
        ground: &Ground,
    ) -> Result<Self> {
        let mut chance = Chance::of(plan.seed, "beginning");
        let folder = ground.world()?;
        let path = folder.path().join("library.db");
        ground.place_server(&path)?;
        let policy = policy(&mut chance);
        let truth = truth(&plan, &mut chance);
        let model = Model::new(&plan, policy.clone(), &truth);
        let wires = Wires::new(plan.seed, plan.weather, Story::new(telling));
        let server = Server::new(path, policy, plan.begins_at, bug);
        let mut world = Self {
            wires,
            server,
            kiosks: Vec::new(),
            tablets: Vec::new(),
            truth,
            handled: BTreeMap::new(),
            holds: Vec::new(),
            boxes: Vec::new(),
            people: Vec::new(),
            taken: BTreeSet::new(),
            model,
            steps: 0,
            plan,
            folder,
        };
        world.server.power_up(&mut world.wires)?;
        world.settle(&mut chance)?;
        world.enrol_kiosks(&mut chance, (ground, bug))?;
        world.enrol_tablets(&mut chance, bug)?;
        world.listen();
        world.switch_on(&mut chance);
        Ok(world)
    }

    /// Venues, operators, borrowers and an image.
    fn settle(&mut self, chance: &mut Chance) -> Result<()> {
        for venue in self.truth.venues.clone() {
            self.by_server(Action::OpenVenue(venue))?;
        }
        let appoint = |operator: &Operator| AppointOperator {
            operator: operator.id,
            name: operator.name.clone(),
            venues: operator.venues.clone(),
            badge: operator.badge.digest(),
        };
        let appointed: Vec<AppointOperator> = self.truth.operators.iter().map(appoint).collect();
        for operator in appointed {
            self.by_server(Action::AppointOperator(operator))?;
        }
        for borrower in &self.truth.borrowers {
            let Borrower { id, name, card } = borrower;
            self.server.add_borrower(*id, name, card)?;
        }
        self.release_image(chance)
    }

    /// Releases a new image; from now on tablets are reset to it.
    pub(super) fn release_image(&mut self, chance: &mut Chance) -> Result<()> {
        let image = ImageId(Digest::of(&chance.bytes::<8>()));
        let release = format!("{:x}", chance.below(1 << 32));
        self.server.seal(image, &release);
        self.by_server(Action::ReleaseImage(ReleaseImage {
            image,
            release,
            withdraw_on: None,
        }))
    }

    fn by_server(&mut self, action: Action) -> Result<()> {
        self.server.act(None, None, action, &mut self.wires)?;
        Ok(())
    }

    fn enrol_kiosks(&mut self, chance: &mut Chance, on: (&Ground, Option<Bug>)) -> Result<()> {
        let tag_host: TagHost = TAG_HOST.parse()?;
        for at in 0..self.plan.size.kiosks {
            let venue = &self.truth.venues[at % self.truth.venues.len()];
            let place = Counter {
                venue: venue.id,
                venue_name: venue.name.clone(),
                tag_host: tag_host.clone(),
            };
            let (kiosk, key) = (
                KioskId::from_bytes(chance.bytes()),
                SecretKey::from_seed(&chance.bytes()),
            );
            let enrolled = EnrolKiosk {
                kiosk,
                venue: place.venue,
                key: key.public(),
            };
            self.by_server(Action::EnrolKiosk(enrolled))?;
            let identity = Identity {
                kiosk,
                key,
                server: "https://tablets.example".to_owned(),
                server_key: self.server.keys().public(),
                place,
            };
            let folder = self.folder.path().join(format!("kiosk-{at}"));
            let begins_at = self.plan.begins_at;
            self.kiosks
                .push(Kiosk::enrolled(at, folder, identity, begins_at, on)?);
        }
        Ok(())
    }

    fn enrol_tablets(&mut self, chance: &mut Chance, bug: Option<Bug>) -> Result<()> {
        for at in 0..self.plan.size.tablets {
            let body = Body::drawn(at, chance);
            let Place::Venue(venue) = self.truth.places[at] else {
                continue;
            };
            let has_agent = !chance.happens(WITHOUT_AGENT);
            self.by_server(Action::EnrolTablet(EnrolTablet {
                tablet: body.id,
                number: body.number,
                serial: body.serial.clone(),
                model: MODEL.to_owned(),
                venue: self.truth.venues[venue].id,
                keys: has_agent.then(|| body.keys()),
                tag: body.tag.digest(),
            }))?;
            let (keyring, begins_at) = (self.keyring()?, self.plan.begins_at);
            let with = (has_agent, bug);
            self.tablets
                .push(Tablet::enrolled(at, body, keyring, begins_at, with)?);
        }
        Ok(())
    }

    /// What a tablet's agent pins when it is enrolled.
    pub(super) fn keyring(&self) -> Result<Keyring> {
        let keys = self.server.keys();
        Ok(keys.keyring().open(&keys.public())?)
    }

    fn switch_on(&mut self, chance: &mut Chance) {
        let kiosks = (0..self.kiosks.len()).map(Node::Kiosk);
        let tablets = (0..self.tablets.len()).map(Node::Tablet);
        for node in kiosks.chain(tablets) {
            let on = Due::Timer(node, 0, Timer::PowerUp);
            self.wires.after(chance.below(SWITCHED_ON_MS), on);
        }
    }
}

fn policy(chance: &mut Chance) -> Policy {
    let days = [1, 7, 14, 21, 28];
    Policy {
        loan_days: days[chance.place(days.len())],
        open_loans_max: u32::try_from(chance.within(1..=3)).expect("small"),
        holds_max: u32::try_from(chance.within(1..=2)).expect("small"),
        hold_days: if chance.happens(500) { 1 } else { 7 },
        renew_within_days: if chance.happens(500) { 28 } else { 7 },
        proof_kinds: vec![ProofKind::TabletProven, ProofKind::PersonConfirmed],
        ..Policy::default()
    }
}

fn truth(plan: &Plan, chance: &mut Chance) -> Truth {
    let size = plan.size;
    let venues: Vec<Venue> = (0..size.venues).map(|at| venue(at, plan, chance)).collect();
    let places = (0..size.tablets).map(|at| Place::Venue(at % size.venues));
    Truth {
        places: places.collect(),
        in_hand: vec![false; size.tablets],
        had: vec![None; size.tablets],
        photographed: vec![None; size.tablets],
        borrowers: (0..size.borrowers).map(|at| borrower(at, chance)).collect(),
        operators: (0..size.operators)
            .map(|at| operator(at, &venues, chance))
            .collect(),
        venues,
    }
}

fn venue(at: usize, plan: &Plan, chance: &mut Chance) -> Venue {
    let closed_weekdays = (0..7).filter(|_| chance.happens(200)).collect();
    let begins_on = plan.begins_at.day();
    let kind = if chance.happens(300) {
        VenueKind::Partner
    } else {
        VenueKind::Library
    };
    let closures = (0..40).filter(|_| chance.happens(150));
    let closures: BTreeSet<_> = closures.map(|days| begins_on.plus_days(days)).collect();
    Venue {
        id: VenueId::from_bytes(chance.bytes()),
        name: format!("Venue {at}"),
        kind,
        calendar: Calendar {
            closed_weekdays,
            closures,
            hours: BTreeMap::new(),
        },
    }
}

fn borrower(at: usize, chance: &mut Chance) -> Borrower {
    let card = format!("CARD{:08X}{at}", chance.below(1 << 32));
    Borrower {
        id: BorrowerId::from_bytes(chance.bytes()),
        name: format!("Canaria {at} Q."),
        card: card.parse().expect("a card's number"),
    }
}

/// Most operators may act everywhere, some at one venue only.
fn operator(at: usize, venues: &[Venue], chance: &mut Chance) -> Operator {
    let only = chance.happens(200).then(|| chance.place(venues.len()));
    let may = |place: usize| only.is_none_or(|only| only == place);
    let venues = venues.iter().enumerate().filter(|(place, _)| may(*place));
    Operator {
        id: OperatorId::from_bytes(chance.bytes()),
        name: format!("Canaria Operatrix {at}"),
        badge: Badge::new(chance.bytes()),
        venues: venues.map(|(_, venue)| venue.id).collect(),
    }
}
