//! The kiosk's only clock. It counts milliseconds since the start, which no
//! change of the wall clock moves, and tells the server's time as it last heard
//! it. Until it has heard the server, the wall clock is the best it has.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use shared::time::Moment;

/// Counts from its making.
#[derive(Clone, Debug)]
pub struct Clock {
    began: Instant,
    reckoning: Reckoning,
}

impl Clock {
    /// A clock that begins to count.
    pub fn start() -> Self {
        Self {
            began: Instant::now(),
            reckoning: Reckoning::from_wall(wall()),
        }
    }

    /// The start, the zero of [`Clock::now_ms`].
    pub const fn began(&self) -> Instant {
        self.began
    }

    /// Milliseconds since the start.
    pub fn now_ms(&self) -> u64 {
        ms(self.began.elapsed())
    }

    /// The server's time, as far as the kiosk knows it.
    pub fn time(&self) -> Moment {
        self.reckoning.time(self.now_ms())
    }

    /// Whether the server's time was heard since the start.
    pub const fn is_sure(&self) -> bool {
        self.reckoning.sure
    }

    /// Takes the server's time, heard `at_ms` after the start.
    pub fn hear(&mut self, server: Moment, at_ms: u64) {
        self.reckoning.hear(server, at_ms);
    }
}

/// The server's time, reckoned from when it was last heard.
#[derive(Clone, Copy, Debug)]
pub struct Reckoning {
    /// The server's time at the start, reckoned back.
    began_at: Moment,
    sure: bool,
}

impl Reckoning {
    /// Begins with what the wall clock shows.
    pub const fn from_wall(began_at: Moment) -> Self {
        let sure = false;
        Self { began_at, sure }
    }

    /// The server's time so many milliseconds after the start.
    pub fn time(&self, now_ms: u64) -> Moment {
        self.began_at.plus_ms(signed(now_ms))
    }

    /// Whether the server's time was heard since the start.
    pub const fn is_sure(&self) -> bool {
        self.sure
    }

    /// Takes the server's time, heard `at_ms` after the start.
    pub fn hear(&mut self, server: Moment, at_ms: u64) {
        self.began_at = server.plus_ms(-signed(at_ms));
        self.sure = true;
    }
}

/// Milliseconds in a stretch of time.
pub fn ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn signed(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}

/// A clock that stands before 1970, where no instant can be written, gives 1970.
fn wall() -> Moment {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Moment::from_ms(signed(ms(since)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_says_counts_from_when_it_was_heard() {
        let mut clock = Clock::start();
        assert!(!clock.is_sure());
        let server = Moment::from_ms(1_700_000_000_000);
        clock.hear(server, clock.now_ms());
        let later = clock.time().as_ms() - server.as_ms();
        assert!(clock.is_sure() && (0..60_000).contains(&later), "{later}");
    }
}
