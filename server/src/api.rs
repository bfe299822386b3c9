//! What programs say: a tablet's agent, a kiosk, and an operator's own. Wire → command → store → wire;
//! nothing is decided here.

pub mod agent;
mod delivery;
pub(crate) mod asking;
pub mod images;
pub mod kiosk;
pub mod staff;
mod news;
pub mod examples;
mod answers;
mod schema;
pub mod book;
