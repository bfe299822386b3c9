//! Reads the command line.

use std::{env, ffi::OsString, path::PathBuf};

use lexopt::{Arg, Parser, ValueExt as _};

use super::help;
use crate::{enrol::Asked, place::Place, run::Options};

/// What the program is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// To explain itself.
    Help(&'static str),
    /// To get an identity.
    Enrol {
        /// Where.
        place: Place,
        /// With what.
        asked: Asked,
    },
    /// To speak to the server.
    Run {
        /// Where.
        place: Place,
        /// How.
        options: Options,
    },
    /// To carry out an order.
    Reset {
        /// Where.
        place: Place,
    },
    /// To say what this machine can do, and why not.
    Doctor {
        /// Where.
        place: Place,
        /// For a program.
        json: bool,
    },
    /// To say whether anybody may sign in.
    Gate {
        /// Where.
        place: Place,
        /// Who wants to sign in, where PAM asks.
        who: Option<OsString>,
    },
    /// To show the home or to leave it hidden.
    Mount {
        /// Where.
        place: Place,
    },
    /// To say where the tablet is in its life.
    Status {
        /// Where.
        place: Place,
        /// For a program.
        json: bool,
    },
}

#[derive(Default)]
struct Given {
    help: bool,
    root: Option<PathBuf>,
    once: bool,
    json: bool,
    every_ms: Option<u64>,
    server: Option<String>,
    code: Option<String>,
    fingerprint: Option<String>,
    serial: Option<String>,
    model: Option<String>,
}

/// Reads these arguments, the program's name first.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, lexopt::Error> {
    let mut parser = Parser::from_iter(arguments);
    let command = match parser.next()? {
        None | Some(Arg::Short('h') | Arg::Long("help")) => return Ok(Command::Help(help::MAIN)),
        Some(Arg::Value(name)) => name.string()?,
        Some(other) => return Err(other.unexpected()),
    };
    match command.as_str() {
        "enrol" => enrol(given(&mut parser, &ENROL)?),
        "run" => run(&given(&mut parser, &["root", "once", "every"])?),
        "reset" => at(&given(&mut parser, &["root"])?, help::RESET, |place| {
            Command::Reset { place }
        }),
        "gate" => at(&given(&mut parser, &["root"])?, help::GATE, |place| {
            let who = env::var_os("PAM_USER");
            Command::Gate { place, who }
        }),
        "mount" => at(&given(&mut parser, &["root"])?, help::MOUNT, |place| {
            Command::Mount { place }
        }),
        "doctor" => {
            let given = given(&mut parser, &["root", "json"])?;
            let json = given.json;
            at(&given, help::DOCTOR, |place| Command::Doctor {
                place,
                json,
            })
        }
        "status" => {
            let given = given(&mut parser, &["root", "json"])?;
            let json = given.json;
            at(&given, help::STATUS, |place| Command::Status {
                place,
                json,
            })
        }
        other => Err(format!("there is no command `{other}`").into()),
    }
}

const ENROL: [&str; 6] = ["root", "server", "code", "fingerprint", "serial", "model"];

fn given(parser: &mut Parser, known: &[&str]) -> Result<Given, lexopt::Error> {
    let mut given = Given::default();
    while let Some(argument) = parser.next()? {
        let name = match argument {
            Arg::Short('h') | Arg::Long("help") => {
                given.help = true;
                continue;
            }
            Arg::Long(name) if known.contains(&name) => name.to_owned(),
            other => return Err(other.unexpected()),
        };
        given.take(&name, parser)?;
    }
    Ok(given)
}

impl Given {
    fn take(&mut self, name: &str, parser: &mut Parser) -> Result<(), lexopt::Error> {
        match name {
            "once" => self.once = true,
            "json" => self.json = true,
            "root" => self.root = Some(parser.value()?.into()),
            "every" => self.every_ms = Some(parser.value()?.parse()?),
            "server" => self.server = Some(parser.value()?.string()?),
            "code" => self.code = Some(parser.value()?.string()?),
            "fingerprint" => self.fingerprint = Some(parser.value()?.string()?),
            "serial" => self.serial = Some(parser.value()?.string()?),
            "model" => self.model = Some(parser.value()?.string()?),
            other => return Err(format!("`--{other}` is not known").into()),
        }
        Ok(())
    }

    fn place(&self) -> Result<Place, lexopt::Error> {
        match &self.root {
            None => Ok(Place::tablet()),
            Some(root) => Place::directory(root).map_err(|error| {
                format!("--root {}: {error}. Make the folder first", root.display()).into()
            }),
        }
    }
}

fn at(
    given: &Given,
    help: &'static str,
    command: impl FnOnce(Place) -> Command,
) -> Result<Command, lexopt::Error> {
    if given.help {
        return Ok(Command::Help(help));
    }
    given.place().map(command)
}

fn run(given: &Given) -> Result<Command, lexopt::Error> {
    if given.help {
        return Ok(Command::Help(help::RUN));
    }
    let place = given.place()?;
    let Given { once, every_ms, .. } = *given;
    let options = Options { once, every_ms };
    Ok(Command::Run { place, options })
}

fn enrol(given: Given) -> Result<Command, lexopt::Error> {
    if given.help {
        return Ok(Command::Help(help::ENROL));
    }
    let place = given.place()?;
    let asked = Asked {
        server: needed(given.server, "server")?,
        code: needed(given.code, "code")?,
        fingerprint: needed(given.fingerprint, "fingerprint")?,
        serial: needed(given.serial, "serial")?,
        model: needed(given.model, "model")?,
    };
    Ok(Command::Enrol { place, asked })
}

fn needed(value: Option<String>, name: &str) -> Result<String, lexopt::Error> {
    value.ok_or_else(|| format!("enrol needs --{name}: see `tablet-agent enrol --help`").into())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use super::*;

    fn parsed(line: &str) -> Result<Command, String> {
        let words = line.split_whitespace().map(OsString::from);
        parse(words).map_err(|error| error.to_string())
    }

    #[test]
    fn every_command_teaches() {
        assert_eq!(parsed("tablet-agent"), Ok(Command::Help(help::MAIN)));
        assert_eq!(parsed("tablet-agent --help"), Ok(Command::Help(help::MAIN)));
        for (name, text) in [
            ("enrol", help::ENROL),
            ("run", help::RUN),
            ("reset", help::RESET),
            ("gate", help::GATE),
            ("mount", help::MOUNT),
            ("doctor", help::DOCTOR),
            ("status", help::STATUS),
        ] {
            assert_eq!(
                parsed(&format!("tablet-agent {name} --help")),
                Ok(Command::Help(text))
            );
        }
    }

    #[test]
    fn words_that_are_not_known_are_refused() {
        for line in [
            "a fly",
            "a run --fast",
            "a reset --once",
            "a run --every soon",
            "a --root /",
        ] {
            assert!(parsed(line).is_err(), "{line}");
        }
    }

    #[test]
    fn what_enrol_needs_is_named_when_it_is_missing() {
        let why = parsed("a enrol --root / --server https://x --code c").unwrap_err();
        assert!(why.contains("--fingerprint"), "{why}");
    }

    #[test]
    fn without_a_root_the_tablet_is_this_machine() {
        let place = Place::tablet();
        let json = false;
        assert_eq!(parsed("a status"), Ok(Command::Status { place, json }));
    }
}
