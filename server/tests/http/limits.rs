//! What is bounded, over real HTTP (R16): full is said, and nobody holds what others need.

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    sync::{Arc, Barrier},
    time::{Duration, Instant},
};

use server::http::listen::Limits;

use crate::{callers::get, world::World};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);

const ASK: &[u8] = b"GET /sign-in HTTP/1.1\r\nhost: library\r\n\r\n";

fn connect(world: &World) -> TcpStream {
    let stream = TcpStream::connect(world.address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// A connection that was answered, and stays.
fn answered(world: &World) -> TcpStream {
    let mut stream = connect(world);
    stream.write_all(ASK).unwrap();
    let mut first = [0; 12];
    stream.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    stream
}

/// All that a connection says until it ends.
fn heard(mut stream: TcpStream) -> String {
    let mut said = Vec::new();
    match stream.read_to_end(&mut said) {
        Ok(_) => {}
        Err(why) => assert_eq!(why.kind(), ErrorKind::ConnectionReset, "{why}"),
    }
    String::from_utf8_lossy(&said).into_owned()
}

/// What somebody is told who asks once, on a connection of their own.
fn asked_once(world: &World) -> String {
    let mut stream = connect(world);
    let ask = "GET /sign-in HTTP/1.1\r\nhost: library\r\nconnection: close\r\n\r\n";
    stream.write_all(ask.as_bytes()).unwrap();
    heard(stream)
}

/// Asks again and again until it is answered.
fn comes_in(world: &World) {
    let began = Instant::now();
    while !asked_once(world).starts_with("HTTP/1.1 200 ") {
        assert!(began.elapsed() < PATIENCE, "there is never room again");
    }
}

#[test]
fn r16_one_connection_too_many_is_told_so_and_comes_in_once_there_is_room() {
    let world = World::start_within(Limits {
        connections: 2,
        ..Limits::default()
    });
    let (first, second) = (answered(&world), answered(&world));
    let said = asked_once(&world);
    assert!(said.starts_with("HTTP/1.1 503 "), "{said}");
    assert!(
        said.contains("retry-after: 1") && said.contains("\"busy\""),
        "{said}"
    );
    drop(second);
    comes_in(&world);
    drop(first);
}

#[test]
fn r16_whoever_sends_no_whole_head_is_let_go() {
    let world = World::start_within(Limits {
        head: Duration::from_millis(200),
        ..Limits::default()
    });
    let mut slow = connect(&world);
    slow.write_all(b"GET /sign-in HTTP/1.1\r\nhost: lib")
        .unwrap();
    assert!(!heard(slow).contains("200 OK"));
    let rests = answered(&world);
    heard(rests);
    assert_eq!(get(&world, "/sign-in").status, 200);
}

#[test]
fn r16_whoever_takes_nothing_of_what_was_asked_for_is_let_go() {
    let world = World::start_within(Limits {
        connections: 1,
        unread: Duration::from_secs(1),
        ..Limits::default()
    });
    let mut stuffed = connect(&world);
    stuffed.set_nonblocking(true).unwrap();
    // Asks until neither side has room for more: nothing of the answers is taken.
    while stuffed.write_all(ASK).is_ok() {}
    comes_in(&world);
    drop(stuffed);
}

#[test]
fn r16_a_tablet_that_calls_without_end_is_told_to_wait_and_no_other_is() {
    let world = World::start();
    let (mut wild, mut other) = (world.ready_tablet("WGN-001"), world.ready_tablet("WGN-002"));
    let reading = wild.reading();
    let mut calls = 0;
    let refused = loop {
        let reply = wild.link.post(&world, "/v1/agent/heartbeat", &reading);
        if reply.status != 200 {
            break reply;
        }
        calls += 1;
        assert!(calls < 5_000, "nobody said a word");
    };
    assert_eq!(refused.problem(), (429, "too-often".into()));
    assert_eq!(refused.headers["retry-after"], "1");
    other.heartbeat();
}

#[test]
fn r16_more_than_can_read_at_a_time_are_told_so() {
    let world = World::start();
    let reads = 256;
    let (begun, go_on) = (
        Arc::new(Barrier::new(reads + 1)),
        Arc::new(Barrier::new(reads + 1)),
    );
    let reading: Vec<_> = (0..reads)
        .map(|_| {
            let (app, begun, go_on) = (world.app.clone(), begun.clone(), go_on.clone());
            let read = async move {
                app.read(move |store| {
                    begun.wait();
                    go_on.wait();
                    store.position()
                })
                .await
            };
            world.runtime.spawn(read)
        })
        .collect();
    begun.wait();
    let said = get(&world, "/v1/staff/me");
    go_on.wait();
    assert_eq!(said.problem(), (503, "busy".into()));
    for one in reading {
        assert!(world.runtime.block_on(one).unwrap().is_ok());
    }
    assert_eq!(get(&world, "/v1/staff/me").status, 401);
}
