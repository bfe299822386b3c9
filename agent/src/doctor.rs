//! What this machine can do, and why not: each thing that lending this tablet rests on,
//! looked at by itself, with the next step where it is not right. Changes nothing. It is
//! run by root, so it asks the server for a connection alone: no HTTP and no TLS is read.

mod files;
mod machine;
#[cfg(test)]
mod tests;

use std::fmt;

use serde::Serialize;
use shared::signed::receipt::Scope;

use crate::{clock::Clock, gate, place::Place};

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether everything that lending needs is right.
    pub lendable: bool,
    /// Each thing that was looked at.
    pub checks: Vec<Check>,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What.
    pub name: &'static str,
    /// Whether it is right.
    pub ok: bool,
    /// Whether the tablet cannot be lent without it.
    pub needed: bool,
    /// What was found.
    pub why: String,
    /// What to do where it is not right.
    pub next: Option<String>,
}

impl Check {
    fn right(name: &'static str, why: impl fmt::Display) -> Self {
        Self {
            name,
            ok: true,
            needed: true,
            why: why.to_string(),
            next: None,
        }
    }

    fn wrong(name: &'static str, why: impl fmt::Display, next: impl fmt::Display) -> Self {
        Self {
            ok: false,
            next: Some(next.to_string()),
            ..Self::right(name, why)
        }
    }

    /// The tablet can be lent without it.
    fn for_interest(self) -> Self {
        let needed = false;
        Self { needed, ..self }
    }

    fn mark(&self) -> &'static str {
        match (self.ok, self.needed) {
            (true, _) => "ok",
            (false, true) => "NOT",
            (false, false) => "-",
        }
    }
}

/// Looks at everything.
pub fn examine(place: &Place, clock: &Clock) -> Report {
    let mut checks = files::examine(place);
    checks.extend(machine::examine(place, clock));
    if place.scope() == Scope::Tablet {
        checks.extend(machine::examine_tablet(place));
    }
    checks.push(sign_in(place));
    Report::of(checks)
}

/// Last, since all the others may be its reason.
fn sign_in(place: &Place) -> Check {
    match gate::look(place) {
        Ok(open) => Check::right("gate", open),
        Err(shut) => Check::wrong(
            "gate",
            format_args!("shut: {:#}", anyhow::Error::from(shut)),
            "it opens when the server took the proof of a reset, or says that it is on loan",
        ),
    }
}

impl Report {
    fn of(checks: Vec<Check>) -> Self {
        let lendable = checks.iter().all(|check| check.ok || !check.needed);
        Self { lendable, checks }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for check in &self.checks {
            writeln!(f, "{:<4} {:<16} {}", check.mark(), check.name, check.why)?;
            if let Some(next) = &check.next {
                writeln!(f, "{:<21} Next: {next}", "")?;
            }
        }
        if self.lendable {
            f.write_str("This tablet can be lent.")
        } else {
            f.write_str("This tablet cannot be lent as it is.")
        }
    }
}
