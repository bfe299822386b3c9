//! What a kiosk says, and is answered. A refusal of a command is an answer; a
//! problem says that nothing was decided.

use axum::{Extension, Json, extract::State, http::StatusCode};
use shared::{
    borrower::CardNumber,
    command::{Action, EnrolKiosk},
    decide::check_out::due_on,
    head::Head,
    ids::{KioskId, VenueId},
    refusal::Refusal,
    time::{Day, Moment},
    venue::Venue,
    wire::v1::{
        command::KioskCommand,
        kiosk::{
            BorrowerCard, BorrowerRequest, CommandAnswer, EnrolRequest, Enrolled, Gap, OperatorRow,
            ProofKindRow, Rows, RowsRequest, RulesRow,
        },
        refusal::RefusalBody,
    },
};

use super::{asking, news::News};
use crate::{
    clock,
    http::{App, Problem, body::Body},
    store::{Answer, CodeFor, Fault, KioskView, OperatorView, Reader, Work},
};

/// No kiosk's series comes near this place.
const SERIES_MAX: u64 = 1 << 48;

/// Most rows of one answer; the kiosk asks for the next at once (R16).
const ROWS_MAX: usize = 500;

/// Gives a kiosk its identity for a one-time code.
pub async fn enrol(
    State(app): State<App>,
    Body(request): Body<EnrolRequest>,
) -> Result<Json<Enrolled>, Problem> {
    let now = clock::now();
    let whom = asking::code_for(&app, &request.code, now, request.id).await?;
    let CodeFor::Kiosk { kiosk, venue } = whom else {
        return Err(asking::code_not_taken());
    };
    let key = request.key;
    let action = Action::EnrolKiosk(EnrolKiosk { kiosk, venue, key });
    let command = asking::by_server(request.id, venue, action, now);
    asking::enrol(&app, &request.code, command, now).await?;
    let found = app.read(move |store| store.venue(venue)).await?;
    let venue = found.ok_or(Problem::not_found())?;
    Ok(Json(enrolled(&app, kiosk, venue)))
}

fn enrolled(app: &App, kiosk: KioskId, venue: Venue) -> Enrolled {
    Enrolled {
        kiosk,
        venue: venue.id,
        venue_name: venue.name,
        tag_host: app.config().tag_host.clone(),
        server_key: app.public_key(),
    }
}

/// Gives what changed since the kiosk's position, or waits for it.
pub async fn rows(
    State(app): State<App>,
    Extension(kiosk): Extension<KioskId>,
    Body(request): Body<RowsRequest>,
) -> Result<Json<Rows>, Problem> {
    if request.unread > 0 {
        tracing::warn!(
            %kiosk, rows = request.unread,
            "a kiosk cannot read what this server tells of some tablets: it needs an update, \
             and lends none of them until then"
        );
    }
    let mut news = News::within(&app, request.wait_ms.min(app.pace().hold_ms));
    loop {
        let rows = app.read(move |store| rows_of(store, kiosk, request, clock::now()));
        let rows = rows.await?.ok_or(Problem::not_found())?;
        if let Some(head) = request.head
            && head.is_denied_by(&rows.heads)
        {
            note_denied(&app, kiosk, head).await?;
            return Ok(Json(rows));
        }
        // A kiosk that is ahead of a log that was set back hears so at once.
        if rows.cursor != request.after || !news.came().await {
            return Ok(Json(rows));
        }
    }
}

/// Says loudly, once, that a kiosk noted what this log does not hold.
async fn note_denied(app: &App, kiosk: KioskId, head: Head) -> Result<(), Problem> {
    let now = clock::now();
    let noted = app.writer().run(move |it| it.note_denied(kiosk, head, now));
    if noted.await? {
        tracing::error!(
            %kiosk, %head,
            "a kiosk noted a head that this log does not hold: the log was cut, written anew or \
             brought back from a backup; see `audit doubts`"
        );
    }
    Ok(())
}

/// What changed for this kiosk since a position; `None` where there is no such kiosk.
pub fn rows_of(
    store: &Reader,
    kiosk: KioskId,
    RowsRequest { after, head, .. }: RowsRequest,
    now: Moment,
) -> Result<Option<Rows>, Fault> {
    let Some(KioskView { venue, .. }) = store.kiosk(kiosk)? else {
        return Ok(None);
    };
    let page = store.rows_after(after, venue, ROWS_MAX)?;
    let (operators, changed) = store.operators_at(venue)?;
    let operators = (changed > after).then(|| operators.into_iter().map(operator).collect());
    Ok(Some(Rows {
        cursor: page.cursor,
        more: page.more,
        now,
        facts_taken: store.kiosk_facts_taken(kiosk)?,
        series: store.kiosk_series(kiosk)?.series,
        rules: Some(rules(store, venue)?),
        tablets: page.tablets,
        operators,
        heads: head.map_or(Ok(Vec::new()), |head| store.heads_for(head))?,
    }))
}

