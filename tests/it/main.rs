//! The stories of the system, a file each, in one test binary.

mod keys;
mod kill_points;
mod licences;
mod set_back;
mod tidy;
mod without_agent;
