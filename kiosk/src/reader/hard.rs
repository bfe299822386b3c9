//! The decoder library's own search: slower and less sure than ours, but it
//! sees some codes that ours does not. It panics on ordinary pictures, so
//! every call is caught.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::frame::Luma;

use super::Code;
use super::sample::bounded;

/// All codes that the library finds by itself; none where it panics.
pub(super) fn library_codes(luma: &Luma) -> Vec<Code> {
    let search = || {
        let pixels = |x: usize, y: usize| luma.row(y)[x];
        let mut picture =
            rqrr::PreparedImage::prepare_from_greyscale(luma.width(), luma.height(), pixels);
        let grids = picture.detect_grids();
        grids.iter().filter_map(code_of).collect()
    };
    catch_unwind(AssertUnwindSafe(search)).unwrap_or_default()
}

fn code_of<G: rqrr::BitGrid>(grid: &rqrr::Grid<G>) -> Option<Code> {
    let mut bytes = Vec::new();
    grid.decode_to(&mut bytes).ok()?;
    let corners = grid.bounds.map(|at| (at.x as f32, at.y as f32));
    let text = bounded(bytes)?;
    Some(Code { text, corners })
}
