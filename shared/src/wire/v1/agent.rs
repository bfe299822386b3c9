//! What an agent and the server say to each other. The tablet always starts.
//!
//! | call | body | answer |
//! |---|---|---|
//! | `POST /v1/agent/enrol` | [`EnrolRequest`], unsigned: the one-time code is the proof | [`Enrolled`] |
//! | `POST /v1/agent/heartbeat` | [`Heartbeat`], stamped with the link key | [`HeartbeatAnswer`] |
//! | `POST /v1/agent/receipt` | [`ReceiptDelivery`], stamped with the link key | [`ReceiptAnswer`] |
//! | `GET /v1/images/{image}` | – | the manifest's bytes |
//! | `GET /v1/blobs/{digest}` | – | the file's bytes |

use serde::{Deserialize, Serialize};

use crate::{
    data_use::{Counters, Interface},
    ids::{BootId, CommandId, LoanId, TabletId},
    image::ImageId,
    keys::{KeyId, PublicKey},
    signed::Envelope,
    tag::TabletNumber,
    time::{Day, Moment},
};

/// Asks for an identity with a one-time code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnrolRequest {
    /// Made and stored before it is sent: the same request again gets the same
    /// answer.
    pub id: CommandId,
    /// The one-time code.
    pub code: String,
    /// The maker's serial number.
    pub serial: String,
    /// The maker's model.
    pub model: String,
    /// Signs requests.
    pub link_key: PublicKey,
    /// Signs receipts.
    pub proof_key: PublicKey,
}

/// An identity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enrolled {
    /// The tablet's id.
    pub tablet: TabletId,
    /// Its short human number.
    pub number: TabletNumber,
    /// The server's key in use. The agent compares it with the fingerprint that came
    /// with the code.
    pub server_key: PublicKey,
    /// The server's [`Keyring`](crate::signed::keyring::Keyring), signed with that key.
    /// The agent pins it.
    pub keyring: Envelope,
}

/// What a tablet tells of itself (R15: no browsing, no content, no location).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heartbeat {
    /// Counts this tablet's heartbeats.
    pub seq: u64,
    /// The start of its kernel.
    pub boot: BootId,
    /// Where the agent is in a tablet's life.
    pub state: AgentState,
    /// Its epoch, as the agent knows it.
    pub epoch: u32,
    /// The last order that it began.
    pub order_counter: u64,
    /// Charge of the battery in percent, where there is one.
    pub battery_percent: Option<u8>,
    /// Whether it is charging, where that is known.
    pub charging: Option<bool>,
    /// Free bytes where a borrower's files go.
    pub storage_free_bytes: Option<u64>,
    /// What its modem's counters say, where it has a modem. Left out otherwise, as
    /// agents did before there was this field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modem: Option<ModemReading>,
    /// The image that it was last proven on.
    pub image: Option<ImageId>,
    /// The image of the last seal that it was sent whose image is at hand: that seal need
    /// not be sent again. Left out where there is none, as agents did before there was this
    /// field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staged: Option<ImageId>,
    /// Milliseconds since a person last used it, where that is known.
    pub last_used_ms_ago: Option<u64>,
    /// The answer to a question that it was asked.
    pub answer: Option<StillGotItAnswer>,
    /// The key of the server that it believes. Agents did not tell before there was
    /// this field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub believes: Option<KeyId>,
    /// The agent's version.
    pub agent_version: String,
}

impl Heartbeat {
    /// Where its modem's counters stood, where it told.
    pub fn counters(&self) -> Option<Counters> {
        let modem = self.modem.as_ref()?;
        Some(Counters {
            seq: self.seq,
            boot: self.boot,
            interface: modem.interface.clone(),
            rx_bytes: modem.rx_bytes,
            tx_bytes: modem.tx_bytes,
        })
    }
}

/// What the counters of a modem say: they begin at zero when the tablet or the
/// modem starts. How much was moved, and never with whom (R15).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModemReading {
    /// The kernel's name of its network interface.
    pub interface: Interface,
    /// Bytes to the tablet.
    pub rx_bytes: u64,
    /// Bytes from the tablet.
    pub tx_bytes: u64,
}

