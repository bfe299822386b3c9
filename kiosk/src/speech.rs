//! Reads a screen aloud through espeak-ng, where it is installed: a child process
//! of its own that is given the text on its standard input, never through a shell.

use std::{
    io::{ErrorKind, Write},
    process::{Child, Command, Stdio},
};

const PROGRAM: &str = "espeak-ng";

/// The kiosk's voice, if it has one.
#[derive(Debug)]
pub struct Voice {
    installed: bool,
    speaking: Option<Child>,
}

impl Voice {
    /// Looks for the program once; where there is none, the log says so.
    pub fn find() -> Self {
        let asked = Command::new(PROGRAM)
            .arg("--version")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        let installed = asked.is_ok_and(|status| status.success());
        if !installed {
            tracing::warn!("{PROGRAM} is not installed: screens cannot be read aloud");
        }
        Self {
            installed,
            speaking: None,
        }
    }

    /// Speaks this text in this language, from its beginning; what was being said
    /// ends.
    pub fn say(&mut self, text: &str, language: &str) {
        self.hush();
        if !self.installed {
            return;
        }
        match speak(text, language) {
            Ok(child) => self.speaking = Some(child),
            Err(why) => tracing::warn!("the screen cannot be read aloud: {why}"),
        }
    }

    /// Is silent.
    pub fn hush(&mut self) {
        let Some(mut child) = self.speaking.take() else {
            return;
        };
        // It may have ended by itself; it is waited for in any case.
        let ended = child.kill().and_then(|()| child.wait());
        if let Err(why) = ended {
            tracing::warn!("the voice does not end: {why}");
        }
    }
}

impl Drop for Voice {
    fn drop(&mut self) {
        self.hush();
    }
}

fn speak(text: &str, language: &str) -> std::io::Result<Child> {
    let mut child = Command::new(PROGRAM)
        .args(["--stdin", "-s", "150", "-v", language])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    // A screen's text fits into the pipe, so this does not wait for the voice.
    let mut input = child.stdin.take().ok_or(ErrorKind::BrokenPipe)?;
    if let Err(why) = input.write_all(text.as_bytes()) {
        drop(input);
        child.kill()?;
        child.wait()?;
        return Err(why);
    }
    Ok(child)
}
