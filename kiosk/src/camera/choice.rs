//! Which camera the kiosk was told to use, as written on its command line.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use thiserror::Error;

/// `auto`, `camera:N`, `stills:DIR` or `clip:FILE.y4m`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CameraChoice {
    /// The first camera that is plugged in.
    Auto,
    /// The camera with this number (on Linux N of `/dev/videoN`).
    Number(u32),
    /// The pictures of a folder, in the order of their names, five a second;
    /// the last one stays.
    Stills(PathBuf),
    /// A clip at its own rate, over and over.
    Clip(PathBuf),
}

/// A camera that is not written as one of the four kinds.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{0:?} is no camera; write auto, camera:N, stills:DIR or clip:FILE.y4m")]
pub struct BadChoice(String);

impl FromStr for CameraChoice {
    type Err = BadChoice;

    fn from_str(text: &str) -> Result<Self, BadChoice> {
        let bad = || BadChoice(text.to_owned());
        match text.split_once(':') {
            None if text == "auto" => Ok(Self::Auto),
            Some(("camera", number)) => number.parse().map(Self::Number).map_err(|_| bad()),
            Some(("stills", path)) if !path.is_empty() => Ok(Self::Stills(path.into())),
            Some(("clip", path)) if !path.is_empty() => Ok(Self::Clip(path.into())),
            Some(_) | None => Err(bad()),
        }
    }
}

impl fmt::Display for CameraChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Number(number) => write!(f, "camera:{number}"),
            Self::Stills(path) => write!(f, "stills:{}", path.display()),
            Self::Clip(path) => write!(f, "clip:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test may panic")]

    use super::*;

    #[test]
    fn every_kind_of_camera_is_written_as_it_is_read() {
        for text in ["auto", "camera:2", "stills:a/b", "clip:C:/x.y4m"] {
            let choice: CameraChoice = text.parse().unwrap();
            assert_eq!(choice.to_string(), text);
        }
    }

    #[test]
    fn anything_else_is_refused_with_the_four_kinds() {
        for text in ["", "automatic", "camera:", "camera:x", "stills:", "film:x"] {
            let refused = text.parse::<CameraChoice>().unwrap_err();
            assert!(refused.to_string().contains("clip:FILE.y4m"), "{text}");
        }
    }
}
