//! Reads the command line.

use std::{env, ffi::OsString, path::PathBuf};

use lexopt::{Arg, Parser, ValueExt as _};
use shared::invitation::Invitation;

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
    qr: Option<String>,
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

const ENROL: [&str; 7] = [
    "root",
    "server",
    "code",
    "fingerprint",
    "qr",
    "serial",
    "model",
];

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
            "qr" => self.qr = Some(parser.value()?.string()?),
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
    let (server, code, fingerprint) = invited(&given)?;
    let asked = Asked {
        server,
        code,
        fingerprint,
        serial: needed(given.serial, "serial")?,
        model: needed(given.model, "model")?,
    };
    Ok(Command::Enrol { place, asked })
}

/// What a QR reader of any kind gave, or the same typed in three parts.
fn invited(given: &Given) -> Result<(String, String, String), lexopt::Error> {
    let typed = [&given.server, &given.code, &given.fingerprint];
    let Some(qr) = &given.qr else {
        return Ok((
            needed(given.server.clone(), "server")?,
            needed(given.code.clone(), "code")?,
            needed(given.fingerprint.clone(), "fingerprint")?,
        ));
    };
    if typed.into_iter().any(Option::is_some) {
        return Err("--qr holds the server, the code and the fingerprint already".into());
    }
    let read: Invitation = qr.parse().map_err(|why| format!("--qr: {why}"))?;
    Ok((read.server, read.code, read.fingerprint.to_string()))
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

    const QR: &str = "tablet-library-enrol: https://tablets.example.org ABC234 \
        0000000000000000000000000000000000000000000000000000000000000000";

    fn enrolled_with(more: &[&str]) -> Result<Asked, String> {
        let words = [
            "a", "enrol", "--root", "/", "--serial", "S1", "--model", "M1",
        ];
        let words = words.iter().chain(more).map(OsString::from);
        match parse(words).map_err(|error| error.to_string())? {
            Command::Enrol { asked, .. } => Ok(asked),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_a_qr_reader_gives_is_the_server_the_code_and_the_fingerprint() {
        let asked = enrolled_with(&["--qr", QR]).unwrap();
        assert_eq!(asked.server, "https://tablets.example.org");
        assert_eq!(
            (asked.code.as_str(), asked.fingerprint.len()),
            ("ABC234", 64)
        );
        let with_a_line_end = format!("{QR}\r\n");
        assert_eq!(enrolled_with(&["--qr", &with_a_line_end]), Ok(asked));
        let why = enrolled_with(&["--qr", "HTTPS://TABLETS.WIGAN/WGN042"]).unwrap_err();
        assert!(why.contains("no code to enrol with"), "{why}");
        let why = enrolled_with(&["--qr", QR, "--server", "https://elsewhere"]).unwrap_err();
        assert!(why.contains("already"), "{why}");
    }

    #[test]
    fn without_a_root_the_tablet_is_this_machine() {
        let place = Place::tablet();
        let json = false;
        assert_eq!(parsed("a status"), Ok(Command::Status { place, json }));
    }
}
