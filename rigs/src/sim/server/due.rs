//! What the server does by itself when its time has come: holds that expire, queues
//! that are served, wipes whose ten minutes are over.

use anyhow::Result;
use server::timers::{due, next};
use shared::{command::Command, time::Moment, wipe::UNDO_MS};

use super::Server;
use crate::sim::{
    bug::Bug,
    node::Node,
    note::{Note, Said},
    wires::{Due, Timer, Wires},
};

impl Server {
    /// It looks again in so long, unless it does so earlier.
    pub(super) fn wake_in(&mut self, ms: u64, wires: &mut Wires) {
        let Some(up) = &mut self.up else {
            return;
        };
        let at_ms = wires.now_ms + ms;
        if up.due_ms.is_none_or(|due_ms| at_ms < due_ms) {
            up.due_ms = Some(at_ms);
            wires.after(ms, Due::Timer(Node::Server, self.life, Timer::Due));
        }
    }

    /// Its time has come, unless it did so meanwhile.
    pub(super) fn is_due(&mut self, wires: &mut Wires) -> Result<()> {
        let now_ms = wires.now_ms;
        let is_it = |due_ms: &mut u64| *due_ms <= now_ms;
        let taken = self.up.as_mut().and_then(|up| up.due_ms.take_if(is_it));
        if taken.is_none() {
            return Ok(());
        }
        let now = self.now(wires);
        let Some(read) = self.read() else {
            return Ok(());
        };
        let commands = due(read, self.due_at(now))?;
        let next = next(read, now)?;
        for command in commands {
            self.by_itself(command, wires)?;
        }
        let ms = next.as_ms() - now.as_ms();
        self.wake_in(u64::try_from(ms).unwrap_or_default(), wires);
        Ok(())
    }

    fn due_at(&self, now: Moment) -> Moment {
        if self.bug == Some(Bug::WipeTooEarly) {
            return now.plus_ms(UNDO_MS);
        }
        now
    }

    fn by_itself(&mut self, command: Command, wires: &mut Wires) -> Result<()> {
        if !self.known.contains(&command.id) {
            wires.note(Note::Said(Said {
                command: command.id,
                by: Node::Server,
                operator: None,
                place: None,
                what: command.action.clone(),
            }));
        }
        self.commit(&[command], wires)?;
        Ok(())
    }
}
