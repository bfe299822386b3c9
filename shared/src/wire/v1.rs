//! Wire format 1: JSON, field names in snake case, kinds in kebab case, unknown
//! fields refused. Single values are written by `codec`, as their own text.
//!
//! Domain types are mirrored by remote derives: the mirror is checked against
//! the type by the compiler, and the domain itself names no format.

mod mirror;
pub mod event;
pub mod command;
pub mod manifest;
pub mod refusal;
pub mod agent;
pub mod kiosk;
pub mod staff;
pub mod lists;

/// Most bytes that any JSON body may have (R16); blobs have their own bound.
pub const BODY_BYTES_MAX: usize = 256 * 1024;
