//! One table says who may call what, and nothing beside it exists.

use axum::http::Method;
use server::{
    http::{Access, Route},
    routes::table,
};
use shared::signed::request::HEADER;

use crate::{
    callers::{Caller, get, send},
    world::{OPERATOR, World},
};

/// An address that fits a route's pattern.
fn address(route: &Route) -> String {
    let digest = "0".repeat(64);
    route
        .pattern
        .replace("{token}", &"0".repeat(32))
        .replace("{image}", &digest)
        .replace("{digest}", &digest)
        .replace("{number}", "WGN-042")
        .replace("{version}", "0")
        .replace("{name}", "fleet.css")
        .replace("{code}", "WGN04260RK4CSM6MV3EE1S")
}

#[test]
fn every_route_refuses_who_comes_without_its_credential() {
    let world = World::start();
    for route in table() {
        let path = address(&route);
        let called = |headers: &[(&str, &str)]| {
            let reply = send(&world, route.method.as_str(), &path, headers, b"{}");
            (reply.status, reply.headers.get("location").cloned())
        };
        let sign_in = (303, Some("/sign-in".to_owned()));
        let bare = called(&[]);
        match route.access {
            Access::Tablet | Access::Kiosk => assert_eq!(bare, (401, None), "{path}"),
            Access::Operator => {
                assert_eq!(bare, (401, None), "{path}");
                let made_up = format!("Bearer TLKEY{}", "A".repeat(32));
                assert_eq!(called(&[("authorization", &made_up)]), (401, None));
                assert_eq!(called(&[("authorization", "Bearer ")]), (401, None));
            }
            Access::Team => {
                assert_eq!(bare, sign_in, "{path}");
                assert_eq!(
                    called(&[("cookie", "team=AAAAAAAAAAAAAAAAAAAAAA")]),
                    sign_in
                );
            }
            Access::Code => assert_eq!(bare, (400, None), "{path}"),
            Access::Link if route.method == Method::POST => {
                assert_eq!(bare, (403, None), "{path}: no origin");
                let elsewhere = called(&[("origin", "https://elsewhere.example")]);
                assert_eq!(elsewhere, (403, None), "{path}: from elsewhere");
            }
            Access::Link => assert_eq!(bare, (410, None), "{path}"),
            Access::Public => {}
        }
    }
}

#[test]
fn what_anybody_may_read_is_this_and_no_more() {
    let public: Vec<_> = table()
        .into_iter()
        .filter(|route| route.access == Access::Public)
        .map(|route| route.pattern)
        .collect();
    assert_eq!(
        public,
        [
            "/sign-in",
            "/assets/{version}/{name}",
            "/{code}",
            "/v1/",
            "/v1/openapi.json"
        ],
        "a page for everybody shows nothing of the fleet or of a person"
    );
}

#[test]
fn a_caller_of_one_kind_is_refused_on_the_routes_of_the_other() {
    let world = World::start();
    let tablet = world.tablet("WGN-001").link;
    let kiosk = world.kiosk().caller;
    for route in table() {
        let path = address(&route);
        let refused = |caller: &Caller| {
            let mut caller = caller.clone();
            // Each test call is the caller's first with this number or later.
            caller.seq += 1000;
            caller
                .call(&world, route.method.as_str(), &path, b"{}")
                .status
                == 401
        };
        match route.access {
            Access::Tablet => assert!(refused(&kiosk), "{path}"),
            Access::Kiosk => assert!(refused(&tablet), "{path}"),
            Access::Operator => assert!(refused(&kiosk) && refused(&tablet), "{path}"),
            Access::Public | Access::Link | Access::Code | Access::Team => {}
        }
    }
}

#[test]
fn an_operators_key_opens_the_operators_routes_and_no_other() {
    let world = World::start();
    let operator = world.operator(OPERATOR);
    for route in table() {
        let path = address(&route);
        let status = operator.call(route.method.as_str(), &path, b"{}").status;
        match route.access {
            Access::Operator => assert_ne!(status, 401, "{path}"),
            Access::Tablet | Access::Kiosk => assert_eq!(status, 401, "{path}"),
            Access::Team => assert_eq!(status, 303, "{path}"),
            Access::Code => assert_eq!(status, 400, "{path}"),
            Access::Public | Access::Link => {}
        }
    }
}

