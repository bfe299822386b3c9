//! Makes clips of the shelf for a played kiosk: what lies on it, one thing after
//! the other, with the empty shelf in between.

use std::path::Path;

use crate::clip::{ClipError, FRAMES_PER_SECOND, Scene, write};

/// The longest a thing may lie there, in seconds: a second is 9 MB of clip.
const SECONDS_MAX: usize = 60;

/// What lies on the shelf, in this order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shelf {
    /// Tablets one after the other, by what their stickers say.
    pub tablets: Vec<String>,
    /// Then two at once.
    pub two: Option<(String, String)>,
    /// Then one whose sticker is torn.
    pub torn: Option<String>,
    /// How long each of them lies there, in seconds.
    pub seconds: usize,
}

/// Writes the clip. Each thing comes after a second of empty shelf.
pub fn make_clip(path: &Path, shelf: &Shelf) -> Result<(), ClipError> {
    let frames = shelf.seconds.clamp(1, SECONDS_MAX) * FRAMES_PER_SECOND;
    let tablets = shelf.tablets.iter().map(|text| Scene::tablet(text, frames));
    let two = shelf
        .two
        .iter()
        .map(|(left, right)| Scene::two(left, right, frames));
    let torn = shelf.torn.iter().map(|text| Scene::torn(text, frames));
    let mut scenes = vec![Scene::empty(FRAMES_PER_SECOND)];
    for thing in tablets.chain(two).chain(torn) {
        scenes.push(thing);
        scenes.push(Scene::empty(FRAMES_PER_SECOND));
    }
    write(path, &scenes)
}
