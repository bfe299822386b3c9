//! A server that was set back to an earlier day, or whose log is another than it was:
//! the kiosk says so, begins anew, and tells again what it still can.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use kiosk::{
    flow::Answer,
    store::{Applied, Heads, Store},
    sync::News,
};
use rusqlite::Connection;
use shared::{
    digest::Digest,
    head::Head,
    ids::TabletId,
    refusal::Refusal,
    tablet::StateWord,
    tag::Tag,
    time::Moment,
    wire::v1::kiosk::{Gap, Rows, RowsRequest, TabletRow},
};

use crate::{
    double::{Came, Double, Say},
    facts::{answer_all, check_out, id, identity, place, returned},
    sync::{COMMAND, Kiosk, ROWS, accepted, json, refused, seq},
};

const GAP: &str = "/v1/kiosk/gap";
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

fn head(seq: u64, link: u8) -> Head {
    let hash = Digest::from_bytes([link; 32]);
    Head { seq, hash }
}

fn tag(number: u8) -> Tag {
    Tag::new(format!("WGN-{number:03}").parse().unwrap(), [number; 10])
}

fn tablet(number: u8) -> TabletRow {
    let (id, tag) = (TabletId::from_bytes([number; 16]), tag(number));
    TabletRow::new(id, tag.number(), tag.digest(), StateWord::Ready)
}

fn rows(cursor: u64, tablets: &[u8], heads: &[Head]) -> Rows {
    Rows {
        tablets: tablets.iter().map(|number| tablet(*number)).collect(),
        heads: heads.to_vec(),
        ..Rows::none(cursor, Moment::from_ms(1_800_000_000_000))
    }
}

fn stored(gone: &[u8]) -> Applied {
    let gone = gone.iter().map(|it| TabletId::from_bytes([*it; 16]));
    Applied::Stored {
        gone: gone.collect(),
    }
}

fn anew(denied: &[Head]) -> Applied {
    let denied = denied.to_vec();
    Applied::Anew { denied }
}

#[test]
fn the_newest_head_is_kept_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Store::open(folder.path()).unwrap();
    assert_eq!(open().newest_head().unwrap(), Head::NONE);
    open().apply(&rows(5, &[], &[head(5, 1)])).unwrap();
    open()
        .apply(&rows(9, &[], &[head(5, 1), head(9, 2)]))
        .unwrap();
    assert_eq!(open().newest_head().unwrap(), head(9, 2));
    // A server that says none takes none away.
    open().apply(&rows(12, &[], &[])).unwrap();
    assert_eq!(open().newest_head().unwrap(), head(9, 2));
}

#[test]
fn of_each_of_the_last_31_days_the_last_head_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path()).unwrap();
    for heard in 1..=120_u64 {
        let nth = i64::try_from(heard / 3).unwrap();
        let now = Moment::from_ms(1_800_000_000_000 + nth * DAY_MS);
        let heads = vec![head(heard, 7)];
        let rows = Rows {
            now,
            heads,
            ..rows(heard, &[], &[])
        };
        store.apply(&rows).unwrap();
    }
    let kept = Heads::of(folder.path()).unwrap().kept;
    let last_of_each_day = (0..=40).map(|day| (day * 3 + 2).min(120));
    let expected: Vec<Head> = last_of_each_day.skip(10).map(|seq| head(seq, 7)).collect();
    assert_eq!(kept, expected);
}

#[test]
fn heads_that_the_log_does_not_hold_are_set_aside_and_kept_as_they_were_noted() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path()).unwrap();
    let day = |nth: i64| Moment::from_ms(1_800_000_000_000 + nth * DAY_MS);
    for (nth, seq) in [(0, 4), (1, 6), (2, 8)] {
        let now = day(nth);
        let rows = Rows {
            now,
            ..rows(seq, &[1], &[head(seq, 1)])
        };
        store.apply(&rows).unwrap();
    }
    let cut = Rows {
        now: day(3),
        ..rows(5, &[], &[head(5, 1)])
    };
    assert_eq!(store.apply(&cut).unwrap(), anew(&[head(6, 1), head(8, 1)]));
    let heads = Heads::of(folder.path()).unwrap();
    assert_eq!(heads.kept, [head(4, 1)]);
    assert_eq!(
        heads.denied,
        [
            (head(6, 1), day(1).day(), day(3).day()),
            (head(8, 1), day(2).day(), day(3).day())
        ]
    );
    // They no longer stand in the way of what is heard from then on.
    assert_eq!(store.cursor().unwrap(), 0);
    assert_eq!(store.apply(&cut).unwrap(), stored(&[1]));
    assert_eq!(store.newest_head().unwrap(), head(5, 1));
}

