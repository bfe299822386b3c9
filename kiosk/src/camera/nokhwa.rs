//! A real camera. The library's camera cannot change threads and its reads
//! never time out, so it lives in a thread of its own that keeps only the
//! newest frame; the eye waits for that one no longer than it likes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use ::nokhwa::utils::{
    ApiBackend, CameraFormat, CameraIndex, FrameFormat, RequestedFormat, RequestedFormatType,
};
use ::nokhwa::{Camera as Library, NokhwaError, query};

use crate::frame::Luma;

use super::{Camera, CameraFault, jpeg};

/// The formats whose grey values are taken, those without loss first.
const FORMATS: [FrameFormat; 4] = [
    FrameFormat::GRAY,
    FrameFormat::YUYV,
    FrameFormat::NV12,
    FrameFormat::MJPEG,
];
/// The size that suits a sticker on the shelf best.
const WANTED: (u32, u32) = (1280, 720);
/// Slower than this, a scan feels broken.
const LEAST_RATE: u32 = 10;

/// A camera that is, or was, plugged in.
pub(super) struct Plugged {
    slot: Arc<Slot>,
}

#[derive(Default)]
struct Slot {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    newest: Option<Luma>,
    ended: Option<CameraFault>,
    unwanted: bool,
}

impl Plugged {
    /// Starts the camera's thread; whether it works is told by `newest`.
    pub fn open(number: Option<u32>) -> Self {
        let slot = Arc::new(Slot::default());
        let theirs = Arc::clone(&slot);
        let started = thread::Builder::new()
            .name("camera".to_owned())
            .spawn(move || theirs.fill(number));
        if let Err(why) = started {
            slot.end(CameraFault::Broken(why.to_string()));
        }
        Self { slot }
    }
}

impl Camera for Plugged {
    fn newest(&mut self, patience: Duration) -> Result<Option<Luma>, CameraFault> {
        let idle = |state: &mut State| state.newest.is_none() && state.ended.is_none();
        let waited = self
            .slot
            .changed
            .wait_timeout_while(self.slot.lock(), patience, idle);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        match (state.newest.take(), state.ended.take()) {
            (Some(frame), ended) => {
                state.ended = ended;
                Ok(Some(frame))
            }
            (None, Some(fault)) => Err(fault),
            (None, None) => Ok(None),
        }
    }

    fn pace(&self) -> Duration {
        Duration::ZERO
    }
}

impl Drop for Plugged {
    /// The thread is not waited for: a read of a frozen camera never returns.
    fn drop(&mut self) {
        self.slot.lock().unwanted = true;
    }
}

impl Slot {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts frames until the camera breaks or nobody wants them. The library
    /// may panic when a camera is unplugged, even while closing it.
    fn fill(&self, number: Option<u32>) {
        let run = || Running::open(number)?.run(self);
        let ended = catch_unwind(AssertUnwindSafe(run)).unwrap_or(Err(CameraFault::Panicked));
        if let Err(fault) = ended {
            self.end(fault);
        }
    }

    fn end(&self, fault: CameraFault) {
        self.lock().ended = Some(fault);
        self.changed.notify_all();
    }

    /// Replaces the newest frame; false when frames are no longer wanted.
    fn put(&self, frame: Luma) -> bool {
        let mut state = self.lock();
        state.newest = Some(frame);
        let wanted = !state.unwanted;
        drop(state);
        self.changed.notify_all();
        wanted
    }
}

/// The library's camera with its stream open.
struct Running {
    library: Library,
    format: CameraFormat,
}

impl Running {
    fn open(number: Option<u32>) -> Result<Self, CameraFault> {
        if let Some(number) = number {
            return Self::open_one(&CameraIndex::Index(number));
        }
        let mut fault = CameraFault::NoCamera;
        for index in plugged_in()? {
            match Self::open_one(&index) {
                Ok(running) => return Ok(running),
                Err(why) => fault = why,
            }
        }
        Err(fault)
    }

    /// Asks the camera what it can do, then sets exactly the best of that: the
    /// library's own "closest" fails unless the size is exact.
    fn open_one(index: &CameraIndex) -> Result<Self, CameraFault> {
        let any = RequestedFormat::with_formats(RequestedFormatType::None, &FORMATS);
        let mut library = Library::new(index.clone(), any).map_err(broken)?;
        let offered = library.compatible_camera_formats().map_err(broken)?;
        let Some(best) = best_of(&offered) else {
            return Err(CameraFault::NoFormat(format!("{} formats", offered.len())));
        };
        let exact = RequestedFormatType::Exact(best);
        let exact = RequestedFormat::with_formats(exact, &FORMATS);
        let format = library.set_camera_requset(exact).map_err(broken)?;
        library.open_stream().map_err(broken)?;
        tracing::info!(camera = %library.info().human_name(), %format, "camera opened");
        Ok(Self { library, format })
    }

    fn run(mut self, slot: &Slot) -> Result<(), CameraFault> {
        loop {
            let bytes = self.library.frame_raw().map_err(broken)?;
            let (width, height) = (self.format.width(), self.format.height());
            let wanted = match grey(self.format.format(), width, height, &bytes) {
                Ok(frame) => slot.put(frame),
                // A frame cut short by the cable is not the end of the camera;
                // if no whole one follows, the camera is lost by silence.
                Err(why) => {
                    tracing::debug!(%why, "a frame was not whole");
                    !slot.lock().unwanted
                }
            };
            if !wanted {
                return Ok(());
            }
        }
    }
}

