//! Every example of the API's description is sent to a real server, over HTTP and in
//! the order of the description, and each is taken.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use server::{
    api::{
        book,
        examples::{
            self, BOX_TO_PARTNER, BRANCH, CARD, COLLEAGUE, DISPUTE, KIOSK_CODE, LIBRARY, OLD_LOAN,
            OLD_LOAN_OF_PARTNER, OPERATOR, PARTNER, TABLET_CODE, borrower, tablet,
        },
    },
    clock,
    http::app::Pace,
    routes,
    store::{CodeFor, Fresh},
};
use shared::{
    command::{Action, AnswerStillGotIt, CheckOut, Return, Send, SetFlag},
    event::Actor,
    ids::{KioskId, LoanId, TabletId, VenueId},
    keys::SecretKey,
    signed::request::HEADER,
    tablet::{Flag, Presence},
    tag::Tag,
    time::Moment,
    venue::VenueKind,
    wire::v1::{
        agent::ReceiptAnswer, command::KioskCommand, kiosk::CommandAnswer, staff::StaffCommand,
    },
};

use crate::{
    callers::{Caller, Reply, StaffCaller, TabletCaller, get, post, send},
    world::{DAY_MS, World, image, soon},
};

const KIOSK: KioskId = KioskId::from_bytes([0x61; 16]);

/// A council as the examples find it.
struct Council {
    world: World,
}

impl Council {
    fn new() -> Self {
        let world = World::start_empty(Pace::demo());
        world.open_venue(LIBRARY, "Demo Library");
        world.open_venue(BRANCH, "Demo Branch");
        world.open_venue_of(VenueKind::Partner, PARTNER, "Demo Partner");
        let everywhere = [LIBRARY, BRANCH, PARTNER];
        world.appoint_at(OPERATOR, "Demo Librarian", &everywhere);
        world.appoint_at(COLLEAGUE, "Demo Colleague", &everywhere);
        world.release_image();
        world.add_borrower(borrower(1), CARD);
        for n in 2..=6 {
            world.add_borrower(borrower(n), &format!("D000000{n}"));
        }
        let council = Self { world };
        council.tablets();
        council.history();
        council
    }

    fn tablets(&self) {
        for n in 1..=7 {
            let place = if n == 6 { PARTNER } else { LIBRARY };
            self.ready(n, place);
        }
        for n in 11..=13 {
            self.ready(n, PARTNER);
        }
        self.ready(14, LIBRARY);
    }

    fn ready(&self, n: u8, venue: VenueId) {
        let number = format!("WGN-9{n:02}");
        let code = format!("CODE{n}");
        self.code(&code, &number, tablet(n), venue);
        let mut agent = TabletCaller::enrol_with(&self.world, &number, &code);
        let order = agent.heartbeat().reset_order();
        agent.hand_in(&agent.receipt_for(&order));
    }

    fn code(&self, code: &str, number: &str, tablet: TabletId, venue: VenueId) {
        let number = number.parse().unwrap();
        let whom = CodeFor::Tablet {
            tablet,
            number,
            venue,
            tag: Tag::new(number, server::chance::bytes()).digest(),
        };
        self.world.code_of(code, whom, soon());
    }

    fn did(&self, venue: VenueId, action: Action, then: Moment) {
        let actor = Actor::Operator(OPERATOR);
        self.world.command(actor, Some(venue), action, then);
    }

    /// Two loans that end within a week, a return that is contested, a box on its way.
    fn history(&self) {
        let (now, before) = (clock::now(), clock::now().plus_ms(-16 * DAY_MS));
        let lend = |n, loan, to| Action::CheckOut(CheckOut::new(tablet(n), loan, borrower(to)));
        self.did(LIBRARY, lend(2, OLD_LOAN, 2), before);
        self.did(PARTNER, lend(13, OLD_LOAN_OF_PARTNER, 5), before);
        let loan = LoanId::from_bytes([0x4f; 16]);
        self.did(LIBRARY, lend(7, loan, 6), now);
        let back = Return::new(tablet(7), Some(loan), Presence::StickerOnly);
        self.did(LIBRARY, Action::Return(back), now);
        let yes = Action::AnswerStillGotIt(AnswerStillGotIt {
            tablet: tablet(7),
            loan,
            yes: true,
        });
        let fresh = Fresh {
            dispute: DISPUTE,
            ..Fresh::draw()
        };
        let actor = Actor::Tablet(tablet(7));
        self.world.command_with(fresh, actor, None, yes, now);
        let (tablet, flag) = (tablet(14), Flag::PartMissing);
        self.did(LIBRARY, Action::SetFlag(SetFlag { tablet, flag }), now);
        let boxed = Action::Send(Send {
            transfer: BOX_TO_PARTNER,
            to: PARTNER,
            tablets: vec![tablet],
        });
        self.did(LIBRARY, boxed, now);
    }
}

fn taken(reply: &Reply, told: &impl std::fmt::Debug) {
    assert_eq!(reply.status, 200, "{told:?}: {}", reply.text());
    let answer: CommandAnswer = reply.read();
    assert!(
        matches!(answer, CommandAnswer::Accepted { .. }),
        "{told:?}: {answer:?}"
    );
}

