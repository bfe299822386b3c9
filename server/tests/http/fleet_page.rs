//! The fleet page in a real browser: nothing that axe-core finds wrong, alive
//! without being reloaded, whole without JavaScript. Pictures are test output.

use server::clock;
use shared::{
    digest::Digest,
    head::Head,
    ids::TabletId,
    signed::{
        receipt::{FailedStep, Outcome, Receipt},
        verdict::Answer,
    },
    tablet::{Presence, RESET_TRIES_MAX, StateWord},
    time::Moment,
    wire::v1::agent::AgentState,
};

use crate::{
    browser::{Browser, DESK, DESK_AT_200, PHONE},
    callers::TabletCaller,
    world::{DAY_MS, World},
};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

fn ago(ms: i64) -> Moment {
    clock::now().plus_ms(-ms)
}

/// Forty tablets in every state that the page has words for so far.
fn fleet(world: &World) {
    for n in 1..=40 {
        let number = format!("WGN-{n:03}");
        match n {
            36..=38 => {
                let mut tablet = world.tablet(&number);
                // One of them tries again.
                fails(&mut tablet, usize::from(n == 37), FailedStep::Image);
                world.heard(tablet.id, ago(2 * MINUTE_MS), AgentState::Resetting);
            }
            39 => {
                let mut tablet = world.tablet(&number);
                fails(&mut tablet, RESET_TRIES_MAX.into(), FailedStep::Restore);
                world.heard(tablet.id, ago(9 * MINUTE_MS), AgentState::Failed);
            }
            _ => {
                let id = world.ready_tablet(&number).id;
                story(world, n, id);
            }
        }
    }
}

fn fails(tablet: &mut TabletCaller<'_>, tries: usize, why: FailedStep) {
    for _ in 0..tries {
        let order = tablet.heartbeat().reset_order();
        let outcome = Outcome::Failed { why };
        let receipt = Receipt {
            outcome,
            ..tablet.receipt_for(&order)
        };
        assert_eq!(tablet.hand_in(&receipt), Answer::Noted);
    }
}

fn story(world: &World, n: i64, id: TabletId) {
    let heard = |ms_ago| world.heard(id, ago(ms_ago), AgentState::Ready);
    match n {
        7 => late(world, id, 30, 12 * MINUTE_MS),
        31 => late(world, id, 25, 3 * HOUR_MS),
        17 => late(world, id, 23, 9 * DAY_MS),
        22 => late(world, id, 22, 20 * MINUTE_MS),
        3..=6 => {
            let loan = world.lend(id, 8);
            world.take_back(id, Some(loan), Presence::StickerOnly);
            heard(n * HOUR_MS);
        }
        11 => {
            world.take_back_with(id, None, Presence::InHand, true);
            heard(4 * MINUTE_MS);
        }
        12 => heard(8 * DAY_MS),
        13 => {
            world.lend(id, 5);
            world.report_back(id);
            heard(40 * MINUTE_MS);
        }
        14 => {
            let loan = world.lend(id, 4);
            world.take_back(id, Some(loan), Presence::StickerOnly);
            world.still_got_it(id, loan);
            heard(25 * MINUTE_MS);
        }
        19..=21 | 23..=30 | 32 => {
            world.lend(id, n % 20);
            heard(n * 9 * MINUTE_MS);
        }
        _ready => heard(n * 3 * MINUTE_MS),
    }
}

fn late(world: &World, id: TabletId, days_ago: i64, heard_ms_ago: i64) {
    world.lend(id, days_ago);
    world.heard(id, ago(heard_ms_ago), AgentState::OnLoan);
}

/// A kiosk noted a head that the log does not hold.
fn in_doubt(world: &World) {
    let hash = Digest::of(b"of another log");
    world.kiosk().rows_with(0, 0, Some(Head { seq: 900, hash }));
}

pub fn sign_in(browser: &Browser, world: &World) {
    browser.open(&world.url(&world.link()));
    browser.click("button.go");
    browser.wait_until("document.querySelector('.queues') !== null");
}

