//! The pages: what needs the digital team today, signing in, and a kind word for
//! whoever finds a tablet. Rendered here, usable without JavaScript; every word
//! comes from the catalogue.

pub mod files;
mod frame;
mod words;
mod failed;
mod next;
pub mod certificate;
pub mod checklist;
pub mod enrol;
mod line;
mod view;
pub mod fleet;
pub mod events;
pub mod sign_in;
pub mod found;
pub mod book;
