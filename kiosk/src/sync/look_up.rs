//! Looks a card up while somebody waits for it: one question at a time, the newest
//! one, and an answer or the word that there is none in time.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use shared::{ids::OperatorId, wire::v1::kiosk::BorrowerRequest};

use super::{News, Sink, Stopped, bell::Bell, caller::Caller, heard::on_card, link::BORROWER};
use crate::flow::Ask;

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
    let answer = caller.post(BORROWER, &body, time)?;
    sink(News::Borrower(ask, on_card(answer)))
}
