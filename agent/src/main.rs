//! The program `tablet-agent`: see `agent::cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    agent::cli::main(std::env::args_os()).into()
}