/// What a counter decides by while it is alone.
fn rules(store: &Reader, venue: VenueId) -> Result<RulesRow, Fault> {
    let policy = store.policy();
    let calendar = store.venue(venue)?.map(|venue| venue.calendar);
    Ok(RulesRow {
        loan_days: policy.loan_days,
        proof_kinds: policy
            .proof_kinds
            .iter()
            .copied()
            .map(ProofKindRow)
            .collect(),
        calendar: calendar.unwrap_or_default(),
        open_loans_max: Some(policy.open_loans_max),
    })
}

fn operator(view: OperatorView) -> OperatorRow {
    OperatorRow {
        operator: view.operator,
        name: view.name,
        badge: view.badge,
    }
}

/// Takes a kiosk's word that it cannot tell again what the server lost.
pub async fn gap(
    State(app): State<App>,
    Extension(kiosk): Extension<KioskId>,
    Body(gap): Body<Gap>,
) -> Result<Json<CommandAnswer>, Problem> {
    let Gap {
        first,
        last,
        series,
    } = gap;
    if first == 0 || first > last || last > SERIES_MAX {
        return Err(Problem::bad_body());
    }
    let now = clock::now();
    let noted = app.writer().run(move |store| {
        let noted = store.note_gap(kiosk, gap, now)?;
        Ok((noted, store.read().position()?))
    });
    Ok(Json(match noted.await? {
        (Ok(()), cursor) => {
            tracing::error!(
                %kiosk, series, first, last,
                "a kiosk told these facts of its series before and cannot tell them again"
            );
            CommandAnswer::Accepted { cursor }
        }
        (Err(refusal), _) => CommandAnswer::Refused {
            refusal: RefusalBody(refusal),
        },
    }))
}

/// Finds a borrower by card, for an operator who may act at the kiosk's venue.
pub async fn borrower(
    State(app): State<App>,
    Extension(kiosk): Extension<KioskId>,
    Body(request): Body<BorrowerRequest>,
) -> Result<Json<BorrowerCard>, Problem> {
    let today = clock::now().day();
    let found = app.read(move |store| borrower_of(store, kiosk, &request, today));
    found.await?.map(Json)
}

/// The borrower of this card. Inner: why the kiosk is not told. Outer: whether the
/// rows could be read.
pub fn borrower_of(
    store: &Reader,
    kiosk: KioskId,
    request: &BorrowerRequest,
    today: Day,
) -> Result<Result<BorrowerCard, Problem>, Fault> {
    let Ok(card) = request.card.parse::<CardNumber>() else {
        return Ok(Err(unknown_card()));
    };
    let Some(KioskView { venue, .. }) = store.kiosk(kiosk)? else {
        return Ok(Err(Problem::not_found()));
    };
    if !store.may_act(request.operator, venue)? {
        let status = StatusCode::FORBIDDEN;
        return Ok(Err(Problem::refused(status, Refusal::OperatorUnknown)));
    }
    let found = find_borrower(store, venue, &card, today)?;
    Ok(found.ok_or(unknown_card()))
}

/// The borrower of this card, as a counter of this venue shows them.
pub(super) fn find_borrower(
    store: &Reader,
    venue: VenueId,
    card: &CardNumber,
    today: Day,
) -> Result<Option<BorrowerCard>, Fault> {
    let (Some(found), Some(venue)) = (store.borrower_by_card(card)?, store.venue(venue)?) else {
        return Ok(None);
    };
    Ok(Some(BorrowerCard {
        borrower: found.id,
        short_name: found.short_name,
        card_ends: found.card_ends,
        open_loans: found.open_loans,
        due_on: due_on(&venue.calendar, store.policy(), today),
    }))
}

/// The same answer for a card that is not one and a card that is not ours.
const fn unknown_card() -> Problem {
    Problem::refused(StatusCode::NOT_FOUND, Refusal::BorrowerUnknown)
}

/// Takes a fact of the kiosk's own series, or a request.
pub async fn command(
    State(app): State<App>,
    Extension(kiosk): Extension<KioskId>,
    Body(command): Body<KioskCommand>,
) -> Result<Json<CommandAnswer>, Problem> {
    let found = app.read(move |store| store.kiosk(kiosk)).await?;
    let venue = found.ok_or(Problem::not_found())?.venue;
    let command = command.into_command(kiosk, venue);
    let decided = app
        .writer()
        .commit(Work::new(command, clock::now()))
        .await?;
    Ok(Json(told(decided)))
}

/// What became of a command, as the kiosk is told it.
pub fn told(decided: Answer) -> CommandAnswer {
    match decided {
        Ok(accepted) => CommandAnswer::Accepted {
            cursor: accepted.cursor,
        },
        Err(refusal) => CommandAnswer::Refused {
            refusal: RefusalBody(refusal),
        },
    }
}
