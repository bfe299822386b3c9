//! Programs that the policy list has run, since only they know how to clear what is
//! theirs. Relies on the list for which.

use std::process::{Command, Stdio};

use anyhow::{Context, bail};

/// Runs each program to its end.
///
/// # Errors
/// One is not there, or does not end well: what it clears is then not clear.
pub fn run(programs: &[Vec<String>]) -> anyhow::Result<()> {
    for words in programs {
        let Some((program, words)) = words.split_first() else {
            continue;
        };
        called(program, words)?;
    }
    Ok(())
}

/// Runs one program to its end, in surroundings of its own.
pub fn called(program: &str, words: &[String]) -> anyhow::Result<()> {
    let mut command = Command::new(program);
    command.args(words).env_clear().env("LC_ALL", "C");
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let ended = command.status();
    let ended = ended.with_context(|| format!("{program} could not be started"))?;
    if !ended.success() {
        bail!("{program} did not end well ({ended})");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn each_program_runs_to_its_end_and_the_first_that_fails_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("made");
        let make = words(&format!("/bin/mkdir {}", place.display()));
        run(std::slice::from_ref(&make)).unwrap();
        assert!(place.exists());
        let why = run(&[make, words("/bin/true")]).unwrap_err();
        assert!(
            why.to_string().starts_with("/bin/mkdir did not end well"),
            "{why}"
        );
        assert!(run(&[words("/not/there")]).is_err());
    }
}
