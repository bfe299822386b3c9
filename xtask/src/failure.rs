//! How a command of ours ends badly, and the exit code that says which way.

use std::fmt;
use std::process::ExitCode;

/// A step did not succeed: exit code 1.
pub const EXIT_STEP_FAILED: u8 = 1;
/// Something the machine lacks, or a wrong word on the command line: exit code 2.
pub const EXIT_SET_UP_MISSING: u8 = 2;

/// The machine lacks something that only its owner can give; says what to type.
#[derive(Debug)]
pub struct SetUpMissing(pub String);

impl fmt::Display for SetUpMissing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SetUpMissing {}

/// The exit code for a fault: 2 where the machine lacks something, else 1.
pub fn code(fault: &anyhow::Error) -> u8 {
    if fault.downcast_ref::<SetUpMissing>().is_some() {
        EXIT_SET_UP_MISSING
    } else {
        EXIT_STEP_FAILED
    }
}

/// Prints a fault once with its causes and gives its exit code.
pub fn report(fault: &anyhow::Error) -> ExitCode {
    eprintln!("\n{fault:#}");
    ExitCode::from(code(fault))
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::{Context, anyhow};

    #[test]
    fn a_missing_set_up_ends_with_2_even_under_a_context() {
        let fault = Err::<(), _>(SetUpMissing("type this".into()))
            .context("packages")
            .expect_err("an error stays one");
        assert_eq!(code(&fault), 2);
    }

    #[test]
    fn every_other_fault_ends_with_1() {
        assert_eq!(code(&anyhow!("the server did not start")), 1);
    }
}
