//! A tablet on which no agent runs: enrolled at once, made ready by a named person's
//! word, and proven by its own agent once it has one.

use server::vouched::CHECKLIST;
use shared::{
    ids::VenueId,
    tablet::{Presence, ProofKind, StateWord, Tablet},
};

use crate::{
    browser::{Browser, DESK, PHONE},
    callers::{Caller, Reply, TabletCaller, post},
    checklist::{confirm, taking_words},
    enrol_page::{ask, line},
    fleet_page::{assert_no_violation, sign_in},
    world::{LEIGH, OPERATOR, WIGAN, World},
};

const NUMBER: &str = "WGN-042";

fn enrol(world: &World, number: &str, serial: &str, model: &str) -> Reply {
    let form =
        format!("number={number}&venue={LEIGH}&without_agent=yes&serial={serial}&model={model}");
    world.team_call("POST", "/enrol", form.as_bytes())
}

/// The tablet of this number, as it is kept.
fn kept(world: &World) -> Option<Tablet> {
    world.read(|store| store.tablet_by_number(NUMBER.parse().unwrap()))
}

fn word(world: &World) -> StateWord {
    kept(world).unwrap().word()
}

fn kind_of_proof(world: &World) -> Option<ProofKind> {
    kept(world).unwrap().proof().map(|proof| proof.kind)
}

fn is_confirmed(world: &World) {
    let key = world.operator(OPERATOR).key;
    let confirmed = confirm(world, &CHECKLIST, &key);
    assert_eq!(confirmed.status, 303, "{}", confirmed.text());
}

#[test]
fn a_tablet_without_an_agent_is_lent_on_a_persons_word_and_later_proves_itself() {
    let world = taking_words();
    let page = enrol(&world, "wgn042", "SN-WGN-042", "Galaxy+Tab+A9").text();
    assert!(page.contains("Tablet WGN-042 is enrolled"), "{page}");
    assert!(page.contains("/tablets/WGN-042/checklist"));
    assert!(page.contains("tablet-server tag --tablet WGN-042"));
    let enrolled = kept(&world).unwrap();
    assert_eq!(enrolled.venue(), Some(LEIGH));
    assert_eq!(
        (enrolled.keys, enrolled.word()),
        (None, StateWord::Resetting)
    );
    let (id, tag) = world.read(|store| store.tag(enrolled.number)).unwrap();
    assert_eq!((id, tag.digest()), (enrolled.id, enrolled.tag));

    let fleet = world.team_page("/");
    assert!(fleet.contains("no agent") && fleet.contains("then go through its checklist"));
    is_confirmed(&world);
    assert_eq!(word(&world), StateWord::Ready);
    let loan = world.lend(id, 0);
    world.take_back(id, Some(loan), Presence::InHand);
    assert_eq!(word(&world), StateWord::Resetting);
    is_confirmed(&world);
    assert_eq!(kind_of_proof(&world), Some(ProofKind::PersonConfirmed));

    let code = line(&ask(&world, NUMBER, &LEIGH.to_string()).text()).code;
    let mut agent = TabletCaller::enrol_with(&world, NUMBER, &code);
    let gained = kept(&world).unwrap();
    let lasting = |it: &Tablet| {
        (
            it.id,
            it.number,
            it.tag,
            it.serial.clone(),
            it.model.clone(),
        )
    };
    assert_eq!(lasting(&gained), lasting(&enrolled));
    assert_eq!(agent.id, enrolled.id);
    assert_eq!(
        gained.word(),
        StateWord::Resetting,
        "no word of before counts"
    );
    let order = agent.heartbeat().reset_order();
    agent.hand_in(&agent.receipt_for(&order));
    assert_eq!(kind_of_proof(&world), Some(ProofKind::TabletProven));
    let again = ask(&world, NUMBER, &LEIGH.to_string());
    assert_eq!(again.status, 400);
    assert!(again.text().contains("Another tablet has this number."));
    assert!(!world.team_page("/").contains("no agent"));
}

#[test]
fn an_agent_takes_up_the_order_that_waits() {
    let world = World::start();
    let tablet = world.without_agent(NUMBER);
    let mut agent = TabletCaller::enrol_with(&world, NUMBER, &world.agent_code(&tablet));
    assert_eq!(kept(&world).unwrap().reset, tablet.reset, "one order");
    let order = agent.heartbeat().reset_order();
    agent.hand_in(&agent.receipt_for(&order));
    assert_eq!(word(&world), StateWord::Ready);
}

