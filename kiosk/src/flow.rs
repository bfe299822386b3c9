//! What a kiosk does next: a pure machine. Inputs, the time and fresh ids come
//! in, effects go out as data; nothing here reads a clock, a disk or a camera.
//! `view` says how a [`State`] looks, `driver` carries the effects out.

mod effect;
mod input;
mod state;

pub use effect::{Ask, Draft, Effect, Sound};
pub use input::{Answer, Given, Input, Lookup};
pub use state::{Page, State};

use crate::mirror::Mirror;

/// A kiosk's machine.
pub struct Flow {
    state: State,
}

impl Default for Flow {
    fn default() -> Self {
        Self::new()
    }
}

impl Flow {
    /// A kiosk at its first screen that has not heard from its server.
    pub fn new() -> Self {
        let state = State::new();
        Self { state }
    }

    /// What is to be shown.
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// When [`Input::Tick`] has something to do, in the time of
    /// [`Given::now_ms`].
    pub const fn poll_timeout(&self) -> Option<u64> {
        None
    }

    /// Takes one input and says what is to be done about it.
    pub fn handle(&mut self, input: Input, _given: &Given, _mirror: &Mirror) -> Vec<Effect> {
        if let Input::Online(online) = input {
            self.state.online = online;
        }
        Vec::new()
    }
}
