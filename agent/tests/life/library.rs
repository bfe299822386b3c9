//! A library of one tablet: it answers over a real socket, signs what a server signs, and
//! takes a receipt only for the order that it waits for.

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex, MutexGuard},
    thread,
};

use shared::{
    digest::Digest,
    ids::{LoanId, Nonce, OrderId, TabletId},
    image::{Entry, EntryKind, ImageId, Manifest},
    keys::{KeyId, PublicKey, SecretKey},
    signed::{
        Envelope,
        keyring::Keyring,
        order::{ORDER_VALID_MS, Order, Task},
        receipt::{Outcome, Receipt},
        request::{HEADER, Stamp},
        seal::Seal,
        verdict::{Answer, Verdict},
    },
    tablet::TabletKeys,
    time::Moment,
    wire::v1::{
        agent::{
            AgentState, EnrolRequest, Enrolled, Heartbeat, HeartbeatAnswer, ReceiptAnswer,
            ReceiptDelivery,
        },
        manifest::{image_id, to_bytes},
    },
};

/// What the image has: one page in a folder.
pub const PAGE: &[u8] = b"welcome";

/// What the library wants of the tablet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wants {
    /// Nothing.
    Rest,
    /// A reset, proven.
    Reset,
    /// That it is lent.
    Loan,
    /// That it is locked, or open again.
    Lock(bool),
}

/// What the library knows; it can be put back to what it was.
#[derive(Clone, Debug)]
pub struct Books {
    pub wants: Wants,
    epoch: u32,
    resets: u64,
    locks: u64,
    /// The keys by which it knows the tablet.
    keys: Option<TabletKeys>,
    /// Its resets are to make new ones.
    pub asks_for_new_keys: bool,
    seq: u64,
    /// What the tablet said of itself last.
    pub said: Option<AgentState>,
    /// Receipts as they came, by what they answer.
    pub receipts: BTreeMap<OrderId, Vec<Receipt>>,
    /// Whether it takes receipts.
    pub takes_receipts: bool,
    /// The key that was pinned ahead is in use.
    pub rekeyed: bool,
    /// The key that the tablet believed last.
    pub believed: Option<KeyId>,
}

/// The library, whose thread ends with the test's program.
pub struct Library {
    /// Where it answers.
    pub address: String,
    books: Arc<Mutex<Books>>,
}

pub fn key() -> SecretKey {
    SecretKey::from_seed(&[1; 32])
}

fn next_key() -> SecretKey {
    SecretKey::from_seed(&[102; 32])
}

fn keyring() -> Keyring {
    Keyring {
        current: key().public(),
        next: next_key().public(),
        recovery: SecretKey::from_seed(&[109; 32]).public(),
    }
}

fn tablet() -> TabletId {
    TabletId::from_bytes([3; 16])
}

fn manifest() -> Vec<u8> {
    let entry = |path: &str, kind, mode| Entry {
        path: path.parse().unwrap(),
        kind,
        mode,
        uid: 0,
        gid: 0,
        xattrs: BTreeMap::new(),
    };
    let digest = Digest::of(PAGE);
    let size_bytes = PAGE.len() as u64;
    let entries = vec![
        entry("Desktop", EntryKind::Directory, 0o755),
        entry(
            "Desktop/page",
            EntryKind::File { size_bytes, digest },
            0o644,
        ),
    ];
    to_bytes(&Manifest::new("test".into(), entries).unwrap())
}

fn image() -> ImageId {
    image_id(&manifest())
}

impl Library {
    /// Opens.
    pub fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let books = Arc::new(Mutex::new(Books::new()));
        let of_thread = Arc::clone(&books);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Some(request) = Request::read(stream.as_ref().unwrap()) else {
                    continue;
                };
                let answer = of_thread.lock().unwrap().answer(&request);
                reply(&stream.unwrap(), answer);
            }
        });
        Self { address, books }
    }

    /// What it knows.
    pub fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap()
    }

    /// Knows nothing of any tablet.
    pub fn forget(&self) {
        *self.books() = Books::new();
    }

    /// Wants something of the tablet from now on.
    pub fn wants(&self, wants: Wants) {
        let mut books = self.books();
        books.wants = wants;
        match wants {
            Wants::Rest => {}
            Wants::Reset => {
                books.resets += 1;
                books.epoch += 1;
            }
            Wants::Loan => books.epoch += 1,
            Wants::Lock(_) => books.locks += 1,
        }
    }
}

