//! What happened in a world, line by line: shown where a seed fails, and compared
//! where a seed is run twice.

use std::fmt;

use shared::digest::Digest;

use super::node::Node;

/// How much of a story is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Telling {
    /// Nothing: the fastest.
    Silent,
    /// Every line.
    Whole,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When, since the world began.
    pub at_ms: u64,
    /// Where.
    pub node: Node,
    /// What.
    pub what: String,
}

/// What happened, in order.
#[derive(Clone, Debug)]
pub struct Story {
    telling: Telling,
    lines: Vec<Line>,
}

impl Story {
    /// A story in which nothing has happened yet.
    pub const fn new(telling: Telling) -> Self {
        let lines = Vec::new();
        Self { telling, lines }
    }

    /// Tells a line; it is not even worded where nobody listens.
    pub fn say(&mut self, at_ms: u64, node: Node, what: impl FnOnce() -> String) {
        match self.telling {
            Telling::Silent => {}
            Telling::Whole => {
                let what = what();
                self.lines.push(Line { at_ms, node, what });
            }
        }
    }

    /// Every line that was kept.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// What two runs of one seed must have in common: every line, to the last
    /// digit of every id.
    pub fn digest(&self) -> Digest {
        let line = |it: &Line| format!("{} {} {}\n", it.at_ms, it.node, it.what);
        let whole: String = self.lines.iter().map(line).collect();
        Digest::of(whole.as_bytes())
    }

    /// The story as a person reads it: of a very long one the beginning and the end.
    pub fn told(&self) -> String {
        let told: Vec<String> = self.lines.iter().map(ToString::to_string).collect();
        if told.len() <= BEGINNING + END {
            return told.join("\n");
        }
        let left_out = told.len() - BEGINNING - END;
        let left_out = format!("  … {left_out} lines …");
        let (beginning, end) = (&told[..BEGINNING], &told[told.len() - END..]);
        [beginning, &[left_out], end].concat().join("\n")
    }
}

/// Lines at the beginning of a long story.
const BEGINNING: usize = 120;
/// Lines at its end.
const END: usize = 60;

impl fmt::Display for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at_ms, node, what } = self;
        let (clock, node) = (Clock(*at_ms).to_string(), node.to_string());
        write!(f, "{clock:>16}  {node:<9}  {}", shortened(what))
    }
}

/// The same with ids cut to as much as tells them apart.
fn shortened(what: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let mut short = String::with_capacity(what.len());
    for part in what.split_inclusive(|c| !is_word(c)) {
        let word = part.trim_end_matches(|c| !is_word(c));
        let after = &part[word.len()..];
        short += word.get(..ID_CHARS).filter(|_| is_id(word)).unwrap_or(word);
        short += after;
    }
    short
}

/// Characters of an id that are told.
const ID_CHARS: usize = 9;

/// Two letters, a hyphen and 32 hex digits.
fn is_id(word: &str) -> bool {
    let digits = word.get(3..).unwrap_or_default();
    word.len() == 35 && word.as_bytes()[2] == b'-' && digits.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Milliseconds as days, hours, minutes and seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock(pub u64);

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, ms) = (self.0 / 1_000, self.0 % 1_000);
        let (days, hours) = (seconds / 86_400, seconds / 3_600 % 24);
        let (minutes, seconds) = (seconds / 60 % 60, seconds % 60);
        if days > 0 {
            write!(f, "{days}d ")?;
        }
        write!(f, "{hours:02}:{minutes:02}:{seconds:02}.{ms:03}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_reads_as_time_place_and_what() {
        let mut story = Story::new(Telling::Whole);
        let loan = shared::ids::LoanId::from_bytes([0xab; 16]);
        story.say(90_061_007, Node::Kiosk(1), || format!("lends {loan}, now"));
        let line = " 1d 01:01:01.007  kiosk 2    lends lo-ababab, now\n";
        assert_eq!(story.to_string(), line);
    }

    #[test]
    fn a_silent_story_words_nothing() {
        let mut story = Story::new(Telling::Silent);
        story.say(0, Node::Server, || unreachable!("nobody listens"));
        assert!(story.lines().is_empty());
    }
}
