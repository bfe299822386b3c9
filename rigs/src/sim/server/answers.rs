//! Who is let in, and where each request goes: the guard and the routes, without
//! the sockets.

use agent::link::{HEARTBEAT, RECEIPT};
use anyhow::Result;
use kiosk::sync::link::{BORROWER, COMMAND, GAP, ROWS};
use serde::de::DeserializeOwned;
use server::{
    api::{agent as to_agent, kiosk as to_kiosk},
    auth::stamp::{Caller, NotLetIn, claimed},
    http::Problem,
};
use shared::{
    ids::{KioskId, TabletId},
    wire::v1::{
        BODY_BYTES_MAX,
        agent::{Heartbeat, ReceiptDelivery},
        command::KioskCommand,
        kiosk::{BorrowerRequest, CommandAnswer, Gap, RowsRequest},
        refusal::RefusalBody,
    },
};

use super::{
    PACE, Server,
    waiting::{Gathered, Waits, Whose, well},
};
use crate::sim::wires::{Request, Response, Wires};

/// Inner: an answer, or none yet. Middle: not let in. Outer: something broke.
type Word = Result<Result<Option<Response>, Problem>>;

impl Server {
    pub(super) fn answer(&mut self, request: &Request, wires: &mut Wires) -> Word {
        let caller = match self.let_in(request)? {
            Ok(caller) => caller,
            Err(problem) => return Ok(Err(problem)),
        };
        match (caller, request.path) {
            (Caller::Kiosk(kiosk), COMMAND) => self.command(kiosk, request, wires),
            (Caller::Kiosk(kiosk), ROWS) => self.rows(kiosk, request, wires),
            (Caller::Kiosk(kiosk), GAP) => self.gap(kiosk, request, wires),
            (Caller::Kiosk(kiosk), BORROWER) => self.borrower(kiosk, request, wires),
            (Caller::Tablet(tablet), HEARTBEAT) => self.heartbeat(tablet, request, wires),
            (Caller::Tablet(tablet), RECEIPT) => self.receipt(tablet, request, wires),
            (Caller::Kiosk(_) | Caller::Tablet(_), _) => Ok(Err(NotLetIn::NotStamped.into())),
        }
    }

    fn let_in(&mut self, request: &Request) -> Result<Result<Caller, Problem>> {
        let (caller, stamp) = match claimed(Some(&request.stamp)) {
            Ok(it) => it,
            Err(why) => return Ok(Err(why.into())),
        };
        let Some(up) = &mut self.up else {
            return Ok(Err(Problem::fault()));
        };
        let Some(key) = caller.key(up.store.read())? else {
            return Ok(Err(NotLetIn::BadStamp.into()));
        };
        if request.body.len() > BODY_BYTES_MAX {
            return Ok(Err(Problem::body_too_long()));
        }
        if stamp
            .check(&key, "POST", request.path, &request.body)
            .is_err()
        {
            return Ok(Err(NotLetIn::BadStamp.into()));
        }
        let advanced = up.store.advance_caller(&stamp.caller, stamp.seq)?;
        Ok(advanced
            .map(|()| caller)
            .map_err(|last| NotLetIn::Replayed(last).into()))
    }

    fn command(&mut self, kiosk: KioskId, request: &Request, wires: &mut Wires) -> Word {
        let command: KioskCommand = match read(&request.body) {
            Ok(command) => command,
            Err(problem) => return Ok(Err(problem)),
        };
        let found = self.read().map(|read| read.kiosk(kiosk)).transpose()?;
        let Some(view) = found.flatten() else {
            return Ok(Err(Problem::not_found()));
        };
        let mut command = command.into_command(kiosk, view.venue);
        self.break_command(kiosk, &mut command, wires)?;
        let gathered = Gathered {
            request: request.clone(),
            command,
            whose: Whose::Kiosk,
        };
        self.gather(gathered, wires)?;
        Ok(Ok(None))
    }

    fn rows(&mut self, kiosk: KioskId, request: &Request, wires: &mut Wires) -> Word {
        let asked: RowsRequest = match read(&request.body) {
            Ok(asked) => asked,
            Err(problem) => return Ok(Err(problem)),
        };
        let what = Waits::Rows(kiosk, asked);
        self.answer_or_hold(request, what, asked.wait_ms, wires)
            .map(Ok)
    }

    fn gap(&mut self, kiosk: KioskId, request: &Request, wires: &Wires) -> Word {
        let gap: Gap = match read(&request.body) {
            Ok(gap) => gap,
            Err(problem) => return Ok(Err(problem)),
        };
        let now = self.now(wires);
        let Some(up) = &mut self.up else {
            return Ok(Ok(None));
        };
        let answer = match up.store.note_gap(kiosk, gap, now)? {
            Ok(()) => CommandAnswer::Accepted {
                cursor: up.store.read().position()?,
            },
            Err(refusal) => CommandAnswer::Refused {
                refusal: RefusalBody(refusal),
            },
        };
        Ok(Ok(Some(well(&answer))))
    }

    fn borrower(&self, kiosk: KioskId, request: &Request, wires: &Wires) -> Word {
        let asked: BorrowerRequest = match read(&request.body) {
            Ok(asked) => asked,
            Err(problem) => return Ok(Err(problem)),
        };
        let Some(store) = self.read() else {
            return Ok(Ok(None));
        };
        let today = self.now(wires).day();
        let found = to_kiosk::borrower_of(store, kiosk, &asked, today)?;
        Ok(found.map(|card| Some(well(&card))))
    }

    fn heartbeat(&mut self, tablet: TabletId, request: &Request, wires: &mut Wires) -> Word {
        let heartbeat: Heartbeat = match read(&request.body) {
            Ok(heartbeat) => heartbeat,
            Err(problem) => return Ok(Err(problem)),
        };
        let now = self.now(wires);
        if let Some(answer) = to_agent::answer_told(tablet, &heartbeat, now) {
            self.commit(&[answer], wires)?;
        }
        let Some(up) = &mut self.up else {
            return Ok(Ok(None));
        };
        up.store.heard(tablet, &heartbeat, now)?;
        let hold_ms = to_agent::hold_ms(PACE, &heartbeat);
        let what = Waits::Heartbeat(tablet, Box::new(heartbeat));
        self.answer_or_hold(request, what, hold_ms, wires).map(Ok)
    }

    fn receipt(&mut self, tablet: TabletId, request: &Request, wires: &mut Wires) -> Word {
        let delivery: ReceiptDelivery = match read(&request.body) {
            Ok(delivery) => delivery,
            Err(problem) => return Ok(Err(problem)),
        };
        let command = to_agent::receipt_told(tablet, &delivery, self.now(wires));
        let gathered = Gathered {
            request: request.clone(),
            command,
            whose: Whose::Receipt(tablet, delivery.receipt),
        };
        self.gather(gathered, wires)?;
        Ok(Ok(None))
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|_| Problem::bad_body())
}
