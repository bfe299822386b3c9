//! 

pub mod frame;
pub mod reader;
#[cfg(any(test, feature = "play"))]
pub mod clip;
pub mod camera;
pub mod wedge;
pub mod screen;
pub mod mirror;
pub mod flow;
pub mod view;
pub mod ui;
