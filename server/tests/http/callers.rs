//! Those who call: a tablet's agent, a kiosk, and a browser's plain requests. They
//! say what programs of ours say, and can be made to say something else.

use std::collections::BTreeMap;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use server::{chance, clock};
use shared::{
    head::Head,
    ids::{BootId, CommandId, LoanId, OperatorId, TabletId, VenueId},
    keys::{KeyId, SecretKey},
    signed::{
        Envelope,
        keyring::Keyring,
        order::{Order, Task},
        receipt::{Outcome, Owners, Receipt, Scope},
        request::{HEADER, Stamp},
        verdict::{Answer, Verdict},
    },
    tablet::ProofKind,
    wire::v1::{
        agent::{
            AgentState, EnrolRequest, Enrolled, Heartbeat, HeartbeatAnswer, ReceiptAnswer,
            ReceiptDelivery,
        },
        command::{KioskAction, KioskCommand},
        kiosk::{self, BorrowerRequest, CommandAnswer, Gap, Rows, RowsRequest},
        staff::{StaffAction, StaffCommand},
    },
};

use crate::world::{LEIGH, OPERATOR, World, server_key, soon};

/// What came back.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub fn read<T: DeserializeOwned>(&self) -> T {
        assert_eq!(self.status, 200, "{}", self.text());
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The status and the code of a problem.
    pub fn problem(&self) -> (u16, String) {
        assert_eq!(self.headers["content-type"], "application/problem+json");
        let details: Value = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(details["status"], self.status);
        let code = details["code"].as_str().unwrap().to_owned();
        assert_eq!(
            details["type"],
            format!("urn:tablet-library:problem:{code}")
        );
        assert!(!details["title"].as_str().unwrap().is_empty());
        (self.status, code)
    }
}

/// Sends one request; every status is an answer, and no redirect is followed.
pub fn send(
    world: &World,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Reply {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .build()
        .into();
    let mut request = ureq::http::Request::builder()
        .method(method)
        .uri(world.url(path));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut response = agent.run(request.body(body.to_vec()).unwrap()).unwrap();
    let headers = response.headers().iter();
    let headers =
        headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    Reply {
        status: response.status().as_u16(),
        headers: headers.collect(),
        body: response.body_mut().read_to_vec().unwrap(),
    }
}

pub fn post(world: &World, path: &str, body: &impl Serialize) -> Reply {
    send(world, "POST", path, &[], &serde_json::to_vec(body).unwrap())
}

pub fn get(world: &World, path: &str) -> Reply {
    send(world, "GET", path, &[], b"")
}

/// A caller with a key, who counts its requests.
#[derive(Clone)]
pub struct Caller {
    pub name: String,
    pub key: SecretKey,
    pub seq: u64,
}

impl Caller {
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_string(),
            key: SecretKey::from_seed(&chance::bytes()),
            seq: 0,
        }
    }

    /// The next stamp, for this request.
    pub fn stamp(&mut self, method: &str, path: &str, body: &[u8]) -> String {
        self.seq += 1;
        Stamp::new(&self.name, self.seq, &self.key, method, path, body).to_header()
    }

    pub fn call(&mut self, world: &World, method: &str, path: &str, body: &[u8]) -> Reply {
        let stamp = self.stamp(method, path, body);
        send(world, method, path, &[(HEADER, &stamp)], body)
    }

    pub fn post(&mut self, world: &World, path: &str, body: &impl Serialize) -> Reply {
        self.call(world, "POST", path, &serde_json::to_vec(body).unwrap())
    }
}

/// A tablet's agent.
pub struct TabletCaller<'a> {
    pub world: &'a World,
    pub id: TabletId,
    pub link: Caller,
    pub proof: SecretKey,
    pub state: AgentState,
    pub serial: String,
    /// The key of the server that it believes, where it tells.
    pub believes: Option<KeyId>,
    boot: BootId,
    heartbeats: u64,
}

/// What a heartbeat was answered.
pub struct Answered(pub HeartbeatAnswer);

impl Answered {
    /// The order, as the tablet reads it after it checked the signature.
    pub fn order(&self) -> Option<Order> {
        let order = self.0.order.as_ref()?;
        Some(order.open(&server_key().public()).unwrap())
    }

    pub fn reset_order(&self) -> Order {
        let order = self.order().expect("an order");
        assert!(matches!(order.task, Task::Reset { .. }), "{order:?}");
        order
    }
}

