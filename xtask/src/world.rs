//! The whole library on one machine: a server with its made-up fleet, agents
//! whose tablets are folders, and a kiosk. `cargo demo` shows it, the kill-point
//! tests break it; both start it here, through the programs' own commands alone.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::children::Children;
use crate::programs::Programs;
use crate::workspace;

/// Where the demo's tablets and its kiosk are at home.
pub const VENUE: &str = "Wigan Library";
/// The card of the demo's borrower.
pub const CARD: &str = "D1234567";
/// How long a program may take to be ready.
pub const READY_WITHIN: Duration = Duration::from_mins(1);

/// How the kiosk is shown and steered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    /// A window, with the machine's own camera if it has one.
    Window,
    /// No window: screens are printed.
    Headless,
}

/// The programs, where they keep their things, and those that run.
pub struct World {
    /// Those that run.
    pub children: Children,
    programs: Programs,
    data: PathBuf,
    address: String,
}

impl World {
    /// Nothing runs yet; everything is kept under `data`.
    pub fn new(programs: Programs, data: PathBuf, children: Children) -> Result<Self> {
        // A restarted server must be found where agents and kiosk know it.
        let free = TcpListener::bind("127.0.0.1:0").context("looking for a free port")?;
        let address = free.local_addr()?.to_string();
        Ok(Self {
            children,
            programs,
            data,
            address,
        })
    }

    /// Where the server listens: `127.0.0.1:PORT`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The folder of the server's things.
    pub fn server_folder(&self) -> PathBuf {
        self.data.join("server")
    }

    /// The folder that plays this tablet.
    pub fn tablet_folder(&self, number: &str) -> PathBuf {
        self.data.join("tablets").join(number)
    }

    /// The folder of the kiosk's things.
    pub fn kiosk_folder(&self) -> PathBuf {
        self.data.join("kiosk")
    }

    /// The made clip that stands in for a camera: the shelf, empty or with this
    /// tablet laid on it.
    pub fn shelf(&self, tablet: Option<&str>) -> PathBuf {
        let name = tablet.map_or("shelf.y4m".to_owned(), |it| format!("shelf-{it}.y4m"));
        self.data.join(name)
    }

    /// The folder of the programs' logs.
    pub fn log_folder(&self) -> PathBuf {
        self.data.join("log")
    }

    /// Whether an earlier demo left its fleet here.
    pub fn is_furnished(&self) -> bool {
        self.data.join("furnished").exists()
    }

    /// Makes the server's folder: venues, people, the image, and `tablets` tablets
    /// that reached their states through real commands.
    pub fn furnish(&mut self, tablets: usize) -> Result<()> {
        let count = tablets.to_string();
        self.server(&["demo-fill", "--tablets", &count])?;
        Ok(())
    }

    /// Notes that everything up to here was made whole.
    pub fn note_furnished(&self) -> Result<()> {
        fs::write(self.data.join("furnished"), "").context("noting that the fleet is there")
    }

    /// Runs one of the server's own commands on its folder; gives what it printed.
    pub fn server(&self, words: &[&str]) -> Result<String> {
        let mut command = self.command("tablet-server")?;
        let (noun, rest) = words.split_at(words.iter().take_while(|w| !w.starts_with('-')).count());
        command
            .args(noun)
            .arg("--data")
            .arg(self.server_folder())
            .args(rest);
        output(command)
    }

    /// Starts the server; gives the link that signs in once.
    pub fn start_server(&mut self, kill_at: Option<&str>) -> Result<String> {
        let mut command = self.command("tablet-server")?;
        command.arg("serve").arg("--data").arg(self.server_folder());
        command.args(["--listen", &self.address, "--demo"]);
        self.arm(&mut command, kill_at)?;
        self.children.start("server", command)?;
        let link = |line: &str| Some(line.split_once("sign in once with ")?.1.trim().to_owned());
        Ok(self.children.wait_for("server", READY_WITHIN, link)?)
    }

    /// Starts the server of a library that is no demo: it takes no proof but a whole
    /// tablet's.
    pub fn start_library(&mut self) -> Result<()> {
        let mut command = self.command("tablet-server")?;
        command.arg("serve").arg("--data").arg(self.server_folder());
        command.args(["--listen", &self.address]);
        self.children.start("server", command)?;
        let listens = |line: &str| line.contains("listening on").then_some(());
        Ok(self.children.wait_for("server", READY_WITHIN, listens)?)
    }

    /// Asks for a one-time code for a tablet.
    pub fn tablet_code(&self, number: &str) -> Result<Code> {
        let words = ["enrol", "tablet", "--number", number, "--venue", VENUE];
        Code::parse(&self.server(&words)?)
    }

    /// Gives a folder a tablet's identity, with a one-time code.
    pub fn enrol_tablet(&self, number: &str, code: &Code, kill_at: Option<&str>) -> Result<()> {
        let root = self.tablet_folder(number);
        fs::create_dir_all(&root)?;
        let mut command = self.command("tablet-agent")?;
        command.args(["enrol", "--root"]).arg(root);
        command.args(["--server", &self.url(), "--code", &code.code]);
        command.args(["--fingerprint", &code.fingerprint]);
        command.args([
            "--serial",
            &format!("DEMO-{number}"),
            "--model",
            "Demo folder",
        ]);
        self.arm(&mut command, kill_at)?;
        output(command).map(drop)
    }

