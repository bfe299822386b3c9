//! A device manager's report: what it says counts only for the very command that it
//! was given, after the order, and once the tablet is back. The manager is a local
//! double of the Android Management API's device and command resources.

use std::{
    fs,
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    routing::{get, post},
};
use serde_json::{Value, json};
use server::{
    config::ManagedAccess,
    managed::{self, android::Android},
};
use shared::{
    ids::TabletId,
    tablet::{Presence, ProofKind, Reset, StateWord, Tablet},
};
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::{callers::TabletCaller, world::World};

const OLD: &str = "enterprises/e/devices/old";
const NEW: &str = "enterprises/e/devices/new";
const TOKEN: &str = "token-of-a-test";
const ISSUED: &str = "2026-11-27T10:00:00.123456Z";
const LATER: &str = "2026-11-27T10:07:00Z";
const EARLIER: &str = "2026-11-27T09:59:00Z";

/// What the double holds, and what it was asked.
#[derive(Default)]
struct Held {
    wipes: Vec<String>,
    operation: Value,
    devices: Vec<Value>,
    refuses: bool,
}

type Shared = Arc<Mutex<Held>>;

/// The double, answering on a port of its own, and our side of it.
struct Double<'a> {
    world: &'a World,
    held: Shared,
    fleet: Arc<Android>,
    token: TempDir,
}

impl<'a> Double<'a> {
    fn start(world: &'a World) -> Self {
        let held = Shared::default();
        let router = Router::new()
            .route("/v1/enterprises/{enterprise}/devices", get(devices))
            .route("/v1/enterprises/{enterprise}/devices/{verb}", post(command))
            .route(
                "/v1/enterprises/{enterprise}/devices/{device}/operations/{operation}",
                get(operation),
            )
            .with_state(held.clone());
        let bound = TcpListener::bind("127.0.0.1:0");
        let listener = world.runtime.block_on(bound).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        world.runtime.spawn(async move {
            axum::serve(listener, router).await.unwrap();
        });
        let token = tempfile::tempdir().unwrap();
        let token_file = token.path().join("token");
        fs::write(&token_file, format!("{TOKEN}\n")).unwrap();
        let fleet = Arc::new(Android::new(ManagedAccess { url, token_file }));
        Self {
            world,
            held,
            fleet,
            token,
        }
    }

    /// One turn of the server's own asking.
    fn asked(&self) {
        let round = managed::round(&self.world.app, self.fleet.clone(), true);
        self.world.runtime.block_on(round).unwrap();
    }

    /// The command that it was given is done, and the tablet is back.
    fn reports_done(&self, tablet: &Tablet) {
        self.is(|held| {
            held.operation["done"] = json!(true);
            held.devices = vec![device(NEW, LATER, &tablet.serial, &[OLD])];
        });
    }

    fn is(&self, change: impl FnOnce(&mut Held)) {
        change(&mut self.held.lock().unwrap());
    }

    fn wipes(&self) -> usize {
        self.held.lock().unwrap().wipes.len()
    }
}

fn lets_in(headers: &HeaderMap) -> Result<(), StatusCode> {
    let given = headers.get("authorization").map(|it| it.to_str().unwrap());
    (given == Some(&format!("Bearer {TOKEN}")))
        .then_some(())
        .ok_or(StatusCode::UNAUTHORIZED)
}

async fn command(
    State(held): State<Shared>,
    Path((_, verb)): Path<(String, String)>,
    headers: HeaderMap,
    Json(command): Json<Value>,
) -> Result<Json<Value>, StatusCode> {
    lets_in(&headers)?;
    let mut held = held.lock().unwrap();
    let device = verb
        .strip_suffix(":issueCommand")
        .ok_or(StatusCode::NOT_FOUND)?;
    if held.refuses {
        return Err(StatusCode::BAD_REQUEST);
    }
    assert_eq!(command, json!({ "type": "WIPE" }));
    held.wipes.push(device.to_owned());
    let name = format!(
        "enterprises/e/devices/{device}/operations/{}",
        held.wipes.len()
    );
    held.operation = json!({
        "name": name,
        "metadata": { "type": "WIPE", "createTime": ISSUED },
    });
    Ok(Json(held.operation.clone()))
}

async fn operation(
    State(held): State<Shared>,
    headers: HeaderMap,
) -> Result<Json<Value>, StatusCode> {
    lets_in(&headers)?;
    Ok(Json(held.lock().unwrap().operation.clone()))
}

