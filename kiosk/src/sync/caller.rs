//! A stamped call with a number that was never used before, taken from the disk.
//! Where the disk was restored from an old copy, the server says where numbers are.

use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;

use super::{
    Stopped,
    desk::Desk,
    heard::replayed_after,
    link::{Link, Trouble},
};

/// How often a call is made again that another thread's call overtook.
pub const OVERTAKEN_MAX: u32 = 3;

#[derive(Clone)]
pub(super) struct Caller {
    link: Link,
    desk: Desk,
}

impl Caller {
    pub const fn new(link: Link, desk: Desk) -> Self {
        Self { link, desk }
    }

    pub const fn desk(&self) -> &Desk {
        &self.desk
    }

    /// Posts a body. Two calls under way may arrive in the other order; the server
    /// then takes the earlier number for a replay, and a new number is all it needs.
    pub fn post<A: DeserializeOwned>(
        &self,
        path: &str,
        body: &[u8],
        time: Duration,
    ) -> Result<Result<A, Trouble>, Stopped> {
        let until = Instant::now() + time;
        let (mut overtaken, mut used) = (0, 0);
        loop {
            let Some(call) = self.desk.ask(|store| store.next_call_after(used))? else {
                return Ok(Err(Trouble::NoNumber));
            };
            let left = until.saturating_duration_since(Instant::now());
            let answer = self.link.post(call, path, body, left);
            overtaken += 1;
            match answer.as_ref().err().and_then(replayed_after) {
                Some(last) if overtaken <= OVERTAKEN_MAX => used = last,
                Some(_) | None => return Ok(answer),
            }
        }
    }
}
