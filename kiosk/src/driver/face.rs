//! Where screens are shown: the window, and in a played kiosk a printer of them.

use crate::{frame::Luma, screen::Screen, ui::Handle};

/// Nobody can see the kiosk any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaceGone;

/// Where screens are shown.
pub trait Face: Send {
    /// Shows a screen that differs from the last one.
    fn show(&mut self, screen: &Screen) -> Result<(), FaceGone>;

    /// Shows what the camera sees.
    fn show_frame(&mut self, preview: &Luma);

    /// Nothing more will be shown.
    fn close(&mut self);
}

impl Face for Handle {
    fn show(&mut self, screen: &Screen) -> Result<(), FaceGone> {
        Self::show(self, screen.clone()).map_err(|_| FaceGone)
    }

    fn show_frame(&mut self, preview: &Luma) {
        let sides = (preview.width().try_into(), preview.height().try_into());
        let (Ok(width), Ok(height)) = sides else {
            return;
        };
        if let Err(why) = Self::show_frame(self, width, height, preview.pixels()) {
            tracing::debug!("{why}");
        }
    }

    fn close(&mut self) {
        if let Err(why) = Self::close(self) {
            tracing::debug!("{why}");
        }
    }
}
