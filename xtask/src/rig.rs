//! Runs a rig: a program of `rigs`, built as fast as what ships and with every
//! assertion left on. Relies on the profile `rig` of the workspace.

use std::ffi::OsString;
use std::process::ExitStatus;

use anyhow::{Context, Result, bail};

use crate::failure::{EXIT_SET_UP_MISSING, SetUpMissing};
use crate::workspace;

/// A rig, and what it says of itself.
#[derive(Debug)]
pub struct Rig {
    /// Its program, and its word after `cargo xtask`.
    pub name: &'static str,
    /// Said here too, so that asking builds nothing.
    pub help: &'static str,
}

/// Every rig.
pub const ALL: [Rig; 3] = [
    Rig {
        name: "powercut",
        help: include_str!("../../rigs/help/powercut.txt"),
    },
    Rig {
        name: "sim",
        help: include_str!("../../rigs/help/sim.txt"),
    },
    Rig {
        name: "kills",
        help: include_str!("../../rigs/help/kills.txt"),
    },
];

impl Rig {
    /// The rig of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        ALL.iter().find(|rig| rig.name == name)
    }

    /// Builds it and runs it with these words.
    pub fn run(&self, words: &[OsString]) -> Result<()> {
        if words.iter().any(|word| word == "--help" || word == "-h") {
            print!("{}", self.help);
            return Ok(());
        }
        let mut cargo = workspace::cargo();
        cargo.args(["run", "--quiet", "--profile", "rig", "--package", "rigs"]);
        cargo.args(["--bin", self.name, "--"]).args(words);
        let ended = cargo.status().context("starting cargo")?;
        self.judge(ended)
    }

    /// What the rig had to say is printed already.
    fn judge(&self, ended: ExitStatus) -> Result<()> {
        let set_up_missing = i32::from(EXIT_SET_UP_MISSING);
        match ended.code() {
            Some(0) => Ok(()),
            Some(code) if code == set_up_missing => {
                Err(SetUpMissing(format!("{} did not run", self.name)).into())
            }
            Some(_) | None => bail!("{} did not end well ({ended}); see above", self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_of_every_rig_begins_with_what_to_type() {
        for rig in &ALL {
            let line = format!("cargo xtask {}", rig.name);
            assert!(rig.help.starts_with(&line), "{}", rig.help);
        }
    }

    #[test]
    fn a_rig_is_found_by_its_name() {
        assert!(Rig::named("powercut").is_some_and(|rig| rig.name == "powercut"));
        assert!(Rig::named("powercuts").is_none());
    }
}
