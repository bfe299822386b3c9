//! How the command line of every rig begins: its help, and what it does not know.

use std::process::ExitCode;

/// How a rig ends that could not do its work: nothing was found, and nothing is shown.
pub const RIG_FAILED: u8 = 3;

/// What was asked, or how the program ends at once: after its help, or after a word that it
/// does not know.
pub fn asked<T>(
    rig: &str,
    help: &str,
    parse: impl FnOnce(lexopt::Parser) -> Result<Option<T>, lexopt::Error>,
) -> Result<T, ExitCode> {
    match parse(lexopt::Parser::from_env()) {
        Ok(Some(options)) => Ok(options),
        Ok(None) => {
            print!("{help}");
            Err(ExitCode::SUCCESS)
        }
        Err(why) => {
            eprintln!("{why}. `cargo xtask {rig} --help` shows what can be said.");
            Err(ExitCode::from(2))
        }
    }
}
