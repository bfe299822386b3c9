//! The server: knows where every tablet is, takes what kiosks and tablets tell,
//! and keeps it so that nothing acknowledged is ever lost.
//!
//! Modules stand in the order of dependence: each imports only those above it.

pub mod chance;
pub mod clock;
pub mod written_key;
pub mod server_keys;
pub mod keys_in_use;
pub mod config;
pub mod tag_picture;
pub mod seal;
pub mod backup;
pub mod store;
pub mod writer;
pub mod certificate;
pub mod invite;
pub mod vouched;
pub mod auth;
pub mod http;
pub mod housekeeping;
pub mod timers;
pub mod managed;
pub mod api;
pub mod pages;
pub mod routes;
pub mod demo;
pub mod cli;

/// Every place at which a test can end the server as a power cut would.
pub const KILL_POINTS: &[&str] = &[
    "server:before-append",
    "server:before-commit",
    "server:after-commit",
];
