//! A stamped call with a number that was never used before, taken from the disk.

use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;

use super::{
    Stopped,
    desk::Desk,
    heard::{is_replay, passed_over},
    link::{Link, Trouble},
};
use crate::store::Store;

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
        let mut overtaken = 0;
        loop {
            let Some(call) = self.desk.ask(Store::next_call)? else {
                return Ok(Err(Trouble::NoNumber));
            };
            let left = until.saturating_duration_since(Instant::now());
            let answer = self.link.post(call, path, body, left);
            overtaken += 1;
            if overtaken > OVERTAKEN_MAX || !answer.as_ref().is_err_and(is_replay) {
                return Ok(answer);
            }
            let many = passed_over(overtaken);
            self.desk.ask(|store| store.pass_over_calls(many))?;
        }
    }
}
