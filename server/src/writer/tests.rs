//! Tests of the writing thread.

#![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

use std::{
    pin::pin,
    sync::mpsc,
    task::{Context, Poll, Waker},
};

use shared::{event::Actor, refusal::Refusal, tablet::StateWord};
use tempfile::TempDir;
use tokio::{runtime::Runtime, sync::oneshot::Receiver};

use super::{BATCH_MAX, Handle, QUEUE_MAX, Writer, WriterError};
use crate::store::{
    Answer, Fault, Readers, Store, Work,
    tests::world::{World, check_out, council, settings, tablet_id},
};

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
}

/// A council with a tablet that can be lent, and works that lend it.
fn started(commands: u8) -> (TempDir, Writer, Vec<Work>) {
    let mut world = council();
    world.ready(1);
    let works = (1..=commands).map(|loan| {
        let command = world.command(Actor::Server, check_out(1, loan));
        world.work(&command)
    });
    let works = works.collect();
    let World { folder, store, .. } = world;
    (folder, Writer::start(store).unwrap(), works)
}

/// Keeps the thread at work until the sender is dropped.
fn hold(runtime: &Runtime, handle: &Handle) -> mpsc::Sender<()> {
    let (release, held) = mpsc::channel::<()>();
    let (at_work, begun) = mpsc::channel();
    let handle = handle.clone();
    runtime.spawn(async move {
        let waits = handle.run(move |_| {
            at_work.send(()).unwrap();
            held.recv().unwrap_err();
            Ok(())
        });
        waits.await.unwrap();
    });
    begun.recv().unwrap();
    release
}

/// Has a command wait to be committed.
fn commits(handle: &Handle, work: Work) -> Receiver<Result<Answer, WriterError>> {
    let sent = handle.send(true, move |store: &mut Store| store.commit(&work));
    sent.unwrap()
}

/// What is said without waiting for anybody: the thread that would be waited for is held.
#[track_caller]
fn at_once<T>(said: impl Future<Output = T>) -> T {
    match pin!(said).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(said) => said,
        Poll::Pending => panic!("nothing is said at once: it waits"),
    }
}

#[test]
fn a_command_is_answered_once_it_is_stored_and_readers_see_it() {
    let (folder, writer, mut works) = started(1);
    let readers = Readers::new(folder.path().join("library.db"), settings());
    let handle = writer.handle();
    let answer = runtime().block_on(handle.commit(works.remove(0))).unwrap();
    let accepted = answer.unwrap();
    let tablet = readers.read(|read| read.tablet(tablet_id(1))).unwrap();
    assert_eq!(tablet.unwrap().word(), StateWord::OnLoan);
    assert_eq!(*handle.positions().borrow(), accepted.cursor);
    let store = writer.stop().unwrap();
    assert_eq!(store.read().position().unwrap(), accepted.cursor);
}

#[test]
fn works_that_wait_are_committed_together_and_each_gets_its_own_answer() {
    let (_folder, writer, works) = started(10);
    let runtime = runtime();
    let handle = writer.handle();
    let release = hold(&runtime, &handle);
    let positions = handle.positions();
    let waiting: Vec<_> = works
        .into_iter()
        .map(|work| commits(&handle, work))
        .collect();
    drop(release);
    let mut answers = Vec::new();
    for answer in waiting {
        answers.push(runtime.block_on(answer).unwrap().unwrap());
    }
    assert!(answers[0].is_ok());
    assert!(
        answers[1..]
            .iter()
            .all(|answer| *answer == Err(Refusal::TabletOnLoan))
    );
    assert!(positions.has_changed().unwrap());
    writer.stop().unwrap();
}

#[test]
fn r16_a_full_queue_is_said_at_once_and_what_waits_is_still_done() {
    let (_folder, writer, works) = started(1);
    let runtime = runtime();
    let handle = writer.handle();
    let release = hold(&runtime, &handle);
    let mut waiting = Vec::new();
    for _ in 0..QUEUE_MAX {
        waiting.push(commits(&handle, works[0].clone()));
    }
    let busy = at_once(handle.commit(works[0].clone()));
    assert!(matches!(busy, Err(WriterError::Busy)));
    drop(release);
    assert!(waiting.len() > 2 * BATCH_MAX);
    for answer in waiting {
        assert!(runtime.block_on(answer).unwrap().unwrap().is_ok());
    }
    writer.stop().unwrap();
}

#[test]
fn a_fault_reaches_everybody_who_waited_for_that_commit() {
    let (_folder, writer, works) = started(5);
    let runtime = runtime();
    let handle = writer.handle();
    let release = hold(&runtime, &handle);
    let broken = handle.send(false, |store: &mut Store| {
        store.break_it();
        Ok(())
    });
    let waiting: Vec<_> = works
        .into_iter()
        .map(|work| commits(&handle, work))
        .collect();
    drop(release);
    for answer in waiting {
        let answer = runtime.block_on(answer).unwrap();
        assert!(matches!(answer, Err(WriterError::Fault(_))), "{answer:?}");
    }
    drop(broken);
    writer.stop().unwrap();
}

#[test]
fn nobody_suffers_for_what_waited_beside_them_and_was_broken() {
    let (_folder, writer, works) = started(2);
    let runtime = runtime();
    let handle = writer.handle();
    let release = hold(&runtime, &handle);
    let first = commits(&handle, works[0].clone());
    let broken = handle.send(false, |store: &mut Store| -> Result<(), Fault> {
        store.advance_caller("somebody", 1)?.unwrap();
        Err(Fault::NotWhole("on purpose".to_owned()))
    });
    let last = commits(&handle, works[1].clone());
    drop(release);
    let broken = runtime.block_on(broken.unwrap()).unwrap();
    assert!(matches!(broken, Err(WriterError::Fault(_))), "{broken:?}");
    assert!(runtime.block_on(first).unwrap().unwrap().is_ok());
    let refused = runtime.block_on(last).unwrap().unwrap();
    assert_eq!(refused, Err(Refusal::TabletOnLoan));
    let mut store = writer.stop().unwrap();
    assert_eq!(store.advance_caller("somebody", 1).unwrap(), Ok(()));
}

#[test]
fn a_writer_that_stops_finishes_what_waits_and_takes_nothing_more() {
    let (_folder, writer, works) = started(1);
    let runtime = runtime();
    let handle = writer.handle();
    let release = hold(&runtime, &handle);
    let answer = commits(&handle, works[0].clone());
    drop(release);
    writer.stop().unwrap();
    assert!(runtime.block_on(answer).unwrap().unwrap().is_ok());
    let late = runtime.block_on(handle.commit(works[0].clone()));
    assert!(matches!(late, Err(WriterError::Stopped)));
}
