//! What the kiosk's disk promises, asked of it after it was closed and opened again.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use kiosk::{
    mirror::Mirror,
    store::{Enrolling, FACTS_WAITING_MAX, Fault, Store},
    sync::{OVERTAKEN_MAX, heard::passed_over},
};
use shared::{
    badge::Badge,
    ids::{CommandId, OperatorId},
    keys::SecretKey,
    tablet::StateWord,
    tag::Tag,
    time::Moment,
    wire::v1::kiosk::{OperatorRow, Rows, TabletRow},
};
use tempfile::TempDir;

use crate::facts::{answer_all, borrower, check_out, id, identity, place, returned, tablet};

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn open(folder: &TempDir) -> Store {
    Store::open(folder.path()).unwrap()
}

#[test]
fn a_kept_fact_is_there_after_a_restart_with_the_same_bytes() {
    let folder = folder();
    let kept = open(&folder).keep(&returned(1)).unwrap();
    let fact = open(&folder).next_unanswered().unwrap().unwrap();
    assert_eq!(fact.command, kept);
    assert_eq!(fact.body, serde_json::to_vec(&kept).unwrap());
}

#[test]
fn facts_wait_in_the_order_in_which_they_were_kept_and_go_on_after_a_restart() {
    let folder = folder();
    for number in [9, 3, 7] {
        open(&folder).keep(&returned(number)).unwrap();
    }
    assert_eq!(answer_all(&mut open(&folder)), [1, 2, 3]);
    let next = open(&folder).keep(&returned(1)).unwrap();
    assert_eq!(next.origin_seq, 4);
}

#[test]
fn a_draft_that_is_kept_twice_has_one_place() {
    let folder = folder();
    let mut store = open(&folder);
    let first = store.keep(&returned(1)).unwrap();
    assert_eq!(store.keep(&returned(1)).unwrap(), first);
    assert_eq!(answer_all(&mut store), [1]);
}

#[test]
fn more_facts_than_may_wait_are_refused_and_those_that_wait_are_kept() {
    let folder = folder();
    let mut store = open(&folder);
    store.keep(&returned(1)).unwrap();
    wait_in_one_go(&folder, FACTS_WAITING_MAX - 1);
    let mut one_more = returned(0);
    one_more.id = CommandId::from_bytes([255; 16]);
    assert!(matches!(store.keep(&one_more), Err(Fault::Full)));
    let first = store.next_unanswered().unwrap().unwrap();
    store.answered(first.command.id).unwrap();
    let kept = store.keep(&one_more).unwrap();
    assert_eq!(kept.origin_seq, FACTS_WAITING_MAX + 1);
}

/// As many more facts as if each had been kept, without a flush to the disk each.
fn wait_in_one_go(folder: &TempDir, facts: u64) {
    let mut connection = rusqlite::Connection::open(folder.path().join("kiosk.db")).unwrap();
    let all = connection.transaction().unwrap();
    let copy = "INSERT INTO fact (seq, id, person, body) SELECT ?1, ?2, person, body FROM fact WHERE seq = 1";
    for seq in 2..facts + 2 {
        let id = CommandId::from_bytes(u128::from(seq).to_be_bytes()).to_string();
        all.execute(copy, rusqlite::params![seq.cast_signed(), id])
            .unwrap();
    }
    let last = (facts + 1).cast_signed();
    all.execute("UPDATE position SET last_fact = ?1", [last])
        .unwrap();
    all.commit().unwrap();
}

#[test]
fn a_borrower_is_on_the_disk_until_the_answer_and_in_no_byte_of_it_afterwards() {
    let folder = folder();
    let canary = borrower().to_string();
    let mut store = open(&folder);
    store.keep(&check_out(1)).unwrap();
    assert!(is_on_disk(folder.path(), &canary));
    store.answered(id(1)).unwrap();
    assert!(!is_on_disk(folder.path(), &canary));
    drop(store);
    assert!(!is_on_disk(folder.path(), &canary));
}

fn is_on_disk(folder: &Path, text: &str) -> bool {
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap());
    files
        .map(|file| fs::read(file.path()).unwrap())
        .any(|bytes| bytes.windows(text.len()).any(|it| it == text.as_bytes()))
}

#[test]
fn facts_that_the_server_lost_wait_again_with_the_same_bytes() {
    let folder = folder();
    let mut store = open(&folder);
    for number in [1, 2, 3] {
        store.keep(&returned(number)).unwrap();
    }
    let first = store.next_unanswered().unwrap().unwrap();
    answer_all(&mut store);
    assert_eq!(store.answered_up_to().unwrap(), 3);
    assert_eq!(store.send_again_from(2).unwrap(), 2);
    assert_eq!(store.answered_up_to().unwrap(), 1);
    assert_eq!(answer_all(&mut store), [2, 3]);
    assert_eq!(store.send_again_from(1).unwrap(), 1);
    let again = store.next_unanswered().unwrap().unwrap();
    assert_eq!(again.body, first.body);
}

