//! The stories of the system, a file each, in one test binary.

mod licences;
mod tidy;
