//! The thread that looks: it takes the newest frame, reads it, and tells what
//! it saw. It outlives faults and panics of the camera, and opens it again.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::frame::{Frame, Luma};
use crate::reader::{Reader, Sight};

use super::choice::CameraChoice;
use super::outbox::{Gone, Outbox};
use super::vigil::{Change, Vigil};
use super::{Camera, CameraFault, open};

/// The preview's largest width in pixels.
pub const PREVIEW_WIDTH: usize = 480;
/// The preview's largest height in pixels.
pub const PREVIEW_HEIGHT: usize = 360;
/// How long one wait for a frame may last, so that a stop is heeded.
const PATIENCE: Duration = Duration::from_millis(100);

/// One frame and what is in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// When the frame was taken, in milliseconds after the kiosk's start.
    pub at_ms: u64,
    /// The frame, shrunk for the screen.
    pub preview: Luma,
    /// What is in it; corners in pixels of the preview.
    pub sight: Sight,
}

/// What the eye tells.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// A frame was read.
    Seen(Seen),
    /// No frame comes; the text says why, for the log.
    Lost(String),
    /// Frames come again.
    Found,
}

type Open = dyn FnMut() -> Result<Box<dyn Camera>, CameraFault> + Send;

/// The running thread; it stops when this is dropped.
pub struct Eye {
    /// Dropped to stop the thread.
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Eye {
    /// Starts to look. A clip or folder that cannot be read is told at once; a
    /// camera that cannot be opened is told as [`News::Lost`] and tried again
    /// every two seconds. `began` is the kiosk's start, the zero of `at_ms`;
    /// `to` may be as short as one: sights that nobody takes are replaced by
    /// newer ones.
    pub fn start<T: Send + 'static>(
        choice: CameraChoice,
        began: Instant,
        to: SyncSender<T>,
        wrap: fn(News) -> T,
    ) -> Result<Self, CameraFault> {
        match choice {
            CameraChoice::Clip(_) | CameraChoice::Stills(_) => drop(open(&choice)?),
            CameraChoice::Auto | CameraChoice::Number(_) => {}
        }
        let opener = Box::new(move || open(&choice));
        Self::start_with(opener, began, Outbox::new(to, wrap))
    }

    pub(super) fn start_with<T: Send + 'static>(
        open: Box<Open>,
        began: Instant,
        outbox: Outbox<T>,
    ) -> Result<Self, CameraFault> {
        let (stop, stopped) = channel();
        let look = move || Looking::new(open, began, outbox, stopped).run();
        let thread = thread::Builder::new()
            .name("eye".to_owned())
            .spawn(look)
            .map_err(|why| CameraFault::Broken(why.to_string()))?;
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for Eye {
    fn drop(&mut self) {
        drop(self.stop.take());
        let ended = self.thread.take().map(JoinHandle::join);
        if let Some(Err(_)) = ended {
            tracing::error!("the camera's thread ended by a panic");
        }
    }
}

/// Nobody listens any more, or the eye was dropped.
struct Stop;

impl From<Gone> for Stop {
    fn from(Gone: Gone) -> Self {
        Self
    }
}

struct Looking<T> {
    open: Box<Open>,
    camera: Option<Box<dyn Camera>>,
    vigil: Vigil,
    reader: Reader,
    began: Instant,
    outbox: Outbox<T>,
    stopped: Receiver<()>,
}

impl<T> Looking<T> {
    fn new(open: Box<Open>, began: Instant, outbox: Outbox<T>, stopped: Receiver<()>) -> Self {
        Self {
            open,
            camera: None,
            vigil: Vigil::new(since(began)),
            reader: Reader::new(),
            began,
            outbox,
            stopped,
        }
    }

    fn run(mut self) {
        while self.turn().is_ok() {}
    }

    /// Opens or looks once, then waits for the next frame's time.
    fn turn(&mut self) -> Result<(), Stop> {
        let start = Instant::now();
        let pace = match self.camera.take() {
            Some(camera) => self.look(camera)?,
            None => self.open_when_due()?,
        };
        self.outbox.deliver()?;
        self.rest(pace.saturating_sub(start.elapsed()))
    }

    /// Waits, but not for longer than it takes to be stopped.
    fn rest(&self, time: Duration) -> Result<(), Stop> {
        match self.stopped.recv_timeout(time) {
            Err(RecvTimeoutError::Timeout) => Ok(()),
            Ok(()) | Err(RecvTimeoutError::Disconnected) => Err(Stop),
        }
    }

    fn open_when_due(&mut self) -> Result<Duration, Stop> {
        let due = self.vigil.reopen_ms().unwrap_or(0);
        let early = due.saturating_sub(since(self.began));
        if early > 0 {
            return Ok(Duration::from_millis(early));
        }
        match caught(&mut self.open) {
            Ok(camera) => {
                self.vigil.handle_opened();
                self.camera = Some(camera);
            }
            Err(fault) => self.broke(&fault)?,
        }
        Ok(Duration::ZERO)
    }

    /// Takes one frame. A camera that faults is closed.
    fn look(&mut self, mut camera: Box<dyn Camera>) -> Result<Duration, Stop> {
        let pace = camera.pace();
        match caught(|| camera.newest(PATIENCE)) {
            Ok(frame) => {
                self.camera = Some(camera);
                self.took(frame)?;
            }
            Err(fault) => {
                close(camera);
                self.broke(&fault)?;
            }
        }
        Ok(pace)
    }

    fn took(&mut self, luma: Option<Luma>) -> Result<(), Stop> {
        let now_ms = since(self.began);
        let Some(luma) = luma else {
            let change = self.vigil.handle_timeout(now_ms);
            return self.tell(change, "no frame for two seconds");
        };
        let change = self.vigil.handle_frame(now_ms);
        self.tell(change, "")?;
        let frame = Frame::new(luma, now_ms);
        let read = || seen_in(&mut self.reader, &frame);
        let Ok(seen) = catch_unwind(AssertUnwindSafe(read)) else {
            tracing::error!("the reader broke on a frame; the next one is tried");
            return Ok(());
        };
        Ok(self.outbox.put(News::Seen(seen))?)
    }

    fn broke(&mut self, fault: &CameraFault) -> Result<(), Stop> {
        let change = self.vigil.handle_fault(since(self.began));
        self.tell(change, &fault.to_string())
    }

    fn tell(&mut self, change: Option<Change>, why: &str) -> Result<(), Stop> {
        match change {
            Some(Change::Lost) => Ok(self.outbox.put(News::Lost(why.to_owned()))?),
            Some(Change::Found) => Ok(self.outbox.put(News::Found)?),
            None => Ok(()),
        }
    }
}

fn since(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// A panic in a camera's library is a fault like another.
fn caught<R>(act: impl FnOnce() -> Result<R, CameraFault>) -> Result<R, CameraFault> {
    catch_unwind(AssertUnwindSafe(act)).unwrap_or(Err(CameraFault::Panicked))
}

/// Closing may panic too, where the camera was unplugged.
fn close(camera: Box<dyn Camera>) {
    if catch_unwind(AssertUnwindSafe(|| drop(camera))).is_err() {
        tracing::warn!("the camera's library broke while closing");
    }
}

fn seen_in(reader: &mut Reader, frame: &Frame) -> Seen {
    let preview = frame.luma().fitted(PREVIEW_WIDTH, PREVIEW_HEIGHT);
    let shrunk = frame.luma().width() / preview.width();
    Seen {
        at_ms: frame.at_ms(),
        sight: reader.read(frame.luma()).shrunk(shrunk),
        preview,
    }
}
