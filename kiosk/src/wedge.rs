//! Tells a hand scanner from a person at the keyboard. A scanner types its
//! text as a burst of keys; what comes slower is typing and passes through as
//! it came. A pure machine: keys and the time in, words out.

/// The longest text of one burst, in characters: a tablet's presence code has 147.
pub const MAX_CHARACTERS: usize = 160;
/// The shortest burst, in characters.
pub const LEAST_CHARACTERS: usize = 6;
/// Between two keys of one burst there is no more than this, in milliseconds.
pub const GAP_MS: u64 = 35;
/// A burst without Enter ends after this silence, in milliseconds.
pub const SILENCE_MS: u64 = 50;

/// A key as the window gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A key that writes something.
    Character(char),
    /// Enter, with which most scanners end.
    Enter,
}

/// What keys turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Typed {
    /// A hand scanner's text.
    Scanned(String),
    /// Keys pressed by a person, in their order.
    Keys(Vec<Key>),
    /// More keys in one go than any code has: all of them are dropped.
    TooLong,
}

/// Collects keys that may belong to one burst.
#[derive(Debug, Default)]
pub struct Wedge {
    held: String,
    last_ms: u64,
    /// A burst grew too long; its rest is dropped until it ends.
    flooded: bool,
}

impl Wedge {
    /// A wedge that holds nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one key. What it ends, or what was held before it and does not
    /// belong to it, comes back.
    pub fn handle(&mut self, key: Key, now_ms: u64) -> Option<Typed> {
        let late = now_ms.saturating_sub(self.last_ms) > GAP_MS;
        let before = if late { self.end() } else { None };
        self.last_ms = now_ms;
        match key {
            Key::Enter => joined(before, self.enter()),
            Key::Character(character) => before.or(self.hold(character)),
        }
    }

    /// When [`Wedge::handle_timeout`] has something to do, in the same time as
    /// `now_ms`.
    pub fn poll_timeout(&self) -> Option<u64> {
        let holds = self.flooded || !self.held.is_empty();
        holds.then_some(self.last_ms + SILENCE_MS)
    }

    /// Ends a burst after silence.
    pub fn handle_timeout(&mut self, now_ms: u64) -> Option<Typed> {
        let due = self.poll_timeout().is_some_and(|due| now_ms >= due);
        due.then(|| self.end()).flatten()
    }

    fn hold(&mut self, character: char) -> Option<Typed> {
        if self.flooded {
            return None;
        }
        self.held.push(character);
        if self.held.chars().count() <= MAX_CHARACTERS {
            return None;
        }
        self.held.clear();
        self.flooded = true;
        Some(Typed::TooLong)
    }

    fn enter(&mut self) -> Option<Typed> {
        let flooded = self.flooded;
        match self.end() {
            Some(Typed::Keys(mut keys)) => {
                keys.push(Key::Enter);
                Some(Typed::Keys(keys))
            }
            None if !flooded => Some(Typed::Keys(vec![Key::Enter])),
            ended => ended,
        }
    }

    /// What the held keys were.
    fn end(&mut self) -> Option<Typed> {
        let held = std::mem::take(&mut self.held);
        self.flooded = false;
        match held.chars().count() {
            0 => None,
            1..LEAST_CHARACTERS => Some(Typed::Keys(held.chars().map(Key::Character).collect())),
            _ => Some(Typed::Scanned(held)),
        }
    }
}