/// Where an agent is in a tablet's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AgentState {
    /// Enrolled, never reset.
    New,
    /// With a borrower.
    OnLoan,
    /// A reset is at work.
    Resetting,
    /// A receipt waits for the server's word.
    Reported,
    /// Proven clean, and the server said so.
    Ready,
    /// The last reset failed.
    Failed,
    /// It is lost and locked, wherever in its life it is.
    Locked,
}

/// A person's answer to "Have you still got it?".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StillGotItAnswer {
    /// Made and stored by the agent before it is sent.
    pub id: CommandId,
    /// The loan that the question was about.
    pub loan: LoanId,
    /// Yes or no.
    pub yes: bool,
}

/// The server's answer to a heartbeat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeartbeatAnswer {
    /// The server's time.
    pub now: Moment,
    /// When to call next, in milliseconds.
    pub next_call_ms: u64,
    /// The server's [`Keyring`](crate::signed::keyring::Keyring)s since the one that the
    /// tablet believes. Until it has gone on to the newest, it is sent nothing signed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keyrings: Vec<Envelope>,
    /// A signed order, at most one.
    pub order: Option<Envelope>,
    /// The seal of the image to have at hand, so that a reset needs no network. Left out
    /// where the heartbeat said that it is.
    pub stage: Option<Envelope>,
    /// A question for whoever has the tablet.
    pub ask: Option<StillGotIt>,
    /// What the home screen shows while the tablet is on loan.
    pub loan: Option<LoanCard>,
}

/// "Somebody has told us this tablet is back. Have you still got it?"
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StillGotIt {
    /// The loan that it is about.
    pub loan: LoanId,
}

/// What the home screen shows of a loan. No name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoanCard {
    /// The loan.
    pub loan: LoanId,
    /// The last day on which it is not late.
    pub due_on: Day,
}

/// Hands in a receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiptDelivery {
    /// Made and stored before it is sent: the same receipt again gets the same
    /// answer.
    pub id: CommandId,
    /// The signed receipt's bytes.
    #[serde(with = "crate::codec::base64")]
    pub receipt: Vec<u8>,
}

/// The server's signed word on a receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiptAnswer {
    /// A signed [`crate::signed::verdict::Verdict`].
    pub verdict: Envelope,
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE_MODEMS: &str = r#"{"seq":7,"boot":"bt-01010101010101010101010101010101",
        "state":"ready","epoch":1,"order_counter":1,"battery_percent":81,"charging":true,
        "storage_free_bytes":5,"image":null,"last_used_ms_ago":null,"answer":null,
        "agent_version":"0.1.0"}"#;

    #[test]
    fn a_heartbeat_from_before_modems_were_told_of_is_read_and_written_as_it_was() {
        let heartbeat: Heartbeat = serde_json::from_str(BEFORE_MODEMS).expect("it was right once");
        assert_eq!((&heartbeat.modem, heartbeat.staged), (&None, None));
        assert_eq!(heartbeat.counters(), None);
        let written = serde_json::to_string(&heartbeat).expect("it can be written");
        let plain: String = BEFORE_MODEMS.split_whitespace().collect();
        assert_eq!(written, plain);
    }

    #[test]
    fn a_modems_counters_travel_with_the_heartbeat_that_read_them() {
        let with = |modem: &str| {
            let text = BEFORE_MODEMS.replace("\"image\"", &format!("\"modem\":{modem},\"image\""));
            serde_json::from_str::<Heartbeat>(&text)
        };
        let heartbeat = with(r#"{"interface":"wwan0","rx_bytes":900,"tx_bytes":90}"#);
        let counters = heartbeat.expect("a reading").counters();
        let counters = counters.expect("it has a modem");
        assert_eq!((counters.seq, counters.rx_bytes), (7, 900));
        assert!(with(r#"{"interface":"../up","rx_bytes":900,"tx_bytes":90}"#).is_err());
        assert!(with(r#"{"interface":"wwan0","rx_bytes":-1,"tx_bytes":90}"#).is_err());
    }
}
