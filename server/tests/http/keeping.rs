//! How the log is kept, as kiosks see it: a head that a kiosk noted shows a log that
//! was cut or written anew, and a kiosk that is ahead of the log begins anew.

use rusqlite::{Connection, params};
use server::{
    chance, clock,
    store::{Doubt, Reader},
};
use shared::{
    digest::Digest,
    head::Head,
    ids::VenueId,
    refusal::Refusal,
    tablet::Presence,
    wire::v1::{command::KioskAction, kiosk::CommandAnswer, refusal::RefusalBody},
};

use crate::world::World;

fn behind_its_back(world: &World) -> Connection {
    Connection::open(world.folder().database()).unwrap()
}

/// Drops the last entries of the log.
fn cut(world: &World, entries: u64) -> Head {
    let last = world.position() - entries;
    behind_its_back(world)
        .execute("DELETE FROM log WHERE seq > ?1", [last.cast_signed()])
        .unwrap();
    world.read(Reader::head)
}

/// Writes the last entry anew, with the link that fits.
fn rewrite_the_last(world: &World) {
    let log = behind_its_back(world);
    let seq = world.position().cast_signed();
    let before: Vec<u8> = log
        .query_row("SELECT hash FROM log WHERE seq = ?1", [seq - 1], |row| {
            row.get(0)
        })
        .unwrap();
    let forged = b"another fact".as_slice();
    let link = Digest::of_parts(&[&before, forged]);
    log.execute(
        "UPDATE log SET bytes = ?2, hash = ?3 WHERE seq = ?1",
        params![seq, forged, link.as_bytes()],
    )
    .unwrap();
}

/// More places begin to lend: the last entries of the log then concern no tablet.
fn grow(world: &World, places: u8) -> Head {
    for _ in 0..places {
        let venue = VenueId::from_bytes(chance::bytes());
        world.open_venue(venue, "Demo hub");
    }
    world.read(Reader::head)
}

fn doubts(world: &World) -> Vec<Doubt> {
    world.read(Reader::doubts)
}

fn denied(world: &World) -> Vec<Head> {
    let heads = doubts(world).into_iter().map(|doubt| match doubt {
        Doubt::DeniedHead { head, .. } => head,
        Doubt::Gap { .. } => panic!("{doubt:?}"),
    });
    heads.collect()
}

#[test]
fn a_kiosk_that_keeps_no_heads_is_told_none_since_it_would_not_know_them() {
    let world = World::start();
    let body = br#"{"after":0,"wait_ms":0}"#;
    let kiosk = &mut world.kiosk().caller;
    let said = kiosk.call(&world, "POST", "/v1/kiosk/rows", body).text();
    assert!(said.contains("cursor") && !said.contains("head"), "{said}");
}

#[test]
fn a_kiosk_that_keeps_heads_is_told_the_end_of_the_log_and_whether_its_own_fits() {
    let world = World::start();
    let mut kiosk = world.kiosk();
    let noted = grow(&world, 1);
    let first = kiosk.rows_with(0, 0, Some(Head::NONE));
    assert_eq!(first.heads, [noted]);
    let end = grow(&world, 2);
    let again = kiosk.rows_with(noted.seq, 0, Some(noted));
    assert_eq!((again.heads, again.cursor), (vec![noted, end], end.seq));
    assert_eq!(doubts(&world), []);
}

#[test]
fn a_cut_tail_shows_against_the_head_that_a_kiosk_noted_at_once_and_is_noted_once() {
    let world = World::start();
    let mut kiosk = world.kiosk();
    let noted = grow(&world, 3);
    let left = cut(&world, 2);
    for _time in 0..2 {
        let rows = kiosk.rows_with(noted.seq, 20_000, Some(noted));
        assert_eq!((rows.cursor, rows.heads), (left.seq, vec![left]));
        assert_eq!(denied(&world), [noted]);
    }
}

#[test]
fn an_entry_that_was_written_anew_shows_against_the_head_that_a_kiosk_noted() {
    let world = World::start();
    let mut kiosk = world.kiosk();
    let noted = grow(&world, 3);
    rewrite_the_last(&world);
    let rows = kiosk.rows_with(noted.seq, 20_000, Some(noted));
    assert_eq!(rows.heads, [world.read(Reader::head)]);
    assert_eq!(denied(&world), [noted]);
}

