//! The whole table of routes with who may call each, and the server that answers
//! them.

use std::{io, net::SocketAddr, time::Duration};

use axum::{
    Router,
    middleware::{from_fn, from_fn_with_state},
};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tower_sessions::{
    Expiry, MemoryStore, SessionManagerLayer,
    cookie::{SameSite, time::Duration as Span},
};

use crate::{
    api::{self, agent, images, kiosk, staff},
    chance, clock, housekeeping,
    http::{
        Access, App, Problem, Route, layer,
        listen::{self, Limits},
        route,
    },
    managed,
    pages::{book, certificate, checklist, enrol, events, files, fleet, found, sign_in},
    timers,
};

/// How long a session lasts after a person last did something.
const IDLE: Duration = Duration::from_mins(30);

/// Every route that there is.
pub fn table() -> Vec<Route> {
    vec![
        Route::get("/", Access::Team, fleet::show),
        Route::get("/events", Access::Team, events::stream),
        Route::get("/certificates/{digest}", Access::Team, certificate::show),
        Route::get(
            "/certificates/{digest}/receipt.json",
            Access::Team,
            certificate::document,
        ),
        Route::get("/tablets/{number}/checklist", Access::Team, checklist::show),
        Route::post(
            "/tablets/{number}/checklist",
            Access::Team,
            checklist::confirm,
        ),
        Route::get("/enrol", Access::Team, enrol::ask),
        Route::post("/enrol", Access::Team, enrol::show),
        Route::get("/sign-in", Access::Public, sign_in::how),
        Route::get("/sign-in/{token}", Access::Link, sign_in::open),
        Route::post("/sign-in/{token}", Access::Link, sign_in::enter),
        Route::post("/sign-out", Access::Team, sign_in::leave),
        Route::get("/assets/{version}/{name}", Access::Public, files::give),
        Route::get("/{code}", Access::Public, found::show),
        Route::get("/v1/", Access::Public, book::show),
        Route::get("/v1/openapi.json", Access::Public, api::book::openapi),
        Route::post("/v1/agent/enrol", Access::Code, agent::enrol),
        Route::post("/v1/agent/heartbeat", Access::Tablet, agent::heartbeat),
        Route::post("/v1/agent/receipt", Access::Tablet, agent::receipt),
        Route::get("/v1/images/{image}", Access::Tablet, images::manifest),
        Route::get("/v1/blobs/{digest}", Access::Tablet, images::blob),
        Route::post("/v1/kiosk/enrol", Access::Code, kiosk::enrol),
        Route::post("/v1/kiosk/rows", Access::Kiosk, kiosk::rows),
        Route::post("/v1/kiosk/borrower", Access::Kiosk, kiosk::borrower),
        Route::post("/v1/kiosk/command", Access::Kiosk, kiosk::command),
        Route::post("/v1/kiosk/gap", Access::Kiosk, kiosk::gap),
        Route::post("/v1/staff/command", Access::Operator, staff::command),
        Route::post("/v1/staff/borrower", Access::Operator, staff::borrower),
        Route::get("/v1/staff/me", Access::Operator, staff::me),
        Route::get("/v1/staff/tablets", Access::Operator, staff::tablets),
        Route::get("/v1/staff/holds", Access::Operator, staff::holds),
        Route::get("/v1/staff/disputes", Access::Operator, staff::disputes),
        Route::get("/v1/staff/wipes", Access::Operator, staff::wipes),
        Route::get("/v1/staff/transfers", Access::Operator, staff::transfers),
    ]
}

/// Everything that is answered, with what holds for every answer around it.
pub fn router(app: &App) -> Router {
    route::router(table(), app)
        .method_not_allowed_fallback(|| async { Problem::method_not_allowed() })
        .fallback(|| async { Problem::not_found() })
        .layer(sessions(app))
        .layer(from_fn_with_state(app.clone(), layer::keys))
        .layer(from_fn(layer::bounded))
        .layer(from_fn(layer::log))
        .layer(from_fn(layer::headers))
        .with_state(app.clone())
}

fn sessions(app: &App) -> SessionManagerLayer<MemoryStore> {
    let https = app.is_https();
    // A browser takes a cookie of the first name only over HTTPS and from this
    // very host.
    let name = if https { "__Host-team" } else { "team" };
    let idle = Span::try_from(IDLE).unwrap_or(Span::MINUTE);
    SessionManagerLayer::new(MemoryStore::default())
        .with_name(name)
        .with_secure(https)
        .with_http_only(true)
        .with_same_site(SameSite::Strict)
        .with_expiry(Expiry::OnInactivity(idle))
}

/// Listens and answers until this program is asked to end. Two lines on standard
/// output, for people and for programs that wait for them, say where it is and how
/// to sign in.
pub async fn serve(app: App, address: SocketAddr) -> io::Result<()> {
    let ended = listen::asked_to_end()?;
    let listener = TcpListener::bind(address).await?;
    let here = format!("http://{}", listener.local_addr()?);
    println!("listening on {here}");
    offer_links(app.clone(), here)?;
    housekeeping::start(&app);
    timers::start(&app);
    managed::start(&app);
    listen::run(&app, router(&app), listener, Limits::default(), ended).await
}

/// Prints a link that signs in once, and another whenever the program gets SIGUSR1:
/// only whoever runs the server can ask for one.
fn offer_links(app: App, here: String) -> io::Result<()> {
    let mut asked = signal(SignalKind::user_defined1())?;
    print_link(&app, &here);
    tokio::spawn(async move {
        while asked.recv().await.is_some() {
            print_link(&app, &here);
        }
    });
    Ok(())
}

fn print_link(app: &App, here: &str) {
    let public = match app.config().public_url.as_str() {
        "" => here,
        url => url,
    };
    let token = app.links().offer(chance::bytes(), clock::now());
    println!("sign in once with {public}/sign-in/{token}");
}
