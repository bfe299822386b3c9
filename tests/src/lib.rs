//! The whole world in one process, and what the stories in `it` share.

pub mod programs;
