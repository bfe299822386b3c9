//! Power cuts: the programs' own stores run on a disk in memory that remembers every
//! operation; after any of them the power may go off, and what is left then, in any
//! part and any order that a disk may leave it in, is opened by the same code again.
//!
//! A *story* is acts of a store in a row, each acknowledged. A *cut* is one moment
//! of it and what the disk kept; its files are an *image* of `--images`. A *revival*
//! opens them and looks: all that was acknowledged is there, byte for byte, the act
//! under way is there as a whole or not at all, and everything goes on from there.

mod tape;
mod locks;
pub mod trouble;
mod disk;
mod vfs;
mod cut;
mod picture;
mod subject;
pub mod violation;
mod story;
mod revival;
mod server;
mod kiosk;
pub mod tally;
pub mod trial;
mod sweep;
mod old;
pub mod run;
pub mod report;
