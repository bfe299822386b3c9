//! A kiosk that was restored from an old copy of its disk (R6): it notices by itself,
//! begins another series, and tells again there what it holds.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use kiosk::{
    flow::Draft,
    mirror::FactsKnown,
    store::{FACTS_WAITING_MAX, Store},
    sync::heard::{Level, Told, on_rows},
};
use shared::{
    ids::CommandId,
    refusal::Refusal,
    time::Moment,
    wire::v1::{
        command::KioskCommand,
        kiosk::{Gap, Rows},
    },
};

use crate::{
    double::{Double, Say},
    facts::{answer_all, borrower, check_out, id, identity, returned},
    lent_alone::to_lend,
    sync::{COMMAND, Kiosk, ROWS, accepted, json, refused},
};

/// What waits, in its order.
fn waiting(store: &mut Store) -> Vec<KioskCommand> {
    let mut all = Vec::new();
    while let Some(fact) = store.next_unanswered().unwrap() {
        assert_eq!(fact.body, serde_json::to_vec(&fact.command).unwrap());
        store.answered(fact.command.id).unwrap();
        all.push(fact.command);
    }
    all
}

fn places(commands: &[KioskCommand]) -> Vec<(u32, u64, CommandId)> {
    let place = |it: &KioskCommand| (it.series, it.origin_seq, it.id);
    commands.iter().map(place).collect()
}

#[test]
fn r6_in_a_new_series_all_that_is_held_waits_again_from_its_first_place() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path()).unwrap();
    for draft in [returned(1), check_out(2), returned(3)] {
        store.keep(&draft).unwrap();
    }
    let before = waiting(&mut store);
    store.keep(&check_out(4)).unwrap();
    assert!(store.begin_series_after(0).unwrap());
    assert!(!store.begin_series_after(0).unwrap(), "once");
    drop(store);
    let mut store = Store::open(folder.path()).unwrap();
    assert_eq!(store.series().unwrap(), 1);
    store.keep(&returned(5)).unwrap();
    let after = waiting(&mut store);
    // What named a borrower and was answered is forgotten; nothing is told of it.
    let expected = [(1, id(1)), (2, id(3)), (3, id(4)), (4, id(5))];
    assert_eq!(places(&after), expected.map(|(seq, id)| (1, seq, id)));
    let same = KioskCommand {
        series: 0,
        ..after[0].clone()
    };
    assert_eq!(same, before[0], "all but where it stands is as it was");
    assert_eq!(store.last_fact().unwrap(), 4);
    let again = store.keep(&check_out(2));
    assert!(again.is_err(), "kept once, and forgotten");
    assert_eq!(store.last_fact().unwrap(), 4);
    assert!(store.begin_series_after(1).unwrap());
    let third = waiting(&mut store);
    assert_eq!(
        places(&third),
        [(2, 1, id(1)), (2, 2, id(3)), (2, 3, id(5))]
    );
}

#[test]
fn what_is_told_again_takes_no_room_from_what_happens_next() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path()).unwrap();
    store.keep(&returned(1)).unwrap();
    answer_all(&mut store);
    fill_with_answered(&folder, FACTS_WAITING_MAX);
    store.begin_series_after(0).unwrap();
    let kept = store.keep(&returned(2)).unwrap();
    assert_eq!(kept.origin_seq, FACTS_WAITING_MAX + 1);
    assert_eq!(store.send_again_from(1).unwrap(), 1);
    store.keep(&returned(3)).unwrap();
}

/// As many answered facts as if each had been told.
fn fill_with_answered(folder: &tempfile::TempDir, facts: u64) {
    let mut connection = rusqlite::Connection::open(folder.path().join("kiosk.db")).unwrap();
    let all = connection.transaction().unwrap();
    let copy = "INSERT INTO fact (seq, id, person, body, answered)
                SELECT ?1, ?2, person, body, 1 FROM fact WHERE seq = 1";
    for seq in 2..=facts {
        let id = CommandId::from_bytes((u128::from(seq) << 64).to_be_bytes());
        all.execute(copy, rusqlite::params![seq.cast_signed(), id.to_string()])
            .unwrap();
    }
    let last = facts.cast_signed();
    all.execute("UPDATE position SET last_fact = ?1", [last])
        .unwrap();
    all.commit().unwrap();
}