/// Keys from before a late Enter and the Enter itself. A scanned text keeps its
/// place: the Enter after it, late as it is, is the scanner's own.
fn joined(before: Option<Typed>, enter: Option<Typed>) -> Option<Typed> {
    match (before, enter) {
        (Some(Typed::Keys(mut keys)), Some(Typed::Keys(more))) => {
            keys.extend(more);
            Some(Typed::Keys(keys))
        }
        (before, enter) => before.or(enter),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Feeds keys `gap_ms` apart, with timeouts as they fall due.
    fn typed(keys: &[Key], gap_ms: u64) -> Vec<Typed> {
        let mut wedge = Wedge::new();
        let mut told = Vec::new();
        let mut now_ms = 1_000;
        for &key in keys {
            now_ms += gap_ms;
            if let Some(due) = wedge.poll_timeout().filter(|due| *due <= now_ms) {
                told.extend(wedge.handle_timeout(due));
            }
            told.extend(wedge.handle(key, now_ms));
        }
        told.extend(wedge.handle_timeout(now_ms + SILENCE_MS));
        told
    }

    fn keys(text: &str) -> Vec<Key> {
        let key = |character| match character {
            '\n' => Key::Enter,
            character => Key::Character(character),
        };
        text.chars().map(key).collect()
    }

    fn scanned(text: &str) -> Typed {
        Typed::Scanned(text.to_owned())
    }

    #[test]
    fn a_burst_ended_by_enter_is_a_scan() {
        assert_eq!(typed(&keys("WGN-042/A\n"), 8), [scanned("WGN-042/A")]);
    }

    #[test]
    fn a_burst_ended_by_silence_is_a_scan() {
        assert_eq!(typed(&keys("WGN-042/A"), 35), [scanned("WGN-042/A")]);
    }

    #[test]
    fn two_bursts_are_two_scans() {
        let told = typed(&keys("FIRST-1\nSECOND-2\n"), 5);
        assert_eq!(told, [scanned("FIRST-1"), scanned("SECOND-2")]);
    }

    #[test]
    fn slow_typing_passes_through_as_typed() {
        for gap_ms in [36, 49, 50, 51, 180] {
            let told = typed(&keys("WGN042\n"), gap_ms);
            let passed: Vec<Key> = told
                .into_iter()
                .flat_map(|typed| match typed {
                    Typed::Keys(keys) => keys,
                    other @ (Typed::Scanned(_) | Typed::TooLong) => panic!("{other:?}"),
                })
                .collect();
            assert_eq!(passed, keys("WGN042\n"), "{gap_ms} ms apart");
        }
    }

    #[test]
    fn five_quick_keys_are_still_a_person() {
        assert_eq!(typed(&keys("12345\n"), 10), [Typed::Keys(keys("12345\n"))]);
    }

    #[test]
    fn enter_alone_passes_through() {
        assert_eq!(typed(&[Key::Enter], 10), [Typed::Keys(vec![Key::Enter])]);
    }

    #[test]
    fn a_storm_of_keys_is_refused_once_and_held_no_longer() {
        let storm = "X".repeat(10_000) + "\n";
        assert_eq!(typed(&keys(&storm), 1), [Typed::TooLong]);
        let longest = "X".repeat(MAX_CHARACTERS);
        assert_eq!(typed(&keys(&longest), 1), [scanned(&longest)]);
    }

    #[test]
    fn the_longest_code_of_ours_is_one_burst() {
        use shared::{
            ids::TabletId, keys::SecretKey, signed::presence::PresenceCode, time::Moment,
        };
        let (tablet, key) = (
            TabletId::from_bytes([7; 16]),
            SecretKey::from_seed(&[3; 32]),
        );
        let shown = PresenceCode::sign(tablet, Moment::from_ms(0), &key).to_string();
        assert_eq!(typed(&keys(&format!("{shown}\n")), 5), [scanned(&shown)]);
    }

    #[test]
    fn after_a_storm_the_next_scan_is_read() {
        let storm = "X".repeat(500) + "\nWGN-042/A\n";
        let told = typed(&keys(&storm), 1);
        assert_eq!(told, [Typed::TooLong, scanned("WGN-042/A")]);
    }

    proptest! {
        #[test]
        fn no_key_is_lost_doubled_or_moved(text in "[a-c\n]{0,60}", gaps in prop::collection::vec(1..90u64, 60)) {
            let mut wedge = Wedge::new();
            let mut told = String::new();
            let mut now_ms = 0;
            let mut tell = |typed: Option<Typed>| match typed {
                Some(Typed::Scanned(text)) => told.push_str(&text),
                Some(Typed::Keys(keys)) => told.extend(keys.iter().filter_map(|key| match key {
                    Key::Character(character) => Some(*character),
                    Key::Enter => None,
                })),
                Some(Typed::TooLong) | None => {}
            };
            for (key, gap_ms) in keys(&text).into_iter().zip(gaps) {
                now_ms += gap_ms;
                tell(wedge.handle(key, now_ms));
            }
            tell(wedge.handle_timeout(now_ms + SILENCE_MS));
            prop_assert_eq!(told, text.replace('\n', ""));
        }
    }
}
