//! The server's only clock.

use std::time::{SystemTime, UNIX_EPOCH};

use shared::time::Moment;

/// The server's time. A clock that stands before 1970, where no instant can be
/// written, gives 1970.
pub fn now() -> Moment {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Moment::from_ms(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
