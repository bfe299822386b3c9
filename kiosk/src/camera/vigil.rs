//! Decides when a camera is lost, when it is found again and when it is opened
//! anew: a pure machine, fed with frames, faults and the time.

/// Without a frame for this long a camera is lost, in milliseconds.
pub(super) const LOST_AFTER_MS: u64 = 2_000;
/// After a fault a camera is opened again this often, in milliseconds.
pub(super) const REOPEN_AFTER_MS: u64 = 2_000;

/// What people should be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Lost,
    Found,
}

/// Watches over one camera from the moment it is first opened.
#[derive(Debug)]
pub(super) struct Vigil {
    last_frame_ms: u64,
    lost: bool,
    /// When to open again; `None` while it is open.
    reopen_ms: Option<u64>,
}

impl Vigil {
    /// Not yet open; a camera gets [`LOST_AFTER_MS`] for its first frame.
    pub fn new(now_ms: u64) -> Self {
        Self {
            last_frame_ms: now_ms,
            lost: false,
            reopen_ms: Some(now_ms),
        }
    }

    /// A frame came.
    pub fn handle_frame(&mut self, now_ms: u64) -> Option<Change> {
        self.last_frame_ms = now_ms;
        std::mem::take(&mut self.lost).then_some(Change::Found)
    }

    /// The camera broke, or could not be opened: it is lost at once.
    pub fn handle_fault(&mut self, now_ms: u64) -> Option<Change> {
        self.reopen_ms = Some(now_ms + REOPEN_AFTER_MS);
        self.lose()
    }

    /// The camera was opened.
    pub fn handle_opened(&mut self) {
        self.reopen_ms = None;
    }

    /// Time went by.
    pub fn handle_timeout(&mut self, now_ms: u64) -> Option<Change> {
        let silent = now_ms.saturating_sub(self.last_frame_ms) >= LOST_AFTER_MS;
        silent.then(|| self.lose()).flatten()
    }

    /// When the camera should be opened; `None` while it is open.
    pub fn reopen_ms(&self) -> Option<u64> {
        self.reopen_ms
    }

    fn lose(&mut self) -> Option<Change> {
        let before = std::mem::replace(&mut self.lost, true);
        (!before).then_some(Change::Lost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open_at(now_ms: u64) -> Vigil {
        let mut vigil = Vigil::new(now_ms);
        vigil.handle_opened();
        vigil
    }

    #[test]
    fn a_camera_is_lost_after_two_seconds_without_a_frame() {
        let mut vigil = open_at(0);
        assert_eq!(vigil.handle_frame(500), None);
        assert_eq!(vigil.handle_timeout(2_499), None);
        assert_eq!(vigil.handle_timeout(2_500), Some(Change::Lost));
    }

    #[test]
    fn a_camera_that_never_gives_a_frame_is_lost_too() {
        let mut vigil = open_at(100);
        assert_eq!(vigil.handle_timeout(2_099), None);
        assert_eq!(vigil.handle_timeout(2_100), Some(Change::Lost));
    }

    #[test]
    fn it_is_lost_once_and_found_with_the_next_frame() {
        let mut vigil = open_at(0);
        assert_eq!(vigil.handle_timeout(2_000), Some(Change::Lost));
        assert_eq!(vigil.handle_timeout(9_000), None);
        assert_eq!(vigil.handle_fault(9_500), None);
        assert_eq!(vigil.handle_frame(9_600), Some(Change::Found));
        assert_eq!(vigil.handle_frame(9_700), None);
    }

    #[test]
    fn after_a_fault_it_is_opened_again_every_two_seconds() {
        let mut vigil = Vigil::new(7);
        assert_eq!(vigil.reopen_ms(), Some(7));
        assert_eq!(vigil.handle_fault(10), Some(Change::Lost));
        assert_eq!(vigil.reopen_ms(), Some(2_010));
        assert_eq!(vigil.handle_fault(2_011), None);
        assert_eq!(vigil.reopen_ms(), Some(4_011));
        vigil.handle_opened();
        assert_eq!(vigil.reopen_ms(), None);
    }

    #[test]
    fn being_opened_is_not_yet_being_found() {
        let mut vigil = open_at(0);
        vigil.handle_fault(50);
        vigil.handle_opened();
        assert_eq!(vigil.handle_timeout(60), None);
        assert_eq!(vigil.handle_frame(70), Some(Change::Found));
    }
}
