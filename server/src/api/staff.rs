//! What an operator's own program says, and is answered: the desk's commands with
//! the program's own ids, and the lists that one must read to act. A refusal is a
//! problem with its code, its sentence and the next step.

use axum::{
    Extension, Json,
    extract::{Query, State, rejection::QueryRejection},
};
use lang::{Catalogue, readiness, refusals};
use serde::Deserialize;
use shared::{
    borrower::CardNumber,
    dispute::Dispute,
    ids::{OperatorId, VenueId},
    policy::Policy,
    readiness::{Fact, Facts, Readiness},
    refusal::Refusal,
    tablet::{Flag, Flags},
    tag::TabletNumber,
    time::Moment,
    venue::Venue,
    wipe::{Wipe, WipeState},
    wire::v1::{
        kiosk::{BorrowerCard, CommandAnswer},
        lists::{
            DecisionRow, DisputeOpen, Disputes, FlagRow, Holds, Me, NotKnownTold, ReadinessRow,
            RefusalTold, StaffTablet, TabletPage, Transfers, VenueRow, WarningTold, WipeRow, Wipes,
        },
        refusal::RefusalBody,
        staff::{FindBorrower, StaffCommand},
    },
};

use super::kiosk;
use crate::{
    clock,
    http::{App, Problem, body::Body},
    store::{DeskTablet, DisputeRow, Fault, Reader, Work},
};

/// Most rows of one answer (R16).
const ROWS_MAX: usize = 200;

/// Takes a request of a named operator.
pub async fn command(
    State(app): State<App>,
    Extension(operator): Extension<OperatorId>,
    Body(command): Body<StaffCommand>,
) -> Result<Json<CommandAnswer>, Problem> {
    let now = clock::now();
    let command = command.into_command(operator, now);
    let decided = app.writer().commit(Work::new(command, now)).await?;
    match decided {
        Ok(accepted) => Ok(Json(CommandAnswer::Accepted {
            cursor: accepted.cursor,
        })),
        Err(refusal) => Err(Problem::told(refusal, app.catalogue())),
    }
}

/// Finds a borrower by card, at a venue of the operator's.
pub async fn borrower(
    State(app): State<App>,
    Extension(operator): Extension<OperatorId>,
    Body(request): Body<FindBorrower>,
) -> Result<Json<BorrowerCard>, Problem> {
    let told = |refusal| Problem::told(refusal, app.catalogue());
    // The same answer for a card that is not one and a card that is not ours.
    let card: Option<CardNumber> = request.card.parse().ok();
    let (venue, today) = (request.venue, clock::now().day());
    let found = app.read(move |store| {
        if !store.may_act(operator, venue)? {
            return Ok(Err(Refusal::WrongVenue));
        }
        let found = card.map(|card| kiosk::find_borrower(store, venue, &card, today));
        Ok(found.transpose()?.flatten().ok_or(Refusal::BorrowerUnknown))
    });
    found.await?.map(Json).map_err(told)
}

/// Says whose key it is, and where they may act.
pub async fn me(
    State(app): State<App>,
    Extension(operator): Extension<OperatorId>,
) -> Result<Json<Me>, Problem> {
    let read = app.read(move |store| {
        let venues = store.venues_of(operator)?.into_iter();
        let venues = venues.filter_map(|venue| store.venue(venue).transpose());
        venues.collect::<Result<Vec<Venue>, Fault>>()
    });
    let venues = read.await?.into_iter().map(|it| VenueRow {
        venue: it.id,
        name: it.name,
        place: it.kind,
    });
    Ok(Json(Me {
        operator,
        venues: venues.collect(),
    }))
}

/// Which tablets are asked for.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Which {
    number: Option<TabletNumber>,
    after: Option<TabletNumber>,
}

/// Gives one tablet, or a page of the fleet.
pub async fn tablets(
    State(app): State<App>,
    Extension(operator): Extension<OperatorId>,
    which: Result<Query<Which>, QueryRejection>,
) -> Result<Json<TabletPage>, Problem> {
    let which = asked(which)?;
    let now = clock::now();
    let read = app.read(move |store| {
        let rows = match which.number {
            Some(number) => store.desk_tablet(operator, number)?.into_iter().collect(),
            None => store.desk_tablets(operator, which.after, ROWS_MAX + 1)?,
        };
        Ok((rows, store.policy().clone()))
    });
    let (mut rows, policy) = read.await?;
    if rows.is_empty() && which.number.is_some() {
        return Err(Problem::told(Refusal::TabletUnknown, app.catalogue()));
    }
    let more = cut(&mut rows);
    let last = rows.last().map(|row| row.tablet.number);
    let row = |row| tablet(row, &policy, app.catalogue(), now);
    Ok(Json(TabletPage {
        tablets: rows.into_iter().map(row).collect(),
        next: last.filter(|_| more),
    }))
}

fn tablet(row: DeskTablet, policy: &Policy, catalogue: &Catalogue, now: Moment) -> StaffTablet {
    let ready = Readiness::of(&row.tablet, policy, &facts(&row, now));
    let tablet = row.tablet;
    StaffTablet {
        tablet: tablet.id,
        number: tablet.number,
        venue: tablet.venue(),
        loan: tablet.loan_out(),
        due_on: row.due_on,
        flags: flags(tablet.flags),
        reported_back: tablet.reported_back,
        lent_by_override: tablet.lent_by_override,
        put_aside: row.put_aside,
        last_seen_at: row.last_seen_at,
        readiness: told(ready, catalogue),
        serial: tablet.serial,
        model: tablet.model,
        kit: tablet.kit,
        missing_parts: tablet.missing_parts,
    }
}

