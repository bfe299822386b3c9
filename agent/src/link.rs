//! The way to the server: JSON over HTTPS, always started by the tablet, every
//! answer bounded in time and length. What is believed is decided elsewhere.

pub mod back_off;
mod roots;
#[cfg(test)]
pub(crate) mod double;

use std::{io::Read, time::Duration};

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
use ureq::{Agent, Body, http::Response, tls::TlsConfig};

/// Where heartbeats go.
pub const HEARTBEAT: &str = "/v1/agent/heartbeat";
/// Where receipts go.
pub const RECEIPT: &str = "/v1/agent/receipt";

const CONNECT: Duration = Duration::from_secs(10);
const CALL: Duration = Duration::from_mins(1);
/// A docked tablet calls again before that, and need not greet the server anew. One that
/// was closed meanwhile is noticed and not used.
const KEPT: Duration = Duration::from_mins(1);
/// A blob may be large and the network slow.
const BLOB: Duration = Duration::from_hours(1);

/// Why a call came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// Nobody answered, or not in time.
    #[error("the server cannot be reached: {0}")]
    Unreachable(String),
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

impl From<ureq::Error> for LinkError {
    fn from(error: ureq::Error) -> Self {
        match error {
            ureq::Error::BodyExceedsLimit(_) => Self::BadAnswer(error.to_string()),
            other => Self::Unreachable(other.to_string()),
        }
    }
}

/// The way to one server.
#[derive(Debug)]
pub struct Link {
    agent: Agent,
    server: String,
}

impl Link {
    /// The way to the server at this address.
    pub fn to(server: &str) -> Result<Self, LinkError> {
        let server = server.trim_end_matches('/').to_owned();
        let on_this_machine = is_on_this_machine(&server);
        if !server.starts_with("https://") && !on_this_machine {
            return Err(LinkError::BadAddress(server));
        }
        let mut config = Agent::config_builder()
            .timeout_connect(Some(CONNECT))
            .max_redirects(0)
            .max_idle_age(KEPT)
            .http_status_as_error(false);
        if on_this_machine {
            config = config.proxy(None);
        } else {
            let roots = roots::roots().map_err(|why| LinkError::NoRoots(why.to_string()))?;
            config = config.tls_config(TlsConfig::builder().root_certs(roots).build());
        }
        let agent = config.build().new_agent();
        Ok(Self { agent, server })
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
    pub fn blob(&self, caller: &Caller, digest: Digest) -> Result<impl Read + use<>, LinkError> {
        self.get(caller, &format!("/v1/blobs/{digest}"))
    }

    fn get(&self, caller: &Caller, path: &str) -> Result<impl Read + use<>, LinkError> {
        let request = self.agent.get(format!("{}{path}", self.server));
        let request = request.header(HEADER, caller.stamp(READ, "GET", path, b""));
        let timed = request.config().timeout_global(Some(BLOB)).build();
        Ok(accepted(timed.call()?)?.into_body().into_reader())
    }

    fn post<A: DeserializeOwned>(
        &self,
        path: &str,
        body: &[u8],
        stamp: Option<&str>,
    ) -> Result<A, LinkError> {
        let mut request = self.agent.post(format!("{}{path}", self.server));
        request = request.header("content-type", "application/json");
        if let Some(stamp) = stamp {
            request = request.header(HEADER, stamp);
        }
        let timed = request.config().timeout_global(Some(CALL)).build();
        let mut response = accepted(timed.send(body)?)?;
        let answer = read(&mut response)?;
        serde_json::from_slice(&answer).map_err(|error| LinkError::BadAnswer(error.to_string()))
    }
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

/// Only a server on this very machine may be spoken to in the clear.
fn is_on_this_machine(server: &str) -> bool {
    let Some(rest) = server.strip_prefix("http://") else {
        return false;
    };
    let authority = rest.split('/').next().unwrap_or(rest);
    let host = authority
        .rsplit_once(':')
        .map_or(authority, |(host, _)| host);
    matches!(host, "127.0.0.1" | "localhost" | "[::1]")
}

fn bytes(body: &impl Serialize) -> Result<Vec<u8>, LinkError> {
    serde_json::to_vec(body).map_err(|error| LinkError::BadAnswer(error.to_string()))
}

fn accepted(mut response: Response<Body>) -> Result<Response<Body>, LinkError> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let why = read(&mut response)?;
    let why = String::from_utf8_lossy(&why).chars().take(300).collect();
    let status = status.as_u16();
    Err(LinkError::Refused { status, why })
}

fn read(response: &mut Response<Body>) -> Result<Vec<u8>, LinkError> {
    let body = response.body_mut().with_config();
    Ok(body.limit(BODY_BYTES_MAX as u64).read_to_vec()?)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use super::{double::Server, *};
    use shared::signed::request::Stamp;

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
        for bad in [
            "http://library.example",
            "ftp://x",
            "127.0.0.1:80",
            "http://127.0.0.1.evil.example",
        ] {
            assert!(
                matches!(Link::to(bad), Err(LinkError::BadAddress(_))),
                "{bad}"
            );
        }
        let elsewhere = Link::to("https://library.example");
        assert!(!matches!(elsewhere, Err(LinkError::BadAddress(_))));
        assert!(Link::to("http://127.0.0.1:8080/").is_ok());
    }
}