/// The cameras in the order of their numbers.
fn plugged_in() -> Result<Vec<CameraIndex>, CameraFault> {
    let mut found: Vec<CameraIndex> = query(ApiBackend::Auto)
        .map_err(broken)?
        .iter()
        .map(|camera| camera.index().clone())
        .collect();
    found.sort();
    Ok(found)
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn broken(why: NokhwaError) -> CameraFault {
    CameraFault::Broken(why.to_string())
}

/// The offer that suits best: quick enough, near the wanted size, without loss.
fn best_of(offered: &[CameraFormat]) -> Option<CameraFormat> {
    let rank = |format: &CameraFormat| {
        let slow = format.frame_rate() < LEAST_RATE;
        let off = format.width().abs_diff(WANTED.0) + format.height().abs_diff(WANTED.1);
        let kind = FORMATS.iter().position(|kind| *kind == format.format());
        let pace = format.frame_rate().abs_diff(30);
        Some((slow, off, kind?, pace))
    };
    let ranked = offered
        .iter()
        .filter_map(|format| Some((rank(format)?, format)));
    ranked.min_by_key(|(rank, _)| *rank).map(|(_, best)| *best)
}

/// The grey values of one frame's bytes.
fn grey(kind: FrameFormat, width: u32, height: u32, bytes: &[u8]) -> Result<Luma, String> {
    let (width, height) = (width as usize, height as usize);
    let pixels = width.saturating_mul(height);
    let grey = match kind {
        FrameFormat::MJPEG => return jpeg::luma(bytes).map_err(|why| why.to_string()),
        FrameFormat::YUYV => bytes.iter().step_by(2).take(pixels).copied().collect(),
        FrameFormat::GRAY | FrameFormat::NV12 => bytes.iter().take(pixels).copied().collect(),
        FrameFormat::RAWRGB | FrameFormat::RAWBGR => return Err("coloured raw".to_owned()),
    };
    Luma::new(width, height, grey).map_err(|why| why.to_string())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test may panic")]

    use super::*;

    fn offer(width: u32, height: u32, kind: FrameFormat, rate: u32) -> CameraFormat {
        CameraFormat::new_from(width, height, kind, rate)
    }

    #[test]
    fn the_wanted_size_at_a_fair_rate_is_chosen_uncompressed() {
        let offered = [
            offer(640, 480, FrameFormat::YUYV, 30),
            offer(1280, 720, FrameFormat::MJPEG, 30),
            offer(1280, 720, FrameFormat::YUYV, 10),
            offer(1920, 1080, FrameFormat::MJPEG, 30),
        ];
        assert_eq!(best_of(&offered), Some(offered[2]));
    }

    #[test]
    fn compressed_pictures_are_better_than_five_a_second() {
        let offered = [
            offer(1280, 720, FrameFormat::YUYV, 5),
            offer(1280, 720, FrameFormat::MJPEG, 30),
        ];
        assert_eq!(best_of(&offered), Some(offered[1]));
    }

    #[test]
    fn a_camera_of_unknown_formats_only_has_no_best() {
        assert_eq!(best_of(&[offer(1280, 720, FrameFormat::RAWRGB, 30)]), None);
        assert_eq!(best_of(&[]), None);
    }

    #[test]
    fn grey_is_every_second_byte_of_yuyv() {
        let luma = grey(FrameFormat::YUYV, 2, 2, &[1, 0, 2, 0, 3, 0, 4, 0]).unwrap();
        assert_eq!(luma.pixels(), [1, 2, 3, 4]);
    }

    #[test]
    fn grey_is_the_first_plane_of_nv12() {
        let luma = grey(FrameFormat::NV12, 2, 2, &[1, 2, 3, 4, 9, 9]).unwrap();
        assert_eq!(luma.pixels(), [1, 2, 3, 4]);
    }

    #[test]
    fn a_frame_cut_short_is_no_frame() {
        assert!(grey(FrameFormat::YUYV, 2, 2, &[1, 0, 2]).is_err());
        assert!(grey(FrameFormat::MJPEG, 2, 2, &[0xff, 0xd8, 0xff]).is_err());
    }

    #[test]
    fn only_the_newest_frame_is_kept() {
        let slot = Arc::new(Slot::default());
        let mut camera = Plugged {
            slot: Arc::clone(&slot),
        };
        for pixel in [1, 2, 3] {
            assert!(slot.put(Luma::new(1, 1, vec![pixel]).unwrap()));
        }
        let newest = camera.newest(Duration::ZERO).unwrap().unwrap();
        assert_eq!(newest.pixels(), [3]);
        assert!(camera.newest(Duration::ZERO).unwrap().is_none());
        slot.end(CameraFault::NoCamera);
        assert!(camera.newest(Duration::ZERO).is_err());
        drop(camera);
        assert!(!slot.put(Luma::new(1, 1, vec![4]).unwrap()));
    }
}