fn caller(name: &str, key: SecretKey) -> Caller {
    Caller {
        name: name.to_owned(),
        key,
        seq: 0,
    }
}

#[test]
fn every_example_of_an_operators_command_is_taken() {
    let council = Council::new();
    let world = &council.world;
    let keys: BTreeMap<_, StaffCaller> = [OPERATOR, COLLEAGUE]
        .map(|operator| (operator, world.operator(operator)))
        .into();
    for (operator, command) in examples::staff(clock::now()) {
        taken(&keys[&operator].send(&command), &command.action);
    }
    let find = serde_json::to_vec(&examples::staff_borrower()).unwrap();
    let found = keys[&OPERATOR].call("POST", "/v1/staff/borrower", &find);
    assert_eq!(found.status, 200, "{}", found.text());
}

#[test]
fn every_example_of_a_kiosk_is_taken() {
    let council = Council::new();
    let world = &council.world;
    let whom = CodeFor::Kiosk {
        kiosk: KIOSK,
        venue: PARTNER,
    };
    world.code_of(KIOSK_CODE, whom, soon());
    let enrolled = post(world, "/v1/kiosk/enrol", &examples::kiosk_enrol());
    assert_eq!(enrolled.status, 200, "{}", enrolled.text());
    let mut kiosk = caller(&KIOSK.to_string(), examples::kiosk_key());
    for command in examples::kiosk(clock::now()) {
        let reply = kiosk.post(world, "/v1/kiosk/command", &command);
        taken(&reply, &command.action);
    }
    let rows = kiosk.post(world, "/v1/kiosk/rows", &examples::rows());
    let found = kiosk.post(world, "/v1/kiosk/borrower", &examples::kiosk_borrower());
    let gap = kiosk.post(world, "/v1/kiosk/gap", &examples::gap());
    assert_eq!((rows.status, found.status, gap.status), (200, 200, 200));
}

#[test]
fn every_example_of_a_tablet_is_answered() {
    let council = Council::new();
    let world = &council.world;
    council.code(TABLET_CODE, "WGN-915", tablet(15), LIBRARY);
    let enrolled = post(world, "/v1/agent/enrol", &examples::agent_enrol());
    assert_eq!(enrolled.status, 200, "{}", enrolled.text());
    let mut agent = caller(&tablet(15).to_string(), examples::link_key());
    let heard = agent.post(world, "/v1/agent/heartbeat", &examples::heartbeat());
    assert_eq!(heard.status, 200, "{}", heard.text());
    let receipt = examples::receipt(clock::now());
    let told = agent.post(world, "/v1/agent/receipt", &receipt);
    let _signed: ReceiptAnswer = told.read();
    let path = format!("/v1/images/{}", image());
    let stamp = agent.stamp("GET", &path, b"");
    let sealed = send(world, "GET", &path, &[(HEADER, &stamp)], b"");
    assert_eq!(sealed.status, 200);
}

/// What a real answer says that its description does not; inside a list, of its first.
fn not_described(real: &Value, told: &Value, at: &str) -> Vec<String> {
    match (real, told) {
        (Value::Object(real), Value::Object(told)) => {
            let each = real.iter().map(|(name, value)| match told.get(name) {
                Some(told) => not_described(value, told, &format!("{at}.{name}")),
                None => vec![format!("{at}.{name}")],
            });
            each.flatten().collect()
        }
        (Value::Array(real), Value::Array(told)) => {
            let first = told.first().unwrap_or(&Value::Null);
            let each = real.iter().map(|it| not_described(it, first, at));
            each.flatten().collect()
        }
        (Value::Null, _) => Vec::new(),
        (real, told) if std::mem::discriminant(real) == std::mem::discriminant(told) => Vec::new(),
        (real, told) => vec![format!("{at}: {real} and not {told}")],
    }
}

#[test]
fn what_is_answered_is_what_the_description_says() {
    let council = Council::new();
    let desk = council.world.operator(OPERATOR);
    let calls = book::calls(clock::now());
    let mut compared = 0;
    for call in calls
        .iter()
        .filter(|it| it.pattern.starts_with("/v1/staff/"))
    {
        let Some(answer) = call.answer.as_ref().filter(|_| call.body.is_none()) else {
            continue;
        };
        let venue = format!("?venue={LIBRARY}");
        let query = call.query.iter().any(|(_, must)| *must).then_some(venue);
        let path = format!("{}{}", call.pattern, query.unwrap_or_default());
        let real: Value = desk.get(&path).read();
        let (_, told) = &answer.examples[0];
        assert_eq!(
            not_described(&real, told, ""),
            Vec::<String>::new(),
            "{path}"
        );
        compared += 1;
    }
    assert_eq!(compared, 6);
}

#[test]
fn every_call_that_answers_json_says_how() {
    let silent: Vec<_> = book::calls(clock::now())
        .iter()
        .filter(|it| it.answer.is_none())
        .map(|it| it.pattern)
        .collect();
    let no_json = [
        "/v1/images/{image}",
        "/v1/blobs/{digest}",
        "/v1/",
        "/v1/openapi.json",
    ];
    assert_eq!(silent, no_json);
}

