//! Enrolling a tablet by a QR code: the code is made when the button is pressed, is
//! shown once, and is good for one tablet and 15 minutes. One that has no agent is
//! enrolled at once, by what somebody reads on it.

use askama::Template;
use axum::{Form, extract::State, http::StatusCode, response::Response};
use data_encoding::BASE64;
use lang::{Arg, Key, refusals};
use serde::Deserialize;
use shared::{
    ids::{CommandId, VenueId},
    invitation::Invitation,
    tablet::ProofKind,
    tag::TabletNumber,
    venue::Venue,
};

use super::{
    checklist,
    frame::{Frame, page},
};
use crate::{
    api::asking,
    chance, clock,
    http::{App, Problem},
    invite::{self, NotInvited, To, WithoutAgent},
    store::{Reader, Work},
    tag_picture::{Format, Picture, PictureError},
};

struct Place {
    id: String,
    name: String,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "enrol.html")]
struct Enrol<'a> {
    frame: Frame<'a>,
    filled: &'a Filled,
    places: Vec<Place>,
    /// Why nothing was enrolled, and what to do.
    problem: Option<Why>,
}

#[derive(Template)]
#[template(path = "enrol_code.html")]
struct Shown<'a> {
    frame: Frame<'a>,
    headline: String,
    picture: String,
    invitation: Invitation,
}

/// What makes a tablet ready that has no agent.
#[derive(Template)]
#[template(path = "enrolled.html")]
struct Done<'a> {
    frame: Frame<'a>,
    headline: String,
    number: TabletNumber,
    checklist: String,
    takes_person: bool,
    takes_manager: bool,
}

/// A sentence, and what to do next.
type Why = [String; 2];

/// Which number, and where.
type Which = (TabletNumber, VenueId);

/// What was filled in.
#[derive(Debug, Default, Deserialize)]
pub struct Filled {
    #[serde(default)]
    number: String,
    #[serde(default)]
    venue: String,
    /// A box that is not ticked is not sent.
    without_agent: Option<String>,
    #[serde(default)]
    serial: String,
    #[serde(default)]
    model: String,
}

impl Filled {
    const fn without_agent(&self) -> bool {
        self.without_agent.is_some()
    }
}

/// Asks for the number and the place.
pub async fn ask(State(app): State<App>) -> Result<Response, Problem> {
    form(&app, StatusCode::OK, &Filled::default(), None).await
}

/// Enrols a tablet that has no agent; for one that has, makes the code and shows it.
pub async fn show(State(app): State<App>, Form(filled): Form<Filled>) -> Result<Response, Problem> {
    let done = match described(&app, &filled).await? {
        Err(why) => Err(why),
        Ok(which) if filled.without_agent() => at_once(&app, &filled, which).await?,
        Ok(which) => by_code(&app, which).await?,
    };
    match done {
        Ok(page) => Ok(page),
        Err(why) => form(&app, StatusCode::BAD_REQUEST, &filled, Some(why)).await,
    }
}

/// The number and the place that were filled in.
async fn described(app: &App, filled: &Filled) -> Result<Result<Which, Why>, Problem> {
    let Ok(number) = filled.number.trim().parse::<TabletNumber>() else {
        return Ok(Err(say(app, [Key::EnrolNumber, Key::EnrolNumberNext])));
    };
    let venue = venue(app, &filled.venue).await?;
    let why = || say(app, [Key::EnrolPlace, Key::EnrolPlaceNext]);
    Ok(venue.map(|venue| (number, venue)).ok_or_else(why))
}

async fn by_code(app: &App, (number, venue): Which) -> Result<Result<Response, Why>, Problem> {
    let why = match invite(app, number, venue).await? {
        Ok(invitation) => return shown(app, number, invitation).map(Ok),
        Err(NotInvited::NumberTaken) => [Key::EnrolTaken, Key::EnrolTakenNext],
        Err(NotInvited::NotThere) => [Key::EnrolNotThere, Key::EnrolNotThereNext],
        Err(NotInvited::NoImage) => [Key::EnrolNoImage, Key::EnrolNoImageNext],
    };
    Ok(Err(say(app, why)))
}