impl<'a> TabletCaller<'a> {
    pub fn enrol(world: &'a World, number: &str) -> Self {
        let code = world.tablet_code(number, soon());
        Self::enrol_with(world, number, &code)
    }

    pub fn enrol_with(world: &'a World, number: &str, code: &str) -> Self {
        let mut tablet = Self {
            world,
            id: TabletId::from_bytes([0; 16]),
            link: Caller::new("nobody"),
            proof: SecretKey::from_seed(&chance::bytes()),
            state: AgentState::New,
            serial: format!("SN-{number}"),
            believes: Some(server_key().public().id()),
            boot: BootId::from_bytes(chance::bytes()),
            heartbeats: 0,
        };
        let enrolled: Enrolled = post(world, "/v1/agent/enrol", &tablet.request(code)).read();
        assert_eq!(enrolled.number.to_string(), number);
        assert_eq!(enrolled.server_key, server_key().public());
        let keyring: Keyring = enrolled.keyring.open(&enrolled.server_key).unwrap();
        assert_eq!(keyring.current, enrolled.server_key);
        tablet.id = enrolled.tablet;
        tablet.link.name = enrolled.tablet.to_string();
        tablet
    }

    pub fn request(&self, code: &str) -> EnrolRequest {
        EnrolRequest {
            id: CommandId::from_bytes(chance::bytes()),
            code: code.to_owned(),
            serial: self.serial.clone(),
            model: "Demo tablet".to_owned(),
            link_key: self.link.key.public(),
            proof_key: self.proof.public(),
        }
    }

    pub fn reading(&mut self) -> Heartbeat {
        self.heartbeats += 1;
        let tablet = self.world.look(self.id);
        Heartbeat {
            seq: self.heartbeats,
            boot: self.boot,
            state: self.state,
            epoch: tablet.epoch.0,
            order_counter: 0,
            battery_percent: Some(80),
            charging: Some(false),
            storage_free_bytes: Some(1 << 34),
            modem: None,
            image: None,
            staged: None,
            last_used_ms_ago: None,
            answer: None,
            believes: self.believes,
            agent_version: "1.0.0".to_owned(),
        }
    }

    pub fn say(&mut self, heartbeat: &Heartbeat) -> Answered {
        let reply = self.link.post(self.world, "/v1/agent/heartbeat", heartbeat);
        Answered(reply.read())
    }

    pub fn heartbeat(&mut self) -> Answered {
        let reading = self.reading();
        self.say(&reading)
    }

    /// A receipt that answers this order in every point.
    pub fn receipt_for(&self, order: &Order) -> Receipt {
        let Task::Reset { image, nonce, .. } = order.task else {
            panic!("not an order to reset: {order:?}");
        };
        Receipt {
            order: order.order,
            nonce,
            epoch: order.epoch,
            tablet: self.id,
            serial: self.serial.clone(),
            model: "Demo tablet".to_owned(),
            kind: ProofKind::TabletProven,
            scope: Scope::Directory,
            owners: Owners::Mapped,
            technique: "clear".to_owned(),
            backend: "manifest".to_owned(),
            agent_version: "1.0.0".to_owned(),
            image,
            outcome: Outcome::Verified,
            files_verified: 12,
            bytes_verified: 4096,
            deleted: 3,
            restored: 1,
            policy: Vec::new(),
            key_erased: false,
            started_at: clock::now(),
            finished_at: clock::now(),
            monotonic_ms: 250,
            seq: 1,
            previous: None,
            voucher: None,
            new_keys: None,
        }
    }

    pub fn deliver(&mut self, delivery: &ReceiptDelivery) -> Verdict {
        let reply = self.link.post(self.world, "/v1/agent/receipt", delivery);
        let answer: ReceiptAnswer = reply.read();
        answer.verdict.open(&server_key().public()).unwrap()
    }

    /// Signs a receipt and hands it in.
    pub fn hand_in(&mut self, receipt: &Receipt) -> Answer {
        let receipt = Envelope::sign(receipt, &self.proof).to_json();
        let id = CommandId::from_bytes(chance::bytes());
        self.deliver(&ReceiptDelivery { id, receipt }).answer
    }
}

/// A kiosk.
pub struct KioskCaller<'a> {
    pub world: &'a World,
    pub caller: Caller,
    pub operator: Option<OperatorId>,
    pub facts: u64,
}

