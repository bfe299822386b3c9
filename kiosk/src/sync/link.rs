//! One call to the server: bounded in time and size, stamped where the caller is
//! known, never redirected.

use std::{sync::Arc, time::Duration};

use serde::{Deserialize, de::DeserializeOwned};
use shared::{
    ids::KioskId,
    keys::SecretKey,
    refusal::Refusal,
    signed::request::{HEADER, Stamp},
    wire::v1::{BODY_BYTES_MAX, refusal::RefusalBody},
};
use ureq::{Agent, Body, http::Response};

use crate::store::Identity;

/// Where facts go.
pub const COMMAND: &str = "/v1/kiosk/command";
/// Where it is told that facts are lost.
pub const GAP: &str = "/v1/kiosk/gap";
/// Where rows come from.
pub const ROWS: &str = "/v1/kiosk/rows";
/// Where cards are looked up.
pub const BORROWER: &str = "/v1/kiosk/borrower";

/// Why a call came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// No answer, or none that is the server's: a proxy's, a sign-in page's.
    #[error("the server does not answer: {0}")]
    Away(String),
    /// The server does not take this caller's stamp.
    #[error("the server does not let this kiosk in: {title} ({code})")]
    NotLetIn {
        /// The problem's stable name.
        code: String,
        /// Its sentence.
        title: String,
        /// The number of this kiosk's last call, where that is why.
        last_call: Option<u64>,
    },
    /// The server says no to the call as such.
    #[error("the server refuses the call: {title} ({code})")]
    Refused {
        /// The problem's stable name.
        code: String,
        /// Its sentence.
        title: String,
        /// The refusal that it carries, if this program knows it.
        refusal: Option<Refusal>,
    },
    /// The kiosk's own disk fails, so nothing was sent.
    #[error("the kiosk's disk gave no number for the call")]
    NoNumber,
    /// The server's answer is of another format than this program knows.
    #[error("the server's answer is not of a form that this program knows: {0}")]
    NotUnderstood(String),
}

/// A way to the server without a stamp.
#[derive(Clone, Debug)]
pub struct Line {
    agent: Agent,
    server: String,
}

impl Line {
    /// A way to this server (its address without a final slash).
    pub fn new(server: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            // A connection that slept through a restart of the server would cost
            // the next call its answer.
            .max_idle_connections(0)
            .user_agent(concat!("tablet-kiosk/", env!("CARGO_PKG_VERSION")));
        Self {
            agent: config.build().into(),
            server: server.to_owned(),
        }
    }

    /// Posts a body of JSON and reads the answer.
    pub fn post<A: DeserializeOwned>(
        &self,
        path: &str,
        stamp: Option<&Stamp>,
        body: &[u8],
        time: Duration,
    ) -> Result<A, Trouble> {
        let mut request = self
            .agent
            .post(format!("{}{path}", self.server))
            .header("content-type", "application/json");
        if let Some(stamp) = stamp {
            request = request.header(HEADER, stamp.to_header());
        }
        let request = request.config().timeout_global(Some(time)).build();
        answer(request.send(body).map_err(|why| away(&why))?)
    }
}

/// This kiosk's way to its server.
#[derive(Clone, Debug)]
pub struct Link {
    line: Line,
    kiosk: KioskId,
    key: Arc<SecretKey>,
}

impl Link {
    /// The way of this kiosk.
    pub fn new(identity: &Identity) -> Self {
        Self {
            line: Line::new(&identity.server),
            kiosk: identity.kiosk,
            key: Arc::new(identity.key.clone()),
        }
    }

    /// Posts a body under the number `call`, which was never used before.
    pub fn post<A: DeserializeOwned>(
        &self,
        call: u64,
        path: &str,
        body: &[u8],
        time: Duration,
    ) -> Result<A, Trouble> {
        let stamp = Stamp::new(&self.kiosk.to_string(), call, &self.key, "POST", path, body);
        self.line.post(path, Some(&stamp), body, time)
    }
}

/// Problem details (RFC 9457), as far as they are read.
#[derive(Deserialize)]
struct Problem {
    code: String,
    title: String,
    refusal: Option<serde_json::Value>,
    last_call: Option<u64>,
}

fn answer<A: DeserializeOwned>(mut response: Response<Body>) -> Result<A, Trouble> {
    let status = response.status().as_u16();
    // What does not say what it is, or not in letters, is no JSON of ours.
    let kind = response.headers().get("content-type");
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.to_owned();
    let body = response
        .body_mut()
        .with_config()
        .limit(BODY_BYTES_MAX as u64);
    let body = body.read_to_vec().map_err(|why| away(&why))?;
    read(status, &kind, &body)
}

/// Reads an answer: its status, its kind and its bytes.
pub fn read<A: DeserializeOwned>(status: u16, kind: &str, body: &[u8]) -> Result<A, Trouble> {
    // Whatever is no JSON was said by something between kiosk and server.
    if !(kind.starts_with("application/json") || kind.starts_with("application/problem+json")) {
        return Err(Trouble::Away(format!("status {status}, {kind:?}")));
    }
    if (200..300).contains(&status) {
        return serde_json::from_slice(body).map_err(|why| Trouble::NotUnderstood(why.to_string()));
    }
    let problem: Problem = serde_json::from_slice(body)
        .map_err(|_| Trouble::Away(format!("status {status}, of unknown form")))?;
    Err(trouble(status, problem))
}

fn trouble(status: u16, problem: Problem) -> Trouble {
    let Problem {
        code,
        title,
        refusal,
        last_call,
    } = problem;
    match status {
        401 | 403 => Trouble::NotLetIn {
            code,
            title,
            last_call,
        },
        400..=499 if ![408, 429].contains(&status) => {
            let known = |refusal| serde_json::from_value::<RefusalBody>(refusal).ok();
            let refusal = refusal.and_then(known).map(|body| body.0);
            Trouble::Refused {
                code,
                title,
                refusal,
            }
        }
        _ => Trouble::Away(format!("{title} ({code})")),
    }
}

fn away(why: &ureq::Error) -> Trouble {
    Trouble::Away(why.to_string())
}
