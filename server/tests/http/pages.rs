//! Pages as plain requests: signing in and out, and what may be read without.

use crate::{
    callers::{Reply, get, send},
    world::World,
};

/// A browser, as far as forms and cookies go.
struct Visitor<'a> {
    world: &'a World,
    cookie: String,
}

impl<'a> Visitor<'a> {
    fn new(world: &'a World) -> Self {
        let cookie = String::new();
        Self { world, cookie }
    }

    fn signed_in(world: &'a World) -> Self {
        let mut visitor = Self::new(world);
        let entered = visitor.submit(&world.link());
        assert_eq!(
            (entered.status, entered.headers["location"].as_str()),
            (303, "/")
        );
        visitor
    }

    fn open(&mut self, path: &str) -> Reply {
        self.send("GET", path, &[])
    }

    fn submit(&mut self, path: &str) -> Reply {
        let origin = self.world.url("");
        self.send("POST", path, &[("origin", &origin)])
    }

    fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)]) -> Reply {
        let mut headers = headers.to_vec();
        let cookie = self.cookie.clone();
        if !cookie.is_empty() {
            headers.push(("cookie", &cookie));
        }
        let reply = send(self.world, method, path, &headers, b"");
        if let Some(set) = reply.headers.get("set-cookie") {
            set.split(';').next().unwrap().clone_into(&mut self.cookie);
        }
        reply
    }
}

fn to_sign_in(reply: &Reply) -> bool {
    reply.status == 303 && reply.headers["location"] == "/sign-in"
}

#[test]
fn the_link_signs_in_once_and_looking_at_it_uses_nothing_up() {
    let world = World::start();
    let link = world.link();
    let mut visitor = Visitor::new(&world);
    for _preview in 0..3 {
        assert!(
            visitor
                .open(&link)
                .text()
                .contains("<form method=\"post\">")
        );
    }
    assert!(to_sign_in(&visitor.open("/")));
    assert_eq!(visitor.submit(&link).status, 303);
    assert!(visitor.open("/").text().contains("What needs you today"));
    let mut second = Visitor::new(&world);
    assert_eq!(second.submit(&link).status, 410);
    assert_eq!(second.open(&link).status, 410);
    assert!(to_sign_in(&second.open("/")));
}

#[test]
fn the_cookie_is_for_our_own_pages_and_no_script_reads_it() {
    let world = World::start();
    let mut visitor = Visitor::new(&world);
    let entered = visitor.submit(&world.link());
    let cookie = &entered.headers["set-cookie"];
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"));
    assert!(cookie.contains("Max-Age=1800"), "{cookie}");
}

#[test]
fn somebody_who_signs_out_is_out() {
    let world = World::start();
    let mut visitor = Visitor::signed_in(&world);
    let cookie = visitor.cookie.clone();
    assert!(to_sign_in(&visitor.submit("/sign-out")));
    visitor.cookie = cookie;
    assert!(
        to_sign_in(&visitor.open("/")),
        "the old cookie opens nothing"
    );
}

#[test]
fn a_form_from_another_page_does_nothing() {
    let world = World::start();
    let mut visitor = Visitor::signed_in(&world);
    for origin in ["https://elsewhere.example", "null", ""] {
        let forged = visitor.send("POST", "/sign-out", &[("origin", origin)]);
        assert_eq!(forged.problem(), (403, "from-elsewhere".into()));
    }
    assert_eq!(visitor.open("/").status, 200);
}

#[test]
fn a_page_that_is_only_left_open_does_not_keep_its_session_alive() {
    let world = World::start();
    let mut visitor = Visitor::signed_in(&world);
    let asked = visitor.open("/");
    assert!(asked.headers.contains_key("set-cookie"), "a person asked");
    let by_script = visitor.send("GET", "/", &[("x-live", "1")]);
    assert_eq!(by_script.status, 200);
    assert!(!by_script.headers.contains_key("set-cookie"));
}

