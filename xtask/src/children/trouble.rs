//! Why a wait for a program came to nothing, in words for the person at the terminal.

use std::fmt;
use std::time::Duration;

/// A wait that did not get what it waited for.
#[derive(Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The line did not come in time.
    NotReady {
        /// The program waited for.
        name: String,
        /// How long it had.
        within: Duration,
        /// The last lines it wrote, oldest first.
        last: Vec<String>,
    },
    /// The program ended first.
    Ended {
        /// The program waited for.
        name: String,
        /// How it ended, such as `exit code 1`.
        how: String,
        /// The last lines it wrote, oldest first.
        last: Vec<String>,
    },
    /// No program of this name was started.
    NotRunning {
        /// The name asked for.
        name: String,
    },
    /// The brake was pulled: somebody wants to stop.
    Stopped,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotReady { name, within, last } => {
                writeln!(f, "{name} was not ready after {} s.", within.as_secs_f32())?;
                write_last(f, last)
            }
            Self::Ended { name, how, last } => {
                writeln!(f, "{name} ended with {how}.")?;
                write_last(f, last)
            }
            Self::NotRunning { name } => write!(f, "{name} was never started."),
            Self::Stopped => f.write_str("Stopped, as you asked."),
        }
    }
}

impl std::error::Error for Trouble {}

fn write_last(f: &mut fmt::Formatter<'_>, last: &[String]) -> fmt::Result {
    if last.is_empty() {
        return f.write_str("It wrote nothing.");
    }
    write!(f, "Its last lines:")?;
    last.iter().try_for_each(|line| write!(f, "\n  {line}"))
}

/// Why running on has come to an end.
#[derive(Debug, PartialEq, Eq)]
pub enum Why {
    /// The brake was pulled.
    Asked,
    /// A program ended although nobody asked it to.
    Ended(Trouble),
}
