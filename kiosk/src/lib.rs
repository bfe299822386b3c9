//! 

pub mod screen;
