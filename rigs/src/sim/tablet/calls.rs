//! A tablet's calls: a heartbeat, or a receipt; one at a time.

use agent::duty::Input;
use anyhow::Result;
use serde::{Serialize, de::DeserializeOwned};
use shared::{
    signed::request::Stamp,
    wire::v1::agent::{Heartbeat, HeartbeatAnswer, ReceiptAnswer, ReceiptDelivery},
};

use agent::link::{HEARTBEAT, RECEIPT};

use super::Tablet;
use crate::sim::{
    server::PACE,
    wires::{Due, Request, Response, Timer, Wires},
};

/// A call under way.
pub struct Calling {
    call: u64,
    what: What,
    by_next: bool,
}

enum What {
    /// The heartbeat of this number.
    Heartbeat(u64),
    Receipt,
}

/// How long a call may take, beside what the server may hold it back.
const CALL_MS: u64 = 60_000;

impl Tablet {
    pub(super) fn send(&mut self, heartbeat: &Heartbeat, wires: &mut Wires) -> Result<()> {
        let seq = heartbeat.seq;
        self.call(HEARTBEAT, seq, heartbeat, What::Heartbeat(seq), wires)
    }

    pub(super) fn deliver(
        &mut self,
        seq: u64,
        delivery: &ReceiptDelivery,
        wires: &mut Wires,
    ) -> Result<()> {
        self.call(RECEIPT, seq, delivery, What::Receipt, wires)
    }

    fn call(
        &mut self,
        path: &'static str,
        seq: u64,
        body: &impl Serialize,
        what: What,
        wires: &mut Wires,
    ) -> Result<()> {
        let (node, life) = (self.node(), self.life);
        let body = serde_json::to_vec(body)?;
        let caller = self.body.id.to_string();
        let (key, by_next) = self
            .keys
            .caller(self.up.as_ref().is_some_and(|up| up.refused));
        let stamp = Stamp::new(&caller, seq, key, "POST", path, &body);
        let call = wires.call();
        wires.ask(Request {
            from: node,
            call,
            path,
            stamp: stamp.to_header(),
            body,
            copied: false,
        });
        let time_ms = CALL_MS + PACE.hold_ms;
        wires.after(time_ms, Due::Timer(node, life, Timer::GiveUp(call)));
        if let Some(up) = &mut self.up {
            up.calling = Some(Calling {
                call,
                what,
                by_next,
            });
        }
        Ok(())
    }

    /// A call was answered, or was given up: the turn goes on.
    pub(super) fn ended(
        &mut self,
        call: u64,
        response: Option<&Response>,
        wires: &mut Wires,
    ) -> Result<()> {
        let node = self.node();
        let Some(up) = &mut self.up else {
            return Ok(());
        };
        let Some(calling) = up.calling.take_if(|it| it.call == call) else {
            return Ok(());
        };
        let status = response.map(|it| it.status);
        up.refused = status == Some(401);
        if calling.by_next && status == Some(200) {
            self.keys.next_link_is_known();
            wires.say(node, || "is known by its new link key".to_owned());
        }
        let input = match calling.what {
            What::Heartbeat(seq) => parsed::<HeartbeatAnswer>(response).map(|answer| {
                let answer = Box::new(answer);
                Input::Answered { seq, answer }
            }),
            What::Receipt => {
                parsed::<ReceiptAnswer>(response).map(|answer| Input::Verdict(answer.verdict))
            }
        };
        up.unanswered |= input.is_none();
        up.inputs.extend(input);
        self.go_on(wires)
    }
}

/// The answer, if it is one.
fn parsed<A: DeserializeOwned>(response: Option<&Response>) -> Option<A> {
    let response = response.filter(|response| response.status < 300)?;
    serde_json::from_slice(&response.body).ok()
}