#[test]
fn whoever_finds_a_tablet_reads_the_same_page_for_a_true_tag_and_a_made_up_one() {
    let world = World::start();
    world.ready_tablet("WGN-042");
    let true_number = get(&world, "/WGN04260RK4CSM6MV3EE1S");
    let made_up = get(&world, "/ZZZ99900000000000000000");
    assert_eq!(true_number.status, 200);
    assert!(
        true_number
            .text()
            .contains("You have found one of our tablets.")
    );
    assert_eq!(true_number.body, made_up.body);
    assert_eq!(get(&world, "/wgn04260rk4csm6mv3ee1s").body, made_up.body);
    for text in ["WGN-042", "Leigh", "Dora"] {
        assert!(!true_number.text().contains(text));
    }
    assert_eq!(get(&world, "/favicon.ico").status, 404);
}

#[test]
fn files_of_a_page_may_be_kept_for_ever() {
    let world = World::start();
    let page = get(&world, "/sign-in").text();
    let mut links: Vec<&str> = page
        .split(['"'])
        .filter(|part| part.starts_with("/assets/"))
        .collect();
    links.dedup();
    assert_eq!(links.len(), 4, "{links:?}");
    for link in links {
        let file = get(&world, link);
        assert_eq!(file.status, 200, "{link}");
        assert!(file.headers["cache-control"].contains("immutable"));
    }
    assert_eq!(get(&world, "/assets/0/fleet.css").status, 404);
}

#[test]
fn no_page_has_anything_inline_that_its_own_policy_would_forbid() {
    let world = World::start();
    let mut visitor = Visitor::signed_in(&world);
    world.ready_tablet("WGN-001");
    for path in [
        "/",
        "/?show=overdue",
        "/sign-in",
        &world.link(),
        "/WGN04260RK4CSM6MV3EE1S",
    ] {
        let page = visitor.open(path).text();
        assert!(
            !page.contains("<style") && !page.contains(" style="),
            "{path}"
        );
        assert!(
            !page.contains("<script>") && !page.contains(" onclick="),
            "{path}"
        );
    }
}

#[test]
fn the_search_finds_by_number_in_any_spelling_and_by_serial() {
    let world = World::start();
    let mut visitor = Visitor::signed_in(&world);
    world.ready_tablet("WGN-001");
    world.ready_tablet("WGN-002");
    for typed in ["wgn001", "WGN-001", "SN-WGN-001", "001"] {
        let page = visitor.open(&format!("/?find={typed}")).text();
        assert!(page.contains("id=\"WGN-001\""), "{typed}");
        assert!(!page.contains("id=\"WGN-002\""), "{typed}");
    }
    let none = visitor.open("/?find=%3Cscript%3E").text();
    assert!(none.contains("No tablet has that number or serial."));
    assert!(none.contains("&#60;script&#62;"), "typed text is only text");
}

#[test]
fn a_log_that_is_in_doubt_is_said_on_the_page_until_somebody_looked_into_it() {
    let world = World::start();
    let mut visitor = Visitor::signed_in(&world);
    let mut says = || visitor.open("/").text().contains("The log is in doubt.");
    assert!(!says());
    let hash = shared::digest::Digest::of(b"of another log");
    let noted = shared::head::Head { seq: 900, hash };
    world.kiosk().rows_with(0, 0, Some(noted));
    assert!(says());
    world.write(|store| store.settle_doubts(server::clock::now()));
    assert!(!says());
}

#[test]
fn a_stream_of_changes_tells_the_position_that_was_reached() {
    use std::io::{BufRead, BufReader};
    let world = World::start();
    let tablet = world.ready_tablet("WGN-001").id;
    let visitor = Visitor::signed_in(&world);
    let events = ureq::get(world.url("/events"))
        .header("cookie", &visitor.cookie)
        .call()
        .unwrap();
    let mut lines = BufReader::new(events.into_body().into_reader()).lines();
    world.lend(tablet, 0);
    let reached = format!("data: {}", world.position());
    let told: Vec<String> = lines
        .by_ref()
        .map(Result::unwrap)
        .take_while(|line| *line != reached)
        .collect();
    assert!(told.contains(&"event: changed".to_owned()), "{told:?}");
}

#[test]
fn a_stream_is_no_page_so_without_a_session_it_is_refused_and_not_redirected() {
    let world = World::start();
    let kind = ("accept", "text/event-stream");
    let refused = send(&world, "GET", "/events", &[kind], b"");
    assert_eq!(refused.problem(), (401, "not-signed-in".into()));
}
