//! Requests as tablets and kiosks send them, signed before the clock runs.

use anyhow::{Context as _, Result, bail};
use serde::Serialize;
use server::{clock, config::Folder, server_keys::ServerKeys};
use shared::{
    ids::{BootId, CommandId, LoanId, OperatorId},
    image::ImageId,
    keys::{KeyId, SecretKey},
    signed::request::{HEADER, Stamp},
    tablet::Presence,
    time::Moment,
    wire::v1::{
        agent::{AgentState, Heartbeat},
        command::{KioskAction, KioskCommand},
    },
};

use super::fill;

/// How much is asked.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    pub tablets: usize,
    pub clients: usize,
    /// For all clients together.
    pub requests: usize,
}

impl Size {
    pub fn parse(tablets: &str, clients: &str, requests: &str) -> Result<Self> {
        Ok(Self {
            tablets: tablets.parse()?,
            clients: clients.parse()?,
            requests: requests.parse()?,
        })
    }
}

/// A request that is ready to be sent.
#[derive(Clone, Debug)]
pub struct Request {
    pub path: &'static str,
    pub stamp: String,
    pub body: Vec<u8>,
}

impl Request {
    fn new(
        path: &'static str,
        (caller, seq, key): (String, u64, &SecretKey),
        body: &impl Serialize,
    ) -> Result<Self> {
        let body = serde_json::to_vec(body)?;
        let stamp = Stamp::new(&caller, seq, key, "POST", path, &body).to_header();
        Ok(Self { path, stamp, body })
    }

    /// As it goes over the wire.
    pub fn to_bytes(&self) -> Vec<u8> {
        let head = format!(
            "POST {} HTTP/1.1\r\nhost: load\r\ncontent-type: application/json\r\n{HEADER}: \
             {}\r\ncontent-length: {}\r\n\r\n",
            self.path,
            self.stamp,
            self.body.len()
        );
        [head.as_bytes(), &self.body].concat()
    }
}

/// What each client sends, in its order.
pub fn made(what: &str, folder: &str, size: Size) -> Result<Vec<Vec<Request>>> {
    let each = size.requests / size.clients;
    match what {
        "heartbeats" => {
            let told = Told::of(folder)?;
            (0..size.clients)
                .map(|client| heartbeats(client, each, size, &told))
                .collect()
        }
        "loans" => {
            let operator = operator(folder)?;
            (0..size.clients)
                .map(|client| loans(client, each, size, operator))
                .collect()
        }
        other => bail!("{other} is no load: `heartbeats` or `loans`"),
    }
}

/// What every tablet knows that has nothing to do.
struct Told {
    believes: KeyId,
    image: Option<ImageId>,
}

impl Told {
    fn of(folder: &str) -> Result<Self> {
        let keys = std::fs::read(Folder::new(folder).server_key()).context("reading server.key")?;
        let keys = ServerKeys::from_bytes(&keys).map_err(|why| anyhow::anyhow!("{why}"))?;
        let image = fill::open(folder)?.read().image_current()?;
        Ok(Self {
            believes: keys.public().id(),
            image: image.map(|image| image.id),
        })
    }
}

/// This client's tablets call in turn.
fn heartbeats(client: usize, count: usize, size: Size, told: &Told) -> Result<Vec<Request>> {
    let own = (size.tablets / size.clients).max(1);
    let beat = |at: usize| {
        let (tablet, seq) = (client * own + at % own, (at / own + 1) as u64);
        let heartbeat = Heartbeat {
            seq,
            boot: BootId::from_bytes([7; 16]),
            state: AgentState::Ready,
            epoch: 1,
            order_counter: 1,
            battery_percent: Some(80),
            charging: Some(false),
            storage_free_bytes: Some(1 << 34),
            modem: None,
            image: told.image,
            staged: told.image,
            last_used_ms_ago: None,
            answer: None,
            believes: Some(told.believes),
            agent_version: "1.0.0".to_owned(),
        };
        let caller = fill::tablet(tablet).to_string();
        let key = fill::key(fill::LINK, tablet);
        Request::new("/v1/agent/heartbeat", (caller, seq, &key), &heartbeat)
    };
    (0..count).map(beat).collect()
}

/// A check out, and the return of the same tablet, whose sticker is scanned; each tablet
/// once.
fn loans(client: usize, count: usize, size: Size, operator: OperatorId) -> Result<Vec<Request>> {
    let own = size.tablets / size.clients;
    if count > 2 * own {
        bail!(
            "{count} requests of a client need {} tablets of its own, and it has {own}",
            count / 2
        );
    }
    let (key, now) = (fill::key(fill::KIOSK, client), clock::now());
    let told = |at: usize| {
        let (tablet, seq) = (client * own + at / 2, at as u64 + 1);
        let command = fact(client, tablet, seq, at.is_multiple_of(2), operator, now);
        let caller = fill::kiosk(client).to_string();
        Request::new("/v1/kiosk/command", (caller, seq, &key), &command)
    };
    (0..count).map(told).collect()
}

fn fact(
    client: usize,
    tablet: usize,
    seq: u64,
    goes_out: bool,
    operator: OperatorId,
    now: Moment,
) -> KioskCommand {
    let (loan, id) = (
        LoanId::from_bytes(fill::id(0xd0, tablet)),
        fill::id(if goes_out { 0xe0 } else { 0xf0 }, tablet),
    );
    let tablet = fill::tablet(tablet);
    KioskCommand {
        id: CommandId::from_bytes(id),
        origin_seq: seq,
        operator: Some(operator),
        occurred_at: now,
        clock_sure: true,
        seen: 0,
        series: 0,
        action: if goes_out {
            KioskAction::check_out(tablet, loan, fill::borrower(client))
        } else {
            KioskAction::came_back(tablet, Some(loan), Presence::StickerOnly)
        },
    }
}

fn operator(folder: &str) -> Result<OperatorId> {
    let store = fill::open(folder)?;
    let (operators, _) = store.read().operators_at(fill::venue(&store)?)?;
    Ok(operators
        .first()
        .context("the folder has no operator")?
        .operator)
}