#[test]
fn an_agent_of_another_tablet_or_of_one_that_is_elsewhere_does_not_speak_for_it() {
    let world = taking_words();
    let tablet = world.without_agent(NUMBER);
    is_confirmed(&world);
    let code = world.agent_code(&tablet);
    let agent = TabletCaller::enrol(&world, "WGN-001");
    let asked = |serial: &str| {
        let mut request = agent.request(&code);
        request.serial = serial.to_owned();
        request
    };
    let other = post(&world, "/v1/agent/enrol", &asked("SN-WGN-001"));
    assert_eq!(other.problem(), (409, "serial-differs".to_owned()));
    let at = |venue: VenueId| ask(&world, NUMBER, &venue.to_string());
    let loan = world.lend(tablet.id, 0);
    let away = post(&world, "/v1/agent/enrol", &asked("SN-WGN-042"));
    assert_eq!(away.problem(), (409, "not-in-hand".to_owned()));
    assert_eq!(at(LEIGH).status, 400, "it is with a borrower");
    world.take_back(tablet.id, Some(loan), Presence::InHand);
    assert!(at(WIGAN).text().contains("is not at that place"));
    let request = asked("SN-WGN-042");
    let taken = post(&world, "/v1/agent/enrol", &request);
    assert_eq!(taken.status, 200, "a refusal leaves a code good");
    let again = post(&world, "/v1/agent/enrol", &request);
    assert_eq!(again.body, taken.body, "the same request, the same answer");
    let used = post(&world, "/v1/agent/enrol", &asked("SN-WGN-042"));
    assert_eq!(used.problem(), (403, "code-not-taken".to_owned()));
}

#[test]
fn nobody_calls_in_the_name_of_a_tablet_without_an_agent() {
    let world = taking_words();
    let tablet = world.without_agent(NUMBER);
    let mut forger = TabletCaller::enrol(&world, "WGN-001");
    let mut stranger = Caller::new(&tablet.id.to_string());
    forger.link.name = tablet.id.to_string();
    let reading = forger.reading();
    for caller in [&mut forger.link, &mut stranger] {
        let path = "/v1/agent/heartbeat";
        assert_eq!(caller.post(&world, path, &reading).status, 401);
    }
    assert_eq!(word(&world), StateWord::Resetting);
}

#[test]
fn what_does_not_say_which_tablet_it_is_enrols_nothing_and_is_told_what_to_do() {
    let world = World::start();
    let _own = world.tablet("WGN-001");
    let long = "x".repeat(65);
    for (number, serial, model, says) in [
        ("tablet", "S", "M", "Write it like WGN-042."),
        (NUMBER, "", "M", "Fill in its serial number"),
        (NUMBER, "S", "++", "Fill in its serial number"),
        (NUMBER, long.as_str(), "M", "Fill in its serial number"),
        (NUMBER, "a%0Ab", "M", "Fill in its serial number"),
        ("WGN-001", "S", "M", "Another tablet has this number."),
        (
            NUMBER,
            "SN-WGN-001",
            "M",
            "Another tablet has this serial number.",
        ),
    ] {
        let refused = enrol(&world, number, serial, model);
        assert_eq!(refused.status, 400, "{number} {serial} {model}");
        let page = refused.text();
        assert!(page.contains(says), "{page}");
        assert!(
            page.contains("value=\"yes\" checked"),
            "what was ticked stays"
        );
        assert_eq!(kept(&world), None);
    }
    let none = enrol(&world, NUMBER, "S", "M").text();
    assert!(
        none.contains("tablet-server proofs --help"),
        "nobody's word is taken"
    );
    assert!(!none.contains("/checklist"));
}

#[test]
fn the_pages_are_without_fault_on_every_screen() {
    let world = taking_words();
    let browser = Browser::start();
    browser.resize(DESK);
    sign_in(&browser, &world);
    browser.open(&world.url("/enrol"));
    let shown = |id: &str| {
        let shown = format!("return document.querySelector('{id}').offsetParent !== null;");
        browser.run(&shown).as_bool().unwrap()
    };
    assert!(!shown("#serial"), "asked of no tablet that has an agent");
    browser.click("#without-agent");
    assert!(shown("#serial") && shown("#model"));
    for (name, window, dark) in [
        ("enrol-without-agent", DESK, false),
        ("enrol-without-agent-phone", PHONE, true),
    ] {
        browser.resize(window);
        browser.dark(dark);
        assert_no_violation(&browser, name);
        browser.picture(name, true);
    }
    browser.resize(DESK);
    browser.dark(false);
    browser.click("button.go");
    browser.wait_until("document.querySelector('.doubt') !== null");
    assert!(shown("#serial"), "what was ticked stays");
    assert_no_violation(&browser, "not described");
    browser.type_keys("#number", NUMBER);
    browser.click("input[type=radio]");
    browser.type_keys("#serial", "R52W70ABCDE");
    browser.type_keys("#model", "Galaxy Tab A9");
    browser.click("button.go");
    browser.wait_until("document.querySelector('ol.steps') !== null");
    for (name, window, dark) in [("enrolled", DESK, false), ("enrolled-phone", PHONE, true)] {
        browser.resize(window);
        browser.dark(dark);
        assert_no_violation(&browser, name);
        browser.picture(name, true);
    }
    browser.resize(DESK);
    browser.dark(false);
    browser.open(&world.url("/"));
    assert_no_violation(&browser, "a fleet with a tablet without an agent");
    browser.picture("fleet-without-agent", true);
}
