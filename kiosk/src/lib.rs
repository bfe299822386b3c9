//! 

pub mod frame;
pub mod screen;