async fn devices(
    State(held): State<Shared>,
    headers: HeaderMap,
) -> Result<Json<Value>, StatusCode> {
    lets_in(&headers)?;
    Ok(Json(json!({ "devices": held.lock().unwrap().devices })))
}

fn device(name: &str, enrolled_at: &str, serial: &str, before: &[&str]) -> Value {
    json!({
        "name": name,
        "state": "ACTIVE",
        "appliedState": "ACTIVE",
        "enrollmentTime": enrolled_at,
        "previousDeviceNames": before,
        "hardwareInfo": { "serialNumber": serial },
    })
}

/// A tablet that the manager knows, whose reset is ordered.
fn managed_tablet(world: &World) -> Tablet {
    let tablet = world.without_agent("WGN-042");
    is_managed(world, tablet.id);
    tablet
}

fn is_managed(world: &World, tablet: TabletId) {
    world.write(move |store| store.manage(tablet, OLD));
}

fn taking_reports() -> World {
    World::start_taking(&[ProofKind::TabletProven, ProofKind::ManagerReported])
}

fn word(world: &World, tablet: &Tablet) -> StateWord {
    world.look(tablet.id).word()
}

#[test]
fn a_reset_that_the_manager_reports_done_lends_and_is_told_as_its_report() {
    let world = taking_reports();
    let (tablet, manager) = (managed_tablet(&world), Double::start(&world));
    manager.asked();
    assert_eq!(manager.wipes(), 1, "asked for once");
    manager.asked();
    assert_eq!(manager.wipes(), 1);
    assert_eq!(
        word(&world, &tablet),
        StateWord::Resetting,
        "sent is not done"
    );
    manager.is(|held| {
        held.operation["done"] = json!(true);
        held.operation["response"] = json!({});
    });
    manager.asked();
    assert_eq!(
        word(&world, &tablet),
        StateWord::Resetting,
        "heard is not erased"
    );
    manager.is(|held| {
        held.devices = vec![
            device(OLD, EARLIER, &tablet.serial, &[]),
            device(NEW, LATER, &tablet.serial, &[OLD]),
        ];
    });
    manager.asked();
    assert_eq!(word(&world, &tablet), StateWord::Ready);
    let proof = *world.look(tablet.id).proof().unwrap();
    assert_eq!(proof.kind, ProofKind::ManagerReported);
    let page = world.team_page(&format!("/certificates/{}", proof.receipt));
    assert!(page.contains("Reset reported by the device manager."));
    assert!(page.contains("android-management") && page.contains("/operations/1"));
    assert!(!page.contains("verified") && !page.contains("proven"));
    assert!(
        world
            .team_page("/")
            .contains("The device manager says it was reset.")
    );
    let loan = world.lend(tablet.id, 0);
    world.take_back(tablet.id, Some(loan), Presence::InHand);
    manager.asked();
    let wiped = manager.held.lock().unwrap().wipes.clone();
    assert_eq!(wiped, ["old", "new"], "by the name that it has now");
    assert_eq!(
        word(&world, &tablet),
        StateWord::Resetting,
        "the old report is no new one"
    );
}

#[test]
fn r2_nothing_but_this_very_tablet_enrolled_anew_after_this_very_command_counts() {
    let world = taking_reports();
    let (tablet, manager) = (managed_tablet(&world), Double::start(&world));
    manager.asked();
    manager.is(|held| held.operation["done"] = json!(true));
    let serial = tablet.serial.as_str();
    let inactive = |name: &str| {
        let mut it = device(NEW, LATER, serial, &[OLD]);
        it[name] = json!("PROVISIONING");
        it
    };
    for (why, device) in [
        (
            "another serial number",
            device(NEW, LATER, "SN-OTHER", &[OLD]),
        ),
        ("no word of the old name", device(NEW, LATER, serial, &[])),
        (
            "another old name",
            device(NEW, LATER, serial, &["enterprises/e/devices/x"]),
        ),
        (
            "enrolled before the command",
            device(NEW, EARLIER, serial, &[OLD]),
        ),
        ("the same old device", device(OLD, LATER, serial, &[OLD])),
        (
            "a name that is none",
            device("../../x", LATER, serial, &[OLD]),
        ),
        ("no time", device(NEW, "soon", serial, &[OLD])),
        ("not at work yet", inactive("state")),
        ("not as its policy says", inactive("appliedState")),
    ] {
        manager.is(|held| held.devices = vec![device]);
        manager.asked();
        assert_eq!(word(&world, &tablet), StateWord::Resetting, "{why}");
    }
    let fitting = device(NEW, LATER, serial, &[OLD]);
    manager.is(|held| held.devices = vec![fitting]);
    for (why, name, value) in [
        (
            "another command",
            "name",
            json!(format!("{OLD}/operations/9")),
        ),
        (
            "another kind",
            "metadata",
            json!({ "type": "REBOOT", "createTime": ISSUED }),
        ),
        ("no kind", "metadata", Value::Null),
        ("not done", "done", json!(false)),
    ] {
        let before = manager.held.lock().unwrap().operation.clone();
        manager.is(|held| held.operation[name] = value);
        manager.asked();
        assert_eq!(word(&world, &tablet), StateWord::Resetting, "{why}");
        manager.is(|held| held.operation = before);
    }
    manager.asked();
    assert_eq!(word(&world, &tablet), StateWord::Ready, "only that");
}

