//! The server over real HTTP, on a port of its own: what tablets, kiosks and
//! browsers say, and what they are answered.

#![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

mod world;
mod callers;
mod browser;
mod routes;
mod agent;
mod images;
mod kiosk;
mod keeping;
mod staff;
mod staff_lists;
mod examples;
mod timers;
mod limits;
mod pages;
mod fleet_page;
mod certificates;
mod checklist;
mod keys;
mod managed;
mod lost;
mod refused;
mod enrol_page;
mod without_agent;