/// The kinds that a wire type knows, told by itself.
fn kinds_of(whole: &Value, tried: impl Fn(Value) -> Option<String>) -> BTreeSet<String> {
    let mut wrong = whole.clone();
    wrong["action"] = json!({"kind": "?"});
    let said = tried(wrong).expect("no action is called so");
    let (_, known) = said.split_once("expected one of").unwrap();
    known
        .split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

fn shown<'a>(commands: impl Iterator<Item = &'a Value>) -> BTreeSet<String> {
    commands.map(book::kind).collect()
}

#[test]
fn every_kind_of_command_has_an_example_and_a_sentence() {
    let now = clock::now();
    let staff: Vec<Value> = examples::staff(now)
        .iter()
        .map(|(_, it)| serde_json::to_value(it).unwrap())
        .collect();
    let said = |it| serde_json::from_value::<StaffCommand>(it).err();
    let known = kinds_of(&staff[0], |it| said(it).map(|error| error.to_string()));
    assert_eq!(shown(staff.iter()), known);
    assert_eq!(known.len(), 27);
    let kiosk: Vec<Value> = examples::kiosk(now)
        .iter()
        .map(|it| serde_json::to_value(it).unwrap())
        .collect();
    let said = |it| serde_json::from_value::<KioskCommand>(it).err();
    let of_kiosk = kinds_of(&kiosk[0], |it| said(it).map(|error| error.to_string()));
    assert_eq!(shown(kiosk.iter()), of_kiosk);
    for kind in known.union(&of_kiosk) {
        let key = lang::Key::from_id(&format!("does-{kind}"));
        assert!(key.is_some(), "{kind} says nowhere what it does");
    }
}

#[test]
fn the_description_has_every_call_of_the_table_and_no_other() {
    let described: BTreeSet<_> = book::calls(clock::now())
        .iter()
        .map(|it| {
            (
                it.pattern,
                it.method.to_string(),
                format!("{:?}", it.access),
            )
        })
        .collect();
    let answered: BTreeSet<_> = routes::table()
        .iter()
        .filter(|it| it.pattern.starts_with("/v1/"))
        .map(|it| {
            (
                it.pattern,
                it.method.to_string(),
                format!("{:?}", it.access),
            )
        })
        .collect();
    assert_eq!(described, answered);
}

#[test]
fn the_openapi_document_says_what_the_wire_takes() {
    let world = World::start();
    let reply = get(&world, "/v1/openapi.json");
    assert_eq!(reply.headers["content-type"], "application/json");
    let document: Value = reply.read();
    assert!(document["openapi"].as_str().unwrap().starts_with("3."));
    let call = &document["paths"]["/v1/staff/command"]["post"];
    assert_eq!(call["security"], json!([{"operator-key": []}]));
    let body = &call["requestBody"]["content"]["application/json"];
    let forms = body["schema"]["properties"]["action"]["oneOf"]
        .as_array()
        .unwrap();
    let of = |kind: &str| {
        let is_it = |form: &&Value| form["properties"]["kind"]["enum"] == json!([kind]);
        forms.iter().find(is_it).unwrap()
    };
    assert_eq!(forms.len(), 27);
    let back = of("return");
    let required = back["required"].as_array().unwrap().iter();
    let required: BTreeSet<_> = required.filter_map(Value::as_str).collect();
    assert_eq!(required, BTreeSet::from(["kind", "presence", "tablet"]));
    let condition = &back["properties"]["condition"]["enum"];
    assert_eq!(*condition, json!(["not-seen", "good", "worn", "damaged"]));
    assert_eq!(
        body["examples"]["return"]["value"]["action"]["kind"],
        "return"
    );
    let page = &document["paths"]["/v1/staff/tablets"]["get"]["responses"]["200"];
    let page = &page["content"]["application/json"]["schema"]["properties"];
    let state = &page["tablets"]["items"]["properties"]["readiness"]["properties"]["word"]["enum"];
    assert!(
        state.as_array().unwrap().contains(&json!("put-aside")),
        "{state}"
    );
    let codes = &document["components"]["schemas"]["Problem"]["properties"]["refusal"];
    let codes = codes["properties"]["code"]["enum"].as_array().unwrap();
    assert!(codes.contains(&json!("wipe-limit")));
    assert_eq!(codes.len(), book::all_refusals().len());
}

#[test]
fn the_page_tells_every_call_every_example_and_every_refusal() {
    let world = World::start();
    let page = get(&world, "/v1/").text();
    for call in book::calls(clock::now()) {
        let line = format!("{} {}", call.method, call.pattern);
        assert!(page.contains(&line), "{line}");
        for (name, _) in call.body.into_iter().flat_map(|it| it.examples) {
            assert!(page.contains(&format!("<code>{name}</code>")), "{name}");
        }
    }
    for refusal in book::all_refusals() {
        let code = refusal.code();
        assert!(page.contains(&format!("<code>{code}</code>")), "{code}");
    }
    assert!(
        !page.contains("http://") && !page.contains("https://"),
        "an outside file"
    );
}