pub fn assert_no_violation(browser: &Browser, what: &str) {
    let found = browser.violations();
    assert!(found.is_empty(), "{what}:\n{}", found.join("\n"));
}

#[test]
fn a_fault_that_is_planted_in_a_page_is_found() {
    let world = World::start();
    let browser = Browser::start();
    browser.open(&world.url("/sign-in"));
    browser.run("document.querySelector('main').append(document.createElement('button'));");
    let found = browser.violations();
    assert!(found[0].starts_with("button-name"), "{found:?}");
}

#[test]
fn pages_for_anybody_are_without_fault_and_have_their_pictures() {
    let world = World::start();
    let browser = Browser::start();
    let link = world.link();
    for (name, path) in [
        ("sign-in", "/sign-in"),
        ("sign-in-link", link.as_str()),
        ("sign-in-used", "/sign-in/00"),
        ("found", "/WGN04260RK4CSM6MV3EE1S"),
        ("gone", "/nothing-here"),
    ] {
        for (size, window) in [("", DESK), ("-phone", PHONE)] {
            browser.resize(window);
            browser.open(&world.url(path));
            assert_no_violation(&browser, path);
            browser.picture(&format!("{name}{size}"), true);
        }
    }
}

#[test]
fn the_fleet_page_is_without_fault_at_every_size_and_in_the_dark() {
    let world = World::start();
    fleet(&world);
    let browser = Browser::start();
    sign_in(&browser, &world);
    for (name, window, path) in [
        ("fleet", DESK, "/"),
        ("fleet-overdue", DESK, "/?show=overdue"),
        ("fleet-back", DESK, "/?show=not-reset"),
        ("fleet-none", DESK, "/?find=none"),
        ("fleet-200-percent", DESK_AT_200, "/?show=overdue"),
        ("fleet-phone", PHONE, "/"),
    ] {
        browser.resize(window);
        browser.open(&world.url(path));
        assert_no_violation(&browser, name);
        let wide = browser.run("return document.documentElement.scrollWidth > innerWidth;");
        assert_eq!(wide, false, "{name} has to be moved sideways");
        browser.picture(name, window.width < DESK.width || path == "/");
    }
    browser.resize(DESK);
    in_doubt(&world);
    browser.open(&world.url("/"));
    assert_no_violation(&browser, "in doubt");
    browser.picture("fleet-in-doubt", false);
    browser.open(&world.url("/?show=silent"));
    browser.run("document.querySelector('#queue-reported').focus();");
    browser.picture("fleet-focus", false);
    browser.dark(true);
    browser.open(&world.url("/?show=attention"));
    assert_no_violation(&browser, "dark");
    browser.picture("fleet-dark", false);
}

#[test]
fn a_tablet_whose_resets_failed_says_at_which_step_and_what_to_do_about_it() {
    let world = World::start();
    fails(
        &mut world.tablet("WGN-042"),
        RESET_TRIES_MAX.into(),
        FailedStep::Restore,
    );
    let browser = Browser::start();
    sign_in(&browser, &world);
    let next = browser.run("return document.querySelector('#WGN-042 .next').innerText;");
    let lines: Vec<_> = next.as_str().unwrap().lines().collect();
    assert_eq!(
        lines,
        [
            "Restart it. See if its storage is full or broken",
            "Something could not be written to it.",
            "Then take its mark off, and start its reset again.",
        ]
    );
}

#[test]
fn the_numbers_of_the_tally_add_up_to_the_fleet() {
    let world = World::start();
    fleet(&world);
    let browser = Browser::start();
    sign_in(&browser, &world);
    let sum = browser.run(
        "return [...document.querySelectorAll('.tally .count')]
           .reduce((sum, it) => sum + Number(it.textContent), 0);",
    );
    assert_eq!(sum, 40);
    let heading = browser.run("return document.querySelector('.tally h2').textContent;");
    assert_eq!(heading, "40 tablets");
    let rows = browser.run("return document.querySelectorAll('.fleet tbody tr').length;");
    assert_eq!(rows, 40);
}