impl Books {
    const fn new() -> Self {
        Self {
            wants: Wants::Rest,
            epoch: 0,
            resets: 0,
            locks: 0,
            keys: None,
            asks_for_new_keys: false,
            seq: 0,
            said: None,
            receipts: BTreeMap::new(),
            takes_receipts: true,
            rekeyed: false,
            believed: None,
        }
    }

    /// The order that is waited for.
    pub fn order(&self) -> OrderId {
        OrderId::from_bytes([u8::try_from(self.resets).unwrap(); 16])
    }

    /// Whether it was proven since the library last wanted a reset.
    pub fn is_proven(&self) -> bool {
        let receipts = self.receipts.get(&self.order());
        receipts.is_some_and(|all| all.iter().any(|it| it.outcome == Outcome::Verified))
    }

    /// The keys by which it knows the tablet.
    pub fn keys(&self) -> TabletKeys {
        self.keys.unwrap()
    }

    /// The answer, or the number with which it is refused.
    fn answer(&mut self, request: &Request) -> Result<Vec<u8>, u16> {
        let body = &request.body;
        match request.path.as_str() {
            "/v1/agent/enrol" => Ok(self.enrol(&serde_json::from_slice(body).unwrap())),
            _ if !request.is_stamped_by(self.keys().link) => Err(401),
            "/v1/agent/heartbeat" => Ok(self.heartbeat(&serde_json::from_slice(body).unwrap())),
            "/v1/agent/receipt" => {
                let answer = self.receipt(&serde_json::from_slice(body).unwrap());
                answer.ok_or(503)
            }
            path if path.starts_with("/v1/images/") => Ok(manifest()),
            path if path.starts_with("/v1/blobs/") => Ok(PAGE.to_vec()),
            other => panic!("{other} is not asked for"),
        }
    }

    fn enrol(&mut self, request: &EnrolRequest) -> Vec<u8> {
        self.keys = Some(TabletKeys {
            link: request.link_key,
            proof: request.proof_key,
        });
        let enrolled = Enrolled {
            tablet: tablet(),
            number: "WGN-042".parse().unwrap(),
            server_key: key().public(),
            keyring: keyring().begin(&key()),
        };
        serde_json::to_vec(&enrolled).unwrap()
    }

    fn heartbeat(&mut self, heartbeat: &Heartbeat) -> Vec<u8> {
        assert!(heartbeat.seq > self.seq, "a number was used twice");
        self.seq = heartbeat.seq;
        self.said = Some(heartbeat.state);
        self.believed = heartbeat.believes;
        let seal = Seal {
            image: image(),
            release: "test".into(),
            manifest_bytes: manifest().len() as u64,
        };
        let answer = HeartbeatAnswer {
            now: Moment::from_ms(0),
            next_call_ms: 200,
            keyrings: self.since(heartbeat.believes),
            order: self.task().map(|task| self.signed(task, heartbeat)),
            stage: Some(Envelope::sign(&seal, &self.key())),
            ask: None,
            loan: None,
        };
        serde_json::to_vec(&answer).unwrap()
    }

    /// The key in use.
    pub fn key(&self) -> SecretKey {
        if self.rekeyed { next_key() } else { key() }
    }

    fn since(&self, believes: Option<KeyId>) -> Vec<Envelope> {
        if believes == Some(self.key().public().id()) {
            return Vec::new();
        }
        let following = Keyring {
            current: next_key().public(),
            next: SecretKey::from_seed(&[103; 32]).public(),
            ..keyring()
        };
        vec![following.hand_over(&key(), &next_key())]
    }

