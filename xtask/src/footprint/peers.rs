//! Two agents of Debian's own packages, which other fleets run: unpacked beside ours, not
//! installed, so that none of them stays on this machine.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::process::Process;
use crate::children::Children;
use crate::workspace::said;

/// An agent of somebody else.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// Its package, and its name here.
    pub name: &'static str,
    program: &'static str,
    settings: &'static str,
    words: fn(&Path) -> Vec<String>,
}

/// What zabbix-agent2 takes for a port.
const PORTS: std::ops::RangeInclusive<u16> = 20_000..=32_767;

/// Each asks nobody for anything more often than ours does, and nobody answers it.
pub const PEERS: [Peer; 2] = [
    Peer {
        name: "zabbix-agent2",
        program: "usr/sbin/zabbix_agent2",
        settings: "Server=127.0.0.1\nServerActive=127.0.0.1:9\nHostname=demo\nLogType=console\n\
                   ListenIP=127.0.0.1\nListenPort=PORT\nRefreshActiveChecks=60\nPidFile=FOLDER/pid\nControlSocket=FOLDER/socket\n",
        words: |folder| {
            let settings = folder.join("settings").display().to_string();
            vec!["-f".to_owned(), "-c".to_owned(), settings]
        },
    },
    Peer {
        name: "mender-client",
        program: "usr/bin/mender",
        settings: "{\"ServerURL\": \"https://localhost:9\", \"UpdatePollIntervalSeconds\": 1800, \
                   \"InventoryPollIntervalSeconds\": 28800}\n",
        words: |folder| {
            let settings = folder.join("settings").display().to_string();
            let data = folder.display().to_string();
            ["--config", &settings, "--data", &data, "daemon"]
                .map(str::to_owned)
                .into()
        },
    },
];

impl Peer {
    /// Fetches and unpacks it; where its program is.
    pub fn unpack(self, folder: &Path) -> Result<PathBuf> {
        let folder = self.folder(folder);
        if folder.exists() {
            fs::remove_dir_all(&folder).context("clearing what was unpacked before")?;
        }
        fs::create_dir_all(&folder)?;
        let mut apt = Command::new("apt-get");
        apt.args(["download", "--quiet", self.name])
            .current_dir(&folder);
        said(&mut apt)?;
        let mut packages = fs::read_dir(&folder)?.flatten().map(|entry| entry.path());
        let package = packages.next().context("apt-get downloaded nothing")?;
        said(Command::new("dpkg-deb").arg("-x").arg(package).arg(&folder))?;
        let told = folder.display().to_string();
        let free = PORTS
            .clone()
            .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
        let port = free.context("no port is free")?.to_string();
        let settings = self.settings.replace("FOLDER", &told);
        fs::write(folder.join("settings"), settings.replace("PORT", &port))?;
        Ok(folder.join(self.program))
    }

    /// Starts it.
    pub fn start(self, folder: &Path, children: &mut Children) -> Result<Process> {
        let folder = self.folder(folder);
        let mut command = Command::new(folder.join(self.program));
        command.args((self.words)(&folder));
        children.start(self.name, command)?;
        Ok(Process::of(children.pid(self.name)?))
    }

    fn folder(self, folder: &Path) -> PathBuf {
        folder.join(self.name)
    }
}
