//! The checklist that a named operator goes through, item by item, for a tablet that
//! no agent resets. Their word makes it ready only where the policy says so (R2).

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use lang::{Arg, Catalogue, Key};
use shared::{
    command::{Action, Command, RecordReset},
    digest::Digest,
    event::{Actor, Origin},
    ids::{CommandId, OperatorId},
    signed::receipt::Voucher,
    tablet::{ProofKind, ResetOrder, Tablet},
    tag::TabletNumber,
    time::Moment,
};

use super::{
    certificate,
    frame::{Frame, message, page},
};
use crate::{
    auth::key,
    chance, clock,
    http::{App, Problem},
    store::Work,
    vouched::{self, CHECKLIST, Word},
};

/// Where the checklist of this tablet is.
pub fn address(number: TabletNumber) -> String {
    format!("/tablets/{number}/checklist")
}

/// An item: its name in the form, what it says, and whether it is ticked.
struct Item {
    name: &'static str,
    says: String,
    ticked: bool,
}

#[derive(Template)]
#[template(path = "checklist.html")]
struct Checklist<'a> {
    frame: Frame<'a>,
    headline: String,
    items: Vec<Item>,
    /// When the page was opened: the reset was not begun later.
    begun: i64,
    /// Why nothing was confirmed, and what to do.
    problem: Option<[String; 2]>,
}

/// Shows it.
pub async fn show(State(app): State<App>, Path(number): Path<String>) -> Result<Response, Problem> {
    match Waiting::find(&app, &number).await? {
        Ok(waiting) => {
            let begun = clock::now();
            Ok(waiting.page(&app, StatusCode::OK, &[], begun, None))
        }
        Err(nothing) => Ok(nothing),
    }
}

/// Takes a person's word, if every item is ticked and their key says who they are.
pub async fn confirm(
    State(app): State<App>,
    Path(number): Path<String>,
    Form(form): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let waiting = match Waiting::find(&app, &number).await? {
        Ok(waiting) => waiting,
        Err(nothing) => return Ok(nothing),
    };
    let (now, filled) = (clock::now(), Filled::read(form));
    let begun = filled.begun.map_or(now, |at| at.min(now));
    let again = |status, why| waiting.page(&app, status, &filled.ticked, begun, Some(why));
    if CHECKLIST.iter().any(|item| !filled.has(item)) {
        let why = [Key::ChecklistNotAll, Key::ChecklistNotAllNext];
        return Ok(again(StatusCode::BAD_REQUEST, why));
    }
    let key = key::typed(&filled.key);
    let known = app
        .read(move |store| store.operator_of_key(key, now))
        .await?;
    let Some(operator) = known else {
        let why = [Key::ChecklistKeyNotTaken, Key::ChecklistKeyNotTakenNext];
        return Ok(again(StatusCode::FORBIDDEN, why));
    };
    let receipt = waiting.word(&app, operator, begun, now).await?;
    let digest = Digest::of(&receipt);
    let command = waiting.told_by(operator, receipt, now);
    if let Err(refusal) = app.writer().commit(Work::new(command, now)).await? {
        tracing::warn!(code = refusal.code(), "a person's word was refused");
        let why = [Key::ChecklistRefused, Key::ChecklistRefusedNext];
        return Ok(again(StatusCode::CONFLICT, why));
    }
    Ok(Redirect::to(&certificate::address(digest)).into_response())
}

/// A tablet whose reset waits for somebody's word.
struct Waiting {
    tablet: Tablet,
    order: ResetOrder,
}

