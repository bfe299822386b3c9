//! The audit in stretches finds exactly what one plain pass over the log finds.

use proptest::{prelude::*, test_runner::Config};
use rusqlite::{Connection, params};
use shared::{digest::Digest, head::Head};

use super::world::{World, council};
use crate::store::{AuditError, Reader};

/// One pass, an entry after the other, as one would do it by hand.
fn plain(log: &[(i64, Vec<u8>, Vec<u8>)], noted: &[Head]) -> Result<Head, String> {
    let mut head = Head::NONE;
    for (place, bytes, stored) in log {
        let (expected, found) = (head.seq + 1, u64::try_from(*place).unwrap());
        if found != expected {
            return Err(AuditError::Gap { expected, found }.to_string());
        }
        let hash = Digest::of_parts(&[head.hash.as_bytes(), bytes]);
        if stored != hash.as_bytes() {
            return Err(AuditError::Altered { seq: found }.to_string());
        }
        head = Head { seq: found, hash };
        if noted.iter().any(|it| it.seq == found && it.hash != hash) {
            return Err(AuditError::OtherHead { seq: found }.to_string());
        }
    }
    match noted.iter().map(|it| it.seq).max() {
        Some(noted) if noted > head.seq => {
            let entries = head.seq;
            Err(AuditError::Cut { entries, noted }.to_string())
        }
        Some(_) | None => Ok(head),
    }
}

/// What somebody does to the log behind the server's back.
#[derive(Clone, Debug)]
enum Damage {
    FlipBytes(usize, usize),
    FlipLink(usize, usize),
    ShortenLink(usize),
    Drop(usize),
    CutAfter(usize),
    /// Two entries change places with all they have.
    Swap(usize, usize),
    /// Two entries change places, each link stays where it was.
    SwapBytes(usize, usize),
    /// Another fact, with the link that it would have had.
    Forge(usize),
    /// Another fact, and every link after it made anew.
    ForgeAll(usize),
    /// An entry before the first place.
    Zeroth,
}

fn damage() -> impl Strategy<Value = Damage> {
    let at = || any::<usize>();
    prop_oneof![
        (at(), at()).prop_map(|(seq, byte)| Damage::FlipBytes(seq, byte)),
        (at(), at()).prop_map(|(seq, byte)| Damage::FlipLink(seq, byte)),
        at().prop_map(Damage::ShortenLink),
        at().prop_map(Damage::Drop),
        at().prop_map(Damage::CutAfter),
        (at(), at()).prop_map(|(one, two)| Damage::Swap(one, two)),
        (at(), at()).prop_map(|(one, two)| Damage::SwapBytes(one, two)),
        at().prop_map(Damage::Forge),
        at().prop_map(Damage::ForgeAll),
        Just(Damage::Zeroth),
    ]
}

type Log = Vec<(i64, Vec<u8>, Vec<u8>)>;

impl Damage {
    fn befall(&self, log: &mut Log) {
        if log.is_empty() {
            return;
        }
        let all = log.len();
        match *self {
            Self::FlipBytes(seq, byte) => flip(&mut log[seq % all].1, byte),
            Self::FlipLink(seq, byte) => flip(&mut log[seq % all].2, byte),
            Self::ShortenLink(seq) => drop(log[seq % all].2.pop()),
            Self::Drop(seq) => drop(log.remove(seq % all)),
            Self::CutAfter(seq) => log.truncate(seq % all),
            Self::Swap(one, two) => {
                log.swap(one % all, two % all);
                let place = log[one % all].0;
                log[one % all].0 = log[two % all].0;
                log[two % all].0 = place;
            }
            Self::SwapBytes(one, two) => {
                let bytes = log[one % all].1.clone();
                log[one % all].1 = std::mem::replace(&mut log[two % all].1, bytes);
            }
            Self::Forge(seq) => forge(log, seq % all, seq % all + 1),
            Self::ForgeAll(seq) => forge(log, seq % all, all),
            Self::Zeroth if log[0].0 == 0 => {}
            Self::Zeroth => log.insert(0, (0, b"nothing".to_vec(), vec![0; 32])),
        }
    }
}

fn flip(bytes: &mut [u8], at: usize) {
    let all = bytes.len().max(1);
    if let Some(byte) = bytes.get_mut(at % all) {
        *byte ^= 1;
    }
}

