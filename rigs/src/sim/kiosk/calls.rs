//! A kiosk's calls: stamped, numbered, given up in time, and made again under a
//! new number where another call overtook them.

use std::time::Duration;

use anyhow::Result;
use kiosk::{
    flow::Ask,
    store::Fact,
    sync::{News, OVERTAKEN_MAX},
    sync::{
        heard::{is_replay, on_card, passed_over},
        link::{BORROWER, COMMAND, GAP, ROWS, Trouble, read},
    },
};
use serde::de::DeserializeOwned;
use shared::signed::request::Stamp;

use super::Kiosk;
use crate::sim::wires::{Due, Request, Response, Timer, Wires};

/// A call under way.
pub struct Call {
    what: What,
    body: Vec<u8>,
    until_ms: u64,
    overtaken: u32,
}

/// What a call is for.
pub enum What {
    /// A fact.
    Fact(Box<Fact>),
    /// Rows; the facts that were answered when they were asked for.
    Rows(u64),
    /// The word that facts from this place on cannot be told again.
    Gap(u64),
    /// A card.
    Card(Ask),
}

impl What {
    const fn path(&self) -> &'static str {
        match self {
            Self::Fact(_) => COMMAND,
            Self::Rows(_) => ROWS,
            Self::Gap(_) => GAP,
            Self::Card(_) => BORROWER,
        }
    }
}

impl Kiosk {
    /// Makes a call that may take so long.
    pub(super) fn call(
        &mut self,
        what: What,
        body: Vec<u8>,
        time: Duration,
        wires: &mut Wires,
    ) -> Result<()> {
        let ms = u64::try_from(time.as_millis())?;
        let until_ms = wires.now_ms + ms;
        self.place(
            Call {
                what,
                body,
                until_ms,
                overtaken: 0,
            },
            wires,
        )
    }

    fn place(&mut self, call: Call, wires: &mut Wires) -> Result<()> {
        let (node, life) = (self.node(), self.life);
        let Some(up) = &mut self.up else {
            return Ok(());
        };
        let number = up.store.next_call()?;
        let path = call.what.path();
        let caller = self.identity.kiosk.to_string();
        let stamp = Stamp::new(
            &caller,
            number,
            &self.identity.key,
            "POST",
            path,
            &call.body,
        );
        let id = wires.call();
        let left_ms = call.until_ms.saturating_sub(wires.now_ms);
        wires.ask(Request {
            from: node,
            call: id,
            path,
            stamp: stamp.to_header(),
            body: call.body.clone(),
            copied: false,
        });
        wires.after(left_ms, Due::Timer(node, life, Timer::GiveUp(id)));
        up.calls.insert(id, call);
        Ok(())
    }

    /// A call was answered, or was given up.
    pub(super) fn ended(
        &mut self,
        id: u64,
        response: Option<&Response>,
        wires: &mut Wires,
    ) -> Result<()> {
        let Some(mut call) = self.up.as_mut().and_then(|up| up.calls.remove(&id)) else {
            return Ok(());
        };
        call.overtaken += 1;
        let may_try = call.overtaken <= OVERTAKEN_MAX && wires.now_ms < call.until_ms;
        let answer = parsed::<serde_json::Value>(response);
        if may_try && answer.is_err_and(|trouble| is_replay(&trouble)) {
            if let Some(up) = &mut self.up {
                up.store.pass_over_calls(passed_over(call.overtaken))?;
            }
            return self.place(call, wires);
        }
        match call.what {
            What::Fact(fact) => self.fact_ended(&fact, parsed(response), wires),
            What::Rows(answered) => self.rows_ended(answered, parsed(response), wires),
            What::Gap(first) => self.gap_ended(first, &parsed(response), wires),
            What::Card(ask) => {
                let found = on_card(parsed(response));
                self.hear(News::Borrower(ask, found), wires)
            }
        }
    }
}

fn parsed<A: DeserializeOwned>(response: Option<&Response>) -> Result<A, Trouble> {
    match response {
        Some(response) => read(response.status, response.kind(), &response.body),
        None => Err(Trouble::Away("no answer in time".to_owned())),
    }
}
