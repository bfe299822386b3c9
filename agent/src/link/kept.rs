//! The connection that is kept from one call to the next: a docked tablet need not greet
//! the server anew each time.

use std::time::{Duration, Instant};

use super::connection::Connection;

/// Longest that it rests and is used all the same. Common proxies end one that rests a
/// little longer than that, and mobile networks forget it.
const RESTS: Duration = Duration::from_mins(1);

/// At most one connection.
#[derive(Debug, Default)]
pub struct Kept(Option<(Connection, Instant)>);

impl Kept {
    /// Keeps a connection, in place of any other.
    pub fn keep(&mut self, connection: Connection) {
        self.0 = Some((connection, Instant::now()));
    }

    /// The connection, if it can still be used as far as anybody here knows.
    pub fn take(&mut self) -> Option<Connection> {
        let (mut connection, since) = self.0.take()?;
        (since.elapsed() <= RESTS && connection.is_open()).then_some(connection)
    }

    /// Nobody calls for so long: one that would rest too long is ended, so that its end
    /// need not wake the tablet later.
    pub fn rests(&mut self, wait: Duration) {
        if wait <= RESTS {
            return;
        }
        if let Some((connection, _)) = self.0.take() {
            // Whether the server hears of it changes nothing.
            connection.end().ok();
        }
    }
}