#[test]
fn r2_rows_that_know_another_series_know_none_of_this_ones_facts() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path()).unwrap();
    store.keep(&returned(1)).unwrap();
    store.begin_series_after(0).unwrap();
    // The tablet came back here; the server took nine facts of the old series.
    store.keep(&check_out(2)).unwrap();
    let lends = |store: &mut Store, series, up_to| {
        let known = FactsKnown { series, up_to };
        store.lent(id(2), to_lend(), known).unwrap()
    };
    assert!(!lends(&mut store, 0, 9));
    assert!(!lends(&mut store, 1, 0));
    assert!(lends(&mut store, 1, 1));
}

/// What rows of a server with so many facts of this series say to a kiosk that has
/// told one fact and has another.
fn level(series: u32, facts_taken: u64) -> Level {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path()).unwrap();
    store.begin_series_after(0).unwrap();
    store.keep(&returned(1)).unwrap();
    answer_all(&mut store);
    store.keep(&returned(2)).unwrap();
    let told = Told::read(&store).unwrap();
    let rows = rows(series, facts_taken);
    on_rows(&mut store, &rows, told).unwrap().1
}

fn rows(series: u32, facts_taken: u64) -> Rows {
    Rows {
        series,
        facts_taken,
        ..Rows::none(5, Moment::from_ms(1_800_000_000_000))
    }
}

#[test]
fn r6_a_server_that_knows_more_of_this_kiosk_than_it_does_says_that_it_went_back() {
    assert_eq!(level(1, 1), Level::Even);
    assert_eq!(level(1, 2), Level::Even, "on its way");
    assert_eq!(level(1, 3), Level::WentBack(1));
    assert_eq!(level(2, 1), Level::WentBack(2));
    assert_eq!(level(7, 0), Level::WentBack(7));
}

#[test]
fn r6_a_server_that_was_set_back_behind_the_series_is_told_all_of_it() {
    assert_eq!(level(1, 0), Level::LostFrom(1));
    assert_eq!(level(0, 40), Level::LostFrom(1));
}

#[test]
fn rows_from_before_a_series_began_say_nothing_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path()).unwrap();
    for number in 1..=3 {
        store.keep(&returned(number)).unwrap();
    }
    answer_all(&mut store);
    let told = Told::read(&store).unwrap();
    store.begin_series_after(0).unwrap();
    for answer in [rows(0, 9), rows(1, 1)] {
        assert_eq!(on_rows(&mut store, &answer, told).unwrap().1, Level::Even);
    }
}

/// A server as R6 has it: facts by their id, in their place, a series after a series.
#[derive(Default)]
struct Library {
    series: u32,
    taken: u64,
    known: BTreeSet<CommandId>,
    gaps: u32,
}

impl Library {
    /// That took these facts of the first series.
    fn with(facts: impl IntoIterator<Item = u8>) -> Self {
        let known: BTreeSet<CommandId> = facts.into_iter().map(id).collect();
        Self {
            taken: known.len().try_into().unwrap(),
            known,
            ..Self::default()
        }
    }

    fn hear(&mut self, command: &KioskCommand) -> Say {
        let same = command.series == self.series;
        let expected = if same { self.taken + 1 } else { 1 };
        let is_known = self.known.contains(&command.id);
        let behind = command.series < self.series || command.origin_seq < expected;
        if behind && is_known {
            return accepted();
        }
        if behind {
            return refused(Refusal::SeriesWentBack { expected });
        }
        if command.origin_seq > expected {
            return refused(Refusal::FactsMissing { expected });
        }
        self.series = command.series;
        self.taken = command.origin_seq;
        self.known.insert(command.id);
        accepted()
    }
}

/// The double of a library, which keeps what the kiosk tells.
fn serve(library: Library) -> (Double, Arc<Mutex<Library>>) {
    let library = Arc::new(Mutex::new(library));
    let shared = library.clone();
    let server = Double::start(identity("").key.public(), move |came| {
        let mut library = shared.lock().unwrap();
        match came.path.as_str() {
            ROWS => json(&rows(library.series, library.taken)),
            COMMAND => library.hear(&serde_json::from_slice(&came.body).unwrap()),
            _ => {
                let _: Gap = serde_json::from_slice(&came.body).unwrap();
                library.gaps += 1;
                accepted()
            }
        }
    });
    (server, library)
}