/// What the server knows of a tablet; of its SIM and its charger nobody has told it.
fn facts(row: &DeskTablet, now: Moment) -> Facts {
    Facts {
        now,
        image_withdraw_on: row.image_withdraw_on,
        battery_percent: row.battery_percent.into(),
        last_seen_at: row.last_seen_at.into(),
        sim: Fact::NotKnown,
        charger_checked_until: Fact::NotKnown,
    }
}

fn flags(flags: Flags) -> Vec<FlagRow> {
    let part_missing = flags.part_missing.then_some(Flag::PartMissing);
    let damaged = flags.damaged.then_some(Flag::Damaged);
    let all = [part_missing, damaged, flags.withheld.map(Flag::Withheld)];
    all.into_iter().flatten().map(FlagRow).collect()
}

fn told(ready: Readiness, catalogue: &Catalogue) -> ReadinessRow {
    let refusal = |refusal| {
        let told = refusals::to_staff(refusal, catalogue);
        RefusalTold {
            refusal: RefusalBody(refusal),
            sentence: told.sentence,
            next: told.next,
        }
    };
    let warning = |warning| {
        let told = readiness::warning(warning, catalogue);
        WarningTold {
            warning,
            sentence: told.sentence,
            next: told.next,
        }
    };
    let not_known = |matter| NotKnownTold {
        matter,
        sentence: readiness::not_known(matter, catalogue),
    };
    ReadinessRow {
        word: ready.word,
        refusals: ready.refusals.into_iter().map(refusal).collect(),
        warnings: ready.warnings.into_iter().map(warning).collect(),
        not_known: ready.not_known.into_iter().map(not_known).collect(),
    }
}

/// Whose queue is asked for.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueueOf {
    venue: VenueId,
}

/// Gives the queue of a venue of the operator's.
pub async fn holds(
    State(app): State<App>,
    Extension(operator): Extension<OperatorId>,
    of: Result<Query<QueueOf>, QueryRejection>,
) -> Result<Json<Holds>, Problem> {
    let QueueOf { venue } = asked(of)?;
    let read = app.read(move |store| {
        let allowed = store.may_act(operator, venue)?;
        let holds = || store.desk_holds(venue, ROWS_MAX + 1);
        allowed.then(holds).transpose()
    });
    let wrong_venue = || Problem::told(Refusal::WrongVenue, app.catalogue());
    let mut holds = read.await?.ok_or_else(wrong_venue)?;
    let more = cut(&mut holds);
    Ok(Json(Holds { holds, more }))
}

/// Gives the disputes that wait for a person.
pub async fn disputes(State(app): State<App>) -> Result<Json<Disputes>, Problem> {
    let mut rows = app.read(Reader::disputes_open).await?;
    let more = cut(&mut rows);
    let disputes = rows.iter().map(dispute).collect();
    Ok(Json(Disputes { disputes, more }))
}

fn dispute(row: &DisputeRow) -> DisputeOpen {
    let Dispute {
        id, cause, loan, ..
    } = row.dispute.clone();
    DisputeOpen {
        dispute: id,
        cause,
        number: row.number,
        loan,
        raised_at: row.raised_at,
        allowed: cause.allowed().iter().copied().map(DecisionRow).collect(),
    }
}

/// Gives the wipes that have not begun.
pub async fn wipes(State(app): State<App>) -> Result<Json<Wipes>, Problem> {
    let read = app.read(|store| Ok((store.wipes_pending()?, store.wipes_stopped_by()?)));
    let (mut rows, stopped_by) = read.await?;
    let more = cut(&mut rows);
    Ok(Json(Wipes {
        wipes: rows.into_iter().map(wipe).collect(),
        more,
        stopped_by,
    }))
}

const fn wipe(wipe: Wipe) -> WipeRow {
    WipeRow {
        wipe: wipe.id,
        tablet: wipe.tablet,
        asked_by: wipe.asked_by,
        asked_at: wipe.asked_at,
        agreed_by: wipe.agreed_by,
        starts_at: match wipe.state {
            WipeState::Agreed { starts_at } => Some(starts_at),
            WipeState::Asked | WipeState::Started { .. } | WipeState::CalledOff => None,
        },
    }
}

/// Gives the boxes that are on their way.
pub async fn transfers(State(app): State<App>) -> Result<Json<Transfers>, Problem> {
    let mut transfers = app.read(|store| store.desk_transfers(ROWS_MAX + 1)).await?;
    let more = cut(&mut transfers);
    Ok(Json(Transfers { transfers, more }))
}

fn asked<T>(query: Result<Query<T>, QueryRejection>) -> Result<T, Problem> {
    let said = |rejection: QueryRejection| Problem::bad_query().because(rejection.body_text());
    query.map(|Query(asked)| asked).map_err(said)
}

/// Cuts what does not fit into one answer, and says whether anything was cut.
fn cut<T>(rows: &mut Vec<T>) -> bool {
    let more = rows.len() > ROWS_MAX;
    rows.truncate(ROWS_MAX);
    more
}
