//! The way to the server: JSON over HTTPS, always started by the tablet, every
//! answer bounded in time and length. What is believed is decided elsewhere.

pub mod back_off;
mod address;
mod message;
mod roots;
mod tls;
mod connection;
mod kept;
mod body;
#[cfg(test)]
pub(crate) mod double;

use std::{
    cell::RefCell,
    io::{ErrorKind, Read},
    sync::Arc,
    time::{Duration, Instant},
};

use rustls::ClientConfig;
use serde::{Serialize, de::DeserializeOwned};
use shared::{
    digest::Digest,
    image::ImageId,
    keys::SecretKey,
    signed::request::{HEADER, READ, Stamp},
    wire::v1::{
        BODY_BYTES_MAX,
        agent::{
            EnrolRequest, Enrolled, Heartbeat, HeartbeatAnswer, ReceiptAnswer, ReceiptDelivery,
        },
    },
};

use address::Address;
use body::Body;
use connection::{Connection, Fault};
use kept::Kept;
use message::{Head, Request};

/// Where heartbeats go.
pub const HEARTBEAT: &str = "/v1/agent/heartbeat";
/// Where receipts go.
pub const RECEIPT: &str = "/v1/agent/receipt";

/// Longer than the server holds an answer back.
const CALL: Duration = Duration::from_mins(1);
/// A blob may be large and the network slow.
const BLOB: Duration = Duration::from_hours(1);

/// Why a call came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// Nobody answered, or not in time.
    #[error("the server cannot be reached: {0}")]
    Unreachable(String),
    /// The connection that was kept was lost before the server answered. The request may
    /// have arrived, so it is made again under a new number, on a new connection.
    #[error("the connection to the server was lost")]
    KeptLost,
    /// The server said no.
    #[error("the server refused ({status}): {why}")]
    Refused {
        /// HTTP's number.
        status: u16,
        /// The refusal, as the server worded it.
        why: String,
    },
    /// The answer is not of the agreed form.
    #[error("the server's answer cannot be read: {0}")]
    BadAnswer(String),
    /// The address is not one to call.
    #[error(
        "`{0}` is not a server's address: it begins with https:// (http:// is for a server on this \
         very machine)"
    )]
    BadAddress(String),
    /// This machine keeps no authority that TLS could believe.
    #[error("this machine's authorities cannot be read ({0}). Install ca-certificates")]
    NoRoots(String),
}

impl From<Fault> for LinkError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Lost(why) | Fault::Cut(why) => Self::Unreachable(why.to_string()),
            Fault::Form(why) => Self::BadAnswer(why.to_string()),
        }
    }
}

/// The way to one server.
#[derive(Debug)]
pub struct Link {
    address: Address,
    tls: Option<Arc<ClientConfig>>,
    kept: RefCell<Kept>,
}

impl Link {
    /// The way to the server at this address.
    pub fn to(server: &str) -> Result<Self, LinkError> {
        let address: Address = server
            .parse()
            .map_err(|_| LinkError::BadAddress(server.to_owned()))?;
        let tls = if address.is_secure {
            Some(tls::config().map_err(|why| LinkError::NoRoots(why.to_string()))?)
        } else {
            None
        };
        Ok(Self {
            address,
            tls,
            kept: RefCell::default(),
        })
    }

    /// Nobody calls for so long.
    pub fn rests(&self, wait: Duration) {
        self.kept.borrow_mut().rests(wait);
    }

    /// Asks for an identity.
    pub fn enrol(&self, request: &EnrolRequest) -> Result<Enrolled, LinkError> {
        self.post("/v1/agent/enrol", &bytes(request)?, None)
    }

    /// Sends a heartbeat, stamped with its own number.
    pub fn heartbeat(
        &self,
        caller: &Caller,
        heartbeat: &Heartbeat,
    ) -> Result<HeartbeatAnswer, LinkError> {
        let (path, body) = (HEARTBEAT, bytes(heartbeat)?);
        let stamp = caller.stamp(heartbeat.seq, "POST", path, &body);
        self.post(path, &body, Some(&stamp))
    }

    /// Hands in a receipt.
    pub fn receipt(
        &self,
        caller: &Caller,
        seq: u64,
        delivery: &ReceiptDelivery,
    ) -> Result<ReceiptAnswer, LinkError> {
        let (path, body) = (RECEIPT, bytes(delivery)?);
        let stamp = caller.stamp(seq, "POST", path, &body);
        self.post(path, &body, Some(&stamp))
    }

