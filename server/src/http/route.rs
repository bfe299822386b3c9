//! One table of routes, each with who may call it. A route without a rule cannot
//! be written down, and what is not in the table does not exist.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    handler::Handler,
    http::Method,
    middleware::{from_fn, from_fn_with_state},
    routing::{MethodRouter, get, post},
};
use shared::wire::v1::BODY_BYTES_MAX;

use super::{App, guard};

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody: it shows nothing of the fleet or of a person.
    Public,
    /// Whoever has the one-time link, from our own page.
    Link,
    /// Whoever has a one-time code in the body.
    Code,
    /// A tablet's agent, by its stamp.
    Tablet,
    /// A kiosk, by its stamp.
    Kiosk,
    /// A program with a named operator's key.
    Operator,
    /// The digital team, signed in.
    Team,
}

/// One route.
pub struct Route {
    /// Its method.
    pub method: Method,
    /// Its pattern.
    pub pattern: &'static str,
    /// Who may call it.
    pub access: Access,
    handler: MethodRouter<App>,
}

impl Route {
    /// A route that is read.
    pub fn get<T: 'static>(
        pattern: &'static str,
        access: Access,
        handler: impl Handler<T, App>,
    ) -> Self {
        Self {
            method: Method::GET,
            pattern,
            access,
            handler: get(handler),
        }
    }

    /// A route that changes something.
    pub fn post<T: 'static>(
        pattern: &'static str,
        access: Access,
        handler: impl Handler<T, App>,
    ) -> Self {
        Self {
            method: Method::POST,
            pattern,
            access,
            handler: post(handler),
        }
    }

    /// Its handler behind the guard that its rule asks for.
    fn guarded(self, app: &App) -> MethodRouter<App> {
        let handler = self.handler;
        match self.access {
            Access::Public | Access::Code => handler,
            Access::Link => handler.route_layer(from_fn_with_state(app.clone(), guard::origin)),
            Access::Tablet => handler.route_layer(from_fn_with_state(app.clone(), guard::tablet)),
            Access::Kiosk => handler.route_layer(from_fn_with_state(app.clone(), guard::kiosk)),
            Access::Operator => {
                handler.route_layer(from_fn_with_state(app.clone(), guard::operator))
            }
            Access::Team => handler
                .route_layer(from_fn_with_state(app.clone(), guard::origin))
                .route_layer(from_fn(guard::team)),
        }
    }
}

/// The router of a table.
pub fn router(table: Vec<Route>, app: &App) -> Router<App> {
    let routes = table.into_iter().fold(Router::new(), |router, route| {
        router.route(route.pattern, route.guarded(app))
    });
    routes.layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
}
