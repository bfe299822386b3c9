//! A tablet's whole life through the real program, from its enrolment over resets and
//! loans until it is lost and found, with a library beside it that signs: what happens
//! to the tablet's own files on the way must never make it ready.

#![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

#[path = "life/flipped.rs"]
mod flipped;
#[path = "life/full.rs"]
mod full;
#[path = "life/library.rs"]
mod library;
#[path = "life/new_keys.rs"]
mod new_keys;
#[path = "life/tablet.rs"]
mod tablet;
#[path = "life/taken_up.rs"]
mod taken_up;
