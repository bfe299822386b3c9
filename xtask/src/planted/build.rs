//! One build that holds every planted bug: the rigs' programs and the tests, found where
//! cargo says that they are.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::catcher::Program;
use crate::workspace;

/// What is built: alone, only what has a part in it, which needs no system package; or
/// what `cargo ci` has built already, so that nothing is compiled twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// By `cargo xtask planted`.
    Alone,
    /// As a step of `cargo ci`.
    InCi,
}

impl Scope {
    const fn words(self) -> &'static [&'static str] {
        match self {
            Self::Alone => &[
                "--package=shared",
                "--package=tablet-server",
                "--package=tablet-agent",
                "--package=rigs",
                "--package=planted",
                "--features=planted/armed,tablet-server/play,tablet-agent/play",
            ],
            Self::InCi => &["--workspace", "--all-features"],
        }
    }
}

/// Programs, each with its package's folder, where its tests are run.
#[derive(Debug)]
pub struct Built(BTreeMap<(PathBuf, String, bool), PathBuf>);

impl Built {
    /// Builds them all.
    pub fn all(scope: Scope) -> Result<Self> {
        let mut cargo = workspace::cargo();
        // And not `cargo test`, which does not write down what a program was built of.
        cargo.args(["build", "--lib", "--bins", "--tests", "--locked", "--quiet"]);
        cargo.arg("--message-format=json-render-diagnostics");
        cargo.args(scope.words()).stderr(Stdio::inherit());
        let built = cargo.output().context("starting cargo build")?;
        if !built.status.success() {
            let status = built.status;
            bail!("the planted bugs could not be built ({status}); the compiler's words are above");
        }
        let said = String::from_utf8(built.stdout).context("reading what cargo says")?;
        let programs = said.lines().map(built_by).collect::<Result<Vec<_>>>()?;
        Ok(Self(programs.into_iter().flatten().collect()))
    }

    /// How this program is called.
    pub fn call(&self, program: Program) -> Result<Command> {
        let Program {
            folder,
            target,
            tests,
        } = program;
        let folder = workspace::root().join(folder);
        let key = (folder, target.to_owned(), tests);
        let path = self.0.get(&key);
        let path =
            path.with_context(|| format!("cargo built no {target} of {}", program.folder))?;
        let mut call = Command::new(path);
        call.current_dir(&key.0);
        Ok(call)
    }
}

type Found = ((PathBuf, String, bool), PathBuf);

/// The program that a line of cargo's JSON tells of; `None` for its other lines.
fn built_by(line: &str) -> Result<Option<Found>> {
    let said: Value =
        serde_json::from_str(line).context("cargo said something that is not JSON")?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let (Some(path), Some(target), Some(manifest)) = (
        text(&said["executable"]),
        text(&said["target"]["name"]),
        text(&said["manifest_path"]),
    ) else {
        return Ok(None);
    };
    let folder = Path::new(&manifest).parent().map(Path::to_path_buf);
    let folder = folder.context("a package without a folder")?;
    let tests = said["profile"]["test"] == true;
    // The tests inside a program have its name, and another file of tests may have it too.
    if tests && said["target"]["kind"] == json!(["bin"]) {
        return Ok(None);
    }
    Ok(Some(((folder, target, tests), path.into())))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

    use super::*;

    #[test]
    fn a_program_is_known_by_its_folder_its_name_and_whether_it_is_of_tests() {
        let line = r#"{"reason":"compiler-artifact","manifest_path":"/w/rigs/Cargo.toml",
            "target":{"name":"kills","kind":["test"]},"profile":{"test":true},
            "executable":"/t/kills-1"}"#;
        let ((folder, target, tests), path) = built_by(line).unwrap().unwrap();
        let kills = Program {
            folder: "rigs",
            target: "kills",
            tests: true,
        };
        assert_eq!(folder, Path::new("/w").join(kills.folder));
        assert_eq!((target.as_str(), tests), (kills.target, kills.tests));
        assert_eq!(path, Path::new("/t/kills-1"));
        let inside = line.replace(r#"["test"]"#, r#"["bin"]"#);
        assert_eq!(built_by(&inside).unwrap(), None);
        assert_eq!(built_by(r#"{"reason":"build-finished"}"#).unwrap(), None);
        assert!(built_by("warning: it is late").is_err());
    }
}
