//! A record kept in two slots, each with a counter and a digest. The one that is
//! not the newest is written; a damaged newest falls back to the other; two
//! damaged ones are refused, for a program that starts empty forgets what it did.
//! Both slots are as long as a record may grow, and are written over in place: a full
//! disk keeps nothing from being saved, and a write that is cut damages the older one.

use std::io;

use planted::planted;
use shared::digest::Digest;

use super::{Disk, RESERVE_BYTES, padded, replace, room};

/// A record in two slots, `NAME.a` and `NAME.b`.
#[derive(Debug)]
pub struct Slots<D> {
    disk: D,
    name: &'static str,
    counter: u64,
    newest: Side,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    A,
    B,
}

/// What the slots held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// The newest whole record.
    pub body: Vec<u8>,
    /// The other slot was damaged or lost, so this may not be the last one written.
    pub fell_back: bool,
}

/// Why a record cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum SlotsError {
    /// The disk says no.
    #[error("the {0} cannot be read or written")]
    Disk(&'static str, #[source] io::Error),
    /// No slot is whole.
    #[error(
        "no copy of the {0} is whole. The agent does not start empty, for it would forget what it \
         did. Move its folders aside for whoever looks into it, and enrol the tablet again"
    )]
    Damaged(&'static str),
}

enum Slot {
    Absent,
    Damaged,
    Whole { counter: u64, body: Vec<u8> },
}

impl<D: Disk> Slots<D> {
    /// Reads both slots. `None` where nothing was ever saved.
    pub fn open(disk: D, name: &'static str) -> Result<(Self, Option<Loaded>), SlotsError> {
        let read = |side| read_slot(&disk, name, side).map_err(|e| SlotsError::Disk(name, e));
        let (a, b) = (read(Side::A)?, read(Side::B)?);
        let damaged = matches!(a, Slot::Damaged) || matches!(b, Slot::Damaged);
        let absent = matches!(a, Slot::Absent) || matches!(b, Slot::Absent);
        let newest = match (a, b) {
            (Slot::Absent, Slot::Absent) => None,
            (Slot::Whole { counter: a, body }, Slot::Whole { counter: b, .. }) if a > b => {
                Some((a, Side::A, body))
            }
            (_, Slot::Whole { counter, body }) => Some((counter, Side::B, body)),
            (Slot::Whole { counter, body }, Slot::Absent | Slot::Damaged) => {
                Some((counter, Side::A, body))
            }
            (Slot::Damaged, _) | (_, Slot::Damaged) => return Err(SlotsError::Damaged(name)),
        };
        let (counter, newest, body) = match newest {
            Some((counter, side, body)) => (counter, side, Some(body)),
            None => (0, Side::B, None),
        };
        // Only the very first record stands alone, and only until it is saved twice.
        let fell_back = damaged || (absent && counter > 1);
        let slots = Self {
            disk,
            name,
            counter,
            newest,
        };
        Ok((slots, body.map(|body| Loaded { body, fell_back })))
    }

    /// Saves a record: durable when this returns.
    pub fn save(&mut self, body: &[u8]) -> Result<(), SlotsError> {
        let side = match self.newest {
            Side::A => Side::B,
            Side::B => Side::A,
        };
        let counter = self.counter + 1;
        self.write(side, counter, body)
            .map_err(|error| SlotsError::Disk(self.name, error))?;
        let is_first = self.counter == 0;
        (self.counter, self.newest) = (counter, side);
        // From the first record on, both slots have their room.
        if is_first { self.save(body) } else { Ok(()) }
    }

    fn write(&mut self, side: Side, counter: u64, body: &[u8]) -> io::Result<()> {
        let name = file(self.name, side);
        let bytes = [head(counter, body).as_bytes(), body].concat();
        if room(&self.disk, &name)? < bytes.len() {
            return replace(&mut self.disk, &name, &padded(&bytes, RESERVE_BYTES));
        }
        self.disk.write_over(&name, &bytes)?;
        if planted!(JournalUnsynced) {
            return Ok(());
        }
        self.disk.sync(&name)
    }
}

fn head(counter: u64, body: &[u8]) -> String {
    let digest = Digest::of_parts(&[&counter.to_le_bytes(), body]);
    format!("{counter} {digest} {}\n", body.len())
}

/// As the first release wrote it: the record went on to the end of its file.
fn head_to_the_end(counter: u64, body: &[u8]) -> String {
    let digest = Digest::of_parts(&[&counter.to_le_bytes(), body]);
    format!("{counter} {digest}\n")
}

fn file(name: &str, side: Side) -> String {
    match side {
        Side::A => format!("{name}.a"),
        Side::B => format!("{name}.b"),
    }
}

fn read_slot(disk: &impl Disk, name: &str, side: Side) -> io::Result<Slot> {
    let Some(bytes) = disk.read(&file(name, side))? else {
        return Ok(Slot::Absent);
    };
    Ok(parse(&bytes).unwrap_or(Slot::Damaged))
}