fn forge(log: &mut Log, seq: usize, until: usize) {
    log[seq].1 = b"another fact".to_vec();
    for at in seq..until {
        let before = at
            .checked_sub(1)
            .map_or(vec![0; 32], |it| log[it].2.clone());
        log[at].2 = Digest::of_parts(&[&before, &log[at].1]).as_bytes().to_vec();
    }
}

/// A log of some forty entries.
fn world() -> World {
    let mut world = council();
    for number in 1..=11 {
        world.ready(number);
    }
    world
}

fn read(connection: &Connection) -> Log {
    let mut rows = connection
        .prepare("SELECT seq, bytes, hash FROM log ORDER BY seq")
        .unwrap();
    let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    rows.unwrap().map(Result::unwrap).collect()
}

fn write(connection: &Connection, log: &Log) {
    let all = connection.unchecked_transaction().unwrap();
    all.execute("DELETE FROM log", []).unwrap();
    for (place, bytes, link) in log {
        all.execute(
            "INSERT INTO log (seq, bytes, hash) VALUES (?1, ?2, ?3)",
            params![place, bytes, link],
        )
        .unwrap();
    }
    all.commit().unwrap();
}

/// A head that was noted while the log was sound, or one that never was.
fn noted(sound: &Log, seq: usize, is_ours: bool) -> Head {
    let seq = seq % (sound.len() + 3) + 1;
    let hash = match sound.get(seq - 1) {
        Some((_, _, link)) if is_ours => Digest::from_bytes(link[..].try_into().unwrap()),
        Some(_) | None => Digest::of(b"never"),
    };
    let seq = u64::try_from(seq).unwrap();
    Head { seq, hash }
}

fn in_stretches(read: &Reader, stretches: u64, noted: &[Head]) -> Result<Head, String> {
    let found = read.audit_in(stretches, noted, &|_| {});
    found.map(|audit| audit.head).map_err(|it| it.to_string())
}

#[test]
fn in_any_number_of_stretches_an_audit_finds_what_one_plain_pass_finds() {
    let world = world();
    let behind = world.behind_its_back();
    let sound = read(&behind);
    let cases = (
        prop::collection::vec(damage(), 0..3),
        prop::collection::vec((any::<usize>(), any::<bool>()), 0..3),
        1..8_u64,
    );
    let mut runner = proptest::test_runner::TestRunner::new(Config {
        cases: 400,
        failure_persistence: None,
        ..Config::default()
    });
    runner
        .run(&cases, |(damages, heads, stretches)| {
            let mut log = sound.clone();
            for damage in &damages {
                damage.befall(&mut log);
            }
            let noted: Vec<Head> = heads
                .into_iter()
                .map(|(seq, is_ours)| noted(&sound, seq, is_ours))
                .collect();
            write(&behind, &log);
            let found = in_stretches(world.store.read(), stretches, &noted);
            prop_assert_eq!(found, plain(&log, &noted));
            Ok(())
        })
        .unwrap();
}

#[test]
fn a_stretch_that_starts_on_a_link_that_was_altered_is_no_excuse_for_it() {
    let world = world();
    let behind = world.behind_its_back();
    let sound = read(&behind);
    let middle = sound.len() / 2;
    for (damage, finding) in [
        (Damage::FlipLink(middle - 1, 3), "was altered"),
        (Damage::ShortenLink(middle - 1), "was altered"),
        (Damage::Drop(middle - 1), "is missing"),
    ] {
        let mut log = sound.clone();
        damage.befall(&mut log);
        write(&behind, &log);
        let found = in_stretches(world.store.read(), 2, &[]).unwrap_err();
        let place = format!("entry {middle} ");
        assert!(found.contains(&place) && found.contains(finding), "{found}");
    }
}

#[test]
fn what_is_appended_while_an_audit_reads_is_left_for_the_next() {
    let mut world = world();
    let before = world.store.read().head().unwrap();
    let reader = Reader::open(&world.database(), super::world::settings()).unwrap();
    let audit = reader
        .at_once(|read| {
            read.head()?;
            world.ready(12);
            Ok(read.audit_in(3, &[], &|_| {}))
        })
        .unwrap();
    assert_eq!(audit.unwrap().head, before);
    assert_ne!(world.store.read().head().unwrap(), before);
}