#[test]
fn a_lost_check_out_cannot_be_told_again_and_what_stands_around_it_is() {
    let folder = folder();
    let mut store = open(&folder);
    for draft in [returned(1), check_out(2), returned(3)] {
        store.keep(&draft).unwrap();
    }
    answer_all(&mut store);
    assert_eq!(store.send_again_from(1).unwrap(), 1);
    assert_eq!(answer_all(&mut store), [1, 3]);
    assert_eq!(store.send_again_from(2).unwrap(), 3, "2 is a gap");
    assert_eq!(answer_all(&mut store), [3]);
    store.keep(&check_out(4)).unwrap();
    answer_all(&mut store);
    assert_eq!(
        store.send_again_from(4).unwrap(),
        5,
        "4 is a gap, nothing follows"
    );
    assert!(store.next_unanswered().unwrap().is_none());
}

#[test]
fn the_numbers_of_calls_only_grow_whatever_restarts() {
    let folder = folder();
    let calls: Vec<u64> = (0..3).map(|_| open(&folder).next_call().unwrap()).collect();
    assert_eq!(calls, [1, 2, 3]);
}

#[test]
fn a_disk_that_was_set_back_passes_over_the_numbers_it_used_within_one_call() {
    let folder = folder();
    let mut store = open(&folder);
    let used = 60_000;
    let mut call = store.next_call().unwrap();
    assert_eq!(call, 1);
    for overtaken in 1..=OVERTAKEN_MAX {
        assert!(call <= used, "passes over more than it must");
        store.pass_over_calls(passed_over(overtaken)).unwrap();
        call = store.next_call().unwrap();
        // One that another thread overtook needs the next number and no more.
        assert!(overtaken > 1 || call == 2);
    }
    assert!(call > used, "{call} is taken for a replay");
}

#[test]
fn an_identity_is_given_once() {
    let folder = folder();
    let mut store = open(&folder);
    assert!(store.identity().unwrap().is_none());
    store.enrolled(&identity("http://one")).unwrap();
    let again = store.enrolled(&identity("http://two"));
    assert!(matches!(again, Err(Fault::Enrolled)));
    drop(store);
    let kept = open(&folder).identity().unwrap().unwrap();
    assert_eq!(kept.server, "http://one");
    assert_eq!(kept.place, place());
    assert_eq!(kept.key.public(), identity("").key.public());
}

#[test]
fn a_code_asks_again_under_its_own_id_and_key_and_another_code_under_new_ones() {
    let folder = folder();
    let new = |number: u8| Enrolling {
        id: id(number),
        key: SecretKey::from_seed(&[number; 32]),
    };
    assert_eq!(open(&folder).enrolling("A", &new(1)).unwrap().id, id(1));
    let again = open(&folder).enrolling("A", &new(2)).unwrap();
    assert_eq!(again.id, id(1));
    assert_eq!(again.key.public(), new(1).key.public());
    assert_eq!(open(&folder).enrolling("B", &new(3)).unwrap().id, id(3));
}

#[test]
fn rows_and_their_position_are_there_after_a_restart() {
    let folder = folder();
    open(&folder).apply(&rows(12)).unwrap();
    let mut store = open(&folder);
    let mirror = store.mirror(place()).unwrap();
    assert_eq!(mirror.cursor(), 12);
    assert_eq!(store.cursor().unwrap(), 12);
    assert!(knows_all(&mirror));
}

#[test]
fn rows_that_cannot_be_read_are_asked_for_again() {
    let folder = folder();
    open(&folder).apply(&rows(12)).unwrap();
    let database = folder.path().join("kiosk.db");
    let connection = rusqlite::Connection::open(database).unwrap();
    let damage = "UPDATE tablet SET row = '{\"of\": \"another version\"}'";
    connection.execute(damage, []).unwrap();
    drop(connection);
    let mut store = open(&folder);
    assert!(
        store
            .mirror(place())
            .unwrap()
            .by_number(tag().number())
            .is_none()
    );
    assert_eq!(store.cursor().unwrap(), 0);
    store.apply(&rows(13)).unwrap();
    assert!(knows_all(&store.mirror(place()).unwrap()));
}

#[test]
fn one_program_at_a_time_has_the_folder_and_only_its_owner_can_read_it() {
    let folder = folder();
    let inside = folder.path().join("kiosk");
    let store = Store::open(&inside).unwrap();
    assert!(matches!(Store::open(&inside), Err(Fault::InUse(_))));
    drop(store);
    assert!(Store::open(&inside).is_ok());
    assert_eq!(mode(&inside), 0o700);
    for file in fs::read_dir(&inside).unwrap() {
        assert_eq!(mode(&file.unwrap().path()), 0o600);
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn tag() -> Tag {
    Tag::new("WGN-042".parse().unwrap(), [8; 10])
}

fn badge() -> Badge {
    Badge::new([6; 16])
}

fn knows_all(mirror: &Mirror) -> bool {
    mirror.by_tag(&tag()).is_some() && mirror.operator(&badge()).is_some()
}

fn rows(cursor: u64) -> Rows {
    let (number, digest) = (tag().number(), tag().digest());
    let row = TabletRow::new(tablet(), number, digest, StateWord::OnLoan);
    let operator = OperatorRow {
        operator: OperatorId::from_bytes([2; 16]),
        name: "Jo".to_owned(),
        badge: badge().digest(),
    };
    Rows {
        tablets: vec![row],
        operators: Some(vec![operator]),
        ..Rows::none(cursor, Moment::from_ms(0))
    }
}
