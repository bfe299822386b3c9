//! Makes a demo's folder as large as was asked: kiosks, one borrower each, and tablets
//! that are ready, by the store's own verbs.

use anyhow::{Context as _, Result};
use server::{
    clock,
    config::Folder,
    store::{Settings, Store, Work},
};
use shared::{
    borrower::CardNumber,
    command::{Action, Command, EnrolKiosk, EnrolTablet, RecordReset},
    event::{Actor, Origin},
    ids::{BorrowerId, CommandId, KioskId, TabletId, VenueId},
    keys::SecretKey,
    policy::Policy,
    signed::{
        Envelope,
        receipt::{Outcome, Owners, Receipt, Scope},
    },
    tablet::{ProofKind, Reset, Tablet, TabletKeys},
    tag::{TabletNumber, Tag},
};

/// How many commands are committed together: more than a server does, for speed.
const BATCH: usize = 1_024;

/// 16 bytes that say which of its kind something is.
pub fn id(kind: u8, number: usize) -> [u8; 16] {
    let mut bytes = [kind; 16];
    bytes[8..].copy_from_slice(&(number as u64).to_be_bytes());
    bytes
}

/// A key that is always the same, for whoever has this number.
pub fn key(kind: u8, number: usize) -> SecretKey {
    let mut seed = [kind; 32];
    seed[24..].copy_from_slice(&(number as u64).to_be_bytes());
    SecretKey::from_seed(&seed)
}

/// The tablet of this number.
pub fn tablet(number: usize) -> TabletId {
    TabletId::from_bytes(id(0xa0, number))
}

/// The kiosk of this client.
pub fn kiosk(client: usize) -> KioskId {
    KioskId::from_bytes(id(0xb0, client))
}

/// The borrower of this client.
pub fn borrower(client: usize) -> BorrowerId {
    BorrowerId::from_bytes(id(0xc0, client))
}

/// The key with which a tablet calls.
pub const LINK: u8 = 0x11;
/// The key with which it proves.
pub const PROOF: u8 = 0x12;
/// The key with which a kiosk calls.
pub const KIOSK: u8 = 0x13;

/// The database of a demo's folder.
pub fn open(folder: &str) -> Result<Store> {
    let folder = Folder::new(folder);
    let data_key = std::fs::read(folder.data_key()).context("reading data.key")?;
    let settings = Settings {
        policy: Policy {
            proof_scopes: vec![Scope::Tablet, Scope::Directory],
            ..Policy::default()
        },
        data_key: data_key.try_into().ok().context("data.key is no key")?,
    };
    Ok(Store::open(&folder.database(), settings)?)
}

/// Adds what is asked for.
pub fn fill(folder: &str, tablets: usize, clients: usize) -> Result<()> {
    let mut store = open(folder)?;
    let venue = venue(&store)?;
    for client in 0..clients {
        let card: CardNumber = format!("LOAD{client:05}").parse().ok().context("a card")?;
        store.add_borrower(borrower(client), "Demo L.", &card)?;
    }
    let kiosks = (0..clients).map(|client| {
        Action::EnrolKiosk(EnrolKiosk {
            kiosk: kiosk(client),
            venue,
            key: key(KIOSK, client).public(),
        })
    });
    all(&mut store, venue, kiosks)?;
    for first in (0..tablets).step_by(BATCH) {
        let some = first..(first + BATCH).min(tablets);
        let enrolments = some
            .clone()
            .map(|at| enrolment(at, venue))
            .collect::<Result<Vec<_>>>()?;
        all(&mut store, venue, enrolments.into_iter())?;
        let receipts = some
            .map(|at| receipt(&store, at))
            .collect::<Result<Vec<_>>>()?;
        all(&mut store, venue, receipts.into_iter())?;
    }
    store.close()?;
    Ok(())
}

/// The venue that everything is at.
pub fn venue(store: &Store) -> Result<VenueId> {
    let venues = store.read().venues()?;
    Ok(venues.first().context("the folder has no venue")?.id)
}

fn all(store: &mut Store, venue: VenueId, actions: impl Iterator<Item = Action>) -> Result<()> {
    let now = clock::now();
    let works: Vec<Work> = actions
        .map(|action| {
            let command = Command {
                id: CommandId::from_bytes(server::chance::bytes()),
                origin: Origin::Server,
                origin_seq: None,
                actor: Actor::Server,
                venue: Some(venue),
                occurred_at: now,
                clock_sure: true,
                seen: 0,
                series: 0,
                action,
            };
            Work::new(command, now)
        })
        .collect();
    for works in works.chunks(BATCH) {
        for answer in store.commit_batch(works)? {
            answer.map_err(|refusal| anyhow::anyhow!("refused: {}", refusal.code()))?;
        }
    }
    Ok(())
}

fn enrolment(at: usize, venue: VenueId) -> Result<Action> {
    let letter = char::from(b'A' + u8::try_from(at / 90_000)?);
    let number: TabletNumber = format!("LD{letter}-{:03}", at % 90_000 + 1).parse()?;
    let mut secret = [0; 10];
    secret[..8].copy_from_slice(&(at as u64).to_be_bytes());
    Ok(Action::EnrolTablet(EnrolTablet {
        tablet: tablet(at),
        number,
        serial: format!("LOAD-{at}"),
        model: "Demo Tab 10".to_owned(),
        venue,
        keys: Some(TabletKeys {
            link: key(LINK, at).public(),
            proof: key(PROOF, at).public(),
        }),
        tag: Tag::new(number, secret).digest(),
    }))
}

fn receipt(store: &Store, at: usize) -> Result<Action> {
    let found = store.read().tablet(tablet(at))?;
    let found = found.context("a tablet that was just enrolled")?;
    let receipt = Envelope::sign(&proof(&found)?, &key(PROOF, at)).to_json();
    let tablet = found.id;
    Ok(Action::RecordReset(RecordReset { tablet, receipt }))
}

fn proof(tablet: &Tablet) -> Result<Receipt> {
    let Reset::Ordered(order) = tablet.reset else {
        anyhow::bail!("{} has no order", tablet.number);
    };
    let now = clock::now();
    Ok(Receipt {
        order: order.order,
        nonce: order.nonce,
        epoch: tablet.epoch.0,
        tablet: tablet.id,
        serial: tablet.serial.clone(),
        model: tablet.model.clone(),
        kind: ProofKind::TabletProven,
        scope: Scope::Tablet,
        owners: Owners::Restored,
        technique: "Clear (logical), verified".to_owned(),
        backend: "manifest".to_owned(),
        agent_version: "0".to_owned(),
        image: order.image,
        outcome: Outcome::Verified,
        files_verified: 3,
        bytes_verified: 4096,
        deleted: 1,
        restored: 0,
        policy: Vec::new(),
        key_erased: false,
        started_at: now,
        finished_at: now,
        monotonic_ms: 250,
        seq: 1,
        previous: None,
        voucher: None,
        new_keys: None,
    })
}
