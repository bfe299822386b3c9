//! Where frames come from: a real camera, a clip, or a folder of pictures; and
//! the eye, a thread that reads the newest frame and tells what is in it.

pub mod choice;
mod clip;
pub mod eye;
pub mod jpeg;
mod nokhwa;
mod outbox;
pub mod picture;
mod stills;
mod vigil;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;

use crate::frame::Luma;

use choice::CameraChoice;

/// Why no frame comes from a camera.
#[derive(Debug, Error)]
pub enum CameraFault {
    /// No camera is plugged in.
    #[error("no camera is plugged in")]
    NoCamera,
    /// The camera is there, but gives no picture.
    #[error("the camera does not answer: {0}")]
    Broken(String),
    /// The camera offers no kind of picture that can be read.
    #[error("the camera offers no picture that can be read ({0})")]
    NoFormat(String),
    /// A picture or folder that cannot be read.
    #[error("{}: {why}", path.display())]
    Stills {
        /// The folder or the picture.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A clip that cannot be read.
    #[error("{}: {why}", path.display())]
    Clip {
        /// The clip.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A fault inside of the camera's library, caught.
    #[error("the camera's library broke")]
    Panicked,
}

/// A source of pictures.
pub trait Camera {
    /// The newest picture, waiting for it no longer than `patience`; `None`
    /// where none came in that time.
    fn newest(&mut self, patience: Duration) -> Result<Option<Luma>, CameraFault>;

    /// The least time from one picture to the next: a file's own rate, zero
    /// for a camera that sets its pace itself.
    fn pace(&self) -> Duration;
}

/// Opens what was chosen. A clip or a folder is checked at once.
pub fn open(choice: &CameraChoice) -> Result<Box<dyn Camera>, CameraFault> {
    Ok(match choice {
        CameraChoice::Auto => Box::new(nokhwa::Plugged::open(None)),
        CameraChoice::Number(number) => Box::new(nokhwa::Plugged::open(Some(*number))),
        CameraChoice::Stills(folder) => Box::new(stills::Stills::open(folder)?),
        CameraChoice::Clip(file) => Box::new(clip::Clip::open(file)?),
    })
}
