//! What a tablet's agent says, and is answered. The tablet always starts.

use axum::{Extension, Json, extract::State};
use shared::{
    command::{Action, AnswerStillGotIt, EnrolTablet, RecordReset},
    digest::Digest,
    ids::{OrderId, TabletId},
    loan::Loan,
    refusal::Refusal,
    signed::{
        Envelope,
        order::{Order, Task},
        receipt::{Outcome, Receipt},
        seal::Seal,
        verdict::{Answer, Verdict},
    },
    tablet::{Tablet, TabletKeys},
    tag::TabletNumber,
    time::Moment,
    wire::v1::agent::{
        EnrolRequest, Enrolled, Heartbeat, HeartbeatAnswer, ReceiptAnswer, ReceiptDelivery,
    },
};

use super::{asking, delivery, images, news::News};
use crate::{
    chance, clock,
    http::{App, Problem, body::Body},
    store::{CodeFor, Work},
};

/// Gives a tablet its identity for a one-time code.
pub async fn enrol(
    State(app): State<App>,
    Body(request): Body<EnrolRequest>,
) -> Result<Json<Enrolled>, Problem> {
    let now = clock::now();
    let whom = asking::code_for(&app, &request.code, now, request.id).await?;
    let CodeFor::Tablet {
        tablet,
        number,
        venue,
        tag,
    } = whom
    else {
        return Err(asking::code_not_taken());
    };
    let keys = TabletKeys {
        link: request.link_key,
        proof: request.proof_key,
    };
    let action = Action::EnrolTablet(EnrolTablet {
        tablet,
        number,
        serial: request.serial,
        model: request.model,
        venue,
        keys,
        tag,
    });
    let command = asking::by_server(request.id, venue, action, now);
    asking::enrol(&app, &request.code, command, now).await?;
    Ok(Json(enrolled(&app, tablet, number)))
}

fn enrolled(app: &App, tablet: TabletId, number: TabletNumber) -> Enrolled {
    let server_key = app.public_key();
    Enrolled {
        tablet,
        number,
        server_key,
    }
}

/// Takes a heartbeat. A docked tablet's answer is held back until there is an
/// order, so that a reset begins within seconds of "Start now".
pub async fn heartbeat(
    State(app): State<App>,
    Extension(id): Extension<TabletId>,
    Body(heartbeat): Body<Heartbeat>,
) -> Result<Json<HeartbeatAnswer>, Problem> {
    take_answer(&app, id, &heartbeat).await?;
    let heard = heartbeat.clone();
    let now = clock::now();
    app.writer()
        .run(move |store| store.heard(id, &heard, now))
        .await?;
    let mut news = News::within(&app, hold_ms(&app, &heartbeat));
    loop {
        let seen = Seen::of(&app, id).await?;
        let has_news = seen.says_something(&heartbeat);
        if (has_news || !news.came().await) && seen.may_be_sent(&app, &heartbeat).await? {
            return Ok(Json(seen.answer(&app, &heartbeat)));
        }
    }
}

fn hold_ms(app: &App, heartbeat: &Heartbeat) -> u64 {
    match heartbeat.charging {
        Some(true) => app.pace().hold_ms,
        Some(false) | None => 0,
    }
}

/// A person's answer to "Have you still got it?". One that comes too late is
/// refused and changes nothing; the heartbeat is taken all the same.
async fn take_answer(app: &App, tablet: TabletId, heartbeat: &Heartbeat) -> Result<(), Problem> {
    let Some(answer) = heartbeat.answer else {
        return Ok(());
    };
    let (loan, yes) = (answer.loan, answer.yes);
    let action = Action::AnswerStillGotIt(AnswerStillGotIt { tablet, loan, yes });
    let now = clock::now();
    let command = asking::by_tablet(answer.id, tablet, action, now);
    if let Err(refusal) = app.writer().commit(Work::new(command, now)).await? {
        tracing::warn!(%tablet, code = refusal.code(), "an answer of a tablet was refused");
    }
    Ok(())
}

/// What the store holds that a heartbeat is answered from, all of one moment.
struct Seen {
    tablet: Tablet,
    loan: Option<Loan>,
    stage: Option<Seal>,
    now: Moment,
}