#[test]
fn another_link_at_a_kept_place_is_another_log_also_where_it_has_grown_further() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path()).unwrap();
    store.apply(&rows(5, &[], &[head(5, 1)])).unwrap();
    let grown = rows(9, &[], &[head(5, 2), head(9, 3)]);
    assert_eq!(store.apply(&grown).unwrap(), anew(&[head(5, 1)]));
}

#[test]
fn the_fleet_stays_known_until_all_of_it_came_again_and_only_then_what_is_gone_goes() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path()).unwrap();
    store.apply(&rows(20, &[1, 2, 3], &[])).unwrap();
    assert_eq!(store.apply(&rows(15, &[], &[])).unwrap(), anew(&[]));
    let first = Rows {
        more: true,
        ..rows(7, &[1], &[])
    };
    assert_eq!(store.apply(&first).unwrap(), stored(&[]));
    drop(store);
    // Also where the kiosk is started again in between.
    let mut store = Store::open(folder.path()).unwrap();
    let knows = |store: &mut Store, number| {
        let mirror = store.mirror(place()).unwrap();
        mirror.by_tag(&tag(number)).is_some()
    };
    assert!([1, 2, 3].into_iter().all(|it| knows(&mut store, it)));
    assert_eq!(store.apply(&rows(15, &[3], &[])).unwrap(), stored(&[2]));
    assert!(knows(&mut store, 1) && knows(&mut store, 3) && !knows(&mut store, 2));
}

#[test]
fn the_heads_are_printed_as_an_audit_takes_them_also_while_the_kiosk_runs() {
    let folder = tempfile::tempdir().unwrap();
    let printed = |folder: &std::path::Path| {
        let program = env!("CARGO_BIN_EXE_tablet-kiosk");
        let mut heads = std::process::Command::new(program);
        heads
            .args(["heads", "--data"])
            .arg(folder)
            .output()
            .unwrap()
    };
    let none = printed(&folder.path().join("nobody"));
    assert_eq!(none.status.code(), Some(2));
    let mut store = Store::open(folder.path()).unwrap();
    for (cursor, heads) in [
        (9, vec![head(9, 1)]),
        (9, vec![head(9, 2)]),
        (0, vec![head(12, 2)]),
    ] {
        store.apply(&rows(cursor, &[], &heads)).unwrap();
    }
    let printed = printed(folder.path());
    let lines = format!("{}\n{}\n", head(9, 1), head(12, 2));
    assert_eq!(String::from_utf8(printed.stdout).unwrap(), lines);
    let said = String::from_utf8(printed.stderr).unwrap();
    assert!(said.contains("not in the server's log"), "{said}");
}

/// A database as the first released program made it, with something in every table.
fn format_1(folder: &std::path::Path) -> Connection {
    let first = Connection::open(folder.join("kiosk.db")).unwrap();
    first
        .execute_batch(include_str!("../../src/store/schema.sql"))
        .unwrap();
    let body = String::from_utf8(serde_json::to_vec(&tablet(1)).unwrap()).unwrap();
    first
        .execute_batch(&format!(
            "PRAGMA user_version = 1;
             UPDATE position SET last_fact = 2, last_call = 9, cursor = 20;
             INSERT INTO fact (seq, id, person, body, answered) VALUES
                 (1, '{}', 1, NULL, 1), (2, '{}', 0, x'00', 0);
             INSERT INTO tablet (id, row) VALUES ('{}', '{body}');",
            id(1),
            id(2),
            tablet(1).tablet,
        ))
        .unwrap();
    first
}

#[test]
fn a_database_of_the_first_format_is_brought_up_to_date_with_all_that_it_holds() {
    let folder = tempfile::tempdir().unwrap();
    drop(format_1(folder.path()));
    let none = Heads {
        kept: vec![],
        denied: vec![],
    };
    assert_eq!(Heads::of(folder.path()).unwrap(), none);
    let mut store = Store::open(folder.path()).unwrap();
    assert_eq!(
        (store.cursor().unwrap(), store.last_fact().unwrap()),
        (20, 2)
    );
    assert_eq!(store.answered_up_to().unwrap(), 1);
    assert_eq!(store.next_call().unwrap(), 10);
    assert!(store.mirror(place()).unwrap().by_tag(&tag(1)).is_some());
    store.apply(&rows(21, &[2], &[head(21, 1)])).unwrap();
    drop(store);
    assert_eq!(Heads::of(folder.path()).unwrap().kept, [head(21, 1)]);
    let format = Connection::open(folder.path().join("kiosk.db")).unwrap();
    let format: i64 = format
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .unwrap();
    assert_eq!(format, 3);
}

