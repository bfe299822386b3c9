//! The pictures of a folder as if a camera took them: in the order of their
//! names, five a second; the last one stays. A folder of one picture is a
//! steady view.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::frame::Luma;

use super::{Camera, CameraFault, picture};

/// Pictures taken from one folder.
const MAX_PICTURES: usize = 10_000;
const PACE: Duration = Duration::from_millis(200);

pub(super) struct Stills {
    /// The pictures to come, the next one last.
    to_come: Vec<PathBuf>,
    shown: Luma,
    fresh: bool,
}

impl Stills {
    pub fn open(folder: &Path) -> Result<Self, CameraFault> {
        let mut names = pictures_in(folder).map_err(|why| bad(folder, &why))?;
        let count = names.len();
        names.sort_unstable_by(|a, b| b.cmp(a));
        let Some(first) = names.pop().filter(|_| count <= MAX_PICTURES) else {
            let why = format!("holds {count} pictures (png, pgm, jpg)");
            return Err(bad(folder, &why));
        };
        Ok(Self {
            to_come: names,
            shown: read(&first)?,
            fresh: true,
        })
    }
}

impl Camera for Stills {
    fn newest(&mut self, _: Duration) -> Result<Option<Luma>, CameraFault> {
        if !std::mem::take(&mut self.fresh)
            && let Some(next) = self.to_come.pop()
        {
            self.shown = read(&next)?;
        }
        Ok(Some(self.shown.clone()))
    }

    fn pace(&self) -> Duration {
        PACE
    }
}

fn pictures_in(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in folder.read_dir()?.take(2 * MAX_PICTURES) {
        let path = entry?.path();
        let kind = path.extension().and_then(|kind| kind.to_str());
        if kind.is_some_and(|kind| ["png", "pgm", "jpg", "jpeg"].contains(&kind)) {
            found.push(path);
        }
    }
    Ok(found)
}

fn read(path: &Path) -> Result<Luma, CameraFault> {
    picture::read(path).map_err(|why| bad(path, &why))
}

fn bad(path: &Path, why: &impl ToString) -> CameraFault {
    CameraFault::Stills {
        path: path.to_owned(),
        why: why.to_string(),
    }
}
