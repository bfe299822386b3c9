//! Looks a card up while somebody waits for it: one question at a time, the newest
//! one, and an answer or the word that there is none in time.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use shared::{
    ids::OperatorId,
    refusal::Refusal,
    wire::v1::kiosk::{BorrowerCard, BorrowerRequest},
};

use super::{News, Sink, Stopped, bell::Bell, caller::Caller, link::Trouble};
use crate::flow::{Ask, Lookup};

const PATH: &str = "/v1/kiosk/borrower";

/// The question that waits to be asked.
#[derive(Default)]
pub(super) struct Questions {
    newest: Mutex<Option<(Ask, BorrowerRequest)>>,
    bell: Bell,
}

impl Questions {
    pub fn put(&self, ask: Ask, card: String, operator: OperatorId) {
        let question = (ask, BorrowerRequest { card, operator });
        *self.newest.lock().unwrap_or_else(PoisonError::into_inner) = Some(question);
        self.bell.ring();
    }

    pub fn stop(&self) {
        self.bell.stop();
    }

    fn take(&self) -> Option<(Ask, BorrowerRequest)> {
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        newest.take()
    }
}

/// Answers questions until the kiosk stops.
pub(super) fn run(questions: &Arc<Questions>, caller: &Caller, sink: &Sink, time: Duration) {
    while questions.bell.wait(None).is_ok() {
        if let Some((ask, request)) = questions.take()
            && answer(ask, &request, caller, sink, time).is_err()
        {
            return;
        }
    }
}

fn answer(
    ask: Ask,
    request: &BorrowerRequest,
    caller: &Caller,
    sink: &Sink,
    time: Duration,
) -> Result<(), Stopped> {
    let body = serde_json::to_vec(request).expect("a request has text keys only");
    let answer = caller.post(PATH, &body, time)?;
    sink(News::Borrower(ask, lookup(answer)))
}

fn lookup(answer: Result<BorrowerCard, Trouble>) -> Lookup {
    match answer {
        Ok(card) => Lookup::Found(card),
        Err(Trouble::Refused {
            refusal: Some(Refusal::BorrowerUnknown),
            ..
        }) => Lookup::Unknown,
        Err(trouble) => {
            tracing::warn!("a card was not looked up: {trouble}");
            Lookup::Away
        }
    }
}