#[test]
fn a_new_database_and_one_that_was_brought_up_to_date_have_the_same_tables() {
    let (new, old) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    drop(format_1(old.path()));
    let tables = |folder: &std::path::Path| {
        drop(Store::open(folder).unwrap());
        let database = Connection::open(folder.join("kiosk.db")).unwrap();
        let mut all = database
            .prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
            .unwrap();
        let all = all.query_map([], |row| row.get::<_, String>(0)).unwrap();
        all.map(Result::unwrap).collect::<Vec<_>>()
    };
    assert_eq!(tables(new.path()), tables(old.path()));
}

fn asked(came: &Came) -> RowsRequest {
    serde_json::from_slice(&came.body).unwrap()
}

#[test]
fn a_kiosk_tells_the_head_that_it_keeps_and_asks_for_everything_where_it_is_denied() {
    let mut calls = 0;
    let server = Double::start(identity("").key.public(), move |came| {
        if came.path != ROWS {
            return Say::Cut;
        }
        calls += 1;
        json(&match calls {
            1 => rows(9, &[1, 2], &[head(9, 1)]),
            // It was cut, and has grown past the head since.
            2 => rows(12, &[], &[head(9, 2), head(12, 2)]),
            _ => rows(12, &[2], &[head(12, 2)]),
        })
    });
    let kiosk = Kiosk::of(&server, &[]);
    kiosk.told(|news| matches!(news, News::LogDenied).then_some(()));
    let gone = kiosk.told(|news| match news {
        News::Rows(heard) if !heard.gone.is_empty() => Some(heard.gone),
        _ => None,
    });
    assert_eq!(gone, [tablet(1).tablet]);
    let asked: Vec<_> = server.wait_for(ROWS, 4).iter().map(asked).collect();
    let said: Vec<_> = asked
        .iter()
        .map(|it| (it.after, it.head.unwrap()))
        .collect();
    let expected = [
        (0, Head::NONE),
        (9, head(9, 1)),
        (0, Head::NONE),
        (12, head(12, 2)),
    ];
    assert_eq!(said[..4], expected);
}

/// A server that lost every fact before this one, and takes them in order from there.
fn server_that_lost(from: u64) -> (Double, Arc<AtomicU64>) {
    let taken = Arc::new(AtomicU64::new(from - 1));
    let shared = taken.clone();
    let server = Double::start(identity("").key.public(), move |came| {
        let taken = shared.load(Ordering::Relaxed);
        let (first, last) = match came.path.as_str() {
            ROWS => {
                let facts_taken = taken;
                return json(&Rows {
                    facts_taken,
                    ..rows(5, &[], &[])
                });
            }
            GAP => {
                let gap: Gap = serde_json::from_slice(&came.body).unwrap();
                (gap.first, gap.last)
            }
            COMMAND => (seq(came), seq(came)),
            _ => return Say::Cut,
        };
        if first > taken + 1 {
            let expected = taken + 1;
            return refused(Refusal::FactsMissing { expected });
        }
        shared.fetch_max(last, Ordering::Relaxed);
        accepted()
    });
    (server, taken)
}

/// A kiosk with these facts, all of them answered by a server that lost them since.
fn kiosk_that_told(server: &Double, facts: &[kiosk::flow::Draft]) -> Kiosk {
    Kiosk::with(server, |store| {
        for draft in facts {
            store.keep(draft).unwrap();
        }
        answer_all(store);
    })
}

/// What was told again may be told once more: the same fact is the same answer (R4).
fn accepted_at_last(kiosk: &Kiosk, number: u8) {
    let wanted = (id(number), Answer::Accepted);
    while kiosk.answered() != wanted {}
}

#[test]
fn facts_that_a_server_lost_are_told_again_without_a_new_one_to_show_it() {
    let (server, taken) = server_that_lost(2);
    let kiosk = kiosk_that_told(&server, &[returned(1), returned(2), returned(3)]);
    accepted_at_last(&kiosk, 2);
    accepted_at_last(&kiosk, 3);
    assert_eq!(taken.load(Ordering::Relaxed), 3);
}

#[test]
fn r6_what_cannot_be_told_again_is_said_and_what_follows_it_is_told() {
    let (server, taken) = server_that_lost(1);
    let facts = [
        returned(1),
        check_out(2),
        check_out(3),
        returned(4),
        check_out(5),
    ];
    let kiosk = kiosk_that_told(&server, &facts);
    accepted_at_last(&kiosk, 1);
    accepted_at_last(&kiosk, 4);
    // And goes on: nothing is halted.
    kiosk.keep(&returned(6));
    accepted_at_last(&kiosk, 6);
    assert_eq!(taken.load(Ordering::Relaxed), 6);
    let gaps: BTreeSet<(u64, u64)> = server
        .wait_for(GAP, 2)
        .iter()
        .map(|came| serde_json::from_slice(&came.body).unwrap())
        .map(|gap: Gap| (gap.first, gap.last))
        .collect();
    assert_eq!(gaps, BTreeSet::from([(2, 3), (5, 5)]));
}
