//! The window: a [`Screen`] becomes its properties, a press becomes a
//! [`Touch`]. This file and the modules under it are the only ones that name
//! slint. Relies on `screen`; the words come worded.

mod keys;
mod paint;
mod studio;

use std::{
    cell::RefCell,
    rc::Rc,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
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

/// A camera's picture as slint draws it.
type Pixels = SharedPixelBuffer<Rgb8Pixel>;

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
        Handle {
            window: self.window.as_weak(),
            touches: self.touches.clone(),
            newest: Arc::default(),
        }
    }

    /// Shows the window until it is closed or [`Handle::close`] is called.
    pub fn run(&self) -> Result<(), NoWindow> {
        Ok(self.window.run()?)
    }
}

/// A way to the window from any thread; screens arrive in order.
#[derive(Clone)]
pub struct Handle {
    window: slint::Weak<AppWindow>,
    touches: Touches,
    /// The newest frame on its way: a slow window skips, none pile up.
    newest: Arc<Mutex<Option<Pixels>>>,
}

impl Handle {
    /// Shows this screen.
    pub fn show(&self, screen: Screen) -> Result<(), NoWindow> {
        let touches = self.touches.clone();
        let paint = move |window: AppWindow| paint::screen(&window, &touches, &screen);
        Ok(self.window.upgrade_in_event_loop(paint)?)
    }

    /// Shows what the camera sees: `width` × `height` grey bytes. A frame that
    /// the window had no time for is replaced by this one.
    pub fn show_frame(&self, width: u32, height: u32, luma: &[u8]) -> Result<(), NoWindow> {
        let pixels = grey(width, height, luma);
        if locked(&self.newest).replace(pixels).is_some() {
            return Ok(());
        }
        let newest = self.newest.clone();
        let show = move |window: AppWindow| {
            let pixels = locked(&newest).take();
            if let Some(pixels) = pixels {
                set_frame(&window, pixels);
            }
        };
        Ok(self.window.upgrade_in_event_loop(show)?)
    }

    /// Closes the window, so that [`Window::run`] returns.
    pub fn close(&self) -> Result<(), NoWindow> {
        Ok(slint::quit_event_loop()?)
    }
}

/// What a lock guards stays whole even where its holder panicked.
fn locked<T>(guarded: &Mutex<T>) -> MutexGuard<'_, T> {
    guarded.lock().unwrap_or_else(PoisonError::into_inner)
}

fn listen(window: &AppWindow, touches: &Touches, on_touch: Rc<impl Fn(Touch) + 'static>) {
    let touches = touches.clone();
    made::Shown::get(window).on_touched(move |number| {
        let pressed = usize::try_from(number)
            .ok()
            .and_then(|at| locked(&touches).get(at).cloned());
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

fn set_frame(window: &AppWindow, pixels: Pixels) {
    made::Shown::get(window).set_frame(slint::Image::from_rgb8(pixels));
}

/// A preview needs no more pixels across than this.
const PREVIEW_WIDTH: u32 = 960;

/// Grey bytes as the picture that slint draws, every second or third pixel of a
/// large one; bytes too few leave it black.
fn grey(width: u32, height: u32, luma: &[u8]) -> Pixels {
    let step = width.div_ceil(PREVIEW_WIDTH).max(1);
    let mut pixels = Pixels::new(width / step, height / step);
    let (stride, step) = (width as usize, step as usize);
    let kept = width as usize / step;
    let rows = luma.chunks_exact(stride.max(1)).step_by(step);
    for (drawn, row) in pixels.make_mut_slice().chunks_mut(kept.max(1)).zip(rows) {
        for (pixel, &grey) in drawn.iter_mut().zip(row.iter().step_by(step)) {
            *pixel = Rgb8Pixel::new(grey, grey, grey);
        }
    }
    pixels
}

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;
