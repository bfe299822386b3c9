//! The window: a [`Screen`] becomes its properties, a press becomes a
//! [`Touch`]. This file and the modules under it are the only ones that name
//! slint. Relies on `screen`; the words come worded.

mod keys;
mod paint;
mod studio;

use std::{
    cell::RefCell,
    rc::Rc,
    sync::{Arc, Mutex, PoisonError},
};

use slint::{ComponentHandle, Global, Rgb8Pixel, SharedPixelBuffer};
use thiserror::Error;

use crate::screen::{Screen, Touch};
use keys::Keys;
use made::AppWindow;
pub use studio::{Picture, Studio};

/// What slint's compiler makes of `ui/app-window.slint`.
#[expect(clippy::todo, clippy::unwrap_used, reason = "not written by hand")]
mod made {
    slint::include_modules!();
}

/// Why there is no window, or no longer one.
#[derive(Debug, Error)]
pub enum NoWindow {
    /// The display could not be opened or went away.
    #[error("the window cannot be shown: {0}")]
    Display(#[from] slint::PlatformError),
    /// The window was closed while something was sent to it.
    #[error("the window is closed: {0}")]
    Closed(#[from] slint::EventLoopError),
}

/// What each control on the screen means, by the number that it carries.
type Touches = Arc<Mutex<Vec<Touch>>>;

/// The kiosk's window; stays on the thread that made it.
pub struct Window {
    window: AppWindow,
    touches: Touches,
}

impl Window {
    /// A window that tells `on_touch` whatever is pressed or typed.
    pub fn new(on_touch: impl Fn(Touch) + 'static) -> Result<Self, NoWindow> {
        let window = AppWindow::new()?;
        let touches = Touches::default();
        let on_touch = Rc::new(on_touch);
        listen(&window, &touches, on_touch.clone());
        listen_to_keys(&window, on_touch);
        Ok(Self { window, touches })
    }

    /// Shows this screen.
    pub fn show(&self, screen: &Screen) {
        paint::screen(&self.window, &self.touches, screen);
    }

    /// Shows what the camera sees: `width` × `height` grey bytes.
    pub fn show_frame(&self, width: u32, height: u32, luma: &[u8]) {
        set_frame(&self.window, grey(width, height, luma));
    }

    /// Fills the whole display, or stops doing so.
    pub fn set_fullscreen(&self, fullscreen: bool) {
        self.window.window().set_fullscreen(fullscreen);
    }

    /// A way to this window from other threads.
    pub fn handle(&self) -> Handle {
        let (window, touches) = (self.window.as_weak(), self.touches.clone());
        Handle { window, touches }
    }

    /// Shows the window until it is closed or [`Handle::close`] is called.
    pub fn run(&self) -> Result<(), NoWindow> {
        Ok(self.window.run()?)
    }
}

/// A way to the window from any thread; what it sends arrives in order.
#[derive(Clone)]
pub struct Handle {
    window: slint::Weak<AppWindow>,
    touches: Touches,
}

impl Handle {
    /// Shows this screen.
    pub fn show(&self, screen: Screen) -> Result<(), NoWindow> {
        let touches = self.touches.clone();
        let paint = move |window: AppWindow| paint::screen(&window, &touches, &screen);
        Ok(self.window.upgrade_in_event_loop(paint)?)
    }

    /// Shows what the camera sees: `width` × `height` grey bytes.
    pub fn show_frame(&self, width: u32, height: u32, luma: &[u8]) -> Result<(), NoWindow> {
        let pixels = grey(width, height, luma);
        let show = move |window: AppWindow| set_frame(&window, pixels);
        Ok(self.window.upgrade_in_event_loop(show)?)
    }

    /// Closes the window, so that [`Window::run`] returns.
    pub fn close(&self) -> Result<(), NoWindow> {
        Ok(slint::quit_event_loop()?)
    }
}

fn listen(window: &AppWindow, touches: &Touches, on_touch: Rc<impl Fn(Touch) + 'static>) {
    let touches = touches.clone();
    made::Shown::get(window).on_touched(move |number| {
        let pressed = usize::try_from(number).ok().and_then(|at| {
            let touches = touches.lock().unwrap_or_else(PoisonError::into_inner);
            touches.get(at).cloned()
        });
        if let Some(touch) = pressed {
            on_touch(touch);
        }
    });
}

fn listen_to_keys(window: &AppWindow, on_touch: Rc<impl Fn(Touch) + 'static>) {
    let keys = RefCell::new(Keys::default());
    made::Shown::get(window).on_typed(move |text| {
        let heard = keys.borrow_mut().hear(&text);
        if let Some(ch) = heard.typed {
            on_touch(Touch::KeyTyped(ch));
        }
        heard.taken
    });
}

fn set_frame(window: &AppWindow, pixels: SharedPixelBuffer<Rgb8Pixel>) {
    made::Shown::get(window).set_frame(slint::Image::from_rgb8(pixels));
}

/// Grey bytes as the picture that slint draws; bytes too few leave it black.
fn grey(width: u32, height: u32, luma: &[u8]) -> SharedPixelBuffer<Rgb8Pixel> {
    let mut pixels = SharedPixelBuffer::new(width, height);
    for (pixel, &grey) in pixels.make_mut_slice().iter_mut().zip(luma) {
        *pixel = Rgb8Pixel::new(grey, grey, grey);
    }
    pixels
}

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;