#[test]
fn the_teams_cookie_opens_no_route_of_a_program() {
    let world = World::start();
    let link = world.link();
    let origin = format!("http://{}", world.address);
    let entered = send(&world, "POST", &link, &[("origin", &origin)], b"");
    let cookie = entered.headers["set-cookie"].split(';').next().unwrap();
    assert_eq!(
        send(&world, "GET", "/", &[("cookie", cookie)], b"").status,
        200
    );
    for route in table() {
        let path = address(&route);
        let headers = [("cookie", cookie), ("origin", origin.as_str())];
        let called = || send(&world, route.method.as_str(), &path, &headers, b"{}").status;
        match route.access {
            Access::Tablet | Access::Kiosk | Access::Operator => {
                assert_eq!(called(), 401, "{path}");
            }
            Access::Public | Access::Link | Access::Code | Access::Team => {}
        }
    }
}

#[test]
fn what_is_not_in_the_table_does_not_exist() {
    let world = World::start();
    for path in [
        "/v1",
        "/v1/kiosk",
        "/v1/agent/orders",
        "/admin/users",
        "/v2/kiosk/rows",
    ] {
        assert_eq!(get(&world, path).status, 404, "{path}");
    }
    let wrong_method = get(&world, "/v1/kiosk/rows");
    assert_eq!(wrong_method.problem(), (405, "method-not-allowed".into()));
}

#[test]
fn every_answer_forbids_what_no_page_of_ours_needs() {
    let world = World::start();
    for path in ["/sign-in", "/", "/v1/nothing", "/nothing", "/v1/blobs/0"] {
        let headers = get(&world, path).headers;
        let policy = &headers["content-security-policy"];
        assert!(
            policy.starts_with("default-src 'none'; style-src 'self'"),
            "{path}"
        );
        assert!(!policy.contains("unsafe"), "{path}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(headers["referrer-policy"], "same-origin", "{path}");
        assert_eq!(headers["cache-control"], "no-store", "{path}");
    }
}

#[test]
fn a_body_that_is_too_long_is_refused_before_it_is_read_on() {
    let world = World::start();
    let long = vec![b' '; shared::wire::v1::BODY_BYTES_MAX + 1];
    let enrol = send(&world, "POST", "/v1/agent/enrol", &[], &long);
    assert_eq!(enrol.problem(), (413, "body-too-long".into()));
    let mut tablet = world.tablet("WGN-001");
    let heartbeat = tablet
        .link
        .call(&world, "POST", "/v1/agent/heartbeat", &long);
    assert_eq!(heartbeat.problem(), (413, "body-too-long".into()));
}

#[test]
fn a_forged_stamp_is_refused_and_uses_up_no_number() {
    let world = World::start();
    let mut tablet = world.tablet("WGN-001");
    let (path, body) = ("/v1/agent/heartbeat", b"{}");
    let mut forger = Caller::new(&tablet.link.name);
    forger.seq = 1_000_000;
    let got_in = forger.call(&world, "POST", path, body);
    assert_eq!(got_in.problem(), (401, "bad-stamp".into()));
    // Stamped well, but for another body.
    let stamp = tablet.link.stamp("POST", path, b"{ }");
    let altered = send(&world, "POST", path, &[(HEADER, &stamp)], body);
    assert_eq!(altered.problem(), (401, "bad-stamp".into()));
    // Nobody of that name: the same answer.
    let mut stranger = Caller::new("tb-00000000000000000000000000000000");
    let stranger = stranger.call(&world, "POST", path, body);
    assert_eq!(stranger.problem(), (401, "bad-stamp".into()));
    tablet.heartbeat().reset_order();
}

#[test]
fn a_request_that_was_sent_before_is_refused() {
    let world = World::start();
    let mut tablet = world.tablet("WGN-001");
    let path = "/v1/agent/heartbeat";
    let body = serde_json::to_vec(&tablet.reading()).unwrap();
    let stamp = tablet.link.stamp("POST", path, &body);
    let sent = || send(&world, "POST", path, &[(HEADER, &stamp)], &body);
    assert_eq!(sent().status, 200);
    assert_eq!(sent().problem(), (401, "replayed".into()));
    tablet.heartbeat().reset_order();
}

#[test]
fn what_never_changes_may_be_read_again_with_the_same_stamp() {
    let world = World::start();
    let mut tablet = world.tablet("WGN-001");
    let path = format!("/v1/images/{}", crate::world::image());
    let stamp = tablet.link.stamp("GET", &path, b"");
    for _time in 0..2 {
        let sent = send(&world, "GET", &path, &[(HEADER, &stamp)], b"");
        assert_eq!(sent.status, 200);
    }
}