    fn task(&self) -> Option<Task> {
        match self.wants {
            Wants::Rest => None,
            Wants::Reset if self.is_proven() => None,
            Wants::Reset => Some(Task::Reset {
                image: image(),
                nonce: Nonce::from_bytes([5; 16]),
                proof_key: self.keys().proof,
                new_keys: self.asks_for_new_keys,
            }),
            Wants::Loan => Some(Task::BeginLoan {
                loan: LoanId::from_bytes([4; 16]),
                due_on: "2026-12-12".parse().unwrap(),
                overridden: false,
            }),
            Wants::Lock(true) => Some(Task::Lock {
                message: "Please ring 01632 960 101".into(),
            }),
            Wants::Lock(false) => Some(Task::Unlock),
        }
    }

    fn signed(&self, task: Task, heartbeat: &Heartbeat) -> Envelope {
        let counter = match task {
            Task::Lock { .. } | Task::Unlock => self.locks,
            Task::Reset { .. } | Task::BeginLoan { .. } => self.resets,
        };
        let order = Order {
            order: self.order(),
            tablet: tablet(),
            epoch: self.epoch,
            counter,
            boot: heartbeat.boot,
            heartbeat_seq: heartbeat.seq,
            valid_ms: ORDER_VALID_MS,
            task,
        };
        Envelope::sign(&order, &self.key())
    }

    /// The same receipt again is the same; a failed one is ordered again.
    fn receipt(&mut self, delivery: &ReceiptDelivery) -> Option<Vec<u8>> {
        if !self.takes_receipts {
            return None;
        }
        let envelope = Envelope::from_json(&delivery.receipt).unwrap();
        let receipt: Receipt = envelope.open(&self.keys().proof).unwrap();
        if let Some(named) = &receipt.new_keys {
            let keys = named.checked(&envelope, tablet(), receipt.order);
            self.keys = Some(keys.unwrap());
            self.asks_for_new_keys = false;
        }
        assert!(receipt.order <= self.order(), "nobody ordered that");
        let known = self.receipts.entry(receipt.order).or_default();
        if !known.contains(&receipt) {
            known.push(receipt.clone());
        }
        let answer = match receipt.outcome {
            Outcome::Verified => Answer::Accepted,
            Outcome::Failed { .. } => Answer::Noted,
        };
        if answer == Answer::Noted && receipt.order == self.order() {
            self.resets += 1;
        }
        let verdict = Verdict {
            tablet: tablet(),
            order: receipt.order,
            receipt: Digest::of(&delivery.receipt),
            answer,
        };
        let verdict = Envelope::sign(&verdict, &self.key());
        Some(serde_json::to_vec(&ReceiptAnswer { verdict }).unwrap())
    }
}

/// What is asked for.
struct Request {
    method: String,
    path: String,
    stamp: Option<String>,
    body: Vec<u8>,
}

impl Request {
    /// `None` where the caller was killed as it asked.
    fn read(stream: &TcpStream) -> Option<Self> {
        let mut reader = BufReader::new(stream);
        let mut first = String::new();
        reader.read_line(&mut first).ok()?;
        let mut first = first.split(' ').map(str::to_owned);
        let (method, path) = (first.next()?, first.next()?);
        let (mut length, mut stamp) = (0, None);
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            if line.trim_end().is_empty() {
                break;
            }
            let (name, value) = line.trim_end().split_once(": ")?;
            match name.to_lowercase().as_str() {
                "content-length" => length = value.parse().ok()?,
                HEADER => stamp = Some(value.to_owned()),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        Some(Self {
            method,
            path,
            stamp,
            body,
        })
    }

    fn is_stamped_by(&self, key: PublicKey) -> bool {
        let stamp = self.stamp.as_ref().and_then(|it| it.parse::<Stamp>().ok());
        stamp.is_some_and(|it| it.check(&key, &self.method, &self.path, &self.body).is_ok())
    }
}

fn reply(mut stream: &TcpStream, answer: Result<Vec<u8>, u16>) {
    let (status, body) = match answer {
        Ok(body) => (200, body),
        Err(status) => (status, Vec::new()),
    };
    let head = format!(
        "HTTP/1.1 {status} x\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    // Whoever asked may be gone.
    drop(stream.write_all(&[head.as_bytes(), &body].concat()));
}
