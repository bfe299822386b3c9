//! Enrolling a tablet by a QR code: the code is made when the button is pressed, is
//! shown once, and is good for one tablet and 15 minutes.

use askama::Template;
use axum::{Form, extract::State, http::StatusCode, response::Response};
use data_encoding::BASE64;
use lang::{Arg, Key};
use serde::Deserialize;
use shared::{ids::VenueId, invitation::Invitation, tag::TabletNumber, venue::Venue};

use super::frame::{Frame, page};
use crate::{
    clock,
    http::{App, Problem},
    invite::{NotInvited, To},
    store::Reader,
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
    number: String,
    places: Vec<Place>,
    /// Why there is no code, and what to do.
    problem: Option<[String; 2]>,
}

#[derive(Template)]
#[template(path = "enrol_code.html")]
struct Shown<'a> {
    frame: Frame<'a>,
    headline: String,
    picture: String,
    invitation: Invitation,
}

/// What was filled in.
#[derive(Debug, Default, Deserialize)]
pub struct Filled {
    #[serde(default)]
    number: String,
    #[serde(default)]
    venue: String,
}

/// Asks for the number and the place.
pub async fn ask(State(app): State<App>) -> Result<Response, Problem> {
    form(&app, StatusCode::OK, &Filled::default(), None).await
}

/// Makes the code and shows it.
pub async fn show(State(app): State<App>, Form(filled): Form<Filled>) -> Result<Response, Problem> {
    let again = |key| form(&app, StatusCode::BAD_REQUEST, &filled, Some(key));
    let Ok(number) = filled.number.trim().parse::<TabletNumber>() else {
        return again([Key::EnrolNumber, Key::EnrolNumberNext]).await;
    };
    let Some(venue) = venue(&app, &filled.venue).await? else {
        return again([Key::EnrolPlace, Key::EnrolPlaceNext]).await;
    };
    match invite(&app, number, venue).await? {
        Ok(invitation) => shown(&app, number, invitation),
        Err(NotInvited::NumberTaken) => again([Key::EnrolTaken, Key::EnrolTakenNext]).await,
        Err(NotInvited::NoImage) => again([Key::EnrolNoImage, Key::EnrolNoImageNext]).await,
    }
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
    why: Option<[Key; 2]>,
) -> Result<Response, Problem> {
    let venues = app.read(Reader::venues).await?;
    let place = |venue: Venue| Place {
        chosen: venue.id.to_string() == filled.venue,
        id: venue.id.to_string(),
        name: venue.name,
    };
    let shown = Enrol {
        number: filled.number.clone(),
        places: venues.into_iter().map(place).collect(),
        problem: why.map(|why| why.map(|key| app.catalogue().say(key))),
        frame: Frame::for_team(app),
    };
    Ok(page(status, &shown))
}