async fn at_once(
    app: &App,
    filled: &Filled,
    (number, venue): Which,
) -> Result<Result<Response, Why>, Problem> {
    let [serial, model] = [&filled.serial, &filled.model].map(|it| invite::one_line(it));
    let (Some(serial), Some(model)) = (serial, model) else {
        return Ok(Err(say(app, [Key::EnrolWhich, Key::EnrolWhichNext])));
    };
    let enrolled = WithoutAgent {
        number,
        serial,
        model,
        venue,
    };
    let made = app.writer().run(move |store| enrolled.enrolment(store));
    let (id, now) = (CommandId::from_bytes(chance::bytes()), clock::now());
    let command = asking::by_server(id, venue, made.await?, now);
    match app.writer().commit(Work::new(command, now)).await? {
        Ok(_) => done(app, number).await.map(Ok),
        Err(refusal) => {
            let told = refusals::to_staff(refusal, app.catalogue());
            Ok(Err([told.sentence, told.next]))
        }
    }
}

fn say(app: &App, why: [Key; 2]) -> Why {
    why.map(|key| app.catalogue().say(key))
}

async fn done(app: &App, number: TabletNumber) -> Result<Response, Problem> {
    let takes = app.read(|store| Ok(store.policy().proof_kinds.clone()));
    let takes = takes.await?;
    let text = number.to_string();
    let done = Done {
        headline: app
            .catalogue()
            .text(Key::EnrolledHeadline, &[("number", Arg::Text(&text))]),
        number,
        checklist: checklist::address(number),
        takes_person: takes.contains(&ProofKind::PersonConfirmed),
        takes_manager: takes.contains(&ProofKind::ManagerReported),
        frame: Frame::for_team(app),
    };
    Ok(page(StatusCode::OK, &done))
}

async fn venue(app: &App, id: &str) -> Result<Option<VenueId>, Problem> {
    let Ok(id) = id.parse::<VenueId>() else {
        return Ok(None);
    };
    let found = app.read(move |store| store.venue(id)).await?;
    Ok(found.map(|venue| venue.id))
}

async fn invite(
    app: &App,
    number: TabletNumber,
    venue: VenueId,
) -> Result<Result<Invitation, NotInvited>, Problem> {
    let (server, key) = (address(app), app.public_key());
    let made = app.writer().run(move |store| {
        let to = To {
            server: &server,
            key: &key,
            now: clock::now(),
        };
        to.tablet(store, number, venue)
    });
    Ok(made.await?)
}

/// What a tablet calls the server by.
fn address(app: &App) -> String {
    let config = app.config();
    match config.public_url.as_str() {
        "" => format!("http://{}", config.listen),
        url => url.to_owned(),
    }
}

fn shown(app: &App, number: TabletNumber, invitation: Invitation) -> Result<Response, Problem> {
    let picture = drawn(&invitation, number).map_err(|error| {
        tracing::error!("a code to enrol with cannot be drawn: {error}");
        Problem::fault()
    })?;
    let number = number.to_string();
    let shown = Shown {
        headline: app
            .catalogue()
            .text(Key::EnrolHeadlineCode, &[("number", Arg::Text(&number))]),
        picture: format!("data:image/svg+xml;base64,{}", BASE64.encode(&picture)),
        invitation,
        frame: Frame::for_team(app),
    };
    Ok(page(StatusCode::OK, &shown))
}

fn drawn(invitation: &Invitation, number: TabletNumber) -> Result<Vec<u8>, PictureError> {
    Picture::of_invitation(invitation, number)?.to_bytes(Format::Svg)
}

async fn form(
    app: &App,
    status: StatusCode,
    filled: &Filled,
    problem: Option<Why>,
) -> Result<Response, Problem> {
    let venues = app.read(Reader::venues).await?;
    let place = |venue: Venue| Place {
        chosen: venue.id.to_string() == filled.venue,
        id: venue.id.to_string(),
        name: venue.name,
    };
    let shown = Enrol {
        filled,
        places: venues.into_iter().map(place).collect(),
        problem,
        frame: Frame::for_team(app),
    };
    Ok(page(status, &shown))
}
