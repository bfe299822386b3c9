//! Enrolment by QR code: what the page shows is what a tablet is enrolled with, once.

use data_encoding::BASE64;
use shared::invitation::Invitation;

use crate::{
    browser::{Browser, DESK, PHONE},
    callers::{Reply, TabletCaller},
    fleet_page::{assert_no_violation, sign_in},
    world::{LEIGH, World, server_key},
};

pub fn ask(world: &World, number: &str, venue: &str) -> Reply {
    let form = format!("number={number}&venue={venue}");
    world.team_call("POST", "/enrol", form.as_bytes())
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let rest = text.split(before).nth(1).expect(before);
    rest.split(after).next().expect(after)
}

pub fn line(page: &str) -> Invitation {
    let line = between(page, "<p class=\"enrol-line\"><code>", "</code>");
    line.replace("&#58;", ":").parse().expect("an invitation")
}

#[test]
fn the_code_that_the_page_shows_enrols_one_tablet_with_the_servers_own_key() {
    let world = World::start();
    let page = ask(&world, "wgn042", &LEIGH.to_string()).text();
    let invitation = line(&page);
    assert_eq!(invitation.fingerprint, server_key().public().fingerprint());
    assert_eq!(invitation.server, format!("http://{}", world.address));
    let tablet = TabletCaller::enrol_with(&world, "WGN-042", &invitation.code);
    assert_eq!(world.look(tablet.id).venue(), Some(LEIGH));
    let again = ask(&world, "WGN-042", &LEIGH.to_string());
    assert_eq!(again.status, 400);
    assert!(again.text().contains("Another tablet has this number."));
}

#[test]
fn each_time_it_is_another_code_and_only_the_digest_is_kept() {
    let world = World::start();
    let first = line(&ask(&world, "WGN-042", &LEIGH.to_string()).text());
    let second = line(&ask(&world, "WGN-042", &LEIGH.to_string()).text());
    assert_ne!(first.code, second.code);
    let bytes = std::fs::read(world.folder().database()).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    assert!(!text.contains(&first.code) && !text.contains(&second.code));
}

#[test]
fn what_is_no_number_or_no_place_gets_no_code_and_is_told_what_to_do() {
    let world = World::start();
    for (number, venue, says) in [
        ("", LEIGH.to_string(), "Write it like WGN-042."),
        ("tablet", LEIGH.to_string(), "Write it like WGN-042."),
        ("WGN-042", String::new(), "Choose a place."),
        (
            "WGN-042",
            "ve-00000000000000000000000000000000".to_owned(),
            "Choose a place.",
        ),
    ] {
        let refused = ask(&world, number, &venue);
        assert_eq!(refused.status, 400, "{number} {venue}");
        let page = refused.text();
        assert!(page.contains(says), "{page}");
        assert!(!page.contains("tablet-library-enrol"));
    }
}

#[test]
fn the_page_is_without_fault_on_every_screen_and_its_picture_is_a_code() {
    let world = World::start();
    let browser = Browser::start();
    browser.resize(DESK);
    sign_in(&browser, &world);
    browser.open(&world.url("/enrol"));
    assert_no_violation(&browser, "enrol");
    browser.picture("enrol", true);
    browser.type_keys("#number", "WGN-042");
    browser.click("input[type=radio]");
    browser.click("button.go");
    browser.wait_until("document.querySelector('.enrol-code') !== null");
    for (name, window, dark) in [
        ("enrol-code", DESK, false),
        ("enrol-code-phone", PHONE, true),
    ] {
        browser.resize(window);
        browser.dark(dark);
        assert_no_violation(&browser, name);
        browser.picture(name, true);
    }
    let source = browser.run("return document.querySelector('.enrol-code').src;");
    let picture = source.as_str().unwrap();
    let svg = picture.strip_prefix("data:image/svg+xml;base64,").unwrap();
    let svg = BASE64.decode(svg.as_bytes()).unwrap();
    assert!(svg.starts_with(b"<svg"));
}
