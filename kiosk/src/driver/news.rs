//! What reaches the driver, from whichever thread.

#[cfg(feature = "play")]
use crate::camera::choice::CameraChoice;
use crate::{camera::eye, screen::Touch, sync};

/// What reaches the driver.
#[derive(Clone)]
pub enum News {
    /// From the camera.
    Eye(eye::News),
    /// From the window: a press or a key.
    Touched(Touch),
    /// From the threads to the server.
    Sync(sync::News),
    /// A hand scanner's text, key by key.
    #[cfg(feature = "play")]
    Text(String),
    /// Look through another camera.
    #[cfg(feature = "play")]
    Camera(CameraChoice),
    /// End.
    Stop,
}