    /// Fetches a manifest of this length.
    pub fn manifest(
        &self,
        caller: &Caller,
        image: ImageId,
        size_bytes: u64,
    ) -> Result<Vec<u8>, LinkError> {
        let mut manifest = Vec::new();
        let path = format!("/v1/images/{image}");
        let mut body = self.get(caller, &path)?.take(size_bytes);
        let read = body.read_to_end(&mut manifest);
        read.map_err(|error| LinkError::Unreachable(error.to_string()))?;
        Ok(manifest)
    }

    /// Fetches a blob, to be read no further than its size.
    pub fn blob(&self, caller: &Caller, digest: Digest) -> Result<impl Read + use<'_>, LinkError> {
        self.get(caller, &format!("/v1/blobs/{digest}"))
    }

    fn get(&self, caller: &Caller, path: &str) -> Result<Body<'_>, LinkError> {
        let stamp = caller.stamp(READ, "GET", path, b"");
        let request = Request {
            method: "GET",
            path,
            headers: &[(HEADER, &stamp)],
            json: None,
        };
        accepted(self.call(&request, BLOB, Repeat::Freely)?)
    }

    fn post<A: DeserializeOwned>(
        &self,
        path: &str,
        body: &[u8],
        stamp: Option<&str>,
    ) -> Result<A, LinkError> {
        let (headers, repeat) = match &stamp {
            Some(stamp) => (&[(HEADER, *stamp)][..], Repeat::Numbered),
            None => (&[][..], Repeat::Freely),
        };
        let request = Request {
            method: "POST",
            path,
            headers,
            json: Some(body),
        };
        let answer = read(accepted(self.call(&request, CALL, repeat)?)?)?;
        serde_json::from_slice(&answer).map_err(|error| LinkError::BadAnswer(error.to_string()))
    }

    /// Asks on the connection that was kept, or on a new one.
    fn call(
        &self,
        request: &Request<'_>,
        within: Duration,
        repeat: Repeat,
    ) -> Result<(Head, Body<'_>), LinkError> {
        let request = request.to(&self.address);
        let until = Instant::now() + within;
        let kept = self.kept.borrow_mut().take();
        if let Some(connection) = kept {
            match (self.ask(connection, &request, until), repeat) {
                (Err(Fault::Lost(_)), Repeat::Freely) => {}
                (Err(Fault::Lost(_)), Repeat::Numbered) => return Err(LinkError::KeptLost),
                (answer, _) => return Ok(answer?),
            }
        }
        let connection = Connection::open(&self.address, self.tls.as_ref());
        let connection = connection.map_err(|why| LinkError::Unreachable(why.to_string()))?;
        Ok(self.ask(connection, &request, until)?)
    }

    fn ask(
        &self,
        mut connection: Connection,
        request: &[u8],
        until: Instant,
    ) -> Result<(Head, Body<'_>), Fault> {
        let head = connection.ask(request, until)?;
        Ok((head, Body::behind(head, connection, &self.kept)))
    }
}

/// Whether a request can be made again as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Repeat {
    /// It changes nothing, or carries an id by which it is known.
    Freely,
    /// The server refuses a number that it has seen.
    Numbered,
}

/// Who calls: the tablet's id and the key that stamps its requests.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The tablet's id.
    pub id: String,
    /// The link key.
    pub key: SecretKey,
}

impl Caller {
    fn stamp(&self, seq: u64, method: &str, path: &str, body: &[u8]) -> String {
        Stamp::new(&self.id, seq, &self.key, method, path, body).to_header()
    }
}

fn bytes(body: &impl Serialize) -> Result<Vec<u8>, LinkError> {
    serde_json::to_vec(body).map_err(|error| LinkError::BadAnswer(error.to_string()))
}