fn parse(bytes: &[u8]) -> Option<Slot> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let (first, behind) = bytes.split_at(end + 1);
    let mut words = str::from_utf8(first).ok()?.trim_end().split(' ');
    let counter = words.next()?.parse().ok()?;
    let length = words.nth(1).map(str::parse).transpose().ok()?;
    let body = behind.get(..length.unwrap_or(behind.len()))?;
    let expected = match length {
        Some(_) => head(counter, body),
        None => head_to_the_end(counter, body),
    };
    (expected.as_bytes() == first).then(|| Slot::Whole {
        counter,
        body: body.to_vec(),
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use super::*;
    use crate::disk::torn::Torn;

    fn load(disk: &Torn) -> Option<Loaded> {
        Slots::open(disk.clone(), "state").unwrap().1
    }

    fn saved(bodies: &[&str]) -> Torn {
        let disk = Torn::default();
        let (mut slots, _) = Slots::open(disk.clone(), "state").unwrap();
        for body in bodies {
            slots.save(body.as_bytes()).unwrap();
        }
        disk
    }

    #[test]
    fn the_last_record_saved_is_the_one_read() {
        assert_eq!(load(&saved(&[])), None);
        for count in 1..5 {
            let bodies = &["one", "two", "three", "four"][..count];
            let body = bodies[count - 1].as_bytes().to_vec();
            let fell_back = false;
            assert_eq!(load(&saved(bodies)), Some(Loaded { body, fell_back }));
        }
    }

    #[test]
    fn a_damaged_newest_slot_falls_back_to_the_other_and_says_so() {
        let mut disk = saved(&["one", "two"]);
        let mut bytes = disk.read("state.a").unwrap().unwrap();
        let at = bytes.iter().position(|byte| *byte == b'\n').unwrap();
        bytes[at + 1] ^= 1;
        disk.write("state.a", &bytes).unwrap();
        let body = b"one".to_vec();
        assert_eq!(
            load(&disk),
            Some(Loaded {
                body,
                fell_back: true
            })
        );
    }

    #[test]
    fn two_damaged_slots_are_refused_and_never_taken_for_empty() {
        let mut disk = saved(&["one", "two"]);
        disk.write("state.a", b"").unwrap();
        disk.write("state.b", b"1 x\n").unwrap();
        let opened = Slots::open(disk.clone(), "state");
        assert!(matches!(opened, Err(SlotsError::Damaged("state"))));
        disk.remove("state.a").unwrap();
        let opened = Slots::open(disk, "state");
        assert!(matches!(opened, Err(SlotsError::Damaged("state"))));
    }

    #[test]
    fn after_a_power_cut_at_any_moment_the_record_is_the_last_saved_or_the_next() {
        let disk = saved(&["one", "two"]);
        disk.settle();
        let (mut slots, _) = Slots::open(disk.clone(), "state").unwrap();
        slots.save(b"three").unwrap();
        let images = disk.crash_images();
        assert!(images.len() > 4, "{} images", images.len());
        for image in &images {
            let body = load(image).unwrap().body;
            assert!(body == b"two" || body == b"three", "{body:?}");
        }
        let last = disk.images_at(disk.ops());
        assert!(
            last.iter()
                .all(|image| load(image).unwrap().body == b"three")
        );
    }

    #[test]
    fn on_a_full_disk_every_record_is_saved() {
        let disk = saved(&["one"]);
        disk.fill();
        let (mut slots, _) = Slots::open(disk.clone(), "state").unwrap();
        for body in ["two", "three", "", "a longer one than before"] {
            slots.save(body.as_bytes()).unwrap();
            assert_eq!(load(&disk).unwrap().body, body.as_bytes());
        }
        let long = vec![b'x'; RESERVE_BYTES];
        assert!(matches!(slots.save(&long), Err(SlotsError::Disk(..))));
        let body = b"a longer one than before".to_vec();
        let fell_back = false;
        assert_eq!(load(&disk), Some(Loaded { body, fell_back }));
    }

    #[test]
    fn a_record_of_the_first_release_is_read_and_gets_its_room_when_it_is_saved() {
        let mut disk = Torn::default();
        let digest = Digest::of_parts(&[&5_u64.to_le_bytes(), b"old"]);
        let slot = format!("5 {digest}\nold");
        disk.write("state.a", slot.as_bytes()).unwrap();
        disk.write("state.b", b"4 damaged").unwrap();
        assert_eq!(load(&disk).unwrap().body, b"old");
        let (mut slots, _) = Slots::open(disk.clone(), "state").unwrap();
        slots.save(b"new").unwrap();
        slots.save(b"newer").unwrap();
        assert_eq!(load(&disk).unwrap().body, b"newer");
        for slot in ["state.a", "state.b"] {
            assert_eq!(room(&disk, slot).unwrap(), RESERVE_BYTES);
        }
    }
}