impl Waiting {
    /// The tablet of this number, where a word about it is taken at all; else what is
    /// shown instead.
    async fn find(app: &App, number: &str) -> Result<Result<Self, Response>, Problem> {
        let Ok(number) = number.parse::<TabletNumber>() else {
            return Ok(Err(gone(app)));
        };
        let read = app.read(move |store| {
            let takes = store.policy().proof_kinds.clone();
            Ok((takes, store.tablet_by_number(number)?))
        });
        let (takes, tablet) = read.await?;
        let Some(tablet) = tablet else {
            return Ok(Err(gone(app)));
        };
        if !takes.contains(&ProofKind::PersonConfirmed) {
            let (headline, next) = (Key::ChecklistNotHere, Key::ChecklistNotHereNext);
            return Ok(Err(message(app, StatusCode::FORBIDDEN, headline, next)));
        }
        let Some(order) = vouched::pending(&tablet).copied() else {
            let (headline, next) = (Key::ChecklistNothing, Key::ChecklistNothingNext);
            return Ok(Err(message(app, StatusCode::CONFLICT, headline, next)));
        };
        Ok(Ok(Self { tablet, order }))
    }

    /// The signed receipt of this operator's word.
    async fn word(
        &self,
        app: &App,
        operator: OperatorId,
        started_at: Moment,
        now: Moment,
    ) -> Result<Vec<u8>, Problem> {
        let (tablet, keys) = (self.tablet.id, app.keys().ever());
        let last = app
            .read(move |store| store.last_vouched(tablet, &keys))
            .await?;
        let word = Word {
            voucher: Voucher::Person { operator },
            started_at,
            finished_at: now,
        };
        let receipt = vouched::receipt(&self.tablet, &self.order, word);
        let receipt = vouched::after(receipt, last);
        Ok(app.sign(&receipt).to_json())
    }

    fn told_by(&self, operator: OperatorId, receipt: Vec<u8>, now: Moment) -> Command {
        let tablet = self.tablet.id;
        Command {
            id: CommandId::from_bytes(chance::bytes()),
            origin: Origin::Server,
            origin_seq: None,
            actor: Actor::Operator(operator),
            venue: self.tablet.venue(),
            occurred_at: now,
            clock_sure: true,
            seen: 0,
            series: 0,
            action: Action::RecordReset(RecordReset { tablet, receipt }),
        }
    }

    fn page(
        &self,
        app: &App,
        status: StatusCode,
        ticked: &[String],
        begun: Moment,
        why: Option<[Key; 2]>,
    ) -> Response {
        let catalogue = app.catalogue();
        let number = self.tablet.number.to_string();
        let shown = Checklist {
            headline: catalogue.text(Key::ChecklistHeadline, &[("number", Arg::Text(&number))]),
            items: CHECKLIST.map(|name| item(catalogue, name, ticked)).into(),
            begun: begun.as_ms(),
            problem: why.map(|why| why.map(|key| catalogue.say(key))),
            frame: Frame::for_team(app),
        };
        page(status, &shown)
    }
}

fn item(catalogue: &Catalogue, name: &'static str, ticked: &[String]) -> Item {
    let key = Key::from_id(&format!("checklist-{name}"));
    Item {
        name,
        says: key.map_or_else(|| name.to_owned(), |key| catalogue.say(key)),
        ticked: ticked.iter().any(|it| it == name),
    }
}

/// What was filled in.
#[derive(Default)]
struct Filled {
    ticked: Vec<String>,
    key: String,
    begun: Option<Moment>,
}

impl Filled {
    /// Reads a form; what no field of ours is called is nothing to us.
    fn read(form: Vec<(String, String)>) -> Self {
        let mut filled = Self::default();
        for (name, value) in form {
            match name.as_str() {
                "item" => filled.ticked.push(value),
                "key" => filled.key = value,
                "begun" => filled.begun = value.parse().ok().map(Moment::from_ms),
                _other => {}
            }
        }
        filled
    }

    fn has(&self, item: &str) -> bool {
        self.ticked.iter().any(|it| it == item)
    }
}

fn gone(app: &App) -> Response {
    let (headline, next) = (Key::PagesGone, Key::PagesGoneNext);
    message(app, StatusCode::NOT_FOUND, headline, next)
}
