//! What programs say: a tablet's agent, and a kiosk. Wire → command → store → wire;
//! nothing is decided here.

pub mod agent;
mod delivery;
mod asking;
pub mod images;
pub mod kiosk;
mod news;