impl Seen {
    async fn of(app: &App, id: TabletId) -> Result<Self, Problem> {
        let folder = app.config().folder.clone();
        let read = app.read(move |store| {
            let Some(tablet) = store.tablet(id)? else {
                return Ok(None);
            };
            let loan = tablet.loan_out().map(|loan| store.loan(loan));
            let loan = loan.transpose()?.flatten();
            Ok(Some((tablet, loan, store.image_current()?)))
        });
        let (tablet, loan, image) = read.await?.ok_or(Problem::not_found())?;
        let stage = match image {
            Some(image) => images::seal(&folder, image).await?,
            None => None,
        };
        let now = clock::now();
        Ok(Self {
            tablet,
            loan,
            stage,
            now,
        })
    }

    fn says_something(&self, heartbeat: &Heartbeat) -> bool {
        let loan = self.loan.as_ref();
        delivery::order(&self.tablet, loan, heartbeat).is_some()
            || delivery::question(&self.tablet, heartbeat, self.now).is_some()
    }

    /// A reset's order is noted before it is sent: from then on the return that it
    /// followed cannot be undone. One that was undone meanwhile is not sent.
    async fn may_be_sent(&self, app: &App, heartbeat: &Heartbeat) -> Result<bool, Problem> {
        let order = delivery::order(&self.tablet, self.loan.as_ref(), heartbeat);
        match order {
            Some(Order {
                order,
                task: Task::Reset { .. },
                ..
            }) => {
                let tablet = self.tablet.id;
                let noted = app.writer().run(move |store| store.deliver(tablet, order));
                Ok(noted.await?)
            }
            Some(_) | None => Ok(true),
        }
    }

    fn answer(self, app: &App, heartbeat: &Heartbeat) -> HeartbeatAnswer {
        let order = delivery::order(&self.tablet, self.loan.as_ref(), heartbeat);
        HeartbeatAnswer {
            now: self.now,
            next_call_ms: next_call_ms(app, &self.tablet, heartbeat),
            order: order.map(|order| app.sign(&order)),
            stage: self.stage.map(|seal| app.sign(&seal)),
            ask: delivery::question(&self.tablet, heartbeat, self.now),
            loan: self.loan.as_ref().map(delivery::card),
        }
    }
}

/// Tablets at rest spread their calls, so that a fleet that was switched on
/// together does not call together: up to a tenth later.
fn next_call_ms(app: &App, tablet: &Tablet, heartbeat: &Heartbeat) -> u64 {
    let pace = app.pace();
    if delivery::is_busy(tablet, heartbeat) {
        return pace.busy_ms;
    }
    let [jitter] = chance::bytes::<1>();
    pace.rest_ms + pace.rest_ms / 10 * u64::from(jitter) / 255
}

/// Takes a receipt. Whatever it is worth, it is answered with a signed verdict:
/// an answer that anybody could have written would not open the tablet.
pub async fn receipt(
    State(app): State<App>,
    Extension(tablet): Extension<TabletId>,
    Body(delivery): Body<ReceiptDelivery>,
) -> Result<Json<ReceiptAnswer>, Problem> {
    let read = app.read(move |store| store.tablet_keys(tablet)).await?;
    let keys = read.ok_or(Problem::not_found())?;
    let told = told(&delivery.receipt, &keys);
    let digest = Digest::of(&delivery.receipt);
    let now = clock::now();
    let receipt = delivery.receipt;
    let action = Action::RecordReset(RecordReset { tablet, receipt });
    let command = asking::by_tablet(delivery.id, tablet, action, now);
    let decided = app.writer().commit(Work::new(command, now)).await?;
    let answer = answer(tablet, told.as_ref(), decided.map(drop));
    let verdict = app.sign(&Verdict {
        tablet,
        order: told.map_or(OrderId::from_bytes([0; 16]), |receipt| receipt.order),
        receipt: digest,
        answer,
    });
    Ok(Json(ReceiptAnswer { verdict }))
}

/// The receipt, if the tablet's proof key signed it.
fn told(bytes: &[u8], keys: &TabletKeys) -> Option<Receipt> {
    let envelope = Envelope::from_json(bytes).ok()?;
    envelope.open(&keys.proof).ok()
}

fn answer(tablet: TabletId, told: Option<&Receipt>, decided: Result<(), Refusal>) -> Answer {
    match (decided, told.map(|receipt| receipt.outcome)) {
        (Ok(()), Some(Outcome::Verified)) => Answer::Accepted,
        // Nothing is taken that is not signed, so a receipt that was taken and did
        // not say "verified" said why.
        (Ok(()), Some(Outcome::Failed { .. }) | None) => Answer::Noted,
        (Err(refusal), _) => {
            let code = refusal.code();
            tracing::warn!(%tablet, code, "a receipt was refused");
            let code = code.to_owned();
            Answer::Refused { code }
        }
    }
}
