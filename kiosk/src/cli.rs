//! What can be typed. The help is where a person learns to run a kiosk, so it says
//! the whole way.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::camera::choice::CameraChoice;

/// The counter of a tablet lending library: scans a tablet's tag with the camera
/// and takes it out or back.
///
/// First enrol it, with what `tablet-server` printed when it made a code for this
/// kiosk:
///
///   tablet-kiosk enrol --data DIR --server URL --code CODE --fingerprint FP
///
/// then run it:
///
///   tablet-kiosk run --data DIR --fullscreen
///
/// Exit codes: 0 it ended as asked · 1 something is broken, and is named · 2
/// something is missing (a display, an enrolment) or a word was not understood.
/// `RUST_LOG` says what is logged on standard error.
#[derive(Parser)]
#[command(version, verbatim_doc_comment)]
pub struct Cli {
    /// What is to be done.
    #[command(subcommand)]
    pub command: Command,
}

/// What is to be done.
#[derive(Subcommand)]
pub enum Command {
    /// Give this kiosk its identity, once.
    Enrol(Enrol),
    /// Stand at the counter.
    Run(Run),
    /// Print the heads of the server's log that this kiosk noted, the newest last,
    /// as `tablet-server audit verify --head` takes them. Also while it runs.
    Heads(Heads),
    /// Make a clip of the shelf, for a kiosk without a camera.
    #[cfg(feature = "play")]
    MakeClip(MakeClip),
}

/// Words of `enrol`.
#[derive(Args)]
pub struct Enrol {
    /// The folder in which this kiosk keeps everything; made if it is not there.
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// Where the server is.
    #[arg(long, value_name = "URL")]
    pub server: String,
    /// The one-time code: good for 15 minutes and for one kiosk.
    #[arg(long, value_name = "CODE")]
    pub code: String,
    /// The fingerprint of the server's key, which came with the code.
    #[arg(long, value_name = "FP")]
    pub fingerprint: String,
}

/// Words of `run`.
#[derive(Args)]
pub struct Run {
    /// The folder in which this kiosk keeps everything.
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// Where frames come from: auto, camera:N, stills:DIR or clip:FILE.y4m.
    #[arg(long, value_name = "CAMERA", default_value = "auto")]
    pub camera: CameraChoice,
    /// Open a window; this is so without the word, too.
    #[arg(long)]
    pub window: bool,
    /// Fill the whole display.
    #[arg(long)]
    pub fullscreen: bool,
    /// The test door.
    #[cfg(feature = "play")]
    #[command(flatten)]
    pub door: Door,
}

/// Words of `heads`.
#[derive(Args)]
pub struct Heads {
    /// The folder in which this kiosk keeps everything.
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
}

/// The test door.
#[cfg(feature = "play")]
#[derive(Args)]
pub struct Door {
    /// No window: the kiosk is played (test door).
    #[arg(long, requires = "play", conflicts_with_all = ["window", "fullscreen"])]
    pub headless: bool,
    /// Take inputs as JSON lines on standard input, print each new screen as one
    /// on standard output (test door).
    #[arg(long)]
    pub play: bool,
}

/// Words of `make-clip`.
#[cfg(feature = "play")]
#[derive(Args)]
pub struct MakeClip {
    /// The clip to write.
    #[arg(long, value_name = "FILE.y4m")]
    pub out: PathBuf,
    /// A tablet whose sticker says this; may be given more than once.
    #[arg(long, value_name = "TEXT")]
    pub tag_text: Vec<String>,
    /// Two tablets side by side.
    #[arg(long, num_args = 2, value_names = ["A", "B"])]
    pub two: Vec<String>,
    /// A tablet whose sticker is torn.
    #[arg(long, value_name = "TEXT")]
    pub torn: Option<String>,
    /// How long each of them lies on the shelf, in seconds (at most 60).
    #[arg(long, value_name = "SECONDS", default_value_t = 3)]
    pub seconds: usize,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_words_do_not_contradict_each_other() {
        Cli::command().debug_assert();
    }

    #[cfg(feature = "play")]
    #[test]
    fn a_kiosk_without_a_window_is_played() {
        let run = |words: &str| {
            Cli::try_parse_from(format!("tablet-kiosk run --data d {words}").split_whitespace())
        };
        assert!(run("--headless --play").is_ok());
        assert!(run("--window --play").is_ok());
        assert!(run("--headless").is_err());
        assert!(run("--headless --play --window").is_err());
    }
}
