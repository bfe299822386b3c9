//! Wakes a thread early, or tells it to stop.

use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::Stopped;

/// A bell that stays rung until it is heard.
#[derive(Debug, Default)]
pub(super) struct Bell {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    rung: bool,
    stopped: bool,
}

impl Bell {
    /// Wakes who waits, now or as soon as they wait.
    pub fn ring(&self) {
        self.state().rung = true;
        self.changed.notify_all();
    }

    /// Everybody who waits is to stop.
    pub fn stop(&self) {
        self.state().stopped = true;
        self.changed.notify_all();
    }

    /// Waits for the bell, for no longer than `time` where there is one.
    pub fn wait(&self, time: Option<Duration>) -> Result<(), Stopped> {
        let waiting = |state: &mut State| !state.rung && !state.stopped;
        let state = self.state();
        let mut state = match time {
            None => self
                .changed
                .wait_while(state, waiting)
                .unwrap_or_else(PoisonError::into_inner),
            Some(time) => {
                self.changed
                    .wait_timeout_while(state, time, waiting)
                    .unwrap_or_else(PoisonError::into_inner)
                    .0
            }
        };
        state.rung = false;
        if state.stopped { Err(Stopped) } else { Ok(()) }
    }

    // Two flags have no half-made state that a panic could leave behind.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bell_rung_before_anybody_waits_is_heard_once() {
        let bell = Bell::default();
        bell.ring();
        assert_eq!(bell.wait(None), Ok(()));
        bell.stop();
        assert_eq!(bell.wait(None), Err(Stopped));
    }
}
