//! A check out that the kiosk decided while the server was asked (R6), in every order
//! in which the question, the answer, the decision and a restart can come.

use std::{path::Path, thread};

use kiosk::{
    flow::{Answer, Draft, ToLend},
    mirror::FactsKnown,
    store::{Fact, Fault, Store},
};
use shared::{
    ids::{BorrowerId, TabletId},
    refusal::Refusal,
    time::Day,
    wire::v1::command::KioskAction,
};
use tempfile::TempDir;

use crate::facts::{check_out, id, returned};

/// The store as it is found after a restart. Where another test starts a program, that
/// one holds every open file until it runs, and with it the lock of before.
fn opened(folder: &Path) -> Store {
    loop {
        match Store::open(folder) {
            Err(Fault::InUse(_)) => thread::yield_now(),
            opened => return opened.unwrap(),
        }
    }
}

/// A server as R6 has it: what is done is taken, once; else it keeps what it said.
struct Server {
    willing: bool,
    said: Option<Answer>,
    loans: u32,
}

impl Server {
    fn hear(&mut self, fact: &Fact) -> Answer {
        let KioskAction::CheckOut { done, .. } = fact.command.action else {
            panic!("a check out");
        };
        let thinks_over = done && self.said.is_some_and(|said| said != Answer::Accepted);
        if let Some(said) = self.said.filter(|_| !thinks_over) {
            return said;
        }
        let taken = self.willing || done;
        self.loans += u32::from(taken);
        let no = Answer::Refused(Refusal::LoanLimit { max: 1 });
        *self.said.insert(if taken { Answer::Accepted } else { no })
    }
}

/// What happens between two steps of the thread that sends.
#[derive(Clone, Copy, PartialEq)]
struct Order {
    /// The step before which the kiosk decides.
    lends_before: usize,
    /// The step before which the program ends and starts again.
    restarts_before: usize,
    willing: bool,
    answer_is_lost: bool,
}

/// Steps of one call: it is read, heard, and its answer stored; and once it is over.
const STEPS: usize = 4;

fn told() -> Day {
    "2026-12-12".parse().unwrap()
}

pub fn to_lend() -> ToLend {
    ToLend {
        told: told(),
        others_max: None,
    }
}

/// Rows that know the facts of the first series up to this place.
const fn known(up_to: u64) -> FactsKnown {
    FactsKnown { series: 0, up_to }
}

/// What the kiosk may have said: that it is lent, or that it is not.
#[derive(Default)]
struct Said {
    lent: bool,
    answer: Option<Answer>,
}

struct Run {
    folder: TempDir,
    store: Option<Store>,
    server: Server,
    said: Said,
    sent: Option<Fact>,
    answer: Option<Answer>,
}

impl Run {
    fn new(willing: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path()).unwrap();
        store.keep(&check_out(1)).unwrap();
        Self {
            folder,
            store: Some(store),
            server: Server {
                willing,
                said: None,
                loans: 0,
            },
            said: Said::default(),
            sent: None,
            answer: None,
        }
    }

    fn store(&mut self) -> &mut Store {
        self.store.as_mut().unwrap()
    }

    fn restart(&mut self) {
        drop(self.store.take());
        self.store = Some(opened(self.folder.path()));
        (self.sent, self.answer) = (None, None);
    }

    fn lend(&mut self) {
        self.said.lent = self.store().lent(id(1), to_lend(), known(0)).unwrap();
    }

    fn step(&mut self, step: usize, answer_is_lost: bool) {
        match step {
            0 => self.sent = self.store().next_unanswered().unwrap(),
            1 => self.answer = self.sent.as_ref().map(|fact| self.server.hear(fact)),
            2 if answer_is_lost => {}
            2 => self.settle(),
            _ => {}
        }
    }

    fn settle(&mut self) {
        let (Some(sent), Some(answer)) = (self.sent.take(), self.answer.take()) else {
            return;
        };
        if self.store().settle(&sent, answer).unwrap().is_some() {
            self.said.answer = Some(answer);
        }
    }

    /// Calls until nothing waits.
    fn drain(&mut self) {
        for _ in 0..4 {
            (0..STEPS).for_each(|step| self.step(step, false));
        }
        assert!(self.store().next_unanswered().unwrap().is_none());
    }
}

fn run(order: Order) -> Run {
    let mut run = Run::new(order.willing);
    for step in 0..STEPS {
        if order.restarts_before == step {
            run.restart();
        }
        if order.lends_before == step {
            run.lend();
        }
        run.step(step, order.answer_is_lost);
    }
    run.drain();
    run
}