    /// Starts the agent of a tablet that was enrolled.
    pub fn start_agent(&mut self, number: &str, kill_at: Option<&str>) -> Result<()> {
        let mut command = self.command("tablet-agent")?;
        command
            .args(["run", "--root"])
            .arg(self.tablet_folder(number));
        command.args(["--every", "500"]);
        self.arm(&mut command, kill_at)?;
        self.children.start(&agent(number), command)
    }

    /// Asks for a one-time code for the kiosk.
    pub fn kiosk_code(&self) -> Result<Code> {
        Code::parse(&self.server(&["enrol", "kiosk", "--venue", VENUE])?)
    }

    /// Gives the kiosk its identity, with a one-time code.
    pub fn enrol_kiosk(&self, code: &Code, kill_at: Option<&str>) -> Result<()> {
        let mut command = self.command("tablet-kiosk")?;
        command.args(["enrol", "--data"]).arg(self.kiosk_folder());
        command.args(["--server", &self.url(), "--code", &code.code]);
        command.args(["--fingerprint", &code.fingerprint]);
        self.arm(&mut command, kill_at)?;
        output(command).map(drop)
    }

    /// Starts the kiosk; ready when its first screen is up. What its camera sees is
    /// the shelf with this tablet, or what there is before a real camera.
    pub fn start_kiosk(
        &mut self,
        face: Face,
        tablet: Option<&str>,
        kill_at: Option<&str>,
    ) -> Result<()> {
        let mut command = self.command("tablet-kiosk")?;
        command
            .args(["run", "--play", "--data"])
            .arg(self.kiosk_folder());
        let clip = format!("clip:{}", self.shelf(tablet).display());
        let (shown, camera) = match face {
            Face::Window if has_camera() => ("--window", "auto".to_owned()),
            Face::Window => ("--window", clip),
            Face::Headless => ("--headless", clip),
        };
        command.args([shown, "--camera", &camera]);
        self.arm(&mut command, kill_at)?;
        self.children.start("kiosk", command)?;
        let ready = |line: &str| (line == "kiosk ready").then_some(());
        Ok(self.children.wait_for("kiosk", READY_WITHIN, ready)?)
    }

    /// Makes the clip of the shelf, from the tablet's own tag.
    pub fn make_shelf(&self, tablet: Option<&str>) -> Result<()> {
        let mut command = self.command("tablet-kiosk")?;
        command.args(["make-clip", "--out"]).arg(self.shelf(tablet));
        if let Some(number) = tablet {
            command.args(["--tag-text", &self.tag(number)?]);
        }
        output(command).map(drop)
    }

    /// What this tablet's sticker says.
    pub fn tag(&self, number: &str) -> Result<String> {
        let said = self.server(&["tag", "--tablet", number, "--text"])?;
        Ok(said.trim().to_owned())
    }

    /// What the demo's operator's badge says.
    pub fn badge(&self) -> Result<String> {
        let path = self.server_folder().join("demo-badge.txt");
        let text = fs::read_to_string(&path);
        Ok(text
            .with_context(|| format!("reading {}", path.display()))?
            .trim()
            .to_owned())
    }

    /// The file that says that a program was killed at this place.
    pub fn kill_mark(&self, place: &str) -> PathBuf {
        self.data.join("killed").join(place)
    }

    fn arm(&self, command: &mut Command, kill_at: Option<&str>) -> Result<()> {
        if let Some(place) = kill_at {
            let mark = self.kill_mark(place);
            fs::create_dir_all(self.data.join("killed"))?;
            command.env("KILL_AT", place).env("KILL_MARK", mark);
        }
        Ok(())
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn command(&self, program: &str) -> Result<Command> {
        Ok(Command::new(self.programs.path(program)?))
    }
}

/// The name under which a tablet's agent runs.
pub fn agent(number: &str) -> String {
    format!("agent-{number}")
}

/// Whether this machine has a camera of its own.
pub fn has_camera() -> bool {
    Path::new("/dev/video0").exists()
}

/// Runs a command to its end; what it printed, or its own words on what is wrong.
fn output(mut command: Command) -> Result<String> {
    let program = command.get_program().display().to_string();
    let done = command.current_dir(workspace::root()).output();
    let done = done.with_context(|| format!("starting {program}"))?;
    if !done.status.success() {
        let said = String::from_utf8_lossy(&done.stderr);
        bail!("{program} ended with {}: {}", done.status, said.trim());
    }
    String::from_utf8(done.stdout).with_context(|| format!("{program} printed no text"))
}

/// A one-time code and the fingerprint of the server that made it.
pub struct Code {
    /// The code.
    pub code: String,
    /// The server's fingerprint.
    pub fingerprint: String,
}

impl Code {
    /// Reads what `enrol` printed.
    pub fn parse(printed: &str) -> Result<Self> {
        let line = printed
            .lines()
            .find(|line| line.starts_with("tablet-library-enrol:"));
        let line = line.context("`enrol` printed no line for a QR code")?;
        let mut words = line.split_whitespace().skip(2);
        match (words.next(), words.next()) {
            (Some(code), Some(fingerprint)) => Ok(Self {
                code: code.to_owned(),
                fingerprint: fingerprint.to_owned(),
            }),
            _ => bail!("`enrol` printed a line without code and fingerprint"),
        }
    }
}
