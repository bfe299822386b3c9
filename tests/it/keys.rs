//! The server's keys change at a terminal while it runs: it takes them up without a
//! restart, and its tablets go on to them.

#![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use tests::programs;
use xtask::children::Children;
use xtask::programs::Programs;
use xtask::world::{World, agent};

const WITHIN: Duration = Duration::from_mins(1);
const FIRST: &str = "WGN-001";
const SECOND: &str = "WGN-002";

/// A server's program and no tablet yet.
fn library() -> (World, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let found = ["tablet-server", "tablet-agent"];
    let found = found.map(|name| (name.to_owned(), programs::path(name).unwrap()));
    let children = Children::new(&folder.path().join("log")).unwrap();
    let programs = Programs::found(found);
    let mut world = World::new(programs, folder.path().to_owned(), children).unwrap();
    world.furnish(0).unwrap();
    world.start_server(None).unwrap();
    (world, folder)
}

fn enrol(world: &mut World, number: &str) {
    let code = world.tablet_code(number).unwrap();
    world.enrol_tablet(number, &code, None).unwrap();
    world.start_agent(number, None).unwrap();
    until(world, number, "ready");
}

/// Waits until the agent of this tablet says so.
fn until(world: &mut World, number: &str, begins: &str) {
    let says = |line: &str| line.starts_with(begins).then_some(());
    let heard = world.children.wait_for(&agent(number), WITHIN, says);
    heard.unwrap();
}

fn recover(world: &World) {
    let recovery = world.server(&["keys", "recovery"]).unwrap();
    let mut command = Command::new(programs::path("tablet-server").unwrap());
    command
        .args(["keys", "recover", "--data"])
        .arg(world.server_folder());
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(recovery.as_bytes()).unwrap();
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_server_that_runs_takes_up_its_keys_and_its_tablets_go_on_to_them() {
    let (mut world, _folder) = library();
    let pid = world.children.pid("server").unwrap();
    enrol(&mut world, FIRST);
    let changed = "the server's keys were changed";
    world.server(&["keys", "rotate"]).unwrap();
    until(&mut world, FIRST, changed);
    recover(&world);
    until(&mut world, FIRST, changed);
    // What is asked for at the terminal, and what is signed, is of one key again.
    enrol(&mut world, SECOND);
    assert_eq!(world.children.pid("server").unwrap(), pid, "no restart");
}

#[test]
fn a_key_file_that_is_not_whole_leaves_the_keys_in_use_and_is_said_once() {
    let (mut world, _folder) = library();
    enrol(&mut world, FIRST);
    let path = world.server_folder().join("server.key");
    let whole = fs::read(&path).unwrap();
    let put = |bytes: &[u8]| {
        let beside = path.with_extension("mine");
        fs::write(&beside, bytes).unwrap();
        fs::rename(beside, &path).unwrap();
    };
    put(&whole[..whole.len() / 2]);
    for _ in 0..3 {
        until(&mut world, FIRST, "heartbeat answered");
    }
    put(&whole);
    world.server(&["keys", "rotate"]).unwrap();
    until(&mut world, FIRST, "the server's keys were changed");
    world.children.kill("server").unwrap();
    let log = fs::read_to_string(world.children.log("server")).unwrap();
    assert_eq!(log.matches("is not taken up").count(), 1, "{log}");
}
