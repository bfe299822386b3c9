//! What travels and what the log keeps. Each version is frozen once released;
//! the server takes every version of the last 24 months.

pub mod v1;
