//! Tells a new scan from a code that simply stays in view, or comes back at
//! once. It remembers a digest alone: a badge is not to lie about in memory.

use shared::digest::Digest;

/// A code that was out of view for less than this is not a new scan, in
/// milliseconds.
pub(super) const SAME_MS: u64 = 3_000;

/// The last code that was seen.
#[derive(Default)]
pub(super) struct Sighting {
    code: Option<Digest>,
    /// When it was last seen.
    last_ms: u64,
    /// The camera sees it.
    in_view: bool,
    /// When several codes were last in view together.
    crowd_ms: Option<u64>,
}

impl Sighting {
    /// The camera sees this text. Whether that is a new scan.
    pub(super) fn see(&mut self, text: &str, now_ms: u64) -> bool {
        let new = self.hear(text, now_ms);
        self.in_view = true;
        new
    }

    /// A hand scanner sent this text. Whether that is a new scan.
    pub(super) fn hear(&mut self, text: &str, now_ms: u64) -> bool {
        let code = Digest::of(text.as_bytes());
        let recent = self.in_view || now_ms.saturating_sub(self.last_ms) < SAME_MS;
        let new = self.code != Some(code) || !recent;
        self.code = Some(code);
        self.last_ms = now_ms;
        self.in_view = false;
        new
    }

    /// The camera sees this text, but nobody asked for it: it stays what it was,
    /// and another one will be new.
    pub(super) fn pass(&mut self, text: &str, now_ms: u64) {
        if self.code == Some(Digest::of(text.as_bytes())) {
            self.see(text, now_ms);
        } else {
            self.lose(now_ms);
        }
    }

    /// The camera sees several codes. Whether that is new: two tablets that
    /// stay on the shelf are said once.
    pub(super) fn crowd(&mut self, now_ms: u64) -> bool {
        self.lose(now_ms);
        let last = self.crowd_ms.replace(now_ms);
        last.is_none_or(|last| now_ms.saturating_sub(last) >= SAME_MS)
    }

    /// The camera sees it no more.
    pub(super) fn lose(&mut self, now_ms: u64) {
        if self.in_view {
            self.in_view = false;
            self.last_ms = now_ms;
        }
    }

    /// A person asked for a scan: what lies there is meant.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }
}
