//! What a tablet's agent says, and is answered. The tablet always starts.

use axum::{Extension, Json, extract::State};
use shared::{
    command::{Action, AnswerStillGotIt, Command, EnrolAgent, EnrolTablet, RecordReset},
    digest::Digest,
    ids::{CommandId, OrderId, TabletId},
    image::Image,
    loan::Loan,
    policy::Policy,
    refusal::Refusal,
    signed::{
        Envelope,
        order::{Order, Task},
        receipt::{FailedStep, Outcome, Receipt},
        seal::Seal,
        verdict::{Answer, Verdict},
    },
    tablet::{Reset, Tablet, TabletKeys},
    tag::TabletNumber,
    time::Moment,
    wire::v1::agent::{
        AgentState, EnrolRequest, Enrolled, Heartbeat, HeartbeatAnswer, ReceiptAnswer,
        ReceiptDelivery,
    },
};

use super::{asking, delivery, images, news::News};
use crate::{
    chance, clock,
    http::{App, Problem, app::Pace, body::Body},
    server_keys::ServerKeys,
    store::{CodeFor, Fault, Reader, Work},
};

/// Gives a tablet its identity for a one-time code, or one that has it an agent.
pub async fn enrol(
    State(app): State<App>,
    Body(request): Body<EnrolRequest>,
) -> Result<Json<Enrolled>, Problem> {
    let now = clock::now();
    let whom = asking::code_for(&app, &request.code, now, request.id).await?;
    let keys = TabletKeys {
        link: request.link_key,
        proof: request.proof_key,
    };
    let (tablet, number, venue, action) = match whom {
        CodeFor::Tablet {
            tablet,
            number,
            venue,
            tag,
        } => {
            let enrolled = EnrolTablet {
                tablet,
                number,
                serial: request.serial,
                model: request.model,
                venue,
                keys: Some(keys),
                tag,
            };
            (tablet, number, venue, Action::EnrolTablet(enrolled))
        }
        CodeFor::Agent {
            tablet,
            number,
            venue,
        } => {
            let enrolled = EnrolAgent {
                tablet,
                serial: request.serial,
                venue,
                keys,
            };
            (tablet, number, venue, Action::EnrolAgent(enrolled))
        }
        CodeFor::Kiosk { .. } => return Err(asking::code_not_taken()),
    };
    let command = asking::by_server(request.id, venue, action, now);
    asking::enrol(&app, &request.code, command, now).await?;
    Ok(Json(enrolled(&app, tablet, number)))
}