impl<'a> KioskCaller<'a> {
    pub fn enrol(world: &'a World) -> Self {
        let mut caller = Caller::new("nobody");
        let request = kiosk::EnrolRequest {
            id: CommandId::from_bytes(chance::bytes()),
            code: world.kiosk_code(),
            key: caller.key.public(),
        };
        let enrolled: kiosk::Enrolled = post(world, "/v1/kiosk/enrol", &request).read();
        assert_eq!(enrolled.server_key, server_key().public());
        assert_eq!(enrolled.venue_name, "Leigh");
        caller.name = enrolled.kiosk.to_string();
        Self {
            world,
            caller,
            operator: Some(OPERATOR),
            facts: 0,
        }
    }

    pub fn rows(&mut self, after: u64, wait_ms: u64) -> Rows {
        self.rows_with(after, wait_ms, None)
    }

    /// The same, from a kiosk that keeps this head.
    pub fn rows_with(&mut self, after: u64, wait_ms: u64, head: Option<Head>) -> Rows {
        let request = RowsRequest {
            after,
            wait_ms,
            head,
            unread: 0,
        };
        self.caller
            .post(self.world, "/v1/kiosk/rows", &request)
            .read()
    }

    pub fn find(&mut self, card: &str) -> Reply {
        let request = BorrowerRequest {
            card: card.to_owned(),
            operator: self.operator.unwrap(),
        };
        self.caller.post(self.world, "/v1/kiosk/borrower", &request)
    }

    /// The next fact of the kiosk's own series.
    pub fn fact(&mut self, action: KioskAction) -> KioskCommand {
        self.facts += 1;
        KioskCommand {
            id: CommandId::from_bytes(chance::bytes()),
            origin_seq: self.facts,
            operator: self.operator,
            occurred_at: clock::now(),
            clock_sure: true,
            seen: 0,
            series: 0,
            action,
        }
    }

    pub fn tell(&mut self, command: &KioskCommand) -> CommandAnswer {
        self.caller
            .post(self.world, "/v1/kiosk/command", command)
            .read()
    }

    /// Says that a stretch of the series cannot be told again.
    pub fn tell_gap(&mut self, first: u64, last: u64) -> Reply {
        let gap = Gap {
            first,
            last,
            series: 0,
        };
        self.caller.post(self.world, "/v1/kiosk/gap", &gap)
    }

    pub fn check_out(&mut self, tablet: TabletId) -> (LoanId, CommandAnswer) {
        let loan = LoanId::from_bytes(chance::bytes());
        let borrower = crate::world::BORROWER;
        let fact = self.fact(KioskAction::check_out(tablet, loan, borrower));
        (loan, self.tell(&fact))
    }
}

/// A program that acts in an operator's name.
pub struct StaffCaller<'a> {
    pub world: &'a World,
    pub key: String,
    pub venue: VenueId,
}

impl<'a> StaffCaller<'a> {
    pub fn new(world: &'a World, key: String) -> Self {
        let venue = LEIGH;
        Self { world, key, venue }
    }

    pub fn at(self, venue: VenueId) -> Self {
        Self { venue, ..self }
    }

    pub fn call(&self, method: &str, path: &str, body: &[u8]) -> Reply {
        let key = format!("Bearer {}", self.key);
        send(self.world, method, path, &[("authorization", &key)], body)
    }

    pub fn get(&self, path: &str) -> Reply {
        self.call("GET", path, b"")
    }

    /// A command of its own id at its venue.
    pub fn command(&self, action: StaffAction) -> StaffCommand {
        StaffCommand {
            id: CommandId::from_bytes(chance::bytes()),
            venue: self.venue,
            action,
        }
    }

    pub fn send(&self, command: &impl Serialize) -> Reply {
        let body = serde_json::to_vec(command).unwrap();
        self.call("POST", "/v1/staff/command", &body)
    }

    pub fn asks(&self, action: StaffAction) -> Reply {
        self.send(&self.command(action))
    }

    /// Asks for what is taken.
    pub fn does(&self, action: StaffAction) -> u64 {
        match self.asks(action).read() {
            CommandAnswer::Accepted { cursor } => cursor,
            CommandAnswer::Refused { refusal } => panic!("{refusal:?}"),
        }
    }
}