fn orders() -> impl Iterator<Item = Order> {
    let places = (0..=STEPS).flat_map(|lends| (0..=STEPS).map(move |restarts| (lends, restarts)));
    places.flat_map(|(lends_before, restarts_before)| {
        (0..4).map(move |bits| Order {
            lends_before,
            restarts_before,
            willing: bits & 1 == 0,
            answer_is_lost: bits & 2 == 0,
        })
    })
}

#[test]
fn r6_in_every_order_what_was_said_is_what_the_server_has_and_it_has_it_once() {
    let (mut alone, mut refused) = (0, 0);
    for order in orders() {
        let run = run(order);
        let has_it = run.server.loans == 1;
        assert!(run.server.loans <= 1, "taken twice");
        assert_eq!(run.said.answer == Some(Answer::Accepted), has_it);
        if run.said.lent {
            assert!(has_it, "said to be lent, and the server has no loan");
            alone += 1;
        }
        refused += u32::from(!has_it);
    }
    assert!(
        alone > 20 && refused > 10,
        "both happen: {alone}, {refused}"
    );
}

#[test]
fn r4_what_was_lent_has_the_id_and_the_place_of_what_was_asked() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path()).unwrap();
    let asked = store.keep(&check_out(1)).unwrap();
    assert!(store.lent(id(1), to_lend(), known(0)).unwrap());
    drop(store);
    let mut store = Store::open(folder.path()).unwrap();
    let done = store.next_unanswered().unwrap().unwrap().command;
    assert_eq!((done.id, done.origin_seq), (asked.id, asked.origin_seq));
    assert_eq!(done.occurred_at, asked.occurred_at);
    let KioskAction::CheckOut {
        done, told_due_on, ..
    } = done.action
    else {
        panic!("a check out");
    };
    assert_eq!((done, told_due_on), (true, Some(told())));
    store.answered(id(1)).unwrap();
    assert!(
        !store.lent(id(1), to_lend(), known(0)).unwrap(),
        "its answer came first"
    );
}

#[test]
fn r2_a_tablet_that_this_kiosk_had_in_hand_since_the_rows_came_waits_for_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path()).unwrap();
    // The same tablet came back here, and a moment later is to be lent again.
    store.keep(&returned(1)).unwrap();
    store.keep(&check_out(2)).unwrap();
    assert!(!store.lent(id(2), to_lend(), known(0)).unwrap());
    store.answered(id(1)).unwrap();
    assert!(
        !store.lent(id(2), to_lend(), known(0)).unwrap(),
        "not in the rows yet"
    );
    assert!(store.lent(id(2), to_lend(), known(1)).unwrap());
}

#[test]
fn r2_what_was_answered_and_forgotten_may_have_been_this_very_tablet() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path()).unwrap();
    store.keep(&check_out(1)).unwrap();
    store.answered(id(1)).unwrap();
    store.keep(&check_out(2)).unwrap();
    assert!(!store.lent(id(2), to_lend(), known(0)).unwrap());
    assert!(store.lent(id(2), to_lend(), known(1)).unwrap());
}

#[test]
fn r6_who_has_asked_for_as_many_as_they_may_have_is_lent_no_more_without_the_server() {
    let lends = |others_max| {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path()).unwrap();
        // Another tablet for the same person, which waits for the server.
        store.keep(&of_another_tablet(check_out(1))).unwrap();
        store.keep(&check_out(2)).unwrap();
        let it = ToLend {
            others_max,
            ..to_lend()
        };
        let waits = store.lent(id(2), it, known(0)).unwrap();
        store.answered(id(1)).unwrap();
        // What was answered is counted by the server, in what it says of a card.
        (waits, store.lent(id(2), it, known(1)).unwrap())
    };
    assert_eq!(lends(Some(0)), (false, true));
    assert_eq!(lends(Some(1)), (true, true));
    assert_eq!(lends(None), (true, true), "a server that says no limit");
}

#[test]
fn what_waits_for_another_person_does_not_count() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path()).unwrap();
    let mut other = of_another_tablet(check_out(1));
    if let KioskAction::CheckOut { borrower, .. } = &mut other.action {
        *borrower = Some(BorrowerId::from_bytes([77; 16]));
    }
    store.keep(&other).unwrap();
    store.keep(&check_out(2)).unwrap();
    let it = ToLend {
        others_max: Some(0),
        ..to_lend()
    };
    assert!(store.lent(id(2), it, known(0)).unwrap());
}

fn of_another_tablet(mut draft: Draft) -> Draft {
    if let KioskAction::CheckOut { tablet, .. } = &mut draft.action {
        *tablet = TabletId::from_bytes([9; 16]);
    }
    draft
}
