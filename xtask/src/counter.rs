//! A person at the demo's counter: shows badges, cards and tablets to the kiosk
//! and presses its buttons, through its test door. What the camera sees are real
//! frames of a made clip.

use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::world::World;

/// How long a screen may take to come.
const SCREEN_WITHIN: Duration = Duration::from_secs(30);

/// A person at the counter.
pub struct Counter<'a> {
    world: &'a mut World,
}

impl<'a> Counter<'a> {
    /// Steps up to the counter.
    pub const fn new(world: &'a mut World) -> Self {
        Self { world }
    }

    /// Shows something to the hand scanner.
    pub fn scan(&mut self, text: &str) -> Result<()> {
        self.say(&json!({ "text": text }))
    }

    /// Presses a button, by the name of its touch.
    pub fn press(&mut self, touch: &str) -> Result<()> {
        self.say(&json!({ "touch": touch }))
    }

    /// Waits for a screen of this kind.
    pub fn until(&mut self, kind: &str) -> Result<Value> {
        let find = |line: &str| screen_of(line).and_then(|screen| body(&screen, kind));
        let found = self.world.children.wait_for("kiosk", SCREEN_WITHIN, find);
        found.with_context(|| format!("waiting for the screen “{kind}”"))
    }

    /// Opens a staffed session: badge, then the staff's own screen.
    pub fn badge(&mut self) -> Result<()> {
        let badge = self.world.badge()?;
        self.scan(&badge)?;
        self.until("staff-home").map(drop)
    }

    /// Check out, up to the screen on which everything is checked once more.
    pub fn find_borrower_and_tablet(&mut self, card: &str) -> Result<Value> {
        self.press("staff-check-out")?;
        self.until("find-borrower")?;
        self.scan(card)?;
        self.until("hand-over")
    }

    /// Presses "Hand over" and waits until it is done, not only sent.
    pub fn hand_over(&mut self) -> Result<()> {
        self.press("hand-over")?;
        self.until("done")?;
        self.press("finish")?;
        self.until("staff-home").map(drop)
    }

    /// Return, up to the question whether all is there.
    pub fn scan_return(&mut self) -> Result<Value> {
        self.press("staff-return")?;
        self.until("confirm-return")
    }

    /// "All here": the operator has it in hand.
    pub fn all_here(&mut self) -> Result<()> {
        self.press("all-here")?;
        self.until("done")?;
        self.press("finish")?;
        self.until("staff-home").map(drop)
    }

    fn say(&mut self, line: &Value) -> Result<()> {
        self.world.children.tell("kiosk", &line.to_string())
    }
}

fn screen_of(line: &str) -> Option<Value> {
    serde_json::from_str::<Value>(line)
        .ok()?
        .get("screen")
        .cloned()
}

/// The body of a screen, if it is of this kind.
fn body(screen: &Value, kind: &str) -> Option<Value> {
    screen.get("body")?.get(kind).cloned()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use super::*;

    #[test]
    fn a_screen_is_told_by_its_kind_and_other_lines_are_passed_over() {
        let line = r#"{"screen":{"header":{},"body":{"done":{"headline":"x"}}}}"#;
        let screen = screen_of(line).unwrap();
        assert_eq!(body(&screen, "done").unwrap()["headline"], "x");
        assert_eq!(body(&screen, "first"), None);
        assert_eq!(screen_of("kiosk ready"), None);
    }
}
