//! Says in words where this tablet is in its life.

use std::fmt::Write as _;

use anyhow::Result;

use crate::{
    duty::{Life, Record},
    identity::{self, Identity},
    place::Place,
    run::record,
};

/// A few lines for a person.
pub fn status(place: &Place) -> Result<String> {
    let disk = place.link_disk()?;
    let Some(identity) = identity::load(&disk)? else {
        return Ok("not enrolled\nEnrol this tablet: tablet-agent enrol --help\n".to_owned());
    };
    let (_slots, record) = record(disk)?;
    words(&identity, &record)
}

fn words(identity: &Identity, record: &Record) -> Result<String> {
    let mut text = String::new();
    let Identity {
        number,
        tablet,
        server,
        ..
    } = identity;
    writeln!(text, "tablet      {number} ({tablet})")?;
    writeln!(
        text,
        "server      {server}, key {}",
        identity.server_key.id()
    )?;
    writeln!(text, "state       {}", life(&record.life))?;
    match record.image {
        Some(image) => writeln!(text, "proven on   {image}")?,
        None => writeln!(text, "proven on   nothing yet")?,
    }
    match &record.last_reset {
        Some(begun) => writeln!(
            text,
            "last order  {}, number {}",
            begun.order, begun.counter
        )?,
        None => writeln!(text, "last order  none")?,
    }
    writeln!(text, "requests    {}", record.seq)?;
    Ok(text)
}

fn life(life: &Life) -> String {
    match life {
        Life::New => "enrolled, never reset".to_owned(),
        Life::OnLoan { due_on, .. } => format!("on loan until {due_on}"),
        Life::Dirty { .. } => "a reset was begun and is not done".to_owned(),
        Life::Reported(_) => "a receipt waits for the server's word".to_owned(),
        Life::Ready => "ready: proven clean, and the server said so".to_owned(),
        Life::Failed => "the last reset failed: waiting for an order".to_owned(),
    }
}