/// Waits until the server knows all of these.
fn knows(server: &Double, library: &Mutex<Library>, numbers: impl IntoIterator<Item = u8>) {
    let wanted: BTreeSet<CommandId> = numbers.into_iter().map(id).collect();
    for calls in 1.. {
        if wanted.is_subset(&library.lock().unwrap().known) {
            return;
        }
        server.wait_for(COMMAND, calls);
    }
}

fn restored(server: &Double, told: &[Draft], not_told: &[Draft]) -> Kiosk {
    Kiosk::with(server, |store| {
        for draft in told {
            store.keep(draft).unwrap();
        }
        answer_all(store);
        for draft in not_told {
            store.keep(draft).unwrap();
        }
    })
}

#[test]
fn r6_a_kiosk_restored_from_an_old_copy_notices_by_the_rows_before_anything_happens() {
    let (server, library) = serve(Library::with([1, 2, 9]));
    let kiosk = restored(&server, &[returned(1)], &[]);
    // Nothing waits to be told: only the rows can say that it went back.
    let told = server.wait_for(COMMAND, 1).remove(0);
    let told: KioskCommand = serde_json::from_slice(&told.body).unwrap();
    assert_eq!(places(&[told]), [(1, 1, id(1))]);
    kiosk.keep(&returned(3));
    knows(&server, &library, [1, 3]);
    let library = library.lock().unwrap();
    assert_eq!((library.series, library.taken, library.gaps), (1, 2, 0));
}

#[test]
fn r6_a_kiosk_that_took_as_many_facts_as_it_forgot_notices_when_it_tells_them() {
    let (server, library) = serve(Library::with([1, 2, 8, 9]));
    // 2 was told, and its answer is not on the copy; 8 and 9 are forgotten.
    let kiosk = restored(
        &server,
        &[returned(1)],
        &[returned(2), returned(3), check_out(4)],
    );
    kiosk.keep(&check_out(5));
    knows(&server, &library, 1..=5);
    let library = library.lock().unwrap();
    assert_eq!((library.series, library.taken, library.gaps), (1, 5, 0));
}

#[test]
fn r6_a_kiosk_restored_from_the_same_copy_twice_finds_a_series_that_is_new() {
    let (server, library) = serve(Library {
        series: 3,
        ..Library::with([1, 2])
    });
    let kiosk = restored(&server, &[returned(1)], &[returned(3)]);
    knows(&server, &library, [3]);
    kiosk.keep(&returned(4));
    knows(&server, &library, [4]);
    assert_eq!(library.lock().unwrap().series, 4);
    assert_eq!(kiosk.store.lock().unwrap().series().unwrap(), 4);
}

#[test]
fn a_kiosk_that_has_forgotten_its_calls_goes_on_after_the_last_one() {
    const LAST: u64 = 40_000;
    let server = Double::start(identity("").key.public(), |came| {
        if came.call.unwrap() <= LAST {
            let replayed = format!(
                "{{\"code\":\"replayed\",\"title\":\"It was sent before.\",\"last_call\":{LAST}}}"
            );
            return Say::Json(401, replayed);
        }
        match came.path.as_str() {
            COMMAND => accepted(),
            _ => json(&rows(0, 0)),
        }
    });
    let kiosk = Kiosk::of(&server, &[returned(1)]);
    kiosk.answered();
    let calls = server.wait_for(COMMAND, 1);
    assert!(calls.len() <= 3, "{} calls to catch up", calls.len());
}

#[test]
fn a_server_that_names_the_last_number_of_all_uses_up_no_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path()).unwrap();
    let first = store.next_call_after(u64::MAX).unwrap();
    assert!(first < u64::from(u32::MAX) << 20, "{first}");
    assert_eq!(store.next_call_after(u64::MAX).unwrap(), first + 1);
    assert_eq!(store.next_call_after(3).unwrap(), first + 2);
}

#[test]
fn a_borrower_who_is_told_again_is_forgotten_with_the_answer() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path()).unwrap();
    store.keep(&check_out(1)).unwrap();
    store.begin_series_after(0).unwrap();
    let canary = borrower().to_string();
    assert!(crate::store::is_on_disk(folder.path(), &canary));
    store.answered(id(1)).unwrap();
    assert!(!crate::store::is_on_disk(folder.path(), &canary));
}
