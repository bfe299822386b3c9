//! Where the programs are that tests start. Relies on cargo putting a test beside
//! the programs of the same build: `target/debug/deps/it-…` and `target/debug/tablet-server`.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result, bail};

/// What builds the programs as the tests want them, with their test doors.
pub const HOW_TO_BUILD: &str = "cargo build --workspace --all-targets --all-features";

/// The program `name`, such as `tablet-server`, of the same build as the running test.
///
/// Refuses a program that is missing or older than its source: a test must not pass
/// because of what the code was yesterday.
pub fn path(name: &str) -> Result<PathBuf> {
    let test = env::current_exe().context("asking where this test is")?;
    let folder = test
        .parent()
        .and_then(Path::parent)
        .context("a test is in target/…/deps")?;
    fresh(folder, name)
}

fn fresh(folder: &Path, name: &str) -> Result<PathBuf> {
    let program = folder.join(name);
    let Ok(built_at) = changed_at(&program) else {
        bail!(
            "{} is not built. Build it: {HOW_TO_BUILD}",
            program.display()
        );
    };
    let sources = folder.join(format!("{name}.d"));
    let sources = fs::read_to_string(&sources)
        .with_context(|| format!("reading {}, which cargo writes", sources.display()))?;
    for source in made_from(&sources) {
        // A source that is gone is newer than any program.
        if !changed_at(&source).is_ok_and(|at| at <= built_at) {
            let (name, source) = (program.display(), source.display());
            bail!("{name} is older than {source}. Build it again: {HOW_TO_BUILD}");
        }
    }
    Ok(program)
}

fn changed_at(path: &Path) -> std::io::Result<SystemTime> {
    fs::metadata(path)?.modified()
}

/// The files named in a `.d` file: `program: source source`, spaces in names escaped.
fn made_from(text: &str) -> Vec<PathBuf> {
    const SPACE: &str = "\u{0}";
    let sources = text
        .lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(_, after)| after);
    let sources = sources.map(|after| after.replace("\\ ", SPACE));
    sources
        .flat_map(|after| {
            let names = after
                .split_whitespace()
                .map(|name| name.replace(SPACE, " ").into());
            names.collect::<Vec<PathBuf>>()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use std::fs::File;
    use std::time::Duration;

    use super::*;

    /// A folder with a program built from a source whose name holds a space.
    fn built(source_age: Duration, program_age: Duration) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("my main.rs");
        write(&source, "", source_age);
        write(&folder.path().join("tablet-server"), "", program_age);
        let program = folder.path().join("tablet-server");
        let escaped = source.display().to_string().replace(' ', "\\ ");
        let line = format!("{}: {escaped}\n", program.display());
        write(&folder.path().join("tablet-server.d"), &line, program_age);
        folder
    }

    fn write(path: &Path, text: &str, age: Duration) {
        fs::write(path, text).unwrap();
        let file = File::options().write(true).open(path).unwrap();
        file.set_modified(SystemTime::now() - age).unwrap();
    }

    const OLD: Duration = Duration::from_mins(2);
    const NEW: Duration = Duration::from_mins(1);

    #[test]
    fn a_program_newer_than_its_source_is_given() {
        let folder = built(OLD, NEW);
        let program = fresh(folder.path(), "tablet-server").unwrap();
        assert_eq!(program, folder.path().join("tablet-server"));
    }

    #[test]
    fn a_program_older_than_its_source_is_refused_with_what_to_do() {
        let folder = built(NEW, OLD);
        let fault = fresh(folder.path(), "tablet-server")
            .unwrap_err()
            .to_string();
        assert!(
            fault.contains("my main.rs") && fault.contains(HOW_TO_BUILD),
            "{fault}"
        );
    }

    #[test]
    fn a_program_whose_source_is_gone_is_refused() {
        let folder = built(OLD, NEW);
        fs::remove_file(folder.path().join("my main.rs")).unwrap();
        fresh(folder.path(), "tablet-server").unwrap_err();
    }

    #[test]
    fn a_program_that_was_never_built_is_refused_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let fault = fresh(folder.path(), "tablet-agent")
            .unwrap_err()
            .to_string();
        assert!(
            fault.contains("not built") && fault.contains(HOW_TO_BUILD),
            "{fault}"
        );
    }
}