#[test]
fn a_log_that_was_cut_and_has_grown_past_the_noted_head_since_shows_too() {
    let world = World::start();
    let mut kiosk = world.kiosk();
    let noted = grow(&world, 3);
    cut(&world, 1);
    let end = grow(&world, 3);
    let rows = kiosk.rows_with(noted.seq, 20_000, Some(noted));
    assert_eq!((rows.cursor, rows.heads.len()), (end.seq, 2));
    assert_eq!(denied(&world), [noted]);
}

#[test]
fn a_doubt_that_was_looked_into_is_told_no_more() {
    let world = World::start();
    let mut kiosk = world.kiosk();
    let noted = grow(&world, 3);
    cut(&world, 1);
    kiosk.rows_with(0, 0, Some(noted));
    let settled = world.write(|store| store.settle_doubts(clock::now()));
    assert_eq!((settled, doubts(&world)), (1, vec![]));
    kiosk.rows_with(0, 0, Some(noted));
    assert_eq!(doubts(&world), []);
}

#[test]
fn a_kiosk_that_makes_heads_up_fills_no_table() {
    let world = World::start();
    let mut kiosk = world.kiosk();
    for seq in 1_000..1_100 {
        let hash = Digest::of(b"made up");
        kiosk.rows_with(0, 0, Some(Head { seq, hash }));
    }
    assert_eq!(doubts(&world).len(), 64);
}

#[test]
fn r3_a_return_is_taken_from_a_kiosk_whose_heads_the_log_denies() {
    let world = World::start();
    let tablet = world.ready_tablet("WGN-001").id;
    let mut kiosk = world.kiosk();
    let noted = grow(&world, 2);
    cut(&world, 1);
    kiosk.rows_with(0, 0, Some(noted));
    let back = kiosk.fact(KioskAction::came_back(tablet, None, Presence::StickerOnly));
    let taken = kiosk.tell(&back);
    assert!(matches!(taken, CommandAnswer::Accepted { .. }), "{taken:?}");
}

#[test]
fn a_kiosk_that_is_ahead_of_a_log_that_was_set_back_hears_so_at_once() {
    let world = World::start();
    let mut kiosk = world.kiosk();
    let position = world.position();
    let rows = kiosk.rows(position + 7, 20_000);
    assert_eq!((rows.cursor, rows.more), (position, false));
    assert_eq!(rows.tablets, []);
}

#[test]
fn r6_what_a_kiosk_cannot_tell_again_is_noted_and_what_follows_it_is_taken() {
    let world = World::start();
    let tablet = world.ready_tablet("WGN-001").id;
    let mut kiosk = world.kiosk();
    let facts: Vec<_> = (0..4)
        .map(|_| kiosk.fact(KioskAction::ReportBack { tablet }))
        .collect();
    let missing = |expected| {
        let refusal = RefusalBody(Refusal::FactsMissing { expected });
        CommandAnswer::Refused { refusal }
    };
    kiosk.tell(&facts[0]);
    assert_eq!(kiosk.tell(&facts[3]), missing(2));
    let early: CommandAnswer = kiosk.tell_gap(3, 3).read();
    assert_eq!(early, missing(2), "the gap before it is not told");
    for _time in 0..2 {
        let noted: CommandAnswer = kiosk.tell_gap(2, 3).read();
        assert!(matches!(noted, CommandAnswer::Accepted { .. }), "{noted:?}");
    }
    assert_eq!(kiosk.rows(0, 0).facts_taken, 3);
    let taken = kiosk.tell(&facts[3]);
    assert!(matches!(taken, CommandAnswer::Accepted { .. }), "{taken:?}");
    let told = doubts(&world);
    assert!(
        matches!(
            told[..],
            [Doubt::Gap {
                first: 2,
                last: 3,
                ..
            }]
        ),
        "{told:?}"
    );
}

#[test]
fn a_gap_that_makes_no_sense_is_not_understood() {
    let world = World::start();
    let mut kiosk = world.kiosk();
    for (first, last) in [(0, 1), (2, 1), (1, u64::MAX)] {
        let answer = kiosk.tell_gap(first, last).problem();
        assert_eq!(answer, (400, "bad-body".into()), "{first} to {last}");
    }
    assert_eq!(kiosk.rows(0, 0).facts_taken, 0);
}