fn enrolled(app: &App, tablet: TabletId, number: TabletNumber) -> Enrolled {
    let keys = app.keys();
    Enrolled {
        tablet,
        number,
        server_key: keys.public(),
        keyring: keys.keyring().clone(),
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
    let mut news = News::within(&app, hold_ms(app.pace(), &heartbeat));
    let mut heard = Some(hear(&app, id, &heartbeat).await?);
    loop {
        let keys = app.keys();
        let seen = match heard.take() {
            Some(seen) => seen,
            None => app.read(move |store| Seen::of(store, id)).await?,
        };
        let seen = seen.ok_or(Problem::not_found())?;
        let now = clock::now();
        if let Some(answer) = seen.keys_first(&heartbeat, now, app.pace(), &keys) {
            return Ok(Json(answer));
        }
        if take_told(&app, &seen, &heartbeat, now).await? {
            continue;
        }
        let waits = !seen.says_something(&heartbeat, now) && news.came().await;
        if !waits && may_be_sent(&app, &seen, &heartbeat).await? {
            let stage = stage(&app, &seen, &heartbeat).await?;
            let [jitter] = chance::bytes::<1>();
            let next_call_ms = next_call_ms(app.pace(), jitter, &seen.tablet, &heartbeat);
            return Ok(Json(seen.answer(
                &heartbeat,
                now,
                next_call_ms,
                stage.as_ref(),
                &keys,
            )));
        }
    }
}

/// Keeps what a tablet tells of itself, and sees what there is to be said to it.
async fn hear(app: &App, id: TabletId, heartbeat: &Heartbeat) -> Result<Option<Seen>, Problem> {
    let (heartbeat, now) = (heartbeat.clone(), clock::now());
    let heard = app.writer().run(move |store| {
        store.heard(id, &heartbeat, now)?;
        Seen::of(store.read(), id)
    });
    Ok(heard.await?)
}

/// Takes what a tablet tells of itself that is not in the log; whether it was anything.
async fn take_told(
    app: &App,
    seen: &Seen,
    heartbeat: &Heartbeat,
    now: Moment,
) -> Result<bool, Problem> {
    let id = CommandId::from_bytes(chance::bytes());
    let Some(command) = seen.told(heartbeat, id, now) else {
        return Ok(false);
    };
    let (tablet, ends_try) = (seen.tablet.id, matches!(command.action, Action::EndTry(_)));
    let word = app.writer().commit(Work::new(command, now)).await?;
    match &word {
        Ok(_) if ends_try => tracing::warn!(%tablet, step = ?FailedStep::Proof, "a reset failed"),
        Ok(_) => {}
        Err(refusal) => {
            let code = refusal.code();
            tracing::warn!(%tablet, code, "what a tablet says of itself was refused");
        }
    }
    Ok(word.is_ok())
}

/// A reset's order is noted before it is sent: from then on the return that it
/// followed cannot be undone. One that was undone meanwhile is not sent.
async fn may_be_sent(app: &App, seen: &Seen, heartbeat: &Heartbeat) -> Result<bool, Problem> {
    let Some(order) = seen.reset_order(heartbeat) else {
        return Ok(true);
    };
    let tablet = seen.tablet.id;
    let noted = app.writer().run(move |store| store.deliver(tablet, order));
    Ok(noted.await?)
}

/// How long the answer to a heartbeat may be held back: not to a tablet that has something
/// to say soon, for it does one thing at a time, and a receipt would wait for the answer.
pub fn hold_ms(pace: Pace, heartbeat: &Heartbeat) -> u64 {
    let is_docked = heartbeat.charging == Some(true);
    match heartbeat.state {
        AgentState::Resetting | AgentState::Reported => 0,
        AgentState::New
        | AgentState::OnLoan
        | AgentState::Ready
        | AgentState::Failed
        | AgentState::Locked => {
            if is_docked {
                pace.hold_ms
            } else {
                0
            }
        }
    }
}

/// A person's answer to "Have you still got it?". One that comes too late is
/// refused and changes nothing; the heartbeat is taken all the same.
async fn take_answer(app: &App, tablet: TabletId, heartbeat: &Heartbeat) -> Result<(), Problem> {
    let now = clock::now();
    let Some(command) = answer_told(tablet, heartbeat, now) else {
        return Ok(());
    };
    if let Err(refusal) = app.writer().commit(Work::new(command, now)).await? {
        tracing::warn!(%tablet, code = refusal.code(), "an answer of a tablet was refused");
    }
    Ok(())
}

/// The person's answer that a heartbeat carries.
pub fn answer_told(tablet: TabletId, heartbeat: &Heartbeat, now: Moment) -> Option<Command> {
    let answer = heartbeat.answer?;
    let (loan, yes) = (answer.loan, answer.yes);
    let action = Action::AnswerStillGotIt(AnswerStillGotIt { tablet, loan, yes });
    Some(asking::by_tablet(answer.id, tablet, action, now))
}

/// The seal of the image that the tablet is to have at hand, and has not.
async fn stage(app: &App, seen: &Seen, heartbeat: &Heartbeat) -> Result<Option<Seal>, Problem> {
    match seen.image_to_stage(heartbeat) {
        Some(image) => images::seal(&app.config().folder, image.clone()).await,
        None => Ok(None),
    }
}

/// What the store holds that a heartbeat is answered from, all of one moment.
#[derive(Debug)]
pub struct Seen {
    /// The tablet.
    pub tablet: Tablet,
    /// The loan that it is out on.
    pub loan: Option<Loan>,
    /// The image that it is to have at hand.
    pub image: Option<Image>,
    /// The council's policy.
    pub policy: Policy,
}

impl Seen {
    /// What is stored of this tablet; `None` where there is none.
    pub fn of(store: &Reader, id: TabletId) -> Result<Option<Self>, Fault> {
        let Some(tablet) = store.tablet(id)? else {
            return Ok(None);
        };
        let loan = tablet.loan_out().map(|loan| store.loan(loan));
        let loan = loan.transpose()?.flatten();
        let image = image_to_have(store, &tablet)?;
        Ok(Some(Self {
            tablet,
            loan,
            image,
            policy: store.policy().clone(),
        }))
    }

    /// The image that it is to have at hand, unless it says that it has it.
    pub fn image_to_stage(&self, heartbeat: &Heartbeat) -> Option<&Image> {
        let image = self.image.as_ref();
        image.filter(|image| heartbeat.staged != Some(image.id))
    }

    fn order(&self, loan: Option<&Loan>, heartbeat: &Heartbeat) -> Option<Order> {
        delivery::order(&self.tablet, loan, heartbeat, &self.policy.lost_message)
    }

    /// What the tablet tells of itself that is not in the log: it is further, since this
    /// server was brought back from a backup, or its receipt was refused.
    pub fn told(&self, heartbeat: &Heartbeat, id: CommandId, now: Moment) -> Option<Command> {
        let action = delivery::told(&self.tablet, &self.policy, heartbeat)?;
        Some(asking::by_tablet(id, self.tablet.id, action, now))
    }

    /// Whether there is something that must not wait. An order that the tablet carried out
    /// and proved nothing with is sent again, and can wait: it begins nothing.
    pub fn says_something(&self, heartbeat: &Heartbeat, now: Moment) -> bool {
        let order = self.order(self.loan.as_ref(), heartbeat);
        let is_new = |it: Order| Some(it.order) != delivery::refused_order(&self.tablet, heartbeat);
        order.is_some_and(is_new) || delivery::question(&self.tablet, heartbeat, now).is_some()
    }

    /// The order of a reset that the answer carries, if it carries one.
    pub fn reset_order(&self, heartbeat: &Heartbeat) -> Option<OrderId> {
        let order = self.order(self.loan.as_ref(), heartbeat)?;
        match order.task {
            Task::Reset { .. } => Some(order.order),
            Task::BeginLoan { .. } | Task::Lock { .. } | Task::Unlock => None,
        }
    }

    /// The answer to a tablet that believes a key of before: it goes on to the one in use
    /// first, and would take nothing that is signed with that one.
    pub fn keys_first(
        &self,
        heartbeat: &Heartbeat,
        now: Moment,
        pace: Pace,
        keys: &ServerKeys,
    ) -> Option<HeartbeatAnswer> {
        let since = keys.since(heartbeat.believes?);
        (!since.is_empty()).then(|| HeartbeatAnswer {
            now,
            next_call_ms: pace.busy_ms,
            keyrings: since.to_vec(),
            order: None,
            stage: None,
            ask: delivery::question(&self.tablet, heartbeat, now),
            loan: self.loan.as_ref().map(delivery::card),
        })
    }

    /// The answer, signed where it must be.
    pub fn answer(
        &self,
        heartbeat: &Heartbeat,
        now: Moment,
        next_call_ms: u64,
        stage: Option<&Seal>,
        keys: &ServerKeys,
    ) -> HeartbeatAnswer {
        let order = self.order(self.loan.as_ref(), heartbeat);
        HeartbeatAnswer {
            now,
            next_call_ms,
            keyrings: Vec::new(),
            order: order.map(|order| keys.sign(&order)),
            stage: stage.map(|seal| keys.sign(seal)),
            ask: delivery::question(&self.tablet, heartbeat, now),
            loan: self.loan.as_ref().map(delivery::card),
        }
    }
}

/// The image that a waiting order names, also where a newer one was released since:
/// the order can be carried out with no other. Else the newest.
fn image_to_have(store: &Reader, tablet: &Tablet) -> Result<Option<Image>, Fault> {
    match &tablet.reset {
        Reset::Ordered(pending) => store.image(pending.image),
        Reset::Dirty | Reset::Proven(_) | Reset::Failed { .. } => store.image_current(),
    }
}

/// Tablets at rest spread their calls, so that a fleet that was switched on
/// together does not call together: up to a tenth later.
pub fn next_call_ms(pace: Pace, jitter: u8, tablet: &Tablet, heartbeat: &Heartbeat) -> u64 {
    if delivery::is_busy(tablet, heartbeat) {
        return pace.busy_ms;
    }
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
    let now = clock::now();
    let command = receipt_told(tablet, &delivery, now);
    let decided = app.writer().commit(Work::new(command, now)).await?;
    if decided.is_ok() {
        say_why_it_failed(tablet, &delivery.receipt, &keys);
    }
    let verdict = app.sign(&verdict(
        tablet,
        &keys,
        &delivery.receipt,
        decided.map(drop),
    ));
    Ok(Json(ReceiptAnswer { verdict }))
}

/// The page of the fleet says which step it was until a reset is proven, and the log for
/// good.
fn say_why_it_failed(tablet: TabletId, receipt: &[u8], keys: &TabletKeys) {
    if let Some(Outcome::Failed { why }) = told(receipt, keys).map(|it| it.outcome) {
        tracing::warn!(%tablet, step = ?why, "a reset failed");
    }
}

/// The receipt that a tablet hands in.
pub fn receipt_told(tablet: TabletId, delivery: &ReceiptDelivery, now: Moment) -> Command {
    let receipt = delivery.receipt.clone();
    let action = Action::RecordReset(RecordReset { tablet, receipt });
    asking::by_tablet(delivery.id, tablet, action, now)
}

/// What a receipt is answered with, once it was decided on.
pub fn verdict(
    tablet: TabletId,
    keys: &TabletKeys,
    receipt: &[u8],
    decided: Result<(), Refusal>,
) -> Verdict {
    let told = told(receipt, keys);
    Verdict {
        tablet,
        answer: answer(tablet, told.as_ref(), decided),
        order: told.map_or(OrderId::from_bytes([0; 16]), |receipt| receipt.order),
        receipt: Digest::of(receipt),
    }
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