#[test]
fn a_fleet_that_is_too_long_for_one_page_is_gone_through_page_by_page() {
    let world = World::start();
    for n in 1..=130 {
        world.without_agent(&format!("WGN-{n:03}"));
    }
    let browser = Browser::start();
    browser.resize(DESK);
    sign_in(&browser, &world);
    let rows = || browser.run("return document.querySelectorAll('.fleet tbody tr').length;");
    assert_eq!(rows(), 50);
    browser.run("document.querySelector('.pages').scrollIntoView();");
    assert_no_violation(&browser, "the first of three pages");
    browser.picture("fleet-pages", false);
    browser.click("#next-page");
    browser.wait_until("document.querySelector('#page')?.textContent === 'Page 2 of 3'");
    assert_eq!(rows(), 50);
    let first = browser.run("return document.querySelector('.fleet tbody tr').id;");
    assert_eq!(first, "WGN-051");
    browser.click("#previous-page");
    browser.wait_until("document.querySelector('#page')?.textContent === 'Page 1 of 3'");
    // What is asked for stays what is asked for, from page to page.
    browser.open(&world.url("/?find=sn-wgn&page=2"));
    let leads = |id: &str| {
        let script = format!("return document.querySelector('{id}').getAttribute('href');");
        browser.run(&script)
    };
    assert_eq!(leads("#refresh"), "/?find=sn-wgn&page=2");
    assert_eq!(leads("#previous-page"), "/?find=sn-wgn");
    let head = browser.run("return document.querySelector('#list-name').textContent;");
    assert_eq!(head, "130 tablets for “sn-wgn”");
}

#[test]
fn the_page_shows_a_change_without_being_loaded_again() {
    let world = World::start();
    let tablet = world.ready_tablet("WGN-042").id;
    let browser = Browser::start();
    sign_in(&browser, &world);
    let state = "document.querySelector('#WGN-042 .chip').textContent.trim()";
    browser.wait_until(&format!("{state} === 'Ready'"));
    browser.run("window.neverReloaded = true;");
    browser.type_keys("#find", "half a wo");
    world.lend(tablet, 30);
    browser.wait_until(&format!("{state} === 'On loan'"));
    let said = browser.run("return document.querySelector('#said').textContent;");
    assert_eq!(said, "1 tablet needs you today.");
    let kept = browser.run(
        "return window.neverReloaded && document.activeElement.id === 'find'
           && document.activeElement.value;",
    );
    assert_eq!(kept, "half a wo", "a half-typed search stays");
    assert_eq!(world.look(tablet).word(), StateWord::OnLoan);
}

#[test]
fn the_focus_stays_on_the_card_whose_number_changes() {
    let world = World::start();
    let tablet = world.ready_tablet("WGN-042").id;
    let browser = Browser::start();
    sign_in(&browser, &world);
    browser.run("document.querySelector('#queue-overdue').focus();");
    world.lend(tablet, 30);
    browser.wait_until("document.querySelector('#queue-overdue .count').textContent === '1'");
    let focused = browser.run("return document.activeElement.id;");
    assert_eq!(focused, "queue-overdue");
}

#[test]
fn a_page_whose_session_ended_elsewhere_goes_to_signing_in() {
    let world = World::start();
    let tablet = world.ready_tablet("WGN-042").id;
    let browser = Browser::start();
    sign_in(&browser, &world);
    browser
        .wait("fetch('/sign-out', { method: 'POST', redirect: 'manual' }).then(() => done(true));");
    world.lend(tablet, 1);
    browser.wait_until_page("/sign-in");
}

#[test]
fn without_javascript_the_page_is_whole_and_its_cards_are_links() {
    let world = World::start();
    fleet(&world);
    let browser = Browser::start();
    browser.resize(DESK);
    sign_in(&browser, &world);
    let off = serde_json::json!({ "value": true });
    browser.command("Emulation.setScriptExecutionDisabled", &off);
    browser.open(&world.url("/"));
    browser.click("#queue-overdue");
    let text = browser.text_with("4 overdue");
    for words in ["WGN-007", "9 days late", "Call", "Look again"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(!text.contains("WGN-003"), "only what the card counts");
}
