//! Which camera the kiosk looks through: one at a time, and what the one before it
//! saw is not taken for what this one sees.

use std::sync::mpsc::SyncSender;

use super::News;
use crate::{
    camera::{CameraFault, choice::CameraChoice, eye::Eye},
    clock::Clock,
};

pub(super) struct Gaze {
    to: SyncSender<News>,
    eye: Option<Eye>,
    since_ms: u64,
}

impl Gaze {
    pub fn start(
        camera: CameraChoice,
        clock: &Clock,
        to: SyncSender<News>,
    ) -> Result<Self, CameraFault> {
        let mut gaze = Self {
            to,
            eye: None,
            since_ms: 0,
        };
        gaze.turn_to(camera, clock)?;
        Ok(gaze)
    }

    /// Looks through this camera; the old one is closed first.
    pub fn turn_to(&mut self, camera: CameraChoice, clock: &Clock) -> Result<(), CameraFault> {
        drop(self.eye.take());
        self.since_ms = clock.now_ms();
        let eye = Eye::start(camera, clock.began(), self.to.clone(), News::Eye)?;
        self.eye = Some(eye);
        Ok(())
    }

    /// Whether a sight of that time is another camera's.
    pub const fn is_past(&self, at_ms: u64) -> bool {
        at_ms < self.since_ms
    }
}
