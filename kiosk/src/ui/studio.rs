//! Pictures of screens without a display: slint's software renderer into bytes.
//! For tests, documents and the play door. One a thread, and not on a thread
//! that has a [`Window`](super::Window).

use std::{cell::RefCell, rc::Rc};

use slint::{
    ComponentHandle, PhysicalSize, PlatformError, Rgb8Pixel,
    platform::{
        Platform, WindowAdapter, set_platform,
        software_renderer::{MinimalSoftwareWindow, RepaintBufferType},
        update_timers_and_animations,
    },
};

use super::{NoWindow, Window, made};
use crate::screen::{Screen, Touch};

/// A picture: three bytes a pixel (red, green, blue), row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// `width` × `height` × 3 bytes.
    pub rgb: Vec<u8>,
}

/// Draws screens into pictures.
pub struct Studio {
    adapter: Rc<MinimalSoftwareWindow>,
    /// The window that is drawn; presses reach its `on_touch`.
    pub window: Window,
}

impl Studio {
    /// A studio on this thread; fails where the thread has a window already.
    pub fn new(on_touch: impl Fn(Touch) + 'static) -> Result<Self, NoWindow> {
        let adapters = Rc::new(RefCell::new(Vec::new()));
        let bare = Bare(adapters.clone());
        set_platform(Box::new(bare)).map_err(|taken| PlatformError::from(taken.to_string()))?;
        let window = Window::new(on_touch)?;
        window.window.show()?;
        let adapter = adapters
            .borrow_mut()
            .pop()
            .ok_or(PlatformError::NoPlatform)?;
        Ok(Self { adapter, window })
    }

    /// This screen, `width` × `height` pixels large, with nothing moving.
    pub fn picture(&self, screen: &Screen, width: u32, height: u32) -> Picture {
        self.show(screen, width, height);
        self.draw(width, height)
    }

    /// Lays this screen out without drawing it.
    pub fn show(&self, screen: &Screen, width: u32, height: u32) {
        self.adapter.set_size(PhysicalSize::new(width, height));
        self.window.show(screen);
        self.window.window.global::<made::Theme>().set_still(true);
        update_timers_and_animations();
    }

    fn draw(&self, width: u32, height: u32) -> Picture {
        let stride = width as usize;
        let mut pixels = vec![Rgb8Pixel::default(); stride * height as usize];
        self.adapter.request_redraw();
        self.adapter.draw_if_needed(|renderer| {
            renderer.render(&mut pixels, stride);
        });
        let rgb = pixels
            .iter()
            .flat_map(|pixel| [pixel.r, pixel.g, pixel.b])
            .collect();
        Picture { width, height, rgb }
    }
}

/// A platform with no display: windows are memory.
struct Bare(Rc<RefCell<Vec<Rc<MinimalSoftwareWindow>>>>);

impl Platform for Bare {
    fn create_window_adapter(&self) -> Result<Rc<dyn WindowAdapter>, PlatformError> {
        let window = MinimalSoftwareWindow::new(RepaintBufferType::NewBuffer);
        self.0.borrow_mut().push(window.clone());
        Ok(window)
    }
}