fn accepted((head, body): (Head, Body<'_>)) -> Result<Body<'_>, LinkError> {
    let status = head.status;
    if (200..300).contains(&status) {
        return Ok(body);
    }
    let why = read(body)?;
    let why = String::from_utf8_lossy(&why).chars().take(300).collect();
    Err(LinkError::Refused { status, why })
}

fn read(body: Body<'_>) -> Result<Vec<u8>, LinkError> {
    let mut bytes = Vec::new();
    let read = body.take(BODY_BYTES_MAX as u64 + 1).read_to_end(&mut bytes);
    match read {
        Ok(_) if bytes.len() > BODY_BYTES_MAX => {
            Err(LinkError::BadAnswer("it is too long".to_owned()))
        }
        Ok(_) => Ok(bytes),
        Err(why) if why.kind() == ErrorKind::InvalidData => {
            Err(LinkError::BadAnswer(why.to_string()))
        }
        Err(why) => Err(LinkError::Unreachable(why.to_string())),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use super::{
        double::{Play, Server, kept},
        *,
    };

    fn caller() -> Caller {
        Caller {
            id: "tb-1".to_owned(),
            key: SecretKey::from_seed(&[1; 32]),
        }
    }

    fn delivery() -> ReceiptDelivery {
        ReceiptDelivery {
            id: shared::ids::CommandId::from_bytes([1; 16]),
            receipt: b"receipt".to_vec(),
        }
    }

    #[test]
    fn a_request_is_stamped_over_its_own_path_and_body() {
        let server = Server::answering(vec![(200, b"{}".to_vec())]);
        let link = Link::to(&server.address).unwrap();
        let answer = link.receipt(&caller(), 7, &delivery());
        assert!(matches!(answer, Err(LinkError::BadAnswer(_))));
        let request = server.requests().remove(0);
        let stamp: Stamp = request.header(HEADER).unwrap().parse().unwrap();
        assert_eq!((stamp.caller.as_str(), stamp.seq), ("tb-1", 7));
        let key = caller().key.public();
        stamp
            .check(&key, "POST", "/v1/agent/receipt", &request.body)
            .unwrap();
    }

    #[test]
    fn a_refusal_is_told_with_its_number_and_words() {
        let server = Server::answering(vec![(422, br#"{"code":"withheld"}"#.to_vec())]);
        let link = Link::to(&server.address).unwrap();
        let refused = link.receipt(&caller(), 1, &delivery()).unwrap_err();
        assert!(refused.to_string().contains("422"), "{refused}");
        assert!(refused.to_string().contains("withheld"), "{refused}");
    }

    #[test]
    fn an_answer_longer_than_agreed_is_refused() {
        let server = Server::answering(vec![(200, vec![b' '; BODY_BYTES_MAX + 1])]);
        let link = Link::to(&server.address).unwrap();
        let refused = link.receipt(&caller(), 1, &delivery());
        assert!(
            matches!(refused, Err(LinkError::BadAnswer(_))),
            "{refused:?}"
        );
    }

    #[test]
    fn a_server_that_is_not_there_cannot_be_reached() {
        let address = Server::answering(Vec::new()).address;
        let link = Link::to(&address).unwrap();
        let refused = link.receipt(&caller(), 1, &delivery());
        assert!(
            matches!(refused, Err(LinkError::Unreachable(_))),
            "{refused:?}"
        );
    }

    #[test]
    fn a_server_elsewhere_is_never_called_in_the_clear() {
        let elsewhere = Link::to("http://library.example");
        assert!(matches!(elsewhere, Err(LinkError::BadAddress(_))));
        let elsewhere = Link::to("https://library.example");
        assert!(!matches!(elsewhere, Err(LinkError::BadAddress(_))));
        assert!(Link::to("http://127.0.0.1:8080/").is_ok());
    }

    /// Hands in a receipt as the request of this number; `Ok` where there was an answer.
    fn hands_in(link: &Link, seq: u64) -> Result<(), LinkError> {
        match link.receipt(&caller(), seq, &delivery()) {
            Err(LinkError::BadAnswer(_)) => Ok(()),
            Err(why) => Err(why),
            Ok(answer) => panic!("`{{}}` is no answer: {answer:?}"),
        }
    }

    fn says(text: &str) -> Play {
        Play::Says(text.replace('\n', "\r\n").into_bytes())
    }

    const CHUNKS: &str =
        "HTTP/1.1 200 x\ntransfer-encoding: chunked\n\n3\nabc\n2;x=y\nde\n0\nmore: x\n\n";

    #[test]
    fn one_connection_serves_many_calls_however_their_answers_are_cut() {
        let server = Server::playing(vec![vec![
            kept(200, b"{}"),
            says(&format!("HTTP/1.1 100 x\n\n{CHUNKS}")),
            says("HTTP/1.1 204 x\n\n"),
            kept(422, b"no"),
            kept(200, b"{}"),
        ]]);
        let link = Link::to(&server.address).unwrap();
        hands_in(&link, 1).unwrap();
        let mut text = String::new();
        let blob = link.blob(&caller(), Digest::of(b"x"));
        blob.unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "abcde");
        hands_in(&link, 2).unwrap();
        assert!(matches!(
            hands_in(&link, 3),
            Err(LinkError::Refused { status: 422, .. })
        ));
        hands_in(&link, 4).unwrap();
        assert_eq!(server.requests().len(), 5);
    }

    #[test]
    fn a_kept_connection_that_was_ended_meanwhile_is_noticed_and_costs_no_number() {
        let one = || vec![kept(200, b"{}")];
        let server = Server::playing(vec![one(), one()]);
        let link = Link::to(&server.address).unwrap();
        hands_in(&link, 1).unwrap();
        server.has_hung_up();
        hands_in(&link, 2).unwrap();
        assert_eq!(server.requests().len(), 2);
    }

    #[test]
    fn a_numbered_request_on_a_lost_connection_is_never_sent_again_as_it_is() {
        let lost = vec![kept(200, b"{}"), Play::HangsUp];
        let server = Server::playing(vec![lost, vec![kept(200, b"{}")]]);
        let link = Link::to(&server.address).unwrap();
        hands_in(&link, 1).unwrap();
        assert!(matches!(hands_in(&link, 2), Err(LinkError::KeptLost)));
        hands_in(&link, 3).unwrap();
        let stamps = server.requests().into_iter().map(|request| {
            let stamp: Stamp = request.header(HEADER).unwrap().parse().unwrap();
            stamp.seq
        });
        assert_eq!(stamps.collect::<Vec<_>>(), [1, 2, 3]);
    }

    #[test]
    fn a_read_on_a_lost_connection_is_made_again_unseen() {
        let lost = vec![kept(200, b"{}"), Play::HangsUp];
        let server = Server::playing(vec![lost, vec![kept(200, b"manifest")]]);
        let link = Link::to(&server.address).unwrap();
        hands_in(&link, 1).unwrap();
        let image = ImageId(Digest::of(b"manifest"));
        let read = link.manifest(&caller(), image, 8).unwrap();
        assert_eq!(
            (read.as_slice(), server.requests().len()),
            (&b"manifest"[..], 3)
        );
    }

    #[test]
    fn a_new_connection_that_is_ended_is_a_server_that_cannot_be_reached() {
        let server = Server::playing(vec![vec![Play::HangsUp]]);
        let link = Link::to(&server.address).unwrap();
        assert!(matches!(hands_in(&link, 1), Err(LinkError::Unreachable(_))));
    }

    #[test]
    fn an_answer_that_ends_early_is_no_answer_and_its_connection_is_not_used_again() {
        for cut in [
            "HTTP/1.1 200 x\ncontent-le",
            "HTTP/1.1 200 x\ncontent-length: 9\n\n{}",
            "HTTP/1.1 200 x\ntransfer-encoding: chunked\n\n9\n{}",
            "HTTP/1.1 200 x\ntransfer-encoding: chunked\n\n2\n{}\n",
        ] {
            let server = Server::playing(vec![vec![says(cut)], vec![kept(200, b"{}")]]);
            let link = Link::to(&server.address).unwrap();
            let refused = hands_in(&link, 1);
            assert!(
                matches!(refused, Err(LinkError::Unreachable(_))),
                "{cut}: {refused:?}"
            );
            hands_in(&link, 2).unwrap();
            assert_eq!(server.requests().len(), 2);
        }
    }

    #[test]
    fn an_answer_that_is_not_of_the_agreed_form_is_not_used() {
        for bad in [
            "SSH-2.0-x\n\n",
            "HTTP/1.1 200 x\ntransfer-encoding: chunked\n\nx\n{}\n0\n\n",
            "HTTP/1.1 200 x\ntransfer-encoding: chunked\n\n2\n{}{}\n0\n\n",
        ] {
            let server = Server::playing(vec![vec![says(bad)]]);
            let link = Link::to(&server.address).unwrap();
            let refused = link.receipt(&caller(), 1, &delivery()).unwrap_err();
            let LinkError::BadAnswer(why) = refused else {
                panic!("{bad}: {refused}");
            };
            assert!(
                !why.contains("JSON") && !why.contains("EOF while"),
                "{bad}: {why}"
            );
        }
    }

    #[test]
    fn a_connection_that_would_rest_too_long_is_ended() {
        let left = vec![kept(200, b"{}"), kept(200, b"{}"), Play::IsLeft];
        let server = Server::playing(vec![left]);
        let link = Link::to(&server.address).unwrap();
        hands_in(&link, 1).unwrap();
        link.rests(Duration::from_secs(30));
        hands_in(&link, 2).unwrap();
        link.rests(Duration::from_mins(15));
        assert_eq!(server.requests().len(), 2);
    }
}