#[test]
fn a_wipe_that_was_refused_is_a_try_that_did_not_work_and_the_fifth_needs_a_person() {
    let world = taking_reports();
    let (tablet, manager) = (managed_tablet(&world), Double::start(&world));
    let refusals = [
        json!({ "error": { "code": 1, "message": "called off" }, "done": true }),
        json!({ "metadata": { "type": "WIPE", "createTime": ISSUED, "errorCode": "MANAGEMENT_MODE" },
                "done": true }),
    ];
    for n in 0..5 {
        assert_eq!(word(&world, &tablet), StateWord::Resetting, "try {n}");
        manager.asked();
        assert_eq!(manager.wipes(), n + 1, "each try has a command of its own");
        let refusal = refusals[n % 2].clone();
        let fitting = device(NEW, LATER, &tablet.serial, &[OLD]);
        manager.is(|held| {
            held.devices = vec![fitting];
            for (name, value) in refusal.as_object().unwrap() {
                held.operation[name] = value.clone();
            }
        });
        manager.asked();
    }
    assert_eq!(word(&world, &tablet), StateWord::NeedsAttention);
    assert!(world.read(|store| store.proofs_of(tablet.id)).is_empty());
}

#[test]
fn a_manager_that_does_not_answer_or_does_not_let_us_in_resets_nothing() {
    let world = taking_reports();
    let (tablet, manager) = (managed_tablet(&world), Double::start(&world));
    manager.is(|held| held.refuses = true);
    manager.asked();
    manager.is(|held| held.refuses = false);
    fs::write(manager.token.path().join("token"), "another").unwrap();
    manager.asked();
    fs::remove_file(manager.token.path().join("token")).unwrap();
    manager.asked();
    assert_eq!(manager.wipes(), 0);
    assert_eq!(word(&world, &tablet), StateWord::Resetting);
    let reset = world.look(tablet.id).reset;
    assert!(matches!(reset, Reset::Ordered(order) if order.failed_tries == 0));
}

#[test]
fn r2_where_the_policy_takes_no_report_the_manager_is_never_asked_to_erase() {
    let world = World::start();
    let (tablet, manager) = (managed_tablet(&world), Double::start(&world));
    manager.asked();
    assert_eq!(manager.wipes(), 0);
    assert_eq!(word(&world, &tablet), StateWord::Resetting);
}

#[test]
fn r19_a_tablet_that_only_its_sticker_returned_is_not_erased_by_the_manager() {
    let world = taking_reports();
    let (tablet, manager) = (managed_tablet(&world), Double::start(&world));
    manager.asked();
    manager.reports_done(&tablet);
    manager.asked();
    let loan = world.lend(tablet.id, 0);
    world.take_back(tablet.id, Some(loan), Presence::StickerOnly);
    manager.asked();
    assert_eq!(manager.wipes(), 1, "for the reset of before");
    assert_eq!(word(&world, &tablet), StateWord::BackNotYetReset);
}

#[test]
fn a_tablet_that_has_an_agent_is_never_erased_by_the_manager() {
    let world = taking_reports();
    let manager = Double::start(&world);
    let own = world.tablet("WGN-041");
    is_managed(&world, own.id);
    manager.asked();
    assert_eq!(manager.wipes(), 0, "it resets itself");
}

#[test]
fn a_report_proves_no_tablet_that_gained_an_agent_meanwhile() {
    let world = taking_reports();
    let (tablet, manager) = (managed_tablet(&world), Double::start(&world));
    manager.asked();
    let agent = TabletCaller::enrol_with(&world, "WGN-042", &world.agent_code(&tablet));
    assert_eq!(agent.id, tablet.id);
    manager.reports_done(&tablet);
    manager.asked();
    assert_eq!(manager.wipes(), 1, "asked for before it had one");
    assert_eq!(word(&world, &tablet), StateWord::Resetting);
}
