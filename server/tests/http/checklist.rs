//! The checklist: a named person's word, item by item, and only where the policy
//! takes it; shown as what it is wherever it is shown.

use server::vouched::CHECKLIST;
use shared::{
    ids::OperatorId,
    tablet::{ProofKind, StateWord},
};

use crate::{
    browser::{Browser, DESK, PHONE},
    callers::{Reply, TabletCaller},
    fleet_page::{assert_no_violation, sign_in},
    world::{LEIGH, OPERATOR, WIGAN, World},
};

pub const PATH: &str = "/tablets/WGN-042/checklist";

pub fn taking_words() -> World {
    World::start_taking(&[ProofKind::TabletProven, ProofKind::PersonConfirmed])
}

fn form(items: &[&str], key: &str) -> String {
    let items = items.join("&item=");
    format!("item={items}&key={key}&begun=0")
}

pub fn confirm(world: &World, items: &[&str], key: &str) -> Reply {
    world.team_call("POST", PATH, form(items, key).as_bytes())
}

fn word(tablet: &TabletCaller<'_>) -> StateWord {
    tablet.world.look(tablet.id).word()
}

#[test]
fn a_named_person_who_ticks_every_item_makes_a_tablet_ready_and_is_told_as_that() {
    let world = taking_words();
    let tablet = world.tablet("WGN-042");
    assert!(world.team_page("/").contains(PATH), "the line leads there");
    let page = world.team_page(PATH);
    assert_eq!(page.matches("type=\"checkbox\"").count(), CHECKLIST.len());
    let key = world.operator(OPERATOR).key;
    let confirmed = confirm(&world, &CHECKLIST, &key);
    assert_eq!(confirmed.status, 303, "{}", confirmed.text());
    assert_eq!(word(&tablet), StateWord::Ready);
    let certificate = world.team_page(&confirmed.headers["location"]);
    assert!(certificate.contains("Reset confirmed by a person, item by item."));
    assert!(certificate.contains("The tablet has not checked itself."));
    assert!(certificate.contains(&OPERATOR.to_string()));
    assert!(!certificate.contains("Olu"), "known by id alone (R13)");
    assert!(!certificate.contains("verified") && !certificate.contains("proven"));
    let fleet = world.team_page("/");
    assert!(fleet.contains("A person went through the checklist."));
    assert!(!fleet.contains("It checked itself"));
    world.lend(tablet.id, 0);
    assert_eq!(word(&tablet), StateWord::OnLoan);
}

#[test]
fn r2_where_the_policy_does_not_take_it_there_is_no_checklist_and_no_word_counts() {
    let world = World::start();
    let tablet = world.tablet("WGN-042");
    assert!(!world.team_page("/").contains("checklist"));
    let refused = world.team_call("GET", PATH, b"");
    assert_eq!(refused.status, 403);
    let key = world.operator(OPERATOR).key;
    assert_eq!(confirm(&world, &CHECKLIST, &key).status, 403);
    assert_eq!(word(&tablet), StateWord::Resetting);
}

#[test]
fn an_item_that_is_not_ticked_confirms_nothing_and_what_was_ticked_stays() {
    let world = taking_words();
    let tablet = world.tablet("WGN-042");
    let key = world.operator(OPERATOR).key;
    for left_out in CHECKLIST {
        let items: Vec<&str> = CHECKLIST.into_iter().filter(|it| *it != left_out).collect();
        let refused = confirm(&world, &items, &key);
        assert_eq!(refused.status, 400, "{left_out}");
        let page = refused.text();
        assert!(page.contains("Nothing is confirmed yet"));
        assert_eq!(page.matches(" checked>").count(), CHECKLIST.len() - 1);
        assert!(!page.contains(&key), "a key is never shown again");
    }
    assert_eq!(word(&tablet), StateWord::Resetting);
}

#[test]
fn nobody_confirms_without_a_key_of_their_own_that_is_good_there() {
    let world = taking_words();
    let tablet = world.tablet("WGN-042");
    let elsewhere = OperatorId::from_bytes([0x31; 16]);
    world.appoint_at(elsewhere, "Wim", &[WIGAN]);
    assert_eq!(world.look(tablet.id).venue(), Some(LEIGH));
    let revoked = world.operator(OPERATOR).key;
    world.revoke_keys(OPERATOR);
    for (key, status) in [
        (String::new(), 403),
        (format!("TLKEY{}", "A".repeat(32)), 403),
        (revoked, 403),
        (world.operator(elsewhere).key, 409),
    ] {
        assert_eq!(confirm(&world, &CHECKLIST, &key).status, status, "{key}");
        assert_eq!(word(&tablet), StateWord::Resetting);
    }
}

#[test]
fn a_word_is_taken_once_and_only_for_a_tablet_that_waits_for_it() {
    let world = taking_words();
    let tablet = world.tablet("WGN-042");
    let key = world.operator(OPERATOR).key;
    assert_eq!(confirm(&world, &CHECKLIST, &key).status, 303);
    assert_eq!(
        confirm(&world, &CHECKLIST, &key).status,
        409,
        "it was taken"
    );
    let loan = world.lend(tablet.id, 1);
    assert_eq!(confirm(&world, &CHECKLIST, &key).status, 409, "it is out");
    world.take_back(tablet.id, Some(loan), shared::tablet::Presence::StickerOnly);
    assert_eq!(
        confirm(&world, &CHECKLIST, &key).status,
        409,
        "R19: in nobody's hand"
    );
    assert_eq!(word(&tablet), StateWord::BackNotYetReset);
    for path in ["/tablets/WGN-999/checklist", "/tablets/x/checklist"] {
        assert_eq!(world.team_call("GET", path, b"").status, 404, "{path}");
    }
}

#[test]
fn the_words_about_one_tablet_are_a_chain_of_their_own() {
    let world = taking_words();
    let tablet = world.tablet("WGN-042");
    let key = world.operator(OPERATOR).key;
    let first = confirm(&world, &CHECKLIST, &key);
    let loan = world.lend(tablet.id, 1);
    world.take_back(tablet.id, Some(loan), shared::tablet::Presence::InHand);
    let second = confirm(&world, &CHECKLIST, &key);
    for page in [first, second] {
        let page = world.team_page(&page.headers["location"]);
        assert!(page.contains("are a whole chain"), "{page}");
    }
}

#[test]
fn the_checklist_is_without_fault_on_every_screen() {
    let world = taking_words();
    let _tablet = world.tablet("WGN-042");
    let browser = Browser::start();
    browser.resize(DESK);
    sign_in(&browser, &world);
    for (name, window, dark) in [
        ("checklist", DESK, false),
        ("checklist-phone", PHONE, false),
        ("checklist-dark", DESK, true),
    ] {
        browser.resize(window);
        browser.dark(dark);
        browser.open(&world.url(PATH));
        browser.click("#erased");
        assert_no_violation(&browser, name);
        browser.picture(name, true);
    }
    browser.dark(false);
    browser.click("button.go");
    browser.wait_until("document.querySelector('.doubt') !== null");
    assert_no_violation(&browser, "not all");
    browser.picture("checklist-not-all", true);
    for item in CHECKLIST.into_iter().filter(|item| *item != "erased") {
        browser.click(&format!("#{item}"));
    }
    browser.type_keys("#key", &world.operator(OPERATOR).key);
    browser.click("button.go");
    browser.wait_until("document.querySelector('.certificate') !== null");
    assert_no_violation(&browser, "a person's word");
    browser.picture("certificate-by-a-person", true);
}
